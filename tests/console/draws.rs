//! A draw is made again by whoever doubts it.

use anyhow::ensure;
use serde_json::json;

use crate::browser::{self, Browser, at_browser};
use crate::days::{reveal_tomorrow, today};
use crate::server::Server;
use crate::support::greenlane;
use crate::support::places::Places;
use crate::{person, sign_in, tomorrow};

/// A head of the log that was kept is compared with the one of the page.
async fn compares(browser: &Browser, size: &str, root: &str, mark: char) -> anyhow::Result<()> {
    browser.run("document.querySelector('[data-consistency] [role=status]').textContent = ''").await?;
    for (field, value) in [("#kept-size", size), ("#kept-root", root)] {
        browser.run(&format!("document.querySelector('{field}').value = '{value}'")).await?;
    }
    browser.click("[data-consistency] button").await?;
    browser.until("[data-consistency] [role=status]", &mark.to_string()).await
}

/// Size and root of the log.
fn head(server: &Server) -> (u64, String) {
    let head = server.get("/v1/log/head").json();
    (head["size"].as_u64().unwrap(), head["root"].as_str().unwrap().to_owned())
}

async fn verifies(browser: &Browser, words: [&str; 3], kept: &[(u64, String)]) -> anyhow::Result<()> {
    let [same_key, secret, forbidden] = words;
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
    browser.open("/audit?about=D-1").await?;
    browser.until("main", forbidden).await?;
    browser.picture("problem").await?;
    browser.open("/enterprises").await?;
    browser.picture("enterprises").await?;
    browser.follow("form[action='/sign-out'] button").await?;
    browser.open("/audit?about=D-1").await?;
    sign_in(browser, "shen").await?;
    browser.see("a[href^='/decisions/D-1?entry=']").await?;
    ensure!(browser.page().await?.contains(&today().to_string()), "the key of the day is listed");
    browser.picture("audit").await?;
    for (size, root) in kept {
        compares(browser, &size.to_string(), root, '✓').await?;
    }
    let (size, root) = &kept[1];
    compares(browser, &size.to_string(), &kept[2].1, '✗').await?;
    compares(browser, &(size + 1).to_string(), root, '✗').await?;
    compares(browser, "1000000", root, '?').await?;
    browser.picture("audit-compared").await?;
    browser.open("/").await?;
    browser.see("#rates").await?;
    browser.picture("today-auditor").await?;
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
        ("zh-CN", ["密钥与事先公布的承诺值一致", "密钥尚未公布", "无权"]),
        ("en", ["the key is the one that was committed to before", "not revealed yet", "no rule lets"]),
    ] {
        let places = Places::new();
        let (database, key_file) = (places.sqlite(), places.key_file());
        let server = Server::start(&database, &key_file);
        person(&server, "li", &["--role", "officer", "--office", "3101"]);
        person(&server, "shen", &["--role", "auditor", "--office", "*"]);
        let decided = |id: &str, on: &str| {
            let matter = json!({
                "matter_id": id, "matter": "import_declaration", "decided_on": on, "office": "3101", "lane": "ordinary",
                "consignee_consignor_level": "advanced", "consignee_consignor_findings_1y": 0,
                "declarant_level": "regular", "end_user_level": "regular", "mandatory_inspection": false,
            });
            assert_eq!(server.decide(&matter.to_string(), &[]).status, 200);
        };
        // Trees of many shapes, one after the other.
        let mut kept = vec![head(&server)];
        for id in ["D-1", "D-2", "D-3", "D-4", "D-5", "D-6", "D-7", "D-8"] {
            decided(id, "2024-02-29");
            kept.push(head(&server));
        }
        // The log's time is tomorrow then: what is decided is drawn with the key of that day.
        reveal_tomorrow(&database, &key_file);
        let confirm = ["clock", "confirm", "--person", "li", "--database", &database];
        assert_eq!(greenlane(&confirm).status.code(), Some(0));
        decided("D-tomorrow", &tomorrow());
        at_browser(&server.base, language, |browser| async move { verifies(&browser, words, &kept).await });
    }
}
