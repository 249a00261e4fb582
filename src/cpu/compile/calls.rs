//! Calls: every one is inlined; a few functions are known by name and computed natively.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use cranelift_frontend::FunctionBuilder;
use naga::{BinaryOperator as Binary, Expression, Function, Handle};

use super::Unsupported;
use super::control::LabelId;
use super::lowering::{Frame, Lowering, Place};
use super::types::Kind;
use super::values::{Datum, Leaf};

/// The steps east and south in each of four directions, as `offset4` in `shaders/prelude/grid.wgsl` has them.
const OFFSETS4: [[i32; 2]; 4] = [[1, 0], [0, 1], [-1, 0], [0, -1]];
/// The same in each of eight, as `offset8` has them.
const OFFSETS8: [[i32; 2]; 8] = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];

impl Lowering<'_, '_> {
    pub(super) fn call(
        &mut self,
        function: Handle<Function>,
        arguments: &[Handle<Expression>],
        result: Option<Handle<Expression>>,
    ) -> Result<(), Unsupported> {
        let arguments =
            arguments.iter().map(|&argument| self.datum(argument)).collect::<Result<Vec<_>, _>>()?;
        let yields = match self.intrinsic(function, &arguments) {
            Some(yields) => yields,
            None => self.inline(function, arguments, None)?,
        };
        if let Some(result) = result {
            self.frame().values[result.index()] = Some(Datum::Value(yields));
        }
        Ok(())
    }

    /// Translates a function's body in place, and gives its result; or, with `ends`, goes to the first of them where it is
    /// false, to the second where it is true.
    pub(super) fn inline(
        &mut self,
        handle: Handle<Function>,
        arguments: Vec<Datum>,
        ends: Option<[LabelId; 2]>,
    ) -> Result<Vec<Leaf>, Unsupported> {
        let function = &self.module.functions[handle];
        let span = self.span;
        let mut result = Vec::new();
        if let Some(declared) = &function.result {
            let shape = self.types.shape(declared.ty);
            for field in self.fields(shape)?.iter() {
                let variable = self.declare(field.kind);
                // Without a value of its own it would seem to keep the last item's.
                self.overwrite(variable, Leaf::Known(field.kind, 0));
                result.push(variable);
            }
        }
        let end = self.label();
        self.frames.push(Frame {
            handle,
            function,
            info: &self.info[handle],
            values: vec![None; function.expressions.len()],
            arguments,
            locals: Vec::with_capacity(function.local_variables.len()),
            result,
            end,
            ends,
            slots: Vec::new(),
            variables: Vec::new(),
        });
        for (local, variable) in function.local_variables.iter() {
            self.span = function.local_variables.get_span(local);
            let shape = self.types.shape(variable.ty);
            let pointer = self.allocate(shape, Place::Local(handle, local))?;
            let value = variable.init.map(|init| self.value(init)).transpose()?;
            self.initialise(&pointer, value)?;
            self.frame().locals.push(pointer);
        }
        let body = self.body(handle);
        self.nodes(&body)?;
        self.enter(end);
        self.span = span;
        let Some(frame) = self.frames.pop() else { return Ok(Vec::new()) };
        // Where nothing that follows is translated the result must still have its shape.
        let alive = self.alive;
        let leaves: Vec<Leaf> = frame
            .result
            .iter()
            .map(|&variable| if alive { self.read(variable) } else { Leaf::Known(self.kind_of(variable), 0) })
            .collect();
        if let (Some([no, yes]), Some(result), true) = (ends, leaves.first(), alive) {
            self.branch(*result, yes, no);
        }
        self.free_slots.extend(frame.slots);
        self.free_variables.extend(frame.variables);
        self.free_variables.extend(frame.result);
        Ok(leaves)
    }

