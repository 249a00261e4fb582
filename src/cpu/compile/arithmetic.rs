//! Operators, with WGSL's meaning for overflow, division by zero and shifts.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, InstBuilder};
use naga::{BinaryOperator as Binary, UnaryOperator as Unary};

use super::lowering::Lowering;
use super::types::Kind;
use super::values::Leaf;

impl Lowering<'_, '_> {
    pub(super) fn unary(&mut self, operator: Unary, leaf: Leaf) -> Leaf {
        let kind = leaf.kind();
        if operator == Unary::LogicalNot {
            return self.not(leaf);
        }
        if let (Leaf::Known(_, bits), true) = (leaf, kind != Kind::Float) {
            let bits = if operator == Unary::Negate { bits.wrapping_neg() } else { !bits };
            return Leaf::Known(kind, bits);
        }
        let value = self.machine(leaf);
        let result = match (operator, kind) {
            (Unary::Negate, Kind::Float) => self.builder.ins().fneg(value),
            (Unary::Negate, _) => self.builder.ins().ineg(value),
            _ => self.builder.ins().bnot(value),
        };
        Leaf::Value(kind, result)
    }

    /// Applies an operator to two lists of scalars; a list of one serves every scalar of the other.
    pub(super) fn binary_lists(&mut self, operator: Binary, left: &[Leaf], right: &[Leaf]) -> Vec<Leaf> {
        (0..left.len().max(right.len()))
            .map(|lane| {
                let a = if left.len() == 1 { left[0] } else { left[lane] };
                let b = if right.len() == 1 { right[0] } else { right[lane] };
                self.binary(operator, a, b)
            })
            .collect()
    }

    pub(super) fn binary(&mut self, operator: Binary, left: Leaf, right: Leaf) -> Leaf {
        let kind = left.kind();
        if kind == Kind::Float {
            return self.float_binary(operator, left, right);
        }
        if let (Leaf::Known(_, a), Leaf::Known(_, b)) = (left, right) {
            return fold(operator, kind, a, b);
        }
        if let Some(leaf) = self.absorbed(operator, left, right) {
            return leaf;
        }
        if let Some(leaf) = self.single_bit(operator, left, right) {
            return leaf;
        }
        if let Some(condition) = comparison(operator, kind == Kind::Sint) {
            let (a, b) = (self.machine(left), self.machine(right));
            return Leaf::Value(Kind::Bool, self.builder.ins().icmp(condition, a, b));
        }
        if matches!(operator, Binary::Divide | Binary::Modulo) {
            return self.divide(operator, left, right);
        }
        let (a, mut b) = (self.machine(left), self.machine(right));
        if matches!(operator, Binary::ShiftLeft | Binary::ShiftRight) {
            b = self.without_mask(b);
        }
        let ins = self.builder.ins();
        let value = match operator {
            Binary::Add => ins.iadd(a, b),
            Binary::Subtract => ins.isub(a, b),
            Binary::Multiply => ins.imul(a, b),
            Binary::And | Binary::LogicalAnd => ins.band(a, b),
            Binary::InclusiveOr | Binary::LogicalOr => ins.bor(a, b),
            Binary::ExclusiveOr => ins.bxor(a, b),
            // Cranelift takes shift counts modulo the width, as WGSL does.
            Binary::ShiftLeft => ins.ishl(a, b),
            _ if kind == Kind::Sint => ins.sshr(a, b),
            _ => ins.ushr(a, b),
        };
        Leaf::Value(kind, value)
    }

