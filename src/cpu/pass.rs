//! One pass over one world: the boundary between Rust and compiled rules.

use rayon::prelude::*;

use super::Kernels;
use super::compile::{Kernel, RandomBatch, Slot};
use super::room::Grants;
use super::state::World;
use crate::model::{Items, LayerUse, Part};
use crate::plan::{OVERBORN_BIT, Pass, Plan, binding};

/// Items whose random numbers are drawn together.
pub(super) const BATCH: u32 = 256;
/// Items that a thread takes at a time: enough that taking them costs nothing beside, and so many that cells that share a
/// word are one thread's.
const SHARE: u32 = 16 * BATCH;

/// What passes need beside their world.
pub(super) struct Passage<'a> {
    pub plan: &'a Plan,
    pub kernels: &'a Kernels,
    pub shared: &'a [Vec<u32>],
    pub graph: &'a [u32],
    /// Whether a world's items are split among threads; kernels are then compiled with atomic writes.
    pub split: bool,
    /// Whether agents are born in some stage.
    pub bears: bool,
    pub grants: &'a Grants,
}

/// The buffers of a world, as compiled rules find them.
pub(super) struct Slots(Vec<Slot>);

// SAFETY: the slots of one pass are used by several threads only when its kernels were compiled with atomic writes to
// layers and status, or write to words of layers that all belong to a thread's own cells. The other writes go to an item's
// own record, of which each item has one whatever the order in which they are taken, and items are split without overlap;
// or to the notes of changed blocks, where every thread stores the same 1.
unsafe impl Sync for Slots {}

