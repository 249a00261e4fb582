//! Agents that begin as a table says.

use super::map::Reachable;
use crate::error::{Error, Result};
use crate::model::{Model, Placement};

/// Some fields of all agents of a world before the first step, from a table of which each row is an agent.
///
/// They are what the start function sees, and what they are after it; fields that are not here begin as they always do.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    name: String,
    /// The kind's place in the model.
    kind: usize,
    agents: u32,
    /// 32-bit words of an agent, each with its place there and its value in every agent.
    columns: Vec<(u32, Vec<u32>)>,
}

impl Population {
    /// A population of a kind of a model's agents, by the kind's name; messages call it `name`. A column is the place of a 32-bit word in the agent's
    /// layout with one value for each agent.
    ///
    /// # Errors
    /// When the model has no such kind, there is no agent, columns differ in length, or the layout has no such place.
    pub fn new(model: &Model, kind: &str, name: &str, columns: Vec<(u32, Vec<u32>)>) -> Result<Population> {
        let refuse = |why: String, remedy: &str| {
            Err(Error::argument(format!("population {name}: {why}"), remedy.to_owned()))
        };
        let Some(kind) = model.kind(kind) else {
            return refuse(format!("model `{}` has no agents `{kind}`", model.name), "name one of its kinds");
        };
        let layout = &model.kinds[kind].layout;
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        let Ok(agents) = u32::try_from(rows) else {
            return refuse(format!("it has {rows} agents"), "give at most 2^31");
        };
        if agents == 0 {
            return refuse("it has no agents".into(), "give it a row for each agent");
        }
        for (place, values) in &columns {
            if layout.field_of_word(*place).is_none() {
                return refuse(format!("the agent has no word {place}"), "use those of its fields");
            }
            if values.len() != rows {
                return refuse("its columns differ in length".into(), "give each one value for each agent");
            }
        }
        Ok(Population { name: name.to_owned(), kind, agents, columns })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The place of its kind among the model's.
    pub fn kind(&self) -> usize {
        self.kind
    }

    /// How many agents there are.
    pub fn agents(&self) -> u32 {
        self.agents
    }

    /// Writes the fields into agents of so many words each, whose numbers are those of the rows, from 0; others are passed
    /// over.
    pub(crate) fn write(
        &self,
        stride: usize,
        numbers: impl Iterator<Item = u32> + Clone,
        agents: &mut [u32],
    ) {
        for (place, values) in &self.columns {
            for (agent, number) in agents.chunks_exact_mut(stride).zip(numbers.clone()) {
                if let Some(value) = values.get(number as usize) {
                    agent[*place as usize] = *value;
                }
            }
        }
    }

    /// Refuses agents that stand where nobody can, or in a cell that another has to itself, naming the first one's row.
    pub(crate) fn check_places(&self, model: &Model, size: (u32, u32), reachable: &Reachable) -> Result<()> {
        let kind = &model.kinds[self.kind];
        let Some(position) = kind.layout.position() else { return Ok(()) };
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
        let mut taken = std::collections::HashMap::new();
        let unit = i64::from(kind.unit());
        for (row, (x, y)) in (1u32..).zip(x.iter().zip(y)) {
            let [along, down] = [x, y].map(|word| i64::from(*word as i32).div_euclid(unit));
            let inside = (0..i64::from(size.0)).contains(&along) && (0..i64::from(size.1)).contains(&down);
            let cell = (down * i64::from(size.0) + along) as u64;
            if kind.placement == Placement::Apart
                && let Some(other) = taken.insert(cell, row)
            {
                return Err(Error::argument(
                    format!(
                        "population {}, rows {other} and {row}: both stand in cell ({along}, {down})",
                        self.name
                    ),
                    format!("agents `{}` stand apart: give each a cell of its own", kind.name),
                ));
            }
            if !inside || !reachable.contains(cell) {
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
