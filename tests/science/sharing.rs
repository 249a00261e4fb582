//! How long 64 agents that share their marks take to cover a torus of 128 by 128 cells, by three rules.

use throng::{BackendChoice, Model, Simulation};

use crate::common::{backends, builtin, changed};
use crate::cover::{Times, cover};
use crate::verdict::{Sample, Verdict, assert_rejected, within};

const SHARES: [f64; 4] = [0.5, 0.9, 0.99, 1.0];
const RANDOM_WALK: [f64; 4] = [438.0, 1684.0, 3607.0, 7857.0];
const NODE_COUNTING: [f64; 4] = [148.0, 368.0, 558.0, 800.0];
const LEAST_RECENTLY_VISITED: [f64; 4] = [148.0, 386.0, 645.0, 1177.0];
/// How far the mean times may be from the published ones.
const TOLERANCE: f64 = 0.03;

/// Node counting that marks the time instead of counting: the number of the step, from 1 for the start.
fn least_recently_visited() -> Model {
    let node_counting = builtin("node-counting");
    let start = changed(&node_counting, "add_visits(me.pos, 1u)", "max_visits(me.pos, 1u)");
    changed(&start, "add_visits(next.pos, 1u)", "max_visits(next.pos, current_step() + 1u)")
}

fn times(model: Model, backend: BackendChoice, published: [f64; 4], worlds: u32) -> Result<Times, String> {
    let mut agents = Simulation::of(model)
        .size(128, 128)
        .agents(64)
        .worlds(worlds)
        .seed(500)
        .backend(backend)
        .build()
        .unwrap();
    cover(&mut agents, &SHARES, published[0] as u64 / 12, 4 * published[3] as u64)
}

fn agree(times: &Times, published: [f64; 4]) -> Verdict {
    for ((share, times), published) in SHARES.iter().zip(&times.0).zip(published) {
        let mean = Sample::of(times).mean;
        within(&format!("the time to cover {share}"), mean, published, TOLERANCE * published)?;
    }
    Ok(())
}

/// The published times from many worlds on the CPU; from some of the same worlds, each world's own times elsewhere.
fn agree_everywhere(model: &Model, published: [f64; 4], worlds: u32) {
    let many = times(model.clone(), BackendChoice::Cpu, published, worlds).unwrap();
    agree(&many, published).unwrap();
    for backend in backends() {
        let few = times(model.clone(), backend, published, 3).unwrap();
        for (few, many) in few.0.iter().zip(&many.0) {
            assert_eq!(few, &many[..3], "{backend:?}");
        }
    }
}

#[test]
fn random_walkers_cover_in_time() {
    agree_everywhere(&builtin("walkers"), RANDOM_WALK, 256);
}

#[test]
fn node_counting_covers_in_time() {
    agree_everywhere(&builtin("node-counting"), NODE_COUNTING, 96);
}

#[test]
fn the_least_recently_visited_neighbour_covers_in_time() {
    agree_everywhere(&least_recently_visited(), LEAST_RECENTLY_VISITED, 96);
}

fn check(model: Model, published: [f64; 4], worlds: u32) -> Verdict {
    agree(&times(model, BackendChoice::Cpu, published, worlds)?, published)
}

#[test]
fn rules_that_go_wrong_are_rejected() {
    let walkers = builtin("walkers");
    for (what, to) in [
        ("a biased draw", "neighbour4(me.pos, random_below(9u))"),
        ("eight neighbours", "neighbour8(me.pos, random_below(8u))"),
    ] {
        let wrong = changed(&walkers, "neighbour4(me.pos, random_u32() >> 30u)", to);
        assert_rejected(what, check(wrong, RANDOM_WALK, 16));
    }
    for (right, published) in
        [(builtin("node-counting"), NODE_COUNTING), (least_recently_visited(), LEAST_RECENTLY_VISITED)]
    {
        for (what, from, to) in [
            ("ties to the first", "random_bit(choices)", "countTrailingZeros(choices)"),
            ("ties to the last", "count == least", "count <= least && choices == 0u"),
            ("the most visited", "count < least", "choices == 0u || count > least"),
            (
                "only whether a cell was visited",
                "let count = visits(to);",
                "let count = min(visits(to), 1u);",
            ),
        ] {
            assert_rejected(what, check(changed(&right, from, to), published, 8));
        }
    }
    let counting = check(builtin("node-counting"), LEAST_RECENTLY_VISITED, 8);
    assert_rejected("counts for times", counting);
    let recent = check(least_recently_visited(), NODE_COUNTING, 8);
    assert_rejected("times for counts", recent);
}
