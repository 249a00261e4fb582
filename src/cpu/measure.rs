//! Metrics and hashes of a world in this machine's memory.

use rayon::prelude::*;

use super::compile::RandomBatch;
use super::pass::{BATCH, Passage};
use super::state::World;
use crate::model::{Over, Source};
use crate::plan::{Measure, Plan, VALUES};
use crate::reduce::hash::{combine, hash_words, kind_section};
use crate::reduce::{Partial, Record, Totals};

/// Items that are measured together; the same whatever the threads, so that sums of floats are the same too.
const SHARE: u32 = 64 * BATCH;
/// Words that are counted or hashed together.
const WORDS: usize = 1 << 15;

impl World {
    /// The metrics as they stand: those that are wanted, or all of them where `wanted` is empty.
    pub fn record(&mut self, passage: &Passage, wanted: &[bool]) -> Record {
        let measure = |index: usize| match wanted.get(index) {
            Some(false) => Partial::none(&passage.plan.metrics[index].metric),
            _ => self.measure(passage, index).needed(&passage.plan.metrics[index].metric),
        };
        let partials = (0..passage.plan.metrics.len()).map(measure).collect();
        Record { world: self.index, step: self.step, partials }
    }

    fn measure(&mut self, passage: &Passage, index: usize) -> Partial {
        let plan = passage.plan;
        let measure = &plan.metrics[index];
        if let Some(layer) = measure.bits_of {
            return Partial::Totals(self.count_bits(passage, measure, layer));
        }
        let Some(kernel) = &passage.kernels.writers[index] else { return Partial::none(&measure.metric) };
        let kind = match measure.metric.over {
            Over::Agents(kind) => Some(kind),
            Over::Cells | Over::Free => None,
        };
        let items = kind.map_or(plan.setting.cells() as u32, |kind| self.kinds[kind].number);
        if measure.metric.source == Source::Everyone && measure.metric.reduction.is_of_counts() {
            return Partial::Totals(Totals::of_bits(items.into(), items.into()));
        }
        let mut call = [self.step as u32, 0, items, 0];
        let step = self.step as u32;
        let slots = passage.slots(self, &measure.layers, &mut call, &mut []);
        let ids = kind.map_or(&[][..], |kind| &self.kinds[kind].ids);
        let share = |index: u32| {
            let mut partial = Partial::none(&measure.metric);
            let mut batch = RandomBatch::new([0; 2], step, 0);
            let mut values = [0; 2 * VALUES];
            let end = ((index + 1).saturating_mul(SHARE)).min(items);
            let mut at = index * SHARE;
            while at < end {
                let stop = at.saturating_add(BATCH).min(end);
                slots.with_values(&mut values).call(kernel, &mut batch, at, stop);
                let (held, counts) = values.split_at(VALUES);
                let there = (stop - at) as usize;
                if partial.add_whole(&measure.metric, &held[..there], &counts[..there]) {
                    at = stop;
                    continue;
                }
                for item in at..stop {
                    let place = item as usize % VALUES;
                    if values[VALUES + place] != 0 {
                        let id = ids.get(item as usize).copied().unwrap_or(item);
                        partial.add(&measure.metric, values[place], id);
                    }
                }
                at = stop;
            }
            partial
        };
        let shares = items.div_ceil(SHARE);
        let merged = |mut all: Partial, next: Partial| {
            all.merge(&next);
            all
        };
        let none = Partial::none(&measure.metric);
        match passage.split {
            true => (0..shares).into_par_iter().map(share).collect::<Vec<_>>().into_iter().fold(none, merged),
            false => (0..shares).map(share).fold(none, merged),
        }
    }

    /// A one-bit layer's cells and how many of them are set, over all cells or the free ones.
    fn count_bits(&self, passage: &Passage, measure: &Measure, layer: usize) -> Totals {
        let plan = passage.plan;
        let content = |layer: usize| match passage.shared[layer].as_slice() {
            [] => self.layers[layer].now.as_slice(),
            shared => shared,
        };
        let cells = plan.setting.cells();
        let words = content(layer);
        let walls = match plan.model.wall_layer().filter(|_| measure.metric.over == Over::Free) {
            Some(wall) if !plan.setting.absent(&plan.model, wall) => Some(content(wall)),
            _ => None,
        };
        let count = |from: usize, to: usize| match walls {
            Some(walls) => {
                words[from..to].iter().zip(&walls[from..to]).fold((0, 0), |(ones, blocked), (word, wall)| {
                    (ones + u64::from((word & !wall).count_ones()), blocked + u64::from(wall.count_ones()))
                })
            }
            None => (words[from..to].iter().map(|word| u64::from(word.count_ones())).sum(), 0),
        };
        let chunks = words.len().div_ceil(WORDS);
        let part = |chunk: usize| count(chunk * WORDS, words.len().min((chunk + 1) * WORDS));
        let add = |a: (u64, u64), b: (u64, u64)| (a.0 + b.0, a.1 + b.1);
        let (ones, blocked) = match passage.split {
            true => (0..chunks).into_par_iter().map(part).reduce(|| (0, 0), add),
            false => (0..chunks).map(part).fold((0, 0), add),
        };
        Totals::of_bits(cells - blocked, ones)
    }

    /// The hash of all that the world's rules can change.
    pub fn hash(&self, plan: &Plan) -> [u32; 2] {
        let model = &plan.model;
        let kinds = self.kinds.iter().zip(&model.kinds).enumerate();
        let mut hash = combine(
            kinds.map(|(index, (population, kind))| population.hash(kind, kind_section(index), WORDS)),
        );
        for (copies, tag) in self.layers.iter().zip(1..) {
            let words = copies
                .now
                .par_chunks(WORDS)
                .enumerate()
                .map(|(chunk, words)| hash_words(words, tag, (chunk * WORDS) as u32));
            hash = combine([hash, words.reduce(|| [0, 0], |a, b| combine([a, b]))]);
        }
        hash
    }
}
