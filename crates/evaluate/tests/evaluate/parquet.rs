//! Parquet holds what the engine says, for readers that know nothing of Greenlane.

use std::collections::HashMap;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, UInt64Type};
use greenlane_engine::{Answers, ConditionId, Truth};
use greenlane_evaluate::batch::{BatchOptions, column_names};
use greenlane_evaluate::population::{Parties, Population};
use greenlane_selection::Draw;
use greenlane_terms::RateStage;

use crate::support::*;

struct File {
    batch: RecordBatch,
    metadata: HashMap<String, String>,
}

fn read(bytes: Vec<u8>) -> File {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    let metadata = builder.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let metadata = metadata.into_iter().filter_map(|pair| Some((pair.key, pair.value?))).collect();
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> =
        builder.with_batch_size(4_096).build().unwrap().map(Result::unwrap).collect();
    File { batch: concat_batches(&schema, &batches).unwrap(), metadata }
}

impl File {
    fn text(&self, column: &str, row: usize) -> Option<String> {
        let array = cast(self.batch.column_by_name(column).unwrap(), &DataType::Utf8).unwrap();
        let array = array.as_string::<i32>();
        array.is_valid(row).then(|| array.value(row).to_owned())
    }

    fn flag(&self, column: &str, row: usize) -> Option<bool> {
        let array = self.batch.column_by_name(column).unwrap().as_boolean();
        array.is_valid(row).then(|| array.value(row))
    }
}

fn check(population: &Population, options: &BatchOptions) {
    let file = read(parquet(source(population), options));
    let (measures, conditions) = column_names(engine());
    assert_eq!(file.batch.num_rows() as u64, population.rows());
    let days = file.batch.column_by_name("decided_on").unwrap().as_primitive::<Date32Type>().clone();
    let texts = |name: &str| cast(file.batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    let columns: Vec<_> = measures.iter().map(|name| texts(name)).collect();
    let (ids, matters_column) = (texts("matter_id"), texts("matter"));
    let mut at = 0;
    let matters = population.matters(0..population.rows(), Parties::Joined);
    let mut answers = Answers::default();
    for start in (0..matters.rows()).step_by(1024) {
        engine().program.decide(&matters, start..start + 1024, &mut answers);
        for row in 0..answers.rows() {
            let decided = engine().decided(&matters, start, &answers, row);
            assert_eq!(ids.as_string::<i32>().value(at), decided.row.matter_id());
            assert_eq!(matters_column.as_string::<i32>().value(at), decided.decision().matter);
            assert_eq!(days.value(at), decided.row.decided_on().unwrap().0);
            for (measure, column) in columns.iter().enumerate() {
                assert_eq!(column.as_string::<i32>().value(at), decided.verdict(measure).name());
            }
            for (condition, name) in conditions.iter().enumerate() {
                let expected = match answers.condition(ConditionId(condition), row) {
                    Truth::True => Some(true),
                    Truth::False => Some(false),
                    Truth::Unknown => None,
                };
                assert_eq!(file.flag(name, at), expected, "{name}");
            }
            at += 1;
        }
    }
}

fn check_rates(population: &Population) {
    let file = read(parquet(source(population), &drawing()));
    let matters = population.matters(0..population.rows(), Parties::Joined);
    let (mut at, mut selections) = (0, 0);
    engine().decide_all(&matters, &mut Answers::default(), |row| {
        for kind in RateStage::ALL {
            let stage = kind.name();
            let column = |name: &str| file.batch.column_by_name(&format!("{stage}_{name}")).unwrap();
            let (rates, draws) =
                (column("rate").as_primitive::<Decimal128Type>(), column("u").as_primitive::<UInt64Type>());
            let Some(outcome) = row.rate(kind) else {
                assert!(rates.is_null(at) && draws.is_null(at) && column("selected").is_null(at));
                continue;
            };
            assert_eq!(rates.data_type(), &DataType::Decimal128(13, 12));
            assert_eq!(rates.value(at), i128::from(outcome.rate.parts()));
            let selected = Draw::from_u64(draws.value(at)).selects(outcome.rate);
            assert_eq!(file.flag(&format!("{stage}_selected"), at), Some(selected));
            if at % 97 == 0 {
                assert_eq!(file.text(&format!("{stage}_decided_by"), at), Some(outcome.decided_by));
            }
            selections += u32::from(selected);
        }
        at += 1;
    });
    assert!(selections > 100);
}

#[test]
fn every_verdict_and_every_condition_is_the_engines() {
    check(population(), &drawing());
    check(&singles(), &BatchOptions { block_size: 7, threads: 3, part_rows: Some(333), ..drawing() });
}

#[test]
fn every_rate_and_every_draw_is_the_engines() {
    check_rates(population());
    check_rates(&singles());
}

#[test]
fn the_file_names_the_pack_that_decided() {
    let file = read(parquet(source(population()), &BatchOptions { draws: None, ..drawing() }));
    assert_eq!(file.metadata["greenlane.pack.id"], engine().pack.id);
    assert_eq!(file.metadata["greenlane.pack.hash"], engine().pack.hash);
    assert_eq!(file.metadata["greenlane.engine.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(file.batch.column_by_name("inspection_u").unwrap().null_count(), file.batch.num_rows());
    assert_eq!(file.batch.column_by_name("inspection_selected").unwrap().null_count(), file.batch.num_rows());
}

#[test]
fn the_file_does_not_depend_on_threads() {
    let one = parquet(source(population()), &BatchOptions { threads: 1, ..drawing() });
    let four = parquet(source(population()), &BatchOptions { threads: 4, ..drawing() });
    assert_eq!(read(one).batch, read(four).batch);
}
