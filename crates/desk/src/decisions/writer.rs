//! The writer: takes what has been decided meanwhile, writes it in one transaction, and answers.

use std::sync::Arc;

use greenlane_casework::Place;
use greenlane_engine::Engine;
use greenlane_evaluate::batch::{BatchOptions, Decider, Draws, Encode};
use greenlane_observe::{Stopwatch, figures};
use greenlane_policy::origin::Origins;
use greenlane_store::{
    Added, Addition, Appended, DecisionRecord, Decisions, Entry, RequestKey, StoreError, TimeFault, When,
    record,
};
use greenlane_terms::numbers::{EntryNumber, PackNumber};
use tokio::sync::mpsc;
use tracing::Instrument;

use super::deciding::{self, Decided};
use super::encode::{Encoder, Told};
use super::line::{Line, lines};
use super::lots::LotItem;
use super::{Answer, DeskError, Reply, Setting};
use crate::laws::LawError;

/// Entries of one transaction, about.
const MOST_ENTRIES: usize = 4_096;

/// What has been decided and is to be kept.
pub(super) struct Work {
    pub decided: Decided,
    pub request: Option<RequestKey>,
    pub reply: Reply,
}

pub(super) async fn run(setting: Setting, mut work: mpsc::Receiver<Work>) {
    while let Some(first) = work.recv().await {
        let mut entries = first.decided.records.len();
        let mut batch = vec![first];
        // What came while the last transaction was written goes into this one: nobody waits for company.
        while entries < MOST_ENTRIES {
            let Ok(next) = work.try_recv() else { break };
            entries += next.decided.records.len();
            batch.push(next);
        }
        write(&setting, batch).await;
    }
}

async fn write(setting: &Setting, mut batch: Vec<Work>) {
    let at_us = setting.clock.now_us();
    let decisions: Vec<Decisions> = batch.iter_mut().map(|work| decisions_of(work, at_us)).collect();
    let stopwatch = Stopwatch::start();
    let (calls, entries) = (batch.len(), decisions.iter().map(|one| one.addition.entries.len()).sum());
    let span = tracing::info_span!("commit", calls, entries);
    let appended = setting.store.append_decisions(&decisions, at_us).instrument(span).await;
    figures::committed(calls, entries, stopwatch.seconds(), appended.is_ok());
    match appended {
        Ok(outcomes) => {
            setting.pace.add(entries as u64, at_us);
            for ((work, outcome), one) in batch.into_iter().zip(outcomes).zip(&decisions) {
                answer(setting, work, outcome, &one.addition).await;
            }
        }
        Err(error @ StoreError::Time(TimeFault::AnotherDay { .. })) => {
            setting.epochs.hear(&error);
            batch.into_iter().for_each(|work| drop(work.reply.send(Err(DeskError::DayOver))));
        }
        Err(error) => {
            let error = Arc::new(error);
            for work in batch {
                drop(work.reply.send(Err(DeskError::Store(Arc::clone(&error)))));
            }
        }
    }
}

fn decisions_of(work: &mut Work, at_us: i64) -> Decisions {
    let Decided { records, follow_ups, tasks, lots, matters, epoch, .. } = &mut work.decided;
    let at = |item: &LotItem| {
        let mut place = item.place.clone();
        for alternative in [&mut place.first, &mut place.later] {
            let entries = alternative.entries.iter_mut().chain(&mut alternative.follow_ups);
            entries.for_each(|entry| entry.at_us = at_us);
        }
        place
    };
    let addition = Addition {
        entries: deciding::entries(std::mem::take(records), at_us),
        follow_ups: deciding::entries(std::mem::take(follow_ups), at_us),
        request: work.request.clone(),
        when: epoch.map_or(When::Any, When::On),
    };
    Decisions {
        addition,
        tasks: std::mem::take(tasks),
        lots: lots.iter().map(at).collect(),
        matters: std::mem::take(matters),
    }
}

async fn answer(setting: &Setting, mut work: Work, outcome: Appended, addition: &Addition) {
    let answered = match outcome {
        Appended::Added { added: Added::New { first }, places } => {
            in_places(&mut work.decided, places);
            Ok(Answer { first_entry: Some(first), ..work.decided.answer })
        }
        Appended::Added { added: Added::Refused, .. } => Err(DeskError::KeyUsedOtherwise),
        Appended::Elsewhere { at } => {
            let matter = addition.entries.get(at).map(|entry| entry.subject.clone());
            Err(DeskError::Elsewhere(matter.unwrap_or_default()))
        }
        Appended::Added { added: Added::Before { first, entries }, .. } => {
            let again = repeated(setting, (first, entries), work.decided.told).await;
            again.map(|(decisions, sources)| Answer {
                decisions,
                sources,
                first_entry: Some(first),
                repeated: true,
                ..work.decided.answer
            })
        }
    };
    // Whoever asked may have gone; the decisions stay in the log.
    drop(work.reply.send(answered));
}

/// Answers each goods item with its decision for its place in the lot.
fn in_places(decided: &mut Decided, places: Vec<Place>) {
    for (item, place) in decided.lots.drain(..).zip(places) {
        let [first, later] = item.lines;
        if let Some(decision) = decided.answer.decisions.get_mut(item.place.at) {
            *decision = if place == Place::First { first } else { later };
        }
    }
}

/// The decisions of entries of the log, made again from their facts by the pack that decided them.
async fn repeated(
    setting: &Setting,
    (first, count): (u64, u64),
    told: Told,
) -> Result<(Vec<Line>, Vec<Arc<str>>), DeskError> {
    let store = |error| DeskError::Store(Arc::new(error));
    let entries = setting.store.entries(first, count).await.map_err(store)?;
    let pack = entries.first().and_then(|(_, entry)| record::pack_of(&entry.body));
    let unreadable = || DeskError::Failed(format!("entry {first} is no decision"));
    let law = setting.laws.get(pack.ok_or_else(unreadable)?).await;
    let law = law.map_err(|error| match error {
        LawError::Store(error) => store(error),
        other => DeskError::Failed(other.to_string()),
    })?;
    decide_again(&law.engine, law.number, &setting.draws, &entries, told)
}

/// Decisions of entries as JSON and where their facts come from, made again from their facts by the pack that decided them.
pub fn decide_again(
    engine: &Engine,
    pack: PackNumber,
    draws: &Draws,
    entries: &[(EntryNumber, Entry)],
    told: Told,
) -> Result<(Vec<Line>, Vec<Arc<str>>), DeskError> {
    let options = BatchOptions { draws: Some(draws.clone()), ..BatchOptions::default() };
    let mut decider = Decider::new(engine, &options);
    let mut encoder = Encoder::new(engine, pack)?;
    encoder.tell(told);
    for (number, entry) in entries {
        let record = DecisionRecord::decode(&entry.body, &entry.subject, &engine.pack);
        let unreadable =
            || DeskError::Failed(format!("entry {number} cannot be read as a decision of pack {pack}"));
        let record = record.ok_or_else(unreadable)?;
        decider.draw_as(record.format.epoch(), None);
        encoder.set_origins(Origins::of_row(record.origins));
        decider.decide(&record.facts, &mut encoder)?;
    }
    let encoded = encoder.finish()?;
    Ok((lines(encoded.lines), encoded.sources))
}
