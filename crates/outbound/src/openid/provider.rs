//! An identity provider: what it says about itself, its page, and what it says about somebody who came back from there.

use std::sync::{Arc, Mutex, PoisonError};

use greenlane_configuration::callee::url_problem;
use greenlane_observe::Stopwatch;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdToken,
    CoreJwsSigningAlgorithm as Algorithm, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::attempt::said;
use super::error::OpenIdError;
use super::http::{Http, NoAnswer};
use super::person::Person;

/// How long what a provider says about itself counts, in microseconds: an hour.
const FRESH_US: u64 = 3_600 * 1_000_000;

/// Sign-ins that may wait for the provider at a time.
const MOST_WAITING: usize = 16;

/// Longest subject (OpenID Connect Core 1.0, 2).
const LONGEST_SUBJECT: usize = 255;

/// Signatures that count: of keys that only the provider has.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// A client with the endpoints that metadata give.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// How this server is registered at the provider.
pub(super) struct Registered {
    pub issuer: String,
    pub client: String,
    /// None for a public client.
    pub secret: Option<String>,
    /// Address to which browsers are sent back.
    pub redirect: String,
    /// Claim that holds the login.
    pub claim: String,
}

/// What a sign-in was begun with.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub state: String,
    pub nonce: String,
    /// Of PKCE.
    pub verifier: String,
}

/// What the provider said about itself, its keys among it, and when.
#[derive(Clone)]
struct Known(Arc<CoreProviderMetadata>, Stopwatch);

/// The provider.
pub(super) struct Provider {
    registered: Registered,
    http: Http,
    known: Mutex<Option<Known>>,
    waiting: Semaphore,
}

impl Provider {
    pub(super) fn new(registered: Registered) -> Provider {
        let waiting = Semaphore::new(MOST_WAITING);
        Provider { registered, http: Http::new(), known: Mutex::default(), waiting }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.registered.issuer
    }

    /// The page where somebody signs in, and what its answer must fit.
    pub(super) async fn page(&self) -> Result<(String, Asked), OpenIdError> {
        let _permit = self.waiting.try_acquire().map_err(|_| OpenIdError::Busy)?;
        let metadata = self.metadata().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client(&metadata)?;
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let scope = if self.registered.claim == "email" { "email" } else { "profile" };
        let request = request.add_scope(Scope::new(scope.to_owned())).set_pkce_challenge(challenge);
        let (url, state, nonce) = request.url();
        let asked = Asked {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        };
        Ok((url.into(), asked))
    }

    /// Who it is that came back with a code.
    pub(super) async fn person(&self, code: String, asked: &Asked) -> Result<Person, OpenIdError> {
        let _permit = self.waiting.try_acquire().map_err(|_| OpenIdError::Busy)?;
        let metadata = self.metadata().await?;
        let client = self.client(&metadata)?;
        let tokens = self.tokens(&client, code, asked).await?;
        let token =
            tokens.id_token().ok_or_else(|| OpenIdError::Provider("it gave no `id_token`".to_owned()))?;
        let subject = self.subject(&client, token, &Nonce::new(asked.nonce.clone())).await?;
        let claim = &self.registered.claim;
        let mut person = Person::of_token(self.issuer(), &subject, &token.to_string(), claim);
        if let (false, Some(endpoint)) = (person.has_login(), metadata.userinfo_endpoint()) {
            person.ask(&self.http, endpoint.as_str(), tokens.access_token().secret(), claim).await?;
        }
        Ok(person)
    }

