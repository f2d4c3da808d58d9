//! The description of the interface (OpenAPI) is complete, and its examples are answered as it says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/server.rs"]
mod server;
mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use server::{Response, Server, agent, request};
use support::places::Places;

/// Every operation in an order in which their examples can be sent, and who sends them.
const ORDER: [(&str, &str); 85] = [
    ("GET /healthz", ""),
    ("GET /readyz", ""),
    ("GET /metrics", ""),
    ("POST /v1/enterprises", "li"),
    ("GET /v1/enterprises", "li"),
    ("POST /v1/enterprises/{id}/records", "li"),
    ("GET /v1/enterprises/{id}", "li"),
    ("GET /v1/enterprises/{id}/records", "li"),
    ("POST /v1/enterprises/{id}/records/{record}/withdraw", "li"),
    ("POST /v1/events", "li"),
    ("GET /v1/enterprises/{id}/events", "li"),
    ("POST /v1/events/{event}/withdraw", "li"),
    ("POST /v1/decide", "li"),
    ("GET /v1/matters/{matter}/entries", "li"),
    ("GET /v1/tasks", "li"),
    ("GET /v1/tasks/{task}", "li"),
    ("POST /v1/tasks/claim", "li"),
    ("POST /v1/tasks/{task}/heartbeat", "li"),
    ("POST /v1/tasks/{task}/release", "li"),
    ("POST /v1/tasks/{task}/draw", "li"),
    ("POST /v1/tasks/{task}/claim", "li"),
    ("POST /v1/tasks/{task}/complete", "li"),
    ("POST /v1/tasks/{task}/withdraw", "li"),
    ("GET /v1/queues", "li"),
    ("GET /v1/queues/events", "li"),
    ("GET /v1/queues/times", "li"),
    ("GET /v1/rates", "li"),
    ("GET /v1/alarms", "li"),
    ("POST /v1/applications", "li"),
    ("GET /v1/applications", "li"),
    ("GET /v1/applications/{application}", "li"),
    ("POST /v1/applications/{application}/{move}", "li"),
    ("GET /v1/applications/{application}/letter", "li"),
    ("GET /v1/tasks/{task}/moves", "li"),
    ("GET /v1/applications/{application}/moves", "li"),
    ("GET /v1/lots", "li"),
    ("GET /v1/lots/{lot}", "li"),
    ("GET /v1/lots/{lot}/moves", "li"),
    ("POST /v1/matters/{matter}/move", "li"),
    ("GET /v1/log/key", ""),
    ("GET /v1/log/checkpoint", ""),
    ("GET /v1/log/witnesses", ""),
    ("GET /v1/log/head", ""),
    ("GET /v1/log/entries/{entry}/receipt", "li"),
    ("GET /v1/log/consistency", ""),
    ("GET /v1/draws/{day}", ""),
    ("GET /v1/packs", "li"),
    ("GET /v1/packs/{number}", "li"),
    ("POST /v1/packs", "li"),
    ("GET /v1/packs/{number}/files", "li"),
    ("POST /v1/packs/{number}/dry-run", "li"),
    ("POST /v1/packs/{number}/submit", "li"),
    ("POST /v1/packs/{number}/approve", "wang"),
    ("POST /v1/packs/{number}/withdraw", "li"),
    ("POST /v1/packs/{number}/reject", "wang"),
    ("POST /v1/packs/{number}/withdrawal/reject", "wang"),
    ("POST /v1/packs/{number}/withdrawal/approve", "wang"),
    ("POST /v1/accounts", "li"),
    ("GET /v1/accounts", "li"),
    ("GET /v1/accounts/{account}", "li"),
    ("POST /v1/accounts/{account}/invitation", "li"),
    ("POST /v1/welcome", ""),
    ("POST /v1/session", ""),
    ("GET /v1/me", "li"),
    ("POST /v1/me/notices", "zhang.min"),
    ("POST /v1/me/password", "zhang.min"),
    ("DELETE /v1/session", "li"),
    ("PATCH /v1/accounts/{account}", "li"),
    ("DELETE /v1/accounts/{account}/openid", "li"),
    ("POST /v1/tokens", "li"),
    ("GET /v1/tokens", "li"),
    ("DELETE /v1/tokens/{token}", "li"),
    ("POST /v1/webhooks", "li"),
    ("GET /v1/webhooks", "li"),
    ("GET /v1/webhooks/{webhook}", "li"),
    ("POST /v1/webhooks/{webhook}/test", "li"),
    ("GET /v1/webhooks/{webhook}/dead-letters", "li"),
    ("POST /v1/webhooks/{webhook}/dead-letters/{number}/retry", "li"),
    ("POST /v1/webhooks/{webhook}/rotate", "li"),
    ("PATCH /v1/webhooks/{webhook}", "li"),
    ("DELETE /v1/webhooks/{webhook}", "li"),
    ("GET /v1/account-changes", "li"),
    ("POST /v1/account-changes/{change}/approve", "wang"),
    ("POST /v1/account-changes/{change}/reject", "wang"),
    ("GET /v1/trail", "li"),
];

