//! Makes a function return when a loop that ran out of fuel lets control reach its end.

use naga::{Arena, Block, Expression, Handle, Span, Statement, Type};

/// Ends every way through `block` that has no end of its own with the return of a zero value of type `ty`.
pub fn ensure(block: &mut Block, expressions: &mut Arena<Expression>, ty: Handle<Type>) {
    if may_end(block) {
        let zero = expressions.append(Expression::ZeroValue(ty), Span::UNDEFINED);
        block.push(Statement::Return { value: Some(zero) }, Span::UNDEFINED);
    }
}

/// Whether control can pass beyond the end of `block`, as far as its last statement tells.
fn may_end(block: &[Statement]) -> bool {
    match block.last() {
        Some(Statement::Return { .. } | Statement::Kill | Statement::Break | Statement::Continue) => false,
        Some(Statement::Block(block)) => may_end(block),
        Some(Statement::If { accept, reject, .. }) => may_end(accept) || may_end(reject),
        Some(Statement::Switch { cases, .. }) => cases.iter().any(|case| {
            // A break leaves the switch, not the function.
            (may_end(&case.body) && !case.fall_through) || breaks(&case.body)
        }),
        _ => true,
    }
}

/// Whether a `break` in `block` leaves the statement around it.
fn breaks(block: &[Statement]) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Break => true,
        Statement::Block(block) => breaks(block),
        Statement::If { accept, reject, .. } => breaks(accept) || breaks(reject),
        _ => false,
    })
}
