//! Explorers by hand: the twin of `shaders/models/explorers.wgsl` with its default parameters.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU8, AtomicU32};

use rayon::ThreadPool;
use rayon::prelude::*;
use throng::reduce::hash::{batch_hash, combine, world_hash};
use throng::world::random::{fill, philox};

use super::{BATCH, Batch, FIRST_STAGE, Reference, SHARE, START, first_cells, key, sums, threads};

const PERSISTENCE: i32 = 3;
const NOVELTY: i32 = 64;

/// The step east and the step south in each of the eight directions, clockwise from the east.
const OFFSETS: [(u32, u32); 8] = {
    const W: u32 = u32::MAX;
    const N: u32 = u32::MAX;
    [(1, 0), (1, 1), (0, 1), (W, 1), (W, 0), (W, N), (0, N), (1, N)]
};

/// Worlds of explorers.
pub struct Explorers {
    side_bits: u32,
    step: u32,
    worlds: Vec<World>,
    pool: ThreadPool,
}

struct World {
    key: [u32; 2],
    explorers: Vec<Explorer>,
    now: Layers,
    next: Layers,
}

/// What was seen, one bit for each cell, and how often explorers came, one byte for each cell.
#[derive(Clone, Default)]
struct Layers {
    seen: Vec<u32>,
    trail: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Explorer {
    cell: u32,
    heading: u32,
    found: u32,
}

/// Layers that are being marked.
trait Marks {
    fn see(&self, cell: u32);
    /// All who come to a cell in one step bring the same number, for they reckon it from what the step has found.
    fn come(&self, cell: u32, times: u8);
}

struct Own<'a> {
    seen: &'a [Cell<u32>],
    trail: &'a [Cell<u8>],
}

struct Shared {
    seen: Vec<AtomicU32>,
    trail: Vec<AtomicU8>,
}

impl Marks for Own<'_> {
    fn see(&self, cell: u32) {
        let word = &self.seen[cell as usize / 32];
        word.set(word.get() | 1 << (cell % 32));
    }

    fn come(&self, cell: u32, times: u8) {
        self.trail[cell as usize].set(times);
    }
}

impl Marks for Shared {
    fn see(&self, cell: u32) {
        let (word, bit) = (&self.seen[cell as usize / 32], 1 << (cell % 32));
        if word.load(Relaxed) & bit == 0 {
            word.fetch_or(bit, Relaxed);
        }
    }

    fn come(&self, cell: u32, times: u8) {
        self.trail[cell as usize].store(times, Relaxed);
    }
}

impl Shared {
    /// Both ways reuse the memory, and the compiler drops the loops: nothing is moved.
    fn from(layers: Layers) -> Shared {
        Shared {
            seen: layers.seen.into_iter().map(AtomicU32::new).collect(),
            trail: layers.trail.into_iter().map(AtomicU8::new).collect(),
        }
    }

    fn into_layers(self) -> Layers {
        Layers {
            seen: self.seen.into_iter().map(AtomicU32::into_inner).collect(),
            trail: self.trail.into_iter().map(AtomicU8::into_inner).collect(),
        }
    }
}

impl Explorers {
    pub fn new(batch: &Batch, number: usize) -> Explorers {
        let pool = threads(number);
        let worlds = pool.install(|| (0..batch.worlds).into_par_iter().map(|world| World::new(batch, world)).collect());
        Explorers { side_bits: batch.side.ilog2(), step: 0, worlds, pool }
    }
}

impl World {
    fn new(batch: &Batch, world: u32) -> World {
        let key = key(world);
        let explorers: Vec<Explorer> = (0..)
            .zip(first_cells(batch, world))
            .map(|(number, cell)| Explorer { cell, heading: philox([number, 0, START, 0], key)[0] >> 29, found: 0 })
            .collect();
        let cells = (batch.side * batch.side) as usize;
        let mut now = Layers { seen: vec![0; cells / 32], trail: vec![0; cells] };
        explorers.iter().for_each(|explorer| now.seen[explorer.cell as usize / 32] |= 1 << (explorer.cell % 32));
        World { key, explorers, next: now.clone(), now }
    }

    fn step_alone(&mut self, step: u32, side_bits: u32) {
        self.next.seen.copy_from_slice(&self.now.seen);
        self.next.trail.copy_from_slice(&self.now.trail);
        let next = Own {
            seen: Cell::from_mut(self.next.seen.as_mut_slice()).as_slice_of_cells(),
            trail: Cell::from_mut(self.next.trail.as_mut_slice()).as_slice_of_cells(),
        };
        explore(&mut self.explorers, 0, &self.now, &next, self.key, step, side_bits);
        std::mem::swap(&mut self.now, &mut self.next);
    }

