//! Variables, buffers and pointers to them.
//!
//! Pointers exist while compiling only: every call is inlined, so that each pointer's variable is known.

use std::mem::offset_of;
use std::rc::Rc;

use cranelift_codegen::ir::{
    self, AliasRegion, AliasRegionData, InstBuilder, MemFlagsData, StackSlot, StackSlotData, StackSlotKind,
};
use cranelift_frontend::Variable;
use naga::{AddressSpace, BinaryOperator as Binary, Expression, GlobalVariable, Handle, StorageAccess};

use super::lowering::{Lowering, Place};
use super::types::{Elements, Kind, Shape};
use super::values::{Datum, Leaf};
use super::{RandomBatch, Unsupported};

/// Variables of more scalars than this live in memory even when no index into them is computed.
const MOST_VARIABLES: u32 = 64;

/// Arrays of all inlined functions together, in bytes: worker threads have stacks of 2 MiB.
const MOST_STACK: u32 = 256 * 1024;

/// Bytes that are cleared by single stores; for more, the C library is called.
const MOST_CLEARED_INLINE: u32 = 512;

/// Arrays of at most this many elements are indexed by a chain of selects.
const SELECTED_ELEMENTS: u32 = 4;

/// Which memory a pointer leads into; what lies in different ones never overlaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// A buffer that the rule writes.
    Storage(AliasRegion),
    /// Buffers that it only reads, and constants.
    Constant,
    /// The function's own arrays.
    Stack,
    /// The batch of random words.
    Random,
}

/// A constant array that the compiled code reads; it must live as long as that code.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) words: Box<[u32]>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Base {
    Address(ir::Value),
    Slot(StackSlot),
}

/// An index that is in range.
#[derive(Debug, Clone, Copy)]
enum Index {
    Known(u32),
    /// It has 64 bits.
    Computed(ir::Value),
}

/// Where something is stored.
#[derive(Debug, Clone)]
pub(super) enum Pointer {
    /// In Cranelift variables, one for each scalar.
    Variables {
        list: Rc<[Variable]>,
        first: u32,
        shape: Shape,
        /// The computed index of a vector's component; `shape` is then the component's.
        lane: Option<(Leaf, u32)>,
        place: Option<Place>,
    },
    Memory {
        base: Base,
        offset: u32,
        shape: Shape,
        space: Space,
        /// The buffer, to find the length of a runtime-sized array.
        global: Option<Handle<GlobalVariable>>,
    },
}

impl Lowering<'_, '_> {
    fn flags(&self, space: Space) -> MemFlagsData {
        let flags = MemFlagsData::trusted();
        match space {
            Space::Storage(region) => flags.with_alias_region(Some(region)),
            Space::Stack => flags.with_alias_region(Some(self.stack_region)),
            Space::Constant => flags.with_readonly().with_can_move(),
            Space::Random => flags,
        }
    }

    pub(super) fn address(&mut self, base: Base) -> ir::Value {
        match base {
            Base::Address(value) => value,
            Base::Slot(slot) => self.builder.ins().stack_addr(ir::types::I64, slot, 0),
        }
    }

    fn offset(&self, offset: u32) -> Result<i32, Unsupported> {
        match i32::try_from(offset) {
            Ok(offset) => Ok(offset),
            Err(_) => self.refuse("this type is larger than 2 GiB"),
        }
    }

    /// A place for a variable of the source text: Cranelift variables where possible, else memory.
    pub(super) fn allocate(&mut self, shape: Shape, place: Place) -> Result<Pointer, Unsupported> {
        self.placed(self.types.leaves(shape))?;
        if !self.stays_in_variables(shape, place) {
            let size = self.types.size(shape).next_multiple_of(8);
            let slot = self.stack_slot(size)?;
            if let Place::Local(..) = place {
                self.frame().slots.push((size, slot));
            }
            return Ok(Pointer::Memory {
                base: Base::Slot(slot),
                offset: 0,
                shape,
                space: Space::Stack,
                global: None,
            });
        }
        let fields = self.fields(shape)?;
        let list: Rc<[Variable]> = fields.iter().map(|field| self.declare(field.kind)).collect();
        if let Place::Local(..) = place {
            self.frame().variables.extend(list.iter());
        }
        Ok(Pointer::Variables { list, first: 0, shape, lane: None, place: Some(place) })
    }

