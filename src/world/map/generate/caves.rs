//! Caves, grown from noise by a cellular automaton.
//!
//! Noise of 48 % rock is smoothed by the rule that a cell is rock when at least five of the nine cells around and
//! including it are ("4-5 rule"; Johnson, Yannakakis and Togelius, "Cellular automata for real-time generation of
//! infinite cave levels", PCGames 2010). Outside the map everything is rock.
//! The largest connected cave is kept; just under one half of rock it is a web of winding halls (with 45 % it is an
//! open field strewn with rocks).

use super::{Canvas, Random};
use crate::Result;
use crate::world::map::{Neighbours, bits, regions};

/// Times that the noise is smoothed.
const ROUNDS: u32 = 5;

/// Rock in the noise of each attempt, in parts of 256: 48 % at first.
const ROCK: [u32; 9] = [124, 121, 117, 111, 103, 93, 81, 67, 51];

/// The least part of the map that the cave must take, in hundredths.
const LEAST_SHARE: u64 = 40;

/// Smaller pieces of rock are dropped: they look like dirt.
const LEAST_PILLAR: u32 = 12;

/// Narrower maps are left open: the rock around them would fill them.
const LEAST_SIDE: u32 = 3;

pub(super) fn free_words(width: u32, height: u32, seed: u64) -> Result<Vec<u32>> {
    if width.min(height) < LEAST_SIDE {
        return Ok(bits::ones(u64::from(width) * u64::from(height)));
    }
    if width >= height {
        return wide(width, height, seed);
    }
    // Rows are padded to whole words, so a narrow and tall map is made lying on its side.
    let lying = Canvas { width: height, height: width, words: wide(height, width, seed)? };
    let mut packer = bits::Packer::new(u64::from(width) * u64::from(height));
    for y in 0..height {
        for x in 0..width {
            packer.push(lying.is_free(y, x));
        }
    }
    Ok(packer.finish())
}

/// A map that is at least as wide as it is high.
fn wide(width: u32, height: u32, seed: u64) -> Result<Vec<u32>> {
    let cells = u64::from(width) * u64::from(height);
    let mut random = Random::new(seed);
    // Chance may cut the caves apart, and on a small or narrow map the rock around it grows over everything.
    for parts in ROCK {
        let mut rock = Rock::noise(width, height, parts, &mut random);
        for _ in 0..ROUNDS {
            rock = rock.smoothed();
        }
        let free = rock.free_words();
        let mut cave = match regions::largest(&free, width, height, Neighbours::Four, false)? {
            Some(largest) => largest.words,
            None => free,
        };
        if bits::count(&cave) * 100 >= cells * LEAST_SHARE {
            bits::flip(&mut cave, cells);
            regions::drop_small(&mut cave, width, height, Neighbours::Eight, LEAST_PILLAR)?;
            bits::flip(&mut cave, cells);
            return Ok(cave);
        }
    }
    Ok(bits::ones(cells))
}

/// Rock, one bit a cell, rows padded with rock to whole words.
struct Rock {
    width: u32,
    height: u32,
    /// Words of a row.
    stride: usize,
    words: Vec<u64>,
}

impl Rock {
    /// Each cell is rock with probability `parts` / 256.
    fn noise(width: u32, height: u32, parts: u32, random: &mut Random) -> Rock {
        let stride = width.div_ceil(64) as usize;
        let mut words = vec![0; stride * height as usize];
        for row in words.chunks_exact_mut(stride) {
            for word in &mut *row {
                // Each digit of the probability, from the lowest, halves what was there and adds one half if it is set.
                *word = (0..8).fold(0, |word, digit| {
                    if parts >> digit & 1 == 1 { word | random.bits() } else { word & random.bits() }
                });
            }
            if let (Some(last), used @ 1..) = (row.last_mut(), width % 64) {
                *last |= u64::MAX << used;
            }
        }
        Rock { width, height, stride, words }
    }

    fn row(&self, y: Option<usize>) -> Option<&[u64]> {
        let from = y? * self.stride;
        self.words.get(from..from + self.stride)
    }

