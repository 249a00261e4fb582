//! What there is to see in a world, from a model's layers and agents.

use throng::model::{Appearance, Field, FieldKind, Initial, Kind, Layer, Neighbours, Space};
use throng::output::{AgentsView, LayerView, Look, Scene, value_colour};
use throng::world::map::Map;
use throng::{Model, Result, Simulation};

/// Columns and rows of a picture of a map; a graph's nodes are put in rows one after the other, as near to a square as can be.
fn sides(map: &Map) -> (u32, u32) {
    match map.graph() {
        Some(graph) => {
            let columns = f64::from(graph.nodes()).sqrt().ceil() as u32;
            (columns, graph.nodes().div_ceil(columns))
        }
        None => (map.width(), map.height()),
    }
}

/// Looks at the first world through a scene.
///
/// The scale of a layer of counts ends at its largest value, or for `frames` at a power of two that is at least that, so
/// that colours keep their meaning from frame to frame.
pub fn with_scene<T>(simulation: &mut Simulation, frames: bool, look: impl FnOnce(&Scene) -> T) -> Result<T> {
    let model = simulation.model().clone();
    let map = simulation.worlds().map.clone();
    let (columns, rows) = sides(&map);
    let width = u64::from(columns);
    let mut contents = Vec::new();
    for layer in drawn_layers(&model) {
        contents.push((layer, simulation.packed_layer(&layer.name, 0)?));
    }
    let groups = groups(simulation)?;
    type Value<'a> = Box<dyn Fn(u32, u32) -> u32 + Sync + 'a>;
    let values: Vec<Value> = contents
        .iter()
        .map(|(_, content)| {
            Box::new(move |x: u32, y: u32| content.get(u64::from(y) * width + u64::from(x))) as Value
        })
        .collect();
    let wall = |x: u32, y: u32| match map.graph() {
        Some(graph) => u64::from(y) * width + u64::from(x) >= u64::from(graph.nodes()),
        None => !map.is_free(x, y),
    };
    let layers = contents
        .iter()
        .zip(&values)
        .map(|((layer, content), value)| {
            let largest = content.largest();
            let scale = largest.checked_next_power_of_two().unwrap_or(u32::MAX).max(16).min(layer.maximum());
            LayerView {
                name: &layer.name,
                value: value.as_ref(),
                maximum: if frames { scale } else { largest },
                look: look_of(&model, layer),
            }
        })
        .collect();
    let is_full = map.is_open() && width * u64::from(rows) == map.cells();
    let wall: Option<&(dyn Fn(u32, u32) -> bool + Sync)> = if is_full { None } else { Some(&wall) };
    let agents: Vec<AgentsView> = groups.iter().map(Group::view).collect();
    Ok(look(&Scene { width: columns, height: rows, wall, layers, agents: &agents }))
}

/// The layers to draw: those that the model's `[picture]` draws, and of the others those that change, or all where none does.
fn drawn_layers(model: &Model) -> Vec<&Layer> {
    let candidates: Vec<(usize, &Layer)> = model
        .layers
        .iter()
        .enumerate()
        // The map's own walls are drawn from the map, which also shows what cannot be reached.
        .filter(|(index, layer)| {
            !layer.claim && !layer.total && (Some(*index) != model.wall_layer() || model.changes(*index))
        })
        .collect();
    let any_changes = candidates.iter().any(|(index, _)| model.changes(*index));
    let is_drawn = |index: usize, layer: &Layer| match model.appearance(&layer.name) {
        Some(appearance) => appearance.draw,
        None if any_changes => model.changes(index),
        None => matches!(layer.initial, Initial::Function(_)),
    };
    candidates.into_iter().filter(|(index, layer)| is_drawn(*index, layer)).map(|(_, layer)| layer).collect()
}

fn look_of(model: &Model, layer: &Layer) -> Look {
    let appearance = model.appearance(&layer.name);
    let colours = appearance.map(|appearance| appearance.colours.clone()).unwrap_or_default();
    match appearance {
        Some(Appearance { values, .. }) if !values.is_empty() => {
            let colour = |number: usize| colours.get(number).copied().unwrap_or(value_colour(number));
            Look::Values(
                values.iter().enumerate().map(|(number, name)| (name.clone(), colour(number))).collect(),
            )
        }
        _ if layer.bits == 1 => Look::Bit(colours.first().copied()),
        _ => Look::Count(colours),
    }
}

