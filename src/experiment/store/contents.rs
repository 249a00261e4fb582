//! A store read back.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::columns::Columns;
use super::journal;
use super::manifest::Manifest;
use super::names::{Kind, PartName, list, parse_journal};
use super::part;
use super::record::Record;
use super::rows;
use super::timeline::Interval;
use crate::experiment::TrialOutcome;
use crate::output::Table;
use crate::{Error, Result};

/// What a store holds.
#[derive(Debug, Clone)]
pub struct Contents {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its columns.
    pub columns: Columns,
    /// One outcome for each trial that ended, by the trial's number, without series. A trial that failed and was then run
    /// again is there as it finished.
    pub outcomes: Vec<TrialOutcome>,
    /// What devices did when, in the order of their beginning.
    pub timeline: Vec<Interval>,
    /// One sentence for each file that could not be used.
    pub notes: Vec<String>,
    /// Trials that stand in it with different results.
    pub conflicts: Vec<Conflict>,
}

/// A trial with two results that are not the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The result that counts: the first by the names of the files.
    pub kept: TrialOutcome,
    /// Another one.
    pub other: TrialOutcome,
}

/// One recorded step of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    /// The trial's number.
    pub trial: u64,
    /// The step.
    pub step: u64,
    /// The value of each of the metric columns of [`Columns`].
    pub values: Vec<f64>,
}

impl Contents {
    /// One row for each trial, the columns those of [`Columns::names`].
    ///
    /// # Errors
    /// None for contents that were read.
    pub fn table(&self) -> Result<Table> {
        rows::outcome_table(&self.outcomes.iter().collect::<Vec<_>>(), &self.columns)
    }
}

/// Reads what a store holds, also while others write to it.
///
/// A file that is damaged or belongs elsewhere is left out, and named in [`Contents::notes`].
///
/// # Errors
/// [`Error::Argument`] when the folder is no store or one of another format, [`Error::File`] when it cannot be read.
pub fn read(folder: &Path) -> Result<Contents> {
    let manifest = Manifest::read(folder)?;
    let columns = manifest.columns()?;
    let mut gathered = Gathered::default();
    let notes = scan(folder, &manifest, &columns, &[Kind::Part, Kind::Timeline], &mut |piece| {
        match piece {
            Piece::Outcomes(outcomes) => outcomes.into_iter().for_each(|outcome| gathered.add(outcome)),
            Piece::Timeline(timeline) => gathered.timeline.extend(timeline),
            Piece::Series(_) => {}
        }
        Ok(())
    })?;
    let Gathered { by_trial, conflicts, mut timeline } = gathered;
    timeline.sort_by(|a, b| {
        a.begin.total_cmp(&b.begin).then(a.end.total_cmp(&b.end)).then_with(|| {
            let rest = |one: &Interval| (one.device.clone(), one.experiment, one.trials, one.why.clone());
            rest(a).cmp(&rest(b))
        })
    });
    timeline.dedup();
    let outcomes = by_trial.into_values().collect();
    Ok(Contents { manifest, columns, outcomes, timeline, notes, conflicts })
}

/// Reads the series that a store holds, by trial and step, each row once.
///
/// # Errors
/// As [`read`] has.
pub fn read_series(folder: &Path) -> Result<Vec<SeriesRow>> {
    let manifest = Manifest::read(folder)?;
    let columns = manifest.columns()?;
    let mut all = BTreeMap::new();
    scan(folder, &manifest, &columns, &[Kind::Series], &mut |piece| {
        if let Piece::Series(series) = piece {
            for (trial, step, values) in series {
                all.entry((trial, step)).or_insert(values);
            }
        }
        Ok(())
    })?;
    Ok(all.into_iter().map(|((trial, step), values)| SeriesRow { trial, step, values }).collect())
}

/// Outcomes with one for each trial.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub by_trial: BTreeMap<u64, TrialOutcome>,
    pub conflicts: Vec<Conflict>,
    pub timeline: Vec<Interval>,
}

impl Gathered {
    pub(super) fn add(&mut self, outcome: TrialOutcome) {
        let Some(known) = self.by_trial.get_mut(&outcome.trial.number) else {
            self.by_trial.insert(outcome.trial.number, outcome);
            return;
        };
        match (&known.result, &outcome.result) {
            (Ok(_), Err(_)) => {}
            (Err(_), _) => *known = outcome,
            (Ok(_), Ok(_)) if same(known, &outcome) => {}
            (Ok(_), Ok(_)) => {
                let conflict = Conflict { kept: known.clone(), other: outcome };
                if !self.conflicts.contains(&conflict) {
                    self.conflicts.push(conflict);
                }
            }
        }
    }
}

