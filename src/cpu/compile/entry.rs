//! The compiled function's frame: buffers looked up once, then a loop over the items.

use std::collections::{HashMap, HashSet};
use std::mem::offset_of;

use cranelift_codegen::Context;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, InstBuilder, MemFlagsData, Signature, Value, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use naga::valid::{GlobalUse, ModuleInfo};
use naga::{AddressSpace, Function, Handle, Module, Span, TypeInner};

use super::jit::{self, Bound, Code};
use super::lowering::{Lowering, Place};
use super::memory::{Base, Pointer};
use super::types::{Kind, Types};
use super::values::{Datum, Leaf};
use super::{Buffer, Kernel, MOST_BINDINGS, Options, RandomBatch, Unsupported};

/// How a translation ended.
pub(super) enum Outcome {
    Done(Box<Kernel>),
    /// These variables must live in memory.
    Again(HashSet<Place>),
}

/// Why a translation failed.
pub(super) enum Failure {
    Unsupported(Unsupported),
    /// Perhaps it fits with loops left as they are.
    TooLarge(Unsupported),
}

impl From<Unsupported> for Failure {
    fn from(unsupported: Unsupported) -> Failure {
        Failure::Unsupported(unsupported)
    }
}

fn nowhere(what: String) -> Unsupported {
    Unsupported { what, span: Span::UNDEFINED }
}

/// The function with this name, if it is `fn name(world: u32, item: u32)`.
fn find(module: &Module, name: &str) -> Result<Handle<Function>, Unsupported> {
    let found = module.functions.iter().find(|(_, function)| function.name.as_deref() == Some(name));
    let Some((handle, function)) = found else {
        return Err(nowhere(format!("there is no function {name}")));
    };
    let is_u32 = |argument: &naga::FunctionArgument| {
        module.types[argument.ty].inner == TypeInner::Scalar(naga::Scalar::U32)
    };
    if function.arguments.len() != 2 || !function.arguments.iter().all(is_u32) || function.result.is_some() {
        let span = module.functions.get_span(handle);
        return Err(Unsupported { what: format!("{name} must be fn {name}(world: u32, item: u32)"), span });
    }
    Ok(handle)
}

/// Translates and compiles once.
pub(super) fn translate(
    module: &Module,
    info: &ModuleInfo,
    name: &str,
    options: &Options,
    in_memory: &HashSet<Place>,
    unroll: bool,
) -> Result<Outcome, Failure> {
    let handle = find(module, name)?;
    let isa = jit::processor(options.optimise)
        .map_err(|why| nowhere(format!("compiling for this processor is not possible: {why}")))?;
    let target = isa.frontend_config();

    let mut context = Context::new();
    let mut signature = Signature::new(isa.default_call_conv());
    for ty in [types::I64, types::I64, types::I32, types::I32, types::I32] {
        signature.params.push(AbiParam::new(ty));
    }
    context.func.signature = signature;
    let stack_region = Lowering::region(&mut context.func, "stack");
    let mut builder_context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut context.func, &mut builder_context);

    let start = builder.create_block();
    builder.append_block_params_for_function_params(start);
    builder.switch_to_block(start);
    builder.seal_block(start);
    let &[slots, random, world, first, end] = builder.block_params(start) else {
        return Err(nowhere("the kernel has no parameters".into()).into());
    };

    let mut lowering = Lowering {
        builder,
        target,
        module,
        info,
        options,
        types: Types::new(module),
        kernel: handle,
        unroll,
        kinds: Vec::new(),
        known: Vec::new(),
        born: Vec::new(),
        births: 0,
        free_variables: Vec::new(),
        journals: Vec::new(),
        alive: true,
        labels: Vec::new(),
        breaks: Vec::new(),
        continues: Vec::new(),
        frames: Vec::new(),
        bodies: HashMap::new(),
        costs: HashMap::new(),
        sizes: HashMap::new(),
        globals: HashMap::new(),
        lasts: HashMap::new(),
        in_memory,
        found: HashSet::new(),
        free_slots: Vec::new(),
        stack_bytes: 0,
        stack_region,
        tables: Vec::new(),
        draws: false,
        items: u32::MAX,
        random,
        lane: random,
        item: first,
        work: 0,
        span: module.functions.get_span(handle),
    };

    let buffers = lowering.bind(handle, slots)?;
    lowering.items(handle, world, first, end).map_err(|unsupported| {
        if lowering.too_large() { Failure::TooLarge(unsupported) } else { Failure::Unsupported(unsupported) }
    })?;
    if !lowering.found.is_empty() {
        return Ok(Outcome::Again(lowering.found));
    }
    let (tables, draws, items) = (lowering.tables, lowering.draws, lowering.items);
    lowering.builder.finalize(target);
    let code = Code::new(name, isa, &mut context, tables)
        .map_err(|why| nowhere(format!("the compiler's own code is wrong, please report it: {why}")))?;
    Ok(Outcome::Done(Box::new(Kernel { code, buffers, draws, items })))
}

