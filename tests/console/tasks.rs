//! Tasks on their pages: kept while they are open, never lost with what was typed, drawn and withdrawn; and the list of them.

use anyhow::ensure;
use serde_json::{Value, json};

use crate::browser::{self, Browser, at_browser};
use crate::safety::{cookie, form};
use crate::server::{Response, Server};
use crate::{AEO, rate, same, server_with, sign_in, today, tomorrow};

pub const LI: (&str, &[&str]) = ("li", &["--role", "officer", "--office", "5301"]);
pub const SUN: (&str, &[&str]) = ("sun", &["--role", "supervisor", "--office", "5301"]);

/// What an officer of an office finds, as the form sends it.
const FOUND: &str = "mode=documents&code=&quantity=&code=quantity&quantity=12&found=%E5%B0%91%E4%B8%80%E7%AE%B1&text=%E8%A7%81%E7%85%A7%E7%89%87";

/// A call of the interface by somebody who has an account.
fn calls(server: &Server, login: &str, path: &str, body: &Value) -> Value {
    let answer = server.call("POST", path, &server.token_of(login, &[]), Some(&body.to_string()));
    assert!(matches!(answer.status, 200 | 201), "{path}: {} {}", answer.status, answer.body);
    answer.json()
}

/// Has a matter decided that is a task by its kind.
fn task(server: &Server, id: &str, matter: &str, office: &str) {
    let matter = json!({
        "matter_id": id, "matter": matter, "office": office, "unit": "declaration", "decided_on": today(),
        "consignee_consignor_id": AEO, "declarant_level": "regular", "end_user_level": "regular",
    });
    let response = server.decide(&matter.to_string(), &[]);
    assert_eq!(response.status, 200, "{}", response.body);
}

fn page(server: &Server, session: &str, path: &str) -> Response {
    form(server, path, &[("cookie", session)], None)
}

pub fn send(server: &Server, session: &str, path: &str, fields: &str) -> Response {
    form(server, path, &[("cookie", session)], Some(fields))
}

pub fn has(page: &Response, texts: &[&str]) {
    for text in texts {
        assert!(page.body.contains(text), "{text} is not in {}", page.body);
    }
}

fn has_not(page: &Response, texts: &[&str]) {
    for text in texts {
        assert!(!page.body.contains(text), "{text} is in {}", page.body);
    }
}

/// The words of the story of a task that is lost.
struct Lost {
    language: &'static str,
    kept: &'static str,
    not_kept: &'static str,
    problem: &'static str,
    completed: &'static str,
}

const LOST: [Lost; 2] = [
    Lost {
        language: "zh-CN",
        kept: "为您保留至",
        not_kept: "已不再为您保留",
        problem: "任务当前状态不允许这样办理",
        completed: "已办结",
    },
    Lost {
        language: "en",
        kept: "Kept for you until",
        not_kept: "no longer kept for you",
        problem: "is not possible",
        completed: "completed",
    },
];

/// What was typed stands in the form.
async fn is_as_typed(browser: &Browser) -> anyhow::Result<()> {
    let quantity = "#outcome div.row:nth-of-type(2) input[name=quantity]";
    same(browser.see(quantity).await?.value().await?.as_deref(), Some("12"))?;
    same(browser.see("#text").await?.value().await?.as_deref(), Some("少一箱"))
}

