//! A layer read back as it is held: many cells in a word.

use rayon::prelude::*;

/// A layer of one world, read cell by cell from packed words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedLayer {
    /// Empty for a layer that is 0 everywhere and was never stored.
    words: Vec<u32>,
    bits: u32,
    cells: u64,
}

impl PackedLayer {
    /// A layer of so many cells in fields of 1, 8, 16 or 32 bits.
    pub(super) fn new(words: Vec<u32>, bits: u32, cells: u64) -> PackedLayer {
        PackedLayer { words, bits, cells }
    }

    /// The words: the first cell in the lowest bits, row after row from the top without padding; none when the layer is 0
    /// everywhere because nothing is stored for it.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Bits of a cell: 1, 8, 16 or 32.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The number of cells.
    pub fn cells(&self) -> u64 {
        self.cells
    }

    /// The value of a cell, by its index (row times width plus column); 0 outside.
    #[inline]
    pub fn get(&self, cell: u64) -> u32 {
        let bit = cell * u64::from(self.bits);
        match self.words.get((bit / 32) as usize) {
            Some(word) => word >> (bit % 32) & self.mask(),
            None => 0,
        }
    }

    /// The largest value of any cell; 0 when there are none.
    pub fn largest(&self) -> u32 {
        let (bits, mask) = (self.bits, self.mask());
        let largest_of = |word: u32| (0..32 / bits).map(|place| word >> (place * bits) & mask).max();
        self.words.par_iter().filter_map(|word| largest_of(*word)).max().unwrap_or(0)
    }

    fn mask(&self) -> u32 {
        u32::MAX >> (32 - self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_their_largest_are_those_that_were_packed() {
        for bits in [1, 8, 16, 32] {
            let mask = (1u64 << bits) - 1;
            for cells in [1u64, 31, 33, 70] {
                // Knuth's multiplicative hash, so that neighbours differ.
                let value = |cell: u64| (((cell + 3).wrapping_mul(2_654_435_761) >> 7) & mask) as u32;
                let mut words = vec![0u32; (cells * bits).div_ceil(32) as usize];
                for cell in 0..cells {
                    words[(cell * bits / 32) as usize] |= value(cell) << (cell * bits % 32);
                }
                let layer = PackedLayer::new(words, bits as u32, cells);
                assert!((0..cells).all(|cell| layer.get(cell) == value(cell)), "{bits} bits, {cells} cells");
                assert_eq!(Some(layer.largest()), (0..cells).map(value).max());
                // A shift by one cell is noticed.
                assert!(cells < 31 || (1..cells).any(|cell| layer.get(cell - 1) != value(cell)));
                assert_eq!(layer.get(cells + 32), 0);
            }
        }
        let absent = PackedLayer::new(Vec::new(), 8, 100);
        assert_eq!((absent.get(99), absent.largest(), absent.cells()), (0, 0, 100));
    }
}
