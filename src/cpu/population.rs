//! The agents of one kind in a world: who they are, where they stand, who is born and who dies.

use rayon::prelude::*;

use crate::model::{Kind, Setting};
use crate::reduce::hash::{NEXT_ID, combine, hash_record, hash_records, hash_words};

/// Agents of one kind, and what stages leave to be settled.
#[derive(Default)]
pub(super) struct Population {
    pub number: u32,
    /// The number that the next agent born is given.
    pub next_id: u32,
    /// At least as many agents as there are, in the order in which they were born.
    pub agents: Vec<u32>,
    /// Their numbers; empty where an agent's number is its place.
    pub ids: Vec<u32>,
    /// 1 for those that have not died in the stage that just ran.
    pub alive: Vec<u32>,
    /// How many young of this kind each agent of that stage had, and the young.
    pub births: Vec<u32>,
    pub born: Vec<u32>,
    /// How many agents are in each square and those before it; the agents' places and the agents, sorted by square.
    pub ends: Vec<u32>,
    pub order: Vec<u32>,
    pub near: Vec<u32>,
    /// Whether they are sorted as they stand.
    pub sorted: bool,
}

/// The numbers of agents in the order in which a stage takes them.
pub(super) enum Numbers<'a> {
    /// They are their places.
    Places,
    /// They are listed.
    Listed(&'a [u32]),
    /// The agents' places are listed, and by them their numbers.
    Sorted(&'a [u32], &'a [u32]),
}

impl Numbers<'_> {
    /// Gives those of some agents, at most as many as are drawn for together, to `draw`; nothing where they are their places.
    pub fn of(&self, range: std::ops::Range<usize>, draw: impl FnOnce(Option<&[u32]>)) {
        match self {
            Numbers::Places => draw(None),
            Numbers::Listed(ids) => draw(ids.get(range)),
            Numbers::Sorted(order, ids) => {
                let mut held = [0; super::pass::BATCH as usize];
                let places = &order[range];
                for (id, place) in held.iter_mut().zip(places) {
                    *id = ids[*place as usize];
                }
                draw(Some(&held[..places.len()]))
            }
        }
    }
}

/// Words that every buffer has at least, so that it holds a record.
const LEAST_WORDS: usize = 64;

/// Makes a buffer hold at least so many words.
fn room(buffer: &mut Vec<u32>, words: usize) {
    if buffer.len() < words.max(LEAST_WORDS) {
        buffer.resize(words.max(LEAST_WORDS).max(buffer.len() + buffer.len() / 2), 0);
    }
}

impl Population {
    pub fn new(kind: &Kind, agents: Vec<u32>, number: u32) -> Population {
        let mut population = Population { number, next_id: number, agents, ..Population::default() };
        if kind.varies {
            room(&mut population.agents, 0);
            population.ids = (0..number).collect();
            room(&mut population.ids, 0);
        }
        population
    }

    /// The number of the agent in a place.
    pub fn id(&self, place: u32) -> u32 {
        self.ids.get(place as usize).copied().unwrap_or(place)
    }

