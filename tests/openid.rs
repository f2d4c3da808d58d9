//! Signing in by OpenID Connect, with a real provider: who gets in, who does not, and that the trail says both.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "openid/hostile.rs"]
mod hostile;
#[path = "openid/provider.rs"]
mod provider;
#[path = "support/server.rs"]
mod server;
mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use greenlane_store::Seal;
use hostile::{Hostile, Lie};
use provider::{Browser, HERE, Provider, SECRET, Setting};
use serde_json::{Value, json};
use server::{Response, Server};
use support::greenlane;
use support::places::Places;

/// Servers of one database that know a provider.
struct World {
    places: Places,
    database: String,
}

impl World {
    /// With accounts: an officer, an auditor, one that is switched off, and a machine.
    fn new(database: impl Fn(&Places) -> String) -> World {
        let places = Places::new();
        let database = database(&places);
        let account = |arguments: &[&str]| {
            let made = greenlane(&[&["account", "create"], arguments, &["--database", &database]].concat());
            support::stdout(&made, 0);
        };
        account(&["li.wei", "--role", "officer", "--office", "3101"]);
        account(&["wang", "--role", "auditor"]);
        account(&["sun", "--role", "officer", "--office", "3101"]);
        account(&["window", "--machine", "--role", "machine"]);
        World { places, database }
    }

    fn server_with(&self, issuer: &str, secret: Option<&str>, more: &[&str]) -> Server {
        let known = ["--oidc-issuer", issuer, "--oidc-client", "greenlane", "--public-url", HERE];
        let file = secret.map(|secret| self.places.file("secret", &format!("{secret}\n")));
        let file = file.as_deref().map(support::text);
        let secret: Vec<&str> = file.into_iter().flat_map(|file| ["--oidc-secret-file", file]).collect();
        let arguments = [&known[..], &secret, more].concat();
        Server::start_with(&self.database, &self.places.key_file(), &arguments)
    }

    fn server(&self, provider: &Provider) -> Server {
        self.server_with(&provider.issuer, Some(SECRET), &[])
    }
}

fn people() -> Value {
    json!({
        "p1": { "preferred_username": "li.wei", "email": "li@customs.example", "email_verified": true },
        "p2": { "preferred_username": "wang", "email": "wang", "email_verified": false },
        "p3": { "preferred_username": "sun" },
        "p4": { "preferred_username": "window" },
        "p5": { "preferred_username": "LI.WEI" },
        "p6": { "preferred_username": "li.wei" },
        "p7": {},
    })
}

fn administrator(server: &Server) -> String {
    server.token_of("boss", &["--role", "administrator"])
}

/// A call of an administrator.
fn administers(server: &Server, method: &str, path: &str, body: Option<&Value>) -> Response {
    let body = body.map(Value::to_string);
    server.call(method, path, &administrator(server), body.as_deref())
}

/// The account with a login, as an administrator sees it.
fn account(server: &Server, login: &str) -> Value {
    let all = administers(server, "GET", "/v1/accounts", None).json();
    all["items"].as_array().unwrap().iter().find(|item| item["login"] == login).unwrap().clone()
}

/// The latest things in the trail, the latest first.
fn trail(server: &Server) -> Vec<Value> {
    let trail = administers(server, "GET", "/v1/trail?limit=20", None).json();
    trail["items"].as_array().unwrap().iter().map(|item| item["what"].clone()).collect()
}

fn me(browser: &Browser, server: &Server) -> Response {
    browser.open(server, "/v1/me")
}

