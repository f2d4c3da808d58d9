//! An administrator makes an account, gives it a token, takes it back, switches it off; somebody else is told of the log.

#[path = "../support/receiver.rs"]
mod receiver;

use std::time::{Duration, Instant};

use anyhow::ensure;

use self::receiver::Receiver;
use crate::browser::{self, Browser, at_browser};
use crate::safety::{cookie, form};
use crate::server::Server;
use crate::support::places::Places;
use crate::{PASSWORD, decide, person, registry, same, server_with, sign_in};

/// Makes an account, first with an office that is none; the one-time link.
async fn makes_an_account(browser: &Browser) -> anyhow::Result<String> {
    browser.open("/admin").await?;
    sign_in(browser, "adm").await?;
    browser.picture("admin").await?;
    browser.type_into("#login", "sun.mei").await?;
    browser.type_into("#name", "孙梅 <b>").await?;
    browser.click("input[name=role][value=officer]").await?;
    browser.type_into("#offices", "3101，53").await?;
    browser.follow("form[action='/admin/people'] button").await?;
    browser.until(".alert", "53").await?;
    same(browser.see("#offices").await?.value().await?.as_deref(), Some("3101，53"))?;
    browser.type_into("#offices", "01").await?;
    browser.follow("form[action='/admin/people'] button").await?;
    let link = browser.text("[data-secret]").await?;
    ensure!(browser.page().await?.contains("孙梅 <b>"), "the new account is listed");
    Ok(link)
}

/// Whoever has the link chooses a password and does the work of the account.
async fn begins(browser: &Browser, link: &str) -> anyhow::Result<()> {
    browser.follow("form[action='/sign-out'] button").await?;
    browser.go(link).await?;
    browser.picture("welcome").await?;
    browser.type_into("#password", PASSWORD).await?;
    browser.click("[data-welcome] button").await?;
    browser.see("form[action='/sign-out']").await?;
    ensure!(browser.is_there("a[href='/work']").await?, "an officer has work");
    ensure!(!browser.is_there("a[href='/admin']").await?, "and no administration");
    browser.follow("form[action='/sign-out'] button").await
}

/// Makes a machine, and gives out a token of it; its secret. A person's account has no form for one.
async fn gives_a_token(browser: &Browser) -> anyhow::Result<String> {
    browser.open("/admin").await?;
    sign_in(browser, "adm").await?;
    browser.see("[data-lone-administrator]").await?;
    browser.follow("[aria-labelledby=people] tr:last-child a").await?;
    ensure!(!browser.is_there("#token-name").await?, "a person makes their own tokens");
    browser.open("/admin").await?;
    browser.type_into("#login", "script").await?;
    browser.type_into("#name", "巡检脚本").await?;
    browser.click("input[name=role][value=machine]").await?;
    browser.type_into("#offices", "*").await?;
    browser.follow("form[action='/admin/people'] button").await?;
    browser.follow("[aria-labelledby=people] tr:last-child a").await?;
    browser.type_into("#token-name", "巡检脚本").await?;
    browser.click("input[name=scope][value=read_enterprise]").await?;
    browser.follow("form[action$='/tokens'] button").await?;
    let secret = browser.text("[data-secret]").await?;
    browser.picture("admin-person").await?;
    Ok(secret)
}

/// Pauses and ends a subscription; takes the token back and switches the account off.
async fn ends(browser: &Browser) -> anyhow::Result<()> {
    browser.open("/admin").await?;
    sign_in(browser, "adm").await?;
    browser.type_into("#url", "ftp://example.invalid").await?;
    browser.follow("form[action='/admin/webhooks'] button").await?;
    browser.see(".alert-warning").await?;
    same(browser.see("#url").await?.value().await?.as_deref(), Some("ftp://example.invalid"))?;
    browser.run("document.querySelector('#url').value = ''").await?;
    browser.type_into("#url", "http://127.0.0.1:9/hook").await?;
    browser.click("input[name=kind][value=pack]").await?;
    browser.follow("form[action='/admin/webhooks'] button").await?;
    browser.see("[data-secret]").await?;
    browser.picture("admin-webhook").await?;
    browser.follow("form[action$='/pause'] button").await?;
    browser.see("form[action$='/resume']").await?;
    browser.follow("form[action$='/remove'] button").await?;
    ensure!(!browser.is_there("form[action$='/remove']").await?, "nobody is told any more");
    browser.follow("[aria-labelledby=people] tr:last-child a").await?;
    browser.follow("form[action$='/revoke'] button").await?;
    ensure!(!browser.is_there("form[action$='/revoke']").await?, "taken back");
    browser.open("/admin").await?;
    browser.follow("[aria-labelledby=people] tr:nth-last-child(2) a").await?;
    browser.follow("[aria-labelledby=switches] form button").await?;
    browser.see("input[name=disabled][value=false]").await?;
    Ok(())
}

#[test]
fn a_token_or_webhook_that_is_refused_comes_back_as_it_was_filled_in() {
    let (_places, server) = server_with(&[("adm", &["--role", "administrator"])]);
    let session = cookie(&server, "adm", "");
    let me = form(&server, "/v1/me", &[("cookie", &session)], None).json()["account"].clone();
    let own = format!("/admin/people/{me}");
    let sent = |path: &str, fields: &[(&str, &str)]| {
        let headers = [("cookie", session.as_str()), ("accept-language", "en")];
        let refused = form(&server, path, &headers, Some(&serde_urlencoded::to_string(fields).unwrap()));
        assert_eq!(refused.status, 422, "{}", refused.body);
        refused.body
    };
    let token = [("name", "巡检脚本"), ("scope", "read_enterprise"), ("days", "367")];
    let page = sent(&format!("{own}/tokens"), &token);
    for kept in [
        "value=\"巡检脚本\"",
        "value=\"367\"",
        "value=\"read_enterprise\" checked",
        // The switch of languages leads to a page that there is.
        &format!("then={}\"", own.replace('/', "%2F")),
    ] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    let page = sent("/admin/webhooks", &[("url", "ftp://example.invalid"), ("kind", "pack")]);
    for kept in ["value=\"ftp://example.invalid\"", "value=\"pack\" checked", "then=%2Fadmin\""] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
}

