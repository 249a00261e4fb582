//! A function's expressions, rebuilt with others put in between.
//!
//! Expressions refer to earlier ones by handle, and statements evaluate ("emit") ranges of them. To put an expression
//! before another, everything after it moves: this pass copies the arena in order and takes every handle along.

use naga::{Arena, Expression, Function, Handle, Range, Span, Statement};

use super::operands;

/// Where a rewrite appends what is to be evaluated just before the expression at hand.
pub struct Before<'a> {
    arena: &'a mut Arena<Expression>,
    /// The place of the expression at hand in the text.
    pub span: Span,
}

impl Before<'_> {
    /// Appends an expression that is evaluated together with the one at hand; it must be one that needs evaluation (not a
    /// literal).
    pub fn append(&mut self, expression: Expression, span: Span) -> Handle<Expression> {
        self.arena.append(expression, span)
    }
}

/// Rebuilds the expressions of `function`: first `literals`, then each old one after `rewrite` has seen it.
///
/// `rewrite` gets the old handle, the expression with its operands already taken along, a place to append to, and
/// the handles of `literals`.
///
/// # Errors
///
/// A sentence that names an expression or a statement that is not supported.
pub fn rebuild(
    function: &mut Function,
    literals: &[Expression],
    mut rewrite: impl FnMut(Handle<Expression>, &mut Expression, &mut Before, &[Handle<Expression>]),
) -> Result<(), String> {
    let mut arena = Arena::new();
    let literals: Vec<_> =
        literals.iter().map(|literal| arena.append(literal.clone(), Span::UNDEFINED)).collect();
    // For each old expression: the first new one that belongs to it, and itself.
    let mut moved: Vec<(Handle<Expression>, Handle<Expression>)> =
        Vec::with_capacity(function.expressions.len());
    for (old, mut expression, span) in function.expressions.drain() {
        operands::of_expression(&mut expression, &mut |operand| *operand = moved[operand.index()].1)?;
        let length = arena.len();
        rewrite(old, &mut expression, &mut Before { arena: &mut arena, span }, &literals);
        let new = arena.append(expression, span);
        let first = arena.range_from(length).next().unwrap_or(new);
        moved.push((first, new));
    }
    function.expressions = arena;
    function.named_expressions =
        function.named_expressions.drain(..).map(|(old, name)| (moved[old.index()].1, name)).collect();
    for (_, variable) in function.local_variables.iter_mut() {
        if let Some(init) = &mut variable.init {
            *init = moved[init.index()].1;
        }
    }
    move_block(&mut function.body, &moved)
}

fn move_block(
    block: &mut [Statement],
    moved: &[(Handle<Expression>, Handle<Expression>)],
) -> Result<(), String> {
    for statement in block {
        operands::of_statement(statement, &mut |operand| *operand = moved[operand.index()].1)?;
        match statement {
            Statement::Emit(range) => {
                if let Some((first, last)) = range.first_and_last() {
                    *range = Range::new_from_bounds(moved[first.index()].0, moved[last.index()].1);
                }
            }
            Statement::Block(block) => move_block(block, moved)?,
            Statement::If { accept, reject, .. } => {
                move_block(accept, moved)?;
                move_block(reject, moved)?;
            }
            Statement::Switch { cases, .. } => {
                for case in cases {
                    move_block(&mut case.body, moved)?;
                }
            }
            Statement::Loop { body, continuing, .. } => {
                move_block(body, moved)?;
                move_block(continuing, moved)?;
            }
            _ => {}
        }
    }
    Ok(())
}
