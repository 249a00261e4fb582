//! Sobol points: a sequence that fills a cube evenly, more evenly than random points, from its start on.
//!
//! Source: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM Journal on
//! Scientific Computing 30, 2008; their direction numbers `new-joe-kuo-6.21201`
//! (<https://web.maths.unsw.edu.au/~fkuo/sobol/>). Points come in the order of the Gray code (Antonov and Saleev, 1979), as
//! theirs do, the origin first: a design of 2^m points keeps its balance only with it (A. B. Owen, "On dropping the first
//! Sobol' point", 2020).

use crate::world::random::{philox, stream};

/// The most dimensions that a design can have.
pub const MOST_DIMENSIONS: usize = POLYNOMIALS.len() + 1;

/// Bits of a coordinate, and so the logarithm of the most points.
const BITS: usize = 32;

/// For each dimension from the second on, the inner coefficients of its primitive polynomial and the first direction
/// numbers, of which there are as many as its degree.
const POLYNOMIALS: [(u32, &[u32]); 39] = [
    (0, &[1]),
    (1, &[1, 3]),
    (1, &[1, 3, 1]),
    (2, &[1, 1, 1]),
    (1, &[1, 1, 3, 3]),
    (4, &[1, 3, 5, 13]),
    (2, &[1, 1, 5, 5, 17]),
    (4, &[1, 1, 5, 5, 5]),
    (7, &[1, 1, 7, 11, 19]),
    (11, &[1, 1, 5, 1, 1]),
    (13, &[1, 1, 1, 3, 11]),
    (14, &[1, 3, 5, 5, 31]),
    (1, &[1, 3, 3, 9, 7, 49]),
    (13, &[1, 1, 1, 15, 21, 21]),
    (16, &[1, 3, 1, 13, 27, 49]),
    (19, &[1, 1, 1, 15, 7, 5]),
    (22, &[1, 3, 1, 15, 13, 25]),
    (25, &[1, 1, 5, 5, 19, 61]),
    (1, &[1, 3, 7, 11, 23, 15, 103]),
    (4, &[1, 3, 7, 13, 13, 15, 69]),
    (7, &[1, 1, 3, 13, 7, 35, 63]),
    (8, &[1, 3, 5, 9, 1, 25, 53]),
    (14, &[1, 3, 1, 13, 9, 35, 107]),
    (19, &[1, 3, 1, 5, 27, 61, 31]),
    (21, &[1, 1, 5, 11, 19, 41, 61]),
    (28, &[1, 3, 5, 3, 3, 13, 69]),
    (31, &[1, 1, 7, 13, 1, 19, 1]),
    (32, &[1, 3, 7, 5, 13, 19, 59]),
    (37, &[1, 1, 3, 9, 25, 29, 41]),
    (41, &[1, 3, 5, 13, 23, 1, 55]),
    (42, &[1, 3, 7, 3, 13, 59, 17]),
    (50, &[1, 3, 1, 3, 5, 53, 69]),
    (55, &[1, 1, 5, 5, 23, 33, 13]),
    (56, &[1, 1, 7, 7, 1, 61, 123]),
    (59, &[1, 1, 7, 9, 13, 61, 49]),
    (62, &[1, 3, 3, 5, 3, 55, 33]),
    (14, &[1, 3, 1, 15, 31, 13, 49, 245]),
    (21, &[1, 3, 5, 15, 31, 59, 63, 97]),
    (22, &[1, 3, 1, 11, 11, 11, 77, 249]),
];

/// A Sobol sequence of some dimensions.
#[derive(Debug, Clone)]
pub struct Sobol {
    directions: Vec<[u32; BITS]>,
    shift: Vec<u32>,
}

impl Sobol {
    /// The sequence in so many dimensions; those beyond the 40th repeat.
    ///
    /// Seed 0 gives the points as published; any other adds (without carry) a random point to each, which keeps their
    /// evenness (a digital shift).
    pub fn new(dimensions: usize, seed: u64) -> Sobol {
        let shift = |dimension: usize| match seed {
            0 => 0,
            _ => philox([0, dimension as u32, stream::DESIGN, 0], [seed as u32, (seed >> 32) as u32])[0],
        };
        Sobol {
            directions: (0..dimensions).map(|dimension| directions(dimension % MOST_DIMENSIONS)).collect(),
            shift: (0..dimensions).map(shift).collect(),
        }
    }

    /// A coordinate of a point (of the first 2^32), from 0 to just below 1, a multiple of 2^-32; 0 in a dimension that it has
    /// not.
    pub fn coordinate(&self, point: u64, dimension: usize) -> f64 {
        let gray = point ^ (point >> 1);
        let Some(directions) = self.directions.get(dimension) else { return 0.0 };
        let word = (0..BITS)
            .filter(|bit| gray >> bit & 1 == 1)
            .fold(self.shift[dimension], |word, bit| word ^ directions[bit]);
        f64::from(word) / 4_294_967_296.0
    }
}

/// The direction numbers of a dimension as fractions of 2^32, by the recurrence of Bratley and Fox, "Algorithm 659", ACM
/// Transactions on Mathematical Software 14, 1988.
fn directions(dimension: usize) -> [u32; BITS] {
    let mut numbers = [0; BITS];
    let Some((coefficients, first)) = dimension.checked_sub(1).map(|place| POLYNOMIALS[place]) else {
        for (bit, number) in numbers.iter_mut().enumerate() {
            *number = 1 << (BITS - 1 - bit);
        }
        return numbers;
    };
    let degree = first.len();
    for bit in 0..BITS {
        numbers[bit] = match first.get(bit) {
            Some(number) => number << (BITS - 1 - bit),
            None => {
                let oldest = numbers[bit - degree];
                (1..degree)
                    .filter(|term| coefficients >> (degree - 1 - term) & 1 == 1)
                    .fold(oldest ^ (oldest >> degree), |number, term| number ^ numbers[bit - term])
            }
        };
    }
    numbers
}
