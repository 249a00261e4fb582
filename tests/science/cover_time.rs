//! How long one walker takes to visit every cell of a torus.

use throng::{BackendChoice, Model, Simulation};

use crate::common::{backends, builtin, changed};
use crate::cover::cover;
use crate::verdict::{Sample, Verdict, assert_rejected, worlds_on};

/// Side of the torus, the mean number of steps, and how well that is known.
const SMALL: (u32, f64, f64) = (16, 2905.0, 5.0);
const LARGE: (u32, f64, f64) = (32, 17_292.0, 42.0);

fn cover_time(model: Model, backend: BackendChoice, torus: (u32, f64, f64), worlds: u32) -> Verdict {
    let (side, mean, known_within) = torus;
    let mut walkers = Simulation::of(model)
        .size(side, side)
        .agents(1)
        .worlds(worlds_on(backend, worlds))
        .seed(1000)
        .backend(backend)
        .build()
        .unwrap();
    let times = cover(&mut walkers, &[1.0], mean as u64 / 50, 10 * mean as u64)?;
    Sample::of(&times.0[0]).agrees(&format!("the cover time of {side} by {side} cells"), mean, known_within)
}

#[test]
fn a_walker_covers_a_torus_in_time() {
    for backend in backends() {
        cover_time(builtin("walkers"), backend, SMALL, 1024).unwrap();
        cover_time(builtin("walkers"), backend, LARGE, 128).unwrap();
    }
}

#[test]
fn a_walker_that_goes_wrong_is_rejected() {
    let walkers = builtin("walkers");
    for (what, from, to) in [
        ("a wall around", "wrap = true", "wrap = false"),
        (
            "a walker that rests",
            "random_u32() >> 30u);",
            "random_u32() >> 30u);\n    if random_below(8u) == 0u { return me; }",
        ),
        (
            "eight neighbours",
            "neighbour4(me.pos, random_u32() >> 30u)",
            "neighbour8(me.pos, random_below(8u))",
        ),
        ("half of the grid", "random_u32() >> 30u", "(random_u32() >> 31u) * 2u"),
    ] {
        assert_rejected(what, cover_time(changed(&walkers, from, to), BackendChoice::Cpu, SMALL, 1024));
    }
}
