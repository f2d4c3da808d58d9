//! What a person types and sees: answers, errors that name their place, exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{greenlane, greenlane_with_input, root, stderr, stdout, text};

/// A declaration with the names of the fact dictionary.
const CLEAN: &str = r#"{"matter_id":"310120241000000123","matter":"import_declaration","decided_on":"2024-08-30","office":"3101","lane":"ordinary","consignee_consignor_level":"advanced","consignee_consignor_findings_1y":0,"declarant_level":"regular","end_user_level":"regular","mandatory_inspection":false}"#;

/// An application for the guarantee waiver with one year one yuan short.
const WAIVER: &str = r#"{"matter_id":"W-1","matter":"guarantee_waiver","decided_on":"2024-08-30","office":"3101","applicant_level":"advanced","applicant_advanced_since":"2016-03-01","applicant_is_producer":true,"applicant_tax_late_ever":0,"applicant_downgraded_ever":0,"applicant_suspended_ever":0,"applicant_penalties_5y":0,"applicant_tax_paid":{"y1":"25000000.00","y2":25000000.00,"y3":9999999,"y4":10000000.00,"y5":25000000},"applicant_debt_ratio":{"y1":0.35,"y2":0.35,"y3":0.35,"y4":0.35,"y5":0.35,"last_month":0.35},"applicant_cash_ratio":{"y1":0.41,"y2":0.41,"y3":0.41,"y4":0.41,"y5":0.41,"last_month":0.41},"debt_ratio_excellent":{"y1":0.48,"y2":0.48,"y3":0.48,"y4":0.48,"y5":0.48,"last_month":0.48},"cash_ratio_excellent":{"y1":0.24,"y2":0.24,"y3":0.24,"y4":0.24,"y5":0.24,"last_month":0.24}}"#;

fn decide(input: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.ndjson");
    let run = greenlane_with_input(&["decide", "-", "--out", "-", "--rejects", text(&rejects)], input);
    stdout(&run, 0).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn measure<'a>(decision: &'a Value, id: &str) -> &'a Value {
    decision["measures"].as_array().unwrap().iter().find(|measure| measure["id"] == id).unwrap()
}

#[test]
fn a_clean_year_gives_the_rate_of_the_law_with_its_grounds() {
    let decision = &decide(CLEAN)[0];
    assert_eq!(decision["matter_id"], "310120241000000123");
    assert_eq!(measure(decision, "9")["verdict"], "granted");
    assert_eq!(decision["inspection"]["rate"], "0.00244");
    assert_eq!(decision["inspection"]["decided_by"], "9");
    assert_eq!(decision["pack"]["hash"].as_str().unwrap().len(), 64);
}

#[test]
fn one_yuan_short_is_said_with_year_amount_threshold_and_what_would_change_it() {
    let run = greenlane_with_input(&["explain", "-", "--measure", "7"], WAIVER);
    let explanation = stdout(&run, 0);
    for part in ["in 2021: 9,999,999.00 CNY", "10,000,000.00", "(1.00 short)", "nothing before 2027"] {
        assert!(explanation.contains(part), "{part}\n{explanation}");
    }
    let zh = stdout(&greenlane_with_input(&["explain", "-", "--measure", "7", "--lang", "zh"], WAIVER), 0);
    assert!(zh.contains("2021年") && zh.contains("（差 1.00）") && zh.contains("2027 年以前"), "{zh}");
}

#[test]
fn a_missing_statement_makes_the_application_incomplete_and_is_named() {
    let input = WAIVER.replace("\"y3\":9999999,", "\"y3\":10000000,").replacen("\"y2\":0.35,", "", 1);
    let decision = &decide(&input)[0];
    assert_eq!(measure(decision, "7")["verdict"], "undetermined");
    assert_eq!(measure(decision, "7")["needs"], serde_json::json!(["applicant_debt_ratio[y2]"]));
    let needs = stdout(&greenlane_with_input(&["needs", "-", "--measure", "7"], &input), 0);
    assert!(needs.contains("at the end of 2022"), "{needs}");
}

