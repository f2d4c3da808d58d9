//! One encoded column chunk, made by Parquet's own writer or straight from masks.

use ::parquet::basic::{Compression, Encoding};
use ::parquet::column::page::{CompressedPage, Page, PageWriter};
use ::parquet::column::writer::{ColumnCloseResult, ColumnWriterImpl};
use ::parquet::data_type::DataType;
use ::parquet::errors::Result;
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::properties::WriterPropertiesPtr;
use ::parquet::file::statistics::Statistics;
use ::parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use ::parquet::schema::types::ColumnDescPtr;
use bytes::Bytes;

use crate::batch::bits::{BitColumn, write_bits, write_numbers, write_pairs};

/// Bytes of a column chunk, ready to be appended to a row group.
pub(super) struct Chunk {
    pub(super) bytes: Bytes,
    pub(super) close: ColumnCloseResult,
}

/// A nullable boolean column: `truth` is 0 where not known.
pub(super) fn booleans(column: ColumnDescPtr, known: &BitColumn, truth: &BitColumn) -> Result<Chunk> {
    let mut page = levels(known);
    let values = truth.compressed(known);
    length_prefixed(&mut page, |page| write_bits(&values, page));
    let nulls = known.rows() - known.ones();
    let statistics = (known.ones() > 0).then(|| {
        let (some_true, some_false) = (values.ones() > 0, values.ones() < values.rows());
        Statistics::boolean(Some(!some_false), Some(some_true), None, Some(nulls as u64), false)
    });
    finish(column, None, page, Encoding::RLE, known.rows(), statistics)
}

/// A required column of four words, given by the low and high bits of their places.
pub(super) fn four_words(
    column: ColumnDescPtr,
    words: &[&str; 4],
    low: &BitColumn,
    high: &BitColumn,
) -> Result<Chunk> {
    let mut page = vec![2];
    write_pairs(low, high, &mut page);
    let dictionary = text_dictionary(words.iter().copied());
    finish(column, Some((dictionary, words.len())), page, Encoding::RLE_DICTIONARY, low.rows(), None)
}

/// A nullable column of texts or numbers by their place in a dictionary of `entries` encoded values; `places` has one
/// entry a known row.
pub(super) fn places(
    column: ColumnDescPtr,
    dictionary: Vec<u8>,
    entries: usize,
    known: &BitColumn,
    places: &[u16],
) -> Result<Chunk> {
    let mut page = levels(known);
    let width = usize::BITS - entries.saturating_sub(1).leading_zeros();
    let width = width.clamp(1, 16);
    page.push(width.to_le_bytes()[0]);
    write_numbers(places, width, &mut page);
    let statistics = None;
    finish(column, Some((dictionary, entries)), page, Encoding::RLE_DICTIONARY, known.rows(), statistics)
}

/// Texts as a dictionary page holds them.
pub(super) fn text_dictionary<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<u8> {
    let mut out = Vec::new();
    for text in texts {
        out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// Definition levels: which rows are known.
fn levels(known: &BitColumn) -> Vec<u8> {
    let mut page = Vec::new();
    length_prefixed(&mut page, |page| write_bits(known, page));
    page
}

fn length_prefixed(page: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = page.len();
    page.extend_from_slice(&[0; 4]);
    write(page);
    let length = u32::try_from(page.len() - start - 4).unwrap_or(u32::MAX);
    page[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

fn finish(
    column: ColumnDescPtr,
    dictionary: Option<(Vec<u8>, usize)>,
    page: Vec<u8>,
    encoding: Encoding,
    rows: usize,
    statistics: Option<Statistics>,
) -> Result<Chunk> {
    let mut out = TrackedWrite::new(Vec::with_capacity(page.len() + 256));
    let mut encodings = vec![Encoding::RLE, encoding];
    let mut data_offset = 0;
    let has_dictionary = dictionary.is_some();
    {
        let mut pages = SerializedPageWriter::new(&mut out);
        if let Some((buffer, entries)) = dictionary {
            encodings.push(Encoding::PLAIN);
            let size = buffer.len();
            let num_values = u32::try_from(entries).unwrap_or(u32::MAX);
            let page = Page::DictionaryPage {
                buf: buffer.into(),
                num_values,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            data_offset = pages.write_page(CompressedPage::new(page, size))?.bytes_written;
        }
        let size = page.len();
        let page = Page::DataPage {
            buf: page.into(),
            num_values: u32::try_from(rows).unwrap_or(u32::MAX),
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        pages.write_page(CompressedPage::new(page, size))?;
    }
    let bytes: Bytes = out.into_inner()?.into();
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let mut metadata = ColumnChunkMetaData::builder(column)
        .set_encodings(encodings)
        .set_compression(Compression::UNCOMPRESSED)
        .set_num_values(i64::try_from(rows).unwrap_or(i64::MAX))
        .set_total_compressed_size(size)
        .set_total_uncompressed_size(size)
        .set_data_page_offset(i64::try_from(data_offset).unwrap_or(i64::MAX))
        .set_dictionary_page_offset(has_dictionary.then_some(0));
    if let Some(statistics) = statistics {
        metadata = metadata.set_statistics(statistics);
    }
    let close = ColumnCloseResult {
        bytes_written: bytes.len() as u64,
        rows_written: rows as u64,
        metadata: metadata.build()?,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok(Chunk { bytes, close })
}

/// A nullable column by Parquet's own writer; `levels` says which rows are known (1), `values` has one entry for each
/// of them.
pub(super) fn written<T: DataType>(
    column: ColumnDescPtr,
    properties: WriterPropertiesPtr,
    values: &[T::T],
    levels: &[i16],
) -> Result<Chunk> {
    let mut out = TrackedWrite::new(Vec::new());
    let close = {
        let pages = Box::new(SerializedPageWriter::new(&mut out));
        let mut writer = ColumnWriterImpl::<T>::new(column, properties, pages);
        writer.write_batch(values, Some(levels), None)?;
        writer.close()?
    };
    Ok(Chunk { bytes: out.into_inner()?.into(), close })
}
