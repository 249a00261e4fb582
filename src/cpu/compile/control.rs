//! Control flow: branches, loops, switches, and what is known where control meets.

use std::rc::Rc;

use cranelift_codegen::ir::{self, InstBuilder};
use cranelift_frontend::Switch;
use naga::valid::GlobalUse;
use naga::{BinaryOperator as Binary, Expression, Handle, Statement, SwitchValue};

use super::Unsupported;
use super::lowering::Lowering;
use super::memory::Pointer;
use super::structure::{Case, Node, Step};
use super::types::Kind;
use super::values::{Datum, Leaf};

/// A point of the program that is jumped to from before it.
#[derive(Debug, Default)]
pub(super) struct Label {
    block: Option<ir::Block>,
    /// The variables' known values that all jumps agree on.
    known: Vec<Option<u32>>,
}

/// A loop that begins with a test: what the test emits, its condition, whether the loop goes on if it is true, and
/// the rest of the body.
struct Test<'n, 'm> {
    emits: &'n [Node<'m>],
    condition: Handle<Expression>,
    stays_if: bool,
    rest: &'n [Node<'m>],
}

/// A [`Label`]'s number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LabelId(usize);

/// Whether a function returns from elsewhere than its end.
fn returns_early(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match &node.step {
        Step::Return(_) => true,
        Step::If { accept, reject, .. } => returns_early(accept) || returns_early(reject),
        Step::Switch { cases, .. } => cases.iter().any(|case| returns_early(&case.body)),
        Step::Loop { body, continuing, .. } => returns_early(body) || returns_early(continuing),
        _ => false,
    })
}

