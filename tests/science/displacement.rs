//! How far a walker gets: the mean squared displacement after n steps is n with 4 neighbours and 1.5 n with 8.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin, changed, model};
use crate::verdict::{Sample, Verdict, assert_rejected};

const STEPS: u64 = 100;
const WALKERS: u32 = 1 << 14;

/// Walkers that keep their displacement, so that no wall and no edge matters.
const FREE: &str = "//! [grid]
//! wrap = true
//! size = [16, 16]
//! [step]
//! stages = [\"walk\"]
struct Agent { pos: vec2<i32>, moved: vec2<i32> }
fn walk(me: Agent) -> Agent {
    var next = me;
    next.moved += offset4(random_below(4u));
    return next;
}
";

#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Walker {
    pos: glam::IVec2,
    moved: glam::IVec2,
}
throng::agent_type!(Walker { pos, moved });

/// Mean squared displacement: `each` times the number of steps.
fn displacement(model: Model, backend: BackendChoice, each: f64) -> Verdict {
    let mut walkers = Simulation::of(model).agents(WALKERS).seed(3).backend(backend).build().unwrap();
    for steps in [1, STEPS - 1] {
        walkers.run(&Run::steps(steps)).unwrap();
        let steps = walkers.steps()[0] as f64;
        let squares: Vec<f64> = walkers
            .agents::<Walker>(0)
            .unwrap()
            .iter()
            .map(|walker| f64::from(walker.moved.length_squared()))
            .collect();
        Sample::of(&squares).agrees(&format!("the mean square after {steps} steps"), each * steps, 0.0)?;
    }
    Ok(())
}

/// The same for the built-in walkers, whose places alone are known: on a torus too large to go round in so many steps.
fn displacement_of_places(model: Model, backend: BackendChoice) -> Verdict {
    const SIDE: i32 = 2 * STEPS as i32 + 1;
    let mut walkers = Simulation::of(model)
        .size(SIDE as u32, SIDE as u32)
        .agents(WALKERS)
        .seed(4)
        .backend(backend)
        .build()
        .unwrap();
    let start = walkers.positions("agent", 0).unwrap();
    walkers.run(&Run::steps(STEPS)).unwrap();
    let shortest = |d: i32| (d + SIDE / 2).rem_euclid(SIDE) - SIDE / 2;
    let squares: Vec<f64> = start
        .iter()
        .zip(walkers.positions("agent", 0).unwrap())
        .map(|(from, to)| {
            let moved = to - from;
            f64::from(shortest(moved.x).pow(2) + shortest(moved.y).pow(2))
        })
        .collect();
    Sample::of(&squares).agrees("the mean square of the places", STEPS as f64, 0.0)
}

#[test]
fn walkers_get_as_far_as_they_should() {
    let four = model("free", FREE);
    let eight = changed(&four, "offset4(random_below(4u))", "offset8(random_below(8u))");
    for backend in backends() {
        displacement(four.clone(), backend, 1.0).unwrap();
        displacement(eight.clone(), backend, 1.5).unwrap();
        displacement_of_places(builtin("walkers"), backend).unwrap();
    }
}

#[test]
fn walkers_that_go_wrong_are_rejected() {
    let four = model("free", FREE);
    for (what, to) in [
        ("a biased draw", "offset4(random_below(9u))"),
        ("diagonal moves", "offset8(random_below(4u) * 2u + 1u)"),
        ("walkers that rest", "offset4(random_below(4u)) * i32(random_below(20u) != 0u)"),
        ("the same draw every step", "offset4(agent_id())"),
    ] {
        let wrong = changed(&four, "offset4(random_below(4u))", to);
        assert_rejected(what, displacement(wrong, BackendChoice::Cpu, 1.0));
    }
    let eight = changed(&four, "offset4(random_below(4u))", "offset8(random_below(8u))");
    assert_rejected("eight neighbours for four", displacement(eight, BackendChoice::Cpu, 1.0));
    let biased = changed(&builtin("walkers"), "random_u32() >> 30u", "random_below(9u)");
    assert_rejected("a biased draw", displacement_of_places(biased, BackendChoice::Cpu));
}
