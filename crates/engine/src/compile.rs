//! Propositions and terms → operations. Each distinct operation is compiled once.

use std::collections::{BTreeSet, HashMap};

use greenlane_policy::expression::{Comparison, ParameterId, Proposition, Term};
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::pack::{DerivedRule, Measure, Pack, ParameterValue, Pilot, Unit, Version};
use greenlane_terms::calendar::{Day, Period};

use crate::program::{
    CodeSet, Mask, MaskOp, Number, NumberOp, PilotTable, Program, ProgramCondition, ProgramMeasure,
    ProgramVersion, Step,
};

/// What a compiler hands over when it is done.
pub(crate) struct Parts {
    pub steps: Vec<Step>,
    pub masks: usize,
    pub numbers: usize,
    pub pilots: Vec<PilotTable>,
    pub read: Vec<ColumnId>,
}

/// Compiles one pack.
pub(crate) struct Compiler<'p> {
    pack: &'p Pack,
    steps: Vec<Step>,
    mask_of: HashMap<MaskOp, Mask>,
    number_of: HashMap<NumberOp, Number>,
    /// What has been compiled of derived facts, so that each rule is walked once however often it is mentioned.
    derived_flags: HashMap<ColumnId, Mask>,
    derived_codes: HashMap<(ColumnId, CodeSet), Mask>,
    derived_numbers: HashMap<ColumnId, Number>,
    read: BTreeSet<ColumnId>,
}

