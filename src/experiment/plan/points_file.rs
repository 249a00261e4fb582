//! Points from a CSV file: a heading that names parameters, a row for each point.

use std::path::Path;

use crate::error::{Error, Result};

/// The largest file of points that is read.
const MOST_BYTES: u64 = 1 << 30;

/// The columns of a file of points: each parameter's name and its value in every row.
pub(super) fn read(path: &Path) -> Result<Vec<(String, Vec<f64>)>> {
    let text = super::read_text(path, MOST_BYTES)?;
    columns(&path.display().to_string(), &text)
}

fn columns(file: &str, text: &str) -> Result<Vec<(String, Vec<f64>)>> {
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let unreadable =
        |error: csv::Error| Error::argument(format!("{file}: {error}"), "write a CSV file with a heading");
    let heading = reader.headers().map_err(unreadable)?.clone();
    let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
    for name in &heading {
        let name = name.trim_start_matches('\u{feff}');
        let place = columns.len() + 1;
        if name.is_empty() {
            return Err(Error::argument(
                format!("{file}, line 1, column {place}: the heading is empty"),
                "name a parameter of the model there",
            ));
        }
        if columns.iter().any(|(other, _)| other == name) {
            return Err(Error::argument(
                format!("{file}, line 1, column {place}: a column `{name}` stands before this one"),
                "remove one of the two",
            ));
        }
        columns.push((name.to_owned(), Vec::new()));
    }
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let line = row.position().map_or(0, csv::Position::line);
        if row.len() != columns.len() {
            return Err(Error::argument(
                format!(
                    "{file}, line {line}: there are {} cells under a heading of {}",
                    row.len(),
                    columns.len()
                ),
                "give each column a cell",
            ));
        }
        for (cell, (name, values)) in row.iter().zip(&mut columns) {
            match cell.parse() {
                Ok(value) if f64::is_finite(value) => values.push(value),
                _ => {
                    return Err(Error::argument(
                        format!("{file}, line {line}, column `{name}`: `{cell}` is not a number"),
                        "write a number, as in 3 or 0.5",
                    ));
                }
            }
        }
    }
    match columns.first() {
        Some((_, values)) if !values.is_empty() => Ok(columns),
        Some(_) => Err(Error::argument(
            format!("{file} has no points"),
            "write a row for each point under the heading",
        )),
        None => Err(Error::argument(
            format!("{file} is empty"),
            "write a heading that names parameters, and a row for each point",
        )),
    }
}
