//! How decisions and batches are timed: wall clock and time on the processor, so that a busy machine can be told apart.

use std::{
    fs,
    ops::Range,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};

use crate::{
    exchange::RuleSet,
    facts::Facts,
    peers::{Engine, Prepared},
};

/// Runs of a batch, of which the best counts.
const RUNS: usize = 5;
/// Decisions timed together, so that reading the clock does not count.
const CHUNK: usize = 8;
/// Different rows among which single decisions go round.
const ROUND: usize = 1_024;

/// One run's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// By the clock on the wall.
    pub wall: Duration,
    /// On processors, all threads together.
    pub cpu: Duration,
}

impl Took {
    /// The shorter of each.
    fn best(self, other: Self) -> Self {
        Self { wall: self.wall.min(other.wall), cpu: self.cpu.min(other.cpu) }
    }

    /// Threads side by side: the longest wall time, the sum on processors.
    fn beside(self, other: Self) -> Self {
        Self { wall: self.wall.max(other.wall), cpu: self.cpu + other.cpu }
    }
}

/// The best of some runs, each with its threads side by side; `runs[thread][run]`.
pub fn best_of(threads: &[Vec<Took>]) -> Took {
    let run = |run: usize| threads.iter().map(|runs| runs[run]).reduce(Took::beside).unwrap_or_default();
    (0..threads.first().map_or(0, Vec::len)).map(run).reduce(Took::best).unwrap_or_default()
}

/// Times one piece of work on this thread.
pub fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Took)> {
    let (wall, cpu) = (Instant::now(), thread_time()?);
    let done = work()?;
    Ok((done, Took { wall: wall.elapsed(), cpu: thread_time()?.saturating_sub(cpu) }))
}

/// What this thread has spent on a processor; the kernel counts it in nanoseconds.
fn thread_time() -> Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().context("schedstat is empty")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// Median time of one decision, over many different rows, on one thread.
pub fn one_decision(engine: &dyn Engine, rules: &RuleSet, facts: &Facts, time: Duration) -> Result<Duration> {
    let rows = facts.rows().min(ROUND) / CHUNK * CHUNK;
    let mut prepared = engine.prepare(rules, facts, 0..rows)?;
    for row in 0..rows {
        prepared.decide_one(row)?;
    }
    let mut samples = Vec::new();
    let end = Instant::now() + time;
    while Instant::now() < end {
        for start in (0..rows).step_by(CHUNK) {
            let clock = Instant::now();
            for row in start..start + CHUNK {
                prepared.decide_one(row)?;
            }
            samples.push(clock.elapsed() / CHUNK as u32);
        }
    }
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().context("too few rows to time a decision")
}

/// Time in which all threads together decide `rows` rows; each thread prepares and keeps its own share.
pub fn batch(
    engine: &dyn Engine,
    rules: &RuleSet,
    facts: &Facts,
    rows: usize,
    threads: usize,
) -> Result<Took> {
    let barrier = Barrier::new(threads);
    let shares: Vec<Range<usize>> =
        (0..threads).map(|t| rows * t / threads..rows * (t + 1) / threads).collect();
    let runs = thread::scope(|scope| {
        let work = |share: &Range<usize>| {
            let (share, barrier) = (share.clone(), &barrier);
            scope.spawn(move || one_share(engine, rules, facts, share, barrier))
        };
        let handles: Vec<_> = shares.iter().map(work).collect();
        handles
            .into_iter()
            .map(|h| h.join().map_err(|_| anyhow!("a thread panicked"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    Ok(best_of(&runs))
}

/// One thread's runs; it meets the others before each, even when it has failed, so that none waits for ever.
fn one_share(
    engine: &dyn Engine,
    rules: &RuleSet,
    facts: &Facts,
    share: Range<usize>,
    barrier: &Barrier,
) -> Result<Vec<Took>> {
    let warmed = |mut prepared: Box<dyn Prepared>| prepared.decide_all().map(|()| prepared);
    let mut prepared = engine.prepare(rules, facts, share).and_then(warmed);
    let mut runs = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        barrier.wait();
        if let Ok(prepared) = &mut prepared {
            runs.push(timed(|| prepared.decide_all()));
        }
    }
    prepared?;
    runs.into_iter().map(|run| run.map(|((), took)| took)).collect()
}
