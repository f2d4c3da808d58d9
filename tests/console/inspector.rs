//! An inspector's story, and what it changes in the next decision.

use anyhow::ensure;
use thirtyfour::Key;

use crate::browser::{self, Browser, at_browser};
use crate::server::Server;
use crate::{PASSWORD, rate, same, server_with, sign_in, tried_rate};

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
        ("zh-CN", ["今日", "查验依据", "必检指令", "上一年无查发再降查验率", "已办结", "没有等待的任务"]),
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
        let (_places, server) = server_with(&[("li", &["--role", "officer", "--office", "5301"])]);
        assert_eq!(tried_rate(&server, "530120260000000001"), "0.00244");
        rate(&server, "530120260000000002", true);
        at_browser(&server.base, language, |browser| async move { inspects(&browser, words).await });
        assert_eq!(rate(&server, "530120260000000003", false), "0.00488", "the year is clean no longer");
    }
}

/// Signs in, takes the next task, finds a wrong quantity, completes it and looks for the next one, with the keyboard alone.
async fn inspects_without_a_mouse(browser: &Browser) -> anyhow::Result<()> {
    browser.open("/work").await?;
    browser.has_focus("#login").await?;
    browser.press("li").await?;
    browser.tab_to("#password").await?;
    browser.press(PASSWORD).await?;
    browser.enter().await?;
    // The button has the focus already.
    browser.enter().await?;
    browser.see("#why").await?;
    browser.tab_to("select[name=code]").await?;
    browser.press("q").await?;
    same(browser.see("select[name=code]").await?.value().await?.as_deref(), Some("quantity"))?;
    browser.tab_to("input[name=quantity]").await?;
    browser.press("12").await?;
    browser.tab_to("form[action$='/complete'] button").await?;
    browser.enter().await?;
    browser.until(".badge", "completed").await?;
    // Where it goes on has the focus.
    browser.enter().await?;
    browser.until("main", "Nothing waits").await?;
    // The first key leads past the menu.
    browser.open("/work").await?;
    browser.run("document.activeElement.blur(); scrollTo(0, 0)").await?;
    browser.press(Key::Tab).await?;
    same(browser.attribute(":focus", "href").await?.as_str(), "#main")
}

#[test]
fn an_inspector_needs_no_mouse() {
    if !browser::is_there() {
        return;
    }
    let (_places, server) = server_with(&[("li", &["--role", "officer", "--office", "5301"])]);
    rate(&server, "530120260000000002", true);
    at_browser(&server.base, "en", |browser| async move { inspects_without_a_mouse(&browser).await });
    assert_eq!(rate(&server, "530120260000000003", false), "0.00488", "the finding counts");
}

/// A key that was pressed before anybody could read the page was meant for the page before, however late a slow machine comes to it.
async fn keys_count_from_when_they_were_pressed(browser: &Browser) -> anyhow::Result<()> {
    let key = "new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })";
    browser.run_first(&format!("window.early = {key};")).await?;
    browser.open("/work").await?;
    browser.see("html[data-readable]").await?;
    let is_meant = |event: &str| {
        format!(
            "const event = {event}; document.querySelector('button').dispatchEvent(event); return !event.defaultPrevented;"
        )
    };
    same(browser.says(&is_meant("window.early")).await?, false)?;
    same(browser.says(&is_meant(key)).await?, true)
}

#[test]
fn enter_that_was_meant_for_the_page_before_does_nothing() {
    if !browser::is_there() {
        return;
    }
    let (_places, server) = server_with(&[("li", &["--role", "officer", "--office", "5301"])]);
    at_browser(&server.base, "en", |browser| async move {
        keys_count_from_when_they_were_pressed(&browser).await
    });
}

