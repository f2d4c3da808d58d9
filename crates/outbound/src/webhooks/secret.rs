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

/// The secrets of a subscription: there is always a present one. As they are sealed it is the first of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<Secret>", into = "Vec<Secret>")]
pub struct Secrets {
    present: Secret,
    /// Those before it that may still sign.
    before: Vec<Secret>,
}

/// A list of secrets without any, or with one that cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no secret, or one that cannot sign")]
pub struct NoSecret;

impl TryFrom<Vec<Secret>> for Secrets {
    type Error = NoSecret;

    fn try_from(secrets: Vec<Secret>) -> Result<Secrets, NoSecret> {
        if secrets.iter().any(|secret| key_of(&secret.text).is_none()) {
            return Err(NoSecret);
        }
        let mut secrets = secrets.into_iter();
        Ok(Secrets { present: secrets.next().ok_or(NoSecret)?, before: secrets.collect() })
    }
}

impl From<Secrets> for Vec<Secret> {
    fn from(Secrets { present, before }: Secrets) -> Vec<Secret> {
        std::iter::once(present).chain(before).collect()
    }
}

impl Secrets {
    /// One new secret.
    pub fn make() -> Result<Secrets, NoRandom> {
        let text = format!("{PREFIX}{}", STANDARD.encode(random::<LENGTH>()?));
        Ok(Secrets { present: Secret { text, until_us: None }, before: Vec::new() })
    }

    /// A new secret; the present one signs until a moment, and older ones not any more.
    pub fn rotate(self, until_us: i64) -> Result<Secrets, NoRandom> {
        let before = vec![Secret { until_us: Some(until_us), ..self.present }];
        Ok(Secrets { before, ..Secrets::make()? })
    }

    /// The present one.
    pub fn present(&self) -> &Secret {
        &self.present
    }

    /// As they are sealed.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// From what was sealed; `None` if there are none, or one of them cannot sign.
    #[must_use]
    pub fn from_json(json: &[u8]) -> Option<Secrets> {
        serde_json::from_slice(json).ok()
    }

    /// The header `webhook-signature`: one signature for each secret that holds at a moment, with blanks between. `None` if one of
    /// them cannot sign.
    pub fn signatures(&self, id: &str, now_us: i64, body: &str) -> Option<String> {
        let seconds = now_us.div_euclid(1_000_000);
        let all = std::iter::once(&self.present).chain(&self.before);
        let holds = all.filter(|secret| secret.until_us.is_none_or(|until| now_us < until));
        let signed = holds.map(|secret| sign(&secret.text, id, seconds, body));
        Some(signed.collect::<Option<Vec<_>>>()?.join(" "))
    }
}

/// The bytes of a secret; `None` if it is none.
fn key_of(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()
}

fn sign(secret: &str, id: &str, seconds: i64, body: &str) -> Option<String> {
    let key = key_of(secret)?;
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
        let alone = first.signatures("id", 5, "{}").unwrap();
        let both = first.clone().rotate(1_000_000).unwrap();
        assert_ne!(both.present().text, first.present().text);
        let at = |secrets: &Secrets, at| secrets.signatures("id", at, "{}").unwrap();
        assert!(at(&both, 5).ends_with(&format!(" {alone}")));
        assert_eq!(at(&both, 1_000_000).split(' ').count(), 1);
        assert_eq!(
            at(&both.clone().rotate(9_000_000).unwrap(), 5).split(' ').count(),
            2,
            "never more than two"
        );
        assert_eq!(format!("{first:?}"), "Secrets { present: Secret(redacted), before: [] }");
        let kept = Secrets::from_json(first.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(at(&kept, 5), alone);
        let kept = Secrets::from_json(both.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(at(&kept, 5), at(&both, 5));
    }

    #[test]
    fn secrets_that_cannot_sign_are_none_and_nothing_is_sent_without_a_signature() {
        let good = Secrets::make().unwrap().to_json().unwrap();
        let with = |text: &str| good.replace("]", &format!(r#",{{"text":"{text}","until_us":9}}]"#));
        assert!(Secrets::from_json(with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").as_bytes()).is_some());
        for bad in
            [with(""), with("whsec_!"), with("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "[]".into(), "".into()]
        {
            assert!(Secrets::from_json(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
