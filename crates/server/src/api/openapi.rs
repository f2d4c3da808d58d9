//! The interface described for machines (OpenAPI 3.1), made from the handlers themselves.

use axum::Json;
use axum::extract::State;
use utoipa::OpenApi;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, Ref, ResponseBuilder};

use super::Service;
use super::caller::COOKIE;
use super::problem::Problem;

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
        (name = "registry", description = "Enterprises: what is stated about them, what happened to them"),
        (name = "law", description = "Packs, and their way into force by two people"),
        (name = "log", description = "What was decided stays, and can be proved"),
        (name = "webhooks", description = "Whoever asks for it is told of what stands in the log"),
        (name = "people", description = "Accounts, sessions, tokens"),
        (name = "machine room", description = "Whether the server is well"),
    ),
    components(schemas(Problem))
)]
struct Base;

/// What the document says besides the routes.
pub(super) fn base() -> Document {
    Base::openapi()
}

/// Completes the document of all routes: how to sign in, and what a refusal looks like.
pub(super) fn complete(mut document: Document) -> Document {
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components
        .add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))));
    let needed = ["token", "session"].map(|scheme| SecurityRequirement::new(scheme, Vec::<String>::new()));
    document.security = Some(needed.into());
    let schema = || Some(Ref::from_schema_name("Problem"));
    let refusal = ResponseBuilder::new()
        .description("Refused: problem details (RFC 9457)")
        .content("application/problem+json", ContentBuilder::new().schema(schema()).build())
        .build();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            // A refusal of a route that is described by itself has the same form.
            for response in responses.iter_mut().filter(|(status, _)| status.starts_with(['4', '5'])) {
                if let utoipa::openapi::RefOr::T(response) = response.1 {
                    response.content = refusal.content.clone();
                }
            }
            responses.insert("default".to_owned(), refusal.clone().into());
        }
    }
    document
}

/// The document.
pub(crate) async fn document(State(service): State<Service>) -> Json<Document> {
    Json(service.document.as_ref().clone())
}
