//! One thread that decides: text to facts, facts to decisions, decisions to JSON and records.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use greenlane_evaluate::batch::{BatchError, BatchOptions, Decider, Encode};
use greenlane_intake::{Intake, Reject};
use tokio::sync::mpsc;

use super::encode::Encoder;
use super::writer::Work;
use super::{Answer, Call, DeskError, Format, Question, Setting};
use crate::clock::today;
use crate::laws::Law;

/// Matters of one call at most.
const MOST_MATTERS: usize = 10_000;

pub(super) fn run(setting: &Setting, mut calls: mpsc::Receiver<Call>, writer: &mpsc::Sender<Work>) {
    let mut next = calls.blocking_recv();
    while let Some(call) = next {
        let law = setting.laws.on(today());
        next = decide_by(&law, setting, call, &mut calls, writer);
    }
}

/// Answers calls as long as a law is in force; gives back the first call that another law has to decide.
fn decide_by(
    law: &Arc<Law>,
    setting: &Setting,
    first: Call,
    calls: &mut mpsc::Receiver<Call>,
    writer: &mpsc::Sender<Work>,
) -> Option<Call> {
    let options = BatchOptions { draws: Some(setting.draws.clone()), ..BatchOptions::default() };
    let mut intake = Intake::new(&law.engine.pack);
    let mut decider = Decider::new(&law.engine, &options);
    let mut next = Some(first);
    while let Some(call) = next.take().or_else(|| calls.blocking_recv()) {
        let day = today();
        if !Arc::ptr_eq(law, &setting.laws.on(day)) {
            return Some(call);
        }
        let Call { mut question, reply } = call;
        intake.set_default_day(Some(day));
        let decided = catch_unwind(AssertUnwindSafe(|| decide(law, &intake, &mut decider, &mut question)));
        let decided = decided.unwrap_or_else(|_| {
            decider = Decider::new(&law.engine, &options);
            Err(DeskError::Failed("a decision could not be made; the server has noted why".to_owned()))
        });
        match decided {
            Err(error) => drop(reply.send(Err(error))),
            Ok((answer, records)) if question.dry_run || records.is_empty() => drop(reply.send(Ok(answer))),
            Ok((answer, records)) => {
                let work = Work { answer, records, request: question.request, reply };
                if let Err(refused) = writer.blocking_send(work) {
                    drop(refused.0.reply.send(Err(DeskError::Stopping)));
                }
            }
        }
    }
    None
}

type Decided = (Answer, Vec<(String, Vec<u8>)>);

fn decide(
    law: &Law,
    intake: &Intake<'_>,
    decider: &mut Decider<'_>,
    question: &mut Question,
) -> Result<Decided, DeskError> {
    let text = std::mem::take(&mut question.text);
    let batch = match question.format {
        Format::Ndjson => intake.read_ndjson("request", text),
        Format::Xml => intake.read_xml("request", text),
    };
    let batch = batch.map_err(|error| DeskError::Unreadable(error.to_string()))?;
    let rows = batch.matters.rows();
    if rows > MOST_MATTERS {
        return Err(DeskError::TooMany { rows, most: MOST_MATTERS });
    }
    let failed = |error: BatchError| DeskError::Failed(error.to_string());
    let mut encoder = Encoder::new(&law.engine, law.number).map_err(failed)?;
    decider.decide(&batch.matters, &mut encoder).map_err(failed)?;
    let encoded = encoder.finish().map_err(failed)?;
    let decisions = lines(&encoded.lines)?;
    let rejects: Vec<Reject> = batch.rejects;
    Ok((Answer { decisions, rejects, ..Answer::default() }, encoded.records))
}

/// JSON has no line break inside, so each line is one decision.
pub(super) fn lines(ndjson: &[u8]) -> Result<Vec<String>, DeskError> {
    let text = std::str::from_utf8(ndjson).map_err(|error| DeskError::Failed(error.to_string()))?;
    Ok(text.lines().map(str::to_owned).collect())
}
