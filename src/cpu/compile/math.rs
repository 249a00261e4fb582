//! The numeric and bit builtins.

use cranelift_codegen::ir::InstBuilder;
use cranelift_codegen::ir::condcodes::FloatCC;
use naga::{BinaryOperator as Binary, MathFunction as Math, UnaryOperator as Unary};

use super::Unsupported;
use super::lowering::Lowering;
use super::types::Kind;
use super::values::Leaf;

impl Lowering<'_, '_> {
    pub(super) fn math(&mut self, function: Math, arguments: &[Vec<Leaf>]) -> Result<Vec<Leaf>, Unsupported> {
        let float = arguments[0][0].kind() == Kind::Float;
        let first = &arguments[0];
        match function {
            Math::Dot => return Ok(vec![self.dot(first, &arguments[1])]),
            Math::Length => return Ok(vec![self.length(first)]),
            Math::Distance => {
                let difference = self.binary_lists(Binary::Subtract, first, &arguments[1]);
                return Ok(vec![self.length(&difference)]);
            }
            Math::Normalize => {
                let length = self.length(first);
                return Ok(self.binary_lists(Binary::Divide, first, &[length]));
            }
            Math::Cross => {
                let (a, b) = (first, &arguments[1]);
                return Ok((0..3)
                    .map(|lane| {
                        let (next, after) = ((lane + 1) % 3, (lane + 2) % 3);
                        let left = self.binary(Binary::Multiply, a[next], b[after]);
                        let right = self.binary(Binary::Multiply, a[after], b[next]);
                        self.binary(Binary::Subtract, left, right)
                    })
                    .collect());
            }
            Math::Reflect => {
                // WGSL: e1 - 2 * dot(e2, e1) * e2.
                let dot = self.dot(&arguments[1], first);
                let twice = self.binary(Binary::Multiply, Leaf::float(2.0), dot);
                let across = self.binary_lists(Binary::Multiply, &[twice], &arguments[1]);
                return Ok(self.binary_lists(Binary::Subtract, first, &across));
            }
            _ => {}
        }
        let lanes = arguments.iter().map(Vec::len).max().unwrap_or(0);
        (0..lanes)
            .map(|lane| {
                let lane: Vec<Leaf> = arguments.iter().map(|list| list[lane % list.len()]).collect();
                let result =
                    if float { self.float_math(function, &lane) } else { self.integer_math(function, &lane) };
                match result {
                    Some(leaf) => Ok(leaf),
                    None => {
                        let name = format!("{function:?}");
                        let (first, rest) = name.split_at(1);
                        let name = first.to_lowercase() + rest;
                        self.refuse(format!("the builtin {name} is not supported on the CPU"))
                    }
                }
            })
            .collect()
    }

    fn dot(&mut self, left: &[Leaf], right: &[Leaf]) -> Leaf {
        let mut sum = self.binary(Binary::Multiply, left[0], right[0]);
        for (&a, &b) in left.iter().zip(right).skip(1) {
            let product = self.binary(Binary::Multiply, a, b);
            sum = self.binary(Binary::Add, sum, product);
        }
        sum
    }

    fn length(&mut self, vector: &[Leaf]) -> Leaf {
        if let [scalar] = vector {
            let value = self.machine(*scalar);
            return Leaf::Value(Kind::Float, self.builder.ins().fabs(value));
        }
        let square = self.dot(vector, vector);
        let square = self.machine(square);
        Leaf::Value(Kind::Float, self.builder.ins().sqrt(square))
    }

