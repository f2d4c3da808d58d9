//! What measures are worth, on a year of declarations of which the draws are known.

use std::collections::BTreeMap;

use anyhow::ensure;
use serde_json::{Value, json};

use crate::browser::{self, Browser, at_browser};
use crate::producer::posted;
use crate::safety::{cookie, form};
use crate::server::Server;
use crate::{AEO, same, server_with, sign_in};

/// Declarations a month.
const EACH: usize = 400;

/// Declarations of the AEO in two months of 2024, and of a regular enterprise; what the answers say, by month and enterprise:
/// decided, selected, and selected if the rate had been that of the lane.
fn decided(server: &Server) -> BTreeMap<(String, String), [u64; 3]> {
    let mut found = BTreeMap::new();
    for (month, enterprise, level) in
        [("2024-08", AEO, "advanced"), ("2024-09", AEO, "advanced"), ("2024-09", "3101910099", "regular")]
    {
        let matters: Vec<Value> = (0..EACH)
            .map(|at| {
                json!({
                    "matter_id": format!("5301{}{}{at:06}", month.replace('-', ""), &enterprise[8..]),
                    "matter": "import_declaration", "unit": "declaration", "decided_on": format!("{month}-30"),
                    "office": "5301", "consignee_consignor_id": enterprise, "consignee_consignor_level": level,
                    "declarant_level": "regular", "end_user_level": "regular", "carrier_level": "regular", "lane": "ordinary",
                    "mandatory_inspection": false,
                })
            })
            .collect();
        let answers = server.decide(&Value::from(matters).to_string(), &[]).json();
        let counts: &mut [u64; 3] = found.entry((month.to_owned(), enterprise.to_owned())).or_default();
        for answer in answers["answers"].as_array().unwrap() {
            let draw = &answer["decision"]["draw"];
            let u = u64::from_str_radix(draw["u"].as_str().unwrap(), 16).unwrap();
            counts[0] += 1;
            counts[1] += u64::from(draw["selected"].as_bool().unwrap());
            // 0.0244 of 2^64, as the lane has it.
            counts[2] += u64::from(u128::from(u) * 10_000 < (244_u128 << 64));
        }
    }
    found
}

async fn shows(browser: &Browser, sum: [u64; 3], inspected: [u64; 2]) -> anyhow::Result<()> {
    browser.open("/benefits").await?;
    sign_in(browser, "shen").await?;
    let spared = browser.attribute("[data-spared]", "data-spared").await?;
    same(spared, (sum[2].cast_signed() - sum[1].cast_signed()).to_string())?;
    browser.see("[data-chart] canvas").await?;
    ensure!(browser.is_there("[data-row='251-rate']").await?, "the measure is listed");
    browser.picture("benefits").await?;
    browser.choose("#by", "month").await?;
    browser.run("document.querySelector('#hours').value = '6'").await?;
    browser.follow("form[action='/benefits'] button").await?;
    same(browser.count("tr[data-row]").await?, 2)?;
    browser.picture("benefits-by-month").await?;
    browser.open("/law/251-rate").await?;
    same(browser.text("[data-count=granted]").await?, (2 * EACH).to_string())?;
    same(browser.text("[data-count=refused]").await?, EACH.to_string())?;
    browser.picture("law-251-rate-often").await?;
    browser.open(&format!("/enterprises/{AEO}")).await?;
    browser.see("tr[data-year='2024']").await?;
    browser.see("[aria-labelledby=relations] a[href='/enterprises/3101910099']").await?;
    let [before, after] = inspected.map(|count| count.to_string());
    same(browser.attribute("[data-before]", "data-before").await?, before)?;
    same(browser.attribute("[data-after]", "data-after").await?, after)?;
    browser.run("document.querySelector('#hours').value = '6'").await?;
    browser.run("document.querySelector('#cost').value = '800'").await?;
    browser.follow("form[action^='/enterprises/'] button").await?;
    let year = browser.text("tr[data-year='2024']").await?;
    let spared = sum[2] - sum[1];
    ensure!(
        year.contains(&format!("{} ", spared * 6)) && year.contains(&format!("{} ", spared * 800)),
        "{year}"
    );
    let licences = browser.text("[aria-labelledby=licences]").await?;
    ensure!(licences.contains("2024-01-01 – 2024-02-29"), "{licences}");
    browser.picture("enterprise-benefits").await
}

