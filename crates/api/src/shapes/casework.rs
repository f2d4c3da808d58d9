//! Bodies of casework: queues, states, moves and outcomes as the crate `casework` reads and writes them.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    Amendment,
    PortInspection,
    LocalInspection,
    Sampling,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    Waiting,
    Claimed,
    Completed,
    Withdrawn,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskMove {
    Draw,
    Claim,
    Heartbeat,
    Release,
    Complete,
    Withdraw,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    OnSite,
    Documents,
    RemoteVideo,
}

/// One thing that was found.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// A code of the pack's list `finding`.
    code: String,
    /// How much of the goods, as a decimal number.
    #[schema(pattern = "^[0-9]+([.][0-9]+)?$", max_length = 24)]
    quantity: Option<String>,
    /// Unit of the quantity.
    measured_in: Option<String>,
    #[schema(max_length = 10000)]
    #[serde(default)]
    text: String,
}

/// How a task ended. No findings: all was as declared.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    mode: Mode,
    #[schema(max_items = 100)]
    #[serde(default)]
    findings: Vec<Finding>,
    #[schema(max_length = 10000)]
    #[serde(default)]
    text: String,
    /// SHA-256 of photos and papers, in hexadecimal digits.
    #[serde(default)]
    attachments: Vec<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LotState {
    Untested,
    Testing,
    Valid,
    Disqualified,
    Expired,
}

/// A closed list of names that `casework` knows, so that the two cannot drift.
macro_rules! names {
    ($($(#[$doc:meta])* $shape:ident $names:expr;)+) => {$(
        $(#[$doc])*
        pub struct $shape;

        impl PartialSchema for $shape {
            fn schema() -> RefOr<Schema> {
                let mut names: Vec<&'static str> = $names.collect();
                names.sort_unstable();
                names.dedup();
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
            }
        }

        impl ToSchema for $shape {}
    )+};
}

names! {
    /// What is asked for.
    ApplicationKind greenlane_casework::ApplicationKind::ALL.iter().map(|kind| kind.name());
    /// A state of an application; which ones there are depends on its kind.
    ApplicationState greenlane_casework::ApplicationKind::ALL.iter().flat_map(|kind| kind.states());
    /// A move of people; which ones there are depends on the kind.
    ApplicationMove greenlane_casework::ApplicationKind::ALL.iter().flat_map(|kind| kind.steps_of_people()).map(|step| step.name());
}

/// An order of a list.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    Number,
    Turn,
}

/// A language.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    Zh,
    En,
}