    /// Whether a variable of the source text is held in Cranelift variables.
    pub(super) fn stays_in_variables(&self, shape: Shape, place: Place) -> bool {
        let few = self.types.leaves(shape).is_ok_and(|leaves| leaves <= MOST_VARIABLES);
        few && (!self.types.has_array(shape) || (self.options.optimise && !self.in_memory.contains(&place)))
    }

    fn stack_slot(&mut self, size: u32) -> Result<StackSlot, Unsupported> {
        if let Some(index) = self.free_slots.iter().position(|(free, _)| *free == size) {
            return Ok(self.free_slots.swap_remove(index).1);
        }
        self.stack_bytes = self.stack_bytes.saturating_add(size);
        if self.stack_bytes > MOST_STACK {
            return self.refuse(format!(
                "the rule's arrays need more than {} KiB for one agent; make them smaller or keep them in a layer",
                MOST_STACK / 1024
            ));
        }
        Ok(self.builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3)))
    }

    /// Writes zeros, or the value of a constant initialiser.
    pub(super) fn initialise(
        &mut self,
        pointer: &Pointer,
        value: Option<Vec<Leaf>>,
    ) -> Result<(), Unsupported> {
        if let Some(value) = value {
            return self.store(pointer, &value);
        }
        match pointer {
            Pointer::Variables { list, .. } => {
                for &variable in list.iter() {
                    let kind = self.kinds[variable.as_u32() as usize];
                    self.write(variable, Leaf::Known(kind, 0));
                }
            }
            Pointer::Memory { base, shape, .. } => {
                let (address, size) = (self.address(*base), self.types.size(*shape));
                self.clear(address, size.next_multiple_of(8));
            }
        }
        Ok(())
    }

    fn clear(&mut self, address: ir::Value, size: u32) {
        let zero = self.builder.ins().iconst(ir::types::I64, 0);
        if size <= MOST_CLEARED_INLINE {
            let flags = self.flags(Space::Stack);
            for offset in (0..size).step_by(8) {
                self.builder.ins().store(flags, zero, address, offset as i32);
            }
        } else {
            let byte = self.builder.ins().iconst(ir::types::I8, 0);
            let size = self.builder.ins().iconst(ir::types::I64, i64::from(size));
            self.builder.call_memset(self.target, address, byte, size);
        }
    }

    /// The index, or the last one where it lies beyond; all indices are unsigned, so that -1 is far beyond.
    ///
    /// It has 64 bits: most 32-bit operations clear the upper half anyway, a comparison's result would not be known
    /// to.
    fn clamp(
        &mut self,
        index: Leaf,
        elements: Elements,
        global: Option<Handle<GlobalVariable>>,
    ) -> Result<Index, Unsupported> {
        let index = self.bitcast(index, Kind::Uint);
        let (count, index) = match (elements.count, index) {
            (Some(count), Leaf::Known(_, bits)) => return Ok(Index::Known(bits.min(count - 1))),
            (Some(1), _) | (None, Leaf::Known(_, 0)) => return Ok(Index::Known(0)),
            (count, index) => (count, index),
        };
        if let (Some(count), Some(_), Leaf::Value(_, value)) = (count, global, index)
            && value == self.item
        {
            // `Kernel::run` checks the items once for all.
            self.items = self.items.min(count);
            return Ok(Index::Computed(self.builder.ins().uextend(ir::types::I64, value)));
        }
        if count.is_some_and(|count| self.most(index) < count) {
            let index = self.machine(index);
            return Ok(Index::Computed(self.builder.ins().uextend(ir::types::I64, index)));
        }
        let Some(last) = self.last(count, global) else {
            return self.refuse("this array has no known length");
        };
        let index = self.machine(index);
        let wide = self.builder.ins().uextend(ir::types::I64, index);
        Ok(Index::Computed(self.builder.ins().umin(wide, last)))
    }

    /// The last index of an array with so many elements, or of a buffer.
    pub(super) fn last(
        &mut self,
        count: Option<u32>,
        global: Option<Handle<GlobalVariable>>,
    ) -> Option<ir::Value> {
        match count {
            Some(count) => Some(self.builder.ins().iconst(ir::types::I64, i64::from(count.checked_sub(1)?))),
            None => self.lasts.get(&global?).copied(),
        }
    }

    fn narrow(&mut self, index: ir::Value) -> Leaf {
        Leaf::Value(Kind::Uint, self.builder.ins().ireduce(ir::types::I32, index))
    }

    /// The pointer to a part with a constant index.
    pub(super) fn step_known(&mut self, pointer: &Pointer, index: u32) -> Result<Pointer, Unsupported> {
        let shape = match pointer {
            Pointer::Variables { shape, .. } | Pointer::Memory { shape, .. } => *shape,
        };
        if let Ok(elements) = self.types.elements(shape)
            && elements.count.is_none_or(|count| index >= count)
        {
            return self.step(pointer, Leaf::uint(index));
        }
        let part = self.placed(self.types.part(shape, index))?;
        Ok(match pointer {
            Pointer::Variables { list, first, place, .. } => Pointer::Variables {
                list: list.clone(),
                first: first + part.leaf,
                shape: part.shape,
                lane: None,
                place: *place,
            },
            Pointer::Memory { base, offset, space, global, .. } => Pointer::Memory {
                base: *base,
                offset: self.sum(*offset, part.offset)?,
                shape: part.shape,
                space: *space,
                global: *global,
            },
        })
    }

    fn sum(&self, offset: u32, more: u32) -> Result<u32, Unsupported> {
        match offset.checked_add(more) {
            Some(sum) => Ok(sum),
            None => self.refuse("this type is larger than 4 GiB"),
        }
    }

    /// The pointer to an element with a computed index.
    pub(super) fn step(&mut self, pointer: &Pointer, index: Leaf) -> Result<Pointer, Unsupported> {
        match pointer {
            Pointer::Variables { list, first, shape, place, .. } => {
                let elements = self.placed(self.types.elements(*shape))?;
                let count = elements.count.unwrap_or(1);
                let index = self.clamp(index, elements, None)?;
                let (first, lane) = match index {
                    Index::Known(index) => (first + index * elements.leaves, None),
                    Index::Computed(index) if matches!(shape, Shape::Vector(..)) => {
                        (*first, Some((self.narrow(index), count)))
                    }
                    Index::Computed(_) => {
                        self.found.extend(*place);
                        (*first, None)
                    }
                };
                Ok(Pointer::Variables {
                    list: list.clone(),
                    first,
                    shape: elements.shape,
                    lane,
                    place: *place,
                })
            }
            Pointer::Memory { base, offset, shape, space, global } => {
                let elements = self.placed(self.types.elements(*shape))?;
                let index = self.clamp(index, elements, *global)?;
                let (base, offset) = match index {
                    Index::Known(index) => (*base, self.sum(*offset, index * elements.stride)?),
                    Index::Computed(index) => {
                        let start = self.address(*base);
                        let distance = self.scaled(index, elements.stride);
                        (Base::Address(self.builder.ins().iadd(start, distance)), *offset)
                    }
                };
                Ok(Pointer::Memory { base, offset, shape: elements.shape, space: *space, global: *global })
            }
        }
    }

    pub(super) fn scaled(&mut self, index: ir::Value, stride: u32) -> ir::Value {
        if stride.is_power_of_two() {
            let shift = self.builder.ins().iconst(ir::types::I64, i64::from(stride.trailing_zeros()));
            return self.builder.ins().ishl(index, shift);
        }
        let stride = self.builder.ins().iconst(ir::types::I64, i64::from(stride));
        self.builder.ins().imul(index, stride)
    }

    pub(super) fn load(&mut self, pointer: &Pointer) -> Result<Vec<Leaf>, Unsupported> {
        match pointer {
            Pointer::Variables { list, first, lane: Some((index, count)), .. } => {
                let lanes: Vec<Leaf> =
                    (0..*count).map(|lane| self.read(list[(first + lane) as usize])).collect();
                Ok(vec![self.pick(*index, &lanes)])
            }
            Pointer::Variables { list, first, shape, .. } => {
                let leaves = self.placed(self.types.leaves(*shape))?;
                Ok((*first..first + leaves).map(|leaf| self.read(list[leaf as usize])).collect())
            }
            Pointer::Memory { base, offset, shape, space, .. } => {
                let fields = self.fields(*shape)?;
                let (address, flags) = (self.address(*base), self.flags(*space));
                let mut leaves = Vec::with_capacity(fields.len());
                for field in fields.iter() {
                    let at = self.offset(self.sum(*offset, field.offset)?)?;
                    let value = self.builder.ins().load(field.kind.machine(), flags, address, at);
                    leaves.push(Leaf::Value(field.kind, value));
                }
                Ok(leaves)
            }
        }
    }

    pub(super) fn store(&mut self, pointer: &Pointer, value: &[Leaf]) -> Result<(), Unsupported> {
        match pointer {
            Pointer::Variables { list, first, lane: Some((index, count)), .. } => {
                for lane in 0..*count {
                    let variable = list[(first + lane) as usize];
                    let here = self.binary(Binary::Equal, *index, Leaf::uint(lane));
                    let old = self.read(variable);
                    let new = self.select(here, value[0], old);
                    self.write(variable, new);
                }
            }
            Pointer::Variables { list, first, .. } => {
                for (leaf, &value) in value.iter().enumerate() {
                    self.write(list[*first as usize + leaf], value);
                }
            }
            Pointer::Memory { base, offset, shape, space, .. } => {
                let fields = self.fields(*shape)?;
                let (address, flags) = (self.address(*base), self.flags(*space));
                for (field, &leaf) in fields.iter().zip(value) {
                    let at = self.offset(self.sum(*offset, field.offset)?)?;
                    let value = self.machine(leaf);
                    self.builder.ins().store(flags, value, address, at);
                }
            }
        }
        Ok(())
    }

    /// Address and flags of a scalar in a buffer, for atomics.
    pub(super) fn cell(&mut self, pointer: &Pointer) -> Result<(ir::Value, MemFlagsData), Unsupported> {
        let Pointer::Memory { base, offset, space, .. } = pointer else {
            return self.refuse("atomics are supported in storage buffers only");
        };
        let (address, flags) = (self.address(*base), self.flags(*space));
        let distance = self.builder.ins().iconst(ir::types::I64, i64::from(*offset));
        let address = if *offset == 0 { address } else { self.builder.ins().iadd(address, distance) };
        Ok((address, flags))
    }

    /// The lane with a computed index, which is in range.
    fn pick(&mut self, index: Leaf, lanes: &[Leaf]) -> Leaf {
        let mut picked = lanes[lanes.len() - 1];
        for lane in (0..lanes.len() - 1).rev() {
            let here = self.binary(Binary::Equal, index, Leaf::uint(lane as u32));
            picked = self.select(here, lanes[lane], picked);
        }
        picked
    }

    /// An element of a value (not of a variable) with a computed index.
    pub(super) fn element(
        &mut self,
        value: &[Leaf],
        shape: Shape,
        index: Leaf,
    ) -> Result<Vec<Leaf>, Unsupported> {
        let elements = self.placed(self.types.elements(shape))?;
        let count = elements.count.unwrap_or(1);
        let width = elements.leaves as usize;
        let index = self.clamp(index, elements, None)?;
        let index = match index {
            Index::Known(index) => {
                let first = index as usize * width;
                return Ok(value[first..first + width].to_vec());
            }
            Index::Computed(index) => index,
        };
        if count <= SELECTED_ELEMENTS {
            let index = self.narrow(index);
            return Ok((0..width)
                .map(|leaf| {
                    let lanes: Vec<Leaf> = value.iter().skip(leaf).step_by(width).copied().collect();
                    self.pick(index, &lanes)
                })
                .collect());
        }
        let words: Option<Vec<u32>> = value.iter().map(|leaf| leaf.known()).collect();
        if let Some(words) = words {
            return Ok(self.table_element(words, value, index, width));
        }
        let size = self.types.size(shape).next_multiple_of(8);
        let slot = self.stack_slot(size)?;
        let pointer =
            Pointer::Memory { base: Base::Slot(slot), offset: 0, shape, space: Space::Stack, global: None };
        self.store(&pointer, value)?;
        let index = self.narrow(index);
        let element = self.step(&pointer, index)?;
        self.free_slots.push((size, slot));
        self.load(&element)
    }

    /// The leaves of an element of a constant array, of `width` scalars each; the index is in range.
    pub(super) fn of_table(&mut self, value: &[Leaf], index: Leaf, width: usize) -> Vec<Leaf> {
        let words = value.iter().filter_map(|leaf| leaf.known()).collect();
        let index = self.machine(index);
        let wide = self.builder.ins().uextend(ir::types::I64, index);
        self.table_element(words, value, wide, width)
    }

    fn table_element(
        &mut self,
        words: Vec<u32>,
        value: &[Leaf],
        index: ir::Value,
        width: usize,
    ) -> Vec<Leaf> {
        let table = match self.tables.iter().position(|table| *table.words == *words) {
            Some(table) => table,
            None => {
                self.tables.push(Table { words: words.into() });
                self.tables.len() - 1
            }
        };
        let start = self.tables[table].words.as_ptr() as i64;
        let start = self.builder.ins().iconst(ir::types::I64, start);
        let distance = self.scaled(index, width as u32 * 4);
        let address = self.builder.ins().iadd(start, distance);
        let flags = self.flags(Space::Constant);
        (0..width)
            .map(|leaf| {
                let kind = value[leaf].kind();
                let offset = leaf as i32 * 4;
                let loaded = if kind == Kind::Bool {
                    // A word of 0 or 1: its first byte would depend on the byte order.
                    let word = self.builder.ins().load(ir::types::I32, flags, address, offset);
                    self.builder.ins().ireduce(ir::types::I8, word)
                } else {
                    self.builder.ins().load(kind.machine(), flags, address, offset)
                };
                Leaf::Value(kind, loaded)
            })
            .collect()
    }

    /// A cell of a layer with 8 or 16 bits for each, from a buffer of words, as a load of its own.
    pub(super) fn packed_cell(
        &mut self,
        global: Handle<GlobalVariable>,
        cell: Leaf,
        bits: u32,
    ) -> Option<Leaf> {
        let (base, space, cells) = self.packed(global, bits)?;
        let cell = match self.most(cell) < cells {
            true => cell,
            false => self.extreme(cell, Leaf::uint(cells - 1), true),
        };
        let cell = self.machine(cell);
        let wide = self.builder.ins().uextend(ir::types::I64, cell);
        let distance = self.scaled(wide, bits / 8);
        let start = self.address(base);
        let address = self.builder.ins().iadd(start, distance);
        let flags = self.flags(space);
        let value = match bits {
            8 => self.builder.ins().uload8(ir::types::I32, flags, address, 0),
            _ => self.builder.ins().uload16(ir::types::I32, flags, address, 0),
        };
        Some(Leaf::Value(Kind::Uint, value))
    }

    /// Where as many cells of such a layer lie as fit in a vector, from one on or, at the layer's end, from before it, with so
    /// many more behind its first; and how many before it there are.
    pub(super) fn packed_cells(
        &mut self,
        global: Handle<GlobalVariable>,
        cell: Leaf,
        bits: u32,
        behind: u32,
    ) -> Option<(ir::Value, ir::Value)> {
        let (base, _, cells) = self.packed(global, bits)?;
        let last = cells.checked_sub(128 / bits)?.checked_sub(behind)?;
        let from = self.extreme(cell, Leaf::uint(last), true);
        let skipped = self.binary(Binary::Subtract, cell, from);
        let (from, skipped) = (self.machine(from), self.machine(skipped));
        let wide = self.builder.ins().uextend(ir::types::I64, from);
        let distance = self.scaled(wide, bits / 8);
        let start = self.address(base);
        Some((self.builder.ins().iadd(start, distance), skipped))
    }

    /// Where a buffer of words begins that nobody changes, and how many cells it holds.
    fn packed(&mut self, global: Handle<GlobalVariable>, bits: u32) -> Option<(Base, Space, u32)> {
        let Some(Pointer::Memory { base, offset: 0, shape, space: space @ Space::Constant, .. }) =
            self.globals.get(&global)
        else {
            return None;
        };
        let (base, shape, space) = (*base, *shape, *space);
        Some((base, space, self.types.elements(shape).ok()?.count?.checked_mul(32 / bits)?))
    }

    /// The number of elements of a runtime-sized array.
    pub(super) fn array_length(&mut self, pointer: &Pointer) -> Result<Leaf, Unsupported> {
        let last = match pointer {
            Pointer::Memory { global: Some(global), .. } => self.lasts.get(global).copied(),
            _ => None,
        };
        match last {
            Some(last) => {
                let last = self.narrow(last);
                Ok(self.binary(Binary::Add, last, Leaf::uint(1)))
            }
            None => self.refuse("arrayLength of this array is not supported on the CPU"),
        }
    }

    pub(super) fn pointer(&mut self, handle: Handle<Expression>) -> Result<Pointer, Unsupported> {
        match self.datum(handle)? {
            Datum::Pointer(pointer) => Ok(pointer),
            Datum::Value(_) => self.refuse("a pointer is needed here"),
        }
    }

    /// A region of memory of its own.
    pub(super) fn region(function: &mut ir::Function, description: &'static str) -> AliasRegion {
        let user_id = function.dfg.alias_regions.len() as u32;
        function.dfg.alias_regions.insert(AliasRegionData { user_id, description: description.into() })
    }

    /// The space that a global variable's address space and access give it.
    pub(super) fn space_of(&mut self, space: AddressSpace) -> Space {
        match space {
            AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => {
                Space::Storage(Self::region(self.builder.func, "buffer"))
            }
            _ => Space::Constant,
        }
    }

    fn random_field(&mut self, address: ir::Value, offset: usize) -> Leaf {
        let flags = self.flags(Space::Random);
        Leaf::Value(Kind::Uint, self.builder.ins().load(ir::types::I32, flags, address, offset as i32))
    }

    /// Word `draw` of this item's random words computed ahead; `draw` is below 4.
    pub(super) fn random_word_ahead(&mut self, draw: Leaf) -> Leaf {
        let words = offset_of!(RandomBatch, words);
        let row = 256 * 4;
        match draw {
            Leaf::Known(_, draw) => self.random_field(self.lane, words + draw as usize * row),
            Leaf::Value(_, draw) => {
                let wide = self.builder.ins().uextend(ir::types::I64, draw);
                let distance = self.scaled(wide, row as u32);
                let address = self.builder.ins().iadd(self.lane, distance);
                self.random_field(address, words)
            }
        }
    }

    /// Whether word `draw` of this item is in the block computed last.
    pub(super) fn random_word_is_cached(&mut self, draw: Leaf) -> Leaf {
        let cached_item = self.random_field(self.random, offset_of!(RandomBatch, cached_item));
        let cached_block = self.random_field(self.random, offset_of!(RandomBatch, cached_block));
        let block = self.binary(Binary::ShiftRight, draw, Leaf::uint(2));
        let item = self.binary(Binary::Equal, cached_item, Leaf::Value(Kind::Uint, self.item));
        let block = self.binary(Binary::Equal, cached_block, block);
        self.binary(Binary::LogicalAnd, item, block)
    }

    /// Word `draw` from the block computed last.
    pub(super) fn cached_random_word(&mut self, draw: Leaf) -> Leaf {
        let element = self.binary(Binary::And, draw, Leaf::uint(3));
        let element = self.machine(element);
        let wide = self.builder.ins().uextend(ir::types::I64, element);
        let distance = self.scaled(wide, 4);
        let address = self.builder.ins().iadd(self.random, distance);
        self.random_field(address, offset_of!(RandomBatch, cached))
    }
}