impl<'p> Compiler<'p> {
    pub(crate) fn new(pack: &'p Pack) -> Compiler<'p> {
        Compiler {
            pack,
            steps: Vec::new(),
            mask_of: HashMap::new(),
            number_of: HashMap::new(),
            derived_flags: HashMap::new(),
            derived_codes: HashMap::new(),
            derived_numbers: HashMap::new(),
            read: BTreeSet::new(),
        }
    }

    pub(crate) fn finish(self) -> Parts {
        Parts {
            steps: self.steps,
            masks: self.mask_of.len(),
            numbers: self.number_of.len(),
            pilots: self.pack.pilots.iter().map(pilot_table).collect(),
            read: self.read.into_iter().collect(),
        }
    }

    pub(crate) fn measures(&mut self) -> (Vec<ProgramMeasure>, Vec<ProgramCondition>) {
        let mut measures = Vec::new();
        let mut conditions = Vec::new();
        let pack = self.pack;
        let deciding = |measure: &Measure| measure.kind != greenlane_policy::pack::Kind::Programme;
        for (index, measure) in pack.measures.iter().enumerate().filter(|(_, measure)| deciding(measure)) {
            let number = measures.len();
            let mut versions = Vec::new();
            for (at, version) in measure.versions.iter().enumerate() {
                let first = conditions.len();
                let masks: Vec<Mask> = version
                    .conditions
                    .iter()
                    .map(|condition| self.proposition(&condition.proposition))
                    .collect();
                conditions.extend(masks.iter().enumerate().map(|(condition, mask)| ProgramCondition {
                    measure: number,
                    version: at,
                    condition,
                    mask: *mask,
                }));
                versions.push(self.version(measure, version, masks, first));
            }
            measures.push(ProgramMeasure { index, versions });
        }
        (measures, conditions)
    }

    fn version(
        &mut self,
        measure: &Measure,
        version: &Version,
        conditions: Vec<Mask>,
        first: usize,
    ) -> ProgramVersion {
        let core = self.pack.core;
        let matter = self.column_one_of(core.matter, &measure.matters);
        let unit = self.unit(measure.unit);
        let period = self.period(version.in_force);
        let scope = self.all(vec![matter, unit, period]);
        let pilot = measure.pilot.map(|flag| self.proposition(&Proposition::Flag(flag)));
        let conditions = self.all(conditions);
        ProgramVersion { scope, pilot, conditions, first }
    }

    /// Rows of that unit, rows that are the declaration and its item at once, and rows that do not say.
    fn unit(&mut self, unit: Unit) -> Mask {
        let column = self.pack.core.unit;
        let FactType::Code(list) = self.pack.facts.info(column).fact_type else {
            return self.mask(MaskOp::True);
        };
        let name = match unit {
            Unit::Declaration => "declaration",
            Unit::Item => "item",
            Unit::Application => "application",
        };
        let codes = self.pack.facts.code_list(list);
        let codes: Vec<u8> = [name, "single"].iter().filter_map(|name| codes.position(name)).collect();
        let stated = self.mask(MaskOp::ColumnOneOf(column, CodeSet::of(&codes)));
        let always = self.mask(MaskOp::True);
        self.mask(MaskOp::Otherwise(stated, always))
    }

    fn period(&mut self, period: Period) -> Mask {
        let column = self.pack.core.decided_on;
        let from = self.mask(MaskOp::ColumnConstant(column, Comparison::AtLeast, i64::from(period.from.0)));
        match period.to {
            Some(to) => {
                let to = self.mask(MaskOp::ColumnConstant(column, Comparison::AtMost, i64::from(to.0)));
                self.all(vec![from, to])
            }
            None => from,
        }
    }

    fn mask(&mut self, op: MaskOp) -> Mask {
        match op {
            MaskOp::Flag(column) | MaskOp::ColumnConstant(column, ..) | MaskOp::ColumnOneOf(column, _) => {
                self.read.insert(column);
            }
            MaskOp::ColumnColumn(left, _, right) => self.read.extend([left, right]),
            MaskOp::Pilot(_) => self.read.extend([self.pack.core.office, self.pack.core.decided_on]),
            _ => {}
        }
        let next = Mask(u32::try_from(self.mask_of.len()).unwrap_or(u32::MAX));
        *self.mask_of.entry(op).or_insert_with_key(|op| {
            self.steps.push(Step::Mask(op.clone()));
            next
        })
    }

    /// Sets of matters overlap from measure to measure, so each matter is looked for once.
    fn column_one_of(&mut self, column: ColumnId, codes: &[u8]) -> Mask {
        if column != self.pack.core.matter || codes.is_empty() {
            return self.mask(MaskOp::ColumnOneOf(column, CodeSet::of(codes)));
        }
        let one = |code: &u8| self.mask(MaskOp::ColumnOneOf(column, CodeSet::of(&[*code])));
        let codes = codes.iter().map(one).collect();
        self.any(codes)
    }

    fn any(&mut self, mut parts: Vec<Mask>) -> Mask {
        parts.sort_unstable();
        parts.dedup();
        if let [one] = parts[..] { one } else { self.mask(MaskOp::Any(parts)) }
    }

    fn number(&mut self, op: NumberOp) -> Number {
        if let NumberOp::Column(column) = op {
            self.read.insert(column);
        }
        let next = Number(u32::try_from(self.number_of.len()).unwrap_or(u32::MAX));
        *self.number_of.entry(op).or_insert_with_key(|op| {
            self.steps.push(Step::Number(op.clone()));
            next
        })
    }

    fn all(&mut self, mut parts: Vec<Mask>) -> Mask {
        parts.sort_unstable();
        parts.dedup();
        match parts[..] {
            [] => self.mask(MaskOp::True),
            [one] => one,
            _ => self.mask(MaskOp::All(parts)),
        }
    }

    fn proposition(&mut self, proposition: &Proposition) -> Mask {
        match proposition {
            Proposition::Constant(true) => self.mask(MaskOp::True),
            Proposition::Constant(false) => self.mask(MaskOp::False),
            Proposition::Flag(column) => self.flag(*column),
            Proposition::Parameter(id) => self.by_version(*id, &mut |compiler, value| {
                compiler.mask(if value != 0 { MaskOp::True } else { MaskOp::False })
            }),
            Proposition::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            Proposition::OneOf(term, _, codes) => self.one_of(term, codes),
            Proposition::All(parts) => {
                let parts = parts.iter().map(|part| self.proposition(part)).collect();
                self.all(parts)
            }
            Proposition::Any(parts) => {
                let parts = parts.iter().map(|part| self.proposition(part)).collect();
                self.any(parts)
            }
            Proposition::Not(inner) => {
                let inner = self.proposition(inner);
                self.mask(MaskOp::Not(inner))
            }
            Proposition::Case(arms, otherwise) => {
                let arms = arms
                    .iter()
                    .map(|(when, then)| (self.proposition(when), self.proposition(then)))
                    .collect();
                let otherwise = self.proposition(otherwise);
                self.mask(MaskOp::Case(arms, otherwise))
            }
            Proposition::Each(members) => {
                let parts = members.iter().map(|(_, part)| self.proposition(part)).collect();
                self.all(parts)
            }
        }
    }

    /// A flag: stated, or derived, or from the list of pilot offices.
    fn flag(&mut self, column: ColumnId) -> Mask {
        let stated = self.mask(MaskOp::Flag(column));
        if let Some(at) = self.pack.pilots.iter().position(|pilot| pilot.flag == column) {
            let listed = self.mask(MaskOp::Pilot(at));
            return self.mask(MaskOp::Otherwise(stated, listed));
        }
        match self.derivation(column) {
            Some(DerivedRule::Flag(rule)) => {
                if let Some(known) = self.derived_flags.get(&column) {
                    return *known;
                }
                let derived = self.proposition(rule);
                let flag = self.mask(MaskOp::Otherwise(derived, stated));
                self.derived_flags.insert(column, flag);
                flag
            }
            _ => stated,
        }
    }

    fn derivation(&self, column: ColumnId) -> Option<&'p DerivedRule> {
        self.pack.derived.iter().find(|derived| derived.column == column).map(|derived| &derived.rule)
    }

