//! The random words that a compiled kernel draws from.

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
        }
    }
}

/// Philox4x32-10: four random words that are a pure function of counter and key.
///
/// Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let even = u64::from(counter[0]) * 0xD251_1F53;
        let odd = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [
            (odd >> 32) as u32 ^ counter[1] ^ key[0],
            odd as u32,
            (even >> 32) as u32 ^ counter[3] ^ key[1],
            even as u32,
        ];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
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
        batch.cached = philox([item, batch.step, batch.stage, block], batch.key);
        batch.cached_block = block;
        batch.cached_item = item;
    }
    batch.cached[(draw % 4) as usize]
}

#[cfg(test)]
mod tests {
    use super::philox;

    #[test]
    fn philox_gives_the_published_answers() {
        // Random123 1.14, tests/kat_vectors, "philox4x32 10".
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([!0; 4], [!0; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
        assert_ne!(philox([0; 4], [0; 2]), philox([0; 4], [1, 0]));
    }
}
