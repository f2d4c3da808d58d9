//! Condition text → typed proposition: parses with `sqlparser`, resolves names, checks types and units.

mod check;
mod span;

use std::collections::HashMap;
use std::ops::Range;

use sqlparser::ast::Expr;
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::expression::{ParameterId, Proposition};
use crate::facts::{ColumnId, FactTable, FactType};
use crate::pack::{DerivedRule, ParameterType};
use crate::problem::Fault;

/// A fault in a condition, at a byte range of its text.
pub type ConditionFault = (Range<usize>, Fault);

/// Names that conditions may use.
pub struct Names<'a> {
    /// Declared facts.
    pub facts: &'a FactTable,
    /// Declared parameters with their types.
    pub parameters: &'a HashMap<String, (ParameterId, ParameterType)>,
}

/// Reads a condition: a proposition that must hold, for each member if it reads a family.
///
/// # Errors
/// Every fault found, each with its place in `text`.
pub fn read_condition(text: &str, names: &Names<'_>) -> Result<Proposition, Vec<ConditionFault>> {
    let expr = parse(text)?;
    let families = check::families(&expr, names.facts);
    let Some(&first) = families.first() else {
        return check::Checker::new(text, names, None).finish(|checker| checker.proposition(&expr));
    };
    if let Some(&other) = families.iter().find(|&&family| family.members != first.members) {
        let fault = Fault::FamilyMembers(first.name.clone(), other.name.clone());
        return Err(vec![(0..text.len(), fault)]);
    }
    let members: Result<Vec<_>, _> = (0..first.members.len())
        .map(|member| {
            let checker = check::Checker::new(text, names, Some(member));
            checker.finish(|checker| checker.proposition(&expr)).map(|part| (member, part))
        })
        .collect();
    members.map(Proposition::Each)
}

/// Reads the rule of a derived fact.
///
/// # Errors
/// As [`read_condition`].
pub fn read_derivation(
    text: &str,
    names: &Names<'_>,
    column: ColumnId,
) -> Result<DerivedRule, Vec<ConditionFault>> {
    let expr = parse(text)?;
    let checker = check::Checker::new(text, names, None);
    match names.facts.info(column).fact_type {
        FactType::Flag => checker.finish(|checker| checker.proposition(&expr)).map(DerivedRule::Flag),
        fact_type => checker.finish(|checker| checker.term_of(&expr, fact_type)).map(DerivedRule::Value),
    }
}

/// A longer condition is nobody's law, and would nest deeper than a thread's stack.
const MOST_TOKENS: usize = 2_000;

fn parse(text: &str) -> Result<Expr, Vec<ConditionFault>> {
    let syntax = |message: String| vec![span::of_message(text, &message)];
    let tokens = Tokenizer::new(&GenericDialect {}, text)
        .tokenize_with_location()
        .map_err(|error| syntax(error.to_string()))?;
    if tokens.len() > MOST_TOKENS {
        let message = format!("it has {} tokens, at most {MOST_TOKENS} can be read", tokens.len());
        return Err(vec![(0..text.len(), Fault::Syntax(message))]);
    }
    let mut parser = Parser::new(&GenericDialect {}).with_tokens_with_locations(tokens);
    let expr = parser.parse_expr().map_err(|error| syntax(error.to_string()))?;
    let rest = parser.peek_token();
    if rest.token == Token::EOF {
        return Ok(expr);
    }
    let message = format!("nothing was expected after the condition, but there is `{}`", rest.token);
    Err(vec![(span::bytes(text, rest.span), Fault::Syntax(message))])
}
