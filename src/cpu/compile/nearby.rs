//! Which agents of a stretch lie near enough: several are looked at with one instruction, where a rule would look at one.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use naga::{Function, Handle, TypeInner};

use super::lowering::Lowering;
use super::memory::{Base, Pointer};
use super::types::{Kind, Shape};
use super::values::Leaf;

/// Agents of a stretch: as many as a word has bits.
const STRETCH: u32 = 32;
/// Agents after which it is asked whether there are more.
const GROUP: u32 = 8;
/// Squares of distances up to this, and all that they are compared with, are exact as `f64`; longer ones are longer in `f64` too.
const MOST_REACH: u32 = 1 << 25;

/// Where the places of agents lie.
struct Places {
    base: Base,
    /// Bytes from one agent to the next.
    stride: u32,
    /// Bytes from an agent's beginning to its place.
    offset: u32,
    /// The number of the last agent that there is memory for.
    last: ir::Value,
}

impl<'m> Lowering<'m, '_> {
    /// The bits of those from `first` on, before `end`, whose way from `here` is no longer than `reach`, behind a 1; or two
    /// noughts, where there are fewer than a stretch in memory, or distances are too long for `f64`.
    pub(super) fn found(
        &mut self,
        function: Handle<Function>,
        [first, end]: [Leaf; 2],
        here: [Leaf; 2],
        reach: Leaf,
    ) -> Option<Vec<Leaf>> {
        if !self.options.optimise || cfg!(target_endian = "big") {
            return None;
        }
        let places = self.places(function)?;
        let (answered, found) = (self.declare(Kind::Uint), self.declare(Kind::Uint));
        self.frame().variables.extend([answered, found]);
        self.overwrite(answered, Leaf::uint(0));
        self.overwrite(found, Leaf::uint(0));
        let (look, done, after) = (self.label(), self.label(), self.label());
        let [first, end, reach] = [first, end, reach].map(|leaf| self.machine(leaf));
        let from = self.builder.ins().uextend(ir::types::I64, first);
        let to = self.add_wide(from, STRETCH - 1);
        let there = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, to, places.last);
        let most = self.builder.ins().iconst(ir::types::I32, i64::from(MOST_REACH));
        let short = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, reach, most);
        let can = self.builder.ins().band(there, short);
        self.branch(Leaf::Value(Kind::Bool, can), look, after);

        self.enter(look);
        let distance = self.scaled(from, places.stride);
        let start = self.address(places.base);
        let start = self.builder.ins().iadd(start, distance);
        let here = self.wide(here);
        let here = self.builder.ins().scalar_to_vector(ir::types::I64X2, here);
        let here = self.vector(ir::types::I32X4, here);
        let reach = self.builder.ins().fcvt_from_uint(ir::types::F64, reach);
        let most = self.builder.ins().fmul(reach, reach);
        let most = self.builder.ins().splat(ir::types::F64X2, most);
        let count = self.builder.ins().isub(end, first);
        let mut bits = self.builder.ins().iconst(ir::types::I32, 0);
        for pair in (0..STRETCH).step_by(2) {
            if pair > 0 && pair % GROUP == 0 {
                self.overwrite(found, Leaf::Value(Kind::Uint, bits));
                let seen = self.builder.ins().iconst(ir::types::I32, i64::from(pair));
                let more = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, count, seen);
                let next = self.label();
                self.branch(Leaf::Value(Kind::Bool, more), next, done);
                self.enter(next);
            }
            let squares = [pair, pair + 1].map(|agent| {
                let offset = (agent * places.stride + places.offset) as i32;
                self.square(start, offset, here)
            });
            let near = self.shorter(squares, most);
            let place = self.builder.ins().iconst(ir::types::I32, i64::from(pair));
            let near = self.builder.ins().ishl(near, place);
            bits = self.builder.ins().bor(bits, near);
        }
        self.overwrite(found, Leaf::Value(Kind::Uint, bits));
        self.enter(done);
        // What lies behind the end does not count.
        let bits = self.read(found);
        let bits = self.machine(bits);
        let stretch = self.builder.ins().iconst(ir::types::I32, i64::from(STRETCH));
        let beyond = self.builder.ins().isub(stretch, count);
        let all = self.builder.ins().iconst(ir::types::I32, i64::from(u32::MAX));
        let counted = self.builder.ins().ushr(all, beyond);
        let bits = self.builder.ins().band(bits, counted);
        self.overwrite(found, Leaf::Value(Kind::Uint, bits));
        self.overwrite(answered, Leaf::uint(1));
        self.enter(after);
        Some(vec![self.read(answered), self.read(found)])
    }

    fn places(&mut self, function: Handle<Function>) -> Option<Places> {
        let global = self.only_global(function)?;
        let (base, shape) = match self.globals.get(&global) {
            Some(Pointer::Memory { base, offset: 0, shape, .. }) => (*base, *shape),
            _ => return None,
        };
        let elements = self.types.elements(shape).ok()?;
        let Shape::Composite(agent) = elements.shape else { return None };
        let TypeInner::Struct { members, .. } = &self.module.types[agent].inner else { return None };
        let offset = members.iter().find(|member| member.name.as_deref() == Some("pos"))?.offset;
        let last = match elements.count {
            Some(count) => self.builder.ins().iconst(ir::types::I64, i64::from(count.checked_sub(1)?)),
            None => *self.lasts.get(&global)?,
        };
        // What a load adds to an address has 31 bits.
        (elements.stride.checked_mul(STRETCH)? < 1 << 30).then_some(())?;
        Some(Places { base, stride: elements.stride, offset, last })
    }

    /// The squares of a way along both axes.
    fn square(&mut self, start: ir::Value, offset: i32, here: ir::Value) -> ir::Value {
        let flags = MemFlagsData::new().with_notrap();
        let place = self.builder.ins().load(ir::types::F64, flags, start, offset);
        let place = self.builder.ins().scalar_to_vector(ir::types::F64X2, place);
        let place = self.vector(ir::types::I32X4, place);
        let way = self.builder.ins().isub(place, here);
        let way = self.builder.ins().swiden_low(way);
        let way = self.builder.ins().fcvt_from_sint(ir::types::F64X2, way);
        self.builder.ins().fmul(way, way)
    }

    /// Two bits: whether each of two ways is short enough.
    fn shorter(&mut self, squares: [ir::Value; 2], most: ir::Value) -> ir::Value {
        let [one, other] = squares.map(|square| self.vector(ir::types::I8X16, square));
        let [x, y] = [0u8, 8].map(|half| {
            let lanes: Vec<u8> = (half..half + 8).chain(16 + half..24 + half).collect();
            let lanes = self.builder.func.dfg.immediates.push(lanes.as_slice().into());
            let along = self.builder.ins().shuffle(one, other, lanes);
            self.vector(ir::types::F64X2, along)
        });
        let length = self.builder.ins().fadd(x, y);
        let short = self.builder.ins().fcmp(FloatCC::LessThanOrEqual, length, most);
        self.builder.ins().vhigh_bits(ir::types::I32, short)
    }

    /// The same bits, seen as lanes of another kind.
    pub(super) fn vector(&mut self, kind: ir::Type, value: ir::Value) -> ir::Value {
        let little = MemFlagsData::new().with_endianness(ir::Endianness::Little);
        self.builder.ins().bitcast(kind, little, value)
    }

    fn add_wide(&mut self, value: ir::Value, more: u32) -> ir::Value {
        let more = self.builder.ins().iconst(ir::types::I64, i64::from(more));
        self.builder.ins().iadd(value, more)
    }
}