#[test]
fn what_measures_are_worth_is_what_the_draws_say_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for language in ["zh-CN", "en"] {
        let (_places, server) = server_with(&[("shen", &["--role", "auditor"])]);
        let group = json!({ "kind": "relation", "valid_from": "2024-01-01", "related": "3101910099", "ground": "集团章程" });
        posted(&server, &format!("/v1/enterprises/{AEO}/records"), &group);
        let licence = json!({ "kind": "licence", "valid_from": "2024-01-01", "valid_to": "2024-02-29", "facts": { "use_licence": true }, "ground": "许可证" });
        posted(&server, &format!("/v1/enterprises/{AEO}/records"), &licence);
        for (from, level) in [("2023-02-28", "regular"), ("2024-09-01", "advanced")] {
            let level =
                json!({ "kind": "level", "valid_from": from, "facts": { "level": level }, "ground": "复审" });
            posted(&server, &format!("/v1/enterprises/{AEO}/records"), &level);
        }
        let found = decided(&server);
        let mut sum = [0; 3];
        for counts in found.values() {
            (0..3).for_each(|at| sum[at] += counts[at]);
        }
        let inspected = ["2024-08", "2024-09"].map(|month| found[&(month.to_owned(), AEO.to_owned())][1]);
        assert!(sum[2] > sum[1], "an AEO is inspected less: {found:?}");
        at_browser(&server.base, language, |browser| async move { shows(&browser, sum, inspected).await });
    }
}

/// What a page of the benefits says: matters, and inspections spared.
fn figures(server: &Server, login: &str, query: &str) -> (u64, i64) {
    let session = cookie(server, login, "");
    let page = form(server, &format!("/benefits{query}"), &[("cookie", &session)], None);
    assert_eq!(page.status, 200, "{login} {query}: {}", page.body);
    let number =
        |name: &str| page.body.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0;
    (number("data-matters").parse().unwrap(), number("data-spared").parse().unwrap())
}

#[test]
fn everybody_sees_the_worth_of_what_they_may_see_and_takes_it_along() {
    let (_places, server) = server_with(&[
        ("shen", &["--role", "auditor"]),
        ("here", &["--role", "officer", "--office", "5301"]),
        ("there", &["--role", "officer", "--office", "3101"]),
        ("trade", &["--role", "enterprise", "--enterprise", AEO]),
    ]);
    let found = decided(&server);
    let of = |wanted: &str| {
        let own = found.iter().filter(|((month, enterprise), _)| month == wanted || enterprise == wanted);
        own.fold([0, 0], |sum, (_, counts)| [sum[0] + counts[0], sum[1] + counts[2] - counts[1]])
    };
    let shown = |login, query| {
        let (matters, spared) = figures(&server, login, query);
        [matters, spared.unsigned_abs()]
    };
    // A selected declaration makes a matter more, its task; what it is worth is nothing.
    let tasks: u64 = found.values().map(|counts| counts[1]).sum();
    let spared = of("2024-08")[1] + of("2024-09")[1];
    assert_eq!(shown("shen", ""), [1_200 + tasks, spared]);
    assert_eq!(shown("here", ""), shown("shen", ""));
    assert_eq!(shown("there", ""), [0, 0], "nothing of other offices");
    assert_eq!(
        shown("trade", "?measure=251-rate"),
        [0, 0],
        "an enterprise is told when the key of the day is revealed"
    );
    assert_eq!(shown("shen", "?from=2024-08&to=2024-08&measure=251-rate"), of("2024-08"));
    assert_eq!(shown("shen", "?from=2024-10&to=2024-12"), [0, 0]);
    let session = cookie(&server, "there", "");
    let asks = |path: &str| form(&server, path, &[("cookie", &session)], None);
    assert_eq!(asks("/benefits?office=5301").status, 403, "another office");
    assert_eq!(asks("/benefits?from=2024-13").status, 422);
    let session = cookie(&server, "shen", "");
    let agent = ureq::agent();
    for (name, begins) in [("xlsx", &b"PK"[..]), ("parquet", b"PAR1")] {
        let url = format!("{}/benefits/export.{name}?by=office", server.base);
        let mut response = agent.get(url).header("cookie", &session).call().unwrap();
        let attachment = response.headers()["content-disposition"].to_str().unwrap().to_owned();
        assert!(attachment.contains(&format!("benefits.{name}")), "{attachment}");
        let file = response.body_mut().read_to_vec().unwrap();
        assert!(file.starts_with(begins) && file.len() > 1_000, "{name}: {} bytes", file.len());
    }
}
