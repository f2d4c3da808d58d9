//! ZEN: a compiled decision graph of one expression node; conditions first, then verdicts that read them through `$`.

use std::{hint::black_box, ops::Range};

use anyhow::{Result, anyhow, bail};
use futures_executor::block_on;
use serde_json::{Map, Value, json};
use zen_engine::{Decision, Variable, model::GraphContent};

use super::{Engine, Prepared, plain_text::Words};
use crate::{
    answers::{Answers, Truth},
    exchange::{FactKind, RuleSet},
    facts::{CodedRows, Facts},
    host_dates::precompute,
    layout::Layout,
    two_valued::rails,
};

const WORDS: Words = Words { and: "and", or: "or", lists: true };

/// The zen-engine crate.
pub struct Zen;

impl Engine for Zen {
    fn name(&self) -> &'static str {
        "zen-engine"
    }

    fn prepare(&self, rules: &RuleSet, facts: &Facts, rows: Range<usize>) -> Result<Box<dyn Prepared>> {
        let (rules, rows) = precompute(rules, facts.coded(rules, rows)?)?;
        let layout = Layout::of(&rules);
        let content: GraphContent = serde_json::from_value(graph(expressions(&rules, &layout)?))?;
        let mut decision = Decision::from(content);
        decision.validate().map_err(|e| anyhow!("{e:?}"))?;
        decision.compile();
        Ok(Box::new(Compiled { decision, inputs: inputs(&rows), layout, found: Vec::new() }))
    }
}

/// The expression node's lines, keyed c0, c1, … and m0, m1, …
fn expressions(rules: &RuleSet, layout: &Layout) -> Result<Vec<Value>> {
    let mut lines = Vec::new();
    let mut line = |key: String, text: String| lines.push(json!({ "id": key, "key": key, "value": text }));
    for (at, expr) in layout.distinct.iter().enumerate() {
        line(format!("c{at}"), WORDS.condition(&rails(expr, rules)?)?);
    }
    for (at, measure) in layout.measures.iter().enumerate() {
        let any =
            |value| measure.iter().map(|c| format!("$.c{c} == {value}")).collect::<Vec<_>>().join(" or ");
        line(format!("m{at}"), format!("({}) ? false : (({}) ? null : true)", any("false"), any("null")));
    }
    Ok(lines)
}

fn graph(expressions: Vec<Value>) -> Value {
    json!({
        "nodes": [
            { "id": "facts", "name": "facts", "type": "inputNode", "content": {} },
            { "id": "rules", "name": "rules", "type": "expressionNode", "content": { "expressions": expressions } },
            { "id": "answer", "name": "answer", "type": "outputNode", "content": {} },
        ],
        "edges": [
            { "id": "e1", "type": "edge", "sourceId": "facts", "targetId": "rules" },
            { "id": "e2", "type": "edge", "sourceId": "rules", "targetId": "answer" },
        ],
    })
}

fn inputs(coded: &CodedRows) -> Vec<Variable> {
    let value = |kind, value: Option<i64>| match (kind, value) {
        (_, None) => Value::Null,
        (FactKind::Flag, Some(value)) => Value::Bool(value != 0),
        (_, Some(value)) => Value::from(value),
    };
    let row = |row: &Vec<Option<i64>>| {
        let fields = coded.facts.iter().zip(row).map(|(fact, v)| (fact.name.clone(), value(fact.kind, *v)));
        Variable::from(Value::Object(fields.collect::<Map<_, _>>()))
    };
    coded.rows.iter().map(row).collect()
}

struct Compiled {
    decision: Decision,
    inputs: Vec<Variable>,
    layout: Layout,
    found: Vec<Variable>,
}

impl Compiled {
    fn decide(&self, row: usize) -> Result<Variable> {
        let response = block_on(self.decision.evaluate(self.inputs[row].clone()));
        Ok(response.map_err(|e| anyhow!("{e}"))?.result)
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
        let conditions = self.layout.distinct.len();
        self.layout.answers(self.inputs.len(), |row, at| {
            let key = if at < conditions { format!("c{at}") } else { format!("m{}", at - conditions) };
            match self.found[row].dot(&key) {
                Some(Variable::Bool(value)) => Ok(Truth::from(Some(value))),
                // The engine leaves out what is null.
                None | Some(Variable::Null) => Ok(Truth::Unknown),
                Some(other) => bail!("zen-engine answered {other} for {key}"),
            }
        })
    }
}
