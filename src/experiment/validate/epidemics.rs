//! Checks of infections among walkers.

use super::check::{Check, Tolerance, Wrong};
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::Run;

const HASTY: Wrong = Wrong {
    what: "recovery of those just fallen ill",
    from: "} else if is_infected(me) &&",
    to: "}\n    if is_infected(next) &&",
};
const UNCOUNTED: Wrong = Wrong {
    what: "half of the ill lost from the air",
    from: "if is_infected(me) {
        add_ill",
    to: "if is_infected(me) && random_chance(0x80000000u) {
        add_ill",
};

/// Who had fallen ill when nobody is ill any more, where all meet all.
///
/// With one walker a cell on average, the force of infection is β times the share of the ill, and an illness lasts 1/γ steps:
/// R₀ = β/γ. The law of the final size holds for steps as for continuous time, since ln S falls by that force each step.
fn final_size(setup: &Setup, reproduction: f64) -> Result<Option<Got>> {
    const RECOVERY: f64 = 0.1;
    const SIDE: u32 = 256;
    let people = setup.worlds(4, 32).size(SIDE, SIDE).agents(SIDE * SIDE).seed(15).set("mixing", 1.0);
    let people = people.set("beta", reproduction * RECOVERY).set("gamma", RECOVERY).set("first", 32.0);
    let mut people = people.build()?;
    people.run(&Run::steps(2000).every(10).until("infected <= 0"))?;
    let recovered = people.metric("recovered")?;
    Ok(Some(Got::mean(&recovered.iter().map(|all| all / f64::from(SIDE * SIDE)).collect::<Vec<_>>())))
}

/// The share that a metric counts of walkers who meet only where they are, after 200 steps. `deviation` is that of a million.
fn local(setup: &Setup, metric: &str, deviation: f64) -> Result<Option<Got>> {
    // A quarter of the grid has as many walkers a cell, but twice the deviation.
    let (side, walkers, scale) = if setup.quick { (512, 250_000, 2.0) } else { (1024, 1_000_000, 1.0) };
    let people = setup.worlds(1, 4).size(side, side).agents(walkers).set("first", f64::from(walkers) / 1e4);
    let mut people = people.seed(8).build()?;
    people.run(&Run::steps(200))?;
    let shares: Vec<f64> = people.metric(metric)?.iter().map(|count| count / f64::from(walkers)).collect();
    Ok(Some(Got::mean_of_known_spread(&shares, scale * deviation)))
}

pub fn checks() -> Vec<Check> {
    let sir = |quantity, source, expected, known_within, quick, wrong, measure| Check {
        model: "sir",
        quantity,
        source,
        expected,
        tolerance: Tolerance::StandardErrors { known_within },
        quick,
        changes: &[],
        wrong,
        measure,
    };
    // What 32 of 65,536 who are ill at first add to the final size.
    const SEEDS: f64 = 0.001;
    const LAW: &str = "exact: z = 1 - exp(-R0 z), Kermack and McKendrick 1927";
    const OTHERS: &str = "the same model in another program, mean and s.d.";
    vec![
        sir(
            "final size, well mixed, R0 = 1.5",
            LAW,
            0.5828,
            SEEDS,
            false,
            HASTY,
            (|setup| final_size(setup, 1.5)) as fn(&Setup) -> Result<Option<Got>>,
        ),
        sir("final size, well mixed, R0 = 2", LAW, 0.7968, SEEDS, true, HASTY, |setup| {
            final_size(setup, 2.0)
        }),
        sir("final size, well mixed, R0 = 3", LAW, 0.9405, SEEDS, false, HASTY, |setup| {
            final_size(setup, 3.0)
        }),
        sir("susceptible share of a million walkers", OTHERS, 0.646650, 0.0156, false, UNCOUNTED, |setup| {
            local(setup, "susceptible", 0.0156)
        }),
        sir("infected share of a million walkers", OTHERS, 0.058680, 0.00286, false, UNCOUNTED, |setup| {
            local(setup, "infected", 0.00286)
        }),
    ]
}
