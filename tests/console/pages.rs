//! What every page has: it is there in time, what is no page is said on one, and an account is changed by its owner.

use anyhow::ensure;

use crate::browser::{self, Browser, at_browser};
use crate::safety::{cookie, form};
use crate::server::Server;
use crate::{AEO, PASSWORD, decide, rate, same, server_with, sign_in, today};

/// Milliseconds after which a page on the same machine is whole.
const MOST_MS: f64 = 200.0;

/// Loads of each page at most. The first quick one counts: whatever else a machine does makes some of them late, not all.
const LOADS: usize = 60;

async fn is_quick(browser: &Browser) -> anyhow::Result<()> {
    browser.open("/").await?;
    sign_in(browser, "sun").await?;
    let menu = browser.attributes("nav[aria-label] a", "href").await?;
    ensure!(menu.len() == 10, "{menu:?}");
    for path in menu.iter().map(String::as_str).chain([
        "/law/9",
        "/enterprises/3101910012",
        "/applications/new?kind=guarantee_waiver",
    ]) {
        let mut quickest = f64::INFINITY;
        for _ in 0..LOADS {
            browser.open(path).await?;
            quickest = quickest.min(browser.took_ms().await?);
            if quickest < MOST_MS {
                break;
            }
        }
        println!("{path}: whole after {quickest:.0} ms");
        ensure!(quickest < MOST_MS, "{path} took {quickest} ms");
    }
    Ok(())
}

#[test]
fn every_page_of_the_menu_is_whole_within_200_ms() {
    if !browser::is_there() {
        return;
    }
    let (_places, server) = server_with(&[(
        "sun",
        &["--role", "supervisor", "--role", "auditor", "--role", "administrator", "--office", "*"],
    )]);
    rate(&server, "530120260000000002", true);
    at_browser(&server.base, "en", |browser| async move { is_quick(&browser).await });
}

/// Addresses that nothing answers, and some that have a word where a number belongs.
async fn is_nowhere(browser: &Browser, words: &str) -> anyhow::Result<()> {
    browser.open("/nowhere").await?;
    browser.until(".alert", words).await?;
    browser.open("/").await?;
    sign_in(browser, "sun").await?;
    browser.open("/nowhere/at?all").await?;
    browser.until(".alert", words).await?;
    browser.picture("nothing-here").await?;
    for path in ["/work/abc", "/applications/abc", "/law/changes/abc", "/audit?before=abc", "/me/password"] {
        browser.open(path).await?;
        browser.see("main .alert").await?;
        ensure!(!browser.page().await?.contains("abc"), "{path}: no words of the library");
    }
    browser.follow("a.btn[href='/']").await?;
    same(browser.path().await?.as_str(), "/")
}

#[test]
fn what_is_no_page_is_said_on_a_page_to_people_and_as_a_problem_to_machines() {
    if !browser::is_there() {
        return;
    }
    for (language, words) in [("zh-CN", "没有找到"), ("en", "There is no such page")] {
        let (_places, server) =
            server_with(&[("sun", &["--role", "supervisor", "--role", "auditor", "--office", "*"])]);
        at_browser(&server.base, language, |browser| async move { is_nowhere(&browser, words).await });
        for path in ["/nowhere", "/v1/nowhere"] {
            let answer = server.get_with(path, &[("accept", "*/*")]);
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (404, Some("application/problem+json")),
                "{path}"
            );
        }
        let answer = server.get_with("/v1/nowhere", &[("accept", "text/html")]);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "the interface has no pages"
        );
    }
}

async fn chooses_another_password(browser: &Browser, wrong: &str) -> anyhow::Result<()> {
    const NEW: &str = "another horse entirely";
    browser.open("/me").await?;
    sign_in(browser, "li").await?;
    same(browser.path().await?.as_str(), "/me")?;
    browser.picture("me").await?;
    browser.type_into("#present", "not this one").await?;
    browser.type_into("#new", NEW).await?;
    browser.follow("form[action='/me/password'] button").await?;
    browser.until("main .alert", wrong).await?;
    browser.type_into("#present", PASSWORD).await?;
    browser.type_into("#new", NEW).await?;
    browser.follow("form[action='/me/password'] button").await?;
    same(browser.path().await?.as_str(), "/sign-in")?;
    sign_in(browser, "li").await?;
    browser.see(".alert-danger").await?;
    browser.type_into("#password", NEW).await?;
    browser.follow("button[type=submit].btn-primary").await?;
    browser.see("#queues").await?;
    Ok(())
}

#[test]
fn somebody_chooses_another_password_and_signs_in_with_it_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for (language, wrong) in [("zh-CN", "登录名、密码或者链接有误"), ("en", "password")] {
        let (_places, server) = server_with(&[("li", &["--role", "officer", "--office", "5301"])]);
        at_browser(&server.base, language, |browser| async move {
            chooses_another_password(&browser, wrong).await
        });
    }
}

