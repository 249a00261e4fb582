//! The state hash: two equal hashes mean two equal worlds. The twin of `shaders/passes/hash.wgsl`.
//!
//! A world's hash is the sum, modulo 2^32 in each of two lanes, over all words of its state, of a word mixed with its
//! place: the section it belongs to (the agents, each layer) and its position there. A sum does not depend on the order
//! of its terms, so that any number of threads or workgroups may compute parts of it; the places keep it from being blind
//! to words that change places. Each lane is a published bijection of 32-bit words:
//!
//! - low lane: the finaliser of MurmurHash3 (Austin Appleby, 2011, public domain);
//! - high lane: `lowbias32` (Christopher Wellons, "hash-prospector", 2018, public domain).

use multiversion::multiversion;

/// The two lanes of a sum: low, high.
pub type Sums = [u32; 2];

/// By how much a position moves a place, per lane: primes of xxHash32 (Yann Collet), with bits well spread.
const POSITION_STEPS: Sums = [0x9e37_79b1, 0x85eb_ca77];
/// What keeps the places of the high lane from being those of the low one.
const HIGH_TAG: u32 = 0xc2b2_ae3d;
/// The multiplier of Knuth's MMIX generator, for the fold over worlds.
const WORLD_STEP: u64 = 6_364_136_223_846_793_005;

/// How many words of a record that does not count whole are gathered before they are mixed.
const TILE: usize = 256;

#[inline(always)]
const fn murmur3(mut word: u32) -> u32 {
    word = (word ^ (word >> 16)).wrapping_mul(0x85eb_ca6b);
    word = (word ^ (word >> 13)).wrapping_mul(0xc2b2_ae35);
    word ^ (word >> 16)
}

#[inline(always)]
const fn lowbias32(mut word: u32) -> u32 {
    word = (word ^ (word >> 16)).wrapping_mul(0x7feb_352d);
    word = (word ^ (word >> 15)).wrapping_mul(0x846c_a68b);
    word ^ (word >> 16)
}

/// The place of position 0 of the section `tag`, per lane.
pub const fn section(tag: u32) -> Sums {
    [murmur3(tag), lowbias32(tag ^ HIGH_TAG)]
}

/// The sums of `words`, which stand at `first_position` and after it (wrapping) in the section `tag`.
pub fn hash_words(words: &[u32], tag: u32, first_position: u32) -> Sums {
    hash_strided(words, section(tag), first_position, 1)
}

/// The sums of `records` of `stride` words each, of which only the words at the offsets `used` count: word
/// `used[k]` of record `r` stands at position `(first_record + r) * used.len() + k` (wrapping) of the section `tag`.
/// A record that is cut short at the end, and offsets from `stride` on, do not count.
pub fn hash_records(records: &[u32], stride: usize, used: &[u32], tag: u32, first_record: u32) -> Sums {
    let step = used.len() as u32;
    let first = first_record.wrapping_mul(step);
    if stride == 0 {
        return [0; 2];
    }
    if used.len() == stride && used.iter().enumerate().all(|(k, &offset)| offset as usize == k) {
        return hash_words(&records[..records.len() / stride * stride], tag, first);
    }
    let section = section(tag);
    let mut sums = [0; 2];
    for (tile, records) in records.chunks(TILE * stride).enumerate() {
        let count = records.len() / stride;
        for (k, &offset) in used.iter().enumerate().filter(|(_, offset)| (**offset as usize) < stride) {
            let mut words = [0; TILE];
            let column = records[..count * stride].iter().skip(offset as usize).step_by(stride);
            words.iter_mut().zip(column).for_each(|(word, value)| *word = *value);
            let position =
                first.wrapping_add(((tile * TILE) as u32).wrapping_mul(step)).wrapping_add(k as u32);
            sums = combine([sums, hash_strided(&words[..count], section, position, step)]);
        }
    }
    sums
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2",))]
fn hash_strided(words: &[u32], section: Sums, first: u32, step: u32) -> Sums {
    let low_step = step.wrapping_mul(POSITION_STEPS[0]);
    let high_step = step.wrapping_mul(POSITION_STEPS[1]);
    let low_first = section[0].wrapping_add(first.wrapping_mul(POSITION_STEPS[0]));
    let high_first = section[1].wrapping_add(first.wrapping_mul(POSITION_STEPS[1]));
    let mut low = 0u32;
    let mut high = 0u32;
    for (index, &word) in words.iter().enumerate() {
        let low_place = low_first.wrapping_add((index as u32).wrapping_mul(low_step));
        let high_place = high_first.wrapping_add((index as u32).wrapping_mul(high_step));
        low = low.wrapping_add(murmur3(word ^ low_place));
        high = high.wrapping_add(lowbias32(word ^ high_place));
    }
    [low, high]
}

/// The sums of one record, known by its number, of which only the words at the offsets `used` count: they stand at the
/// positions `number * used.len()` and after it (wrapping) of the section `tag`.
pub fn hash_record(record: &[u32], used: &[u32], tag: u32, number: u32) -> Sums {
    let [low, high] = section(tag);
    let first = number.wrapping_mul(used.len() as u32);
    let words = (0u32..).zip(used).filter_map(|(k, offset)| Some((k, *record.get(*offset as usize)?)));
    words.fold([0; 2], |sums, (k, word)| {
        let position = first.wrapping_add(k);
        let low_place = low.wrapping_add(position.wrapping_mul(POSITION_STEPS[0]));
        let high_place = high.wrapping_add(position.wrapping_mul(POSITION_STEPS[1]));
        combine([sums, [murmur3(word ^ low_place), lowbias32(word ^ high_place)]])
    })
}

/// The section of the agents of a kind; layers follow the first one's.
pub const fn kind_section(kind: usize) -> u32 {
    if kind == 0 { 0 } else { 0x2000_0000 + kind as u32 }
}

/// What tells the section of a kind's next number from that of its agents.
pub const NEXT_ID: u32 = 0x4000_0000;

/// The sums of a whole from the sums of its parts, in any order.
pub fn combine(partials: impl IntoIterator<Item = Sums>) -> Sums {
    partials
        .into_iter()
        .fold([0; 2], |[low, high], partial| [low.wrapping_add(partial[0]), high.wrapping_add(partial[1])])
}

/// The hash of a world whose sections have these sums together.
pub fn world_hash(sums: Sums) -> u64 {
    u64::from(sums[1]) << 32 | u64::from(sums[0])
}

/// The hash of a batch from those of its worlds in their order. A batch of one world has that world's hash.
pub fn batch_hash(world_hashes: &[u64]) -> u64 {
    world_hashes.iter().fold(0, |hash, world| hash.wrapping_mul(WORLD_STEP).wrapping_add(*world))
}
