//! A number of the law changed by one person, tried on the log, and put in force by another.

use anyhow::ensure;

use crate::browser::{self, Browser, at_browser};
use crate::{rate, same, server_with, sign_in, tomorrow};

/// What the pages say: the checks of a change, and the number in force.
type Words = [&'static str; 4];

/// Brings another factor of the AEO rate: first one over its cap, then one that keeps it.
async fn brings(browser: &Browser, words: Words) -> anyhow::Result<()> {
    let [over_the_cap, passes, waits, _] = words;
    browser.open("/law/changes").await?;
    sign_in(browser, "li").await?;
    browser.picture("law-changes").await?;
    browser.open("/law/251-rate").await?;
    browser.picture("law-251-rate").await?;
    browser.follow("a[href='/law/numbers/aeo_inspection_factor']").await?;
    let value = browser.see("#value").await?;
    value.clear().await?;
    value.send_keys("0.2500").await?;
    browser.until("#checked", over_the_cap).await?;
    browser.picture("law-number-refused").await?;
    value.clear().await?;
    value.send_keys("0.1000").await?;
    browser.until("#checked", passes).await?;
    browser.type_into("#reason", "全年实际比率有余地 <b>").await?;
    browser.follow("form[action='/law/numbers/aeo_inspection_factor'] button").await?;
    browser.until("#differs", "").await?;
    ensure!(
        !browser.is_there("form[action$='/approve']").await?,
        "nobody approves a draft, and not one's own"
    );
    browser.follow("form[method=get] button").await?;
    let flipped = browser.attribute("[data-flipped]", "data-flipped").await?;
    same(flipped.as_str(), "3")?;
    browser.picture("law-change-tried").await?;
    browser.type_into("#reason-submit", "请批准").await?;
    browser.follow("form[action$='/submit'] button").await?;
    browser.until("[data-state]", waits).await?;
    ensure!(!browser.is_there("form[action$='/approve']").await?, "another person approves it");
    browser.follow("form[action='/sign-out'] button").await
}

/// Approves what somebody else brought.
async fn approves(browser: &Browser, words: Words) -> anyhow::Result<()> {
    let [.., in_force] = words;
    browser.open("/").await?;
    sign_in(browser, "wang").await?;
    browser.picture("today-editor").await?;
    browser.follow("#changes ~ * a, [aria-labelledby=changes] a").await?;
    browser.picture("law-change").await?;
    browser.type_into("#reason-approve", "同意").await?;
    browser.follow("form[action$='/approve'] button").await?;
    browser.until("[data-state=approved] ~ .badge", in_force).await?;
    browser.open("/law/251-rate").await?;
    ensure!(browser.page().await?.contains("0.1"), "the measure's page shows the number");
    Ok(())
}

/// A rule as text: what cannot be read is said at its place while it is written, and nothing is lost when it is sent.
async fn writes(browser: &Browser) -> anyhow::Result<()> {
    browser.open("/law/file?file=measures/09-clean-year.toml").await?;
    browser.picture("law-file").await?;
    browser.type_into("#text", "\n</textarea><script>alert(1)</script>").await?;
    browser.until("#checked code", "measures/09-clean-year.toml:").await?;
    browser.type_into("#reason", "试").await?;
    browser.follow("form[action='/law/file'] button").await?;
    browser.see("[data-faults] li").await?;
    let kept = browser.see("#text").await?.value().await?.unwrap_or_default();
    ensure!(
        kept.contains("</textarea><script>alert(1)</script>") && kept.contains("article = \"九\""),
        "{kept}"
    );
    browser.picture("law-file-refused").await
}

/// A condition: where it stands, a case says that it comes out otherwise; from tomorrow on it is a version of its own.
async fn amends(browser: &Browser, words: Words) -> anyhow::Result<()> {
    let [_, passes, ..] = words;
    browser.open("/law/9").await?;
    browser.picture("law-9-editor").await?;
    browser.follow("a[href='/law/conditions/9/clean_year?version=2024-04-06']").await?;
    browser.see("#facts").await?;
    let rule = browser.see("#rule").await?;
    browser.set_day("#from", "2024-04-06").await?;
    rule.clear().await?;
    rule.send_keys("consignee_consignor_findings_2y = 0").await?;
    browser.until("#checked code", "measures/09-clean-year.toml:").await?;
    rule.clear().await?;
    rule.send_keys("consignee_consignor_findings_1y <= 1").await?;
    browser.until("#checked", "one finding keeps the ordinary AEO rate").await?;
    browser.picture("law-condition-refused").await?;
    browser.set_day("#from", &tomorrow()).await?;
    browser.type_into("#zh", "，或者只有一次").await?;
    browser.until("#checked", passes).await?;
    browser.picture("law-condition").await?;
    browser.type_into("#reason", "放宽").await?;
    // A day before the version begins is none of its days: the form comes back as it was written.
    browser.set_day("#from", "2024-04-05").await?;
    browser.follow("form[action='/law/conditions/9/clean_year'] button").await?;
    browser.see("#checked .alert").await?;
    same(browser.attribute("#reason", "value").await?.as_str(), "放宽")?;
    let rule = browser.see("#rule").await?.value().await?.unwrap_or_default();
    ensure!(rule.contains("findings_1y <= 1"), "the rule as it was written: {rule}");
    browser.set_day("#from", &tomorrow()).await?;
    browser.follow("form[action='/law/conditions/9/clean_year'] button").await?;
    browser.until("#differs", "").await?;
    let page = browser.page().await?;
    ensure!(page.contains("findings_1y <= 1") && page.contains(&tomorrow()), "{page}");
    same(browser.attribute("#on", "value").await?, tomorrow())?;
    browser.picture("law-change-of-a-condition").await?;
    // The draft is gone on from: another one has both changes.
    let draft = browser.path().await?;
    let base = draft.rsplit('/').next().unwrap_or_default();
    browser.click("[aria-labelledby=onwards] summary").await?;
    browser.follow(&format!("a[href='/law/numbers/clean_year_factor?base={base}']")).await?;
    let value = browser.see("#value").await?;
    value.clear().await?;
    value.send_keys("0.4000").await?;
    browser.type_into("#reason", "一并下调").await?;
    browser.follow("form[action='/law/numbers/clean_year_factor'] button").await?;
    browser.until("#differs", "").await?;
    let page = browser.page().await?;
    ensure!(page.contains("findings_1y <= 1") && page.contains("0.4000"), "{page}");
    // A version outside of the one that is amended is none of it.
    browser.open("/law/conditions/9/clean_year?version=2024-04-05").await?;
    browser.see(".alert-warning").await?;
    Ok(())
}

/// A measure that is new: what it lacks is said, and then it is a draft.
async fn begins(browser: &Browser, words: Words) -> anyhow::Result<()> {
    let [_, passes, ..] = words;
    browser.open("/law/changes").await?;
    browser.type_into("#file", "x1-linked-erp.toml").await?;
    browser.follow("form[action='/law/file'] button").await?;
    browser.type_into("#reason", "示例").await?;
    browser.until("#checked code", "measures/x1-linked-erp.toml:").await?;
    browser.picture("law-file-new").await?;
    let fill = [
        ("id = \"\"", "id = \"x1\""),
        ("article = \"\"", "article = \"示例一\"\\ninstrument = \"示例〔2025〕1号\""),
        ("zh = \"\", en = \"\"", "zh = \"甲\", en = \"A\""),
        ("zh = \"\", en = \"\"", "zh = \"乙。\", en = \"B.\""),
    ];
    for (empty, filled) in fill {
        browser.run(&format!("const one = document.querySelector('#text'); one.value = one.value.replace('{empty}', '{filled}')")).await?;
    }
    browser.type_into("#reason", "。").await?;
    browser.until("#checked", passes).await?;
    browser.follow("form[action='/law/file'] button").await?;
    browser.until("#differs", "").await?;
    ensure!(browser.page().await?.contains("x1"), "the new measure is named");
    Ok(())
}

#[test]
fn a_number_is_changed_tried_and_approved_by_a_second_person_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for (language, words) in [
        ("zh-CN", ["上限", "全部通过", "待批准", "现行"]),
        ("en", ["the law", "No problem", "waits for approval", "in force"]),
    ] {
        let (_places, server) =
            server_with(&[("li", &["--role", "policy_editor"]), ("wang", &["--role", "policy_editor"])]);
        for id in ["530120260000000001", "530120260000000002", "530120260000000003"] {
            assert_eq!(rate(&server, id, false), "0.00244");
        }
        at_browser(&server.base, language, |browser| async move { brings(&browser, words).await });
        assert_eq!(rate(&server, "530120260000000004", false), "0.00244", "a draft decides nothing");
        at_browser(&server.base, language, |browser| async move { approves(&browser, words).await });
        assert_eq!(rate(&server, "530120260000000005", false), "0.00122", "the next decision");
        at_browser(&server.base, language, |browser| async move {
            browser.open("/sign-in").await?;
            sign_in(&browser, "li").await?;
            writes(&browser).await?;
            amends(&browser, words).await?;
            begins(&browser, words).await
        });
    }
}
