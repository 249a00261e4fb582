//! Results reduced where the data is.
pub mod hash;
