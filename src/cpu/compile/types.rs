//! WGSL types as the compiler sees them: every value is a flat list of 32-bit scalars.

use std::collections::HashMap;
use std::rc::Rc;

use cranelift_codegen::ir;
use naga::{ArraySize, Handle, ScalarKind, TypeInner};

/// The type of one scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Sint,
    Uint,
    Float,
}

impl Kind {
    /// The Cranelift type that holds it in a register.
    pub(super) fn machine(self) -> ir::Type {
        match self {
            Kind::Bool => ir::types::I8,
            Kind::Sint | Kind::Uint => ir::types::I32,
            Kind::Float => ir::types::F32,
        }
    }

    pub(super) fn of(scalar: naga::Scalar) -> Result<Kind, String> {
        match (scalar.kind, scalar.width) {
            (ScalarKind::Bool, _) => Ok(Kind::Bool),
            (ScalarKind::Sint, 4) => Ok(Kind::Sint),
            (ScalarKind::Uint, 4) => Ok(Kind::Uint),
            (ScalarKind::Float, 4) => Ok(Kind::Float),
            (_, width) => Err(format!("numbers of {} bits are not supported on the CPU, only 32", width * 8)),
        }
    }
}

/// A type; scalars and vectors need no place in the module's arena.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Scalar(naga::Scalar),
    Vector(naga::VectorSize, naga::Scalar),
    Composite(Handle<naga::Type>),
}

/// One scalar of a flattened type: what it is and where it lies in memory, in bytes from the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Field {
    pub(super) kind: Kind,
    pub(super) offset: u32,
}

/// A part of a composite: its type, and where it starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) shape: Shape,
    pub(super) leaf: u32,
    pub(super) offset: u32,
}

/// The elements of an array or vector.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements {
    pub(super) shape: Shape,
    /// Scalars in an element; 0 stands for elements too large to be values.
    pub(super) leaves: u32,
    /// Bytes from one element to the next.
    pub(super) stride: u32,
    /// How many there are; none for runtime-sized arrays.
    pub(super) count: Option<u32>,
}

/// Values of more scalars than this live in memory only and cannot be copied as a whole.
pub(super) const MOST_LEAVES: u32 = 1024;

/// The module's types, flattened on demand.
pub(super) struct Types<'m> {
    module: &'m naga::Module,
    fields: HashMap<Handle<naga::Type>, Rc<[Field]>>,
}

impl<'m> Types<'m> {
    pub(super) fn new(module: &'m naga::Module) -> Types<'m> {
        Types { module, fields: HashMap::new() }
    }

    /// The shape of a type in the arena.
    pub(super) fn shape(&self, handle: Handle<naga::Type>) -> Shape {
        match self.module.types[handle].inner {
            TypeInner::Scalar(scalar) | TypeInner::Atomic(scalar) => Shape::Scalar(scalar),
            TypeInner::Vector { size, scalar } => Shape::Vector(size, scalar),
            _ => Shape::Composite(handle),
        }
    }

    /// The shape of an expression's type; for pointers, of what they point to.
    pub(super) fn shape_of(&self, resolution: &naga::proc::TypeResolution) -> Result<Shape, String> {
        if let Some(handle) = resolution.handle()
            && !matches!(
                self.module.types[handle].inner,
                TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. }
            )
        {
            return Ok(self.shape(handle));
        }
        match *resolution.inner_with(&self.module.types) {
            TypeInner::Scalar(scalar) | TypeInner::Atomic(scalar) => Ok(Shape::Scalar(scalar)),
            TypeInner::Vector { size, scalar } => Ok(Shape::Vector(size, scalar)),
            TypeInner::Pointer { base, .. } => Ok(self.shape(base)),
            TypeInner::ValuePointer { size: Some(size), scalar, .. } => Ok(Shape::Vector(size, scalar)),
            TypeInner::ValuePointer { size: None, scalar, .. } => Ok(Shape::Scalar(scalar)),
            ref other => Err(unsupported_type(other)),
        }
    }

    /// How many scalars a type has.
    ///
    /// # Errors
    ///
    /// For types that have no fixed size or are not made of 32-bit scalars.
    pub(super) fn leaves(&self, shape: Shape) -> Result<u32, String> {
        match shape {
            Shape::Scalar(scalar) => Kind::of(scalar).map(|_| 1),
            Shape::Vector(size, scalar) => Kind::of(scalar).map(|_| size as u32),
            Shape::Composite(handle) => match &self.module.types[handle].inner {
                TypeInner::Array { base, size: ArraySize::Constant(count), .. } => {
                    let element = self.leaves(self.shape(*base))?;
                    element.checked_mul(count.get()).ok_or_else(|| "this array is too large".to_string())
                }
                TypeInner::Array { .. } => Err("a runtime-sized array is not a value".to_string()),
                TypeInner::Struct { members, .. } => members.iter().try_fold(0u32, |sum, member| {
                    let leaves = self.leaves(self.shape(member.ty))?;
                    sum.checked_add(leaves).ok_or_else(|| "this struct is too large".to_string())
                }),
                other => Err(unsupported_type(other)),
            },
        }
    }

