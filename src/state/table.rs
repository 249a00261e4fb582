//! Columns of tables as the 32-bit words of state.

use std::path::Path;

use super::damaged;
use crate::error::Result;
use crate::model::FieldKind;
use crate::output::{Table, Values, read_parquet};

/// A column of words of this kind.
pub(super) fn column(kind: FieldKind, words: impl Iterator<Item = u32>) -> Values {
    match kind {
        FieldKind::U32 => Values::U64(words.map(u64::from).collect()),
        FieldKind::I32 => Values::I64(words.map(|word| i64::from(word as i32)).collect()),
        FieldKind::F32 => Values::F64(words.map(|word| f64::from(f32::from_bits(word))).collect()),
    }
}

/// One value of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Whole(i128),
    Real(f64),
    Text(&'a str),
}

impl Cell<'_> {
    /// The value in a row of a column.
    pub fn of(values: &Values, row: usize) -> Cell<'_> {
        match values {
            Values::U64(values) => Cell::Whole(values[row].into()),
            Values::I64(values) => Cell::Whole(values[row].into()),
            Values::F64(values) => Cell::Real(values[row]),
            Values::Text(values) => Cell::Text(&values[row]),
        }
    }

    /// The word of a field of this kind that has the value, or what is wrong with it.
    pub fn word(self, kind: FieldKind) -> Result<u32, String> {
        let (low, high) = match kind {
            FieldKind::U32 => (0, i128::from(u32::MAX)),
            FieldKind::I32 => (i32::MIN.into(), i32::MAX.into()),
            FieldKind::F32 => return self.real(),
        };
        let whole = match self {
            Cell::Whole(number) => Some(number),
            Cell::Real(number) => whole(number),
            Cell::Text(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| whole(text.parse().ok()?))
            }
        };
        match whole.filter(|number| (low..=high).contains(number)) {
            Some(number) => Ok(number as u32),
            None => Err(format!("{} is no whole number from {low} to {high}", self.shown())),
        }
    }

    fn real(self) -> Result<u32, String> {
        let number = match self {
            Cell::Whole(number) => Some(number as f64),
            Cell::Real(number) => Some(number),
            Cell::Text(text) => text.trim().parse().ok(),
        };
        match number {
            Some(number) => Ok((number as f32).to_bits()),
            None => Err(format!("{} is no number", self.shown())),
        }
    }

    fn shown(self) -> String {
        match self {
            Cell::Whole(number) => format!("`{number}`"),
            Cell::Real(number) => format!("`{number}`"),
            Cell::Text(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
        }
    }
}

fn whole(number: f64) -> Option<i128> {
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i128)
}

/// A file of a state, whose rows are of worlds.
pub(super) struct Rows<'a> {
    path: &'a Path,
    table: Table,
    rows: usize,
}

impl<'a> Rows<'a> {
    pub fn read(path: &'a Path) -> Result<Rows<'a>> {
        let (table, _) = read_parquet(path)?;
        let rows = table.rows()?;
        Ok(Rows { path, table, rows })
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    /// A column as words of this kind.
    pub fn words(&self, name: &str, kind: FieldKind) -> Result<Vec<u32>> {
        let Some(column) = self.table.columns.iter().find(|column| column.name == name) else {
            return Err(damaged(self.path, &format!("it has no column `{name}`")));
        };
        let word = |row: usize| {
            Cell::of(&column.values, row)
                .word(kind)
                .map_err(|why| damaged(self.path, &format!("row {}, column `{name}`: {why}", row + 1)))
        };
        (0..self.rows).map(word).collect()
    }

    /// The world of each row; the first where there is no such column.
    pub fn worlds(&self, count: u32) -> Result<Vec<u32>> {
        match self.table.columns.iter().any(|column| column.name == "world") {
            false if count == 1 => Ok(vec![0; self.rows]),
            _ => self.words("world", FieldKind::U32),
        }
    }

    pub fn damaged(&self, row: usize, why: &str) -> crate::error::Error {
        damaged(self.path, &format!("row {}: {why}", row + 1))
    }
}