/// Where a browser goes between this server and an identity provider: `openid.rs` walks there with a real one.
const OF_BROWSERS: [&str; 2] = ["GET /v1/session/openid", "GET /v1/session/openid/callback"];

const ROLES: [&str; 12] = [
    "--role",
    "officer",
    "--role",
    "supervisor",
    "--role",
    "policy_editor",
    "--role",
    "administrator",
    "--role",
    "auditor",
    "--office",
    "*",
];

/// Name (`GET /v1/me`) and description of every operation.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let of = |(path, item): (&'_ String, _)| -> Vec<(String, &Value)> {
        let item: &serde_json::Map<String, Value> = Value::as_object(item).unwrap();
        item.iter().map(|(method, said)| (format!("{} {path}", method.to_uppercase()), said)).collect()
    };
    document["paths"].as_object().unwrap().iter().flat_map(of).collect()
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str))
}

/// Names of the examples of an operation; one without a name if there is nothing to show.
fn names(operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let contents =
        [&operation["requestBody"]].into_iter().chain(operation["responses"].as_object().unwrap().values());
    let contents = contents.flat_map(|one| one["content"].as_object().into_iter().flat_map(|of| of.values()));
    let mut names: Vec<String> = Vec::new();
    for name in parameters.chain(contents).flat_map(|one| keys(&one["examples"])) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    if names.is_empty() { vec![String::new()] } else { names }
}

#[test]
fn every_operation_has_a_summary_a_tag_a_name_of_its_own_and_examples() {
    let document = greenlane_api::document();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}: summary");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name}: tag");
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name}: name");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let shown = parameter["examples"].is_object() || parameter["required"] != true;
            assert!(shown, "{name}: an example of {}", parameter["name"]);
        }
        if let Some(body) = operation["requestBody"]["content"].as_object() {
            for (kind, content) in body {
                assert!(content["examples"].is_object(), "{name}: an example of {kind}");
            }
        }
        let good =
            operation["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'));
        let mut contents = good.flat_map(|(_, said)| said["content"].as_object()).flatten().peekable();
        let is_shown =
            contents.peek().is_none() || contents.any(|(_, content)| content["examples"].is_object());
        assert!(is_shown, "{name}: an example of an answer");
    }
}

/// Places of schemas that say no more than `object`, and of references to nothing.
fn loose_ends(document: &Value, part: &Value, place: &str, found: &mut Vec<String>) {
    if let Some(to) = part["$ref"].as_str()
        && document.pointer(to.trim_start_matches('#')).is_none()
    {
        found.push(format!("{place} -> {to}"));
    }
    let says_more =
        ["properties", "additionalProperties", "oneOf", "allOf"].iter().any(|key| part.get(key).is_some());
    if part["type"] == "object" && !says_more {
        found.push(place.to_owned());
    }
    match part {
        Value::Object(parts) => {
            parts.iter().for_each(|(key, part)| loose_ends(document, part, &format!("{place}/{key}"), found));
        }
        Value::Array(parts) => parts.iter().for_each(|part| loose_ends(document, part, place, found)),
        _ => (),
    }
}

