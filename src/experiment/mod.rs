//! Experiments: one model run for many seeds and parameter points, and what came of each run.
//!
//! A plan says which trials there are; workers run them, many at once, and give each outcome as it completes; a store keeps
//! outcomes so that an interrupted sweep can go on.
//!
//! [`validate`] holds built-in models against what is known of them.

mod launch;
mod memory;
pub mod plan;
#[cfg(feature = "mpi")]
mod ranks;
pub mod report;
pub mod search;
pub mod store;
mod summary;
mod sweep;
mod trial;
pub mod validate;
mod worker;

pub use launch::{launched, refuse_strangers};
pub use plan::Plan;
#[cfg(feature = "mpi")]
pub use ranks::Ranks;
pub use summary::{Output, Summariser, Summary};
pub use sweep::{Outcomes, Span, Trials, sweep};
pub use trial::{Experiment, Finished, Trial, TrialOutcome};
pub use worker::{Worker, WorkerOptions};
