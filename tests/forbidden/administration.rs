//! What no administrator does alone, and nobody else at all: rights, links, tokens, webhooks.

use serde_json::{Value, json};

use super::{Forbidden, OWN, PASSWORD, World, forbidden, leaked, matter};
use crate::support::{greenlane, stdout};

/// What is asked for and not approved yet, and what was made.
struct Prepared {
    /// A change of the officer's account that `administrator` asked for.
    asked: Value,
    /// One of the account of `colleague`.
    of_colleague: Value,
    /// First half of a link that waits, and of one that was approved.
    waiting_link: String,
    approved_link: String,
    webhook: String,
    /// A token of `officer` with `use_login`, and one of a parent that was revoked.
    login_token: String,
    orphan: String,
    /// Number of another token of `officer`.
    sibling: Value,
    /// A token of `administrator` that asks for nothing.
    narrow_administrator: String,
}

impl Prepared {
    fn of(world: &World) -> Prepared {
        let does = |login: &str, call: &str, body: &Value| {
            let bearer = format!("Bearer {}", world.server.token_of(login, &[]));
            let answer = world.send(call, &[("authorization", bearer)], Some(&body.to_string()));
            assert!(answer.status < 300, "{login} {call}: {}", answer.body);
            if answer.status == 204 { Value::Null } else { answer.json() }
        };
        let off = ["account", "lone-administrator", "off", "--database", &world.server.database];
        stdout(&greenlane(&off), 0);
        let path = |login: &str| format!("PATCH /v1/accounts/{}", world.accounts[login]);
        let asked = does("administrator", &path("officer"), &json!({ "offices": ["*"] }))["change"].clone();
        let more = json!({ "roles": ["administrator", "auditor"] });
        let of_colleague = does("administrator", &path("colleague"), &more)["change"].clone();
        let half = |login: &str| {
            let call = format!("POST /v1/accounts/{}/invitation", world.accounts[login]);
            let made = does("administrator", &call, &json!({}));
            (made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned(), made["change"].clone())
        };
        let ((waiting_link, _), (approved_link, change)) = (half("editor"), half("supervisor"));
        does("colleague", &format!("POST /v1/account-changes/{change}/approve"), &json!({}));
        let hook = json!({ "url": "http://127.0.0.1:9/hook" });
        let webhook = does("administrator", "POST /v1/webhooks", &hook)["id"].as_str().unwrap().to_owned();
        let token = |by: &str, scopes: Value| {
            let wanted = json!({ "name": "t", "scopes": scopes });
            let bearer = [("authorization", format!("Bearer {by}"))];
            let made = world.send("POST /v1/tokens", &bearer, Some(&wanted.to_string()));
            assert_eq!(made.status, 201, "{}", made.body);
            made.json()
        };
        let secret = |made: &Value| made["secret"].as_str().unwrap().to_owned();
        let wide = world.server.token_of("officer", &[]);
        let login_token = secret(&token(&wide, json!(["use_login", "read_law"])));
        let parent = token(&wide, json!(["use_login", "decide"]));
        let orphan = secret(&token(&secret(&parent), json!(["decide"])));
        does("administrator", &format!("DELETE /v1/tokens/{}", parent["token"]), &json!({}));
        let sibling = token(&wide, json!(["decide"]))["token"].clone();
        let narrow_administrator =
            secret(&token(&world.server.token_of("administrator", &[]), json!(["administer"])));
        Prepared {
            asked,
            of_colleague,
            waiting_link,
            approved_link,
            webhook,
            login_token,
            orphan,
            sibling,
            narrow_administrator,
        }
    }
}

/// What is forbidden about accounts, with `administrator` and `colleague` as the two who act together.
pub fn cases(world: &World) -> Vec<Forbidden> {
    let prepared = Prepared::of(world);
    [alone(world, &prepared), links(&prepared), others(world, &prepared), tokens(world, &prepared)].concat()
}

