//! Lets a function with a result end in a loop that is left only by `return`.
//!
//! WGSL allows that, since the end of such a function is never reached. naga does not see it: it ends the function with a
//! `return` that lacks a value, and then refuses it. Once the loop burns fuel the end *is* reached; the value
//! returned there is zero.

use naga::{Expression, Function, Handle, Span, Statement};

/// Gives a value to the returns that naga added after loops without any `break`.
pub fn complete(function: &mut Function) {
    let Some(result) = &function.result else { return };
    let ty = result.ty;
    let mut zero = None;
    let expressions = &mut function.expressions;
    complete_block(&mut function.body, &mut || {
        *zero.get_or_insert_with(|| expressions.append(Expression::ZeroValue(ty), Span::UNDEFINED))
    });
}

fn complete_block(block: &mut [Statement], zero: &mut dyn FnMut() -> Handle<Expression>) {
    if let [.., Statement::Loop { body, break_if: None, .. }, Statement::Return { value: value @ None }] =
        block
        && !breaks(body)
    {
        *value = Some(zero());
        return;
    }
    match block.last_mut() {
        Some(Statement::Block(block)) => complete_block(block, zero),
        Some(Statement::If { accept, reject, .. }) => {
            complete_block(accept, zero);
            complete_block(reject, zero);
        }
        Some(Statement::Switch { cases, .. }) => {
            cases.iter_mut().for_each(|case| complete_block(&mut case.body, zero))
        }
        _ => {}
    }
}

/// Whether a `break` in `block` leaves the loop whose body it is.
fn breaks(block: &[Statement]) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Break => true,
        Statement::Block(block) => breaks(block),
        Statement::If { accept, reject, .. } => breaks(accept) || breaks(reject),
        _ => false,
    })
}
