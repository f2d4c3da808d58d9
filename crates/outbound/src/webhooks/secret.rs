//! Secrets and signatures as in Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use greenlane_desk::random::{NoRandom, random};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What every secret begins with.
const PREFIX: &str = "whsec_";

/// Bytes of a secret.
const LENGTH: usize = 32;

/// One secret of a subscription.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret {
    /// `whsec_` and its bytes in Base64, as the receiver has it.
    pub text: String,
    /// Until when deliveries are signed with it, in microseconds since 1970-01-01 UTC; `None` for the present one.
    pub until_us: Option<i64>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The secrets of a subscription, the present one first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Secrets(Vec<Secret>);

impl Secrets {
    /// One new secret.
    pub fn make() -> Result<Secrets, NoRandom> {
        let text = format!("{PREFIX}{}", STANDARD.encode(random::<LENGTH>()?));
        Ok(Secrets(vec![Secret { text, until_us: None }]))
    }

    /// A new secret; the present one signs until a moment, and older ones not any more.
    pub fn rotate(self, until_us: i64) -> Result<Secrets, NoRandom> {
        let mut secrets = Secrets::make()?;
        let present = self.0.into_iter().next();
        secrets.0.extend(present.map(|present| Secret { until_us: Some(until_us), ..present }));
        Ok(secrets)
    }

    /// The present one.
    pub fn present(&self) -> Option<&Secret> {
        self.0.first()
    }

    /// As they are sealed.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From what was sealed; `None` if there are none.
    #[must_use]
    pub fn from_json(json: &[u8]) -> Option<Secrets> {
        serde_json::from_slice::<Secrets>(json).ok().filter(|secrets| !secrets.0.is_empty())
    }

    /// The header `webhook-signature`: one signature for each secret that holds at a moment, with blanks between.
    pub fn signatures(&self, id: &str, now_us: i64, body: &str) -> String {
        let seconds = now_us.div_euclid(1_000_000);
        let holds = self.0.iter().filter(|secret| secret.until_us.is_none_or(|until| now_us < until));
        let signed = holds.filter_map(|secret| sign(&secret.text, id, seconds, body));
        signed.collect::<Vec<_>>().join(" ")
    }
}

fn sign(secret: &str, id: &str, seconds: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body.as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_standard() {
        // The example of the specification's reference libraries.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = r#"{"test": 2432232314}"#;
        let signed = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn the_secret_before_the_last_signs_until_its_time_is_over() {
        let first = Secrets::make().unwrap();
        let alone = first.signatures("id", 5, "{}");
        let both = first.clone().rotate(1_000_000).unwrap();
        assert_ne!(both.present().unwrap().text, first.present().unwrap().text);
        let at = |secrets: &Secrets, at| secrets.signatures("id", at, "{}");
        assert!(at(&both, 5).ends_with(&format!(" {alone}")));
        assert_eq!(at(&both, 1_000_000).split(' ').count(), 1);
        assert_eq!(at(&both.rotate(9_000_000).unwrap(), 5).split(' ').count(), 2, "never more than two");
        assert_eq!(format!("{first:?}"), "Secrets([Secret(redacted)])");
        let kept = Secrets::from_json(first.to_json().as_bytes()).unwrap();
        assert_eq!(at(&kept, 5), alone);
    }
}
