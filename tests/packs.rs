//! A changed law on its way into force over HTTP: checked, tried on the log, approved by a second person, in force.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/server.rs"]
mod server;
mod support;

use greenlane_policy::load::PackFiles;
use serde_json::{Value, json};
use server::{Response, Server};
use support::places::Places;
use support::{greenlane, stdout, text};

/// An import of an AEO; with a finding in the year before or without.
fn matter(id: &str, findings: u32) -> Value {
    json!({
        "matter_id": id, "matter": "import_declaration", "decided_on": "2024-08-30", "office": "3101",
        "lane": "ordinary", "consignee_consignor_level": "advanced",
        "consignee_consignor_findings_1y": findings, "declarant_level": "regular",
        "end_user_level": "regular", "mandatory_inspection": false,
    })
}

fn decide(server: &Server, matters: &[Value]) -> Value {
    let response = server.decide(&json!(matters).to_string(), &[]);
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

/// Decisions about tasks that these decisions left: they follow them in the log, and then an entry says how the rows of the
/// tasks are left.
fn follow_ups(server: &Server, decided: &Value) -> u64 {
    let last = decided["answers"].as_array().unwrap().last().unwrap()["entry"].as_u64().unwrap();
    server.get("/v1/log/head").json()["size"].as_u64().unwrap().saturating_sub(last + 2)
}

fn post(server: &Server, person: &str, path: &str, body: &Value) -> Response {
    let token = server.token_of(person, &["--role", "policy_editor"]);
    server.call("POST", path, &token, Some(&body.to_string()))
}

/// A file of the embedded pack, changed.
fn changed(path: &str, from: &str, to: &str) -> String {
    let files = PackFiles::embedded();
    let (_, text) = files.iter().find(|(found, _)| *found == path).unwrap();
    assert!(text.contains(from), "{path}");
    text.replace(from, to)
}

/// The embedded pack whose ordinary lane has another base rate.
fn another_rate(rate: &str) -> Value {
    let changed = changed("parameters.toml", "ordinary = \"0.0244\"", &format!("ordinary = \"{rate}\""));
    json!({ "base": 1, "files": { "parameters.toml": changed } })
}

fn ok(response: &Response) -> Value {
    assert!((200..300).contains(&response.status), "{}", response.body);
    response.json()
}

fn problem(response: &Response, status: u16, kind: &str) -> Value {
    assert_eq!(response.status, status, "{}", response.body);
    let problem = response.json();
    assert_eq!(problem["type"], format!("urn:greenlane:problem:{kind}"));
    problem
}

fn pack_of(answer: &Value) -> &str {
    answer["answers"][0]["decision"]["pack"]["hash"].as_str().unwrap()
}

#[test]
fn a_changed_law_is_tried_on_the_log_and_decides_once_a_second_person_has_approved_it() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let matters: Vec<Value> = (0..2_000).map(|at| matter(&format!("M{at}"), at % 2)).collect();
        let old = decide(&server, &matters);
        let selected_before = old["answers"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|answer| answer["decision"]["draw"]["selected"].as_bool().unwrap());
        let selected_before = selected_before.count();

        let tasks = follow_ups(&server, &old);

        // Measure 9 is as it was; the base rate of the lane is ten times as high.
        let uploaded = ok(&post(&server, "li", "/v1/packs", &another_rate("0.2440")));
        assert_eq!((&uploaded["number"], &uploaded["state"]), (&2.into(), &"uploaded".into()));
        let tried =
            ok(&post(&server, "li", &format!("/v1/packs/2/dry-run?last={}", 1_500 + tasks), &json!({})));
        assert_eq!((&tried["matters"], &tried["flipped"]), (&(1_500 + tasks).into(), &1_500.into()));
        assert_eq!(tried["flips"].as_array().unwrap().len(), 1_000);
        let flip = &tried["flips"][0];
        assert_eq!((&flip["matter_id"], &flip["entry"]), (&"M500".into(), &old["answers"][500]["entry"]));
        assert_eq!(flip["measures"], json!([]), "no verdict changes");
        let answered = &old["answers"][500]["decision"]["draw"];
        assert_eq!(flip["inspection"]["before"]["rate"], answered["rate"]);
        assert_eq!(flip["inspection"]["before"]["selected"], answered["selected"], "the same draw");
        assert_eq!(flip["inspection"]["after"]["rate"], "0.0244", "0.244 × 0.5 × 0.2");
        assert_eq!(tried["inspection"]["no_longer_selected"], 0, "a higher rate selects no fewer");
        let all = ok(&post(&server, "li", "/v1/packs/2/dry-run", &json!({})));
        assert_eq!(all["inspection"]["selected_before"], selected_before);
        assert!(all["inspection"]["selected_after"].as_u64().unwrap() > selected_before as u64);

        ok(&post(&server, "li", "/v1/packs/2/submit", &json!({ "reason": "more risk this winter" })));
        let refused = post(&server, "li", "/v1/packs/2/approve", &json!({}));
        let refused = problem(&refused, 403, "forbidden");
        assert_eq!(refused["detail"], "whoever proposed a release does not approve it: a second person must");
        assert_ne!(pack_of(&decide(&server, &[matter("B", 0)])), uploaded["hash"]);
        let approved = ok(&post(&server, "wang", "/v1/packs/2/approve", &json!({})));
        assert_eq!((&approved["state"], &approved["in_force"]), (&"approved".into(), &true.into()));

        let new = decide(&server, &[matter("C", 0)]);
        assert_eq!(pack_of(&new), uploaded["hash"], "the very next decision");
        assert_eq!(new["answers"][0]["decision"]["draw"]["rate"], "0.0244");
        let read = |path: &str| server.call("GET", path, &server.token_of("li", &[]), None);
        let one = ok(&read("/v1/packs/2"));
        let states: Vec<&str> =
            one["moves"].as_array().unwrap().iter().map(|made| made["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["uploaded", "submitted", "approved"]);
        assert!(one["cases"]["passed"].as_u64().unwrap() > 100 && one["cases"]["failed"] == json!([]));
        let entry = one["moves"][2]["entry"].as_u64().unwrap();
        assert_eq!(server.get(&format!("/v1/log/entries/{entry}/receipt")).status, 200);

        assert_eq!(server.terminate(), Some(0));
        let key_file = places.key_file();
        let replay = ["replay", "--database", &database, "--key-file", text(&key_file)];
        let said = stdout(&greenlane(&replay), 0);
        let again =
            said.split_once("decisions made again ").and_then(|(_, rest)| rest.split_once("   differences "));
        let (again, differences) = again.unwrap();
        assert!(
            again.replace(',', "").parse::<u64>().unwrap() >= 2_002 + tasks && differences.starts_with("0 "),
            "{said}"
        );
    }
}

#[test]
fn a_number_that_begins_later_is_tried_as_if_on_its_first_day() {
    let places = Places::new();
    let server = Server::start(&places.databases()[0], &places.key_file());
    let matters: Vec<Value> = (0..30).map(|at| matter(&format!("M{at}"), 0)).collect();
    decide(&server, &matters);
    let now = "versions = [{ from = 2021-11-01, value = \"0.2000\" }]\n\n[origin_spot_check_factor]";
    let then = now.replace(" }]", " }, { from = 2028-02-29, value = \"0.1000\" }]");
    let parameters = changed("parameters.toml", now, &then);
    ok(&post(&server, "li", "/v1/packs", &json!({ "base": 1, "files": { "parameters.toml": parameters } })));
    for (on, flipped) in [("", 0), ("&on=2028-02-28", 0), ("&on=2028-02-29", 30), ("&on=2028-03-01", 30)] {
        let tried = ok(&post(&server, "li", &format!("/v1/packs/2/dry-run?last=10000{on}"), &json!({})));
        assert_eq!(tried["inspection"]["rate_changed"], flipped, "{on}");
    }
    let refused = post(&server, "li", "/v1/packs/2/dry-run?on=2027-02-29", &json!({}));
    assert!(
        problem(&refused, 400, "bad-request")["detail"].as_str().unwrap().contains("`on` is `2027-02-29`")
    );
    let token = server.token_of("qian", &["--role", "supervisor", "--office", "*"]);
    let tried = server.call("POST", "/v1/packs/2/dry-run", &token, Some("{}"));
    assert_eq!(tried.status, 200, "whoever may approve it may try it: {}", tried.body);
    let token = server.token_of("zhou", &["--role", "supervisor", "--office", "3101"]);
    let refused = server.call("POST", "/v1/packs/2/dry-run", &token, Some("{}"));
    assert_eq!(refused.status, 403, "flips name matters of other offices");
    let token = server.token_of("chen", &["--role", "officer", "--office", "*"]);
    assert_eq!(server.call("POST", "/v1/packs/2/dry-run", &token, Some("{}")).status, 403);
}

#[test]
fn a_measure_that_asks_for_more_flips_the_verdicts_and_no_other() {
    let places = Places::new();
    let server = Server::start(&places.databases()[0], &places.key_file());
    let matters: Vec<Value> = (0..30).map(|at| matter(&format!("M{at}"), at % 3)).collect();
    let tasks = follow_ups(&server, &decide(&server, &matters));
    let path = "measures/09-clean-year.toml";
    let measure = changed(path, "findings_1y = 0\"", "findings_1y <= 1\"");
    let refused = post(&server, "li", "/v1/packs", &json!({ "base": 1, "files": { path: measure } }));
    let failed = problem(&refused, 422, "pack-cases");
    assert_eq!(failed["errors"][0]["measure"], "9");
    assert_eq!(failed["errors"][0]["case"], "one finding keeps the ordinary AEO rate");
    assert!(failed["errors"][0]["reason"].as_str().unwrap().contains("expected refused, found granted"));
    let kept = server.call("GET", "/v1/packs/2", &server.token_of("li", &[]), None);
    assert_eq!(kept.status, 404, "it is kept out");

    // The case says what the law is; the new law has another case.
    let case =
        "name = \"one finding keeps the ordinary AEO rate\"\ngiven = { consignee_consignor_findings_1y = 1 }";
    let measure = measure.replace(case, &case.replace("y = 1", "y = 2"));
    let case = "findings_1y = 1 }\nunknown = [\"declarant_level\"]";
    let measure = measure.replace(case, &case.replace("y = 1", "y = 2"));
    let case = "consignee_consignor_level = \"regular\", consignee_consignor_findings_1y = 1 }";
    let measure = measure.replace(case, &case.replace("y = 1", "y = 2"));
    ok(&post(&server, "li", "/v1/packs", &json!({ "base": 1, "files": { path: measure } })));
    let tried = ok(&post(&server, "li", "/v1/packs/2/dry-run", &json!({})));
    assert_eq!(
        (&tried["matters"], &tried["flipped"]),
        (&(30 + tasks).into(), &10.into()),
        "those with one finding"
    );
    let flip = &tried["flips"][0];
    assert_eq!(flip["measures"], json!([{ "measure": "9", "before": "refused", "after": "granted" }]));
    assert_eq!(flip["inspection"]["before"]["rate"], "0.00488");
    assert_eq!(flip["inspection"]["after"]["rate"], "0.00244");
    let totals = tried["measures"].as_array().unwrap();
    let changed: Vec<&Value> = totals.iter().filter(|totals| totals["changes"] != json!([])).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["changes"], json!([{ "before": "refused", "after": "granted", "matters": 10 }]));
    assert_eq!((&changed[0]["before"]["granted"], &changed[0]["after"]["granted"]), (&10.into(), &20.into()));
    assert_eq!(tried["inspection"]["rate_changed"], 10);
}

