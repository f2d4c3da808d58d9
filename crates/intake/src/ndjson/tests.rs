//! Tests of [`super`].

use crate::sample::{self, read};

/// One line with the required facts and more.
fn line(more: &str) -> String {
    format!("{{\"matter_id\":\"1\",\"matter\":\"amendment\",\"decided_on\":\"2024-08-30\"{more}}}\n")
}

fn reason(text: &str) -> String {
    let outcome = read("a.ndjson", text);
    assert_eq!(outcome.rows(), 0, "{text}");
    outcome.reasons().join("\n")
}

#[test]
fn numbers_are_read_exactly_from_their_text() {
    let more = r#","applicant_tax_paid":{"y1":9999999.99,"y3":"0.10","y4":null},"applicant_findings_1y":3,"two_step":true,"lane":"ordin\u0061ry""#;
    let outcome = read("a.jsonl", line(more));
    let pack = sample::pack();
    assert_eq!(outcome.reasons(), Vec::<String>::new());
    let facts = [
        "applicant_tax_paid[y1]",
        "applicant_tax_paid[y2]",
        "applicant_tax_paid[y3]",
        "applicant_tax_paid[y4]",
        "applicant_findings_1y",
        "two_step",
        "lane",
        "unit",
    ];
    let found = facts.map(|name| outcome.fact(&pack, 0, name));
    assert_eq!(found, ["9999999.99", "", "0.10", "", "3", "true", "ordinary", "single"]);
}

#[test]
fn what_does_not_fit_its_fact_is_set_aside_with_what_is_expected() {
    for (more, part) in [
        (r#","lain":1"#, "unknown key `lain` (did you mean `lane`?)"),
        (r#","lane":"x""#, "`lane` is `x`, expected one of ordinary, elevated"),
        (r#","lane":"ordinary","lane":"ordinary""#, "key `lane` occurs twice"),
        (r#","lane":null,"lane":"ordinary""#, "key `lane` occurs twice"),
        (r#","tax_due":1.005"#, "`tax_due` is `1.005`, expected an amount"),
        (r#","tax_due":1e3"#, "`tax_due` is `1e3`"),
        (r#","applicant_findings_1y":2147483648"#, "expected a whole number from 0 to 2147483647"),
        (r#","applicant_findings_1y":-1"#, "`applicant_findings_1y` is `-1`"),
        (r#","hs_code":101"#, "`hs_code` is the number 101, expected a non-empty text"),
        (r#","hs_code":"""#, "`hs_code` is empty"),
        (r#","lane":["ordinary"]"#, "`lane` is the list"),
        (r#","lane":true"#, "`lane` is the flag true"),
        (r#","lane":{"y1":1}"#, "`lane` is the object"),
        (r#","applicant_tax_paid":5"#, "is no object, expected {\"y1\": …} with members y1, y2"),
        (r#","applicant_tax_paid":{"y9":5}"#, "`applicant_tax_paid` has no member `y9`"),
        (r#","applicant_tax_paid":{"y1":5,"y1":6}"#, "member `y1` of `applicant_tax_paid` occurs twice"),
        (r#","applicant_tax_paid":{"y1":5},"applicant_tax_paid[y1]":6"#, "occurs twice"),
    ] {
        let found = reason(&line(more));
        assert!(found.starts_with("line 1: ") && found.contains(part), "{more}: {found}");
    }
}

#[test]
fn a_line_that_is_no_json_object_is_set_aside_with_its_column() {
    assert!(reason("{\"matter_id\":\"1\",}\n").contains("line 1: invalid JSON at column 18: "));
    assert!(reason("[1]\n").contains("expected one JSON object a line"));
    assert!(reason("{} {}\n").contains("invalid JSON at column 4"));
    assert!(reason("{\"matter_id\":\"1").contains("invalid JSON"));
    assert!(
        reason("{}\n").contains("`matter_id` is missing, expected a non-empty text; `matter` is missing")
    );
    let deep = format!("{{\"lane\":{}", "[".repeat(100_000));
    assert!(reason(&deep).contains("invalid JSON"));
}

#[test]
fn hostile_lines_do_not_stop_the_file() {
    let mut text = b"\xef\xbb\xbf".to_vec();
    text.extend_from_slice(line("").trim_end().as_bytes());
    text.extend_from_slice(b"\r\n\n\xff\xff\n{\"matter_id\":\"a\\u0000b\"}\n");
    text.extend_from_slice(line(&format!(",\"hs_code\":\"{}\"", "1".repeat(1 << 20))).as_bytes());
    text.extend_from_slice("x".repeat((16 << 20) + 5).as_bytes());
    text.extend_from_slice(b"\n");
    text.extend_from_slice(line("").as_bytes());
    let outcome = read("a.ndjson", text);
    let reasons = outcome.reasons();
    assert_eq!((outcome.rows(), reasons.len()), (2, 4), "{reasons:?}");
    for (reason, part) in reasons.iter().zip([
        "line 3: not UTF-8 text at byte 1",
        "control character",
        "longer than 256",
        "line 6: the line is longer than",
    ]) {
        assert!(reason.contains(part), "{reason}");
    }
}

#[test]
fn an_empty_file_has_no_matters_and_utf_16_is_refused() {
    let outcome = read("a.ndjson", "");
    assert_eq!((outcome.rows(), outcome.errors.len()), (0, 0));
    assert!(read("a.ndjson", b"\xff\xfe{\0}\0").error().contains("not UTF-8"));
}
