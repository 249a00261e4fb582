//! Small parts put together.

use std::fs;
use std::path::Path;

use super::columns::Columns;
use super::manifest::Manifest;
use super::names::{Kind, PartName, list};
use super::part;
use crate::output::{Table, Values};
use crate::{Error, Result};

/// So many small parts of one writer become one.
const MANY: usize = 32;
/// A part is small below so many bytes.
const SMALL: u64 = 4 << 20;

/// Puts the small parts of a writer together under the number `number` if there are many; whether it did.
///
/// The new part is on the disk before the old ones go, so that a kill leaves rows twice, never too few. A part that cannot
/// be read is left where it is.
pub(super) fn compact(
    folder: &Path,
    kind: Kind,
    writer: &str,
    number: u64,
    manifest: &Manifest,
    columns: &Columns,
) -> Result<bool> {
    let small = |name: &PartName| {
        let length = fs::metadata(folder.join(name.text())).map_or(u64::MAX, |found| found.len());
        name.kind == kind && name.writer == writer && length < SMALL
    };
    let mut parts: Vec<PartName> =
        list(folder)?.iter().filter_map(|name| PartName::parse(name)).filter(small).collect();
    if parts.len() < MANY {
        return Ok(false);
    }
    parts.sort_by_key(|part| part.number);
    let mut whole = Table::default();
    let mut used = Vec::new();
    for part in parts {
        let path = folder.join(part.text());
        let bytes = fs::read(&path).map_err(|error| Error::file(&path, "read", &error))?;
        let Ok(table) = part::parse(&part, bytes, &manifest.fingerprint) else { continue };
        if readable(kind, &table, columns) && extend(&mut whole, table) {
            used.push(path);
        }
    }
    if used.len() < 2 {
        return Ok(false);
    }
    let made = part::publish(folder, kind, writer, number, &whole, &manifest.fingerprint)?;
    for path in used.iter().filter(|path| Some(*path) != made.as_ref()) {
        // One that stays stands there twice, which does no harm.
        let _ = fs::remove_file(path);
    }
    Ok(true)
}

fn readable(kind: Kind, table: &Table, columns: &Columns) -> bool {
    match kind {
        Kind::Part => super::rows::outcomes(table, columns).is_ok(),
        Kind::Series => super::rows::series(table, columns).is_ok(),
        Kind::Timeline => super::rows::intervals(table, columns).is_ok(),
    }
}

/// Puts a table below another of the same columns; whether it could.
fn extend(whole: &mut Table, table: Table) -> bool {
    if whole.columns.is_empty() {
        *whole = table;
        return true;
    }
    let alike = whole.columns.len() == table.columns.len()
        && whole.columns.iter().zip(&table.columns).all(|(a, b)| {
            a.name == b.name && std::mem::discriminant(&a.values) == std::mem::discriminant(&b.values)
        });
    if alike {
        for (above, below) in whole.columns.iter_mut().zip(table.columns) {
            match (&mut above.values, below.values) {
                (Values::U64(above), Values::U64(below)) => above.extend(below),
                (Values::I64(above), Values::I64(below)) => above.extend(below),
                (Values::F64(above), Values::F64(below)) => above.extend(below),
                (Values::Text(above), Values::Text(below)) => above.extend(below),
                _ => {}
            }
        }
    }
    alike
}
