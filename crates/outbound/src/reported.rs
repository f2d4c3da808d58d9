//! What calls to others report, as reasons why something is not done.

use greenlane_desk::people::SignInError;
use greenlane_desk::{NotDone, Problem};

use crate::openid::OpenIdError;
use crate::webhooks::SealedSecretError;

impl From<OpenIdError> for NotDone {
    fn from(error: OpenIdError) -> NotDone {
        let detail = error.to_string();
        match error {
            OpenIdError::Busy => NotDone::new(Problem::Busy, detail),
            OpenIdError::Provider(_) => NotDone::new(Problem::IdentityProvider, detail),
            // The provider has said who it is.
            OpenIdError::SignIn(SignInError::Locked) => NotDone::new(Problem::Locked, detail),
            OpenIdError::SignIn(error) => error.into(),
            OpenIdError::Store(error) => error.into(),
            OpenIdError::Seal(_) | OpenIdError::Random(_) | OpenIdError::Json(_) => NotDone::internal(detail),
            _ => NotDone::new(Problem::SignIn, detail),
        }
    }
}

impl From<SealedSecretError> for NotDone {
    fn from(error: SealedSecretError) -> NotDone {
        NotDone::internal(error.to_string())
    }
}
