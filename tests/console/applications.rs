//! Applications over pages: an enterprise's own waiver, what was missing or refused, the form of every kind, and lists.

use anyhow::ensure;
use serde_json::{Value, json};

use crate::browser::{self, Browser, at_browser};
use crate::producer::{dates, posted, producer};
use crate::safety::{cookie, form};
use crate::server::{Response, Server};
use crate::support::places::Places;
use crate::{AEO, person, same, sign_in};

/// Members of a ratio.
const DATES: [&str; 6] = ["y1", "y2", "y3", "y4", "y5", "last_month"];

/// A server whose registry has [`AEO`] as `facts` say, and an enterprise, officers of two offices and an auditor.
fn server_with(facts: &Value, more: &[&str]) -> (Places, Server) {
    let places = Places::new();
    let server = Server::start_with(&places.sqlite(), &places.key_file(), more);
    posted(&server, "/v1/enterprises", &json!({ "customs_code": AEO, "name": "样例公司", "ground": "认证" }));
    let record = json!({ "kind": "statement", "valid_from": "2020-01-01", "facts": facts, "ground": "报表" });
    posted(&server, &format!("/v1/enterprises/{AEO}/records"), &record);
    for kind in ["late_payment", "downgrade", "suspension", "penalty"] {
        let event = json!({ "enterprise": "3101910099", "kind": kind, "on": "2024-05-01" });
        posted(&server, "/v1/events", &event);
    }
    people(&server);
    (places, server)
}

fn people(server: &Server) {
    person(server, "fang", &["--role", "enterprise", "--enterprise", AEO]);
    person(server, "chen", &["--role", "officer", "--office", "3101"]);
    person(server, "kun", &["--role", "officer", "--office", "5301"]);
    person(server, "shen", &["--role", "auditor"]);
}

/// All that the registry has to know for a waiver, but for ratios.
fn without_ratios() -> Value {
    let tax = json!({ "y1": "25000000.00", "y2": "25000000.00", "y3": "25000000.00", "y4": "25000000.00", "y5": "25000000.00" });
    json!({ "level": "advanced", "advanced_since": "2016-03-01", "is_producer": true, "tax_paid": tax })
}

/// Asks for a page in a language, or sends a form.
fn asked(
    server: &Server,
    login: &str,
    language: &str,
    path: &str,
    fields: Option<&[(&str, &str)]>,
) -> Response {
    let session = cookie(server, login, "");
    let headers = [("cookie", session.as_str()), ("accept-language", language)];
    let fields = fields.map(|fields| serde_urlencoded::to_string(fields).unwrap());
    form(server, path, &headers, fields.as_deref())
}

fn has(page: &Response, status: u16, texts: &[&str]) {
    assert_eq!(page.status, status, "{:.2000}", page.body);
    for text in texts {
        assert!(page.body.contains(text), "{text} is not in\n{}", page.body);
    }
}

async fn types(browser: &Browser, name: &str, text: &str) -> anyhow::Result<()> {
    let field = format!("[name='{name}']");
    browser.see(&field).await?;
    browser.run(&format!("document.querySelector(\"{field}\").value = ''")).await?;
    browser.type_into(&field, text).await
}

async fn moves(browser: &Browser, step: &str) -> anyhow::Result<String> {
    browser.type_into(&format!("#ground-{step}"), "如实申报").await?;
    browser.follow(&format!("form[action$='/{step}'] button")).await?;
    browser.attribute("[data-state]", "data-state").await
}

