//! Compiles a WGSL function to native code.
//!
//! naga's IR is translated to Cranelift's: every call is inlined (WGSL has no recursion), so that pointers are
//! resolved while compiling; structs and vectors become single scalars in registers; only arrays with computed
//! indices live in memory. Every index is clamped to the last element, so that compiled code stays within its
//! buffers whatever the rule computes.
//!
//! One file per concern. What a rule is made of: `types`, `values`, `expressions`, `arithmetic`, `conversions`, `math`,
//! `memory`, `atomics`, `bounds`. Where control goes: `structure`, `control`, `branches`, `unroll`, `calls`. The way in and out:
//! `entry`, `lowering` (the state of a compilation), `host`, `random_batch`, `jit`.

mod arithmetic;
mod atomics;
mod bounds;
mod branches;
mod calls;
mod control;
mod conversions;
mod entry;
mod expressions;
mod host;
mod jit;
mod lowering;
mod math;
mod memory;
mod nearby;
mod random_batch;
mod structure;
mod types;
mod unroll;
mod values;

use std::collections::HashSet;

use naga::valid::ModuleInfo;
use naga::{Module, Span};

pub use random_batch::RandomBatch;

/// How to compile.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Plain loads and stores instead of atomic ones, for when one thread alone works on the buffers.
    pub single_threaded: bool,
    /// Unrolling, branches as selects and the like; off only in differential tests.
    pub optimise: bool,
}

/// One storage or uniform buffer.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// Its first word.
    pub data: *mut u32,
    /// Its length in 32-bit words, at least 1.
    pub words: u64,
}

/// Why a function cannot be compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsupported {
    /// What is not supported, in one sentence without a full stop.
    pub what: String,
    /// Where it is in the WGSL text; undefined where naga does not say.
    pub span: Span,
}

/// A compiled function.
pub struct Kernel {
    code: jit::Code,
    /// By binding.
    buffers: Vec<Option<Buffer>>,
    /// Whether it draws random words.
    draws: bool,
    /// Items have numbers below this: they index arrays of constant length without being clamped.
    items: u32,
}

/// What a kernel must know of a buffer before it runs.
#[derive(Debug, Clone, Copy)]
struct Buffer {
    /// Words that it has at least.
    needed: u64,
    /// Bytes before its runtime-sized array, and of an element.
    array: Option<(u32, u32)>,
}

/// Bindings have numbers below this.
const MOST_BINDINGS: usize = 1024;
/// Bindings that most models get by with; a call of a kernel with more allocates.
const FEW_BINDINGS: usize = 32;

/// Compiles `fn function(world: u32, item: u32)`.
///
/// # Errors
///
/// What is not supported, with its place; also when the function does not exist, has other arguments, or is too
/// large.
pub fn compile(
    module: &Module,
    info: &ModuleInfo,
    function: &str,
    options: &Options,
) -> Result<Kernel, Unsupported> {
    let mut in_memory = HashSet::new();
    let mut unroll = options.optimise;
    loop {
        match entry::translate(module, info, function, options, &in_memory, unroll) {
            Ok(entry::Outcome::Done(kernel)) => return Ok(*kernel),
            // Every round moves at least one more variable to memory, so this ends.
            Ok(entry::Outcome::Again(found)) => in_memory.extend(found),
            Err(entry::Failure::TooLarge(_)) if unroll => unroll = false,
            Err(entry::Failure::TooLarge(unsupported) | entry::Failure::Unsupported(unsupported)) => {
                return Err(unsupported);
            }
        }
    }
}

impl Kernel {
    /// Calls the function for the items `first..end` of one world.
    ///
    /// # Panics
    ///
    /// When a binding that the function uses has no slot, or one too short to hold one element; when the function
    /// draws random words and an item has no lane in `random`; when an item would index an array of constant length
    /// beyond its end.
    ///
    /// # Safety
    ///
    /// Each slot must hold `words` words that may be read and written during the call, and no two that are used may
    /// overlap. Other threads may work on the same slots only if the kernel was compiled without [`Options::single_threaded`] and neither writes,
    /// except by atomics, what the other accesses. Buffers declared read-only must not change during the call.
    pub unsafe fn run(&self, slots: &[Slot], random: &mut RandomBatch, world: u32, first: u32, end: u32) {
        const UNBOUND: jit::Bound = jit::Bound { data: std::ptr::null_mut(), last: 0 };
        let mut few = [UNBOUND; FEW_BINDINGS];
        let mut many = Vec::new();
        let bound = match self.buffers.len() {
            0..=FEW_BINDINGS => &mut few[..],
            count => {
                many.resize(count, UNBOUND);
                &mut many
            }
        };
        for (binding, buffer) in self.buffers.iter().enumerate() {
            let Some(buffer) = buffer else { continue };
            let slot = slots.get(binding).copied().unwrap_or(Slot { data: std::ptr::null_mut(), words: 0 });
            let (words, needed) = (slot.words, buffer.needed);
            assert!(words >= needed, "binding {binding} has {words} words, the kernel needs {needed}");
            let last = buffer.array.map_or(0, |(before, stride)| {
                (words.saturating_mul(4) - u64::from(before)) / u64::from(stride) - 1
            });
            bound[binding] = jit::Bound { data: slot.data, last };
        }
        let lanes = random.words[0].len() as u64;
        let has_lanes = first >= random.first && u64::from(end) <= u64::from(random.first) + lanes;
        assert!(!self.draws || first >= end || has_lanes, "items {first}..{end} are not in the random batch");
        assert!(end <= self.items, "items up to {end} are too many, there are {}", self.items);
        // SAFETY: the code accesses only the slots checked above, within their lengths, its own stack and
        // `random`; the caller vouches for the slots' memory.
        unsafe { (self.code.entry())(bound.as_ptr(), random, world, first, end) }
    }
}
