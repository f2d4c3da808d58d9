//! Parts of a decision by themselves: a block, one row, what is needed, the words, a draw.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use greenlane_engine::{Answers, Engine, Program, Row, cases::case_matter, needs::needs};
use greenlane_policy::{
    matters::{Matters, MattersBuilder},
    pack::{Case, Pack},
    units::{Rate, Ratio},
};
use greenlane_selection::{Algorithm, Drawer, MasterKey, Stage};

fn engine() -> Engine {
    Engine::new(Pack::embedded().expect("the built-in pack is checked by its tests"))
}

fn cases(pack: &Pack) -> impl Iterator<Item = &Case> {
    pack.deciding().flat_map(|law| &law.cases)
}

/// A block of matters: the pack's own cases, over and over.
fn block(pack: &Pack) -> Matters {
    let mut builder = MattersBuilder::new(&pack.facts);
    for case in cases(pack).cycle().take(Program::BLOCK) {
        case.given.iter().for_each(|(column, value)| builder.set(*column, value));
        builder.end_row();
    }
    builder.finish()
}

fn decide(criterion: &mut Criterion) {
    let engine = engine();
    let (block, mut answers) = (block(&engine.pack), Answers::default());
    let one = case_matter(&engine.pack, cases(&engine.pack).next().expect("the pack has cases"));
    let mut group = criterion.benchmark_group("decide");
    group.throughput(Throughput::Elements(Program::BLOCK as u64));
    group.bench_function("a block of cases", |bencher| {
        bencher.iter(|| engine.program.decide(black_box(&block), 0..Program::BLOCK, &mut answers));
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("one matter", |bencher| {
        bencher.iter(|| engine.program.decide(black_box(&one), 0..1, &mut answers));
    });
    group.finish();
}

fn words(criterion: &mut Criterion) {
    let engine = engine();
    let mut answers = Answers::default();
    let law = engine.pack.measure("7").expect("the pack has article 7");
    let matters = case_matter(&engine.pack, &law.cases[0]);
    let row = Row { pack: &engine.pack, matters: &matters, row: 0 };
    criterion.bench_function("facts needed for a guarantee waiver", |bencher| {
        bencher.iter(|| needs(black_box(&row), law, &law.versions[0]));
    });
    engine.program.decide(&matters, 0..1, &mut answers);
    criterion.bench_function("explain one matter", |bencher| {
        bencher.iter(|| engine.decided(black_box(&matters), 0, &answers, 0).explain("en"));
    });
}

fn draw(criterion: &mut Criterion) {
    let engine = engine();
    let key = MasterKey::new([7; 32]).epoch_key(Algorithm::HmacSha256, "2025-11-24".parse().expect("a day"));
    let drawer = Drawer::new(&key, &engine.pack.hash, Stage::Inspection);
    let rate = Rate::from_ratio(Ratio(244)).expect("a rate");
    criterion.bench_function("draw one matter", |bencher| {
        bencher.iter(|| drawer.draw(black_box("530120250000000001")).selects(rate));
    });
}

criterion_group!(parts, decide, words, draw);
criterion_main!(parts);
