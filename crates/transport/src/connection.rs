//! One connection: TLS if there is any, then requests one after the other.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use greenlane_observe::figures;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tower::Service;

use super::{OF_THE_OPERATOR, Peer, Stopping, Tls};

/// How long a caller may take to read that it was too slow.
const FAREWELL: Duration = Duration::from_secs(1);

const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/problem+json\r\n\
    connection: close\r\ncontent-length: 130\r\n\r\n\
    {\"type\":\"urn:greenlane:problem:slow\",\"title\":\"The request came too slowly\",\"status\":408,\
    \"detail\":\"its head was not there in time\"}";

const REFUSED_TEXT: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n\
    connection: close\r\ncontent-length: 160\r\n\r\n\
    {\"type\":\"urn:greenlane:problem:connections\",\"title\":\"Too many connections\",\"status\":503,\
    \"detail\":\"the server has as many connections as it may have: try again\"}";

/// What a connection beyond the limit is told.
const REFUSED: &[u8] = REFUSED_TEXT.as_bytes();

/// How long a connection beyond the limit lasts, at most.
const SPARE: Duration = Duration::from_secs(5);

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
    serve(stream, peer, setting, false).await;
}

/// Answers one request of a connection beyond the limit: health and figures as ever, anything else with a refusal.
pub(super) async fn run_spare(stream: TcpStream, peer: Peer, mut setting: Connection) {
    setting.header = setting.header.min(FAREWELL);
    drop(timeout(SPARE, serve(stream, peer, setting, true)).await);
}

async fn serve(stream: TcpStream, peer: Peer, setting: Connection, is_spare: bool) {
    // Answers are written whole: waiting for more would only delay them.
    drop(stream.set_nodelay(true));
    match setting.tls.as_ref().map(Tls::acceptor) {
        None => requests(stream, peer, setting, is_spare).await,
        Some(acceptor) => match timeout(setting.header, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => requests(stream, peer, setting, is_spare).await,
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
    is_spare: bool,
) {
    let (router, stopping) = (setting.router, Stopping(setting.stopped.clone()));
    let unread = Unread::default();
    let left = unread.clone();
    let service = service_fn(move |request: Request<Incoming>| -> Answer {
        if is_spare && !OF_THE_OPERATOR.contains(&request.uri().path()) {
            left.note();
            return Box::pin(async { Ok(too_many()) });
        }
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(stopping.clone());
        request.extensions_mut().insert(left.clone());
        let answer = router.clone().call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            if is_spare {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response)
        })
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
    // A connection that was only kept open has sent nothing and is owed no answer, unless it came to be refused.
    let farewell = match is_slow {
        true if is_spare => REFUSED,
        true if !parts.read_buf.is_empty() => TOO_SLOW,
        _ if unread.is_any() => &[],
        _ => {
            drop(stream.shutdown().await);
            return;
        }
    };
    if is_slow && !is_spare {
        figures::refused("slow");
    }
    drop(timeout(FAREWELL, part(&mut stream, farewell)).await);
}

/// Whether a caller was answered before all that it sends was read: what it still sends is read before the connection is closed, since
/// closing first would throw the answer away. An extension of a request. Cheap to clone; all clones say the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread(Arc<AtomicBool>);

impl Unread {
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// [`REFUSED`] as a response.
fn too_many() -> Response<Body> {
    let (_, body) = REFUSED_TEXT.split_once("\r\n\r\n").unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Says something, if it is to be said, and reads what the caller still sends, for as long as it may take.
async fn part<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, words: &[u8]) -> std::io::Result<()> {
    stream.write_all(words).await?;
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use greenlane_desk::Problem;

    #[test]
    fn the_refusals_have_the_length_that_they_say_and_are_problems_of_the_table() {
        for (text, problem) in [(TOO_SLOW, Problem::Slow), (REFUSED, Problem::Connections)] {
            let text = std::str::from_utf8(text).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
            let said: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(
                (&said["type"], &said["title"], &said["status"]),
                (&json!(problem.urn()), &json!(problem.title().en), &json!(problem.status()))
            );
            assert!(head.starts_with(&format!("HTTP/1.1 {} ", problem.status())), "{head}");
        }
    }
}
