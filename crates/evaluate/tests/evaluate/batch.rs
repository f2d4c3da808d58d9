//! The pipeline, NDJSON, the summary, and what goes wrong.

use std::collections::{BTreeMap, HashMap};

use greenlane_engine::{Answers, Decided};
use greenlane_evaluate::batch::{
    BatchError, BatchOptions, Block, Decider, Discard, Encode, Ndjson, Progress, Sink, Watch, decide,
};
use greenlane_evaluate::population::{FileFormat, Parties};
use greenlane_intake::{Batch, Intake, IntakeError, Reject};
use greenlane_policy::pack::Verdict;
use greenlane_selection::{Algorithm, Drawer, Epoch, MasterKey};
use greenlane_terms::RateStage;
use serde_json::Value;

use crate::support::*;

/// The draw as anybody would make it from the documentation.
fn draw_of(row: &Decided<'_>, kind: RateStage) -> Value {
    let Some(outcome) = row.rate(kind) else { return Value::Null };
    let (stage, epoch) = (kind.stage(), Epoch::new(row.row.decided_on().unwrap().date()));
    let key = MasterKey::new(MASTER).epoch_key(Algorithm::HmacSha256, epoch);
    let draw = Drawer::new(&key, &engine().pack.hash, stage).draw(row.row.matter_id());
    serde_json::json!({
        "stage": stage.name(), "epoch": epoch.to_string(), "algorithm": "hmac-sha256", "u": draw.to_hex(),
        "rate": outcome.rate.to_string(), "selected": draw.selects(outcome.rate),
    })
}

#[test]
fn a_line_is_the_engines_decision_with_its_draws() {
    for population in [population(), &singles()] {
        let (text, summary) = ndjson(source(population), &drawing());
        let mut lines = text.lines();
        let matters = population.matters(0..population.rows(), Parties::Joined);
        let (mut count, mut selected) = (0, [0; 2]);
        engine().decide_all(&matters, &mut Answers::default(), |row| {
            let mut expected = serde_json::to_string(&row.decision()).unwrap();
            assert_eq!(expected.pop(), Some('}'));
            let draws = RateStage::ALL.map(|kind| draw_of(&row, kind));
            expected.push_str(&format!(",\"draw\":{},\"sampling_draw\":{}}}", draws[0], draws[1]));
            assert_eq!(lines.next().unwrap(), expected);
            for (selected, draw) in selected.iter_mut().zip(&draws) {
                *selected += u64::from(draw["selected"] == true);
            }
            count += 1;
        });
        assert_eq!((lines.next(), count), (None, population.rows()));
        assert_eq!((summary.rows_decided, summary.rows_read, summary.rows_rejected), (count, count, 0));
        assert_eq!([summary.selected_for_inspection, summary.selected_for_sampling], selected);
        assert!(selected[0] > 0 && selected[1] > 0, "{selected:?}");
    }
}

#[test]
fn a_line_that_withholds_is_the_same_but_for_rates_and_draws() {
    let matters = population().matters(0..200, Parties::Joined);
    let lines = |withhold| {
        let mut encoder = Ndjson::new(Vec::new(), engine()).unwrap().encoder();
        encoder.withhold(withhold);
        Decider::new(engine(), &drawing()).decide(&matters, &mut encoder).unwrap();
        String::from_utf8(encoder.finish().unwrap()).unwrap()
    };
    let (told, withheld) = (lines(false), lines(true));
    assert!(told.contains("\"selected\":true"));
    assert_eq!(told.lines().count(), 200);
    for (told, withheld) in told.lines().zip(withheld.lines()) {
        let (same, _) = told.rsplit_once("],\"inspection\":").unwrap();
        let nothing = "],\"inspection\":null,\"sampling\":null,\"draw\":null,\"sampling_draw\":null}";
        assert_eq!(withheld, format!("{same}{nothing}"));
    }
    assert_eq!(withheld.lines().count(), 200);
}

#[test]
fn decisions_do_not_depend_on_block_size_threads_or_parts() {
    let (expected, mut summary) = ndjson(source(population()), &drawing());
    summary.elapsed = std::time::Duration::ZERO;
    for (block_size, threads, part_rows) in
        [(1, 1, 1), (7, 2, 100), (1024, 5, 64), (1024, 1, 1_000_000), (7, 3, 1)]
    {
        let options = BatchOptions { block_size, threads, part_rows: Some(part_rows), ..drawing() };
        let (text, mut other) = ndjson(source(population()), &options);
        other.elapsed = std::time::Duration::ZERO;
        assert!(text == expected, "block {block_size}, {threads} threads, parts of {part_rows}");
        assert_eq!(other, summary);
    }
}

