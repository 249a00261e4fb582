//! Rows chosen by a condition, and put in order.

use std::cmp::Ordering;

use crate::model::nearest;
use crate::output::{Column, Table, Values};
use crate::reduce::Comparison;
use crate::{Error, Result};

/// A condition on the rows of a table, such as `persistence >= 3` or `status == failed`.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    column: String,
    comparison: Comparison,
    value: String,
}

// Longer signs stand first, so that `<=` is not read as `<`.
const SIGNS: [(&str, Comparison); 6] = [
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Filter {
    /// Reads `column sign value`.
    ///
    /// # Errors
    /// [`Error::Argument`] when it is not that.
    pub fn parse(text: &str) -> Result<Filter> {
        let first = SIGNS
            .iter()
            .filter_map(|(sign, comparison)| text.find(sign).map(|at| (at, *sign, *comparison)))
            .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())));
        let parts = first
            .map(|(at, sign, comparison)| (text[..at].trim(), comparison, text[at + sign.len()..].trim()));
        match parts {
            Some((column, comparison, value)) if !column.is_empty() && !value.is_empty() => {
                Ok(Filter { column: column.to_owned(), comparison, value: value.to_owned() })
            }
            _ => Err(Error::argument(
                format!("`{text}` is not a condition on rows"),
                "write a column, one of < <= > >= == !=, and a value, as in 'persistence >= 3' or 'status == failed'",
            )),
        }
    }

    /// The rows of the table that meet all the conditions. A value that is not a number meets none but `!=`.
    ///
    /// # Errors
    /// [`Error::Argument`] when there is no such column, or it cannot be compared so.
    pub fn apply(filters: &[Filter], table: &Table) -> Result<Table> {
        let mut keep = vec![true; table.rows()?];
        for filter in filters {
            filter.mark(table, &mut keep)?;
        }
        let rows: Vec<usize> = (0..keep.len()).filter(|row| keep[*row]).collect();
        Ok(pick(table, &rows))
    }

    fn mark(&self, table: &Table, keep: &mut [bool]) -> Result<()> {
        let column = find(table, &self.column)?;
        if let Values::Text(words) = &column.values {
            let wanted = match self.comparison {
                Comparison::Equal => true,
                Comparison::NotEqual => false,
                _ => {
                    return Err(Error::argument(
                        format!("the column `{}` holds words, which are not more or less", self.column),
                        "compare it by == or !=",
                    ));
                }
            };
            let value = self.value.trim_matches(['"', '\'']);
            for (keep, word) in keep.iter_mut().zip(words) {
                *keep &= (word == value) == wanted;
            }
            return Ok(());
        }
        let number: f64 = self.value.parse().map_err(|_| {
            Error::argument(
                format!("`{}` is no number, and the column `{}` holds numbers", self.value, self.column),
                "compare it with a number",
            )
        })?;
        // Seeds and trials are whole numbers that a real number may not hold.
        let whole: Option<u64> = self.value.parse().ok();
        for (row, keep) in keep.iter_mut().enumerate() {
            let order = match (&column.values, whole) {
                (Values::U64(values), Some(whole)) => Some(values[row].cmp(&whole)),
                (values, _) => real(values, row).partial_cmp(&number),
            };
            *keep &= match self.comparison {
                Comparison::Less => order == Some(Ordering::Less),
                Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                Comparison::Greater => order == Some(Ordering::Greater),
                Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                Comparison::Equal => order == Some(Ordering::Equal),
                Comparison::NotEqual => order != Some(Ordering::Equal),
            };
        }
        Ok(())
    }
}

/// A number of a column as a real number; not a number for words.
pub(super) fn real(values: &Values, row: usize) -> f64 {
    match values {
        Values::U64(values) => values[row] as f64,
        Values::I64(values) => values[row] as f64,
        Values::F64(values) => values[row],
        Values::Text(_) => f64::NAN,
    }
}

/// The column of a name.
///
/// # Errors
/// [`Error::Argument`] that lists the columns when there is none.
pub(super) fn find<'a>(table: &'a Table, name: &str) -> Result<&'a Column> {
    table.columns.iter().find(|column| column.name == name).ok_or_else(|| {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let list = names.join(", ");
        Error::argument(
            format!("there is no column `{name}`"),
            match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? The columns are {list}"),
                None => format!("the columns are {list}"),
            },
        )
    })
}

/// These rows of a table, in this order.
pub(super) fn pick(table: &Table, rows: &[usize]) -> Table {
    fn of<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
        rows.iter().map(|row| values[*row].clone()).collect()
    }
    let columns = table.columns.iter().map(|column| {
        let values = match &column.values {
            Values::U64(values) => Values::U64(of(values, rows)),
            Values::I64(values) => Values::I64(of(values, rows)),
            Values::F64(values) => Values::F64(of(values, rows)),
            Values::Text(values) => Values::Text(of(values, rows)),
        };
        Column::new(column.name.clone(), values)
    });
    Table { columns: columns.collect() }
}

/// The table's rows in the order of a column, rows of equal value as they stood; what is not a number comes last.
///
/// # Errors
/// [`Error::Argument`] when there is no such column.
pub fn sort_rows(table: &Table, column: &str, greatest_first: bool) -> Result<Table> {
    let values = &find(table, column)?.values;
    let mut rows: Vec<usize> = (0..table.rows()?).collect();
    let turned = |order: Ordering| if greatest_first { order.reverse() } else { order };
    rows.sort_by(|&a, &b| match values {
        Values::U64(values) => turned(values[a].cmp(&values[b])),
        Values::I64(values) => turned(values[a].cmp(&values[b])),
        Values::Text(values) => turned(values[a].cmp(&values[b])),
        Values::F64(values) => match (values[a].is_nan(), values[b].is_nan()) {
            (false, false) => turned(values[a].total_cmp(&values[b])),
            (a, b) => a.cmp(&b),
        },
    });
    Ok(pick(table, &rows))
}
