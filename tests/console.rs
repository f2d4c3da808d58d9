//! The console in a real browser: what an inspector does, in both languages.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/days.rs"]
mod days;
#[path = "support/server.rs"]
mod server;
mod support;

use anyhow::ensure;
use browser::{Browser, at_browser};
use days::{DAY, append, commitment, own, reveal};
use serde_json::{Value, json};
use server::{Response, Server, send};
use support::greenlane;
use support::places::Places;

const AEO: &str = "3101910012";
const PASSWORD: &str = "correct horse battery";

/// An account that signs in with a password.
fn person(server: &Server, login: &str, account: &[&str]) {
    let create = [&["account", "create", login][..], account, &["--database", &server.database]].concat();
    let link = support::stdout(&greenlane(&create), 0).to_owned();
    let secret = link.split_once('#').unwrap().1.trim().to_owned();
    let welcome = json!({ "secret": secret, "password": PASSWORD }).to_string();
    assert_eq!(server.call("POST", "/v1/welcome", "", Some(&welcome)).status, 200);
}

/// An AEO with a clean year: of others findings are known.
fn registry(server: &Server) {
    let token = server.token_of("registrar", &["--role", "supervisor", "--office", "*"]);
    let posted = |path: &str, body: Value| {
        let response = server.call("POST", path, &token, Some(&body.to_string()));
        assert_eq!(response.status, 201, "{}", response.body);
    };
    posted("/v1/enterprises", json!({ "customs_code": AEO, "name": "样例公司", "ground": "认证" }));
    let level = json!({ "kind": "level", "valid_from": "2020-01-01", "facts": { "level": "advanced" }, "ground": "认证" });
    posted(&format!("/v1/enterprises/{AEO}/records"), level);
    posted("/v1/events", json!({ "enterprise": "3101910099", "kind": "finding", "on": "2024-05-01" }));
}

fn tomorrow() -> String {
    let china = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    china.to_datetime(jiff::Timestamp::now()).date().tomorrow().unwrap().to_string()
}

/// Decides a declaration of the AEO; its inspection rate.
fn rate(server: &Server, id: &str, is_ordered: bool) -> String {
    let matter = json!({
        "matter_id": id, "matter": "import_declaration", "decided_on": tomorrow(), "office": "5301", "unit": "declaration",
        "consignee_consignor_id": AEO, "declarant_level": "regular", "end_user_level": "regular", "lane": "ordinary",
        "mandatory_inspection": is_ordered,
    });
    let response = server.decide(&matter.to_string(), &[]);
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()["decision"]["inspection"]["rate"].as_str().unwrap().to_owned()
}

async fn sign_in(browser: &Browser, login: &str) -> anyhow::Result<()> {
    browser.type_into("#login", login).await?;
    browser.type_into("#password", PASSWORD).await?;
    browser.follow("button[type=submit].btn-primary").await
}

/// Like `assert_eq!`, so that the browser is closed before the test fails.
fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> anyhow::Result<()> {
    ensure!(found == expected, "{found:?}, expected {expected:?}");
    Ok(())
}

/// An inspector takes the next task, finds something, and goes on.
async fn inspects(browser: &Browser, words: [&str; 6]) -> anyhow::Result<()> {
    let [today, why, ordered, clean, completed, nothing] = words;
    browser.open("/work").await?;
    browser.picture("sign-in").await?;
    sign_in(browser, "li").await?;
    same(browser.path().await?.as_str(), "/work")?;
    browser.picture("work").await?;
    browser.follow("nav[aria-label] a[href='/']").await?;
    browser.until("h1", today).await?;
    browser.until("#queues", "").await?;
    browser.picture("today").await?;
    browser.open("/work").await?;
    browser.follow("form[action='/work/claim'] button").await?;
    browser.until("#why", why).await?;
    let page = browser.page().await?;
    for words in [ordered, clean, "530120260000000002"] {
        ensure!(page.contains(words), "{words}\n{page}");
    }
    browser.picture("task").await?;
    // A quantity that is none comes back with what was typed.
    browser.choose("select[name=code]", "quantity").await?;
    browser.type_into("input[name=quantity]", "1,5").await?;
    browser.type_into("#text", "<script>alert(1)</script>").await?;
    browser.follow("form[action$='/complete'] button").await?;
    browser.see(".alert-danger li").await?;
    same(browser.see("input[name=quantity]").await?.value().await?.as_deref(), Some("1,5"))?;
    browser.picture("task-refused").await?;
    let quantity = browser.see("input[name=quantity]").await?;
    quantity.clear().await?;
    quantity.send_keys("12").await?;
    browser.follow("form[action$='/complete'] button").await?;
    browser.until(".badge", completed).await?;
    ensure!(browser.page().await?.contains("<script>alert(1)</script>"), "shown as text");
    browser.picture("task-done").await?;
    browser.follow("a.btn-primary[href='/work']").await?;
    browser.until("main", nothing).await
}

