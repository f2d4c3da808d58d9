//! What every route may answer when it refuses, and which headers come with it.

use serde_json::{Map, Value, json};

/// What an operation is, as far as it settles how it may refuse.
struct Operation<'a> {
    path: &'a str,
    has_body: bool,
    /// Body, path, query or headers.
    has_input: bool,
    needs_sign_in: bool,
    changes: bool,
}

/// A status by which something is refused.
struct Refusal {
    status: u16,
    /// As a component of the document.
    name: &'static str,
    says: &'static str,
    /// Last parts of `type`.
    kinds: &'static [&'static str],
    title: &'static str,
    /// Which operations may answer so, beside those that say so themselves.
    when: fn(&Operation<'_>) -> bool,
}

const REFUSALS: [Refusal; 13] = [
    Refusal {
        status: 400,
        name: "BadRequest",
        says: "The body or a parameter cannot be read",
        kinds: &["bad-request"],
        title: "The request cannot be read",
        when: |operation| operation.has_input,
    },
    Refusal {
        status: 401,
        name: "NotSignedIn",
        says: "No token and no session, or one that is unknown, expired, revoked; login or password is wrong",
        kinds: &["not-signed-in", "sign-in", "locked"],
        title: "Sign in first",
        when: |operation| operation.needs_sign_in,
    },
    Refusal {
        status: 403,
        name: "Forbidden",
        says: "The rules do not permit it, a page of another site called, or what was drawn is not told yet",
        kinds: &["forbidden", "cross-site", "self-approval", "not-told", "another-office"],
        title: "Not permitted",
        // Whoever has signed in may ask who they are.
        when: |operation| (operation.needs_sign_in && operation.path != "/v1/me") || operation.changes,
    },
    Refusal {
        status: 404,
        name: "NotFound",
        says: "There is no such thing",
        kinds: &[
            "not-found",
            "not-in-log",
            "not-in-registry",
            "no-pack",
            "no-webhook",
            "no-dead-letter",
            "no-task",
            "no-lot",
            "no-application",
            "no-decision",
        ],
        title: "Nothing is here",
        when: |_| false,
    },
    Refusal {
        status: 408,
        name: "Slow",
        says: "The body did not come in time",
        kinds: &["slow"],
        title: "The request came too slowly",
        when: |operation| operation.has_body,
    },
    Refusal {
        status: 409,
        name: "Conflict",
        says: "What is there does not allow it",
        kinds: &[
            "conflict",
            "taken",
            "pack-state",
            "only-law",
            "settled",
            "task-state",
            "application-state",
            "nobody-eligible",
            "matter-state",
        ],
        title: "The registry says otherwise",
        when: |_| false,
    },
    Refusal {
        status: 413,
        name: "TooLarge",
        says: "The body is too large, or there are too many items in it",
        kinds: &["too-large", "too-many"],
        title: "The body is too large",
        when: |operation| operation.has_body,
    },
    Refusal {
        status: 415,
        name: "MediaType",
        says: "Another format",
        kinds: &["media-type"],
        title: "Not a format that is understood",
        when: |operation| operation.has_body,
    },
    Refusal {
        status: 422,
        name: "Wrong",
        says: "The body can be read and says something wrong, or the idempotency key was used for another request",
        kinds: &[
            "fields",
            "password",
            "matter",
            "statement",
            "outcome",
            "idempotency-key",
            "webhook",
            "pack-problems",
            "pack-cases",
            "pack-from",
        ],
        title: "A field is wrong",
        when: |operation| operation.has_body,
    },
    Refusal {
        status: 429,
        name: "TooOften",
        says: "This caller asks too often, or has too much under way at once",
        kinds: &["rate"],
        title: "Too many requests",
        when: |operation| !crate::transport::OF_THE_OPERATOR.contains(&operation.path),
    },
    Refusal {
        status: 500,
        name: "Internal",
        says: "A decision cannot be made, or the store says what this program never wrote",
        kinds: &["internal", "damaged"],
        title: "Something went wrong",
        when: |_| true,
    },
    Refusal {
        status: 502,
        name: "BadGateway",
        says: "The identity provider cannot be reached or does not do its part",
        kinds: &["identity-provider"],
        title: "The identity provider did not do its part",
        when: |_| false,
    },
    Refusal {
        status: 503,
        name: "Unavailable",
        says: "Too many calls or connections, no answer in time, the database does not answer, or the clock is in doubt: try \
               again with the same idempotency key",
        kinds: &["busy", "connections", "late", "database", "unrecorded", "log-disproved", "clock"],
        title: "Try again",
        when: |_| true,
    },
];

impl Refusal {
    /// Its body: problem details of these kinds.
    fn content(&self) -> Value {
        let kinds: Vec<String> =
            self.kinds.iter().map(|kind| format!("urn:greenlane:problem:{kind}")).collect();
        let example =
            json!({ "type": kinds[0], "title": self.title, "status": self.status, "detail": self.says });
        let narrower =
            json!({ "properties": { "type": { "enum": kinds }, "status": { "const": self.status } } });
        let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, narrower] });
        json!({ "application/problem+json": { "schema": schema, "example": example } })
    }

    /// Its headers.
    fn headers(&self) -> Map<String, Value> {
        let mut headers = Map::new();
        if self.status == 401 {
            headers.insert("WWW-Authenticate".into(), header("WwwAuthenticate"));
        }
        if matches!(self.status, 429 | 503) {
            headers.insert("Retry-After".into(), header("RetryAfter"));
        }
        headers
    }
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// Headers that many answers have.
pub(super) fn headers() -> Value {
    json!({
        "RequestId": {
            "description": "The caller's own, if it sent one of at most 128 visible characters, or a random one",
            "schema": { "type": "string" },
        },
        "RetryAfter": { "description": "Seconds after which to come again", "schema": { "type": "integer", "minimum": 1 } },
        "WwwAuthenticate": { "description": "`Bearer`", "schema": { "type": "string" } },
    })
}

/// Refusals that are the same everywhere.
pub(super) fn shared() -> Value {
    let one = |refusal: &Refusal| {
        let mut headers = refusal.headers();
        headers.insert("x-request-id".into(), header("RequestId"));
        let said = json!({ "description": refusal.says, "headers": headers, "content": refusal.content() });
        (refusal.name.to_owned(), said)
    };
    REFUSALS.iter().map(one).collect::<Map<_, _>>().into()
}

/// Adds the refusals that an operation may answer with. One that the route names itself keeps its words.
pub(super) fn complete(method: &str, path: &str, operation: &mut Map<String, Value>) {
    let has_body = operation.contains_key("requestBody");
    let is = Operation {
        path,
        has_body,
        has_input: has_body
            || operation.get("parameters").and_then(Value::as_array).is_some_and(|all| !all.is_empty()),
        needs_sign_in: !operation.contains_key("security"),
        changes: method != "get",
    };
    let Some(answers) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for refusal in &REFUSALS {
        let status = refusal.status.to_string();
        match answers.get_mut(&status) {
            Some(said) => {
                said["content"] = refusal.content();
                said["headers"] = refusal.headers().into();
            }
            None if (refusal.when)(&is) => {
                let shared = format!("#/components/responses/{}", refusal.name);
                answers.insert(status, json!({ "$ref": shared }));
            }
            None => (),
        }
    }
    for said in answers.values_mut().filter(|said| said.get("$ref").is_none()) {
        if said.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
            said["description"] = "As asked for".into();
        }
        said["headers"]["x-request-id"] = header("RequestId");
    }
    answers.sort_keys();
}
