//! Worlds: their map, their seeds and parameters, and how they stand before the first step.

mod changes;
pub mod graph;
pub mod map;
pub(crate) mod memory;
mod population;
pub mod random;
pub(crate) mod start;

pub(crate) use changes::Current;
pub use changes::{Change, Changes};
pub use population::Population;
pub use start::place;

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Model, Parameter, Placement, Space};
use map::{Map, Reachable};

/// A batch of worlds: one model's worlds on one map, each with a seed and parameters of its own.
#[derive(Debug, Clone)]
pub struct Worlds {
    /// The map.
    pub map: Arc<Map>,
    /// The cells that agents can reach.
    pub reachable: Arc<Reachable>,
    /// Whether the grid is a torus.
    pub wraps: bool,
    /// Agents in each world.
    pub agents: u32,
    /// Each world's seed.
    pub seeds: Vec<u64>,
    /// Each world's value of each parameter of the model.
    pub parameters: Vec<Vec<f64>>,
    /// Parameters, by their place, whose values may change when a world is begun again; all others must stay.
    pub free: Vec<usize>,
    /// Kinds of agents that begin as a table says.
    pub populations: Vec<Arc<Population>>,
}

/// Cells on a side of the largest grid that continuous space fits.
const MOST_CONTINUOUS: u32 = 16_384;

/// A world to begin, or to begin again.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// The world's place in the batch.
    pub world: u32,
    /// Its seed.
    pub seed: u64,
    /// The value of each parameter of the model.
    pub parameters: Vec<f64>,
}

impl Worlds {
    /// The number of worlds.
    pub fn len(&self) -> u32 {
        self.seeds.len() as u32
    }

    /// How a world of the batch begins.
    pub(crate) fn start(&self, world: u32) -> Start {
        let (seed, parameters) = (self.seeds[world as usize], self.parameters[world as usize].clone());
        Start { world, seed, parameters }
    }

    /// Agents of each kind in a world that begins with these parameters.
    ///
    /// # Errors
    /// When agents are to stand apart and there are more of them than cells that can be reached.
    pub fn numbers(&self, model: &Model, parameters: &[f64]) -> Result<Vec<u32>> {
        let mut numbers = model.numbers(Some(self.agents), parameters);
        for told in &self.populations {
            numbers[told.kind()] = told.agents();
        }
        for (kind, number) in model.kinds.iter().zip(&numbers) {
            if kind.placement == Placement::Apart && u64::from(*number) > self.reachable.count() {
                return Err(Error::argument(
                    format!(
                        "{number} agents `{}` cannot stand on cells of their own: {} can be reached",
                        kind.name,
                        self.reachable.count()
                    ),
                    "use fewer agents or a larger grid",
                ));
            }
            if kind.space == Space::Continuous && self.map.width().max(self.map.height()) > MOST_CONTINUOUS {
                return Err(Error::argument(
                    format!("continuous space has at most {MOST_CONTINUOUS} cells on a side"),
                    "use a smaller grid: places are numbers of 32 bits with 16 behind the point",
                ));
            }
        }
        Ok(numbers)
    }

    /// The most agents of each kind with which any world of the batch begins.
    ///
    /// # Errors
    /// As [`Worlds::numbers`].
    pub(crate) fn most_agents(&self, model: &Model) -> Result<Vec<u32>> {
        let mut most = vec![0; model.kinds.len()];
        for parameters in &self.parameters {
            for (most, number) in most.iter_mut().zip(self.numbers(model, parameters)?) {
                *most = number.max(*most);
            }
        }
        Ok(most)
    }

    /// Whether there are none; a batch never is empty.
    pub fn is_empty(&self) -> bool {
        self.seeds.is_empty()
    }

    /// Whether agents can reach every cell of the grid.
    pub fn open(&self) -> bool {
        self.reachable.count() == self.map.cells()
    }

    /// The words of the parameters that all worlds have the same; none for those that differ, or may come to.
    pub(crate) fn common_parameters(&self, model: &Model) -> Vec<Option<u32>> {
        let common = |(index, parameter): (usize, &Parameter)| {
            let first = parameter.word(self.parameters[0][index]);
            let same = self.parameters.iter().all(|values| parameter.word(values[index]) == first);
            (same && !self.free.contains(&index)).then_some(first)
        };
        model.parameters.iter().enumerate().map(common).collect()
    }

    /// A world's parameters as rules see them, padded to at least one word.
    pub(crate) fn parameter_words(model: &Model, values: &[f64]) -> Vec<u32> {
        let mut words: Vec<u32> =
            model.parameters.iter().zip(values).map(|(parameter, value)| parameter.word(*value)).collect();
        if words.is_empty() {
            words.push(0);
        }
        words
    }
}

/// The values of a model's parameters, checked against it. A vector's name sets all of its elements.
///
/// # Errors
/// When the model has no such parameter, or the value is out of its range.
pub fn parameter_values(model: &Model, set: &[(String, f64)]) -> Result<Vec<f64>> {
    let mut values: Vec<f64> = model.parameters.iter().map(|parameter| parameter.default).collect();
    for (name, value) in set {
        set_parameter(model, &mut values, name, *value)?;
    }
    Ok(values)
}

/// Sets one of a model's parameters, or all elements of a vector, among the values of all.
///
/// # Errors
/// When the model has no such parameter, or the value is out of its range.
pub fn set_parameter(model: &Model, values: &mut [f64], name: &str, value: f64) -> Result<()> {
    for place in model.parameter_places(name)? {
        if let Some(why) = model.parameters[place].refuse(value) {
            return Err(Error::argument(why, "give a value that it can take (`throng check` lists them)"));
        }
        values[place] = value;
    }
    Ok(())
}
