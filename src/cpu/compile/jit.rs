//! From Cranelift's IR to machine code in memory.

use std::sync::{Arc, Mutex, OnceLock};

use cranelift_codegen::Context;
use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Linkage, Module};

use super::RandomBatch;
use super::memory::Table;

/// A buffer as compiled code sees it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) data: *mut u32,
    /// The last index of its runtime-sized array.
    pub(super) last: u64,
}

/// What the compiled code is called with: buffers by binding, random words, world, first item, end of the items.
pub(super) type Entry = unsafe extern "C" fn(*const Bound, *mut RandomBatch, u32, u32, u32);

/// Machine code in memory, with the constants that it reads.
pub(super) struct Code {
    entry: Entry,
    /// Taken when the code is dropped.
    module: Mutex<Option<JITModule>>,
    _tables: Vec<Table>,
}

impl Drop for Code {
    fn drop(&mut self) {
        let module = self.module.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        if let Some(module) = module {
            // SAFETY: the code can be called through `self` only, which is going away.
            unsafe { module.free_memory() };
        }
    }
}

impl Code {
    /// Compiles the context's function; profilers see its name.
    pub(super) fn new(
        name: &str,
        isa: OwnedTargetIsa,
        context: &mut Context,
        tables: Vec<Table>,
    ) -> Result<Code, String> {
        let mut module = JITModule::new(JITBuilder::with_isa(isa, cranelift_module::default_libcall_names()));
        let function = module
            .declare_function(name, Linkage::Export, &context.func.signature)
            .map_err(|error| error.to_string())?;
        module.define_function(function, context).map_err(|error| format!("{error:?}"))?;
        module.finalize_definitions().map_err(|error| error.to_string())?;
        let address = module.get_finalized_function(function);
        // SAFETY: the code at the address was compiled with the signature of `Entry` and the platform's calling
        // convention, and stays where it is until `module` is dropped with `self`.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(address) };
        Ok(Code { entry, module: Mutex::new(Some(module)), _tables: tables })
    }

    pub(super) fn entry(&self) -> Entry {
        self.entry
    }
}

/// The processor of this machine, as Cranelift sees it.
pub(super) fn processor(optimise: bool) -> Result<OwnedTargetIsa, String> {
    static ISAS: [OnceLock<Result<Arc<dyn TargetIsa>, String>>; 2] = [OnceLock::new(), OnceLock::new()];
    ISAS[usize::from(optimise)].get_or_init(|| find_processor(optimise)).clone()
}

fn find_processor(optimise: bool) -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let level = if optimise { "speed" } else { "none" };
    let wanted = [
        ("opt_level", level),
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
        ("enable_verifier", "true"),
        // Frames larger than a page must touch the guard page below the stack.
        ("enable_probestack", "true"),
        ("probestack_strategy", "inline"),
    ];
    for (name, value) in wanted {
        flags.set(name, value).map_err(|error| format!("Cranelift's setting {name}: {error}"))?;
    }
    let isa = cranelift_native::builder().map_err(str::to_string)?;
    let isa = isa.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())?;
    if isa.pointer_bits() != 64 {
        return Err("only 64-bit processors are supported".to_string());
    }
    Ok(isa)
}
