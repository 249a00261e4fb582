//! A world of a batch is the same world alone, wherever in the batch it stands.

use throng::BackendChoice::Cpu;

use crate::common::backends;
use crate::places::{cases, hashes_after, left_to_chance};

const STEPS: u64 = 15;

#[test]
fn a_world_of_a_batch_is_the_world_alone() {
    for (name, worlds) in cases() {
        let alone: Vec<u64> =
            (0..64).map(|seed| hashes_after(&worlds.clone().seed(seed), Cpu, STEPS)[0]).collect();
        let again = (1..64).any(|world| alone[..world].contains(&alone[world]));
        assert_ne!(again, left_to_chance(&name), "{name}: worlds of different seeds are the same");
        for backend in backends() {
            let batch = |worlds| hashes_after(&worlds, backend, STEPS);
            assert_eq!(batch(worlds.clone().worlds(64)), alone, "{name}, {backend:?}");
            assert_eq!(batch(worlds.clone().worlds(3).seed(20)), alone[20..23], "{name}, {backend:?}");
            assert_eq!(batch(worlds.clone().seed(63)), alone[63..], "{name}, {backend:?}");
            let moved = batch(worlds.clone().seeds([63, 0, 31, 0]));
            assert_eq!(moved, [alone[63], alone[0], alone[31], alone[0]], "{name}, {backend:?}");
        }
    }
}

#[test]
fn a_world_keeps_its_own_parameters_in_a_batch() {
    let [(name, explorers), ..] = &cases()[..] else { panic!("there are no cases") };
    assert!(name.starts_with("explorers"));
    for backend in backends() {
        let set = |persistence| explorers.clone().seed(5).set("persistence", persistence);
        let alone = [3.0, 0.0, 16.0].map(|persistence| hashes_after(&set(persistence), backend, STEPS)[0]);
        assert!(alone[0] != alone[1] && alone[1] != alone[2]);
        let batch =
            explorers.clone().seeds([5, 5, 5]).set_in(1, "persistence", 0.0).set_in(2, "persistence", 16.0);
        assert_eq!(hashes_after(&batch, backend, STEPS), alone, "{backend:?}");
    }
}

#[test]
fn all_64_bits_of_a_seed_count() {
    for backend in backends() {
        for (name, worlds) in cases() {
            let low = hashes_after(&worlds.clone().seed(1), backend, STEPS);
            let high = hashes_after(&worlds.clone().seed(1 + (1 << 32)), backend, STEPS);
            assert_eq!(low != high, left_to_chance(&name), "{name}, {backend:?}");
            let wrapped = hashes_after(&worlds.clone().seed(u64::MAX).worlds(2), backend, STEPS);
            assert_eq!(wrapped[1..], hashes_after(&worlds.seed(0), backend, STEPS), "{name}, {backend:?}");
        }
    }
}
