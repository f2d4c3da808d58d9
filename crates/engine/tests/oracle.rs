//! A million pairs of a random condition and random facts: the engine and the oracle agree on every one.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "oracle/mod.rs"]
mod oracle;

use greenlane_engine::{Answers, ConditionId, Program, Truth};
use greenlane_policy::condition::read_condition;
use greenlane_policy::load::PackFiles;
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::{Pack, Verdict};
use oracle::compare::{BLOCKS, Tally, Trial, all_texts};
use oracle::law::Law;
use oracle::matters::{FactsOfRow, matters, rows, spoiled};
use oracle::misreading::{MISREADINGS, Misreading};
use oracle::packs::law;
use oracle::random::Dice;
use oracle::{calendar, fuzz, toml};

/// Runs packs from `first` with their matters until so many pairs are compared.
fn run(first: u64, pairs: usize, wrong: Option<Misreading>) -> Tally {
    let (mut tally, mut answers) = (Tally::default(), Answers::default());
    for seed in first.. {
        let mut dice = Dice::new(seed);
        let law = law(&mut dice);
        // Most packs see few rows, so that there are many packs; some see more than a block.
        let count = if seed % 40 == 0 { 2_100 } else { 60 + dice.below(120) };
        let rows: Vec<FactsOfRow> = rows(&law, count, &mut dice);
        let agreed = tally.differences == 0;
        let mut trial = Trial::new(&law, &rows, wrong);
        if dice.percent(50) {
            trial.matters = spoiled(&trial.pack, &trial.matters, &mut dice);
        }
        trial.run(&mut dice, &mut answers, &mut tally);
        if agreed && tally.differences > 0 {
            tally.first = tally.first.take().map(|first| format!("pack {seed}: {first}"));
        }
        if tally.pairs >= pairs {
            break;
        }
    }
    tally
}

/// More pairs for a night: `ORACLE_PAIRS=100000000 ORACLE_FIRST=1000000`.
fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn a_million_conditions_over_facts_mean_what_kleene_says() {
    let started = std::time::Instant::now();
    let tally = run(asked("ORACLE_FIRST", 0), asked("ORACLE_PAIRS", 1_000_000) as usize, None);
    println!("{tally:#?}\nin {:?}", started.elapsed());
    assert_eq!(tally.differences, 0, "{}", tally.first.unwrap_or_default());
    assert!(tally.pairs >= 1_000_000);
    for part in [tally.truths, tally.falses, tally.unknowns] {
        assert!(part * 10 >= tally.pairs);
    }
    for part in [tally.granted, tally.refused, tally.undetermined] {
        assert!(part * 50 >= tally.verdicts);
    }
}

#[test]
fn an_oracle_that_misreads_the_law_is_found_out() {
    assert_eq!(run(0, 60_000, None).differences, 0);
    for wrong in MISREADINGS {
        let tally = run(0, 60_000, Some(wrong));
        println!("{wrong:?}: {} differences in {} pairs", tally.differences, tally.pairs);
        assert!(tally.differences > 0, "{wrong:?} was not found out");
    }
}

type Answered = (Vec<Truth>, Vec<Verdict>);

/// What becomes of each row, in the order of `matters`.
fn answers_of(program: &Program, matters: &Matters, size: usize) -> Vec<Answered> {
    let mut answers = Answers::default();
    let mut all = Vec::new();
    for start in (0..matters.rows()).step_by(size) {
        program.decide(matters, start..start + size, &mut answers);
        all.extend((0..answers.rows()).map(|row| {
            let truths = (0..program.conditions().len()).map(|at| answers.condition(ConditionId(at), row));
            let verdicts = (0..program.measures().len()).map(|at| answers.verdict(at, row));
            (truths.collect(), verdicts.collect())
        }));
    }
    all
}

