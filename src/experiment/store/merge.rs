//! Stores of one plan put together.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::contents::{Gathered, read, read_series};
use super::manifest::Manifest;
use super::write::Store;
use crate::experiment::TrialOutcome;
use crate::{Error, Result};

/// What came of putting stores together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Trials that the folder now holds.
    pub trials: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Those that were not there before.
    pub added: u64,
    /// One sentence for each file that could not be used.
    pub notes: Vec<String>,
}

/// Puts the stores `shards` together in the store `out`, which is made, or added to where it is of the same plan. The shards
/// stay as they are.
///
/// # Errors
/// [`Error::Argument`] when a folder is no store, two are of different plans, or a trial has different results in two of
/// them; nothing is written then.
pub fn merge(out: &Path, shards: &[PathBuf]) -> Result<Merged> {
    let Some(first) = shards.first() else {
        return Err(Error::argument("there is nothing to merge", "name the run folders of the shards"));
    };
    let manifest = Manifest::read(first)?;
    let mut gathered = Gathered::default();
    let mut from: HashMap<u64, &Path> = HashMap::new();
    let mut notes = Vec::new();
    let exists = out.exists() && std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    let places = exists.then_some(out).into_iter().chain(shards.iter().map(PathBuf::as_path));
    for folder in places {
        let contents = read(folder)?;
        check_same(&manifest, first, &contents.manifest, folder)?;
        for outcome in contents.outcomes {
            let number = outcome.trial.number;
            gathered.add(outcome);
            if let Some(conflict) = gathered.conflicts.pop() {
                let other = from.get(&number).copied().unwrap_or(folder);
                return Err(disagreement(number, (&conflict.kept, other), (&conflict.other, folder)));
            }
            from.entry(number).or_insert(folder);
        }
        if let Some(conflict) = contents.conflicts.first() {
            let number = conflict.kept.trial.number;
            return Err(disagreement(number, (&conflict.kept, folder), (&conflict.other, folder)));
        }
        gathered.timeline.extend(contents.timeline);
        notes.extend(contents.notes);
    }
    let fingerprint = u64::from_str_radix(&manifest.fingerprint, 16).unwrap_or(0);
    let mut store =
        Store::create_or_resume_as("merge", out, fingerprint, &manifest.plan, &manifest.experiments)?;
    let before = store.done().len() + store.failed().len();
    let known = store.contents()?.timeline;
    for folder in shards {
        let mut series = series_by_trial(folder)?;
        for (number, outcome) in &gathered.by_trial {
            let new = match outcome.result {
                Ok(_) => !store.done().contains(number),
                Err(_) => !store.done().contains(number) && !store.failed().contains(number),
            };
            if new && from.get(number).copied() == Some(folder.as_path()) {
                let mut outcome = outcome.clone();
                if let (Ok(finished), Some(rows)) = (&mut outcome.result, series.remove(number)) {
                    let places = &store.columns().places[outcome.trial.experiment].metrics;
                    let own = |values: Vec<f64>| places.iter().map(|&place| values[place]).collect();
                    finished.series = rows.into_iter().map(|(step, values)| (step, own(values))).collect();
                }
                store.append(&outcome)?;
            }
        }
    }
    for interval in gathered.timeline.iter().filter(|interval| !known.contains(interval)) {
        store.append_interval(interval)?;
    }
    let trials = store.done().len() + store.failed().len();
    let merged = Merged {
        trials: trials as u64,
        failed: store.failed().len() as u64,
        added: (trials - before) as u64,
        notes,
    };
    store.close()?;
    Ok(merged)
}

/// The series of a store by trial: steps, and the values of all metric columns.
type SeriesByTrial = HashMap<u64, Vec<(u64, Vec<f64>)>>;

fn series_by_trial(folder: &Path) -> Result<SeriesByTrial> {
    let mut by_trial = SeriesByTrial::new();
    for row in read_series(folder)? {
        by_trial.entry(row.trial).or_default().push((row.step, row.values));
    }
    Ok(by_trial)
}

fn check_same(ours: &Manifest, first: &Path, theirs: &Manifest, folder: &Path) -> Result<()> {
    if ours.fingerprint == theirs.fingerprint && ours.experiments == theirs.experiments {
        return Ok(());
    }
    Err(Error::argument(
        format!("{} and {} are of different plans", first.display(), folder.display()),
        "merge the shards of one plan, into a new folder or one of that plan",
    ))
}

fn disagreement(trial: u64, a: (&TrialOutcome, &Path), b: (&TrialOutcome, &Path)) -> Error {
    let hash = |outcome: &TrialOutcome| outcome.result.as_ref().map_or(0, |finished| finished.hash);
    let what = if hash(a.0) == hash(b.0) {
        "other outputs or parameters".to_owned()
    } else {
        format!("hash {:016x} in one and {:016x} in the other", hash(a.0), hash(b.0))
    };
    let places = if a.1 == b.1 {
        format!("twice in {}", a.1.display())
    } else {
        format!("in {} and in {}", a.1.display(), b.1.display())
    };
    Error::argument(
        format!("trial {trial} stands {places} with different results: {what}"),
        "find out which is right (`throng verify` compares devices), and run the other again into a new folder",
    )
}
