//! Loops with few, known trips are written out: their counters become constants, and so do the indices and
//! conditions computed from them.

use std::collections::HashMap;

use naga::{Expression, Handle, LocalVariable, Statement, UnaryOperator};

use super::arithmetic::fold;
use super::lowering::Lowering;
use super::memory::Pointer;
use super::structure::{Node, Step};
use super::types::Kind;
use super::values::{Datum, Leaf};

/// Loops with more trips than this stay loops.
const MOST_TRIPS: u32 = 32;

/// Trips times expressions of the body; above this a loop stays a loop.
const MOST_UNROLLED: usize = 4096;

type Counters = HashMap<Handle<LocalVariable>, Leaf>;

impl<'m> Lowering<'m, '_> {
    /// How often the loop's body will be executed, if that is known and it is worth writing out.
    pub(super) fn trips(&mut self, body: &[Node<'m>], continuing: &[Node<'m>]) -> Option<u32> {
        let first = body.iter().position(|node| !matches!(node.step, Step::Plain(Statement::Emit(_))))?;
        let Step::If { condition, accept, reject } = &body[first].step else { return None };
        let leaves = |nodes: &[Node<'m>]| matches!(nodes, [Node { step: Step::Break, .. }]);
        let goes_on = match (leaves(accept), leaves(reject)) {
            (false, true) => 1,
            (true, false) => 0,
            _ => return None,
        };
        let mut counters = Counters::new();
        self.find_counters(*condition, &mut counters, 8);
        counters.retain(|&counter, _| !self.writes(body, counter));
        if counters.is_empty() {
            return None;
        }
        for trips in 0..=MOST_TRIPS {
            if self.predict(*condition, &counters, 16)?.known()? != goes_on {
                let size = self.size(body).saturating_add(self.size(continuing));
                return (size.saturating_mul(trips as usize) <= MOST_UNROLLED).then_some(trips);
            }
            for node in continuing {
                match &node.step {
                    Step::Plain(Statement::Emit(_)) => {}
                    Step::Plain(Statement::Store { pointer, value }) => {
                        let Some(local) = self.root(*pointer) else { continue };
                        if counters.contains_key(&local) {
                            let direct = matches!(self.expression(*pointer), Expression::LocalVariable(_));
                            let next =
                                if direct { self.predict(*value, &counters, 16)? } else { return None };
                            counters.insert(local, next);
                        }
                    }
                    _ => return None,
                }
            }
        }
        None
    }

    fn expression(&mut self, handle: Handle<Expression>) -> &'m Expression {
        &self.frame().function.expressions[handle]
    }

    /// The local variable that a pointer leads into.
    fn root(&mut self, pointer: Handle<Expression>) -> Option<Handle<LocalVariable>> {
        match self.expression(pointer) {
            Expression::LocalVariable(local) => Some(*local),
            Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => self.root(*base),
            _ => None,
        }
    }

    /// Integer variables that the condition depends on and whose values are known now.
    fn find_counters(&mut self, handle: Handle<Expression>, counters: &mut Counters, depth: u32) {
        if depth == 0 {
            return;
        }
        match self.expression(handle) {
            Expression::Load { pointer } => {
                let Expression::LocalVariable(local) = self.expression(*pointer) else { return };
                if let Pointer::Variables { list, .. } = self.frame().locals[local.index()].clone()
                    && let [variable] = list[..]
                    && let Some(bits) = self.known[variable.as_u32() as usize]
                {
                    counters.insert(*local, Leaf::Known(self.kinds[variable.as_u32() as usize], bits));
                }
            }
            Expression::Binary { left, right, .. } => {
                self.find_counters(*left, counters, depth - 1);
                self.find_counters(*right, counters, depth - 1);
            }
            Expression::Unary { expr, .. } | Expression::As { expr, .. } => {
                self.find_counters(*expr, counters, depth - 1);
            }
            _ => {}
        }
    }

    /// The value that an expression will have when the counters have these values.
    fn predict(&mut self, handle: Handle<Expression>, counters: &Counters, depth: u32) -> Option<Leaf> {
        if depth == 0 {
            return None;
        }
        match self.expression(handle) {
            Expression::Literal(_) | Expression::Constant(_) | Expression::ZeroValue(_) => {
                self.scalar(handle).ok().filter(|leaf| leaf.known().is_some())
            }
            Expression::FunctionArgument(index) => match self.frame().arguments.get(*index as usize)? {
                Datum::Value(value) if value.len() == 1 && value[0].known().is_some() => Some(value[0]),
                _ => None,
            },
            Expression::Load { pointer } => match self.expression(*pointer) {
                Expression::LocalVariable(local) => counters.get(local).copied(),
                _ => None,
            },
            Expression::Binary { op, left, right } => {
                let left = self.predict(*left, counters, depth - 1)?;
                let right = self.predict(*right, counters, depth - 1)?;
                let kind = left.kind();
                (kind != Kind::Float).then_some(fold(*op, kind, left.known()?, right.known()?))
            }
            Expression::Unary { op: UnaryOperator::LogicalNot, expr } => {
                let bits = self.predict(*expr, counters, depth - 1)?.known()?;
                Some(Leaf::Known(Kind::Bool, bits ^ 1))
            }
            Expression::As { expr, kind, convert: Some(_) } => {
                let leaf = self.predict(*expr, counters, depth - 1)?;
                let to = Kind::of(naga::Scalar { kind: *kind, width: 4 }).ok()?;
                let integers = [Kind::Sint, Kind::Uint];
                (integers.contains(&leaf.kind()) && integers.contains(&to))
                    .then_some(Leaf::Known(to, leaf.known()?))
            }
            _ => None,
        }
    }

    /// Whether statements may write a local variable.
    pub(super) fn writes(&mut self, nodes: &[Node<'m>], local: Handle<LocalVariable>) -> bool {
        nodes.iter().any(|node| match &node.step {
            Step::Plain(Statement::Store { pointer, .. }) => self.root(*pointer) == Some(local),
            Step::Plain(Statement::Call { arguments, .. }) => {
                arguments.iter().any(|&argument| self.root(argument) == Some(local))
            }
            Step::If { accept, reject, .. } => self.writes(accept, local) || self.writes(reject, local),
            Step::Switch { cases, .. } => cases.iter().any(|case| self.writes(&case.body, local)),
            Step::Loop { body, continuing, .. } => self.writes(body, local) || self.writes(continuing, local),
            _ => false,
        })
    }

    /// Expressions and statements, with the functions called.
    fn size(&mut self, nodes: &[Node<'m>]) -> usize {
        let mut size = 0usize;
        for node in nodes {
            size = size.saturating_add(match &node.step {
                Step::Plain(Statement::Emit(range)) => range.clone().count(),
                Step::Plain(Statement::Call { function, .. }) => match self.sizes.get(function) {
                    Some(size) => *size,
                    None => {
                        let body = self.body(*function);
                        let size = self.size(&body);
                        self.sizes.insert(*function, size);
                        size
                    }
                },
                Step::If { accept, reject, .. } => {
                    self.size(accept).saturating_add(self.size(reject)).saturating_add(1)
                }
                Step::Switch { cases, .. } => cases
                    .iter()
                    .fold(0usize, |size, case| size.saturating_add(self.size(&case.body)).saturating_add(1)),
                // A loop within may be unrolled, too.
                Step::Loop { body, continuing, .. } => {
                    self.size(body).saturating_add(self.size(continuing)).saturating_mul(8)
                }
                _ => 1,
            });
        }
        size
    }
}
