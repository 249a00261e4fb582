//! Outcomes as tables, and tables as outcomes.

use std::collections::HashMap;

use super::columns::Columns;
use super::timeline::Interval;
use crate::Result;
use crate::experiment::{Finished, Trial, TrialOutcome};
use crate::output::{Column, Table, Values};

/// What the column `status` says.
const DONE: &str = "done";
const FAILED: &str = "failed";

/// The table of trials: one row for each outcome.
pub(super) fn outcome_table(outcomes: &[&TrialOutcome], columns: &Columns) -> Result<Table> {
    let whole = |of: &dyn Fn(&TrialOutcome) -> u64| Values::U64(outcomes.iter().map(|one| of(one)).collect());
    let text = |of: &dyn Fn(&TrialOutcome) -> String| {
        Values::Text(outcomes.iter().map(|one| of(one)).collect::<Vec<String>>())
    };
    let finished = |one: &TrialOutcome| one.result.as_ref().ok().cloned();
    let mut values = vec![
        whole(&|one| one.trial.number),
        text(&|one| experiment_name(columns, one.trial.experiment)),
        whole(&|one| one.trial.point),
        whole(&|one| one.trial.replicate.into()),
        whole(&|one| one.trial.seed),
        whole(&|one| one.trial.agents.into()),
    ];
    values.extend(reals(columns.parameters.len(), outcomes, |one, row| {
        let places = columns.places.get(one.trial.experiment);
        for (place, value) in places.iter().flat_map(|places| &places.parameters).zip(&one.trial.values) {
            row[*place] = *value;
        }
    }));
    values.push(whole(&|one| one.result.as_ref().map_or(0, |finished| finished.steps)));
    values.push(whole(&|one| one.result.as_ref().is_ok_and(|finished| finished.stopped).into()));
    values.extend(reals(columns.outputs.len(), outcomes, |one, row| {
        let places = columns.places.get(one.trial.experiment);
        let outputs = one.result.as_ref().map_or(&[][..], |finished| &finished.outputs);
        for (place, value) in places.iter().flat_map(|places| &places.outputs).zip(outputs) {
            row[*place] = *value;
        }
    }));
    values
        .push(text(&|one| finished(one).map_or(String::new(), |finished| format!("{:016x}", finished.hash))));
    values.push(text(&|one| if one.result.is_ok() { DONE } else { FAILED }.to_owned()));
    values.push(text(&|one| one.result.as_ref().err().cloned().unwrap_or_default()));
    values.push(Values::F64(outcomes.iter().map(|one| one.seconds).collect()));
    values.push(text(&|one| one.device.clone()));
    let names = columns.names();
    Table::new(names.into_iter().zip(values).map(|(name, values)| Column::new(name, values)).collect())
}

fn experiment_name(columns: &Columns, experiment: usize) -> String {
    columns.experiments.get(experiment).map_or(String::new(), |experiment| experiment.name.clone())
}

/// `width` columns of real numbers, filled row by row; what is not filled is not a number.
fn reals<T>(width: usize, rows: &[T], fill: impl Fn(&T, &mut [f64])) -> Vec<Values> {
    let mut columns = vec![Vec::with_capacity(rows.len()); width];
    let mut values = vec![f64::NAN; width];
    for row in rows {
        values.fill(f64::NAN);
        fill(row, &mut values);
        for (column, value) in columns.iter_mut().zip(&values) {
            column.push(*value);
        }
    }
    columns.into_iter().map(Values::F64).collect()
}

/// The table of series: one row for each trial and recorded step.
pub(super) fn series_table(outcomes: &[&TrialOutcome], columns: &Columns) -> Result<Table> {
    let mut rows = Vec::new();
    for outcome in outcomes {
        for (step, values) in outcome.result.as_ref().map_or(&[][..], |finished| &finished.series) {
            rows.push((&outcome.trial, *step, values));
        }
    }
    let mut table = vec![
        Column::new("trial", Values::U64(rows.iter().map(|(trial, ..)| trial.number).collect())),
        Column::new("step", Values::U64(rows.iter().map(|(_, step, _)| *step).collect())),
    ];
    let metrics = reals(columns.metrics.len(), &rows, |(trial, _, values), row| {
        let places = columns.places.get(trial.experiment);
        for (place, value) in places.iter().flat_map(|places| &places.metrics).zip(values.iter()) {
            row[*place] = *value;
        }
    });
    table.extend(columns.metrics.iter().zip(metrics).map(|(name, values)| Column::new(name, values)));
    Table::new(table)
}

/// The table of intervals.
pub(super) fn timeline_table(intervals: &[Interval], columns: &Columns) -> Result<Table> {
    let text = |of: &dyn Fn(&Interval) -> String| Values::Text(intervals.iter().map(of).collect());
    Table::new(vec![
        Column::new("device", text(&|one| one.device.clone())),
        Column::new("experiment", text(&|one| experiment_name(columns, one.experiment))),
        Column::new("begin", Values::F64(intervals.iter().map(|one| one.begin).collect())),
        Column::new("end", Values::F64(intervals.iter().map(|one| one.end).collect())),
        Column::new("trials", Values::U64(intervals.iter().map(|one| one.trials).collect())),
        Column::new("why", text(&|one| one.why.clone())),
    ])
}

