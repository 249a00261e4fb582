//! The built-in models once more, as plainly as they can be said: one cell is one number in a list of rows, every agent
//! looks at yesterday's rows and writes into today's.

use throng::world::map::Map;
use throng::world::random::philox;

pub type Rows = Vec<Vec<u32>>;

/// The eight directions, clockwise from the east; y grows downward.
const EIGHT: [(i32, i32); 8] = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)];

/// An agent, whatever the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agent {
    pub x: i32,
    pub y: i32,
    pub heading: u32,
    pub found: u32,
}

/// A world of one model.
pub struct Naive {
    pub width: i32,
    pub height: i32,
    pub wraps: bool,
    pub seed: u64,
    pub step: u32,
    pub wall: Rows,
    pub agents: Vec<Agent>,
    /// Whether a cell was seen (walkers, explorers).
    pub seen: Rows,
    /// How often a cell was visited (node counting), up to 255 (explorers).
    pub visits: Rows,
}

/// The random numbers of one agent in one step.
struct Draws {
    agent: u32,
    step: u32,
    stage: u32,
    seed: u64,
    drawn: u32,
}

impl Draws {
    fn word(&mut self) -> u32 {
        let key = [self.seed as u32, (self.seed >> 32) as u32];
        let block = philox([self.agent, self.step, self.stage, self.drawn / 4], key);
        self.drawn += 1;
        block[(self.drawn as usize - 1) % 4]
    }

    /// A number below n: the high half of a word times n, unless the low half is one of the few that are unfair.
    fn below(&mut self, n: u32) -> u32 {
        loop {
            let product = u64::from(self.word()) * u64::from(n);
            if (product & 0xffff_ffff) >= (1 << 32) % u64::from(n) {
                return (product >> 32) as u32;
            }
        }
    }
}

impl Naive {
    /// A world before the first step: agents stand where `starts` says.
    pub fn new(
        map: &Map,
        wraps: bool,
        seed: u64,
        starts: &[(i32, i32)],
        reachable: impl Fn(i32, i32) -> bool,
    ) -> Naive {
        let (width, height) = (map.width() as i32, map.height() as i32);
        let blank = vec![vec![0; width as usize]; height as usize];
        let wall = (0..height).map(|y| (0..width).map(|x| u32::from(!reachable(x, y))).collect()).collect();
        let agents = starts.iter().map(|&(x, y)| Agent { x, y, heading: 0, found: 0 }).collect();
        Naive { width, height, wraps, seed, step: 0, wall, agents, seen: blank.clone(), visits: blank }
    }

    /// Where (x, y) is on the grid, if it is.
    fn cell(&self, x: i32, y: i32) -> Option<(usize, usize)> {
        if self.wraps {
            return Some((x.rem_euclid(self.width) as usize, y.rem_euclid(self.height) as usize));
        }
        let inside = (0..self.width).contains(&x) && (0..self.height).contains(&y);
        inside.then_some((x as usize, y as usize))
    }

    fn is_wall(&self, x: i32, y: i32) -> bool {
        self.cell(x, y).is_none_or(|(x, y)| self.wall[y][x] == 1)
    }

    fn draws(&self, agent: usize, stage: u32) -> Draws {
        Draws { agent: agent as u32, step: self.step, stage, seed: self.seed, drawn: 0 }
    }

    /// The neighbour in one of the eight directions.
    fn neighbour(&self, agent: &Agent, direction: usize) -> Option<(usize, usize)> {
        let (dx, dy) = EIGHT[direction];
        self.cell(agent.x + dx, agent.y + dy).filter(|&(x, y)| self.wall[y][x] == 0)
    }
}

/// What a model does before the first step and in each.
pub trait Rule {
    fn start(&self, world: &mut Naive);
    fn step(&self, world: &mut Naive);
}

/// Each walker goes to one of its four neighbours, unless a wall is there, and marks it.
pub struct Walkers;

impl Rule for Walkers {
    fn start(&self, world: &mut Naive) {
        for agent in &world.agents {
            world.seen[agent.y as usize][agent.x as usize] = 1;
        }
    }

