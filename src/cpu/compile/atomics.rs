//! Atomic operations on storage buffers.

use cranelift_codegen::ir::{self, AtomicRmwOp, InstBuilder};
use naga::{AtomicFunction, BinaryOperator as Binary, Expression, Handle};

use super::Unsupported;
use super::lowering::Lowering;
use super::types::{Kind, Shape};
use super::values::{Datum, Leaf};

impl Lowering<'_, '_> {
    /// An Atomic statement. Atomic loads and stores are plain ones: an aligned word is never torn.
    pub(super) fn atomic(
        &mut self,
        pointer: Handle<Expression>,
        function: &AtomicFunction,
        value: Handle<Expression>,
        result: Option<Handle<Expression>>,
    ) -> Result<(), Unsupported> {
        let pointer = self.pointer(pointer)?;
        let value = self.scalar(value)?;
        let kind = value.kind();
        if kind == Kind::Float {
            return self.refuse("atomics on f32 are not supported on the CPU");
        }
        let result = result.filter(|&result| self.frame().info[result].ref_count > 0);
        let yields = match function {
            AtomicFunction::Exchange { compare: Some(compare) } => {
                let compare = self.scalar(*compare)?;
                let (old, exchanged) = self.compare_exchange(&pointer, compare, value)?;
                vec![old, exchanged]
            }
            _ if self.options.single_threaded => {
                let cell = self.with_scalar(&pointer, kind);
                let old = self.load(&cell)?[0];
                let new = self.applied(function, old, value);
                self.store(&cell, &[new])?;
                vec![old]
            }
            _ => vec![self.read_modify_write(&pointer, function, value, result.is_some())?],
        };
        if let Some(result) = result {
            self.frame().values[result.index()] = Some(Datum::Value(yields));
        }
        Ok(())
    }

    fn with_scalar(&self, pointer: &super::memory::Pointer, kind: Kind) -> super::memory::Pointer {
        let scalar = if kind == Kind::Sint { naga::Scalar::I32 } else { naga::Scalar::U32 };
        let mut pointer = pointer.clone();
        if let super::memory::Pointer::Memory { shape, .. } = &mut pointer {
            *shape = Shape::Scalar(scalar);
        }
        pointer
    }

    fn applied(&mut self, function: &AtomicFunction, old: Leaf, value: Leaf) -> Leaf {
        match function {
            AtomicFunction::Add => self.binary(Binary::Add, old, value),
            AtomicFunction::Subtract => self.binary(Binary::Subtract, old, value),
            AtomicFunction::And => self.binary(Binary::And, old, value),
            AtomicFunction::InclusiveOr => self.binary(Binary::InclusiveOr, old, value),
            AtomicFunction::ExclusiveOr => self.binary(Binary::ExclusiveOr, old, value),
            AtomicFunction::Min => self.extreme(old, value, true),
            AtomicFunction::Max => self.extreme(old, value, false),
            AtomicFunction::Exchange { .. } => value,
        }
    }

    fn compare_exchange(
        &mut self,
        pointer: &super::memory::Pointer,
        compare: Leaf,
        value: Leaf,
    ) -> Result<(Leaf, Leaf), Unsupported> {
        let kind = value.kind();
        if self.options.single_threaded {
            let cell = self.with_scalar(pointer, kind);
            let old = self.load(&cell)?[0];
            let equal = self.binary(Binary::Equal, old, compare);
            let new = self.select(equal, value, old);
            self.store(&cell, &[new])?;
            return Ok((old, equal));
        }
        let (address, flags) = self.cell(pointer)?;
        let (expected, new) = (self.machine(compare), self.machine(value));
        let old = Leaf::Value(kind, self.builder.ins().atomic_cas(flags, address, expected, new));
        let equal = self.binary(Binary::Equal, old, compare);
        Ok((old, equal))
    }

    fn read_modify_write(
        &mut self,
        pointer: &super::memory::Pointer,
        function: &AtomicFunction,
        value: Leaf,
        used: bool,
    ) -> Result<Leaf, Unsupported> {
        let kind = value.kind();
        let signed = kind == Kind::Sint;
        let operation = match function {
            AtomicFunction::Add => AtomicRmwOp::Add,
            AtomicFunction::Subtract => AtomicRmwOp::Sub,
            AtomicFunction::And => AtomicRmwOp::And,
            AtomicFunction::InclusiveOr => AtomicRmwOp::Or,
            AtomicFunction::ExclusiveOr => AtomicRmwOp::Xor,
            AtomicFunction::Min if signed => AtomicRmwOp::Smin,
            AtomicFunction::Min => AtomicRmwOp::Umin,
            AtomicFunction::Max if signed => AtomicRmwOp::Smax,
            AtomicFunction::Max => AtomicRmwOp::Umax,
            AtomicFunction::Exchange { .. } => AtomicRmwOp::Xchg,
        };
        let idempotent = matches!(
            function,
            AtomicFunction::And | AtomicFunction::InclusiveOr | AtomicFunction::Min | AtomicFunction::Max
        );
        let (address, flags) = self.cell(pointer)?;
        if used || !idempotent || !self.options.optimise {
            let operand = self.machine(value);
            let old = self.builder.ins().atomic_rmw(ir::types::I32, flags, operation, address, operand);
            return Ok(Leaf::Value(kind, old));
        }
        // Most such effects find their work done (a cell seen before): reading first spares the locked
        // instruction and leaves the cache line shared.
        let old = Leaf::Value(kind, self.builder.ins().load(ir::types::I32, flags, address, 0));
        let new = self.applied(function, old, value);
        let changes = self.binary(Binary::NotEqual, old, new);
        let (change, after) = (self.label(), self.label());
        self.branch(changes, change, after);
        self.enter(change);
        let operand = self.machine(value);
        self.builder.ins().atomic_rmw(ir::types::I32, flags, operation, address, operand);
        self.jump(after);
        self.enter(after);
        Ok(old)
    }
}
