//! Latin hypercubes: random points such that each of n slices of each dimension holds one of n points.
//!
//! Source: M. D. McKay, R. J. Beckman and W. J. Conover, "A comparison of three methods for selecting values of input
//! variables in the analysis of output from a computer code", Technometrics 21, 1979.

use crate::world::random::{philox, stream};

/// The most points that a Latin hypercube can have; an order of them is held for each dimension.
pub const MOST_POINTS: u64 = 1 << 24;

/// A Latin hypercube.
#[derive(Debug, Clone)]
pub struct LatinHypercube {
    /// For each dimension, the slice that each point lies in.
    slices: Vec<Vec<u32>>,
    key: [u32; 2],
}

/// What a random number of a design is for.
const SHUFFLE: u32 = 1;
const WITHIN: u32 = 2;

impl LatinHypercube {
    /// So many points (at most 2^24) in so many dimensions, drawn by a seed.
    pub fn new(points: u64, dimensions: usize, seed: u64) -> LatinHypercube {
        let key = [seed as u32, (seed >> 32) as u32];
        let points = points.min(MOST_POINTS) as u32;
        let order = |dimension: u32| {
            let mut slices: Vec<u32> = (0..points).collect();
            // Fisher and Yates: each order is as likely as any other.
            for last in (1..points).rev() {
                let [low, high, ..] = philox([last, dimension, stream::DESIGN, SHUFFLE], key);
                let bits = u128::from(low) | u128::from(high) << 32;
                slices.swap(last as usize, ((bits * (u128::from(last) + 1)) >> 64) as usize);
            }
            slices
        };
        LatinHypercube { slices: (0..dimensions as u32).map(order).collect(), key }
    }

    /// A coordinate of a point, above 0 and below 1; not a number where there is no such point or dimension.
    pub fn coordinate(&self, point: u64, dimension: usize) -> f64 {
        let [word, ..] = philox([point as u32, dimension as u32, stream::DESIGN, WITHIN], self.key);
        // 24 bits beside the at most 24 of a slice, so that no rounding leaves the slice.
        let within = (f64::from(word >> 8) + 0.5) / f64::from(1 << 24);
        let Some(slices) = self.slices.get(dimension) else { return f64::NAN };
        let slice = slices.get(point as usize).map_or(f64::NAN, |slice| f64::from(*slice));
        (slice + within) / slices.len() as f64
    }
}
