//! Tables: named columns of equal length.

use crate::{Error, Result};

/// A table, column by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The columns, from left to right.
    pub columns: Vec<Column>,
}

/// One column of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its heading, unique in its table.
    pub name: String,
    /// One value for every row.
    pub values: Values,
}

/// The values of a [`Column`], all of one type.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Counts.
    U64(Vec<u64>),
    /// Whole numbers with a sign.
    I64(Vec<i64>),
    /// Real numbers; NaN and the infinities are allowed.
    F64(Vec<f64>),
    /// Words.
    Text(Vec<String>),
}

impl Values {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Values::U64(values) => values.len(),
            Values::I64(values) => values.len(),
            Values::F64(values) => values.len(),
            Values::Text(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Column {
    /// A column of this name with these values.
    pub fn new(name: impl Into<String>, values: Values) -> Column {
        Column { name: name.into(), values }
    }
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    /// See [`Table::rows`].
    pub fn new(columns: Vec<Column>) -> Result<Table> {
        let table = Table { columns };
        table.rows()?;
        Ok(table)
    }

    /// The number of rows, after checking that this is a table.
    ///
    /// # Errors
    /// [`Error::Argument`] when two columns differ in length or share a name.
    pub fn rows(&self) -> Result<usize> {
        let Some(first) = self.columns.first() else { return Ok(0) };
        let mut names = std::collections::HashSet::new();
        for column in &self.columns {
            if column.values.len() != first.values.len() {
                return Err(Error::argument(
                    format!(
                        "the table's column `{}` has {} rows and its column `{}` has {}",
                        first.name,
                        first.values.len(),
                        column.name,
                        column.values.len()
                    ),
                    "give every column one value per row",
                ));
            }
            if !names.insert(column.name.as_str()) {
                return Err(Error::argument(
                    format!("the table has two columns named `{}`", column.name),
                    "give every column a name of its own",
                ));
            }
        }
        Ok(first.values.len())
    }
}
