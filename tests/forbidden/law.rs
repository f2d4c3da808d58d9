//! The law, the registry and the work: what takes a second person, all offices, or the office itself.

use serde_json::{Value, json};

use super::{Forbidden, OTHER, OWN, World, forbidden, leaked, matter};

/// Numbers of what was made before.
struct Prepared {
    /// Entry of the upload of pack 2, a draft.
    draft_entry: Value,
    /// An event of office 3101, and one of all offices.
    foreign_event: Value,
    nationwide_event: Value,
}

impl Prepared {
    fn of(world: &World) -> Prepared {
        let does = |login: &str, call: &str, body: Value| {
            let bearer = format!("Bearer {}", world.server.token_of(login, &[]));
            let body = (!body.is_null()).then(|| body.to_string());
            let answer = world.send(call, &[("authorization", bearer)], body.as_deref());
            assert!(answer.status < 300, "{login} {call}: {}", answer.body);
            answer.json()
        };
        let draft = does("editor", "GET /v1/packs/2", Value::Null);
        // Pack 3 is in force, and its editor asks to withdraw it.
        let files = greenlane_policy::load::PackFiles::embedded();
        let (path, text) = files.iter().find(|(path, _)| *path == "parameters.toml").unwrap();
        let text = text.replace("ordinary = \"0.0244\"", "ordinary = \"0.0310\"");
        does("editor", "POST /v1/packs", json!({ "base": 1, "files": { path: text } }));
        does("editor", "POST /v1/packs/3/submit", json!({}));
        does("keeper", "POST /v1/packs/3/approve", json!({}));
        does("editor", "POST /v1/packs/3/withdraw", json!({ "reason": "a mistake" }));
        let event = |office: Value| json!({ "enterprise": OWN, "kind": "penalty", "amount": "100.00", "on": "2024-05-01", "office": office });
        Prepared {
            draft_entry: draft["moves"][0]["entry"].clone(),
            foreign_event: does("keeper", "POST /v1/events", event("3101".into()))["event"].clone(),
            nationwide_event: does("keeper", "POST /v1/events", event(Value::Null))["event"].clone(),
        }
    }
}

/// What is forbidden about law, registry and work.
pub fn cases(world: &World) -> Vec<Forbidden> {
    let prepared = Prepared::of(world);
    [law(&prepared), registry(&prepared), work()].concat()
}

fn law(prepared: &Prepared) -> Vec<Forbidden> {
    let why = || json!({ "reason": "because" });
    let receipt = leaked(format!("GET /v1/log/entries/{}/receipt", prepared.draft_entry));
    let reads = |what, login| forbidden(what, login, receipt, None).hidden("not-in-log");
    let draft = |what, login| forbidden(what, login, "GET /v1/packs/2", None).hidden("no-pack");
    let (approve, approve_withdrawal) = ("POST /v1/packs/2/approve", "POST /v1/packs/3/withdrawal/approve");
    vec![
        forbidden("a supervisor of one office approves a law", "supervisor", approve, json!({})),
        forbidden("an editor of one office approves a law", "local-editor", approve, json!({})),
        forbidden("an officer approves a law", "officer", approve, json!({})),
        forbidden("a supervisor of one office rejects a law", "supervisor", "POST /v1/packs/2/reject", why()),
        forbidden("whoever asked approves the withdrawal", "editor", approve_withdrawal, json!({})),
        forbidden("a supervisor of one office approves it", "supervisor", approve_withdrawal, json!({})),
        forbidden("an administrator approves it", "administrator", approve_withdrawal, json!({})),
        forbidden("an officer rejects it", "officer", "POST /v1/packs/3/withdrawal/reject", why()),
        forbidden("a supervisor asks for a withdrawal", "keeper", "POST /v1/packs/3/withdraw", why()),
        forbidden(
            "an administrator asks for a withdrawal",
            "administrator",
            "POST /v1/packs/3/withdraw",
            why(),
        ),
        forbidden("whether a pack is there, by a step", "enterprise", "POST /v1/packs/99/reject", why()),
        reads("an enterprise reads the receipt of a draft", "enterprise"),
        reads("a partner reads the receipt of a draft", "partner"),
        reads("an officer reads the receipt of a draft", "officer"),
        reads("a supervisor of one office reads it", "supervisor"),
        reads("an administrator reads it", "administrator"),
        draft("an enterprise reads a draft", "enterprise"),
        draft("a partner reads a draft", "partner"),
        draft("an officer reads a draft", "officer"),
        draft("a supervisor of one office reads a draft", "supervisor"),
        forbidden("an enterprise reads the files of a draft", "enterprise", "GET /v1/packs/2/files", None)
            .hidden("no-pack"),
        forbidden("an officer tries a law", "officer", "POST /v1/packs/2/dry-run", json!({})),
        forbidden(
            "a supervisor of one office tries a law",
            "supervisor",
            "POST /v1/packs/2/dry-run",
            json!({}),
        ),
        forbidden("an auditor submits a law", "auditor", "POST /v1/packs/2/submit", json!({})),
    ]
}