    /// Results that one known operand settles, so that they stay known.
    fn absorbed(&mut self, operator: Binary, left: Leaf, right: Leaf) -> Option<Leaf> {
        if !self.options.optimise {
            return None;
        }
        let kind = left.kind();
        let ones = if kind == Kind::Bool { 1 } else { u32::MAX };
        let both = [(left, right), (right, left)];
        for (known, other) in both {
            let Leaf::Known(_, bits) = known else { continue };
            match operator {
                Binary::And | Binary::LogicalAnd | Binary::Multiply if bits == 0 => return Some(known),
                Binary::And | Binary::LogicalAnd if bits == ones => return Some(other),
                Binary::And
                    if kind != Kind::Bool && (bits + 1).is_power_of_two() && self.most(other) <= bits =>
                {
                    return Some(other);
                }
                Binary::InclusiveOr | Binary::LogicalOr if bits == ones => return Some(known),
                Binary::Add | Binary::InclusiveOr | Binary::LogicalOr | Binary::ExclusiveOr if bits == 0 => {
                    return Some(other);
                }
                Binary::Multiply if bits == 1 => return Some(other),
                _ => {}
            }
        }
        let zero_shift = right.known() == Some(0)
            && matches!(operator, Binary::Subtract | Binary::ShiftLeft | Binary::ShiftRight);
        zero_shift.then_some(left)
    }

    /// `(x & 1) == 1` is that bit itself, without a comparison; rules that read bit layers do little else.
    fn single_bit(&mut self, operator: Binary, left: Leaf, right: Leaf) -> Option<Leaf> {
        let (Leaf::Value(_, value), Leaf::Known(_, bits @ 0..=1)) = (left, right) else { return None };
        let set_means_true = match operator {
            Binary::Equal => bits == 1,
            Binary::NotEqual => bits == 0,
            _ => return None,
        };
        let dfg = &self.builder.func.dfg;
        let constant = |value: ir::Value| match dfg.insts[dfg.value_def(value).inst()?] {
            ir::InstructionData::UnaryImm { opcode: ir::Opcode::Iconst, imm } => Some(imm.bits()),
            _ => None,
        };
        let ir::InstructionData::Binary { opcode: ir::Opcode::Band, args } =
            dfg.insts[dfg.value_def(value).inst()?]
        else {
            return None;
        };
        if !self.options.optimise
            || dfg.value_type(value) != ir::types::I32
            || !args.iter().any(|&arg| constant(arg) == Some(1))
        {
            return None;
        }
        let bit = Leaf::Value(Kind::Bool, self.builder.ins().ireduce(ir::types::I8, value));
        Some(if set_means_true { bit } else { self.not(bit) })
    }

    /// x / 0 = x, x % 0 = 0, MIN / -1 = MIN, MIN % -1 = 0: a divisor that would trap becomes 1.
    ///
    /// WGSL, "Arithmetic expressions"; naga's SPIR-V writer does the same.
    fn divide(&mut self, operator: Binary, left: Leaf, right: Leaf) -> Leaf {
        let kind = left.kind();
        let signed = kind == Kind::Sint;
        let one = Leaf::Known(kind, 1);
        let divisor = match right {
            Leaf::Known(_, 0) => one,
            Leaf::Known(_, bits) if !signed || bits != u32::MAX => right,
            Leaf::Known(..) | Leaf::Value(..) => {
                let zero = self.binary(Binary::Equal, right, Leaf::Known(kind, 0));
                let mut unusable = zero;
                if signed {
                    let lowest = self.binary(Binary::Equal, left, Leaf::Known(kind, 1 << 31));
                    let minus_one = self.binary(Binary::Equal, right, Leaf::Known(kind, u32::MAX));
                    let overflow = self.binary(Binary::LogicalAnd, lowest, minus_one);
                    unusable = self.binary(Binary::LogicalOr, zero, overflow);
                }
                self.select(unusable, one, right)
            }
        };
        let (a, b) = (self.machine(left), self.machine(divisor));
        let ins = self.builder.ins();
        let value = match (operator, signed) {
            (Binary::Divide, true) => ins.sdiv(a, b),
            (Binary::Divide, false) => ins.udiv(a, b),
            (_, true) => ins.srem(a, b),
            (_, false) => ins.urem(a, b),
        };
        Leaf::Value(kind, value)
    }

