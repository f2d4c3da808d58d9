//! Sending one message over HTTP.

use std::time::Duration;

use greenlane_terms::Clock;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use tokio::time::{sleep, timeout};

use super::message::Message;
use super::secret::Secrets;
use crate::outgoing;

/// How long a receiver may take.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(10);

/// How long a message that somebody sends by hand may take; whoever sends one that fails waits as long, whatever the reason.
const BY_HAND: Duration = Duration::from_secs(4);

/// What is told where no receiver answered: not whether its name is known, its port open, or its certificate good, since whoever names
/// addresses would learn so what runs in the network of this server. Its log says it, under the id of the message.
const UNHEARD: &str = "it could not be delivered; the server's log says why, under its webhook-id (未能送达，原因见服务器运行日志)";

/// Why a message was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In words.
    pub reason: String,
    /// The receiver says that it wants no more (410).
    pub gone: bool,
}

impl Failure {
    /// For a reason that another attempt may not meet.
    pub fn new(reason: impl Into<String>) -> Failure {
        Failure { reason: reason.into(), gone: false }
    }
}

/// The way out. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    client: Result<reqwest::Client, String>,
    clock: Clock,
}

impl Client {
    /// A machine without root certificates has none, and says so at each attempt.
    pub fn new(clock: Clock) -> Client {
        Client { client: outgoing::client(TIME_LIMIT), clock }
    }

    /// Signs and sends a message once; any status from 200 to 299 is a success.
    pub async fn send(&self, url: &str, secrets: &Secrets, message: &Message) -> Result<u16, Failure> {
        let client = self.client.as_ref().map_err(|reason| Failure::new(reason.as_str()))?;
        let now_us = self.clock.now_us();
        let unsigned = || Failure::new("the secrets of the webhook cannot sign");
        let signatures = secrets.signatures(&message.id, now_us, &message.body).ok_or_else(unsigned)?;
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", now_us.div_euclid(1_000_000))
            .header("webhook-signature", signatures)
            .body(message.body.clone());
        let response = request.send().await.map_err(|error| {
            tracing::warn!(webhook_id = %message.id, reason = words(&error), "a message to a webhook was not delivered");
            Failure::new(UNHEARD)
        })?;
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

impl Client {
    /// As [`Client::send`], for somebody who waits for it: a failure takes the same time whatever its reason.
    pub async fn send_by_hand(
        &self,
        url: &str,
        secrets: &Secrets,
        message: &Message,
    ) -> Result<u16, Failure> {
        let pause = sleep(BY_HAND);
        let sent = timeout(BY_HAND, self.send(url, secrets, message)).await;
        let sent = sent.unwrap_or_else(|_| {
            tracing::warn!(webhook_id = %message.id, reason = "no answer in time", "a message to a webhook was not delivered");
            Err(Failure::new(UNHEARD))
        });
        if sent.is_err() {
            pause.await;
        }
        sent
    }
}

/// Why nothing came back.
fn words(error: &reqwest::Error) -> String {
    match error.is_timeout() {
        true => format!("the receiver did not answer within {} s", TIME_LIMIT.as_secs()),
        false => outgoing::reason(error),
    }
}
