//! The random numbers of a search: the generator of the worlds, so that a search repeats bit for bit.

use serde::{Deserialize, Serialize};

use crate::world::random::philox;

/// A stream of random numbers that can be stored and goes on where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draws {
    seed: u64,
    drawn: u64,
}

/// Keeps a search's numbers apart from those of worlds with the same seed.
const STREAM: u32 = 0x8003_0000;

impl Draws {
    /// The stream of a seed, from its beginning.
    pub fn new(seed: u64) -> Draws {
        Draws { seed, drawn: 0 }
    }

    fn block(&mut self) -> [u64; 2] {
        let halves = |number: u64| [number as u32, (number >> 32) as u32];
        let [low, high] = halves(self.drawn);
        self.drawn += 1;
        let [a, b, c, d] = philox([low, high, STREAM, 0], halves(self.seed));
        [u64::from(a) | u64::from(b) << 32, u64::from(c) | u64::from(d) << 32]
    }

    /// A number from 0 to below 1.
    pub fn uniform(&mut self) -> f64 {
        unit(self.block()[0])
    }

    /// A whole number from 0 to `count` - 1; 0 for none.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.block()[0]) * count as u128) >> 64) as usize
    }

    /// A number of the standard normal distribution (G. Box and M. Muller, "A note on the generation of random normal
    /// deviates", 1958).
    pub fn normal(&mut self) -> f64 {
        let [radius, angle] = self.block();
        // 1 minus a number below 1 is never nought.
        (-2.0 * (1.0 - unit(radius)).ln()).sqrt() * (std::f64::consts::TAU * unit(angle)).cos()
    }

    /// So many numbers from 0 to below 1.
    pub fn point(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.uniform()).collect()
    }
}

fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut draws = Draws::new(7);
        let count = 20_000;
        let normal: Vec<f64> = (0..count).map(|_| draws.normal()).collect();
        let mean = normal.iter().sum::<f64>() / count as f64;
        let square = normal.iter().map(|x| x * x).sum::<f64>() / count as f64;
        // Four standard errors: 1/sqrt(n), sqrt(2/n).
        assert!(mean.abs() < 4.0 / (count as f64).sqrt(), "{mean}");
        assert!((square - 1.0).abs() < 4.0 * (2.0 / count as f64).sqrt(), "{square}");
        let mut counts = [0u32; 5];
        (0..count).for_each(|_| counts[draws.below(5)] += 1);
        assert!(counts.iter().all(|n| n.abs_diff(4000) < 4 * 57), "{counts:?}");
    }
}
