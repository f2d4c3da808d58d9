//! Sending one message over HTTP.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

use super::message::Message;
use super::secret::Secrets;
use crate::clock::now_us;
use crate::outgoing;

/// How long a receiver may take.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Why a message was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// In words.
    pub(crate) reason: String,
    /// The receiver says that it wants no more (410).
    pub(crate) gone: bool,
}

impl Failure {
    pub(crate) fn new(reason: impl Into<String>) -> Failure {
        Failure { reason: reason.into(), gone: false }
    }
}

/// The way out. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client(Result<reqwest::Client, String>);

impl Client {
    /// A machine without root certificates has none, and says so at each attempt.
    pub(crate) fn new() -> Client {
        Client(outgoing::client(TIME_LIMIT))
    }

    /// Signs and sends a message once; any status from 200 to 299 is a success.
    pub(crate) async fn send(&self, url: &str, secrets: &Secrets, message: &Message) -> Result<u16, Failure> {
        let client = self.0.as_ref().map_err(|reason| Failure::new(reason.as_str()))?;
        let now_us = now_us();
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", now_us.div_euclid(1_000_000))
            .header("webhook-signature", secrets.signatures(&message.id, now_us, &message.body))
            .body(message.body.clone());
        let response = request.send().await.map_err(|error| Failure::new(words(&error)))?;
        let status = response.status();
        match status.is_success() {
            true => Ok(status.as_u16()),
            false => {
                let gone = status == StatusCode::GONE;
                Err(Failure { reason: format!("the receiver answered {}", status.as_u16()), gone })
            }
        }
    }
}

/// Why nothing came back.
fn words(error: &reqwest::Error) -> String {
    match error.is_timeout() {
        true => format!("the receiver did not answer within {} s", TIME_LIMIT.as_secs()),
        false => outgoing::reason(error),
    }
}