/// A table's columns, taken from left to right.
struct Taker<'a>(std::slice::Iter<'a, Column>);

impl<'a> Taker<'a> {
    fn next(&mut self, name: &str) -> Result<&'a Values, String> {
        match self.0.next() {
            Some(column) if column.name == name => Ok(&column.values),
            _ => Err(other(name)),
        }
    }

    fn whole(&mut self, name: &str) -> Result<&'a [u64], String> {
        match self.next(name)? {
            Values::U64(values) => Ok(values),
            _ => Err(other(name)),
        }
    }

    fn real(&mut self, name: &str) -> Result<&'a [f64], String> {
        match self.next(name)? {
            Values::F64(values) => Ok(values),
            _ => Err(other(name)),
        }
    }

    fn text(&mut self, name: &str) -> Result<&'a [String], String> {
        match self.next(name)? {
            Values::Text(values) => Ok(values),
            _ => Err(other(name)),
        }
    }

    fn reals(&mut self, names: &[String]) -> Result<Vec<&'a [f64]>, String> {
        names.iter().map(|name| self.real(name)).collect()
    }
}

fn other(name: &str) -> String {
    format!("its columns are not those of this run folder's plan: `{name}` is not where it should be")
}

/// The outcomes of a table of trials, without their series.
///
/// # Errors
/// What is wrong with the table, as a part of a sentence.
pub(super) fn outcomes(table: &Table, columns: &Columns) -> Result<Vec<TrialOutcome>, String> {
    let by_name: HashMap<&str, usize> = columns
        .experiments
        .iter()
        .enumerate()
        .map(|(place, experiment)| (experiment.name.as_str(), place))
        .collect();
    let mut taker = Taker(table.columns.iter());
    let number = taker.whole("trial")?;
    let experiment = taker.text("experiment")?;
    let point = taker.whole("point")?;
    let replicate = taker.whole("replicate")?;
    let seed = taker.whole("seed")?;
    let agents = taker.whole("agents")?;
    let parameters = taker.reals(&columns.parameters)?;
    let steps = taker.whole("steps")?;
    let stopped = taker.whole("stopped")?;
    let outputs = taker.reals(&columns.outputs)?;
    let hash = taker.text("hash")?;
    let status = taker.text("status")?;
    let reason = taker.text("reason")?;
    let seconds = taker.real("seconds")?;
    let device = taker.text("device")?;
    let row = |row: usize| -> Option<TrialOutcome> {
        let experiment = *by_name.get(experiment[row].as_str())?;
        let places = &columns.places[experiment];
        let pick = |from: &[&[f64]], places: &[usize]| places.iter().map(|&place| from[place][row]).collect();
        let result = match status[row].as_str() {
            DONE => Ok(Finished {
                steps: steps[row],
                stopped: stopped[row] != 0,
                hash: u64::from_str_radix(&hash[row], 16).ok()?,
                outputs: pick(&outputs, &places.outputs),
                series: Vec::new(),
            }),
            FAILED => Err(reason[row].clone()),
            _ => return None,
        };
        let trial = Trial {
            number: number[row],
            experiment,
            point: point[row],
            replicate: u32::try_from(replicate[row]).ok()?,
            seed: seed[row],
            agents: u32::try_from(agents[row]).ok()?,
            values: pick(&parameters, &places.parameters),
        };
        Some(TrialOutcome { trial, result, seconds: seconds[row], device: device[row].clone() })
    };
    let rows =
        (0..number.len()).map(|place| row(place).ok_or_else(|| format!("its row {place} is no trial's")));
    rows.collect()
}

/// One row of the series: trial, step, the value of each metric column.
pub(super) type SeriesTuple = (u64, u64, Vec<f64>);

/// The rows of a table of series.
///
/// # Errors
/// What is wrong with the table, as a part of a sentence.
pub(super) fn series(table: &Table, columns: &Columns) -> Result<Vec<SeriesTuple>, String> {
    let mut taker = Taker(table.columns.iter());
    let (trial, step) = (taker.whole("trial")?, taker.whole("step")?);
    let metrics = taker.reals(&columns.metrics)?;
    let row = |row: usize| (trial[row], step[row], metrics.iter().map(|metric| metric[row]).collect());
    Ok((0..trial.len()).map(row).collect())
}

/// The intervals of a table.
///
/// # Errors
/// What is wrong with the table, as a part of a sentence.
pub(super) fn intervals(table: &Table, columns: &Columns) -> Result<Vec<Interval>, String> {
    let mut taker = Taker(table.columns.iter());
    let (device, experiment) = (taker.text("device")?, taker.text("experiment")?);
    let (begin, end, trials) = (taker.real("begin")?, taker.real("end")?, taker.whole("trials")?);
    let why = taker.text("why")?;
    let place = |name: &String| columns.experiments.iter().position(|experiment| experiment.name == *name);
    let row = |row: usize| {
        Some(Interval {
            device: device[row].clone(),
            experiment: place(&experiment[row])?,
            begin: begin[row],
            end: end[row],
            trials: trials[row],
            why: why[row].clone(),
        })
    };
    let rows =
        (0..begin.len()).map(|place| row(place).ok_or_else(|| format!("its row {place} is no interval")));
    rows.collect()
}
