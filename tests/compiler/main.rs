//! The CPU compiler: against a device, against itself without optimisation, and at its borders.

mod device;
mod generated;
mod harness;
mod inputs;
mod limits;
mod snippets;
