//! The operands of every expression and statement that a rule or a kernel can contain.
//!
//! Both matches are exhaustive: a new naga with new kinds does not compile until they are considered here.

use naga::{AtomicFunction, Expression, Handle, Statement};

/// Calls `visit` with each expression that `expression` refers to.
///
/// # Errors
///
/// A sentence that names an expression that is not supported.
pub fn of_expression(
    expression: &mut Expression,
    visit: &mut dyn FnMut(&mut Handle<Expression>),
) -> Result<(), String> {
    match expression {
        Expression::Literal(_)
        | Expression::Constant(_)
        | Expression::ZeroValue(_)
        | Expression::FunctionArgument(_)
        | Expression::GlobalVariable(_)
        | Expression::LocalVariable(_)
        | Expression::CallResult(_)
        | Expression::AtomicResult { .. }
        | Expression::WorkGroupUniformLoadResult { .. } => {}
        Expression::Compose { components, .. } => components.iter_mut().for_each(visit),
        Expression::Access { base, index } => [base, index].into_iter().for_each(visit),
        Expression::AccessIndex { base: operand, .. }
        | Expression::Splat { value: operand, .. }
        | Expression::Swizzle { vector: operand, .. }
        | Expression::Load { pointer: operand }
        | Expression::Unary { expr: operand, .. }
        | Expression::Relational { argument: operand, .. }
        | Expression::As { expr: operand, .. }
        | Expression::ArrayLength(operand) => visit(operand),
        Expression::Binary { left, right, .. } => [left, right].into_iter().for_each(visit),
        Expression::Select { condition, accept, reject } => {
            [condition, accept, reject].into_iter().for_each(visit);
        }
        Expression::Math { arg, arg1, arg2, arg3, .. } => {
            visit(arg);
            [arg1, arg2, arg3].into_iter().flatten().for_each(visit);
        }
        Expression::Override(_) => return Err(refused("an `override`")),
        Expression::ImageSample { .. } | Expression::ImageLoad { .. } | Expression::ImageQuery { .. } => {
            return Err(refused("a texture"));
        }
        Expression::Derivative { .. } => return Err(refused("a derivative")),
        Expression::RayQueryVertexPositions { .. }
        | Expression::RayQueryProceedResult
        | Expression::RayQueryGetIntersection { .. } => return Err(refused("a ray query")),
        Expression::SubgroupBallotResult | Expression::SubgroupOperationResult { .. } => {
            return Err(refused("a subgroup operation"));
        }
        Expression::CooperativeLoad { .. } | Expression::CooperativeMultiplyAdd { .. } => {
            return Err(refused("a cooperative matrix"));
        }
    }
    Ok(())
}

/// Calls `visit` with each expression that `statement` itself refers to: not those of the blocks within it, nor
/// the ranges that it evaluates.
///
/// # Errors
///
/// A sentence that names a statement that is not supported.
pub fn of_statement(
    statement: &mut Statement,
    visit: &mut dyn FnMut(&mut Handle<Expression>),
) -> Result<(), String> {
    match statement {
        Statement::Emit(_)
        | Statement::Block(_)
        | Statement::Break
        | Statement::Continue
        | Statement::ControlBarrier(_)
        | Statement::MemoryBarrier(_) => {}
        Statement::If { condition, .. } => visit(condition),
        Statement::Switch { selector, .. } => visit(selector),
        Statement::Loop { break_if, .. } => break_if.iter_mut().for_each(visit),
        Statement::Return { value } => value.iter_mut().for_each(visit),
        Statement::Store { pointer, value } => [pointer, value].into_iter().for_each(visit),
        Statement::Atomic { pointer, fun, value, result } => {
            [pointer, value].into_iter().chain(result).for_each(&mut *visit);
            match fun {
                AtomicFunction::Exchange { compare } => compare.iter_mut().for_each(visit),
                AtomicFunction::Add
                | AtomicFunction::Subtract
                | AtomicFunction::And
                | AtomicFunction::ExclusiveOr
                | AtomicFunction::InclusiveOr
                | AtomicFunction::Min
                | AtomicFunction::Max => {}
            }
        }
        Statement::WorkGroupUniformLoad { pointer, result } => [pointer, result].into_iter().for_each(visit),
        Statement::Call { arguments, result, .. } => arguments.iter_mut().chain(result).for_each(visit),
        Statement::Kill => return Err(refused("`discard`")),
        Statement::ImageStore { .. } | Statement::ImageAtomic { .. } => return Err(refused("a texture")),
        Statement::RayQuery { .. } | Statement::RayPipelineFunction(_) => return Err(refused("a ray query")),
        Statement::SubgroupBallot { .. }
        | Statement::SubgroupGather { .. }
        | Statement::SubgroupCollectiveOperation { .. } => return Err(refused("a subgroup operation")),
        Statement::CooperativeStore { .. } => return Err(refused("a cooperative matrix")),
    }
    Ok(())
}

fn refused(what: &str) -> String {
    format!("{what} is used, which is not supported")
}
