//! Parameters that change while worlds run.

use std::ops::Range;

use super::Simulation;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::world::{Worlds, set_parameter};

/// A parameter's new value in all worlds, from a step on.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The parameter; a vector's name means all of its elements.
    pub parameter: String,
    /// The number of the first step that sees the value; steps count from 1.
    pub step: u64,
    /// The value.
    pub value: f64,
}

/// The changes of a simulation, and how far each world has come with them.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    /// By step.
    list: Vec<Change>,
    /// For each world, its values now and the place of the next change in the list.
    worlds: Vec<(Vec<f64>, usize)>,
}

/// The places of parameters that may change: those of the changes, and those that are to be free.
///
/// # Errors
/// When the model has no such parameter, or a change cannot be made.
pub(super) fn free(model: &Model, changes: &[Change], names: &[String]) -> Result<Vec<usize>> {
    let mut values: Vec<f64> = model.parameters.iter().map(|parameter| parameter.default).collect();
    for Change { parameter, step, value } in changes {
        set_parameter(model, &mut values, parameter, *value)?;
        if *step == 0 || *step > u64::from(u32::MAX) {
            return Err(Error::argument(
                format!("`{parameter}` cannot change at step {step}"),
                "steps count from 1; set the value that it has from the start instead",
            ));
        }
    }
    let named = changes.iter().map(|change| &change.parameter).chain(names);
    let places = named.map(|name| model.parameter_places(name)).collect::<Result<Vec<Range<usize>>>>()?;
    let mut places: Vec<usize> = places.into_iter().flatten().collect();
    places.sort_unstable();
    places.dedup();
    Ok(places)
}

impl Changes {
    pub fn new(mut list: Vec<Change>, worlds: &Worlds) -> Changes {
        // Stable, so that of two for one step the later in the list counts.
        list.sort_by_key(|change| change.step);
        Changes { list, worlds: worlds.parameters.iter().map(|values| (values.clone(), 0)).collect() }
    }

    /// Looks at all changes anew, in a world whose step number was set.
    pub fn begin_again(&mut self, world: usize) {
        if let Some((_, next)) = self.worlds.get_mut(world) {
            *next = 0;
        }
    }
}

impl Simulation {
    /// The changes of parameters that were asked for, by step.
    pub fn changes(&self) -> &[Change] {
        &self.changes.list
    }

    /// The values of a world's parameters as its next step would see them, unless a change comes first.
    ///
    /// # Errors
    /// When there is no such world.
    pub fn parameters(&self, world: u32) -> Result<&[f64]> {
        let index = crate::plan::world_index(world, self.changes.worlds.len())?;
        Ok(&self.changes.worlds[index].0)
    }

    /// Gives a parameter another value in a world, from the next step on. A vector's name sets all of its elements.
    ///
    /// # Errors
    /// When there is no such world or parameter, the value is out of its range, or rules were compiled for the one that it
    /// has: see [`Builder::free`](super::Builder::free).
    pub fn set_parameter(&mut self, world: u32, name: &str, value: f64) -> Result<()> {
        let index = crate::plan::world_index(world, self.changes.worlds.len())?;
        let model = self.model.clone();
        let common = self.worlds.common_parameters(&model);
        if model.parameter_places(name)?.any(|place| common[place].is_some()) {
            return Err(Error::argument(
                format!(
                    "parameter `{name}` has the same value in all worlds, and rules were compiled for it"
                ),
                format!("say that it may change when the simulation is built: `.free(\"{name}\")`"),
            ));
        }
        let values = &mut self.changes.worlds[index].0;
        set_parameter(&model, values, name, value)?;
        self.backend.set_parameters(world, &Worlds::parameter_words(&model, values))
    }

    /// Makes the changes that the next step of each world is to see.
    pub(super) fn make_changes(&mut self) -> Result<()> {
        if self.changes.list.is_empty() {
            return Ok(());
        }
        let steps = self.backend.steps();
        for (world, step) in (0..).zip(steps) {
            let index = world as usize;
            while let Some(change) = self.changes.list.get(self.changes.worlds[index].1) {
                if change.step > step + 1 {
                    break;
                }
                let Change { parameter, value, .. } = change.clone();
                self.set_parameter(world, &parameter, value)?;
                self.changes.worlds[index].1 += 1;
            }
        }
        Ok(())
    }

    /// Steps until a running world must see a change, once those that were due are made.
    pub(super) fn steps_to_change(&self) -> u64 {
        if self.changes.list.is_empty() {
            return u64::MAX;
        }
        let next = |((_, next), step): (&(Vec<f64>, usize), u64)| {
            self.changes.list.get(*next).map(|change| change.step.saturating_sub(1).saturating_sub(step))
        };
        let worlds = self.changes.worlds.iter().zip(self.backend.steps()).zip(self.backend.running());
        let steps = worlds.filter(|(_, running)| *running).filter_map(|(world, _)| next(world));
        steps.min().unwrap_or(u64::MAX).max(1)
    }
}
