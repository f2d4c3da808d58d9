//! Tests of [`super`].

use ::parquet::arrow::ArrowWriter;
use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray};

use super::*;
use crate::Intake;
use crate::sample::{self, Outcome};

fn written(batch: &RecordBatch) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, path) = sample::file("a.parquet", "");
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    (folder, path)
}

fn read(columns: Vec<(&str, ArrayRef)>) -> Outcome {
    let pack = sample::pack();
    let (_folder, path) = written(
        &RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
        .unwrap(),
    );
    Outcome::of(&Intake::new(&pack), &path)
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn required(rows: usize) -> Vec<(&'static str, ArrayRef)> {
    let ids: Vec<String> = (0..rows).map(|row| row.to_string()).collect();
    vec![
        ("matter_id", Arc::new(StringArray::from(ids)) as ArrayRef),
        ("matter", texts(&vec![Some("amendment"); rows])),
        ("decided_on", Arc::new(Date32Array::from(vec![19_965; rows])) as ArrayRef),
    ]
}

#[test]
fn matters_come_back_from_parquet_as_they_went() {
    let pack = sample::pack();
    let full = [
        ("matter_id", "报关单"),
        ("matter", "amendment"),
        ("decided_on", "2024-02-29"),
        ("unit", "item"),
        ("office", "0101"),
        ("lane", "elevated"),
        ("two_step", "false"),
        ("hs_code", "0201"),
        ("tax_due", "-9999999.99"),
        ("is_food", "false"),
        ("is_cosmetics", "true"),
        ("declarant_debt_ratio[last_month]", "-0.1234"),
        ("declarant_findings_1y", "2147483647"),
    ];
    let rows: Vec<&[(&str, &str)]> =
        (0..100).map(|row| if row % 3 == 0 { &full[..] } else { &full[..4] }).collect();
    let matters = Intake::new(&pack).enrich(&sample::matters(&pack, &rows));
    let columns: Vec<ColumnId> = (0..pack.facts.columns.len()).map(|at| ColumnId(at as u16)).collect();
    let (_folder, path) = sample::file("a.parquet", "");
    assert_eq!(write_parquet(&path, &pack.facts, &columns, [matters.clone()]).unwrap(), 100);
    let outcome = Outcome::of(&Intake::new(&pack), &path);
    assert_eq!(outcome.error(), "");
    assert!(outcome.batches[0].matters == matters, "the columns differ");
    assert_eq!(arrow_schema(&pack.facts).fields().len(), columns.len());
}

#[test]
fn texts_and_integers_are_read_like_csv_and_a_bad_value_sets_only_its_row_aside() {
    let mut columns = required(4);
    columns.push(("lane", texts(&[Some("ordinary"), Some("x"), None, Some("")])));
    columns.push(("office", Arc::new(Int64Array::from(vec![Some(101), Some(3101), None, Some(10_000)]))));
    columns.push(("tax_due", Arc::new(Int64Array::from(vec![Some(5), None, Some(i64::MAX), Some(1)]))));
    columns.push(("two_step", texts(&[Some("true"), Some("0"), None, None])));
    let outcome = read(columns);
    let pack = sample::pack();
    let reasons = outcome.reasons();
    assert_eq!((outcome.rows(), reasons.len()), (1, 3), "{reasons:?}");
    let found = ["matter_id", "lane", "office", "tax_due", "two_step", "decided_on", "unit"]
        .map(|name| outcome.fact(&pack, 0, name));
    assert_eq!(found, ["0", "ordinary", "0101", "5.00", "true", "2024-08-30", "single"]);
    assert!(reasons[0].starts_with("row 2: `lane` is `x`, expected one of ordinary"), "{reasons:?}");
    assert!(reasons[1].starts_with("row 3: `tax_due` is `not exact or too large`"), "{reasons:?}");
    assert!(reasons[2].starts_with("row 4: `office` is `10000`, expected a customs office"), "{reasons:?}");
    assert!(outcome.batches[0].rejects[0].raw.contains("\"matter_id\":\"1\""));
}

#[test]
fn a_row_without_a_required_fact_is_set_aside() {
    let mut columns = required(2);
    columns[0].1 = texts(&[None, Some("2")]);
    columns[2].1 = Arc::new(Date32Array::from(vec![Some(i32::MAX), None]));
    let reasons = read(columns).reasons();
    assert!(
        reasons[0].contains("`decided_on` is `2147483647`") && reasons[0].contains("`matter_id` is missing"),
        "{reasons:?}"
    );
    assert!(reasons[1].starts_with("row 2: `decided_on` is missing"), "{reasons:?}");
}

#[test]
fn columns_that_make_no_sense_stop_the_file_with_their_names() {
    let mut columns = required(1);
    columns.push(("lain", texts(&[None])));
    columns.push(("colour", texts(&[None])));
    let error = read(columns).error();
    assert!(error.contains("unknown columns `lain` (did you mean `lane`?), `colour`"), "{error}");
    let mut columns = required(1);
    columns.push(("tax_due", Arc::new(Float64Array::from(vec![1.0]))));
    let error = read(columns).error();
    assert!(
        error.contains(
            "column `tax_due` is Float64, expected Decimal128, an integer or text; a float is never exact"
        ),
        "{error}"
    );
    let error = read(required(1).split_off(1)).error();
    assert!(error.contains("no column for `matter_id`"), "{error}");
}

#[test]
fn a_broken_file_is_an_error_and_an_empty_one_has_no_matters() {
    assert!(sample::read("a.parquet", "").error().contains("the file is empty"));
    assert!(sample::read("a.parquet", "PAR1 nothing PAR1").error().contains("not readable as Parquet"));
    let (_folder, path) = written(&RecordBatch::try_from_iter(required(1_000)).unwrap());
    let bytes = std::fs::read(&path).unwrap();
    for keep in [bytes.len() - 1, bytes.len() / 2, 8] {
        assert!(sample::read("a.parquet", &bytes[..keep]).error().contains("not readable as Parquet"));
    }
    assert_eq!(read(required(0)).rows(), 0);
}

#[test]
fn damaged_bytes_never_stop_the_program() {
    let (_folder, path) = written(&RecordBatch::try_from_iter(required(500)).unwrap());
    let bytes = std::fs::read(&path).unwrap();
    for at in (4..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let outcome = sample::read("a.parquet", damaged);
        assert!(outcome.rows() <= 500 || !outcome.errors.is_empty());
    }
}
