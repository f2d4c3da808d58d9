//! Accepting connections, so many and no more, and ending them in good order.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use greenlane_observe::figures;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::connection::{self, Connection};
use super::{Limits, Peer, Tls};

/// How long to wait when the operating system has no more sockets to give.
const NO_SOCKETS: Duration = Duration::from_millis(500);

/// Connections beyond the limit at one time.
const MOST_SPARE: usize = 64;

/// A listener at work.
pub struct Serving {
    stop: watch::Sender<bool>,
    served: JoinHandle<()>,
}

impl Serving {
    /// Accepts no more, lets requests that are there be answered, and then ends the connections.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        drop(self.served.await);
    }
}

/// Serves connections until it is stopped.
pub fn serve(listener: TcpListener, router: Router, tls: Option<Tls>, limits: Limits) -> Serving {
    let (stop, stopped) = watch::channel(false);
    let setting = Connection { router, tls, header: limits.header, stopped };
    let served = tokio::spawn(accept(listener, setting, limits));
    Serving { stop, served }
}

async fn accept(listener: TcpListener, setting: Connection, limits: Limits) {
    let (mut open, mut spare) = (Open::default(), Spare::default());
    let mut stopped = setting.stopped.clone();
    loop {
        let accepted = tokio::select! {
            // A handle that was dropped stops the listener too.
            _ = stopped.wait_for(|stopped| *stopped) => break,
            accepted = listener.accept() => accepted,
            Some(ended) = open.tasks.join_next_with_id(), if !open.tasks.is_empty() => {
                open.ended(ended);
                figures::connections(open.tasks.len());
                continue;
            }
            Some(_) = spare.tasks.join_next(), if !spare.tasks.is_empty() => continue,
        };
        match accepted {
            Ok((stream, peer)) if open.has_room(peer.ip(), &limits) => {
                open.spawn(peer.ip(), connection::run(stream, Peer(peer), setting.clone()));
                figures::connections(open.tasks.len());
            }
            Ok((stream, peer)) => {
                figures::refused("connections");
                warn_of_too_many(peer, limits.connections);
                spare.spawn(connection::run_spare(stream, Peer(peer), setting.clone()));
            }
            Err(error) if of_the_caller(error.kind()) => {}
            Err(error) => {
                warn!(%error, "no connection can be accepted");
                sleep(NO_SOCKETS).await;
            }
        }
    }
    drop(listener);
    spare.tasks.abort_all();
    let finished = timeout(limits.stop, async { while open.tasks.join_next().await.is_some() {} }).await;
    if finished.is_err() {
        warn!(connections = open.tasks.len(), "connections were cut off: they did not end in time");
        open.tasks.shutdown().await;
    }
}

/// Connections, and how many of them each address has.
#[derive(Default)]
struct Open {
    tasks: JoinSet<()>,
    from: HashMap<Id, IpAddr>,
    by: HashMap<IpAddr, usize>,
}

impl Open {
    /// Whether one more may come from an address.
    fn has_room(&self, from: IpAddr, limits: &Limits) -> bool {
        let own = self.by.get(&from).copied().unwrap_or(0);
        self.tasks.len() < limits.connections && own < limits.address_connections
    }

    fn spawn(&mut self, from: IpAddr, connection: impl Future<Output = ()> + Send + 'static) {
        self.from.insert(self.tasks.spawn(connection).id(), from);
        *self.by.entry(from).or_insert(0) += 1;
    }

    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        let Some(from) = self.from.remove(&id) else { return };
        let left = self.by.get_mut(&from).map(|own| {
            *own = own.saturating_sub(1);
            *own
        });
        if left == Some(0) {
            self.by.remove(&from);
        }
    }
}

/// Connections beyond the limit: each is answered once, whoever watches the server with its health, others that there are too many.
/// When there are many of these too, the oldest is cut off, so that a new one is always heard.
#[derive(Default)]
struct Spare {
    tasks: JoinSet<()>,
    oldest: VecDeque<AbortHandle>,
}

impl Spare {
    fn spawn(&mut self, connection: impl Future<Output = ()> + Send + 'static) {
        self.oldest.retain(|one| !one.is_finished());
        if self.oldest.len() >= MOST_SPARE {
            self.oldest.pop_front().iter().for_each(AbortHandle::abort);
        }
        self.oldest.push_back(self.tasks.spawn(connection));
    }
}

fn warn_of_too_many(peer: SocketAddr, limit: usize) {
    tracing::debug!(%peer, limit, "a connection was refused: there are as many as there may be");
}

fn of_the_caller(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}
