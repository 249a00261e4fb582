//! `throng results`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use throng::experiment::store::{Contents, Filter, aggregate, read, sort_rows};
use throng::output::{Table, Values, to_csv, to_text, write_parquet};
use throng::{Error, Result};

use super::{Done, print, print_json, warn, write};

#[derive(Args)]
pub struct Arguments {
    /// The run folder
    folder: PathBuf,
    /// Keep the rows for which this holds, as in 'persistence >= 3' or 'status == failed'; may be given several times
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<String>,
    /// Put the rows together that have the same values here, commas between columns: number, mean, standard deviation and
    /// confidence interval of each output
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    by: Vec<String>,
    /// The outputs to put together, commas between [default: all]
    #[arg(long, value_name = "OUTPUTS", value_delimiter = ',', requires = "by")]
    of: Vec<String>,
    /// The confidence of intervals, in per cent
    #[arg(long, value_name = "PERCENT", default_value = "95", value_parser = confidence)]
    confidence: f64,
    /// Put rows in the order of this column, least first
    #[arg(long, value_name = "COLUMN", conflicts_with = "best")]
    sort: Option<String>,
    /// Put the rows with the greatest value (with --by, mean) of this output first
    #[arg(long, value_name = "OUTPUT")]
    best: Option<String>,
    /// Let --best put the least first
    #[arg(long, requires = "best")]
    least: bool,
    /// Rows of text at most [default: 40, with --best 10]
    #[arg(long, value_name = "COUNT")]
    rows: Option<usize>,
    /// Print comma-separated values and nothing else
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print a JSON list of objects, one per row, and nothing else
    #[arg(long)]
    json: bool,
    /// Write the rows to this Parquet file
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
}

fn confidence(text: &str) -> Result<f64> {
    let percent = text.trim().trim_end_matches('%').parse().ok();
    percent
        .filter(|percent: &f64| *percent > 0.0 && *percent < 100.0)
        .map(|percent| percent / 100.0)
        .ok_or_else(|| Error::argument("it is no confidence", "give per cents between 0 and 100, as in 95"))
}

pub fn results(arguments: &Arguments) -> Done {
    let conditions =
        arguments.conditions.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>>>()?;
    let contents = read(&arguments.folder)?;
    warn(&contents.notes);
    for conflict in &contents.conflicts {
        warn(&[format!(
            "trial {} stands in {} with different results; the first is shown",
            conflict.kept.trial.number,
            arguments.folder.display()
        )]);
    }
    let all = Filter::apply(&conditions, &contents.table()?)?;
    let kept = all.rows()?;
    let mut table = if arguments.by.is_empty() { all } else { grouped(&all, &contents, arguments)? };
    if let Some(column) = arguments.best.as_ref().or(arguments.sort.as_ref()) {
        let mean = format!("{column} mean");
        let mean = table.columns.iter().any(|column| column.name == mean).then_some(mean);
        let greatest_first = arguments.best.is_some() && !arguments.least;
        table = sort_rows(&table, mean.as_deref().unwrap_or(column), greatest_first)?;
    }
    if let Some(path) = &arguments.parquet {
        let manifest = serde_json::to_string(&contents.manifest);
        let manifest = manifest.map_err(|error| Error::Internal(error.to_string()))?;
        write_parquet(&table, path, &[("throng.manifest".into(), manifest)])?;
    }
    if arguments.csv {
        write(&to_csv(&table)?)?;
    } else if arguments.json {
        print_json(&objects(&table)?)?;
    } else {
        print(&text(&table, &contents, kept, arguments))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn grouped(table: &Table, contents: &Contents, arguments: &Arguments) -> Result<Table> {
    let mut by: Vec<String> = arguments.by.iter().map(|name| name.trim().to_owned()).collect();
    // A mean over unlike experiments would say nothing.
    if contents.columns.experiments.len() > 1 && !by.iter().any(|name| name == "experiment") {
        by.insert(0, "experiment".into());
    }
    let mut seen = std::collections::HashSet::new();
    by.retain(|name| seen.insert(name.clone()));
    let of = match arguments.of.is_empty() {
        true => contents.columns.outputs.clone(),
        false => arguments.of.iter().map(|name| name.trim().to_owned()).collect(),
    };
    aggregate(table, &by, &of, arguments.confidence)
}

/// Parameters shown at most on the screen: the weights of a policy are hundreds.
const PARAMETERS: usize = 12;

/// What is worth its place on the screen: no columns that are empty, and not all of very many parameters.
fn shown(table: &Table, contents: &Contents) -> Table {
    let parameters = &contents.columns.parameters;
    let differs = |values: &Values| match values {
        Values::F64(values) => values.iter().any(|value| value.to_bits() != values[0].to_bits()),
        _ => true,
    };
    let mut room = PARAMETERS;
    let mut hidden = Vec::new();
    if parameters.len() > PARAMETERS {
        for column in table.columns.iter().filter(|column| parameters.contains(&column.name)) {
            if room > 0 && differs(&column.values) {
                room -= 1;
            } else {
                hidden.push(column.name.as_str());
            }
        }
    }
    let empty = |values: &Values| matches!(values, Values::Text(words) if words.iter().all(String::is_empty));
    let one = contents.columns.experiments.len() == 1;
    let keep = |name: &str, values: &Values| match name {
        "experiment" => !one,
        "reason" => !empty(values),
        "point" | "hash" => false,
        name if hidden.contains(&name) => false,
        _ => true,
    };
    let columns = table.columns.iter().filter(|column| keep(&column.name, &column.values));
    Table { columns: columns.cloned().collect() }
}

fn text(table: &Table, contents: &Contents, kept: usize, arguments: &Arguments) -> String {
    let failed = contents.outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    let rows = arguments.rows.unwrap_or(if arguments.best.is_some() { 10 } else { 40 });
    let chosen = match arguments.conditions.is_empty() {
        true => String::new(),
        false => format!(", {kept} of them chosen"),
    };
    let interval = match arguments.by.is_empty() {
        true => String::new(),
        false => format!("; low and high end the {} % interval of the mean", arguments.confidence * 100.0),
    };
    let written = arguments.parquet.as_ref().map(|path| format!("written to {}\n", path.display()));
    format!(
        "{} trials, {failed} failed{chosen}{interval}\n\n{}{}",
        contents.outcomes.len(),
        to_text(&if arguments.by.is_empty() { shown(table, contents) } else { table.clone() }, rows),
        written.unwrap_or_default()
    )
}

/// Rows as objects; what is not a number is null.
fn objects(table: &Table) -> Result<Value> {
    let cell = |values: &Values, row: usize| match values {
        Values::U64(values) => json!(values[row]),
        Values::I64(values) => json!(values[row]),
        Values::F64(values) => json!(values[row]),
        Values::Text(values) => json!(values[row]),
    };
    let object = |row| {
        let pairs = table.columns.iter().map(|column| (column.name.clone(), cell(&column.values, row)));
        Value::Object(pairs.collect())
    };
    Ok((0..table.rows()?).map(object).collect())
}
