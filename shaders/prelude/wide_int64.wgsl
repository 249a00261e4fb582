// The 64-bit product of two 32-bit words, for devices with 64-bit integers (wgpu's SHADER_INT64).
// Twin: wide_portable.wgsl. A kernel holds exactly one of the two.

// (low word, high word) of a * b.
fn throng_multiply_wide(a: u32, b: u32) -> vec2<u32> {
    let product = u64(a) * u64(b);
    return vec2<u32>(u32(product), u32(product >> 32u));
}