    /// A parameter, one arm a version (and a code); unknown on days without a version.
    fn by_version(&mut self, id: ParameterId, result: &mut dyn FnMut(&mut Self, i64) -> Mask) -> Mask {
        let pack = self.pack;
        let parameter = pack.parameter(id);
        let mut arms = Vec::new();
        for version in &parameter.versions {
            let period = self.period(version.in_force);
            match (&version.value, parameter.by) {
                (ParameterValue::One(value), _) => arms.push((period, result(self, *value))),
                (ParameterValue::ByCode(values), Some(column)) => {
                    for (code, value) in values {
                        let code = self.code(column, *code);
                        let when = self.all(vec![period, code]);
                        arms.push((when, result(self, *value)));
                    }
                }
                (ParameterValue::ByCode(_), None) => {}
            }
        }
        let unknown = self.mask(MaskOp::Unknown);
        self.mask(MaskOp::Case(arms, unknown))
    }

    /// A code fact, derived or stated, that has one code.
    fn code(&mut self, column: ColumnId, code: u8) -> Mask {
        self.one_of(&Term::Fact(column), &[code])
    }

    fn compare(&mut self, comparison: Comparison, left: &Term, right: &Term) -> Mask {
        if let Term::Parameter(id) = left {
            return self.by_version(*id, &mut |compiler, value| {
                compiler.compare_constant(comparison.mirrored(), right, value)
            });
        }
        if let Term::Parameter(id) = right {
            return self
                .by_version(*id, &mut |compiler, value| compiler.compare_constant(comparison, left, value));
        }
        if let Some(value) = constant(right) {
            return self.compare_constant(comparison, left, value);
        }
        if let Some(value) = constant(left) {
            return self.compare_constant(comparison.mirrored(), right, value);
        }
        if let (Some(left), Some(right)) = (self.plain(left), self.plain(right)) {
            let facts = &self.pack.facts;
            if facts.info(left).fact_type == facts.info(right).fact_type {
                return self.mask(MaskOp::ColumnColumn(left, comparison, right));
            }
        }
        let (left, right) = (self.term(left), self.term(right));
        self.mask(MaskOp::NumberNumber(left, comparison, right))
    }

    fn compare_constant(&mut self, comparison: Comparison, left: &Term, value: i64) -> Mask {
        if let Some(column) = self.plain(left) {
            return self.mask(MaskOp::ColumnConstant(column, comparison, value));
        }
        let (left, right) = (self.term(left), self.number(NumberOp::Constant(value)));
        self.mask(MaskOp::NumberNumber(left, comparison, right))
    }

    /// A fact that is read as it was reported, without a derivation.
    fn plain(&self, term: &Term) -> Option<ColumnId> {
        match term {
            Term::Fact(column) if self.derivation(*column).is_none() => Some(*column),
            _ => None,
        }
    }

    /// A code in a set. A CASE of codes becomes a CASE of truths, so that codes are never materialised.
    fn one_of(&mut self, term: &Term, codes: &[u8]) -> Mask {
        match term {
            Term::Code(_, code) => self.mask(if codes.contains(code) { MaskOp::True } else { MaskOp::False }),
            Term::Case(arms, otherwise) => {
                let arms = arms
                    .iter()
                    .map(|(when, then)| (self.proposition(when), self.one_of(then, codes)))
                    .collect();
                let otherwise = self.one_of(otherwise, codes);
                self.mask(MaskOp::Case(arms, otherwise))
            }
            Term::Fact(column) => {
                let stated = self.column_one_of(*column, codes);
                match self.derivation(*column) {
                    Some(DerivedRule::Value(rule)) => {
                        let key = (*column, CodeSet::of(codes));
                        if let Some(known) = self.derived_codes.get(&key) {
                            return *known;
                        }
                        let derived = self.one_of(rule, codes);
                        let mask = self.mask(MaskOp::Otherwise(derived, stated));
                        self.derived_codes.insert(key, mask);
                        mask
                    }
                    _ => stated,
                }
            }
            other => {
                let number = self.term(other);
                self.mask(MaskOp::NumberOneOf(number, CodeSet::of(codes)))
            }
        }
    }