/// Nobody was signed in, for that reason, and the trail says so.
fn refused(server: &Server, browser: &Browser, response: &Response, status: u16, kind: &str, why: &str) {
    assert_eq!(response.status, status, "{why}: {}", response.body);
    let problem = response.json();
    assert_eq!(problem["type"], format!("urn:greenlane:problem:{kind}"), "{why}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(why), "{why}: {detail}");
    let last = trail(server).into_iter().find(|what| what["did"].is_null()).unwrap();
    assert_eq!((&last["problem"], &last["why"]), (&kind.into(), &detail.into()), "{last}");
    assert!(last["refused"].as_str().unwrap().starts_with("GET /v1/session/openid"), "{last}");
    assert_eq!(browser.cookie("greenlane_session"), None, "{why}");
}

#[test]
fn people_sign_in_at_one_server_and_come_back_to_another() {
    let provider = Setting::of(people()).start();
    for world in [World::new(Places::sqlite), World::new(Places::postgres)] {
        let (one, other) = (world.server(&provider), world.server(&provider));
        let browser = Browser::new();
        let begun = browser.open(&one, "/v1/session/openid?then=/v1/trail%3Flimit%3D5");
        let cookie = begun.header("set-cookie").unwrap();
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Max-Age=600", "Path=/v1/session/openid/callback"]
        {
            assert!(cookie.contains(part), "{cookie}");
        }
        let page = begun.header("location").unwrap();
        assert!(page.starts_with(&format!("{}/auth?", provider.issuer)), "{page}");
        for part in
            ["state=", "nonce=", "code_challenge_method=S256", "scope=openid+profile", "client_id=greenlane"]
        {
            assert!(page.contains(part), "{page}");
        }
        let back = browser.at_provider(page, "p1");
        let answer = browser.open(&other, &back);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/v1/trail?limit=5")),
            "{}",
            answer.body
        );
        assert_eq!(browser.cookie("greenlane_openid"), None, "it was taken away");
        let session =
            answer.headers.iter().find(|(_, value)| value.starts_with("greenlane_session=")).unwrap();
        assert!(
            session.1.contains("HttpOnly; SameSite=Lax") && session.1.contains("Secure"),
            "{}",
            session.1
        );
        for server in [&one, &other] {
            assert_eq!(me(&browser, server).json()["login"], "li.wei");
        }
        let shown = account(&one, "li.wei");
        assert_eq!(shown["openid"], json!({ "issuer": provider.issuer, "subject": "p1" }));
        assert_eq!(shown["has_password"], false);
        let own = browser.open(&one, "/me");
        assert!(own.body.contains("无密码") || own.body.contains("没有密码"), "{}", own.body);
        assert!(!own.body.contains("/me/password"), "there is none to change: {}", own.body);
        // Passwords that somebody else tries lock nobody out.
        let tried = json!({ "login": "li.wei", "password": "a wrong password" }).to_string();
        for _ in 0..6 {
            assert_eq!(one.call("POST", "/v1/session", "", Some(&tried)).status, 401);
        }
        let again = Browser::new();
        assert_eq!(again.sign_in(&one, "p1").header("location"), Some("/v1/me"));
        let about = format!("account:{} {} p1", shown["account"], provider.issuer);
        let did: Vec<Value> = trail(&one).into_iter().filter(|what| what["about"] == about).collect();
        let step = |did: &str| json!({ "did": did, "about": about });
        assert_eq!(did, [step("sign_in"), step("sign_in"), step("bind_openid")], "the latest first");
    }
}

#[test]
fn an_administrator_frees_an_account_and_the_next_sign_in_binds_it_again() {
    let world = World::new(Places::sqlite);
    let provider = Setting::of(people()).start();
    let server = world.server(&provider);
    let browser = Browser::new();
    assert_eq!(browser.sign_in(&server, "p1").status, 303);
    let other = Browser::new();
    let response = other.sign_in(&server, "p6");
    refused(&server, &other, &response, 401, "sign-in", "p6: the account `li.wei` is bound to somebody else");
    let path = format!("/v1/accounts/{}/openid", account(&server, "li.wei")["account"]);
    let officer = server.token_of("zhao", &["--role", "officer"]);
    assert_eq!(server.call("DELETE", &path, &officer, None).status, 403);
    assert_eq!(administers(&server, "DELETE", &path, None).status, 204);
    assert_eq!(trail(&server)[0]["did"], "unbind_openid");
    assert_eq!(me(&browser, &server).status, 401, "its sessions end");
    assert_eq!(account(&server, "li.wei")["openid"], Value::Null);
    let twice = administers(&server, "DELETE", &path, None);
    assert_eq!((twice.status, twice.json()["type"].clone()), (404, "urn:greenlane:problem:not-found".into()));
    assert_eq!(administers(&server, "DELETE", "/v1/accounts/999/openid", None).status, 404);
    assert_eq!(Browser::new().sign_in(&server, "p6").status, 303);
    assert_eq!(account(&server, "li.wei")["openid"]["subject"], "p6");
}