    fn float_binary(&mut self, operator: Binary, left: Leaf, right: Leaf) -> Leaf {
        let (a, b) = (self.machine(left), self.machine(right));
        let condition = match operator {
            Binary::Equal => FloatCC::Equal,
            Binary::NotEqual => FloatCC::NotEqual,
            Binary::Less => FloatCC::LessThan,
            Binary::LessEqual => FloatCC::LessThanOrEqual,
            Binary::Greater => FloatCC::GreaterThan,
            Binary::GreaterEqual => FloatCC::GreaterThanOrEqual,
            _ => {
                let ins = self.builder.ins();
                let value = match operator {
                    Binary::Add => ins.fadd(a, b),
                    Binary::Subtract => ins.fsub(a, b),
                    Binary::Multiply => ins.fmul(a, b),
                    Binary::Divide => ins.fdiv(a, b),
                    _ => {
                        // WGSL: e1 - e2 * trunc(e1 / e2).
                        let quotient = ins.fdiv(a, b);
                        let whole = self.builder.ins().trunc(quotient);
                        let product = self.builder.ins().fmul(b, whole);
                        self.builder.ins().fsub(a, product)
                    }
                };
                return Leaf::Value(Kind::Float, value);
            }
        };
        Leaf::Value(Kind::Bool, self.builder.ins().fcmp(condition, a, b))
    }
}

fn comparison(operator: Binary, signed: bool) -> Option<IntCC> {
    Some(match (operator, signed) {
        (Binary::Equal, _) => IntCC::Equal,
        (Binary::NotEqual, _) => IntCC::NotEqual,
        (Binary::Less, true) => IntCC::SignedLessThan,
        (Binary::LessEqual, true) => IntCC::SignedLessThanOrEqual,
        (Binary::Greater, true) => IntCC::SignedGreaterThan,
        (Binary::GreaterEqual, true) => IntCC::SignedGreaterThanOrEqual,
        (Binary::Less, false) => IntCC::UnsignedLessThan,
        (Binary::LessEqual, false) => IntCC::UnsignedLessThanOrEqual,
        (Binary::Greater, false) => IntCC::UnsignedGreaterThan,
        (Binary::GreaterEqual, false) => IntCC::UnsignedGreaterThanOrEqual,
        _ => return None,
    })
}

/// The operator on two known integers or booleans.
pub(super) fn fold(operator: Binary, kind: Kind, a: u32, b: u32) -> Leaf {
    let (x, y) = (a as i32, b as i32);
    let signed = kind == Kind::Sint;
    let truth = |truth: bool| Leaf::Known(Kind::Bool, u32::from(truth));
    let bits = match operator {
        Binary::Add => a.wrapping_add(b),
        Binary::Subtract => a.wrapping_sub(b),
        Binary::Multiply => a.wrapping_mul(b),
        Binary::Divide if b == 0 => a,
        Binary::Modulo if b == 0 => 0,
        Binary::Divide if signed => x.wrapping_div(y) as u32,
        Binary::Modulo if signed => x.wrapping_rem(y) as u32,
        Binary::Divide => a / b,
        Binary::Modulo => a % b,
        Binary::Equal => return truth(a == b),
        Binary::NotEqual => return truth(a != b),
        Binary::Less => return truth(if signed { x < y } else { a < b }),
        Binary::LessEqual => return truth(if signed { x <= y } else { a <= b }),
        Binary::Greater => return truth(if signed { x > y } else { a > b }),
        Binary::GreaterEqual => return truth(if signed { x >= y } else { a >= b }),
        Binary::And | Binary::LogicalAnd => a & b,
        Binary::InclusiveOr | Binary::LogicalOr => a | b,
        Binary::ExclusiveOr => a ^ b,
        Binary::ShiftLeft => a.wrapping_shl(b),
        Binary::ShiftRight if signed => x.wrapping_shr(b) as u32,
        Binary::ShiftRight => a.wrapping_shr(b),
    };
    Leaf::Known(kind, bits)
}