    fn step(&self, world: &mut Naive) {
        for index in 0..world.agents.len() {
            let direction = world.draws(index, 0).word() / (1 << 30);
            if let Some((x, y)) = world.neighbour(&world.agents[index], 2 * direction as usize) {
                (world.agents[index].x, world.agents[index].y) = (x as i32, y as i32);
                world.seen[y][x] = 1;
            }
        }
    }
}

/// Each agent goes to one of its least visited free neighbours of four, and counts its visit there.
pub struct NodeCounting;

impl Rule for NodeCounting {
    fn start(&self, world: &mut Naive) {
        for agent in &world.agents {
            world.visits[agent.y as usize][agent.x as usize] += 1;
        }
    }

    fn step(&self, world: &mut Naive) {
        let before = world.visits.clone();
        for index in 0..world.agents.len() {
            let free: Vec<(usize, usize)> =
                [0, 2, 4, 6].into_iter().filter_map(|k| world.neighbour(&world.agents[index], k)).collect();
            if let Some(least) = free.iter().map(|&(x, y)| before[y][x]).min() {
                let choices: Vec<_> = free.into_iter().filter(|&(x, y)| before[y][x] == least).collect();
                let (x, y) = choices[world.draws(index, 0).below(choices.len() as u32) as usize];
                (world.agents[index].x, world.agents[index].y) = (x as i32, y as i32);
            }
            let agent = &world.agents[index];
            world.visits[agent.y as usize][agent.x as usize] += 1;
        }
    }
}

/// Each explorer goes where nobody has been, else straight on, else where few have been, and sees along eight beams.
pub struct Explorers {
    pub persistence: i32,
    pub novelty: i32,
    pub sensor_range: i32,
}

impl Explorers {
    fn look(&self, world: &mut Naive, agent: Agent) {
        world.seen[agent.y as usize][agent.x as usize] = 1;
        for (dx, dy) in EIGHT {
            for reach in 1..=self.sensor_range {
                let (x, y) = (agent.x + reach * dx, agent.y + reach * dy);
                match world.cell(x, y) {
                    Some((x, y)) if world.wall[y][x] == 0 => world.seen[y][x] = 1,
                    _ => break,
                }
            }
        }
    }
}

impl Rule for Explorers {
    fn start(&self, world: &mut Naive) {
        for index in 0..world.agents.len() {
            world.agents[index].heading = world.draws(index, 0x8000_0000).below(8);
            self.look(world, world.agents[index]);
        }
    }

    fn step(&self, world: &mut Naive) {
        let (seen, trail) = (world.seen.clone(), world.visits.clone());
        for index in 0..world.agents.len() {
            let mut agent = world.agents[index];
            let mut options = Vec::new();
            for (k, (dx, dy)) in EIGHT.into_iter().enumerate() {
                let Some((x, y)) = world.neighbour(&agent, k) else { continue };
                // Just beyond the reach of a range finder, unless a wall hides it; with none, that is the neighbour itself.
                let beam = |reach: i32| (agent.x + reach * dx, agent.y + reach * dy);
                let hidden =
                    (1..=self.sensor_range + 1).any(|reach| world.is_wall(beam(reach).0, beam(reach).1));
                let (bx, by) = beam(self.sensor_range + 1);
                let known = hidden || world.cell(bx, by).is_some_and(|(x, y)| seen[y][x] == 1);
                let turn = (k as i32 - agent.heading as i32).rem_euclid(8);
                let straight = 4 - turn.min(8 - turn);
                let score =
                    i32::from(!known) * self.novelty + straight * self.persistence - trail[y][x] as i32;
                options.push((score, k, known, x, y));
            }
            if let Some(best) = options.iter().map(|option| option.0).max() {
                options.retain(|option| option.0 == best);
                let (_, k, known, x, y) = options[world.draws(index, 0).below(options.len() as u32) as usize];
                agent = Agent {
                    x: x as i32,
                    y: y as i32,
                    heading: k as u32,
                    found: agent.found + u32::from(!known),
                };
            }
            world.agents[index] = agent;
            self.look(world, agent);
            let (x, y) = (agent.x as usize, agent.y as usize);
            world.visits[y][x] = world.visits[y][x].max((trail[y][x] + 1).min(255));
        }
    }
}
