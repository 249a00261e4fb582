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
        if !self.has_vectors() {
            return None;
        }
        let places = self.places(function)?;
        let (answered, found) = (self.declare(Kind::Uint), self.declare(Kind::Uint));
        self.frame().variables.extend([answered, found]);
        self.overwrite(answered, Leaf::uint(0));
        self.overwrite(found, Leaf::uint(0));
        let (look, after) = (self.label(), self.label());
        let [first, end, reach] = [first, end, reach].map(|leaf| self.machine(leaf));
        let from = self.builder.ins().uextend(ir::types::I64, first);
        // Vectors are read, of which a place is one half.
        let beyond = u32::from(places.offset + 16 > places.stride);
        let to = self.add_wide(from, STRETCH - 1 + beyond);
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
        let stretch = self.builder.ins().iconst(ir::types::I32, i64::from(STRETCH));
        let count = self.builder.ins().umin(count, stretch);
        let nothing = self.builder.ins().iconst(ir::types::I32, 0);
        let (group, over) = (self.builder.create_block(), self.builder.create_block());
        let [at, place, bits] = [ir::types::I64, ir::types::I32, ir::types::I32]
            .map(|kind| self.builder.append_block_param(group, kind));
        let all = self.builder.append_block_param(over, ir::types::I32);
        self.builder.ins().jump(group, &[start.into(), nothing.into(), nothing.into()]);

        self.builder.switch_to_block(group);
        let mut found_here = nothing;
        for pair in (0..GROUP).step_by(2) {
            let squares = [pair, pair + 1].map(|agent| {
                let offset = (agent * places.stride + places.offset) as i32;
                self.square(at, offset, here)
            });
            let near = self.shorter(squares, most);
            let lane = self.builder.ins().iconst(ir::types::I32, i64::from(pair));
            let near = self.builder.ins().ishl(near, lane);
            found_here = self.builder.ins().bor(found_here, near);
        }
        let found_here = self.builder.ins().ishl(found_here, place);
        let bits = self.builder.ins().bor(bits, found_here);
        let at = self.add_wide(at, GROUP * places.stride);
        let more = self.builder.ins().iconst(ir::types::I32, i64::from(GROUP));
        let place = self.builder.ins().iadd(place, more);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, place, count);
        let next = [at.into(), place.into(), bits.into()];
        self.builder.ins().brif(more, group, &next, over, &[bits.into()]);
        self.builder.seal_block(group);
        self.builder.switch_to_block(over);
        self.builder.seal_block(over);
        // What lies behind the end does not count.
        let beyond = self.builder.ins().isub(stretch, count);
        let counted = self.builder.ins().iconst(ir::types::I32, i64::from(u32::MAX));
        let counted = self.builder.ins().ushr(counted, beyond);
        let bits = self.builder.ins().band(all, counted);
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
        let last = self.last(elements.count, Some(global))?;
        // What a load adds to an address has 31 bits.
        (elements.stride.checked_mul(STRETCH)? < 1 << 30).then_some(())?;
        Some(Places { base, stride: elements.stride, offset, last })
    }

    /// The squares of the way from an agent along both axes.
    fn square(&mut self, start: ir::Value, offset: i32, here: ir::Value) -> ir::Value {
        let flags = MemFlagsData::new().with_notrap();
        let place = self.builder.ins().load(ir::types::I32X4, flags, start, offset);
        let way = self.builder.ins().isub(here, place);
        let way = self.builder.ins().swiden_low(way);
        let way = self.builder.ins().fcvt_from_sint(ir::types::F64X2, way);
        self.builder.ins().fmul(way, way)
    }

    /// Two bits: whether each of two ways is short enough, of which there are the squares along both axes.
    fn shorter(&mut self, squares: [ir::Value; 2], most: ir::Value) -> ir::Value {
        let [one, other] = squares.map(|square| self.vector(ir::types::I8X16, square));
        let [x, y] = [0, 8].map(|half| {
            let along = self.halves(one, other, half);
            self.vector(ir::types::F64X2, along)
        });
        let length = self.builder.ins().fadd(x, y);
        let short = self.builder.ins().fcmp(FloatCC::LessThanOrEqual, length, most);
        self.builder.ins().vhigh_bits(ir::types::I32, short)
    }

    /// Eight bytes of each of two vectors, from a byte on.
    fn halves(&mut self, one: ir::Value, other: ir::Value, from: u8) -> ir::Value {
        let lanes: Vec<u8> = (from..from + 8).chain(16 + from..24 + from).collect();
        let lanes = self.builder.func.dfg.immediates.push(lanes.as_slice().into());
        self.builder.ins().shuffle(one, other, lanes)
    }

    fn add_wide(&mut self, value: ir::Value, more: u32) -> ir::Value {
        let more = self.builder.ins().iconst(ir::types::I64, i64::from(more));
        self.builder.ins().iadd(value, more)
    }
}
