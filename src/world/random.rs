//! stub
/// The stage numbers of random streams other than the stages' own, so that no stream is drawn from twice.
pub(crate) mod stream {
    /// The start function.
    pub const START: u32 = 0x8000_0000;
    /// The function that fills layer n is this plus n.
    pub const FILL: u32 = 0x8001_0000;
    /// Placing agents.
    pub const PLACE: u32 = 0x8002_0000;
}
pub use crate::cpu::compile::philox;
pub fn fill(words: &mut [[u32; 256]; 4], key: [u32; 2], first: u32, count: usize, step: u32, stage: u32) {
    for i in 0..count { let w = philox([first + i as u32, step, stage, 0], key); for d in 0..4 { words[d][i] = w[d]; } }
}