impl Passage<'_> {
    /// Runs a pass over all items of a world. Layers that it both reads and changes are copied first; what the copy
    /// becomes is what later passes see.
    pub fn run(
        &self,
        world: &mut World,
        pass: &Pass,
        kernel: Option<&Kernel>,
        approach: Option<&Kernel>,
        batch: &mut RandomBatch,
    ) {
        if let Items::Claims(layer) = pass.items {
            let words = &mut world.layers[layer].now;
            return match self.split {
                true => words.par_chunks_mut(SHARE as usize).for_each(|words| words.fill(0)),
                false => words.fill(0),
            };
        }
        let Some(kernel) = kernel else { return };
        for (copies, uses) in world.layers.iter_mut().zip(&pass.layers) {
            if uses.reads && uses.changes.is_some() && !copies.next.is_empty() {
                match self.split {
                    true => copies.synchronise_together(),
                    false => copies.synchronise(),
                }
            }
        }
        self.expect(world, pass);
        let items = match pass.kind() {
            Some(kind) => world.kinds[kind].number,
            None => pass.places(self.plan.setting.cells()),
        };
        // The call's words are step, first item, count and the first agent of the binding.
        let mut call = [world.step as u32, 0, items, 0];
        let key = [world.seed as u32, (world.seed >> 32) as u32];
        let step = world.step as u32;
        let slots = self.slots(world, &pass.layers, &mut call, &mut []);
        let numbers = match pass.kind() {
            Some(kind) if pass.draws => world.kinds[kind].ids.as_slice(),
            _ => &[],
        };
        let share = |first: u32, end: u32, batch: &mut RandomBatch| {
            (batch.key, batch.step, batch.stage, batch.cached_block) = (key, step, pass.stream, 0);
            let mut at = first;
            while at < end {
                let stop = at.saturating_add(BATCH).min(end);
                batch.first = at;
                if pass.draws {
                    batch.draw(numbers.get(at as usize..stop as usize), at, stop);
                }
                if let Some(approach) = approach {
                    slots.with_values(&mut [0]).call(approach, batch, at, stop);
                }
                slots.call(kernel, batch, at, stop);
                at = stop;
            }
        };
        if self.split {
            (0..items.div_ceil(SHARE)).into_par_iter().for_each(|index| {
                let first = index * SHARE;
                share(
                    first,
                    first.saturating_add(SHARE).min(items),
                    &mut RandomBatch::new(key, step, pass.stream),
                );
            });
        } else {
            share(0, items, batch);
        }
        for (copies, uses) in world.layers.iter_mut().zip(&pass.layers) {
            if uses.reads && uses.changes.is_some() && !copies.next.is_empty() {
                std::mem::swap(&mut copies.now, &mut copies.next);
            }
        }
        if let Some(kind) = pass.kind() {
            self.settle(world, pass, kind, items);
        }
    }

    /// Makes ready what a pass looks for and writes beside layers.
    fn expect(&self, world: &mut World, pass: &Pass) {
        let kinds = &self.plan.model.kinds;
        for kind in &pass.seeks {
            let threads = if self.split { rayon::current_num_threads() } else { 1 };
            world.kinds[*kind].sort(&kinds[*kind], &self.plan.setting, threads);
        }
        let number = pass.kind().map_or(0, |kind| world.kinds[kind].number);
        for kind in &pass.bears {
            world.kinds[*kind].expect_births(number, &kinds[*kind]);
        }
        if let Some(kind) = pass.kind().filter(|_| pass.dies) {
            world.kinds[kind].expect_deaths();
        }
        world.numbers.clear();
        world.numbers.extend(world.kinds.iter().flat_map(|kind| [kind.number, kind.next_id, 0, 0]));
    }

    /// Lets those that a pass had die be gone, and those that it bore join.
    fn settle(&self, world: &mut World, pass: &Pass, kind: usize, parents: u32) {
        let kinds = &self.plan.model.kinds;
        world.kinds[kind].sorted = false;
        let mothers = pass.bears.iter().map(|born| world.kinds[*born].mothers(&world.kinds[kind], parents));
        let mothers: Vec<Vec<u32>> = mothers.collect();
        if pass.dies {
            world.kinds[kind].bury(&kinds[kind]);
        }
        for (born, mothers) in pass.bears.iter().zip(mothers) {
            if !world.kinds[*born].welcome(&mothers, &kinds[*born]) {
                world.status[0] |= 1 << OVERBORN_BIT;
            }
        }
    }

    /// The buffers of a world for a pass that uses layers in the given way.
    ///
    /// Effects go to the second copy only in a pass that also reads the layer; there and elsewhere the first copy is
    /// what is read.
    pub fn slots(
        &self,
        world: &mut World,
        uses: &[LayerUse],
        call: &mut [u32; 4],
        values: &mut [u32],
    ) -> Slots {
        let setting = &self.plan.setting;
        let layers = world.layers.len();
        let bindings = setting.kind_binding(layers, world.kinds.len(), Part::Agents);
        let mut slots: Vec<Slot> = (0..bindings).map(|_| slot(&mut [])).collect();
        slots[binding::CALL as usize] = slot(call);
        slots[binding::WORLDS as usize] = slot(&mut world.described);
        slots[binding::PARAMETERS as usize] = slot(&mut world.parameters);
        slots[binding::NUMBERS as usize] = slot(&mut world.numbers);
        slots[binding::STATUS as usize] = slot(&mut world.status);
        slots[binding::VALUES as usize] = slot(values);
        // Never changed, so that no write goes through this pointer.
        slots[binding::GRAPH as usize] =
            Slot { data: self.graph.as_ptr().cast_mut(), words: self.graph.len() as u64 };
        for (index, copies) in world.layers.iter_mut().enumerate() {
            let shared = &self.shared[index];
            let (read, write) = match uses[index] {
                // Shared layers are never changed, so that no write goes through this pointer.
                _ if !shared.is_empty() => {
                    (Slot { data: shared.as_ptr().cast_mut(), words: shared.len() as u64 }, slot(&mut []))
                }
                LayerUse { reads: true, changes: Some(_) } if !copies.next.is_empty() => {
                    (slot(&mut copies.now), slot(&mut copies.next))
                }
                _ => (slot(&mut copies.now), slot(&mut copies.now)),
            };
            slots[setting.read_binding(index, 0) as usize] = read;
            slots[setting.write_binding(index, 0) as usize] = write;
            slots[setting.tracked_binding(index, layers) as usize] = slot(&mut copies.changed);
        }
        for (kind, population) in world.kinds.iter_mut().enumerate() {
            let parts = [
                (Part::Agents, &mut population.agents),
                (Part::Ids, &mut population.ids),
                (Part::Alive, &mut population.alive),
                (Part::Births, &mut population.births),
                (Part::Born, &mut population.born),
                (Part::Ends, &mut population.ends),
                (Part::Near, &mut population.near),
            ];
            for (part, words) in parts {
                slots[setting.kind_binding(layers, kind, part) as usize] = slot(words);
            }
        }
        Slots(slots)
    }
}

/// A buffer as compiled rules find it; an empty one is given a word that no rule reads for its value.
fn slot(words: &mut [u32]) -> Slot {
    Slot { data: words.as_mut_ptr(), words: words.len() as u64 }
}

impl Slots {
    /// The same buffers with another one for the values of metrics.
    pub fn with_values(&self, values: &mut [u32]) -> Slots {
        let mut slots: Vec<Slot> =
            self.0.iter().map(|slot| Slot { data: slot.data, words: slot.words }).collect();
        slots[binding::VALUES as usize] = slot(values);
        Slots(slots)
    }

    /// Runs a kernel for some items.
    pub fn call(&self, kernel: &Kernel, batch: &mut RandomBatch, first: u32, end: u32) {
        // SAFETY: every slot that the kernel's module binds was made from a live vector of the world, which is
        // borrowed for the pass; the kernel clamps its indices to the lengths given here. Threads that run the same
        // pass at once have disjoint items, and their kernels write shared words atomically (see `Sync` above).
        unsafe { kernel.run(&self.0, batch, 0, first, end) }
    }
}