/// The enterprise states its own ratios, one of them wrong, and none for the last month.
async fn files(browser: Browser) -> anyhow::Result<()> {
    browser.open("/applications").await?;
    sign_in(&browser, "fang").await?;
    browser.follow("a[href='/applications/new?kind=guarantee_waiver']").await?;
    same(browser.attribute("#applicant", "value").await?.as_str(), AEO)?;
    browser.type_into("#office", "3101").await?;
    for member in DATES {
        let own = if member == "y3" { "0.5000" } else { "0.3500" };
        types(&browser, &format!("applicant_debt_ratio[{member}]"), own).await?;
        types(&browser, &format!("debt_ratio_excellent[{member}]"), "0.4820").await?;
        types(&browser, &format!("cash_ratio_excellent[{member}]"), "0.2410").await?;
        if member != "last_month" {
            types(&browser, &format!("applicant_cash_ratio[{member}]"), "0.4100").await?;
        }
    }
    same(browser.count("[name^='applicant_tax_paid'], [name='applicant_level']").await?, 0)?;
    browser.see("#judged [data-measure='7'][data-verdict='refused']").await?;
    same(browser.count("#judged td .bg-red-lt").await?, 1)?;
    browser.picture("application-own-waiver").await?;
    types(&browser, "applicant_debt_ratio[y3]", "0.3500").await?;
    browser.see("#judged [data-measure='7'][data-verdict='undetermined']").await?;
    same(browser.count("#judged td .bg-red-lt").await?, 0)?;
    browser.follow("form[action='/applications'] button").await?;
    same(browser.attribute("[data-state]", "data-state").await?.as_str(), "draft")?;
    same(browser.attribute("[name='applicant_debt_ratio[y3]']", "value").await?.as_str(), "0.3500")?;
    same(moves(&browser, "submit").await?.as_str(), "incomplete")?;
    browser.picture("application-incomplete").await?;
    types(&browser, "applicant_cash_ratio[last_month]", "0.4100").await?;
    same(moves(&browser, "submit").await?.as_str(), "checked")
}

#[test]
fn an_enterprise_files_its_own_waiver_and_says_what_was_missing_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for language in ["zh-CN", "en"] {
        let (_places, server) = server_with(&without_ratios(), &[]);
        at_browser(&server.base, language, files);
    }
}

/// Opens the form of each kind that no other test fills in, and has one refused.
async fn opens(browser: Browser) -> anyhow::Result<()> {
    browser.open("/applications").await?;
    sign_in(&browser, "chen").await?;
    for (kind, field) in [
        ("foreign_registration", "registered_elsewhere_same_product"),
        ("farm_filing", "is_aquatic"),
        ("admission", "admission_to"),
        ("packaging_test", "packaging_last_test"),
        ("carrier_undertaking", "signatory"),
        ("export_certificate", "applicant_use_licence"),
    ] {
        browser.open(&format!("/applications/new?kind={kind}")).await?;
        browser.type_into("#applicant", AEO).await?;
        browser.type_into("#office", "3101").await?;
        browser.see(&format!("[name='{field}']")).await?;
        if kind != "carrier_undertaking" {
            // What the registry has about the applicant counts at once.
            browser.see("#judged .bg-green-lt").await?;
        }
        browser.picture(&format!("application-new-{kind}")).await?;
    }
    browser.open("/applications/new?kind=guarantee_waiver&office=3101").await?;
    types(&browser, "applicant", AEO).await?;
    types(&browser, "applicant_debt_ratio[y1]", "35 %").await?;
    browser.follow("form[action='/applications'] button").await?;
    same(browser.attribute("[name='applicant_debt_ratio[y1]']", "value").await?.as_str(), "35 %")?;
    browser.see(".alert li").await?;
    browser.picture("application-form-refused").await?;
    // The other language has the form, too.
    browser.follow("header a[hreflang]").await?;
    browser.see("#applicant").await?;
    browser.open("/applications/new?kind=guarantee_waiver&office=3101").await?;
    ensure!(browser.is_there("#asked").await?, "the form is there");
    Ok(())
}

#[test]
fn every_kind_of_application_has_its_form_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for language in ["zh-CN", "en"] {
        let (_places, server) = server_with(&without_ratios(), &[]);
        at_browser(&server.base, language, opens);
    }
}

