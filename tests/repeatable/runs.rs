//! n steps are k steps and then n − k, whatever is recorded on the way and however many threads there are.

use throng::BackendChoice::Cpu;
use throng::{Run, Signal, Simulation};

use crate::common::{backends, builtin};
use crate::places::{build, cases, hashes_after};

#[test]
fn many_runs_are_one_run() {
    for (name, worlds) in cases() {
        let worlds = worlds.worlds(3).seed(9);
        let whole = hashes_after(&worlds, Cpu, 24);
        for backend in backends() {
            for cuts in [&[24][..], &[0, 24], &[1, 23], &[11, 0, 12, 1], &[6; 4]] {
                let mut parts = build(&worlds, backend);
                for steps in cuts {
                    parts.run(&Run::steps(*steps)).unwrap();
                }
                assert_eq!(parts.steps(), [24; 3]);
                assert_eq!(parts.world_hashes().unwrap(), whole, "{name}, {backend:?}, {cuts:?}");
            }
            let mut single = build(&worlds, backend);
            (0..24).for_each(|_| single.step().unwrap());
            assert_eq!(single.world_hashes().unwrap(), whole, "{name}, {backend:?}, step by step");
            // The caves' edges and their middle are rock: there no fire begins, no car goes, no account is and no grains pile up.
            if !["forest-fire in caves", "sandpile in caves", "traffic in caves", "wealth in caves"]
                .contains(&&*name)
            {
                let before = hashes_after(&worlds, backend, 23);
                assert_ne!(before, whole, "{name}, {backend:?}: a step changes nothing");
            }
        }
    }
}

#[test]
fn zero_steps_change_nothing() {
    for (name, worlds) in cases() {
        let begun = hashes_after(&worlds, Cpu, 0);
        for backend in backends() {
            let mut still = build(&worlds, backend);
            assert_eq!(still.world_hashes().unwrap(), begun, "{name}, {backend:?}");
            still.run(&Run::steps(0).every(1)).unwrap();
            assert_eq!(still.world_hashes().unwrap(), begun, "{name}, {backend:?}");
            assert_eq!((still.steps(), still.series().records().len()), (vec![0], 1));
        }
    }
}

#[test]
fn what_is_recorded_or_watched_changes_no_state() {
    for (name, worlds) in cases() {
        let worlds = worlds.worlds(2).seed(2);
        let unseen = hashes_after(&worlds, Cpu, 20);
        for backend in backends() {
            for run in [1, 2, 3, 7, 20, 1000].map(|every| Run::steps(20).every(every).pause(every)) {
                let mut seen = build(&worlds, backend);
                seen.run_watched(&run, |worlds, _| {
                    worlds.measure()?;
                    worlds.state_hash()?;
                    Ok(Signal::Continue)
                })
                .unwrap();
                assert_eq!(seen.world_hashes().unwrap(), unseen, "{name}, {backend:?}, every {}", run.every);
            }
        }
    }
}

#[test]
fn threads_do_not_matter() {
    for (name, worlds) in cases() {
        for count in [1, 3, 64] {
            let with = |threads| hashes_after(&worlds.clone().worlds(count).threads(threads), Cpu, 10);
            let one = with(1);
            assert!(with(2) == one && with(3) == one, "{name}, {count} worlds");
        }
    }
}

/// Enough agents for all threads to share one world, and so crowded that many change one word at once.
#[test]
fn threads_that_share_a_world_do_not_matter() {
    for name in ["explorers", "walkers", "node-counting"] {
        let crowd = Simulation::of(builtin(name)).size(101, 67).agents(20_000).seed(1);
        let with = |threads| {
            let mut worlds = build(&crowd.clone().threads(threads), Cpu);
            worlds.run(&Run::steps(10).every(3)).unwrap();
            (worlds.world_hashes().unwrap(), worlds.series().clone(), worlds.device().schedule)
        };
        let one = with(1);
        for threads in [2, 3] {
            let shared = with(threads);
            assert_ne!(shared.2, one.2, "{name}: {threads} threads do not share the world");
            assert!(shared.0 == one.0 && shared.1 == one.1, "{name}, {threads} threads");
        }
        for backend in backends() {
            assert_eq!(hashes_after(&crowd, backend, 10), one.0, "{name}, {backend:?}");
        }
    }
}
