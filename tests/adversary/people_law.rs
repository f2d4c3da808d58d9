//! The law and the registry: what takes two, what takes all offices, and what nobody else reads or takes back.

use serde_json::{Value, json};

use crate::server::{Response, Server};
use crate::support::places::Places;

const OWN: &str = "3101910012";

const PEOPLE: [(&str, &[&str]); 10] = [
    ("editor", &["--role", "policy_editor"]),
    ("other-editor", &["--role", "policy_editor"]),
    ("local-editor", &["--role", "policy_editor", "--office", "5301"]),
    ("supervisor", &["--role", "supervisor", "--office", "*"]),
    ("local-supervisor", &["--role", "supervisor", "--office", "5301"]),
    ("officer", &["--role", "officer", "--office", "5301"]),
    ("other-officer", &["--role", "officer", "--office", "3101"]),
    ("enterprise", &["--role", "enterprise", "--enterprise", OWN]),
    ("partner", &["--role", "partner"]),
    ("local-machine", &["--machine", "--role", "machine", "--office", "5301"]),
];

/// A server with everybody above, and what one of them does.
struct Country(Server);

impl Country {
    fn each(tries: impl Fn(&Country)) {
        let places = Places::new();
        for database in places.databases() {
            tries(&Country(Server::start(&database, &places.key_file())));
        }
    }

    fn does(&self, login: &str, method: &str, path: &str, body: &Value) -> Response {
        let (_, account) = PEOPLE.iter().find(|(known, _)| *known == login).unwrap();
        let body = (!body.is_null()).then(|| body.to_string());
        self.0.call(method, path, &self.0.token_of(login, account), body.as_deref())
    }

    fn posts(&self, login: &str, path: &str, body: &Value) -> Value {
        let answer = self.does(login, "POST", path, body);
        assert!(answer.status < 300, "{login} {path}: {}", answer.body);
        answer.json()
    }

    fn status(&self, login: &str, method: &str, path: &str, body: &Value) -> u16 {
        self.does(login, method, path, body).status
    }

    /// An uploaded and submitted pack with another rate; its number.
    fn draft(&self, rate: &str) -> u64 {
        let files = greenlane_policy::load::PackFiles::embedded();
        let (path, text) = files.iter().find(|(path, _)| *path == "parameters.toml").unwrap();
        let text = text.replace("ordinary = \"0.0244\"", &format!("ordinary = \"{rate}\""));
        let new = json!({ "base": 1, "files": { path: text }, "reason": "we look harder at wine" });
        let number = self.posts("editor", "/v1/packs", &new)["number"].as_u64().unwrap();
        self.posts("editor", &format!("/v1/packs/{number}/submit"), &json!({}));
        number
    }

    fn state(&self, number: u64) -> Value {
        let release = self.does("editor", "GET", &format!("/v1/packs/{number}"), &Value::Null).json();
        json!([release["state"], release["in_force"]])
    }
}

#[test]
fn a_law_in_force_is_withdrawn_by_two_people() {
    Country::each(|country| {
        let number = country.draft("0.0300");
        let path = |step: &str| format!("/v1/packs/{number}/{step}");
        country.posts("other-editor", &path("approve"), &json!({}));
        assert_eq!(country.state(number), json!(["approved", true]));
        let why = json!({ "reason": "it was a mistake" });
        country.posts("editor", &path("withdraw"), &why);
        assert_eq!(
            country.state(number),
            json!(["withdrawal_requested", true]),
            "one person changes nothing"
        );
        assert_eq!(country.status("editor", "POST", &path("withdrawal/approve"), &json!({})), 403);
        assert_eq!(country.status("local-supervisor", "POST", &path("withdrawal/approve"), &json!({})), 403);
        country.posts("supervisor", &path("withdrawal/reject"), &why);
        assert_eq!(country.state(number), json!(["approved", true]));
        country.posts("editor", &path("withdraw"), &why);
        country.posts("supervisor", &path("withdrawal/approve"), &json!({}));
        assert_eq!(country.state(number), json!(["withdrawn", false]));
        assert_eq!(country.state(1), json!(["approved", true]));
    });
}

#[test]
fn nationwide_law_is_approved_by_those_who_serve_all_offices() {
    Country::each(|country| {
        let number = country.draft("0.0300");
        let path = format!("/v1/packs/{number}/approve");
        for login in ["local-supervisor", "local-editor", "editor"] {
            assert_eq!(country.status(login, "POST", &path, &json!({})), 403, "{login}");
        }
        assert_eq!(country.state(number), json!(["submitted", false]));
        country.posts("supervisor", &path, &json!({}));
    });
}

