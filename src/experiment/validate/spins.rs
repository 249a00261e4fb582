//! Checks of the Ising model.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::Run;

/// A metric at a temperature, from order, averaged over time in each world.
fn mean(setup: &Setup, temperature: f64, metric: &str) -> Result<Option<Got>> {
    let magnets = setup.worlds(4, 8).size(256, 256).seed(16).set("ordered", 1.0);
    let mut magnets = magnets.set("temperature", temperature).build()?;
    let (settling, samples) = if setup.quick { (100, 10) } else { (400, 200) };
    magnets.run(&Run::steps(settling))?;
    let mut sums = vec![0.0; magnets.worlds().len() as usize];
    for _ in 0..samples {
        magnets.run(&Run::steps(5))?;
        for (sum, value) in sums.iter_mut().zip(magnets.metric(metric)?) {
            *sum += value / f64::from(samples);
        }
    }
    Ok(Some(Got::mean(&sums)))
}

pub fn checks() -> Vec<Check> {
    let at_once = Wrong {
        what: "white and black squares at once",
        from: "if is_free(at) && ((at.x ^ at.y) & 1) == 1 {",
        to: "if is_free(at) {",
    };
    let weak = Wrong { what: "a quarter of the bonds cut", from: "k < 4u", to: "k < 3u" };
    let within = Tolerance::StandardErrors { known_within: 0.003 };
    let check = |quantity, source, expected, wrong, measure| {
        Check::quick("ising", quantity, source, expected, within, wrong, measure)
    };
    let mut checks = vec![
        check(
            "energy per spin at T = 2",
            "exact: Onsager 1944",
            -1.745565,
            at_once,
            (|setup| mean(setup, 2.0, "energy")) as fn(&Setup) -> Result<Option<Got>>,
        ),
        check("magnetisation at T = 2", "exact: Yang 1952", 0.911319, weak, |setup| {
            mean(setup, 2.0, "magnetisation")
        }),
        check("energy per spin at T = 3", "exact: Onsager 1944", -0.817310, at_once, |setup| {
            mean(setup, 3.0, "energy")
        }),
        check(
            "magnetisation at T = 3",
            "exact: none above T = 2.269",
            0.0,
            Wrong { what: "a field from outside", from: "var field = 0;", to: "var field = 1;" },
            |setup| mean(setup, 3.0, "magnetisation"),
        ),
    ];
    checks.extend(repeatable::checks(
        "ising",
        Wrong {
            what: "spins that rest in step 7",
            from: "set_up((field",
            to: "if current_step() == 7u { return; }\n    set_up((field",
        },
    ));
    checks
}
