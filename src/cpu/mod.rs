//! The CPU backend.
pub mod random;
