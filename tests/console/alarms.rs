//! A legal cap that is broken is seen by whoever answers for the office, first thing.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::{Value, json};

use crate::browser::{self, Browser, at_browser};
use crate::{server_with, sign_in, today};

/// A thousand declarations of this year at one office: it orders the inspection of every AEO.
fn declarations() -> Value {
    let one = |at: usize| {
        let is_aeo = at.is_multiple_of(2);
        json!({
            "matter_id": format!("42012026{at:010}"), "matter": "import_declaration", "unit": "declaration",
            "decided_on": today(), "office": "4201", "declarant_level": "regular", "end_user_level": "regular",
            "consignee_consignor_level": if is_aeo { "advanced" } else { "regular" }, "carrier_level": "regular",
            "lane": "ordinary", "mandatory_inspection": is_aeo,
        })
    };
    (0..1_000).map(one).collect()
}

async fn is_alarmed(browser: &Browser, words: &str) -> anyhow::Result<()> {
    browser.open("/").await?;
    sign_in(browser, "sun").await?;
    // Counted beside the calls, some seconds later.
    let deadline = Instant::now() + Duration::from_secs(60);
    while !browser.is_there("[data-alarm] a[href='/law/251-rate']").await? {
        ensure!(Instant::now() < deadline, "no alarm: {}", browser.page().await?);
        browser.open("/").await?;
    }
    browser.until("[data-alarm]", words).await?;
    browser.picture("today-alarm").await
}

#[test]
fn an_office_whose_cap_is_broken_reads_it_on_its_first_page_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for (language, words) in [("zh-CN", "超过法定上限"), ("en", "A legal cap is broken")] {
        let (_places, server) = server_with(&[("sun", &["--role", "supervisor", "--office", "4201"])]);
        let decided = server.decide(&declarations().to_string(), &[]);
        assert_eq!(decided.status, 200, "{}", decided.body);
        at_browser(&server.base, language, |browser| async move { is_alarmed(&browser, words).await });
    }
}
