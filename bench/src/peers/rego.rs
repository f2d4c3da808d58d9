//! Rego: a policy compiled for regorus's register machine; an unknown fact is absent, so that what reads it is undefined.

use std::{fmt::Write, hint::black_box, ops::Range};

use anyhow::{Result, anyhow, bail};
use regorus::{Engine as Rules, Value, languages::rego::compiler::Compiler, rvm::vm::RegoVM};

use super::{Engine, Prepared, plain_text::number_with};
use crate::{
    answers::{Answers, Truth},
    exchange::{FactKind, RuleSet},
    facts::{CodedRows, Facts},
    host_dates::precompute,
    layout::Layout,
    two_valued::{Formula, Rails, rails},
};

const ENTRY: &str = "data.bench.answer";

/// The regorus crate.
pub struct Rego;

impl Engine for Rego {
    fn name(&self) -> &'static str {
        "regorus"
    }

    fn prepare(&self, rules: &RuleSet, facts: &Facts, rows: Range<usize>) -> Result<Box<dyn Prepared>> {
        let (rules, rows) = precompute(rules, facts.coded(rules, rows)?)?;
        let mut engine = Rules::new();
        let layout = Layout::of(&rules);
        engine.add_policy("bench.rego".to_owned(), policy(&rules, &layout)?)?;
        let compiled = engine.compile_with_entrypoint(&ENTRY.into())?;
        let program = Compiler::compile_from_policy(&compiled, &[ENTRY]).map_err(|e| anyhow!("{e}"))?;
        let mut machine = RegoVM::new();
        machine.load_program(program);
        let inputs = rows.rows.iter().map(|row| input(&rows, row)).collect();
        Ok(Box::new(Compiled { machine, inputs, layout, found: Vec::new() }))
    }
}

fn input(coded: &CodedRows, row: &[Option<i64>]) -> Value {
    let known = coded.facts.iter().zip(row).filter_map(|(fact, value)| Some((fact, (*value)?)));
    let fields = known.map(|(fact, value)| {
        let value = if fact.kind == FactKind::Flag { Value::from(value != 0) } else { Value::from(value) };
        (Value::from(fact.name.as_str()), value)
    });
    Value::from(fields.collect::<std::collections::BTreeMap<_, _>>())
}

/// The whole policy as Rego text; its answer is one array of conditions and verdicts.
fn policy(rules: &RuleSet, layout: &Layout) -> Result<String> {
    let mut text = Policy { text: "package bench\n\nimport rego.v1\n\n".to_owned(), steps: 0 };
    for (at, expr) in layout.distinct.iter().enumerate() {
        text.condition(&format!("c{at}"), &rails(expr, rules)?)?;
    }
    for (at, measure) in layout.measures.iter().enumerate() {
        let refused: Vec<_> = measure.iter().map(|c| format!("c{c} == false")).collect();
        let granted = measure.iter().map(|c| format!("c{c} == true")).collect::<Vec<_>>().join("; ");
        let chain: Vec<_> = refused.into_iter().map(|body| (false, body)).chain([(true, granted)]).collect();
        text.chain(&format!("m{at}"), &chain, " else := null")?;
    }
    let columns = (0..layout.distinct.len()).map(|c| format!("c{c}"));
    let columns: Vec<_> = columns.chain((0..layout.measures.len()).map(|m| format!("m{m}"))).collect();
    writeln!(text.text, "answer := [{}]", columns.join(", "))?;
    Ok(text.text)
}

struct Policy {
    text: String,
    steps: usize,
}