#[test]
fn a_form_that_was_refused_comes_back_as_it_was_typed() {
    let (_places, server) = server_with(&without_ratios(), &[]);
    let fields = [
        ("kind", "guarantee_waiver"),
        ("applicant", AEO),
        ("office", "3101"),
        ("applicant_debt_ratio[y1]", "0,35"),
        ("applicant_cash_ratio[y2]", "0.4100"),
        ("text", "a"),
        ("text[x]", "b"),
        ("debt_ratio_excellent", "a"),
        ("debt_ratio_excellent[x]", "b"),
    ];
    let typed = ["value=\"0,35\"", "value=\"0.4100\"", "value=\"3101\""];
    for (language, words) in [
        ("zh-CN", ["资产负债率：应为小数", "没有办理"]),
        ("en", ["A decimal with at most", "Nothing was kept"]),
    ] {
        let refused = asked(&server, "fang", language, "/applications", Some(&fields));
        has(&refused, 422, &[&typed[..], &words[..]].concat());
    }
    let nobody =
        [("kind", "farm_filing"), ("applicant", "3101999999"), ("office", "3101"), ("is_aquatic", "true")];
    let refused = asked(&server, "chen", "zh-CN", "/applications", Some(&nobody));
    has(&refused, 422, &["value=\"3101999999\"", "value=\"true\" selected", "企业名录中没有"]);
    let elsewhere = [("kind", "farm_filing"), ("applicant", AEO), ("office", "5301")];
    has(
        &asked(&server, "chen", "zh-CN", "/applications", Some(&elsewhere)),
        403,
        &["value=\"5301\"", "无权"],
    );
    let short = [("kind", "farm_filing"), ("applicant", AEO), ("office", "31")];
    has(&asked(&server, "fang", "zh-CN", "/applications", Some(&short)), 422, &["关区：应为四位关区代码"]);
}

#[test]
fn what_was_typed_about_an_applicant_stays_while_the_office_is_typed_anew() {
    let (_places, server) = server_with(&without_ratios(), &[]);
    let typed = |office: &'static str| {
        [
            ("kind", "guarantee_waiver"),
            ("applicant", AEO),
            ("office", office),
            ("applicant_debt_ratio[y1]", "0.3517"),
            ("applicant_id", "4403999999"),
        ]
    };
    let hidden = "<input type=\"hidden\" name=\"applicant_debt_ratio[y1]\" value=\"0.3517\">";
    for (office, is_hidden) in [("310", true), ("5302", true), ("3101", false)] {
        let query = serde_urlencoded::to_string(typed(office)).unwrap();
        let page = asked(&server, "chen", "zh-CN", &format!("/applications/new?{query}"), None);
        has(&page, 200, &["value=\"0.3517\""]);
        assert_eq!(page.body.contains(hidden), is_hidden, "{office}");
        assert!(!page.body.contains("value=\"4403999999\""), "whoever applies is named in its own field");
    }
    let refused = asked(&server, "chen", "zh-CN", "/applications", Some(&typed("310")));
    has(&refused, 422, &[hidden]);
}

