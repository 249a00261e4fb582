//! The random words that a compiled kernel draws from.

use crate::world::random::{fill, fill_by_id, philox};

/// Random words of up to 256 consecutive items, computed ahead, and what is needed to compute more.
#[repr(C)]
#[derive(Debug, Clone)]
pub struct RandomBatch {
    /// The first four words of each item's stream: `words[draw][item - first]`.
    pub words: [[u32; 256]; 4],
    /// The key, from the world's seed.
    pub key: [u32; 2],
    /// The item that lane 0 belongs to.
    pub first: u32,
    /// The step.
    pub step: u32,
    /// The stage within the step.
    pub stage: u32,
    /// The item whose late block is kept in `cached`.
    pub cached_item: u32,
    /// The block kept in `cached`; 0 for none, since block 0 is in `words`. Set it to 0 whenever `key`, `step` or
    /// `stage` change.
    pub cached_block: u32,
    /// The last late block.
    pub cached: [u32; 4],
    /// Whether the items are known by the numbers in `ids`; otherwise by their own.
    pub by_id: bool,
    /// The number by which each item is known.
    pub ids: [u32; 256],
}

impl RandomBatch {
    /// An empty batch for one step and stage of one world; `words` are zeros until somebody fills them.
    pub fn new(key: [u32; 2], step: u32, stage: u32) -> RandomBatch {
        RandomBatch {
            words: [[0; 256]; 4],
            key,
            first: 0,
            step,
            stage,
            cached_item: 0,
            cached_block: 0,
            cached: [0; 4],
            by_id: false,
            ids: [0; 256],
        }
    }

    /// Computes the first words of the items from `first` to before `end`, which are known by `ids` if there are any.
    pub fn draw(&mut self, ids: Option<&[u32]>, first: u32, end: u32) {
        let count = (end - first) as usize;
        self.first = first;
        let ids = ids.filter(|ids| !ids.is_empty());
        self.by_id = ids.is_some();
        match ids {
            None => fill(&mut self.words, self.key, first, count, self.step, self.stage),
            Some(ids) => {
                self.ids[..count].copy_from_slice(ids);
                fill_by_id(&mut self.words, self.key, &self.ids[..count], self.step, self.stage);
            }
        }
    }
}

/// Word `draw` of the item's stream, for draws beyond those computed ahead; compiled code calls it.
///
/// # Safety
///
/// `batch` must point to a batch that nobody else uses during the call.
pub(super) unsafe extern "C" fn late_random_word(batch: *mut RandomBatch, item: u32, draw: u32) -> u32 {
    // SAFETY: the caller passes on the exclusive reference that `Kernel::run` was given.
    let batch = unsafe { &mut *batch };
    let block = draw / 4;
    if block == 0 || batch.cached_block != block || batch.cached_item != item {
        let known_as = match batch.by_id {
            true => batch.ids[item.wrapping_sub(batch.first) as usize % batch.ids.len()],
            false => item,
        };
        batch.cached = philox([known_as, batch.step, batch.stage, block], batch.key);
        batch.cached_block = block;
        batch.cached_item = item;
    }
    batch.cached[(draw % 4) as usize]
}
