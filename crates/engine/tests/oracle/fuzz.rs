//! Texts that are not conditions, or nearly: made from fragments of the language, or from conditions with slips.

use std::collections::HashMap;

use greenlane_policy::condition::Names;
use greenlane_policy::expression::ParameterId;
use greenlane_policy::pack::{Pack, ParameterType};

use super::random::Dice;

/// What the checker needs to know of a pack's parameters.
pub fn parameters(pack: &Pack) -> HashMap<String, (ParameterId, ParameterType)> {
    let ids = (0u16..).map(ParameterId);
    pack.parameters.iter().zip(ids).map(|(one, id)| (one.name.clone(), (id, one.parameter_type))).collect()
}

pub fn names<'a>(pack: &'a Pack, parameters: &'a HashMap<String, (ParameterId, ParameterType)>) -> Names<'a> {
    Names { facts: &pack.facts, parameters }
}

const FRAGMENTS: &[&str] = &[
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "IS",
    "NULL",
    "LIKE",
    "INTERVAL",
    "DATE",
    "TRUE",
    "FALSE",
    "SELECT",
    "EXISTS",
    "CAST",
    "YEAR",
    "MONTH",
    "DAY",
    "=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "(",
    ")",
    "(",
    ")",
    ",",
    ".",
    ";",
    "::",
    "||",
    "&&",
    "$",
    "?",
    "@",
    "--",
    "/*",
    "*/",
    "'",
    "\"",
    "`",
    "\n",
    "\r\n",
    "\t",
    "0",
    "1",
    "0.30",
    "9999999.99",
    "99999999999999999999",
    "1e9",
    ".5",
    "5.",
    "'gold'",
    "'code_1'",
    "'5'",
    "'2024-02-29'",
    "'2023-02-29'",
    "matter",
    "decided_on",
    "office",
    "matter_id",
    "unit",
    "fact_0_0",
    "fact_1_0",
    "fact_2_0",
    "fact_3_0",
    "fact_4_0",
    "fact_5_0",
    "family_0",
    "family_1",
    "derived_0",
    "pilot_0",
    "$number_0",
    "$number_1",
    "海关",
    "é",
    "\u{feff}",
    "\u{200d}",
    "👩‍🔧",
    "\0",
    "[",
    "]",
    "{",
    "}",
    "\\",
    "#",
    "~",
    "^",
    "!",
    "NOT NOT",
    "DATE '2024-02-29'",
    "INTERVAL '5' YEAR",
    "INTERVAL '9999999999' MONTH",
    "CASE WHEN fact_0_0 THEN",
];

/// Fragments of the language in any order.
pub fn noise(dice: &mut Dice) -> String {
    let count = 1 + dice.below(14);
    let mut text = String::new();
    for _ in 0..count {
        text.push_str(dice.pick(FRAGMENTS));
        if dice.percent(70) {
            text.push(' ');
        }
    }
    text
}

/// A condition with up to three slips of the pen.
pub fn slip(text: &str, dice: &mut Dice) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..dice.pick(&[0, 1, 1, 1, 2, 3]) {
        let at = dice.below(characters.len() + 1);
        let end = (at + 1 + dice.below(8)).min(characters.len());
        let put: Vec<char> = match dice.below(6) {
            0 | 1 => Vec::new(),
            2 => characters[at..end].iter().chain(&characters[at..end]).copied().collect(),
            3 => characters[at..end].iter().rev().copied().collect(),
            _ => format!(" {} ", dice.pick(FRAGMENTS)).chars().collect(),
        };
        characters.splice(at..end, put);
    }
    characters.into_iter().collect()
}

/// A text as a TOML string, in one of its notations.
pub fn quoted(text: &str, dice: &mut Dice) -> String {
    let literal = !text.contains(|c: char| c == '\'' || c.is_control());
    if literal && dice.percent(50) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}
