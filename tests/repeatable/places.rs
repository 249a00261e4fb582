//! Models and places that every test of this target goes through.

use throng::model::Placement;
use throng::world::map::{Generator, Map};
use throng::{BackendChoice, Builder, Model, Simulation};

use crate::common::builtin;

/// The built-in models, and explorers with range finders, each with a name for messages.
pub fn models() -> Vec<(String, Builder)> {
    let mut models: Vec<(String, Builder)> =
        Model::builtin_names().map(|name| (name.to_owned(), Simulation::of(builtin(name)))).collect();
    let far = Simulation::of(builtin("explorers")).set("sensor_range", 3.0).set("persistence", 7.0);
    models.push(("explorers with range finders".to_owned(), far));
    models
}

/// Grids of all shapes: widths that are no multiple of 32, one cell wide, one cell in all.
pub fn maps() -> Vec<Map> {
    let stripes = |x: u32, y: u32| !(x + y / 2).is_multiple_of(5) || y % 7 == 3;
    vec![
        Map::open(64, 32).unwrap(),
        Map::open(37, 29).unwrap(),
        Map::open(40, 1).unwrap(),
        Map::open(1, 40).unwrap(),
        Map::open(1, 1).unwrap(),
        Map::from_fn("stripes", 33, 31, stripes).unwrap(),
        Map::from_fn("corridor", 45, 1, |x, _| x % 11 != 10).unwrap(),
        Map::generate(Generator::Caves, 50, 37, 1).unwrap(),
        Map::generate(Generator::Rooms, 70, 45, 2).unwrap(),
        Map::generate(Generator::Maze, 41, 43, 3).unwrap(),
    ]
}

/// Every model on two places, one a torus and one with walls.
pub fn cases() -> Vec<(String, Builder)> {
    let caves = Map::generate(Generator::Caves, 50, 37, 1).unwrap();
    let open = Map::open(37, 29).unwrap();
    let on = |(name, model): (String, Builder)| {
        let on = |map: &Map| with_agents(&name, model.clone(), 30, map.free_cells()).map(map.clone());
        [(format!("{name} on a torus"), on(&open).wraps(true)), (format!("{name} in caves"), on(&caves))]
    };
    models().into_iter().flat_map(on).collect()
}

/// Whether a case has anything that a seed decides: there is no traffic on a road that is all wall, and no money in accounts
/// that are; both lie in the top row.
pub fn left_to_chance(case: &str) -> bool {
    !["traffic in caves", "wealth in caves"].contains(&case)
}

/// A number of agents in each world, for a model that has any, and as many as fit where each has a cell of its own.
pub fn with_agents(name: &str, model: Builder, agents: u32, cells: u64) -> Builder {
    let declared = builtin(name.split(' ').next().unwrap_or_default());
    let apart = declared.kinds.iter().any(|kind| kind.placement == Placement::Apart);
    let agents = if apart { agents.min(cells as u32) } else { agents };
    let model = if declared.takes_number() { model.agents(agents) } else { model };
    declared.number_parameters().into_iter().fold(model, |model, name| model.set(name, agents.into()))
}

/// The worlds, built.
pub fn build(builder: &Builder, backend: BackendChoice) -> Simulation {
    builder.clone().backend(backend).build().unwrap_or_else(|error| panic!("{error}"))
}

/// Each world's state hash after so many steps.
pub fn hashes_after(builder: &Builder, backend: BackendChoice, steps: u64) -> Vec<u64> {
    let mut worlds = build(builder, backend);
    worlds.run(&throng::Run::steps(steps)).unwrap();
    worlds.world_hashes().unwrap()
}
