//! Load on a running server: decisions a second, and how long callers wait.
//!
//! Without `--rate` each connection asks again as soon as it is answered. With it calls are due at fixed times, and a
//! wait counts from when a call was due, so that a server that stops for a moment does not hide those who queue behind.

mod bodies;
mod caller;
mod flood;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Parser;
use serde_json::json;

use bodies::Bodies;
use caller::{Figures, Plan};
use flood::Flooded;

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
    /// Token of another account that floods the server in every second of two runs, with the scopes `try`, `read_law` and `read_matter`
    #[arg(long)]
    flood_token: Option<String>,
    /// Runs without a flood, and as many with one
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match arguments.flood_token.clone() {
        None => {
            let all = run(&arguments, &arguments.prefix).await?;
            println!("{}", figures(&arguments, &all));
            sound(&all)
        }
        Some(token) => fairness(&arguments, &token).await,
    }
}

/// Asks from all connections until the time is over.
async fn run(arguments: &Arguments, prefix: &str) -> anyhow::Result<Figures> {
    let bodies = Bodies::read(&arguments.matters, arguments.size, prefix)?;
    let plan = Plan {
        address: arguments.address.clone(),
        token: arguments.token.clone(),
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
    Ok(all)
}

fn figures(arguments: &Arguments, all: &Figures) -> serde_json::Value {
    let (seconds, calls) = (arguments.seconds as f64, all.waits.len());
    let quantile = |q| all.waits.value_at_quantile(q);
    json!({
        "size": arguments.size,
        "connections": arguments.connections,
        "calls": calls,
        "calls_per_second": calls as f64 / seconds,
        "decisions_per_second": calls as f64 * arguments.size as f64 / seconds,
        "p50_us": quantile(0.5),
        "p99_us": quantile(0.99),
        "max_us": all.waits.max(),
        "refused": all.refused,
    })
}

fn sound(all: &Figures) -> anyhow::Result<()> {
    anyhow::ensure!(all.wrong == 0, "{} answers were wrong, such as: {}", all.wrong, all.example);
    Ok(())
}

/// Runs in turns without and with a flood by another account; the middle ones of all rounds.
async fn fairness(arguments: &Arguments, token: &str) -> anyhow::Result<()> {
    let (mut idle, mut flooded) = (Vec::new(), Vec::new());
    let counts = Arc::new(Flooded::default());
    for round in 0..arguments.rounds {
        let quiet = run(arguments, &format!("{}{round}i", arguments.prefix)).await?;
        let flood = flood::flood(&arguments.address, token, &counts);
        let loud = run(arguments, &format!("{}{round}f", arguments.prefix)).await?;
        drop(flood);
        for (all, waits) in [(&quiet, &mut idle), (&loud, &mut flooded)] {
            println!("{}", figures(arguments, all));
            sound(all)?;
            waits.push((all.waits.value_at_quantile(0.5), all.waits.value_at_quantile(0.99)));
        }
    }
    let middle = |waits: &[(u64, u64)], which: fn(&(u64, u64)) -> u64| {
        let mut sorted: Vec<u64> = waits.iter().map(which).collect();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    };
    let [p99_idle, p99_flooded] = [&idle, &flooded].map(|waits| middle(waits, |(_, p99)| *p99));
    let [p50_idle, p50_flooded] = [&idle, &flooded].map(|waits| middle(waits, |(p50, _)| *p50));
    let calls = counts.calls.load(Ordering::Relaxed);
    let figures = json!({
        "p50_idle_us": p50_idle, "p50_flooded_us": p50_flooded,
        "p99_idle_us": p99_idle, "p99_flooded_us": p99_flooded, "p99_times": p99_flooded as f64 / p99_idle as f64,
        "flood_calls": calls, "flood_refused": counts.refused.load(Ordering::Relaxed),
    });
    println!("{figures}");
    Ok(())
}
