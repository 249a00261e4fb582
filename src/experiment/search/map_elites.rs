//! MAP-Elites: the best of each kind.

use serde::{Deserialize, Serialize};

use super::optimiser::{Candidate, Optimiser, Told, comparable};
use super::source::Source;
use super::space::Space;
use crate::error::{Error, Result};

/// Keeps the best candidate of each kind in an archive, a grid over what candidates are like, and tries mutations of those
/// (J.-B. Mouret and J. Clune, "Illuminating search spaces by mapping elites", arXiv:1504.04909).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapElites {
    source: Source,
    descriptors: Vec<Descriptor>,
    /// The archive, the first descriptor's part changing slowest.
    cells: Vec<Option<Told>>,
    /// Standard deviation of a mutation, in genes.
    mutation: f64,
}

/// One thing that tells kinds of candidates apart: an interval in equal parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The lower end; what lies below is counted to the first part.
    pub low: f64,
    /// The upper end; what lies above is counted to the last part.
    pub high: f64,
    /// The number of parts.
    pub parts: usize,
}

impl Descriptor {
    fn part(&self, value: f64) -> usize {
        let share = (value - self.low) / (self.high - self.low);
        ((share * self.parts as f64).max(0.0) as usize).min(self.parts - 1)
    }
}

/// Kinds in an archive at most.
const MOST_CELLS: usize = 1 << 20;

impl MapElites {
    /// A search of a box; `mutation` is the standard deviation of a mutation as a share of a dimension's length.
    ///
    /// # Errors
    /// When there are no descriptors, one is no interval, or there are more than 2^20 kinds.
    pub fn new(space: Space, seed: u64, descriptors: Vec<Descriptor>, mutation: f64) -> Result<MapElites> {
        if descriptors.is_empty() {
            return Err(Error::argument(
                "MAP-Elites needs to know what tells candidates apart",
                "name two outputs with --describe 'OUTPUT=lo..hi'",
            ));
        }
        let right = |descriptor: &Descriptor| {
            descriptor.low.is_finite() && descriptor.high.is_finite() && descriptor.low < descriptor.high
        };
        if let Some(wrong) = descriptors.iter().find(|descriptor| !right(descriptor)) {
            return Err(Error::argument(
                format!("a descriptor cannot go from {} to {}", wrong.low, wrong.high),
                "give two different numbers, the lower one first",
            ));
        }
        let count = descriptors
            .iter()
            .try_fold(1usize, |count, descriptor| count.checked_mul(descriptor.parts))
            .filter(|count| (1..=MOST_CELLS).contains(count));
        let Some(count) = count else {
            return Err(Error::argument(
                "an archive cannot have that many kinds",
                format!("give from 1 to {MOST_CELLS} in all"),
            ));
        };
        Ok(MapElites { source: Source::new(space, seed), descriptors, cells: vec![None; count], mutation })
    }

    /// The best of each kind that there is, in the order of the archive, each with its place in it.
    pub fn archive(&self) -> impl Iterator<Item = (usize, &Told)> {
        self.cells.iter().enumerate().filter_map(|(place, cell)| Some((place, cell.as_ref()?)))
    }

    /// Kinds that there may be.
    pub fn kinds(&self) -> usize {
        self.cells.len()
    }
}

impl Optimiser for MapElites {
    fn ask(&mut self, count: usize) -> Vec<Candidate> {
        let parents: Vec<Vec<f64>> = self.archive().map(|(_, told)| told.candidate.genes.clone()).collect();
        let mut asked = Vec::with_capacity(count);
        for place in 0..count {
            let candidate = match parents.len() {
                0 if place == 0 => self.source.start(),
                0 => self.source.anywhere(),
                parents_count => {
                    let parent = &parents[self.source.draws.below(parents_count)];
                    let mutated =
                        |gene: &f64| (gene + self.mutation * self.source.draws.normal()).clamp(0.0, 1.0);
                    let genes = parent.iter().map(mutated).collect();
                    self.source.candidate(genes)
                }
            };
            asked.push(candidate);
        }
        asked
    }

    fn tell(&mut self, told: &[Told]) {
        for told in told {
            let known = told.descriptors.len() == self.descriptors.len()
                && told.descriptors.iter().all(|value| value.is_finite());
            // One of whom nothing is known has no place.
            if !known || told.score.is_nan() {
                continue;
            }
            let place = self
                .descriptors
                .iter()
                .zip(&told.descriptors)
                .fold(0, |place, (descriptor, value)| place * descriptor.parts + descriptor.part(*value));
            let score = comparable(told.score);
            if self.cells[place].as_ref().is_none_or(|held| held.score < score) {
                self.cells[place] = Some(Told { score, ..told.clone() });
            }
        }
    }
}
