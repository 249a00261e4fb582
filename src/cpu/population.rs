//! The agents of one kind in a world: who they are, where they stand, who is born and who dies.

use rayon::prelude::*;

use crate::model::{Kind, Setting};
use crate::plan::Agents;
use crate::reduce::hash::{NEXT_ID, combine, hash_record, hash_records, hash_words};

/// Agents of one kind, and what stages leave to be settled.
#[derive(Default)]
pub(super) struct Population {
    pub number: u32,
    /// The number that the next agent born is given.
    pub next_id: u32,
    /// At least as many agents as there are, in the order in which they were last sorted, behind them those born since; in the
    /// order of their numbers if they never were.
    pub agents: Vec<u32>,
    /// Their numbers; empty where an agent's number is its place.
    pub ids: Vec<u32>,
    /// 1 for those that have not died in the stage that just ran.
    pub alive: Vec<u32>,
    /// How many young of this kind each agent of that stage had, and the young.
    pub births: Vec<u32>,
    pub born: Vec<u32>,
    /// How many agents are in each square and those before it; the agents as they stood when they were sorted.
    pub ends: Vec<u32>,
    pub near: Vec<u32>,
    /// The square of each agent, and the numbers of the agents as they will be sorted.
    squares: Vec<u32>,
    next_ids: Vec<u32>,
    /// Whether they are sorted as they stand.
    pub sorted: bool,
}

/// Words that every buffer has at least, so that it holds a record.
const LEAST_WORDS: usize = 64;

/// Makes a buffer hold at least so many words.
fn room(buffer: &mut Vec<u32>, words: usize) {
    if buffer.len() < words.max(LEAST_WORDS) {
        buffer.resize(words.max(LEAST_WORDS).max(buffer.len() + buffer.len() / 2), 0);
    }
}

/// Agents that a thread takes at a time when they are sorted.
const SORTED_TOGETHER: usize = 4096;
/// Mothers that one thread sorts sooner than several.
const SORTED_ALONE: usize = 1 << 16;
/// Parts of the squares, at most: each looks at all agents.
const MOST_PARTS: usize = 16;

