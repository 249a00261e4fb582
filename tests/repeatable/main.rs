//! The same seed gives the same states: in any batch, in any number of runs, with any number of threads, on every
//! backend, whatever is recorded, read or written back on the way.

#[path = "../common/mod.rs"]
mod common;

mod batches;
mod changes;
mod places;
mod real_maps;
mod records;
mod runs;
mod shapes;
mod states;
mod twins;