    /// The functions of the prelude that are better computed natively.
    fn intrinsic(&mut self, function: Handle<Function>, arguments: &[Datum]) -> Option<Vec<Leaf>> {
        let name = self.module.functions[function].name.as_deref()?;
        let leaf = |index: usize| match arguments.get(index) {
            Some(Datum::Value(value)) => value.first().copied(),
            _ => None,
        };
        match name {
            "throng_multiply_wide" => Some(self.multiply_wide(leaf(0)?, leaf(1)?)),
            "throng_root" => match arguments.first() {
                Some(Datum::Value(words)) => Some(vec![self.square_root(*words.first()?, *words.get(1)?)]),
                _ => None,
            },
            "throng_within_wide" => match arguments {
                [Datum::Value(way), Datum::Value(square)] => Some(vec![
                    self.within([*way.first()?, *way.get(1)?], [*square.first()?, *square.get(1)?]),
                ]),
                _ => None,
            },
            "throng_fraction" => Some(vec![self.fraction(leaf(0)?, leaf(1)?)]),
            "throng_random_word" => Some(vec![self.random_word(leaf(0)?)]),
            "offset4" => self.direction(leaf(0)?, &OFFSETS4),
            "offset8" => self.direction(leaf(0)?, &OFFSETS8),
            _ if name.starts_with("throng_count_") => {
                let bits = name.split('_').nth(2)?.parse().ok().filter(|bits| [8, 16].contains(bits))?;
                self.packed_count(function, bits, [leaf(0)?, leaf(1)?, leaf(2)?]).map(|count| vec![count])
            }
            _ if name.starts_with("throng_rows_") => {
                let bits = name.split('_').nth(2)?.parse().ok().filter(|bits| [8, 16].contains(bits))?;
                let [first, side, width, pattern] = [leaf(0)?, leaf(1)?, leaf(2)?, leaf(3)?];
                self.packed_square(function, bits, first, [side.known()?, width.known()?], pattern)
                    .map(|count| vec![count])
            }
            _ if name.starts_with("throng_found_") => match arguments {
                [_, _, Datum::Value(here), _] => {
                    let here = [*here.first()?, *here.get(1)?];
                    self.found(function, [leaf(0)?, leaf(1)?], here, leaf(3)?)
                }
                _ => None,
            },
            _ if name.starts_with("throng_load_") => {
                self.packed_load(function, leaf(0)?).map(|cell| vec![cell])
            }
            _ => None,
        }
    }

    /// The step in a direction that is not known yet, from a table: two loads for a dozen instructions.
    fn direction(&mut self, direction: Leaf, offsets: &[[i32; 2]]) -> Option<Vec<Leaf>> {
        if !self.options.optimise || direction.known().is_some() {
            return None;
        }
        let count = offsets.len() as u32;
        let index = match self.most(direction) < count {
            true => direction,
            false => self.binary(Binary::And, direction, Leaf::uint(count - 1)),
        };
        let table: Vec<Leaf> =
            offsets.iter().flatten().map(|step| Leaf::Known(Kind::Sint, *step as u32)).collect();
        Some(self.of_table(&table, index, 2))
    }

    /// `(word[cell / n] >> (cell % n * bits)) & mask` of a layer with 8 or 16 bits for each cell: one load, where words
    /// begin with their lowest byte.
    fn packed_load(&mut self, function: Handle<Function>, cell: Leaf) -> Option<Leaf> {
        if !self.options.optimise || cfg!(target_endian = "big") {
            return None;
        }
        let body = &self.module.functions[function];
        let Some(naga::Statement::Return { value: Some(value) }) = body.body.last() else { return None };
        let Expression::Binary { op: Binary::And, right, .. } = body.expressions[*value] else { return None };
        let bits = match body.expressions[right] {
            Expression::Literal(naga::Literal::U32(0xff)) => 8,
            Expression::Literal(naga::Literal::U32(0xffff)) => 16,
            _ => return None,
        };
        let global = self.only_global(function)?;
        self.packed_cell(global, cell, bits)
    }

    /// How many cells of a layer with 8 or 16 bits for each hold what a pattern holds, of a few that follow each other: all are
    /// compared at once, where their number is known and they fit in a register.
    fn packed_count(
        &mut self,
        function: Handle<Function>,
        bits: u32,
        [first, cells, pattern]: [Leaf; 3],
    ) -> Option<Leaf> {
        let lanes = 128 / bits;
        let cells = cells.known().filter(|cells| *cells <= lanes)?;
        if !self.has_vectors() {
            return None;
        }
        let global = self.only_global(function)?;
        let (address, skipped) = self.packed_cells(global, first, bits, 0)?;
        let equal = self.packed_equal(address, 0, bits, pattern);
        let equal = self.builder.ins().vhigh_bits(ir::types::I32, equal);
        let equal = self.builder.ins().ushr(equal, skipped);
        let counted = self.builder.ins().iconst(ir::types::I32, (1 << cells) - 1);
        let equal = self.builder.ins().band(equal, counted);
        Some(Leaf::Value(Kind::Uint, self.builder.ins().popcnt(equal)))
    }