#[test]
fn a_token_is_not_found_under_the_account_of_somebody_else() {
    let (_places, server) = server_with(&[("adm", &["--role", "administrator"])]);
    let clerk = server.token_of("clerk", &["--role", "auditor"]);
    let session = cookie(&server, "adm", "");
    let get = |path: &str| form(&server, path, &[("cookie", &session)], None).json();
    let known = server.call("GET", "/v1/me", &clerk, None);
    assert_eq!(known.status, 200, "{}", known.body);
    let (own, other) = (get("/v1/me")["account"].clone(), known.json()["account"].clone());
    let token = get(&format!("/v1/tokens?account={other}"))["items"][0]["token"].clone();
    let headers = [("cookie", session.as_str()), ("accept-language", "en")];
    let revoke = |account: &serde_json::Value| {
        form(&server, &format!("/admin/people/{account}/tokens/{token}/revoke"), &headers, Some(""))
    };
    assert_eq!(revoke(&own).status, 404);
    assert_eq!(server.call("GET", "/v1/me", &clerk, None).status, 200, "it was not taken back");
    let revoked = revoke(&other);
    assert_eq!(revoked.status, 303, "{}", revoked.body);
    assert_eq!(server.call("GET", "/v1/me", &clerk, None).status, 401);
}

/// Waits until the page of administration has a text, half a minute at most; the page.
fn until(server: &Server, session: &str, language: &str, text: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let headers = [("cookie", session), ("accept-language", language)];
        let page = form(server, "/admin", &headers, None).body;
        if page.contains(text) {
            return page;
        }
        assert!(Instant::now() < deadline, "no {text} in {page}");
        std::thread::yield_now();
    }
}

#[test]
fn deliveries_that_were_given_up_are_said_in_red_and_sent_again() {
    let places = Places::new();
    let server = Server::start_with(&places.sqlite(), &places.key_file(), &["--webhook-retries", "1s"]);
    registry(&server);
    person(&server, "adm", &["--role", "administrator"]);
    person(&server, "li", &["--role", "officer", "--office", "5301"]);
    let (session, other) = (cookie(&server, "adm", ""), cookie(&server, "li", ""));
    let sent = |session: &str, path: &str, fields: &str| {
        form(&server, path, &[("cookie", session), ("accept-language", "en")], Some(fields))
    };
    let receiver = Receiver::start();
    receiver.answer(500);
    let url = receiver.url();
    let fields = serde_urlencoded::to_string([("url", url.as_str()), ("kind", "decision")]).unwrap();
    assert_eq!(sent(&session, "/admin/webhooks", &fields).status, 200);
    let (well, red) = ("bg-green-lt\">delivered<", "bg-red-lt\">");
    let page = until(&server, &session, "en", well);
    assert!(!page.contains("/retry\""), "nothing is to be sent again: {page}");

    decide(&server, "530120260000000001", false);
    until(&server, &session, "en", &format!("{red}1 delivery given up<"));
    decide(&server, "530120260000000002", false);
    let page = until(&server, &session, "en", &format!("{red}2 deliveries given up<"));
    assert!(!page.contains(well), "{page}");
    until(&server, &session, "zh-CN", &format!("{red}2 次推送已放弃<"));
    let retry = page.split('"').find(|part| part.ends_with("/retry")).unwrap();
    assert_eq!(sent(&other, retry, "").status, 403, "who keeps no webhooks sends nothing");
    let failed = sent(&session, retry, "");
    for text in ["the receiver answered 500", "It still does not arrive", "2 deliveries given up"] {
        assert!(failed.status == 200 && failed.body.contains(text), "{text}: {}", failed.body);
    }

    receiver.answer(204);
    let before = receiver.wait(|found| found.len() >= 5).len();
    let again = sent(&session, retry, "");
    assert_eq!((again.status, again.header("location")), (303, Some("/admin#webhooks")));
    let found = receiver.wait(|found| found.len() >= before + 2);
    assert_eq!((found.len(), &found[before].id), (before + 2, &found[0].id), "the same once more, in order");
    assert!(!until(&server, &session, "en", well).contains("/retry\""), "all of them have arrived");
}

#[test]
fn an_administrator_keeps_people_tokens_and_webhooks_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for language in ["zh-CN", "en"] {
        let (_places, server) = server_with(&[("adm", &["--role", "administrator"])]);
        let (secret_of, secret) = std::sync::mpsc::channel();
        at_browser(&server.base, language, |browser| async move {
            let link = makes_an_account(&browser).await?;
            begins(&browser, &link).await?;
            secret_of.send(gives_a_token(&browser).await?)?;
            Ok(())
        });
        let token = secret.recv().unwrap();
        let asks = |path: &str| server.call("GET", path, &token, None).status;
        assert_eq!((asks("/v1/enterprises"), asks("/v1/tasks")), (200, 403), "what its scope says");
        at_browser(&server.base, language, |browser| async move { ends(&browser).await });
        assert_eq!(asks("/v1/enterprises"), 401, "it opens nothing any more");
        let entered = serde_json::json!({ "login": "sun.mei", "password": PASSWORD }).to_string();
        assert_eq!(server.call("POST", "/v1/session", "", Some(&entered)).status, 401, "switched off");
    }
}
