//! Agents that begin as a table says.

use super::map::Reachable;
use crate::error::{Error, Result};
use crate::model::Model;

/// Some fields of all agents of a world before the first step, from a table of which each row is an agent.
///
/// They are what the start function sees, and what they are after it; fields that are not here begin as they always do.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    name: String,
    agents: u32,
    /// 32-bit words of an agent, each with its place there and its value in every agent.
    columns: Vec<(u32, Vec<u32>)>,
}

impl Population {
    /// A population of a model's agents; messages call it `name`. A column is the place of a 32-bit word in the agent's
    /// layout with one value for each agent.
    ///
    /// # Errors
    /// When there is no agent, columns differ in length, or the layout has no such place.
    pub fn new(model: &Model, name: &str, columns: Vec<(u32, Vec<u32>)>) -> Result<Population> {
        let refuse = |why: String, remedy: &str| {
            Err(Error::argument(format!("population {name}: {why}"), remedy.to_owned()))
        };
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        let Ok(agents) = u32::try_from(rows) else {
            return refuse(format!("it has {rows} agents"), "give at most 2^31");
        };
        if agents == 0 {
            return refuse("it has no agents".into(), "give it a row for each agent");
        }
        if !model.has_agents {
            return refuse(format!("model `{}` has no agents", model.name), "run it without a population");
        }
        for (place, values) in &columns {
            if model.agent.field_of_word(*place).is_none() {
                return refuse(format!("the agent has no word {place}"), "use those of its fields");
            }
            if values.len() != rows {
                return refuse("its columns differ in length".into(), "give each one value for each agent");
            }
        }
        Ok(Population { name: name.to_owned(), agents, columns })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many agents there are.
    pub fn agents(&self) -> u32 {
        self.agents
    }

    /// Writes the fields into agents of so many words each.
    pub(crate) fn write(&self, stride: usize, agents: &mut [u32]) {
        for (place, values) in &self.columns {
            for (agent, value) in agents.chunks_exact_mut(stride).zip(values) {
                agent[*place as usize] = *value;
            }
        }
    }

    /// Refuses agents that stand where nobody can, naming the first one's row.
    pub(crate) fn check_places(&self, model: &Model, size: (u32, u32), reachable: &Reachable) -> Result<()> {
        let Some(position) = model.agent.position() else { return Ok(()) };
        let column = |place: u32| self.columns.iter().find(|(other, _)| *other == place);
        let (x, y) = match (column(position), column(position + 1)) {
            (None, None) => return Ok(()),
            (Some((_, x)), Some((_, y))) => (x, y),
            _ => {
                return Err(Error::argument(
                    format!("population {}: it has one of `pos.x` and `pos.y` alone", self.name),
                    "give both, or neither and agents are placed as the model says",
                ));
            }
        };
        for (row, (x, y)) in (1..).zip(x.iter().zip(y)) {
            let cell = u64::from(*y) * u64::from(size.0) + u64::from(*x);
            if *x >= size.0 || *y >= size.1 || !reachable.contains(cell) {
                return Err(Error::argument(
                    format!(
                        "population {}, row {row}, columns `pos.x` and `pos.y`: nobody can stand at ({}, {})",
                        self.name, *x as i32, *y as i32
                    ),
                    format!("use a free cell of the {} by {} there are, counted from 0", size.0, size.1),
                ));
            }
        }
        Ok(())
    }
}