#[test]
fn a_pack_with_problems_is_kept_out_and_each_problem_has_its_place() {
    let places = Places::new();
    let server = Server::start(&places.databases()[0], &places.key_file());
    let parameters = changed("parameters.toml", "ordinary = \"0.0244\"", "ordinary = \"1.0244\"");
    let line = parameters.lines().position(|line| line.contains("1.0244")).unwrap() + 1;
    let upload = |body: &Value| post(&server, "li", "/v1/packs", body);
    let refused = upload(&json!({ "base": 1, "files": { "parameters.toml": parameters } }));
    let refused = problem(&refused, 422, "pack-problems");
    let error = &refused["errors"][0];
    assert_eq!((&error["file"], &error["line"]), (&"parameters.toml".into(), &line.into()), "{refused}");
    assert!(error["column"].as_u64().unwrap() > 1);
    assert!(error["reason"].as_str().unwrap().contains("1.0244"), "{error}");
    let whole = upload(&json!({ "files": { "pack.toml": "id = 1" } }));
    assert!(problem(&whole, 422, "pack-problems")["errors"].as_array().unwrap().len() > 1);

    for (written, instead, words) in [
        (r#"{ measure = "1", against"#, r#"{ measure = "99", against"#, "there is no measure `99`"),
        (
            r#"{ measure = "1", against"#,
            r#"{ measure = "7", against"#,
            "measure `7` has no factor on a rate whose parameter has a `cap`",
        ),
        (
            r#"against = "advanced""#,
            r#"against = "golden""#,
            "`golden` is not in the code list `credit_level`",
        ),
        (r#"level = "recognised_level""#, r#"level = "is_food""#, "a fact of type code"),
        (r#"classes = ["is_food""#, r#"classes = ["hs_code""#, "a flag"),
    ] {
        let head = changed("pack.toml", written, instead);
        let line = head.lines().position(|line| line.contains(instead)).unwrap() + 1;
        let refused =
            problem(&upload(&json!({ "base": 1, "files": { "pack.toml": head } })), 422, "pack-problems");
        let error = &refused["errors"][0];
        assert_eq!((&error["file"], &error["line"]), (&"pack.toml".into(), &line.into()), "{refused}");
        assert!(error["reason"].as_str().unwrap().contains(words), "{error}");
    }

    let bad = [
        (json!({ "base": 1, "files": { "../etc/passwd": "" } }), 422, "fields", "is no file of a pack"),
        (json!({ "base": 1, "remove": ["measures/none.toml"] }), 422, "fields", "has no file"),
        (json!({ "base": 7, "files": {} }), 404, "no-pack", "there is no pack 7"),
        (json!({ "base": "abc", "files": {} }), 404, "no-pack", "no pack has the hash `abc`"),
        (json!({ "pack": {} }), 422, "fields", "unknown field `pack`"),
    ];
    for (body, status, kind, words) in bad {
        let refused = problem(&upload(&body), status, kind);
        assert!(refused["detail"].as_str().unwrap().contains(words), "{refused}");
    }
    assert_eq!(server.call("POST", "/v1/packs", "", Some("{}")).status, 401);
    problem(&server.post("/v1/packs", "application/json", "{}", &[]), 403, "forbidden");
    let all = server.call("GET", "/v1/packs", &server.token_of("li", &[]), None).json();
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "all were kept out");
}

#[test]
fn what_a_pack_s_state_does_not_allow_is_refused() {
    let places = Places::new();
    let server = Server::start(&places.databases()[0], &places.key_file());
    let step = |person: &str, path: &str, body: Value| post(&server, person, path, &body);
    ok(&step("li", "/v1/packs", another_rate("0.0300")));
    let again = step("wang", "/v1/packs", another_rate("0.0300"));
    assert_eq!(
        (again.status, again.json()["number"].as_u64()),
        (200, Some(2)),
        "the same text is the same pack"
    );
    problem(&step("wang", "/v1/packs/2/approve", json!({})), 409, "pack-state");
    ok(&step("li", "/v1/packs/2/submit", json!({})));
    problem(&step("wang", "/v1/packs/2/approve", json!({ "from": "2024-01-01" })), 422, "pack-from");
    problem(&step("wang", "/v1/packs/2/approve", json!({ "from": "tomorrow" })), 400, "bad-request");
    problem(&step("wang", "/v1/packs/2/reject", json!({})), 400, "bad-request");
    problem(&step("wang", "/v1/packs/1/withdraw", json!({ "reason": "x" })), 409, "only-law");
    problem(&step("wang", "/v1/packs/9/submit", json!({})), 404, "no-pack");
    problem(&step("wang", "/v1/packs/2/dry-run?last=0", json!({})), 400, "bad-request");
    // Approved from a later day: today's decisions stay with the pack in force.
    let approved = ok(&step("wang", "/v1/packs/2/approve", json!({ "from": "2099-01-01" })));
    assert_eq!((&approved["from"], &approved["in_force"]), (&"2099-01-01".into(), &false.into()));
    assert_ne!(pack_of(&decide(&server, &[matter("A", 0)])), approved["hash"]);
    ok(&step("wang", "/v1/packs/2/withdraw", json!({ "reason": "the consultation is not over" })));

    let files = server.get("/v1/packs/2/files");
    assert!(
        files.json()["files"]["parameters.toml"].as_str().unwrap().contains("0.0300"),
        "readable for ever"
    );
    let tag = files.header("etag").unwrap();
    let known = server.get_with("/v1/packs/2/files", &[("if-none-match", tag)]);
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    let page = server.get("/v1/packs?limit=1").json();
    assert_eq!((&page["items"][0]["number"], &page["next"]), (&2.into(), &2.into()));
    let page = server.get("/v1/packs?limit=1&after=2").json();
    assert_eq!((&page["items"][0]["number"], &page["next"]), (&1.into(), &Value::Null));
}

#[test]
fn servers_that_share_a_database_all_decide_by_the_approved_pack_and_a_withdrawal_takes_it_back() {
    let places = Places::new();
    let database = &places.databases()[1];
    let servers = [0, 1].map(|_| Server::start(database, &places.key_file()));
    let first = pack_of(&decide(&servers[1], &[matter("A", 0)])).to_owned();
    let uploaded = ok(&post(&servers[0], "li", "/v1/packs", &another_rate("0.0300")));
    ok(&post(&servers[0], "li", "/v1/packs/2/submit", &json!({})));
    ok(&post(&servers[0], "wang", "/v1/packs/2/approve", &json!({})));
    let until = |hash: &str| {
        let started = std::time::Instant::now();
        for at in 0.. {
            let answer = decide(&servers[1], &[matter(&format!("B{at}"), 0)]);
            if pack_of(&answer) == hash {
                break;
            }
            assert!(started.elapsed().as_secs() < 20, "the other server has not heard of it");
        }
    };
    until(uploaded["hash"].as_str().unwrap());
    // A repeated request is answered by the pack that decided it.
    let key = [("idempotency-key", "K")];
    let kept = servers[1].decide(&matter("K", 0).to_string(), &key);
    ok(&post(&servers[1], "li", "/v1/packs/2/withdraw", &json!({ "reason": "a slip of the pen" })));
    ok(&post(&servers[1], "wang", "/v1/packs/2/withdrawal/approve", &json!({})));
    assert_eq!(pack_of(&decide(&servers[1], &[matter("C", 0)])), first);
    assert_eq!(servers[0].decide(&matter("K", 0).to_string(), &key).body, kept.body);
    until(&first);

    // A server that is started with another pack does not put it in force.
    let folder = places.folder.path().join("pack");
    for (path, text) in PackFiles::embedded().iter() {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text.replace("\"0.0244\"", "\"0.0500\"")).unwrap();
    }
    let other = Server::start_with(database, &places.key_file(), &["--pack", text(&folder)]);
    assert_eq!((&other.said["pack"], &other.said["pack_is_given"]), (&1.into(), &false.into()));
    assert_eq!(pack_of(&decide(&other, &[matter("D", 0)])), first);
}
