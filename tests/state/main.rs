//! States that are saved and gone on with, and agents that begin as a table says.

#[path = "../common/mod.rs"]
mod common;

mod command;
mod damage;
mod population;
mod resume;

use throng::{BackendChoice, Builder, Run, Simulation};

/// Worlds built on a backend.
pub fn build(builder: &Builder, backend: BackendChoice) -> Simulation {
    builder.clone().backend(backend).build().unwrap_or_else(|error| panic!("{error}"))
}

/// Each world's state hash after so many steps more.
pub fn hashes_after(worlds: &mut Simulation, steps: u64) -> Vec<u64> {
    worlds.run(&Run::steps(steps)).unwrap();
    worlds.world_hashes().unwrap()
}