/// Whether two results of a trial are the same, in all but how long they took and where they ran.
pub(super) fn same(a: &TrialOutcome, b: &TrialOutcome) -> bool {
    // What is not a number has many bit patterns, by machine.
    let bits = |values: &[f64]| {
        values.iter().map(|value| (!value.is_nan()).then_some(value.to_bits())).collect::<Vec<_>>()
    };
    match (&a.result, &b.result) {
        (Ok(x), Ok(y)) => {
            (x.steps, x.stopped, x.hash) == (y.steps, y.stopped, y.hash)
                && bits(&x.outputs) == bits(&y.outputs)
                && (a.trial.experiment, a.trial.seed, a.trial.agents)
                    == (b.trial.experiment, b.trial.seed, b.trial.agents)
                && bits(&a.trial.values) == bits(&b.trial.values)
        }
        (Err(x), Err(y)) => x == y,
        _ => false,
    }
}

/// What one file holds.
pub(super) enum Piece {
    Outcomes(Vec<TrialOutcome>),
    Series(Vec<rows::SeriesTuple>),
    Timeline(Vec<Interval>),
}

/// How often a folder is listed again because files were put together while they were read.
const ATTEMPTS: usize = 100;

/// Gives what each file of the kinds asked for holds; sentences about files that cannot be used come back.
///
/// Journals come first: one that becomes a part meanwhile is then met as that part.
pub(super) fn scan(
    folder: &Path,
    manifest: &Manifest,
    columns: &Columns,
    kinds: &[Kind],
    take: &mut dyn FnMut(Piece) -> Result<()>,
) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let fingerprint = u64::from_str_radix(&manifest.fingerprint, 16).unwrap_or(0);
    for name in list(folder)? {
        if parse_journal(&name).is_none() {
            continue;
        }
        let path = folder.join(&name);
        let Some(bytes) = read_file(&path)? else { continue };
        let found = journal::find(&bytes, fingerprint);
        notes.extend(found.damage.map(|why| {
            format!(
                "{} is used as far as it can be read: {why}; trials that it lost can be run again",
                path.display()
            )
        }));
        let (mut outcomes, mut timeline) = (Vec::new(), Vec::new());
        for record in found.records {
            match record {
                Record::Outcome(outcome) if fits(&outcome, columns) => outcomes.push(outcome),
                Record::Outcome(outcome) => notes.push(format!(
                    "trial {} in {} is left out: it has other columns than the plan",
                    outcome.trial.number,
                    path.display()
                )),
                Record::Interval(interval) => timeline.push(interval),
            }
        }
        if kinds.contains(&Kind::Series) {
            let table = rows::series_table(&outcomes.iter().collect::<Vec<_>>(), columns)?;
            take(Piece::Series(rows::series(&table, columns).map_err(Error::Internal)?))?;
        }
        if kinds.contains(&Kind::Part) {
            for outcome in &mut outcomes {
                if let Ok(finished) = &mut outcome.result {
                    finished.series = Vec::new();
                }
            }
            take(Piece::Outcomes(outcomes))?;
        }
        if kinds.contains(&Kind::Timeline) {
            take(Piece::Timeline(timeline))?;
        }
    }
    for _ in 0..ATTEMPTS {
        let mut vanished = false;
        for name in list(folder)? {
            let parquet = name.ends_with(".parquet") && !name.starts_with('.');
            if !parquet || !seen.insert(name.clone()) {
                continue;
            }
            let path = folder.join(&name);
            let Some(part) = PartName::parse(&name) else {
                notes.push(format!(
                    "{} is left out: it is not named as the parts of a run folder are; move it elsewhere",
                    path.display()
                ));
                continue;
            };
            if !kinds.contains(&part.kind) {
                continue;
            }
            let Some(bytes) = read_file(&path)? else {
                vanished = true;
                continue;
            };
            let piece = part::parse(&part, bytes, &manifest.fingerprint).and_then(|table| match part.kind {
                Kind::Part => rows::outcomes(&table, columns).map(Piece::Outcomes),
                Kind::Series => rows::series(&table, columns).map(Piece::Series),
                Kind::Timeline => rows::intervals(&table, columns).map(Piece::Timeline),
            });
            match piece {
                Ok(piece) => take(piece)?,
                Err(why) => notes.push(format!(
                    "{} is left out: {why}; restore it, or move it away and run its trials again",
                    path.display()
                )),
            }
        }
        if !vanished {
            break;
        }
    }
    Ok(notes)
}

/// Whether an outcome has as many values and outputs as its experiment has columns.
pub(super) fn fits(outcome: &TrialOutcome, columns: &Columns) -> bool {
    columns.experiments.get(outcome.trial.experiment).is_some_and(|experiment| {
        outcome.trial.values.len() == experiment.parameters.len()
            && outcome.result.as_ref().map_or(true, |finished| {
                finished.outputs.len() == experiment.outputs.len()
                    && finished.series.iter().all(|(_, values)| values.len() == experiment.metrics.len())
            })
    })
}

/// A file's bytes; `None` when it has gone.
fn read_file(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(path, "read", &error)),
    }
}
