//! From a socket to the router: connections, TLS, and what nobody may take too much of.

mod body;
mod connection;
mod headers;
mod limits;
mod listener;
mod tls;

pub use tls::{Tls, TlsError};

pub(crate) use limits::{Limits, OF_THE_OPERATOR, guarded};
pub(crate) use listener::{Serving, serve};

use std::net::SocketAddr;

use tokio::sync::watch;

/// Address of the caller, as an extension of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub SocketAddr);

/// Whether the server is stopping, as an extension of a request: an answer that goes on has to end then.
#[derive(Clone, Debug)]
pub(crate) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Waits until it is; without an end where nothing says so.
    pub(crate) async fn wait(stopping: &mut Option<Stopping>) {
        match stopping {
            // A handle that was dropped stops the listener too.
            Some(stopping) => drop(stopping.0.wait_for(|stopped| *stopped).await),
            None => std::future::pending().await,
        }
    }
}
