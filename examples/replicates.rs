//! A thousand replicates of one experiment in one batch, each world with a seed of its own.
//!
//! cargo run --release --example replicates

use throng::reduce::Spread;
use throng::{Model, Run, Simulation};

fn main() -> throng::Result<()> {
    let mut simulation =
        Simulation::of(Model::builtin("walkers")?).size(64, 64).agents(64).worlds(1000).seed(1).build()?;
    simulation.run(&Run::steps(100))?;
    let coverage = Spread::of(simulation.metric("coverage")?);
    let error = coverage.deviation / (coverage.worlds as f64).sqrt();
    println!("coverage after 100 steps: {:.5} ± {error:.5} (exactly 0.54077)", coverage.mean);

    // World 17 of the batch is the world with that seed run alone.
    let seventeenth = simulation.world_hashes()?[17];
    let mut alone = Simulation::of(Model::builtin("walkers")?).size(64, 64).agents(64).seed(18).build()?;
    alone.run(&Run::steps(100))?;
    println!("world 17 in the batch {seventeenth:016x}, alone {:016x}", alone.state_hash()?);
    Ok(())
}
