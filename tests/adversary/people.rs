//! One person who does what takes two, and rights that are wider than their reason.

#[path = "people_law.rs"]
mod law;

use serde_json::{Value, json};

use crate::server::{Response, Server, agent, request};
use crate::support::places::Places;
use crate::support::{greenlane, stdout};

const PASSWORD: &str = "correct horse battery";

/// A server with people who sign in.
struct House {
    server: Server,
    database: String,
}

impl House {
    /// On a new database of each kind, with two administrators who have signed in: `first` and `second`.
    fn each(tries: impl Fn(&House)) {
        let places = Places::new();
        for database in places.databases() {
            let server = Server::start(&database, &places.key_file());
            let house = House { server, database: database.clone() };
            house.makes("first", &["--role", "administrator"]);
            assert_eq!(house.me(&house.signs_in("first"))["lone_administrator"], true);
            house.makes("second", &["--role", "administrator"]);
            let second = house.signs_in("second");
            assert_eq!(house.me(&second)["lone_administrator"], false, "{database}");
            tries(&house);
        }
    }

    fn runs(&self, arguments: &[&str]) -> Value {
        let output = greenlane(&[arguments, &["--json", "--database", &self.database]].concat());
        serde_json::from_str(&stdout(&output, 0)).unwrap()
    }

    /// An operator makes an account on the server itself, and its owner a password; its number.
    fn makes(&self, login: &str, what: &[&str]) -> u64 {
        let made = self.runs(&[&["account", "create", login][..], what].concat());
        if let Some(link) = made["link"].as_str() {
            let body = json!({ "secret": secret(link), "password": PASSWORD });
            assert_eq!(self.send("POST", "/v1/welcome", "", &body).status, 200);
        }
        made["account"].as_u64().unwrap()
    }

    fn signs_in(&self, login: &str) -> String {
        let body = json!({ "login": login, "password": PASSWORD });
        cookie(&self.send("POST", "/v1/session", "", &body))
    }

    fn me(&self, session: &str) -> Value {
        self.send("GET", "/v1/me", session, &Value::Null).json()
    }

    /// A call in a session, or with a token.
    fn send(&self, method: &str, path: &str, by: &str, body: &Value) -> Response {
        let bearer = format!("Bearer {by}");
        let mut headers = vec![("content-type", "application/json"), ("accept-language", "en")];
        match by {
            "" => {}
            token if token.starts_with("glt_") => headers.push(("authorization", &bearer)),
            session => headers.push(("cookie", session)),
        }
        let body = (!body.is_null()).then(|| body.to_string());
        let url = format!("{}{path}", self.server.base);
        request(&agent(), method, &url, &headers, body.as_deref()).unwrap()
    }

    /// A call that has to be refused, with the words of the refusal.
    fn refuses(&self, method: &str, path: &str, by: &str, body: &Value) -> String {
        let answer = self.send(method, path, by, body);
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.body);
        answer.json()["detail"].as_str().unwrap().to_owned()
    }
}

fn secret(link: &str) -> &str {
    link.split_once('#').unwrap().1
}

