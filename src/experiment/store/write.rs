//! A store that is written to.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::columns::{Columns, ExperimentColumns};
use super::compact::compact;
use super::contents::{Contents, fits, read};
use super::journal::{self, Journal};
use super::lock::Lock;
use super::manifest::Manifest;
use super::names::{Kind, PartName, check_writer, list, parse_journal};
use super::part;
use super::record::{Record, interval_bytes, outcome_bytes};
use super::rows;
use super::timeline::Interval;
use crate::experiment::TrialOutcome;
use crate::{Error, Result};

/// A part is written when a journal holds so many rows, so many bytes, or rows so old.
const MOST_ROWS: usize = 1 << 16;
const MOST_BYTES: u64 = 64 << 20;
const LONGEST: Duration = Duration::from_secs(10);

/// A run folder open for adding outcomes.
///
/// ```
/// # fn main() -> throng::Result<()> {
/// use throng::experiment::store::{ExperimentColumns, Store};
/// use throng::experiment::{Finished, Trial, TrialOutcome};
///
/// let columns = ExperimentColumns {
///     name: "walk".into(),
///     model: "walkers".into(),
///     model_hash: throng::Model::builtin("walkers")?.text_hash(),
///     parameters: vec!["turning".into()],
///     outputs: vec!["distance".into()],
///     metrics: vec![],
/// };
/// # let folder = std::env::temp_dir().join(format!("throng-store-{}", std::process::id()));
/// let mut store = Store::create_or_resume(&folder, 1, "replicates = 10", &[columns])?;
/// for number in 0..10 {
///     if store.is_settled(number, false) {
///         continue;
///     }
///     // A sweep's outcomes come from `throng::experiment::sweep`.
///     let (point, replicate, seed, agents) = (0, number as u32, 100 + number, 1);
///     let trial = Trial { number, experiment: 0, point, replicate, seed, agents, values: vec![0.5] };
///     let found = Finished { steps: 100, stopped: false, hash: 1, outputs: vec![10.0], series: vec![] };
///     store.append(&TrialOutcome { trial, result: Ok(found), seconds: 0.1, device: "cpu".into() })?;
/// }
/// store.close()?;
/// assert_eq!(throng::experiment::store::read(&folder)?.outcomes.len(), 10);
/// # let _ = std::fs::remove_dir_all(&folder);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    manifest: Manifest,
    columns: Columns,
    fingerprint: u64,
    writer: String,
    /// The number of the next journal and of the parts made of it.
    number: u64,
    journal: Option<Journal>,
    since: Instant,
    outcomes: Vec<TrialOutcome>,
    timeline: Vec<Interval>,
    done: HashSet<u64>,
    failed: HashSet<u64>,
    notes: Vec<String>,
    _lock: Lock,
}

impl Store {
    /// Makes `folder` the store of a plan, or opens it to go on where it stands. What a process that was killed left is
    /// put in order.
    ///
    /// `fingerprint` tells the plan from others, `plan` is its text in TOML.
    ///
    /// # Errors
    /// [`Error::Argument`] when the folder holds another plan, another format or other things, or a process is writing to
    /// it; [`Error::File`] when it cannot be read or written.
    pub fn create_or_resume(
        folder: &Path,
        fingerprint: u64,
        plan: &str,
        experiments: &[ExperimentColumns],
    ) -> Result<Store> {
        Store::create_or_resume_as("0", folder, fingerprint, plan, experiments)
    }

    /// The same, for one of several processes that write to one folder at once, each under a name of its own: at most 64
    /// letters, digits, `_` and `.`.
    ///
    /// # Errors
    /// As [`Store::create_or_resume`] has, and for another name.
    pub fn create_or_resume_as(
        writer: &str,
        folder: &Path,
        fingerprint: u64,
        plan: &str,
        experiments: &[ExperimentColumns],
    ) -> Result<Store> {
        check_writer(writer)?;
        let columns = Columns::new(experiments.to_vec())?;
        let manifest = Manifest::new(fingerprint, plan, &columns).establish(folder)?;
        let lock = Lock::take(folder, writer)?;
        part::clear_drafts(folder, writer);
        let mut store = Store {
            folder: folder.to_owned(),
            number: next_number(folder, writer)?,
            manifest,
            columns,
            fingerprint,
            writer: writer.to_owned(),
            journal: None,
            since: Instant::now(),
            outcomes: Vec::new(),
            timeline: Vec::new(),
            done: HashSet::new(),
            failed: HashSet::new(),
            notes: Vec::new(),
            _lock: lock,
        };
        store.recover()?;
        store.compact()?;
        let contents = store.contents()?;
        for outcome in &contents.outcomes {
            store.note_trial(outcome);
        }
        store.notes.extend(contents.notes);
        Ok(store)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the store says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its columns.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The numbers of the trials that are finished.
    pub fn done(&self) -> &HashSet<u64> {
        &self.done
    }

    /// The numbers of the trials that failed, and did not finish when they were run again.
    pub fn failed(&self) -> &HashSet<u64> {
        &self.failed
    }

    /// Whether a trial need not be run: it is finished, or it failed and failed ones are not to be tried again.
    pub fn is_settled(&self, trial: u64, retry_failed: bool) -> bool {
        self.done.contains(&trial) || (!retry_failed && self.failed.contains(&trial))
    }

    /// One sentence for each file that could not be used when the store was opened.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Adds an outcome. Once this has returned, no kill of the process can lose it.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be written: the disk is full. It may be tried again.
    pub fn append(&mut self, outcome: &TrialOutcome) -> Result<()> {
        if !fits(outcome, &self.columns) {
            return Err(Error::Internal(format!(
                "trial {} has other values or outputs than the store {} has columns",
                outcome.trial.number,
                self.folder.display()
            )));
        }
        self.journal()?.add(&outcome_bytes(outcome))?;
        self.note_trial(outcome);
        self.outcomes.push(outcome.clone());
        self.flush_if_due()
    }

    /// Adds what a device did.
    ///
    /// # Errors
    /// As [`Store::append`] has.
    pub fn append_interval(&mut self, interval: &Interval) -> Result<()> {
        self.journal()?.add(&interval_bytes(interval))?;
        self.timeline.push(interval.clone());
        self.flush_if_due()
    }

    /// Writes what has been added as parts.
    ///
    /// # Errors
    /// [`Error::File`]; what was added stays in the journal, and is written when the store is flushed or opened again.
    pub fn flush(&mut self) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let path = journal.path().to_owned();
        self.publish(self.number, &self.outcomes, &self.timeline)?;
        remove(&path)?;
        self.journal = None;
        self.outcomes.clear();
        self.timeline.clear();
        self.number += 1;
        self.compact()
    }