#[test]
fn a_mandatory_order_is_never_lowered() {
    let decision =
        &decide(&CLEAN.replace("\"mandatory_inspection\":false", "\"mandatory_inspection\":true"))[0];
    assert_eq!(decision["inspection"]["rate"], "1");
    assert_eq!(decision["inspection"]["decided_by"], "mandatory order");
}

#[test]
fn a_dishonest_party_gets_no_measure_of_the_notice() {
    for party in ["declarant_level", "end_user_level"] {
        for level in ["dishonest", "seriously_dishonest"] {
            let input =
                CLEAN.replace(&format!("\"{party}\":\"regular\""), &format!("\"{party}\":\"{level}\""));
            let decision = &decide(&input)[0];
            let granted = |measure: &&Value| measure["verdict"] == "granted";
            let measures = decision["measures"].as_array().unwrap();
            assert_eq!(measures.iter().filter(granted).count(), 0, "{party} {level}");
        }
    }
}

#[test]
fn an_unknown_party_is_unknown_and_never_not_dishonest() {
    for input in [
        CLEAN.replace(",\"declarant_level\":\"regular\"", ""),
        CLEAN.replace("\"declarant_level\":\"regular\"", "\"declarant_level\":null"),
    ] {
        let decision = &decide(&input)[0];
        assert_eq!(measure(decision, "9")["verdict"], "undetermined");
        assert_eq!(measure(decision, "9")["needs"], serde_json::json!(["declarant_level"]));
    }
}

