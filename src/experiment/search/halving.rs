//! Successive halving: many candidates on few seeds, then fewer on more.

use serde::{Deserialize, Serialize};

use super::optimiser::{Candidate, Optimiser, Told, ranking};
use super::source::Source;
use super::space::Space;

/// Draws candidates uniformly, keeps the best third, tries those on three times as many seeds, and so on until one is left;
/// then begins again with others (K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
/// optimization", AISTATS 2016).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuccessiveHalving {
    source: Source,
    /// Those that go on, with the number of seeds that they are to be tried on.
    survivors: Vec<Candidate>,
}

/// The share of candidates that goes on is one of so many, with so many times the seeds.
const SHARE: usize = 3;

impl SuccessiveHalving {
    /// A search of a box.
    pub fn new(space: Space, seed: u64) -> SuccessiveHalving {
        SuccessiveHalving { source: Source::new(space, seed), survivors: Vec::new() }
    }
}

impl Optimiser for SuccessiveHalving {
    fn ask(&mut self, count: usize) -> Vec<Candidate> {
        if self.survivors.is_empty() {
            self.survivors = (0..count).map(|_| self.source.anywhere()).collect();
        }
        self.survivors.clone()
    }

    fn tell(&mut self, told: &[Told]) {
        if told.len() <= 1 {
            self.survivors.clear();
            return;
        }
        let keep = told.len().div_ceil(SHARE);
        let next = |place: usize| {
            let candidate = told[place].candidate.clone();
            Candidate { times: candidate.times.saturating_mul(SHARE as u32), ..candidate }
        };
        self.survivors = ranking(told).into_iter().take(keep).map(next).collect();
    }
}
