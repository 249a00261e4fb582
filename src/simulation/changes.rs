//! Parameters that change while worlds run.

use super::Simulation;
use crate::error::{Error, Result};
use crate::world::{Change, Worlds, set_parameter};

impl Simulation {
    /// The changes of parameters that were asked for, by step.
    pub fn changes(&self) -> &[Change] {
        self.changes.list()
    }

    /// The values of a world's parameters as its next step would see them, unless a change comes first.
    ///
    /// # Errors
    /// When there is no such world.
    pub fn parameters(&self, world: u32) -> Result<&[f64]> {
        let index = crate::plan::world_index(world, self.current.len())?;
        Ok(&self.current[index].values)
    }

    /// Gives a parameter another value in a world, from the next step on. A vector's name sets all of its elements.
    ///
    /// # Errors
    /// When there is no such world or parameter, the value is out of its range, or rules were compiled for the one that it
    /// has: see [`Builder::free`](super::Builder::free).
    pub fn set_parameter(&mut self, world: u32, name: &str, value: f64) -> Result<()> {
        let index = crate::plan::world_index(world, self.current.len())?;
        let common = self.worlds.common_parameters(&self.model);
        if self.model.parameter_places(name)?.any(|place| common[place].is_some()) {
            return Err(Error::argument(
                format!(
                    "parameter `{name}` has the same value in all worlds, and rules were compiled for it"
                ),
                format!("say that it may change when the simulation is built: `.free(\"{name}\")`"),
            ));
        }
        let values = &mut self.current[index].values;
        set_parameter(&self.model, values, name, value)?;
        self.backend.set_parameters(world, &Worlds::parameter_words(&self.model, values))
    }

    /// Makes the changes that the next step of each world is to see.
    pub(super) fn make_changes(&mut self) -> Result<()> {
        if self.changes().is_empty() {
            return Ok(());
        }
        for ((world, current), step) in (0..).zip(&mut self.current).zip(self.backend.steps()) {
            if self.changes.make(current, step + 1) {
                let words = Worlds::parameter_words(&self.model, &current.values);
                self.backend.set_parameters(world, &words)?;
            }
        }
        Ok(())
    }

    /// Steps until a running world must see a change, once those that were due are made.
    pub(super) fn steps_to_change(&self) -> u64 {
        if self.changes().is_empty() {
            return u64::MAX;
        }
        let worlds = self.current.iter().zip(self.backend.steps()).zip(self.backend.running());
        let steps = worlds
            .filter(|(_, running)| *running)
            .filter_map(|((current, step), _)| Some(self.changes.next(current)?.saturating_sub(1 + step)));
        steps.min().unwrap_or(u64::MAX).max(1)
    }
}
