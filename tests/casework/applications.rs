//! Applications of every other kind than waivers, from a draft to their end, and what they change in the next decision
//! (articles 2 to 5, 8, 10 and 13); on both databases.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::server::Server;
use crate::support::places::Places;
use crate::{AEO, call, decided, done, person, refused, verdict};

/// An enterprise without a credit of its own.
pub const REGULAR: &str = "3101910099";

pub fn today() -> Date {
    jiff::tz::TimeZone::fixed(jiff::tz::offset(8)).to_datetime(jiff::Timestamp::now()).date()
}

fn posted(server: &Server, path: &str, body: &Value) {
    let token = server.token_of("registrar", &["--role", "supervisor", "--office", "*"]);
    let response = server.call("POST", path, &token, Some(&body.to_string()));
    assert_eq!(response.status, 201, "{path} {body}\n{}", response.body);
}

fn level(server: &Server, enterprise: &str, level: &str, from: &str) {
    let record =
        json!({ "kind": "level", "valid_from": from, "facts": { "level": level }, "ground": "认证" });
    posted(server, &format!("/v1/enterprises/{enterprise}/records"), &record);
}

/// An AEO and a regular enterprise.
pub fn two_enterprises(server: &Server) {
    for (enterprise, of_level) in [(AEO, "advanced"), (REGULAR, "regular")] {
        let new = json!({ "customs_code": enterprise, "name": "样例公司", "ground": "备案" });
        posted(server, "/v1/enterprises", &new);
        level(server, enterprise, of_level, "2020-01-01");
    }
}

pub fn made(server: &Server, kind: &str, applicant: &str, facts: &Value) -> Value {
    made_at(server, "li", "5301", kind, applicant, facts)
}

fn made_at(server: &Server, who: &str, office: &str, kind: &str, applicant: &str, facts: &Value) -> Value {
    let body = json!({ "kind": kind, "applicant": applicant, "office": office, "facts": facts });
    let response = call(server, who, "/v1/applications", &body);
    assert_eq!(response.status, 201, "{}", response.body);
    response.json()["application"].clone()
}

pub fn number(application: &Value) -> u64 {
    application["application"].as_u64().unwrap()
}

/// A move with what it has to say, and the application after it.
pub fn moved(server: &Server, who: &str, number: u64, step: &str, mut word: Value) -> Value {
    word["ground"] = json!("依申请");
    done(server, who, &format!("/v1/applications/{number}/{step}"), &word)["application"].clone()
}

pub fn shown(server: &Server, number: u64) -> Value {
    server.call("GET", &format!("/v1/applications/{number}"), &person(server, "li"), None).json()
}

/// Waits for something that happens beside the calls.
fn until(server: &Server, number: u64, is: impl Fn(&Value) -> bool) -> Value {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let application = shown(server, number);
        if is(&application) {
            return application;
        }
        assert!(std::time::Instant::now() < deadline, "{application}");
    }
}

/// Numbers of a list.
fn listed(server: &Server, query: &str) -> Vec<u64> {
    let path = format!("/v1/applications?{query}");
    let page = server.call("GET", &path, &person(server, "li"), None);
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()["items"].as_array().unwrap().iter().map(number).collect()
}