/// Changes one file of a copy of the pack.
fn broken_pack(folder: &Path, file: &str, from: &str, to: &str) -> PathBuf {
    let pack = folder.join("pack");
    let source = root().join("packs/cn-gacc-2024-36");
    for sub in ["", "measures", "reference"] {
        std::fs::create_dir_all(pack.join(sub)).unwrap();
        for entry in std::fs::read_dir(source.join(sub)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, pack.join(sub).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    let path = pack.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    pack
}

const NINE: &str = "measures/09-clean-year.toml";
const CLEAN_YEAR: &str = "is = \"consignee_consignor_findings_1y = 0\"";

/// What is wrong, the file, what is replaced there by what, and what `pack check` says.
const BROKEN_PACKS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "unknown fact",
        NINE,
        CLEAN_YEAR,
        "is = \"consignee_consignor_finding_1y = 0\"",
        "09-clean-year.toml:13:22: fact `consignee_consignor_finding_1y` is not declared in facts.toml; did you mean `consignee_consignor_findings_1y`?",
    ),
    (
        "unknown parameter",
        NINE,
        "$clean_year_factor",
        "$clean_year_facto",
        "parameter `$clean_year_facto` is not declared in parameters.toml; did you mean `clean_year_factor`?",
    ),
    (
        "unknown code",
        NINE,
        "recognised_level = 'advanced'",
        "recognised_level = 'advancd'",
        "`advancd` is not in the code list `credit_level`; did you mean `advanced`?",
    ),
    (
        "type error",
        NINE,
        CLEAN_YEAR,
        "is = \"consignee_consignor_level > 3\"",
        "a code of `credit_level` and a number cannot be put together with `>`",
    ),
    (
        "unit error",
        NINE,
        CLEAN_YEAR,
        "is = \"consignee_consignor_findings_1y = applicant_industry\"",
        "is an id: no condition reads it",
    ),
    (
        "outside the language",
        NINE,
        CLEAN_YEAR,
        "is = \"consignee_consignor_findings_1y IS NULL\"",
        "`IS NULL` is not in the language",
    ),
    (
        "function",
        NINE,
        CLEAN_YEAR,
        "is = \"COALESCE(consignee_consignor_findings_1y, 0) = 0\"",
        "function `COALESCE` is not in the language",
    ),
    (
        "division",
        NINE,
        CLEAN_YEAR,
        "is = \"consignee_consignor_findings_1y / 2 = 0\"",
        "division is not in the language",
    ),
    (
        "syntax",
        NINE,
        CLEAN_YEAR,
        "is = \"consignee_consignor_findings_1y = = 0\"",
        "the condition cannot be read",
    ),
    (
        "missing words",
        NINE,
        ", en = \"no finding in the year before\"",
        "",
        "condition `clean_year` has no words in `en`",
    ),
    (
        "reversed dates",
        NINE,
        "in_force = { from = 2024-04-06 }",
        "in_force = { from = 2024-04-06, to = 2024-04-05 }",
        "the period ends on 2024-04-05, before it starts on 2024-04-06",
    ),
    (
        "impossible day",
        NINE,
        "decided_on = 2024-08-30",
        "decided_on = \"2024-02-30\"",
        "`decided_on` is `2024-02-30`, expected a calendar day",
    ),
    (
        "unknown key",
        NINE,
        "kind = \"binding\"",
        "kind = \"binding\"\nprio = 1",
        "not in the pack format: unknown field `prio`",
    ),
    (
        "stated by somebody unknown",
        "facts.toml",
        "stated_by = [\"customs\"]",
        "stated_by = [\"broker\"]",
        "_industry` has `stated_by` [\"broker\"], expected [\"customs\"] or [\"declarant\", \"customs\"]",
    ),
    (
        "a count that a declarant states",
        "facts.toml",
        "history = { event = \"penalty\", take = \"count\", years = 5 }",
        "history = { event = \"penalty\", take = \"count\", years = 5 }\nstated_by = [\"declarant\", \"customs\"]",
        "is counted, derived or listed, so `stated_by` is [\"customs\"]",
    ),
    (
        "an assumed value that is none",
        "facts.toml",
        "assumed = \"ordinary\"",
        "assumed = \"express\"",
        "`assumed` of `lane` is `express`, expected one of ordinary",
    ),
    (
        "an assumed value of a fact of declarants",
        "facts.toml",
        "label = { zh = \"木质包装\", en = \"wood packaging\" }",
        "assumed = \"true\"\nlabel = { zh = \"木质包装\", en = \"wood packaging\" }",
        "`wood_packaging`: only a plain fact that customs alone states has it",
    ),
    ("unknown kind", NINE, "kind = \"binding\"", "kind = \"bindin\"", "unknown variant `bindin`"),
    (
        "unknown matter",
        NINE,
        "matters = [\"import_declaration\"",
        "matters = [\"import_declaratio\"",
        "did you mean `import_declaration`?",
    ),
    ("not TOML", NINE, "unit = \"declaration\"", "unit = \"declaration", "not in the pack format"),
    (
        "rate over its legal cap",
        "parameters.toml",
        "[food_sampling_factor]",
        "[food_sampling_factor]\n#",
        "but the law (art. 一) wants it below 0.20",
    ),
    (
        "article without a measure",
        NINE,
        "article = \"九\"",
        "article = \"十\"",
        "article 九 of the instrument has no measure",
    ),
    (
        "overlapping versions",
        "measures/08-voluntary-disclosure.toml",
        "to = 2024-07-21",
        "to = 2024-07-22",
        "two versions are in force on 2024-07-22",
    ),
    (
        "bad row in a list",
        "reference/pilots.csv",
        "guarantee_waiver,3101",
        "guarantee_waiver,310",
        "bad row: office `310`, expected four digits",
    ),
    ("measure twice", NINE, "id = \"9\"", "id = \"7\"", "measure `7` is there twice"),
];