/// An officer loses a task while they fill its form, and completes it all the same.
async fn loses(browser: &Browser, server: &Server, words: &Lost) -> anyhow::Result<()> {
    browser.open("/work").await?;
    sign_in(browser, "li").await?;
    browser.follow("form[action='/work/claim'] button").await?;
    browser.until("#kept", words.kept).await?;
    browser.picture("task-kept").await?;
    let row = "#outcome div.row:nth-of-type(2)";
    browser.choose(&format!("{row} select"), "quantity").await?;
    browser.type_into(&format!("{row} input[name=quantity]"), "12").await?;
    browser.type_into("#text", "少一箱").await?;
    calls(server, "li", "/v1/tasks/1/release", &json!({ "ground": "误领" }));
    // What the page asks every two minutes.
    browser.run("htmx.ajax('POST', '/work/1/keep', { target: '#kept', swap: 'outerHTML' })").await?;
    browser.until("#kept[role=alert]", words.not_kept).await?;
    is_as_typed(browser).await?;
    browser.picture("task-not-kept").await?;
    browser.follow("#outcome > button[type=submit]").await?;
    browser.until(".alert-warning[role=alert]", words.problem).await?;
    is_as_typed(browser).await?;
    browser.picture("task-lost").await?;
    browser.follow("#outcome > button[formaction='/work/1/claim']").await?;
    browser.until("#kept", words.kept).await?;
    is_as_typed(browser).await?;
    browser.follow("#outcome > button[type=submit]").await?;
    browser.until(".badge", words.completed).await?;
    ensure!(browser.page().await?.contains("少一箱"), "what was found is kept");
    same(browser.path().await?.as_str(), "/work/1")
}

#[test]
fn a_completion_after_the_task_was_lost_comes_back_as_typed_and_is_completed_again_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for words in &LOST {
        let (_places, server) = server_with(&[LI]);
        rate(&server, "530120260000000002", true);
        let server = &server;
        at_browser(
            &server.base,
            words.language,
            |browser| async move { loses(&browser, server, words).await },
        );
    }
}

#[test]
fn nothing_that_was_typed_is_lost_whoever_has_the_task_by_then() {
    let wang = ("wang", LI.1);
    let (_places, server) = server_with(&[LI, wang]);
    rate(&server, "530120260000000002", true);
    let (li, wang) = (cookie(&server, "li", ""), cookie(&server, "wang", ""));
    let typed = ["少一箱", "见照片", "value=\"12\"", "value=\"documents\" checked"];

    let refused = send(&server, &li, "/work/1/complete", FOUND);
    assert_eq!(refused.status, 409, "{}", refused.body);
    has(&refused, &typed);
    has(&refused, &["formaction=\"/work/1/claim\"", "/language/en?then=%2Fwork%2F1\""]);

    // Somebody else has it: it cannot be taken, and what was typed can be read.
    assert_eq!(send(&server, &wang, "/work/1/claim", "").status, 303);
    for step in ["complete", "claim"] {
        let refused = send(&server, &li, &format!("/work/1/{step}"), FOUND);
        assert_eq!(refused.status, 409, "{step}");
        has(&refused, &typed);
        has_not(&refused, &["formaction"]);
    }
    calls(&server, "wang", "/v1/tasks/1/release", &json!({ "ground": "误领" }));

    let claimed = send(&server, &li, "/work/1/claim", FOUND);
    assert_eq!(claimed.status, 200, "{}", claimed.body);
    has(&claimed, &typed);
    has(&claimed, &["id=\"kept\""]);
    assert_eq!(send(&server, &li, "/work/1/complete", FOUND).status, 303);
    // A form that is sent twice says that it is done, not that it is lost.
    let again = send(&server, &li, "/work/1/complete", FOUND);
    assert_eq!(again.status, 409);
    has_not(&again, &["id=\"outcome\""]);
    let unknown = send(&server, &li, "/work/9/complete", FOUND);
    assert_eq!(unknown.status, 404);
    has(&unknown, &typed);
}