#[test]
fn a_move_that_was_refused_keeps_its_ground_its_days_and_its_facts() {
    let (_places, server) = server_with(&without_ratios(), &[]);
    let draft = [
        ("kind", "guarantee_waiver"),
        ("applicant", AEO),
        ("office", "3101"),
        ("debt_ratio_excellent[y1]", "0.4820"),
    ];
    has(&asked(&server, "fang", "zh-CN", "/applications", Some(&draft)), 303, &[]);
    let wrong =
        [("ground", "补报"), ("applicant_debt_ratio[y1]", "x"), ("debt_ratio_excellent[y1]", "0.4810")];
    for (language, words) in [("zh-CN", "应为小数"), ("en", "A decimal with at most")] {
        let refused = asked(&server, "fang", language, "/applications/1/submit", Some(&wrong));
        has(
            &refused,
            422,
            &["value=\"补报\"", "value=\"x\"", "value=\"0.4810\"", words, "data-state=\"draft\""],
        );
    }
    let groundless = [("ground", " "), ("debt_ratio_excellent[y1]", "0.4810")];
    let refused = asked(&server, "fang", "zh-CN", "/applications/1/submit", Some(&groundless));
    has(&refused, 422, &["依据或者理由：须填写", "value=\"0.4810\""]);
    let right = [("ground", "补报"), ("debt_ratio_excellent[y1]", "0.4810")];
    has(&asked(&server, "fang", "zh-CN", "/applications/1/submit", Some(&right)), 303, &[]);
    let token = server.token_of("reader", &["--role", "auditor"]);
    let kept = server.call("GET", "/v1/applications/1", &token, None).json();
    assert_eq!(
        (kept["state"].as_str(), &kept["facts"]["debt_ratio_excellent"]),
        (Some("incomplete"), &json!({ "y1": "0.4810" }))
    );
    let undertaking = [
        ("kind", "carrier_undertaking"),
        ("applicant", AEO),
        ("office", "3101"),
        ("text", "承诺"),
        ("signatory", "李"),
    ];
    has(&asked(&server, "fang", "zh-CN", "/applications", Some(&undertaking)), 303, &[]);
    let period = [
        ("ground", "签署"),
        ("from", "2026-12-31"),
        ("to", "2026-01-01"),
        ("text", "如实承诺"),
        ("signatory", "李"),
    ];
    let refused = asked(&server, "fang", "zh-CN", "/applications/2/sign", Some(&period));
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    has(
        &refused,
        refused.status,
        &["value=\"2026-12-31\"", "value=\"2026-01-01\"", ">如实承诺<", "至：应为日期，不早于起日"],
    );
}