    fn float_math(&mut self, function: Math, arguments: &[Leaf]) -> Option<Leaf> {
        let x = arguments[0];
        let one = Leaf::float(1.0);
        let binary = |this: &mut Self, operator, a, b| this.binary(operator, a, b);
        Some(match function {
            Math::Abs | Math::Ceil | Math::Floor | Math::Round | Math::Trunc | Math::Sqrt => {
                let value = self.machine(x);
                let ins = self.builder.ins();
                let result = match function {
                    Math::Abs => ins.fabs(value),
                    Math::Ceil => ins.ceil(value),
                    Math::Floor => ins.floor(value),
                    // Ties go to the even neighbour, in WGSL as here.
                    Math::Round => ins.nearest(value),
                    Math::Trunc => ins.trunc(value),
                    _ => ins.sqrt(value),
                };
                Leaf::Value(Kind::Float, result)
            }
            Math::Fract => {
                let whole = self.float_math(Math::Floor, &[x])?;
                binary(self, Binary::Subtract, x, whole)
            }
            Math::InverseSqrt => {
                let root = self.float_math(Math::Sqrt, &[x])?;
                binary(self, Binary::Divide, one, root)
            }
            Math::Min => self.lesser(x, arguments[1]),
            Math::Max => self.greater(x, arguments[1]),
            Math::Clamp => {
                let raised = self.greater(x, arguments[1]);
                self.lesser(raised, arguments[2])
            }
            Math::Saturate => {
                let raised = self.greater(x, Leaf::float(0.0));
                self.lesser(raised, one)
            }
            Math::Sign => {
                let above = binary(self, Binary::Greater, x, Leaf::float(0.0));
                let below = binary(self, Binary::Less, x, Leaf::float(0.0));
                let negative = self.select(below, Leaf::float(-1.0), Leaf::float(0.0));
                self.select(above, one, negative)
            }
            Math::Step => {
                let below = binary(self, Binary::Less, arguments[1], x);
                self.select(below, Leaf::float(0.0), one)
            }
            Math::Mix => {
                // WGSL: e1 * (1 - e3) + e2 * e3.
                let rest = binary(self, Binary::Subtract, one, arguments[2]);
                let left = binary(self, Binary::Multiply, x, rest);
                let right = binary(self, Binary::Multiply, arguments[1], arguments[2]);
                binary(self, Binary::Add, left, right)
            }
            Math::SmoothStep => {
                // WGSL: t * t * (3 - 2 * t) where t = clamp((x - low) / (high - low), 0, 1).
                let above = binary(self, Binary::Subtract, arguments[2], x);
                let width = binary(self, Binary::Subtract, arguments[1], x);
                let ratio = binary(self, Binary::Divide, above, width);
                let t = self.float_math(Math::Saturate, &[ratio])?;
                let twice = binary(self, Binary::Multiply, Leaf::float(2.0), t);
                let rest = binary(self, Binary::Subtract, Leaf::float(3.0), twice);
                let square = binary(self, Binary::Multiply, t, t);
                binary(self, Binary::Multiply, square, rest)
            }
            Math::Radians => binary(self, Binary::Multiply, x, Leaf::float(std::f32::consts::PI / 180.0)),
            Math::Degrees => binary(self, Binary::Multiply, x, Leaf::float(180.0 / std::f32::consts::PI)),
            _ => return self.host_math(function, arguments),
        })
    }

    /// The smaller of two floats, the second if either is a NaN: the meaning of `minss`.
    fn lesser(&mut self, a: Leaf, b: Leaf) -> Leaf {
        let (x, y) = (self.machine(a), self.machine(b));
        let less = self.builder.ins().fcmp(FloatCC::LessThan, x, y);
        Leaf::Value(Kind::Float, self.builder.ins().select(less, x, y))
    }

    fn greater(&mut self, a: Leaf, b: Leaf) -> Leaf {
        let (x, y) = (self.machine(a), self.machine(b));
        let greater = self.builder.ins().fcmp(FloatCC::LessThan, y, x);
        Leaf::Value(Kind::Float, self.builder.ins().select(greater, x, y))
    }

