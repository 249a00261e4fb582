//! A genetic algorithm on real numbers.

use serde::{Deserialize, Serialize};

use super::optimiser::{Candidate, Optimiser, Told, ranking};
use super::source::Source;
use super::space::Space;

/// Parents are chosen by tournament, children are blends of two (BLX-α: L. Eshelman and J. Schaffer, "Real-coded genetic
/// algorithms and interval-schemata", FOGA 2, 1993) with some genes mutated; the best of parents and children live on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneticAlgorithm {
    source: Source,
    population: Vec<Told>,
    /// Standard deviation of a mutation, in genes.
    mutation: f64,
}

/// How many take part in a tournament.
const TOURNAMENT: usize = 3;

/// How far beyond its parents a child may lie, as a share of their distance.
const BLEND: f64 = 0.5;

impl GeneticAlgorithm {
    /// A search of a box; `mutation` is the standard deviation of a mutation as a share of a dimension's length.
    pub fn new(space: Space, seed: u64, mutation: f64) -> GeneticAlgorithm {
        GeneticAlgorithm { source: Source::new(space, seed), population: Vec::new(), mutation }
    }

    fn parent(&mut self) -> usize {
        // The population is ordered, so the winner is the one with the lowest place.
        (0..TOURNAMENT).map(|_| self.source.draws.below(self.population.len())).min().unwrap_or(0)
    }

    fn child(&mut self) -> Candidate {
        let (mother, father) = (self.parent(), self.parent());
        let mother = self.population[mother].candidate.genes.clone();
        let father = self.population[father].candidate.genes.clone();
        let rate = 1.0 / mother.len() as f64;
        let mut genes = Vec::with_capacity(mother.len());
        for (a, b) in mother.into_iter().zip(father) {
            let share = self.source.draws.uniform() * (1.0 + 2.0 * BLEND) - BLEND;
            let mutates = self.source.draws.uniform() < rate;
            let change = if mutates { self.mutation * self.source.draws.normal() } else { 0.0 };
            genes.push((a + share * (b - a) + change).clamp(0.0, 1.0));
        }
        self.source.candidate(genes)
    }
}

impl Optimiser for GeneticAlgorithm {
    fn ask(&mut self, count: usize) -> Vec<Candidate> {
        match self.population.is_empty() {
            // One of the first is where the user would begin.
            true => (0..count)
                .map(|place| if place == 0 { self.source.start() } else { self.source.anywhere() })
                .collect(),
            false => (0..count).map(|_| self.child()).collect(),
        }
    }

    fn tell(&mut self, told: &[Told]) {
        self.population.extend_from_slice(told);
        let order = ranking(&self.population);
        self.population =
            order.into_iter().take(told.len()).map(|place| self.population[place].clone()).collect();
        for member in &mut self.population {
            member.score = super::optimiser::comparable(member.score);
        }
    }
}
