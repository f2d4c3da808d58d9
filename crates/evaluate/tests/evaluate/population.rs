//! The population is what it says: seeded, calibrated, valid, and readable by intake without a reject.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_evaluate::batch::{Discard, Summary, decide};
use greenlane_evaluate::population::calibration::{AEO_FIRMS, AEO_TRADE, RATE_RATIO, figures};
use greenlane_evaluate::population::{FileFormat, Parties, Population, PopulationOptions, matters};
use greenlane_intake::identifiers::{CustomsCode, DeclarationNumber, Uscc};
use greenlane_intake::{Intake, Registry};
use greenlane_policy::matters::Matters;

use crate::support::*;

fn file(population: &Population, format: FileFormat, parties: Parties, threads: usize) -> Vec<u8> {
    let mut out = Vec::new();
    assert_eq!(population.write_declarations(&mut out, format, parties, threads).unwrap(), population.rows());
    out
}

fn registry(population: &Population) -> String {
    let mut out = Vec::new();
    population.write_registry(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn one_seed_gives_the_same_bytes_and_another_seed_others() {
    let seeded = |seed| Population::new(engine(), PopulationOptions { seed, declarations: 400, ..options() });
    let (one, again, other) = (seeded(1), seeded(1), seeded(2));
    assert_eq!(registry(&one), registry(&again));
    assert_ne!(registry(&one), registry(&other));
    for format in [FileFormat::Csv, FileFormat::Ndjson, FileFormat::Parquet] {
        for parties in [Parties::Joined, Parties::IdsOnly] {
            assert!(file(&one, format, parties, 1) == file(&again, format, parties, 3), "{format:?}");
            assert!(file(&one, format, parties, 1) != file(&other, format, parties, 1), "{format:?}");
        }
    }
}

#[test]
fn a_row_does_not_depend_on_the_range_it_is_made_in() {
    let all = matters(engine(), &options(), 0..10_000);
    let some = matters(engine(), &options(), 3_000..3_100);
    for (column, row) in
        (0..engine().pack.facts.columns.len()).flat_map(|column| (0..100).map(move |row| (column, row)))
    {
        let column = greenlane_policy::facts::ColumnId(u16::try_from(column).unwrap());
        assert_eq!(all.value(column, row + 3_000), some.value(column, row));
        assert_eq!(all.text(column, row + 3_000), some.text(column, row));
    }
}

#[test]
fn the_published_figures_come_out() {
    let large = PopulationOptions {
        enterprises: 300_000,
        declarations: 1_000_000,
        items_per_declaration: 0,
        first_day: day("2024-04-06"),
        last_day: day("2025-12-31"),
        ..options()
    };
    for seed in [1, 2] {
        let population = Population::new(engine(), PopulationOptions { seed, ..large.clone() });
        let figures = figures(engine(), &population).unwrap();
        println!("{figures:?}");
        assert!((figures.aeo_firms - AEO_FIRMS).abs() < 0.000_05, "{figures:?}");
        assert!((figures.aeo_trade - AEO_TRADE).abs() < 0.005, "{figures:?}");
        assert!((figures.rate_ratio - RATE_RATIO).abs() < 0.010, "{figures:?}");
    }
}

#[test]
fn identifiers_are_valid() {
    let text = registry(population());
    let mut codes = BTreeSet::new();
    let mut enterprises = BTreeSet::new();
    for row in text.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        fields[0].parse::<CustomsCode>().unwrap();
        fields[1].parse::<Uscc>().unwrap();
        codes.insert(fields[0]);
        enterprises.insert(fields[1]);
    }
    assert_eq!((codes.len(), enterprises.len()), (2_000, 2_000));
    let all = matters(engine(), &options(), 0..population().rows());
    let core = engine().pack.core;
    let mut ids = BTreeSet::new();
    for row in 0..all.rows() {
        let id = all.text(core.matter_id, row).unwrap();
        assert!(ids.insert(id), "{id} occurs twice");
        if !id.starts_with("AP") {
            let number: DeclarationNumber = id[..18].parse().unwrap();
            assert_eq!(i64::from(number.office()), all.value(core.office, row).unwrap());
            let day = all.value(core.decided_on, row).unwrap();
            assert_eq!(
                number.year(),
                greenlane_terms::calendar::Day(i32::try_from(day).unwrap()).year() as u16
            );
        }
    }
}

/// What intake makes of a file, all rejects refused.
fn read_back(name: &str, bytes: &[u8], registry: Option<&str>) -> (Vec<Matters>, Summary) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut intake = Intake::new(&engine().pack);
    if let Some(text) = registry {
        let path = folder.path().join("registry.csv");
        std::fs::write(&path, text).unwrap();
        let registry = Registry::read(&path, &engine().pack).unwrap();
        assert_eq!((registry.rejects(), registry.len()), (&[][..], 2_000));
        intake = intake.with_registry(registry);
    }
    let batches: Vec<_> = intake.read(&[&path]).unwrap().map(Result::unwrap).collect();
    for batch in &batches {
        assert_eq!(batch.rejects, []);
    }
    let summary = decide(engine(), intake.read(&[&path]).unwrap(), Discard, &drawing(), &mut ()).unwrap();
    (batches.into_iter().map(|batch| batch.matters).collect(), summary)
}

