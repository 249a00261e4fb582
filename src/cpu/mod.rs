//! The CPU backend.
pub mod compile;