#[test]
fn every_kind_of_broken_pack_is_named_with_its_place() {
    for &(kind, file, from, to, expected) in BROKEN_PACKS {
        let folder = tempfile::tempdir().unwrap();
        let pack = broken_pack(folder.path(), file, from, to);
        if kind == "rate over its legal cap" {
            let path = pack.join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            let (before, after) = text.split_once("[food_sampling_factor]").unwrap();
            std::fs::write(
                &path,
                format!(
                    "{before}[food_sampling_factor]{}",
                    after.replacen("value = \"0.19", "value = \"0.20", 1)
                ),
            )
            .unwrap();
        }
        let run = greenlane(&["pack", "check", text(&pack), "--json"]);
        let found: Value = serde_json::from_str(&stdout(&run, 3)).unwrap();
        let lines: Vec<String> = found["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| {
                format!(
                    "{}:{}:{}: {}",
                    p["file"].as_str().unwrap(),
                    p["line"],
                    p["column"],
                    p["problem"].as_str().unwrap()
                )
            })
            .collect();
        assert!(lines.iter().any(|line| line.contains(expected)), "{kind}: {lines:#?}");
        // What could not be read is not missing as well.
        assert!(!lines.iter().any(|line| line.contains("has at least one")), "{kind}: {lines:#?}");
        println!("| {kind} | {} |", lines.iter().find(|line| line.contains(expected)).unwrap());
        let drawn = stderr(&greenlane(&["pack", "check", text(&pack)]), 3);
        assert!(drawn.contains("problem"), "{drawn}");
    }
}

