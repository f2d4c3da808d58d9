//! Figures of operation, as Prometheus reads them at `/metrics`.

use std::sync::OnceLock;
use std::time::Duration;

use ::metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds of times, in seconds.
const SECONDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0];

/// Upper bounds of how much goes into one transaction.
const BATCH: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 500.0, 1_000.0, 5_000.0];

/// How often samples are gathered, so that they do not pile up where nobody asks for figures.
const UPKEEP: Duration = Duration::from_secs(5);

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to count. What is counted before is lost, so a server begins before it listens.
pub fn begin() {
    handle();
}

/// The figures of this process, which are counted since this was first asked for.
fn handle() -> Option<&'static PrometheusHandle> {
    let start = || {
        let builder = PrometheusBuilder::new();
        let builder =
            builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS).ok()?;
        let builder =
            builder.set_buckets_for_metric(Matcher::Prefix("greenlane_batch".to_owned()), &BATCH).ok()?;
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        ::metrics::set_global_recorder(recorder).ok()?;
        describe();
        Some(handle)
    };
    HANDLE.get_or_init(start).as_ref()
}

fn describe() {
    describe_counter!("greenlane_requests_total", "Requests answered, by method, route and status");
    describe_histogram!("greenlane_request_seconds", "Time to answer a request, by route");
    describe_counter!("greenlane_refused_total", "Connections and requests refused by a limit, by reason");
    describe_counter!("greenlane_decisions_total", "Decisions made, kept or dry");
    describe_counter!("greenlane_rejected_matters_total", "Matters that could not be understood");
    describe_counter!("greenlane_commits_total", "Transactions of the log, by outcome");
    describe_histogram!("greenlane_commit_seconds", "Time of a transaction of the log");
    describe_histogram!("greenlane_batch_calls", "Calls in one transaction of the log");
    describe_histogram!("greenlane_batch_entries", "Entries in one transaction of the log");
    describe_gauge!("greenlane_waiting_calls", "Calls that wait for a decider");
    describe_gauge!("greenlane_waiting_commits", "Decided calls that wait for the writer");
    describe_gauge!("greenlane_connections", "Open connections of callers");
    describe_gauge!("greenlane_log_entries", "Entries in the log");
    describe_gauge!(
        "greenlane_witness_entries",
        "Entries of the largest head that a witness cosigned, by witness"
    );
    describe_gauge!("greenlane_witness_timestamp_seconds", "When a witness last cosigned, by witness");
    describe_gauge!(
        "greenlane_witness_disagrees",
        "1 while a witness knows another history of the log, by witness"
    );
    describe_gauge!("greenlane_witnessed_entries", "Entries of the log that a quorum of witnesses has seen");
}

/// Gathers samples until it is aborted.
pub async fn upkeep() {
    let Some(handle) = handle() else { return };
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}

/// All figures in the text format of Prometheus.
pub fn render() -> String {
    handle().map_or_else(String::new, PrometheusHandle::render)
}

/// A request was answered.
pub fn request(method: &'static str, route: &str, status: u16, seconds: f64) {
    let route = route.to_owned();
    let labels = [("method", method.to_owned()), ("route", route.clone()), ("status", status.to_string())];
    counter!("greenlane_requests_total", &labels).increment(1);
    histogram!("greenlane_request_seconds", "route" => route).record(seconds);
}

/// A connection or a request was refused by a limit.
pub fn refused(reason: &'static str) {
    counter!("greenlane_refused_total", "reason" => reason).increment(1);
}

/// Matters were decided, and others were not understood.
pub fn decided(decisions: usize, rejects: usize, dry_run: bool) {
    let kept = if dry_run { "dry" } else { "kept" };
    counter!("greenlane_decisions_total", "outcome" => kept).increment(decisions as u64);
    counter!("greenlane_rejected_matters_total").increment(rejects as u64);
}

/// A transaction of the log ended.
pub fn committed(calls: usize, entries: usize, seconds: f64, is_durable: bool) {
    let outcome = if is_durable { "durable" } else { "failed" };
    counter!("greenlane_commits_total", "outcome" => outcome).increment(1);
    histogram!("greenlane_commit_seconds").record(seconds);
    histogram!("greenlane_batch_calls").record(as_figure(calls));
    histogram!("greenlane_batch_entries").record(as_figure(entries));
}

/// Calls that wait.
pub fn waiting(calls: usize, commits: usize) {
    gauge!("greenlane_waiting_calls").set(as_figure(calls));
    gauge!("greenlane_waiting_commits").set(as_figure(commits));
}

/// Open connections of callers.
pub fn connections(open: usize) {
    gauge!("greenlane_connections").set(as_figure(open));
}

/// Entries in the log.
pub fn log_entries(entries: u64) {
    gauge!("greenlane_log_entries").set(entries as f64);
}

/// A witness: size and time in seconds of the largest head that it cosigned, and whether it knows another history.
pub fn witness(name: &str, last: Option<(u64, u64)>, disagrees: bool) {
    if let Some((size, at_s)) = last {
        gauge!("greenlane_witness_entries", "witness" => name.to_owned()).set(size as f64);
        gauge!("greenlane_witness_timestamp_seconds", "witness" => name.to_owned()).set(at_s as f64);
    }
    gauge!("greenlane_witness_disagrees", "witness" => name.to_owned()).set(f64::from(u8::from(disagrees)));
}

/// Entries that a quorum of witnesses has seen.
pub fn witnessed(entries: u64) {
    gauge!("greenlane_witnessed_entries").set(entries as f64);
}

/// Figures are floats by the format of Prometheus; none of them decides anything.
fn as_figure(count: usize) -> f64 {
    count as f64
}
