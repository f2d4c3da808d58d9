//! The figures: measured here for the engines of this process, read from JSON lines for the others, and set side by side.

use std::{path::Path, thread, time::Duration};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{
    exchange::RuleSet,
    facts::Facts,
    memory,
    peers::{self, Engine},
    stopwatch::{self, Took},
};

/// Rows on which a row-at-a-time engine is measured; with five times as many, rows per cpu-second came out about 6 % lower.
const SAMPLE: usize = 20_000;
const LATENCY_TIME: Duration = Duration::from_secs(3);

/// One engine's batch, as measured.
#[derive(Deserialize)]
struct Batch {
    engine: String,
    rows: usize,
    seconds: f64,
    cpu_seconds: f64,
}

impl Batch {
    fn new(engine: &str, rows: usize, took: Took) -> Self {
        let (seconds, cpu_seconds) = (took.wall.as_secs_f64(), took.cpu.as_secs_f64());
        Self { engine: engine.to_owned(), rows, seconds, cpu_seconds }
    }

    fn rate(&self) -> f64 {
        self.rows as f64 / self.seconds
    }

    fn cpu_rate(&self) -> f64 {
        self.rows as f64 / self.cpu_seconds
    }
}

/// Measures and prints all figures.
pub fn show(rules: &RuleSet, facts: &Facts, folder: &Path) -> Result<()> {
    let cores = thread::available_parallelism()?.get();
    let engines = peers::all(rules)?;
    show_latency(&engines, rules, facts)?;
    let mut batches = read_batches(folder)?;
    for engine in &engines {
        let rows = if engine.decides_blocks() { facts.rows() } else { SAMPLE.min(facts.rows()) };
        let took = stopwatch::batch(engine.as_ref(), rules, facts, rows, cores).context(engine.name())?;
        batches.push(Batch::new(engine.name(), rows, took));
    }
    show_batches(&mut batches, cores);
    show_targets(&batches);
    show_reading(facts, cores, greenlane(&batches))
}

fn show_latency(engines: &[Box<dyn Engine>], rules: &RuleSet, facts: &Facts) -> Result<()> {
    println!("\nOne decision in process, every reason kept (median, rules and input made beforehand)");
    let mut times = Vec::new();
    for engine in engines {
        let time =
            stopwatch::one_decision(engine.as_ref(), rules, facts, LATENCY_TIME).context(engine.name())?;
        times.push((engine.name(), time.as_nanos() as f64));
    }
    let fastest = times.iter().map(|(_, t)| *t).fold(f64::INFINITY, f64::min);
    for (name, time) in times {
        println!("{name:<30}{:>12.2} us{:>12.1} x the fastest", time / 1e3, time / fastest);
    }
    Ok(())
}

/// The vector engines' figures, one JSON object a file.
fn read_batches(folder: &Path) -> Result<Vec<Batch>> {
    let mut batches = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "figures") {
            let text = std::fs::read_to_string(&path)?;
            batches.push(serde_json::from_str(&text).with_context(|| path.display().to_string())?);
        }
    }
    Ok(batches)
}

fn show_batches(batches: &mut [Batch], cores: usize) {
    println!("\nA batch in memory, every condition and verdict kept, {cores} cores, the best of some runs");
    println!("{:<16}{:>12}{:>14}{:>16}{:>12}", "", "rows timed", "rows/s", "rows/cpu-second", "slower by");
    batches.sort_by(|a, b| b.cpu_rate().total_cmp(&a.cpu_rate()));
    let fastest = batches.first().map_or(1.0, Batch::cpu_rate);
    for batch in batches.iter() {
        let (rate, cpu_rate) = (batch.rate(), batch.cpu_rate());
        println!(
            "{:<16}{:>12}{rate:>14.0}{cpu_rate:>16.0}{:>10.1} x",
            batch.engine,
            batch.rows,
            fastest / cpu_rate
        );
    }
    println!("\"Slower by\" compares rows per cpu-second, which a busy machine disturbs least.");
    println!(
        "Engines that decide row after row are timed on {SAMPLE} rows; for more, their rate is assumed, not measured."
    );
}

/// What design.md asks of Greenlane: at least so many times the rows per cpu-second of each peer.
const TARGETS: [(&str, f64); 4] =
    [("polars", 2.0), ("openfisca", 2.0), ("duckdb", 5.0), ("zen-engine", 1_000.0)];

fn greenlane(batches: &[Batch]) -> Option<&Batch> {
    batches.iter().find(|batch| batch.engine == "greenlane")
}

fn show_targets(batches: &[Batch]) {
    let Some(greenlane) = greenlane(batches) else { return };
    println!("\nGreenlane's rows per cpu-second as a multiple of each peer's");
    for (peer, target) in TARGETS {
        if let Some(batch) = batches.iter().find(|batch| batch.engine == peer) {
            let ratio = greenlane.cpu_rate() / batch.cpu_rate();
            let reached = if ratio >= target { "reached" } else { "missed" };
            println!("{peer:<16}{ratio:>12.1} x{:>12} {target} x: {reached}", "target");
        }
    }
}

fn show_reading(facts: &Facts, cores: usize, greenlane: Option<&Batch>) -> Result<()> {
    println!("\nOnly reading the facts from memory");
    for threads in [1, cores] {
        let (bytes, took) = memory::read(facts, threads)?;
        let batch = Batch::new("", facts.rows(), took);
        let gigabytes = bytes as f64 / batch.seconds / 1e9;
        let (rate, cpu_rate) = (batch.rate(), batch.cpu_rate());
        let distance = greenlane.map_or(f64::NAN, |greenlane| cpu_rate / greenlane.cpu_rate());
        println!(
            "{threads} thread(s){gigabytes:>11.1} GB/s{:>5}{rate:>14.0}{cpu_rate:>16.0}{distance:>9.1} x Greenlane",
            ""
        );
    }
    Ok(())
}
