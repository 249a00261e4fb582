//! Expressions.

use naga::{Expression, Handle, Literal, RelationalFunction, ScalarKind};

use cranelift_codegen::ir::InstBuilder;
use cranelift_codegen::ir::condcodes::FloatCC;

use super::Unsupported;
use super::lowering::Lowering;
use super::types::{Kind, Shape};
use super::values::{Datum, Leaf};

impl Lowering<'_, '_> {
    /// Evaluates the expressions of an Emit statement: this, and not their first use, is when loads happen.
    pub(super) fn emit(&mut self, range: naga::Range<Expression>) -> Result<(), Unsupported> {
        for handle in range {
            if self.frame().info[handle].ref_count == 0 {
                continue;
            }
            self.visit(handle);
            self.count_work()?;
            let datum = self.evaluate(handle)?;
            self.frame().values[handle.index()] = Some(datum);
        }
        Ok(())
    }

    /// What an expression yielded when it was emitted, or the value of one that needs no emission.
    pub(super) fn datum(&mut self, handle: Handle<Expression>) -> Result<Datum, Unsupported> {
        match &self.frame().values[handle.index()] {
            Some(datum) => Ok(datum.clone()),
            None => self.evaluate(handle),
        }
    }

    /// The scalars of an expression's value.
    pub(super) fn value(&mut self, handle: Handle<Expression>) -> Result<Vec<Leaf>, Unsupported> {
        match self.datum(handle)? {
            Datum::Value(value) => Ok(value),
            Datum::Pointer(_) => self.refuse("a pointer cannot be used as a value here"),
        }
    }

    /// The value of an expression that is one scalar.
    pub(super) fn scalar(&mut self, handle: Handle<Expression>) -> Result<Leaf, Unsupported> {
        match self.value(handle)?.first() {
            Some(leaf) => Ok(*leaf),
            None => self.refuse("a number is needed here"),
        }
    }

    fn shape_of(&mut self, handle: Handle<Expression>) -> Result<Shape, Unsupported> {
        let info = self.frame().info;
        self.placed(self.types.shape_of(&info[handle].ty))
    }

    fn evaluate(&mut self, handle: Handle<Expression>) -> Result<Datum, Unsupported> {
        let function = self.frame().function;
        let value = match &function.expressions[handle] {
            Expression::Literal(literal) => vec![self.literal(*literal)?],
            Expression::Constant(constant) => self.constant(self.module.constants[*constant].init)?,
            Expression::ZeroValue(ty) => self.zero(*ty)?,
            Expression::Compose { ty, components } => {
                let mut leaves = Vec::new();
                for &component in components {
                    leaves.extend(self.value(component)?);
                }
                self.composed(*ty, leaves)?
            }
            Expression::Access { base, index } => {
                let index = self.scalar(*index)?;
                match self.datum(*base)? {
                    Datum::Pointer(pointer) => return Ok(Datum::Pointer(self.step(&pointer, index)?)),
                    Datum::Value(value) => {
                        let shape = self.shape_of(*base)?;
                        self.element(&value, shape, index)?
                    }
                }
            }
            Expression::AccessIndex { base, index } => match self.datum(*base)? {
                Datum::Pointer(pointer) => return Ok(Datum::Pointer(self.step_known(&pointer, *index)?)),
                Datum::Value(value) => {
                    let shape = self.shape_of(*base)?;
                    let part = self.placed(self.types.part(shape, *index))?;
                    let leaves = self.placed(self.types.leaves(part.shape))?;
                    value[part.leaf as usize..(part.leaf + leaves) as usize].to_vec()
                }
            },
            Expression::Splat { size, value } => vec![self.scalar(*value)?; *size as usize],
            Expression::Swizzle { size, vector, pattern } => {
                let vector = self.value(*vector)?;
                pattern[..*size as usize].iter().map(|&component| vector[component as usize]).collect()
            }
            Expression::FunctionArgument(index) => return Ok(self.frame().arguments[*index as usize].clone()),
            Expression::GlobalVariable(global) => match self.globals.get(global) {
                Some(pointer) => return Ok(Datum::Pointer(pointer.clone())),
                None => return self.refuse("this kind of variable is not supported on the CPU"),
            },
            Expression::LocalVariable(local) => {
                return Ok(Datum::Pointer(self.frame().locals[local.index()].clone()));
            }
            Expression::Load { pointer } => {
                let pointer = self.pointer(*pointer)?;
                self.load(&pointer)?
            }
            Expression::Unary { op, expr } => {
                let value = self.value(*expr)?;
                value.into_iter().map(|leaf| self.unary(*op, leaf)).collect()
            }
            Expression::Binary { op, left, right } => {
                let (left, right) = (self.value(*left)?, self.value(*right)?);
                self.binary_lists(*op, &left, &right)
            }
            Expression::Select { condition, accept, reject } => {
                let (condition, accept) = (self.value(*condition)?, self.value(*accept)?);
                let reject = self.value(*reject)?;
                (0..accept.len())
                    .map(|lane| self.select(condition[lane % condition.len()], accept[lane], reject[lane]))
                    .collect()
            }
            Expression::Relational { fun, argument } => {
                let argument = self.value(*argument)?;
                self.relational(*fun, &argument)
            }
            Expression::Math { fun, arg, arg1, arg2, arg3 } => {
                let mut arguments = vec![self.value(*arg)?];
                for argument in [arg1, arg2, arg3].into_iter().flatten() {
                    arguments.push(self.value(*argument)?);
                }
                self.math(*fun, &arguments)?
            }
            Expression::As { expr, kind, convert } => {
                let value = self.value(*expr)?;
                let width = convert.unwrap_or(if *kind == ScalarKind::Bool { naga::BOOL_WIDTH } else { 4 });
                let kind = self.placed(Kind::of(naga::Scalar { kind: *kind, width }))?;
                value
                    .into_iter()
                    .map(
                        |leaf| {
                            if convert.is_some() {
                                self.convert(leaf, kind)
                            } else {
                                self.bitcast(leaf, kind)
                            }
                        },
                    )
                    .collect()
            }
            Expression::ArrayLength(array) => {
                let pointer = self.pointer(*array)?;
                vec![self.array_length(&pointer)?]
            }
            Expression::CallResult(_) | Expression::AtomicResult { .. } => {
                return self.refuse("this result is used before it exists");
            }
            Expression::Override(_) => return self.refuse("overrides are not supported on the CPU"),
            Expression::ImageSample { .. } | Expression::ImageLoad { .. } | Expression::ImageQuery { .. } => {
                return self.refuse("textures are not supported on the CPU");
            }
            Expression::Derivative { .. } => return self.refuse("derivatives are not supported on the CPU"),
            Expression::WorkGroupUniformLoadResult { .. } => {
                return self.refuse("workgroupUniformLoad is not supported on the CPU");
            }
            Expression::SubgroupBallotResult | Expression::SubgroupOperationResult { .. } => {
                return self.refuse("subgroup operations are not supported on the CPU");
            }
            Expression::RayQueryVertexPositions { .. }
            | Expression::RayQueryProceedResult
            | Expression::RayQueryGetIntersection { .. } => {
                return self.refuse("ray queries are not supported on the CPU");
            }
            Expression::CooperativeLoad { .. } | Expression::CooperativeMultiplyAdd { .. } => {
                return self.refuse("matrices are not supported on the CPU");
            }
        };
        Ok(Datum::Value(value))
    }

