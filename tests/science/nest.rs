//! How many places walkers from one nest see together on the plane.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin, changed};
use crate::exact;
use crate::verdict::{Sample, Verdict, assert_rejected, worlds_on};

fn walkers() -> Model {
    changed(&builtin("walkers"), "start = \"arrive\"", "start = \"arrive\"\n//! place = \"together\"")
}

fn nests(model: &Model, backend: BackendChoice) -> Verdict {
    sites_from_nest(model, backend, 10, 64, 1024)?;
    sites_from_nest(model, backend, 1000, 64, 64)?;
    sites_from_nest(model, backend, 1000, 256, 32)
}

/// Walkers on a torus that is just too large to go round in so many steps.
fn sites_from_nest(model: &Model, backend: BackendChoice, walkers: u32, steps: u64, worlds: u32) -> Verdict {
    let side = 2 * steps as u32 + 1;
    let mut simulation = Simulation::of(model.clone())
        .size(side, side)
        .agents(walkers)
        .worlds(worlds_on(backend, worlds))
        .seed(11)
        .backend(backend)
        .build()
        .unwrap();
    simulation.run(&Run::steps(steps)).unwrap();
    let cells = f64::from(side * side);
    let sites: Vec<f64> =
        simulation.metric("coverage").unwrap().iter().map(|covered| covered * cells).collect();
    let exact = exact::sites_from_nest(walkers as i32, steps as usize);
    Sample::of(&sites).agrees(&format!("what {walkers} walkers see in {steps} steps"), exact, 1e-9)
}

#[test]
fn walkers_from_a_nest_see_as_many_places_as_they_should() {
    for backend in backends() {
        nests(&walkers(), backend).unwrap();
    }
}

#[test]
fn walkers_that_go_wrong_are_rejected() {
    let right = walkers();
    for (what, from, to) in [
        ("no nest", "\"together\"", "\"anywhere\""),
        ("a biased draw", "random_u32() >> 30u", "random_below(9u)"),
        (
            "walkers that go the same way",
            "random_u32() >> 30u",
            "(random_u32() & 0u) + current_step() * 0x9e3779b9u >> 30u",
        ),
        (
            "eight neighbours",
            "neighbour4(me.pos, random_u32() >> 30u)",
            "neighbour8(me.pos, random_below(8u))",
        ),
    ] {
        assert_rejected(what, nests(&changed(&right, from, to), BackendChoice::Cpu));
    }
}