#[test]
fn who_has_no_account_of_their_own_does_not_get_in() {
    let world = World::new(Places::sqlite);
    let provider = Setting::of(people()).start();
    let server = world.server(&provider);
    let sun = format!("/v1/accounts/{}", account(&server, "sun")["account"]);
    let off = json!({ "disabled": true });
    assert_eq!(administers(&server, "PATCH", &sun, Some(&off)).status, 204);
    for (subject, why) in [
        ("p3", "p3: the account `sun` has been disabled"),
        ("p4", "p4: there is no account `window` of a person"),
        ("p5", "p5: there is no account `LI.WEI` of a person"),
        ("p7", "p7: the claim `preferred_username` is missing"),
        ("", "the identity provider signed nobody in: access_denied: turned away"),
    ] {
        let browser = Browser::new();
        let response = browser.sign_in(&server, subject);
        refused(&server, &browser, &response, 401, "sign-in", why);
    }
    let accounts = administers(&server, "GET", "/v1/accounts", None).json();
    let bound: Vec<&Value> =
        accounts["items"].as_array().unwrap().iter().filter(|item| !item["openid"].is_null()).collect();
    assert!(bound.is_empty(), "{bound:?}");
    assert_eq!(accounts["items"].as_array().unwrap().len(), 6, "none was made: {accounts}");
}

#[test]
fn a_locked_account_stays_locked() {
    let world = World::new(Places::sqlite);
    let provider = Setting::of(people()).start();
    let server = world.server(&provider);
    let number = account(&server, "li.wei")["account"].clone();
    let path = format!("/v1/accounts/{number}/invitation");
    let link = administers(&server, "POST", &path, None).json()["link"].as_str().unwrap().to_owned();
    let secret = link.split_once('#').unwrap().1;
    let welcome = json!({ "secret": secret, "password": "correct horse battery" }).to_string();
    assert_eq!(server.call("POST", "/v1/welcome", "", Some(&welcome)).status, 200);
    let guess = json!({ "login": "li.wei", "password": "guess" }).to_string();
    for _ in 0..5 {
        assert_eq!(server.call("POST", "/v1/session", "", Some(&guess)).status, 401);
    }
    let browser = Browser::new();
    let response = browser.sign_in(&server, "p1");
    refused(&server, &browser, &response, 401, "locked", "the account is locked");
}

#[test]
fn a_subject_keeps_its_account_whatever_the_provider_calls_it_later() {
    let world = World::new(Places::sqlite);
    let provider = Setting::of(people()).start();
    let server = world.server(&provider);
    assert_eq!(Browser::new().sign_in(&server, "p1").status, 303);
    let port = provider.port();
    provider.stop();
    let renamed = json!({ "p1": { "preferred_username": "wang" } });
    let _provider = Setting { port, ..Setting::of(renamed) }.start();
    let browser = Browser::new();
    let response = browser.sign_in(&server, "p1");
    refused(&server, &browser, &response, 401, "sign-in", "p1: is bound to another account than `wang`");
    // The same subject of another provider is somebody else.
    let elsewhere = Setting::of(people()).start();
    let second = world.server(&elsewhere);
    let response = browser.sign_in(&second, "p1");
    refused(
        &second,
        &browser,
        &response,
        401,
        "sign-in",
        "p1: the account `li.wei` is bound to somebody else",
    );
}

