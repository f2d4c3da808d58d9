//! Measures: makes a population as Parquet, decides it to Parquet, and says rows a second and peak memory.
//!
//! `throughput FOLDER ROWS [items] [joined|ids] [parquet|ndjson|none] [draws]`
#![allow(clippy::unwrap_used, clippy::float_arithmetic)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use greenlane_engine::Engine;
use greenlane_evaluate::batch::{BatchOptions, Discard, Draws, Ndjson, ParquetSink, decide};
use greenlane_evaluate::population::{FileFormat, Parties, Population, PopulationOptions};
use greenlane_intake::Intake;
use greenlane_policy::pack::Pack;
use greenlane_selection::MasterKey;
use greenlane_terms::calendar::Day;

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: ?").to_owned()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let folder = Path::new(&arguments[1]);
    let rows: u64 = arguments[2].parse().unwrap();
    let engine = Engine::new(Pack::embedded().unwrap());
    let items = u32::from(has("items"));
    let options = PopulationOptions {
        seed: 1,
        enterprises: 400_000,
        declarations: rows / u64::from(1 + items),
        items_per_declaration: items,
        first_day: Day::parse("2025-01-01").unwrap(),
        last_day: Day::parse("2025-12-31").unwrap(),
    };
    let path = folder.join(format!("population-{rows}-{items}.parquet"));
    if !path.exists() {
        let population = Population::new(&engine, options);
        let started = Instant::now();
        let out = BufWriter::new(File::create(&path).unwrap());
        let parties = if has("ids") { Parties::IdsOnly } else { Parties::Joined };
        let written = population.write_declarations(out, FileFormat::Parquet, parties, 2).unwrap();
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "made {written} rows, {} columns in {seconds:.2} s: {:.0} rows/s; {}",
            population.columns(parties).len(),
            written as f64 / seconds,
            memory()
        );
        return;
    }
    let draws = has("draws").then(|| Draws::new(MasterKey::new([7; 32])));
    let options = BatchOptions { draws, ..BatchOptions::default() };
    let intake = Intake::new(&engine.pack);
    let source = intake.read(&[&path]).unwrap();
    let mut nothing = ();
    let summary = if has("none") {
        decide(&engine, source, Discard, &options, &mut nothing)
    } else if has("ndjson") {
        let sink = Ndjson::new(File::create("/dev/null").unwrap(), &engine).unwrap();
        decide(&engine, source, sink, &options, &mut nothing)
    } else if has("read") {
        let started = Instant::now();
        let rows: usize = source.map(|batch| batch.unwrap().matters.rows()).sum();
        println!("read {rows} rows in {:.2} s; {}", started.elapsed().as_secs_f64(), memory());
        return;
    } else {
        let out = BufWriter::with_capacity(1 << 20, File::create(folder.join("decisions.parquet")).unwrap());
        decide(&engine, source, ParquetSink::new(out, &engine).unwrap(), &options, &mut nothing)
    };
    let summary = summary.unwrap();
    let seconds = summary.elapsed.as_secs_f64();
    let mut out = std::io::stdout();
    let rate = summary.rows_decided as f64 / seconds;
    writeln!(out, "decided {} rows in {seconds:.2} s: {rate:.0} rows/s; {}", summary.rows_decided, memory())
        .unwrap();
    writeln!(out, "selected {} + {}", summary.selected_for_inspection, summary.selected_for_sampling)
        .unwrap();
}
