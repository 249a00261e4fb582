//! Checks of models whose agents leave trails: ants, slime moulds, dendrites; and of the diffusion that spreads trails.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::{Run, Simulation};
use crate::world::map::Generator;

/// The part of a trail that flows to the four neighbours in a step: a quarter of it is the diffusion coefficient.
const RATE: f64 = 0.6;
/// A side from whose middle nothing comes round within the steps.
const SIDE: u32 = 101;
const STEPS: u64 = 40;

/// Food that is neither in a pile nor with an ant nor in the nest, or in two places.
fn food(setup: &Setup) -> Result<Option<Got>> {
    let mut ants = setup.worlds(2, 16).size(60, 60).agents(500).seed(3).build()?;
    let before = ants.metric("left")?;
    ants.run(&Run::steps(400))?;
    let mut astray: Vec<f64> = before.iter().map(|all| -all).collect();
    for metric in ["left", "carried", "delivered"] {
        astray.iter_mut().zip(ants.metric(metric)?).for_each(|(sum, value)| *sum += value);
    }
    Ok(Some(Got::exactly(astray.iter().map(|astray| astray.abs()).sum())))
}

/// Trails that nobody adds to and that do not fade.
fn spread(simulation: &mut Simulation, trail: &[u32], steps: u64) -> Result<Vec<u32>> {
    simulation.set_layer("trail", 0, trail)?;
    simulation.run(&Run::steps(steps))?;
    simulation.layer("trail", 0)
}

fn still(setup: &Setup) -> crate::Builder {
    let mould = setup.worlds(1, 1).size(SIDE, SIDE).agents(1).set("deposit", 0.0);
    mould.set("evaporation", 0.0).set("diffusion", RATE)
}

/// How much of an uneven trail has come or gone, on a torus and among walls.
fn mass(setup: &Setup) -> Result<Option<Got>> {
    let trail: Vec<u32> =
        (0..SIDE * SIDE).map(|cell| (cell.wrapping_mul(0x9e37_79b1) >> 12) % 50_000).collect();
    let total = |trail: &[u32]| trail.iter().map(|content| f64::from(*content)).sum::<f64>();
    let mut lost = 0.0;
    for mut mould in [still(setup).build()?, still(setup).generate(Generator::Caves, 1).build()?] {
        lost += (total(&spread(&mut mould, &trail, 300)?) - total(&trail)).abs();
    }
    Ok(Some(Got::exactly(lost)))
}

/// By how much the variance along an axis grows in a step, from a point.
fn variance(setup: &Setup) -> Result<Option<Got>> {
    let mut point = vec![0; (SIDE * SIDE) as usize];
    point[(SIDE * SIDE / 2) as usize] = 2_000_000_000;
    let spread = spread(&mut still(setup).build()?, &point, STEPS)?;
    let square = |cell: usize| (f64::from(cell as u32 % SIDE) - f64::from(SIDE / 2)).powi(2);
    let moment: f64 =
        spread.iter().enumerate().map(|(cell, content)| f64::from(*content) * square(cell)).sum();
    Ok(Some(Got::exactly(moment / 2e9 / STEPS as f64)))
}

pub fn checks() -> Vec<Check> {
    let check = Check::quick;
    let shared = Wrong {
        what: "food that all take who ask for it",
        from: "lowest(me.pos) == lot()",
        to: "lowest(me.pos) <= lot()",
    };
    let fading = Wrong {
        what: "a trail that fades a little all the same",
        from: "~params.evaporation",
        to: "~params.evaporation - 1u",
    };
    let slow = Wrong {
        what: "half the diffusion",
        from: "diffused_trail(at, params.diffusion)",
        to: "diffused_trail(at, params.diffusion / 2u)",
    };
    let mut checks =
        vec![check("ants", "food lost or gained", "exact: none", 0.0, Tolerance::Exact, shared, food)];
    checks.extend(repeatable::checks(
        "ants",
        Wrong {
            what: "ants that are put into a corner in step 7",
            from: "next.pos = neighbour8(me.pos, next.heading);",
            to: "next.pos = neighbour8(me.pos, next.heading) * i32(current_step() != 7u);",
        },
    ));
    checks.push(check(
        "physarum",
        "trail lost or gained by diffusion",
        "exact: none",
        0.0,
        Tolerance::Exact,
        fading,
        mass,
    ));
    checks.push(check(
        "physarum",
        "variance per axis that a step of diffusion adds",
        "exact: 2 D, a half of the part that flows",
        RATE / 2.0,
        Tolerance::Relative(1e-5),
        slow,
        variance,
    ));
    checks.extend(repeatable::checks(
        "physarum",
        Wrong {
            what: "headings that are kept in step 7",
            from: "if front < left &&",
            to: "if current_step() != 7u && front < left &&",
        },
    ));
    checks.extend(repeatable::checks(
        "dla",
        Wrong {
            what: "a rest in step 7",
            from: "stride < params.strides &&",
            to: "stride < params.strides && current_step() != 7u &&",
        },
    ));
    checks
}
