//! Infections: what one step does to those who share a cell with ill ones.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin, changed};
use crate::verdict::{Sample, Verdict, assert_rejected, within, worlds_on};

const WALKERS: u32 = 500;
const ILL: f64 = 4.0;
const BETA: f64 = 0.2;
const GAMMA: f64 = 0.25;

/// All in one cell: each of the others falls ill with 1 − (1 − β)^c, each of the c ill recovers with γ, at once.
fn first_step(model: &Model, backend: BackendChoice) -> Verdict {
    let builder = Simulation::of(model.clone()).size(1, 1).agents(WALKERS).worlds(worlds_on(backend, 512));
    let builder = builder.set("first", ILL).set("beta", BETA).set("gamma", GAMMA).seed(8);
    let mut people = builder.backend(backend).build().unwrap();
    people.run(&Run::steps(1)).unwrap();
    let healthy = (f64::from(WALKERS) - ILL) * (1.0 - BETA).powf(ILL);
    Sample::of(&people.metric("susceptible").unwrap()).agrees("the mean of the susceptible", healthy, 0.0)?;
    Sample::of(&people.metric("recovered").unwrap()).agrees("the mean of the recovered", ILL * GAMMA, 0.0)
}

/// The air holds as many ill ones as there were before the step, and nobody is lost.
fn counts(model: &Model, backend: BackendChoice) -> Verdict {
    let builder = Simulation::of(model.clone()).size(32, 32).agents(2000).seed(4);
    let mut people = builder.backend(backend).build().unwrap();
    for step in 0..20 {
        let ill = people.metric("infected").unwrap()[0];
        people.run(&Run::steps(1)).unwrap();
        let air: u32 = people.layer("ill", 0).unwrap().iter().sum();
        within(&format!("the ill in the air of step {step}"), f64::from(air), ill, 0.0)?;
        let all = ["susceptible", "infected", "recovered"].map(|name| people.metric(name).unwrap()[0]);
        within("the number of people", all.iter().sum(), 2000.0, 0.0)?;
    }
    Ok(())
}

#[test]
fn as_many_fall_ill_as_should() {
    for backend in backends() {
        first_step(&builtin("sir"), backend).unwrap();
        counts(&builtin("sir"), backend).unwrap();
    }
}

#[test]
fn infections_that_go_wrong_are_rejected() {
    let sir = builtin("sir");
    for (what, from, to) in [
        ("an infection by one at most", "let near = ill(me.pos);", "let near = min(ill(me.pos), 1u);"),
        (
            "recovery of those just fallen ill",
            "} else if is_infected(me) &&",
            "}\n    if is_infected(next) &&",
        ),
    ] {
        assert_rejected(what, first_step(&changed(&sir, from, to), BackendChoice::Cpu));
    }
    let stale = changed(&sir, "stages = [\"air\", ", "stages = [{ run = \"air\", every = 2 }, ");
    assert_rejected("air that is not cleared", counts(&stale, BackendChoice::Cpu));
}
