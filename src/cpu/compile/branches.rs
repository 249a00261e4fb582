//! Small branches that only compute and set variables become selects: a select costs a cycle or two where a
//! mispredicted branch costs twenty.

use cranelift_frontend::Variable;
use naga::valid::FunctionInfo;
use naga::{
    BinaryOperator as Binary, Expression, Function, Handle, MathFunction as Math, Statement, TypeInner,
};

use super::Unsupported;
use super::lowering::{Lowering, Place};
use super::memory::Pointer;
use super::structure::{Node, Step};
use super::values::{Journal, Leaf};

/// Branches that cost more, together, in roughly instructions, stay branches.
const MOST_SPECULATED: u32 = 24;

/// A loop's test that costs more is not repeated at the loop's end.
const MOST_REPEATED: u32 = 6;

/// What it costs to execute statements that need not be executed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    instructions: u32,
    /// Whether they write through pointers that their function was given.
    through: bool,
}

impl Cost {
    fn add(&mut self, other: Cost) {
        self.instructions = self.instructions.saturating_add(other.instructions);
        self.through |= other.through;
    }
}

/// The function whose statements are weighed; `inlined` says that it is the one being translated.
#[derive(Clone, Copy)]
struct Weighed<'m> {
    handle: Handle<Function>,
    function: &'m Function,
    info: &'m FunctionInfo,
    inlined: bool,
}

