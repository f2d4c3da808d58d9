//! Webhooks: entries of the log sent to those who asked, signed, in order, at least once.
//!
//! The log is the outbox: a subscription is a place in it. A server that finds something to do takes the subscription
//! for some seconds ([`deliver`]), fixes where the delivery ends, makes its message of the entries ([`message`]), signs
//! and sends it ([`secret`], [`send`]), and moves the place on. A server that dies leaves a delivery that the next one
//! makes again, with the same id and the same bytes.

mod chosen;
mod deliver;
mod filter;
mod message;
mod secret;
mod send;

use std::sync::Arc;
use std::time::Duration;

pub use chosen::Unreadable;
pub use deliver::run;
pub use filter::{Filter, UnreadableFilter};
use greenlane_configuration::{Configuration, DrawsTold};
use greenlane_desk::laws::Laws;
use greenlane_desk::random::{NoRandom, random};
use greenlane_evaluate::batch::Draws;
use greenlane_store::{Seal, SealError, Store};
use greenlane_terms::Clock;
pub use message::{Message, MessageError};
pub use secret::Secrets;
pub use send::{Client, Failure};

/// Everything that deliveries are made with. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    /// Where subscriptions and the log are kept.
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) laws: Laws,
    pub(crate) draws: Draws,
    /// The way out.
    pub client: Client,
    /// When receivers that are not customs' own are told what was drawn.
    pub draws_told: DrawsTold,
    seal: Arc<Seal>,
    /// How long is waited after each failed attempt; after the last one the delivery is given up.
    waits: Arc<[Duration]>,
    /// This server among those that share the database.
    holder: Arc<str>,
}

/// The secrets of a subscription cannot be sealed, opened or made.
#[derive(Debug, thiserror::Error)]
pub enum SealedSecretError {
    /// They cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// They cannot be made.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// They cannot be written.
    #[error("the secrets of a webhook cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    /// They are no secrets.
    #[error("the secrets of the webhook {id} cannot be read")]
    Unreadable {
        /// The webhook.
        id: String,
    },
}

impl Webhooks {
    /// Deliveries of one server.
    pub fn new(
        (store, clock): (Store, Clock),
        laws: Laws,
        draws: Draws,
        seal: Seal,
        configuration: &Configuration,
    ) -> Result<Webhooks, NoRandom> {
        let holder = hex::encode(random::<8>()?).into();
        let (client, seal) = (Client::new(clock.clone()), Arc::new(seal));
        let (draws_told, waits) =
            (configuration.draws_told, configuration.webhook_retries.0.as_slice().into());
        Ok(Webhooks { store, clock, laws, draws, client, draws_told, seal, waits, holder })
    }

    /// The secrets of a subscription, sealed.
    pub fn seal(&self, id: &str, secrets: &Secrets) -> Result<Vec<u8>, SealedSecretError> {
        Ok(self.seal.seal(&seal_name(id), secrets.to_json()?.as_bytes(), random()?)?)
    }

    /// The secrets of a subscription, open.
    pub fn open(&self, id: &str, sealed: &[u8]) -> Result<Secrets, SealedSecretError> {
        let open = self.seal.open(&seal_name(id), sealed)?;
        Secrets::from_json(&open).ok_or_else(|| SealedSecretError::Unreadable { id: id.to_owned() })
    }
}

fn seal_name(id: &str) -> String {
    format!("webhook {id}")
}
