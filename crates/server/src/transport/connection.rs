//! One connection: TLS if there is any, then requests one after the other.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tower::Service;

use super::{Peer, Stopping, Tls};
use crate::observe::figures;

/// How long a caller may take to read that it was too slow.
const FAREWELL: Duration = Duration::from_secs(1);

const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/problem+json\r\n\
    connection: close\r\ncontent-length: 130\r\n\r\n\
    {\"type\":\"urn:greenlane:problem:slow\",\"title\":\"The request came too slowly\",\"status\":408,\
    \"detail\":\"its head was not there in time\"}";

/// What every connection works with.
#[derive(Clone)]
pub(super) struct Connection {
    pub router: Router,
    pub tls: Option<Tls>,
    /// How long the head of a request, or a handshake, may take.
    pub header: Duration,
    pub stopped: watch::Receiver<bool>,
}

/// Serves one connection to its end.
pub(super) async fn run(stream: TcpStream, peer: Peer, setting: Connection) {
    // Answers are written whole: waiting for more would only delay them.
    drop(stream.set_nodelay(true));
    match setting.tls.as_ref().map(Tls::acceptor) {
        None => requests(stream, peer, setting).await,
        Some(acceptor) => match timeout(setting.header, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => requests(stream, peer, setting).await,
            Ok(Err(error)) => {
                figures::refused("handshake");
                tracing::debug!(%error, "a TLS handshake failed");
            }
            Err(_) => figures::refused("slow"),
        },
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, std::convert::Infallible>> + Send>>;

async fn requests<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: Peer,
    mut setting: Connection,
) {
    let (router, stopping) = (setting.router, Stopping(setting.stopped.clone()));
    let service = service_fn(move |request: Request<Incoming>| -> Answer {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(stopping.clone());
        Box::pin(router.clone().call(request))
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(setting.header);
    let mut connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut is_stopping = false;
    let ended = loop {
        tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => break ended,
            _ = setting.stopped.wait_for(|stopped| *stopped), if !is_stopping => {
                is_stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let is_slow = ended.is_err_and(|error| error.is_timeout());
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner();
    // A connection that was only kept open has sent nothing and is owed no answer.
    if is_slow && !parts.read_buf.is_empty() {
        figures::refused("slow");
        drop(timeout(FAREWELL, say_too_slow(&mut stream)).await);
    }
    drop(stream.shutdown().await);
}

async fn say_too_slow<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> std::io::Result<()> {
    stream.write_all(TOO_SLOW).await?;
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_has_the_length_that_it_says() {
        let text = std::str::from_utf8(TOO_SLOW).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
