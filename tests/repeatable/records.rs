//! Records are the same on every backend, and so are the steps at which worlds stop.

use throng::BackendChoice::{self, Cpu};
use throng::reduce::Record;
use throng::{Builder, Run, Simulation};

use crate::common::{backends, builtin};
use crate::places::{build, cases, hashes_after};

fn records(worlds: &Builder, backend: BackendChoice, runs: &[Run]) -> Vec<Record> {
    let mut simulation = build(worlds, backend);
    for run in runs {
        simulation.run(run).unwrap();
    }
    simulation.series().records().into_iter().cloned().collect()
}

#[test]
fn records_are_the_same_everywhere() {
    for (name, worlds) in cases() {
        let worlds = worlds.worlds(3).seed(40);
        let all = records(&worlds, Cpu, &[Run::steps(21).every(1)]);
        assert_eq!(all.len(), 3 * 22, "{name}");
        for backend in backends() {
            for every in [1, 4, 5, 100] {
                let kept = |record: &&Record| record.step.is_multiple_of(every) || record.step == 21;
                let expected: Vec<Record> = all.iter().filter(kept).cloned().collect();
                let found = records(&worlds, backend, &[Run::steps(21).every(every)]);
                assert_eq!(found, expected, "{name}, {backend:?}, every {every}");
            }
            let parts = records(&worlds, backend, &[8, 1, 12].map(|steps| Run::steps(steps).every(1)));
            assert_eq!(parts, all, "{name}, {backend:?}, in three runs");
        }
    }
}

/// Explorers find their places at different times in different worlds.
fn explorers() -> Builder {
    Simulation::of(builtin("explorers")).size(37, 29).wraps(true).agents(20).worlds(16).seed(3)
}

const ENOUGH: f64 = 0.7;

#[test]
fn worlds_stop_at_the_first_recorded_step_that_meets_the_condition() {
    for every in [1, 7] {
        let all = records(&explorers(), Cpu, &[Run::steps(400).every(every)]);
        let coverage = &builtin("explorers").metrics[0];
        let meets = |record: &&Record| record.partials[0].value(coverage) >= ENOUGH;
        let first = |world| all.iter().filter(|record| record.world == world).find(meets).unwrap().step;
        let expected: Vec<u64> = (0..16).map(first).collect();
        assert!(expected.iter().any(|steps| *steps != expected[0]), "all worlds stop at once");
        for backend in backends() {
            let mut worlds = build(&explorers(), backend);
            worlds.run(&Run::steps(400).every(every).until(&format!("coverage >= {ENOUGH}"))).unwrap();
            assert_eq!(worlds.steps(), expected, "{backend:?}, every {every}");
            let hashes = worlds.world_hashes().unwrap();
            for (world, steps) in expected.iter().enumerate() {
                let alone = explorers().worlds(1).seed(3 + world as u64);
                assert_eq!(
                    hashes[world],
                    hashes_after(&alone, backend, *steps)[0],
                    "world {world}, {backend:?}"
                );
            }
        }
    }
}

#[test]
fn worlds_that_stopped_go_on_when_they_are_run_again() {
    for backend in backends() {
        let mut worlds = build(&explorers(), backend);
        worlds.run(&Run::steps(400).until(&format!("coverage >= {ENOUGH}"))).unwrap();
        let stopped = worlds.steps();
        worlds.run(&Run::steps(400).until(&format!("coverage >= {ENOUGH}"))).unwrap();
        assert_eq!(worlds.steps(), stopped, "{backend:?}: a condition that holds already");
        worlds.step().unwrap();
        worlds.run(&Run::steps(4)).unwrap();
        let expected: Vec<u64> = stopped.iter().map(|steps| steps + 5).collect();
        assert_eq!(worlds.steps(), expected, "{backend:?}");
        let hashes = worlds.world_hashes().unwrap();
        let alone = explorers().worlds(1).seed(8);
        assert_eq!(hashes[5], hashes_after(&alone, Cpu, expected[5])[0], "{backend:?}");
    }
}
