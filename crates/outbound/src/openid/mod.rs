//! Signing in by OpenID Connect: an office that has an identity provider signs its people in with it.
//!
//! ```text
//! browser ─→ begin ─→ the provider's page ─→ finish: cookie, code ─→ provider: token ─→ claim ─→ account ─→ session
//! ```
//! A server keeps nothing in between: what belongs to a sign-in travels in a sealed cookie ([`attempt`]), so another
//! server on the same database and key file can finish it. Only that it was used is kept, until it expires.

mod account;
mod attempt;
mod error;
mod http;
mod person;
mod provider;
mod redirect;

use std::path::Path;
use std::sync::Arc;

pub use account::Bound;
use attempt::Attempt;
pub use attempt::{ATTEMPT_US, Answer};
pub use error::OpenIdError;
use greenlane_configuration::Configuration;
use greenlane_desk::people::Secret;
use greenlane_store::{Seal, Store};
use provider::{Provider, Registered};
pub use redirect::is_local;

/// Path to which the provider sends a browser back.
pub const CALLBACK: &str = "/v1/session/openid/callback";

/// The secret of the client cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`oidc_secret_file`: {file}: {reason}")]
pub struct SecretFileError {
    /// The file.
    file: String,
    /// What is wrong with it.
    reason: String,
}

/// Signing in with the provider of one server. Cheap to clone.
#[derive(Clone)]
pub struct OpenId {
    provider: Arc<Provider>,
    seal: Arc<Seal>,
    store: Store,
    is_https: bool,
}

/// A sign-in that has ended well.
pub struct SignedIn {
    /// The session that was opened.
    pub session: Secret,
    /// Path to go on at.
    pub then: String,
}

impl OpenId {
    /// As configured; `None` without an issuer. The provider is not asked before somebody signs in.
    pub fn open(
        configuration: &Configuration,
        store: &Store,
        seal: &Seal,
    ) -> Result<Option<OpenId>, SecretFileError> {
        let of = configuration;
        let (Some(issuer), Some(client), Some(here)) = (&of.oidc_issuer, &of.oidc_client, &of.public_url)
        else {
            return Ok(None);
        };
        let registered = Registered {
            issuer: issuer.as_str().to_owned(),
            client: client.as_str().to_owned(),
            secret: of.oidc_secret_file.as_deref().map(secret_in).transpose()?,
            redirect: format!("{}{CALLBACK}", here.as_str()),
            claim: of.oidc_claim.as_str().to_owned(),
        };
        Ok(Some(OpenId {
            provider: Arc::new(Provider::new(registered)),
            seal: Arc::new(seal.clone()),
            store: store.clone(),
            is_https: here.as_str().starts_with("https:"),
        }))
    }

    /// Whether browsers reach this server by https.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Begins a sign-in: the provider's page, and the cookie that comes back with its answer.
    pub async fn begin(&self, then: String, now_us: i64) -> Result<(String, String), OpenIdError> {
        let (page, asked) = self.provider.page().await?;
        let attempt = Attempt { asked, then, until_us: now_us.saturating_add(ATTEMPT_US) };
        Ok((page, attempt.sealed(&self.seal)?))
    }

    /// Ends a sign-in with what the provider sent the browser back with.
    pub async fn finish(
        &self,
        cookie: Option<&str>,
        answer: Answer,
        now_us: i64,
    ) -> Result<SignedIn, OpenIdError> {
        let attempt = Attempt::opened(cookie, &self.seal, now_us)?;
        attempt.is_answered_by(&answer)?;
        if !self.store.use_sign_in(&attempt.hash(), attempt.until_us, now_us).await? {
            return Err(OpenIdError::Used);
        }
        let code = answer.code(self.provider.issuer())?;
        let person = self.provider.person(code, &attempt.asked).await?;
        let session = account::sign_in(&self.store, &person, now_us).await?;
        Ok(SignedIn { session, then: attempt.then })
    }
}

/// The secret in a file, without the end of its line.
fn secret_in(file: &Path) -> Result<String, SecretFileError> {
    let wrong = |reason: String| SecretFileError { file: file.display().to_string(), reason };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(wrong("is empty, expected the secret of the client".to_owned())),
        secret => Ok(secret.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_what_stands_in_its_file_without_the_end_of_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let missing = secret_in(&file).unwrap_err().to_string();
        assert!(missing.starts_with("`oidc_secret_file`: ") && missing.contains("secret: cannot be read"));
        for (text, expected) in [("s3 cret\r\n", Some("s3 cret")), ("x", Some("x")), ("\n", None)] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(secret_in(&file).ok().as_deref(), expected);
        }
    }
}