    /// The scalars of a type in order.
    ///
    /// # Errors
    ///
    /// As [`Types::leaves`], and for types of more than [`MOST_LEAVES`] scalars.
    pub(super) fn fields(&mut self, shape: Shape) -> Result<Rc<[Field]>, String> {
        let Shape::Composite(handle) = shape else {
            let mut fields = Vec::new();
            self.flatten(shape, 0, &mut fields)?;
            return Ok(fields.into());
        };
        if let Some(fields) = self.fields.get(&handle) {
            return Ok(fields.clone());
        }
        let leaves = self.leaves(shape)?;
        if leaves > MOST_LEAVES {
            return Err(format!(
                "a value of {leaves} numbers is too large to be copied as a whole (at most {MOST_LEAVES})"
            ));
        }
        let mut fields = Vec::with_capacity(leaves as usize);
        self.flatten(shape, 0, &mut fields)?;
        let fields: Rc<[Field]> = fields.into();
        self.fields.insert(handle, fields.clone());
        Ok(fields)
    }

    fn flatten(&self, shape: Shape, offset: u32, fields: &mut Vec<Field>) -> Result<(), String> {
        match shape {
            Shape::Scalar(scalar) => fields.push(Field { kind: Kind::of(scalar)?, offset }),
            Shape::Vector(size, scalar) => {
                let kind = Kind::of(scalar)?;
                let width = u32::from(scalar.width);
                fields.extend((0..size as u32).map(|lane| Field { kind, offset: offset + lane * width }));
            }
            Shape::Composite(handle) => match &self.module.types[handle].inner {
                TypeInner::Array { base, size: ArraySize::Constant(count), stride } => {
                    for element in 0..count.get() {
                        self.flatten(self.shape(*base), offset + element * stride, fields)?;
                    }
                }
                TypeInner::Struct { members, .. } => {
                    for member in members {
                        self.flatten(self.shape(member.ty), offset + member.offset, fields)?;
                    }
                }
                other => return Err(unsupported_type(other)),
            },
        }
        Ok(())
    }

    /// The part that a constant index names.
    pub(super) fn part(&self, shape: Shape, index: u32) -> Result<Part, String> {
        if let Shape::Composite(handle) = shape
            && let TypeInner::Struct { members, .. } = &self.module.types[handle].inner
        {
            let mut leaf = 0;
            for member in &members[..index as usize] {
                leaf += self.leaves(self.shape(member.ty))?;
            }
            let member = &members[index as usize];
            return Ok(Part { shape: self.shape(member.ty), leaf, offset: member.offset });
        }
        let elements = self.elements(shape)?;
        Ok(Part { shape: elements.shape, leaf: index * elements.leaves, offset: index * elements.stride })
    }

    /// The elements of an array or vector.
    pub(super) fn elements(&self, shape: Shape) -> Result<Elements, String> {
        match shape {
            Shape::Vector(size, scalar) => Ok(Elements {
                shape: Shape::Scalar(scalar),
                leaves: 1,
                stride: u32::from(scalar.width),
                count: Some(size as u32),
            }),
            Shape::Composite(handle) => match self.module.types[handle].inner {
                TypeInner::Array { base, size, stride } => {
                    let count = match size {
                        ArraySize::Constant(count) => Some(count.get()),
                        ArraySize::Dynamic => None,
                        ArraySize::Pending(_) => {
                            return Err(
                                "an array whose size is an override is not supported on the CPU".into()
                            );
                        }
                    };
                    let shape = self.shape(base);
                    Ok(Elements { shape, leaves: self.leaves(shape)?, stride, count })
                }
                ref other => Err(unsupported_type(other)),
            },
            Shape::Scalar(scalar) => Err(unsupported_type(&TypeInner::Scalar(scalar))),
        }
    }

    /// Whether an array is in it, so that an index may have to be computed into it.
    pub(super) fn has_array(&self, shape: Shape) -> bool {
        let Shape::Composite(handle) = shape else { return false };
        match &self.module.types[handle].inner {
            TypeInner::Array { .. } => true,
            TypeInner::Struct { members, .. } => {
                members.iter().any(|member| self.has_array(self.shape(member.ty)))
            }
            _ => false,
        }
    }

    /// Size in bytes, for memory; runtime-sized arrays count as one element.
    pub(super) fn size(&self, shape: Shape) -> u32 {
        match shape {
            Shape::Scalar(scalar) => u32::from(scalar.width),
            Shape::Vector(size, scalar) => size as u32 * u32::from(scalar.width),
            Shape::Composite(handle) => match &self.module.types[handle].inner {
                TypeInner::Array { size: ArraySize::Constant(count), stride, .. } => {
                    count.get().saturating_mul(*stride)
                }
                TypeInner::Array { stride, .. } => *stride,
                TypeInner::Struct { span, .. } => *span,
                _ => 0,
            },
        }
    }

    /// The runtime-sized array of a buffer: its offset and stride in bytes.
    pub(super) fn runtime_array(&self, shape: Shape) -> Option<(u32, u32)> {
        let Shape::Composite(handle) = shape else { return None };
        match &self.module.types[handle].inner {
            TypeInner::Array { size: ArraySize::Dynamic, stride, .. } => Some((0, *stride)),
            TypeInner::Struct { members, .. } => {
                let last = members.last()?;
                match self.module.types[last.ty].inner {
                    TypeInner::Array { size: ArraySize::Dynamic, stride, .. } => Some((last.offset, stride)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn unsupported_type(inner: &TypeInner) -> String {
    let name = match inner {
        TypeInner::Matrix { .. } | TypeInner::CooperativeMatrix { .. } => "matrices",
        TypeInner::Image { .. } | TypeInner::Sampler { .. } => "textures and samplers",
        TypeInner::AccelerationStructure { .. } | TypeInner::RayQuery { .. } => "ray queries",
        TypeInner::BindingArray { .. } => "arrays of bindings",
        TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. } => "pointers inside of values",
        _ => "values of this type",
    };
    format!("{name} are not supported on the CPU")
}
