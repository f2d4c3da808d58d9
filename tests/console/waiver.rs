//! A guarantee waiver from its draft to its approval by two people, and how one late payment ends it (article 7).

use anyhow::ensure;
use serde_json::json;

use crate::browser::{self, Browser, at_browser};
use crate::producer::{posted, producer};
use crate::server::Server;
use crate::support::places::Places;
use crate::{AEO, person, same, sign_in};

/// Words of a language: the states reviewed and in force, and what a refusal says.
type Words = [&'static str; 3];

async fn signs_in(browser: &Browser, login: &str) -> anyhow::Result<()> {
    if browser.is_there("form[action='/sign-out'] button").await? {
        browser.follow("form[action='/sign-out'] button").await?;
    }
    browser.open("/applications").await?;
    sign_in(browser, login).await
}

/// Makes a move with its ground.
async fn moves(browser: &Browser, step: &str) -> anyhow::Result<()> {
    browser.type_into(&format!("#ground-{step}"), "一事一议").await?;
    browser.follow(&format!("form[action$='/{step}'] button")).await
}

async fn state(browser: &Browser) -> anyhow::Result<String> {
    browser.attribute("[data-state]", "data-state").await
}

async fn asks(browser: &Browser) -> anyhow::Result<()> {
    signs_in(browser, "chen").await?;
    browser.follow("a[href='/applications/new?kind=guarantee_waiver']").await?;
    browser.type_into("#applicant", AEO).await?;
    browser.type_into("#office", "3101").await?;
    for member in ["y1", "y2", "y3", "y4", "y5", "last_month"] {
        let debt = if member == "y3" { "0.3500" } else { "0.4820" };
        browser.type_into(&format!("[name='debt_ratio_excellent[{member}]']"), debt).await?;
        browser.type_into(&format!("[name='cash_ratio_excellent[{member}]']"), "0.2410").await?;
    }
    // The cell that fails is seen before anything is kept.
    browser.see("#judged td .bg-red-lt").await?;
    browser.until("#judged", "0.35").await?;
    same(browser.count("#judged td .bg-red-lt").await?, 1)?;
    browser.picture("application-new").await?;
    browser.follow("form[action='/applications'] button").await?;
    same(state(browser).await?.as_str(), "draft")?;
    let draft = browser.address().await?;
    browser.open("/applications").await?;
    browser.follow(&format!("a[href='{draft}']")).await?;
    moves(browser, "submit").await
}

/// When a violation has to be disclosed, before anybody discloses it.
async fn calculates(browser: &Browser) -> anyhow::Result<()> {
    signs_in(browser, "chen").await?;
    browser.open("/applications/new?kind=voluntary_disclosure").await?;
    browser.type_into("#applicant", AEO).await?;
    browser.type_into("#office", "3101").await?;
    browser.set_day("#violation_on", "2026-02-28").await?;
    browser.type_into("#tax_due", "1,5").await?;
    browser.see("#judged .alert-warning").await?;
    let windows = browser.text("#judged [aria-labelledby='windows-8']").await?;
    ensure!(
        windows.contains("2026-02-28 – 2027-02-28") && windows.contains("2026-02-28 – 2028-02-28"),
        "{windows}"
    );
    browser.picture("application-disclosure").await
}

/// One cell of twelve fails; with the right value two people grant it.
async fn granted(browser: &Browser, words: Words) -> anyhow::Result<()> {
    let [reviewed, in_force, refused] = words;
    asks(browser).await?;
    same(state(browser).await?.as_str(), "refused")?;
    browser.picture("application-refused").await?;
    same(browser.count("td .bg-red-lt").await?, 1)?;
    browser.open("/applications/new?kind=guarantee_waiver").await?;
    browser.type_into("#applicant", AEO).await?;
    browser.type_into("#office", "3101").await?;
    for member in ["y1", "y2", "y3", "y4", "y5", "last_month"] {
        browser.type_into(&format!("[name='debt_ratio_excellent[{member}]']"), "0.4820").await?;
        browser.type_into(&format!("[name='cash_ratio_excellent[{member}]']"), "0.2410").await?;
    }
    browser.follow("form[action='/applications'] button").await?;
    moves(browser, "submit").await?;
    same(state(browser).await?.as_str(), "checked")?;
    let page = browser.address().await?;
    signs_in(browser, "qian").await?;
    browser.picture("applications").await?;
    browser.open("/").await?;
    browser.picture("today-supervisor").await?;
    browser.follow(&format!("[aria-labelledby=turn] a[href='{page}']")).await?;
    moves(browser, "review").await?;
    browser.until("[data-state]", reviewed).await?;
    // Whoever reviewed it is told so, and has no form to approve it.
    browser.until(".alert", refused).await?;
    same(browser.count("#from-approve").await?, 0)?;
    signs_in(browser, "zhou").await?;
    browser.open(&page).await?;
    browser.set_day("#from-approve", "2020-01-01").await?;
    browser.set_day("#to-approve", "2099-12-31").await?;
    moves(browser, "approve").await?;
    browser.until("[data-state]", in_force).await?;
    browser.picture("application-in-force").await
}

async fn falls(browser: &Browser, late: &str) -> anyhow::Result<()> {
    sign_in_at(browser, "/applications/2").await?;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while state(browser).await? != "revoked" {
        anyhow::ensure!(std::time::Instant::now() < deadline, "it is still {}", state(browser).await?);
        browser.open("/applications/2").await?;
    }
    browser.picture("application-revoked").await?;
    calculates(browser).await?;
    browser.open(&format!("/enterprises/{AEO}")).await?;
    browser.see("#levels").await?;
    browser.picture("enterprise").await?;
    // Whom it is about reads it first thing.
    signs_in(browser, "fang").await?;
    browser.open("/").await?;
    browser.see("[aria-labelledby=changed] a[href='/applications/2']").await?;
    browser.until("[aria-labelledby=changed]", late).await?;
    browser.picture("today-enterprise").await
}

async fn sign_in_at(browser: &Browser, path: &str) -> anyhow::Result<()> {
    browser.open(path).await?;
    sign_in(browser, "qian").await
}

#[test]
fn a_waiver_is_granted_by_two_people_and_ended_by_one_late_payment_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for (language, words, late) in [
        ("zh-CN", ["待批准", "有效", "另一人"], "逾期缴税"),
        ("en", ["reviewed", "in force", "another person"], "late payment"),
    ] {
        let places = Places::new();
        let server = Server::start(&places.sqlite(), &places.key_file());
        producer(&server, "");
        person(&server, "chen", &["--role", "officer", "--office", "3101"]);
        person(&server, "qian", &["--role", "supervisor", "--office", "3101"]);
        person(&server, "zhou", &["--role", "supervisor", "--office", "3101"]);
        person(&server, "fang", &["--role", "enterprise", "--enterprise", AEO]);
        at_browser(&server.base, language, |browser| async move { granted(&browser, words).await });
        posted(
            &server,
            "/v1/events",
            &json!({ "enterprise": AEO, "kind": "late_payment", "on": "2026-02-05" }),
        );
        at_browser(&server.base, language, |browser| async move { falls(&browser, late).await });
    }
}
