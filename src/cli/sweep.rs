//! `throng sweep`.

mod arguments;
mod execute;
mod preview;
mod rows;

use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use indicatif::ProgressBar;
use throng::experiment::TrialOutcome;
use throng::experiment::plan::Plan;
use throng::experiment::store::{ExperimentColumns, Store};

pub use arguments::Arguments;
use execute::{Crew, execute};
use rows::Rows;

use super::run::INTERRUPTED;
use super::{Done, Failure, print, warn, write};

pub fn sweep(arguments: &Arguments) -> Done {
    let crew = Crew::join(arguments.is_shard())?;
    let done = run(arguments, &crew);
    if let Err(Failure::Error(error)) = &done {
        // The other ranks would wait for this one for ever.
        crew.fail(error);
    }
    done
}

fn run(arguments: &Arguments, crew: &Crew) -> Done {
    let plan = Plan::new(arguments.descriptions()?)?;
    let selection = arguments.selection();
    selection.check(plan.trials())?;
    if arguments.print_plan || arguments.dry_run {
        if crew.is_first() {
            print(&match arguments.print_plan {
                true => plan.to_toml()?,
                false => preview::preview(&plan, &selection, arguments.threads)?,
            })?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut keeper = Keeper::open(&plan, arguments, crew)?;
    let stop = keeper.stop.clone();
    // Without a handler an interrupt ends the program at once.
    let _ = ctrlc::set_handler(move || {
        if stop.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
    });
    let chosen = selection.numbers(plan.trials());
    let settled: HashSet<u64> = keeper.settled.clone();
    let before = chosen.filter(|number| settled.contains(number)).count() as u64;
    let count = selection.count(plan.trials());
    keeper.bar.set_length(count);
    keeper.tell(before);
    execute(&plan, &selection, arguments, crew, &mut keeper)?;
    keeper.finish(&plan, crew, count, before)
}

/// Keeps what comes of trials: in the store, on standard output, and in the summary.
struct Keeper {
    store: Option<Store>,
    /// Trials that need not be run.
    settled: HashSet<u64>,
    rows: Rows,
    csv: bool,
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
    begun: Instant,
    tally: Tally,
    /// Where which experiment ran, and why there.
    places: Vec<String>,
    /// Why standard output can no longer be written to.
    gone: Option<Failure>,
}

/// How many trials this process has done, and how.
#[derive(Default)]
struct Tally {
    worlds: u64,
    failed: HashSet<u64>,
    /// The first reason why a trial failed.
    reason: Option<String>,
    /// The greatest value of the first output of the first experiment.
    greatest: Option<f64>,
}

impl Keeper {
    fn open(plan: &Plan, arguments: &Arguments, crew: &Crew) -> Result<Keeper, Failure> {
        let mut store = match arguments.folder(plan) {
            Some(folder) => {
                let columns: Vec<ExperimentColumns> =
                    plan.experiments().iter().map(|experiment| ExperimentColumns::of(experiment)).collect();
                let text = plan.to_toml()?;
                Some(crew.first_then_others(|writer| {
                    Store::create_or_resume_as(writer, &folder, plan.fingerprint(), &text, &columns)
                })?)
            }
            None => None,
        };
        let retry = arguments.retry > 0;
        let mut rows = Rows::new(plan);
        if arguments.csv && crew.is_first() {
            write(&rows.heading()?)?;
        }
        let mut settled = HashSet::new();
        if let Some(store) = &mut store {
            if crew.is_first() {
                warn(store.notes());
            }
            for outcome in store.contents()?.outcomes {
                if !store.is_settled(outcome.trial.number, retry) {
                    continue;
                }
                settled.insert(outcome.trial.number);
                if crew.is_first() {
                    let row = rows.add(outcome)?;
                    if arguments.csv {
                        write(&row)?;
                    }
                }
            }
        }
        Ok(Keeper {
            store,
            settled,
            rows,
            csv: arguments.csv,
            bar: super::progress::worlds_bar(0, !crew.is_first()),
            stop: Arc::new(AtomicBool::new(false)),
            begun: Instant::now(),
            tally: Tally::default(),
            places: Vec::new(),
            gone: None,
        })
    }

    /// Takes an outcome; says whether to go on.
    fn keep(&mut self, plan: &Plan, outcome: TrialOutcome) -> throng::Result<bool> {
        self.tally.add(&outcome);
        if let Some(store) = &mut self.store {
            store.append(&outcome)?;
        }
        self.bar.set_message(self.tally.message(plan, self.begun));
        let row = self.rows.add(outcome)?;
        if self.csv
            && let Err(failure) = write(&row)
        {
            // Whoever reads our output has gone, or the disk is full: no trial that follows can be told.
            self.gone = Some(failure);
            self.stop.store(true, Ordering::Relaxed);
        }
        Ok(!self.stop.load(Ordering::Relaxed))
    }

    /// Shows how many trials are done in all.
    fn tell(&self, done: u64) {
        self.bar.set_position(done);
    }

    fn finish(mut self, plan: &Plan, crew: &Crew, count: u64, before: u64) -> Done {
        self.bar.finish_and_clear();
        let folder = self.store.as_ref().map(|store| store.folder().to_owned());
        if let Some(store) = self.store.take() {
            store.close()?;
        }
        if let Some(failure) = self.gone {
            return Err(failure);
        }
        crew.meet();
        let interrupted = self.stop.load(Ordering::Relaxed);
        if !self.csv && crew.is_first() {
            if let Some(folder) = folder.as_ref().filter(|_| !crew.is_alone()) {
                // The other ranks' rows are in the folder.
                let mut rows = Rows::new(plan);
                for outcome in throng::experiment::store::read(folder)?.outcomes {
                    rows.add(outcome)?;
                }
                self.rows = rows;
            }
            let mut text = self.rows.summary(plan)?;
            text += &self.tally.sentence(count, before, self.begun, interrupted, crew.is_alone());
            for place in &self.places {
                text += &format!("{place}\n");
            }
            if let Some(folder) = folder {
                let shown = folder.display();
                text += &format!(
                    "written to {shown}; `throng results {shown}` shows the rows, `throng report {shown}` draws them\n"
                );
            }
            print(&text)?;
        }
        Ok(if interrupted { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
    }
}

impl Tally {
    fn add(&mut self, outcome: &TrialOutcome) {
        let number = outcome.trial.number;
        self.worlds += 1;
        self.failed.remove(&number);
        match &outcome.result {
            Ok(finished) if outcome.trial.experiment == 0 => {
                let value = finished.outputs.first().copied().filter(|value| !value.is_nan());
                self.greatest = match (self.greatest, value) {
                    (Some(held), Some(value)) => Some(held.max(value)),
                    (held, value) => held.or(value),
                };
            }
            Ok(_) => {}
            Err(reason) => {
                self.failed.insert(number);
                self.reason.get_or_insert_with(|| format!("trial {number}: {reason}"));
            }
        }
    }

    fn message(&self, plan: &Plan, begun: Instant) -> String {
        let rate = self.worlds as f64 / begun.elapsed().as_secs_f64().max(1e-6);
        let mut text = format!("{} worlds/s", super::progress::rate(rate));
        let experiments = plan.experiments();
        if let (Some(value), Some(output)) = (self.greatest, experiments[0].outputs.first()) {
            text += &format!("  {} up to {value:.4}", output.name);
        }
        if !self.failed.is_empty() {
            text += &format!("  {} failed", self.failed.len());
        }
        text
    }

    fn sentence(&self, of: u64, before: u64, begun: Instant, interrupted: bool, alone: bool) -> String {
        let mut text = match (interrupted, alone) {
            (true, _) => format!("interrupted after {} of {of} worlds", before + self.worlds),
            (false, false) => format!("{of} worlds, {} of them by the first rank", self.worlds),
            (false, true) => format!("{} worlds", self.worlds),
        };
        text += &format!(" in {:.2} s", begun.elapsed().as_secs_f64());
        text += &match before {
            0 => "\n".to_owned(),
            _ => format!("; {before} were done before\n"),
        };
        if let (Some(reason), false) = (&self.reason, self.failed.is_empty()) {
            text += &format!("{} could not be run, the first of them {reason}\n", self.failed.len());
        }
        text
    }
}
