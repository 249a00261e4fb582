// The 64-bit product of two 32-bit words, for devices without 64-bit integers.
// Twin: wide_int64.wgsl. A kernel holds exactly one of the two.

// (low word, high word) of a * b, from four products of 16-bit halves; no sum below exceeds 32 bits.
fn throng_multiply_wide(a: u32, b: u32) -> vec2<u32> {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let first = a_high * b_low + ((a_low * b_low) >> 16u);
    let second = a_low * b_high + (first & 0xffffu);
    return vec2<u32>(a * b, a_high * b_high + (first >> 16u) + (second >> 16u));
}

// Whether a way is no longer than the root of `square`, whatever its length.
fn throng_within_wide(way: vec2<i32>, square: vec2<u32>) -> bool {
    let length = vec2<u32>(abs(way));
    let x = throng_multiply_wide(length.x, length.x);
    let y = throng_multiply_wide(length.y, length.y);
    let low = x.x + y.x;
    let high = x.y + y.y + select(0u, 1u, low < x.x);
    return high < square.y || (high == square.y && low <= square.x);
}
