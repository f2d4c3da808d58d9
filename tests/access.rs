//! Who may do what, over HTTP: the first administrator, accounts, sessions, tokens; and what is refused is in the trail.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/server.rs"]
mod server;
mod support;

use serde_json::{Value, json};
use server::{Response, Server, request};
use support::places::Places;

const PASSWORD: &str = "correct horse battery";

/// A server of a test's own, on a database of its own.
struct Place {
    _places: Places,
    database: String,
    server: Server,
}

impl Place {
    fn sqlite() -> Place {
        Place::of(Places::sqlite)
    }

    fn postgres() -> Place {
        Place::of(Places::postgres)
    }

    fn of(database: impl Fn(&Places) -> String) -> Place {
        let places = Places::new();
        let database = database(&places);
        let server = Server::start(&database, &places.key_file());
        Place { _places: places, database, server }
    }

    /// A call with headers of its own.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Response {
        let headers = [&[("content-type", "application/json")], headers].concat();
        let body = body.map(Value::to_string);
        let url = format!("{}{path}", self.server.base);
        request(&server::agent(), method, &url, &headers, body.as_deref()).unwrap()
    }

    /// Chooses a password by a one-time link; gives the session cookie.
    fn welcome(&self, link: &str) -> String {
        let secret = link.split_once('#').unwrap().1;
        let response =
            self.send("POST", "/v1/welcome", &[], Some(&json!({ "secret": secret, "password": PASSWORD })));
        assert_eq!(response.status, 200, "{}", response.body);
        cookie(&response)
    }

    /// A person with that role, signed in; gives account and session cookie.
    fn person(&self, admin: &str, wanted: &Value) -> (u64, String) {
        let made = self.send("POST", "/v1/accounts", &[("cookie", admin)], Some(wanted));
        assert_eq!(made.status, 201, "{}", made.body);
        let made = made.json();
        (made["account"].as_u64().unwrap(), self.welcome(made["link"].as_str().unwrap()))
    }

    fn admin(&self) -> String {
        self.welcome(self.server.first_login.as_ref().unwrap())
    }
}

