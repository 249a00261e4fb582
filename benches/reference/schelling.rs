//! Schelling's districts by hand: the twin of `shaders/models/schelling.wgsl` on an open grid with walls around it.
//!
//! Neighbours are counted for all cells at once, both groups in one number of 16 bits, with sums that move along; agents then
//! look up their cell. Only those who are not content draw, sixteen at a time.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use multiversion::multiversion;
use rayon::ThreadPool;
use rayon::prelude::*;
use throng::world::random::philox;
use throng::{Result, Simulation};

use crate::{CLAIM, Lot, Reference, SHARE, is_split, key, parameter, stage};

const WORDS: usize = 8;
const TRIES: u32 = 64;
const LANES: usize = 16;

/// Worlds of districts.
pub struct Schelling {
    rules: Rules,
    split: bool,
    worlds: Vec<World>,
}

#[derive(Clone, Copy)]
struct Rules {
    width: usize,
    height: usize,
    radius: usize,
    wanted: u32,
    /// Agents of the first group: those whose numbers are below this.
    first_group: usize,
    look: u32,
}

struct World {
    key: [u32; 2],
    step: u32,
    /// Groups with a margin of nobody around them: 1 and 256, so that one sum counts both.
    home: Vec<u16>,
    /// How many of both groups live around each cell and in it.
    around: Vec<u16>,
    offer: Vec<AtomicU32>,
    shares: Vec<Share>,
}

/// Agents that a thread takes at a time.
struct Share {
    first: usize,
    agents: Vec<Agent>,
    movers: Vec<Mover>,
}

#[derive(Clone, Copy, Default)]
struct Agent {
    cell: u32,
    /// Where it asked to live, or where it lives.
    target: u32,
    around: u16,
    content: bool,
    moved: bool,
}

#[derive(Clone, Copy)]
struct Mover {
    agent: u32,
    from: u32,
    to: u32,
    priority: u32,
}

impl Schelling {
    pub fn new(simulation: &mut Simulation, threads: usize) -> Result<Schelling> {
        let [width, height] = [simulation.worlds().map.width(), simulation.worlds().map.height()];
        let radius = parameter(simulation, "radius") as usize;
        assert!(radius <= 7 && !simulation.worlds().wraps, "counts of a group fit in a byte");
        let agents = simulation.worlds().agents as usize;
        let rules = Rules {
            width: width as usize,
            height: height as usize,
            radius,
            wanted: parameter(simulation, "wanted"),
            first_group: agents / 2,
            look: stage(simulation, "look"),
        };
        let seeds = simulation.seeds().to_vec();
        let world = |(index, seed): (usize, &u64)| {
            let words = simulation.agent_words("agent", index as u32)?.words;
            Ok(World::new(&rules, *seed, &words))
        };
        let worlds: Vec<World> = seeds.iter().enumerate().map(world).collect::<Result<_>>()?;
        Ok(Schelling { rules, split: is_split(seeds.len(), threads, agents), worlds })
    }
}

impl Reference for Schelling {
    fn advance(&mut self, pool: &ThreadPool, steps: u32) -> u64 {
        let (rules, worlds) = (self.rules, &mut self.worlds);
        pool.install(|| match self.split {
            true => worlds.iter_mut().for_each(|world| (0..steps).for_each(|_| world.step_together(&rules))),
            false => {
                worlds.par_iter_mut().for_each(|world| (0..steps).for_each(|_| world.step_alone(&rules)))
            }
        });
        let agents = |world: &World| world.shares.iter().map(|share| share.agents.len() as u64).sum::<u64>();
        self.worlds.iter().map(agents).sum::<u64>() * u64::from(steps)
    }

    fn compare(&self, simulation: &mut Simulation) -> Result<()> {
        let rules = &self.rules;
        for (world, index) in self.worlds.iter().zip(0..) {
            let theirs = simulation.agent_words("agent", index)?.words;
            let mut ours = Vec::with_capacity(theirs.len());
            for share in &world.shares {
                for (agent, id) in share.agents.iter().zip(share.first..) {
                    let [x, y] = rules.place(agent.cell);
                    let [to_x, to_y] = rules.place(agent.target);
                    let alike = rules.alike(agent.around, id);
                    let group = 1 + u32::from(id >= rules.first_group);
                    let (content, moved) = (agent.content.into(), agent.moved.into());
                    ours.extend([x, y, group, content, to_x, to_y, moved, alike]);
                }
            }
            assert!(ours == theirs, "agents of world {index} differ");
            let home: Vec<u32> = world
                .home
                .chunks_exact(rules.stride())
                .skip(rules.radius)
                .take(rules.height)
                .flat_map(|row| &row[rules.radius..][..rules.width])
                .map(|group| u32::from(group & 255) + 2 * u32::from(group >> 8))
                .collect();
            assert!(home == simulation.layer("home", index)?, "homes of world {index} differ");
        }
        Ok(())
    }
}

