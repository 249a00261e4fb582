//! Grids of all shapes have the same state on every backend after every step.

use throng::simulation::verify::compare;
use throng::world::map::Map;
use throng::{Builder, Simulation};

use crate::common::{backends, builtin};
use crate::places::{build, maps, models, with_agents};

const STEPS: u64 = 8;

/// One thread beside a backend, which has three if it is the CPU.
fn assert_equal(what: &str, worlds: &Builder) {
    for backend in backends() {
        let mut one = build(&worlds.clone().threads(1), throng::BackendChoice::Cpu);
        let mut other = build(&worlds.clone().threads(3), backend);
        let mut equal = 0;
        let found = compare(&mut one, &mut other, STEPS, |_| equal += 1).unwrap();
        assert_eq!(found, None, "{what}, {backend:?}");
        assert_eq!((equal, one.steps()), (STEPS + 1, other.steps()), "{what}, {backend:?}");
    }
}

/// How many cells agents can reach.
fn reachable(map: &Map, wraps: bool) -> u64 {
    map.reachable(throng::model::Neighbours::Four, wraps).unwrap().count()
}

#[test]
fn every_model_on_every_map() {
    for (name, model) in models() {
        for map in maps() {
            for wraps in [false, true] {
                let what = format!("{name} on {map:?}, wraps: {wraps}");
                let cells = reachable(&map, wraps);
                let world = with_agents(&name, model.clone(), 25, cells).map(map.clone()).wraps(wraps);
                assert_equal(&what, &world.worlds(3).seed(77));
            }
        }
    }
}

#[test]
fn more_agents_than_cells() {
    for (name, model) in models() {
        for (width, height) in [(1, 1), (5, 3), (33, 1)] {
            for wraps in [false, true] {
                let cells = u64::from(width * height);
                let worlds = with_agents(&name, model.clone(), 700, cells);
                let worlds = worlds.size(width, height).wraps(wraps).worlds(2);
                assert_equal(
                    &format!("700 agents of {name} on {width} by {height}, wraps: {wraps}"),
                    &worlds,
                );
            }
        }
    }
}

#[test]
fn agents_stay_on_free_cells_that_they_can_reach() {
    for (name, model) in models() {
        for map in maps() {
            for (backend, wraps) in
                backends().into_iter().flat_map(|backend| [(backend, false), (backend, true)])
            {
                let cells = reachable(&map, wraps);
                let world = with_agents(&name, model.clone(), 60, cells).map(map.clone()).wraps(wraps);
                let mut world = build(&world, backend);
                world.run(&throng::Run::steps(50)).unwrap();
                let kinds: Vec<String> = world.model().kinds.iter().map(|kind| kind.name.clone()).collect();
                let places: Vec<_> =
                    kinds.iter().flat_map(|kind| world.positions(kind, 0).unwrap()).collect();
                for at in places {
                    let cell = at.y as u32 * map.width() + at.x as u32;
                    // Walkers that froze are gone from the grid.
                    if name == "dla" && at.x == -1 && at.y == -1 {
                        continue;
                    }
                    let inside = (0..map.width() as i32).contains(&at.x) && at.y >= 0;
                    let free = world.worlds().reachable.contains(cell.into());
                    assert!(
                        inside && free,
                        "{name}: an agent at {at} on {map:?}, wraps: {wraps}, {backend:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn walls_everywhere_are_an_error() {
    let walls = Map::from_fn("walls", 9, 9, |_, _| false).unwrap();
    for backend in backends() {
        for name in throng::Model::builtin_names() {
            let built = Simulation::of(builtin(name)).map(walls.clone()).backend(backend).build();
            let error = built.err().expect("nowhere to stand").to_string();
            assert!(error.contains("no free cell"), "{error}");
        }
    }
}
