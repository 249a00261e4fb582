// The 64-bit product of two 32-bit words, for devices with 64-bit integers (wgpu's SHADER_INT64).
// Twin: wide_portable.wgsl. A kernel holds exactly one of the two.

// (low word, high word) of a * b.
fn throng_multiply_wide(a: u32, b: u32) -> vec2<u32> {
    let product = u64(a) * u64(b);
    return vec2<u32>(u32(product), u32(product >> 32u));
}

// Whether a way is no longer than the root of `square`, whatever its length.
fn throng_within_wide(way: vec2<i32>, square: vec2<u32>) -> bool {
    let length = vec2<u32>(abs(way));
    let x = u64(length.x);
    let y = u64(length.y);
    return x * x + y * y <= u64(square.x) + (u64(square.y) << 32u);
}
