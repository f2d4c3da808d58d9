//! `greenlane witness`: a small service that others run, which cosigns the log of a server (c2sp.org/tlog-witness).
//!
//! It shares with the big server how connections are served, and nothing else: no database, no pack, no accounts.

mod http;
mod kept;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenlane_terms::Clock;
use greenlane_witness::{VerifierKey, Witness, WitnessKey};
use tokio::net::TcpListener;

use self::http::{Desk, router};
use self::kept::Kept;
pub use self::kept::WitnessStateError;
use greenlane_desk::keys::write_private;
use greenlane_desk::random::{NoRandom, random};
use greenlane_desk::shares::Rates;
use greenlane_transport::{Limits, Serving, Tls, TlsError, guarded, serve};

/// Requests per second per caller; a log asks once in some seconds.
const RATE: u32 = 20;

/// How a witness is started.
#[derive(Clone, Debug)]
pub struct WitnessOptions {
    /// Where to listen.
    pub listen: SocketAddr,
    /// File with its secret key.
    pub key_file: PathBuf,
    /// Folder in which it remembers what it cosigned.
    pub state: PathBuf,
    /// Keys of the logs that it watches; the name of each is the log's origin.
    pub logs: Vec<VerifierKey>,
    /// Certificate and its key in PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// What it goes by when it cosigns.
    pub clock: Clock,
}

/// Why a witness does not start.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The file of its key.
    #[error("{}: {source}", file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{}: not a key of a witness: `greenlane witness new-key` makes one", file.display())]
    NotAKey {
        /// The file.
        file: PathBuf,
    },
    /// The name of a key.
    #[error(
        "`{0}` cannot be the name of a witness: expected a name such as witness.port.example, without blanks and `+`"
    )]
    Name(String),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// Its memory.
    #[error(transparent)]
    State(#[from] WitnessStateError),
    /// Certificate or key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// A witness that runs.
pub struct RunningWitness {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its verifier key.
    pub key: VerifierKey,
    /// Whether it is reached by TLS.
    pub is_tls: bool,
    serving: Serving,
}

impl RunningWitness {
    /// Takes no more calls, and answers those that are there.
    pub async fn stop(self) {
        self.serving.stop().await;
    }
}

/// Makes the key of a new witness and writes it into a file that must not exist; its public part.
///
/// # Errors
/// The name may not be one, there are no random bytes, or the file cannot be made.
pub fn new_witness_key(name: &str, file: &Path) -> Result<VerifierKey, WitnessError> {
    let key = WitnessKey::new(name, &random()?).ok_or_else(|| WitnessError::Name(name.to_owned()))?;
    let failed = |source| WitnessError::Key { file: file.to_owned(), source };
    write_private(file, &format!("{}\n", key.reveal())).map_err(failed)?;
    Ok(key.public())
}

/// Starts a witness.
///
/// # Errors
/// See [`WitnessError`].
pub async fn start_witness(options: WitnessOptions) -> Result<RunningWitness, WitnessError> {
    let WitnessOptions { listen: address, key_file: file, state, logs, tls, clock } = options;
    let failed = |source| WitnessError::Key { file: file.clone(), source };
    let text = std::fs::read_to_string(&file).map_err(failed)?;
    let key: WitnessKey = text.trim().parse().map_err(|_| WitnessError::NotAKey { file: file.clone() })?;
    let public = key.public();
    let kept = Kept::open(&state, &public)?;
    let tls = tls.map(|(certificate, key)| Tls::open(&certificate, &key)).transpose()?;
    let rates = Rates::new(RATE, 5 * RATE);
    let desk = Desk { witness: Witness::new(key, logs), kept: Mutex::new(kept), rates, clock };
    let limits = limits();
    let router = guarded(router(Arc::new(desk)), &limits, tls.is_some());
    let failed = |source| WitnessError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let is_tls = tls.is_some();
    tracing::info!(%address, key = %public, "witnessing");
    Ok(RunningWitness { address, key: public, is_tls, serving: serve(listener, router, tls, limits) })
}

fn limits() -> Limits {
    let time = Duration::from_secs(10);
    let (connections, address_connections) = (256, 32);
    Limits { connections, address_connections, header: time, body: time, answer: time, stop: time }
}
