//! Why somebody is not signed in by OpenID Connect.

use greenlane_desk::people::SignInError;
use greenlane_desk::random::NoRandom;
use greenlane_store::{SealError, StoreError};

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum OpenIdError {
    /// Too many calls to the provider are under way.
    #[error("too many sign-ins wait for the identity provider")]
    Busy,
    /// What is to be kept of a sign-in cannot be written.
    #[error("the sign-in cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    /// The provider cannot be reached, or does not do what OpenID Connect says.
    #[error("the identity provider does not do its part: {0}")]
    Provider(String),
    /// No cookie, or not one of ours, or too old.
    #[error(
        "this browser has begun no sign-in within the last ten minutes: begin again at `/v1/session/openid`"
    )]
    NotBegun,
    /// The state is that of another sign-in.
    #[error(
        "`state` is not that of the sign-in which this browser began: begin again at `/v1/session/openid`"
    )]
    State,
    /// Its answer came before.
    #[error("this sign-in was used before: begin again at `/v1/session/openid`")]
    Used,
    /// The answer comes from elsewhere.
    #[error("`iss` is `{found}`, expected `{issuer}`")]
    Issuer {
        /// In the answer.
        found: String,
        /// The one that was asked.
        issuer: String,
    },
    /// The provider signed nobody in.
    #[error("the identity provider signed nobody in: {0}")]
    Denied(String),
    /// The token does not count.
    #[error("the token of the identity provider does not count: {0}")]
    Token(String),
    /// The token does not say who it is.
    #[error("{who}: the claim `{claim}` is missing or no login of 1 to 64 characters")]
    NoLogin {
        /// Who it is at the provider.
        who: String,
        /// The claim that holds the login.
        claim: String,
    },
    /// The address is not known to be theirs.
    #[error("{who}: the claim `email` counts only with `email_verified`")]
    Unverified {
        /// Who it is at the provider.
        who: String,
    },
    /// Nobody has made an account for them.
    #[error("{who}: there is no account `{login}` of a person")]
    NoAccount {
        /// Who it is at the provider.
        who: String,
        /// The login that the claim gives.
        login: String,
    },
    /// The account was switched off.
    #[error("{who}: the account `{login}` has been disabled")]
    Disabled {
        /// Who it is at the provider.
        who: String,
        /// The login that the claim gives.
        login: String,
    },
    /// The account belongs to somebody else at the provider, or of another provider.
    #[error("{who}: the account `{login}` is bound to somebody else")]
    BoundToOther {
        /// Who it is at the provider.
        who: String,
        /// The login that the claim gives.
        login: String,
    },
    /// Whoever came has another account.
    #[error("{who}: is bound to another account than `{login}`")]
    HasOther {
        /// Who it is at the provider.
        who: String,
        /// The login that the claim gives.
        login: String,
    },
    /// The account is locked, or no session can be opened.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The cookie cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}
