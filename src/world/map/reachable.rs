//! The part of a map that agents can reach.

use std::fmt;
use std::sync::Arc;

use super::bits;

/// Words between two entries of the running count.
const STRIDE: usize = 64;

/// The largest connected region of a map's free cells, and what was left out.
#[derive(Clone)]
pub struct Reachable {
    words: Arc<Vec<u32>>,
    /// Reachable cells before every `STRIDE`-th word.
    before: Vec<u32>,
    count: u64,
    pockets: Pockets,
}

/// The free cells that cannot be reached from the largest region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pockets {
    /// Connected regions other than the largest.
    pub regions: u64,
    /// Free cells in them.
    pub cells: u64,
}

impl Reachable {
    pub(super) fn new(words: Arc<Vec<u32>>, pockets: Pockets) -> Reachable {
        let mut count = 0;
        let mut before = Vec::with_capacity(words.len().div_ceil(STRIDE));
        for block in words.chunks(STRIDE) {
            before.push(count as u32);
            count += bits::count(block);
        }
        Reachable { words, before, count, pockets }
    }

    /// The reachable cells as packed bits, laid out as in [`Map::free_words`](super::Map::free_words).
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// How many cells can be reached; at least 1.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The free cells that were left out.
    pub fn pockets(&self) -> Pockets {
        self.pockets
    }

    /// Whether the cell with this index can be reached; false outside the map.
    pub fn contains(&self, cell: u64) -> bool {
        cell >> 5 < self.words.len() as u64 && bits::get(&self.words, cell)
    }

    /// The index of the k-th reachable cell in the order of indices, counted from 0; `None` from
    /// [`count`](Reachable::count) on.
    ///
    /// Takes time that grows with the logarithm of the map's size.
    pub fn nth(&self, k: u64) -> Option<u64> {
        if k >= self.count {
            return None;
        }
        let block = self.before.partition_point(|&before| u64::from(before) <= k) - 1;
        let mut left = k - u64::from(self.before[block]);
        for (index, &word) in self.words.iter().enumerate().skip(block * STRIDE) {
            let ones = u64::from(word.count_ones());
            if left < ones {
                return Some((index as u64) << 5 | u64::from(nth_one(word, left)));
            }
            left -= ones;
        }
        None
    }
}

/// The position of the n-th one of a word that has more than n, counted from 0.
fn nth_one(mut word: u32, n: u64) -> u32 {
    for _ in 0..n {
        word &= word - 1;
    }
    word.trailing_zeros()
}

impl fmt::Debug for Reachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reachable").field("count", &self.count).field("pockets", &self.pockets).finish()
    }
}
