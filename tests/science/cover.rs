//! Runs to full coverage, and the bound that every one of them keeps.

use throng::{Run, Simulation};

use crate::common::{backends, builtin};
use crate::verdict::{Verdict, assert_rejected};

/// The steps after which each world had covered a share of its cells.
pub struct Times(pub Vec<Vec<f64>>);

/// Runs until all is covered, recording `coverage` every so many steps; gives a list of times for each share.
///
/// Between two records coverage is taken to grow evenly. The last cell is found at any step since the record before
/// with equal chance, so that half the distance is taken off.
///
/// # Errors
/// When a world is not covered after `most` steps, or was covered faster than walking allows.
pub fn cover(simulation: &mut Simulation, shares: &[f64], every: u64, most: u64) -> Result<Times, String> {
    simulation.run(&Run::steps(most).every(every).until("coverage >= 1")).unwrap();
    let worlds = simulation.worlds().len() as usize;
    let metric = simulation.model().metrics.iter().position(|metric| metric.name == "coverage").unwrap();
    let mut times = vec![vec![f64::NAN; worlds]; shares.len()];
    let mut before = vec![(0.0, 0.0); worlds];
    for record in simulation.series().records() {
        let world = record.world as usize;
        let now = (record.step as f64, record.partials[metric].value(&simulation.model().metrics[metric]));
        let (step, covered) = before[world];
        for (share, times) in shares.iter().zip(&mut times) {
            if times[world].is_nan() && now.1 >= *share {
                times[world] = match *share < 1.0 {
                    true => step + (now.0 - step) * (share - covered) / (now.1 - covered),
                    false => now.0 - (every - 1) as f64 / 2.0,
                };
            }
        }
        before[world] = now;
    }
    if let Some(world) = before.iter().position(|(_, covered)| *covered < 1.0) {
        return Err(format!("world {world} is covered to {} after {most} steps", before[world].1));
    }
    let steps = simulation.steps();
    let (agents, free) = (u64::from(simulation.worlds().agents), simulation.worlds().reachable.count());
    steps.iter().try_for_each(|steps| bound(agents, *steps, free))?;
    Ok(Times(times))
}

/// The hard bound: k agents that see the cells they enter have seen at most k + k T cells after T steps.
pub fn bound(agents: u64, steps: u64, free: u64) -> Verdict {
    match agents * steps >= free.saturating_sub(agents) {
        true => Ok(()),
        false => Err(format!("{agents} agents covered {free} cells in {steps} steps")),
    }
}

#[test]
fn agents_that_see_further_than_they_walk_break_the_bound() {
    for backend in backends() {
        let explorers = |sensor_range: f64| {
            let mut explorers = Simulation::of(builtin("explorers"))
                .size(40, 40)
                .agents(4)
                .worlds(4)
                .seed(1)
                .set("sensor_range", sensor_range)
                .backend(backend)
                .build()
                .unwrap();
            cover(&mut explorers, &[1.0], 8, 10_000).map(|_| ())
        };
        explorers(0.0).unwrap();
        assert_rejected("explorers with range finders", explorers(8.0));
    }
}

#[test]
fn the_bound_is_sharp() {
    bound(1, 8, 9).unwrap();
    bound(12, 0, 9).unwrap();
    assert_rejected("one step less", bound(1, 7, 9));
}
