//! Decisions as Parquet: verdicts as words, conditions as nullable booleans straight from the masks, rates and draws.
//!
//! Workers encode whole column chunks, so the writer only appends bytes. A part is a row group.

mod chunk;
mod columns;
mod encoder;

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::SchemaDescPtr;
use greenlane_engine::Engine;

use self::chunk::Chunk;
use self::columns::Layout;
pub use self::columns::column_names;
pub use self::encoder::ParquetEncoder;
use super::ENGINE_VERSION;
use super::error::BatchError;
use super::pipeline::Sink;

/// Rows of a row group, about.
const ROW_GROUP: usize = 131_072;

/// Writes Parquet.
pub struct ParquetSink<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    layout: Arc<Layout>,
    schema: SchemaDescPtr,
    properties: WriterPropertiesPtr,
}

/// A row group, encoded.
pub struct ParquetPart {
    chunks: Vec<Chunk>,
}

impl<W: Write + Send> ParquetSink<W> {
    /// Writes a file to `out`; buffer it.
    ///
    /// # Errors
    /// The start of the file cannot be written.
    pub fn new(out: W, engine: &Engine) -> Result<ParquetSink<W>, BatchError> {
        let layout = Arc::new(Layout::new(engine));
        let value = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_created_by(format!("greenlane {ENGINE_VERSION}"))
            .set_key_value_metadata(Some(vec![
                value("greenlane.pack.id", &engine.pack.id),
                value("greenlane.pack.hash", &engine.pack.hash),
                value("greenlane.engine.version", ENGINE_VERSION),
            ]));
        for plain in layout.without_dictionary() {
            properties = properties.set_column_dictionary_enabled(plain, false);
        }
        let properties = Arc::new(properties.build());
        let writer = SerializedFileWriter::new(out, layout.schema()?, Arc::clone(&properties))?;
        let schema = Arc::new(writer.schema_descr().clone());
        Ok(ParquetSink { writer, layout, schema, properties })
    }
}

impl<W: Write + Send> Sink for ParquetSink<W> {
    type Part = ParquetPart;
    type Encoder = ParquetEncoder;

    fn encoder(&self) -> ParquetEncoder {
        ParquetEncoder::new(Arc::clone(&self.layout), Arc::clone(&self.schema), Arc::clone(&self.properties))
    }

    fn part_rows(&self) -> usize {
        ROW_GROUP
    }

    fn write(&mut self, part: ParquetPart) -> Result<(), BatchError> {
        let mut group = self.writer.next_row_group()?;
        for chunk in part.chunks {
            group.append_column(&chunk.bytes, chunk.close)?;
        }
        group.close()?;
        Ok(())
    }

    fn finish(self) -> Result<(), BatchError> {
        let mut out = self.writer.into_inner()?;
        Ok(out.flush()?)
    }
}