#[test]
fn an_inspector_takes_a_task_records_a_finding_and_the_next_rate_is_another_one_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for (language, words) in [
        ("zh-CN", ["今日", "为什么查", "布控指令", "上一年无查发再降查验率", "已办结", "没有等待的任务"]),
        (
            "en",
            [
                "Today",
                "Why",
                "mandatory order",
                "Inspected less after a clean year",
                "completed",
                "Nothing waits",
            ],
        ),
    ] {
        let places = Places::new();
        let server = Server::start(&places.sqlite(), &places.key_file());
        registry(&server);
        person(&server, "li", &["--role", "officer", "--office", "5301"]);
        assert_eq!(rate(&server, "530120260000000001", false), "0.00244");
        rate(&server, "530120260000000002", true);
        at_browser(&server.base, language, |browser| async move { inspects(&browser, words).await });
        assert_eq!(rate(&server, "530120260000000003", false), "0.00488", "the year is clean no longer");
    }
}

/// Somebody without an account finds out whether an export of biscuits is sampled less.
async fn checks(browser: &Browser, granted: &str) -> anyhow::Result<()> {
    browser.open("/check").await?;
    browser.picture("check").await?;
    browser.follow("a[href='/check?matter=export_declaration&about=1']").await?;
    let mut answers = 0;
    while browser.is_there("#question").await? {
        let fact = browser.attribute("#question", "data-facts").await?;
        let value = match fact.as_str() {
            "hs_code" => {
                browser.type_into("#hs_code", "1905.3100 00").await?;
                "#question button.btn-primary".to_owned()
            }
            "consignee_consignor_level" => "button[value=advanced]".to_owned(),
            "declarant_level" | "end_user_level" => "button[value=regular]".to_owned(),
            other => panic!("`{other}` is asked for, which settles nothing"),
        };
        browser.picture(&format!("check-{fact}")).await?;
        browser.follow(&value).await?;
        answers += 1;
    }
    ensure!(answers <= 6, "{answers} answers");
    browser.until("[data-measure='1'] .badge", granted).await?;
    browser.see("#finished").await?;
    browser.picture("check-settled").await?;
    // Whoever is sent the address sees the same.
    let path = browser.address().await?;
    browser.open(&path).await?;
    browser.until("[data-measure='1'] .badge", granted).await?;
    // A code that is none comes back with what one looks like; who does not know it is asked for the class.
    browser.open("/check?matter=export_declaration&about=1&consignee_consignor_level=advanced&declarant_level=regular&end_user_level=regular&hs_code=19").await?;
    browser.until(".alert-danger", "1905310000").await?;
    browser.follow("button[name=unknown]").await?;
    same(browser.attribute("#question", "data-facts").await?.as_str(), "is_food")?;
    browser.follow("button[name=is_food][value=true]").await?;
    browser.until("[data-measure='1'] .badge", granted).await
}

#[test]
fn a_self_check_settles_article_1_in_at_most_six_answers_without_an_account() {
    if !browser::is_there() {
        return;
    }
    for (language, granted) in [("zh-CN", "适用"), ("en", "granted")] {
        let places = Places::new();
        let server = Server::start(&places.sqlite(), &places.key_file());
        at_browser(&server.base, language, |browser| async move { checks(&browser, granted).await });
    }
}

