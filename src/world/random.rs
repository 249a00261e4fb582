//! Random numbers on the CPU: Philox4x32-10, the twin of `shaders/prelude/random.wgsl`.
//!
//! A number is a pure function of a counter (item, step, stage, block) and a key (the world's seed), so that any
//! thread can compute any of them. Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
//! SC11.

use multiversion::multiversion;

/// How many items [`fill`] computes at a time.
pub const BATCH: usize = 256;

/// Items that go through the rounds side by side: what fills a few of the widest registers there are.
const LANES: usize = 16;

const ROUNDS: u32 = 10;
const MULTIPLIERS: [u64; 2] = [0xd251_1f53, 0xcd9e_8d57];
const KEY_STEPS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
const WORD: u64 = 0xffff_ffff;

/// Four random words: the block that `counter` has under `key`.
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        let p = u64::from(c0) * MULTIPLIERS[0];
        let q = u64::from(c2) * MULTIPLIERS[1];
        c0 = (q >> 32) as u32 ^ c1 ^ k0;
        c1 = q as u32;
        c2 = (p >> 32) as u32 ^ c3 ^ k1;
        c3 = p as u32;
        k0 = k0.wrapping_add(KEY_STEPS[0]);
        k1 = k1.wrapping_add(KEY_STEPS[1]);
    }
    [c0, c1, c2, c3]
}

/// The first four words of `count` items: `words[j][i]` becomes word `j` of item `first + i` (which wraps), for `step` and
/// `stage` in the world whose seed is `key`. What stands beyond `count` may be overwritten; `count` is cut to
/// [`BATCH`].
pub fn fill(words: &mut [[u32; BATCH]; 4], key: [u32; 2], first: u32, count: usize, step: u32, stage: u32) {
    let mut ids = [0; BATCH];
    (0..).zip(&mut ids).for_each(|(item, id)| *id = first.wrapping_add(item));
    fill_with_widest_registers(words, key, &ids[..count.min(BATCH).next_multiple_of(LANES)], step, stage);
}

/// The same for items that are known by these numbers, of which the first [`BATCH`] count.
pub fn fill_by_id(words: &mut [[u32; BATCH]; 4], key: [u32; 2], ids: &[u32], step: u32, stage: u32) {
    let mut all = [0; BATCH];
    let count = ids.len().min(BATCH);
    all[..count].copy_from_slice(&ids[..count]);
    fill_with_widest_registers(words, key, &all[..count.next_multiple_of(LANES)], step, stage);
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2",))]
fn fill_with_widest_registers(
    words: &mut [[u32; BATCH]; 4],
    key: [u32; 2],
    ids: &[u32],
    step: u32,
    stage: u32,
) {
    let [words0, words1, words2, words3] = words;
    for (start, ids) in (0..).step_by(LANES).zip(ids.chunks_exact(LANES)) {
        // Words are kept in 64-bit lanes, with anything in the upper half: so each product of 32-bit words is one
        // instruction, without moving lanes around.
        let mut c0 = [0u64; LANES];
        let mut c1 = [u64::from(step); LANES];
        let mut c2 = [u64::from(stage); LANES];
        let mut c3 = [0u64; LANES];
        for (item, id) in c0.iter_mut().zip(ids) {
            *item = u64::from(*id);
        }
        let [mut k0, mut k1] = key;
        for _ in 0..ROUNDS {
            for lane in 0..LANES {
                let p = (c0[lane] & WORD) * MULTIPLIERS[0];
                let q = (c2[lane] & WORD) * MULTIPLIERS[1];
                c0[lane] = (q >> 32) ^ c1[lane] ^ u64::from(k0);
                c1[lane] = q;
                c2[lane] = (p >> 32) ^ c3[lane] ^ u64::from(k1);
                c3[lane] = p;
            }
            k0 = k0.wrapping_add(KEY_STEPS[0]);
            k1 = k1.wrapping_add(KEY_STEPS[1]);
        }
        let block = start..start + LANES;
        for (words, lanes) in [(&mut *words0, c0), (&mut *words1, c1), (&mut *words2, c2), (&mut *words3, c3)]
        {
            for (word, lane) in words[block.clone()].iter_mut().zip(lanes) {
                *word = lane as u32;
            }
        }
    }
}

/// The stage numbers of random streams other than the stages' own, so that no stream is drawn from twice.
pub(crate) mod stream {
    /// The start function.
    pub const START: u32 = 0x8000_0000;
    /// The function that fills layer n: this plus n.
    pub const FILL: u32 = 0x8001_0000;
    /// Placing agents.
    pub const PLACE: u32 = 0x8002_0000;
    /// Designs of experiments, whose key is the design's seed.
    pub const DESIGN: u32 = 0x8003_0000;
    /// Making graphs, whose key is the graph's seed.
    pub const GRAPH: u32 = 0x8006_0000;
}
