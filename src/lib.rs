//! Throng
pub mod cpu;
mod error;
pub mod gpu;
mod mistake;
pub mod model;
pub mod output;
pub mod plan;
pub mod reduce;
pub mod simulation;
pub mod world;
pub use error::{Error, Result, bytes_in_words};
pub use mistake::{Mistake, Mistakes};
pub use model::Model;
pub use simulation::{AgentType, BackendChoice, Component, FieldLayout, Outcome, Progress, Run, Signal, Simulation, component};
