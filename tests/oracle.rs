//! The whole state of the built-in models against rules told again in plain Rust, on tori and between walls.

#[path = "common/mod.rs"]
mod common;
#[path = "oracle/naive.rs"]
mod naive;

use common::{backends, builtin, changed};
use naive::{Explorers, Naive, NodeCounting, Rows, Rule, Walkers};
use throng::world::map::{Generator, Map};
use throng::{BackendChoice, Builder, Model, Simulation};

/// What differs first between a model and its rule told again, if anything does.
fn difference(builder: Builder, rule: &dyn Rule, steps: u32) -> Option<String> {
    let mut simulation = builder.build().unwrap();
    let mut worlds: Vec<Naive> =
        (0..simulation.worlds().len()).map(|world| naive(&simulation, world)).collect();
    for step in 0..=steps {
        for (world, naive) in (0..).zip(&mut worlds) {
            naive.step = step;
            match step {
                0 => rule.start(naive),
                _ => rule.step(naive),
            }
            if let Some(what) = differs(&mut simulation, world, naive) {
                return Some(format!("world {world}, step {step}: {what}"));
            }
        }
        if step < steps {
            simulation.step().unwrap();
        }
    }
    None
}

/// A world of the simulation told again: its map, its seed, and its agents where they are placed.
fn naive(simulation: &Simulation, world: u32) -> Naive {
    let worlds = simulation.worlds();
    let seed = worlds.seeds[world as usize];
    let (reachable, width) = (&worlds.reachable, u64::from(worlds.map.width()));
    let starts: Vec<(i32, i32)> = (0..worlds.agents)
        .map(|agent| throng::world::place(seed, agent, worlds.map.cells(), reachable))
        .map(|cell| ((cell % width) as i32, (cell / width) as i32))
        .collect();
    Naive::new(&worlds.map, worlds.wraps, seed, &starts, |x, y| {
        reachable.contains(y as u64 * width + x as u64)
    })
}

fn differs(simulation: &mut Simulation, world: u32, naive: &Naive) -> Option<String> {
    let words = simulation.agent_words("agent", world).unwrap().words;
    let stride = words.len() / naive.agents.len();
    for (agent, (found, expected)) in words.chunks(stride).zip(&naive.agents).enumerate() {
        let expected = [expected.x as u32, expected.y as u32, expected.heading, expected.found];
        if found != &expected[..stride] {
            return Some(format!("agent {agent} is {found:?}, not {expected:?}"));
        }
    }
    let layers: Vec<String> = simulation.model().layers.iter().map(|layer| layer.name.clone()).collect();
    layers.iter().find_map(|layer| {
        let expected: &Rows = match layer.as_str() {
            "wall" => &naive.wall,
            "seen" => &naive.seen,
            _ => &naive.visits,
        };
        (simulation.layer(layer, world).unwrap() != expected.concat())
            .then(|| format!("layer {layer} differs"))
    })
}

/// Places with walls and without, as tori and not, of widths that are no multiple of 32.
fn places() -> Vec<(Map, bool)> {
    let pillars = Map::from_fn("pillars", 33, 10, |x, y| (x * 7 + y * 5) % 4 != 0).unwrap();
    let caves = Map::generate(Generator::Caves, 50, 37, 3).unwrap();
    let maps =
        [Map::open(64, 20).unwrap(), Map::open(29, 31).unwrap(), Map::open(1, 9).unwrap(), pillars, caves];
    maps.into_iter().flat_map(|map| [(map.clone(), true), (map, false)]).collect()
}

/// A model, what is set of it, and the same rule told naively.
type Twin = (Model, Vec<(&'static str, f64)>, Box<dyn Rule>);

fn rules() -> Vec<Twin> {
    let default = Explorers { persistence: 3, novelty: 64, sensor_range: 0 };
    let far = Explorers { persistence: 5, novelty: 7, sensor_range: 3 };
    let set = vec![("persistence", 5.0), ("novelty", 7.0), ("sensor_range", 3.0)];
    vec![
        (builtin("walkers"), vec![], Box::new(Walkers)),
        (builtin("node-counting"), vec![], Box::new(NodeCounting)),
        (builtin("explorers"), vec![], Box::new(default)),
        (builtin("explorers"), set, Box::new(far)),
    ]
}

fn described(model: Model, set: &[(&str, f64)], map: Map, wraps: bool) -> Builder {
    let builder = Simulation::of(model).map(map).wraps(wraps).agents(40).worlds(2).seed(0x1_0000_0005);
    set.iter().fold(builder, |builder, (name, value)| builder.set(name, *value))
}

#[test]
fn models_do_what_their_rules_say() {
    for backend in backends() {
        for (model, set, rule) in rules() {
            for (map, wraps) in places() {
                let what = format!("{} on {map:?}, wraps: {wraps}, {backend:?}", model.name);
                let builder = described(model.clone(), &set, map, wraps).backend(backend);
                assert_eq!(difference(builder, &*rule, 40), None, "{what}");
            }
        }
    }
}

#[test]
fn trails_stop_at_255() {
    let rule = Explorers { persistence: 3, novelty: 64, sensor_range: 0 };
    for backend in backends() {
        let cell = Map::open(2, 1).unwrap();
        let builder = described(builtin("explorers"), &[], cell, false).backend(backend);
        assert_eq!(difference(builder, &rule, 300), None, "{backend:?}");
    }
}

#[test]
fn models_that_do_otherwise_are_told_apart() {
    let wrong = [
        ("walkers", "random_u32() >> 30u", "random_u32() & 3u"),
        ("walkers", "mark_seen(me.pos)", "mark_seen(me.pos - offset4(0u))"),
        ("walkers", "mark_seen(to)", "mark_seen(me.pos)"),
        ("node-counting", "random_bit(choices)", "countTrailingZeros(choices)"),
        ("node-counting", "add_visits(next.pos, 1u)", "add_visits(next.pos, 2u)"),
        ("explorers", "persistence = { default = 3", "persistence = { default = 0"),
        ("explorers", "novelty = { default = 64", "novelty = { default = 4"),
        ("explorers", "random_below(8u)", "random_below(7u)"),
        ("explorers", "next.found += 1u -", "next.found += 2u -"),
        ("explorers", "trail(next.pos) + 1u", "trail(me.pos) + 1u"),
    ];
    for (name, from, to) in wrong {
        let (_, set, rule) = rules().into_iter().find(|(model, ..)| model.name == name).unwrap();
        for (map, wraps) in [(Map::open(29, 31).unwrap(), true), (places()[8].0.clone(), false)] {
            let model = changed(&builtin(name), from, to);
            let builder = described(model, &set, map, wraps).backend(BackendChoice::Cpu);
            assert!(difference(builder, &*rule, 40).is_some(), "{name} with {to}");
        }
    }
}