impl Policy {
    /// A single comparison is its own value; anything else is asked for truth first, then for falsehood.
    fn condition(&mut self, name: &str, rails: &Rails) -> Result<()> {
        let expression = match &rails.truth {
            Formula::Flag { fact, value: true } if rails.is_atom() => Some(format!("input.{fact}")),
            Formula::Compare { .. } if rails.is_atom() => Some(literal(&rails.truth)?),
            _ => None,
        };
        if let Some(expression) = expression {
            return Ok(writeln!(self.text, "default {name} := null\n{name} := {expression}")?);
        }
        let mut chain = Vec::new();
        for (value, formula) in [(true, &rails.truth), (false, &rails.falsehood)] {
            for body in self.bodies(formula)? {
                chain.push((value, body));
            }
        }
        self.chain(name, &chain, " else := null")
    }

    /// A rule that takes the value of the first body that holds.
    fn chain(&mut self, name: &str, bodies: &[(bool, String)], last: &str) -> Result<()> {
        let parts: Vec<_> =
            bodies.iter().map(|(value, body)| format!(":= {value} if {{ {body} }}")).collect();
        Ok(writeln!(self.text, "{name} {}{last}", parts.join(" else "))?)
    }

    /// The bodies of which one must hold.
    fn bodies(&mut self, formula: &Formula) -> Result<Vec<String>> {
        match formula {
            Formula::Any(parts) => parts.iter().map(|part| self.body(part)).collect(),
            Formula::Always(false) => Ok(Vec::new()),
            other => Ok(vec![self.body(other)?]),
        }
    }

    /// One body; a choice inside it becomes a rule of its own.
    fn body(&mut self, formula: &Formula) -> Result<String> {
        match formula {
            Formula::All(parts) => {
                let parts = parts.iter().map(|part| self.body(part)).collect::<Result<Vec<_>>>()?;
                Ok(parts.join("; "))
            }
            Formula::Any(_) => {
                let bodies: Vec<_> = self.bodies(formula)?.into_iter().map(|body| (true, body)).collect();
                let name = format!("step{}", self.steps);
                self.steps += 1;
                self.chain(&name, &bodies, "")?;
                Ok(name)
            }
            atom => literal(atom),
        }
    }
}

/// One atom; where a fact is absent it is undefined, which fails a body in both formulas alike.
fn literal(atom: &Formula) -> Result<String> {
    let number = |expr| number_with(expr, "input.");
    Ok(match atom {
        Formula::Always(value) => value.to_string(),
        Formula::Flag { fact, value } => format!("input.{fact} == {value}"),
        Formula::Compare { op, left, right } => format!("{} {} {}", number(left)?, op.sign(), number(right)?),
        Formula::Among { subject, literals, inside: true } => {
            let list: Vec<_> = literals.iter().map(i64::to_string).collect();
            format!("{} in [{}]", number(subject)?, list.join(", "))
        }
        Formula::Among { subject, literals, inside: false } => {
            let subject = number(subject)?;
            literals.iter().map(|value| format!("{subject} != {value}")).collect::<Vec<_>>().join("; ")
        }
        Formula::All(_) | Formula::Any(_) => bail!("not an atom"),
    })
}

struct Compiled {
    machine: RegoVM,
    inputs: Vec<Value>,
    layout: Layout,
    found: Vec<Value>,
}

impl Compiled {
    fn decide(&mut self, row: usize) -> Result<Value> {
        self.machine.set_input(self.inputs[row].clone());
        self.machine.execute().map_err(|e| anyhow!("{e}"))
    }
}

impl Prepared for Compiled {
    fn decide_one(&mut self, row: usize) -> Result<()> {
        black_box(self.decide(row)?);
        Ok(())
    }

    fn decide_all(&mut self) -> Result<()> {
        self.found = (0..self.inputs.len()).map(|row| self.decide(row)).collect::<Result<_>>()?;
        Ok(())
    }

    fn answers(&self) -> Result<Answers> {
        self.layout.answers(self.inputs.len(), |row, at| match self.found[row].as_array()?.iter().nth(at) {
            Some(Value::Bool(value)) => Ok(Truth::from(Some(*value))),
            Some(Value::Null) => Ok(Truth::Unknown),
            other => bail!("regorus answered {other:?} in row {row}"),
        })
    }
}
