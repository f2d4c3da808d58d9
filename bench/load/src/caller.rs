//! One connection: asks, waits for the answer, looks at it, asks again.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use bytes::Bytes;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use crate::bodies::Bodies;

/// What all connections do.
pub struct Plan {
    pub address: String,
    pub token: String,
    pub bodies: Bodies,
    pub connections: usize,
    pub warm_up: Duration,
    pub measured: Duration,
    /// Time between two calls of all connections together.
    pub interval: Option<Duration>,
    /// A call that waits longer is told on standard error, with its time: to be found in the database's log.
    pub tell_over: Option<Duration>,
}

/// What a connection saw.
pub struct Figures {
    /// How long answers took, in microseconds.
    pub waits: Histogram<u64>,
    /// Calls that were refused with 429 or 503.
    pub refused: u64,
    /// Answers that were anything else but the right number of decisions.
    pub wrong: u64,
    /// One of them.
    pub example: String,
}

impl Figures {
    /// Nothing seen yet.
    pub fn new() -> anyhow::Result<Figures> {
        Ok(Figures { waits: Histogram::new(3)?, refused: 0, wrong: 0, example: String::new() })
    }

    /// What another one saw, too.
    pub fn add(&mut self, other: &Figures) -> anyhow::Result<()> {
        self.waits.add(&other.waits)?;
        self.refused += other.refused;
        self.wrong += other.wrong;
        if self.example.is_empty() {
            self.example.clone_from(&other.example);
        }
        Ok(())
    }
}

/// Asks until the time is over.
pub async fn run(plan: Arc<Plan>, number: usize) -> anyhow::Result<Figures> {
    let stream = TcpStream::connect(&plan.address).await.with_context(|| plan.address.clone())?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let start = Instant::now();
    let (from, to) = (start + plan.warm_up, start + plan.warm_up + plan.measured);
    let mut figures = Figures::new()?;
    let mut due = plan.interval.map(|interval| start + interval * number as u32);
    loop {
        if let Some(due) = due {
            sleep_until(due).await;
        }
        let asked = due.unwrap_or_else(Instant::now);
        if asked >= to {
            return Ok(figures);
        }
        let (status, body) = ask(&mut sender, &plan).await?;
        let wait = Instant::now() - asked;
        if plan.tell_over.is_some_and(|limit| wait > limit) {
            eprintln!(
                "{:.3} waited {} ms",
                SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64(),
                wait.as_millis()
            );
        }
        if let (Some(due), Some(interval)) = (&mut due, plan.interval) {
            *due += interval * plan.connections as u32;
        }
        if asked < from {
            continue;
        }
        look(&mut figures, status, &body, wait, plan.bodies.size())?;
    }
}

async fn ask(sender: &mut SendRequest<Full<Bytes>>, plan: &Plan) -> anyhow::Result<(StatusCode, Bytes)> {
    let request = Request::post("/v1/decide")
        .header(header::HOST, &plan.address)
        .header(header::AUTHORIZATION, format!("Bearer {}", plan.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(plan.bodies.next()))?;
    sender.ready().await?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

fn look(
    figures: &mut Figures,
    status: StatusCode,
    body: &Bytes,
    wait: Duration,
    size: usize,
) -> anyhow::Result<()> {
    let text = std::str::from_utf8(body)?;
    match status {
        StatusCode::OK if text.matches("\"entry\":").count() == size => {
            figures.waits.record(u64::try_from(wait.as_micros())?)?;
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => figures.refused += 1,
        _ => {
            figures.wrong += 1;
            figures.example = format!("{status} {}", text.chars().take(500).collect::<String>());
        }
    }
    Ok(())
}
