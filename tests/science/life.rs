//! Life: an R-pentomino's history, and what half a grid of living cells comes to in one step.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin, changed};
use crate::verdict::{Sample, Verdict, assert_rejected, within, worlds_on};

/// Gliders that leave the R-pentomino go one cell along each axis in four generations, from about the 70th on: they do not
/// come round a torus of this side in the generations that are run.
const SIDE: u32 = 640;

const SOUP: &str = "random_chance(params.density)";

/// The R-pentomino: `.##`, `##.`, `.#.`.
fn pentomino(life: &Model) -> Model {
    let alive =
        "all(abs(at - 320) <= vec2<i32>(1)) && bool((0x9eu >> u32(at.x - 319 + 3 * (at.y - 319))) & 1u)";
    changed(life, SOUP, alive)
}

/// Its population in the last generation before it is stable but for gliders and blinkers, and in the first after.
fn history(life: &Model, backend: BackendChoice) -> Verdict {
    let mut life = Simulation::of(pentomino(life)).size(SIDE, SIDE).backend(backend).build().unwrap();
    for (generation, population) in [(0, 5.0), (1, 6.0), (1102, 118.0), (1103, 116.0)] {
        life.run(&Run::steps(generation - life.steps()[0])).unwrap();
        let found = life.metric("population").unwrap()[0];
        within(&format!("the population of generation {generation}"), found, population, 0.0)?;
    }
    Ok(())
}

/// A cell lives in generation 1 with the chance that eight neighbours and itself, each alive with 1/2, say: 70/256.
fn after_a_soup(life: Model, backend: BackendChoice) -> Verdict {
    let worlds = worlds_on(backend, 256);
    let mut life =
        Simulation::of(life).size(128, 128).worlds(worlds).seed(5).backend(backend).build().unwrap();
    Sample::of(&life.metric("density").unwrap()).agrees("the density at first", 0.5, 0.0)?;
    life.run(&Run::steps(1)).unwrap();
    Sample::of(&life.metric("density").unwrap()).agrees("the density after a step", 70.0 / 256.0, 0.0)
}

/// Life whose even cells go first, and whose odd ones see what they did.
fn one_after_the_other() -> Model {
    let half = |name: &str, odd: u32| {
        format!("fn {name}(at: vec2<i32>) {{ if ((at.x ^ at.y) & 1) == {odd} {{ both(at); }} }}\n")
    };
    let life =
        changed(&builtin("life"), "fn live(", &format!("{}{}fn both(", half("live", 0), half("live_too", 1)));
    changed(&life, "[\"live\"]", "[\"live\", \"live_too\"]")
}

#[test]
fn an_r_pentomino_lives_as_long_as_it_should() {
    for backend in backends() {
        history(&builtin("life"), backend).unwrap();
    }
}

#[test]
fn half_a_grid_comes_to_what_it_should() {
    for backend in backends() {
        after_a_soup(builtin("life"), backend).unwrap();
    }
}

#[test]
fn other_rules_are_rejected() {
    let life = builtin("life");
    for (what, wrong) in [
        ("HighLife", changed(&life, "default = 8", "default = 72")),
        ("cells that survive with 3 or 4", changed(&life, "default = 12", "default = 24")),
        ("four neighbours", changed(&life, "alive_around(at)", "alive_around(at) & 0x55u")),
        ("cells one after the other", one_after_the_other()),
    ] {
        assert_rejected(what, history(&wrong, BackendChoice::Cpu));
        assert_rejected(what, after_a_soup(wrong, BackendChoice::Cpu));
    }
    let thin = changed(&life, "default = 0.5", "default = 0.49");
    assert_rejected("a thinner soup", after_a_soup(thin, BackendChoice::Cpu));
}
