//! Greenlane itself: the pack's own program over blocks of coded columns, arithmetic checked as in the product.

use std::{hint::black_box, ops::Range, sync::Arc};

use anyhow::{Context, Result, bail};
use greenlane_engine::{Answers as Block, ConditionId, Engine as Law, Program};
use greenlane_policy::{
    matters::{Matters, MattersBuilder},
    pack::Pack,
};

use super::{Engine, Prepared};
use crate::{
    answers::{Answers, Truth},
    columns,
    derived::write_out,
    exchange::RuleSet,
    export::{self, IN_SCOPE, PILOT},
    facts::Facts,
    layout::Layout,
};

/// Rows prepared as matters of their own, to be decided one by one.
const SINGLES: usize = 1_024;

/// The engine with the pack that is built in; it knows no other rules.
pub struct Greenlane {
    law: Arc<Law>,
    rules: RuleSet,
}

impl Greenlane {
    /// The built-in pack, compiled.
    pub fn new() -> Result<Self> {
        let law = export::engine()?;
        let rules = write_out(export::rules(&law)?)?;
        Ok(Self { law: Arc::new(law), rules })
    }
}

impl Engine for Greenlane {
    fn name(&self) -> &'static str {
        "greenlane"
    }

    fn takes(&self, rules: &RuleSet) -> bool {
        self.rules == *rules
    }

    fn decides_blocks(&self) -> bool {
        true
    }

    fn prepare(&self, rules: &RuleSet, facts: &Facts, rows: Range<usize>) -> Result<Box<dyn Prepared>> {
        let law = Arc::clone(&self.law);
        let layout = Layout::of(rules);
        let kept = kept(&law, rules, &layout)?;
        let matters = columns::matters(&law.pack, facts, rows.clone())?;
        let singles = (0..rows.len().min(SINGLES)).map(|row| single(&law.pack, &matters, row)).collect();
        let block = Block::default();
        Ok(Box::new(Compiled { law, layout, kept, matters, singles, block, found: Vec::new() }))
    }
}

/// Where the program has the mask of a condition of the exchange file.
#[derive(Clone, Copy)]
enum Source {
    Condition(ConditionId),
    Scope(usize, usize),
    Pilot(usize, usize),
}

/// The mask of each distinct condition, and for each measure of the exchange file its measure and its `in_scope`.
struct Kept {
    conditions: Vec<Source>,
    measures: Vec<(usize, usize)>,
}

fn kept(law: &Law, rules: &RuleSet, layout: &Layout) -> Result<Kept> {
    let mut conditions = vec![None; layout.distinct.len()];
    let (mut measures, mut ids) = (Vec::new(), (0..).map(ConditionId));
    let mut named = layout.measures.iter().zip(&rules.measures);
    for (number, measure) in law.program.measures().iter().enumerate() {
        for version in 0..law.pack.measures[measure.index].versions.len() {
            let (positions, exported) = named.next().context("the rules are of another pack")?;
            for (position, condition) in positions.iter().zip(&exported.conditions) {
                let source = match condition.name.as_str() {
                    IN_SCOPE => Source::Scope(number, version),
                    PILOT => Source::Pilot(number, version),
                    _ => Source::Condition(ids.next().context("there are no more conditions")?),
                };
                conditions[*position].get_or_insert(source);
            }
            measures.push((number, positions[0]));
        }
    }
    let conditions = conditions.into_iter().collect::<Option<Vec<_>>>();
    Ok(Kept { conditions: conditions.context("a condition is not in the program")?, measures })
}

/// One matter by itself: a fact that it does not state has no column.
fn single(pack: &Pack, matters: &Matters, row: usize) -> Matters {
    let mut builder = MattersBuilder::new(&pack.facts);
    for at in 0..pack.facts.columns.len() {
        let column = greenlane_policy::facts::ColumnId(at as u16);
        if let Some(value) = matters.value(column, row) {
            builder.set_coded(column, value);
        }
    }
    builder.end_row();
    builder.finish()
}

struct Compiled {
    law: Arc<Law>,
    layout: Layout,
    kept: Kept,
    matters: Matters,
    singles: Vec<Matters>,
    block: Block,
    /// Block after block: for each condition its true and false words, for each measure its three.
    found: Vec<u64>,
}

impl Compiled {
    fn width(&self) -> usize {
        2 * self.kept.conditions.len() + 3 * self.law.program.measures().len()
    }

    fn keep(&mut self) {
        let (program, block) = (&self.law.program, &self.block);
        for source in &self.kept.conditions {
            let (truths, falses) = match *source {
                Source::Condition(condition) => block.condition_words(condition),
                Source::Scope(measure, version) => program.scope_words(block, measure, version),
                Source::Pilot(measure, version) => {
                    program.pilot_words(block, measure, version).unwrap_or_default()
                }
            };
            self.found.extend_from_slice(truths);
            self.found.extend_from_slice(falses);
        }
        for measure in 0..program.measures().len() {
            for kind in 0..3 {
                self.found.extend((0..block.words()).map(|word| block.verdict_word(measure, word)[kind]));
            }
        }
    }

    /// One bit of what was kept: mask `mask` of the row's block.
    fn bit(&self, row: usize, mask: usize) -> bool {
        let start = row / Program::BLOCK * Program::BLOCK;
        let words = (self.matters.rows() - start).min(Program::BLOCK).div_ceil(64);
        let at = start / 64 * self.width() + mask * words + (row - start) / 64;
        self.found[at] >> (row % 64) & 1 == 1
    }

    fn condition(&self, row: usize, at: usize) -> Truth {
        match (self.bit(row, 2 * at), self.bit(row, 2 * at + 1)) {
            (true, false) => Truth::True,
            (false, true) => Truth::False,
            _ => Truth::Unknown,
        }
    }

    /// Out of scope counts as false here: another version, or `in_scope` or the pilot, says why.
    fn verdict(&self, row: usize, at: usize) -> Result<Truth> {
        let (measure, in_scope) = self.kept.measures[at];
        let first = 2 * self.kept.conditions.len() + 3 * measure;
        let in_scope = self.condition(row, in_scope) == Truth::True;
        match [0, 1, 2].map(|kind| self.bit(row, first + kind)) {
            [true, false, false] if in_scope => Ok(Truth::True),
            [false, false, true] if in_scope => Ok(Truth::Unknown),
            [false, ..] | [_, false, false] => Ok(Truth::False),
            _ => bail!("two verdicts in row {row}"),
        }
    }
}

impl Prepared for Compiled {
    fn decide_one(&mut self, row: usize) -> Result<()> {
        self.law.program.decide(&self.singles[row], 0..1, &mut self.block);
        black_box(&self.block);
        Ok(())
    }

    fn decide_all(&mut self) -> Result<()> {
        self.found.clear();
        for start in (0..self.matters.rows()).step_by(Program::BLOCK) {
            self.law.program.decide(&self.matters, start..start + Program::BLOCK, &mut self.block);
            self.keep();
        }
        Ok(())
    }

    fn answers(&self) -> Result<Answers> {
        let conditions = self.layout.distinct.len();
        self.layout.answers(self.matters.rows(), |row, at| match at.checked_sub(conditions) {
            None => Ok(self.condition(row, at)),
            Some(measure) => self.verdict(row, measure),
        })
    }
}
