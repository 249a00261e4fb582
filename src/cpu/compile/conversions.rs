//! Conversions between scalar types, and bitcasts.

use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use naga::BinaryOperator as Binary;

use super::lowering::Lowering;
use super::types::Kind;
use super::values::Leaf;

/// The largest f32 that an i32 can hold, and the largest that a u32 can.
///
/// WGSL, "Floating point conversion": out of range gives the nearest value that both types can represent.
const LARGEST_SINT: f32 = 2_147_483_520.0;
const LARGEST_UINT: f32 = 4_294_967_040.0;

impl Lowering<'_, '_> {
    /// The value in another type: `i32(x)`, `u32(x)`, `f32(x)`, `bool(x)`.
    pub(super) fn convert(&mut self, leaf: Leaf, to: Kind) -> Leaf {
        let from = leaf.kind();
        match (from, to) {
            _ if from == to => leaf,
            (Kind::Sint | Kind::Uint, Kind::Sint | Kind::Uint) => relabel(leaf, to),
            (Kind::Bool, Kind::Float) => self.select(leaf, Leaf::float(1.0), Leaf::float(0.0)),
            (Kind::Bool, _) => match leaf {
                Leaf::Known(_, bits) => Leaf::Known(to, bits),
                Leaf::Value(_, value) => Leaf::Value(to, self.builder.ins().uextend(ir::types::I32, value)),
            },
            (Kind::Float, Kind::Bool) => {
                let (value, zero) = (self.machine(leaf), self.machine(Leaf::float(0.0)));
                // Unordered: a NaN is not zero, hence true.
                Leaf::Value(Kind::Bool, self.builder.ins().fcmp(FloatCC::NotEqual, value, zero))
            }
            (_, Kind::Bool) => self.binary(Binary::NotEqual, leaf, Leaf::Known(from, 0)),
            (Kind::Float, _) => {
                let (largest, signed) =
                    if to == Kind::Sint { (LARGEST_SINT, true) } else { (LARGEST_UINT, false) };
                let value = self.machine(leaf);
                let largest = self.machine(Leaf::float(largest));
                // In this order a NaN passes, and the saturating conversion makes it 0.
                let above = self.builder.ins().fcmp(FloatCC::LessThan, largest, value);
                let value = self.builder.ins().select(above, largest, value);
                let ins = self.builder.ins();
                let result = if signed {
                    ins.fcvt_to_sint_sat(ir::types::I32, value)
                } else {
                    ins.fcvt_to_uint_sat(ir::types::I32, value)
                };
                Leaf::Value(to, result)
            }
            (_, Kind::Float) => {
                if let Leaf::Known(_, bits) = leaf {
                    return Leaf::float(if from == Kind::Sint { bits as i32 as f32 } else { bits as f32 });
                }
                let value = self.machine(leaf);
                let ins = self.builder.ins();
                let result = if from == Kind::Sint {
                    ins.fcvt_from_sint(ir::types::F32, value)
                } else {
                    ins.fcvt_from_uint(ir::types::F32, value)
                };
                Leaf::Value(to, result)
            }
        }
    }

    /// The same bits as another type.
    pub(super) fn bitcast(&mut self, leaf: Leaf, to: Kind) -> Leaf {
        if let Leaf::Known(_, bits) = leaf {
            return Leaf::Known(to, bits);
        }
        if (leaf.kind() == Kind::Float) == (to == Kind::Float) {
            return relabel(leaf, to);
        }
        let value = self.machine(leaf);
        Leaf::Value(to, self.builder.ins().bitcast(to.machine(), MemFlagsData::new(), value))
    }

    /// The same bits, seen as lanes of another kind.
    pub(super) fn vector(&mut self, kind: ir::Type, value: ir::Value) -> ir::Value {
        let little = MemFlagsData::new().with_endianness(ir::Endianness::Little);
        self.builder.ins().bitcast(kind, little, value)
    }
}

/// The same register under another name: i32 and u32 are one machine type.
fn relabel(leaf: Leaf, to: Kind) -> Leaf {
    match leaf {
        Leaf::Known(_, bits) => Leaf::Known(to, bits),
        Leaf::Value(_, value) => Leaf::Value(to, value),
    }
}