#[test]
fn every_kind_of_broken_input_is_set_aside_with_its_place_and_good_rows_go_on() {
    let kinds: &[(&str, String, &str)] = &[
        ("broken JSON", CLEAN[..90].to_owned(), "JSON"),
        ("unknown key", CLEAN.replace("\"lane\"", "\"lan\""), "lane"),
        ("unknown code", CLEAN.replace("\"ordinary\"", "\"fast\""), "expected one of ordinary"),
        ("impossible day", CLEAN.replace("2024-08-30", "2023-02-29"), "`decided_on` is `2023-02-29`"),
        ("missing matter_id", CLEAN.replace("\"matter_id\":\"310120241000000123\",", ""), "matter_id"),
        ("missing decided_on", CLEAN.replace("\"decided_on\":\"2024-08-30\",", ""), "decided_on"),
        ("fraction of a count", CLEAN.replace("findings_1y\":0", "findings_1y\":0.5"), "whole number"),
        ("negative count", CLEAN.replace("findings_1y\":0", "findings_1y\":-1"), "whole number"),
        ("office of three digits", CLEAN.replace("\"3101\"", "\"310\""), "four digits"),
        ("a third decimal of money", WAIVER.replace("9999999,", "9999999.001,"), "at most two decimals"),
        ("unknown member", WAIVER.replace("\"y3\":9999999", "\"y6\":9999999"), "y6"),
        (
            "text for a flag",
            CLEAN.replace("mandatory_inspection\":false", "mandatory_inspection\":\"maybe\""),
            "true or false",
        ),
    ];
    for (kind, row, expected) in kinds {
        let folder = tempfile::tempdir().unwrap();
        let rejects = folder.path().join("rejects.ndjson");
        let input = format!("{CLEAN}\n{row}\n{CLEAN}\n");
        let run = greenlane_with_input(&["decide", "-", "--out", "-", "--rejects", text(&rejects)], &input);
        assert_eq!(stdout(&run, 5).lines().count(), 2, "{kind}");
        let reject: Value = serde_json::from_str(&std::fs::read_to_string(&rejects).unwrap()).unwrap();
        assert_eq!(reject["line"], 2, "{kind}: {reject}");
        assert!(reject["reason"].as_str().unwrap().contains(expected), "{kind}: {reject}");
        println!("| {kind} | {} |", reject["reason"].as_str().unwrap());
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.ndjson");
    assert!(
        stderr(&greenlane(&["decide", text(&missing)]), 4).contains("none.ndjson: no such file or folder")
    );
    let odd = folder.path().join("facts.xlsx");
    std::fs::write(&odd, "x").unwrap();
    assert!(stderr(&greenlane(&["decide", text(&odd)]), 4).contains("unknown format"));
    let cut = folder.path().join("cut.parquet");
    std::fs::write(&cut, "PAR1").unwrap();
    assert!(stderr(&greenlane(&["decide", text(&cut)]), 4).contains("cut.parquet"));
    assert!(stderr(&greenlane(&["decide", "-", "--decided-on", "2024-13-01"]), 2).contains("--decided-on"));
    assert_eq!(greenlane(&["decide"]).status.code(), Some(2));
}

#[test]
fn the_windows_of_a_disclosure_have_their_last_days() {
    let show = |arguments: &[&str]| stdout(&greenlane(arguments), 0);
    let aeo = show(&[
        "disclosure",
        "--violated-on",
        "2024-08-31",
        "--aeo",
        "--disclosed-on",
        "2024-09-01",
        "--json",
    ]);
    let window: Value = serde_json::from_str(aeo.lines().next().unwrap()).unwrap();
    assert_eq!(window["windows"][0]["last_day"], "2025-08-31");
    assert_eq!(window["windows"][0]["days_left"], 364);
    let other =
        show(&["disclosure", "--violated-on", "2024-08-31", "--disclosed-on", "2024-09-01", "--json"]);
    let window: Value = serde_json::from_str(other.lines().next().unwrap()).unwrap();
    assert_eq!(
        window["windows"][0]["last_day"], "2025-02-28",
        "31 August + 6 months is the last day of February"
    );
    let leap = show(&[
        "disclosure",
        "--violated-on",
        "2024-02-29",
        "--aeo",
        "--disclosed-on",
        "2024-08-01",
        "--json",
    ]);
    let window: Value = serde_json::from_str(leap.lines().next().unwrap()).unwrap();
    assert_eq!(window["windows"][0]["last_day"], "2025-02-28");
}

#[test]
fn a_draw_is_verified_and_a_false_claim_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    stdout(&greenlane(&["draw", "new-key", text(&key)]), 0);
    assert!(stderr(&greenlane(&["draw", "new-key", text(&key)]), 4).contains("cannot be created"));
    let day = ["--draw-key", text(&key), "--epoch", "2024-08-30"];
    let one =
        |command: &str| stdout(&greenlane(&[&["draw", command], &day[..]].concat()), 0).trim().to_owned();
    let (commitment, revealed) = (one("commit"), one("reveal"));
    let run = greenlane_with_input(&["decide", "-", "--out", "-", "--draw-key", text(&key)], CLEAN);
    let decision: Value = serde_json::from_str(stdout(&run, 0).trim()).unwrap();
    let u = decision["draw"]["u"].as_str().unwrap();
    let selected = decision["draw"]["selected"].to_string();
    let verify = |u: &str, selected: &str, commitment: &str| {
        let claim = [
            "draw",
            "verify",
            "--epoch",
            "2024-08-30",
            "--key",
            &revealed,
            "--commitment",
            commitment,
            "--matter",
            "310120241000000123",
            "--rate",
            "0.00244",
            "--u",
            u,
            "--selected",
            selected,
        ];
        greenlane(&claim)
    };
    stdout(&verify(u, &selected, &commitment), 0);
    let other = if selected == "true" { "false" } else { "true" };
    stdout(&verify(u, other, &commitment), 1);
    stdout(&verify("0000000000000000", "true", &commitment), 1);
    stdout(&verify(u, &selected, &"0".repeat(64)), 1);
}

#[test]
fn the_law_is_shown_beside_the_rule_in_both_languages() {
    let en = stdout(&greenlane(&["pack", "show", "9"]), 0);
    assert!(
        en.contains("no finding in the year before") && en.contains("consignee_consignor_findings_1y = 0")
    );
    let zh = stdout(&greenlane(&["pack", "show", "9", "--lang", "zh"]), 0);
    assert!(zh.contains("上1年内无查发"));
    assert!(stderr(&greenlane(&["pack", "show", "99"]), 1).contains("there is no measure `99`"));
    let tally = stdout(&greenlane(&["pack", "test"]), 0);
    assert!(tally.lines().last().unwrap().ends_with(" 0 failed"), "{tally}");
}

#[test]
fn every_command_has_help_and_every_shell_completions() {
    for command in [
        "decide",
        "explain",
        "needs",
        "what-if",
        "pack",
        "draw",
        "disclosure",
        "generate",
        "witness",
        "completions",
    ] {
        let help = stdout(&greenlane(&[command, "--help"]), 0);
        assert!(help.contains("Usage: greenlane"), "{help}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&greenlane(&["completions", shell]), 0).contains("greenlane"));
    }
}