/// Copies the words of one agent, of which there are few: with their number known each is a move or two, and no call.
fn copy_agent(to: &mut [u32], from: &[u32]) {
    fn words<const WORDS: usize>(to: &mut [u32], from: &[u32]) {
        if let (Some(to), Some(from)) = (to.first_chunk_mut::<WORDS>(), from.first_chunk::<WORDS>()) {
            *to = *from;
        }
    }
    match from.len() {
        2 => words::<2>(to, from),
        4 => words::<4>(to, from),
        6 => words::<6>(to, from),
        8 => words::<8>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// A side of the space, divided into squares.
struct Axis {
    size: u32,
    side: u32,
    /// 2^32 / side, rounded down.
    inverse: u64,
    wraps: bool,
}

impl Axis {
    fn new(size: u32, side: u32, wraps: bool) -> Axis {
        Axis { size, side, inverse: (1 << 32) / u64::from(side.max(1)), wraps }
    }

    /// A coordinate brought onto the axis.
    fn inside(&self, word: u32) -> u32 {
        match (word < self.size, self.wraps) {
            (true, _) => word,
            (false, true) => i64::from(word as i32).rem_euclid(i64::from(self.size)) as u32,
            (false, false) => (word as i32).clamp(0, self.size as i32 - 1) as u32,
        }
    }

    /// The square that a coordinate lies in, which is on the axis.
    fn along(&self, inside: u32) -> u32 {
        // At most one too few.
        let square = ((u64::from(inside) * self.inverse) >> 32) as u32;
        square + u32::from(inside - square * self.side >= self.side)
    }
}

impl Population {
    pub fn new(kind: &Kind, agents: Vec<u32>, number: u32) -> Population {
        let mut population = Population { number, next_id: number, agents, ..Population::default() };
        if kind.is_numbered() {
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
        let number = self.number as usize;
        let first = self.alive[..number].iter().position(|alive| *alive == 0).unwrap_or(number);
        let mut kept = first;
        for place in first..number {
            if self.alive[place] == 0 {
                continue;
            }
            let (before, from) = self.agents.split_at_mut(place * stride);
            copy_agent(&mut before[kept * stride..(kept + 1) * stride], &from[..stride]);
            self.ids[kept] = self.ids[place];
            kept += 1;
        }
        self.number = kept as u32;
        self.sorted = false;
    }

    /// The places of those of so many parents that have young of this kind, in the order of their numbers.
    pub fn mothers(&self, parents: &Population, number: u32) -> Vec<u32> {
        let bear = (0..number).zip(&self.births).filter(|(_, births)| **births > 0);
        // A number and a place in one word are sorted without looking anything up.
        let numbered = bear.map(|(place, _)| u64::from(parents.id(place)) << 32 | u64::from(place));
        let mut mothers: Vec<u64> = numbered.collect();
        if !mothers.is_sorted() {
            match mothers.len() < SORTED_ALONE {
                true => mothers.sort_unstable(),
                false => mothers.par_sort_unstable(),
            }
        }
        mothers.into_iter().map(|mother| mother as u32).collect()
    }

    /// Lets the young of these parents join, in their order; false when their numbers would not fit in 32 bits.
    pub fn welcome(&mut self, mothers: &[u32], kind: &Kind) -> bool {
        let stride = kind.layout.stride as usize / 4;
        let most = kind.births as usize;
        let all: u64 = mothers.iter().map(|mother| u64::from(self.births[*mother as usize])).sum();
        if all == 0 {
            return true;
        }
        if u64::from(self.next_id) + all >= u64::from(u32::MAX) {
            return false;
        }
        room(&mut self.agents, (self.number as usize + all as usize) * stride);
        room(&mut self.ids, self.number as usize + all as usize);
        for parent in mothers.iter().map(|mother| *mother as usize) {
            for young in 0..(self.births[parent] as usize).min(most) {
                let (from, to) = ((parent * most + young) * stride, self.number as usize * stride);
                copy_agent(&mut self.agents[to..to + stride], &self.born[from..from + stride]);
                self.ids[self.number as usize] = self.next_id;
                self.number += 1;
                self.next_id += 1;
            }
        }
        self.sorted = false;
        true
    }

    /// Sorts the agents by the squares of the grid that they stand in, those of one square by their places, and moves them in
    /// memory to where they are then: those that stand near each other read and change the same lines of memory one soon
    /// after the other. So many threads do it, each of which has a part of the squares.
    pub fn sort(&mut self, kind: &Kind, setting: &Setting, threads: usize) {
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
        let [across, down] = [setting.width, setting.height]
            .map(|cells| Axis::new(cells.saturating_mul(kind.unit()), side, setting.wraps));
        // Who stands beyond the edge of a torus is brought back.
        let square = |agent: &mut [u32]| {
            let at = position as usize;
            let place = [across.inside(agent[at]), down.inside(agent[at + 1])];
            if setting.wraps && agent[at..at + 2] != place {
                agent[at..at + 2].copy_from_slice(&place);
            }
            down.along(place[1]) * columns + across.along(place[0])
        };
        room(&mut self.near, number * stride);
        room(&mut self.next_ids, number);
        room(&mut self.squares, number);
        let count = columns as usize * rows as usize;
        room(&mut self.ends, count);
        let (agents, squares) = (&mut self.agents[..number * stride], &mut self.squares[..number]);
        let each = |(square_of, agent): (&mut u32, &mut [u32])| *square_of = square(agent);
        match threads {
            1 => squares.iter_mut().zip(agents.chunks_exact_mut(stride)).for_each(each),
            _ => squares
                .par_chunks_mut(SORTED_TOGETHER)
                .zip(agents.par_chunks_mut(SORTED_TOGETHER * stride))
                .for_each(|(squares, agents)| {
                    squares.iter_mut().zip(agents.chunks_exact_mut(stride)).for_each(each);
                }),
        }
        let (agents, squares) = (&self.agents[..number * stride], &self.squares[..number]);
        // Each thread looks at all agents and counts those of its squares: reading costs little beside placing them.
        let of_part = count.div_ceil(threads.clamp(1, MOST_PARTS));
        let mut parts: Vec<(u32, &mut [u32])> =
            (0..).step_by(of_part).zip(self.ends[..count].chunks_mut(of_part)).collect();
        let counted = |(first, ends): &mut (u32, &mut [u32])| {
            ends.fill(0);
            let mut all = 0;
            for square in squares {
                if let Some(end) = ends.get_mut(square.wrapping_sub(*first) as usize) {
                    *end += 1;
                    all += 1;
                }
            }
            all
        };
        let all: Vec<usize> = match threads {
            1 => parts.iter_mut().map(counted).collect(),
            _ => parts.par_iter_mut().map(counted).collect(),
        };
        if squares.is_sorted() {
            // Nobody moves.
            let mut before = 0;
            for end in parts.into_iter().flat_map(|(_, ends)| ends) {
                before += *end;
                *end = before;
            }
            self.near[..number * stride].copy_from_slice(agents);
            return;
        }
        let ids = &self.ids[..number];
        let (mut near, mut numbers) = (&mut self.near[..number * stride], &mut self.next_ids[..number]);
        let mut begin = 0;
        let mut of_parts = Vec::with_capacity(parts.len());
        for ((first, ends), all) in parts.into_iter().zip(all) {
            let (own_near, other_near) = near.split_at_mut(all * stride);
            let (own_numbers, other_numbers) = numbers.split_at_mut(all);
            of_parts.push((first, ends, begin, own_near, own_numbers));
            (begin, near, numbers) = (begin + all as u32, other_near, other_numbers);
        }
        let placed = |(first, ends, begin, near, numbers): (u32, &mut [u32], u32, &mut [u32], &mut [u32])| {
            let mut before = begin;
            for end in ends.iter_mut() {
                before += std::mem::replace(end, before);
            }
            // Where each square begins becomes where it ends.
            for ((agent, id), square) in agents.chunks_exact(stride).zip(ids).zip(squares) {
                if let Some(end) = ends.get_mut(square.wrapping_sub(first) as usize) {
                    let to = (*end - begin) as usize;
                    copy_agent(&mut near[to * stride..(to + 1) * stride], agent);
                    numbers[to] = *id;
                    *end += 1;
                }
            }
        };
        match threads {
            1 => of_parts.into_iter().for_each(placed),
            _ => of_parts.into_par_iter().for_each(placed),
        }
        std::mem::swap(&mut self.ids, &mut self.next_ids);
        self.agents[..number * stride].copy_from_slice(&self.near[..number * stride]);
    }

    /// The agents, of so many words each, in the order of their numbers.
    pub fn all(&self, stride: usize) -> Agents {
        let ids: Vec<u32> = (0..self.number).map(|place| self.id(place)).collect();
        let words = &self.agents[..self.number as usize * stride];
        Agents::in_order(words, &ids, self.next_id, stride)
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
        if !kind.varies {
            return agents;
        }
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
            &self.near,
            &self.squares,
            &self.next_ids,
        ];
        buffers.iter().map(|buffer| buffer.len()).sum()
    }
}
