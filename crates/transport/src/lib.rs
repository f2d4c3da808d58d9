//! From a socket to a handler: connections, TLS, what nobody may take too much of, who calls, and what is answered when something
//! is wrong.

mod body;
mod caller;
mod connection;
mod headers;
mod limits;
mod listener;
mod problem;
mod requests;
mod service;
mod tls;

pub use caller::{
    COOKIE, Origin, ask, asked_again, cookie, is_same_origin, keep_trail, session_cookie, set_session,
};
pub use limits::{Limits, OF_THE_OPERATOR, guarded};
pub use listener::{Serving, serve};
pub use problem::{Answer, Answered, ApiError, ProblemDetails, method_not_allowed};
pub use service::Service;
pub use tls::{Tls, TlsError};

use std::net::SocketAddr;

use tokio::sync::watch;

/// Address of the caller, as an extension of a request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Whether the server is stopping, as an extension of a request: an answer that goes on has to end then.
#[derive(Clone, Debug)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Waits until it is; without an end where nothing says so.
    pub async fn wait(stopping: &mut Option<Stopping>) {
        match stopping {
            // A handle that was dropped stops the listener too.
            Some(stopping) => drop(stopping.0.wait_for(|stopped| *stopped).await),
            None => std::future::pending().await,
        }
    }
}
