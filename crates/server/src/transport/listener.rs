//! Accepting connections, so many and no more, and ending them in good order.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::connection::{self, Connection};
use super::{Limits, Peer, Tls};
use crate::observe::figures;

/// How long to wait when the operating system has no more sockets to give.
const NO_SOCKETS: Duration = Duration::from_millis(500);

/// How long a refused caller may take to read why.
const FAREWELL: Duration = Duration::from_secs(1);

/// Callers that are told why they are refused at one time; others are only cut off.
const MOST_FAREWELLS: usize = 64;

const REFUSED: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n\
    connection: close\r\ncontent-length: 160\r\n\r\n\
    {\"type\":\"urn:greenlane:problem:connections\",\"title\":\"Too many connections\",\"status\":503,\
    \"detail\":\"the server has as many connections as it may have: try again\"}";

/// A listener at work.
pub(crate) struct Serving {
    stop: watch::Sender<bool>,
    served: JoinHandle<()>,
}

impl Serving {
    /// Accepts no more, lets requests that are there be answered, and then ends the connections.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        drop(self.served.await);
    }
}

/// Serves connections until it is stopped.
pub(crate) fn serve(listener: TcpListener, router: Router, tls: Option<Tls>, limits: Limits) -> Serving {
    let (stop, stopped) = watch::channel(false);
    let setting = Connection { router, tls, header: limits.header, stopped };
    let served = tokio::spawn(accept(listener, setting, limits));
    Serving { stop, served }
}

async fn accept(listener: TcpListener, setting: Connection, limits: Limits) {
    let (mut open, mut leaving) = (JoinSet::new(), JoinSet::new());
    let mut stopped = setting.stopped.clone();
    loop {
        let accepted = tokio::select! {
            // A handle that was dropped stops the listener too.
            _ = stopped.wait_for(|stopped| *stopped) => break,
            accepted = listener.accept() => accepted,
            Some(_) = open.join_next(), if !open.is_empty() => {
                figures::connections(open.len());
                continue;
            }
            Some(_) = leaving.join_next(), if !leaving.is_empty() => continue,
        };
        match accepted {
            Ok((stream, peer)) if open.len() < limits.connections => {
                open.spawn(connection::run(stream, Peer(peer), setting.clone()));
                figures::connections(open.len());
            }
            Ok((stream, peer)) => {
                figures::refused("connections");
                warn_of_too_many(peer, limits.connections);
                if setting.tls.is_none() && leaving.len() < MOST_FAREWELLS {
                    leaving.spawn(timeout(FAREWELL, refuse(stream)));
                }
            }
            Err(error) if of_the_caller(error.kind()) => {}
            Err(error) => {
                warn!(%error, "no connection can be accepted");
                sleep(NO_SOCKETS).await;
            }
        }
    }
    drop(listener);
    let finished = timeout(limits.stop, async { while open.join_next().await.is_some() {} }).await;
    if finished.is_err() {
        warn!(connections = open.len(), "connections were cut off: they did not end in time");
        open.shutdown().await;
    }
}

fn warn_of_too_many(peer: SocketAddr, limit: usize) {
    tracing::debug!(%peer, limit, "a connection was refused: there are as many as there may be");
}

fn of_the_caller(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Says why, and reads what the caller had sent: closing before would throw the answer away.
async fn refuse(mut stream: TcpStream) {
    let said = async {
        stream.write_all(REFUSED).await?;
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    drop(said.await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_has_the_length_that_it_says() {
        let text = std::str::from_utf8(REFUSED).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
