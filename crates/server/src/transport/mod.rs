//! From a socket to the router: connections, TLS, and what nobody may take too much of.

mod body;
mod connection;
mod headers;
mod limits;
mod listener;
mod rate;
mod tls;

pub use tls::{Tls, TlsError};

pub(crate) use limits::{Limits, OF_THE_OPERATOR, guarded};
pub(crate) use listener::{Serving, serve};

use std::net::SocketAddr;

/// Address of the caller, as an extension of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub SocketAddr);
