//! OpenAI-ES: a gradient estimated from mirrored samples, followed by Adam.

use serde::{Deserialize, Serialize};

use super::optimiser::{Candidate, Optimiser, Told, comparable};
use super::source::Source;
use super::space::Space;

/// An evolution strategy for many dimensions: candidates are mirrored pairs around a centre, their scores count by rank only,
/// and the centre follows the gradient that they suggest (T. Salimans, J. Ho, X. Chen, S. Sidor, I. Sutskever, "Evolution
/// strategies as a scalable alternative to reinforcement learning", arXiv:1703.03864), by the rule of D. Kingma and J. Ba,
/// "Adam: a method for stochastic optimization", ICLR 2015.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenAiEs {
    source: Source,
    centre: Vec<f64>,
    sigma: f64,
    rate: f64,
    steps: u64,
    moment: Vec<f64>,
    square: Vec<f64>,
}

/// Adam's usual decay rates and the number that keeps it from dividing by nought.
const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl OpenAiEs {
    /// A search that begins where the space says. `sigma` is the candidates' standard deviation and `rate` about the length of
    /// a step in each dimension, both as shares of a dimension's length.
    pub fn new(space: Space, seed: u64, sigma: f64, rate: f64) -> OpenAiEs {
        let n = space.len();
        OpenAiEs {
            centre: space.start(),
            sigma,
            rate,
            steps: 0,
            moment: vec![0.0; n],
            square: vec![0.0; n],
            source: Source::new(space, seed),
        }
    }
}

impl Optimiser for OpenAiEs {
    fn ask(&mut self, count: usize) -> Vec<Candidate> {
        let mut asked = Vec::with_capacity(count);
        for _ in 0..count / 2 {
            let noise: Vec<f64> =
                (0..self.centre.len()).map(|_| self.sigma * self.source.draws.normal()).collect();
            for sign in [1.0, -1.0] {
                let genes =
                    self.centre.iter().zip(&noise).map(|(centre, noise)| centre + sign * noise).collect();
                asked.push(self.source.candidate(genes));
            }
        }
        if count % 2 == 1 {
            asked.push(self.source.candidate(self.centre.clone()));
        }
        asked
    }

    fn tell(&mut self, told: &[Told]) {
        if told.len() < 2 {
            return;
        }
        let mut gradient = vec![0.0; self.centre.len()];
        for (told, share) in told.iter().zip(centred_ranks(told)) {
            for ((sum, gene), centre) in gradient.iter_mut().zip(&told.candidate.genes).zip(&self.centre) {
                *sum += share * (gene - centre) / self.sigma;
            }
        }
        self.steps += 1;
        let correction = |beta: f64| 1.0 - beta.powf(self.steps as f64);
        let (correction_1, correction_2) = (correction(BETA_1), correction(BETA_2));
        for (place, sum) in gradient.into_iter().enumerate() {
            let slope = sum / (told.len() as f64 * self.sigma);
            self.moment[place] = BETA_1 * self.moment[place] + (1.0 - BETA_1) * slope;
            self.square[place] = BETA_2 * self.square[place] + (1.0 - BETA_2) * slope * slope;
            let mean = self.moment[place] / correction_1;
            let spread = (self.square[place] / correction_2).sqrt();
            self.centre[place] += self.rate * mean / (spread + EPSILON);
        }
    }

    fn recommended(&self) -> Option<Candidate> {
        Some(self.source.untried(&self.centre))
    }
}

/// Ranks from -1/2 for the worst to 1/2 for the best; equals share the mean of theirs.
fn centred_ranks(told: &[Told]) -> Vec<f64> {
    let scores: Vec<f64> = told.iter().map(|told| comparable(told.score)).collect();
    let rank = |score: &f64| {
        let below = scores.iter().filter(|other| *other < score).count();
        let equal = scores.iter().filter(|other| *other == score).count();
        (below as f64 + (equal as f64 - 1.0) / 2.0) / (scores.len() as f64 - 1.0) - 0.5
    };
    scores.iter().map(rank).collect()
}
