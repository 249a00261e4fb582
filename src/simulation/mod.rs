//! A model, its worlds and a backend: step, observe, save.

mod agents;
mod builder;
mod changes;
mod explain;
mod packed;
mod run;
pub mod verify;

use std::sync::Arc;

pub use agents::{AgentType, Component, FieldLayout, component};
pub(crate) use builder::check_agents;
pub use builder::{BackendChoice, Builder, check_threads};
pub use packed::PackedLayer;
pub use run::{Outcome, Progress, Run, Signal};

use crate::error::{Error, Result};
use crate::model::Model;
use crate::plan::{Agents, Backend, Device};

use crate::reduce::hash::batch_hash;
use crate::reduce::{Record, Series, metric_index};
use crate::world::{Changes, Current, Worlds};

/// Worlds of a model on a backend.
///
/// ```
/// # fn main() -> throng::Result<()> {
/// use throng::{Model, Run, Simulation};
///
/// let mut simulation = Simulation::of(Model::builtin("walkers")?).size(64, 64).agents(64).worlds(8).seed(1).build()?;
/// simulation.run(&Run::steps(100).every(10))?;
/// let coverage = simulation.metric("coverage")?;
/// assert_eq!(coverage.len(), 8);
/// # Ok(())
/// # }
/// ```
pub struct Simulation {
    model: Arc<Model>,
    worlds: Worlds,
    backend: Box<dyn Backend>,
    why: String,
    series: Series,
    changes: Changes,
    /// The parameters of each world.
    current: Vec<Current>,
}

impl Simulation {
    /// Begins to describe a simulation of a model.
    pub fn of(model: Model) -> Builder {
        Builder::new(model)
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The worlds: map, seeds, parameters.
    pub fn worlds(&self) -> &Worlds {
        &self.worlds
    }

    /// Where it runs.
    pub fn device(&self) -> Device {
        self.backend.device()
    }

    /// Why it runs there.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// What was recorded so far.
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// Steps that each world has taken.
    pub fn steps(&self) -> Vec<u64> {
        self.backend.steps()
    }

    /// Bytes that the state takes: agents, layers, and second copies of layers.
    pub fn state_bytes(&self) -> u64 {
        self.backend.state_bytes()
    }

    /// The metrics of all worlds as they stand, in the order of the worlds.
    ///
    /// # Errors
    /// When the device fails.
    pub fn measure(&mut self) -> Result<Vec<Record>> {
        let records = self.backend.measure()?;
        self.refuse_faults()?;
        Ok(records)
    }

    /// One metric as it stands, world by world.
    ///
    /// # Errors
    /// When the model has no such metric, or the device fails.
    pub fn metric(&mut self, name: &str) -> Result<Vec<f64>> {
        let index = metric_index(&self.model, name)?;
        let model = self.model.clone();
        let metric = &model.metrics[index];
        Ok(self.measure()?.iter().map(|record| record.partials[index].value(metric)).collect())
    }

    /// The state hash of each world: the same on every backend, with any number of threads, in any batch.
    ///
    /// # Errors
    /// When the device fails.
    pub fn world_hashes(&mut self) -> Result<Vec<u64>> {
        self.backend.hashes()
    }

    /// The state hash of all worlds; that of its only world when there is one.
    ///
    /// # Errors
    /// When the device fails.
    pub fn state_hash(&mut self) -> Result<u64> {
        Ok(batch_hash(&self.backend.hashes()?))
    }

    /// A layer of a world, cell by cell (row after row, the top row first); of a total its one number.
    ///
    /// # Errors
    /// When there is no such layer or world, or the device fails.
    pub fn layer(&mut self, name: &str, world: u32) -> Result<Vec<u32>> {
        let layer = self.packed_layer(name, world)?;
        Ok((0..layer.cells()).map(|cell| layer.get(cell)).collect())
    }

    /// A layer of a world as the backend holds it, `bits` / 8 bytes a cell: for worlds of which four bytes a cell would be
    /// too many.
    ///
    /// # Errors
    /// As [`Simulation::layer`].
    pub fn packed_layer(&mut self, name: &str, world: u32) -> Result<PackedLayer> {
        let index = self.layer_index(name)?;
        let words = self.backend.layer(world, index)?;
        let layer = &self.model.layers[index];
        Ok(PackedLayer::new(words, layer.bits, layer.numbers(self.worlds.map.cells())))
    }

    /// Replaces a layer of a world by one number for each cell.
    ///
    /// # Errors
    /// When there is no such layer or world, there are not as many numbers as cells, one of them does not fit, or the
    /// layer has no content of its own here (it comes from a map without walls).
    pub fn set_layer(&mut self, name: &str, world: u32, values: &[u32]) -> Result<()> {
        let index = self.layer_index(name)?;
        let layer = &self.model.layers[index];
        crate::plan::check_length(layer.numbers(self.worlds.map.cells()) as usize, values.len(), name)?;
        if let Some(value) = values.iter().find(|value| **value > layer.maximum()) {
            return Err(Error::argument(
                format!("{value} does not fit in the {} bits of layer `{name}`", layer.bits),
                "give smaller numbers",
            ));
        }
        if self.backend.layer(world, index)?.is_empty() || self.model.shared(index) {
            return Err(Error::argument(
                format!("layer `{name}` is the same in all worlds for good: no stage changes it"),
                "change the map instead",
            ));
        }
        let bits = layer.bits;
        let parts = layer.words(self.worlds.map.cells()) as usize - 1;
        let behind = std::iter::repeat_n(self.model.identity(index), if layer.total { parts } else { 0 });
        let words: Vec<u32> = values
            .chunks(32 / bits as usize)
            .map(|cells| (0..).zip(cells).fold(0, |word, (place, value)| word | value << (place * bits)))
            .chain(behind)
            .collect();
        self.backend.set_layer(world, index, &words)
    }

    fn layer_index(&self, name: &str) -> Result<usize> {
        self.model.layers.iter().position(|layer| layer.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.model.layers.iter().map(|layer| layer.name.as_str()).collect();
            Error::argument(
                format!("model `{}` has no layer `{name}`", self.model.name),
                format!("its layers are {}", known.join(", ")),
            )
        })
    }