#[test]
fn the_page_of_a_task_keeps_it_and_says_when_it_is_lost() {
    let (_places, server) = server_with(&[LI, ("wang", LI.1)]);
    rate(&server, "530120260000000002", true);
    let session = cookie(&server, "li", "");
    let until = || {
        let task = server.call("GET", "/v1/tasks/1", &server.token_of("li", &[]), None).json();
        task["lease_until_us"].as_i64().unwrap()
    };
    let keeps = || send(&server, &session, "/work/1/keep", "");
    let minutes = |n: i64| n * 60 * 1_000_000;
    calls(&server, "li", "/v1/tasks/1/claim", &json!({ "lease_seconds": 10 }));
    let before = until();
    has(&keeps(), &["为您保留至", "hx-post=\"/work/1/keep\""]);
    assert!(until() - before > minutes(14), "kept for another quarter of an hour");
    calls(&server, "li", "/v1/tasks/1/heartbeat", &json!({ "lease_seconds": 7200 }));
    let longer = until();
    keeps();
    assert!((until() - longer).abs() < minutes(1), "a longer lease stays as it is");

    calls(&server, "li", "/v1/tasks/1/release", &json!({ "ground": "误领" }));
    let lost = keeps();
    assert_eq!(lost.status, 200, "htmx shows it: {}", lost.body);
    has(&lost, &["role=\"alert\"", "formaction=\"/work/1/claim\""]);
    has_not(&lost, &["hx-post"]);
    let signed_out = send(&server, "", "/work/1/keep", "");
    assert_eq!(signed_out.status, 200);
    has(&signed_out, &["登录已经失效", "hx-post=\"/work/1/keep\""]);
}

#[test]
fn the_tasks_of_a_visit_are_named_and_kept_together() {
    let (_places, server) = server_with(&[LI]);
    for id in ["V-1", "V-2"] {
        task(&server, id, "local_inspection", "5301");
    }
    let admission = json!({ "kind": "admission", "applicant": AEO, "office": "5301", "facts": { "admission_to": "merged_verification" } });
    let made = calls(&server, "li", "/v1/applications", &admission);
    let number = &made["application"]["application"];
    for step in ["submit", "admit"] {
        calls(&server, "li", &format!("/v1/applications/{number}/{step}"), &json!({ "ground": "纳入" }));
    }
    let claimed = calls(&server, "li", "/v1/tasks/1/claim", &json!({ "lease_seconds": 10 }));
    assert_eq!(claimed["visit"][0]["task"], 2, "{claimed}");
    let session = cookie(&server, "li", "");
    for (task, other, matter) in [(1, 2, "V-2"), (2, 1, "V-1")] {
        let shown = page(&server, &session, &format!("/work/{task}"));
        has(
            &shown,
            &["同一次进厂一并办理", &format!("<a href=\"/work/{other}\" translate=\"no\">{matter}</a>")],
        );
    }
    send(&server, &session, "/work/1/keep", "");
    let other = server.call("GET", "/v1/tasks/2", &server.token_of("li", &[]), None).json();
    let first = server.call("GET", "/v1/tasks/1", &server.token_of("li", &[]), None).json();
    let until = |task: &Value| task["lease_until_us"].as_i64().unwrap();
    assert!((until(&first) - until(&other)).abs() < 60_000_000, "{first} {other}");
}

#[test]
fn a_task_says_what_to_check_and_how_and_afterwards_how_it_was_done() {
    let (_places, server) = server_with(&[LI]);
    let matter = json!({
        "matter_id": "530120260000000007", "matter": "import_declaration", "decided_on": tomorrow(), "office": "5301",
        "unit": "single", "consignee_consignor_id": AEO, "declarant_level": "regular", "end_user_level": "regular",
        "lane": "ordinary", "mandatory_inspection": true, "hs_code": "8486204100", "is_high_tech": true, "vacuum_packed": true,
    });
    assert_eq!(server.decide(&matter.to_string(), &[]).status, 200);
    let session = cookie(&server, "li", "");
    let shown = page(&server, &session, "/work/1");
    has(
        &shown,
        &[
            "查什么",
            "口岸检查",
            "必检指令，必须办理",
            "href=\"/law/13b\">真空包装货物专门查验</a>: 真空包装专门查验模式",
            "8486204100",
            "href=\"/decisions/530120260000000007\"",
            "href=\"/enterprises/3101910012\"",
            "href=\"/law/9\"",
        ],
    );
    calls(&server, "li", "/v1/tasks/1/claim", &json!({}));
    let hash = "a".repeat(64);
    let outcome = json!({ "mode": "remote_video", "attachments": [hash] });
    calls(&server, "li", "/v1/tasks/1/complete", &outcome);
    has(&page(&server, &session, "/work/1"), &["远程视频", &hash, "未查发异常"]);
}

