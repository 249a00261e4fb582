//! Explorers map real places to 99 % on every backend, with equal states and equal steps.

use std::path::{Path, PathBuf};

use throng::world::map::{Generator, Map};
use throng::{BackendChoice, Run, Simulation};

use crate::common::{backends, builtin};
use crate::places::build;

const MAPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/maps");
const EXPLORERS: u32 = 100;

/// Every file of the folder of real maps; generated maps where there is none.
fn places() -> Vec<Map> {
    let Ok(folder) = Path::new(MAPS).read_dir() else {
        println!("the maps of real places are not in {MAPS}: generated maps are explored instead");
        return [Generator::Caves, Generator::Rooms]
            .map(|kind| Map::generate(kind, 203, 150, 1).unwrap())
            .into();
    };
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.file_name().is_none_or(|name| name != "README.md"));
    files.sort();
    assert!(!files.is_empty(), "there is no map in {MAPS}");
    files.iter().map(|file| Map::read(file).unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// Steps and state hash of each world when 99 % of what can be reached is known.
fn explored(map: &Map, backend: BackendChoice) -> (Vec<u64>, Vec<u64>) {
    let explorers = Simulation::of(builtin("explorers")).map(map.clone()).agents(EXPLORERS).worlds(2).seed(1);
    let mut worlds = build(&explorers, backend);
    worlds.run(&Run::steps(100_000).every(20).until("coverage >= 0.99")).unwrap();
    for world in 0..2 {
        let seen = worlds.layer("seen", world).unwrap();
        let reachable = &worlds.worlds().reachable;
        let known =
            (0..).zip(&seen).filter(|(cell, seen)| **seen == 1 && reachable.contains(*cell)).count() as u64;
        assert!(100 * known >= 99 * reachable.count(), "{known} of {} are known", reachable.count());
        // k agents see at most k cells at first and k more each step.
        let steps = worlds.steps()[world as usize];
        assert!(u64::from(EXPLORERS) * (steps + 1) >= known, "{known} cells in {steps} steps");
    }
    (worlds.steps(), worlds.world_hashes().unwrap())
}

#[test]
fn real_places_are_explored_alike() {
    for map in places() {
        let expected = explored(&map, BackendChoice::Cpu);
        println!("{}: {:?} steps", map.name(), expected.0);
        for backend in backends() {
            assert_eq!(explored(&map, backend), expected, "{}, {backend:?}", map.name());
        }
    }
}