impl Rules {
    fn stride(&self) -> usize {
        self.width + 2 * self.radius
    }

    fn place(&self, cell: u32) -> [u32; 2] {
        [cell % self.width as u32, cell / self.width as u32]
    }

    /// The place of a cell in the grid with a margin.
    fn home(&self, x: usize, y: usize) -> usize {
        (y + self.radius) * self.stride() + x + self.radius
    }

    /// Neighbours alike, the agent itself not counted.
    fn alike(&self, around: u16, id: usize) -> u32 {
        u32::from(if id < self.first_group { around & 255 } else { around >> 8 }) - 1
    }
}

impl World {
    fn new(rules: &Rules, seed: u64, words: &[u32]) -> World {
        let cells = rules.width * rules.height;
        let mut home = vec![0; rules.stride() * (rules.height + 2 * rules.radius)];
        let agents: Vec<Agent> = words
            .chunks_exact(WORDS)
            .map(|words| {
                home[rules.home(words[0] as usize, words[1] as usize)] = 1 << (8 * (words[2] - 1));
                Agent { cell: words[1] * rules.width as u32 + words[0], ..Agent::default() }
            })
            .collect();
        let shares = agents.chunks(SHARE).zip((0..).step_by(SHARE));
        let share =
            |(agents, first): (&[Agent], usize)| Share { first, agents: agents.to_vec(), movers: Vec::new() };
        World {
            key: key(seed),
            step: 0,
            home,
            around: vec![0; cells],
            offer: (0..cells).map(|_| AtomicU32::new(0)).collect(),
            shares: shares.map(share).collect(),
        }
    }

    fn step_alone(&mut self, rules: &Rules) {
        self.step += 1;
        count(rules, &self.home, 0, &mut self.around);
        let World { home, around, offer, shares, .. } = self;
        let lot = Lot::new(CLAIM + rules.look, self.step, self.key);
        for share in shares.iter_mut() {
            look::<false>(rules, share, around, home, offer, self.key, self.step, &lot);
        }
        shares.iter_mut().for_each(|share| move_in(share, offer));
        self.settle(rules);
    }

    fn step_together(&mut self, rules: &Rules) {
        const ROWS: usize = 32;
        self.step += 1;
        let World { key, step, home, around, offer, shares } = self;
        let rows = around.par_chunks_mut(ROWS * rules.width).enumerate();
        rows.for_each(|(part, around)| count(rules, home, part * ROWS, around));
        let lot = Lot::new(CLAIM + rules.look, *step, *key);
        shares
            .par_iter_mut()
            .for_each(|share| look::<true>(rules, share, around, home, offer, *key, *step, &lot));
        shares.par_iter_mut().for_each(|share| move_in(share, offer));
        self.settle(rules);
    }

    /// Changes the grid where agents have moved.
    fn settle(&mut self, rules: &Rules) {
        for mover in self.shares.iter().flat_map(|share| &share.movers) {
            let [from, to] = [mover.from, mover.to].map(|cell| {
                let [x, y] = rules.place(cell);
                rules.home(x as usize, y as usize)
            });
            self.home[to] = std::mem::take(&mut self.home[from]);
        }
    }
}

/// Counts both groups in the square around each cell of some rows, the first of which is `first`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn count(rules: &Rules, home: &[u16], first: usize, around: &mut [u16]) {
    let (stride, across) = (rules.stride(), 2 * rules.radius + 1);
    let mut columns = vec![0u16; stride];
    for row in home[first * stride..][..2 * rules.radius * stride].chunks_exact(stride) {
        columns.iter_mut().zip(row).for_each(|(sum, group)| *sum += group);
    }
    for (y, around) in (first..).zip(around.chunks_exact_mut(rules.width)) {
        let come = &home[(y + 2 * rules.radius) * stride..][..stride];
        columns.iter_mut().zip(come).for_each(|(sum, group)| *sum += group);
        around.copy_from_slice(&columns[..rules.width]);
        for x in 1..across {
            around.iter_mut().zip(&columns[x..]).for_each(|(sum, column)| *sum += column);
        }
        let gone = &home[y * stride..][..stride];
        columns.iter_mut().zip(gone).for_each(|(sum, group)| *sum -= group);
    }
}