#[test]
fn decisions_do_not_depend_on_the_order_of_the_input() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = Vec::new();
    population().write_declarations(&mut csv, FileFormat::Csv, Parties::Joined, 2).unwrap();
    let text = String::from_utf8(csv).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let mut shuffled: Vec<&str> = rows.lines().collect();
    shuffled.sort_by_key(|row| {
        row.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)))
    });
    let decided = |name: &str, rows: &[&str]| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
        let intake = Intake::new(&engine().pack);
        let (text, _) = ndjson(Box::new(intake.read(&[path]).unwrap()), &drawing());
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let ordered = decided("a.csv", &rows.lines().collect::<Vec<_>>());
    assert_eq!(ordered.len() as u64, population().rows());
    assert!(ordered == decided("b.csv", &shuffled));
}

#[test]
fn a_line_is_valid_json_with_its_keys_in_order() {
    let (text, _) = ndjson(source(population()), &BatchOptions { draws: None, ..drawing() });
    let keys = [
        "matter_id",
        "matter",
        "decided_on",
        "pack",
        "measures",
        "effects",
        "inspection",
        "sampling",
        "draw",
        "sampling_draw",
    ];
    for line in text.lines().take(500) {
        let value: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        assert_eq!(value.keys().map(String::as_str).collect::<Vec<_>>(), keys);
        assert_eq!((&value["draw"], &value["sampling_draw"]), (&Value::Null, &Value::Null));
    }
}

/// Holds every rate of a block against the engine's own.
#[derive(Default)]
struct Rates(u64);

impl Sink for Rates {
    type Part = u64;
    type Encoder = Rates;
    fn encoder(&self) -> Rates {
        Rates(0)
    }
    fn part_rows(&self) -> usize {
        500
    }
    fn write(&mut self, part: u64) -> Result<(), BatchError> {
        self.0 += part;
        Ok(())
    }
    fn finish(self) -> Result<(), BatchError> {
        assert!(self.0 > 1_000);
        Ok(())
    }
}

