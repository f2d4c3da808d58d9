//! Declarations as Parquet: each thread makes and encodes whole row groups.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use ::parquet::basic::Compression;
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use arrow::datatypes::SchemaRef;
use greenlane_intake::arrow_schema_of;
use greenlane_policy::facts::ColumnId;

use super::arrays::record_batch;
use super::files::{CHUNK, PopulationError};
use super::{Parties, Population};

/// Rows of a row group.
const ROW_GROUP: u64 = 4 * CHUNK;

/// What threads need to encode.
struct Encoding {
    parties: Parties,
    columns: Vec<ColumnId>,
    schema: SchemaRef,
    factory: ArrowRowGroupWriterFactory,
}

impl Population {
    pub(super) fn write_parquet(
        &self,
        out: impl Write + Send,
        parties: Parties,
        threads: usize,
    ) -> Result<(), PopulationError> {
        let columns = self.columns(parties);
        let schema = Arc::new(arrow_schema_of(&self.facts, &columns));
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties))?;
        let (mut file, factory) = writer.into_serialized_writer()?;
        let encoding = Encoding { parties, columns, schema, factory };
        self.in_order(
            ROW_GROUP,
            threads,
            |rows| self.row_group(&encoding, rows),
            |chunks| {
                let mut group = file.next_row_group()?;
                for chunk in chunks? {
                    chunk.append_to_row_group(&mut group)?;
                }
                group.close()?;
                Ok(())
            },
        )?;
        file.into_inner()?.flush()?;
        Ok(())
    }

    fn row_group(
        &self,
        encoding: &Encoding,
        rows: Range<u64>,
    ) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        let Encoding { parties, columns, schema, factory } = encoding;
        let group = usize::try_from(rows.start / ROW_GROUP).unwrap_or(usize::MAX);
        let mut writers = factory.create_column_writers(group)?;
        let mut start = rows.start;
        while start < rows.end.min(self.rows()) {
            let matters = self.matters(start..(start + CHUNK).min(rows.end), *parties);
            let batch = record_batch(&self.facts, &matters, columns, schema)?;
            let arrays = schema.fields().iter().zip(batch.columns());
            for (writer, (field, array)) in writers.iter_mut().zip(arrays) {
                for leaf in compute_leaves(field, array)? {
                    writer.write(&leaf)?;
                }
            }
            start += CHUNK;
        }
        writers.into_iter().map(|writer| writer.close()).collect()
    }
}
