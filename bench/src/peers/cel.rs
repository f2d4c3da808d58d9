//! CEL: one compiled program for each condition; facts come through a resolver that lends values without copying.
//!
//! CEL has no rules that read other rules, so the host makes verdicts from conditions (a favour).

use std::{
    hint::black_box,
    ops::Range,
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Result, anyhow};
use cel::{
    Context, Env, Program, Value,
    common::{
        types::{CelBool, CelInt, CelNull},
        value::{CowVal, Val},
    },
    context::VariableResolver,
};
use rustc_hash::FxHashMap;

use super::{Engine, Prepared, plain_text::Words};
use crate::{
    answers::{Answers, Truth},
    exchange::{FactKind, RuleSet},
    facts::{CodedRows, Facts},
    host_dates::precompute,
    layout::Layout,
    two_valued::rails,
};

const WORDS: Words = Words { and: "&&", or: "||", lists: false };

/// The cel crate.
pub struct Cel;

impl Engine for Cel {
    fn name(&self) -> &'static str {
        "cel"
    }

    fn prepare(&self, rules: &RuleSet, facts: &Facts, rows: Range<usize>) -> Result<Box<dyn Prepared>> {
        let (rules, rows) = precompute(rules, facts.coded(rules, rows)?)?;
        let env = Arc::new(Env::stdlib());
        let compile = |text: String| env.compile(&text).map_err(|e| anyhow!("{text}: {e}"));
        let layout = Layout::of(&rules);
        let program = |expr| compile(WORDS.condition(&rails(expr, &rules)?)?);
        let programs = layout.distinct.iter().map(program).collect::<Result<Vec<_>>>()?;
        Ok(Box::new(Compiled { env, programs, layout, table: Table::new(&rows), found: Vec::new() }))
    }
}

/// The facts as CEL values, of which one row is current.
struct Table {
    positions: FxHashMap<String, usize>,
    rows: Vec<Vec<Box<dyn Val>>>,
    current: AtomicUsize,
}

impl Table {
    fn new(coded: &CodedRows) -> Self {
        let value = |(kind, value): (FactKind, Option<i64>)| -> Box<dyn Val> {
            match (kind, value) {
                (_, None) => Box::new(CelNull),
                (FactKind::Flag, Some(value)) => Box::new(CelBool::from(value != 0)),
                (_, Some(value)) => Box::new(CelInt::from(value)),
            }
        };
        let kinds: Vec<_> = coded.facts.iter().map(|fact| fact.kind).collect();
        let row =
            |row: &Vec<Option<i64>>| kinds.iter().copied().zip(row.iter().copied()).map(value).collect();
        let positions = coded.facts.iter().enumerate().map(|(at, fact)| (fact.name.clone(), at)).collect();
        Self { positions, rows: coded.rows.iter().map(row).collect(), current: AtomicUsize::new(0) }
    }
}

impl VariableResolver for Table {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let value = &self.rows[self.current.load(Ordering::Relaxed)][*self.positions.get(variable)?];
        Some(CowVal::Borrowed(&**value))
    }
}

struct Compiled {
    env: Arc<Env>,
    programs: Vec<Program>,
    layout: Layout,
    table: Table,
    found: Vec<Truth>,
}

impl Compiled {
    /// Every condition of the current row, then every verdict.
    fn decide(&self, context: &Context, found: &mut Vec<Truth>) -> Result<()> {
        let start = found.len();
        for program in &self.programs {
            let value = Value::resolve_val(program.expression(), context)?;
            found.push(value.downcast_ref::<CelBool>().map(|b| *b.inner()).into());
        }
        for measure in &self.layout.measures {
            let verdict = Truth::all(measure.iter().map(|condition| found[start + condition]));
            found.push(verdict);
        }
        Ok(())
    }
}

impl Prepared for Compiled {
    fn decide_one(&mut self, row: usize) -> Result<()> {
        self.table.current.store(row, Ordering::Relaxed);
        let mut context = Context::with_env(Arc::clone(&self.env));
        context.set_variable_resolver(&self.table);
        let mut found = Vec::with_capacity(self.layout.width());
        self.decide(&context, &mut found)?;
        black_box(found);
        Ok(())
    }

    fn decide_all(&mut self) -> Result<()> {
        let mut found = Vec::with_capacity(self.table.rows.len() * self.layout.width());
        let mut context = Context::with_env(Arc::clone(&self.env));
        context.set_variable_resolver(&self.table);
        for row in 0..self.table.rows.len() {
            self.table.current.store(row, Ordering::Relaxed);
            self.decide(&context, &mut found)?;
        }
        drop(context);
        self.found = found;
        Ok(())
    }

    fn answers(&self) -> Result<Answers> {
        let width = self.layout.width();
        self.layout.answers(self.table.rows.len(), |row, at| Ok(self.found[row * width + at]))
    }
}
