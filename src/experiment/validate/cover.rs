//! How long agents take to cover a place, and the bound that every such run keeps.

use super::sample::Got;
use crate::error::Result;
use crate::reduce::metric_index;
use crate::simulation::{Builder, Run, Simulation};

/// A world that has taken so many times the steps expected will not be covered in time for any mean.
const MOST: u64 = 5;

/// Steps until each world has covered this share of its cells; infinite for a world that has not after `most` steps.
///
/// Coverage is recorded every so many steps and taken to grow evenly between two records. The last cell is found at any
/// step since the record before with equal chance, so that half the distance is taken off.
fn times(simulation: &mut Simulation, share: f64, every: u64, most: u64) -> Result<Vec<f64>> {
    simulation.run(&Run::steps(most).every(every).until(&format!("coverage >= {share}")))?;
    let metric = metric_index(simulation.model(), "coverage")?;
    let definition = &simulation.model().metrics[metric];
    let worlds = simulation.worlds().len() as usize;
    let mut times = vec![f64::INFINITY; worlds];
    let mut before = vec![(0.0, 0.0); worlds];
    for record in simulation.series().records() {
        let world = record.world as usize;
        let now = (record.step as f64, record.partials[metric].value(definition));
        let (step, covered) = before[world];
        if times[world].is_infinite() && now.1 >= share {
            times[world] = match share < 1.0 {
                _ if record.step == 0 => 0.0,
                true => step + (now.0 - step) * (share - covered) / (now.1 - covered),
                false => now.0 - (every - 1) as f64 / 2.0,
            };
        }
        before[world] = now;
    }
    Ok(times)
}

/// The mean number of steps to cover this share of the cells, of which about `expected` are expected.
pub fn time(worlds: Builder, share: f64, expected: f64) -> Result<Option<Got>> {
    let times = times(&mut worlds.build()?, share, (expected / 50.0).ceil() as u64, MOST * expected as u64)?;
    Ok(Some(Got::mean(&times)))
}

/// By how much the fastest world keeps k T ≥ free cells − k: k agents that see the cells they enter have seen at most
/// k + k T cells after T steps.
pub fn bound(worlds: Builder) -> Result<Option<Got>> {
    let mut simulation = worlds.build()?;
    times(&mut simulation, 1.0, 1, 100_000)?;
    let (agents, free) =
        (f64::from(simulation.worlds().agents), simulation.worlds().reachable.count() as f64);
    let least = simulation.steps().into_iter().min().unwrap_or(0);
    Ok(Some(Got::exactly(agents * least as f64 - (free - agents))))
}

/// The hard bound on every coverage run, as a source.
pub const BOUND: &str = "hard bound: an agent enters at most one new cell a step";
/// The quantity that [`bound`] measures.
pub const SLACK: &str = "k T - (free cells - k), fastest world";
/// Where the mean cover times of a torus of 128 by 128 cells come from.
pub const SHARING: &str = "reference simulation of 64 agents on a 128 x 128 torus, 3 %";
