//! Pages for anybody: the law, and the self-check.

use anyhow::ensure;
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;

use crate::browser::{self, Browser, at_browser};
use crate::same;
use crate::server::Server;
use crate::support::places::Places;

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

/// Another day keeps what was answered; an office without the pilot is said to be none.
async fn checks_elsewhere(browser: &Browser, outside: &str) -> anyhow::Result<()> {
    let answers = "consignee_consignor_level=advanced&hs_code=1905310000";
    browser
        .open(&format!("/check?matter=export_declaration&about=1&{answers}&decided_on=2024-04-05"))
        .await?;
    same(browser.is_there("[data-measure='1']").await?, false)?;
    browser.set_day("input[name=decided_on]", "2024-04-06").await?;
    browser.follow("form:has(input[name=decided_on]) button").await?;
    browser.see("[data-measure='1']").await?;
    let address = browser.address().await?;
    for kept in
        ["decided_on=2024-04-06", "about=1", "consignee_consignor_level=advanced", "hs_code=1905310000"]
    {
        ensure!(address.contains(kept), "{kept}: {address}");
    }
    browser.picture("check-another-day").await?;
    // An answer that is changed takes those after it with it, but not the day.
    browser
        .follow(
            "main a[href*='consignee_consignor_level'][href*='decided_on=2024-04-06']:not([href*='hs_code'])",
        )
        .await?;
    same(browser.see("input[name=decided_on]").await?.value().await?.as_deref(), Some("2024-04-06"))?;
    browser.open("/check?matter=guarantee_waiver&about=7&office=0101").await?;
    browser.until("[data-outside='7']", outside).await?;
    browser.picture("check-outside").await
}

#[test]
fn a_self_check_goes_to_another_day_and_says_if_an_office_is_in_no_pilot() {
    if !browser::is_there() {
        return;
    }
    for (language, outside) in [("zh-CN", "不在试点范围"), ("en", "not in the pilot")] {
        let places = Places::new();
        let server = Server::start(&places.sqlite(), &places.key_file());
        at_browser(
            &server.base,
            language,
            |browser| async move { checks_elsewhere(&browser, outside).await },
        );
    }
}

#[test]
fn a_self_check_with_every_fact_unknown_is_answered_and_stays_small() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let pack = Pack::load(&PackFiles::embedded()).unwrap();
    let unknown: String =
        pack.facts.columns.iter().map(|column| format!("&unknown={}", column.name)).collect();
    assert!(pack.facts.columns.len() > 200, "more than are answered at once");
    let page = server.get_with(&format!("/check?matter=import_declaration{unknown}"), &[]);
    assert_eq!(page.status, 200);
    assert!(page.body.len() < 400_000, "{}", page.body.len());
}

#[test]
fn the_law_is_read_by_anybody_measure_by_measure() {
    if !browser::is_there() {
        return;
    }
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    for (language, words) in [
        ("zh-CN", ["两步申报免除税款担保", "第七条", "资产负债率", "待定"]),
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

#[test]
fn a_word_of_the_other_language_and_a_picture_without_words_are_found() {
    if !browser::is_there() {
        return;
    }
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    for (language, foreign) in [("en", "未翻译"), ("zh-CN", "not translated")] {
        at_browser(&server.base, language, |browser| async move {
            let barrier = "document.querySelector('main').append(document.createElement('button'))";
            for (plant, says) in [
                (format!("document.querySelector('main').append('{foreign}')"), foreign),
                (barrier.to_owned(), "critical button-name"),
            ] {
                browser.open("/check").await?;
                browser.run(&plant).await?;
                let found = browser.picture("planted").await.err().map(|error| error.to_string());
                ensure!(found.as_ref().is_some_and(|found| found.contains(says)), "{says}: {found:?}");
            }
            Ok(())
        });
    }
}
