//! Bodies of casework: queues, states, moves and outcomes as the crate `casework` reads and writes them.

use utoipa::ToSchema;

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Queue {
    Amendment,
    PortInspection,
    LocalInspection,
    Sampling,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskState {
    Waiting,
    Claimed,
    Completed,
    Withdrawn,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskMove {
    Claim,
    Heartbeat,
    Release,
    Complete,
    Withdraw,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    OnSite,
    Documents,
    RemoteVideo,
}

/// One thing that was found.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
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
pub(crate) struct Outcome {
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
pub(crate) enum LotState {
    Untested,
    Testing,
    Valid,
    Disqualified,
    Expired,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WaiverState {
    Draft,
    Submitted,
    Incomplete,
    Checked,
    Reviewed,
    Approved,
    InForce,
    Suspended,
    Revoked,
    Expired,
    Refused,
    Withdrawn,
}

/// A move of people.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WaiverMove {
    Submit,
    Review,
    Approve,
    Refuse,
    Suspend,
    Resume,
    Revoke,
    Withdraw,
}
