//! Tables as CSV (RFC 4180): one heading line, commas, quotes where needed.

use std::io::{Error as IoError, Write};
use std::path::Path;

use super::file::write_atomically;
use super::table::{Table, Values};
use crate::{Error, Result};

/// Writes a table as CSV, in UTF-8, lines ended by a line feed.
///
/// Real numbers are written with the fewest digits that read back to the same bits; those that are none as `NaN`, `inf`
/// and `-inf`, which NumPy, pandas, R and Rust read.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) for columns of different length or one name,
/// [`Error::File`](crate::Error::File) when the file cannot be written.
pub fn write_csv(table: &Table, path: &Path) -> Result<()> {
    let rows = table.rows()?;
    write_atomically(path, |file| write_to(file, table, rows))
}

/// The text that [`write_csv`] would write.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) for columns of different length or one name.
pub fn to_csv(table: &Table) -> Result<String> {
    let rows = table.rows()?;
    let mut bytes = Vec::new();
    write_to(&mut bytes, table, rows).map_err(|error| Error::Internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Error::Internal(error.to_string()))
}

fn write_to(sink: impl Write, table: &Table, rows: usize) -> std::io::Result<()> {
    if table.columns.is_empty() {
        return Ok(());
    }
    let mut writer = csv::Writer::from_writer(sink);
    writer.write_record(table.columns.iter().map(|column| &column.name)).map_err(io)?;
    let mut cell = String::new();
    for row in 0..rows {
        for column in &table.columns {
            match &column.values {
                Values::Text(values) => writer.write_field(&values[row]).map_err(io)?,
                numbers => {
                    cell.clear();
                    number(numbers, row, &mut cell);
                    writer.write_field(&cell).map_err(io)?;
                }
            }
        }
        writer.write_record(None::<&[u8]>).map_err(io)?;
    }
    writer.flush()
}

fn number(values: &Values, row: usize, cell: &mut String) {
    use std::fmt::Write as _;
    let written = match values {
        Values::U64(values) => write!(cell, "{}", values[row]),
        Values::I64(values) => write!(cell, "{}", values[row]),
        // `Debug` is the shortest form that reads back the same; `Display` would write 1e300 with 301 digits.
        Values::F64(values) => write!(cell, "{:?}", values[row]),
        Values::Text(values) => write!(cell, "{}", values[row]),
    };
    debug_assert!(written.is_ok(), "a String takes everything");
}

fn io(error: csv::Error) -> IoError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => IoError::other(format!("{other:?}")),
    }
}
