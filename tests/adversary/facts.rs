//! Who says a fact: a declarant's system cannot say what customs says, and what the registry has counts before what it states.

use std::process::Command;

use greenlane_policy::origin::Origin;
use greenlane_policy::pack::Pack;
use greenlane_store::{Addition, DecisionRecord, Entry, Store};
use serde_json::{Value, json};

use crate::server::{Response, Server, is_selected};
use crate::support::places::Places;

const AEO: &str = "3101910012";
const REGULAR: &str = "4403999999";
const OFFICE: &str = "5301";

/// Scopes that a broker's system may have, and `read_draw`, so that these tests see the rate.
const BROKER: [&str; 5] = ["decide", "try", "read_matter", "read_draw", "read_law"];

fn run(server: &Server, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
    let done =
        command.args(arguments).args(["--json", "--database", &server.database]).env("LANG", "C").output();
    let done = done.unwrap();
    serde_json::from_slice(&done.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&done.stderr)))
}

/// A token of a machine with these scopes.
fn machine(server: &Server, login: &str, scopes: &[&str]) -> String {
    run(server, &["account", "create", login, "--machine", "--role", "machine", "--office", "*"]);
    let scopes: Vec<&str> = scopes.iter().flat_map(|scope| ["--scope", scope]).collect();
    run(server, &[&["token", "create", login][..], &scopes].concat())["secret"].as_str().unwrap().to_owned()
}

fn broker(server: &Server) -> String {
    machine(server, "broker", &BROKER)
}

/// Customs' own system.
fn customs(server: &Server) -> String {
    machine(server, "customs-system", &[&BROKER[..], &["state_customs_facts"]].concat())
}

/// Two enterprises, one of them an AEO; findings of others are known, so that theirs are none.
fn registry(server: &Server) {
    let keeper = server.token_of("registrar", &["--role", "supervisor", "--office", "*"]);
    let posted = |path: &str, body: Value| {
        let response = server.call("POST", path, &keeper, Some(&body.to_string()));
        assert_eq!(response.status, 201, "{}", response.body);
    };
    for (enterprise, level) in [(AEO, "advanced"), (REGULAR, "regular")] {
        posted(
            "/v1/enterprises",
            json!({ "customs_code": enterprise, "name": "样例公司", "ground": "备案" }),
        );
        let facts = json!({ "level": level, "is_producer": false });
        let record = json!({ "kind": "level", "valid_from": "2020-01-01", "facts": facts, "ground": "认证" });
        posted(&format!("/v1/enterprises/{enterprise}/records"), record);
    }
    posted(
        "/v1/events",
        json!({ "enterprise": "3101910099", "kind": "finding", "on": "2024-05-01", "reference": "F-1" }),
    );
}

fn today() -> String {
    let china = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    china.to_datetime(jiff::Timestamp::now()).date().to_string()
}

/// What a declarant knows of a declaration.
fn declaration(id: &str, consignee: &str) -> Value {
    json!({
        "matter_id": id, "matter": "import_declaration", "office": OFFICE, "unit": "declaration",
        "consignee_consignor_id": consignee, "declarant_id": consignee, "end_user_id": consignee,
    })
}

fn with(mut matter: Value, name: &str, value: Value) -> Value {
    matter[name] = value;
    matter
}

fn decide(server: &Server, token: &str, query: &str, matter: &Value) -> Response {
    let query = format!("?sources=true{}", query.replacen('?', "&", 1));
    server.call("POST", &format!("/v1/decide{query}"), token, Some(&matter.to_string()))
}

fn decided(server: &Server, token: &str, query: &str, matter: &Value) -> Value {
    let response = decide(server, token, query, matter);
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

fn rate(answer: &Value) -> &str {
    answer["decision"]["inspection"]["rate"].as_str().unwrap_or("none")
}

fn list<'a>(answer: &'a Value, origin: &str) -> Vec<&'a str> {
    answer["sources"][origin].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn on_both(attack: impl Fn(&Server)) {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        registry(&server);
        attack(&server);
    }
}

