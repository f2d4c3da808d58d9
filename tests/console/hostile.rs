//! Hostile text: scripts, ten thousand characters, writing from right to left, emoji. Shown as text, and nothing runs.

use serde_json::{Value, json};

use crate::safety::{cookie, form};
use crate::server::{Response, Server};
use crate::{AEO, rate, server_with, tomorrow};

/// Texts that somebody might type who means no good.
fn texts(longest: usize) -> [String; 5] {
    [
        "<script>alert(1)</script>".to_owned(),
        "\"><img src=x onerror=alert(1)>".to_owned(),
        "\u{202e}desrever".to_owned(),
        "👩‍🚀🇨🇳".to_owned(),
        "字".repeat(longest),
    ]
}

/// Characters of [`texts`] that cannot be seen: no id has them.
const HIDDEN: [char; 2] = ['\u{202e}', '\u{200d}'];

/// A text as the id of a declaration has it.
fn seen(text: &str) -> String {
    text.replace(HIDDEN, "").to_uppercase()
}

/// Nothing of a page is what the text would make of it.
fn is_harmless(page: &Response, about: &str) {
    let about = format!("{about}: {} {:.300}", page.status, page.body);
    assert!(page.status < 500 && page.header("content-security-policy").is_some(), "{about}");
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<img"), "{about}");
}

#[test]
fn hostile_text_is_shown_as_text_whoever_sends_it() {
    let (_places, server) = server_with(&[("li", &["--role", "officer", "--office", "5301"])]);
    rate(&server, "530120260000000002", true);
    let session = cookie(&server, "li", "");
    form(&server, "/work/claim", &[("cookie", &session)], Some("queue="));
    for text in &texts(10_000) {
        let about = &text.chars().take(40).collect::<String>();
        let names = ["mode", "code", "quantity", "measured_in", "found", "text", "attachments"];
        let fields = serde_urlencoded::to_string(names.map(|name| (name, text))).unwrap();
        let refused = form(&server, "/work/1/complete", &[("cookie", &session)], Some(&fields));
        is_harmless(&refused, about);
        assert_eq!(refused.status, 422, "{about}");
        // An address has less room than a form.
        let short: &str = &text.chars().take(1_000).collect::<String>();
        let query = serde_urlencoded::to_string([
            ("matter", "import_declaration"),
            ("office", short),
            ("hs_code", short),
            ("about", short),
            (short, short),
            ("unknown", short),
        ])
        .unwrap();
        let checked = form(&server, &format!("/check?{query}"), &[], None);
        is_harmless(&checked, about);
        assert_eq!(checked.status, 200, "{about}");
        let fields =
            serde_urlencoded::to_string(["login", "password", "then"].map(|name| (name, text))).unwrap();
        let entered = form(&server, "/sign-in", &[], Some(&fields));
        is_harmless(&entered, about);
        assert!(matches!(entered.status, 401 | 422), "{about} {}", entered.status);
    }
}

/// Forms and searches with their fields: who has them, where they are sent (POST, or a search in the address), and what they ask.
const FIELDS: [(&str, &str, bool, &[&str]); 21] = [
    ("qian", "/applications", true, &["kind", "applicant", "office", "debt_ratio_excellent[y1]"]),
    ("qian", "/applications/1/submit", true, &["ground", "from", "to", "on"]),
    ("qian", "/work/1/release", true, &["ground"]),
    ("qian", "/applications/try", true, &["kind", "applicant", "office", "debt_ratio_excellent[y1]"]),
    ("qian", "/benefits", false, &["by", "from", "to", "office", "enterprise", "measure", "hours", "cost"]),
    ("qian", "/enterprises", false, &["id", "hours", "cost"]),
    ("shen", "/audit", false, &["about"]),
    ("wen", "/law/numbers/aeo_inspection_factor", true, &["value", "from", "reason", "value[x]"]),
    ("wen", "/law/file", true, &["text", "reason"]),
    ("wen", "/law/file", false, &["file", "base"]),
    ("wen", "/law/conditions/9/clean_year", true, &["rule", "zh", "en", "reason"]),
    ("wen", "/law/conditions/9/clean_year", false, &["version", "base"]),
    ("wen", "/law/changes/1", false, &["last", "on"]),
    ("wen", "/law/changes/1/withdraw", true, &["reason", "from"]),
    ("adm", "/admin/people", true, &["login", "name", "role", "offices", "enterprise"]),
    ("adm", "/admin/people/1", true, &["name", "role", "offices", "enterprise"]),
    ("adm", "/admin/people/1/tokens", true, &["name", "scope", "days"]),
    ("adm", "/admin/changes/1/approve", true, &["code"]),
    ("adm", "/me/notices", true, &["change"]),
    ("wen", "/law/changes/1/approve-withdrawal", true, &["reason", "from"]),
    ("adm", "/admin/webhooks", true, &["url", "kind"]),
];

