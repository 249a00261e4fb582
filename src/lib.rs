//! Throng steps large populations of simple agents, in thousands of independent worlds at once, on any GPU or on every
//! CPU core, with bit-identical results from a rule that is written once.
//!
//! What matters, in this order:
//!
//! 1. **Exact.** The same seed gives the same 64-bit [state hash](Simulation::state_hash) on every GPU, on the CPU, with
//!    any number of threads, in any batch, at any place in the batch.
//! 2. **Written once.** A model is one WGSL file. The GPU runs it inside generated kernels; the CPU compiles the same
//!    text when it is loaded.
//! 3. **Many worlds.** Worlds are the batch: each has its own seed and parameters, and does not wait for the others
//!    in its arithmetic.
//! 4. **Fast enough to be the last resort.** The CPU backend is measured against hand-written Rust that does one model
//!    only (`cargo bench --bench throughput`).
//!
//! ```
//! use throng::world::map::{Generator, Map};
//! use throng::{Model, Run, Simulation};
//!
//! # fn main() -> throng::Result<()> {
//! let mut simulation = Simulation::of(Model::builtin("explorers")?)
//!     .map(Map::generate(Generator::Caves, 128, 128, 0)?)
//!     .agents(100)
//!     .worlds(4)
//!     .seed(1)
//!     .set("persistence", 4.0)
//!     .build()?;
//! simulation.run(&Run::steps(5000).until("coverage >= 0.9"))?;
//! println!("{:?} steps, state {:016x}", simulation.steps(), simulation.state_hash()?);
//! # Ok(())
//! # }
//! ```
//!
//! Where to start reading:
//!
//! | to | read |
//! |---|---|
//! | run a model and look at it | [`Simulation`], [`Run`] |
//! | write a model | [`model`], `shaders/models/template.wgsl`, the functions in `shaders/prelude/` |
//! | use a real place | [`world::map`], [`world::graph`] |
//! | keep a state, or begin from a table | [`state`] |
//! | know what is recorded and how it is combined | [`reduce`] |
//! | know what a backend executes | [`plan`], then [`cpu`] and [`gpu`] |
//!
//! Rooms import downward only: errors, then models, worlds, the reducer, plans, the backends, simulations, states, experiments, the
//! command line; [`output`] writes tables and pictures for the last two, and knows nothing of any but errors.

pub mod cpu;
mod error;
pub mod experiment;
pub mod gpu;
mod mistake;
pub mod model;
pub mod output;
pub mod plan;
pub mod reduce;
pub mod simulation;
pub mod state;
pub mod world;

pub use error::{Error, Result, bytes_in_words, printable};
pub use mistake::{Mistake, Mistakes};
pub use model::Model;
pub use plan::Schedule;
pub use simulation::{
    AgentType, BackendChoice, Builder, Component, FieldLayout, Outcome, Progress, Run, Signal, Simulation,
    component,
};
pub use world::Change;

/// The README's examples are compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
