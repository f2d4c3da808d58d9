//! Tests of [`super`].

use super::*;
use crate::{Intake, sample};

fn history(rows: &str) -> History {
    let (_folder, path) = sample::file("events.csv", format!("enterprise,kind,on,amount\n{rows}"));
    History::read(&path, &sample::pack()).unwrap()
}

fn check(events: &str, decided_on: &str, fact: &str, expected: &str) {
    let pack = sample::pack();
    let intake = Intake::new(&pack).with_events(history(events));
    let matters =
        intake.enrich(&sample::matters(&pack, &[&[("decided_on", decided_on), ("declarant_id", "A")]]));
    let column = pack.facts.column(fact).unwrap();
    let found = matters.value(column, 0).map_or_else(String::new, |coded| pack.facts.write(column, coded));
    assert_eq!(found, expected, "{events} on {decided_on}: {fact}");
}

#[test]
fn the_year_before_reaches_from_the_same_date_to_the_day_before() {
    for (on, expected) in [
        ("2023-08-30", "0"),
        ("2023-08-31", "1"),
        ("2023-09-01", "1"),
        ("2024-08-30", "1"),
        ("2024-08-31", "0"),
    ] {
        check(&format!("A,finding,{on},\n"), "2024-08-31", "declarant_findings_1y", expected);
    }
}

#[test]
fn the_leap_day_and_month_ends_have_their_year() {
    for (on, expected) in [("2023-02-27", "0"), ("2023-02-28", "1"), ("2024-02-28", "1"), ("2024-02-29", "0")]
    {
        check(&format!("A,finding,{on},\n"), "2024-02-29", "declarant_findings_1y", expected);
    }
    for (on, expected) in [("2024-02-28", "0"), ("2024-02-29", "1"), ("2025-02-27", "1")] {
        check(
            &format!("A,finding,{on},\n"),
            "2025-02-28",
            "declarant_findings_1y",
            if on == "2024-02-28" { "1" } else { expected },
        );
    }
    for (on, expected) in [("2024-02-28", "0"), ("2024-02-29", "1"), ("2024-03-01", "1")] {
        check(
            &format!("A,finding,{on},\n"),
            "2025-03-01",
            "declarant_findings_1y",
            if on == "2024-02-29" { "0" } else { expected },
        );
    }
}

#[test]
fn ever_is_every_day_before_and_calendar_years_are_whole() {
    check(
        "A,late_payment,1900-01-01,\nA,late_payment,2024-08-30,\nA,late_payment,2024-08-31,\n",
        "2024-08-31",
        "declarant_tax_late_ever",
        "2",
    );
    let tax = "A,tax_payment,2022-12-31,1.00\nA,tax_payment,2023-01-01,10.25\nA,tax_payment,2023-12-31,0.75\nA,tax_payment,2024-01-01,99\n";
    check(tax, "2024-08-31", "declarant_tax_paid[y1]", "11.00");
    check(tax, "2024-08-31", "declarant_tax_paid[y2]", "1.00");
    check(tax, "2024-08-31", "declarant_tax_paid[y5]", "0.00");
}

#[test]
fn without_an_event_the_count_is_zero_and_without_a_party_it_is_unknown() {
    check("B,finding,2024-08-30,\n", "2024-08-31", "declarant_findings_1y", "0");
    check("A,finding,2024-08-30,\n", "2024-08-31", "carrier_findings_1y", "");
}

#[test]
fn a_file_without_an_event_of_a_kind_says_nothing_about_that_kind() {
    check("", "2024-08-31", "declarant_findings_1y", "");
    check("A,late_payment,2024-08-30,\n", "2024-08-31", "declarant_findings_1y", "");
}

#[test]
fn a_stated_count_wins_over_events() {
    let pack = sample::pack();
    let intake = Intake::new(&pack).with_events(history("A,finding,2024-08-01,\n"));
    let matters =
        intake.enrich(&sample::matters(&pack, &[&[("declarant_id", "A"), ("declarant_findings_1y", "7")]]));
    assert_eq!(matters.value(pack.facts.column("declarant_findings_1y").unwrap(), 0), Some(7));
}

#[test]
fn events_under_any_identifier_of_an_enterprise_count_together() {
    let pack = sample::pack();
    let (_folder, path) = sample::file("e.csv", "customs_code,uscc\n3101910012,91350100M000100Y43\n");
    let registry = Registry::read(&path, &pack).unwrap();
    let events = "3101910012,finding,2024-08-01,\n91350100M000100Y43,finding,2024-08-02,\nCN3101910012,finding,2024-08-03,\n";
    let intake = Intake::new(&pack).with_events(history(events)).with_registry(registry);
    let matters = intake.enrich(&sample::matters(&pack, &[&[("declarant_id", "AEOCN3101910012")]]));
    assert_eq!(matters.value(pack.facts.column("declarant_findings_1y").unwrap(), 0), Some(3));
}

#[test]
fn bad_events_are_set_aside_with_line_and_field() {
    let found = history(
        "A,findings,2024-08-30,\n,finding,2024-08-30,\nA,finding,2024-8-30,\nA,tax_payment,2024-08-30,\nA,tax_payment,2024-08-30,1.234\n\
        A,tax_payment,2024-08-30,100000000000000\nA,tax_payment,2024-08-30,0.01\nA,finding,2024-08-30,\n",
    );
    let reasons: Vec<String> =
        found.rejects().iter().map(|reject| format!("{}: {}", reject.position, reject.reason)).collect();
    let expected = [
        "line 2: `kind` is `findings` (did you mean `finding`?)",
        "line 3: `enterprise` is empty",
        "line 4: `on` is `2024-8-30`",
        "line 5: `amount` is ``",
        "line 6: `amount` is `1.234`",
        "line 8: the amounts",
    ];
    assert_eq!(reasons.len(), expected.len(), "{reasons:#?}");
    for (reason, start) in reasons.iter().zip(expected) {
        assert!(reason.starts_with(start), "{reason}");
    }
    assert_eq!(found.len(), 2);
}
