//! What a plan will take, reckoned before it runs.

use std::time::Duration;

use super::Plan;
use super::selection::Selection;
use crate::error::Result;
use crate::experiment::trial::Trial;
use crate::simulation::{Run, Signal, Simulation};

/// What one experiment of a plan will take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Its trials among those selected.
    pub trials: u64,
    /// Bytes of its largest world.
    pub world_bytes: u64,
    /// Steps of all agents of the selected trials together, if none of them ends early.
    pub agent_steps: u128,
}

/// Trials that are looked at one by one; of more, each is taken for the largest.
const COUNTED: u64 = 1 << 20;

impl Plan {
    /// What the selected trials of an experiment will take at most.
    pub fn estimate(&self, experiment: usize, selection: &Selection) -> Estimate {
        let points = &self.experiments[experiment];
        let numbers = self.numbers(experiment);
        let selected = |number: &u64| numbers.contains(number);
        let steps = u128::from(points.experiment.steps);
        let (trials, agents) = match points.varies_agents() && self.trials() <= COUNTED {
            true => {
                let chosen = selection.numbers(self.trials()).filter(selected);
                chosen.fold((0, 0), |(trials, agents), number| {
                    let own = self.trial(number).map_or(0, |trial| trial.agents);
                    (trials + 1, agents + u128::from(own))
                })
            }
            false => {
                let trials = selection.count(numbers.end) - selection.count(numbers.start);
                (trials, u128::from(trials) * u128::from(points.most_agents()))
            }
        };
        Estimate { trials, world_bytes: points.world_bytes(), agent_steps: agents * steps }
    }

    /// Agent-steps a second of one trial run alone for about as long as given, and so a floor of what many at once reach.
    ///
    /// # Errors
    /// When the trial cannot be run.
    pub fn measure(&self, trial: &Trial, spend: Duration, threads: Option<usize>) -> Result<f64> {
        let mut simulation = self.simulation(trial, threads)?;
        let steps = self.experiments[trial.experiment].experiment.steps.max(1);
        let outcome = simulation.run_watched(&Run::steps(steps), |_, progress| {
            Ok(if progress.spent >= spend { Signal::Stop } else { Signal::Continue })
        })?;
        Ok(outcome.progress.agent_steps as f64 / outcome.progress.spent.as_secs_f64().max(1e-9))
    }

    /// A trial as a simulation of one world.
    ///
    /// # Errors
    /// As those of [`Builder::build`](crate::Builder::build).
    pub fn simulation(&self, trial: &Trial, threads: Option<usize>) -> Result<Simulation> {
        let experiment = &self.experiments[trial.experiment].experiment;
        let mut builder = Simulation::of((*experiment.model).clone())
            .map((*experiment.map).clone())
            .wraps(experiment.wraps)
            .agents(trial.agents)
            .seed(trial.seed)
            .backend(experiment.backend);
        for (parameter, value) in experiment.model.parameters.iter().zip(&trial.values) {
            builder = builder.set(&parameter.name, *value);
        }
        if let Some(threads) = threads {
            builder = builder.threads(threads);
        }
        builder.build()
    }
}