#[test]
fn hostile_text_runs_nowhere_whichever_form_it_is_typed_into() {
    let (_places, server) = server_with(&[
        ("qian", &["--role", "supervisor", "--office", "*"]),
        ("shen", &["--role", "auditor"]),
        ("wen", &["--role", "policy_editor"]),
        ("adm", &["--role", "administrator"]),
    ]);
    for (login, path, is_form, names) in FIELDS {
        let session = cookie(&server, login, "");
        for text in texts(10_000) {
            // An address has less room than a form.
            let text: String =
                text.chars().take(if is_form { 10_000 } else { 1_000 / names.len() }).collect();
            let mut fields: Vec<(&str, &str)> = names.iter().map(|name| (*name, text.as_str())).collect();
            match path {
                "/law/file" if is_form => {
                    fields.extend([("file", "measures/09-clean-year.toml"), ("base", "1")]);
                }
                "/law/conditions/9/clean_year" if is_form => {
                    fields.extend([("version", "2024-04-06"), ("base", "1"), ("from", "2024-04-06")]);
                }
                _ => {}
            }
            let fields = serde_urlencoded::to_string(&fields).unwrap();
            let whole = if is_form { path.to_owned() } else { format!("{path}?{fields}") };
            let page = form(&server, &whole, &[("cookie", &session)], is_form.then_some(&fields));
            is_harmless(&page, &format!("{path} {text:.20}"));
        }
    }
}

