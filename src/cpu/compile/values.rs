//! Values while a function is being compiled: flat lists of scalars, some of them known already.

use cranelift_codegen::ir::{self, InstBuilder};
use cranelift_frontend::Variable;
use naga::BinaryOperator;

use super::lowering::Lowering;
use super::memory::Pointer;
use super::types::Kind;

/// One scalar: known while compiling, or a Cranelift value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Leaf {
    /// Its 32 bits; 0 or 1 for booleans.
    Known(Kind, u32),
    Value(Kind, ir::Value),
}

impl Leaf {
    pub(super) const FALSE: Leaf = Leaf::Known(Kind::Bool, 0);
    pub(super) const TRUE: Leaf = Leaf::Known(Kind::Bool, 1);

    pub(super) fn kind(self) -> Kind {
        match self {
            Leaf::Known(kind, _) | Leaf::Value(kind, _) => kind,
        }
    }

    pub(super) fn known(self) -> Option<u32> {
        match self {
            Leaf::Known(_, bits) => Some(bits),
            Leaf::Value(..) => None,
        }
    }

    pub(super) fn uint(bits: u32) -> Leaf {
        Leaf::Known(Kind::Uint, bits)
    }

    pub(super) fn float(value: f32) -> Leaf {
        Leaf::Known(Kind::Float, value.to_bits())
    }
}

/// What an expression yields: a value, or a pointer that is resolved while compiling.
#[derive(Debug, Clone)]
pub(super) enum Datum {
    Value(Vec<Leaf>),
    Pointer(Pointer),
}

/// The variables that a branch changed, each with its value before.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) before: Vec<(Variable, Leaf)>,
    /// Variables born later were declared within the branch: nobody outside reads them.
    pub(super) births: u64,
}

impl Lowering<'_, '_> {
    /// The Cranelift value of a scalar.
    pub(super) fn machine(&mut self, leaf: Leaf) -> ir::Value {
        match leaf {
            Leaf::Value(_, value) => value,
            Leaf::Known(Kind::Float, bits) => {
                self.builder.ins().f32const(ir::immediates::Ieee32::with_bits(bits))
            }
            Leaf::Known(kind, bits) => self.builder.ins().iconst(kind.machine(), i64::from(bits)),
        }
    }

    /// A variable that is undefined until it is written; it may have served a function inlined before.
    pub(super) fn declare(&mut self, kind: Kind) -> Variable {
        self.births += 1;
        if let Some(index) = self.free_variables.iter().rposition(|variable| self.kind_of(*variable) == kind)
        {
            let variable = self.free_variables.swap_remove(index);
            self.born[variable.as_u32() as usize] = self.births;
            return variable;
        }
        let variable = self.builder.declare_var(kind.machine());
        self.kinds.push(kind);
        self.known.push(None);
        self.born.push(self.births);
        variable
    }

    pub(super) fn kind_of(&self, variable: Variable) -> Kind {
        self.kinds[variable.as_u32() as usize]
    }

    pub(super) fn read(&mut self, variable: Variable) -> Leaf {
        let index = variable.as_u32() as usize;
        let kind = self.kinds[index];
        match self.known[index] {
            Some(bits) => Leaf::Known(kind, bits),
            None => Leaf::Value(kind, self.builder.use_var(variable)),
        }
    }

    pub(super) fn write(&mut self, variable: Variable, leaf: Leaf) {
        let unseen = |journal: &Journal| {
            self.born[variable.as_u32() as usize] <= journal.births
                && journal.before.iter().all(|(seen, _)| *seen != variable)
        };
        if self.journals.last().is_some_and(unseen) {
            let before = self.read(variable);
            if let Some(journal) = self.journals.last_mut() {
                journal.before.push((variable, before));
            }
        }
        self.overwrite(variable, leaf);
    }

    /// Writes without leaving a trace in the journal.
    pub(super) fn overwrite(&mut self, variable: Variable, leaf: Leaf) {
        let value = self.machine(leaf);
        self.builder.def_var(variable, value);
        self.known[variable.as_u32() as usize] = if self.options.optimise { leaf.known() } else { None };
    }

    /// `condition ? accept : reject`.
    pub(super) fn select(&mut self, condition: Leaf, accept: Leaf, reject: Leaf) -> Leaf {
        if accept == reject {
            return accept;
        }
        match (condition, accept, reject) {
            (Leaf::Known(_, 0), _, _) => reject,
            (Leaf::Known(..), _, _) => accept,
            (_, Leaf::Known(Kind::Bool, 1), Leaf::Known(Kind::Bool, 0)) => condition,
            (_, Leaf::Known(Kind::Bool, 0), Leaf::Known(Kind::Bool, 1)) => self.not(condition),
            (_, Leaf::Known(Kind::Bool, 0), _) => {
                let inverse = self.not(condition);
                self.binary(BinaryOperator::LogicalAnd, inverse, reject)
            }
            (_, Leaf::Known(Kind::Bool, _), _) => self.binary(BinaryOperator::LogicalOr, condition, reject),
            (_, _, Leaf::Known(Kind::Bool, 0)) => self.binary(BinaryOperator::LogicalAnd, condition, accept),
            (_, _, Leaf::Known(Kind::Bool, _)) => {
                let inverse = self.not(condition);
                self.binary(BinaryOperator::LogicalOr, inverse, accept)
            }
            (Leaf::Value(_, test), Leaf::Known(kind, bits), Leaf::Known(_, 0))
                if bits.is_power_of_two() && kind != Kind::Float =>
            {
                let wide = self.builder.ins().uextend(ir::types::I32, test);
                let bit = Leaf::Value(kind, wide);
                self.binary(BinaryOperator::ShiftLeft, bit, Leaf::uint(bits.trailing_zeros()))
            }
            (Leaf::Value(_, test), ..) => {
                let (yes, no) = (self.machine(accept), self.machine(reject));
                Leaf::Value(accept.kind(), self.builder.ins().select(test, yes, no))
            }
        }
    }

    /// The logical inverse of a boolean.
    pub(super) fn not(&mut self, leaf: Leaf) -> Leaf {
        match leaf {
            Leaf::Known(_, bits) => Leaf::Known(Kind::Bool, bits ^ 1),
            Leaf::Value(_, value) => {
                let zero = self.builder.ins().iconst(ir::types::I8, 0);
                let inverse = self.builder.ins().icmp(ir::condcodes::IntCC::Equal, value, zero);
                Leaf::Value(Kind::Bool, inverse)
            }
        }
    }
}