#[test]
fn packaging_is_tested_once_a_year_for_an_aeo_and_by_its_class_after_the_level_falls() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        two_enterprises(&server);
        let facts = |last: Date| json!({ "is_hazardous_packaging": true, "packaging_class": "class_2", "packaging_last_test": last.to_string() });
        let due_soon = today().checked_sub(1.year()).unwrap().checked_add(20.days()).unwrap();
        let packaging = number(&made(&server, "packaging_test", AEO, &facts(due_soon)));
        let registered = moved(&server, "li", packaging, "submit", json!({}));
        let due = due_soon.checked_add(1.year()).unwrap().to_string();
        assert_eq!((&registered["state"], &registered["due_on"]), (&json!("due"), &json!(due)), "{database}");
        let long_ago = today().checked_sub(400.days()).unwrap();
        let overdue = number(&made(&server, "packaging_test", AEO, &facts(long_ago)));
        assert_eq!(moved(&server, "li", overdue, "submit", json!({}))["state"], "overdue");
        assert_eq!(listed(&server, "kind=packaging_test&state=overdue"), [overdue]);
        let this_month = today().checked_add(31.days()).unwrap();
        assert_eq!(
            listed(&server, &format!("kind=packaging_test&due_until={this_month}")),
            [packaging, overdue]
        );

        let tested = moved(&server, "li", overdue, "pass_test", json!({ "on": today().to_string() }));
        let next = today().checked_add(1.year()).unwrap().to_string();
        assert_eq!((&tested["state"], &tested["due_on"]), (&json!("current"), &json!(next)));
        level(&server, AEO, "regular", &today().to_string());
        let by_class = today().checked_add(3.months()).unwrap().to_string();
        let fallen = until(&server, overdue, |application| application["due_on"] == json!(by_class));
        assert_eq!(fallen["state"], "current");
        assert_eq!(
            until(&server, packaging, |application| application["state"] == "overdue")["state"],
            "overdue"
        );
    }
}

#[test]
fn a_last_test_has_been_made() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    two_enterprises(&server);
    let wanted = |last: Date| {
        let facts = json!({ "packaging_class": "class_3", "packaging_last_test": last.to_string() });
        json!({ "kind": "packaging_test", "applicant": AEO, "office": "5301", "facts": facts })
    };
    let response = call(&server, "li", "/v1/applications", &wanted(today().tomorrow().unwrap()));
    let detail = refused(&response, 422, "statement");
    assert!(detail.contains("expected a day that has come"), "{detail}");
    for last in [today(), today().yesterday().unwrap()] {
        assert_eq!(call(&server, "li", "/v1/applications", &wanted(last)).status, 201, "{last}");
    }
}

#[test]
fn a_registration_needs_no_visit_where_nothing_is_higher_and_an_aeo_goes_first() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    two_enterprises(&server);
    let aquatic = json!({ "is_aquatic": true, "registered_elsewhere_same_product": true });
    let registration = number(&made(&server, "foreign_registration", REGULAR, &aquatic));
    let submitted = moved(&server, "li", registration, "submit", json!({}));
    assert_eq!((&submitted["state"], &submitted["goes_first"]), (&json!("submitted"), &json!(false)));
    assert!(submitted["due_on"].as_str().unwrap() > today().to_string().as_str(), "{submitted}");
    let word = json!({ "ground": "推荐" });
    let path = format!("/v1/applications/{registration}/recommend");
    let early = refused(&call(&server, "li", &path, &word), 409, "application-state");
    assert!(early.contains("the registration is submitted, so `recommend` is not possible"), "{early}");

    // An AEO that came later is before it.
    let biological = json!({ "is_biological_material": true, "foreign_registration_required": true });
    let first = number(&made(&server, "foreign_registration", AEO, &biological));
    assert_eq!(moved(&server, "li", first, "submit", json!({}))["goes_first"], true);
    assert_eq!(
        listed(&server, "kind=foreign_registration&state=submitted&order=turn"),
        [first, registration]
    );
    assert_eq!(listed(&server, "kind=foreign_registration&order=number"), [registration, first]);
    assert_eq!(moved(&server, "li", first, "review", json!({}))["state"], "reviewed");
    assert_eq!(moved(&server, "li", first, "recommend", json!({}))["state"], "recommended");

    let higher =
        json!({ "facts": { "target_requirements_not_higher": false, "target_risk_not_higher": true } });
    assert_eq!(moved(&server, "li", registration, "assess", higher)["state"], "submitted");
    let not_higher =
        json!({ "facts": { "target_requirements_not_higher": true, "target_risk_not_higher": true } });
    let waived = moved(&server, "li", registration, "assess", not_higher);
    assert_eq!((&waived["state"], &waived["goes_first"]), (&json!("waived"), &json!(true)));
    assert_eq!(moved(&server, "li", registration, "recommend", json!({}))["state"], "recommended");
}

