//! Two backends side by side, compared after each step.

use super::Simulation;
use crate::error::Result;
use crate::model::{Kind, Model};
use crate::plan::Agents;

/// Where two simulations differ first.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Difference {
    /// The step after which they differ; 0 before the first.
    pub step: u64,
    /// The world.
    pub world: u32,
    /// What differs: "agent 12", "layer seen, cell (3, 4)".
    pub place: String,
    /// The field of the agent; none for a layer.
    pub field: Option<String>,
    /// The value in the first simulation.
    pub first: String,
    /// The value in the second.
    pub second: String,
}

/// The greatest relative difference between two `f32` values that are taken as the same: devices may fuse and
/// approximate, and a difference of a few units in the last place grows over steps.
pub const FLOAT_TOLERANCE: f64 = 1e-3;

/// Compares two simulations of the same worlds as they stand and after each of `steps` steps, and gives the first
/// difference. `watch` is told of each step that was equal.
///
/// State is compared by its hash, and looked at closely only where that differs; a model with `f32` state is
/// compared value by value within [`FLOAT_TOLERANCE`].
///
/// # Errors
/// When a device fails.
pub fn compare(
    first: &mut Simulation,
    second: &mut Simulation,
    steps: u64,
    mut watch: impl FnMut(u64),
) -> Result<Option<Difference>> {
    for step in 0..=steps {
        if step > 0 {
            first.step()?;
            second.step()?;
        }
        let (a, b) = (first.world_hashes()?, second.world_hashes()?);
        for world in 0..first.worlds.len() {
            if a[world as usize] != b[world as usize] {
                let found = difference(first, second, world, step)?;
                if found.is_some() {
                    return Ok(found);
                }
                if first.model.exact {
                    return Ok(Some(Difference {
                        step,
                        world,
                        place: "the state hash alone: the states read back are the same".into(),
                        field: None,
                        first: format!("{:016x}", a[world as usize]),
                        second: format!("{:016x}", b[world as usize]),
                    }));
                }
            }
        }
        watch(step);
    }
    Ok(None)
}

/// The first agent or cell at which two simulations of a world differ.
fn difference(
    first: &mut Simulation,
    second: &mut Simulation,
    world: u32,
    step: u64,
) -> Result<Option<Difference>> {
    let model = first.model.clone();
    for kind in &model.kinds {
        let (a, b) = (first.agent_words(&kind.name, world)?, second.agent_words(&kind.name, world)?);
        if let Some((place, field, values)) = differing_agents(kind, &a, &b) {
            let [first, second] = values;
            return Ok(Some(Difference { step, world, place, field, first, second }));
        }
    }
    let width = u64::from(first.worlds.map.width());
    for layer in &model.layers {
        let (a, b) = (first.packed_layer(&layer.name, world)?, second.packed_layer(&layer.name, world)?);
        if let Some(cell) = (0..a.cells()).find(|cell| a.get(*cell) != b.get(*cell)) {
            return Ok(Some(Difference {
                step,
                world,
                place: match layer.total {
                    true => format!("total {}", layer.name),
                    false => format!("layer {}, cell ({}, {})", layer.name, cell % width, cell / width),
                },
                field: None,
                first: a.get(cell).to_string(),
                second: b.get(cell).to_string(),
            }));
        }
    }
    Ok(None)
}

/// The first agent that two populations do not have the same, its field, and both values.
fn differing_agents(kind: &Kind, a: &Agents, b: &Agents) -> Option<(String, Option<String>, [String; 2])> {
    let stride = kind.layout.stride / 4;
    if a.ids.len() != b.ids.len() {
        let counts = [a, b].map(|agents| format!("{} agents", agents.ids.len()));
        return Some((format!("the number of agents `{}`", kind.name), None, counts));
    }
    if let Some((one, other)) = a.ids.iter().zip(&b.ids).find(|(one, other)| one != other) {
        let ids = [one, other].map(|id| format!("agent {id}"));
        return Some((format!("who is among the agents `{}`", kind.name), None, ids));
    }
    for (index, (one, other)) in (0u32..).zip(a.words.iter().zip(&b.words)) {
        let Some((field, name)) = kind.layout.field_of_word(index % stride) else { continue };
        if !same(*one, *other, field.kind) {
            let place = format!("{} {}", kind.name, a.ids[(index / stride) as usize]);
            return Some((place, Some(name), [*one, *other].map(|word| show(word, field.kind))));
        }
    }
    None
}

fn same(one: u32, other: u32, kind: crate::model::FieldKind) -> bool {
    if one == other || kind != crate::model::FieldKind::F32 {
        return one == other;
    }
    let (one, other) = (f64::from(f32::from_bits(one)), f64::from(f32::from_bits(other)));
    one == other
        || (one.is_nan() && other.is_nan())
        || (one - other).abs() <= FLOAT_TOLERANCE * one.abs().max(other.abs()).max(1.0)
}

fn show(word: u32, kind: crate::model::FieldKind) -> String {
    match kind {
        crate::model::FieldKind::I32 => (word as i32).to_string(),
        crate::model::FieldKind::U32 => word.to_string(),
        crate::model::FieldKind::F32 => f32::from_bits(word).to_string(),
    }
}

/// Whether a model's state can be compared bit for bit.
pub fn compares_exactly(model: &Model) -> bool {
    model.exact
}