async fn verifies(browser: &Browser, words: [&str; 2]) -> anyhow::Result<()> {
    let [same_key, secret] = words;
    browser.open("/decisions/D-1").await?;
    sign_in(browser, "li").await?;
    browser.until("h1", "D-1").await?;
    browser.click("[data-verify]").await?;
    browser.until("[data-draw] [role=status]", same_key).await?;
    let said = browser.text("[data-draw] [role=status]").await?;
    ensure!((said.matches('✓').count(), said.contains('✗')) == (3, false), "{said}");
    browser.picture("decision").await?;
    // A draw that is another one, or another outcome, is seen.
    for (what, value) in [("draw", "0000000000000000"), ("matter", "D-2"), ("selected", "other")] {
        browser.open("/decisions/D-1").await?;
        browser.run(&format!("document.querySelector('[data-draw]').dataset.{what} = '{value}'")).await?;
        browser.click("[data-verify]").await?;
        browser.until("[data-draw] [role=status]", "✗").await?;
    }
    browser.open("/decisions/D-tomorrow").await?;
    browser.click("[data-verify]").await?;
    browser.until("[data-draw] [role=status]", secret).await
}

#[test]
fn a_draw_is_made_again_in_the_browser_of_whoever_doubts_it() {
    if !browser::is_there() {
        return;
    }
    for (language, words) in [
        ("zh-CN", ["密钥与事先公布的承诺值一致", "密钥尚未公布"]),
        ("en", ["the key is the one that was committed to before", "not revealed yet"]),
    ] {
        let places = Places::new();
        let (database, key_file) = (places.sqlite(), places.key_file());
        let server = Server::start(&database, &key_file);
        person(&server, "li", &["--role", "officer", "--office", "3101"]);
        append(&database, &key_file, |keys, epoch| commitment(epoch, &own(epoch, keys)));
        let decided = |id: &str, on: &str| {
            let matter = json!({
                "matter_id": id, "matter": "import_declaration", "decided_on": on, "office": "3101", "lane": "ordinary",
                "consignee_consignor_level": "advanced", "consignee_consignor_findings_1y": 0,
                "declarant_level": "regular", "end_user_level": "regular", "mandatory_inspection": false,
            });
            assert_eq!(server.decide(&matter.to_string(), &[]).status, 200);
        };
        decided("D-1", DAY);
        decided("D-tomorrow", &tomorrow());
        append(&database, &key_file, |keys, epoch| reveal(epoch, &own(epoch, keys)));
        at_browser(&server.base, language, |browser| async move { verifies(&browser, words).await });
    }
}

#[test]
fn the_law_is_read_by_anybody_measure_by_measure() {
    if !browser::is_there() {
        return;
    }
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    for (language, words) in [
        ("zh-CN", ["两步申报免除税款担保", "第七条", "资产负债率", "尚不能确定"]),
        (
            "en",
            [
                "No guarantee for tax in two-step declaration",
                "Article 7",
                "debt-to-asset ratio",
                "undetermined",
            ],
        ),
    ] {
        at_browser(&server.base, language, |browser| async move {
            browser.open("/law").await?;
            browser.picture("law").await?;
            browser.follow("a[href='/law/7']").await?;
            let page = browser.page().await?;
            for words in words {
                ensure!(page.contains(words), "{words}\n{page}");
            }
            browser.picture("law-7").await?;
            browser.open("/law/99").await?;
            browser.see("main a[href='/law']").await?;
            Ok(())
        });
    }
}

/// Sends a form, or asks for a page; redirects are answers.
fn form(server: &Server, path: &str, headers: &[(&str, &str)], fields: Option<&str>) -> Response {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let kind: &[(&str, &str)] = if fields.is_some() { &[kind] } else { &[] };
    let headers = [headers, kind].concat();
    send(&agent, &format!("{}{path}", server.base), &headers, fields).unwrap()
}

