//! Input words: edge cases against each other first, then pseudo-random ones.

const INTEGERS: [u32; 16] = [
    0,
    1,
    u32::MAX,
    1 << 31,
    (1 << 31) - 1,
    (1 << 31) + 1,
    2,
    3,
    7,
    31,
    32,
    33,
    100,
    0xffff,
    0x1_0000,
    0xdead_beef,
];

const FLOATS: [f32; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    3.0,
    1e10,
    -1e10,
    2_147_483_648.0,
    4_294_967_296.0,
    16_777_217.0,
    -2_147_483_648.0,
];

/// SplitMix64's finaliser: any good mixing does.
fn mix(item: u32, lane: u32) -> u32 {
    let mut z = (u64::from(item) << 32 | u64::from(lane)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z >> 32) as u32
}

fn each(item: u32, edge: impl Fn(usize) -> u32, random: impl Fn(u32) -> u32) -> [u32; 4] {
    let index = item as usize;
    if item < 256 {
        [edge(index % 16), edge(index / 16), edge((index * 7 + 3) % 16), edge((index * 5 + 1) % 16)]
    } else {
        [0, 1, 2, 3].map(|lane| random(mix(item, lane)))
    }
}

/// All kinds of 32-bit words.
pub fn integers(item: u32) -> [u32; 4] {
    let mut words = each(item, |index| INTEGERS[index], |word| word);
    if item >= 384 {
        // Small numbers meet more often.
        words = words.map(|word| (word % 41).wrapping_sub(20));
    }
    words
}

/// Finite floats of all sizes.
pub fn floats(item: u32) -> [u32; 4] {
    each(item, |index| FLOATS[index].to_bits(), |word| ((word as i32) as f32 / 65_536.0 / 1024.0).to_bits())
}

/// Infinities, NaNs and numbers next to the limits of conversions.
pub fn extremes(item: u32) -> [u32; 4] {
    const VALUES: [f32; 8] = [
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        2_147_483_520.0,
        4_294_967_040.0,
        -2_147_483_904.0,
        0.75,
    ];
    [0, 1, 2, 3].map(|lane| VALUES[(item as usize + lane * 3) % 8].to_bits())
}

/// Moderate floats, none of them zero or huge: where functions are well-conditioned.
pub fn moderate(item: u32) -> [u32; 4] {
    [0, 1, 2, 3].map(|lane| {
        let word = mix(item, lane);
        let magnitude = 0.125 + (word >> 8) as f32 / 16_777_216.0 * 7.0;
        (if word & 1 == 0 { magnitude } else { -magnitude }).to_bits()
    })
}

/// Floats in ]0, 1[.
pub fn fractions(item: u32) -> [u32; 4] {
    [0, 1, 2, 3].map(|lane| (((mix(item, lane) >> 9) as f32 + 0.5) / 8_388_608.0).to_bits())
}
