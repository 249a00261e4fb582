//! Langton's ant: how many cells are black after published numbers of steps, and its highway.

use glam::IVec2;
use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin, changed};
use crate::verdict::{Verdict, assert_rejected, within};

/// A torus that the highway does not come round in the steps that are run.
const SIDE: i32 = 192;

/// Black cells, and the way that the ant goes in each of two periods of its highway.
fn highway(ant: &Model, backend: BackendChoice) -> Verdict {
    let mut ant =
        Simulation::of(ant.clone()).size(SIDE as u32, SIDE as u32).backend(backend).build().unwrap();
    for (steps, black) in [(1000, 118.0), (10_000, 720.0), (11_000, 834.0)] {
        ant.run(&Run::steps(steps - ant.steps()[0])).unwrap();
        within(&format!("the black cells after {steps} steps"), ant.metric("black").unwrap()[0], black, 0.0)?;
    }
    let mut ways = Vec::new();
    for _ in 0..2 {
        let before = ant.positions("agent", 0).unwrap()[0];
        ant.run(&Run::steps(104)).unwrap();
        let way = ant.positions("agent", 0).unwrap()[0] - before;
        ways.push((way + SIDE / 2).rem_euclid(IVec2::splat(SIDE)) - SIDE / 2);
    }
    match ways[0] == ways[1] && ways[0].abs() == IVec2::splat(2) {
        true => Ok(()),
        false => Err(format!("the ant goes {ways:?} in 104 steps")),
    }
}

/// Two ants on one cell leave it as it was, and go the same way.
#[test]
fn two_ants_in_a_cell_undo_each_other() {
    let pair = changed(&builtin("langton"), "random_below(4u)", "0u");
    let pair = changed(&pair, "number = 1", "number = 2\n//! place = \"together\"");
    for backend in backends() {
        let mut ants = Simulation::of(pair.clone()).backend(backend).build().unwrap();
        ants.run(&Run::steps(99)).unwrap();
        assert_eq!(ants.metric("black").unwrap(), [0.0]);
    }
}

#[test]
fn an_ant_builds_its_highway() {
    for backend in backends() {
        highway(&builtin("langton"), backend).unwrap();
    }
}

#[test]
fn ants_that_go_wrong_are_rejected() {
    let ant = builtin("langton");
    for (what, from, to) in [
        ("an ant that marks for good", "toggle_black(me.pos)", "mark_black(me.pos)"),
        (
            "an ant that flips beside itself",
            "toggle_black(me.pos)",
            "toggle_black(neighbour4(me.pos, next.heading + 1u))",
        ),
        ("an ant that goes straight on", "select(1u, 3u,", "select(0u, 3u,"),
        ("two ants", "number = 1", "number = 2"),
    ] {
        assert_rejected(what, highway(&changed(&ant, from, to), BackendChoice::Cpu));
    }
}
