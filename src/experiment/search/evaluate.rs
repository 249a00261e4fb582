//! Trials of a search, run by a worker.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::experiment::{Trial, TrialOutcome, Worker};

/// Runs trials with a worker, many at once, and gives their outcomes in the order of the trials' numbers.
///
/// # Errors
/// As [`Worker::run`].
pub fn evaluate(worker: &mut Worker, trials: Vec<Trial>) -> Result<Vec<TrialOutcome>> {
    let mut outcomes = Vec::with_capacity(trials.len());
    worker.run(&mut trials.into_iter(), &mut |outcome| {
        outcomes.push(outcome);
        Ok(ControlFlow::Continue(()))
    })?;
    outcomes.sort_by_key(|outcome: &TrialOutcome| outcome.trial.number);
    Ok(outcomes)
}
