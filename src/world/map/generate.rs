//! Maps made from a seed.

mod caves;
mod maze;
mod rooms;

use std::fmt;
use std::str::FromStr;

use super::bits;
use crate::{Error, Result};

/// A way to make a map; all free cells of a map so made are connected through their four neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Generator {
    /// Nothing but free cells.
    Open,
    /// A building: rooms behind doors along corridors.
    Rooms,
    /// One winding cave.
    Caves,
    /// A perfect maze: one way, and only one, between any two places.
    Maze,
}

impl Generator {
    /// All of them.
    pub const ALL: [Generator; 4] = [Generator::Open, Generator::Rooms, Generator::Caves, Generator::Maze];

    /// How many times over the cells are held while a map is made, finding its regions aside.
    pub(super) fn copies_while_made(self) -> u64 {
        match self {
            Generator::Open | Generator::Rooms => 1,
            Generator::Maze => 2,
            Generator::Caves => 4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Generator::Open => "open",
            Generator::Rooms => "rooms",
            Generator::Caves => "caves",
            Generator::Maze => "maze",
        }
    }
}

impl fmt::Display for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Generator {
    type Err = Error;

    /// The generator of this name: `open`, `rooms`, `caves` or `maze`.
    fn from_str(name: &str) -> Result<Generator> {
        Generator::ALL.into_iter().find(|generator| generator.name() == name).ok_or_else(|| {
            let names = Generator::ALL.map(Generator::name).join(", ");
            Error::argument(
                format!("no generator of maps is called `{name}`"),
                format!("choose one of {names}"),
            )
        })
    }
}

/// The free cells of a map of a size that was checked, as in [`super::Map::free_words`].
pub(super) fn free_words(kind: Generator, width: u32, height: u32, seed: u64) -> Result<Vec<u32>> {
    match kind {
        Generator::Open => Ok(bits::ones(u64::from(width) * u64::from(height))),
        Generator::Rooms => Ok(rooms::free_words(width, height, seed)),
        Generator::Caves => caves::free_words(width, height, seed),
        Generator::Maze => Ok(maze::free_words(width, height, seed)),
    }
}

/// A source of random numbers: SplitMix64, as in Sebastiano Vigna's public-domain `splitmix64.c`
/// (<https://prng.di.unimi.it/splitmix64.c>, 2015), after Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014.
#[derive(Debug, Clone)]
struct Random {
    state: u64,
}

impl Random {
    fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    /// 64 random bits.
    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, 0 when `n` is 0. The high half of a product is uneven by less than n / 2⁶⁴, which no map
    /// can show.
    fn below(&mut self, n: u32) -> u32 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u32
    }

    /// A number from `low` to `high`, both included; `low` when `high` is smaller.
    fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }
}

/// Cells while a map is being drawn; one means free.
struct Canvas {
    width: u32,
    height: u32,
    words: Vec<u32>,
}

impl Canvas {
    fn blocked(width: u32, height: u32) -> Canvas {
        Canvas { width, height, words: vec![0; bits::words_for(u64::from(width) * u64::from(height))] }
    }

    fn cell(&self, x: u32, y: u32) -> u64 {
        u64::from(y) * u64::from(self.width) + u64::from(x)
    }

    fn is_free(&self, x: u32, y: u32) -> bool {
        bits::get(&self.words, self.cell(x, y))
    }

    fn free(&mut self, x: u32, y: u32) {
        let cell = self.cell(x, y);
        bits::set(&mut self.words, cell);
    }

    /// Makes the cells of the rectangle free or blocked; the ends are not included.
    fn fill(&mut self, area: Area, free: bool) {
        for y in area.top..area.bottom {
            let (from, end) = (self.cell(area.left, y), self.cell(area.right, y));
            if free {
                bits::set_range(&mut self.words, from, end);
            } else {
                bits::clear_range(&mut self.words, from, end);
            }
        }
    }
}

/// A rectangle of cells: columns `left..right`, rows `top..bottom`.
#[derive(Debug, Clone, Copy)]
struct Area {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
}

impl Area {
    fn width(self) -> u32 {
        self.right - self.left
    }

    fn height(self) -> u32 {
        self.bottom - self.top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_are_those_of_splitmix64() {
        // The first outputs for the seed 1234567, as Rosetta Code's "Pseudo-random numbers/Splitmix64" lists them.
        let mut random = Random::new(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(expected.map(|_| random.bits()), expected);
    }
}
