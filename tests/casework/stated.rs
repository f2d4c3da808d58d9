//! What an application may not state: other enterprises, what the law says itself, what the registry has; and that no matter
//! of anybody else passes for an application.

use serde_json::{Value, json};

use crate::producer::{dates, posted, producer};
use crate::server::{Response, Server};
use crate::support::places::Places;
use crate::waivers::{moved, shown, state_after};
use crate::{AEO, call, refused};

/// Another enterprise, of which the registry knows something.
const COMPETITOR: &str = "3101910099";

/// A declaration of the WCO Data Model.
const DECLARATION: &str = "<MetaData><WCOTypeName>DEC</WCOTypeName><Declaration><FunctionCode>9</FunctionCode>\
    <FunctionalReferenceID>M-1</FunctionalReferenceID><TypeCode>IMA</TypeCode>\
    <AcceptanceDateTime><DateTimeString formatCode='304'>20240228170000Z</DateTimeString></AcceptanceDateTime>\
    <PresentationOffice><ID>5301</ID></PresentationOffice><GoodsShipment><GovernmentAgencyGoodsItem>\
    <SequenceNumeric>1</SequenceNumeric></GovernmentAgencyGoodsItem></GoodsShipment></Declaration></MetaData>";

fn send(server: &Server, path: &str, body: &Value) -> Response {
    let acme = server.token_of("acme", &["--role", "enterprise", "--enterprise", AEO]);
    server.call("POST", path, &acme, Some(&body.to_string()))
}

fn wanted(kind: &str, facts: &Value) -> Value {
    json!({ "kind": kind, "applicant": AEO, "office": "5301", "facts": facts })
}