#[test]
fn a_brokers_system_cannot_lower_its_rate_by_what_customs_says() {
    on_both(|server| {
        let broker = broker(server);
        let honest = decided(server, &broker, "", &declaration("A-1", REGULAR));
        // Nobody has said a lane: the pack assumes one, so that there is a draw.
        assert_eq!(rate(&honest), "0.0244", "{honest}");
        let mut lie = declaration("A-2", REGULAR);
        for party in ["consignee_consignor", "declarant", "end_user"] {
            lie[format!("{party}_level")] = "advanced".into();
            lie[format!("{party}_findings_1y")] = 0.into();
        }
        let refused = decide(server, &broker, "", &lie);
        assert_eq!(refused.status, 422, "{}", refused.body);
        let reason = "`consignee_consignor_level` is stated by customs only: the registry says it";
        assert!(refused.body.contains(reason), "{}", refused.body);
        let aeo = decided(server, &broker, "", &declaration("A-3", AEO));
        assert_eq!(rate(&aeo), "0.00244", "{aeo}");
        assert_eq!(list(&aeo, "default"), ["decided_on", "lane"]);
        assert!(list(&aeo, "registry").contains(&"consignee_consignor_level"), "{aeo}");
        assert!(list(&aeo, "declarant").contains(&"consignee_consignor_id"), "{aeo}");
    });
}

#[test]
fn each_fact_of_customs_sets_its_row_aside_and_the_others_are_decided() {
    on_both(|server| {
        let broker = broker(server);
        let of_customs = [
            ("lane", json!("certified")),
            ("mandatory_inspection", json!(false)),
            ("lot_first", json!(false)),
            ("needs_laboratory_sample", json!(false)),
            ("recognised_level", json!("advanced")),
            ("consignee_consignor_aeo", json!(true)),
            ("pilot_carrier_undertaking", json!(true)),
            ("carrier_undertaking", json!(true)),
            ("carrier_level", json!("advanced")),
            ("consignee_consignor_penalties_5y", json!(0)),
            ("applicant_tax_paid", json!({ "y1": "99999999.00" })),
            ("individual_measure_approved", json!(true)),
            ("end_user_grain_processor", json!(true)),
            ("decided_on", json!("2024-08-30")),
        ];
        let mut lines = String::new();
        for (at, (name, value)) in of_customs.iter().enumerate() {
            let bad = with(declaration(&format!("B-{at}"), REGULAR), name, value.clone());
            lines += &format!("{bad}\n{}\n", declaration(&format!("G-{at}"), REGULAR));
        }
        let headers = [("authorization", format!("Bearer {broker}"))];
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .chain([("content-type", "application/x-ndjson")])
            .collect();
        let url = format!("{}/v1/decide", server.base);
        let answer = crate::server::send(&crate::server::agent(), &url, &headers, Some(&lines)).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answers: Vec<Value> =
            answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (good, bad): (Vec<&Value>, Vec<&Value>) = answers.iter().partition(|one| one["entry"].is_u64());
        assert_eq!((good.len(), bad.len()), (of_customs.len(), of_customs.len()), "{}", answer.body);
        for (rejected, (name, _)) in bad.iter().zip(&of_customs) {
            let rejected = &rejected["rejected"];
            assert!(rejected["field"].as_str().unwrap().starts_with(name), "{rejected}");
            assert!(rejected["reason"].as_str().unwrap().contains("customs"), "{rejected}");
        }
        // Today is no other day.
        let same = with(declaration("T-1", REGULAR), "decided_on", today().into());
        assert_eq!(decided(server, &broker, "", &same)["decision"]["decided_on"], today());
    });
}

#[test]
fn the_registry_counts_before_a_declarant_and_customs_before_the_registry_which_the_answer_says() {
    on_both(|server| {
        let (broker, customs) = (broker(server), customs(server));
        let stated = with(declaration("C-1", AEO), "end_user_is_producer", true.into());
        let by_broker = decided(server, &broker, "", &stated);
        assert!(list(&by_broker, "registry").contains(&"end_user_is_producer"), "{by_broker}");
        let by_customs = decided(server, &customs, "", &with(stated, "matter_id", "C-2".into()));
        assert_eq!(list(&by_customs, "customs_over_registry"), ["end_user_is_producer"], "{by_customs}");
        // What the registry does not know is the declarant's to state.
        let licence = with(declaration("C-3", AEO), "consignee_consignor_use_licence", true.into());
        let licensed = decided(server, &broker, "", &licence);
        assert!(list(&licensed, "declarant").contains(&"consignee_consignor_use_licence"), "{licensed}");
        let level = with(declaration("C-4", REGULAR), "consignee_consignor_level", "advanced".into());
        let level = with(level, "lane", "ordinary".into());
        let raised = decided(server, &customs, "", &level);
        assert_eq!(list(&raised, "customs_over_registry"), ["consignee_consignor_level"], "{raised}");
        let officer = server.token_of("officer", &["--role", "officer", "--office", OFFICE]);
        let raised = decided(server, &officer, "", &with(level, "matter_id", "C-5".into()));
        assert_eq!(list(&raised, "officer_over_registry"), ["consignee_consignor_level"], "{raised}");
        assert!(list(&raised, "officer").contains(&"lane"), "{raised}");
    });
}

