//! Tests of [`super`].

use crate::sample::{self, Outcome, read};
use crate::{Intake, Mapping};

const HEADER: &str = "matter_id,matter,decided_on,lane,applicant_tax_paid[y1]\n";

#[test]
fn an_empty_cell_is_unknown_and_nothing_said_about_the_unit_means_single() {
    let outcome = read("a.csv", format!("{HEADER}1,import_declaration,2024-02-29,,9999999.99\n"));
    let pack = sample::pack();
    assert_eq!(outcome.fact(&pack, 0, "matter_id"), "1");
    assert_eq!(outcome.fact(&pack, 0, "decided_on"), "2024-02-29");
    assert_eq!(outcome.fact(&pack, 0, "lane"), "");
    assert_eq!(outcome.fact(&pack, 0, "applicant_tax_paid[y1]"), "9999999.99");
    assert_eq!(outcome.fact(&pack, 0, "unit"), "single");
}

#[test]
fn a_bad_row_is_set_aside_with_every_reason_and_the_rows_around_it_go_on() {
    let rows = "1,import_declaration,2024-08-30,ordinary,\n,imports,2023-02-29,ordinary,\n3,amendment,2024-08-30,,\n";
    let outcome = read("a.csv", format!("{HEADER}{rows}"));
    assert_eq!(outcome.rows(), 2);
    let reasons = outcome.reasons();
    assert_eq!(reasons.len(), 1);
    assert!(
        reasons[0].starts_with("line 3: `matter` is `imports`, expected one of import_declaration"),
        "{reasons:?}"
    );
    assert!(reasons[0].contains("`decided_on` is `2023-02-29`, expected a calendar day"), "{reasons:?}");
    assert!(reasons[0].contains("`matter_id` is missing"), "{reasons:?}");
    assert_eq!(outcome.batches[0].rejects[0].raw, ",imports,2023-02-29,ordinary,");
}

#[test]
fn a_mark_at_the_start_and_windows_line_ends_and_quotes_do_no_harm() {
    let text = "\u{feff}matter_id,matter,decided_on\r\n\"a,\"\"b\",import_declaration,2024-08-30\r\n\r\n2,amendment,2024-08-30";
    let outcome = read("a.csv", text);
    assert_eq!((outcome.rows(), outcome.reasons().len()), (2, 0), "{:?}", outcome.reasons());
    assert_eq!(
        outcome.fact(&sample::pack(), 0, "matter_id"),
        "A,\"B",
        "declarations are written in capitals"
    );
}

#[test]
fn hostile_cells_are_set_aside_one_by_one() {
    let mut text = HEADER.as_bytes().to_vec();
    text.extend_from_slice(b"a\0b,import_declaration,2024-08-30,,\n");
    text.extend_from_slice(b"\xff\xfe,import_declaration,2024-08-30,,\n");
    text.extend_from_slice(b"3,import_declaration,2024-08-30\n");
    text.extend_from_slice(b"4,import_declaration,2024-08-30,,99999999999999999999\n");
    text.extend_from_slice(format!("{},import_declaration,2024-08-30,,\n", "x".repeat(1 << 20)).as_bytes());
    text.extend_from_slice(b"6,import_declaration,2024-08-30,,\n");
    let outcome = read("a.csv", text);
    let reasons = outcome.reasons();
    assert_eq!((outcome.rows(), reasons.len()), (1, 5));
    for (reason, part) in reasons.iter().zip([
        "control character",
        "not UTF-8",
        "3 fields, expected 5",
        "99999999",
        "longer than 256",
    ]) {
        assert!(reason.contains(part), "{reason}");
    }
    assert!(outcome.batches[0].rejects.iter().all(|reject| reject.raw.chars().count() <= 1_000));
}

#[test]
fn a_quote_left_open_cannot_swallow_the_memory() {
    let text = format!("{HEADER}\"1,{}", "x,\n".repeat(7 << 20));
    assert!(read("a.csv", text).error().contains("is a quote left open?"));
}

#[test]
fn a_file_without_the_columns_that_are_needed_is_refused_as_a_whole() {
    assert!(read("a.csv", "").error().contains("the file is empty, expected a header"));
    let outcome = read("a.csv", HEADER);
    assert_eq!((outcome.rows(), outcome.errors.len()), (0, 0));
    assert!(read("a.csv", "matter,decided_on\n").error().contains("no column for `matter_id`"));
    assert!(read("a.csv", "matter,matter\n").error().contains("`matter` occurs twice"));
    let error = read("a.csv", format!("lain,applicant_tax_paid,{HEADER}")).error();
    assert!(error.contains("unknown columns `lain` (did you mean `lane`?)"), "{error}");
    assert!(
        error.contains("`applicant_tax_paid` (a family; use columns `applicant_tax_paid[y1]` …)"),
        "{error}"
    );
    assert!(read("a.csv", b"\xff\xfem\0a\0").error().contains("line 1: not UTF-8"));
    assert!(read("a.txt", "").error().contains("unknown format"));
}

#[test]
fn the_day_that_is_passed_wins_over_the_column_and_replaces_a_missing_one() {
    let pack = sample::pack();
    let day = greenlane_terms::calendar::Day::parse("2024-08-30");
    let intake = Intake::new(&pack).with_decided_on(day);
    for text in ["matter_id,matter\n1,amendment\n", "matter_id,matter,decided_on\n1,amendment,never\n"] {
        let (_folder, path) = sample::file("a.csv", text);
        let outcome = Outcome::of(&intake, &path);
        assert_eq!(outcome.rows(), 1);
        assert_eq!(outcome.fact(&pack, 0, "decided_on"), "2024-08-30");
    }
}

#[test]
fn batches_have_the_size_that_is_asked_for() {
    let pack = sample::pack();
    let rows: String = (0..10).map(|n| format!("{n},amendment,2024-08-30,,\n")).collect();
    let (_folder, path) = sample::file("a.csv", format!("{HEADER}{rows}"));
    let outcome = Outcome::of(&Intake::new(&pack).with_batch_rows(4), &path);
    let sizes: Vec<usize> = outcome.batches.iter().map(|batch| batch.matters.rows()).collect();
    assert_eq!(sizes, [4, 4, 2]);
    let bytes: u64 = outcome.batches.iter().map(|batch| batch.bytes_read).sum();
    assert_eq!(bytes, (HEADER.len() + rows.len()) as u64);
}

#[test]
fn the_korean_declarations_come_in_row_by_row() {
    let Some(path) = sample::shared_data("kcs/df_syn_train_eng.csv") else { return };
    let pack = sample::pack();
    let outcome = Outcome::of(&Intake::new(&pack).with_mapping(Mapping::named("kcs").unwrap()), &path);
    assert_eq!((outcome.rows(), outcome.errors.len()), (37_385, 0), "{}", outcome.error());
    let facts = [
        "matter_id",
        "matter",
        "decided_on",
        "unit",
        "office",
        "lane",
        "hs_code",
        "transport_mode",
        "end_user_id",
        "carrier_id",
    ];
    let found = facts.map(|name| outcome.fact(&pack, 0, name));
    let expected = [
        "97061800",
        "import_declaration",
        "2020-01-01",
        "single",
        "0030",
        "ordinary",
        "440890",
        "sea",
        "QLRUBN9",
        "",
    ];
    assert_eq!(found, expected);
}