    /// The agents of a kind in a world as 32-bit words, row after row in the kind's layout, with their numbers.
    ///
    /// # Errors
    /// When there is no such kind or world, or the device fails.
    pub fn agent_words(&mut self, kind: &str, world: u32) -> Result<Agents> {
        let kind = self.kind_index(kind)?;
        self.backend.agents(world, kind)
    }

    /// Replaces the agents of a kind in a world; by as many unless their number varies.
    ///
    /// # Errors
    /// When there is no such kind or world, they cannot be the kind's, or the device fails.
    pub fn set_agent_words(&mut self, kind: &str, world: u32, agents: &Agents) -> Result<()> {
        let kind = self.kind_index(kind)?;
        self.backend.set_agents(world, kind, agents)
    }

    /// The seed of each world.
    pub fn seeds(&self) -> &[u64] {
        &self.worlds.seeds
    }

    /// Lets a world go on as one of this seed that has taken so many steps: what it draws and when its stages run depends on
    /// both. Its agents and layers stay as they are.
    ///
    /// # Errors
    /// When there is no such world, or a world cannot take so many steps.
    pub fn set_clock(&mut self, world: u32, seed: u64, step: u64) -> Result<()> {
        let index = crate::plan::world_index(world, self.worlds.seeds.len())?;
        if step > u64::from(u32::MAX) {
            return Err(Error::argument(
                format!("a world cannot take {step} steps"),
                "give at most 2^32 - 1",
            ));
        }
        self.backend.set_clock(world, seed, step)?;
        self.worlds.seeds[index] = seed;
        self.current[index].made = 0;
        Ok(())
    }

    /// Gives agents back what a table says of them, which the start function may have changed.
    fn keep_population(&mut self) -> Result<()> {
        for told in self.worlds.populations.clone() {
            let stride = self.model.kinds[told.kind()].layout.stride as usize / 4;
            for world in 0..self.worlds.len() {
                let mut agents = self.backend.agents(world, told.kind())?;
                told.write(stride, agents.ids.iter().copied(), &mut agents.words);
                self.backend.set_agents(world, told.kind(), &agents)?;
            }
        }
        Ok(())
    }

    /// Where the agents of a world stand; none when the model's agents have no field `pos: vec2<i32>`.
    ///
    /// # Errors
    /// When there is no such kind or world, or the device fails.
    pub fn positions(&mut self, kind: &str, world: u32) -> Result<Vec<glam::IVec2>> {
        let index = self.kind_index(kind)?;
        let kind = &self.model.kinds[index];
        let Some(at) = kind.layout.position().map(|at| at as usize) else { return Ok(Vec::new()) };
        let (stride, unit) = (kind.layout.stride as usize / 4, kind.unit() as i32);
        let agents = self.backend.agents(world, index)?;
        let cell = |word: u32| (word as i32).div_euclid(unit);
        Ok(agents
            .words
            .chunks_exact(stride)
            .map(|agent| glam::IVec2::new(cell(agent[at]), cell(agent[at + 1])))
            .collect())
    }
}
