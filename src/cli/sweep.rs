//! `throng sweep`.

mod arguments;
mod execute;
mod preview;
mod rows;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use throng::experiment::TrialOutcome;
use throng::experiment::plan::Plan;
use throng::output::create_folder;
use throng::output::write_atomically;

pub use arguments::Arguments;
use execute::execute;
use rows::Rows;

use super::run::INTERRUPTED;
use super::{Done, print, write};

pub fn sweep(arguments: &Arguments) -> Done {
    let plan = Plan::new(arguments.descriptions()?)?;
    if arguments.print_plan {
        print(&plan.to_toml()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let selection = arguments.selection();
    selection.check(plan.trials())?;
    if arguments.dry_run {
        print(&preview::preview(&plan, &selection, arguments.threads)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = arguments.folder(&plan);
    if let Some(folder) = &folder {
        create_folder(folder)?;
        let text = plan.to_toml()?;
        write_atomically(&folder.join("plan.toml"), |file| std::io::Write::write_all(file, text.as_bytes()))?;
    }

    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    // Without a handler an interrupt ends the program at once.
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
    });
    let count = selection.count(plan.trials());
    let bar = super::progress::worlds_bar(count, false);
    let begun = Instant::now();
    let mut rows = Rows::new(&plan);
    if arguments.csv {
        write(&rows.heading()?)?;
    }
    let mut done = Tally::default();
    let mut gone = None;
    execute(&plan, &selection, arguments, &stop, |outcome| {
        done.add(&outcome);
        bar.set_position(done.worlds);
        bar.set_message(done.message(&plan, begun));
        let row = rows.add(outcome)?;
        if arguments.csv
            && let Err(failure) = write(&row)
        {
            // Whoever reads our output has gone, or the disk is full: no trial that follows can be told.
            gone = Some(failure);
            stop.store(true, Ordering::Relaxed);
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    if let Some(failure) = gone {
        return Err(failure);
    }
    if let Some(folder) = &folder {
        let text = rows.text()?;
        let file = folder.join("trials.csv");
        write_atomically(&file, |out| std::io::Write::write_all(out, text.as_bytes()))?;
    }
    let interrupted = stop.load(Ordering::Relaxed);
    if !arguments.csv {
        let mut text = rows.summary(&plan)?;
        text += &done.sentence(count, begun, interrupted);
        if let Some(folder) = &folder {
            text += &format!("written to {}\n", folder.display());
        }
        print(&text)?;
    }
    Ok(if interrupted { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// How many trials are done, and how.
#[derive(Default)]
struct Tally {
    worlds: u64,
    failed: u64,
    /// The first reason why a trial failed.
    reason: Option<String>,
    /// The greatest value of the first output of the first experiment.
    greatest: Option<f64>,
}

impl Tally {
    fn add(&mut self, outcome: &TrialOutcome) {
        self.worlds += 1;
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
                self.failed += 1;
                self.reason.get_or_insert_with(|| format!("trial {}: {reason}", outcome.trial.number));
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
        if self.failed > 0 {
            text += &format!("  {} failed", self.failed);
        }
        text
    }

    fn sentence(&self, of: u64, begun: Instant, interrupted: bool) -> String {
        let mut text = match interrupted {
            true => format!("interrupted after {} of {of} worlds", self.worlds),
            false => format!("{} worlds", self.worlds),
        };
        text += &format!(" in {:.2} s\n", begun.elapsed().as_secs_f64());
        if let Some(reason) = &self.reason {
            text += &format!("{} could not be run, the first of them {reason}\n", self.failed);
        }
        text
    }
}
