//! One run of an experiment, and what came of it.

use std::sync::Arc;

use super::summary::{Output, Summary};
use crate::model::Model;
use crate::reduce::Condition;
use crate::simulation::BackendChoice;
use crate::world::Changes;
use crate::world::map::Map;

/// What all trials of an experiment have in common.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Its name in the plan.
    pub name: String,
    /// The model.
    pub model: Arc<Model>,
    /// The grid, an open one where no map was given.
    pub map: Arc<Map>,
    /// Whether the grid is a torus.
    pub wraps: bool,
    /// The most steps that a trial takes.
    pub steps: u64,
    /// How parameters change while it takes them, whatever they are at first.
    pub changes: Changes,
    /// Metrics are recorded after each step whose number is a multiple of this, at the start and at the end; 0 at the end
    /// only.
    pub every: u64,
    /// A trial ends at the first recorded step that meets this.
    pub until: Option<Condition>,
    /// What is kept of each trial.
    pub outputs: Vec<Output>,
    /// Whether every recorded step of every metric is kept, too.
    pub series: bool,
    /// Where it may run.
    pub backend: BackendChoice,
    /// Bytes that its worlds may take together on a device as they begin.
    pub memory: Option<u64>,
    /// A trial that has run for so many seconds is given up.
    pub limit_seconds: Option<f64>,
}

impl Experiment {
    /// For each metric of the model whether an output, the condition or the series needs it.
    pub(super) fn looked_at(&self) -> Vec<bool> {
        let mut looked_at = vec![self.series; self.model.metrics.len()];
        for output in &self.outputs {
            looked_at[output.metric] = true;
            if let Summary::FirstStep(condition) = &output.summary {
                looked_at[condition.metric] = true;
            }
        }
        if let Some(until) = &self.until {
            looked_at[until.metric] = true;
        }
        looked_at
    }
}

/// One world to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its place in the plan, from 0, by which it is known.
    pub number: u64,
    /// The place of its experiment in the plan.
    pub experiment: usize,
    /// Its parameter point within the experiment, from 0.
    pub point: u64,
    /// Which of the point's replicates it is, from 0.
    pub replicate: u32,
    /// The world's seed.
    pub seed: u64,
    /// Agents in the world.
    pub agents: u32,
    /// The value of each parameter of the model, in the model's order.
    pub values: Vec<f64>,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialOutcome {
    /// The trial.
    pub trial: Trial,
    /// What it found, or one sentence that says why it could not be run.
    pub result: Result<Finished, String>,
    /// Seconds from its first step to its last, beside others on the same device.
    pub seconds: f64,
    /// Where it ran: "cpu", "gpu".
    pub device: String,
}

/// What a trial found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Steps taken.
    pub steps: u64,
    /// Whether it met the experiment's condition; otherwise it took all steps.
    pub stopped: bool,
    /// The world's state hash at the end.
    pub hash: u64,
    /// The value of each of the experiment's outputs; not a number where there is none.
    pub outputs: Vec<f64>,
    /// Recorded steps with the value of each metric, in the model's order; empty unless the experiment keeps series.
    pub series: Vec<(u64, Vec<f64>)>,
}