#[test]
fn an_officer_assesses_a_registration_on_its_page() {
    let (_places, server) = server_with(&without_ratios(), &[]);
    let draft = [
        ("kind", "foreign_registration"),
        ("applicant", AEO),
        ("office", "3101"),
        ("is_aquatic", "true"),
        ("registered_elsewhere_same_product", "true"),
    ];
    has(&asked(&server, "fang", "zh-CN", "/applications", Some(&draft)), 303, &[]);
    let own = asked(&server, "fang", "zh-CN", "/applications/1", None);
    assert!(
        !own.body.contains("target_"),
        "what an officer assesses is not the applicant's to say: {}",
        own.body
    );
    has(&asked(&server, "fang", "zh-CN", "/applications/1/submit", Some(&[("ground", "申请")])), 303, &[]);
    let page = asked(&server, "chen", "zh-CN", "/applications/1", None);
    has(
        &page,
        200,
        &[
            "data-state=\"submitted\"",
            "name=\"target_requirements_not_higher\"",
            "name=\"target_risk_not_higher\"",
        ],
    );
    let seen =
        page.body.split("name=\"seen\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let mut assessed = vec![("ground", "评估"), ("seen", seen), ("target_requirements_not_higher", "false")];
    has(&asked(&server, "chen", "zh-CN", "/applications/1/assess", Some(&assessed)), 303, &[]);
    // An older page takes nothing back unseen: it comes back as it was typed, and may then be sent.
    assessed[2].1 = "true";
    assessed.push(("target_risk_not_higher", "true"));
    let older = asked(&server, "chen", "zh-CN", "/applications/1/assess", Some(&assessed));
    has(&older, 409, &["申请已有变动", "value=\"评估\"", "data-state=\"submitted\""]);
    let seen =
        older.body.split("name=\"seen\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assessed[1].1 = seen;
    has(&asked(&server, "chen", "zh-CN", "/applications/1/assess", Some(&assessed)), 303, &[]);
    has(&asked(&server, "chen", "zh-CN", "/applications/1", None), 200, &["data-state=\"waived\""]);
}

#[test]
fn a_form_asks_what_neither_registry_nor_standard_values_have_and_judges_by_both() {
    let table = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packs/cn-gacc-2024-36/reference/standard-values-sample.csv"
    );
    let mut facts = without_ratios();
    facts["industry"] = "0103".into();
    facts["cash_ratio"] = dates("0.9000");
    let (_places, server) = server_with(&facts, &["--standards", table]);
    let path = format!("/applications/new?kind=guarantee_waiver&applicant={AEO}&office=3101");
    let page = asked(&server, "chen", "zh-CN", &path, None);
    let own = "name=\"applicant_debt_ratio[y1]\"";
    assert_eq!(page.body.matches(own).count(), 1, "asked once: {}", page.body);
    for known in
        ["applicant_tax_paid", "applicant_cash_ratio", "debt_ratio_excellent", "applicant_level", "pilot"]
    {
        assert!(!page.body.contains(&format!("name=\"{known}")), "{known} is asked for");
    }
    // Nothing of the registry before it is told that the reader may apply there.
    let early = asked(&server, "chen", "zh-CN", &path.replace("=3101", "=31"), None);
    has(&early, 200, &["id=\"asked\""]);
    assert!(!early.body.contains("debt_ratio") && !early.body.contains("role=\"alert\""), "{}", early.body);
    has(&asked(&server, "kun", "zh-CN", &path, None), 200, &["无权", "id=\"asked\""]);
    let tried = |login: &str, language: &str, office: &str| {
        let own = DATES.map(|member| (format!("applicant_debt_ratio[{member}]"), "0.3500"));
        let mut fields = vec![("kind", "guarantee_waiver"), ("applicant", AEO), ("office", office)];
        fields.extend(own.iter().map(|(name, text)| (name.as_str(), *text)));
        asked(&server, login, language, "/applications/try", Some(&fields))
    };
    has(&tried("chen", "zh-CN", "3101"), 200, &["data-measure=\"7\" data-verdict=\"granted\""]);
    let early = tried("chen", "zh-CN", "31");
    has(&early, 200, &["data-measure=\"7\" data-verdict=\"undetermined\""]);
    assert!(!early.body.contains("alert") && !early.body.contains("0.9"), "{}", early.body);
    has(&tried("chen", "zh-CN", "5301"), 200, &["role=\"alert\"", "无权"]);
    for (language, words) in [("zh-CN", "该关区不在试点范围"), ("en", "This office is not in the pilot")]
    {
        has(&tried("fang", language, "5301"), 200, &["data-outside=\"7\"", words]);
    }
    assert!(!tried("fang", "en", "3101").body.contains("data-outside"), "3101 is in the pilot");
}

#[test]
fn a_list_offers_new_ones_to_whoever_may_apply_and_marks_what_is_late() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    producer(&server, "");
    people(&server);
    let token = server.token_of("applier", &["--role", "officer", "--office", "3101"]);
    for last_test in ["2024-01-15", &crate::today()] {
        let facts = json!({ "is_hazardous_packaging": true, "packaging_class": "class_1", "packaging_last_test": last_test });
        let new = json!({ "kind": "packaging_test", "applicant": AEO, "office": "3101", "facts": facts });
        let number = server.call("POST", "/v1/applications", &token, Some(&new.to_string())).json()["application"]["application"].clone();
        let ground = json!({ "ground": "登记" }).to_string();
        let moved = server.call("POST", &format!("/v1/applications/{number}/submit"), &token, Some(&ground));
        assert_eq!(moved.status, 200, "{}", moved.body);
    }
    for (login, offers) in [("chen", true), ("fang", true), ("shen", false)] {
        let list = asked(&server, login, "zh-CN", "/applications", None);
        has(&list, 200, &["2025-01-15 <span class=\"badge bg-red-lt\" data-late>逾期 "]);
        assert_eq!(list.body.matches("data-late").count(), 1, "{login}: {}", list.body);
        assert_eq!(list.body.contains("/applications/new?kind="), offers, "{login}");
        let new = asked(&server, login, "zh-CN", "/applications/new?kind=packaging_test", None);
        assert_eq!(new.status, if offers { 200 } else { 403 }, "{login}");
    }
    has(&asked(&server, "chen", "en", "/applications/1", None), 200, &["data-late>late by "]);
}

