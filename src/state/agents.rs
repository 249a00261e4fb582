//! Agents as tables: all that the rest of this room knows of how agents are held is here.

use std::path::Path;

use super::table::{Rows, column};
use super::{KindDescription, damaged};
use crate::error::Result;
use crate::model::{AgentLayout, FieldKind};
use crate::output::{Column, Table, Values, write_parquet};
use crate::plan::Agents;
use crate::simulation::Simulation;

/// The fields of an agent as columns: the name, the type, and the word in the layout.
pub(super) fn fields(layout: &AgentLayout) -> Vec<(String, FieldKind, u32)> {
    let one = |word: u32| layout.field_of_word(word).map(|(field, name)| (name, field.kind, word));
    (0..layout.stride / 4).filter_map(one).collect()
}

/// Writes a file for each kind of agents.
pub(super) fn save(simulation: &mut Simulation, folder: &Path) -> Result<Vec<KindDescription>> {
    let kinds = simulation.model().kinds.clone();
    let worlds = simulation.worlds().len();
    let mut all = Vec::new();
    for kind in kinds {
        let held = (0..worlds).map(|world| simulation.agent_words(&kind.name, world));
        let held: Vec<Agents> = held.collect::<Result<_>>()?;
        let mut columns = Vec::new();
        if worlds > 1 {
            let of_world = |(world, agents): (u64, &Agents)| vec![world; agents.ids.len()];
            columns.push(Column::new("world", Values::U64((0..).zip(&held).flat_map(of_world).collect())));
        }
        let ids = held.iter().flat_map(|agents| agents.ids.iter().map(|id| u64::from(*id)));
        columns.push(Column::new("id", Values::U64(ids.collect())));
        let stride = kind.layout.stride as usize / 4;
        for (name, kind, word) in fields(&kind.layout) {
            let words = held.iter().flat_map(|agents| agents.words.chunks_exact(stride));
            columns.push(Column::new(name, column(kind, words.map(|agent| agent[word as usize]))));
        }
        let file = format!("agents-{}.parquet", kind.name);
        write_parquet(&Table::new(columns)?, &folder.join(&file), &[])?;
        let next_ids = held.iter().map(|agents| agents.next_id).collect();
        all.push(KindDescription { kind: kind.name.clone(), file, next_ids });
    }
    Ok(all)
}

/// Reads the file of each kind of agents, and gives them to their worlds.
pub(super) fn restore(simulation: &mut Simulation, folder: &Path, saved: &[KindDescription]) -> Result<()> {
    let kinds = simulation.model().kinds.clone();
    let worlds = simulation.worlds().len();
    for kind in kinds {
        let Some(described) = saved.iter().find(|described| described.kind == kind.name) else {
            return Err(damaged(folder, &format!("it has no agents `{}`", kind.name)));
        };
        let path = folder.join(&described.file);
        let rows = Rows::read(&path)?;
        let (world_of, id_of) = (rows.worlds(worlds)?, rows.words("id", FieldKind::U32)?);
        if let Some(row) = world_of.iter().position(|world| *world >= worlds) {
            return Err(rows.damaged(row, &format!("there is no world {}", world_of[row])));
        }
        // Whoever looks at a state may sort its rows.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|row| (world_of[*row], id_of[*row]));
        if let Some(pair) = order
            .windows(2)
            .find(|pair| (world_of[pair[0]], id_of[pair[0]]) == (world_of[pair[1]], id_of[pair[1]]))
        {
            return Err(rows.damaged(pair[1], &format!("agent {} is there twice", id_of[pair[1]])));
        }
        let stride = kind.layout.stride as usize / 4;
        let mut words = vec![0; rows.len() * stride];
        for (name, kind, word) in fields(&kind.layout) {
            let column = rows.words(&name, kind)?;
            for (place, row) in order.iter().enumerate() {
                words[place * stride + word as usize] = column[*row];
            }
        }
        let mut start = 0;
        for world in 0..worlds {
            let count = order[start..].iter().take_while(|row| world_of[**row] == world).count();
            let ids: Vec<u32> = order[start..start + count].iter().map(|row| id_of[*row]).collect();
            if !kind.varies && ids.iter().zip(0..).any(|(id, place)| *id != place) {
                let why = format!("the agents of world {world} are not numbered from 0 to {}", count - 1);
                return Err(damaged(&path, &why));
            }
            let next_id = described.next_ids.get(world as usize).copied().unwrap_or(0);
            let agents =
                Agents { words: words[start * stride..(start + count) * stride].to_vec(), ids, next_id };
            let given = simulation.set_agent_words(&kind.name, world, &agents);
            given.map_err(|error| damaged(&path, &format!("world {world}: {error}")))?;
            start += count;
        }
    }
    Ok(())
}
