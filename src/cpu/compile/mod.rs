//! Compiles a WGSL function to native code.
//!
//! naga's IR is translated to Cranelift's: every call is inlined (WGSL has no recursion), so that pointers are
//! resolved while compiling; structs and vectors become single scalars in registers; only arrays with computed
//! indices live in memory. Every index is clamped to the last element, so that compiled code stays within its
//! buffers whatever the rule computes.
//!
//! One file per concern: [`types`], [`values`], [`memory`], [`expressions`], [`arithmetic`], [`conversions`],
//! [`math`], [`atomics`], [`structure`], [`control`], [`branches`], [`unroll`], [`calls`], [`host`], [`jit`].

mod arithmetic;
mod atomics;
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
mod random_batch;
mod structure;
mod types;
mod unroll;
mod values;

use std::collections::HashSet;

use naga::valid::ModuleInfo;
use naga::{Module, Span};

pub use random_batch::{RandomBatch, philox};

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
    /// By binding: words that its buffer must have at least; 0 for bindings that are not used.
    needed: Vec<u64>,
}

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
    /// When a binding that the function uses has no slot, or one too short to hold one element.
    ///
    /// # Safety
    ///
    /// Each slot must hold `words` words that may be read and written during the call. Other threads may work on
    /// the same slots only if the kernel was compiled without [`Options::single_threaded`] and neither writes,
    /// except by atomics, what the other accesses. Buffers declared read-only must not change during the call.
    /// `random` must hold words for the items `first..end`, at most 256 from `random.first` on.
    pub unsafe fn run(&self, slots: &[Slot], random: &mut RandomBatch, world: u32, first: u32, end: u32) {
        for (binding, &needed) in self.needed.iter().enumerate() {
            let words = slots.get(binding).map_or(0, |slot| slot.words);
            assert!(words >= needed, "binding {binding} has {words} words, the kernel needs {needed}");
        }
        // SAFETY: the code accesses only the slots checked above, within their lengths, its own stack and
        // `random`; the caller vouches for the slots' memory.
        unsafe { (self.code.entry())(slots.as_ptr(), random, world, first, end) }
    }
}