fn cookie(response: &Response) -> String {
    let set = response.header("set-cookie").unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

fn matter(office: &str) -> Value {
    json!({ "matter_id": format!("M-{office}"), "matter": "import_declaration", "decided_on": "2024-08-30",
            "office": office, "consignee_consignor_id": "3101910012" })
}

#[test]
fn the_first_administrator_uses_the_link_once_and_makes_an_officer_of_one_office() {
    for place in [Place::sqlite(), Place::postgres()] {
        let page = place.send("GET", "/welcome", &[("accept-language", "en")], None);
        assert!(page.body.contains("Choose a password") && page.header("content-security-policy").is_some());
        let admin = place.admin();
        let link = place.server.first_login.as_ref().unwrap().split_once('#').unwrap().1.to_owned();
        let again = json!({ "secret": link, "password": PASSWORD });
        assert_eq!(place.send("POST", "/v1/welcome", &[], Some(&again)).status, 401, "the link works once");
        let me = place.send("GET", "/v1/me", &[("cookie", &admin)], None).json();
        assert_eq!((&me["login"], &me["roles"]), (&"admin".into(), &json!(["administrator"])));

        let wanted = json!({ "login": "li.wei", "name": "李伟", "roles": ["officer"], "offices": ["3101"] });
        let (_, officer) = place.person(&admin, &wanted);
        let officer = [("cookie", officer.as_str())];
        let own = place.send("POST", "/v1/decide", &officer, Some(&matter("3101")));
        assert_eq!(own.status, 200, "{}", own.body);
        let other = place.send("POST", "/v1/decide", &officer, Some(&matter("3102")));
        assert_eq!(
            (other.status, other.json()["type"].clone()),
            (403, "urn:greenlane:problem:forbidden".into())
        );
        assert!(
            other.json()["detail"].as_str().unwrap().starts_with("M-3102: no rule lets"),
            "{}",
            other.body
        );
        let trail = place.send("GET", "/v1/trail?limit=1", &[("cookie", &admin)], None).json();
        let last = &trail["items"][0]["what"];
        assert_eq!((&last["refused"], &last["problem"]), (&"POST /v1/decide".into(), &"forbidden".into()));
        assert!(trail["next"].is_u64());
    }
}

#[test]
fn a_password_signs_in_five_wrong_ones_lock_and_signing_out_ends_the_session() {
    let place = Place::sqlite();
    let admin = place.admin();
    let wanted = json!({ "login": "wang", "name": "王芳", "roles": ["auditor"] });
    place.person(&admin, &wanted);
    let sign_in = |login: &str, password: &str| {
        place.send("POST", "/v1/session", &[], Some(&json!({ "login": login, "password": password })))
    };
    let session = cookie(&sign_in("wang", PASSWORD));
    let me = |cookie: &str| place.send("GET", "/v1/me", &[("cookie", cookie)], None).status;
    assert_eq!(me(&session), 200);
    assert_eq!(place.send("DELETE", "/v1/session", &[("cookie", &session)], None).status, 204);
    assert_eq!(me(&session), 401);

    let session = cookie(&sign_in("wang", PASSWORD));
    let change = |present: &str, new: &str| {
        let body = json!({ "present": present, "new": new });
        place.send("POST", "/v1/me/password", &[("cookie", &session)], Some(&body)).status
    };
    assert_eq!(change(PASSWORD, "wang"), 422);
    assert_eq!(change("wrong horse battery", "another horse battery"), 401);
    assert_eq!(change(PASSWORD, "another horse battery"), 204);
    assert_eq!(me(&session), 401, "a new password ends every session");
    assert_eq!(sign_in("wang", PASSWORD).status, 401);
    assert_eq!(sign_in("wang", "another horse battery").status, 200);

    // Whoever guesses does not learn which logins exist; the trail knows.
    let nobody = sign_in("nobody", "guess").json();
    assert_eq!(nobody["type"], "urn:greenlane:problem:sign-in");
    let trail = || place.send("GET", "/v1/trail?limit=1", &[("cookie", &admin)], None).json();
    for (attempt, kind) in (1..=6).map(|at| (at, if at < 5 { "sign-in" } else { "locked" })) {
        assert_eq!(sign_in("wang", "guess").json(), nobody, "attempt {attempt}");
        assert_eq!(trail()["items"][0]["what"]["problem"], kind, "attempt {attempt}");
    }
    let right = sign_in("wang", "another horse battery");
    assert_eq!((right.status, right.json()), (401, nobody), "locked, even with the right one");
}

#[test]
fn a_session_is_for_pages_of_this_server() {
    let place = Place::sqlite();
    let admin = place.admin();
    let wanted = json!({ "login": "zhao", "name": "赵", "roles": ["officer"], "offices": ["3101"] });
    let call = |headers: &[(&str, &str)]| {
        place.send("POST", "/v1/accounts", &[&[("cookie", admin.as_str())], headers].concat(), Some(&wanted))
    };
    let evil = call(&[("origin", "https://evil.example")]);
    assert_eq!((evil.status, &evil.json()["type"]), (403, &"urn:greenlane:problem:cross-site".into()));
    assert_eq!(call(&[("sec-fetch-site", "cross-site")]).status, 403);
    assert_eq!(call(&[("origin", &place.server.base)]).status, 201);
}

#[test]
fn a_token_allows_its_scopes_until_it_is_taken_back() {
    let place = Place::sqlite();
    let admin = place.admin();
    let machine = json!({ "login": "window", "name": "single window", "machine": true, "roles": ["machine"], "offices": ["*"] });
    let made = place.send("POST", "/v1/accounts", &[("cookie", &admin)], Some(&machine)).json();
    assert_eq!(made["link"], Value::Null, "a machine chooses no password");
    let wanted = json!({ "account": made["account"], "name": "declarations", "scopes": ["try"], "days": 1 });
    let token = place.send("POST", "/v1/tokens", &[("cookie", &admin)], Some(&wanted)).json();
    let secret = token["secret"].as_str().unwrap();
    let body = matter("3101").to_string();
    let call = |path: &str| place.server.call("POST", path, secret, Some(&body));
    assert_eq!(call("/v1/decide?dry_run=true").status, 200);
    let kept = call("/v1/decide");
    assert_eq!(kept.status, 403);
    assert!(kept.json()["detail"].as_str().unwrap().contains("does not have this scope"), "{}", kept.body);
    let path = format!("/v1/tokens/{}", token["token"]);
    assert_eq!(place.send("DELETE", &path, &[("cookie", &admin)], None).status, 204);
    let revoked = call("/v1/decide?dry_run=true");
    assert_eq!((revoked.status, revoked.header("www-authenticate")), (401, Some("Bearer")));
    assert!(revoked.json()["detail"].as_str().unwrap().contains("revoked"));
    let trail = place.send("GET", "/v1/trail", &[("cookie", &admin)], None).json();
    let did: Vec<&str> =
        trail["items"].as_array().unwrap().iter().filter_map(|item| item["what"]["did"].as_str()).collect();
    assert_eq!(did[..3], ["revoke_token", "create_token", "create_account"], "{trail}");
    assert!(!trail.to_string().contains("glt_"), "no secret is in the trail");
}

#[test]
fn a_disabled_account_is_signed_out_and_its_tokens_open_nothing() {
    let place = Place::sqlite();
    let admin = place.admin();
    let wanted = json!({ "login": "sun", "name": "孙", "roles": ["supervisor"], "offices": ["*"] });
    let (account, session) = place.person(&admin, &wanted);
    let token = json!({ "name": "script", "scopes": ["decide"] });
    let token = place.send("POST", "/v1/tokens", &[("cookie", &session)], Some(&token)).json();
    let secret = token["secret"].as_str().unwrap().to_owned();
    let me = || {
        let by_token = place.server.call("GET", "/v1/me", &secret, None).status;
        (place.send("GET", "/v1/me", &[("cookie", &session)], None).status, by_token)
    };
    assert_eq!(me(), (200, 200));
    let path = format!("/v1/accounts/{account}");
    let off = place.send("PATCH", &path, &[("cookie", &admin)], Some(&json!({ "disabled": true })));
    assert_eq!(off.status, 204, "{}", off.body);
    assert_eq!(me(), (401, 401));
    let shown = place.send("GET", &path, &[("cookie", &admin)], None).json();
    assert_eq!((&shown["disabled"], &shown["login"]), (&true.into(), &"sun".into()));
}

#[test]
fn an_enterprise_sees_itself_and_tries_matters_that_name_nobody_else() {
    let place = Place::sqlite();
    let admin = place.admin();
    let wanted =
        json!({ "login": "lenovo", "name": "企业", "roles": ["enterprise"], "enterprise": ["3101910012"] });
    let (_, session) = place.person(&admin, &wanted);
    let session = [("cookie", session.as_str())];
    assert_eq!(place.server.decide(&matter("3101").to_string(), &[]).status, 200);
    let mut foreign = matter("3102");
    foreign["consignee_consignor_id"] = "4403999999".into();
    let entry = place.server.decide(&foreign.to_string(), &[]).json()["entry"].clone();
    let get = |path: &str| place.send("GET", path, &session, None);
    let own = get("/v1/matters/M-3101/entries").json();
    let untold = get(&format!("/v1/log/entries/{}/receipt", own[0]["entry"]));
    assert_eq!((untold.status, &untold.json()["type"]), (403, &json!("urn:greenlane:problem:not-told")));
    assert_eq!(get("/v1/matters/M-3102/entries").status, 404);
    assert_eq!(get(&format!("/v1/log/entries/{entry}/receipt")).status, 404);
    let tried = |matter: &Value| place.send("POST", "/v1/decide?dry_run=true", &session, Some(matter)).status;
    assert_eq!((tried(&matter("3101")), tried(&foreign)), (200, 403));
    assert_eq!(place.send("POST", "/v1/decide", &session, Some(&matter("3101"))).status, 403);
}

#[test]
fn accounts_and_tokens_are_settled_on_the_server_itself_too() {
    let place = Place::sqlite();
    let run =
        |arguments: &[&str]| support::greenlane(&[arguments, &["--database", &place.database]].concat());
    let made = run(&["account", "create", "qian", "--role", "auditor"]);
    let said = support::stdout(&made, 0).to_owned();
    assert!(said.contains("/welcome#gli_"), "{said}");
    let twice = run(&["account", "create", "qian", "--role", "auditor"]);
    assert!(support::stderr(&twice, 2).contains("the login is taken"));
    let wrong = run(&["account", "create", "x", "--role", "king"]);
    assert!(support::stderr(&wrong, 2).contains("`king`: expected one of officer, supervisor"));
    let link = run(&["account", "link", "qian"]);
    let fresh = support::stdout(&link, 0).to_owned();
    let secret =
        |said: &str| json!({ "secret": said.split_once('#').unwrap().1.trim(), "password": PASSWORD });
    assert_eq!(place.send("POST", "/v1/welcome", &[], Some(&secret(&said))).status, 401, "replaced");
    assert_eq!(place.send("POST", "/v1/welcome", &[], Some(&secret(&fresh))).status, 200);
    let token = run(&["token", "create", "qian", "--scope", "read_trail"]);
    let token = support::stdout(&token, 0).trim().to_owned();
    assert_eq!(place.server.call("GET", "/v1/trail", &token, None).status, 200);
    let list = run(&["token", "list", "qian"]);
    assert!(support::stdout(&list, 0).contains("read_trail") && !support::stdout(&list, 0).contains("glt_"));
    let accounts = run(&["account", "list"]);
    assert!(support::stdout(&accounts, 0).contains("qian"));
    assert!(
        support::stderr(&run(&["token", "create", "li", "--scope", "try"]), 2).contains("no account with")
    );
    assert_eq!(
        support::stdout(&run(&["token", "revoke", "999"]), 1).trim(),
        "there is no such token, or it was revoked before"
    );
}

#[test]
fn accounts_that_were_made_before_the_first_start_do_not_keep_the_administrator_out() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("greenlane.db").display());
    let made = support::greenlane(&["account", "create", "li", "--role", "officer", "--database", &database]);
    support::stdout(&made, 0);
    let key_file = folder.path().join("greenlane.key");
    assert!(Server::start(&database, &key_file).first_login.is_some());
    let second = Server::start(&database, &key_file);
    assert_eq!(
        (&second.first_login, &second.said["first_login_unused"]),
        (&None, &true.into()),
        "it is said once"
    );
}
