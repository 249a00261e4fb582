//! Walkers by hand: the twin of `shaders/models/walkers.wgsl`.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use multiversion::multiversion;
use rayon::ThreadPool;
use rayon::prelude::*;
use throng::reduce::hash::{batch_hash, combine, world_hash};
use throng::world::random::fill;

use super::{BATCH, Batch, FIRST_STAGE, Reference, SHARE, first_cells, key, sums, threads};

/// Worlds of walkers.
pub struct Walkers {
    side_bits: u32,
    step: u32,
    worlds: Vec<World>,
    pool: ThreadPool,
}

struct World {
    key: [u32; 2],
    /// Where each walker is: row * side + column.
    cells: Vec<u32>,
    /// One bit for each cell.
    seen: Vec<AtomicU32>,
}

impl Walkers {
    pub fn new(batch: &Batch, number: usize) -> Walkers {
        let pool = threads(number);
        let world = |world| {
            let cells = first_cells(batch, world);
            let mut seen = vec![0; (batch.side * batch.side / 32) as usize];
            cells.iter().for_each(|cell| seen[*cell as usize / 32] |= 1 << (cell % 32));
            World { key: key(world), cells, seen: seen.into_iter().map(AtomicU32::new).collect() }
        };
        let worlds = pool.install(|| (0..batch.worlds).into_par_iter().map(world).collect());
        Walkers { side_bits: batch.side.ilog2(), step: 0, worlds, pool }
    }
}

impl Reference for Walkers {
    fn advance(&mut self, steps: u32) {
        let (side_bits, next) = (self.side_bits, self.step + 1..self.step + steps + 1);
        self.step += steps;
        let alone = self.pool.current_num_threads() == 1;
        let worlds = &mut self.worlds;
        self.pool.install(|| match worlds.as_mut_slice() {
            [world] if !alone => next.for_each(|step| {
                let (key, seen) = (world.key, world.seen.as_slice());
                let shares = world.cells.par_chunks_mut(SHARE).enumerate();
                shares.for_each(|(share, cells)| walk::<true>(cells, share * SHARE, seen, key, step, side_bits));
            }),
            worlds => worlds.par_iter_mut().for_each(|world| {
                next.clone().for_each(|step| {
                    walk::<false>(&mut world.cells, 0, &world.seen, world.key, step, side_bits);
                });
            }),
        });
    }

    fn state_hash(&self) -> u64 {
        let hash = |world: &World| {
            let side = (1 << self.side_bits) - 1;
            let agents: Vec<u32> =
                world.cells.iter().flat_map(|cell| [cell & side, cell >> self.side_bits]).collect();
            let seen: Vec<u32> = world.seen.iter().map(|word| word.load(Relaxed)).collect();
            world_hash(combine([sums(&agents, 0), sums(&seen, 2)]))
        };
        let hashes: Vec<u64> = self.pool.install(|| self.worlds.par_iter().map(hash).collect());
        batch_hash(&hashes)
    }
}

/// Takes one step with some walkers, of which the first has the number `first`.
fn walk<const SHARED: bool>(
    cells: &mut [u32],
    first: usize,
    seen: &[AtomicU32],
    key: [u32; 2],
    step: u32,
    side_bits: u32,
) {
    let mut words = [[0; BATCH]; 4];
    for (index, cells) in cells.chunks_mut(BATCH).enumerate() {
        fill(&mut words, key, (first + index * BATCH) as u32, cells.len(), step, FIRST_STAGE);
        go(cells, &words[0], side_bits);
        for cell in cells {
            let (word, bit) = (&seen[*cell as usize / 32], 1 << (*cell % 32));
            let held = word.load(Relaxed);
            if SHARED {
                if held & bit == 0 {
                    word.fetch_or(bit, Relaxed);
                }
            } else {
                word.store(held | bit, Relaxed);
            }
        }
    }
}

/// Moves each walker to the neighbour that the upper two bits of its word say: 0 E, 1 S, 2 W, 3 N.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn go(cells: &mut [u32], words: &[u32; BATCH], side_bits: u32) {
    let column = (1u32 << side_bits) - 1;
    let all = (1u32 << (2 * side_bits)) - 1;
    for (cell, word) in cells.iter_mut().zip(words) {
        let forth = if word >> 31 == 0 { 1u32 } else { u32::MAX };
        let along = (*cell & !column) | (cell.wrapping_add(forth) & column);
        let across = cell.wrapping_add(forth << side_bits) & all;
        *cell = if word >> 30 & 1 == 0 { along } else { across };
    }
}
