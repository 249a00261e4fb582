//! The most that a value can be, so that clamps and masks which change nothing are left out.

use cranelift_codegen::ir::{self, InstructionData, Opcode, ValueDef};

use super::lowering::Lowering;
use super::values::Leaf;

/// How many definitions deep a bound is looked for.
const DEPTH: u32 = 12;

impl Lowering<'_, '_> {
    /// A number that the scalar, as an unsigned one, never exceeds.
    pub(super) fn most(&self, leaf: Leaf) -> u32 {
        match leaf {
            Leaf::Known(_, bits) => bits,
            Leaf::Value(_, value) if self.options.optimise => {
                self.most_of(value, DEPTH).try_into().unwrap_or(u32::MAX)
            }
            Leaf::Value(..) => u32::MAX,
        }
    }

    /// The same for a value of up to 64 bits.
    fn most_of(&self, value: ir::Value, depth: u32) -> u64 {
        let dfg = &self.builder.func.dfg;
        let all = match dfg.value_type(value).bits() {
            bits @ ..64 => (1 << bits) - 1,
            _ => u64::MAX,
        };
        let ValueDef::Result(inst, 0) = dfg.value_def(dfg.resolve_aliases(value)) else { return all };
        if depth == 0 {
            return all;
        }
        let most = |value: ir::Value| self.most_of(value, depth - 1);
        let within = |sum: Option<u64>| sum.filter(|sum| *sum <= all).unwrap_or(all);
        match dfg.insts[inst] {
            InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } => imm.bits() as u64 & all,
            InstructionData::Unary { opcode: Opcode::Uextend, arg } => most(arg),
            InstructionData::Unary { opcode: Opcode::Ireduce, arg } => within(Some(most(arg))),
            InstructionData::Unary { opcode: Opcode::Popcnt | Opcode::Clz | Opcode::Ctz, .. } => all.min(64),
            InstructionData::Load { opcode: Opcode::Uload8, .. } => 0xff,
            InstructionData::Load { opcode: Opcode::Uload16, .. } => 0xffff,
            InstructionData::IntCompare { .. } | InstructionData::FloatCompare { .. } => 1,
            InstructionData::Ternary { opcode: Opcode::Select, args } => most(args[1]).max(most(args[2])),
            InstructionData::Binary { opcode, args: [a, b] } => match opcode {
                Opcode::Band => most(a).min(most(b)),
                Opcode::Bor | Opcode::Bxor => match (most(a) | most(b)).leading_zeros() {
                    0 => all,
                    zeros => (1 << (64 - zeros)) - 1,
                },
                Opcode::Iadd => within(most(a).checked_add(most(b))),
                Opcode::Imul => within(most(a).checked_mul(most(b))),
                Opcode::Umin => most(a).min(most(b)),
                Opcode::Umax => most(a).max(most(b)),
                Opcode::Ushr => match self.constant_of(b) {
                    Some(count @ 0..32) => most(a) >> count,
                    _ => most(a),
                },
                Opcode::Ishl => match self.constant_of(b) {
                    Some(count @ 0..32) => within(most(a).checked_mul(1 << count)),
                    _ => all,
                },
                _ => all,
            },
            _ => all,
        }
    }

    /// A shift's count without the mask that shifting applies anyway.
    pub(super) fn without_mask(&self, count: ir::Value) -> ir::Value {
        let dfg = &self.builder.func.dfg;
        let ValueDef::Result(inst, 0) = dfg.value_def(dfg.resolve_aliases(count)) else { return count };
        match dfg.insts[inst] {
            InstructionData::Binary { opcode: Opcode::Band, args: [a, b] } if self.options.optimise => {
                let keeps = |mask: ir::Value| self.constant_of(mask).is_some_and(|mask| mask & 31 == 31);
                if keeps(b) {
                    a
                } else if keeps(a) {
                    b
                } else {
                    count
                }
            }
            _ => count,
        }
    }

    fn constant_of(&self, value: ir::Value) -> Option<u64> {
        let dfg = &self.builder.func.dfg;
        let ValueDef::Result(inst, 0) = dfg.value_def(dfg.resolve_aliases(value)) else { return None };
        match dfg.insts[inst] {
            InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } => Some(imm.bits() as u64),
            _ => None,
        }
    }
}
