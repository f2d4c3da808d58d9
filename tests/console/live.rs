//! Today says what has changed while somebody looks at it.

use anyhow::ensure;

use crate::browser::{self, Browser, at_browser};
use crate::server::Server;
use crate::{rate, same, server_with, sign_in};

async fn is_told(browser: &Browser, server: &Server) -> anyhow::Result<()> {
    browser.open("/").await?;
    sign_in(browser, "sun").await?;
    same(browser.text("[data-pace]").await?.as_str(), "0")?;
    ensure!(!browser.is_there("[aria-labelledby=queues] time").await?, "no queue has a task");
    browser.run("document.body.dataset.same = 'page'").await?;
    rate(server, "530120260000000011", true);
    // Neither is asked for at intervals: the page is told.
    browser.until("[data-pace]", "1").await?;
    browser.see("[aria-labelledby=rates] td").await?;
    browser.see("[aria-labelledby=queues] time").await?;
    for at in 0..3 {
        rate(server, &format!("53012026000000002{at}"), false);
    }
    browser.until("[data-pace]", "4").await?;
    ensure!(browser.is_there("body[data-same]").await?, "the page was not loaded again");
    browser.picture("today-live").await
}

#[test]
fn today_says_what_has_changed_while_somebody_looks_at_it_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for language in ["zh-CN", "en"] {
        let (_places, server) = server_with(&[("sun", &["--role", "supervisor", "--office", "5301"])]);
        let seen = &server;
        at_browser(&server.base, language, |browser| async move { is_told(&browser, seen).await });
    }
}
