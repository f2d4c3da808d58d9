//! The thread that tries matters: dry runs, a few matters of each at a time, behind every decision that is to be kept.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use greenlane_intake::{Position, Reject};
use greenlane_observe::Stopwatch;
use greenlane_terms::Clock;
use greenlane_terms::calendar::Day;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::decider::{LawAtDesk, Tools, law_by_law, note, panicked, read};
use super::writer::Work;
use super::{Answer, Call, DeskError, Format, Question, Reply, Setting};

/// Dry runs under way at once; others wait.
const MOST_TRIALS: usize = 64;

/// Matters of one turn, fewest and most; how many it is depends on how long they take.
const FEWEST: usize = 4;
const MOST: usize = 256;

/// A turn that takes longer than this, in microseconds, is followed by smaller ones; one of half of it by larger ones.
const TURN_US: u64 = 2_000;

pub(super) fn run(
    setting: &Setting,
    runtime: &Handle,
    calls: mpsc::Receiver<Call>,
    writer: &mpsc::Sender<Work>,
) {
    law_by_law(setting, runtime, calls, writer, try_calls);
}

/// Tries calls in turns as long as the law is in force; gives back the first call that another law has to decide.
fn try_calls<'d>(desk: &LawAtDesk<'d>, first: Call, calls: &mut mpsc::Receiver<Call>) -> Option<Call> {
    let mut tools = Tools::new(desk.law, desk.setting);
    let mut under_way = VecDeque::from([Trial::of(first, &desk.setting.clock)]);
    let mut turn = FEWEST;
    loop {
        if under_way.is_empty() {
            let call = calls.blocking_recv()?;
            if !desk.is_in_force() {
                return Some(call);
            }
            under_way.push_back(Trial::of(call, &desk.setting.clock));
        }
        // No call is tried by two laws: those that come after a change wait until the others have ended.
        while under_way.len() < MOST_TRIALS && desk.is_in_force() {
            let Ok(call) = calls.try_recv() else { break };
            under_way.push_back(Trial::of(call, &desk.setting.clock));
        }
        let Some(mut trial) = under_way.pop_front() else { continue };
        if trial.reply.is_closed() {
            continue;
        }
        desk.setting.shares.priority.give_way();
        let stopwatch = Stopwatch::start();
        let step = catch_unwind(AssertUnwindSafe(|| trial.step(desk, &mut tools, turn)));
        turn = next_turn(turn, stopwatch.microseconds());
        match step.unwrap_or_else(|_| Err(panicked())) {
            Ok(true) => under_way.push_back(trial),
            Ok(false) => drop(trial.reply.send(Ok(trial.answer))),
            Err(error) => {
                if let DeskError::Failed(_) = error {
                    // Whatever they keep may be half done.
                    tools.forget();
                }
                drop(trial.reply.send(Err(error)));
            }
        }
    }
}

fn next_turn(turn: usize, took_us: u64) -> usize {
    match took_us {
        ..=999 => (turn * 2).min(MOST),
        1_000..=TURN_US => turn,
        _ => (turn / 2).max(FEWEST),
    }
}

/// A dry run under way.
struct Trial {
    question: Question,
    /// What has not been tried yet begins here in `text`.
    at: usize,
    text: Bytes,
    /// Lines before it.
    lines: u64,
    /// The day on which it came.
    day: Day,
    answer: Answer,
    reply: Reply,
    span: tracing::Span,
}

impl Trial {
    fn of(Call { mut question, reply, span, .. }: Call, clock: &Clock) -> Trial {
        let text = std::mem::take(&mut question.text);
        Trial { question, at: 0, text, lines: 0, day: clock.today(), answer: Answer::default(), reply, span }
    }

    /// Tries the next few matters; whether there are more.
    fn step<'d>(
        &mut self,
        desk: &LawAtDesk<'d>,
        tools: &mut Tools<'d>,
        turn: usize,
    ) -> Result<bool, DeskError> {
        let span = self.span.clone();
        let _inside = span.enter();
        let (end, lines) = match self.question.format {
            Format::Xml => (self.text.len(), 0),
            Format::Ndjson => self.next_lines(turn),
        };
        self.question.text = self.text.slice(self.at..end);
        tools.set_day(self.day);
        let origin = tools.origin(&self.question);
        let unfilled = read(tools, &mut self.question, origin)?;
        let most = desk.setting.shares.dry_run_limit;
        if unfilled.matters() > most {
            return Err(DeskError::TooMany { rows: unfilled.matters(), most });
        }
        let known = desk.look_up(std::iter::once(&unfilled), self.question.as_of);
        let known = known.map_err(|error| DeskError::Store(Arc::new(error)))?;
        let decided = desk.decide(tools, &self.question, origin, unfilled, &known)?;
        note(&span, &decided.answer, &decided.records, true);
        self.answer.decisions.extend(decided.answer.decisions);
        self.answer.sources.extend(decided.answer.sources);
        let lines_before = self.lines;
        self.answer
            .rejects
            .extend(decided.answer.rejects.into_iter().map(|reject| later(reject, lines_before)));
        (self.at, self.lines) = (end, self.lines + lines);
        Ok(self.at < self.text.len())
    }

    /// Where the next so many lines end, and how many they are.
    fn next_lines(&self, turn: usize) -> (usize, u64) {
        let ends = self.text[self.at..].iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        match ends.take(turn).enumerate().last() {
            Some((before, (at, _))) if before + 1 == turn => (self.at + at + 1, turn as u64),
            _ => (self.text.len(), 0),
        }
    }
}

/// A reject of a line that stands behind others.
fn later(reject: Reject, lines: u64) -> Reject {
    match reject.position {
        Position::Line { line } => Reject { position: Position::Line { line: line + lines }, ..reject },
        _ => reject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_grow_while_they_are_short_and_shrink_when_they_are_long() {
        assert_eq!([next_turn(4, 10), next_turn(256, 10), next_turn(64, 1_500)], [8, 256, 64]);
        assert_eq!([next_turn(64, 9_000), next_turn(4, 9_000)], [32, 4]);
    }
}
