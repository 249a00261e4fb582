//! Agents as tables: all that the rest of this room knows of how agents are held is here.

use std::path::Path;

use super::table::{Rows, column};
use super::{Agents, damaged};
use crate::error::Result;
use crate::model::{AgentLayout, FieldKind};
use crate::output::{Column, Table, Values, write_parquet};
use crate::simulation::Simulation;

/// The fields of an agent as columns: the name, the kind, and the word in the agent's layout.
pub(super) fn fields(layout: &AgentLayout) -> Vec<(String, FieldKind, u32)> {
    let one = |word: u32| layout.field_of_word(word).map(|(field, name)| (name, field.kind, word));
    (0..layout.stride / 4).filter_map(one).collect()
}

/// Writes a file for each kind of agents.
pub(super) fn save(simulation: &mut Simulation, folder: &Path) -> Result<Vec<Agents>> {
    let model = simulation.model().clone();
    if !model.has_agents {
        return Ok(Vec::new());
    }
    let worlds = simulation.worlds().len();
    let stride = model.agent.stride as usize / 4;
    let mut all: Vec<u32> = Vec::new();
    for world in 0..worlds {
        all.extend(simulation.agent_words(world)?);
    }
    let rows = all.len() / stride;
    let number = rows / worlds as usize;
    let mut columns = Vec::new();
    if worlds > 1 {
        columns.push(Column::new("world", Values::U64((0..rows).map(|row| (row / number) as u64).collect())));
    }
    columns.push(Column::new("id", Values::U64((0..rows).map(|row| (row % number) as u64).collect())));
    for (name, kind, word) in fields(&model.agent) {
        let words = all.chunks_exact(stride).map(|agent| agent[word as usize]);
        columns.push(Column::new(name, column(kind, words)));
    }
    let (kind, number) = ("agent".to_owned(), number as u32);
    let file = format!("agents-{kind}.parquet");
    write_parquet(&Table::new(columns)?, &folder.join(&file), &[])?;
    Ok(vec![Agents { kind, file, number }])
}

/// Reads the file of each kind of agents, and gives them to their worlds.
pub(super) fn restore(simulation: &mut Simulation, folder: &Path, kinds: &[Agents]) -> Result<()> {
    let model = simulation.model().clone();
    let (Some(kind), true) = (kinds.first(), model.has_agents) else { return Ok(()) };
    let path = folder.join(&kind.file);
    let rows = Rows::read(&path)?;
    let worlds = simulation.worlds().len();
    let (stride, number) = (model.agent.stride as usize / 4, simulation.worlds().agents as usize);
    if rows.len() != number * worlds as usize {
        let why = format!("it has {} agents, not {}", rows.len(), number * worlds as usize);
        return Err(damaged(&path, &why));
    }
    let (world_of, id_of) = (rows.worlds(worlds)?, rows.words("id", FieldKind::U32)?);
    let mut all = vec![0; rows.len() * stride];
    let mut places = Vec::with_capacity(rows.len());
    let mut taken = vec![false; rows.len()];
    // Whoever looks at a state may sort its rows.
    for (row, (world, id)) in world_of.iter().zip(&id_of).enumerate() {
        let place = *world as usize * number + *id as usize;
        if *world >= worlds || *id as usize >= number || std::mem::replace(&mut taken[place], true) {
            return Err(rows.damaged(row, &format!("there is no place for agent {id} of world {world}")));
        }
        places.push(place);
    }
    for (name, kind, word) in fields(&model.agent) {
        for (place, value) in places.iter().zip(rows.words(&name, kind)?) {
            all[place * stride + word as usize] = value;
        }
    }
    for (world, words) in (0..worlds).zip(all.chunks_exact(number * stride)) {
        simulation.set_agent_words(world, words)?;
    }
    Ok(())
}
