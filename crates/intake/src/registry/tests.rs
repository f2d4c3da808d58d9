//! Tests of [`super`].

use super::*;
use crate::{Intake, sample};

fn registry(text: &str) -> Result<Registry, IntakeError> {
    let (_folder, path) = sample::file("enterprises.csv", text);
    Registry::read(&path, &sample::pack())
}

fn check(text: &str, row: &[(&str, &str)], fact: &str, expected: &str) {
    let pack = sample::pack();
    let intake = Intake::new(&pack).with_registry(registry(text).unwrap());
    let matters = intake.enrich(&sample::matters(&pack, &[row]));
    let column = pack.facts.column(fact).unwrap();
    let found = match matters.text(column, 0) {
        Some(text) => text.to_owned(),
        None => matters.value(column, 0).map_or_else(String::new, |coded| pack.facts.write(column, coded)),
    };
    assert_eq!(found, expected, "{row:?} {fact}");
}

const TABLE: &str = "customs_code,uscc,aeo_code,name,valid_from,level,industry,debt_ratio[y1],undertaking\n\
    3101910012,91350100M000100Y43,AEOCN3101910012,A,2020-01-01,regular,C39,0.5,\n\
    3101910012,,,A,2024-08-30,advanced,C39,0.4,true\n\
    ,,SG123456789012,S,,advanced,,,\n";

#[test]
fn a_party_is_found_by_each_of_its_identifiers_and_a_stated_fact_wins() {
    for id in ["3101910012", "91350100M000100Y43", "AEOCN3101910012", "CN3101910012"] {
        check(TABLE, &[("declarant_id", id)], "declarant_level", "advanced");
    }
    check(TABLE, &[("declarant_id", "SG123456789012")], "declarant_level", "advanced");
    check(
        TABLE,
        &[("declarant_id", "3101910012"), ("declarant_level", "dishonest")],
        "declarant_level",
        "dishonest",
    );
    check(TABLE, &[("declarant_id", "3101910012")], "declarant_industry", "C39");
    check(TABLE, &[("declarant_id", "3101910012")], "declarant_debt_ratio[y1]", "0.4000");
    check(TABLE, &[("declarant_id", "3101910012")], "declarant_debt_ratio[y2]", "");
    check(TABLE, &[("carrier_id", "3101910012")], "carrier_undertaking", "true");
    check(TABLE, &[("declarant_id", "3101910012")], "carrier_level", "");
}

#[test]
fn the_row_that_was_valid_on_the_day_counts() {
    let on = |day| [("declarant_id", "3101910012"), ("decided_on", day)];
    check(TABLE, &on("2019-12-31"), "declarant_level", "");
    check(TABLE, &on("2020-01-01"), "declarant_level", "regular");
    check(TABLE, &on("2024-08-29"), "declarant_level", "regular");
    check(TABLE, &on("2024-08-30"), "declarant_level", "advanced");
}

#[test]
fn an_enterprise_that_is_not_there_stays_unknown_and_is_counted() {
    let pack = sample::pack();
    let (_folder, path) = sample::file(
        "a.csv",
        "matter_id,matter,decided_on,declarant_id,carrier_id\n1,amendment,2024-08-30,X,3101910012\n",
    );
    let intake = Intake::new(&pack).with_registry(registry(TABLE).unwrap());
    let outcome = sample::Outcome::of(&intake, &path);
    assert_eq!(outcome.batches[0].not_in_registry, 1);
    assert_eq!(outcome.fact(&pack, 0, "declarant_level"), "");
    assert_eq!(outcome.fact(&pack, 0, "carrier_level"), "advanced");
}

#[test]
fn bad_rows_are_set_aside_with_line_and_field() {
    let text = "customs_code,uscc,valid_from,level\n\
        310191001,,,advanced\n3101910012,91330000142912133P,,advanced\n,,,advanced\n3101910013,,2023-02-29,advanced\n\
        3101910014,,,excellent\n3101910015,91350100M000100Y43,,advanced\n3101910016,91350100M000100Y43,,advanced\n\
        3101910017,,,advanced\n3101910017,,,regular\n3101910018\n3101910019,,,regular\n";
    let registry = registry(text).unwrap();
    let found: Vec<String> =
        registry.rejects().iter().map(|reject| format!("{}: {}", reject.position, reject.reason)).collect();
    let expected = [
        ("line 2:", "has 9 characters, expected 10"),
        ("line 3:", "check character `P`"),
        ("line 4:", "no identifier"),
        ("line 5:", "`valid_from` is `2023-02-29`"),
        ("line 6:", "`level` is `excellent`, expected one of advanced"),
        ("line 11:", "1 fields, expected 4"),
        ("line 8:", "the row on line 7 is of the same enterprise and day"),
        ("line 10:", "the row on line 9 is of the same enterprise and day"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, (line, part)) in found.iter().zip(expected) {
        assert!(found.starts_with(line) && found.contains(part), "{found}");
    }
    assert_eq!(registry.len(), 3);
}

#[test]
fn a_file_that_is_no_registry_is_refused() {
    assert!(registry("").unwrap_err().to_string().contains("the file is empty"));
    assert!(registry("name,level\n").unwrap_err().to_string().contains("at least one of customs_code"));
    let error = registry("customs_code,lvel\n").unwrap_err().to_string();
    assert!(error.contains("unknown column `lvel` (did you mean `level`?)"), "{error}");
    assert!(registry("customs_code\n").unwrap().is_empty());
}
