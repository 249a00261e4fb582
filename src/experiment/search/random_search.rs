//! Random search: every candidate is drawn uniformly.

use serde::{Deserialize, Serialize};

use super::optimiser::{Candidate, Optimiser, Told};
use super::source::Source;
use super::space::Space;

/// Draws every candidate uniformly from the box, and learns nothing: what other methods have to beat (J. Bergstra and
/// Y. Bengio, "Random search for hyper-parameter optimization", JMLR 13, 2012).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomSearch {
    source: Source,
}

impl RandomSearch {
    /// A search of a box.
    pub fn new(space: Space, seed: u64) -> RandomSearch {
        RandomSearch { source: Source::new(space, seed) }
    }
}

impl Optimiser for RandomSearch {
    fn ask(&mut self, count: usize) -> Vec<Candidate> {
        (0..count).map(|_| self.source.anywhere()).collect()
    }

    fn tell(&mut self, _: &[Told]) {}
}
