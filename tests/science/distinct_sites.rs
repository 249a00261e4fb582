//! How many places one walker sees: on the plane, on average 2.75 in 2 steps, 363.58 in 1000.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin, changed};
use crate::exact;
use crate::verdict::{Sample, Verdict, assert_rejected, worlds_on};

/// Wide enough: in 1000 steps a walker strays √500 cells along each axis, a seventh of this.
const SIDE: u32 = 160;
const WORLDS: u32 = 1024;

fn distinct_sites(model: Model, backend: BackendChoice) -> Verdict {
    let exact = exact::distinct_sites(&exact::returns_on_plane(1000));
    let mut walkers = Simulation::of(model)
        .size(SIDE, SIDE)
        .agents(1)
        .worlds(worlds_on(backend, WORLDS))
        .seed(100)
        .backend(backend)
        .build()
        .unwrap();
    for step in [0, 1, 2, 4, 100, 1000] {
        walkers.run(&Run::steps(step - walkers.steps()[0])).unwrap();
        let sites: Vec<f64> = walkers
            .metric("coverage")
            .unwrap()
            .iter()
            .map(|covered| covered * f64::from(SIDE * SIDE))
            .collect();
        let sites = Sample::of(&sites);
        sites.agrees(&format!("the number of sites after {step} steps"), exact[step as usize], 1e-9)?;
    }
    Ok(())
}

#[test]
fn a_walker_sees_as_many_places_as_it_should() {
    for backend in backends() {
        distinct_sites(builtin("walkers"), backend).unwrap();
    }
}

#[test]
fn a_walker_that_goes_wrong_is_rejected() {
    let walkers = builtin("walkers");
    for (what, from, to) in [
        ("a start that is not marked", "mark_seen(me.pos);", ""),
        ("marks where it was", "mark_seen(to);", "mark_seen(me.pos);"),
        ("a biased draw", "random_u32() >> 30u", "random_below(9u)"),
        ("three directions", "random_u32() >> 30u", "random_below(3u)"),
        (
            "eight neighbours",
            "neighbour4(me.pos, random_u32() >> 30u)",
            "neighbour8(me.pos, random_below(8u))",
        ),
    ] {
        let verdict = distinct_sites(changed(&walkers, from, to), BackendChoice::Cpu);
        assert_rejected(what, verdict);
    }
}
