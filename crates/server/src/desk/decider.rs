//! One thread that decides: text to facts, facts to decisions, decisions to JSON and records.

use std::panic::{AssertUnwindSafe, catch_unwind};

use greenlane_evaluate::batch::{BatchError, BatchOptions, Decider, Encode};
use greenlane_intake::{Intake, Reject};
use tokio::sync::mpsc;

use super::encode::Encoder;
use super::writer::Work;
use super::{Answer, Call, DeskError, Format, Question, Setting};
use crate::clock::today;

/// Matters of one call at most.
const MOST_MATTERS: usize = 10_000;

pub(super) fn run(setting: &Setting, mut calls: mpsc::Receiver<Call>, writer: &mpsc::Sender<Work>) {
    let options = BatchOptions { draws: Some(setting.draws.clone()), ..BatchOptions::default() };
    let mut intake = Intake::new(&setting.engine.pack);
    let mut decider = Decider::new(&setting.engine, &options);
    while let Some(Call { mut question, reply }) = calls.blocking_recv() {
        intake.set_default_day(Some(today()));
        let decided =
            catch_unwind(AssertUnwindSafe(|| decide(setting, &intake, &mut decider, &mut question)));
        let decided = decided.unwrap_or_else(|_| {
            decider = Decider::new(&setting.engine, &options);
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
}

type Decided = (Answer, Vec<(String, Vec<u8>)>);

fn decide(
    setting: &Setting,
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
    let mut encoder = Encoder::new(&setting.engine, setting.pack).map_err(failed)?;
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
