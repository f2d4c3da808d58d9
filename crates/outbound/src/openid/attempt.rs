//! A sign-in that was begun: what comes back in a sealed cookie, and what the provider must answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use greenlane_desk::random::random;
use greenlane_store::{Seal, SecretHash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::error::OpenIdError;
use super::provider::Asked;

/// How long the provider's answer is waited for, in microseconds: ten minutes.
pub const ATTEMPT_US: i64 = 10 * 60 * 1_000_000;

/// The name under which cookies are sealed.
const SEAL_NAME: &str = "openid sign-in";

/// Longest text of the provider that is passed on.
const MOST_SAID: usize = 200;

/// A sign-in that was begun.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Attempt {
    #[serde(flatten)]
    pub asked: Asked,
    /// Path to go on at.
    pub then: String,
    /// In microseconds since 1970-01-01 UTC.
    pub until_us: i64,
}

impl Attempt {
    /// As the value of a cookie.
    pub(super) fn sealed(&self, seal: &Seal) -> Result<String, OpenIdError> {
        let text = serde_json::to_vec(self)?;
        Ok(URL_SAFE_NO_PAD.encode(seal.seal(SEAL_NAME, &text, random()?)?))
    }

    /// Opens [`Attempt::sealed`].
    pub(super) fn opened(cookie: Option<&str>, seal: &Seal, now_us: i64) -> Result<Attempt, OpenIdError> {
        let sealed = cookie.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let open = sealed.and_then(|sealed| seal.open(SEAL_NAME, &sealed).ok());
        let attempt = open.and_then(|text| serde_json::from_slice::<Attempt>(&text).ok());
        attempt.filter(|attempt| now_us < attempt.until_us).ok_or(OpenIdError::NotBegun)
    }

    /// The name under which it is kept that it was used.
    pub(super) fn hash(&self) -> SecretHash {
        Sha256::digest(self.asked.state.as_bytes()).into()
    }

    /// Refuses the answer to another sign-in.
    pub(super) fn is_answered_by(&self, answer: &Answer) -> Result<(), OpenIdError> {
        // Hashes, so that the time of the comparison says nothing.
        let hash = |text: &str| Sha256::digest(text.as_bytes());
        let same = answer.state.as_deref().is_some_and(|state| hash(state) == hash(&self.asked.state));
        same.then_some(()).ok_or(OpenIdError::State)
    }
}

/// What the provider sent the browser back with.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Answer {
    /// What a token is asked for with.
    pub code: Option<String>,
    /// What the sign-in began with.
    pub state: Option<String>,
    /// Issuer of the answer (RFC 9207).
    pub iss: Option<String>,
    /// Why nobody was signed in.
    pub error: Option<String>,
    /// The same in words.
    pub error_description: Option<String>,
}

impl Answer {
    /// The code, if it is one of this issuer (RFC 9207).
    pub(super) fn code(self, issuer: &str) -> Result<String, OpenIdError> {
        if let Some(found) = self.iss.filter(|iss| iss != issuer) {
            return Err(OpenIdError::Issuer { found: said(&found), issuer: issuer.to_owned() });
        }
        match (self.error, self.code) {
            (Some(error), _) => {
                let words = [Some(error), self.error_description].into_iter().flatten();
                Err(OpenIdError::Denied(said(&words.collect::<Vec<_>>().join(": "))))
            }
            (None, Some(code)) => Ok(code),
            (None, None) => Err(OpenIdError::Denied("it sent no `code`".to_owned())),
        }
    }
}

/// What others said, fit for a line.
pub(super) fn said(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(MOST_SAID).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        let asked = Asked { state: "s".into(), nonce: "n".into(), verifier: "v".into() };
        Attempt { asked, then: "/v1/me".into(), until_us: 100 }
    }

    #[test]
    fn a_cookie_opens_until_its_time_is_over_and_only_as_it_was_sealed() {
        let seal = Seal::new(&[1; 32]);
        let cookie = attempt().sealed(&seal).unwrap();
        let open =
            |cookie: Option<&str>, now_us| Attempt::opened(cookie, &seal, now_us).map(|open| open.then);
        assert_eq!(open(Some(&cookie), 99).unwrap(), "/v1/me");
        let mut changed = cookie.clone().into_bytes();
        changed[40] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        for (cookie, now_us) in [(Some(cookie.as_str()), 100), (Some(&changed), 5), (Some("-"), 5), (None, 5)]
        {
            assert!(matches!(open(cookie, now_us), Err(OpenIdError::NotBegun)), "{cookie:?} at {now_us}");
        }
        assert!(Attempt::opened(Some(&cookie), &Seal::new(&[2; 32]), 5).is_err());
        let bytes = URL_SAFE_NO_PAD.decode(&cookie).unwrap();
        assert!(!bytes.windows(6).any(|bytes| bytes == b"/v1/me"), "nobody reads what is in it");
        assert_ne!(attempt().sealed(&seal).unwrap(), cookie);
    }

    #[test]
    fn an_answer_counts_with_the_state_that_was_asked_and_from_the_issuer_that_was_asked() {
        let answer = |state: &str| Answer { state: Some(state.into()), ..Answer::default() };
        assert!(attempt().is_answered_by(&answer("s")).is_ok());
        for other in [answer("t"), answer(""), Answer::default()] {
            assert!(matches!(attempt().is_answered_by(&other), Err(OpenIdError::State)), "{other:?}");
        }
        let code = |answer: Answer| answer.code("https://id").map_err(|error| error.to_string());
        let good = Answer { code: Some("c".into()), iss: Some("https://id".into()), ..Answer::default() };
        assert_eq!(code(good.clone()).unwrap(), "c");
        assert_eq!(code(Answer { iss: None, ..good.clone() }).unwrap(), "c");
        let other = code(Answer { iss: Some("https://di".into()), ..good.clone() });
        assert_eq!(other.unwrap_err(), "`iss` is `https://di`, expected `https://id`");
        let description = Some("no\n way".to_owned());
        let denied = Answer { error: Some("access_denied".into()), error_description: description, ..good };
        let words = "the identity provider signed nobody in: ";
        assert_eq!(code(denied).unwrap_err(), format!("{words}access_denied: no way"));
        assert_eq!(code(Answer::default()).unwrap_err(), format!("{words}it sent no `code`"));
    }
}
