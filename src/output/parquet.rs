//! Tables as Apache Parquet, by the low-level column writers.

use std::io::{Error as IoError, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::file::write_atomically;
use super::table::{Column, Table, Values};
use crate::{Error, Result};

/// Rows of one row group: readers load a group at a time, and so does the writer.
const ROWS_PER_GROUP: usize = 1 << 20;
/// Rows handed to a column writer at a time, so that converted values stay in the cache.
const ROWS_PER_BATCH: usize = 1 << 14;

/// Writes a table as Parquet: Snappy compression, every value present, `U64` as unsigned 64-bit integers, `Text` as UTF-8
/// strings, row groups of at most 2²⁰ rows.
///
/// `metadata` goes into the file's footer, as keys and values.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) for columns of different length or one name,
/// [`Error::File`](crate::Error::File) when the file cannot be written.
pub fn write_parquet(table: &Table, path: &Path, metadata: &[(String, String)]) -> Result<()> {
    let rows = table.rows()?;
    write_atomically(path, |file| write_to(file, table, rows, metadata).map_err(io))
}

/// The bytes that [`write_parquet`] would write.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) for columns of different length or one name.
pub fn parquet_bytes(table: &Table, metadata: &[(String, String)]) -> Result<Vec<u8>> {
    let rows = table.rows()?;
    let mut bytes = Vec::new();
    write_to(&mut bytes, table, rows, metadata).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(bytes)
}

fn write_to(
    sink: impl Write + Send,
    table: &Table,
    rows: usize,
    metadata: &[(String, String)],
) -> Result<(), ParquetError> {
    let schema = Arc::new(schema(table)?);
    let mut writer = SerializedFileWriter::new(sink, schema, Arc::new(properties(metadata)))?;
    for start in (0..rows).step_by(ROWS_PER_GROUP) {
        let group_rows = start..rows.min(start + ROWS_PER_GROUP);
        let mut group = writer.next_row_group()?;
        for column in &table.columns {
            let Some(mut chunk) = group.next_column()? else { break };
            write_chunk(&mut chunk, &column.values, group_rows.clone())?;
            chunk.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn properties(metadata: &[(String, String)]) -> WriterProperties {
    let pairs: Vec<KeyValue> =
        metadata.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    WriterProperties::builder()
        .set_created_by(format!("throng {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata((!pairs.is_empty()).then_some(pairs))
        .build()
}

fn schema(table: &Table) -> Result<Type, ParquetError> {
    let fields = table.columns.iter().map(|column| field(column).map(Arc::new)).collect::<Result<_, _>>()?;
    Type::group_type_builder("table").with_fields(fields).build()
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let (physical, logical, converted) = match column.values {
        Values::U64(_) => {
            (PhysicalType::INT64, Some(LogicalType::integer(64, false)), ConvertedType::UINT_64)
        }
        Values::I64(_) => (PhysicalType::INT64, None, ConvertedType::NONE),
        Values::F64(_) => (PhysicalType::DOUBLE, None, ConvertedType::NONE),
        Values::Text(_) => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(logical)
        .with_converted_type(converted)
        .build()
}

fn write_chunk(
    chunk: &mut SerializedColumnWriter<'_>,
    values: &Values,
    rows: Range<usize>,
) -> Result<(), ParquetError> {
    match values {
        Values::I64(values) => {
            chunk.typed::<Int64Type>().write_batch(&values[rows], None, None)?;
        }
        Values::F64(values) => {
            chunk.typed::<DoubleType>().write_batch(&values[rows], None, None)?;
        }
        Values::U64(values) => {
            // Parquet keeps unsigned numbers as the same bits of signed ones.
            chunk.typed::<Int64Type>().write_batch(bytemuck::cast_slice(&values[rows]), None, None)?;
        }
        Values::Text(values) => {
            for batch in values[rows].chunks(ROWS_PER_BATCH) {
                let bytes: Vec<ByteArray> = batch.iter().map(|text| ByteArray::from(text.as_str())).collect();
                chunk.typed::<ByteArrayType>().write_batch(&bytes, None, None)?;
            }
        }
    }
    Ok(())
}

/// What the operating system said, where it was the operating system.
fn io(error: ParquetError) -> IoError {
    match error {
        ParquetError::External(inner) => {
            inner.downcast::<IoError>().map_or_else(IoError::other, |error| *error)
        }
        other => IoError::other(other),
    }
}
