//! One account that takes whatever it can get: dry runs, streams of events, packs, strange paths, with and without its token.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Connections that do each of these.
const DRY_RUNS: usize = 8;
const STREAMS: usize = 64;
const PACKS: usize = 4;
const PATHS: usize = 2;

/// Matters of a dry run.
const MATTERS: usize = 1_000;

/// How long to wait for another connection where one was refused.
const PAUSE: Duration = Duration::from_millis(5);

/// Calls of a flood, and those that were refused with 429 or 503.
#[derive(Default)]
pub struct Flooded {
    pub calls: AtomicU64,
    pub refused: AtomicU64,
}

/// A kind of call.
#[derive(Clone, Copy)]
enum Kind {
    DryRun,
    Stream,
    Pack,
    Path { signed_in: bool },
}

/// Floods until the set is dropped.
pub fn flood(address: &str, token: &str, flooded: &Arc<Flooded>) -> JoinSet<()> {
    let kinds = [
        (Kind::DryRun, DRY_RUNS),
        (Kind::Stream, STREAMS),
        (Kind::Pack, PACKS),
        (Kind::Path { signed_in: true }, PATHS),
        (Kind::Path { signed_in: false }, PATHS),
    ];
    let mut set = JoinSet::new();
    for kind in kinds.into_iter().flat_map(|(kind, count)| std::iter::repeat_n(kind, count)) {
        let (address, token, flooded) = (address.to_owned(), token.to_owned(), Arc::clone(flooded));
        set.spawn(async move {
            for number in 0_u64.. {
                // Whatever breaks is begun again.
                if calls(&address, &token, kind, number, &flooded).await.is_err() {
                    sleep(PAUSE).await;
                }
            }
        });
    }
    set
}

/// Calls on one connection until it breaks.
async fn calls(address: &str, token: &str, kind: Kind, number: u64, flooded: &Flooded) -> anyhow::Result<()> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    for call in 0_u64.. {
        let (method, path, body) = asked(kind, number, call);
        let request = Request::builder().method(method).uri(path).header(header::HOST, address);
        let request = match kind {
            Kind::Path { signed_in: false } => request,
            _ => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        };
        let request = request.header(header::CONTENT_TYPE, "application/x-ndjson");
        sender.ready().await?;
        let response = sender.send_request(request.body(Full::new(body))?).await?;
        flooded.calls.fetch_add(1, Ordering::Relaxed);
        if matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            flooded.refused.fetch_add(1, Ordering::Relaxed);
        }
        response.into_body().collect().await?;
    }
    Ok(())
}

fn asked(kind: Kind, number: u64, call: u64) -> (Method, String, Bytes) {
    match kind {
        Kind::DryRun => (Method::POST, "/v1/decide?dry_run=true".to_owned(), dry_run()),
        Kind::Stream => (Method::GET, "/v1/queues/events".to_owned(), Bytes::new()),
        Kind::Pack => (Method::GET, "/v1/packs/1".to_owned(), Bytes::new()),
        Kind::Path { .. } => {
            (Method::GET, format!("/v1/enterprises/{number}-{call}{}", "x".repeat(4_000)), Bytes::new())
        }
    }
}

/// Matters that name no enterprise, so that every account may try them.
fn dry_run() -> Bytes {
    let one = |at: usize| {
        format!(
            "{{\"matter_id\":\"F{at}\",\"matter\":\"import_declaration\",\"decided_on\":\"2024-08-30\",\"office\":\"3101\",\
             \"lane\":\"ordinary\",\"mandatory_inspection\":false}}\n"
        )
    };
    (0..MATTERS).map(one).collect::<String>().into()
}
