//! Forest fires: whether they cross is site percolation, and how much burns is known from other programs.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin, changed};
use crate::verdict::{Sample, Verdict, assert_rejected, worlds_on};

/// The percolation threshold of sites with four neighbours.
const THRESHOLD: f64 = 0.592746;

fn forests(model: &Model, side: u32, density: f64, worlds: u32, backend: BackendChoice) -> Simulation {
    let builder = Simulation::of(model.clone()).size(side, side).set("density", density);
    builder.worlds(worlds_on(backend, worlds)).seed(11).backend(backend).build().unwrap()
}

/// How often a forest at the threshold burns from one side to the other.
fn crosses(model: &Model, side: u32, chance: f64, backend: BackendChoice) -> Verdict {
    let mut fires = forests(model, side, THRESHOLD, 8192, backend);
    // No way through is longer than half the cells and an edge.
    fires.run(&Run::steps(u64::from(side * (side + 1) / 2))).unwrap();
    let crossed = Sample::of(&fires.metric("crossed").unwrap());
    crossed.agrees(&format!("the chance to cross {side} cells"), chance, 0.0011)
}

/// How much of a forest has burnt after 100 steps. Known as a mean over few seeds, within `known` of one standard deviation.
fn burns(model: &Model, side: u32, density: f64, share: f64, known: f64, worlds: u32) -> Verdict {
    let mut fires = forests(model, side, density, worlds, BackendChoice::Cpu);
    fires.run(&Run::steps(100)).unwrap();
    let cells = f64::from(side * side);
    let (touched, burning) = (fires.metric("burnt").unwrap(), fires.metric("burning").unwrap());
    let burnt: Vec<f64> = touched.iter().zip(&burning).map(|(all, now)| all - now / cells).collect();
    Sample::of(&burnt).agrees("the share that has burnt", share, known)
}

#[test]
fn fires_cross_as_often_as_percolation_says() {
    for backend in backends() {
        for (side, chance) in [(8, 0.5351), (16, 0.5184)] {
            crosses(&builtin("forest-fire"), side, chance, backend).unwrap();
        }
    }
    crosses(&builtin("forest-fire"), 32, 0.5100, BackendChoice::Cpu).unwrap();
}

#[test]
fn as_much_burns_as_in_other_programs() {
    let fire = builtin("forest-fire");
    burns(&fire, 100, 0.7, 0.5247, 0.012, 64).unwrap();
    burns(&fire, 500, 0.9, 0.1688, 0.0006, 4).unwrap();
    let wide = changed(&fire, "k < 4u", "k < 3u");
    assert_rejected("fire that does not go up", burns(&wide, 100, 0.7, 0.5247, 0.012, 64));
}

#[test]
fn fires_that_spread_otherwise_are_rejected() {
    let fire = builtin("forest-fire");
    for (what, from, to) in [
        (
            "fire that goes to eight neighbours",
            "k < 4u; k += 1u) {\n            near |= is_burning(at + offset4(k))",
            "k < 8u; k += 1u) {\n            near |= is_burning(at + offset8(k))",
        ),
        ("fire that does not go up", "k < 4u", "k < 3u"),
        ("a torus", "[grid]", "[grid]\n//! wrap = true"),
        (
            "a denser forest",
            "is_free(at) && random_chance(params.density)",
            "is_free(at) && random_chance(params.density + 0x4000000u)",
        ),
    ] {
        assert_rejected(what, crosses(&changed(&fire, from, to), 16, 0.5184, BackendChoice::Cpu));
    }
}
