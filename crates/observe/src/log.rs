//! The log of operation on standard error: text for people, a JSON object a line for machines.

use greenlane_configuration::{Configuration, LogFormat, LogLevel};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt;

use super::traces::{self, TracesError};

/// Keeps the log of operation and the traces going; [`Watch::end`] sends what has not been sent.
#[must_use]
pub struct Watch {
    traces: Option<SdkTracerProvider>,
}

impl Watch {
    /// Sends the last traces; blocks until they are sent or nobody takes them.
    pub fn end(self) {
        if let Some(Err(error)) = self.traces.map(|traces| traces.shutdown()) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Begins to write the log of operation, and to send traces if somebody takes them. Once in a process.
///
/// # Errors
/// The address for the traces is none.
pub fn watch(configuration: &Configuration) -> Result<Watch, TracesError> {
    let level = match configuration.log_level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // Libraries are heard when they warn. Statements of the database are never written: they are long and say nothing.
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("greenlane", level)
        .with_target("hyper", LevelFilter::ERROR)
        .with_target("sqlx::query", LevelFilter::OFF);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match configuration.log_format {
        LogFormat::Text => {
            fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_filter(targets).boxed()
        }
        LogFormat::Json => {
            let json = fmt::layer().json().flatten_event(true).with_span_list(false);
            json.with_writer(std::io::stderr).with_filter(targets).boxed()
        }
    };
    let provider = configuration.otlp_endpoint.as_ref().map(traces::provider).transpose()?;
    let traced = provider.as_ref().map(traces::layer);
    let registry = tracing_subscriber::registry().with(lines).with(traced);
    // A process that watches already goes on as it does.
    drop(registry.try_init());
    Ok(Watch { traces: provider })
}