#[test]
fn an_answer_counts_once_in_the_browser_that_asked_within_ten_minutes() {
    let world = World::new(Places::sqlite);
    let provider = Setting::of(people()).start();
    let (server, second) = (world.server(&provider), world.server(&provider));
    let browser = Browser::new();
    let back = browser.begun(&server, "p1");
    let cookie = browser.cookie("greenlane_openid").unwrap();
    let nothing_begun = "this browser has begun no sign-in within the last ten minutes";
    let attempt = |cookie: Option<&str>, back: &str, why: &str| {
        let browser = Browser::new();
        cookie.iter().for_each(|cookie| browser.set_cookie("greenlane_openid", cookie));
        let response = browser.open(&server, back);
        refused(&server, &browser, &response, 401, "sign-in", why);
    };
    attempt(None, &back, nothing_begun);
    let altered = format!("{}{}", if cookie.starts_with('A') { "B" } else { "A" }, &cookie[1..]);
    attempt(Some(&altered), &back, nothing_begun);
    attempt(Some(&expired(&world, &cookie)), &back, nothing_begun);
    let other = Browser::new();
    let others = other.begun(&server, "p6");
    attempt(Some(&cookie), &others, "`state` is not that of the sign-in which this browser began");
    let no_state = back.split('&').filter(|part| !part.starts_with("state=")).collect::<Vec<_>>().join("&");
    attempt(Some(&cookie), &no_state, "`state` is not that");
    assert_eq!(browser.open(&server, &back).status, 303, "none of this has used it up");
    let replay = Browser::new();
    replay.set_cookie("greenlane_openid", &cookie);
    let response = replay.open(&second, &back);
    refused(&second, &replay, &response, 401, "sign-in", "this sign-in was used before");
}

/// The cookie of a server, with a time that is over; sealed with the servers' own key.
fn expired(world: &World, cookie: &str) -> String {
    let key = hex::decode(std::fs::read_to_string(world.places.key_file()).unwrap().trim()).unwrap();
    let seal = Seal::new(&key.try_into().unwrap());
    let name = "openid sign-in";
    let open = seal.open(name, &URL_SAFE_NO_PAD.decode(cookie).unwrap()).unwrap();
    let mut attempt: Value = serde_json::from_slice(&open).unwrap();
    let until_us = attempt["until_us"].as_i64().unwrap();
    attempt["until_us"] = (until_us - 600_000_001).into();
    URL_SAFE_NO_PAD.encode(seal.seal(name, attempt.to_string().as_bytes(), [9; 24]).unwrap())
}

#[test]
fn a_provider_may_be_away_at_the_start_come_back_with_other_keys_and_keep_claims_out_of_its_tokens() {
    let world = World::new(Places::sqlite);
    let first = Setting::of(people()).start();
    let (port, issuer) = (first.port(), first.issuer.clone());
    first.stop();
    let server = world.server_with(&issuer, Some(SECRET), &[]);
    let browser = Browser::new();
    let response = browser.open(&server, "/v1/session/openid");
    refused(
        &server,
        &browser,
        &response,
        502,
        "identity-provider",
        "does not do its part: Connection refused",
    );
    let back = Setting { port, ..Setting::of(people()) }.start();
    assert_eq!(browser.sign_in(&server, "p1").status, 303);
    back.stop();
    let quiet = Setting { port, in_token: false, ..Setting::of(people()) }.start();
    assert_eq!(Browser::new().sign_in(&server, "p1").status, 303, "its keys are fetched again");
    let browser = Browser::new();
    let late = browser.begun(&server, "p1");
    quiet.stop();
    let response = browser.open(&server, &late);
    refused(&server, &browser, &response, 502, "identity-provider", "Connection refused");
}

#[test]
fn a_public_client_has_no_secret_and_a_wrong_one_is_told() {
    let world = World::new(Places::sqlite);
    let public = Setting { secret: None, ..Setting::of(people()) }.start();
    let server = world.server_with(&public.issuer, None, &[]);
    assert_eq!(Browser::new().sign_in(&server, "p1").status, 303);
    let provider = Setting::of(people()).start();
    let log = world.places.folder.path().join("log");
    let secret = world.places.file("wrong", "wrong-secret");
    let arguments = ["--oidc-issuer", &provider.issuer, "--oidc-client", "greenlane", "--public-url", HERE];
    let more = ["--oidc-secret-file", support::text(&secret), "--log-level", "trace"];
    let arguments = [&arguments[..], &more].concat();
    let server = Server::start_logged(&world.database, &world.places.key_file(), &arguments, &log);
    let browser = Browser::new();
    let response = browser.sign_in(&server, "p2");
    refused(&server, &browser, &response, 502, "identity-provider", "does not do its part: invalid_client");
    let shown = greenlane(&[&["config", "show"], &arguments[..]].concat());
    let shown = support::stdout(&shown, 0);
    assert!(shown.contains("oidc_secret_file") && shown.contains("oidc_claim"), "{shown}");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("openid") && !format!("{shown}{log}").contains("wrong-secret"), "{log}");
    let (key_file, nowhere) = (world.places.key_file(), world.places.folder.path().join("nowhere"));
    let of_store = ["serve", "--database", &world.database, "--key-file", support::text(&key_file)];
    let missing = [&of_store[..], &["--oidc-secret-file", support::text(&nowhere)]].concat();
    let missing = greenlane(&[&missing, &arguments[..6]].concat());
    let said = support::stderr(&missing, 4);
    assert!(said.contains("/nowhere: cannot be read: No such file"), "{said}");
}

