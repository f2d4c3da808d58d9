//! Somebody at an identity provider: subject, and the claim that holds the login.

use axum::http::{HeaderValue, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::error::OpenIdError;
use super::http::Http;

/// Longest login of an account.
const LONGEST_LOGIN: usize = 64;

/// Somebody at an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub issuer: String,
    pub subject: String,
    claim: Claim,
}

/// The claim that holds the login.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    name: String,
    /// `None` as long as nothing has told it.
    login: Option<String>,
    /// For an address: whether the provider knows that it is theirs.
    is_verified: bool,
}

impl Claim {
    fn of(name: &str, claims: &Value) -> Claim {
        let login = claims.get(name).and_then(Value::as_str);
        let login = login.filter(|login| (1..=LONGEST_LOGIN).contains(&login.len())).map(str::to_owned);
        let is_verified = name != "email" || claims.get("email_verified") == Some(&Value::Bool(true));
        Claim { name: name.to_owned(), login, is_verified }
    }
}

impl Person {
    /// The subject of a verified token, with the claim as the token has it.
    pub(super) fn of_token(issuer: &str, subject: &str, token: &str, claim: &str) -> Person {
        let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let claims = payload.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or(Value::Null);
        Person { issuer: issuer.to_owned(), subject: subject.to_owned(), claim: Claim::of(claim, &claims) }
    }

    pub(super) fn has_login(&self) -> bool {
        self.claim.login.is_some()
    }

    /// Asks the provider for the claim, which a token need not have.
    pub(super) async fn ask(
        &mut self,
        http: &Http,
        endpoint: &str,
        token: &str,
        claim: &str,
    ) -> Result<(), OpenIdError> {
        let wrong = |what: &str| OpenIdError::Provider(format!("its `userinfo_endpoint`: {what}"));
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| wrong("its access token cannot be sent"))?;
        bearer.set_sensitive(true);
        let request = Request::get(endpoint).header(header::AUTHORIZATION, bearer).body(Vec::new());
        let answer = http.send(request.map_err(|error| wrong(&error.to_string()))?).await?;
        if !answer.status().is_success() {
            return Err(wrong(&format!("it answered {}", answer.status())));
        }
        let claims: Value = serde_json::from_slice(answer.body()).map_err(|_| wrong("expected JSON"))?;
        if claims.get("sub").and_then(Value::as_str) != Some(&self.subject) {
            return Err(wrong("it speaks of another subject than the token"));
        }
        self.claim = Claim::of(claim, &claims);
        Ok(())
    }

    /// The login of the account that they have here.
    pub(super) fn login(&self) -> Result<&str, OpenIdError> {
        let Claim { name, login, is_verified } = &self.claim;
        let Some(login) = login else {
            return Err(OpenIdError::NoLogin { who: self.to_string(), claim: name.clone() });
        };
        if *is_verified { Ok(login) } else { Err(OpenIdError::Unverified { who: self.to_string() }) }
    }
}

/// As an account is bound to them: an issuer has no blank in it.
impl std::fmt::Display for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.issuer, self.subject)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn login(claim: &str, claims: &Value) -> Result<String, String> {
        let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let person = Person::of_token("https://id", "42", &token, claim);
        person.login().map(str::to_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn the_login_is_the_configured_claim_and_an_address_must_be_verified() {
        let claims = json!({ "preferred_username": "li.wei", "upn": "li", "email": "li@x", "staff": 7 });
        assert_eq!(login("preferred_username", &claims).unwrap(), "li.wei");
        assert_eq!(login("upn", &claims).unwrap(), "li");
        let no_login = |claim: &str| {
            format!("https://id 42: the claim `{claim}` is missing or no login of 1 to 64 characters")
        };
        for claim in ["staff", "phone"] {
            assert_eq!(login(claim, &claims).unwrap_err(), no_login(claim));
        }
        assert_eq!(login("upn", &json!({ "upn": "x".repeat(65) })).unwrap_err(), no_login("upn"));
        let unverified = "https://id 42: the claim `email` counts only with `email_verified`";
        assert_eq!(login("email", &claims).unwrap_err(), unverified);
        let verified = |value: Value| login("email", &json!({ "email": "li@x", "email_verified": value }));
        assert_eq!(verified(true.into()).unwrap(), "li@x");
        assert_eq!(verified("true".into()).unwrap_err(), unverified);
    }
}