/// Agents that look alike.
struct Group {
    name: String,
    places: Vec<[i32; 2]>,
    unit: u32,
    headings: Vec<[f32; 2]>,
    colour: Option<[u8; 3]>,
}

impl Group {
    fn view(&self) -> AgentsView<'_> {
        AgentsView {
            name: &self.name,
            places: &self.places,
            unit: self.unit,
            headings: &self.headings,
            colour: self.colour,
        }
    }
}

/// The agents of the first world: a group for each kind, or for each value of the field that tells a kind's agents apart.
fn groups(simulation: &mut Simulation) -> Result<Vec<Group>> {
    let model = simulation.model().clone();
    let (map, wraps) = (simulation.worlds().map.clone(), simulation.worlds().wraps);
    let mut groups = Vec::new();
    for kind in &model.kinds {
        let appearance = model.appearance(&kind.name);
        let Some(at) = kind.layout.position().filter(|_| appearance.is_none_or(|kind| kind.draw)) else {
            continue;
        };
        let agents = simulation.agent_words(&kind.name, 0)?;
        let first = groups.len();
        groups.extend(empty_groups(kind, appearance));
        let field = appearance.and_then(|appearance| appearance.field.as_deref());
        let field = field.and_then(|name| kind.layout.fields.iter().find(|field| field.name == name));
        let heading = model.heading_field(kind);
        let unit = unit(kind);
        let size = [map.width(), map.height()].map(|side| side.saturating_mul(unit).min(1 << 31) as i64);
        for agent in agents.words.chunks_exact(kind.layout.stride as usize / 4) {
            let value = field.map_or(0, |field| agent[field.offset as usize / 4] as usize);
            let group = &mut groups[first..];
            let group = &mut group[value.min(group.len() - 1)];
            let place = [agent[at as usize] as i32, agent[at as usize + 1] as i32];
            group.places.push(match wraps {
                _ if map.graph().is_some() => {
                    let (columns, _) = sides(&map);
                    let node = (place[0].max(0) as u32) / unit;
                    [node % columns.max(1), node / columns.max(1)].map(|side| (side * unit) as i32)
                }
                true => [0, 1].map(|axis| i64::from(place[axis]).rem_euclid(size[axis].max(1)) as i32),
                false => place,
            });
            if let Some(field) = heading {
                group.headings.push(direction(&model, field, agent));
            }
        }
    }
    Ok(groups)
}

fn unit(kind: &Kind) -> u32 {
    match kind.space {
        Space::Grid => 1,
        Space::Continuous => 1 << 16,
    }
}

fn empty_groups(kind: &Kind, appearance: Option<&Appearance>) -> Vec<Group> {
    let group = |name: &str, colour: Option<[u8; 3]>| Group {
        name: name.to_owned(),
        places: Vec::new(),
        unit: unit(kind),
        headings: Vec::new(),
        colour,
    };
    match appearance {
        Some(look) if !look.values.is_empty() => {
            let colour = |number: usize| look.colours.get(number).copied();
            let named = look.values.iter().enumerate();
            named.map(|(number, name)| group(name, colour(number))).collect()
        }
        _ => {
            // A model's only kind is called what everybody calls it.
            let name = if kind.name == "agent" { "agents" } else { &kind.name };
            vec![group(name, appearance.and_then(|look| look.colours.first().copied()))]
        }
    }
}

/// Where an agent is heading, by a field of it: see [`Model::heading_field`].
fn direction(model: &Model, field: &Field, agent: &[u32]) -> [f32; 2] {
    let word = |half: usize| agent[field.offset as usize / 4 + half];
    let number = |word: u32| match field.kind {
        FieldKind::F32 => f32::from_bits(word),
        _ => word as i32 as f32,
    };
    let turn = std::f32::consts::TAU;
    let angle = match (field.kind, field.pair) {
        (_, true) => return [number(word(0)), number(word(1))],
        (FieldKind::U32, _) => match model.neighbours {
            Neighbours::Four => (word(0) & 3) as f32 * turn / 4.0,
            Neighbours::Eight => (word(0) & 7) as f32 * turn / 8.0,
        },
        _ => word(0) as i32 as f32 / 65536.0,
    };
    [angle.cos(), angle.sin()]
}
