//! The interface described for machines (OpenAPI 3.1), made from the handlers themselves.

mod answers;
mod bounds;
mod examples;

use std::sync::LazyLock;

use axum::Json;
use greenlane_transport::{COOKIE, ProblemDetails};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use super::shapes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Greenlane",
        description = "Customs facilitation law as running decisions: which measures apply to a matter, on what legal ground, and how anyone can check it.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "Greenlane")
    ),
    tags(
        (name = "decisions", description = "Matters are decided, and why"),
        (name = "work", description = "What decisions leave to do, in four queues"),
        (name = "registry", description = "Enterprises: what is stated about them, what happened to them"),
        (name = "law", description = "Packs, and their way into force by two people"),
        (name = "log", description = "What was decided stays, and can be proved"),
        (name = "webhooks", description = "Whoever asks for it is told of what stands in the log"),
        (name = "people", description = "Accounts, sessions, tokens"),
        (name = "machine room", description = "Whether the server is well"),
    ),
    components(schemas(ProblemDetails, shapes::Day, shapes::Moment))
)]
struct Base;

/// The shape of a decision, which files have too.
const DECISION: &str = include_str!("../../../../docs/decision.schema.json");

/// What the document says besides the routes.
pub(super) fn base() -> Document {
    Base::openapi()
}

/// Completes the document of all routes: names of operations, bounds of numbers, how to sign in, the shape of a decision,
/// what a refusal looks like, examples.
pub(super) fn complete(document: &Document) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    document["security"] = json!([{ "token": [] }, { "session": [] }]);
    document["components"]["securitySchemes"] = json!({
        "token": { "type": "http", "scheme": "bearer", "description": "A token: `glt_…`" },
        "session": { "type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Set by `POST /v1/session`" },
    });
    document["components"]["schemas"]["Decision"] = decision();
    bounds::of_components(&mut document["components"]["schemas"]);
    document["components"]["responses"] = answers::shared();
    document["components"]["headers"] = answers::headers();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Value::Object(operation) = operation {
                operation.insert("operationId".into(), operation_id(method, path).into());
                bounds::of_parameters(operation);
                answers::complete(method, path, operation);
                examples::add(method, path, operation);
            }
        }
    }
    bounds::of_schemas(&mut document);
    document
}

/// One name for each operation, such as `post_packs_number_approve`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(['/', '{', '}', '-', '.']).filter(|word| !word.is_empty() && *word != "v1");
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// The schema of a decision as a component: what it refers to is found within it.
fn decision() -> Value {
    let within = DECISION.replace("\"#/$defs/", "\"#/components/schemas/Decision/$defs/");
    let mut schema: Map<String, Value> = serde_json::from_str(&within).unwrap_or_default();
    schema.remove("$schema");
    schema.into()
}

/// The document.
pub async fn document() -> Json<&'static Value> {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(crate::document);
    Json(&DOCUMENT)
}
