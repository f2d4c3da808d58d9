//! Sending one message over HTTP.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};

use super::message::Message;
use super::secret::Secrets;
use crate::clock::now_us;

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
    /// Follows no redirect and asks no proxy. A machine without root certificates has none, and says so at each attempt.
    pub(crate) fn new() -> Client {
        // Whoever came first has chosen the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().timeout(TIME_LIMIT);
        let client = client.user_agent(concat!("greenlane/", env!("CARGO_PKG_VERSION"))).build();
        Client(client.map_err(|error| words(&error)))
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

/// The innermost reason, without the URL.
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("the receiver did not answer within {} s", TIME_LIMIT.as_secs());
    }
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// What is wrong with a URL to deliver to; `None` if nothing is.
pub(crate) fn url_problem(url: &str) -> Option<String> {
    let parsed = match Url::parse(url) {
        Ok(parsed) => parsed,
        Err(error) => return Some(format!("`url`: {error}")),
    };
    let host = parsed.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let is_loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match parsed.scheme() {
        _ if !parsed.username().is_empty() || parsed.password().is_some() => {
            Some("`url`: a password has no place in it, deliveries are signed".to_owned())
        }
        "https" => None,
        "http" if is_loopback => None,
        _ => Some("`url`: expected https://…; http:// only on this machine".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_encrypted() {
        for url in
            ["https://broker.example/hook?a=b", "http://127.0.0.1:9/x", "http://[::1]/", "http://localhost:1"]
        {
            assert_eq!(url_problem(url), None, "{url}");
        }
        for url in [
            "http://broker.example/",
            "http://127.0.0.1.broker.example/",
            "http://10.0.0.1/",
            "https://me:secret@broker.example/",
            "file:///etc/passwd",
            "broker.example",
        ] {
            assert!(url_problem(url).is_some(), "{url}");
        }
    }
}
