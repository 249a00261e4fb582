//! A population from a table: CSV or Parquet, a row for each agent, a column for each field.

use std::path::Path;

use super::agents::fields;
use super::table::Cell;
use crate::error::{Error, Result};
use crate::model::{FieldKind, Kind, Model, nearest};
use crate::output::{Table, read_parquet};
use crate::world::Population;

/// Reads a population of a kind of a model's agents, by the kind's name, from a file: Parquet where its name ends in `.parquet`, else CSV with a line of
/// headings. Columns are the agent's fields, those of a pair as `pos.x` and `pos.y`; fields that are not there keep the
/// value that they start with. A column `id` is passed over, so that the agents of a saved state are a population.
///
/// # Errors
/// When it cannot be read, has a column that is no field, or a value that its field cannot hold: with row and column.
pub fn read_population(model: &Model, kind: &str, path: &Path) -> Result<Population> {
    let Some(declared) = model.kind(kind).map(|kind| &model.kinds[kind]) else {
        return Err(refuse(
            path,
            format!(": model `{}` has no agents `{kind}`", model.name),
            &match model.kinds.is_empty() {
                true => "it has none at all: run it without a population".to_owned(),
                false => format!(
                    "its kinds of agents are {}",
                    model.kinds.iter().map(|kind| kind.name.as_str()).collect::<Vec<_>>().join(", ")
                ),
            },
        ));
    };
    let is_parquet = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"));
    let columns = match is_parquet {
        true => of_parquet(declared, path, &read_parquet(path)?.0)?,
        false => of_csv(declared, path)?,
    };
    Population::new(model, kind, &path.display().to_string(), columns)
}

type Columns = Vec<(u32, Vec<u32>)>;

fn refuse(path: &Path, why: String, remedy: &str) -> Error {
    Error::argument(format!("population {}{why}", path.display()), remedy)
}

/// For each column the field that it is of; none for one that is passed over.
fn places(kind: &Kind, path: &Path, names: &[&str]) -> Result<Vec<Option<(FieldKind, u32)>>> {
    let known = fields(&kind.layout);
    let mut found: Vec<Option<(FieldKind, u32)>> = Vec::new();
    for name in names {
        let field = known.iter().find(|(field, ..)| field == name).map(|(_, kind, word)| (*kind, *word));
        if field.is_none() && *name != "id" {
            let list: Vec<&str> = known.iter().map(|(name, ..)| name.as_str()).collect();
            let remedy = match nearest(name, list.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its fields are {}", list.join(", ")),
            };
            let why = format!(": `struct {}` has no field `{name}`", kind.structure);
            return Err(refuse(path, why, &remedy));
        }
        if field.is_some() && found.contains(&field) {
            return Err(refuse(path, format!(": it has two columns `{name}`"), "keep one of them"));
        }
        found.push(field);
    }
    match found.iter().flatten().next() {
        Some(_) => Ok(found),
        None => Err(refuse(
            path,
            ": no column is a field of the agent".into(),
            "begin the file with a line that names the fields, as in `pos.x,pos.y`",
        )),
    }
}

fn wrong(path: &Path, row: usize, name: &str, why: &str) -> Error {
    refuse(path, format!(", row {row}, column `{name}`: {why}"), "correct it")
}

fn of_parquet(kind: &Kind, path: &Path, table: &Table) -> Result<Columns> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let rows = table.rows()?;
    let mut columns = Columns::new();
    for (column, place) in table.columns.iter().zip(places(kind, path, &names)?) {
        let Some((kind, word)) = place else { continue };
        let value = |row: usize| {
            let cell = Cell::of(&column.values, row).word(kind);
            cell.map_err(|why| wrong(path, row + 1, &column.name, &why))
        };
        columns.push((word, (0..rows).map(value).collect::<Result<_>>()?));
    }
    Ok(columns)
}

fn of_csv(kind: &Kind, path: &Path) -> Result<Columns> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, "read", &error))?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let no_csv = |error: csv::Error| {
        let row = error.position().map_or(String::new(), |position| format!(", line {}", position.line()));
        let why = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{row}: it has {len} values, and there are {expected_len} columns")
            }
            csv::ErrorKind::Utf8 { .. } => format!("{row}: it is not UTF-8 text"),
            _ => format!("{row}: it is no table"),
        };
        refuse(path, why, "write a line of headings, then one line for each agent, with commas between")
    };
    let headings = reader.headers().map_err(no_csv)?.clone();
    let names: Vec<&str> = headings.iter().collect();
    let places = places(kind, path, &names)?;
    let mut columns: Columns = places.iter().flatten().map(|(_, word)| (*word, Vec::new())).collect();
    for (row, record) in (1..).zip(reader.records()) {
        let record = record.map_err(no_csv)?;
        let values = record.iter().zip(&names).zip(&places);
        let fields = values.filter_map(|((value, name), place)| Some((value, name, place.as_ref()?.0)));
        for ((value, name, kind), (_, words)) in fields.zip(&mut columns) {
            words.push(Cell::Text(value).word(kind).map_err(|why| wrong(path, row, name, &why))?);
        }
    }
    Ok(columns)
}
