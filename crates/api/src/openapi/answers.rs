//! What every route may answer when it refuses, and which headers come with it.

use axum::http::StatusCode;
use greenlane_desk::Problem;
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
    status: StatusCode,
    /// As a component of the document.
    name: &'static str,
    says: &'static str,
    /// Which operations may answer so, beside those that say so themselves.
    when: fn(&Operation<'_>) -> bool,
}

const REFUSALS: [Refusal; 13] = [
    Refusal {
        status: StatusCode::BAD_REQUEST,
        name: "BadRequest",
        says: "The body or a parameter cannot be read",
        when: |operation| operation.has_input,
    },
    Refusal {
        status: StatusCode::UNAUTHORIZED,
        name: "NotSignedIn",
        says: "No token and no session, or one that is unknown, expired, revoked; login or password is wrong",
        when: |operation| operation.needs_sign_in,
    },
    Refusal {
        status: StatusCode::FORBIDDEN,
        name: "Forbidden",
        says: "The rules do not permit it, a page of another site called, or what was drawn is not told yet",
        // Whoever has signed in may ask who they are.
        when: |operation| (operation.needs_sign_in && operation.path != "/v1/me") || operation.changes,
    },
    Refusal {
        status: StatusCode::NOT_FOUND,
        name: "NotFound",
        says: "There is no such thing",
        when: |_| false,
    },
    Refusal {
        status: StatusCode::REQUEST_TIMEOUT,
        name: "Slow",
        says: "The body did not come in time",
        when: |operation| operation.has_body,
    },
    Refusal {
        status: StatusCode::CONFLICT,
        name: "Conflict",
        says: "What is there does not allow it",
        when: |_| false,
    },
    Refusal {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        name: "TooLarge",
        says: "The body is too large, or there are too many items in it",
        when: |operation| operation.has_body,
    },
    Refusal {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        name: "MediaType",
        says: "Another format",
        when: |operation| operation.has_body,
    },
    Refusal {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        name: "Wrong",
        says: "The body can be read and says something wrong, or the idempotency key was used for another request",
        when: |operation| operation.has_body,
    },
    Refusal {
        status: StatusCode::TOO_MANY_REQUESTS,
        name: "TooOften",
        says: "This caller asks too often, or has too much under way at once",
        when: |operation| !greenlane_transport::OF_THE_OPERATOR.contains(&operation.path),
    },
    Refusal {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        name: "Internal",
        says: "A decision cannot be made, or the store says what this program never wrote",
        when: |_| true,
    },
    Refusal {
        status: StatusCode::BAD_GATEWAY,
        name: "BadGateway",
        says: "The identity provider cannot be reached or does not do its part",
        when: |_| false,
    },
    Refusal {
        status: StatusCode::SERVICE_UNAVAILABLE,
        name: "Unavailable",
        says: "Too many calls or connections, no answer in time, the database does not answer, or the clock is in doubt: try \
               again with the same idempotency key",
        when: |_| true,
    },
];

impl Refusal {
    /// Kinds of problems that have its status, the most usual one first.
    fn problems(&self) -> impl Iterator<Item = Problem> {
        let of_this = |problem: &Problem| problem.is_answered() && problem.status() == self.status;
        Problem::ALL.iter().copied().filter(of_this)
    }

    /// Its body: problem details of these kinds.
    fn content(&self) -> Value {
        let kinds: Vec<Problem> = self.problems().collect();
        let example = kinds.first().map(|first| {
            json!({ "type": first.urn(), "title": first.title().en, "status": self.status.as_u16(), "detail": self.says })
        });
        let kinds: Vec<String> = kinds.into_iter().map(Problem::urn).collect();
        let narrower = json!({ "properties": { "type": { "enum": kinds }, "status": { "const": self.status.as_u16() } } });
        let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, narrower] });
        json!({ "application/problem+json": { "schema": schema, "example": example } })
    }

    /// Its headers.
    fn headers(&self) -> Map<String, Value> {
        let mut headers = Map::new();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert("WWW-Authenticate".into(), header("WwwAuthenticate"));
        }
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
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
        let status = refusal.status.as_str().to_owned();
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
