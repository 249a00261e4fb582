//! Walkers written again, as plainly as can be: one byte a cell, one agent after another.

use throng::world::random::philox;
use throng::world::{Worlds, place};

pub struct Walkers {
    pub at: Vec<(i64, i64)>,
    pub seen: Vec<u8>,
    width: i64,
    height: i64,
    wraps: bool,
    free: Vec<bool>,
    seed: u64,
    step: u32,
}

impl Walkers {
    pub fn new(worlds: &Worlds, world: usize) -> Walkers {
        let (width, height) = (i64::from(worlds.map.width()), i64::from(worlds.map.height()));
        let cells = worlds.map.cells();
        let mut walkers = Walkers {
            at: Vec::new(),
            seen: vec![0; cells as usize],
            width,
            height,
            wraps: worlds.wraps,
            free: (0..cells).map(|cell| worlds.reachable.contains(cell)).collect(),
            seed: worlds.seeds[world],
            step: 0,
        };
        for agent in 0..worlds.agents {
            let cell = place(walkers.seed, agent, cells, &worlds.reachable);
            walkers.at.push((cell as i64 % width, cell as i64 / width));
            walkers.seen[cell as usize] = 1;
        }
        walkers
    }

    pub fn step(&mut self) {
        self.step += 1;
        for agent in 0..self.at.len() {
            let words = philox([agent as u32, self.step, 0, 0], [self.seed as u32, (self.seed >> 32) as u32]);
            // Clockwise from the east; y grows downward.
            let (dx, dy) = [(1, 0), (0, 1), (-1, 0), (0, -1)][(words[0] >> 30) as usize];
            let (mut x, mut y) = (self.at[agent].0 + dx, self.at[agent].1 + dy);
            if self.wraps {
                (x, y) = (x.rem_euclid(self.width), y.rem_euclid(self.height));
            } else if x < 0 || y < 0 || x >= self.width || y >= self.height {
                continue;
            }
            let cell = (y * self.width + x) as usize;
            if self.free[cell] {
                self.at[agent] = (x, y);
                self.seen[cell] = 1;
            }
        }
    }

    /// The agents' words and the layer's words, as the model lays them out.
    pub fn words(&self) -> (Vec<u32>, Vec<u32>) {
        let agents = self.at.iter().flat_map(|(x, y)| [*x as u32, *y as u32]).collect();
        let mut seen = vec![0; self.seen.len().div_ceil(32)];
        for (cell, bit) in self.seen.iter().enumerate() {
            seen[cell / 32] |= u32::from(*bit) << (cell % 32);
        }
        (agents, seen)
    }
}