#[test]
fn intake_reads_every_format_without_a_reject_and_decides_alike() {
    let text = registry(population());
    let mut expected = decide(engine(), source(population()), Discard, &drawing(), &mut ()).unwrap();
    expected.elapsed = std::time::Duration::ZERO;
    for (format, name) in
        [(FileFormat::Csv, "a.csv"), (FileFormat::Ndjson, "a.ndjson"), (FileFormat::Parquet, "a.parquet")]
    {
        for parties in [Parties::Joined, Parties::IdsOnly] {
            let bytes = file(population(), format, parties, 2);
            let registry = (parties == Parties::IdsOnly).then_some(text.as_str());
            let (_, mut found) = read_back(name, &bytes, registry);
            assert_eq!(found.not_in_registry > 0, parties == Parties::IdsOnly);
            found.elapsed = std::time::Duration::ZERO;
            (found.bytes_read, found.not_in_registry) = (0, 0);
            assert_eq!(found, expected, "{name} {parties:?}");
        }
    }
}

#[test]
fn every_kind_of_matter_and_every_level_occurs_in_its_time() {
    let large = PopulationOptions {
        declarations: 12_000,
        items_per_declaration: 0,
        first_day: day("2025-10-01"),
        ..options()
    };
    let all = matters(engine(), &large, 0..u64::MAX);
    let facts = &engine().pack.facts;
    let level = facts.column("consignee_consignor_level").unwrap();
    let (mut kinds, mut levels) = (BTreeMap::new(), BTreeMap::new());
    for row in 0..all.rows() {
        *kinds.entry(all.value(engine().pack.core.matter, row).unwrap()).or_insert(0) += 1;
        let is_new = all.value(engine().pack.core.decided_on, row).unwrap() >= i64::from(day("2026-04-01").0);
        if let Some(code) = all.value(level, row) {
            *levels.entry((facts.write(level, code), is_new)).or_insert(0) += 1;
        }
    }
    let list = facts.code_list_named("matter").unwrap();
    assert_eq!(kinds.len(), facts.code_list(list).codes.len(), "{kinds:?}");
    for name in ["advanced", "regular", "dishonest"] {
        assert!(levels.contains_key(&(name.to_owned(), false)), "{levels:?}");
    }
    for name in ["certified", "seriously_dishonest"] {
        assert!(!levels.contains_key(&(name.to_owned(), false)), "{levels:?}");
    }
    assert!(levels.contains_key(&("certified".to_owned(), true)), "{levels:?}");
}

#[test]
fn a_lot_has_exactly_one_first_declaration() {
    for population in [population(), &singles()] {
        let all = population.matters(0..population.rows(), Parties::Joined);
        let column = |name| engine().pack.facts.column(name).unwrap();
        let mut lots: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for row in 0..all.rows() {
            if let Some(lot) = all.text(column("lot_id"), row) {
                lots.entry(lot).or_default().push(all.value(column("lot_first"), row).unwrap());
            }
        }
        assert!(lots.len() >= 6 && lots.values().any(|lot| lot.len() == 4));
        assert!(lots.values().all(|lot| lot.iter().sum::<i64>() == 1), "{lots:?}");
    }
}

#[test]
fn nearly_every_measure_is_granted_and_refused_somewhere() {
    let large = PopulationOptions {
        enterprises: 20_000,
        declarations: 800_000,
        items_per_declaration: 0,
        ..options()
    };
    let population = Population::new(engine(), large);
    let summary =
        decide(engine(), population.batches(Parties::Joined, 10_000), Discard, &drawing(), &mut ()).unwrap();
    let never: Vec<&str> = summary
        .measures
        .iter()
        .filter(|measure| measure.granted == 0)
        .map(|measure| measure.id.as_str())
        .collect();
    println!("{never:?}");
    // One AEO in thirty holds the licences, and one application in sixteen is about mice.
    assert_eq!(never, ["3d-certificate"]);
    assert!(summary.measures.iter().filter(|measure| measure.undetermined > 0).count() > 15);
}