    fn step_together(&mut self, step: u32, side_bits: u32) {
        const CHUNK: usize = 1 << 16;
        let (seen, trail) = (&mut self.next.seen, &mut self.next.trail);
        seen.par_chunks_mut(CHUNK).zip(self.now.seen.par_chunks(CHUNK)).for_each(|(to, from)| to.copy_from_slice(from));
        trail.par_chunks_mut(CHUNK).zip(self.now.trail.par_chunks(CHUNK)).for_each(|(to, from)| to.copy_from_slice(from));
        let next = Shared::from(std::mem::take(&mut self.next));
        let (now, key) = (&self.now, self.key);
        self.explorers.par_chunks_mut(SHARE).enumerate().for_each(|(share, explorers)| {
            explore(explorers, share * SHARE, now, &next, key, step, side_bits);
        });
        self.next = next.into_layers();
        std::mem::swap(&mut self.now, &mut self.next);
    }
}

impl Reference for Explorers {
    fn advance(&mut self, steps: u32) {
        let (side_bits, next) = (self.side_bits, self.step + 1..self.step + steps + 1);
        self.step += steps;
        let alone = self.pool.current_num_threads() == 1;
        let worlds = &mut self.worlds;
        self.pool.install(|| match worlds.as_mut_slice() {
            [world] if !alone => next.for_each(|step| world.step_together(step, side_bits)),
            worlds => worlds
                .par_iter_mut()
                .for_each(|world| next.clone().for_each(|step| world.step_alone(step, side_bits))),
        });
    }

    fn state_hash(&self) -> u64 {
        let hash = |world: &World| {
            let (bits, side) = (self.side_bits, (1 << self.side_bits) - 1);
            let agents = world.explorers.iter();
            let agents: Vec<u32> = agents
                .flat_map(|explorer| {
                    [explorer.cell & side, explorer.cell >> bits, explorer.heading, explorer.found]
                })
                .collect();
            let trail: Vec<u32> =
                world.now.trail.chunks_exact(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect();
            world_hash(combine([sums(&agents, 0), sums(&world.now.seen, 2), sums(&trail, 3)]))
        };
        let hashes: Vec<u64> = self.pool.install(|| self.worlds.par_iter().map(hash).collect());
        batch_hash(&hashes)
    }
}

/// Takes one step with some explorers, of which the first has the number `first`.
fn explore(
    explorers: &mut [Explorer],
    first: usize,
    now: &Layers,
    next: &impl Marks,
    key: [u32; 2],
    step: u32,
    side_bits: u32,
) {
    let column = (1u32 << side_bits) - 1;
    let all = (1u32 << (2 * side_bits)) - 1;
    let towards = |cell: u32, k: usize| {
        let (east, south) = OFFSETS[k];
        let row = cell.wrapping_add(south << side_bits) & all;
        (row & !column) | (row.wrapping_add(east) & column)
    };
    let mut words = [[0; BATCH]; 4];
    for (index, explorers) in explorers.chunks_mut(BATCH).enumerate() {
        let first = (first + index * BATCH) as u32;
        fill(&mut words, key, first, explorers.len(), step, FIRST_STAGE);
        for (lane, explorer) in explorers.iter_mut().enumerate() {
            let mut best = i32::MIN;
            let mut choices = 0u32;
            let mut known = 0u32;
            for k in 0..8u32 {
                let cell = towards(explorer.cell, k as usize);
                let seen = now.seen[cell as usize / 32] >> (cell % 32) & 1;
                known |= seen << k;
                let turn = k.wrapping_sub(explorer.heading) & 7;
                let straight = 4 - turn.min(8 - turn) as i32;
                let crowd = i32::from(now.trail[cell as usize]);
                let score = (1 - seen as i32) * NOVELTY + straight * PERSISTENCE - crowd;
                choices = if score > best { 0 } else { choices } | if score >= best { 1 << k } else { 0 };
                best = best.max(score);
            }
            let draws = [words[0][lane], words[1][lane], words[2][lane], words[3][lane]];
            let heading = draw(choices, draws, |block| philox([first + lane as u32, step, FIRST_STAGE, block], key));
            explorer.heading = heading;
            explorer.cell = towards(explorer.cell, heading as usize);
            explorer.found += 1 - (known >> heading & 1);
            next.see(explorer.cell);
            next.come(explorer.cell, now.trail[explorer.cell as usize].saturating_add(1));
        }
    }
}

/// One of the set bits of a mask of eight, drawn evenly.
fn draw(mask: u32, words: [u32; 4], late: impl Fn(u32) -> [u32; 4]) -> u32 {
    let count = mask.count_ones();
    let mut product = u64::from(words[0]) * u64::from(count);
    if (product as u32) < count {
        let unfair = count.wrapping_neg() % count;
        let mut drawn = 1;
        while (product as u32) < unfair {
            let word = if drawn < 4 { words[drawn] } else { late(drawn as u32 / 4)[drawn % 4] };
            product = u64::from(word) * u64::from(count);
            drawn += 1;
        }
    }
    let mut left = mask;
    for _ in 0..product >> 32 {
        left &= left - 1;
    }
    left.trailing_zeros()
}
