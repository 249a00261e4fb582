//! A world in this machine's memory.

use rayon::prelude::*;

use crate::error::Error;
use crate::model::TRACKED_WORDS;
use crate::plan::{Advance, Plan};
use crate::reduce::Record;
use crate::world::{Start, Worlds, start};

use super::compile::RandomBatch;
use super::pass::Passage;
use super::population::Population;

/// One world: its agents, its layers, and how far it has come.
pub(super) struct World {
    pub index: u32,
    pub seed: u64,
    pub step: u64,
    pub running: bool,
    /// The agents of each kind.
    pub kinds: Vec<Population>,
    /// How many agents of each kind there are, and the number that the next one born is given, as kernels see them.
    pub numbers: Vec<u32>,
    /// Empty for layers that are shared or absent.
    pub layers: Vec<Copies>,
    pub parameters: Vec<u32>,
    /// What kernels see as `ThrongWorld`: the seed's halves, whether it runs, and a spare word.
    pub described: [u32; 4],
    pub status: [u32; 1],
    /// Bytes that its agents may take.
    pub granted: u64,
    /// Why it cannot go on, where there is too little memory for its next step.
    pub short: Option<Error>,
}

/// A layer, and the second copy of one that a stage both reads and changes.
#[derive(Default)]
pub(super) struct Copies {
    pub now: Vec<u32>,
    pub next: Vec<u32>,
    /// For each block of [`TRACKED_WORDS`] words, whether the copies may differ there; empty where nobody notes it.
    pub changed: Vec<u32>,
}

impl Copies {
    fn new(now: Vec<u32>, two: bool, tracks: bool) -> Copies {
        let next = if two { now.clone() } else { Vec::new() };
        let changed = vec![0; if tracks { next.len().div_ceil(TRACKED_WORDS) } else { 0 }];
        Copies { now, next, changed }
    }

    /// Notes that the copies may differ anywhere.
    pub fn changed_everywhere(&mut self) {
        self.changed.fill(1);
    }

    /// Makes the second copy the same as the first.
    pub fn synchronise(&mut self) {
        if self.changed.is_empty() {
            self.next.copy_from_slice(&self.now);
            return;
        }
        let blocks = self.next.chunks_mut(TRACKED_WORDS).zip(self.now.chunks(TRACKED_WORDS));
        for ((next, now), changed) in blocks.zip(&mut self.changed) {
            if *changed != 0 {
                next.copy_from_slice(now);
                *changed = 0;
            }
        }
    }

    /// The same, by all threads.
    pub fn synchronise_together(&mut self) {
        const BLOCKS: usize = 256;
        let next = self.next.par_chunks_mut(BLOCKS * TRACKED_WORDS);
        let now = self.now.par_chunks(BLOCKS * TRACKED_WORDS);
        if self.changed.is_empty() {
            next.zip(now).for_each(|(next, now)| next.copy_from_slice(now));
            return;
        }
        next.zip(now).zip(self.changed.par_chunks_mut(BLOCKS)).for_each(|((next, now), changed)| {
            let blocks = next.chunks_mut(TRACKED_WORDS).zip(now.chunks(TRACKED_WORDS));
            for ((next, now), changed) in blocks.zip(changed) {
                if *changed != 0 {
                    next.copy_from_slice(now);
                    *changed = 0;
                }
            }
        });
    }
}

/// The layers that all worlds have in common; empty for the others.
pub(super) fn shared_layers(plan: &Plan, worlds: &Worlds) -> Vec<Vec<u32>> {
    (0..plan.model.layers.len())
        .map(|layer| match plan.model.shared(layer) {
            true => start::layer(&plan.model, worlds, layer, plan.layer_words(layer)),
            false => Vec::new(),
        })
        .collect()
}

impl World {
    pub fn new(plan: &Plan, worlds: &Worlds, start: &Start, numbers: &[u32]) -> World {
        let model = &plan.model;
        let kinds = (model.kinds.iter().zip(numbers).enumerate()).map(|(index, (kind, number))| {
            Population::new(kind, start::agents(model, worlds, index, start.seed, *number), *number)
        });
        let layers = (0..model.layers.len())
            .map(|layer| match model.shared(layer) {
                true => Copies::default(),
                false => {
                    let now = start::layer(model, worlds, layer, plan.layer_words(layer));
                    let tracks = plan.setting.host.is_some_and(|host| host.tracks);
                    Copies::new(now, model.copies(layer) == 2, tracks)
                }
            })
            .collect();
        let seed = start.seed;
        World {
            index: start.world,
            seed,
            step: 0,
            running: true,
            kinds: kinds.collect(),
            numbers: Vec::new(),
            layers,
            parameters: Worlds::parameter_words(model, &start.parameters),
            described: [seed as u32, (seed >> 32) as u32, 1, 0],
            status: [0],
            granted: 0,
            short: None,
        }
    }

    /// Goes on as a world of this seed that has taken so many steps.
    pub fn set_clock(&mut self, seed: u64, step: u64) {
        (self.seed, self.step) = (seed, step);
        self.described[..2].copy_from_slice(&[seed as u32, (seed >> 32) as u32]);
    }

    /// Fills layers by their functions and runs the start function.
    pub fn begin(&mut self, passage: &Passage, batch: &mut RandomBatch) {
        for (pass, kernel) in passage.plan.fills.iter().zip(&passage.kernels.fills) {
            passage.run(self, pass, Some(kernel), None, batch);
        }
        self.layers.iter_mut().for_each(Copies::changed_everywhere);
        for (pass, kernel) in passage.plan.starts.iter().zip(&passage.kernels.starts) {
            passage.run(self, pass, Some(kernel), None, batch);
        }
    }

    /// Takes steps while the world runs.
    pub fn advance(&mut self, passage: &Passage, advance: &Advance, batch: &mut RandomBatch) -> Vec<Record> {
        let mut records = Vec::new();
        if self.running {
            self.short = None;
        }
        let last = advance.last.get(self.index as usize).copied().unwrap_or(u64::MAX);
        for _ in 0..advance.steps {
            self.running &= self.step < last && self.status[0] == 0;
            if !self.running {
                break;
            }
            if passage.bears && !self.make_room(passage.plan, passage.grants) {
                break;
            }
            self.step += 1;
            let kernels = passage.kernels.stages.iter().zip(&passage.kernels.approaches);
            for (pass, (kernel, approach)) in passage.plan.stages.iter().zip(kernels) {
                if pass.is_due(self.step) {
                    passage.run(self, pass, kernel.as_ref(), approach.as_ref(), batch);
                }
            }
            if advance.every > 0 && self.step.is_multiple_of(advance.every) {
                let record = self.record(passage, advance.metrics);
                if let Some(until) = advance.until {
                    self.running = !until.holds(&record, &passage.plan.model);
                }
                records.push(record);
            }
        }
        self.running &= self.step < last && self.status[0] == 0 && self.short.is_none();
        records
    }

    /// Bits of the stages in which a rule did not end.
    pub fn status(&self) -> u32 {
        self.status[0]
    }

    pub fn words(&self) -> u64 {
        let layers: usize = self
            .layers
            .iter()
            .map(|copies| copies.now.len() + copies.next.len() + copies.changed.len())
            .sum();
        (self.kinds.iter().map(Population::words).sum::<usize>() + layers) as u64
    }
}
