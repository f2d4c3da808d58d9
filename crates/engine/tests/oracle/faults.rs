//! Faults that the oracle found, each as small as it gets.

use greenlane_engine::Truth;

use super::compare::{Tally, Trial};
use super::matters::rows;
use super::packs::law;
use super::random::Dice;
use super::small::Small;

const BY_LEVEL: &str = "[p]\ntype = \"count\"\nlabel = { en = \"l\" }\nby = \"level\"\n\
                        versions = [{ from = 2000-01-01, value = { a = 1, b = 2 } }]\n";

#[test]
fn answers_of_one_program_can_be_used_for_another() {
    let (mut tally, mut answers) = (Tally::default(), Default::default());
    for seed in 0..60 {
        let mut dice = Dice::new(seed);
        let law = law(&mut dice);
        let rows = rows(&law, 100, &mut dice);
        Trial::new(&law, &rows, None).run(&mut dice, &mut answers, &mut tally);
    }
    assert_eq!(tally.differences, 0, "{}", tally.first.unwrap_or_default());
}

#[test]
fn two_texts_compared_are_a_problem_and_not_a_loop() {
    for condition in ["'a' = 'b'", "'a' BETWEEN 'a' AND 'b'", "'a' IN ('b', level)"] {
        assert!(Small { condition, facts: "level code matter", ..Small::default() }.load().is_err());
    }
}

#[test]
fn a_parameter_by_a_derived_code_is_refused_or_takes_the_derived_value() {
    let facts = "level code derived\nother code matter";
    let small = Small { condition: "$p = 1", facts, parameters: BY_LEVEL, derived: &[("level", "other")] };
    is_refused_or_true(small, &[("decided_on", "2024-01-01"), ("other", "a")]);
}

#[test]
fn a_derivation_that_reads_itself_through_a_parameter_is_refused() {
    let derived = [("level", "CASE WHEN $p = 1 THEN 'a' ELSE 'b' END")];
    let facts = "level code derived";
    assert!(
        Small { condition: "level = 'a'", facts, parameters: BY_LEVEL, derived: &derived }.load().is_err()
    );
}

#[test]
fn a_pilot_without_offices_means_the_same_to_both_readers_on_an_unknown_day() {
    let small = Small { condition: "pilot_x", facts: "pilot_x flag pilot", ..Small::default() };
    let (program, row) = small.decide(&[("office", "1234")]);
    assert_eq!(program, row);
}

/// Refused, or exact: never a wrapped product.
fn is_refused_or_true(small: Small<'_>, given: &[(&str, &str)]) {
    if small.load().is_ok() {
        assert_eq!(small.decide(given), (Truth::True, Truth::True), "{}", small.condition);
    }
}

#[test]
fn a_product_of_derived_numbers_does_not_wrap() {
    let derived = [("total", "n * n")];
    let small = Small {
        condition: "total * total > 1",
        facts: "n count matter\ntotal count derived",
        parameters: "",
        derived: &derived,
    };
    is_refused_or_true(small, &[("n", "65536")]);
}

#[test]
fn a_product_with_a_large_parameter_does_not_wrap() {
    let parameters = "[q]\ntype = \"ratio\"\nlabel = { en = \"l\" }\n\
                      versions = [{ from = 2000-01-01, value = \"900000000000\" }]\n";
    let small = Small { condition: "$q * n > 1", facts: "n count matter", parameters, derived: &[] };
    is_refused_or_true(small, &[("n", "2147483647"), ("decided_on", "2024-01-01")]);
}

#[test]
fn a_product_with_days_between_far_dates_does_not_wrap() {
    let far = "INTERVAL '1200' YEAR";
    let condition = format!("(d + {far} + {far} + {far} - d) * n * 10000 > 1");
    let small = Small { condition: &condition, facts: "n count matter\nd date matter", ..Small::default() };
    is_refused_or_true(small, &[("n", "2147483647"), ("d", "2024-01-01")]);
}

#[test]
fn a_condition_of_ten_thousand_terms_is_read_or_refused() {
    for (part, join, end) in [("x", " AND ", ""), ("1", " + ", " > 2")] {
        let condition = vec![part; 10_000].join(join) + end;
        let _ = Small { condition: &condition, facts: "x flag matter", ..Small::default() }.load();
    }
}

#[test]
fn a_chain_of_thirty_derived_facts_compiles_at_once() {
    let names: Vec<String> = (0..=30).map(|at| format!("f{at}")).collect();
    let rules: Vec<String> = names.iter().map(|name| format!("{name} OR NOT {name}")).collect();
    let facts: String = names[1..].iter().map(|name| format!("{name} flag derived\n")).collect();
    let derived: Vec<(&str, &str)> =
        names[1..].iter().map(String::as_str).zip(rules.iter().map(String::as_str)).collect();
    let facts = format!("f0 flag matter\n{facts}");
    let small = Small { condition: "f30", facts: &facts, parameters: "", derived: &derived };
    assert_eq!(small.decide(&[("f0", "true")]), (Truth::True, Truth::True));
}

#[test]
fn a_fact_derived_twice_is_refused() {
    let small = Small {
        condition: "y",
        facts: "x flag matter\ny flag derived",
        parameters: "",
        derived: &[("y", "x"), ("y", "NOT y")],
    };
    assert!(small.load().is_err());
}

#[test]
fn a_pilot_that_is_no_flag_is_refused() {
    assert!(
        Small { condition: "pilot_x = 1", facts: "pilot_x count pilot", ..Small::default() }.load().is_err()
    );
}

#[test]
fn what_is_not_in_the_language_is_refused_and_not_read_over() {
    let facts = "n count matter\nd date matter";
    for condition in [
        "d = d + INTERVAL '5' YEAR TO MONTH",
        "d = d + INTERVAL '5' MONTH(3)",
        "n = 10L",
        "d = {d '2024-01-01'}",
    ] {
        assert!(Small { condition, facts, ..Small::default() }.load().is_err(), "{condition}");
    }
}
