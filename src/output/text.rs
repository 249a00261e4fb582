//! Tables as text for the terminal.

use super::table::{Table, Values};

/// The largest real number of a column is shown with this many digits that matter, the smallest with this few, no
/// number with more decimals than that.
const DIGITS: i32 = 5;
const FEW_DIGITS: i32 = 3;
const MOST_DECIMALS: i32 = 6;

/// A table as aligned text: numbers to the right, words to the left, a thin rule below the headings, every line ended.
///
/// At most `max_rows` rows are shown, followed by a line that says how many were left out. The decimals of a column of
/// real numbers are chosen once for the column. Columns of unequal length are filled up with blanks.
pub fn to_text(table: &Table, max_rows: usize) -> String {
    let rows = table.columns.iter().map(|column| column.values.len()).max().unwrap_or(0);
    let shown = rows.min(max_rows);
    let columns: Vec<TextColumn> = table
        .columns
        .iter()
        .map(|column| TextColumn::new(&one_line(&column.name), &column.values, shown))
        .collect();
    let mut text = String::new();
    for line in 0..=shown {
        push_line(&mut text, columns.iter().map(|column| column.padded(line)));
        if line == 0 {
            push_line(&mut text, columns.iter().map(|column| "─".repeat(column.width)));
        }
    }
    if rows > shown {
        let left_out = rows - shown;
        text.push_str(&format!("… and {left_out} more row{}\n", if left_out == 1 { "" } else { "s" }));
    }
    text
}

struct TextColumn {
    /// The heading, then the rows.
    cells: Vec<String>,
    width: usize,
    to_the_right: bool,
}

impl TextColumn {
    fn new(name: &str, values: &Values, shown: usize) -> TextColumn {
        let mut cells = vec![name.to_owned()];
        match values {
            Values::U64(values) => cells.extend(values.iter().take(shown).map(u64::to_string)),
            Values::I64(values) => cells.extend(values.iter().take(shown).map(i64::to_string)),
            Values::F64(values) => cells.extend(reals(&values[..values.len().min(shown)])),
            Values::Text(values) => cells.extend(values.iter().take(shown).map(|value| one_line(value))),
        }
        let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
        TextColumn { cells, width, to_the_right: !matches!(values, Values::Text(_)) }
    }

    fn padded(&self, line: usize) -> String {
        let cell = self.cells.get(line).map_or("", String::as_str);
        let width = self.width;
        if self.to_the_right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
    }
}

fn push_line(text: &mut String, cells: impl Iterator<Item = String>) {
    let line = cells.collect::<Vec<_>>().join("  ");
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Line feeds, tabs and terminal controls would break the table.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Real numbers with as many decimals as both the largest and the smallest of them need; whole ones with none.
fn reals(values: &[f64]) -> Vec<String> {
    let sizes = || values.iter().map(|value| value.abs()).filter(|size| size.fract() > 0.0);
    let largest = sizes().fold(f64::MIN_POSITIVE, f64::max);
    let smallest = sizes().fold(f64::MAX, f64::min);
    // The power of ten of the first digit that is not zero.
    let first = |size: f64| size.log10().floor() as i32;
    let decimals = i32::max(DIGITS - 1 - first(largest).max(0), FEW_DIGITS - 1 - first(smallest));
    let decimals = decimals.clamp(1, MOST_DECIMALS) as usize;
    values.iter().map(|&value| real(value, decimals)).collect()
}

fn real(value: f64, decimals: usize) -> String {
    let size = value.abs();
    let lost = size != 0.0 && size < 10f64.powi(-(decimals as i32));
    if value.is_finite() && (size >= 1e15 || lost) {
        format!("{value:.3e}")
    } else if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.decimals$}")
    }
}