#[test]
fn certificates_of_mice_are_issued_first_when_an_aeo_holds_both_licences() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        two_enterprises(&server);
        let mice = json!({ "is_spf_mouse": true });
        let ask = |applicant: &str| {
            let asked = number(&made(&server, "export_certificate", applicant, &mice));
            (asked, moved(&server, "li", asked, "submit", json!({}))["goes_first"].clone())
        };
        let (ordinary, first) = ask(REGULAR);
        assert_eq!(first, false);
        // One licence is not enough; the second one puts what waits first.
        let licence = |fact: &str| {
            let facts = json!({ fact: true });
            let record =
                json!({ "kind": "licence", "valid_from": "2020-01-01", "facts": facts, "ground": "许可证" });
            posted(&server, &format!("/v1/enterprises/{AEO}/records"), &record);
        };
        licence("breeding_licence");
        let (waiting, first) = ask(AEO);
        assert_eq!(first, false, "{database}");
        let turn = || listed(&server, "kind=export_certificate&state=submitted&order=turn");
        assert_eq!(turn(), [ordinary, waiting]);
        licence("use_licence");
        until(&server, waiting, |application| application["goes_first"] == true);
        assert_eq!(turn(), [waiting, ordinary]);
        assert_eq!(moved(&server, "li", waiting, "issue", json!({}))["state"], "issued");
        assert_eq!(turn(), [ordinary]);
        assert_eq!(moved(&server, "li", ordinary, "refuse", json!({}))["state"], "refused");
    }
}

#[test]
fn an_aeo_files_its_farm_first() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    two_enterprises(&server);
    let farm = json!({ "is_aquatic": true });
    let filings = [REGULAR, AEO].map(|applicant| number(&made(&server, "farm_filing", applicant, &farm)));
    filings.iter().for_each(|filing| drop(moved(&server, "li", *filing, "submit", json!({}))));
    let [ordinary, first] = filings;
    assert_eq!(listed(&server, "kind=farm_filing&state=submitted&order=turn"), [first, ordinary]);
    let page = |after: &str| {
        let path = format!("/v1/applications?kind=farm_filing&state=submitted&order=turn&limit=1{after}");
        server.call("GET", &path, &person(&server, "li"), None).json()
    };
    let one = page("");
    let next = page(&format!("&after={}", one["next"].as_str().unwrap()));
    assert_eq!(
        (number(&one["items"][0]), number(&next["items"][0]), &next["next"]),
        (first, ordinary, &json!(null))
    );
    assert_eq!(moved(&server, "li", first, "file", json!({}))["state"], "filed");
}

#[test]
fn an_aeo_is_admitted_first_counts_in_the_next_decision_and_leaves_with_its_status() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        two_enterprises(&server);
        let remote = json!({ "admission_to": "remote_local_inspection" });
        let [ordinary, first] =
            [REGULAR, AEO].map(|applicant| number(&made(&server, "admission", applicant, &remote)));
        moved(&server, "li", ordinary, "submit", json!({}));
        moved(&server, "li", first, "submit", json!({}));
        let path = format!("/v1/applications/{ordinary}/admit");
        let early =
            refused(&call(&server, "li", &path, &json!({ "ground": "纳入" })), 409, "application-state");
        assert!(early.contains(&format!("application {first} is next")), "{early}");

        let inspection = |id: &str| {
            json!({
                "matter_id": id, "matter": "local_inspection", "unit": "declaration", "office": "5301",
                "decided_on": today().to_string(), "consignee_consignor_id": AEO, "declarant_level": "regular",
                "end_user_level": "regular",
            })
        };
        assert_ne!(verdict(&decided(&server, &inspection("LI-1")), "4b"), "granted");
        assert_eq!(moved(&server, "li", first, "admit", json!({}))["state"], "admitted");
        assert_eq!(verdict(&decided(&server, &inspection("LI-2")), "4b"), "granted", "{database}");
        assert_eq!(moved(&server, "li", ordinary, "admit", json!({}))["state"], "admitted");

        level(&server, AEO, "regular", &today().to_string());
        until(&server, first, |application| application["state"] == "left");
        assert_eq!(verdict(&decided(&server, &inspection("LI-3")), "4b"), "refused");
        assert_eq!(shown(&server, ordinary)["state"], "admitted", "it was not admitted for its status");
        assert_eq!(moved(&server, "sun", ordinary, "leave", json!({}))["state"], "left");
    }
}

