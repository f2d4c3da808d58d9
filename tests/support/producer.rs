//! An enterprise that may have a guarantee waiver (article 7), as the registry knows it.
#![allow(dead_code)]

use serde_json::{Value, json};

use crate::AEO;
use crate::server::Server;

/// The six dates of a family, all with one value.
pub fn dates(value: &str) -> Value {
    let members = ["y1", "y2", "y3", "y4", "y5", "last_month"];
    members
        .iter()
        .map(|member| ((*member).to_owned(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Posts to the registry.
pub fn posted(server: &Server, path: &str, body: &Value) {
    let token = server.token_of("registrar", &["--role", "supervisor", "--office", "*"]);
    let response = server.call("POST", path, &token, Some(&body.to_string()));
    assert_eq!(response.status, 201, "{path} {body}\n{}", response.body);
}

/// [`AEO`] as a producer that meets the seven conditions but for what `without` names.
pub fn producer(server: &Server, without: &str) {
    posted(server, "/v1/enterprises", &json!({ "customs_code": AEO, "name": "样例公司", "ground": "认证" }));
    let mut facts = json!({
        "level": "advanced", "advanced_since": "2016-03-01", "is_producer": true,
        "tax_paid": { "y1": "25000000.00", "y2": "25000000.00", "y3": "25000000.00", "y4": "25000000.00", "y5": "25000000.00" },
        "debt_ratio": dates("0.3500"), "cash_ratio": dates("0.4100"),
    });
    if without == "debt_ratio" {
        facts["debt_ratio"].as_object_mut().unwrap().remove("y3");
    }
    let record = json!({ "kind": "statement", "valid_from": "2020-01-01", "facts": facts, "ground": "报表" });
    posted(server, &format!("/v1/enterprises/{AEO}/records"), &record);
    // Of others something is known of each kind, so that nothing is known to be none.
    for kind in ["late_payment", "downgrade", "suspension", "penalty"] {
        posted(
            server,
            "/v1/events",
            &json!({ "enterprise": "3101910099", "kind": kind, "on": "2024-05-01" }),
        );
    }
}
