//! The built-in models written by hand: one purpose each, no abstraction, as fast as they could be made.
//!
//! They share with Throng the random numbers, the first places of the agents and the state hash, which make results
//! comparable, and nothing of what is measured. Grids are open tori whose side is a power of two.

pub mod explorers;
pub mod walkers;

use rayon::ThreadPool;
use throng::reduce::hash::{Sums, combine, hash_words};
use throng::world::map::{Map, Neighbours};
use throng::world::place;

/// Words of agents or layers that are hashed together.
const HASHED: usize = 1 << 15;

/// Agents whose random numbers are drawn together.
const BATCH: usize = throng::world::random::BATCH;

/// Agents that a thread takes at a time where threads share a world.
const SHARE: usize = 16 * BATCH;

/// The stream of random numbers of a start function, and that of the first stage.
const START: u32 = 0x8000_0000;
const FIRST_STAGE: u32 = 0;

/// What a reference simulates.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    /// The grid's side, a power of two from 32 to 32,768.
    pub side: u32,
    /// Agents in each world.
    pub agents: u32,
    /// Worlds, with the seeds 0, 1, 2, …
    pub worlds: u32,
}

/// What the benchmark does with a reference.
pub trait Reference {
    /// Takes steps.
    fn advance(&mut self, steps: u32);
    /// The state hash of all worlds, as Throng defines it.
    fn state_hash(&self) -> u64;
}

fn threads(number: usize) -> ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(number).build().expect("threads start")
}

fn key(world: u32) -> [u32; 2] {
    [world, 0]
}

/// The cells, row after row, where the agents of a world stand at first.
fn first_cells(batch: &Batch, world: u32) -> Vec<u32> {
    let map = Map::open(batch.side, batch.side).expect("an open map");
    let reachable = map.reachable(Neighbours::Four, true).expect("it can be reached");
    let cells = map.cells();
    (0..batch.agents).map(|agent| place(u64::from(world), agent, cells, &reachable) as u32).collect()
}

/// The sums of a section of a world's state.
fn sums(words: &[u32], tag: u32) -> Sums {
    let parts = words.chunks(HASHED).enumerate();
    combine(parts.map(|(index, words)| hash_words(words, tag, (index * HASHED) as u32)))
}
