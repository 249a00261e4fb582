//! Checks of the models that live on cells, and of those whose agents do little but walk over them.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::{Builder, Run};

/// The one value of a metric after so many steps.
fn counted(builder: Builder, run: &Run, metric: &str) -> Result<Option<Got>> {
    let mut simulation = builder.build()?;
    simulation.run(run)?;
    Ok(simulation.metric(metric)?.first().map(|value| Got::exactly(*value)))
}

fn life(setup: &Setup) -> Result<Option<Got>> {
    let mut worlds = setup.worlds(32, 512).size(256, 256).seed(3).build()?;
    worlds.run(&Run::steps(1))?;
    Ok(Some(Got::mean(&worlds.metric("density")?)))
}

/// The population after so many generations of an R-pentomino, whose gliders do not come round.
fn pentomino(setup: &Setup, generations: u64) -> Result<Option<Got>> {
    let side: u32 = if setup.quick { 640 } else { 1024 };
    let mut life = setup.worlds(1, 1).size(side, side).set("density", 0.0).build()?;
    let mut cells = vec![0; (side * side) as usize];
    for [x, y] in [[1, 0], [2, 0], [0, 1], [1, 1], [1, 2]] {
        cells[((side / 2 + y) * side + side / 2 + x) as usize] = 1;
    }
    life.set_layer("alive", 0, &cells)?;
    life.run(&Run::steps(generations))?;
    Ok(life.metric("population")?.first().map(|value| Got::exactly(*value)))
}

fn langton(setup: &Setup, steps: u64) -> Result<Option<Got>> {
    counted(setup.worlds(1, 1).size(256, 256).agents(1).seed(1), &Run::steps(steps), "black")
}

fn sandpile(setup: &Setup) -> Result<Option<Got>> {
    let builder = setup.worlds(1, 1).size(64, 64).set("drop", 1000.0).set("ground", 0.0);
    counted(builder, &Run::steps(20_000).until("unstable == 0"), "topplings")
}

pub fn checks() -> Vec<Check> {
    let ant = Wrong { what: "an ant that always turns right", from: "select(1u, 3u,", to: "select(1u, 1u," };
    let high = Wrong { what: "HighLife", from: "default = 8,", to: "default = 72," };
    let exact = |model, quantity, source, expected, wrong, measure| {
        Check::quick(model, quantity, source, expected, Tolerance::Exact, wrong, measure)
    };
    let mut checks = vec![
        Check {
            model: "life",
            quantity: "density at generation 1 from density 1/2",
            source: "exact: 70 of 256 neighbourhoods live on",
            expected: 70.0 / 256.0,
            tolerance: Tolerance::StandardErrors { known_within: 0.0 },
            quick: true,
            changes: &[],
            wrong: Wrong {
                what: "seven neighbours",
                from: "countOneBits(alive_around(at))",
                to: "countOneBits(alive_around(at) & 127u)",
            },
            measure: life,
        },
        exact(
            "life",
            "population of an R-pentomino's generation 1102",
            "exact: a deterministic run",
            118.0,
            high,
            (|setup| pentomino(setup, 1102)) as fn(&Setup) -> Result<Option<Got>>,
        ),
        exact(
            "life",
            "population of an R-pentomino's generation 1103",
            "exact: a deterministic run",
            116.0,
            high,
            |setup| pentomino(setup, 1103),
        ),
        exact("langton", "black cells at step 1000", "exact: a deterministic run", 118.0, ant, |setup| {
            langton(setup, 1000)
        }),
        exact("langton", "black cells at step 11,000", "exact: a deterministic run", 834.0, ant, |setup| {
            langton(setup, 11_000)
        }),
        exact(
            "sandpile",
            "topplings of 1000 grains dropped on one cell",
            "exact: the same in any order (Dhar 1990)",
            18_226.0,
            Wrong {
                what: "topplings that are counted once a step",
                from: "toppled(at) + (grains(at) >> 2u)",
                to: "toppled(at) + min(grains(at) >> 2u, 1u)",
            },
            sandpile,
        ),
    ];
    for (model, wrong) in [
        (
            "life",
            Wrong {
                what: "a catastrophe at step 7",
                from: "set_alive(is_free(at)",
                to: "set_alive(current_step() != 7u && is_free(at)",
            },
        ),
        (
            "forest-fire",
            Wrong {
                what: "fire that does not spread in step 3",
                from: "if near {",
                to: "if near && current_step() != 3u {",
            },
        ),
        (
            "langton",
            Wrong {
                what: "flips lost in step 7",
                from: "toggle_black(me.pos);",
                to: "if current_step() != 7u { toggle_black(me.pos); }",
            },
        ),
        (
            "sandpile",
            Wrong {
                what: "sand lost in step 7",
                from: "set_grains(height);",
                to: "set_grains(select(height, 0u, current_step() == 7u));",
            },
        ),
        (
            "sir",
            Wrong {
                what: "a rest in step 7",
                from: "next.pos = to;",
                to: "next.pos = select(to, me.pos, current_step() == 7u);",
            },
        ),
    ] {
        checks.extend(repeatable::checks(model, wrong));
    }
    checks
}