#[test]
fn a_task_of_another_office_and_a_task_about_oneself_are_not_shown() {
    let (_places, server) = server_with(&[LI, ("acme", &["--role", "enterprise", "--enterprise", AEO])]);
    rate(&server, "530120260000000002", true);
    let session = cookie(&server, "li", "");
    has(&page(&server, &session, "/work/1"), &["id=\"why\"", "id=\"look\"", "id=\"facts\""]);
    let own = page(&server, &cookie(&server, "acme", ""), "/work/1");
    assert_eq!(own.status, 404);
    has_not(&own, &["id=\"why\"", "剩余"]);

    let elsewhere = json!({
        "matter_id": "530120260000000002", "matter": "import_declaration", "decided_on": tomorrow(), "office": "3101",
        "unit": "declaration", "consignee_consignor_id": AEO, "lane": "ordinary", "mandatory_inspection": false,
    });
    // Nobody takes it over by deciding it elsewhere.
    assert_eq!(server.decide(&elsewhere.to_string(), &[]).status, 403);
    has(&page(&server, &session, "/work/1"), &["id=\"why\"", "id=\"look\"", "id=\"facts\""]);
    // Where an order has moved it, its task goes along.
    let sun = server.token_of("sun", &["--role", "supervisor", "--office", "5301"]);
    let order = json!({ "office": "3101", "ground": "转关" }).to_string();
    let path = "/v1/matters/530120260000000002/move";
    assert_eq!(server.call("POST", path, &sun, Some(&order)).status, 200);
    assert_eq!(page(&server, &session, "/work/1").status, 404);
}

#[test]
fn a_double_click_takes_one_task() {
    if !browser::is_there() {
        return;
    }
    let (_places, server) = server_with(&[LI]);
    rate(&server, "530120260000000002", true);
    rate(&server, "530120260000000003", true);
    at_browser(&server.base, "en", |browser| async move {
        browser.open("/work").await?;
        sign_in(&browser, "li").await?;
        browser.see("form[action='/work/claim'] button").await?;
        let twice = "const button = document.querySelector(\"form[action='/work/claim'] button\"); button.click(); button.click()";
        browser.run(twice).await?;
        browser.see("#kept").await.map(|_| ())
    });
    let token = server.token_of("li", &[]);
    let claimed = server.call("GET", "/v1/tasks?state=claimed", &token, None).json();
    assert_eq!(claimed["items"].as_array().unwrap().len(), 1, "{claimed}");
}

/// A supervisor of two offices looks at what waits and what is in hand.
async fn looks_over(browser: &Browser) -> anyhow::Result<()> {
    browser.open("/work").await?;
    sign_in(browser, "zhou").await?;
    same(browser.attribute("[data-count]", "data-count").await?.as_str(), "2")?;
    browser.picture("work-offices").await?;
    browser.choose("#office", "5302").await?;
    browser.follow("form[method=get][action='/work'] button").await?;
    same(browser.address().await?.as_str(), "/work?office=5302")?;
    browser.until("td", "A-1").await?;
    same(browser.count("tbody tr").await?, 1)?;
    browser.follow("a[href='/work?queue=sampling&office=5302']").await?;
    ensure!(!browser.is_there("td").await?, "no sampling waits there");
    browser.follow("a[href='/work?queue=sampling&state=claimed&office=5302']").await?;
    browser.follow("a[href='/work?state=claimed&office=5302']").await?;
    ensure!(!browser.is_there("td").await?, "nobody has a task there");
    browser.choose("#office", "5301").await?;
    browser.follow("form[method=get][action='/work'] button").await?;
    same(browser.address().await?.as_str(), "/work?state=claimed&office=5301")?;
    browser.until("td:last-child", "li").await?;
    browser.picture("work-in-hand").await?;
    // What is over, the latest first, with what came of it.
    browser.follow("a[href='/work?state=over&office=5301']").await?;
    same(browser.count("tbody tr").await?, 1)?;
    same(browser.count("tbody .bg-red-lt").await?, 1)?;
    browser.open("/work?state=over").await?;
    same(browser.count("tbody tr").await?, 2)?;
    browser.see("tbody tr:first-child a[href='/work/5']").await?;
    browser.see("tbody tr:last-child a[href='/work/4']").await?;
    browser.picture("work-over").await
}

