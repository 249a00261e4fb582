//! Statements rearranged so that as few jumps as possible remain.
//!
//! A jump to where control would arrive anyway is dropped, and what follows a branch that never falls through
//! moves into the other branch: `if c { continue; } rest` becomes `if c {} else { rest }`, which can then become
//! a select.

use naga::{Block, Expression, Handle, Span, Statement, SwitchValue};

/// One statement of the rearranged body.
#[derive(Debug)]
pub(super) struct Node<'m> {
    pub(super) step: Step<'m>,
    pub(super) span: Span,
}

/// What a [`Node`] does.
#[derive(Debug)]
pub(super) enum Step<'m> {
    /// Emit, Store, Call, Atomic and whatever else neither branches nor jumps.
    Plain(&'m Statement),
    If {
        condition: Handle<Expression>,
        accept: Vec<Node<'m>>,
        reject: Vec<Node<'m>>,
    },
    Switch {
        selector: Handle<Expression>,
        cases: Vec<Case<'m>>,
    },
    Loop {
        body: Vec<Node<'m>>,
        continuing: Vec<Node<'m>>,
        break_if: Option<Handle<Expression>>,
    },
    Break,
    Continue,
    /// Sets the function's result and jumps to its end.
    Return(Option<Handle<Expression>>),
    /// Sets the function's result at its end.
    Result(Option<Handle<Expression>>),
}

/// One case of a switch.
#[derive(Debug)]
pub(super) struct Case<'m> {
    pub(super) value: SwitchValue,
    pub(super) body: Vec<Node<'m>>,
    pub(super) fall_through: bool,
}

/// Which jumps lead to where the block's end leads anyway.
#[derive(Debug, Clone, Copy, Default)]
struct Tail {
    breaks: bool,
    continues: bool,
    returns: bool,
}

/// Branches nested deeper than this by moving statements into them are left as they are.
const DEEPEST: usize = 48;

/// A function's body as nodes; `rearrange` off gives the statements in their own order.
pub(super) fn body(block: &Block, rearrange: bool) -> Vec<Node<'_>> {
    let mut structure = Structure { rearrange, depth: 0 };
    let tail = Tail { returns: rearrange, ..Tail::default() };
    structure.sequence(flat(block), tail)
}

/// Statements of a block with inner blocks spliced in: naga's expressions need no scopes.
fn flat(block: &Block) -> Vec<(&Statement, Span)> {
    fn extend<'m>(block: &'m Block, list: &mut Vec<(&'m Statement, Span)>) {
        for (statement, &span) in block.span_iter() {
            match statement {
                Statement::Block(inner) => extend(inner, list),
                _ => list.push((statement, span)),
            }
        }
    }
    let mut list = Vec::with_capacity(block.len());
    extend(block, &mut list);
    list
}

/// Whether control never reaches the end of the block.
fn leaves(block: &Block) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Return { .. } | Statement::Break | Statement::Continue | Statement::Kill => true,
        Statement::Block(inner) => leaves(inner),
        Statement::If { accept, reject, .. } => leaves(accept) && leaves(reject),
        _ => false,
    })
}

struct Structure {
    rearrange: bool,
    depth: usize,
}

impl Structure {
    fn sequence<'m>(&mut self, mut list: Vec<(&'m Statement, Span)>, tail: Tail) -> Vec<Node<'m>> {
        let mut nodes = Vec::with_capacity(list.len());
        let mut index = 0;
        while index < list.len() {
            let (statement, span) = list[index];
            index += 1;
            let last = index == list.len();
            let inner = if last && self.rearrange { tail } else { Tail::default() };
            let step = match statement {
                Statement::Return { value } => {
                    let step = if tail.returns { Step::Result(*value) } else { Step::Return(*value) };
                    nodes.push(Node { step, span });
                    break;
                }
                Statement::Break => {
                    if !tail.breaks {
                        nodes.push(Node { step: Step::Break, span });
                    }
                    break;
                }
                Statement::Continue => {
                    if !tail.continues {
                        nodes.push(Node { step: Step::Continue, span });
                    }
                    break;
                }
                Statement::If { condition, accept, reject } => {
                    let condition = *condition;
                    let (accept_leaves, reject_leaves) = (leaves(accept), leaves(reject));
                    let (mut accept, mut reject) = (flat(accept), flat(reject));
                    let moves =
                        self.rearrange && !last && self.depth < DEEPEST && (accept_leaves || reject_leaves);
                    if moves {
                        let rest = list.split_off(index);
                        if !accept_leaves {
                            accept.extend(rest);
                        } else if !reject_leaves {
                            reject.extend(rest);
                        }
                        self.depth += 1;
                        let (accept, reject) = (self.sequence(accept, tail), self.sequence(reject, tail));
                        self.depth -= 1;
                        nodes.push(Node { step: Step::If { condition, accept, reject }, span });
                        break;
                    }
                    Step::If {
                        condition,
                        accept: self.sequence(accept, inner),
                        reject: self.sequence(reject, inner),
                    }
                }
                Statement::Switch { selector, cases } => {
                    let count = cases.len();
                    let cases = cases
                        .iter()
                        .enumerate()
                        .map(|(number, case)| {
                            let falls = case.fall_through && number + 1 < count;
                            // Falling off the end of this body leads into the next one, not out of the switch.
                            let tail = if falls {
                                Tail::default()
                            } else {
                                Tail { breaks: self.rearrange, ..inner }
                            };
                            Case {
                                value: case.value,
                                body: self.sequence(flat(&case.body), tail),
                                fall_through: falls,
                            }
                        })
                        .collect();
                    Step::Switch { selector: *selector, cases }
                }
                Statement::Loop { body, continuing, break_if } => Step::Loop {
                    body: self.sequence(flat(body), Tail { continues: self.rearrange, ..Tail::default() }),
                    continuing: self.sequence(flat(continuing), Tail::default()),
                    break_if: *break_if,
                },
                _ => Step::Plain(statement),
            };
            nodes.push(Node { step, span });
        }
        nodes
    }
}
