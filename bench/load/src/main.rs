//! Load on a running server: decisions a second, and how long callers wait.
//!
//! Without `--rate` each connection asks again as soon as it is answered. With it calls are due at fixed times, and a
//! wait counts from when a call was due, so that a server that stops for a moment does not hide those who queue behind.

mod bodies;
mod caller;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use serde_json::json;

use bodies::Bodies;
use caller::{Figures, Plan};

/// Asks a server for decisions from many connections at once and prints the figures as JSON.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the server listens: HOST:PORT
    #[arg(long)]
    address: String,
    /// Token with the scope `decide`
    #[arg(long)]
    token: String,
    /// Matters, one JSON object a line; each call takes the next ones, under new ids
    #[arg(long)]
    matters: PathBuf,
    /// Matters in a call
    #[arg(long, default_value_t = 1)]
    size: usize,
    /// Connections at once
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Seconds that are measured, after one that is not
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Calls a second that are due (default: as many as are answered)
    #[arg(long)]
    rate: Option<f64>,
    /// Tell each call that waits longer, with its Unix time, on standard error: milliseconds
    #[arg(long)]
    tell_over: Option<u64>,
    /// Begins the ids of this run's matters
    #[arg(long, default_value = "L")]
    prefix: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let bodies = Bodies::read(&arguments.matters, arguments.size, &arguments.prefix)?;
    let plan = Plan {
        address: arguments.address,
        token: arguments.token,
        bodies,
        connections: arguments.connections,
        warm_up: Duration::from_secs(1),
        measured: Duration::from_secs(arguments.seconds),
        interval: arguments.rate.map(|rate| Duration::from_secs_f64(1.0 / rate)),
        tell_over: arguments.tell_over.map(Duration::from_millis),
    };
    let plan = Arc::new(plan);
    let callers: Vec<_> =
        (0..plan.connections).map(|number| tokio::spawn(caller::run(Arc::clone(&plan), number))).collect();
    let mut all = Figures::new()?;
    for caller in callers {
        all.add(&caller.await??)?;
    }
    let seconds = plan.measured.as_secs_f64();
    let calls = all.waits.len();
    let quantile = |q| all.waits.value_at_quantile(q);
    let figures = json!({
        "size": arguments.size,
        "connections": arguments.connections,
        "calls": calls,
        "calls_per_second": calls as f64 / seconds,
        "decisions_per_second": calls as f64 * arguments.size as f64 / seconds,
        "p50_us": quantile(0.5),
        "p99_us": quantile(0.99),
        "max_us": all.waits.max(),
        "refused": all.refused,
    });
    println!("{figures}");
    anyhow::ensure!(all.wrong == 0, "{} answers were wrong, such as: {}", all.wrong, all.example);
    Ok(())
}