#[test]
fn a_dry_run_supposes_and_says_so_and_nothing_is_learned_about_others() {
    on_both(|server| {
        let broker = broker(server);
        let own = server.token_of("enterprise", &["--role", "enterprise", "--enterprise", REGULAR]);
        let supposed = with(declaration("D-1", REGULAR), "consignee_consignor_level", "advanced".into());
        let answer = decided(server, &own, "?dry_run=true", &supposed);
        assert_eq!(list(&answer, "supposed"), ["consignee_consignor_level"], "{answer}");
        // About itself it sees what the registry has besides.
        assert!(list(&answer, "registry").contains(&"declarant_level"), "{answer}");
        // A broker that supposes something hears the same whoever is named.
        let asked = |consignee: &str| {
            let mut matter = declaration("D-2", consignee);
            matter["consignee_consignor_findings_1y"] = 0.into();
            let mut answer = decided(server, &broker, "?dry_run=true", &matter);
            answer["decision"]["draw"].take();
            answer
        };
        let (aeo, regular) = (asked(AEO), asked(REGULAR));
        assert_eq!(list(&aeo, "supposed"), ["consignee_consignor_findings_1y"]);
        assert_eq!(aeo, regular);
        assert!(list(&aeo, "registry").is_empty(), "{aeo}");
        let then = with(declaration("D-3", AEO), "decided_on", "2024-08-30".into());
        let then = decided(server, &broker, "?dry_run=true", &then);
        assert_eq!(
            (list(&then, "supposed"), list(&then, "registry").len()),
            (vec!["decided_on"], 0),
            "{then}"
        );
    });
}

#[test]
fn the_same_key_with_another_content_type_is_another_request() {
    on_both(|server| {
        let customs = customs(server);
        let body = declaration("E-1", AEO).to_string();
        let bearer = format!("Bearer {customs}");
        let posted = |kind: &str| {
            let headers =
                [("authorization", bearer.as_str()), ("content-type", kind), ("idempotency-key", "k-1")];
            let url = format!("{}/v1/decide", server.base);
            crate::server::send(&crate::server::agent(), &url, &headers, Some(&body)).unwrap()
        };
        let first = posted("application/json");
        assert_eq!(first.status, 200, "{}", first.body);
        let again = posted("application/json; charset=utf-8");
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.body, first.body);
        let other = posted("application/x-ndjson");
        assert_eq!(other.status, 422, "{}", other.body);
        assert!(other.body.contains("used for another request"), "{}", other.body);
    });
}

#[test]
fn a_file_of_a_pack_has_no_name_that_leads_elsewhere() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let editor = server.token_of("editor", &["--role", "policy_editor"]);
    for name in [
        "reference/../x.csv",
        "measures/..\\x.toml",
        "C:\\x.toml",
        "measures/C:x.toml",
        "..toml",
        "a\u{7}.toml",
        "/x.toml",
    ] {
        let body = json!({ "base": 1, "files": { name: "x" } }).to_string();
        let refused = server.call("POST", "/v1/packs", &editor, Some(&body));
        assert_eq!(refused.status, 422, "{name}: {}", refused.body);
        assert!(refused.body.contains("no file of a pack"), "{name}: {}", refused.body);
    }
    let folder = places.folder.path().join("pack");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("C:\\x.toml"), "").unwrap();
    let mut check = Command::new(env!("CARGO_BIN_EXE_greenlane"));
    let checked = check.args(["pack", "check"]).arg(&folder).env("LANG", "C").output().unwrap();
    let said =
        String::from_utf8_lossy(&checked.stderr).into_owned() + &String::from_utf8_lossy(&checked.stdout);
    assert!(!checked.status.success() && said.contains("x.toml") && said.contains("name"), "{said}");
}

