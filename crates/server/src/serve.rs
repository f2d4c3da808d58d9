//! Starting and stopping a server.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use greenlane_access::Rules;
use greenlane_configuration::Configuration;
use greenlane_desk::applications::{self};
use greenlane_desk::decisions::{Closing, Deciders, PartiesByPack, Setting};
use greenlane_desk::epochs::{self, Epochs};
use greenlane_desk::keys::{KeyFileError, Keys, key_file};
use greenlane_desk::laws::{self, LawError, Laws};
use greenlane_desk::people::{FirstLogin, SecretError, Trail, TrailKeeper, first_administrator};
use greenlane_desk::queues::{self};
use greenlane_desk::random::NoRandom;
use greenlane_desk::shares::Shares;
use greenlane_desk::{Desk, rates};
use greenlane_evaluate::batch::Draws;
use greenlane_intake::{IntakeError, Standards};
use greenlane_observe::figures;
use greenlane_outbound::Outbound;
use greenlane_outbound::openid::{OpenId, SecretFileError};
use greenlane_outbound::webhooks::{self, Webhooks};
use greenlane_outbound::witnesses::{self, Witnesses, WitnessesError};
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use greenlane_policy::problem::PackProblems;
use greenlane_store::{LogKey, Mover, Store, StoreError, TimeFault};
use greenlane_terms::Clock;
use greenlane_terms::numbers::PackNumber;
use greenlane_transport::{Limits, Service, Serving, Tls, TlsError, guarded, keep_trail, serve};
use tokio::net::TcpListener;

use crate::router::router;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Everything that is configured.
    pub configuration: Configuration,
    /// The first law of a new database, read from where the configuration says; a database that has one keeps its own.
    pub pack: PackFiles,
    /// What the server goes by.
    pub clock: Clock,
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
    /// The standard values of industries.
    #[error(transparent)]
    Standards(#[from] IntakeError),
    /// The first administrator's link.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The witnesses of the log.
    #[error(transparent)]
    Witnesses(#[from] WitnessesError),
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
    pub number: PackNumber,
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
    /// The same as a verifier key, by which witnesses know the log.
    pub verifier_key: String,
    /// The pack that decides today.
    pub in_force: InForce,
    /// Path of the one-time link by which the first administrator chooses a password, said at the first start alone.
    pub first_login: Option<String>,
    /// Whether nobody has signed in as the first administrator, at a later start.
    pub first_login_unused: bool,
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
    let Options { configuration, pack: files, clock } = options;
    figures::begin();
    let pack = Pack::load(&files).map_err(ServeError::Pack)?;
    let tls = certificate(&configuration)?;
    let store = Store::open(configuration.database.as_str(), configuration.connections.get()).await?;
    let seal = key_file(&configuration.key_file)?;
    let keys = Keys::open(&store, &seal).await?;
    let witnesses = Witnesses::new(&configuration, (&store, clock.clone()), &keys.log)?;
    witnesses.begin().await?;
    let (laws, in_force) = open_laws(&store, &clock, &files, &pack).await?;
    // The log of an older version says once how all rows are.
    store.begin_images().await?;
    let draws = Draws::new(keys.draws.clone());
    store.limit_clock_ahead(configuration.clock_ahead_hours.us()).await?;
    let epochs = Epochs::new(store.clone(), draws.clone(), clock.clone(), configuration.reveal_after.0);
    // The first commitments are there before the first decision.
    unless_the_clock_is_wrong(epochs.keep_up().await)?;
    let (trail, trail_keeper) = Trail::keep(store.clone(), clock.clone());
    let openid = OpenId::open(&configuration, &store, &seal)?;
    let webhooks =
        Webhooks::new((store.clone(), clock.clone()), laws.clone(), draws.clone(), seal, &configuration)?;
    let setting = Setting {
        clock: clock.clone(),
        rules: Arc::new(Rules::embedded()),
        laws,
        draws,
        epochs,
        parties: PartiesByPack::new(&store),
        store: store.clone(),
        standards: standards(&configuration)?,
        pace: Arc::default(),
        draws_told: configuration.draws_told,
        reveal_after: configuration.reveal_after.0,
        shares: Shares::of(&configuration),
    };
    let (deciding, closing) = Deciders::open(&setting, deciders(&configuration))?;
    let log_key = LogKey::of(&keys.log).to_string();
    let verifier_key = witnesses.key().to_string();
    let (first_login, first_login_unused) = first_login(&store, &clock).await?;
    let desk = Desk::new(setting.clone(), deciding, keys, trail);
    let outbound = Outbound { desk, webhooks, witnesses, openid };
    let service = Service::new(outbound.clone(), tls.is_some());
    let (address, serving) = listen(&configuration, service, tls.clone()).await?;
    let background = work_beside(&configuration, &setting, outbound);
    tracing::info!(%address, database = %configuration.database, tls = tls.is_some(), "serving");
    let trail = trail_keeper;
    Ok(Running {
        address,
        log_key,
        verifier_key,
        in_force,
        first_login,
        first_login_unused,
        serving,
        tls,
        background,
        closing,
        trail,
        store,
    })
}

/// The standard values of industries, if there is a file of them; rows that cannot be read are told and left out.
fn standards(configuration: &Configuration) -> Result<Option<Arc<Standards>>, IntakeError> {
    let Some(path) = &configuration.standards else { return Ok(None) };
    let standards = Standards::read(path)?;
    for reject in standards.rejects() {
        tracing::warn!(file = %path.display(), %reject, "a row of the standard values is left out");
    }
    Ok(Some(Arc::new(standards)))
}

/// The certificate, if one is configured.
fn certificate(configuration: &Configuration) -> Result<Option<Tls>, TlsError> {
    let files = configuration.tls_certificate.as_deref().zip(configuration.tls_key.as_deref());
    files.map(|(certificate, key)| Tls::open(certificate, key)).transpose()
}

/// How many threads decide: as configured, else one a core.
fn deciders(configuration: &Configuration) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    configuration.threads.map_or_else(cores, std::num::NonZero::get)
}