#[test]
fn drafts_of_law_are_read_by_those_who_change_or_audit_it() {
    Country::each(|country| {
        let number = country.draft("0.0300");
        let one = format!("/v1/packs/{number}");
        let entry = country.does("editor", "GET", &one, &Value::Null).json()["moves"][0]["entry"].clone();
        let receipt = format!("/v1/log/entries/{entry}/receipt");
        for login in ["enterprise", "partner", "officer", "local-supervisor", "local-machine"] {
            for path in [one.clone(), format!("{one}/files"), format!("/v1/packs/{}", number + 1)] {
                assert_eq!(country.status(login, "GET", &path, &Value::Null), 404, "{login} {path}");
            }
            assert_eq!(country.status(login, "GET", &receipt, &Value::Null), 404, "{login}");
            let all = country.does(login, "GET", "/v1/packs", &Value::Null).json();
            assert_eq!(all["items"].as_array().unwrap().len(), 1, "{login}: {all}");
            assert_eq!(
                country.status(login, "POST", &format!("{one}/reject"), &json!({ "reason": "no" })),
                403
            );
            assert_eq!(country.status(login, "POST", "/v1/packs/99/reject", &json!({ "reason": "no" })), 403);
        }
        for login in ["editor", "local-editor", "supervisor"] {
            let all = country.does(login, "GET", "/v1/packs", &Value::Null);
            assert!(all.body.contains("we look harder at wine"), "{login}: {}", all.body);
        }
        country.posts("supervisor", &format!("{one}/approve"), &json!({ "reason": "agreed" }));
        let law = country.does("enterprise", "GET", &one, &Value::Null);
        assert_eq!(law.status, 200, "approved law is everybody's");
        assert!(!law.body.contains("wine") && law.body.contains("agreed"), "{}", law.body);
        assert_eq!(
            country.status("enterprise", "GET", &receipt, &Value::Null),
            404,
            "nor why it was proposed"
        );
    });
}

#[test]
fn an_event_is_withdrawn_by_the_office_that_recorded_it() {
    Country::each(|country| {
        let event = json!({ "enterprise": OWN, "kind": "penalty", "amount": "100.00", "on": "2024-05-01" });
        let number = country.posts("officer", "/v1/events", &event)["event"].clone();
        let listed =
            country.does("supervisor", "GET", &format!("/v1/enterprises/{OWN}/events"), &Value::Null).json();
        assert_eq!(listed["items"][0]["office"], "5301", "{listed}");
        let path = format!("/v1/events/{number}/withdraw");
        let why = json!({ "ground": "none" });
        assert_eq!(country.status("other-officer", "POST", &path, &why), 403);
        let mut foreign = event.clone();
        foreign["office"] = "3101".into();
        assert_eq!(
            country.status("officer", "POST", "/v1/events", &foreign),
            403,
            "in the name of another office"
        );
        assert_eq!(country.status("officer", "POST", &path, &why), 200);
        let nationwide = country.posts("supervisor", "/v1/events", &event)["event"].clone();
        let path = format!("/v1/events/{nationwide}/withdraw");
        assert_eq!(country.status("officer", "POST", &path, &why), 403);
        assert_eq!(country.status("supervisor", "POST", &path, &why), 200);
    });
}

#[test]
fn what_counts_at_every_office_is_recorded_for_all_of_them() {
    Country::each(|country| {
        country.posts("supervisor", "/v1/enterprises", &json!({ "customs_code": OWN }));
        let level = json!({ "valid_from": "2024-01-01", "facts": { "level": "advanced" }, "ground": "none" });
        let path = format!("/v1/enterprises/{OWN}/records");
        for login in ["local-machine", "local-supervisor"] {
            assert_eq!(country.status(login, "POST", &path, &level), 403, "{login}");
        }
        country.posts("supervisor", &path, &level);
    });
}

#[test]
fn an_editor_tries_no_matter_of_an_enterprise() {
    Country::each(|country| {
        let mut matter = json!({ "matter_id": "M-1", "matter": "import_declaration", "decided_on": "2024-08-30",
                                 "office": "5301", "consignee_consignor_id": OWN });
        assert_eq!(country.status("editor", "POST", "/v1/decide?dry_run=true", &matter), 403);
        matter.as_object_mut().unwrap().remove("consignee_consignor_id");
        assert_eq!(country.status("editor", "POST", "/v1/decide?dry_run=true", &matter), 200);
    });
}
