//! What a search is to find, and with how much effort.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::experiment::{Experiment, Output, Summary};

/// Whether more or less of an output is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// More is better.
    Maximise,
    /// Less is better.
    Minimise,
}

impl Goal {
    /// A value as methods see it: the higher the better.
    pub fn score(self, value: f64) -> f64 {
        match self {
            Goal::Maximise => value,
            Goal::Minimise => -value,
        }
    }
}

/// What a search is to find, and with how much effort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchOptions {
    /// Whether more or less is better.
    pub goal: Goal,
    /// Which of the experiment's outputs is made better: its mean over seeds.
    pub output: usize,
    /// Which of the experiment's outputs tell kinds of candidates apart, for methods that keep the best of each.
    pub descriptors: Vec<usize>,
    /// For each dimension of the space, the place of its parameter in the model.
    pub places: Vec<usize>,
    /// The values of all parameters of the model, for those that are not searched.
    pub values: Vec<f64>,
    /// Agents in each world.
    pub agents: u32,
    /// Candidates in a generation.
    pub population: usize,
    /// Seeds that every candidate is tried on: the same for all of a generation.
    pub seeds: u32,
    /// The first of those.
    pub first_seed: u64,
    /// Whether each generation has seeds of its own, rather than all the same.
    pub fresh_seeds: bool,
    /// How many of the best are kept.
    pub elite: usize,
    /// Seeds that the elite is tried on at the end; none of them was searched with.
    pub held_out: u32,
}

/// The seeds searched with are the first 2^32 from the first seed on; those that put the elite in order follow, then those
/// that it is reported on.
const SEEDS_OF_A_PURPOSE: u64 = 1 << 32;

/// What worlds are run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To search, in this generation.
    Search(u64),
    /// To put the elite in order.
    Order,
    /// To say how good it is.
    Report,
}

impl SearchOptions {
    /// Refuses numbers that cannot be.
    pub(super) fn check(&self, experiment: &Experiment) -> Result<()> {
        let least = |number: u64, name: &str| match number {
            0 => Err(Error::argument(format!("{name} cannot be 0"), "give at least 1")),
            _ => Ok(()),
        };
        least(self.population as u64, "the population of a search")?;
        least(self.seeds.into(), "the number of seeds of a candidate")?;
        least(self.elite as u64, "the elite of a search")?;
        least(self.held_out.into(), "the number of held-out seeds")?;
        for place in self.descriptors.iter().chain([&self.output]) {
            if *place >= experiment.outputs.len() {
                return Err(Error::argument(
                    format!("there is no output {place} among {}", experiment.outputs.len()),
                    "name one that the experiment keeps",
                ));
            }
        }
        let parameters = experiment.model.parameters.len();
        if self.values.len() != parameters || self.places.iter().any(|place| *place >= parameters) {
            return Err(Error::argument(
                format!(
                    "the search is not of model `{}`: it has {parameters} parameters",
                    experiment.model.name
                ),
                "give a value for each parameter, and places among them",
            ));
        }
        Ok(())
    }

    /// The seed of replicate `replicate`.
    pub(super) fn seed(&self, purpose: Purpose, replicate: u32) -> u64 {
        let replicate = u64::from(replicate);
        let offset = match purpose {
            Purpose::Search(generation) if self.fresh_seeds => {
                (generation * u64::from(self.seeds) + replicate) % SEEDS_OF_A_PURPOSE
            }
            Purpose::Search(_) => replicate,
            Purpose::Order => SEEDS_OF_A_PURPOSE + replicate,
            Purpose::Report => 2 * SEEDS_OF_A_PURPOSE + replicate,
        };
        self.first_seed.wrapping_add(offset)
    }

    /// All parameters of the model, with those of the space set.
    pub fn parameters(&self, values: &[f64]) -> Vec<f64> {
        let mut all = self.values.clone();
        for (place, value) in self.places.iter().zip(values) {
            all[*place] = *value;
        }
        all
    }
}

/// An output's value as a search counts it: a run that never met a condition counts as one that would have met it in the
/// step after its last.
pub(super) fn counted(experiment: &Experiment, output: &Output, value: f64) -> f64 {
    match output.summary {
        Summary::FirstStep(_) if value.is_nan() => experiment.steps as f64 + 1.0,
        _ => value,
    }
}