#[test]
fn what_waits_is_seen_as_it_comes_without_loading_the_page_again() {
    if !browser::is_there() {
        return;
    }
    let (_places, server) = server_with(&[("li", &["--role", "officer", "--office", "5301"])]);
    let server = &server;
    at_browser(&server.base, "en", |browser| async move {
        browser.open("/").await?;
        sign_in(&browser, "li").await?;
        let waiting = "tr:has(a[href='/work?queue=port_inspection']) td:nth-child(3)";
        browser.until(waiting, "0").await?;
        rate(server, "530120260000000002", true);
        browser.until(waiting, "1").await
    });
}

/// What was drawn for an officer waits for that officer, and everybody sees for whom it waits.
async fn is_drawn(browser: &Browser, officer: &str, you: &str) -> anyhow::Result<()> {
    for login in ["li", "wang"] {
        browser.open("/").await?;
        sign_in(browser, login).await?;
        let is_theirs = browser.is_there("[aria-labelledby=mine] td .badge.bg-purple-lt").await?;
        same((login, is_theirs), (login, login == officer))?;
        browser.open("/work").await?;
        browser.until("td", if is_theirs { you } else { officer }).await?;
        if is_theirs {
            browser.picture("work-drawn").await?;
        }
        browser.follow("form[action='/sign-out'] button").await?;
    }
    Ok(())
}

#[test]
fn an_officer_finds_the_task_that_they_were_drawn_for_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for (language, you) in [("zh-CN", "抽中您"), ("en", "drawn: you")] {
        let (_places, server) = server_with(&[
            ("li", &["--role", "officer", "--office", "5301"]),
            ("wang", &["--role", "officer", "--office", "5301"]),
        ]);
        rate(&server, "530120260000000002", true);
        let token = server.token_of("sun", &["--role", "supervisor", "--office", "5301"]);
        let drawn = server.call("POST", "/v1/tasks/1/draw", &token, Some(r#"{"ground": "双随机"}"#));
        assert_eq!(drawn.status, 200, "{}", drawn.body);
        let officer = drawn.json()["task"]["drawn"].as_str().unwrap().to_owned();
        at_browser(&server.base, language, |browser| async move { is_drawn(&browser, &officer, you).await });
    }
}

/// An account serves other offices from now on.
fn serve_at(server: &Server, admin: &str, login: &str, offices: &str) {
    let accounts = server.call("GET", "/v1/accounts", admin, None).json();
    let found = accounts["items"].as_array().unwrap().iter().find(|one| one["login"] == login).unwrap();
    let path = format!("/v1/accounts/{}", found["account"]);
    let change = format!(r#"{{"offices": {offices}}}"#);
    let changed = server.call("PATCH", &path, admin, Some(&change));
    assert_eq!(changed.status, 204, "{}", changed.body);
}

/// Today lists the task as theirs, or does not.
async fn has_in_hand(browser: &Browser, expected: bool) -> anyhow::Result<()> {
    browser.open("/").await?;
    sign_in(browser, "li").await?;
    browser.see("[aria-labelledby=mine]").await?;
    same(browser.is_there("[aria-labelledby=mine] a[href='/work/1']").await?, expected)?;
    browser.follow("form[action='/sign-out'] button").await
}

#[test]
fn an_officer_who_serves_another_office_now_does_not_see_what_waits_at_the_old_one() {
    if !browser::is_there() {
        return;
    }
    let (_places, server) = server_with(&[("li", &["--role", "officer", "--office", "5301"])]);
    rate(&server, "530120260000000002", true);
    let token = server.token_of("qian", &["--role", "supervisor", "--office", "*"]);
    let drawn = server.call("POST", "/v1/tasks/1/draw", &token, Some(r#"{"ground": "双随机"}"#));
    assert_eq!(drawn.json()["task"]["drawn"], "li", "{}", drawn.body);
    let admin = server.token_of("root", &["--role", "administrator"]);
    for (offices, expected) in [(r#"["5301", "5302"]"#, true), (r#"["5302"]"#, false), (r#"["*"]"#, true)] {
        serve_at(&server, &admin, "li", offices);
        at_browser(&server.base, "en", |browser| async move { has_in_hand(&browser, expected).await });
    }
}