    fn literal(&self, literal: Literal) -> Result<Leaf, Unsupported> {
        match literal {
            Literal::F32(value) => Ok(Leaf::float(value)),
            Literal::U32(value) => Ok(Leaf::uint(value)),
            Literal::I32(value) => Ok(Leaf::Known(Kind::Sint, value as u32)),
            Literal::Bool(value) => Ok(if value { Leaf::TRUE } else { Leaf::FALSE }),
            other => self.placed(Kind::of(other.scalar()).map(|kind| Leaf::Known(kind, 0))),
        }
    }

    fn zero(&mut self, ty: Handle<naga::Type>) -> Result<Vec<Leaf>, Unsupported> {
        let shape = self.types.shape(ty);
        Ok(self.fields(shape)?.iter().map(|field| Leaf::Known(field.kind, 0)).collect())
    }

    fn composed(&mut self, ty: Handle<naga::Type>, leaves: Vec<Leaf>) -> Result<Vec<Leaf>, Unsupported> {
        let expected = self.placed(self.types.leaves(self.types.shape(ty)))?;
        if expected as usize != leaves.len() {
            return self.refuse("this composite value is not supported on the CPU");
        }
        Ok(leaves)
    }

    /// The value of a module-scope constant expression; naga has evaluated all of its operators.
    pub(super) fn constant(&mut self, handle: Handle<Expression>) -> Result<Vec<Leaf>, Unsupported> {
        match &self.module.global_expressions[handle] {
            Expression::Literal(literal) => Ok(vec![self.literal(*literal)?]),
            Expression::Constant(constant) => self.constant(self.module.constants[*constant].init),
            Expression::ZeroValue(ty) => self.zero(*ty),
            Expression::Compose { ty, components } => {
                let mut leaves = Vec::new();
                for &component in components {
                    leaves.extend(self.constant(component)?);
                }
                self.composed(*ty, leaves)
            }
            Expression::Splat { size, value } => {
                let value = self.constant(*value)?;
                Ok(vec![value[0]; *size as usize])
            }
            _ => {
                self.span = self.module.global_expressions.get_span(handle);
                self.refuse("this constant expression is not supported on the CPU")
            }
        }
    }

    fn relational(&mut self, function: RelationalFunction, argument: &[Leaf]) -> Vec<Leaf> {
        use naga::BinaryOperator as Binary;
        let combine = match function {
            RelationalFunction::All => Binary::LogicalAnd,
            RelationalFunction::Any => Binary::LogicalOr,
            RelationalFunction::IsNan | RelationalFunction::IsInf => {
                return argument
                    .iter()
                    .map(|&leaf| {
                        let value = self.machine(leaf);
                        let test = if function == RelationalFunction::IsNan {
                            self.builder.ins().fcmp(FloatCC::Unordered, value, value)
                        } else {
                            let magnitude = self.builder.ins().fabs(value);
                            let infinity = self.machine(Leaf::float(f32::INFINITY));
                            self.builder.ins().fcmp(FloatCC::Equal, magnitude, infinity)
                        };
                        Leaf::Value(Kind::Bool, test)
                    })
                    .collect();
            }
        };
        let mut result = argument[0];
        for &leaf in &argument[1..] {
            result = self.binary(combine, result, leaf);
        }
        vec![result]
    }
}
