//! Running the trials of a plan.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use throng::Result;
use throng::experiment::plan::{Plan, Selection};
use throng::experiment::{Experiment, Trial, TrialOutcome, Trials, WorkerOptions, sweep};

use super::Arguments;

/// How long an interrupt may go unnoticed.
const LOOK: Duration = Duration::from_millis(100);

/// Runs the selected trials and gives each outcome as it completes, until `stop` says so.
pub fn execute(
    plan: &Plan,
    selection: &Selection,
    arguments: &Arguments,
    stop: &AtomicBool,
    mut keep: impl FnMut(TrialOutcome) -> Result<()>,
) -> Result<()> {
    let options = WorkerOptions {
        threads: arguments.threads,
        schedule: arguments.schedule.choice(),
        ..WorkerOptions::default()
    };
    let mut lanes = plan.lanes(selection);
    for attempt in 0..=arguments.retry {
        let mut failed: Vec<Trial> = Vec::new();
        let mut outcomes = sweep(lanes, &options);
        while !stop.load(Ordering::Relaxed) && !outcomes.is_over() {
            let Some(outcome) = outcomes.within(LOOK) else { continue };
            let outcome = outcome?;
            // A trial that was refused would be refused again.
            let again = attempt < arguments.retry && outcome.result.is_err();
            match again && plan.trial(outcome.trial.number).is_ok() {
                true => failed.push(outcome.trial),
                false => keep(outcome)?,
            }
        }
        if failed.is_empty() {
            break;
        }
        lanes = by_experiment(plan, failed);
    }
    Ok(())
}

/// Trials with the experiment of each.
fn by_experiment(plan: &Plan, trials: Vec<Trial>) -> Vec<(std::sync::Arc<Experiment>, Trials)> {
    let own = |place: usize| -> Vec<Trial> {
        trials.iter().filter(|trial| trial.experiment == place).cloned().collect()
    };
    let lane = |(place, experiment)| {
        let trials: Trials = Box::new(own(place).into_iter().map(Ok));
        (experiment, trials)
    };
    plan.experiments().into_iter().enumerate().map(lane).collect()
}