impl<'m> Lowering<'m, '_> {
    /// Whether all of these may be executed one after the other, only one of them counting.
    pub(super) fn becomes_select(&mut self, bodies: &[&[Node<'m>]]) -> Result<bool, Unsupported> {
        if !self.options.optimise {
            return Ok(false);
        }
        let frame = self.frame();
        let weighed =
            Weighed { handle: frame.handle, function: frame.function, info: frame.info, inlined: true };
        let mut sum = Cost::default();
        for body in bodies {
            match self.cost(weighed, body) {
                Some(cost) => sum.add(cost),
                None => return Ok(false),
            }
        }
        Ok(sum.instructions <= MOST_SPECULATED)
    }

    /// Whether computing this twice costs next to nothing.
    pub(super) fn is_cheap(&mut self, nodes: &[Node<'m>]) -> bool {
        let frame = self.frame();
        let weighed =
            Weighed { handle: frame.handle, function: frame.function, info: frame.info, inlined: true };
        self.cost(weighed, nodes).is_some_and(|cost| cost.instructions <= MOST_REPEATED)
    }

    /// Executes every branch and selects, variable by variable, what the one that was meant has left.
    pub(super) fn selected(
        &mut self,
        branches: &[(Leaf, &[Node<'m>])],
        otherwise: &[Node<'m>],
    ) -> Result<(), Unsupported> {
        let mut effects = Vec::with_capacity(branches.len());
        for (_, body) in branches {
            effects.push(self.tried(body)?);
        }
        let default = self.tried(otherwise)?;
        let mut changed: Vec<Variable> = Vec::new();
        for (variable, _) in effects.iter().flatten().chain(&default) {
            if !changed.contains(variable) {
                changed.push(*variable);
            }
        }
        for variable in changed {
            let before = self.read(variable);
            let after = |effect: &[(Variable, Leaf)]| {
                effect.iter().find(|(changed, _)| *changed == variable).map_or(before, |(_, leaf)| *leaf)
            };
            let mut value = after(&default);
            for ((condition, _), effect) in branches.iter().zip(&effects).rev() {
                value = self.select(*condition, after(effect), value);
            }
            self.write(variable, value);
        }
        Ok(())
    }

    /// Executes a branch, takes its effects back and returns them.
    fn tried(&mut self, body: &[Node<'m>]) -> Result<Vec<(Variable, Leaf)>, Unsupported> {
        self.journals.push(Journal { before: Vec::new(), births: self.births });
        let outcome = self.nodes(body);
        let journal = self.journals.pop();
        outcome?;
        let before = journal.map(|journal| journal.before).unwrap_or_default();
        let after = before.iter().map(|&(variable, _)| (variable, self.read(variable))).collect();
        for (variable, leaf) in before {
            self.overwrite(variable, leaf);
        }
        Ok(after)
    }

    /// What a whole function costs, if it may be executed where it need not be.
    fn function_cost(&mut self, handle: Handle<Function>) -> Option<Cost> {
        if let Some(cost) = self.costs.get(&handle) {
            return *cost;
        }
        let function = &self.module.functions[handle];
        let weighed = Weighed { handle, function, info: &self.info[handle], inlined: false };
        let body = self.body(handle);
        let cost = self.cost(weighed, &body);
        self.costs.insert(handle, cost);
        cost
    }

    fn cost(&mut self, weighed: Weighed<'m>, nodes: &[Node<'m>]) -> Option<Cost> {
        let mut sum = Cost::default();
        for node in nodes {
            let cost = match &node.step {
                Step::Plain(statement) => self.statement_cost(weighed, statement)?,
                Step::If { accept, reject, .. } => {
                    let mut cost = self.cost(weighed, accept)?;
                    cost.add(self.cost(weighed, reject)?);
                    cost.instructions += 1;
                    cost
                }
                Step::Switch { cases, .. } => {
                    let mut cost = Cost::default();
                    for case in cases {
                        if case.fall_through && !case.body.is_empty() {
                            return None;
                        }
                        cost.add(self.cost(weighed, &case.body)?);
                        cost.instructions += 1;
                    }
                    cost
                }
                Step::Result(_) => Cost { instructions: 1, through: false },
                Step::Loop { .. } | Step::Break | Step::Continue | Step::Return(_) => return None,
            };
            sum.add(cost);
            if sum.instructions > 2 * MOST_SPECULATED {
                return None;
            }
        }
        Some(sum)
    }

    fn statement_cost(&mut self, weighed: Weighed<'m>, statement: &'m Statement) -> Option<Cost> {
        let mut cost = Cost::default();
        match statement {
            Statement::Emit(range) => {
                for handle in range.clone() {
                    if weighed.info[handle].ref_count > 0 {
                        cost.instructions += self.expression_cost(weighed, handle)?;
                    }
                }
            }
            Statement::Store { pointer, .. } => {
                cost.instructions += 1;
                cost.through = self.writable(weighed, *pointer)?;
            }
            Statement::Call { function, arguments, .. } => {
                match self.module.functions[*function].name.as_deref() {
                    Some("throng_multiply_wide") => cost.instructions += 4,
                    Some("throng_random_word") => cost.instructions += 6,
                    _ => {
                        cost = self.function_cost(*function)?;
                        if cost.through {
                            cost.through = false;
                            for &argument in arguments {
                                if self.is_pointer(weighed, argument) {
                                    cost.through |= self.writable(weighed, argument)?;
                                }
                            }
                        }
                    }
                }
            }
            _ => return None,
        }
        Some(cost)
    }

    fn is_pointer(&self, weighed: Weighed<'m>, handle: Handle<Expression>) -> bool {
        matches!(
            weighed.info[handle].ty.inner_with(&self.module.types),
            TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. }
        )
    }

    /// Whether a write can be taken back: to variables it can, to memory not. Some(true): if the function's
    /// arguments say so.
    fn writable(&mut self, weighed: Weighed<'m>, pointer: Handle<Expression>) -> Option<bool> {
        let in_variables = |pointer: &Pointer| matches!(pointer, Pointer::Variables { .. }).then_some(false);
        match weighed.function.expressions[pointer] {
            Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => {
                self.writable(weighed, base)
            }
            Expression::GlobalVariable(global) => in_variables(self.globals.get(&global)?),
            Expression::FunctionArgument(index) if weighed.inlined => {
                match &self.frame().arguments[index as usize] {
                    super::values::Datum::Pointer(pointer) => in_variables(pointer),
                    super::values::Datum::Value(_) => None,
                }
            }
            Expression::FunctionArgument(_) => Some(true),
            Expression::LocalVariable(local) if weighed.inlined => {
                in_variables(&self.frame().locals[local.index()])
            }
            Expression::LocalVariable(local) => {
                let shape = self.types.shape(weighed.function.local_variables[local].ty);
                let place = Place::Local(weighed.handle, local);
                self.stays_in_variables(shape, place).then_some(false)
            }
            _ => None,
        }
    }

    fn expression_cost(&self, weighed: Weighed<'m>, handle: Handle<Expression>) -> Option<u32> {
        let lanes = match weighed.info[handle].ty.inner_with(&self.module.types) {
            TypeInner::Vector { size, .. } => *size as u32,
            _ => 1,
        };
        let each = match &weighed.function.expressions[handle] {
            Expression::Binary { op: Binary::Divide | Binary::Modulo, .. } => 8,
            Expression::Binary { .. } | Expression::Unary { .. } | Expression::Select { .. } => 1,
            Expression::As { .. } => 1,
            Expression::Access { .. } => 2,
            Expression::Load { pointer } => self.load_cost(weighed, *pointer),
            Expression::Relational { .. } => 2,
            Expression::Math { fun: Math::Abs | Math::Min | Math::Max, .. } => 1,
            Expression::Math { fun: Math::Clamp | Math::Sign | Math::CountOneBits, .. } => 2,
            Expression::Math { fun: Math::Floor | Math::Fract | Math::Dot | Math::Mix, .. } => 4,
            Expression::Math { .. } => 20,
            Expression::ArrayLength(_) => 1,
            _ => 0,
        };
        Some(each * lanes)
    }

    fn load_cost(&self, weighed: Weighed<'m>, pointer: Handle<Expression>) -> u32 {
        match weighed.function.expressions[pointer] {
            Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => {
                self.load_cost(weighed, base)
            }
            Expression::GlobalVariable(global) => match self.globals.get(&global) {
                Some(Pointer::Memory { .. }) => 4,
                _ => 0,
            },
            _ => 0,
        }
    }
}
