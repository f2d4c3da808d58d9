//! What a supervisor orders about tasks: an officer is drawn, a task is withdrawn, and what is refused comes back.

use anyhow::ensure;

use crate::browser::{self, Browser, at_browser};
use crate::safety::{cookie, form};
use crate::server::Server;
use crate::tasks::{LI, SUN, has, send};
use crate::{rate, same, server_with, sign_in};

/// A supervisor has an officer drawn for a task, and takes another one back.
async fn orders(browser: &Browser, server: &Server, withdrawn: &str) -> anyhow::Result<()> {
    browser.open("/work").await?;
    sign_in(browser, "sun").await?;
    browser.follow("td a[href='/work/1']").await?;
    browser.click("details:has(form[action='/work/1/draw']) summary").await?;
    browser.type_into("#draw-ground", "双随机").await?;
    browser.picture("task-orders").await?;
    browser.follow("form[action='/work/1/draw'] button").await?;
    browser.until("[data-drawn]", "li").await?;
    browser.picture("task-drawn").await?;
    let receipt = browser.see("[data-drawn] a").await?.attr("href").await?.unwrap_or_default();
    let found = server.call("GET", &receipt, &server.token_of("sun", &[]), None);
    same(found.status, 200)?;
    let leaf = hex::decode(found.json()["leaf"].as_str().unwrap())?;
    ensure!(String::from_utf8_lossy(&leaf).contains("\"draw\""), "the receipt is that of the draw");
    browser.open("/work/2").await?;
    browser.click("details:has(form[action='/work/2/withdraw']) summary").await?;
    browser.type_into("#withdraw-ground", "报关单已撤销").await?;
    browser.follow("form[action='/work/2/withdraw'] button").await?;
    browser.until(".badge", withdrawn).await?;
    ensure!(!browser.is_there("form[action^='/work/2/']").await?, "nothing more is offered");
    browser.picture("task-withdrawn").await?;
    // Whoever was drawn takes exactly this task.
    browser.follow("form[action='/sign-out'] button").await?;
    browser.open("/work/1").await?;
    sign_in(browser, "li").await?;
    ensure!(!browser.is_there("form[action='/work/1/draw']").await?, "an officer orders nothing");
    browser.follow("form[action='/work/1/claim'] button").await?;
    browser.see("#kept").await.map(|_| ())
}

#[test]
fn an_order_that_is_refused_comes_back_in_its_form() {
    let (_places, server) = server_with(&[LI, SUN]);
    rate(&server, "530120260000000002", true);
    let sun = cookie(&server, "sun", "");
    let sent = |session: &str, step: &str, fields: &[(&str, &str)]| {
        let headers = [("cookie", session), ("accept-language", "zh-CN")];
        let fields = serde_urlencoded::to_string(fields).unwrap();
        form(&server, &format!("/work/1/{step}"), &headers, Some(&fields))
    };
    // Nobody is left to draw.
    let refused = sent(&sun, "draw", &[("ground", "双随机"), ("except", "li、sun")]);
    assert_eq!(refused.status, 409, "{}", refused.body);
    has(
        &refused,
        &["没有可以抽取的人员", "<details class=\"mt-3\" open>", "value=\"双随机\"", "value=\"li、sun\""],
    );
    let refused = sent(&sun, "withdraw", &[("ground", " ")]);
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(refused.body.matches(" open>").count(), 1, "{}", refused.body);
    // Whoever sends it twice has the task; whoever gives it back has to say why.
    let li = cookie(&server, "li", "");
    assert_eq!([0, 1].map(|_| sent(&li, "claim", &[]).status), [303, 303]);
    let refused = sent(&li, "release", &[("ground", " ")]);
    assert_eq!(refused.status, 422, "{}", refused.body);
    has(&refused, &["<details class=\"mt-3\" open>", "id=\"release-ground\""]);
}

#[test]
fn a_supervisor_draws_an_officer_and_withdraws_a_task_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for (language, withdrawn) in [("zh-CN", "已撤销"), ("en", "withdrawn")] {
        let (_places, server) = server_with(&[LI, SUN]);
        rate(&server, "530120260000000002", true);
        rate(&server, "530120260000000003", true);
        let server = &server;
        at_browser(
            &server.base,
            language,
            |browser| async move { orders(&browser, server, withdrawn).await },
        );
    }
}

#[test]
fn an_officer_orders_nothing_and_a_refused_order_says_why_on_the_page() {
    let (_places, server) = server_with(&[LI, SUN]);
    rate(&server, "530120260000000002", true);
    let (li, sun) = (cookie(&server, "li", ""), cookie(&server, "sun", ""));
    for step in ["draw", "withdraw"] {
        let path = format!("/work/1/{step}");
        assert_eq!(send(&server, &li, &path, "ground=x").status, 403, "{step}");
        let refused = send(&server, &sun, &path, "ground=+");
        assert_eq!(refused.status, 422, "{step}");
        has(&refused, &["role=\"alert\"", "action=\"/work/1/draw\""]);
    }
    let nobody = send(&server, &sun, "/work/1/draw", "ground=x&except=li%EF%BC%8C+wang");
    assert_eq!(nobody.status, 409, "{}", nobody.body);
}
