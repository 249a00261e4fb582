//! Models on every backend against exact and published values. Each check is a function that gives a verdict, so that
//! it can be asked about the right model and about wrong ones, which it must reject.

#[path = "../common/mod.rs"]
mod common;

mod conservation;
mod cover;
mod cover_time;
mod coverage;
mod displacement;
mod distinct_sites;
mod exact;
mod forest_fire;
mod langton;
mod life;
mod nest;
mod sandpile;
mod sharing;
mod sir;
mod verdict;