/// The cookie of somebody who signs in, with another one in the hand of their browser.
fn cookie(server: &Server, login: &str, before: &str) -> String {
    let fields = format!("login={login}&password=correct+horse+battery&then=%2Fwork");
    let entered = form(server, "/sign-in", &[("cookie", before)], Some(&fields));
    assert_eq!((entered.status, entered.header("location")), (303, Some("/work")), "{}", entered.body);
    let set = entered.header("set-cookie").unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

#[test]
fn a_page_of_somebody_else_cannot_act_for_whoever_is_signed_in() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    person(&server, "li", &["--role", "officer", "--office", "5301"]);
    rate(&server, "530120260000000002", true);
    let planted = "greenlane_session=gls_planted";
    let session = cookie(&server, "li", planted);
    assert_ne!(session, planted, "who plants a session does not know the one that is used");
    assert_eq!(
        form(&server, "/work", &[("cookie", planted)], None).header("location"),
        Some("/sign-in?then=%2Fwork")
    );
    for elsewhere in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for (path, fields) in
            [("/work/claim", "queue="), ("/work/1/complete", "mode=on_site"), ("/sign-out", "")]
        {
            let refused = form(&server, path, &[("cookie", &session), elsewhere], Some(fields));
            assert_eq!(refused.status, 403, "{path} {elsewhere:?}");
        }
        let entered =
            form(&server, "/sign-in", &[elsewhere], Some("login=li&password=correct+horse+battery"));
        assert_eq!(
            (entered.status, entered.header("set-cookie")),
            (403, None),
            "nobody is signed in unasked"
        );
    }
    let claimed = form(&server, "/work/claim", &[("cookie", &session)], Some("queue="));
    assert_eq!((claimed.status, claimed.header("location")), (303, Some("/work/1")));
    let out = form(&server, "/sign-out", &[("cookie", &session)], Some(""));
    assert_eq!((out.status, out.header("location")), (303, Some("/sign-in")));
    assert_eq!(form(&server, "/", &[("cookie", &session)], None).status, 303, "signed out for good");
}

#[test]
fn no_page_can_be_framed_or_run_what_is_not_of_this_server_and_none_leads_elsewhere() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    person(&server, "li", &["--role", "officer", "--office", "5301"]);
    let session = cookie(&server, "li", "");
    for path in [
        "/",
        "/work",
        "/sign-in",
        "/check",
        "/check?matter=import_declaration",
        "/law",
        "/law/7",
        "/law/none",
        "/work/99",
    ] {
        let page = form(&server, path, &[("cookie", &session)], None);
        let policy = page.header("content-security-policy").unwrap();
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(!page.body.contains(" style=") && !page.body.contains(" onclick="), "{path}");
    }
    for then in
        ["//evil.example", "https://evil.example", "/\\evil.example", "/%09/evil.example\r\nset-cookie: a=b"]
    {
        let fields =
            serde_urlencoded::to_string([("login", "li"), ("password", PASSWORD), ("then", then)]).unwrap();
        let entered = form(&server, "/sign-in", &[], Some(&fields));
        assert_eq!(entered.header("location"), Some("/"), "{then}");
        let query = serde_urlencoded::to_string([("then", then)]).unwrap();
        assert_eq!(
            form(&server, &format!("/language/en?{query}"), &[], None).header("location"),
            Some("/"),
            "{then}"
        );
    }
}

#[test]
fn hostile_text_is_shown_as_text_wherever_it_comes_from() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    person(&server, "li", &["--role", "officer", "--office", "5301"]);
    rate(&server, "530120260000000002", true);
    let session = cookie(&server, "li", "");
    form(&server, "/work/claim", &[("cookie", &session)], Some("queue="));
    let long = "字".repeat(10_000);
    for text in
        ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\u{202e}desrever", "👩‍🚀🇨🇳", &long]
    {
        let fields = serde_urlencoded::to_string([
            ("mode", text),
            ("code", text),
            ("quantity", text),
            ("measured_in", text),
            ("found", text),
            ("text", text),
            ("attachments", text),
        ])
        .unwrap();
        let refused = form(&server, "/work/1/complete", &[("cookie", &session)], Some(&fields));
        assert_eq!(refused.status, 422, "{text:.40}");
        assert!(!refused.body.contains("<script>alert") && !refused.body.contains("<img"), "{text:.40}");
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
        assert_eq!(checked.status, 200, "{text:.40}");
        assert!(!checked.body.contains("<script>alert") && !checked.body.contains("<img"), "{text:.40}");
        let fields =
            serde_urlencoded::to_string([("login", text), ("password", text), ("then", text)]).unwrap();
        let entered = form(&server, "/sign-in", &[], Some(&fields));
        assert!(matches!(entered.status, 401 | 422), "{text:.40} {}", entered.status);
        assert!(!entered.body.contains("<script>alert") && !entered.body.contains("<img"), "{text:.40}");
    }
}
