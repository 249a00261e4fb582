//! Replicates put together: number, mean, standard deviation, confidence interval.

use std::collections::HashMap;

use super::filter::{find, pick, real};
use super::student::student_quantile;
use crate::output::{Column, Table, Values};
use crate::{Error, Result};

/// The mean of a sample and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aggregate {
    /// Values that are numbers.
    pub count: u64,
    /// Their mean; not a number when there is none.
    pub mean: f64,
    /// Their standard deviation, with `count - 1` below; not a number for fewer than two.
    pub deviation: f64,
    /// Half the width of the mean's confidence interval; not a number for fewer than two.
    pub half_width: f64,
}

/// The mean of the finite values with its two-sided confidence interval by Student's t: mean ± t s / √n.
///
/// The interval holds where means of so many values are about normal.
pub fn mean_interval(values: impl IntoIterator<Item = f64>, confidence: f64) -> Aggregate {
    // Welford's recurrence ("Note on a method for calculating corrected sums of squares and products", 1962).
    let (mut count, mut mean, mut squares) = (0_u64, 0.0, 0.0);
    for value in values.into_iter().filter(|value| value.is_finite()) {
        count += 1;
        let from_old = value - mean;
        mean += from_old / count as f64;
        squares += from_old * (value - mean);
    }
    if count == 0 {
        return Aggregate { count, mean: f64::NAN, deviation: f64::NAN, half_width: f64::NAN };
    }
    if count == 1 {
        return Aggregate { count, mean, deviation: f64::NAN, half_width: f64::NAN };
    }
    let deviation = (squares / (count - 1) as f64).sqrt();
    let half_width = student_quantile(confidence, count - 1) * deviation / (count as f64).sqrt();
    Aggregate { count, mean, deviation, half_width }
}

/// Groups the rows of a table by the columns `by`, and puts each of the columns `of` together within each group: columns
/// `NAME n`, `NAME mean`, `NAME s.d.`, `NAME low`, `NAME high`, the last two the ends of the interval of this confidence.
/// Groups are in the order of their values.
///
/// # Errors
/// [`Error::Argument`] when there is no such column, or one of `of` holds words.
pub fn aggregate(table: &Table, by: &[String], of: &[String], confidence: f64) -> Result<Table> {
    let keys = by.iter().map(|name| find(table, name)).collect::<Result<Vec<_>>>()?;
    let outputs = of.iter().map(|name| find(table, name)).collect::<Result<Vec<_>>>()?;
    if let Some(words) = outputs.iter().find(|column| matches!(column.values, Values::Text(_))) {
        return Err(Error::argument(
            format!("the column `{}` holds words, which have no mean", words.name),
            "name a column of numbers",
        ));
    }
    let mut groups: HashMap<Vec<Key>, usize> = HashMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for row in 0..table.rows()? {
        let key = keys.iter().map(|column| Key::of(&column.values, row)).collect();
        let group = *groups.entry(key).or_insert_with(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        members[group].push(row);
    }
    let mut order: Vec<(Vec<Key>, usize)> = groups.into_iter().collect();
    order.sort();
    let members: Vec<&Vec<usize>> = order.iter().map(|(_, group)| &members[*group]).collect();
    let firsts: Vec<usize> = members.iter().map(|rows| rows[0]).collect();
    let mut columns = pick(&Table { columns: keys.into_iter().cloned().collect() }, &firsts).columns;
    for output in outputs {
        let of_group =
            |rows: &&Vec<usize>| mean_interval(rows.iter().map(|row| real(&output.values, *row)), confidence);
        let all: Vec<Aggregate> = members.iter().map(of_group).collect();
        let column = |what: &str, of: fn(&Aggregate) -> f64| {
            Column::new(format!("{} {what}", output.name), Values::F64(all.iter().map(of).collect()))
        };
        columns.push(Column::new(
            format!("{} n", output.name),
            Values::U64(all.iter().map(|aggregate| aggregate.count).collect()),
        ));
        columns.push(column("mean", |aggregate| aggregate.mean));
        columns.push(column("s.d.", |aggregate| aggregate.deviation));
        columns.push(column("low", |aggregate| aggregate.mean - aggregate.half_width));
        columns.push(column("high", |aggregate| aggregate.mean + aggregate.half_width));
    }
    Table::new(columns)
}

/// A value that groups can be told apart and put in order by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Whole(u64),
    Signed(i64),
    /// The bits of a real number, turned so that they are in its order; -0 is 0.
    Real(u64),
    Word(String),
}

impl Key {
    fn of(values: &Values, row: usize) -> Key {
        match values {
            Values::U64(values) => Key::Whole(values[row]),
            Values::I64(values) => Key::Signed(values[row]),
            Values::Text(values) => Key::Word(values[row].clone()),
            Values::F64(values) => {
                let value = values[row] + 0.0;
                let bits = if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
                Key::Real(if bits >> 63 == 1 { !bits } else { bits | 1 << 63 })
            }
        }
    }
}
