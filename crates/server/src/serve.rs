//! Starting and stopping a server.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use greenlane_access::Rules;
use greenlane_evaluate::batch::Draws;
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use greenlane_policy::problem::PackProblems;
use greenlane_store::{LogKey, Mover, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::api::{Parts, Service, document, keep_trail, router};
use crate::clock::{now_us, today};
use crate::configuration::Configuration;
use crate::desk::{Closing, Desk, PartiesByPack, Setting};
use crate::epochs;
use crate::keys::{KeyFileError, Keys, key_file};
use crate::laws::{self, LawError, Laws};
use crate::observe::figures;
use crate::openid::{OpenId, SecretFileError};
use crate::people::{Callers, SecretError, Trail, TrailKeeper, first_administrator};
use crate::random::NoRandom;
use crate::transport::{Limits, Serving, Tls, TlsError, guarded, serve};
use crate::webhooks::{self, Webhooks};

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Everything that is configured.
    pub configuration: Configuration,
    /// The first law of a new database, read from where the configuration says; a database that has one keeps its own.
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
    /// The packs of the database.
    #[error(transparent)]
    Law(#[from] LawError),
    /// The key file or the secrets.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// Certificate or key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The secret of the client at the identity provider.
    #[error(transparent)]
    OpenId(#[from] SecretFileError),
    /// The first administrator's link.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No random bytes for the name under which this server delivers.
    #[error(transparent)]
    Random(#[from] NoRandom),
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

/// The pack that decides when a server starts.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Its number in the store.
    pub number: u64,
    /// Its hash.
    pub hash: String,
    /// Whether it is the one that the server was started with.
    pub is_given: bool,
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Public key of its log, in hexadecimal digits.
    pub log_key: String,
    /// The pack that decides today.
    pub in_force: InForce,
    /// Path of the one-time link by which the first administrator chooses a password, as long as nobody has.
    pub first_login: Option<String>,
    serving: Serving,
    tls: Option<Tls>,
    /// Keys of the draws, packs, figures.
    background: Vec<tokio::task::JoinHandle<()>>,
    closing: Closing,
    trail: TrailKeeper,
    store: Store,
}

/// Opens the database, keeps the pack, and listens.
///
/// # Errors
/// See [`ServeError`].
pub async fn start(options: Options) -> Result<Running, ServeError> {
    let Options { configuration, pack: files } = options;
    let pack = Pack::load(&files).map_err(ServeError::Pack)?;
    let of_tls = configuration.tls_certificate.as_deref().zip(configuration.tls_key.as_deref());
    let tls = of_tls.map(|(certificate, key)| Tls::open(certificate, key)).transpose()?;
    let store = Store::open(configuration.database.as_str(), configuration.connections.get()).await?;
    let seal = key_file(&configuration.key_file)?;
    let keys = Keys::open(&store, &seal).await?;
    let (laws, in_force) = open_laws(&store, &files, &pack).await?;
    let draws = Draws::new(keys.draws.clone());
    // The first commitments are there before the first decision.
    let reveal_after = configuration.reveal_after.0;
    epochs::keep_up(&store, &draws, today(), reveal_after, now_us()).await?;
    let epochs = tokio::spawn(epochs::run(store.clone(), draws.clone(), reveal_after));
    let watch = tokio::spawn(laws::watch(laws.clone()));
    let (trail, trail_keeper) = Trail::keep(store.clone());
    let rules = Arc::new(Rules::embedded());
    let openid = OpenId::open(&configuration, &store, &seal)?;
    let retries = &configuration.webhook_retries.0;
    let webhooks = Webhooks::new(store.clone(), laws.clone(), draws.clone(), seal, retries)?;
    let parties = PartiesByPack::new(&store);
    let setting = Setting { rules, laws, draws, store: store.clone(), parties };
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = configuration.threads.map_or_else(cores, std::num::NonZero::get);
    let (desk, closing) = Desk::open(&setting, threads)?;
    let log_key = LogKey::of(&keys.log).to_string();
    let first_login = first_administrator(&store, now_us()).await?;
    let first_login = first_login.map(|secret| format!("/welcome#{}", secret.reveal()));
    let service = Service::of(Parts {
        desk,
        store: store.clone(),
        keys: Arc::new(keys),
        laws: setting.laws,
        draws: setting.draws,
        parties: setting.parties,
        dry_runs: Arc::new(Semaphore::new(1)),
        rules: setting.rules,
        callers: Callers::new(store.clone()),
        trail,
        is_tls: tls.is_some(),
        openid,
        webhooks: webhooks.clone(),
        document: Arc::new(document()),
    });
    let limits = Limits::of(&configuration);
    let trail = from_fn_with_state(service.trail.clone(), keep_trail);
    let router =
        guarded(router(service, configuration.body_limit.get()), &limits, tls.is_some()).layer(trail);
    let address = configuration.listen;
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let serving = serve(listener, router, tls.clone(), limits);
    let mut background = vec![epochs, watch, tokio::spawn(figures::upkeep())];
    if configuration.deliver_webhooks {
        background.push(tokio::spawn(webhooks::run(webhooks)));
    }
    tracing::info!(%address, database = %configuration.database, tls = tls.is_some(), "serving");
    Ok(Running {
        address,
        log_key,
        in_force,
        first_login,
        serving,
        tls,
        background,
        closing,
        trail: trail_keeper,
        store,
    })
}

/// The packs of a database; the given one is the first of a new database.
async fn open_laws(store: &Store, files: &PackFiles, given: &Pack) -> Result<(Laws, InForce), ServeError> {
    let today = today();
    let by = Mover { person: "greenlane".to_owned(), at_us: now_us(), today, reason: None };
    store.first_pack(files, &given.id, &by).await?;
    let laws = Laws::open(store, today).await?;
    let law = laws.on(today);
    let hash = law.engine.pack.hash.clone();
    let in_force = InForce { number: law.number, is_given: hash == given.hash, hash };
    Ok((laws, in_force))
}

impl Running {
    /// `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Reads the files of the certificate again, if there is one; if they cannot be used, the old ones stay in use.
    pub fn reload(&self) {
        match self.tls.as_ref().map(Tls::reload) {
            None => tracing::info!("nothing to read again: there is no certificate"),
            Some(Ok(())) => tracing::info!("the certificate was read again"),
            Some(Err(error)) => tracing::error!(%error, "the certificate was not changed"),
        }
    }

    /// Takes no more calls, answers those that are there, and closes the database.
    pub async fn stop(self) {
        tracing::info!("stopping: calls that are there are answered first");
        self.background.iter().for_each(tokio::task::JoinHandle::abort);
        self.serving.stop().await;
        self.closing.wait().await;
        self.trail.wait().await;
        self.store.close().await;
        tracing::info!("stopped");
    }
}