#[test]
fn a_damaged_parquet_file_is_an_error_with_its_name_and_no_backtrace() {
    let places = Places::new();
    let folder = places.folder.path();
    let greenlane = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
        command
            .args(arguments)
            .current_dir(folder)
            .env("LANG", "C")
            .env("RUST_BACKTRACE", "1")
            .output()
            .unwrap()
    };
    let made = greenlane(&[
        "generate",
        "--seed",
        "1",
        "--enterprises",
        "200",
        "--declarations",
        "500",
        "--format",
        "parquet",
        "--out",
        "made",
    ]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let sound = std::fs::read(folder.join("made/declarations.parquet")).unwrap();
    let mut failed = 0;
    for at in 0..48 {
        let mut bytes = sound.clone();
        match at % 3 {
            0 => bytes.truncate(sound.len() * at / 48),
            1 => bytes[sound.len() * at / 48] ^= 0x5a,
            _ => bytes[sound.len() - 1 - at * 40] ^= 0x5a,
        }
        std::fs::write(folder.join("damaged.parquet"), &bytes).unwrap();
        let decided = greenlane(&["decide", "damaged.parquet"]);
        let said = String::from_utf8_lossy(&decided.stderr);
        assert!(!said.contains("panicked") && !said.contains("stack backtrace"), "{at}: {said}");
        // What is read all the same may have rows that cannot be understood.
        if !matches!(decided.status.code(), Some(0 | 5)) {
            assert!(said.contains("damaged.parquet"), "{at}: {said}");
            assert_eq!(decided.status.code(), Some(4), "{at}: {said}");
            failed += 1;
        }
    }
    assert!(failed > 16, "{failed}");
}

/// The record of a decision as if a declarant had stated what customs stated.
fn forged(record: &[u8], subject: &str) -> Vec<u8> {
    let pack = Pack::embedded().unwrap();
    let origins = DecisionRecord::decode(record, subject, &pack).unwrap().origins;
    let known = origins.into_iter().filter(|origin| *origin != Origin::Unknown).collect::<Vec<_>>();
    // One byte a run of one origin, at the end.
    let runs = known.chunk_by(|one, next| one == next).count();
    let mut forged = record.to_vec();
    let from = forged.len() - runs;
    for byte in &mut forged[from..] {
        if u64::from(*byte % 16) == Origin::Customs as u64 {
            *byte = *byte - Origin::Customs as u8 + Origin::Declarant as u8;
        }
    }
    forged
}

/// The first matter for whose facts customs vouches that is not selected: one that is cannot be kept again without its task.
fn not_selected(server: &Server, customs: &str) -> (String, u64) {
    let kept = |number: u32| {
        let id = format!("F-{number}");
        let mut stated = declaration(&id, REGULAR);
        stated["consignee_consignor_level"] = "advanced".into();
        stated["lane"] = "ordinary".into();
        let kept = decided(server, customs, "", &stated);
        (!is_selected(&kept)).then(|| (id, kept["entry"].as_u64().unwrap()))
    };
    (2..).find_map(kept).unwrap()
}

#[test]
fn audit_names_a_decision_that_rests_on_what_a_declarant_cannot_state() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        registry(&server);
        let (broker, customs) = (broker(&server), customs(&server));
        decided(&server, &broker, "", &declaration("F-1", AEO));
        let (id, stated) = not_selected(&server, &customs);
        let audit = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
            let audit = ["audit", "log", "--log-key", &server.log_key, "--database", &database];
            let said = command.args(audit).env("LANG", "C").output().unwrap();
            String::from_utf8_lossy(&said.stdout).into_owned()
        };
        let before = audit();
        assert!(before.contains("entries; faults 0"), "{before}");
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let store = Store::open(&database, 2).await.unwrap();
            let (_, entry) = store.entries(stated, 1).await.unwrap().remove(0);
            let body = forged(&entry.body, &entry.subject);
            assert_ne!(body, entry.body);
            let at_us = entry.at_us;
            let added = Addition { entries: vec![Entry { body, ..entry }], ..Addition::default() };
            store.append(&[added], at_us).await.unwrap();
        });
        let after = audit();
        assert!(after.contains(&format!("({id}): customs alone states")), "{after}");
        assert!(!after.contains("(F-1)"), "{after}");
        assert!(after.contains("customs alone states lane, but a declarant did"), "{after}");
    }
}