#[test]
fn an_address_is_a_login_if_the_provider_has_verified_it() {
    let world = World::new(Places::sqlite);
    let made =
        ["account", "create", "li@customs.example", "--role", "officer", "--database", &world.database];
    support::stdout(&greenlane(&made), 0);
    let provider = Setting::of(people()).start();
    let server = world.server_with(&provider.issuer, Some(SECRET), &["--oidc-claim", "email"]);
    let browser = Browser::new();
    let response = browser.sign_in(&server, "p2");
    refused(&server, &browser, &response, 401, "sign-in", "`email` counts only with `email_verified`");
    let browser = Browser::new();
    assert_eq!(browser.sign_in(&server, "p1").status, 303);
    assert_eq!(me(&browser, &server).json()["login"], "li@customs.example");
}

#[test]
fn without_a_provider_there_is_nothing_and_who_has_signed_in_stays_on_this_server() {
    let world = World::new(Places::sqlite);
    let plain = Server::start(&world.database, &world.places.key_file());
    let browser = Browser::new();
    for path in ["/v1/session/openid", "/v1/session/openid/callback?code=a&state=b"] {
        let response = browser.open(&plain, path);
        assert_eq!(
            (response.status, &response.json()["type"]),
            (404, &"urn:greenlane:problem:not-found".into())
        );
    }
    let server = world.server_with("http://127.0.0.1:9", Some(SECRET), &[]);
    for then in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example", "me"] {
        let response = browser.open(&server, &format!("/v1/session/openid?then={then}"));
        assert_eq!(response.status, 400, "{then}: {}", response.body);
    }
}

#[test]
fn a_provider_that_lies_signs_nobody_in() {
    let world = World::new(Places::sqlite);
    let hostile = Hostile::start();
    let server = world.server_with(&hostile.issuer, Some(SECRET), &[]);
    for (lie, status, why) in [
        (Lie::OtherKey, 401, "Signature verification failed"),
        (Lie::SharedSecret, 401, "Disallowed signature algorithm"),
        (Lie::Unsigned, 401, "does not count"),
        (Lie::Expired, 401, "Expired"),
        (Lie::Audience, 401, "Invalid audiences"),
        (Lie::Issuer, 401, "Invalid issuer"),
        (Lie::Nonce, 401, "Invalid nonce"),
        (Lie::AnswersAs, 401, "`iss` is `https://evil.example`, expected"),
        (Lie::Redirects, 502, "does not do its part"),
        (Lie::Subject, 502, "it speaks of another subject than the token"),
        (Lie::Endless, 502, "its answer has more than 1048576 bytes"),
    ] {
        let browser = Browser::new();
        let begun = browser.open(&server, "/v1/session/openid");
        let back = hostile.answer(begun.header("location").unwrap(), lie);
        let response = browser.open(&server, &back);
        let kind = if status == 401 { "sign-in" } else { "identity-provider" };
        refused(&server, &browser, &response, status, kind, why);
    }
    let browser = Browser::new();
    let begun = browser.open(&server, "/v1/session/openid");
    let honest = hostile.answer(begun.header("location").unwrap(), Lie::None);
    let response = browser.open(&server, &honest);
    assert_eq!(response.status, 303, "only the lies were refused: {}", response.body);
    assert_eq!(me(&browser, &server).json()["login"], "li.wei");
    assert_eq!(hostile.redirected(), 0, "no redirect was followed");
    let impostor = world.server_with(&format!("{}/other", hostile.issuer), Some(SECRET), &[]);
    let response = Browser::new().open(&impostor, "/v1/session/openid");
    assert_eq!(response.status, 502, "{}", response.body);
    assert!(response.body.contains("unexpected issuer"), "{}", response.body);
}