/// The fields that a problem names.
fn fields(response: &Response) -> Vec<String> {
    refused(response, 422, "statement");
    let errors = response.json()["errors"].as_array().unwrap().clone();
    errors.iter().map(|one| one["field"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_application_names_no_other_enterprise() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    producer(&server, "");
    for role in ["consignee_consignor", "declarant", "end_user", "carrier"] {
        let id = format!("{role}_id");
        let named = json!({ "is_aquatic": true, id.as_str(): COMPETITOR });
        assert_eq!(fields(&send(&server, "/v1/applications", &wanted("farm_filing", &named))), [id.as_str()]);
        let itself = json!({ id.as_str(): AEO });
        assert_eq!(
            fields(&send(&server, "/v1/applications", &wanted("farm_filing", &itself))),
            [id.as_str()]
        );
    }
    let made = send(&server, "/v1/applications", &wanted("farm_filing", &json!({ "is_aquatic": true })));
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("/v1/applications/{}/submit", made.json()["application"]["application"]);
    let word = json!({ "ground": "申请", "facts": { "carrier_id": COMPETITOR } });
    assert_eq!(fields(&send(&server, &path, &word)), ["carrier_id"]);
    let word = json!({ "ground": "申请" });
    assert_eq!(send(&server, &path, &word).json()["application"]["state"], "submitted");
}

#[test]
fn an_application_overrules_neither_the_registry_nor_the_law() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    producer(&server, "debt_ratio");
    let excellent =
        json!({ "debt_ratio_excellent": dates("0.4820"), "cash_ratio_excellent": dates("0.2410") });
    let stated = |more: Value| {
        let mut facts = excellent.clone();
        facts.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wanted("guarantee_waiver", &facts)
    };
    for (more, expected) in [
        (json!({ "pilot_guarantee_waiver": true }), &["pilot_guarantee_waiver"][..]),
        (json!({ "recognised_level": "advanced" }), &["recognised_level"]),
        (
            json!({ "applicant_level": "advanced", "applicant_tax_late_ever": 0 }),
            &["applicant_level", "applicant_tax_late_ever"],
        ),
        (json!({ "applicant_debt_ratio": { "y2": "0.1", "y3": "0.1" } }), &["applicant_debt_ratio[y2]"]),
        (json!({ "applicant_debt_ratio[y2]": "0.1" }), &["applicant_debt_ratio[y2]"]),
    ] {
        // For an officer the same holds as for the enterprise.
        assert_eq!(fields(&send(&server, "/v1/applications", &stated(more.clone()))), expected, "{more}");
        let mut at_the_counter = stated(more);
        at_the_counter["office"] = json!("3101");
        assert_eq!(fields(&call(&server, "chen", "/v1/applications", &at_the_counter)), expected);
    }
    let made = send(&server, "/v1/applications", &stated(json!({})));
    let path = format!("/v1/applications/{}/submit", made.json()["application"]["application"]);
    let word = json!({ "ground": "申请", "facts": { "pilot_guarantee_waiver": true, "applicant_is_producer": true } });
    assert_eq!(fields(&send(&server, &path, &word)), ["pilot_guarantee_waiver", "applicant_is_producer"]);
    let detail = refused(&send(&server, &path, &word), 422, "statement");
    assert!(detail.contains("`pilot_guarantee_waiver`") && detail.contains("leave it out"), "{detail}");
}

#[test]
fn what_customs_alone_says_is_stated_by_nobody_who_applies() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    // An enterprise of which the registry knows its number and nothing else: neither its level nor any event.
    let unheard = "3101910077";
    posted(
        &server,
        "/v1/enterprises",
        &json!({ "customs_code": unheard, "name": "新设公司", "ground": "备案" }),
    );
    let own = server.token_of("unheard", &["--role", "enterprise", "--enterprise", unheard]);
    let post = |path: &str, body: Value| server.call("POST", path, &own, Some(&body.to_string()));
    let asks = |kind: &str, facts: Value| json!({ "kind": kind, "applicant": unheard, "office": "5301", "facts": facts });
    let own_record = json!({
        "applicant_level": "advanced", "applicant_tax_late_ever": 0, "applicant_tax_paid": { "y1": "20000000.00" },
    });
    let of_customs = ["applicant_level", "applicant_tax_late_ever", "applicant_tax_paid[y1]"];
    assert_eq!(fields(&post("/v1/applications", asks("guarantee_waiver", own_record))), of_customs);
    let higher = "target_requirements_not_higher";
    let aquatic = json!({ "is_aquatic": true, "registered_elsewhere_same_product": true });
    let mut assessed = aquatic.clone();
    assessed[higher] = true.into();
    assert_eq!(fields(&post("/v1/applications", asks("foreign_registration", assessed))), [higher]);
    let made = post("/v1/applications", asks("foreign_registration", aquatic)).json();
    let path = |step: &str| format!("/v1/applications/{}/{step}", made["application"]["application"]);
    let facts = json!({ higher: true, "target_risk_not_higher": true });
    let word = json!({ "ground": "申请", "facts": facts });
    let refused = fields(&post(&path("submit"), word.clone()));
    assert_eq!(refused, [higher, "target_risk_not_higher"]);
    assert_eq!(
        post(&path("submit"), json!({ "ground": "申请" })).json()["application"]["state"],
        "submitted"
    );
    // Assessing is the officer's; what is assessed counts, as far as the registry has the level of whoever applies.
    assert_eq!(post(&path("assess"), word.clone()).status, 403);
    let assessed = call(&server, "li", &path("assess"), &word).json();
    assert_eq!(assessed["application"]["state"], "submitted", "{assessed}");
    assert_eq!(assessed["application"]["facts"][higher], true);
}

#[test]
fn excellent_values_are_those_of_the_table_if_there_is_one() {
    let table = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packs/cn-gacc-2024-36/reference/standard-values-sample.csv"
    );
    let places = Places::new();
    let excellent = json!({ "debt_ratio_excellent": dates("0.1000"), "cash_ratio_excellent": dates("-9") });
    let ask = |facts: &Value| json!({ "kind": "guarantee_waiver", "applicant": AEO, "office": "3101", "facts": facts });
    // By what was stated before there was a table it would be refused; by the table it is not.
    let database = places.sqlite();
    let server = Server::start(&database, &places.key_file());
    producer(&server, "");
    let made = send(&server, "/v1/applications", &ask(&excellent));
    assert_eq!(made.status, 201, "{}", made.body);
    let number = made.json()["application"]["application"].as_u64().unwrap();
    drop(server);
    let server = Server::start_with(&database, &places.key_file(), &["--standards", table]);
    let names = |fact: &str| {
        ["y1", "y2", "y3", "y4", "y5", "last_month"].map(|day| format!("{fact}[{day}]")).to_vec()
    };
    let both = [names("debt_ratio_excellent"), names("cash_ratio_excellent")].concat();
    assert_eq!(fields(&send(&server, "/v1/applications", &ask(&excellent))), both);
    // Nor does whoever applies choose the industry.
    let chosen = json!({ "applicant_industry": "0103 " });
    assert_eq!(fields(&send(&server, "/v1/applications", &ask(&chosen))), ["applicant_industry"]);
    assert_eq!(moved(&server, "chen", number, "submit")["state"], "incomplete", "nobody knows the industry");
    let facts = json!({ "industry": "0103" });
    let record = json!({ "kind": "statement", "valid_from": "2020-01-01", "ground": "登记", "facts": facts });
    posted(&server, &format!("/v1/enterprises/{AEO}/records"), &record);
    assert_eq!(moved(&server, "chen", number, "submit")["state"], "checked", "{}", shown(&server, number));
}

