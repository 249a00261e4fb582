//! Where candidates come from: the space, the random numbers, and the count of those made.

use serde::{Deserialize, Serialize};

use super::draws::Draws;
use super::optimiser::Candidate;
use super::space::Space;

/// What every method needs to make candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Source {
    pub space: Space,
    pub draws: Draws,
    made: u64,
}

impl Source {
    pub fn new(space: Space, seed: u64) -> Source {
        Source { space, draws: Draws::new(seed), made: 0 }
    }

    /// The candidate that genes stand for.
    pub fn candidate(&mut self, genes: Vec<f64>) -> Candidate {
        let number = self.made;
        self.made += 1;
        Candidate { number, values: self.space.values(&genes), genes, times: 1 }
    }

    /// A candidate from anywhere in the box.
    pub fn anywhere(&mut self) -> Candidate {
        let genes = self.draws.point(self.space.len());
        self.candidate(genes)
    }

    /// The candidate where the search begins.
    pub fn start(&mut self) -> Candidate {
        self.candidate(self.space.start())
    }

    /// A candidate that is recommended without being tried: it takes no number of its own.
    pub fn untried(&self, genes: &[f64]) -> Candidate {
        Candidate { number: u64::MAX, values: self.space.values(genes), genes: genes.to_vec(), times: 1 }
    }
}