/// One administrator alone.
fn alone(world: &World, prepared: &Prepared) -> Vec<Forbidden> {
    let by = "administrator";
    let number = |login: &str| world.accounts[login];
    let token_of = |what, login: &str| {
        let wanted = json!({ "account": number(login), "name": "mine", "scopes": ["decide"] });
        forbidden(what, by, "POST /v1/tokens", wanted)
    };
    let own = leaked(format!("PATCH /v1/accounts/{}", number(by)));
    let approve = |change: &Value| leaked(format!("POST /v1/account-changes/{change}/approve"));
    let officer = leaked(format!("PATCH /v1/accounts/{}", number("officer")));
    vec![
        token_of("an administrator takes a supervisor's token", "keeper"),
        token_of("an administrator takes an officer's token", "officer"),
        token_of("an administrator takes an editor's token", "editor"),
        token_of("an administrator takes an enterprise's token", "enterprise"),
        token_of("an administrator takes another administrator's token", "colleague"),
        forbidden("a role for oneself", by, own, json!({ "roles": ["administrator", "supervisor"] })),
        forbidden("an office for oneself", by, own, json!({ "offices": ["*"] })),
        forbidden("an enterprise for oneself", by, own, json!({ "enterprise": [OWN] })),
        forbidden(
            "a link for oneself",
            by,
            leaked(format!("POST /v1/accounts/{}/invitation", number(by))),
            json!({}),
        ),
        forbidden("what one asked for approved by oneself", by, approve(&prepared.asked), json!({})),
        forbidden("what one gains by approved", "colleague", approve(&prepared.of_colleague), json!({})),
        forbidden(
            "a webhook started by its maker",
            by,
            leaked(format!("PATCH /v1/webhooks/{}", prepared.webhook)),
            json!({ "active": true }),
        ),
        forbidden("rights asked for with a narrow token", by, officer, json!({ "offices": ["*"] }))
            .with("authorization", format!("Bearer {}", prepared.narrow_administrator)),
        forbidden("what was asked for approved with a narrow token", by, approve(&prepared.asked), json!({}))
            .with("authorization", format!("Bearer {}", prepared.narrow_administrator)),
        forbidden("an administrator reads an enterprise", by, "GET /v1/enterprises/3101910012", None)
            .hidden("not-in-registry"),
        forbidden(
            "an administrator tries a matter",
            by,
            "POST /v1/decide?dry_run=true",
            matter("M1", "5301", OWN),
        ),
        forbidden("an administrator claims a task", by, "POST /v1/tasks/claim", json!({})),
        forbidden("an administrator brings a law", by, "POST /v1/packs", json!({ "base": 1, "files": {} })),
    ]
}

/// Halves of links.
fn links(prepared: &Prepared) -> Vec<Forbidden> {
    let enter = |what, secret: &str, code: Option<&str>| {
        let body = json!({ "secret": secret, "password": PASSWORD, "code": code });
        forbidden(what, None, "POST /v1/welcome", body).because(401, "sign-in")
    };
    vec![
        enter("a link that nobody approved", &prepared.waiting_link, None),
        enter("a link without its code", &prepared.approved_link, None),
        enter("a link with a wrong code", &prepared.approved_link, Some("0000-0000-0000-0000")),
    ]
}