    /// One round of the rule, 64 cells at a time: the counts are binary numbers whose digits lie in different words.
    fn smoothed(&self) -> Rock {
        let mut words = Vec::with_capacity(self.words.len());
        let padding = match self.width % 64 {
            0 => 0,
            used => u64::MAX << used,
        };
        for y in 0..self.height as usize {
            let rows = [self.row(y.checked_sub(1)), self.row(Some(y)), self.row(Some(y + 1))];
            for index in 0..self.stride {
                let [(a0, a1), (b0, b1), (c0, c1)] =
                    rows.map(|row| row.map_or((!0, !0), |row| triples(row, index)));
                // Nine cells count as `odd + 2 * twos`, and `twos` as `two0 + 2 * (four_a + four_b)`.
                let (odd, carried) = add(a0, b0, c0);
                let (partial, four_a) = add(a1, b1, c1);
                let (two0, four_b) = (partial ^ carried, partial & carried);
                // Five or more: `twos` is at least two, and `odd` is set or `twos` is at least three.
                words.push((four_a | four_b) & (odd | two0 | (four_a & four_b)));
            }
            if let Some(last) = words.last_mut() {
                *last |= padding;
            }
        }
        Rock { words, ..*self }
    }

    fn free_words(&self) -> Vec<u32> {
        let mut packer = bits::Packer::new(u64::from(self.width) * u64::from(self.height));
        for row in self.words.chunks_exact(self.stride) {
            let mut left = self.width;
            for half in row.iter().flat_map(|word| [!word as u32, (!word >> 32) as u32]) {
                let used = left.min(32);
                packer.push_low(half, used);
                left -= used;
            }
        }
        packer.finish()
    }
}

/// For each cell of a word, how many of it and its left and right neighbours are rock: the digits of 1 and of 2.
fn triples(row: &[u64], index: usize) -> (u64, u64) {
    let word = row[index];
    let before = if index == 0 { 1 } else { row[index - 1] >> 63 };
    let after = row.get(index + 1).map_or(1, |next| next & 1);
    add(word << 1 | before, word, word >> 1 | after << 63)
}

/// The sum of three bits in each place: the digits of 1 and of 2.
fn add(a: u64, b: u64, c: u64) -> (u64, u64) {
    (a ^ b ^ c, a & b | c & (a ^ b))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule as its description says it: rock stays with so many rocky neighbours of eight, and grows with so many.
    fn naive(rock: &Rock, stays: usize, grows: usize) -> Vec<bool> {
        let (width, height) = (i64::from(rock.width), i64::from(rock.height));
        let is_rock = |x: i64, y: i64| {
            !(0..width).contains(&x)
                || !(0..height).contains(&y)
                || rock.words[y as usize * rock.stride + x as usize / 64] >> (x % 64) & 1 == 1
        };
        let mut next = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let around = (-1..=1)
                    .flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)))
                    .filter(|&(dx, dy)| (dx, dy) != (0, 0) && is_rock(x + dx, y + dy))
                    .count();
                next.push(around >= if is_rock(x, y) { stays } else { grows });
            }
        }
        next
    }

    #[test]
    fn a_round_follows_the_rule_and_the_noise_its_density() {
        for (width, height) in [(1, 1), (5, 3), (64, 9), (65, 8), (130, 70), (128, 64)] {
            let rock = Rock::noise(width, height, ROCK[0], &mut Random::new(u64::from(width)));
            let free = rock.smoothed().free_words();
            let follows = |rule: Vec<bool>| {
                rule.iter().enumerate().all(|(cell, &rock)| bits::get(&free, cell as u64) != rock)
            };
            assert!(follows(naive(&rock, 4, 5)), "{width} x {height}");
            if width > 100 {
                assert!(
                    !follows(naive(&rock, 5, 5)) && !follows(naive(&rock, 4, 4)),
                    "wrong rules must show"
                );
            }
        }
        let rock = Rock::noise(512, 512, ROCK[0], &mut Random::new(1));
        let share = 1.0 - bits::count(&rock.free_words()) as f64 / (512.0 * 512.0);
        // Six standard deviations of 262,144 independent cells.
        assert!((share - f64::from(ROCK[0]) / 256.0).abs() < 0.006, "{share}");
    }
}
