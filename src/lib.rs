//! Throng
pub mod cpu;
mod error;
mod mistake;
pub mod model;
pub mod plan;
pub mod reduce;
pub mod world;
pub use error::{Error, Result, bytes_in_words};
pub use mistake::{Mistake, Mistakes};
