//! Parquet read back as tables, by the low-level column readers.

use std::path::Path;

use bytes::Bytes;
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{BoolType, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::table::{Column, Table, Values};
use crate::{Error, Result};

/// A table, and the keys and values of its file's footer.
pub type TableAndMetadata = (Table, Vec<(String, String)>);

/// Reads a flat Parquet file in which every value is present: columns of integers, of real numbers, of truth values (as 0 and
/// 1) and of UTF-8 strings, as [`write_parquet`](super::write_parquet) and most other programs write them.
///
/// # Errors
/// [`Error::File`], action "read", when it cannot be read, is damaged, or holds columns of other kinds.
pub fn read_parquet(path: &Path) -> Result<TableAndMetadata> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, "read", &error))?;
    read_parquet_bytes(bytes).map_err(|why| Error::File {
        path: path.to_owned(),
        action: "read",
        why,
        remedy: "give a Parquet file of numbers and text without gaps, or write it again".into(),
    })
}

/// Reads what [`read_parquet`] reads from memory.
///
/// # Errors
/// What is wrong with the bytes, as a part of a sentence.
pub fn read_parquet_bytes(bytes: Vec<u8>) -> Result<TableAndMetadata, String> {
    // Parquet's reader promises no errors instead of panics for damaged files.
    let read = std::panic::catch_unwind(|| decode(Bytes::from(bytes)));
    read.map_err(|_| "it is damaged".to_owned())?.map_err(|error| match error {
        ParquetError::General(why) | ParquetError::NYI(why) | ParquetError::EOF(why) => why,
        other => other.to_string(),
    })
}

fn decode(bytes: Bytes) -> Result<TableAndMetadata, ParquetError> {
    let reader = SerializedFileReader::new(bytes)?;
    let file = reader.metadata().file_metadata();
    let pairs = file.key_value_metadata().into_iter().flatten();
    let metadata = pairs.map(|pair| (pair.key.clone(), pair.value.clone().unwrap_or_default())).collect();
    let descriptors = file.schema_descr().columns();
    let mut columns = Vec::with_capacity(descriptors.len());
    for descriptor in descriptors {
        columns.push(Column::new(descriptor.path().string(), empty(descriptor)?));
    }
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        for (place, column) in columns.iter_mut().enumerate() {
            extend(&mut column.values, group.as_ref(), place).map_err(|error| match error {
                ParquetError::General(why) => {
                    ParquetError::General(format!("its column `{}`: {why}", column.name))
                }
                other => other,
            })?;
        }
    }
    let table = Table { columns };
    let rows = table.rows().map_err(|error| ParquetError::General(error.to_string()))?;
    if i64::try_from(rows) != Ok(file.num_rows()) {
        return Err(ParquetError::General(format!("it has {rows} of {} rows", file.num_rows())));
    }
    Ok((table, metadata))
}

fn empty(column: &ColumnDescriptor) -> Result<Values, ParquetError> {
    let info = column.self_type().get_basic_info();
    let flat = column.path().parts().len() == 1 && info.repetition() != Repetition::REPEATED;
    let unsigned = matches!(
        column.converted_type(),
        ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64
    );
    // Times, dates and decimals are integers as well, and mean something else.
    let plain = unsigned
        || matches!(
            column.converted_type(),
            ConvertedType::NONE
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64
        );
    match column.physical_type() {
        PhysicalType::INT32 | PhysicalType::INT64 if flat && unsigned => Ok(Values::U64(Vec::new())),
        PhysicalType::INT32 | PhysicalType::INT64 if flat && plain => Ok(Values::I64(Vec::new())),
        PhysicalType::BOOLEAN if flat => Ok(Values::U64(Vec::new())),
        PhysicalType::FLOAT | PhysicalType::DOUBLE if flat => Ok(Values::F64(Vec::new())),
        PhysicalType::BYTE_ARRAY if flat && column.logical_type_ref() == Some(&LogicalType::String) => {
            Ok(Values::Text(Vec::new()))
        }
        _ => Err(ParquetError::General(format!("its column `{}` is of a kind not read", column.name()))),
    }
}

fn extend(values: &mut Values, group: &dyn RowGroupReader, place: usize) -> Result<(), ParquetError> {
    let physical = group.metadata().column(place).column_type();
    match values {
        Values::U64(all) if physical == PhysicalType::BOOLEAN => {
            all.extend(chunk::<BoolType>(group, place)?.into_iter().map(u64::from));
        }
        Values::U64(all) if physical == PhysicalType::INT32 => {
            let words = chunk::<Int32Type>(group, place)?.into_iter();
            all.extend(words.map(|word| u64::from(word.cast_unsigned())));
        }
        Values::I64(all) if physical == PhysicalType::INT32 => {
            all.extend(chunk::<Int32Type>(group, place)?.into_iter().map(i64::from));
        }
        Values::F64(all) if physical == PhysicalType::FLOAT => {
            all.extend(chunk::<FloatType>(group, place)?.into_iter().map(f64::from));
        }
        Values::U64(all) => all.extend(chunk::<Int64Type>(group, place)?.into_iter().map(i64::cast_unsigned)),
        Values::I64(all) => all.extend(chunk::<Int64Type>(group, place)?),
        Values::F64(all) => all.extend(chunk::<DoubleType>(group, place)?),
        Values::Text(all) => {
            for text in chunk::<ByteArrayType>(group, place)? {
                let text = text.as_utf8()?;
                all.push(text.to_owned());
            }
        }
    }
    Ok(())
}

fn chunk<T: DataType>(group: &dyn RowGroupReader, place: usize) -> Result<Vec<T::T>, ParquetError> {
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(place)?);
    let mut values = Vec::new();
    let is_optional = group.metadata().column(place).column_descr().max_def_level() > 0;
    let mut levels = Vec::new();
    reader.read_records(rows, is_optional.then_some(&mut levels), None, &mut values)?;
    // A value that is missing has the level 0, and no place among the values.
    match levels.iter().position(|level| *level == 0) {
        Some(row) => Err(ParquetError::General(format!("row {} has no value", row + 1))),
        None => Ok(values),
    }
}
