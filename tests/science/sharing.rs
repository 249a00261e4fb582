//! How long 64 agents that share their marks take to cover a torus of 128 by 128 cells, by three rules.

use throng::{BackendChoice, Model, Simulation};

use crate::common::{backends, builtin, changed};
use crate::cover::cover;
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

fn times(model: Model, backend: BackendChoice, published: [f64; 4], every: u64, worlds: u32) -> Verdict {
    let mut agents = Simulation::of(model)
        .size(128, 128)
        .agents(64)
        .worlds(worlds)
        .seed(500)
        .backend(backend)
        .build()
        .unwrap();
    let times = cover(&mut agents, &SHARES, every, 4 * published[3] as u64)?;
    for ((share, times), published) in SHARES.iter().zip(&times.0).zip(published) {
        let time = Sample::of(times);
        within(&format!("the time to cover {share}"), time.mean, published, TOLERANCE * published)?;
    }
    Ok(())
}

#[test]
fn random_walkers_cover_in_time() {
    for backend in backends() {
        times(builtin("walkers"), backend, RANDOM_WALK, 8, 256).unwrap();
    }
}

#[test]
fn node_counting_covers_in_time() {
    for backend in backends() {
        times(builtin("node-counting"), backend, NODE_COUNTING, 4, 96).unwrap();
    }
}

#[test]
fn the_least_recently_visited_neighbour_covers_in_time() {
    for backend in backends() {
        times(least_recently_visited(), backend, LEAST_RECENTLY_VISITED, 4, 96).unwrap();
    }
}

#[test]
fn rules_that_go_wrong_are_rejected() {
    let walkers = builtin("walkers");
    for (what, to) in [
        ("a biased draw", "neighbour4(me.pos, random_below(9u))"),
        ("eight neighbours", "neighbour8(me.pos, random_below(8u))"),
    ] {
        let wrong = changed(&walkers, "neighbour4(me.pos, random_u32() >> 30u)", to);
        assert_rejected(what, times(wrong, BackendChoice::Cpu, RANDOM_WALK, 8, 64));
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
            assert_rejected(what, times(changed(&right, from, to), BackendChoice::Cpu, published, 4, 16));
        }
    }
    let counting = times(builtin("node-counting"), BackendChoice::Cpu, LEAST_RECENTLY_VISITED, 4, 16);
    assert_rejected("counts for times", counting);
    let recent = times(least_recently_visited(), BackendChoice::Cpu, NODE_COUNTING, 4, 16);
    assert_rejected("times for counts", recent);
}
