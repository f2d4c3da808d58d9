//! Every count as a file for others to go on with: a workbook (XLSX) or Parquet.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::Detail;

/// Rows of a sheet at most, without its headings; Parquet has no such bound.
pub const MOST_ROWS: usize = 1_048_575;

/// Columns, as both kinds of files name them.
const COLUMNS: [&str; 9] = [
    "month",
    "office",
    "enterprise",
    "measure",
    "matters",
    "drawn",
    "selected",
    "selected_at_base",
    "spared",
];

/// Columns that are texts; the others are numbers.
const TEXTS: usize = 4;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A sheet has no room for so many rows.
    #[error(
        "{0} rows are too many for a sheet of {MOST_ROWS}: use Parquet, or look at fewer months or offices"
    )]
    TooMany(usize),
    /// The workbook cannot be written.
    #[error(transparent)]
    Xlsx(#[from] XlsxError),
    /// The columns do not fit together.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
    /// Parquet cannot be written.
    #[error(transparent)]
    Parquet(#[from] parquet::errors::ParquetError),
}

fn texts(detail: &Detail<'_>) -> [String; TEXTS] {
    let (enterprise, measure) = (detail.enterprise.to_owned(), detail.measure.to_owned());
    [detail.month.to_string(), detail.office.to_string(), enterprise, measure]
}

fn counts(detail: &Detail<'_>) -> [u64; 4] {
    let worth = detail.worth;
    [worth.matters, worth.drawn, worth.selected, worth.selected_at_base]
}

/// A workbook with one sheet: a row of headings, then a row for each count. Rows without a measure are all matters.
///
/// # Errors
/// See [`ExportError`].
pub fn write_xlsx(details: &[Detail<'_>]) -> Result<Vec<u8>, ExportError> {
    if details.len() > MOST_ROWS {
        return Err(ExportError::TooMany(details.len()));
    }
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("benefits")?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (name, column) in COLUMNS.iter().zip(0..) {
        sheet.write_string_with_format(0, column, *name, &bold)?;
    }
    for (detail, row) in details.iter().zip(1..) {
        for (text, column) in texts(detail).iter().zip(0..) {
            sheet.write_string(row, column, text)?;
        }
        for (count, column) in counts(detail).into_iter().zip(4..) {
            sheet.write_number(row, column, exact(count))?;
        }
        sheet.write_number(row, 8, exact_signed(detail.worth.spared()))?;
    }
    sheet.autofit();
    Ok(workbook.save_to_buffer()?)
}

/// Sheets hold numbers as doubles, which are exact up to 2^53: more matters than anybody decides.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn exact(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn exact_signed(count: i64) -> f64 {
    count as f64
}

/// A Parquet file of one row group with the same columns.
///
/// # Errors
/// See [`ExportError`].
pub fn write_parquet(details: &[Detail<'_>]) -> Result<Vec<u8>, ExportError> {
    let mut columns: Vec<ArrayRef> = Vec::new();
    for at in 0..TEXTS {
        columns
            .push(Arc::new(StringArray::from_iter_values(details.iter().map(|one| texts(one)[at].clone()))));
    }
    for at in 0..4 {
        columns.push(Arc::new(UInt64Array::from_iter_values(details.iter().map(|one| counts(one)[at]))));
    }
    columns.push(Arc::new(Int64Array::from_iter_values(details.iter().map(|one| one.worth.spared()))));
    let fields: Vec<Field> = COLUMNS
        .iter()
        .zip(&columns)
        .map(|(name, column)| Field::new(*name, data_type(column), false))
        .collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
    let zstd = Compression::ZSTD(ZstdLevel::try_new(1)?);
    let properties = WriterProperties::builder().set_compression(zstd).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

fn data_type(column: &ArrayRef) -> DataType {
    column.data_type().clone()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use calamine::Reader as _;
    use greenlane_terms::Office;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::benefits::{Month, Worth};

    fn details() -> Vec<Detail<'static>> {
        let worth = Worth { matters: 12, drawn: 10, selected: 1, selected_at_base: 4 };
        let month = Month::parse("2024-02").unwrap();
        let office = |number| Office::of_number(number).unwrap();
        vec![
            Detail { month, office: office(202), enterprise: "=SUM(A1)", measure: "9", worth },
            Detail { month, office: office(5301), enterprise: "", measure: "", worth },
        ]
    }

    #[test]
    fn parquet_has_every_count_with_its_type() {
        let file = Bytes::from(write_parquet(&details()).unwrap());
        let batches: Vec<RecordBatch> = ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .build()
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let [batch] = batches.as_slice() else { panic!("{batches:?}") };
        let texts = batch.column_by_name("office").unwrap().as_any().downcast_ref::<StringArray>().unwrap();
        assert_eq!([texts.value(0), texts.value(1)], ["0202", "5301"]);
        let spared = batch.column_by_name("spared").unwrap().as_any().downcast_ref::<Int64Array>().unwrap();
        assert_eq!([spared.value(0), spared.value(1)], [3, 3]);
        assert_eq!(batch.num_columns(), COLUMNS.len());
    }

    #[test]
    fn a_workbook_has_every_count_and_runs_no_formula() {
        let file = std::io::Cursor::new(write_xlsx(&details()).unwrap());
        let mut book = calamine::Xlsx::new(file).unwrap();
        let sheet = book.worksheet_range("benefits").unwrap();
        let row =
            |at: usize| sheet.rows().nth(at).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(row(0), COLUMNS);
        assert_eq!(row(1), ["2024-02", "0202", "=SUM(A1)", "9", "12", "10", "1", "4", "3"]);
        assert_eq!(sheet.rows().count(), 3);
        assert!(
            book.worksheet_formula("benefits").unwrap().is_empty(),
            "a name that looks like one is a text"
        );
    }

    #[test]
    fn an_empty_export_is_a_file_with_headings() {
        assert!(write_xlsx(&[]).unwrap().starts_with(b"PK"));
        let file = Bytes::from(write_parquet(&[]).unwrap());
        assert_eq!(
            ParquetRecordBatchReaderBuilder::try_new(file).unwrap().schema().fields().len(),
            COLUMNS.len()
        );
    }
}