    /// The agents' numbers, as they are sorted by place or as they were born.
    pub fn numbers(&self, in_order: bool) -> Numbers<'_> {
        match (in_order, self.ids.as_slice()) {
            (false, []) => Numbers::Places,
            (false, ids) => Numbers::Listed(ids),
            (true, []) => Numbers::Listed(&self.order),
            (true, ids) => Numbers::Sorted(&self.order, ids),
        }
    }

    /// Makes room for what a stage of so many agents writes about their deaths.
    pub fn expect_deaths(&mut self) {
        let number = self.number as usize;
        room(&mut self.alive, number);
    }

    /// Makes room for what a stage of so many agents writes about young of this kind.
    pub fn expect_births(&mut self, parents: u32, kind: &Kind) {
        let (parents, stride) = (parents as usize, kind.layout.stride as usize / 4);
        room(&mut self.births, parents);
        room(&mut self.born, parents * kind.births as usize * stride);
    }

    /// Removes those that died; those behind them move up.
    pub fn bury(&mut self, kind: &Kind) {
        let stride = kind.layout.stride as usize / 4;
        let mut kept = 0;
        for place in 0..self.number as usize {
            if self.alive[place] == 0 {
                continue;
            }
            if kept != place {
                self.agents.copy_within(place * stride..(place + 1) * stride, kept * stride);
                self.ids[kept] = self.ids[place];
            }
            kept += 1;
        }
        self.number = kept as u32;
        self.sorted = false;
    }

    /// Lets the young of a stage of so many agents join, in the order of their parents; false when their numbers would
    /// not fit in 32 bits.
    pub fn welcome(&mut self, parents: u32, kind: &Kind) -> bool {
        let stride = kind.layout.stride as usize / 4;
        let most = kind.births as usize;
        let all: u64 = self.births[..parents as usize].iter().map(|births| u64::from(*births)).sum();
        if all == 0 {
            return true;
        }
        if u64::from(self.next_id) + all >= u64::from(u32::MAX) {
            return false;
        }
        room(&mut self.agents, (self.number as usize + all as usize) * stride);
        room(&mut self.ids, self.number as usize + all as usize);
        for parent in 0..parents as usize {
            for young in 0..(self.births[parent] as usize).min(most) {
                let (from, to) = ((parent * most + young) * stride, self.number as usize * stride);
                self.agents[to..to + stride].copy_from_slice(&self.born[from..from + stride]);
                self.ids[self.number as usize] = self.next_id;
                self.number += 1;
                self.next_id += 1;
            }
        }
        self.sorted = false;
        true
    }

    /// Sorts the agents by the squares of the grid that they stand in, those of one square by their places.
    pub fn sort(&mut self, kind: &Kind, setting: &Setting) {
        let (Some([columns, rows]), Some(position)) =
            (kind.bins(setting.width, setting.height), kind.layout.position())
        else {
            return;
        };
        if std::mem::replace(&mut self.sorted, true) {
            return;
        }
        let (stride, number) = (kind.layout.stride as usize / 4, self.number as usize);
        let side = kind.near.unwrap_or(1).max(1).saturating_mul(kind.unit());
        let size = [setting.width, setting.height].map(|cells| cells.saturating_mul(kind.unit()));
        let along = |word: u32, size: u32| {
            let place = word as i32;
            let inside = match setting.wraps {
                true => i64::from(place).rem_euclid(i64::from(size)) as u32,
                false => place.clamp(0, size as i32 - 1) as u32,
            };
            inside / side
        };
        let square = |agent: &[u32]| {
            let at = position as usize;
            along(agent[at + 1], size[1]) * columns + along(agent[at], size[0])
        };
        room(&mut self.near, number * stride);
        room(&mut self.order, number);
        self.ends.clear();
        self.ends.resize((columns as usize * rows as usize).max(LEAST_WORDS), 0);
        let squares: Vec<u32> = self.agents[..number * stride].chunks_exact(stride).map(square).collect();
        for square in &squares {
            self.ends[*square as usize] += 1;
        }
        let mut before = 0;
        for end in &mut self.ends {
            before += std::mem::replace(end, before);
        }
        // Where each square begins becomes where it ends.
        for (place, square) in squares.iter().enumerate() {
            let end = &mut self.ends[*square as usize];
            let to = *end as usize;
            *end += 1;
            self.order[to] = place as u32;
            let agent = &self.agents[place * stride..(place + 1) * stride];
            self.near[to * stride..(to + 1) * stride].copy_from_slice(agent);
        }
    }

    /// The hash of the agents, which are in the section `tag`.
    pub fn hash(&self, kind: &Kind, tag: u32, chunk: usize) -> [u32; 2] {
        let stride = kind.layout.stride as usize / 4;
        let used = kind.layout.words();
        let records = (chunk / stride.max(1)).max(1);
        let agents = &self.agents[..self.number as usize * stride];
        if self.ids.is_empty() {
            let parts = agents.par_chunks(records * stride).enumerate();
            let parts =
                parts.map(|(part, words)| hash_records(words, stride, &used, tag, (part * records) as u32));
            return parts.reduce(|| [0, 0], |a, b| combine([a, b]));
        }
        let parts =
            agents.par_chunks(records * stride).zip(self.ids.par_chunks(records)).map(|(words, ids)| {
                combine(
                    words
                        .chunks_exact(stride)
                        .zip(ids)
                        .map(|(agent, id)| hash_record(agent, &used, tag, *id)),
                )
            });
        let agents = parts.reduce(|| [0, 0], |a, b| combine([a, b]));
        // Who is born next is part of what will be.
        combine([agents, hash_words(&[self.next_id], tag ^ NEXT_ID, 0)])
    }

    pub fn words(&self) -> usize {
        let buffers = [
            &self.agents,
            &self.ids,
            &self.alive,
            &self.births,
            &self.born,
            &self.ends,
            &self.order,
            &self.near,
        ];
        buffers.iter().map(|buffer| buffer.len()).sum()
    }
}