#[test]
fn no_schema_is_a_bare_object_and_every_reference_leads_somewhere() {
    let document = greenlane_api::document();
    let mut found = Vec::new();
    loose_ends(&document, &document, "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
    let mut bare = Vec::new();
    let loose = json!({ "a": { "type": "object" }, "b": { "$ref": "#/none" } });
    loose_ends(&document, &loose, "", &mut bare);
    assert_eq!(bare, ["/a", "/b -> #/none"]);
}

#[test]
fn the_kinds_of_problems_are_those_of_the_documentation() {
    let document = greenlane_api::document();
    let text = std::fs::read_to_string(support::root().join("docs/http-api.md")).unwrap();
    let rows = text.split_once("| status | `type` ends in | when |").unwrap().1;
    let mut told = BTreeSet::new();
    for row in rows.lines().skip(2).take_while(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        told.extend(
            cells[2].split(", ").map(|kind| (cells[1].to_owned(), kind.trim_matches('`').to_owned())),
        );
    }
    let mut said = BTreeSet::from([("405".to_owned(), "method".to_owned())]);
    for response in document["components"]["responses"].as_object().unwrap().values() {
        let narrower = &response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"];
        let status = narrower["status"]["const"].to_string();
        for kind in narrower["type"]["enum"].as_array().unwrap() {
            let kind = kind.as_str().unwrap().strip_prefix("urn:greenlane:problem:").unwrap();
            said.insert((status.clone(), kind.to_owned()));
        }
    }
    assert_eq!(said, told);
}

#[test]
fn the_page_of_the_interface_shows_every_operation_in_a_browser_and_asks_no_other_host() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    let profile = places.folder.path().join("browser");
    // Every other name leads nowhere, so that a request to one is an error in the browser's log.
    if !std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .any(|folder| folder.join("chromium").exists())
    {
        return println!("skipped: no chromium");
    }
    let run = std::process::Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        .args(["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(["--virtual-time-budget=60000", "--dump-dom", &format!("{}/docs", server.base)])
        .output()
        .unwrap();
    let (page, log) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    for (name, _) in operations(&greenlane_api::document()) {
        let path = name.split_once(' ').unwrap().1;
        assert!(page.contains(&format!("data-path=\"{path}\"")), "{name}\n{log}\n{page}");
    }
    assert!(page.contains("Authorize") && !log.contains("CONSOLE"), "{log}");

    let script = server.call("GET", "/assets/swagger-ui-bundle.js", "", None);
    let tag = script.header("etag").unwrap();
    assert_eq!(script.header("cache-control"), Some("public, max-age=3600"));
    let url = format!("{}/assets/swagger-ui-bundle.js", server.base);
    let again = request(&agent(), "GET", &url, &[("if-none-match", tag)], None).unwrap();
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(server.call("GET", "/assets/other.js", "", None).status, 404);
}

/// Sends examples to a server; knows what only the server can name.
struct Sender {
    server: Server,
    database: String,
    document: Value,
    secret: String,
    /// The cookie of the person who signed in.
    session: String,
    webhook: String,
    letter: String,
    /// Numbers of the tasks that the examples call 1 and 2.
    tasks: Vec<String>,
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Sender {
    fn token(&self, who: &str) -> String {
        if who.is_empty() { String::new() } else { self.server.token_of(who, &ROLES) }
    }

    fn as_li(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let body = body.map(Value::to_string);
        self.server.call(method, path, &self.token("li"), body.as_deref())
    }

    /// What has to be there before an operation.
    fn before(&mut self, operation: &str) {
        if operation == "GET /v1/lots" {
            let item = json!({
                "matter_id": "530120240000000009-1", "matter": "export_declaration", "unit": "item", "office": "5301",
                "consignee_consignor_id": "3101910012", "consignee_consignor_level": "advanced",
                "consignee_consignor_is_producer": true, "declarant_level": "regular", "end_user_level": "regular",
                "is_hazardous_chemical": true, "lot_id": "CHEM-2024-07", "decided_on": "2024-08-30",
            });
            assert_eq!(self.as_li("POST", "/v1/decide", Some(&item)).status, 200);
        }
        if operation == "GET /v1/tasks" {
            for serial in 1..=2 {
                let amendment = json!({ "matter_id": format!("A-2024-{serial}"), "matter": "amendment",
                    "consignee_consignor_id": "3101910012", "office": "5301" });
                assert_eq!(self.as_li("POST", "/v1/decide", Some(&amendment)).status, 200);
            }
            let waiting = self.as_li("GET", "/v1/tasks?queue=amendment", None).json();
            self.tasks =
                waiting["items"].as_array().unwrap().iter().map(|task| plain(&task["task"])).collect();
        }
        if operation == "DELETE /v1/accounts/{account}/openid" {
            let bind =
                "UPDATE account SET subject = 'https://id.customs.example 248289761001' WHERE number = 4";
            support::sql::run(&self.database, bind);
        }
        if operation == "POST /v1/packs/{number}/reject" {
            let examples =
                &self.document["paths"]["/v1/packs"]["post"]["requestBody"]["content"]["application/json"];
            let mut another = examples["examples"]["another list of pilots"]["value"].clone();
            let pilots = plain(&another["files"]["reference/pilots.csv"]).replace(",5302,", ",5303,");
            another["files"]["reference/pilots.csv"] = pilots.into();
            assert_eq!(self.as_li("POST", "/v1/packs", Some(&another)).status, 201);
            assert_eq!(self.as_li("POST", "/v1/packs/3/submit", Some(&json!({}))).status, 200);
        }
        if operation == "POST /v1/packs/{number}/withdrawal/reject" {
            let examples =
                &self.document["paths"]["/v1/packs"]["post"]["requestBody"]["content"]["application/json"];
            let mut another = examples["examples"]["another list of pilots"]["value"].clone();
            let pilots = plain(&another["files"]["reference/pilots.csv"]).replace(",5302,", ",5304,");
            another["files"]["reference/pilots.csv"] = pilots.into();
            assert_eq!(self.as_li("POST", "/v1/packs", Some(&another)).status, 201);
            assert_eq!(self.as_li("POST", "/v1/packs/4/submit", Some(&json!({}))).status, 200);
            let approved = self.server.call("POST", "/v1/packs/4/approve", &self.token("wang"), Some("{}"));
            assert_eq!(approved.status, 200, "{}", approved.body);
        }
        if operation.starts_with("POST /v1/packs/{number}/withdrawal/") {
            let asked = self.as_li("POST", "/v1/packs/4/withdraw", Some(&json!({ "reason": "a mistake" })));
            assert_eq!(asked.status, 200, "{}", asked.body);
        }
        if operation == "GET /v1/account-changes" {
            let off = ["account", "lone-administrator", "off", "--database", &self.database];
            support::stdout(&support::greenlane(&off), 0);
            let more = json!({ "roles": ["officer", "supervisor"] });
            assert_eq!(self.as_li("PATCH", "/v1/accounts/4", Some(&more)).status, 202);
            assert_eq!(self.as_li("POST", "/v1/accounts/4/invitation", None).status, 201);
        }
        if operation == "GET /v1/webhooks/{webhook}/dead-letters" {
            let path = format!("/v1/webhooks/{}/dead-letters", self.webhook);
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
            while self.letter.is_empty() {
                assert!(std::time::Instant::now() < deadline, "nothing was given up");
                let letters = self.as_li("GET", &path, None).json();
                self.letter = letters["items"][0]["number"]
                    .as_u64()
                    .map(|number| number.to_string())
                    .unwrap_or_default();
            }
        }
    }

    /// A value that only this server can know stands in for the one of the example.
    fn parameter(&self, operation: &str, name: &str, value: &Value) -> String {
        match name {
            "webhook" => self.webhook.clone(),
            "task" => self.tasks[value.as_u64().unwrap() as usize - 1].clone(),
            "number" if operation.ends_with("/retry") => self.letter.clone(),
            "day" => {
                let china = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
                china.to_datetime(jiff::Timestamp::now()).date().to_string()
            }
            _ => plain(value),
        }
    }

    /// Path with query, and headers.
    fn target(&self, name: &str, operation: &Value, example: &str) -> (String, Vec<(String, String)>) {
        let (mut path, mut query) = (name.split_once(' ').unwrap().1.to_owned(), Vec::new());
        let mut headers = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let Some(value) = parameter["examples"].get(example) else { continue };
            let key = parameter["name"].as_str().unwrap();
            let value = self.parameter(name, key, &value["value"]);
            match parameter["in"].as_str().unwrap() {
                "path" => path = path.replace(&format!("{{{key}}}"), &encoded(&value)),
                "query" => query.push(format!("{key}={}", encoded(&value))),
                _ => headers.push((key.to_owned(), value)),
            }
        }
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        (path + &query, headers)
    }

    /// Content type and text of the body.
    fn body(&self, name: &str, operation: &Value, example: &str) -> Option<(String, String)> {
        let contents = operation["requestBody"]["content"].as_object()?;
        let (kind, content) =
            contents.iter().find(|(_, content)| content["examples"].get(example).is_some())?;
        let mut value = content["examples"][example]["value"].clone();
        if name == "POST /v1/welcome" {
            value["secret"] = self.secret.clone().into();
        }
        Some((kind.clone(), plain(&value)))
    }

    fn send(&self, name: &str, who: &str, operation: &Value, example: &str) -> Response {
        let (path, mut headers) = self.target(name, operation, example);
        let body = self.body(name, operation, example);
        headers.extend(body.iter().map(|(kind, _)| ("content-type".to_owned(), kind.clone())));
        match who {
            "" => {}
            "zhang.min" => headers.push(("cookie".to_owned(), self.session.clone())),
            _ => headers.push(("authorization".to_owned(), format!("Bearer {}", self.token(who)))),
        }
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (&name[..], &value[..])).collect();
        let method = name.split_once(' ').unwrap().0;
        let url = format!("{}{path}", self.server.base);
        request(&agent(), method, &url, &headers, body.as_ref().map(|(_, text)| &text[..])).unwrap()
    }

    fn after(&mut self, name: &str, answer: &Response) {
        match name {
            "POST /v1/accounts/{account}/invitation" => {
                self.secret = plain(&answer.json()["link"]).split_once('#').unwrap().1.to_owned();
            }
            "POST /v1/session" => {
                let cookie = answer.header("set-cookie").unwrap();
                self.session = cookie.split(';').next().unwrap().to_owned();
            }
            "POST /v1/webhooks" => self.webhook = plain(&answer.json()["id"]),
            _ => (),
        }
    }
}

/// Holds an answer, and the example of one, to the description.
fn check(document: &Value, name: &str, operation: &Value, example: &str, answer: &Response) {
    let status = answer.status.to_string();
    let place = format!("{name} `{example}`: {status} {}", answer.body);
    let said = &operation["responses"][&status];
    assert!(status.starts_with('2') && said.is_object(), "{place}");
    let Some(contents) = said["content"].as_object() else { return assert_eq!(answer.body, "", "{place}") };
    let kind = answer.header("content-type").unwrap().split(';').next().unwrap();
    let content = contents.get(kind).unwrap_or_else(|| panic!("{kind} {place}"));
    let schema = json!({ "components": document["components"], "allOf": [content["schema"]] });
    let schema = jsonschema::validator_for(&schema).unwrap();
    let is_json = kind == "application/json";
    let answered = if is_json { answer.json() } else { answer.body.clone().into() };
    let shown = &content["examples"][example]["value"];
    for value in [&answered, shown] {
        let problems: Vec<String> =
            schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{problems:#?}\n{place}\n{shown}");
    }
}

#[test]
fn every_example_is_answered_as_the_document_says() {
    let places = Places::new();
    let database = places.sqlite();
    let server = Server::start_with(&database, &places.key_file(), &["--webhook-retries", "1s"]);
    let document = server.call("GET", "/v1/openapi.json", "", None).json();
    assert_eq!(document, greenlane_api::document());
    let mut sender = Sender {
        server,
        database,
        document: document.clone(),
        secret: String::new(),
        session: String::new(),
        webhook: String::new(),
        letter: String::new(),
        tasks: Vec::new(),
    };
    // Accounts and tokens are numbered as in the examples.
    assert!(["li", "wang"].iter().all(|who| !sender.token(who).is_empty()));
    let known = operations(&document);
    let sent: BTreeSet<&str> = ORDER.iter().map(|(name, _)| *name).chain(OF_BROWSERS).collect();
    assert_eq!(sent, known.iter().map(|(name, _)| name.as_str()).collect());
    for (name, who) in ORDER {
        let operation = known.iter().find(|(known, _)| known == name).unwrap().1;
        sender.before(name);
        for example in names(operation) {
            let answer = sender.send(name, who, operation, &example);
            check(&document, name, operation, &example, &answer);
            sender.after(name, &answer);
        }
    }
}