#[test]
fn quarantine_at_destination_needs_an_approval_and_not_only_a_wish() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        two_enterprises(&server);
        let declared = |id: &str| {
            json!({
                "matter_id": id, "matter": "import_declaration", "unit": "item", "office": "2225",
                "decided_on": today().to_string(), "consignee_consignor_id": AEO, "declarant_level": "regular",
                "end_user_level": "regular", "carrier_level": "regular", "is_high_tech": true, "wood_packaging": true,
                "destination_quarantine_requested": true,
            })
        };
        let wish = decided(&server, &declared("Q-1"));
        assert_eq!(verdict(&wish, "6a"), "undetermined", "{database}: a wish is not an approval");
        let asked = json!({ "admission_to": "destination_quarantine" });
        let request = number(&made_at(&server, "zhao", "2225", "admission", AEO, &asked));
        assert_eq!(moved(&server, "zhao", request, "submit", json!({}))["goes_first"], true);
        assert_ne!(verdict(&decided(&server, &declared("Q-2")), "6a"), "granted", "{database}");
        assert_eq!(moved(&server, "zhao", request, "admit", json!({}))["state"], "admitted");
        assert_eq!(verdict(&decided(&server, &declared("Q-3")), "6a"), "granted", "{database}");
        assert_eq!(moved(&server, "zhao", request, "leave", json!({}))["state"], "left");
        assert_ne!(verdict(&decided(&server, &declared("Q-4")), "6a"), "granted", "{database}");
    }
}

#[test]
fn an_undertaking_counts_from_its_signature_to_its_withdrawal() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        two_enterprises(&server);
        let declared = |id: &str| {
            json!({
                "matter_id": id, "matter": "import_declaration", "unit": "declaration", "office": "5301",
                "decided_on": today().to_string(), "carrier_id": AEO, "consignee_consignor_level": "regular",
                "declarant_level": "regular", "end_user_level": "regular", "lane": "ordinary",
            })
        };
        assert_eq!(verdict(&decided(&server, &declared("D-1")), "10b"), "undetermined");
        let facts = json!({ "text": "承诺如实申报", "signatory": "王某" });
        let undertaking = number(&made(&server, "carrier_undertaking", AEO, &facts));
        let days = json!({ "from": today().to_string(), "to": "2099-12-31" });
        let signed = moved(&server, "li", undertaking, "sign", days);
        assert_eq!((&signed["state"], &signed["valid_to"]), (&json!("in_force"), &json!("2099-12-31")));
        assert_eq!(verdict(&decided(&server, &declared("D-2")), "10b"), "granted", "{database}");
        let acme = server.token_of("acme", &["--role", "enterprise", "--enterprise", AEO]);
        let path = format!("/v1/applications/{undertaking}/withdraw");
        let back = server.call("POST", &path, &acme, Some(&json!({ "ground": "撤回" }).to_string()));
        assert_eq!(
            (back.status, &back.json()["application"]["state"]),
            (200, &json!("withdrawn")),
            "{}",
            back.body
        );
        assert_eq!(verdict(&decided(&server, &declared("D-3")), "10b"), "refused");
    }
}