#[test]
fn tasks_are_listed_by_state_queue_and_office_in_both_languages() {
    if !browser::is_there() {
        return;
    }
    for language in ["zh-CN", "en"] {
        let zhou: (&str, &[&str]) =
            ("zhou", &["--role", "supervisor", "--office", "5301", "--office", "5302"]);
        let (_places, server) = server_with(&[LI, zhou]);
        rate(&server, "530120260000000002", true);
        rate(&server, "530120260000000003", true);
        task(&server, "A-1", "amendment", "5302");
        task(&server, "A-2", "port_inspection", "5301");
        task(&server, "A-3", "amendment", "5302");
        for number in [1, 4] {
            calls(&server, "li", &format!("/v1/tasks/{number}/claim"), &json!({}));
        }
        let found = json!({ "mode": "on_site", "findings": [{ "code": "quantity" }] });
        calls(&server, "li", "/v1/tasks/4/complete", &found);
        calls(&server, "zhou", "/v1/tasks/5/withdraw", &json!({ "ground": "报关单已撤销" }));
        at_browser(&server.base, language, |browser| async move { looks_over(&browser).await });
    }
}

#[test]
fn a_long_list_goes_on_after_its_last_task() {
    let (_places, server) = server_with(&[LI]);
    for number in 0..53 {
        task(&server, &format!("A-{number}"), "amendment", "5301");
    }
    let session = cookie(&server, "li", "");
    let first = page(&server, &session, "/work?queue=amendment");
    let rows = |page: &Response| page.body.matches("href=\"/work/").count();
    assert_eq!(rows(&first), 50);
    has(&first, &["data-count=\"53\"", "(53)"]);
    let (_, rest) = first.body.split_once("href=\"/work?queue=amendment&amp;after=").unwrap();
    let after = rest.split('"').next().unwrap();
    let last = page(&server, &session, &format!("/work?queue=amendment&after={after}"));
    assert_eq!(rows(&last), 3);
    has(&last, &["A-50<", "A-51<", "A-52<"]);
    has_not(&last, &["after="]);
    assert_eq!(page(&server, &session, "/work?after=x").status, 400);
    assert_eq!(page(&server, &session, "/work?office=3101").status, 403);
}