impl<'m> Lowering<'m, '_> {
    pub(super) fn label(&mut self) -> LabelId {
        self.labels.push(Label::default());
        LabelId(self.labels.len() - 1)
    }

    /// The block of a label that control is about to jump to, knowing what is known here.
    fn arrive(&mut self, id: LabelId) -> ir::Block {
        let label = &mut self.labels[id.0];
        match label.block {
            Some(block) => {
                label.known.truncate(self.known.len());
                for (known, here) in label.known.iter_mut().zip(&self.known) {
                    if known != here {
                        *known = None;
                    }
                }
                block
            }
            None => {
                let block = self.builder.create_block();
                label.block = Some(block);
                label.known = self.known.clone();
                block
            }
        }
    }

    pub(super) fn jump(&mut self, id: LabelId) {
        if self.alive {
            let block = self.arrive(id);
            self.builder.ins().jump(block, &[]);
            self.alive = false;
        }
    }

    /// Jumps to one of two labels.
    pub(super) fn branch(&mut self, condition: Leaf, accept: LabelId, reject: LabelId) {
        match condition {
            Leaf::Known(_, 0) => self.jump(reject),
            Leaf::Known(..) => self.jump(accept),
            Leaf::Value(_, test) => {
                let (yes, no) = (self.arrive(accept), self.arrive(reject));
                self.builder.ins().brif(test, yes, &[], no, &[]);
                self.alive = false;
            }
        }
    }

    /// Continues at a label; falls through to it if control gets here. No jump to it may follow.
    pub(super) fn enter(&mut self, id: LabelId) {
        if self.labels[id.0].block.is_none() {
            return;
        }
        self.jump(id);
        let label = std::mem::take(&mut self.labels[id.0]);
        if let Some(block) = label.block {
            self.builder.switch_to_block(block);
            self.builder.seal_block(block);
        }
        let variables = self.kinds.len();
        self.known = label.known;
        self.known.resize(variables, None);
        self.alive = true;
    }

    /// Says that control seldom gets to the present block.
    pub(super) fn unlikely(&mut self) {
        if let Some(block) = self.builder.current_block() {
            self.builder.set_cold_block(block);
        }
    }

    /// Forgets what is known about the variables that a loop may write, where control may come from further on.
    ///
    /// It may write those of its own function that its statements name, those that a function on the way was given
    /// pointers to, and private ones.
    fn forget(&mut self, body: &[Node<'m>], continuing: &[Node<'m>]) {
        let mut kept: Vec<Pointer> = Vec::new();
        for (handle, pointer) in &self.globals {
            if !self.info[self.kernel][*handle].contains(GlobalUse::WRITE) {
                kept.push(pointer.clone());
            }
        }
        if let Some((frame, callers)) = self.frames.split_last() {
            kept.extend(callers.iter().flat_map(|frame| frame.locals.iter().cloned()));
            let function = frame.function;
            for (local, _) in function.local_variables.iter() {
                if !self.writes(body, local) && !self.writes(continuing, local) {
                    kept.extend(self.frame().locals.get(local.index()).cloned());
                }
            }
        }
        let mut known = vec![None; self.known.len()];
        let variables = |pointer: &Pointer| match pointer {
            Pointer::Variables { list, .. } => list.to_vec(),
            Pointer::Memory { .. } => Vec::new(),
        };
        for variable in kept.iter().flat_map(variables) {
            known[variable.as_u32() as usize] = self.known[variable.as_u32() as usize];
        }
        for argument in self.frames.iter().flat_map(|frame| &frame.arguments) {
            if let Datum::Pointer(pointer) = argument {
                variables(pointer).iter().for_each(|variable| known[variable.as_u32() as usize] = None);
            }
        }
        self.known = known;
    }

    pub(super) fn nodes(&mut self, nodes: &[Node<'m>]) -> Result<(), Unsupported> {
        let mut rest = nodes;
        while let ([node, others @ ..], true) = (rest, self.alive) {
            rest = others;
            if let [next, others @ ..] = others
                && self.tested_call(node, next)?
            {
                rest = others;
                continue;
            }
            self.node(node)?;
        }
        Ok(())
    }

    /// A call of a function that returns from several places, and a branch that is all that its result is for: each return leads
    /// to the side of the branch that it means, where nobody need ask again. Says whether they are that.
    fn tested_call(&mut self, call: &Node<'m>, branch: &Node<'m>) -> Result<bool, Unsupported> {
        let Step::Plain(Statement::Call { function, arguments, result: Some(result) }) = &call.step else {
            return Ok(false);
        };
        let Step::If { condition, accept, reject } = &branch.step else { return Ok(false) };
        let frame = self.frame();
        let once = condition == result && frame.info[*result].ref_count == 1;
        if !once || !self.options.optimise || !returns_early(&self.body(*function)) {
            return Ok(false);
        }
        self.span = call.span;
        self.count_work()?;
        let arguments =
            arguments.iter().map(|&argument| self.datum(argument)).collect::<Result<Vec<_>, _>>()?;
        let (yes, no, after) = (self.label(), self.label(), self.label());
        self.inline(*function, arguments, Some([no, yes]))?;
        self.enter(yes);
        self.nodes(accept)?;
        self.jump(after);
        self.enter(no);
        self.nodes(reject)?;
        if self.labels[after.0].block.is_some() {
            self.enter(after);
        }
        Ok(true)
    }

    fn node(&mut self, node: &Node<'m>) -> Result<(), Unsupported> {
        self.span = node.span;
        self.count_work()?;
        match &node.step {
            Step::Plain(statement) => self.plain(statement),
            Step::If { condition, accept, reject } => {
                let condition = self.scalar(*condition)?;
                self.conditional(condition, accept, reject)
            }
            Step::Switch { selector, cases } => {
                let selector = self.scalar(*selector)?;
                self.switch(selector, cases)
            }
            Step::Loop { body, continuing, break_if } => self.repeat(body, continuing, *break_if),
            Step::Break => match self.breaks.last() {
                Some(&target) => {
                    self.jump(target);
                    Ok(())
                }
                None => self.refuse("this break is in no loop"),
            },
            Step::Continue => match self.continues.last() {
                Some(&target) => {
                    self.jump(target);
                    Ok(())
                }
                None => self.refuse("this continue is in no loop"),
            },
            Step::Result(value) => self.set_result(*value),
            Step::Return(value) => {
                if let (Some([no, yes]), Some(value)) = (self.frame().ends, value) {
                    let result = self.scalar(*value)?;
                    self.branch(result, yes, no);
                    return Ok(());
                }
                self.set_result(*value)?;
                let end = self.frame().end;
                self.jump(end);
                Ok(())
            }
        }
    }

    fn set_result(&mut self, value: Option<Handle<Expression>>) -> Result<(), Unsupported> {
        let Some(value) = value else { return Ok(()) };
        let leaves = self.value(value)?;
        for (index, leaf) in leaves.into_iter().enumerate() {
            let variable = self.frame().result[index];
            self.write(variable, leaf);
        }
        Ok(())
    }

    /// A statement without control flow.
    fn plain(&mut self, statement: &'m Statement) -> Result<(), Unsupported> {
        match statement {
            Statement::Emit(range) => self.emit(range.clone()),
            Statement::Store { pointer, value } => {
                let pointer = self.pointer(*pointer)?;
                let value = self.value(*value)?;
                self.store(&pointer, &value)
            }
            Statement::Call { function, arguments, result } => self.call(*function, arguments, *result),
            Statement::Atomic { pointer, fun, value, result } => self.atomic(*pointer, fun, *value, *result),
            Statement::ControlBarrier(_) | Statement::MemoryBarrier(_) => {
                self.refuse("barriers are not supported on the CPU")
            }
            Statement::WorkGroupUniformLoad { .. } => {
                self.refuse("workgroupUniformLoad is not supported on the CPU")
            }
            Statement::ImageStore { .. } | Statement::ImageAtomic { .. } => {
                self.refuse("textures are not supported on the CPU")
            }
            Statement::Kill => self.refuse("discard is not supported on the CPU"),
            Statement::SubgroupBallot { .. }
            | Statement::SubgroupGather { .. }
            | Statement::SubgroupCollectiveOperation { .. } => {
                self.refuse("subgroup operations are not supported on the CPU")
            }
            Statement::RayQuery { .. } | Statement::RayPipelineFunction(_) => {
                self.refuse("ray queries are not supported on the CPU")
            }
            Statement::CooperativeStore { .. } => self.refuse("matrices are not supported on the CPU"),
            Statement::Block(_)
            | Statement::If { .. }
            | Statement::Switch { .. }
            | Statement::Loop { .. }
            | Statement::Break
            | Statement::Continue
            | Statement::Return { .. } => self.refuse("this statement is not supported here"),
        }
    }

    pub(super) fn conditional(
        &mut self,
        condition: Leaf,
        accept: &[Node<'m>],
        reject: &[Node<'m>],
    ) -> Result<(), Unsupported> {
        if let Leaf::Known(_, bits) = condition {
            return self.nodes(if bits != 0 { accept } else { reject });
        }
        if self.becomes_select(&[accept, reject])? {
            return self.selected(&[(condition, accept)], reject);
        }
        let (yes, no, after) = (self.label(), self.label(), self.label());
        self.branch(condition, yes, no);
        self.enter(yes);
        self.nodes(accept)?;
        self.jump(after);
        self.enter(no);
        self.nodes(reject)?;
        if self.labels[after.0].block.is_some() {
            self.enter(after);
        }
        Ok(())
    }

    fn switch(&mut self, selector: Leaf, cases: &[Case<'m>]) -> Result<(), Unsupported> {
        let bits = |value: SwitchValue| match value {
            SwitchValue::I32(value) => Some(value as u32),
            SwitchValue::U32(value) => Some(value),
            SwitchValue::Default => None,
        };
        let default = cases.iter().position(|case| case.value == SwitchValue::Default);
        if selector.known().is_none() && self.switch_selected(selector, cases)? {
            return Ok(());
        }
        let after = self.label();
        let labels: Vec<LabelId> = cases.iter().map(|_| self.label()).collect();
        match selector {
            Leaf::Known(_, known) => {
                let chosen = cases.iter().position(|case| bits(case.value) == Some(known)).or(default);
                self.jump(chosen.map_or(after, |case| labels[case]));
            }
            Leaf::Value(_, value) => {
                let mut switch = Switch::new();
                for (case, &label) in cases.iter().zip(&labels) {
                    if let Some(bits) = bits(case.value) {
                        let block = self.arrive(label);
                        switch.set_entry(u128::from(bits), block);
                    }
                }
                let otherwise = self.arrive(default.map_or(after, |case| labels[case]));
                switch.emit(&mut self.builder, value, otherwise);
                self.alive = false;
            }
        }
        self.breaks.push(after);
        for (index, case) in cases.iter().enumerate() {
            self.enter(labels[index]);
            if !self.alive {
                continue;
            }
            self.nodes(&case.body)?;
            match labels.get(index + 1) {
                Some(&next) if case.fall_through => self.jump(next),
                _ => self.jump(after),
            }
        }
        self.breaks.pop();
        self.enter(after);
        Ok(())
    }

    /// A switch whose cases only compute and set variables, as selects.
    fn switch_selected(&mut self, selector: Leaf, cases: &[Case<'m>]) -> Result<bool, Unsupported> {
        let mut branches: Vec<(Leaf, &[Node<'m>])> = Vec::new();
        let mut default: Option<&[Node<'m>]> = None;
        let mut values: Vec<SwitchValue> = Vec::new();
        let mut groups: Vec<(Vec<SwitchValue>, &[Node<'m>])> = Vec::new();
        for case in cases {
            values.push(case.value);
            if case.fall_through {
                if !case.body.is_empty() {
                    return Ok(false);
                }
                continue;
            }
            groups.push((std::mem::take(&mut values), &case.body));
        }
        let bodies: Vec<&[Node<'m>]> = groups.iter().map(|group| group.1).collect();
        if !values.is_empty() || !self.becomes_select(&bodies)? {
            return Ok(false);
        }
        for (values, body) in groups {
            if values.contains(&SwitchValue::Default) {
                default = Some(body);
                continue;
            }
            let mut condition = Leaf::FALSE;
            for value in values {
                let value = match value {
                    SwitchValue::I32(value) => Leaf::Known(Kind::Sint, value as u32),
                    SwitchValue::U32(value) => Leaf::uint(value),
                    SwitchValue::Default => continue,
                };
                let equal = self.binary(Binary::Equal, selector, value);
                condition = self.binary(Binary::LogicalOr, condition, equal);
            }
            branches.push((condition, body));
        }
        self.selected(&branches, default.unwrap_or(&[]))?;
        Ok(true)
    }

    fn repeat(
        &mut self,
        body: &[Node<'m>],
        continuing: &[Node<'m>],
        break_if: Option<Handle<Expression>>,
    ) -> Result<(), Unsupported> {
        let exit = self.label();
        self.breaks.push(exit);
        if self.unroll && break_if.is_none() {
            // Even if the count were wrong the program would be right: what is left over is looped.
            for _ in 0..self.trips(body, continuing).map_or(0, |trips| trips + 1) {
                if !self.alive {
                    break;
                }
                self.once(body, continuing)?;
            }
        }
        if self.alive {
            match self.tested_first(body, break_if) {
                Some(test) => self.tested_loop(test, continuing, exit)?,
                None => self.plain_loop(body, continuing, break_if, exit)?,
            }
        }
        self.breaks.pop();
        self.enter(exit);
        Ok(())
    }

    fn plain_loop(
        &mut self,
        body: &[Node<'m>],
        continuing: &[Node<'m>],
        break_if: Option<Handle<Expression>>,
        exit: LabelId,
    ) -> Result<(), Unsupported> {
        self.forget(body, continuing);
        let header = self.builder.create_block();
        self.builder.ins().jump(header, &[]);
        self.builder.switch_to_block(header);
        self.once(body, continuing)?;
        if self.alive {
            match break_if {
                Some(condition) => {
                    let condition = self.scalar(condition)?;
                    let test = self.machine(condition);
                    let out = self.arrive(exit);
                    self.builder.ins().brif(test, out, &[], header, &[]);
                }
                None => {
                    self.builder.ins().jump(header, &[]);
                }
            }
            self.alive = false;
        }
        self.builder.seal_block(header);
        Ok(())
    }

    /// The parts of a loop that begins with `if .. { break; }`, provided that the test is cheap.
    fn tested_first<'n>(
        &mut self,
        body: &'n [Node<'m>],
        break_if: Option<Handle<Expression>>,
    ) -> Option<Test<'n, 'm>> {
        if !self.options.optimise || break_if.is_some() {
            return None;
        }
        let (last, emits) = body.split_last()?;
        let Step::If { condition, accept, reject } = &last.step else { return None };
        let breaks = |nodes: &[Node<'m>]| matches!(nodes, [Node { step: Step::Break, .. }]);
        let (stays_if, rest) = match (breaks(accept), breaks(reject)) {
            (true, false) => (false, reject),
            (false, true) => (true, accept),
            _ => return None,
        };
        let plain = emits.iter().all(|node| matches!(node.step, Step::Plain(Statement::Emit(_))));
        (plain && self.is_cheap(emits)).then_some(Test { emits, condition: *condition, stays_if, rest })
    }

    /// A loop with its test made before it and at the end of each trip.
    fn tested_loop(
        &mut self,
        test: Test<'_, 'm>,
        continuing: &[Node<'m>],
        exit: LabelId,
    ) -> Result<(), Unsupported> {
        let header = self.builder.create_block();
        if !self.test(&test, header, exit)? {
            return Ok(());
        }
        self.builder.switch_to_block(header);
        self.alive = true;
        self.forget(test.rest, continuing);
        // What the test has computed may be used in the body, too.
        self.nodes(test.emits)?;
        self.once(test.rest, continuing)?;
        if self.alive {
            self.test(&test, header, exit)?;
        }
        self.builder.seal_block(header);
        Ok(())
    }

    /// Computes the test and goes to the loop or out of it; says whether it may go to the loop.
    fn test(&mut self, test: &Test<'_, 'm>, header: ir::Block, exit: LabelId) -> Result<bool, Unsupported> {
        self.nodes(test.emits)?;
        match self.scalar(test.condition)? {
            Leaf::Known(_, bits) if (bits != 0) == test.stays_if => {
                self.builder.ins().jump(header, &[]);
            }
            Leaf::Known(..) => {
                self.jump(exit);
                return Ok(false);
            }
            Leaf::Value(_, value) => {
                let out = self.arrive(exit);
                let (yes, no) = if test.stays_if { (header, out) } else { (out, header) };
                self.builder.ins().brif(value, yes, &[], no, &[]);
            }
        }
        self.alive = false;
        Ok(true)
    }

    fn once(&mut self, body: &[Node<'m>], continuing: &[Node<'m>]) -> Result<(), Unsupported> {
        let next = self.label();
        self.continues.push(next);
        self.nodes(body)?;
        self.continues.pop();
        self.enter(next);
        self.nodes(continuing)
    }

    /// A function's rearranged body.
    pub(super) fn body(&mut self, handle: Handle<naga::Function>) -> Rc<Vec<Node<'m>>> {
        let (module, optimise) = (self.module, self.options.optimise);
        self.bodies
            .entry(handle)
            .or_insert_with(|| Rc::new(super::structure::body(&module.functions[handle].body, optimise)))
            .clone()
    }
}