fn cookie(response: &Response) -> String {
    assert_eq!(response.status, 200, "{}", response.body);
    response.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

#[test]
fn an_administrator_gets_no_token_of_another_account() {
    House::each(|house| {
        let person = house.makes("li", &["--role", "supervisor", "--office", "*"]);
        let machine = house.makes("window", &["--machine", "--role", "machine", "--office", "*"]);
        let (first, second) = (house.signs_in("first"), house.signs_in("second"));
        let wanted = |account: u64| json!({ "account": account, "name": "mine", "scopes": ["decide"] });
        house.refuses("POST", "/v1/tokens", &first, &wanted(person));
        let page = house.send("POST", &format!("/admin/people/{person}/tokens"), &first, &Value::Null);
        assert!(page.status >= 400, "{}", page.body);

        // Of a machine it is asked for by one and approved by another, who is shown it.
        let asked = house.send("POST", "/v1/tokens", &first, &wanted(machine));
        assert_eq!(asked.status, 202, "{}", asked.body);
        let approve = format!("/v1/account-changes/{}/approve", asked.json()["change"]);
        assert!(house.refuses("POST", &approve, &first, &Value::Null).contains("second administrator"));
        let approved = house.send("POST", &approve, &second, &Value::Null);
        assert_eq!(approved.status, 200, "{}", approved.body);
        let token = approved.json()["secret"].as_str().unwrap().to_owned();
        assert_eq!(house.me(&token)["login"], "window");
        assert_eq!(house.send("POST", &approve, &second, &Value::Null).status, 409, "once");
        // Taking back is for one.
        let list = house.send("GET", &format!("/v1/tokens?account={machine}"), &first, &Value::Null).json();
        let path = format!("/v1/tokens/{}", list["items"][0]["token"]);
        assert_eq!(house.send("DELETE", &path, &first, &Value::Null).status, 204);
    });
}

#[test]
fn rights_take_two_administrators_and_are_never_for_oneself() {
    House::each(|house| {
        let (first, second) = (house.signs_in("first"), house.signs_in("second"));
        let own = house.me(&first)["account"].as_u64().unwrap();
        for more in [
            json!({ "roles": ["administrator", "supervisor"] }),
            json!({ "offices": ["*"] }),
            json!({ "enterprise": ["3101910012"] }),
        ] {
            let said = house.refuses("PATCH", &format!("/v1/accounts/{own}"), &first, &more);
            assert!(said.contains("own account"), "{said}");
        }
        let li = house.makes("li", &["--role", "officer", "--office", "5301"]);
        let path = format!("/v1/accounts/{li}");
        let shown = || house.send("GET", &path, &second, &Value::Null).json();
        for more in [
            json!({ "roles": ["officer", "supervisor"] }),
            json!({ "offices": ["5301", "3101"] }),
            json!({ "enterprise": ["3101910012"] }),
        ] {
            let before = shown();
            let asked = house.send("PATCH", &path, &first, &more);
            assert_eq!(asked.status, 202, "{}", asked.body);
            assert_eq!(shown(), before, "nothing has changed yet");
            let change = format!("/v1/account-changes/{}", asked.json()["change"]);
            house.refuses("POST", &format!("{change}/approve"), &first, &Value::Null);
            let rejected = house.send("POST", &format!("{change}/reject"), &second, &Value::Null);
            assert_eq!(rejected.status, 204, "{}", rejected.body);
            assert_eq!(house.send("POST", &format!("{change}/approve"), &second, &Value::Null).status, 409);
            assert_eq!(shown(), before);
        }
        // What takes rights away is for one; what gives them back is for two again.
        assert_eq!(house.send("PATCH", &path, &first, &json!({ "disabled": true })).status, 204);
        let on = house.send("PATCH", &path, &first, &json!({ "disabled": false }));
        assert_eq!(on.status, 202, "{}", on.body);
        // The one who gains does not approve either.
        let third = house.makes("third", &["--role", "administrator"]);
        let more = json!({ "roles": ["administrator", "auditor"] });
        let asked = house.send("PATCH", &format!("/v1/accounts/{third}"), &first, &more).json();
        let approve = format!("/v1/account-changes/{}/approve", asked["change"]);
        house.refuses("POST", &approve, &house.signs_in("third"), &Value::Null);
        assert_eq!(house.send("POST", &approve, &second, &Value::Null).status, 200);
        let trail = house.send("GET", "/v1/trail?limit=5", &second, &Value::Null).body;
        assert!(trail.contains("approve_account"), "{trail}");
    });
}

#[test]
fn a_new_account_has_no_rights_and_its_link_opens_nothing_without_a_second_administrator() {
    House::each(|house| {
        let (first, second) = (house.signs_in("first"), house.signs_in("second"));
        let wanted = json!({ "login": "sun", "name": "孙", "roles": ["supervisor"], "offices": ["*"] });
        let made = house.send("POST", "/v1/accounts", &first, &wanted).json();
        let account =
            house.send("GET", &format!("/v1/accounts/{}", made["account"]), &first, &Value::Null).json();
        assert_eq!((&account["roles"], &account["offices"]), (&json!([]), &json!([])));
        let link = secret(made["link"].as_str().unwrap()).to_owned();
        let enter = |code: Option<&str>| {
            let body = json!({ "secret": link, "password": PASSWORD, "code": code });
            house.send("POST", "/v1/welcome", "", &body)
        };
        assert_eq!(enter(None).status, 401, "it was not approved");
        let approve = format!("/v1/account-changes/{}/approve", made["change"]);
        let approved = house.send("POST", &approve, &second, &Value::Null).json();
        // Neither of the two has both halves.
        assert_eq!(enter(None).status, 401, "whoever asked has the link alone");
        assert_eq!(enter(Some("0000-0000-0000-0000")).status, 401);
        let code = approved["code"].as_str().unwrap();
        let session = cookie(&enter(Some(&code.to_lowercase())));
        assert_eq!(house.me(&session)["roles"], json!(["supervisor"]));
    });
}

#[test]
fn a_reset_takes_two_halves_and_its_owner_is_told() {
    House::each(|house| {
        let li = house.makes("li", &["--role", "supervisor", "--office", "*"]);
        let (first, second) = (house.signs_in("first"), house.signs_in("second"));
        let session = house.signs_in("li");
        let made = house.send("POST", &format!("/v1/accounts/{li}/invitation"), &first, &Value::Null).json();
        let link = secret(made["link"].as_str().unwrap()).to_owned();
        let takes = |code: Value| {
            let body = json!({ "secret": link, "password": "another horse battery", "code": code });
            house.send("POST", "/v1/welcome", "", &body)
        };
        assert_eq!(takes(Value::Null).status, 401, "an administrator alone becomes nobody");
        assert_eq!(
            house.send("GET", "/v1/me", &session, &Value::Null).status,
            200,
            "nothing has happened yet"
        );
        let approve = format!("/v1/account-changes/{}/approve", made["change"]);
        let code = house.send("POST", &approve, &second, &Value::Null).json()["code"].clone();
        assert_eq!(house.send("GET", "/v1/me", &session, &Value::Null).status, 401, "sessions end");
        assert_eq!(takes(Value::Null).status, 401);
        // The owner who never gave the password up learns of it on the next page and over HTTP.
        let session = house.signs_in("li");
        let told = &house.me(&session)["notices"];
        assert_eq!((told[0]["kind"].as_str(), told.as_array().unwrap().len()), (Some("link"), 1), "{told}");
        let page = house.send("GET", "/me", &session, &Value::Null).body;
        assert!(page.contains("data-notices"), "{page}");
        let read = json!({ "change": told[0]["change"] });
        assert_eq!(house.send("POST", "/v1/me/notices", &session, &read).status, 204);
        assert_eq!(house.me(&session)["notices"], json!([]));
        assert_eq!(takes(code).status, 200, "both halves");
    });
}

#[test]
fn a_lone_administrator_is_declared_shown_and_in_the_trail() {
    House::each(|house| {
        let (first, li) = (house.signs_in("first"), house.makes("li", &["--role", "auditor"]));
        let banner = |session: &str, path: &str| {
            house.send("GET", path, session, &Value::Null).body.contains("data-lone-administrator")
        };
        let person = format!("/admin/people/{li}");
        assert!(!banner(&first, "/admin") && !banner(&first, &person));
        let said = house.runs(&["account", "lone-administrator", "on"]);
        assert_eq!((&said["lone_administrator"], &said["declared"]), (&json!(true), &json!(true)));
        assert!(banner(&first, "/admin") && banner(&first, &person));
        assert_eq!(house.me(&first)["lone_administrator"], true);
        let trail = house.send("GET", "/v1/trail?limit=1", &first, &Value::Null).json();
        assert_eq!(trail["items"][0]["what"]["did"], "lone_administrator", "{trail}");
        let more = json!({ "roles": ["auditor", "officer"] });
        assert_eq!(house.send("PATCH", &format!("/v1/accounts/{li}"), &first, &more).status, 204);
        let told = house.me(&house.signs_in("li"))["notices"].clone();
        assert_eq!(told[0]["kind"], "rights", "the owner is told all the same: {told}");
        let own = house.me(&first)["account"].as_u64().unwrap();
        let more = json!({ "roles": ["administrator", "officer"] });
        house.refuses("PATCH", &format!("/v1/accounts/{own}"), &first, &more);
        let said = house.runs(&["account", "lone-administrator", "off"]);
        assert_eq!(said["lone_administrator"], false);
    });
}

#[test]
fn a_webhook_tells_nobody_until_a_second_administrator_starts_it() {
    House::each(|house| {
        let (first, second) = (house.signs_in("first"), house.signs_in("second"));
        let hook = json!({ "url": "http://127.0.0.1:9/hook" });
        let made = house.send("POST", "/v1/webhooks", &first, &hook).json();
        assert_eq!(made["active"], false, "{made}");
        let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
        house.refuses("PATCH", &path, &first, &json!({ "active": true }));
        assert_eq!(house.send("PATCH", &path, &second, &json!({ "active": true })).status, 200);
    });
}

#[test]
fn a_token_makes_no_wider_and_no_longer_one_and_takes_what_it_made_along() {
    House::each(|house| {
        house.makes("li", &["--role", "supervisor", "--office", "*"]);
        let session = house.signs_in("li");
        let gives = |by: &str, scopes: Value, days: u32| {
            house.send("POST", "/v1/tokens", by, &json!({ "name": "t", "scopes": scopes, "days": days }))
        };
        let made = gives(&session, json!(["use_login", "read_law"]), 1).json();
        let token = made["secret"].as_str().unwrap().to_owned();
        let wide = gives(&token, json!(["decide", "approve_release", "read_trail"]), 366);
        assert_eq!(wide.status, 403, "{}", wide.body);
        let child = gives(&token, json!(["use_login", "read_law"]), 366);
        assert_eq!(child.status, 201, "{}", child.body);
        let child = child.json();
        let end = |of: &Value| of["expires_at_us"].as_i64().unwrap();
        assert!(end(&child) <= end(&made), "{child} ends after {made}");
        let by_child = child["secret"].as_str().unwrap().to_owned();
        let grandchild =
            gives(&by_child, json!(["read_law"]), 1).json()["secret"].as_str().unwrap().to_owned();
        let opens = |token: &str| house.send("GET", "/v1/packs", token, &Value::Null).status;
        assert_eq!((opens(&by_child), opens(&grandchild)), (200, 200));

        // What else a token of logins could do: another password, others' tokens, notices that its owner has not read.
        let password = json!({ "present": PASSWORD, "new": "another horse battery" });
        house.refuses("POST", "/v1/me/password", &token, &password);
        house.refuses("POST", "/v1/me/notices", &token, &json!({ "change": 1 }));
        let other = gives(&session, json!(["decide"]), 1).json();
        house.refuses("DELETE", &format!("/v1/tokens/{}", other["token"]), &token, &Value::Null);

        assert_eq!(
            house.send("DELETE", &format!("/v1/tokens/{}", made["token"]), &session, &Value::Null).status,
            204
        );
        assert_eq!((opens(&token), opens(&by_child), opens(&grandchild)), (401, 401, 401));
    });
}

#[test]
fn the_first_link_is_printed_once() {
    let places = Places::new();
    for database in places.databases() {
        let first = Server::start(&database, &places.key_file());
        assert!(first.first_login.is_some());
        drop(first);
        let second = Server::start(&database, &places.key_file());
        assert_eq!((&second.first_login, &second.said["first_login_unused"]), (&None, &json!(true)));
        let link = greenlane(&["account", "link", "admin", "--json", "--database", &database]);
        let link: Value = serde_json::from_str(&stdout(&link, 0)).unwrap();
        let body =
            json!({ "secret": secret(link["link"].as_str().unwrap()), "password": PASSWORD }).to_string();
        assert_eq!(second.call("POST", "/v1/welcome", "", Some(&body)).status, 200);
        drop(second);
        let third = Server::start(&database, &places.key_file());
        assert_eq!((&third.first_login, &third.said["first_login_unused"]), (&None, &json!(false)));
    }
}