    fn term(&mut self, term: &Term) -> Number {
        if let Some(value) = constant(term) {
            return self.number(NumberOp::Constant(value));
        }
        match term {
            Term::Fact(column) => {
                let stated = self.number(NumberOp::Column(*column));
                match self.derivation(*column) {
                    Some(DerivedRule::Value(rule)) => {
                        if let Some(known) = self.derived_numbers.get(column) {
                            return *known;
                        }
                        let derived = self.term(rule);
                        let number = self.number(NumberOp::Otherwise(derived, stated));
                        self.derived_numbers.insert(*column, number);
                        number
                    }
                    _ => stated,
                }
            }
            Term::Parameter(id) => self.parameter_number(*id),
            Term::Plus(left, right) => self.two(left, right, NumberOp::Plus),
            Term::Minus(left, right) => self.two(left, right, NumberOp::Minus),
            Term::Times(left, right) => self.two(left, right, NumberOp::Times),
            Term::Widen(inner, places) => {
                let factor = self.number(NumberOp::Constant(10i64.pow(u32::from(*places))));
                let inner = self.term(inner);
                self.number(NumberOp::Times(inner, factor))
            }
            Term::PlusMonths(inner, months) => {
                let inner = self.term(inner);
                self.number(NumberOp::PlusMonths(inner, *months))
            }
            Term::PlusDays(inner, days) => {
                let inner = self.term(inner);
                self.number(NumberOp::PlusDays(inner, *days))
            }
            Term::Case(arms, otherwise) => {
                let arms =
                    arms.iter().map(|(when, then)| (self.proposition(when), self.term(then))).collect();
                let otherwise = self.term(otherwise);
                self.number(NumberOp::Case(arms, otherwise))
            }
            Term::Decimal { .. } | Term::Date(_) | Term::Code(..) => self.number(NumberOp::Unknown),
        }
    }

    fn two(&mut self, left: &Term, right: &Term, op: fn(Number, Number) -> NumberOp) -> Number {
        let (left, right) = (self.term(left), self.term(right));
        self.number(op(left, right))
    }

    fn parameter_number(&mut self, id: ParameterId) -> Number {
        let pack = self.pack;
        let parameter = pack.parameter(id);
        let mut arms = Vec::new();
        for version in &parameter.versions {
            let period = self.period(version.in_force);
            match (&version.value, parameter.by) {
                (ParameterValue::One(value), _) => {
                    arms.push((period, self.number(NumberOp::Constant(*value))))
                }
                (ParameterValue::ByCode(values), Some(column)) => {
                    for (code, value) in values {
                        let code = self.code(column, *code);
                        let when = self.all(vec![period, code]);
                        arms.push((when, self.number(NumberOp::Constant(*value))));
                    }
                }
                (ParameterValue::ByCode(_), None) => {}
            }
        }
        let unknown = self.number(NumberOp::Unknown);
        self.number(NumberOp::Case(arms, unknown))
    }
}

/// The coded value of a literal.
pub(crate) fn constant(term: &Term) -> Option<i64> {
    match term {
        Term::Decimal { value, .. } => Some(*value),
        Term::Date(day) => Some(i64::from(*day)),
        Term::Code(_, code) => Some(i64::from(*code)),
        _ => None,
    }
}

fn pilot_table(pilot: &Pilot) -> PilotTable {
    let mut starts = Vec::with_capacity(10_001);
    let mut periods = Vec::new();
    for office in 0..10_000u16 {
        starts.push(u32::try_from(periods.len()).unwrap_or(u32::MAX));
        let listed = pilot.offices.iter().filter(|listed| (listed.first..=listed.last).contains(&office));
        periods.extend(listed.map(|listed| listed.period));
    }
    starts.push(u32::try_from(periods.len()).unwrap_or(u32::MAX));
    PilotTable { starts, periods, entries: pilot.offices.clone() }
}

impl PilotTable {
    /// Whether an office takes part on a day.
    pub(crate) fn takes_part(&self, office: i64, day: Day) -> bool {
        let Ok(office) = usize::try_from(office) else { return false };
        match (self.starts.get(office), self.starts.get(office + 1)) {
            (Some(&start), Some(&end)) => {
                self.periods[start as usize..end as usize].iter().any(|period| period.contains(day))
            }
            _ => false,
        }
    }
}

impl Program {
    /// Compiles a checked pack.
    #[must_use]
    pub fn compile(pack: &Pack) -> Program {
        let mut compiler = Compiler::new(pack);
        let (measures, conditions) = compiler.measures();
        let parts = compiler.finish();
        Program {
            steps: parts.steps,
            masks: parts.masks,
            numbers: parts.numbers,
            pilots: parts.pilots,
            office: pack.core.office,
            decided_on: pack.core.decided_on,
            read: parts.read,
            measures,
            condition_masks: conditions.iter().map(|condition| condition.mask).collect(),
            conditions,
        }
    }
}
