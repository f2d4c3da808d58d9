//! Webhooks: who is told of what in the log, and how far they have been told. The log itself is the outbox.

mod rows;
mod store;

/// A subscription with how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its name.
    pub id: String,
    /// Where deliveries go.
    pub url: String,
    /// Which entries are delivered; JSON that the store does not read.
    pub filter: String,
    /// Secrets that deliveries are signed with, sealed.
    pub secrets: Vec<u8>,
    /// Whether it is delivered to.
    pub active: bool,
    /// Why the last attempt failed, or why it is not active.
    pub note: Option<String>,
    /// Who made it.
    pub person: String,
    /// When it was made, in microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// First entry that has not been delivered.
    pub next_entry: u64,
    /// The delivery under way ends before this entry; it is the same one until it has come to an end.
    pub pending_to: Option<u64>,
    /// Attempts of the delivery under way.
    pub attempts: u32,
    /// Not to be tried before, in microseconds since 1970-01-01 UTC.
    pub retry_at_us: i64,
}

/// What somebody changes about a subscription. A delivery under way notices and stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookChange {
    /// Other secrets, sealed.
    Secrets(Vec<u8>),
    /// Delivered to, or not any more.
    Active(bool),
    /// Delivered from this entry on once more.
    From(u64),
    /// Gone, with its dead letters.
    Removed,
}

/// A delivery that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its first entry, which names it.
    pub from: u64,
    /// The entry after its last one.
    pub to: u64,
    /// Attempts that were made.
    pub attempts: u32,
    /// When it was given up, in microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// Why the last attempt failed.
    pub reason: String,
    /// When it was delivered after all.
    pub delivered_at_us: Option<i64>,
}
