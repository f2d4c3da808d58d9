//! The registry over HTTP and from files: two time axes, events, and the same decisions as a batch; on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "registry/agreement.rs"]
mod agreement;
#[path = "registry/axes.rs"]
mod axes;
#[path = "registry/files.rs"]
mod files;
#[path = "support/server.rs"]
mod server;
#[path = "registry/statements.rs"]
mod statements;
mod support;

use server::{Response, Server};
use support::places::Places;

/// A supervisor states something.
fn post(server: &Server, path: &str, body: &str, status: u16) -> Response {
    let response = server.call(
        "POST",
        path,
        &server.token_of("li.wei", &["--role", "supervisor", "--office", "*"]),
        Some(body),
    );
    assert_eq!(response.status, status, "POST {path} {body}\n{}", response.body);
    response
}

fn get(server: &Server, path: &str) -> serde_json::Value {
    let response = server.get(path);
    assert_eq!(response.status, 200, "GET {path}\n{}", response.body);
    response.json()
}
