//! How much of a torus many walkers cover: after t steps 1 − (1 − R / cells)^k, R being what one sees.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin, changed};
use crate::exact;
use crate::verdict::{Sample, Verdict, assert_rejected, worlds_on};

const SIDE: u32 = 64;
const WALKERS: i32 = 64;
const WORLDS: u32 = 256;

/// The exact value at each step up to 1000, walks that go round the torus included.
fn expected() -> Vec<f64> {
    let sites = exact::distinct_sites(&exact::returns_on_torus(SIDE as usize, 1000));
    let cells = f64::from(SIDE * SIDE);
    sites.iter().map(|sites| 1.0 - (1.0 - sites / cells).powi(WALKERS)).collect()
}

fn coverage(model: Model, backend: BackendChoice) -> Verdict {
    let expected = expected();
    let mut walkers = Simulation::of(model)
        .size(SIDE, SIDE)
        .agents(WALKERS as u32)
        .worlds(worlds_on(backend, WORLDS))
        .seed(7)
        .backend(backend)
        .build()
        .unwrap();
    for step in [0, 10, 100, 1000] {
        walkers.run(&Run::steps(step - walkers.steps()[0])).unwrap();
        let covered = Sample::of(&walkers.metric("coverage").unwrap());
        covered.agrees(&format!("the coverage after {step} steps"), expected[step as usize], 1e-8)?;
    }
    Ok(())
}

#[test]
fn exact_values_are_those_of_the_published_table() {
    let expected = expected();
    for (step, published) in [(10, 0.11597057), (100, 0.54077473), (1000, 0.99738605)] {
        assert!((expected[step] - published).abs() < 1e-8, "{step}: {} and {published}", expected[step]);
    }
}

#[test]
fn walkers_cover_as_much_as_they_should() {
    for backend in backends() {
        coverage(builtin("walkers"), backend).unwrap();
    }
}

#[test]
fn walkers_that_go_wrong_are_rejected() {
    let walkers = builtin("walkers");
    for (what, from, to) in [
        ("starts that are not marked", "mark_seen(me.pos);", ""),
        ("a biased draw", "random_u32() >> 30u", "random_below(9u)"),
        (
            "eight neighbours",
            "neighbour4(me.pos, random_u32() >> 30u)",
            "neighbour8(me.pos, random_below(8u))",
        ),
        ("one nest", "start = \"arrive\"", "start = \"arrive\"\n//! place = \"together\""),
        ("a wall around", "wrap = true", "wrap = false"),
    ] {
        assert_rejected(what, coverage(changed(&walkers, from, to), BackendChoice::Cpu));
    }
}