/// Those who are no administrators.
fn others(world: &World, prepared: &Prepared) -> Vec<Forbidden> {
    let account = |method: &str, login: &str, rest: &str| {
        leaked(format!("{method} /v1/accounts/{}{rest}", world.accounts[login]))
    };
    let approve = leaked(format!("POST /v1/account-changes/{}/approve", prepared.asked));
    let reject = leaked(format!("POST /v1/account-changes/{}/reject", prepared.asked));
    let machine =
        json!({ "login": "m", "name": "m", "machine": true, "roles": ["machine"], "offices": ["*"] });
    let off = json!({ "disabled": true });
    vec![
        forbidden("a supervisor approves a change of an account", "keeper", approve, json!({})),
        forbidden("an officer approves a change of the own account", "officer", approve, json!({})),
        forbidden("a supervisor rejects a change of an account", "keeper", reject, json!({})),
        forbidden("an officer lists changes of accounts", "officer", "GET /v1/account-changes", None),
        forbidden(
            "an auditor takes another role",
            "auditor",
            account("PATCH", "auditor", ""),
            json!({ "roles": ["supervisor"] }),
        ),
        forbidden(
            "an officer takes another office",
            "officer",
            account("PATCH", "officer", ""),
            json!({ "offices": ["*"] }),
        ),
        forbidden(
            "an officer resets a supervisor's password",
            "officer",
            account("POST", "keeper", "/invitation"),
            json!({}),
        ),
        forbidden("an officer unbinds a supervisor", "officer", account("DELETE", "keeper", "/openid"), None),
        forbidden("a supervisor switches off an auditor", "keeper", account("PATCH", "auditor", ""), off),
        forbidden("an editor lists accounts", "editor", "GET /v1/accounts", None),
        forbidden("an enterprise looks at an account", "enterprise", account("GET", "officer", ""), None),
        forbidden("a machine makes another one", "machine", "POST /v1/accounts", machine),
        forbidden("a partner reads the trail", "partner", "GET /v1/trail", None),
        forbidden(
            "an auditor subscribes",
            "auditor",
            "POST /v1/webhooks",
            json!({ "url": "https://a.example" }),
        ),
        forbidden("a supervisor lists webhooks", "keeper", "GET /v1/webhooks", None),
    ]
}

/// Tokens that would do more than they allow.
fn tokens(world: &World, prepared: &Prepared) -> Vec<Forbidden> {
    let by_login_token = |what, call, body: Value| {
        forbidden(what, "officer", call, body)
            .with("authorization", format!("Bearer {}", prepared.login_token))
    };
    let by_narrow = |what, call: &'static str| {
        forbidden(what, "machine", call, None).with("authorization", format!("Bearer {}", world.narrow))
    };
    vec![
        by_login_token(
            "a token makes a wider one",
            "POST /v1/tokens",
            json!({ "name": "wide", "scopes": ["decide", "use_login"] }),
        ),
        by_login_token(
            "a token changes the password",
            "POST /v1/me/password",
            json!({ "present": PASSWORD, "new": "battery horse correct" }),
        ),
        by_login_token("a token reads notices for its owner", "POST /v1/me/notices", json!({ "change": 9 })),
        by_login_token(
            "a token revokes another one",
            leaked(format!("DELETE /v1/tokens/{}", prepared.sibling)),
            json!({}),
        ),
        by_login_token("a token decides beyond its scopes", "POST /v1/decide", matter("M1", "5301", OWN)),
        forbidden("a token whose parent was revoked", None, "POST /v1/decide", matter("M1", "5301", OWN))
            .with("authorization", format!("Bearer {}", prepared.orphan))
            .because(401, "not-signed-in"),
        forbidden(
            "an officer lists a supervisor's tokens",
            "officer",
            leaked(format!("GET /v1/tokens?account={}", world.accounts["keeper"])),
            None,
        ),
        forbidden(
            "a supervisor revokes an officer's token",
            "keeper",
            leaked(format!("DELETE /v1/tokens/{}", prepared.sibling)),
            None,
        )
        .hidden("not-found"),
        by_narrow("a token reads the law without the scope", "GET /v1/packs"),
        by_narrow("a token reads the registry without the scope", "GET /v1/enterprises/3101910012")
            .hidden("not-in-registry"),
        by_narrow("a token reads its account's tokens without the scope", "GET /v1/tokens"),
    ]
}

/// Whether the trail has what was done about accounts, as the two did it.
pub fn stands_in_the_trail(world: &World) {
    let token = world.server.token_of("auditor", &[]);
    let trail = world.server.call("GET", "/v1/trail?limit=1000", &token, None).json();
    let did: Vec<&str> =
        trail["items"].as_array().unwrap().iter().filter_map(|item| item["what"]["did"].as_str()).collect();
    for deed in ["ask_account", "approve_account", "lone_administrator", "create_webhook"] {
        assert!(did.contains(&deed), "{deed}: {did:?}");
    }
}
