//! Search: many candidates side by side, to find the parameters that are best.
//!
//! A method ([`Optimiser`]) proposes candidates and learns from their scores. A [`Search`] drives it: a generation is one
//! batch of trials, candidates times seeds that they have in common; the elite is tried again on held-out seeds. Whatever
//! runs trials can run a search: [`evaluate`] does it with a [`Worker`](super::Worker).

mod cma_es;
mod description;
mod draws;
mod driver;
mod evaluate;
mod genetic;
mod halving;
mod interval;
mod map_elites;
mod method;
mod openai_es;
mod optimiser;
mod random_search;
mod source;
mod space;
mod symmetric;

pub use cma_es::CmaEs;
pub use description::{Goal, SearchOptions};
pub use draws::Draws;
pub use driver::{Evaluate, Finalist, Generation, Member, Search};
pub use evaluate::evaluate;
pub use genetic::GeneticAlgorithm;
pub use halving::SuccessiveHalving;
pub use interval::Estimate;
pub use map_elites::{Descriptor, MapElites};
pub use method::{Method, MethodName};
pub use openai_es::OpenAiEs;
pub use optimiser::{Candidate, Optimiser, Told};
pub use random_search::RandomSearch;
pub use space::{Dimension, Space};