#[test]
fn the_chosen_queue_and_office_are_kept_from_one_task_to_the_next() {
    let (_places, server) = server_with(&[LI]);
    task(&server, "A-1", "amendment", "5301");
    let session = cookie(&server, "li", "");
    let sends = |path: &str, fields: &str| {
        let sent = send(&server, &session, path, fields);
        assert_eq!(sent.status, 303, "{path}: {}", sent.body);
        sent.header("location").unwrap().to_owned()
    };
    let (list, chosen) = ("/work?queue=amendment&office=5301", "queue=amendment&amp;office=5301");
    let at = |path: &str| path.replace("/work?", "/work/1?");
    assert_eq!(sends("/work/claim", "queue=amendment&office=5301"), at(list));
    let switch = "/language/en?then=%2Fwork%2F1%3Fqueue%3Damendment%26office%3D5301";
    let shown = page(&server, &session, &at(list));
    for step in ["complete", "release"] {
        has(&shown, &[&format!("action=\"/work/1/{step}?{chosen}\"")]);
    }
    has(&shown, &[switch, &format!("hx-post=\"/work/1/keep?{chosen}\"")]);

    let complete = "/work/1/complete?queue=amendment&office=5301";
    let refused = send(&server, &session, complete, &rows(&[("quantity", "1,5")]));
    assert_eq!(refused.status, 422, "{}", refused.body);
    has(&refused, &[switch, &format!("action=\"/work/1/complete?{chosen}\"")]);
    assert_eq!(sends(complete, &rows(&[("quantity", "1.5")])), at(list));
    has(&page(&server, &session, &at(list)), &[&format!("href=\"/work?{chosen}\" autofocus")]);

    // Nothing waits any more.
    assert_eq!(sends("/work/claim", "queue=amendment&office=5301"), list);
    has(&page(&server, &session, list), &["没有等待的任务"]);
    task(&server, "A-2", "amendment", "5301");
    assert_eq!(sends("/work/claim", "queue=&office=5301"), "/work/2?office=5301");
    assert_eq!(sends("/work/2/release?office=5301", "ground=x"), "/work?office=5301");
    has(
        &page(&server, &session, "/work/2?queue=%22%3E%3Cb&queue=x"),
        &["href=\"/work?queue=%22%3E%3Cb\"", "回到作业"],
    );
}

/// Findings as the form sends them, each with its kind and quantity.
fn rows(findings: &[(&str, &str)]) -> String {
    let fields = findings.iter().flat_map(|(code, quantity)| {
        [("code", *code), ("quantity", *quantity), ("measured_in", ""), ("found", "")]
    });
    serde_urlencoded::to_string(fields.collect::<Vec<_>>()).unwrap()
}

#[test]
fn five_findings_are_kept_and_the_form_has_room_for_ten() {
    let (_places, server) = server_with(&[LI]);
    rate(&server, "530120260000000002", true);
    let session = cookie(&server, "li", "");
    assert_eq!(send(&server, &session, "/work/1/claim", "").status, 303);
    let in_all = |page: &Response| page.body.matches("name=\"code\"").count();
    let shown = page(&server, &session, "/work/1");
    assert_eq!(in_all(&shown), 10, "{}", shown.body);
    has(&shown, &["<details><summary class=\"mb-2\">更多查发", "aria-label=\"种类 10\""]);

    // What is filled in is in sight, in its row.
    let gaps = rows(&[("origin", "12"), ("", ""), ("", ""), ("", ""), ("value", "1,5")]);
    let refused = send(&server, &session, "/work/1/complete", &gaps);
    assert_eq!((refused.status, in_all(&refused)), (422, 10), "{}", refused.body);
    has(&refused, &["<details open><summary class=\"mb-2\">", "第 5 行", "value=\"1,5\""]);
    let mut five = ["quantity", "origin", "value", "labelling", "quarantine"].map(|code| (code, "12"));
    five[4].1 = "1,5";
    let refused = send(&server, &session, "/work/1/complete", &rows(&five));
    assert_eq!((refused.status, in_all(&refused)), (422, 12), "{}", refused.body);
    has(&refused, &["<details><summary class=\"mb-2\">", "第 5 行"]);

    five[4].1 = "1.5";
    assert_eq!(send(&server, &session, "/work/1/complete", &rows(&five)).status, 303);
    let kept = server.call("GET", "/v1/tasks/1", &server.token_of("li", &[]), None).json();
    let codes = kept["outcome"]["findings"].as_array().unwrap().iter().map(|found| found["code"].clone());
    assert_eq!(codes.collect::<Vec<_>>(), five.map(|(code, _)| Value::from(code)));
    let words = ["数量或者重量不符", "原产地不符", "价格申报不实", "标签不合格", "检疫不合格"];
    has(&page(&server, &session, "/work/1"), &words);
}
