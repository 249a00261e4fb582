//! Explorers map a cave: the shortest way from nothing to a number.
//!
//! cargo run --release --example quickstart

use throng::world::map::{Generator, Map};
use throng::{Model, Run, Simulation};

fn main() -> throng::Result<()> {
    let mut simulation = Simulation::of(Model::builtin("explorers")?)
        .map(Map::generate(Generator::Caves, 256, 256, 0)?)
        .agents(200)
        .seed(1)
        .build()?;
    simulation.run(&Run::steps(5000).every(10).until("coverage >= 0.99"))?;
    println!("{}: {}", simulation.device().name, simulation.why());
    println!("covered 99 % after {} steps", simulation.steps()[0]);
    println!("state hash {:016x}, the same on every device", simulation.state_hash()?);
    Ok(())
}
