//! Running the trials of a plan.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Plan, Refused, Selection};
use crate::experiment::{Outcomes, Trial, TrialOutcome, Trials, WorkerOptions, sweep};

impl From<Refused> for TrialOutcome {
    fn from(refused: Refused) -> TrialOutcome {
        TrialOutcome {
            trial: refused.trial,
            result: Err(refused.reason),
            seconds: 0.0,
            device: String::new(),
        }
    }
}

impl Plan {
    /// Begins to run the selected trials, but for those that are `done`: an iterator over outcomes as they complete. A trial
    /// that cannot be run has an outcome that says why.
    ///
    /// ```
    /// use throng::experiment::plan::{Description, Plan, Selection, Values};
    /// use throng::experiment::WorkerOptions;
    ///
    /// # fn main() -> throng::Result<()> {
    /// let mut walkers = Description::of("walkers");
    /// walkers.size = Some((16, 16));
    /// walkers.agents = Some(Values::parse("4,8,16")?);
    /// walkers.steps = 50;
    /// walkers.replicates = 10;
    /// let plan = Plan::new(vec![walkers])?;
    /// let mut best: Option<(f64, u32)> = None;
    /// for outcome in plan.run(&Selection::all(), Default::default(), &WorkerOptions::default()) {
    ///     let outcome = outcome?;
    ///     if let Ok(finished) = &outcome.result {
    ///         let found = (finished.outputs[0], outcome.trial.agents);
    ///         best = Some(best.map_or(found, |held| if found.0 > held.0 { found } else { held }));
    ///     }
    /// }
    /// assert_eq!(best.map(|(_, agents)| agents), Some(16));
    /// # Ok(())
    /// # }
    /// ```
    pub fn run(&self, selection: &Selection, done: Arc<HashSet<u64>>, options: &WorkerOptions) -> Outcomes {
        let lane = |(index, experiment)| {
            let plan = self.clone();
            let numbers = self.left(index, selection, done.clone());
            (experiment, Box::new(numbers.map(move |number| plan.trial_or_outcome(number))) as Trials)
        };
        sweep(self.experiments().into_iter().enumerate().map(lane).collect(), options)
    }

    /// The numbers of an experiment's selected trials that are not done.
    pub fn left(
        &self,
        experiment: usize,
        selection: &Selection,
        done: Arc<HashSet<u64>>,
    ) -> impl Iterator<Item = u64> + Send + use<> {
        let own = self.numbers(experiment);
        selection
            .numbers_from(self.trials(), own.start)
            .take_while(move |number| *number < own.end)
            .filter(move |number| !done.contains(number))
    }

    /// A trial, or what came of one that cannot be run.
    pub fn trial_or_outcome(&self, number: u64) -> Result<Trial, TrialOutcome> {
        self.trial(number).map_err(TrialOutcome::from)
    }
}