#[test]
fn what_the_registry_comes_to_know_ends_a_waiver_that_rested_on_what_was_stated() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        producer(&server, "debt_ratio");
        let facts = json!({
            "debt_ratio_excellent": dates("0.4820"), "cash_ratio_excellent": dates("0.2410"),
            "applicant_debt_ratio": { "y3": "0.3500" },
        });
        let new = json!({ "kind": "guarantee_waiver", "applicant": AEO, "office": "3101", "facts": facts });
        let made = call(&server, "chen", "/v1/applications", &new);
        assert_eq!(made.status, 201, "{}", made.body);
        let number = made.json()["application"]["application"].as_u64().unwrap();
        assert_eq!(moved(&server, "chen", number, "submit")["state"], "checked", "{database}");
        let chief = server.token_of("chief", &["--role", "supervisor", "--office", "3101"]);
        assert_eq!(moved(&server, "qian", number, "review")["state"], "reviewed");
        let word = json!({ "ground": "一事一议", "from": "2020-01-01", "to": "2099-12-31" });
        let path = format!("/v1/applications/{number}/approve");
        let approved = server.call("POST", &path, &chief, Some(&word.to_string())).json();
        assert_eq!(approved["application"]["state"], "in_force", "{approved}");
        let record = json!({
            "kind": "statement", "valid_from": "2020-01-02", "ground": "报表", "facts": { "debt_ratio": { "y3": "0.9000" } },
        });
        posted(&server, &format!("/v1/enterprises/{AEO}/records"), &record);
        let after = match state_after(&server, number, "in_force") {
            resting if resting == "suspended" => state_after(&server, number, "suspended"),
            other => other,
        };
        assert_eq!(after, "revoked", "{database}: {}", shown(&server, number));
    }
}

#[test]
fn only_the_server_itself_decides_matters_that_are_applications() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let named = |id: &str| json!({ "matter_id": id, "matter": "farm_filing", "office": "5301", "decided_on": "2024-08-30" });
    let (hostile, honest) = (named("application/1"), named("an application/1"));
    let response = server.decide(&hostile.to_string(), &[]);
    let reason = refused(&response, 422, "matter");
    assert_eq!(reason, "`matter_id` begins with `application/`: only this server gives such ids");
    assert_eq!(response.json()["errors"][0]["field"], "matter_id");
    let many = server.decide(&json!([honest, hostile]).to_string(), &[]);
    assert_eq!((many.status, many.json()["answers"].as_array().unwrap().len()), (200, 1), "{}", many.body);
    let rejected = &many.json()["rejected"][0];
    assert_eq!((&rejected["matter"], &rejected["field"]), (&json!(2), &json!("matter_id")));
    let lines = format!("{hostile}\n{honest}\n");
    let streamed = server.post("/v1/decide", "application/x-ndjson", &lines, &[]);
    let streamed: Vec<Value> =
        streamed.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(streamed.len(), 2, "{streamed:?}");
    assert_eq!(streamed[0]["decision"]["matter_id"], "an application/1", "{streamed:?}");
    assert_eq!(streamed[1]["rejected"]["field"], "matter_id", "{streamed:?}");
    let message = DECLARATION.replace("M-1", "application/1");
    let message = server.post("/v1/decide", "application/xml", &message, &[]).json();
    assert_eq!(message["answers"], json!([]), "{message}");
    assert_eq!(message["rejected"].as_array().unwrap().len(), 1, "{message}");
    assert_eq!(message["rejected"][0]["reason"], reason, "{message}");
    let entries = server.get("/v1/matters/application%2F1/entries");
    assert_eq!(entries.status, 404, "nothing of it is in the log");
}