fn registry(prepared: &Prepared) -> Vec<Forbidden> {
    let records = "POST /v1/enterprises/3101910012/records";
    let level = || json!({ "valid_from": "2024-01-01", "facts": { "level": "advanced" }, "ground": "none" });
    let event = |office: &str| json!({ "enterprise": OWN, "kind": "penalty", "amount": "1.00", "on": "2024-05-01", "office": office });
    let withdraw = |event: &Value| leaked(format!("POST /v1/events/{event}/withdraw"));
    let ground = || json!({ "ground": "none" });
    let registers =
        |what, login| forbidden(what, login, "POST /v1/enterprises", json!({ "customs_code": OWN }));
    vec![
        forbidden("a supervisor of one office states a level", "supervisor", records, level()),
        forbidden("a machine of one office states a level", "machine", records, level()),
        forbidden("an auditor states a level", "auditor", records, level()),
        forbidden("an enterprise states its own level", "enterprise", records, level()),
        registers("a supervisor of one office registers", "supervisor"),
        registers("a machine of one office registers", "machine"),
        forbidden(
            "an officer withdraws another office's event",
            "officer",
            withdraw(&prepared.foreign_event),
            ground(),
        ),
        forbidden(
            "a supervisor of one office withdraws another's event",
            "supervisor",
            withdraw(&prepared.foreign_event),
            ground(),
        ),
        forbidden(
            "a machine withdraws another office's event",
            "machine",
            withdraw(&prepared.foreign_event),
            ground(),
        ),
        forbidden(
            "an officer withdraws a nationwide event",
            "officer",
            withdraw(&prepared.nationwide_event),
            ground(),
        ),
        forbidden(
            "an enterprise withdraws its own penalty",
            "enterprise",
            withdraw(&prepared.nationwide_event),
            ground(),
        ),
        forbidden("an officer records in another office's name", "officer", "POST /v1/events", event("3101")),
        forbidden("a machine records in another office's name", "machine", "POST /v1/events", event("3101")),
        forbidden("an enterprise records an event", "enterprise", "POST /v1/events", event("5301")),
        forbidden(
            "an editor tries an enterprise's matter",
            "editor",
            "POST /v1/decide?dry_run=true",
            matter("M1", "5301", OTHER),
        ),
        forbidden(
            "a partner tries a matter",
            "partner",
            "POST /v1/decide?dry_run=true",
            matter("M1", "5301", OWN),
        ),
    ]
}

fn work() -> Vec<Forbidden> {
    let claims = |what, login| forbidden(what, login, "POST /v1/tasks/claim", json!({}));
    let withdraw = "POST /v1/tasks/1/withdraw";
    vec![
        claims("a machine claims a task", "machine"),
        claims("an auditor claims a task", "auditor"),
        claims("an editor claims a task", "editor"),
        forbidden("an officer withdraws a task", "officer", withdraw, json!({ "ground": "none" })),
        forbidden("an auditor withdraws a task", "auditor", withdraw, json!({ "ground": "none" })),
        forbidden("a partner lists tasks", "partner", "GET /v1/tasks", None),
    ]
}
