//! What a method of search is: it proposes candidates and learns from their scores.

use serde::{Deserialize, Serialize};

/// A point that is to be tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its number in the search, from 0.
    pub number: u64,
    /// The value of each dimension.
    pub values: Vec<f64>,
    /// Its coordinates as the method sees them (see [`Space`](super::Space)).
    pub genes: Vec<f64>,
    /// How many times the usual number of seeds it is worth.
    pub times: u32,
}

/// A candidate that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The candidate.
    pub candidate: Candidate,
    /// How good it is: the higher the better, whatever the user's goal. What is not a number is the worst.
    pub score: f64,
    /// What it is like, for methods that keep the best of each kind; empty otherwise.
    pub descriptors: Vec<f64>,
}

/// A method of search over a [`Space`](super::Space), maximising.
///
/// Ask for candidates, try them, tell all of them in the order in which they were given, and repeat. A method whose state is
/// stored between a tell and the next ask, and restored, goes on as if nothing had happened.
pub trait Optimiser {
    /// The next candidates: `count` of them, unless the method has a number of its own.
    fn ask(&mut self, count: usize) -> Vec<Candidate>;

    /// Learns how good the candidates are that were asked for last.
    fn tell(&mut self, told: &[Told]);

    /// What the method holds for best on the whole and perhaps never tried, such as the mean of its distribution.
    fn recommended(&self) -> Option<Candidate> {
        None
    }
}

/// A score that can be compared and stored: what is not a number is the worst.
pub(super) fn comparable(score: f64) -> f64 {
    if score.is_nan() { f64::MIN } else { score.clamp(f64::MIN, f64::MAX) }
}

/// The told ones' places from the best to the worst; equals stay in their order.
pub(super) fn ranking(told: &[Told]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..told.len()).collect();
    places.sort_by(|a, b| comparable(told[*b].score).total_cmp(&comparable(told[*a].score)));
    places
}
