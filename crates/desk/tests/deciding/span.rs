//! What an operator sees of a call: the matter in the span of its request, and figures.

use std::sync::{Arc, Mutex};

use greenlane_observe::figures;
use tracing::Instrument;
use tracing::field::{Field, Visit};
use tracing::span::{Id, Record};
use tracing::subscriber::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::asked::{declaration, numbered, ordered};
use crate::world::world;

/// Notes what is recorded into spans.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<(String, String)>>>);

impl Visit for Notes {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push((field.name().to_owned(), format!("{value:?}").replace('"', "")));
    }
}

impl<S: Subscriber> Layer<S> for Notes {
    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut self.clone());
    }
}

#[tokio::test]
async fn the_span_of_a_request_names_its_first_matter_and_how_many_there_are() {
    let world = world().await;
    let notes = Notes::default();
    let _guard = tracing_subscriber::registry().with(notes.clone()).set_default();
    let span =
        tracing::info_span!("request", matter = tracing::field::Empty, matters = tracing::field::Empty);
    let said = |notes: &Notes| std::mem::take(&mut *notes.0.lock().unwrap());
    let expected = |matter: String, matters: &str| {
        vec![("matter".to_owned(), matter), ("matters".to_owned(), matters.to_owned())]
    };
    world.office.decided(&[declaration(1), declaration(2)]).instrument(span.clone()).await;
    assert_eq!(said(&notes), expected(numbered(1), "2"));
    world.office.tried(&declaration(3)).instrument(span).await;
    assert_eq!(said(&notes), expected(numbered(3), "1"));
}

/// The value of a figure; 0 if it is not there.
fn figure(name: &str) -> f64 {
    let text = figures::render();
    let line = text.lines().find(|line| line.starts_with(name));
    line.map_or(0.0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[tokio::test]
async fn decisions_and_transactions_are_counted() {
    figures::begin();
    let world = world().await;
    let office = &world.office;
    let names = [
        "greenlane_decisions_total{outcome=\"kept\"}",
        "greenlane_decisions_total{outcome=\"dry\"}",
        "greenlane_commits_total{outcome=\"durable\"}",
    ];
    let before = names.map(figure);
    office.decided(&[ordered(1)]).await;
    office.tried(&declaration(2)).await;
    for (name, before) in names.into_iter().zip(before) {
        assert!(figure(name) > before, "{name}");
    }
}
