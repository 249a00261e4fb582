//! Checks of forest fires: site percolation, and how much burns in other programs.

use super::check::{Check, Tolerance, Wrong};
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::{Builder, Run};

/// The percolation threshold of sites with four neighbours.
const THRESHOLD: f64 = 0.592746;
const NOT_UP: Wrong = Wrong { what: "fire that does not go up", from: "k < 4u", to: "k < 3u" };

/// Forests all of whose fires are out: no way through is longer than half the cells and an edge.
fn burnt_out(forests: Builder, side: u32, metric: &str) -> Result<Vec<f64>> {
    let mut forests = forests.size(side, side).seed(11).build()?;
    forests.run(&Run::steps(u64::from(side) * u64::from(side + 1) / 2).every(10).until("burning <= 0"))?;
    forests.metric(metric)
}

/// How often a forest at the threshold burns from one side to the other.
fn crosses(setup: &Setup, side: u32, worlds: [u32; 2]) -> Result<Option<Got>> {
    let [quick, full] = worlds;
    let crossed = burnt_out(setup.worlds(quick, full).set("density", THRESHOLD), side, "crossed")?;
    Ok(Some(Got::mean(&crossed)))
}

/// The share of all cells that has burnt after 100 steps; what still burns is not counted.
fn burnt(setup: &Setup, side: u32, density: f64, worlds: [u32; 2], deviation: f64) -> Result<Option<Got>> {
    let [quick, full] = worlds;
    let mut forests = setup.worlds(quick, full).size(side, side).set("density", density).seed(11).build()?;
    forests.run(&Run::steps(100))?;
    let cells = f64::from(side * side);
    let (touched, burning) = (forests.metric("burnt")?, forests.metric("burning")?);
    let burnt: Vec<f64> = touched.iter().zip(&burning).map(|(all, now)| all - now / cells).collect();
    Ok(Some(Got::mean_of_known_spread(&burnt, deviation)))
}

fn check(
    quantity: &'static str,
    expected: f64,
    known_within: f64,
    quick: bool,
    measure: fn(&Setup) -> Result<Option<Got>>,
) -> Check {
    Check {
        model: "forest-fire",
        quantity,
        source: if expected > 0.5 && known_within < 0.002 {
            "site percolation at .592746; simulation, ±.0011"
        } else {
            "forest fires in other programs, mean and s.d."
        },
        expected,
        tolerance: Tolerance::StandardErrors { known_within },
        quick,
        changes: &[],
        wrong: NOT_UP,
        measure,
    }
}

pub fn checks() -> Vec<Check> {
    vec![
        check("chance that fire crosses 8 x 8 cells", 0.5351, 0.0011, true, |setup| {
            crosses(setup, 8, [4096, 65_536])
        }),
        check("chance that fire crosses 16 x 16 cells", 0.5184, 0.0011, true, |setup| {
            crosses(setup, 16, [4096, 65_536])
        }),
        check("chance that fire crosses 32 x 32 cells", 0.5100, 0.0011, false, |setup| {
            crosses(setup, 32, [2048, 32_768])
        }),
        check("chance that fire crosses 64 x 64 cells", 0.5043, 0.0011, false, |setup| {
            crosses(setup, 64, [512, 8192])
        }),
        check("share burnt of 100 x 100 cells, density .7", 0.5247, 0.012, true, |setup| {
            burnt(setup, 100, 0.7, [64, 256], 0.012)
        }),
        check("share burnt of 500 x 500 cells, density .9", 0.1688, 0.0006, false, |setup| {
            burnt(setup, 500, 0.9, [4, 32], 0.0006)
        }),
        check("share burnt of 1024 x 1024 cells, density .62", 0.5503, 0.0024, false, |setup| {
            let burnt = burnt_out(setup.worlds(1, 4).set("density", 0.62), 1024, "burnt")?;
            Ok(Some(Got::mean_of_known_spread(&burnt, 0.0024)))
        }),
    ]
}