impl Lowering<'_, '_> {
    /// Looks up the buffers that the function uses.
    fn bind(&mut self, function: Handle<Function>, slots: Value) -> Result<Vec<Option<Buffer>>, Unsupported> {
        let mut buffers: Vec<Option<Buffer>> = Vec::new();
        for (handle, global) in self.module.global_variables.iter() {
            if self.info[function][handle] == GlobalUse::empty() {
                continue;
            }
            self.span = self.module.global_variables.get_span(handle);
            let shape = self.types.shape(global.ty);
            match global.space {
                AddressSpace::Private => {
                    let pointer = self.allocate(shape, Place::Private(handle))?;
                    self.globals.insert(handle, pointer);
                    continue;
                }
                AddressSpace::Storage { .. } | AddressSpace::Uniform => {}
                AddressSpace::WorkGroup => {
                    return self.refuse("workgroup variables are not supported on the CPU");
                }
                _ => return self.refuse("textures and other opaque variables are not supported on the CPU"),
            }
            let Some(binding) = &global.binding else {
                return self.refuse("this buffer has no binding");
            };
            if binding.group != 0 {
                return self.refuse("buffers are supported in group 0 only");
            }
            let index = binding.binding as usize;
            if index >= MOST_BINDINGS {
                return self.refuse(format!("binding numbers above {} are not supported", MOST_BINDINGS - 1));
            }
            buffers.resize(buffers.len().max(index + 1), None);
            if buffers[index].is_some() {
                return self.refuse(format!("binding {index} is used for two buffers"));
            }
            let array = self.types.runtime_array(shape);
            let bytes = match array {
                Some((before, stride)) => u64::from(before) + u64::from(stride),
                None => u64::from(self.types.size(shape)),
            };
            buffers[index] = Some(Buffer { needed: bytes.div_ceil(4).max(1), array });
            let at = index * size_of::<Bound>();
            let flags = MemFlagsData::trusted().with_readonly().with_can_move();
            let mut load =
                |offset: usize| self.builder.ins().load(types::I64, flags, slots, (at + offset) as i32);
            let address = load(offset_of!(Bound, data));
            let last = load(offset_of!(Bound, last));
            if array.is_some() {
                self.lasts.insert(handle, last);
            }
            let space = self.space_of(global.space);
            let pointer = Pointer::Memory {
                base: Base::Address(address),
                offset: 0,
                shape,
                space,
                global: Some(handle),
            };
            self.globals.insert(handle, pointer);
        }
        Ok(buffers)
    }

    /// The loop over the items.
    fn items(
        &mut self,
        function: Handle<Function>,
        world: Value,
        first: Value,
        end: Value,
    ) -> Result<(), Unsupported> {
        // Where lane 0 would be if it belonged to item 0; `Kernel::run` checks that the items have lanes.
        let offset = offset_of!(RandomBatch, first) as i32;
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        let lane_zero = self.builder.ins().load(types::I32, flags, self.random, offset);
        let lanes = self.word_address(self.random, lane_zero, true);

        let counter = self.declare(Kind::Uint);
        self.builder.def_var(counter, first);
        let (body, exit) = (self.builder.create_block(), self.builder.create_block());
        // The test is at the loop's end, where it costs one branch per item and lets Cranelift hoist what does
        // not depend on the item.
        let some = self.builder.ins().icmp(IntCC::UnsignedLessThan, first, end);
        self.builder.ins().brif(some, body, &[], exit, &[]);

        self.builder.switch_to_block(body);
        let item = self.builder.use_var(counter);
        self.item = item;
        self.lane = self.word_address(lanes, item, false);

        for (handle, global) in self.module.global_variables.iter() {
            let Some(pointer) = self.globals.get(&handle).cloned() else { continue };
            if global.space == AddressSpace::Private {
                let value = global.init.map(|init| self.constant(init)).transpose()?;
                self.initialise(&pointer, value)?;
            }
        }
        let argument = |value| Datum::Value(vec![Leaf::Value(Kind::Uint, value)]);
        self.inline(function, vec![argument(world), argument(item)], None)?;

        if self.alive {
            let one = self.builder.ins().iconst(types::I32, 1);
            let next = self.builder.ins().iadd(item, one);
            self.builder.def_var(counter, next);
            let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, next, end);
            self.builder.ins().brif(more, body, &[], exit, &[]);
        }
        self.builder.seal_block(body);
        self.builder.switch_to_block(exit);
        self.builder.seal_block(exit);
        self.builder.ins().return_(&[]);
        Ok(())
    }

    /// The address of a word after (or before) another one.
    fn word_address(&mut self, start: Value, words: Value, before: bool) -> Value {
        let wide = self.builder.ins().uextend(types::I64, words);
        let two = self.builder.ins().iconst(types::I64, 2);
        let bytes = self.builder.ins().ishl(wide, two);
        if before { self.builder.ins().isub(start, bytes) } else { self.builder.ins().iadd(start, bytes) }
    }

    fn too_large(&self) -> bool {
        self.work > super::lowering::MOST_INSTRUCTIONS
            || self.builder.func.dfg.num_insts() > super::lowering::MOST_INSTRUCTIONS
    }
}