/// Numbers of the applications that a list names, as they stand in it.
fn listed(page: &str) -> Vec<u64> {
    let rows = page.split("href=\"/applications/").skip(1);
    rows.filter_map(|row| row.split('"').next()?.parse().ok()).collect()
}

/// Files twelve farms at 5301: that of the AEO, which goes first, is the last one.
fn twelve_wait(server: &Server, token: &str) {
    const REGULAR: &str = "3101910020";
    posted(
        server,
        "/v1/enterprises",
        &json!({ "customs_code": REGULAR, "name": "一般公司", "ground": "备案" }),
    );
    let level = json!({ "kind": "level", "valid_from": "2020-01-01", "facts": { "level": "regular" }, "ground": "认证" });
    posted(server, &format!("/v1/enterprises/{REGULAR}/records"), &level);
    for number in 1..=12 {
        let applicant = if number == 12 { AEO } else { REGULAR };
        let farm = json!({ "kind": "farm_filing", "applicant": applicant, "office": "5301", "facts": { "is_aquatic": true } });
        let made = server.call("POST", "/v1/applications", token, Some(&farm.to_string()));
        assert_eq!(made.json()["application"]["application"], number, "{}", made.body);
        moved_on(server, token, number, "submit");
    }
}

fn moved_on(server: &Server, token: &str, number: u64, step: &str) {
    let ground = json!({ "ground": "依申请" }).to_string();
    let moved = server.call("POST", &format!("/v1/applications/{number}/{step}"), token, Some(&ground));
    assert_eq!(moved.status, 200, "{}", moved.body);
}

#[test]
fn what_waits_is_listed_in_turn_and_today_leads_to_all_of_it() {
    let (_places, server) = server_with(&without_ratios(), &[]);
    let token = server.token_of("applier", &["--role", "officer", "--office", "5301"]);
    twelve_wait(&server, &token);
    let today = || {
        let page = asked(&server, "kun", "en", "/", None);
        let turn = page.body.split("aria-labelledby=\"turn\"").nth(1).unwrap();
        turn.split("</section>").next().unwrap().to_owned()
    };
    let all = "<a href=\"/applications?order=turn\">All of them</a>";
    let (turn, ten) = (today(), vec![12, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert!(turn.contains(all), "{turn}");
    assert_eq!(listed(&turn), ten);

    let page = |path: &str| asked(&server, "kun", "en", path, None);
    let in_turn = page("/applications?order=turn");
    has(
        &in_turn,
        200,
        &["In turn", "href=\"/applications?kind=farm_filing&amp;order=turn\"", "href=\"/applications\""],
    );
    assert_eq!(listed(&in_turn.body), [&ten[..], &[10, 11]].concat());
    let of_kind = page("/applications?kind=farm_filing&order=turn");
    has(&of_kind, 200, &["href=\"/applications?kind=farm_filing\"", "href=\"/applications?order=turn\""]);
    assert_eq!(listed(&of_kind.body), listed(&in_turn.body));
    assert_eq!(listed(&page("/applications?kind=admission&order=turn").body), [0; 0]);
    assert_eq!(listed(&page("/applications").body)[..2], [12, 11], "the latest first");
    assert_eq!(listed(&asked(&server, "fang", "en", "/applications?order=turn", None).body), [12]);
    let one = server.call("GET", "/v1/applications?order=turn&limit=11", &token, None).json();
    let next = format!("/applications?order=turn&after={}", one["next"].as_str().unwrap());
    assert_eq!(listed(&page(&next).body), [11]);

    // What was settled waits no more, and ten need no link.
    [12, 1].into_iter().for_each(|number| moved_on(&server, &token, number, "file"));
    let turn = today();
    assert!(!turn.contains(all), "{turn}");
    assert_eq!(listed(&turn), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(listed(&page("/applications?order=turn").body), listed(&turn));
}