/// Has the interface keep a text wherever it keeps one: the matter that it was decided about.
fn keeps(server: &Server, text: &str) -> String {
    let token = |login: &str, role: &str| server.token_of(login, &["--role", role, "--office", "*"]);
    let (keeper, editor, adm) =
        (token("keeper", "supervisor"), token("editor", "policy_editor"), token("root", "administrator"));
    let posted = |path: &str, token: &str, body: Value| {
        let answer = server.call("POST", path, token, Some(&body.to_string()));
        assert!(matches!(answer.status, 200 | 201), "{path} {body:.80}: {} {}", answer.status, answer.body);
        answer.json()
    };
    posted("/v1/enterprises", &keeper, json!({ "customs_code": "3101910020", "name": text, "ground": text }));
    let records = "/v1/enterprises/3101910020/records";
    posted(
        records,
        &keeper,
        json!({ "kind": "level", "valid_from": "2020-01-01", "facts": { "level": "advanced" }, "ground": text }),
    );
    posted(
        records,
        &keeper,
        json!({ "kind": "relation", "valid_from": "2020-01-01", "related": AEO, "ground": text }),
    );
    posted(
        "/v1/events",
        &keeper,
        json!({ "enterprise": "3101910020", "kind": "finding", "on": "2024-05-01", "reference": text }),
    );
    let matter = seen(&format!("M {text:.40}"));
    let mut decided = json!({
        "matter_id": format!("M {text:.40}"), "matter": "import_declaration", "decided_on": tomorrow(), "office": "5301", "unit": "declaration",
        "consignee_consignor_id": "3101910020", "declarant_level": "regular", "end_user_level": "regular", "lane": "ordinary",
        "mandatory_inspection": true,
    });
    if text.contains(HIDDEN) {
        assert_eq!(server.decide(&decided.to_string(), &[]).status, 422, "{text:.40}");
        decided["matter_id"] = matter.clone().into();
    }
    assert_eq!(server.decide(&decided.to_string(), &[]).status, 200, "{text:.40}");
    posted("/v1/tasks/claim", &keeper, json!({}));
    let found = json!({ "code": "quantity", "quantity": "1", "measured_in": text, "text": text });
    posted("/v1/tasks/1/complete", &keeper, json!({ "mode": "on_site", "findings": [found], "text": text }));
    let undertaking = json!({ "text": text, "signatory": text });
    posted(
        "/v1/applications",
        &keeper,
        json!({ "kind": "carrier_undertaking", "applicant": "3101910020", "office": "5301", "facts": undertaking }),
    );
    posted(
        "/v1/applications/1/sign",
        &keeper,
        json!({ "ground": text, "from": "2024-04-06", "to": "2099-12-31" }),
    );
    posted(
        "/v1/accounts",
        &adm,
        json!({ "login": "somebody", "name": text, "roles": ["officer"], "offices": ["3101"] }),
    );
    posted("/v1/tokens", &adm, json!({ "name": text, "scopes": ["administer"], "days": 1 }));
    let numbers = server.call("GET", "/v1/packs/1/files", &editor, None).json();
    let numbers = numbers["files"]["parameters.toml"].as_str().unwrap().to_owned();
    posted(
        "/v1/packs",
        &editor,
        json!({ "base": 1, "files": { "parameters.toml": format!("{numbers}\n# {text}\n") }, "reason": text }),
    );
    matter
}

#[test]
fn hostile_text_that_was_kept_is_shown_as_text_on_every_page_that_shows_it() {
    for text in &texts(60) {
        let (_places, server) = server_with(&[
            (
                "sun",
                &["--role", "supervisor", "--role", "policy_editor", "--role", "auditor", "--office", "*"],
            ),
            ("adm", &["--role", "administrator"]),
            ("fang", &["--role", "enterprise", "--enterprise", "3101910020"]),
        ]);
        let matter = keeps(&server, text);
        let path = as_path(&matter);
        let root = server
            .call(
                "GET",
                "/v1/accounts",
                &server.token_of("root", &["--role", "administrator", "--office", "*"]),
                None,
            )
            .json();
        let root =
            root["items"].as_array().unwrap().iter().find(|one| one["login"] == "root").unwrap()["account"]
                .clone();
        let pages = [
            ("sun", "/enterprises/3101910020".to_owned(), true),
            ("sun", "/".to_owned(), false),
            ("sun", "/work/1".to_owned(), true),
            ("sun", format!("/decisions/{path}"), true),
            ("sun", "/applications".to_owned(), false),
            ("sun", "/applications/1".to_owned(), true),
            ("sun", format!("/audit?about={path}"), true),
            ("sun", "/benefits?by=enterprise".to_owned(), false),
            ("sun", "/law/changes".to_owned(), true),
            ("sun", "/law/changes/2".to_owned(), true),
            ("fang", "/".to_owned(), true),
            ("adm", "/admin".to_owned(), true),
            ("adm", format!("/admin/people/{root}"), true),
        ];
        let escaped = |text: &str| text.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let shown = [format!("{text:.40}"), seen(&format!("{text:.40}"))].map(|text| escaped(&text));
        for (login, path, shows_it) in pages {
            let page = form(&server, &path, &[("cookie", &cookie(&server, login, ""))], None);
            is_harmless(&page, &format!("{path:.60} {text:.20}"));
            assert_eq!(page.status, 200, "{path:.60} {:.300}", page.body);
            assert!(
                !shows_it || shown.iter().any(|shown| page.body.contains(shown)),
                "{path:.60} does not show {text:.40}: {}",
                page.body
            );
        }
    }
}

/// A text as a part of a path.
fn as_path(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
