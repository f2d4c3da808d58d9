//! A server as those who run it see it: how it is configured, watched, limited, saved, and what it does when things break.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "operations/breaking.rs"]
mod breaking;
#[path = "operations/configuration.rs"]
mod configuration;
#[path = "operations/limits.rs"]
mod limits;
#[path = "operations/saving.rs"]
mod saving;
#[path = "support/server.rs"]
mod server;
#[path = "operations/socket.rs"]
mod socket;
mod support;
#[path = "operations/tls.rs"]
mod tls;
#[path = "operations/watching.rs"]
mod watching;

use support::places::Places;

/// A matter that nothing is drawn for, so that it leaves no task.
fn ticket(id: &str) -> String {
    matter(id).replace("import_declaration", "help_ticket")
}

fn matter(id: &str) -> String {
    format!(
        r#"{{"matter_id":"{id}","matter":"import_declaration","decided_on":"2024-08-30","office":"3101","lane":"ordinary","consignee_consignor_level":"advanced","consignee_consignor_findings_1y":0,"declarant_level":"regular","end_user_level":"regular","mandatory_inspection":false}}"#
    )
}