impl Encode for Rates {
    type Part = u64;
    fn block(&mut self, block: &Block<'_>) -> Result<(), BatchError> {
        for at in 0..block.rows() {
            for kind in RateStage::ALL {
                let found = block.stage(kind).class(at).map(|class| block.rates.outcome(class).clone());
                assert_eq!(found, block.row(at).rate(kind));
                self.0 += u64::from(found.is_some());
            }
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<u64, BatchError> {
        Ok(std::mem::take(&mut self.0))
    }
}

#[test]
fn every_rate_is_the_engines_rate() {
    for population in [population(), &singles()] {
        decide(engine(), source(population), Rates::default(), &BatchOptions::default(), &mut ()).unwrap();
    }
}

#[test]
fn the_summary_counts_what_the_decisions_say() {
    let summary = decide(engine(), source(population()), Discard, &drawing(), &mut ()).unwrap();
    let mut verdicts: HashMap<(usize, Verdict), u64> = HashMap::new();
    let mut failed: BTreeMap<usize, BTreeMap<String, u64>> = BTreeMap::new();
    let matters = population().matters(0..population().rows(), Parties::Joined);
    engine().decide_all(&matters, &mut Answers::default(), |row| {
        for measure in 0..row.measures() {
            let verdict = row.verdict(measure);
            *verdicts.entry((measure, verdict)).or_default() += 1;
            if verdict == Verdict::Refused {
                for name in row.failed(measure) {
                    *failed.entry(measure).or_default().entry(name).or_default() += 1;
                }
            }
        }
    });
    for (number, measure) in summary.measures.iter().enumerate() {
        let of = |verdict| verdicts.get(&(number, verdict)).copied().unwrap_or(0);
        assert_eq!(measure.granted, of(Verdict::Granted), "{}", measure.id);
        assert_eq!(measure.refused, of(Verdict::Refused), "{}", measure.id);
        assert_eq!(measure.undetermined, of(Verdict::Undetermined), "{}", measure.id);
        assert_eq!(measure.out_of_scope, of(Verdict::OutOfScope), "{}", measure.id);
        assert_eq!(measure.most_refusing.is_some(), measure.refused > 0);
        let versions = engine().pack.measure(&measure.id).unwrap().versions.len();
        if let (Some(most), 1) = (&measure.most_refusing, versions) {
            assert_eq!(Some(&most.rows), failed[&number].values().max(), "{}", measure.id);
            assert_eq!(failed[&number][&most.name], most.rows);
        }
    }
    let json = serde_json::to_value(&summary).unwrap();
    assert!(json["seconds"].is_f64() && json["measures"].is_array());
}

fn broken() -> IntakeError {
    IntakeError::Empty { file: "b.csv".into(), expected: "a header" }
}

#[test]
fn a_source_that_fails_in_the_middle_is_reported_and_the_rest_is_decided() {
    let mut batches: Vec<Result<Batch, IntakeError>> = source(population()).collect();
    let places = batches.len();
    batches.insert(places / 2, Err(broken()));
    let out = Shared::default();
    let sink = Ndjson::new(out.clone(), engine()).unwrap();
    let error = decide(engine(), batches, sink, &drawing(), &mut ()).unwrap_err();
    assert_eq!(error.to_string(), "b.csv: the file is empty, expected a header");
    let BatchError::Source { errors, summary } = error else { panic!("{error}") };
    assert_eq!((errors.len(), summary.rows_decided), (1, population().rows()));
    assert_eq!(out.take().iter().filter(|byte| **byte == b'\n').count() as u64, population().rows());
}

#[test]
fn a_source_that_only_fails_does_not_run_for_ever() {
    let endless = std::iter::repeat_with(|| Err(broken()));
    let error = decide(engine(), endless, Discard, &drawing(), &mut ()).unwrap_err();
    assert!(error.to_string().contains("(and 99 more)"), "{error}");
}

/// Fails on purpose.
#[derive(Clone, Copy)]
enum Faulty {
    Panics,
    Refuses,
    CannotWrite,
}

impl Sink for Faulty {
    type Part = ();
    type Encoder = Failing;
    fn encoder(&self) -> Failing {
        Failing(*self, 0)
    }
    fn part_rows(&self) -> usize {
        10
    }
    fn write(&mut self, (): ()) -> Result<(), BatchError> {
        match self {
            Faulty::CannotWrite => Err(std::io::Error::other("disk full").into()),
            _ => Ok(()),
        }
    }
    fn finish(self) -> Result<(), BatchError> {
        Ok(())
    }
}

/// With the blocks so far.
struct Failing(Faulty, u32);

impl Encode for Failing {
    type Part = ();
    fn block(&mut self, _: &Block<'_>) -> Result<(), BatchError> {
        self.1 += 1;
        match self.0 {
            Faulty::Panics if self.1 == 3 => panic!("a broken invariant"),
            Faulty::Refuses if self.1 == 3 => Err(std::io::Error::other("no").into()),
            _ => Ok(()),
        }
    }
    fn finish(&mut self) -> Result<(), BatchError> {
        Ok(())
    }
}

#[test]
fn whatever_fails_in_a_thread_comes_back() {
    let check = |sink: Faulty, threads: usize, expected: &str| {
        let options = BatchOptions { threads, part_rows: Some(10), ..BatchOptions::default() };
        let small = population().batches(Parties::Joined, 20);
        let error = decide(engine(), small, sink, &options, &mut ()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    for threads in [1, 4] {
        check(Faulty::Panics, threads, "a thread of the batch panicked: a broken invariant");
        check(Faulty::Refuses, threads, "decisions cannot be written: no");
        check(Faulty::CannotWrite, threads, "decisions cannot be written: disk full");
    }
}

#[derive(Default)]
struct Seen(Vec<Progress>, usize, bool);

impl Watch for Seen {
    fn progress(&mut self, progress: Progress) {
        self.0.push(progress);
    }
    fn rejected(&mut self, rejects: &[Reject]) -> Result<(), IntakeError> {
        self.1 += rejects.len();
        if self.2 { Err(broken()) } else { Ok(()) }
    }
}

#[test]
fn rejected_rows_are_counted_and_handed_to_the_watch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, "matter_id,matter,decided_on\n1,amendment,2024-08-30\n2,imports,2024-08-30\n")
        .unwrap();
    let intake = Intake::new(&engine().pack);
    let mut seen = Seen::default();
    let summary = decide(engine(), intake.read(&[&path]).unwrap(), Discard, &drawing(), &mut seen).unwrap();
    assert_eq!((summary.rows_read, summary.rows_decided, summary.rows_rejected, seen.1), (2, 1, 1, 1));
    assert_eq!(seen.0.last().unwrap().rows, 2);
    let mut refusing = Seen(Vec::new(), 0, true);
    let error =
        decide(engine(), intake.read(&[&path]).unwrap(), Discard, &drawing(), &mut refusing).unwrap_err();
    assert!(error.to_string().starts_with("rejected rows cannot be kept"), "{error}");
}

#[test]
fn nothing_in_nothing_out() {
    let (text, summary) = ndjson(Box::new(std::iter::empty()), &drawing());
    assert_eq!((text.as_str(), summary.rows_decided), ("", 0));
    assert!(!parquet(Box::new(std::iter::empty()), &drawing()).is_empty());
}