    /// The same of the cells of a square, `width` cells from one row to the next, where its rows fit in half a register: what is
    /// equal is added up row after row.
    fn packed_square(
        &mut self,
        function: Handle<Function>,
        bits: u32,
        first: Leaf,
        [side, width]: [u32; 2],
        pattern: Leaf,
    ) -> Option<Leaf> {
        // Sums of a row's cells end in the highest of eight bytes, which no cell of the row may have.
        if !self.has_vectors() || side == 0 || side > (64 - bits) / bits {
            return None;
        }
        let behind = (side - 1).checked_mul(width).filter(|behind| *behind < 1 << 28)?;
        let global = self.only_global(function)?;
        let (address, skipped) = self.packed_cells(global, first, bits, behind)?;
        let mut counted = None;
        for row in 0..side {
            let equal = self.packed_equal(address, (row * width * bits / 8) as i32, bits, pattern);
            // What is equal is -1.
            counted = Some(match counted {
                Some(counted) => self.builder.ins().isub(counted, equal),
                None => self.builder.ins().ineg(equal),
            });
        }
        let counted = self.half_from(counted?, skipped, bits);
        let own = self.builder.ins().iconst(ir::types::I64, (1 << (side * bits)) - 1);
        let counted = self.builder.ins().band(counted, own);
        let ones = (u64::MAX / ((1 << bits) - 1)).cast_signed();
        let ones = self.builder.ins().iconst(ir::types::I64, ones);
        let sums = self.builder.ins().imul(counted, ones);
        let shift = self.builder.ins().iconst(ir::types::I64, i64::from(64 - bits));
        let count = self.builder.ins().ushr(sums, shift);
        Some(Leaf::Value(Kind::Uint, self.builder.ins().ireduce(ir::types::I32, count)))
    }

    /// Eight bytes of a vector of sixteen, from a lane on; those behind its end mean nothing.
    fn half_from(&mut self, vector: ir::Value, lane: ir::Value, bits: u32) -> ir::Value {
        let halves = self.vector(ir::types::I64X2, vector);
        let [low, high] = [0, 1].map(|half| self.builder.ins().extractlane(halves, half));
        let lane = self.builder.ins().uextend(ir::types::I64, lane);
        let by = self.scaled(lane, bits);
        let [one, last, all] = [1, 63, 64].map(|number| self.builder.ins().iconst(ir::types::I64, number));
        // Shifts are by what 64 leaves of a number.
        let back = self.builder.ins().bxor(by, last);
        let next = self.builder.ins().ishl(high, one);
        let next = self.builder.ins().ishl(next, back);
        let from_low = self.builder.ins().ushr(low, by);
        let from_low = self.builder.ins().bor(from_low, next);
        let from_high = self.builder.ins().ushr(high, by);
        let in_low = self.builder.ins().icmp(IntCC::UnsignedLessThan, by, all);
        self.builder.ins().select(in_low, from_low, from_high)
    }

    /// Which cells hold what a pattern holds, of as many as a vector has, so many bytes from an address.
    fn packed_equal(&mut self, address: ir::Value, offset: i32, bits: u32, pattern: Leaf) -> ir::Value {
        let kind = if bits == 8 { ir::types::I8X16 } else { ir::types::I16X8 };
        // Cells begin anywhere in a word.
        let flags = MemFlagsData::new().with_notrap().with_readonly().with_can_move();
        let held = self.builder.ins().load(kind, flags, address, offset);
        let pattern = self.machine(pattern);
        let pattern = self.builder.ins().splat(ir::types::I32X4, pattern);
        let pattern = self.vector(kind, pattern);
        self.builder.ins().icmp(IntCC::Equal, held, pattern)
    }

    /// The buffer that a function uses, if it is one.
    pub(super) fn only_global(&self, function: Handle<Function>) -> Option<Handle<naga::GlobalVariable>> {
        let used = |handle: &Handle<naga::GlobalVariable>| !self.info[function][*handle].is_empty();
        let mut globals = self.module.global_variables.iter().map(|(handle, _)| handle).filter(used);
        match (globals.next(), globals.next()) {
            (Some(global), None) => Some(global),
            _ => None,
        }
    }

    /// Low and high word of a product.
    fn multiply_wide(&mut self, a: Leaf, b: Leaf) -> Vec<Leaf> {
        if let (Leaf::Known(_, a), Leaf::Known(_, b)) = (a, b) {
            let product = u64::from(a) * u64::from(b);
            return vec![Leaf::uint(product as u32), Leaf::uint((product >> 32) as u32)];
        }
        let (a, b) = (self.machine(a), self.machine(b));
        let a = self.builder.ins().uextend(ir::types::I64, a);
        let b = self.builder.ins().uextend(ir::types::I64, b);
        let product = self.builder.ins().imul(a, b);
        let width = self.builder.ins().iconst(ir::types::I64, 32);
        let high = self.builder.ins().ushr(product, width);
        let low = self.builder.ins().ireduce(ir::types::I32, product);
        let high = self.builder.ins().ireduce(ir::types::I32, high);
        vec![Leaf::Value(Kind::Uint, low), Leaf::Value(Kind::Uint, high)]
    }