    /// Everything that the folder holds, also what others wrote to it.
    ///
    /// # Errors
    /// As [`read`] has.
    pub fn contents(&self) -> Result<Contents> {
        read(&self.folder)
    }

    /// Writes what has been added as parts, and lets others write to the folder. Dropping a store does the same, and
    /// keeps errors to itself.
    ///
    /// # Errors
    /// As [`Store::flush`] has.
    pub fn close(mut self) -> Result<()> {
        self.flush()
    }

    fn journal(&mut self) -> Result<&mut Journal> {
        let journal = match self.journal.take() {
            Some(journal) => journal,
            None => {
                self.since = Instant::now();
                Journal::create(&self.folder, &self.writer, self.number, self.fingerprint)?
            }
        };
        Ok(self.journal.insert(journal))
    }

    fn flush_if_due(&mut self) -> Result<()> {
        let long = self.journal.as_ref().is_some_and(|journal| journal.length() >= MOST_BYTES);
        if long || self.outcomes.len() >= MOST_ROWS || self.since.elapsed() >= LONGEST {
            self.flush()?;
        }
        Ok(())
    }

    fn publish(&self, number: u64, outcomes: &[TrialOutcome], timeline: &[Interval]) -> Result<()> {
        let outcomes: Vec<&TrialOutcome> = outcomes.iter().collect();
        for (kind, table) in [
            (Kind::Series, rows::series_table(&outcomes, &self.columns)?),
            (Kind::Timeline, rows::timeline_table(timeline, &self.columns)?),
            (Kind::Part, rows::outcome_table(&outcomes, &self.columns)?),
        ] {
            part::publish(&self.folder, kind, &self.writer, number, &table, &self.manifest.fingerprint)?;
        }
        Ok(())
    }

    /// Makes parts of the journals that a killed process of this writer left.
    fn recover(&mut self) -> Result<()> {
        for name in list(&self.folder)? {
            let Some((writer, number)) = parse_journal(&name) else { continue };
            if writer != self.writer {
                continue;
            }
            let path = self.folder.join(&name);
            let bytes = fs::read(&path).map_err(|error| Error::file(&path, "read", &error))?;
            let found = journal::find(&bytes, self.fingerprint);
            let (mut outcomes, mut timeline) = (Vec::new(), Vec::new());
            for record in found.records {
                match record {
                    Record::Outcome(outcome) if fits(&outcome, &self.columns) => outcomes.push(outcome),
                    Record::Outcome(_) => {}
                    Record::Interval(interval) => timeline.push(interval),
                }
            }
            self.publish(number, &outcomes, &timeline)?;
            match found.damage {
                None => remove(&path)?,
                // What cannot be read now may be worth something to somebody.
                Some(why) => {
                    let kept = self.folder.join(format!("damaged-{name}"));
                    fs::rename(&path, &kept).map_err(|error| Error::file(&path, "rename", &error))?;
                    self.notes.push(format!(
                        "{} was used as far as it can be read and is now {}: {why}; trials that it lost will be run again",
                        path.display(),
                        kept.display()
                    ));
                }
            }
        }
        Ok(())
    }

    fn compact(&mut self) -> Result<()> {
        for kind in Kind::ALL {
            if compact(&self.folder, kind, &self.writer, self.number, &self.manifest, &self.columns)? {
                self.number += 1;
            }
        }
        Ok(())
    }

    fn note_trial(&mut self, outcome: &TrialOutcome) {
        let number = outcome.trial.number;
        match outcome.result {
            Ok(_) => {
                self.failed.remove(&number);
                self.done.insert(number);
            }
            Err(_) if self.done.contains(&number) => {}
            Err(_) => {
                self.failed.insert(number);
            }
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // What cannot be written now is still in the journal.
        let _ = self.flush();
    }
}

fn next_number(folder: &Path, writer: &str) -> Result<u64> {
    let number = |name: &String| match (PartName::parse(name), parse_journal(name)) {
        (Some(part), _) if part.writer == writer => Some(part.number),
        (_, Some((journal, number))) if journal == writer => Some(number),
        _ => None,
    };
    let greatest = list(folder)?.iter().filter_map(number).max();
    Ok(greatest.map_or(0, |number| number.saturating_add(1)))
}

fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(|error| Error::file(path, "remove", &error))
}
