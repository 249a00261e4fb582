//! Checks of `sir-network`, an infection along a graph.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::Run;

const HASTY: Wrong = Wrong {
    what: "recovery at twice the rate",
    from: "random_chance(params.gamma)",
    to: "random_chance(params.gamma * 2u)",
};

const INFECTION: f64 = 0.04;
const RECOVERY: f64 = 0.1;
/// The share that is infected at first.
const FIRST: f64 = 0.02;

/// What an infection along one edge comes to before its source recovers: beta / (beta + gamma - beta gamma).
fn passed_on() -> f64 {
    INFECTION / (INFECTION + RECOVERY - INFECTION * RECOVERY)
}

/// The share that is ever infected on random graphs of this mean degree: z = 1 - (1 - e) exp(-T d z), where e are infected at
/// first and each edge passes on the infection with chance T (M. Newman, Physical Review E 66, 2002).
fn final_size(degree: f64) -> f64 {
    (0..1000).fold(1.0, |z: f64, _| 1.0 - (1.0 - FIRST) * (-passed_on() * degree * z).exp())
}

/// The share of a random graph that an infection has reached when nobody is ill any more.
fn reached(setup: &Setup) -> Result<Option<Got>> {
    let mut people = setup
        .worlds(8, 64)
        .set("beta", INFECTION)
        .set("gamma", RECOVERY)
        .set("first", FIRST)
        .seed(15)
        .build()?;
    people.run(&Run::steps(3000).every(10).until("infected <= 0"))?;
    let nodes = people.worlds().map.cells() as f64;
    let shares: Vec<f64> = people.metric("recovered")?.iter().map(|recovered| recovered / nodes).collect();
    Ok(Some(Got::mean(&shares)))
}

/// Nodes that are in none of the three states or in two, step by step.
fn uncounted(setup: &Setup) -> Result<Option<Got>> {
    let mut people = setup.worlds(1, 4).seed(3).build()?;
    let nodes = people.worlds().map.cells() as f64;
    let mut uncounted = 0.0;
    for _ in 0..20 {
        people.run(&Run::steps(3))?;
        let mut sums = vec![0.0; people.worlds().len() as usize];
        for metric in ["susceptible", "infected", "recovered"] {
            for (sum, count) in sums.iter_mut().zip(people.metric(metric)?) {
                *sum += count;
            }
        }
        uncounted += sums.iter().map(|sum| (sum - nodes).abs()).sum::<f64>();
    }
    Ok(Some(Got::exactly(uncounted)))
}

pub fn checks() -> Vec<Check> {
    const RANDOM: &[(&str, &str)] = &[
        ("generate = \"small-world\"", "generate = \"random\""),
        ("nodes = 10000", "nodes = 50000"),
        ("degree = 10", "degree = 6"),
        ("rewire = 0.1\n", "\n"),
    ];
    let mut checks = vec![
        Check {
            model: "sir-network",
            quantity: "final size on a random graph of mean degree 6",
            source: "exact for large graphs: Newman 2002",
            expected: final_size(6.0),
            // All worlds share one graph, whose finite size this allows for.
            tolerance: Tolerance::StandardErrors { known_within: 0.003 },
            quick: true,
            changes: RANDOM,
            wrong: HASTY,
            measure: reached,
        },
        Check {
            model: "sir-network",
            quantity: "nodes in no state or in two",
            source: "exact: none",
            expected: 0.0,
            tolerance: Tolerance::Exact,
            quick: true,
            changes: &[],
            wrong: Wrong {
                what: "a fourth state that nobody counts",
                from: "set_status(RECOVERED)",
                to: "set_status(RECOVERED + random_below(2u))",
            },
            measure: uncounted,
        },
    ];
    checks.extend(repeatable::checks(
        "sir-network",
        Wrong {
            what: "nobody who recovers in step 7",
            from: "if random_chance(params.gamma)",
            to: "if current_step() != 7u && random_chance(params.gamma)",
        },
    ));
    checks
}
