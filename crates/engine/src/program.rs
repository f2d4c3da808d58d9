//! A compiled pack: one straight line of operations over registers, equal conditions once.

use std::sync::Arc;

use greenlane_policy::expression::Comparison;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::pack::PilotOffice;
use greenlane_terms::calendar::Period;

/// A register that holds a proposition: a true mask and a false mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Mask(pub u32);

/// A register that holds numbers, days or codes, with a mask of what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Number(pub u32);

/// One operation that writes the next mask register.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MaskOp {
    True,
    False,
    Unknown,
    Flag(ColumnId),
    /// A column against a constant.
    ColumnConstant(ColumnId, Comparison, i64),
    /// Two columns of one type.
    ColumnColumn(ColumnId, Comparison, ColumnId),
    /// A code column against a set of codes.
    ColumnOneOf(ColumnId, CodeSet),
    /// Whether the office takes part in a pilot on the day (an index into `Program::pilots`).
    Pilot(usize),
    NumberNumber(Number, Comparison, Number),
    NumberOneOf(Number, CodeSet),
    All(Vec<Mask>),
    Any(Vec<Mask>),
    Not(Mask),
    /// The first arm that is true; unknown when one before it is unknown.
    Case(Vec<(Mask, Mask)>, Mask),
    /// The first, or the second where the first is unknown.
    Otherwise(Mask, Mask),
}

/// One operation that writes the next number register.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum NumberOp {
    Column(ColumnId),
    Constant(i64),
    Unknown,
    Plus(Number, Number),
    Minus(Number, Number),
    Times(Number, Number),
    PlusMonths(Number, i32),
    PlusDays(Number, i32),
    Case(Vec<(Mask, Number)>, Number),
    Otherwise(Number, Number),
}

/// A set of codes, one bit a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CodeSet(pub [u64; 4]);

impl CodeSet {
    pub(crate) fn of(codes: &[u8]) -> CodeSet {
        let mut bits = [0; 4];
        for code in codes {
            bits[usize::from(code >> 6)] |= 1 << (code & 63);
        }
        CodeSet(bits)
    }

    /// The codes one by one, and how many they are.
    pub(crate) fn listed(&self) -> ([u8; 256], usize) {
        let (mut listed, mut count) = ([0; 256], 0);
        for (at, word) in (0u8..).zip(self.0) {
            let mut left = word;
            while left != 0 {
                listed[count] = at << 6 | u8::try_from(left.trailing_zeros()).unwrap_or(0);
                count += 1;
                left &= left - 1;
            }
        }
        (listed, count)
    }

    #[inline]
    pub(crate) fn contains(&self, code: u8) -> bool {
        self.0[usize::from(code >> 6)] >> (code & 63) & 1 == 1
    }
}

/// A step of the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Mask(MaskOp),
    Number(NumberOp),
}

/// Offices of one pilot: for each office number the periods, in one table.
#[derive(Clone, Debug)]
pub(crate) struct PilotTable {
    /// Start of each office's periods in `periods`; one more entry than offices.
    pub starts: Vec<u32>,
    pub periods: Vec<Period>,
    /// The list as the pack has it.
    pub entries: Vec<PilotOffice>,
}

/// A condition of the program; an index into [`Program::conditions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionId(pub usize);

/// Where a condition of the program stands in the pack.
#[derive(Clone, Debug)]
pub struct ProgramCondition {
    /// Index into [`Program::measures`].
    pub measure: usize,
    /// Index into the measure's versions.
    pub version: usize,
    /// Index into the version's conditions.
    pub condition: usize,
    pub(crate) mask: Mask,
}

/// A measure of the program.
#[derive(Clone, Debug)]
pub struct ProgramMeasure {
    /// Index into `Pack::measures`.
    pub index: usize,
    pub(crate) versions: Vec<ProgramVersion>,
}

#[derive(Clone, Debug)]
pub(crate) struct ProgramVersion {
    /// Matter, unit and date.
    pub scope: Mask,
    pub pilot: Option<Mask>,
    /// All conditions together.
    pub conditions: Mask,
    /// Its conditions in `Program::conditions`.
    pub first: usize,
}

/// A pack compiled to operations over blocks of coded columns. Immutable; share it among threads.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) steps: Vec<Step>,
    pub(crate) masks: usize,
    pub(crate) numbers: usize,
    pub(crate) pilots: Vec<PilotTable>,
    pub(crate) office: ColumnId,
    pub(crate) decided_on: ColumnId,
    pub(crate) read: Vec<ColumnId>,
    pub(crate) measures: Vec<ProgramMeasure>,
    pub(crate) conditions: Vec<ProgramCondition>,
    /// The register of each condition, in their order.
    pub(crate) condition_masks: Arc<[Mask]>,
}

impl Program {
    /// Measures that decide, in the order of the pack.
    #[must_use]
    pub fn measures(&self) -> &[ProgramMeasure] {
        &self.measures
    }

    /// Conditions of all versions of all measures, in the order of the pack.
    #[must_use]
    pub fn conditions(&self) -> &[ProgramCondition] {
        &self.conditions
    }

    /// Columns that the program reads.
    #[must_use]
    pub fn columns_read(&self) -> &[ColumnId] {
        &self.read
    }

    /// Number of operations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether the pack decides nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