#[test]
fn what_cannot_be_understood_is_refused_before_anything_is_kept() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    two_enterprises(&server);
    let new = |kind: &str, facts: Value| {
        call(
            &server,
            "li",
            "/v1/applications",
            &json!({ "kind": kind, "applicant": AEO, "office": "5301", "facts": facts }),
        )
    };
    let cases = [
        ("card_request", json!({}), "fields", "is no kind of applications, expected one of guarantee_waiver"),
        ("admission", json!({}), "statement", "missing: the reform that the enterprise asks for"),
        ("admission", json!({ "admission_to": "moon_base" }), "statement", "admission_to"),
        (
            "carrier_undertaking",
            json!({ "text": "承诺" }),
            "statement",
            "{\"field\":\"signatory\",\"reason\":\"missing: a text\"}",
        ),
        (
            "carrier_undertaking",
            json!({ "text": "承诺", "signatory": "王", "seal": "x" }),
            "statement",
            "seal",
        ),
        (
            "packaging_test",
            json!({ "packaging_last_test": "2026-02-29" }),
            "statement",
            "packaging_last_test",
        ),
        ("farm_filing", json!({ "is_aquatic": true, "matter": "admission" }), "fields", "`facts.matter`"),
        ("farm_filing", json!({ "no_such_fact": true }), "statement", "no_such_fact"),
    ];
    for (kind, facts, problem, words) in cases {
        let answer = new(kind, facts);
        refused(&answer, 422, problem);
        assert!(answer.body.contains(words), "{kind}: {}", answer.body);
    }
    assert_eq!(listed(&server, "order=number"), Vec::<u64>::new());
    let farm = number(&made(&server, "farm_filing", AEO, &json!({ "is_aquatic": true })));
    let path = |step: &str| format!("/v1/applications/{farm}/{step}");
    let word = json!({ "ground": "x", "facts": { "is_aquatic": true } });
    refused(&call(&server, "li", &path("file"), &word), 422, "fields");
    refused(&call(&server, "li", &path("burn"), &json!({ "ground": "x" })), 404, "not-found");
    refused(&call(&server, "li", &path("settle"), &json!({ "ground": "x" })), 404, "not-found");
    let letter = server.call("GET", &path("letter"), &person(&server, "li"), None);
    refused(&letter, 404, "no-decision");
}

#[test]
fn the_inspections_of_an_admitted_enterprise_become_one_visit() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        two_enterprises(&server);
        let inspection = |id: &str, enterprise: &str| {
            decided(
                &server,
                &json!({
                    "matter_id": id, "matter": "local_inspection", "unit": "declaration", "office": "5301",
                    "decided_on": today().to_string(), "consignee_consignor_id": enterprise, "declarant_level": "regular",
                    "end_user_level": "regular",
                }),
            )
        };
        inspection("V-1", AEO);
        inspection("V-2", AEO);
        inspection("V-3", REGULAR);
        let claim = || done(&server, "li", "/v1/tasks/claim", &json!({ "queues": ["local_inspection"] }));
        let alone = claim();
        assert_eq!((&alone["task"]["matter"], &alone["visit"]), (&json!("V-1"), &json!([])), "{database}");
        done(
            &server,
            "li",
            &format!("/v1/tasks/{}/release", alone["task"]["task"]),
            &json!({ "ground": "改期" }),
        );

        let facts = json!({ "admission_to": "merged_verification" });
        let admission = number(&made(&server, "admission", AEO, &facts));
        moved(&server, "li", admission, "submit", json!({}));
        moved(&server, "li", admission, "admit", json!({}));
        let merged = claim();
        let visit = merged["visit"].as_array().unwrap();
        assert_eq!(
            (&merged["task"]["matter"], visit.len(), &visit[0]["matter"]),
            (&json!("V-1"), 1, &json!("V-2"))
        );
        assert_eq!(
            (&merged["task"]["visit"], &visit[0]["visit"]),
            (&merged["task"]["task"], &merged["task"]["task"])
        );
        assert_eq!((&visit[0]["state"], &visit[0]["officer"]), (&json!("claimed"), &json!("li")));
        let rest = claim();
        assert_eq!((&rest["task"]["matter"], &rest["visit"]), (&json!("V-3"), &json!([])));
    }
}