/// Path of the first administrator's link at the first start; later, whether nobody has signed in by one.
async fn first_login(store: &Store, clock: &Clock) -> Result<(Option<String>, bool), ServeError> {
    let found = match first_administrator(store, clock.now_us()).await {
        Err(SecretError::Store(error)) => unless_the_clock_is_wrong(Err(error))?,
        found => Some(found?),
    };
    Ok(match found {
        Some(FirstLogin::Made(secret)) => (Some(format!("/welcome#{}", secret.reveal())), false),
        Some(FirstLogin::Unused) => (None, true),
        Some(FirstLogin::Used) | None => (None, false),
    })
}

/// Answers calls from now on; where it listens.
async fn listen(
    configuration: &Configuration,
    service: Service,
    tls: Option<Tls>,
) -> Result<(SocketAddr, Serving), ServeError> {
    let limits = Limits::of(configuration);
    let trail = from_fn_with_state(service.trail.clone(), keep_trail);
    let router = router(service, configuration.body_limit.get());
    let router = guarded(router, &limits, tls.is_some()).layer(trail);
    let address = configuration.listen;
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((address, serve(listener, router, tls, limits)))
}

/// What goes on beside the calls: keys of the draws, packs, figures, applications, queues, webhooks.
fn work_beside(
    configuration: &Configuration,
    setting: &Setting,
    outbound: Outbound,
) -> Vec<tokio::task::JoinHandle<()>> {
    let Setting { store, epochs, laws, clock, .. } = setting.clone();
    let (applications, queues) = (outbound.applications.clone(), outbound.queues.clone());
    let Outbound { webhooks, witnesses, .. } = outbound;
    let mut tasks = vec![
        tokio::spawn(rates::watch(store.clone(), laws.clone(), clock)),
        tokio::spawn(epochs::run(epochs)),
        tokio::spawn(laws::watch(laws)),
        tokio::spawn(figures::upkeep()),
        tokio::spawn(applications::watch(applications)),
        tokio::spawn(queues::watch(queues)),
        tokio::spawn(witnesses::watch(witnesses)),
    ];
    if configuration.deliver_webhooks {
        tasks.push(tokio::spawn(webhooks::run(webhooks)));
    }
    tasks
}

/// A server whose clock is far from the last entry of the log starts all the same: it answers what needs no entry, and goes on when
/// an operator has confirmed the clock.
fn unless_the_clock_is_wrong<T: Default>(kept: Result<T, StoreError>) -> Result<T, StoreError> {
    match kept {
        Err(
            error @ (StoreError::Time(TimeFault::ClockAhead { .. })
            | StoreError::Time(TimeFault::ClockBehind { .. })),
        ) => {
            tracing::error!(%error, "nothing can be kept");
            Ok(T::default())
        }
        other => other,
    }
}

/// The packs of a database; the given one is the first of a new database.
async fn open_laws(
    store: &Store,
    clock: &Clock,
    files: &PackFiles,
    given: &Pack,
) -> Result<(Laws, InForce), ServeError> {
    let today = clock.today();
    let by = Mover { person: "greenlane".to_owned(), at_us: clock.now_us(), today, reason: None };
    store.first_pack(files, &given.id, &by).await?;
    let laws = Laws::open(store, clock.clone()).await?;
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
