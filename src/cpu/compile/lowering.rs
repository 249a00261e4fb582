//! The state of one compilation: a module's function on its way to Cranelift's IR.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use cranelift_codegen::ir::{self, AliasRegion, StackSlot};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, Variable};
use naga::valid::{FunctionInfo, ModuleInfo};
use naga::{Expression, Function, GlobalVariable, Handle, LocalVariable, Module, Span};

use super::control::{Label, LabelId};
use super::memory::{Pointer, Table};
use super::structure::Node;
use super::types::{Field, Kind, Shape, Types};
use super::values::{Datum, Journal};
use super::{Options, Unsupported};

/// More instructions than this (everything inlined and unrolled) and the rule is refused.
pub(super) const MOST_INSTRUCTIONS: usize = 200_000;

/// A variable of the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Local(Handle<Function>, Handle<LocalVariable>),
    Private(Handle<GlobalVariable>),
}

/// A function that is being inlined.
pub(super) struct Frame<'m> {
    pub(super) handle: Handle<Function>,
    pub(super) function: &'m Function,
    pub(super) info: &'m FunctionInfo,
    /// Values of the expressions emitted so far.
    pub(super) values: Vec<Option<Datum>>,
    pub(super) arguments: Vec<Datum>,
    pub(super) locals: Vec<Pointer>,
    /// Holds the result, a variable per scalar.
    pub(super) result: Vec<Variable>,
    /// Where `return` leads.
    pub(super) end: LabelId,
    /// Where it leads instead if the result is a condition that is not used for anything else: when it is false, and true.
    pub(super) ends: Option<[LabelId; 2]>,
    /// Stack slots and variables to be used again by functions inlined later.
    pub(super) slots: Vec<(u32, StackSlot)>,
    pub(super) variables: Vec<Variable>,
}

/// Everything known while compiling one function.
pub(super) struct Lowering<'m, 'f> {
    pub(super) builder: FunctionBuilder<'f>,
    pub(super) target: TargetFrontendConfig,
    pub(super) module: &'m Module,
    pub(super) info: &'m ModuleInfo,
    pub(super) options: &'m Options,
    pub(super) types: Types<'m>,
    /// The function that is compiled; all others are inlined.
    pub(super) kernel: Handle<Function>,
    /// Unrolling may be switched off for a rule that would become too large.
    pub(super) unroll: bool,

    /// By variable: its kind, and its value where that is known at this point of the program.
    pub(super) kinds: Vec<Kind>,
    pub(super) known: Vec<Option<u32>>,
    /// By variable: how many had been declared when it was.
    pub(super) born: Vec<u64>,
    pub(super) births: u64,
    /// Variables of functions that have been inlined: Cranelift's tables grow with variables times blocks.
    pub(super) free_variables: Vec<Variable>,
    pub(super) journals: Vec<Journal>,

    /// Whether control can reach the point where the next instruction would go.
    pub(super) alive: bool,
    pub(super) labels: Vec<Label>,
    pub(super) breaks: Vec<LabelId>,
    pub(super) continues: Vec<LabelId>,

    pub(super) frames: Vec<Frame<'m>>,
    pub(super) bodies: HashMap<Handle<Function>, Rc<Vec<Node<'m>>>>,
    pub(super) costs: HashMap<Handle<Function>, Option<super::branches::Cost>>,
    pub(super) sizes: HashMap<Handle<Function>, usize>,
    pub(super) globals: HashMap<Handle<GlobalVariable>, Pointer>,
    pub(super) lasts: HashMap<Handle<GlobalVariable>, ir::Value>,

    /// Variables that need memory because an index into them is computed.
    pub(super) in_memory: &'m HashSet<Place>,
    /// Such variables that were found only now; the compilation must start again.
    pub(super) found: HashSet<Place>,
    pub(super) free_slots: Vec<(u32, StackSlot)>,
    pub(super) stack_bytes: u32,
    pub(super) stack_region: AliasRegion,
    pub(super) tables: Vec<Table>,

    /// The batch of random words, and where this item's lane of it starts.
    pub(super) random: ir::Value,
    pub(super) lane: ir::Value,
    /// Whether the function draws random words.
    pub(super) draws: bool,
    pub(super) item: ir::Value,
    /// What the items' numbers must be below, for what they index.
    pub(super) items: u32,

    /// Statements and expressions translated so far.
    pub(super) work: usize,
    /// Where we are in the source text.
    pub(super) span: Span,
}

impl<'m> Lowering<'m, '_> {
    /// The function that is being inlined.
    pub(super) fn frame(&mut self) -> &mut Frame<'m> {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// Whether vectors may be used: every processor of these kinds has them.
    pub(super) fn has_vectors(&self) -> bool {
        self.options.optimise
            && cfg!(any(target_arch = "x86_64", target_arch = "aarch64"))
            && cfg!(target_endian = "little")
    }

    pub(super) fn refuse<T>(&self, what: impl Into<String>) -> Result<T, Unsupported> {
        Err(Unsupported { what: what.into(), span: self.span })
    }

    /// Adds the place to what the types said.
    pub(super) fn placed<T>(&self, result: Result<T, String>) -> Result<T, Unsupported> {
        result.map_err(|what| Unsupported { what, span: self.span })
    }

    /// The scalars of a type.
    pub(super) fn fields(&mut self, shape: Shape) -> Result<Rc<[Field]>, Unsupported> {
        let fields = self.types.fields(shape);
        self.placed(fields)
    }

    /// Moves to an expression's place in the source text, where it has one.
    pub(super) fn visit(&mut self, handle: Handle<Expression>) {
        let span = self.frame().function.expressions.get_span(handle);
        if span.is_defined() {
            self.span = span;
        }
    }

    /// Counts one more statement or expression.
    ///
    /// # Errors
    ///
    /// When the function has become too large.
    pub(super) fn count_work(&mut self) -> Result<(), Unsupported> {
        self.work += 1;
        if self.work > MOST_INSTRUCTIONS || self.builder.func.dfg.num_insts() > MOST_INSTRUCTIONS {
            return self.refuse(format!(
                "the rule is too large: with every call inlined it has more than {MOST_INSTRUCTIONS} instructions"
            ));
        }
        Ok(())
    }
}