#[test]
fn the_answer_for_a_matter_does_not_depend_on_its_neighbours() {
    for seed in 0..40 {
        let mut dice = Dice::new(seed);
        let law: Law = law(&mut dice);
        let rows = rows(&law, 300, &mut dice);
        let pack = Pack::load(&toml::files(&law)).unwrap();
        let program = Program::compile(&pack);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let plain = answers_of(&program, &matters(&pack, &law, &rows, &order), 1024);
        for size in BLOCKS {
            dice.shuffle(&mut order);
            let shuffled = answers_of(&program, &matters(&pack, &law, &rows, &order), size);
            for (answered, row) in shuffled.iter().zip(&order) {
                assert_eq!(answered, &plain[*row], "pack {seed}, row {row}, blocks of {size}");
            }
        }
        for row in 0..rows.len() {
            let alone = answers_of(&program, &matters(&pack, &law, &rows, &[row]), 1);
            assert_eq!(alone, plain[row..=row], "pack {seed}, row {row} by itself");
        }
    }
}

#[test]
fn the_oracle_s_own_calendar_counts_every_day_once() {
    let mut expected = (1900, 0, 1);
    for day in -25_567..=84_005 {
        assert_eq!(calendar::civil(day), expected);
        assert_eq!(calendar::day(expected.0, expected.1, expected.2), day);
        let (year, month, of_month) = expected;
        expected = match () {
            () if of_month < calendar::days_in_month(year, month) => (year, month, of_month + 1),
            () if month < 11 => (year, month + 1, 1),
            () => (year + 1, 0, 1),
        };
    }
    assert_eq!((calendar::text(0), calendar::text(84_005)), ("1970-01-01".into(), "2199-12-31".into()));
}

#[test]
fn any_text_is_a_condition_or_a_problem_with_its_place() {
    let (mut valid, mut refused) = (0, 0);
    for seed in 0..30 {
        let mut dice = Dice::new(seed);
        let law = law(&mut dice);
        let files = toml::files(&law);
        let pack = Pack::load(&files).unwrap();
        let parameters = fuzz::parameters(&pack);
        let texts = all_texts(&law);
        for _ in 0..2_000 {
            let text = if dice.percent(40) {
                fuzz::noise(&mut dice)
            } else {
                fuzz::slip(dice.pick(&texts), &mut dice)
            };
            let read = std::panic::catch_unwind(|| read_condition(&text, &fuzz::names(&pack, &parameters)));
            match read.unwrap_or_else(|_| panic!("the checker panics at {text:?}")) {
                Ok(_) => valid += 1,
                Err(faults) => {
                    refused += 1;
                    assert!(!faults.is_empty(), "refused without a fault: {text:?}");
                    for (range, fault) in faults {
                        assert!(text.get(range.clone()).is_some(), "{range:?} of {text:?}: {fault}");
                    }
                }
            }
            if dice.percent(5) {
                in_a_pack(&files, &text, &mut dice);
            }
        }
    }
    println!("{valid} conditions, {refused} refused");
    assert!(valid > 1_000 && refused > 10_000);
}

/// The same text in a file: each problem lies in a line of that file.
fn in_a_pack(files: &PackFiles, text: &str, dice: &mut Dice) {
    let quoted = fuzz::quoted(text, dice);
    let put = |(path, file): (&str, &str)| match file.split_once("c0 = { is = \"") {
        Some((before, after)) if path == "measures/00.toml" => {
            let (_, after) = after.split_once("\", en").unwrap();
            (path.to_owned(), format!("{before}c0 = {{ is = {quoted}, en{after}"))
        }
        _ => (path.to_owned(), file.to_owned()),
    };
    let changed = PackFiles::new(files.iter().map(put).collect());
    let Err(problems) = Pack::load(&changed) else { return };
    assert!(!problems.problems.is_empty());
    for problem in &problems.problems {
        let (line, column) = problem.line_and_column();
        let (_, file) = changed.iter().find(|(path, _)| *path == problem.file()).unwrap();
        let found = file.split('\n').nth(line - 1).unwrap_or_else(|| panic!("no line {line}: {problem}"));
        assert!(column <= found.chars().count() + 1, "{line}:{column} of {found:?}: {problem}");
    }
}