    async fn tokens(
        &self,
        client: &Client,
        code: String,
        asked: &Asked,
    ) -> Result<CoreTokenResponse, OpenIdError> {
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|error| OpenIdError::Provider(error.to_string()))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(asked.verifier.clone()));
        request.request_async(&self.http).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(refusal)
                if refusal.error() == &CoreErrorResponseType::InvalidGrant =>
            {
                OpenIdError::Denied(said(&refusal.to_string()))
            }
            RequestTokenError::ServerResponse(refusal) => OpenIdError::Provider(said(&refusal.to_string())),
            RequestTokenError::Request(error) => error.into(),
            RequestTokenError::Parse(error, _) => {
                OpenIdError::Provider(format!("its answer to the code: {error}"))
            }
            RequestTokenError::Other(words) => OpenIdError::Provider(said(&words)),
        })
    }

    /// Whose token it is; its keys are fetched again before a signature is said to be wrong.
    async fn subject(
        &self,
        client: &Client,
        token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<String, OpenIdError> {
        let verify = |client: &Client| {
            let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
            token.claims(&verifier, nonce).map(|claims| claims.subject().as_str().to_owned())
        };
        let found = match verify(client) {
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                verify(&self.client(&*self.fetch().await?)?)
            }
            found => found,
        };
        let found = found.map_err(|error| OpenIdError::Token(said(&words(&error))))?;
        let fits = (1..=LONGEST_SUBJECT).contains(&found.len()) && !found.chars().any(char::is_control);
        let expected = || format!("expected a `sub` of 1 to {LONGEST_SUBJECT} characters");
        fits.then_some(found).ok_or_else(|| OpenIdError::Token(expected()))
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Result<Client, OpenIdError> {
        let Registered { client, secret, redirect, .. } = &self.registered;
        let secret = secret.clone().map(ClientSecret::new);
        let redirect = RedirectUrl::new(redirect.clone());
        let redirect = redirect.map_err(|error| OpenIdError::Provider(error.to_string()))?;
        let client =
            CoreClient::from_provider_metadata(metadata.clone(), ClientId::new(client.clone()), secret);
        // Without a list it is Basic (OpenID Connect Discovery 1.0, 3).
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_none_or(|methods| methods.contains(&method));
        let by = match takes(CoreClientAuthMethod::ClientSecretBasic) {
            true => AuthType::BasicAuth,
            false => AuthType::RequestBody,
        };
        Ok(client.set_redirect_uri(redirect).set_auth_type(by))
    }

    /// What the provider says about itself, if that is no older than an hour.
    async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, OpenIdError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known.filter(|Known(_, since)| since.microseconds() < FRESH_US) {
            Some(Known(metadata, _)) => Ok(metadata),
            None => self.fetch().await,
        }
    }

    async fn fetch(&self) -> Result<Arc<CoreProviderMetadata>, OpenIdError> {
        let issuer = IssuerUrl::new(self.registered.issuer.clone());
        let issuer = issuer.map_err(|error| OpenIdError::Provider(error.to_string()))?;
        let since = Stopwatch::start();
        let metadata =
            CoreProviderMetadata::discover_async(issuer, &self.http).await.map_err(of_discovery)?;
        if let Some(problem) = url_problem(metadata.authorization_endpoint().as_str()) {
            return Err(OpenIdError::Provider(format!("`authorization_endpoint`: {problem}")));
        }
        let metadata = Arc::new(metadata);
        let known = Known(Arc::clone(&metadata), since);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(metadata)
    }
}

impl From<NoAnswer> for OpenIdError {
    fn from(error: NoAnswer) -> OpenIdError {
        OpenIdError::Provider(error.to_string())
    }
}

fn of_discovery(error: DiscoveryError<NoAnswer>) -> OpenIdError {
    match error {
        DiscoveryError::Request(error) => error.into(),
        DiscoveryError::Response(status, _, _) => {
            OpenIdError::Provider(format!("its metadata or keys: it answered {status}"))
        }
        other => OpenIdError::Provider(said(&format!("its metadata or keys: {}", words(&other)))),
    }
}

/// An error and its innermost reason.
fn words(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let (outer, inner) = (error.to_string(), inner.to_string());
    if outer == inner { outer } else { format!("{outer}: {inner}") }
}
