//! Starting and stopping a server.

use std::net::SocketAddr;
use std::sync::Arc;

use greenlane_engine::Engine;
use greenlane_evaluate::batch::Draws;
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use greenlane_policy::problem::PackProblems;
use greenlane_store::{Addition, Entry, Kind, LogKey, RequestKey, Store, StoreError};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::api::{Service, router};
use crate::clock::{now_us, today};
use crate::configuration::Configuration;
use crate::desk::{Closing, Desk, Setting};
use crate::epochs;
use crate::keys::{KeyFileError, Keys, key_file};

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Everything that is configured.
    pub configuration: Configuration,
    /// The law, read from where the configuration says.
    pub pack: PackFiles,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The pack has problems.
    #[error("the pack has problems: `greenlane pack check` shows them")]
    Pack(PackProblems),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key file or the secrets.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// No threads.
    #[error("cannot start: {0}")]
    Io(#[from] std::io::Error),
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Public key of its log, in hexadecimal digits.
    pub log_key: String,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
    epochs: tokio::task::JoinHandle<()>,
    closing: Closing,
    store: Store,
}

/// Opens the database, keeps the pack, and listens.
///
/// # Errors
/// See [`ServeError`].
pub async fn start(options: Options) -> Result<Running, ServeError> {
    let Options { configuration, pack } = options;
    let engine = Engine::new(Pack::load(&pack).map_err(ServeError::Pack)?);
    let store = Store::open(configuration.database.as_str(), configuration.connections.get()).await?;
    let keys = Keys::open(&store, &key_file(&configuration.key_file)?).await?;
    let pack = keep_pack(&store, &pack, &engine).await?;
    let draws = Draws::new(keys.draws.clone());
    // The first commitments are there before the first decision.
    let reveal_after = configuration.reveal_after.0;
    epochs::keep_up(&store, &draws, today(), reveal_after, now_us()).await?;
    let epochs = tokio::spawn(epochs::run(store.clone(), draws.clone(), reveal_after));
    let setting = Setting { engine: Arc::new(engine), pack, draws, store: store.clone() };
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = configuration.threads.map_or_else(cores, std::num::NonZero::get);
    let (desk, closing) = Desk::open(&setting, threads)?;
    let log_key = LogKey::of(&keys.log).to_string();
    let service = Service { desk, store: store.clone(), keys: Arc::new(keys) };
    let address = configuration.listen;
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let (stop, stopped) = oneshot::channel();
    let serve = axum::serve(listener, router(service)).with_graceful_shutdown(async {
        // A handle that was dropped stops the server too.
        drop(stopped.await);
    });
    let served = tokio::spawn(async move { serve.await });
    Ok(Running { address, log_key, stop, served, epochs, closing, store })
}

/// A pack is logged once, so that its number cannot come to mean another one; also if a server stopped in between.
async fn keep_pack(store: &Store, files: &PackFiles, engine: &Engine) -> Result<u64, StoreError> {
    let (number, _) = store.keep_pack(files).await?;
    let (hash, at_us) = (&engine.pack.hash, now_us());
    let body = json!({ "pack": number, "id": engine.pack.id, "hash": hash }).to_string().into_bytes();
    let entry = Entry { kind: Kind::Pack, at_us, subject: hash.clone(), body };
    let (caller, key) = ("greenlane".to_owned(), format!("pack {hash}"));
    let request = Some(RequestKey { caller, key, fingerprint: [0; 32] });
    store.append(&[Addition { entries: vec![entry], request }], at_us).await?;
    Ok(number)
}

impl Running {
    /// Takes no more calls, answers those that are there, and closes the database.
    ///
    /// # Errors
    /// The listener failed while it served.
    pub async fn stop(self) -> std::io::Result<()> {
        let _ = self.stop.send(());
        self.epochs.abort();
        let served = self.served.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        self.closing.wait().await;
        self.store.close().await;
        served
    }
}