    fn integer_math(&mut self, function: Math, arguments: &[Leaf]) -> Option<Leaf> {
        let x = arguments[0];
        let kind = x.kind();
        let signed = kind == Kind::Sint;
        let number = |value: i32| Leaf::Known(kind, value as u32);
        Some(match function {
            Math::Abs if !signed => x,
            Math::Abs => {
                let negative = self.unary(Unary::Negate, x);
                self.extreme(x, negative, false)
            }
            Math::Min => self.extreme(x, arguments[1], true),
            Math::Max => self.extreme(x, arguments[1], false),
            Math::Clamp => {
                let raised = self.extreme(x, arguments[1], false);
                self.extreme(raised, arguments[2], true)
            }
            Math::Sign => {
                let raised = self.extreme(x, number(-1), false);
                self.extreme(raised, number(1), true)
            }
            Math::CountOneBits | Math::CountLeadingZeros | Math::CountTrailingZeros | Math::ReverseBits => {
                if let Leaf::Known(_, bits) = x {
                    return Some(Leaf::Known(
                        kind,
                        match function {
                            Math::CountOneBits => bits.count_ones(),
                            Math::CountLeadingZeros => bits.leading_zeros(),
                            Math::CountTrailingZeros => bits.trailing_zeros(),
                            _ => bits.reverse_bits(),
                        },
                    ));
                }
                let value = self.machine(x);
                let ins = self.builder.ins();
                Leaf::Value(
                    kind,
                    match function {
                        Math::CountOneBits => ins.popcnt(value),
                        Math::CountLeadingZeros => ins.clz(value),
                        Math::CountTrailingZeros => ins.ctz(value),
                        _ => ins.bitrev(value),
                    },
                )
            }
            Math::FirstTrailingBit => {
                let zeros = self.integer_math(Math::CountTrailingZeros, &[x])?;
                let none = self.binary(Binary::Equal, x, number(0));
                self.select(none, number(-1), zeros)
            }
            Math::FirstLeadingBit => {
                // For negative numbers the highest bit that differs from the sign.
                let sign = self.binary(Binary::ShiftRight, x, Leaf::uint(31));
                let bits = if signed { self.binary(Binary::ExclusiveOr, x, sign) } else { x };
                let zeros = self.integer_math(Math::CountLeadingZeros, &[bits])?;
                self.binary(Binary::Subtract, number(31), zeros)
            }
            Math::ExtractBits => {
                let (offset, count) = self.bit_range(arguments[1], arguments[2]);
                let below = self.binary(Binary::Subtract, Leaf::uint(32), count);
                let left = self.binary(Binary::Subtract, below, offset);
                let raised = self.binary(Binary::ShiftLeft, x, left);
                let bits = self.binary(Binary::ShiftRight, raised, below);
                let none = self.binary(Binary::Equal, count, Leaf::uint(0));
                self.select(none, number(0), bits)
            }
            Math::InsertBits => {
                let (offset, count) = self.bit_range(arguments[2], arguments[3]);
                let power = self.binary(Binary::ShiftLeft, number(1), count);
                let ones = self.binary(Binary::Subtract, power, number(1));
                let full = self.binary(Binary::Equal, count, Leaf::uint(32));
                let ones = self.select(full, number(-1), ones);
                let mask = self.binary(Binary::ShiftLeft, ones, offset);
                let raised = self.binary(Binary::ShiftLeft, arguments[1], offset);
                let inserted = self.binary(Binary::And, raised, mask);
                let outside = self.unary(Unary::BitwiseNot, mask);
                let kept = self.binary(Binary::And, x, outside);
                self.binary(Binary::InclusiveOr, kept, inserted)
            }
            _ => return None,
        })
    }

    /// The bits that lie within the number: o = min(offset, 32), c = min(count, 32 - o), as WGSL says.
    fn bit_range(&mut self, offset: Leaf, count: Leaf) -> (Leaf, Leaf) {
        let offset = self.extreme(offset, Leaf::uint(32), true);
        let room = self.binary(Binary::Subtract, Leaf::uint(32), offset);
        let count = self.extreme(count, room, true);
        (offset, count)
    }

    /// The least or greatest of two integers.
    pub(super) fn extreme(&mut self, a: Leaf, b: Leaf, least: bool) -> Leaf {
        let kind = a.kind();
        let signed = kind == Kind::Sint;
        if let (Leaf::Known(_, x), Leaf::Known(_, y)) = (a, b) {
            let less = if signed { (x as i32) < y as i32 } else { x < y };
            return if less == least { a } else { b };
        }
        let (x, y) = (self.machine(a), self.machine(b));
        let ins = self.builder.ins();
        let value = match (least, signed) {
            (true, true) => ins.smin(x, y),
            (true, false) => ins.umin(x, y),
            (false, true) => ins.smax(x, y),
            (false, false) => ins.umax(x, y),
        };
        Leaf::Value(kind, value)
    }
}