/// From the number of a matter to its decision, to the measure and the enterprise behind it.
async fn finds_a_decision(browser: &Browser, older: u64, [rate, former]: [&str; 2]) -> anyhow::Result<()> {
    browser.open("/decisions").await?;
    sign_in(browser, "sun").await?;
    browser.picture("decisions").await?;
    browser.type_into("#matter", " 530120260000000002 ").await?;
    browser.follow("form[action='/decisions'] button").await?;
    same(browser.path().await?.as_str(), "/decisions/530120260000000002")?;
    browser.until("main", rate).await?;
    // An earlier decision about the same matter is found by its entry.
    browser.open("/audit?about=530120260000000002").await?;
    browser.follow(&format!("a[href='/decisions/530120260000000002?entry={older}']")).await?;
    browser.until("main", former).await?;
    ensure!(!browser.page().await?.contains(rate), "{rate} is that of the later decision");
    // It says that it is not the last one, and leads to that.
    same(browser.count("[aria-labelledby=decisions] tr").await?, 2)?;
    browser.picture("decision-overtaken").await?;
    browser.follow("[data-overtaken] a").await?;
    browser.until("main", rate).await?;
    ensure!(!browser.is_there("[data-overtaken]").await?, "this is the last one");
    browser.open(&format!("/decisions/530120260000000002?entry={older}")).await?;
    browser.follow("a[href='/law/9']").await?;
    same(browser.path().await?.as_str(), "/law/9")?;
    browser.open("/decisions/530120260000000002").await?;
    browser.follow(&format!("a[href='/enterprises/{AEO}']")).await?;
    browser.until("h1", AEO).await?;
    browser.open("/decisions?matter=none").await?;
    browser.see("main .alert").await?;
    // Whose deeds: by login.
    browser.open("/audit").await?;
    browser.type_into("input[name=who]", "sun").await?;
    browser.follow("form:has(input[name=who]) button").await?;
    ensure!(
        browser.count("#trail ~ * tbody tr, [aria-labelledby=trail] tbody tr").await? >= 1,
        "sun signed in"
    );
    browser.picture("audit-theirs").await
}

/// A page as somebody reads it in Chinese, or what a form of it answers.
fn page(server: &Server, login: &str, path: &str, fields: Option<&str>) -> String {
    let session = cookie(server, login, "");
    let answer = form(server, path, &[("cookie", session.as_str()), ("accept-language", "zh-CN")], fields);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

#[test]
fn the_trail_has_work_and_registry_for_those_who_may_read_them() {
    let officer: &[&str] = &["--role", "officer", "--office", "5301"];
    let auditor: &[&str] = &["--role", "auditor", "--office", "*"];
    let elsewhere: &[&str] = &["--role", "supervisor", "--office", "3101"];
    let (_places, server) = server_with(&[("li", officer), ("shen", auditor), ("mo", elsewhere)]);
    rate(&server, "530120260000000002", true);
    let li = server.token_of("li", &[]);
    let claimed = server.call("POST", "/v1/tasks/1/claim", &li, Some("{}"));
    assert_eq!(claimed.status, 200, "{}", claimed.body);
    let trail = |login: &str, who: &str| {
        let body = page(&server, login, &format!("/audit?who={who}"), None);
        body.split("id=\"trail\"").nth(1).unwrap_or_default().to_owned()
    };
    for who in ["", "li"] {
        let all = trail("shen", who);
        assert!(all.contains("href=\"/work/1\"") && all.contains("办理中"), "{who}: {all}");
        assert!(!trail("mo", who).contains("/work/1"), "work of another office");
    }
    assert!(trail("shen", "").contains("登记企业"), "{}", trail("shen", ""));
    assert!(!trail("shen", "li").contains("登记企业"), "somebody else did that");
    // What the log says about an enterprise is found by any of its identifiers.
    let found = page(&server, "shen", &format!("/audit?about={AEO}"), None);
    assert!(found.contains("企业名录") && !found.contains("日志中没有相关条目"), "{found}");
}

#[test]
fn a_rule_whose_details_are_not_settled_says_so_where_it_is_applied() {
    let (_places, server) = server_with(&[("chen", &["--role", "officer", "--office", "5301"])]);
    let fields = format!("kind=voluntary_disclosure&applicant={AEO}&office=5301&violation_on={}", today());
    let tried = page(&server, "chen", "/applications/try", Some(&fields));
    assert!(tried.contains("细节待确认"), "{tried}");
}

#[test]
fn a_decision_is_found_by_its_number_and_leads_to_what_it_rests_on_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for (language, rates) in [("zh-CN", ["100 %", "0.244 %"]), ("en", ["100 %", "0.244 %"])] {
        let (_places, server) =
            server_with(&[("sun", &["--role", "supervisor", "--role", "auditor", "--office", "*"])]);
        let older = decide(&server, "530120260000000002", false)["entry"].as_u64().unwrap();
        assert_eq!(rate(&server, "530120260000000002", true), "1");
        at_browser(&server.base, language, |browser| async move {
            finds_a_decision(&browser, older, rates).await
        });
    }
}
