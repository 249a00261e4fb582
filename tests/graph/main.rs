//! Worlds on graphs: read or generated, the same on every backend, and as the theory of networks says.

#[path = "../common/mod.rs"]
mod common;

mod command;
mod epidemic;
mod head;
mod oracle;
mod walkers;

use throng::model::GraphShape;
use throng::world::graph::Graph;
use throng::{BackendChoice, Builder, Simulation};

/// A generated graph.
pub fn graph(shape: &str, seed: u64) -> Graph {
    let shape = GraphShape::parse(shape, None).unwrap_or_else(|error| panic!("{error}"));
    Graph::generate(&shape, seed).unwrap_or_else(|error| panic!("{error}"))
}

/// Worlds built on a backend.
pub fn build(builder: &Builder, backend: BackendChoice) -> Simulation {
    builder.clone().backend(backend).build().unwrap_or_else(|error| panic!("{error}"))
}