/// Lets agents look around and ask for homes.
#[allow(clippy::too_many_arguments)]
fn look<const SHARED: bool>(
    rules: &Rules,
    share: &mut Share,
    around: &[u16],
    home: &[u16],
    offer: &[AtomicU32],
    key: [u32; 2],
    step: u32,
    lot: &Lot,
) {
    share.movers.clear();
    for (agent, id) in share.agents.iter_mut().zip(share.first..) {
        agent.around = around[agent.cell as usize];
        let alike = rules.alike(agent.around, id);
        (agent.content, agent.moved, agent.target) = (alike >= rules.wanted, false, agent.cell);
        if !agent.content {
            share.movers.push(Mover { agent: id as u32, from: agent.cell, to: u32::MAX, priority: 0 });
        }
    }
    // Those who have found nothing yet are drawn for together, a block of two places at a time.
    let mut seeking: Vec<u32> = (0..share.movers.len() as u32).collect();
    let empty = |[x, y]: [u32; 2]| home[rules.home(x as usize, y as usize)] == 0;
    for block in 0..TRIES / 2 {
        let (mut left, mut at) = (0, 0);
        while at < seeking.len() {
            let number = (seeking.len() - at).min(LANES);
            let mut ids = [0; LANES];
            for lane in 0..number {
                ids[lane] = share.movers[seeking[at + lane] as usize].agent;
            }
            let words = blocks(&ids, [step, rules.look, block], key);
            for lane in 0..number {
                let index = seeking[at + lane];
                let mover = &mut share.movers[index as usize];
                let draw = |word: usize, below: usize| {
                    let product = u64::from(words[word][lane]) * below as u64;
                    ((product >> 32) as u32, (product as u32) < below as u32)
                };
                let [(x, odd0), (y, odd1), (x2, odd2), (y2, odd3)] =
                    [(0, rules.width), (1, rules.height), (2, rules.width), (3, rules.height)]
                        .map(|(word, below)| draw(word, below));
                let found = if odd0 || odd1 || odd2 || odd3 {
                    // Where a word may have to be drawn again, which is rare, all is drawn from the beginning.
                    Some(search(rules, &empty, ids[lane], step, key))
                } else if empty([x, y]) {
                    Some(Some([x, y]))
                } else if empty([x2, y2]) {
                    Some(Some([x2, y2]))
                } else {
                    None
                };
                match found {
                    Some(Some([x, y])) => mover.to = y * rules.width as u32 + x,
                    Some(None) => {}
                    None => {
                        seeking[left] = index;
                        left += 1;
                    }
                }
            }
            at += number;
        }
        seeking.truncate(left);
        if left == 0 {
            break;
        }
    }
    share.movers.retain(|mover| mover.to != u32::MAX);
    for mover in &mut share.movers {
        mover.priority = lot.priority(mover.agent);
        share.agents[mover.agent as usize - share.first].target = mover.to;
        let offer = &offer[mover.to as usize];
        if SHARED {
            offer.fetch_max(mover.priority, Relaxed);
        } else {
            offer.store(offer.load(Relaxed).max(mover.priority), Relaxed);
        }
    }
}

/// An empty cell for an agent, word by word.
fn search(
    rules: &Rules,
    empty: &impl Fn([u32; 2]) -> bool,
    id: u32,
    step: u32,
    key: [u32; 2],
) -> Option<[u32; 2]> {
    let mut drawn = 0;
    let mut word = || {
        drawn += 1;
        philox([id, step, rules.look, (drawn - 1) / 4], key)[(drawn - 1) as usize % 4]
    };
    let mut below = |number: u32| {
        let mut product = u64::from(word()) * u64::from(number);
        while (product as u32) < number.wrapping_neg() % number {
            product = u64::from(word()) * u64::from(number);
        }
        (product >> 32) as u32
    };
    (0..TRIES).map(|_| [below(rules.width as u32), below(rules.height as u32)]).find(|place| empty(*place))
}

/// Lets those move who won; they alone remain among the movers, and what they won is nobody's claim any more.
fn move_in(share: &mut Share, offer: &[AtomicU32]) {
    share.movers.retain(|mover| {
        let offer = &offer[mover.to as usize];
        let won = offer.load(Relaxed) == mover.priority;
        if won {
            offer.store(0, Relaxed);
            let agent = &mut share.agents[mover.agent as usize - share.first];
            (agent.cell, agent.moved) = (mover.to, true);
        }
        won
    });
}

/// The same block of random words for several agents.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn blocks(ids: &[u32; LANES], [step, stage, block]: [u32; 3], key: [u32; 2]) -> [[u32; LANES]; 4] {
    const LOW: u64 = 0xffff_ffff;
    let mut c0 = ids.map(u64::from);
    let mut c1 = [u64::from(step); LANES];
    let mut c2 = [u64::from(stage); LANES];
    let mut c3 = [u64::from(block); LANES];
    let [mut k0, mut k1] = key;
    for _ in 0..10 {
        for lane in 0..LANES {
            let p = (c0[lane] & LOW) * 0xd251_1f53;
            let q = (c2[lane] & LOW) * 0xcd9e_8d57;
            c0[lane] = (q >> 32) ^ c1[lane] ^ u64::from(k0);
            c1[lane] = q;
            c2[lane] = (p >> 32) ^ c3[lane] ^ u64::from(k1);
            c3[lane] = p;
        }
        k0 = k0.wrapping_add(0x9e37_79b9);
        k1 = k1.wrapping_add(0xbb67_ae85);
    }
    [c0, c1, c2, c3].map(|words| words.map(|word| word as u32))
}
