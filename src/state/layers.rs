//! Layers as tables of the cells that are not nought.

use std::path::Path;

use super::table::Rows;
use super::{Layer, damaged};
use crate::error::Result;
use crate::model::FieldKind;
use crate::output::{Column, Table, Values, write_parquet};
use crate::simulation::Simulation;
use crate::world::memory;

/// The layers that belong to a state; those that are the same for good in all worlds come from the map or the head.
fn kept(simulation: &Simulation) -> Vec<String> {
    let model = simulation.model();
    let own = (0..model.layers.len()).filter(|layer| !model.shared(*layer));
    own.map(|layer| model.layers[layer].name.clone()).collect()
}

/// Refuses a table that does not fit in this machine: four numbers of 64 bits for each cell that is not nought.
fn check_memory(simulation: &mut Simulation, name: &str) -> Result<()> {
    let mut rows = 0;
    for world in 0..simulation.worlds().len() {
        let layer = simulation.packed_layer(name, world)?;
        rows += (0..layer.cells()).filter(|cell| layer.get(*cell) != 0).count() as u64;
    }
    memory::check(&format!("the table of layer {name}"), 32 * rows, "save fewer worlds, or a smaller grid")
}

/// Writes a file for each layer.
pub(super) fn save(simulation: &mut Simulation, folder: &Path) -> Result<Vec<Layer>> {
    let worlds = simulation.worlds().len();
    let width = u64::from(simulation.worlds().map.width());
    let mut all = Vec::new();
    for name in kept(simulation) {
        check_memory(simulation, &name)?;
        let [mut world_of, mut x, mut y, mut values] = [const { Vec::new() }; 4];
        for world in 0..worlds {
            let layer = simulation.packed_layer(&name, world)?;
            for cell in 0..layer.cells() {
                let value = layer.get(cell);
                if value != 0 {
                    world_of.push(u64::from(world));
                    x.push(cell % width);
                    y.push(cell / width);
                    values.push(u64::from(value));
                }
            }
        }
        let columns = [("world", world_of), ("x", x), ("y", y), ("value", values)];
        let skipped = usize::from(worlds == 1);
        let columns = columns.into_iter().skip(skipped);
        let table =
            Table::new(columns.map(|(name, values)| Column::new(name, Values::U64(values))).collect())?;
        let file = format!("layer-{name}.parquet");
        write_parquet(&table, &folder.join(&file), &[])?;
        all.push(Layer { name, file });
    }
    Ok(all)
}

/// Reads the file of each layer, and gives them to their worlds.
pub(super) fn restore(simulation: &mut Simulation, folder: &Path, layers: &[Layer]) -> Result<()> {
    let worlds = simulation.worlds().len();
    let width = simulation.worlds().map.width();
    for name in kept(simulation) {
        let Some(layer) = layers.iter().find(|layer| layer.name == name) else {
            return Err(damaged(folder, &format!("it has no layer `{name}`")));
        };
        let path = folder.join(&layer.file);
        let rows = Rows::read(&path)?;
        let number = |column: &str| rows.words(column, FieldKind::U32);
        let (world_of, x, y, values) = (rows.worlds(worlds)?, number("x")?, number("y")?, number("value")?);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|row| world_of[*row]);
        let mut order = order.into_iter().peekable();
        for world in 0..worlds {
            let mut content = vec![0; simulation.packed_layer(&name, world)?.cells() as usize];
            while let Some(row) = order.next_if(|row| world_of[*row] == world) {
                let cell = u64::from(y[row]) * u64::from(width) + u64::from(x[row]);
                match content.get_mut(cell as usize).filter(|_| x[row] < width) {
                    Some(place) => *place = values[row],
                    None => {
                        return Err(rows.damaged(row, &format!("there is no cell ({}, {})", x[row], y[row])));
                    }
                }
            }
            simulation.set_layer(&name, world, &content)?;
        }
        if let Some(row) = order.next() {
            return Err(rows.damaged(row, &format!("there is no world {}", world_of[row])));
        }
    }
    Ok(())
}
