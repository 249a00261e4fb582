//! Rows of bits in 32-bit words: bit b is bit `b & 31` of word `b >> 5`, counted from the least significant.

/// Words that hold so many bits.
pub(super) fn words_for(bits: u64) -> usize {
    bits.div_ceil(32) as usize
}

/// So many ones, followed by zeros to the end of the last word.
pub(super) fn ones(bits: u64) -> Vec<u32> {
    let mut words = vec![0; words_for(bits)];
    flip(&mut words, bits);
    words
}

/// Flips the first so many bits; those behind them become zero.
pub(super) fn flip(words: &mut [u32], bits: u64) {
    for word in &mut *words {
        *word = !*word;
    }
    if let (Some(last), used @ 1..) = (words.last_mut(), bits & 31) {
        *last &= (1 << used) - 1;
    }
}

/// How many bits are one.
pub(super) fn count(words: &[u32]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// Whether the bit is one.
pub(super) fn get(words: &[u32], bit: u64) -> bool {
    words[(bit >> 5) as usize] >> (bit & 31) & 1 == 1
}

/// Makes the bit one.
pub(super) fn set(words: &mut [u32], bit: u64) {
    words[(bit >> 5) as usize] |= 1 << (bit & 31);
}

/// Makes the bits `from..end` one.
pub(super) fn set_range(words: &mut [u32], from: u64, end: u64) {
    change_range(words, from, end, |word, mask| *word |= mask);
}

/// Makes the bits `from..end` zero.
pub(super) fn clear_range(words: &mut [u32], from: u64, end: u64) {
    change_range(words, from, end, |word, mask| *word &= !mask);
}

fn change_range(words: &mut [u32], from: u64, end: u64, change: impl Fn(&mut u32, u32)) {
    if from >= end {
        return;
    }
    let (first, last) = ((from >> 5) as usize, ((end - 1) >> 5) as usize);
    let head = u32::MAX << (from & 31);
    let tail = u32::MAX >> (31 - ((end - 1) & 31));
    if first == last {
        change(&mut words[first], head & tail);
        return;
    }
    change(&mut words[first], head);
    for word in &mut words[first + 1..last] {
        change(word, u32::MAX);
    }
    change(&mut words[last], tail);
}

/// Calls `found(start, end)` for each maximal run of ones within the bits `from..end`, in order.
pub(super) fn for_each_run(words: &[u32], from: u64, end: u64, mut found: impl FnMut(u64, u64)) {
    let mut at = from;
    while at < end {
        let start = next(words, at, end, 0);
        if start == end {
            return;
        }
        at = next(words, start, end, u32::MAX);
        found(start, at);
    }
}

/// The first bit of `from..end` that is one after flipping, or `end`.
fn next(words: &[u32], from: u64, end: u64, flip: u32) -> u64 {
    let mut index = (from >> 5) as usize;
    let mut word = (words[index] ^ flip) & (u32::MAX << (from & 31));
    while word == 0 {
        index += 1;
        if (index as u64) << 5 >= end {
            return end;
        }
        word = words[index] ^ flip;
    }
    (((index as u64) << 5) + u64::from(word.trailing_zeros())).min(end)
}

/// Packs bits that come one after the other.
pub(super) struct Packer {
    words: Vec<u32>,
    pending: u64,
    used: u32,
}

impl Packer {
    /// A packer with room for so many bits.
    pub(super) fn new(bits: u64) -> Packer {
        Packer { words: Vec::with_capacity(words_for(bits)), pending: 0, used: 0 }
    }

    /// Appends one bit.
    pub(super) fn push(&mut self, bit: bool) {
        self.push_low(u32::from(bit), 1);
    }

    /// Appends the `bits` lowest bits of a word, 32 at most.
    pub(super) fn push_low(&mut self, word: u32, bits: u32) {
        let kept = u64::from(word) & ((1 << bits) - 1);
        self.pending |= kept << self.used;
        self.used += bits;
        if self.used >= 32 {
            self.words.push(self.pending as u32);
            self.pending >>= 32;
            self.used -= 32;
        }
    }

    /// The words, the last one filled up with zeros.
    pub(super) fn finish(mut self) -> Vec<u32> {
        if self.used > 0 {
            self.words.push(self.pending as u32);
        }
        self.words
    }
}