    /// Whether a way is no longer than the root of a number of 64 bits.
    fn within(&mut self, way: [Leaf; 2], square: [Leaf; 2]) -> Leaf {
        let [x, y] = way.map(|along| {
            let along = self.machine(along);
            let along = self.builder.ins().sextend(ir::types::I64, along);
            self.builder.ins().imul(along, along)
        });
        let length = self.builder.ins().iadd(x, y);
        let most = self.wide(square);
        let within = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, length, most);
        Leaf::Value(Kind::Bool, within)
    }

    /// A number of 64 bits from its low and its high word.
    pub(super) fn wide(&mut self, words: [Leaf; 2]) -> ir::Value {
        let [low, high] = words.map(|word| {
            let word = self.machine(word);
            self.builder.ins().uextend(ir::types::I64, word)
        });
        let width = self.builder.ins().iconst(ir::types::I64, 32);
        let high = self.builder.ins().ishl(high, width);
        self.builder.ins().bor(high, low)
    }

    /// The square root of a number of 64 bits, rounded down: that of the nearest `f64` is at most 1 off.
    fn square_root(&mut self, low: Leaf, high: Leaf) -> Leaf {
        let ins = |builder: &mut FunctionBuilder, number: i64| builder.ins().iconst(ir::types::I64, number);
        let number = self.wide([low, high]);
        let rounded = self.builder.ins().fcvt_from_uint(ir::types::F64, number);
        let root = self.builder.ins().sqrt(rounded);
        let root = self.builder.ins().fcvt_to_uint_sat(ir::types::I64, root);
        let most = ins(&mut self.builder, 0xffff_ffff);
        let root = self.builder.ins().umin(root, most);
        let square = self.builder.ins().imul(root, root);
        let large = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, square, number);
        let large = self.builder.ins().uextend(ir::types::I64, large);
        let root = self.builder.ins().isub(root, large);
        let one = ins(&mut self.builder, 1);
        let next = self.builder.ins().iadd(root, one);
        let next = self.builder.ins().umin(next, most);
        let square = self.builder.ins().imul(next, next);
        let small = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, square, number);
        let root = self.builder.ins().select(small, next, root);
        Leaf::Value(Kind::Uint, self.builder.ins().ireduce(ir::types::I32, root))
    }

    /// a / b in units of 2^-32, rounded down, for a < b.
    fn fraction(&mut self, a: Leaf, b: Leaf) -> Leaf {
        let (a, b) = (self.machine(a), self.machine(b));
        let a = self.builder.ins().uextend(ir::types::I64, a);
        let b = self.builder.ins().uextend(ir::types::I64, b);
        let width = self.builder.ins().iconst(ir::types::I64, 32);
        let a = self.builder.ins().ishl(a, width);
        // A division by nought would stop the program; nobody asks for one.
        let one = self.builder.ins().iconst(ir::types::I64, 1);
        let b = self.builder.ins().umax(b, one);
        let ratio = self.builder.ins().udiv(a, b);
        Leaf::Value(Kind::Uint, self.builder.ins().ireduce(ir::types::I32, ratio))
    }

    /// A word of the item's random stream.
    fn random_word(&mut self, draw: Leaf) -> Leaf {
        self.draws = true;
        match draw {
            Leaf::Known(_, 0..4) => self.random_word_ahead(draw),
            Leaf::Known(..) | Leaf::Value(..) => {
                let word = self.declare(Kind::Uint);
                self.frame().variables.push(word);
                let ahead = self.binary(Binary::Less, draw, Leaf::uint(4));
                let (early, late, cached, absent, after) =
                    (self.label(), self.label(), self.label(), self.label(), self.label());
                self.branch(ahead, early, late);
                if ahead.known().is_none() {
                    self.enter(early);
                    let value = self.random_word_ahead(draw);
                    self.overwrite(word, value);
                    self.jump(after);
                }
                self.enter(late);
                let hit = self.random_word_is_cached(draw);
                self.branch(hit, cached, absent);
                self.enter(cached);
                let value = self.cached_random_word(draw);
                self.overwrite(word, value);
                self.jump(after);
                self.enter(absent);
                self.unlikely();
                let value = self.host_random_word(draw);
                self.overwrite(word, Leaf::Value(Kind::Uint, value));
                self.enter(after);
                self.read(word)
            }
        }
    }
}
