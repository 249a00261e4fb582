//! Which loops go round a number of times that is known beforehand.
//!
//! A counted loop is what naga makes of `for (var i = FIRST; i < BOUND; i += STEP)` (also `<=`, `>`, `>=`, `-=`, `++`,
//! `--`), with constants, when nothing else changes `i`.

use naga::{
    Arena, BinaryOperator, Block, Expression, Function, Handle, Literal, LocalVariable, Module, Scalar,
    Statement, Type, TypeInner,
};

use super::operands;

/// A loop that goes round more often than this is not called counted: it would take too long to be let run freely.
pub const MOST_TRIPS: u32 = 1024;

/// A loop whose counter takes known values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedLoop {
    /// The counter, an `i32` or a `u32`, which only the loop's head and its continuing block change.
    pub counter: Handle<LocalVariable>,
    /// The counter's value in the first trip.
    pub first: i64,
    /// What is added to it from trip to trip.
    pub step: i64,
    /// How many trips there are, at most [`MOST_TRIPS`]; fewer only when the body breaks or returns.
    pub trips: u32,
}

/// A loop and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct LoopPlace<'a> {
    /// The statements that precede the loop in its block.
    pub before: &'a [Statement],
    /// Whether the loop stands in the body of another.
    pub nested: bool,
    /// The loop's body.
    pub body: &'a Block,
    /// What follows the body in each trip.
    pub continuing: &'a Block,
    /// The condition that ends the loop after `continuing`.
    pub break_if: Option<Handle<Expression>>,
}

/// How often the loop goes round at most, if it is counted.
pub fn counted_trips(module: &Module, function: &Function, place: &LoopPlace) -> Option<u32> {
    counted_loop(module, function, place).map(|counted| counted.trips)
}

/// The loop's counter and its values, if the loop at `place` in the body of `function` is counted.
pub fn counted_loop(module: &Module, function: &Function, place: &LoopPlace) -> Option<CountedLoop> {
    if place.break_if.is_some() {
        return None;
    }
    let (counter, test, bound) = condition(module, function, place.body)?;
    let step = step(module, function, place.continuing, counter)?;
    let first = first(module, function, place, counter)?;
    if first.signed != bound.signed || step.signed != bound.signed {
        return None;
    }
    let range =
        if bound.signed { i64::from(i32::MIN)..=i64::from(i32::MAX) } else { 0..=i64::from(u32::MAX) };
    let trips = trips(first.value, test, bound.value, step.value)?;
    let after = first.value + trips * step.value;
    (trips <= i64::from(MOST_TRIPS) && range.contains(&after)).then_some(CountedLoop {
        counter,
        first: first.value,
        step: step.value,
        trips: trips as u32,
    })
}

/// Calls `visit` with every loop of `body`, an outer one before those in it, otherwise in the order of the text.
pub fn for_each_loop<'a>(body: &'a [Statement], visit: &mut dyn FnMut(LoopPlace<'a>)) {
    visit_loops(body, false, visit);
}

fn visit_loops<'a>(block: &'a [Statement], nested: bool, visit: &mut dyn FnMut(LoopPlace<'a>)) {
    for (index, statement) in block.iter().enumerate() {
        match statement {
            Statement::Block(block) => visit_loops(block, nested, visit),
            Statement::If { accept, reject, .. } => {
                visit_loops(accept, nested, visit);
                visit_loops(reject, nested, visit);
            }
            Statement::Switch { cases, .. } => {
                cases.iter().for_each(|case| visit_loops(&case.body, nested, visit));
            }
            Statement::Loop { body, continuing, break_if } => {
                visit(LoopPlace { before: &block[..index], nested, body, continuing, break_if: *break_if });
                visit_loops(body, true, visit);
                visit_loops(continuing, true, visit);
            }
            _ => {}
        }
    }
}

/// A constant `i32` or `u32`.
#[derive(Debug, Clone, Copy)]
pub struct Constant {
    /// Its value.
    pub value: i64,
    /// Whether it is an `i32`.
    pub signed: bool,
}

/// The value of `expression` of `arena`, if it is a literal, a named constant or a zero value.
pub fn constant(
    module: &Module,
    arena: &Arena<Expression>,
    expression: Handle<Expression>,
) -> Option<Constant> {
    match arena[expression] {
        Expression::Literal(Literal::I32(value)) => Some(Constant { value: value.into(), signed: true }),
        Expression::Literal(Literal::U32(value)) => Some(Constant { value: value.into(), signed: false }),
        Expression::ZeroValue(ty) => zero(module, ty),
        Expression::Constant(named) => {
            constant(module, &module.global_expressions, module.constants[named].init)
        }
        _ => None,
    }
}

/// Zero of type `ty`, if that is `i32` or `u32`.
fn zero(module: &Module, ty: Handle<Type>) -> Option<Constant> {
    match module.types[ty].inner {
        TypeInner::Scalar(Scalar::I32) => Some(Constant { value: 0, signed: true }),
        TypeInner::Scalar(Scalar::U32) => Some(Constant { value: 0, signed: false }),
        _ => None,
    }
}

/// The variable that `expression` loads, if it is a load of a whole local variable that `block` evaluates itself.
fn loaded(
    function: &Function,
    block: &[Statement],
    expression: Handle<Expression>,
) -> Option<Handle<LocalVariable>> {
    let Expression::Load { pointer } = function.expressions[expression] else { return None };
    let Expression::LocalVariable(variable) = function.expressions[pointer] else { return None };
    // One evaluated elsewhere, by a `let`, holds what the variable was there.
    let here = block.iter().any(|statement| match statement {
        Statement::Emit(range) => range.clone().any(|emitted| emitted == expression),
        _ => false,
    });
    here.then_some(variable)
}

/// Where the body of a `for` or `while` tests its condition: the index of `if condition {} else { break; }`.
pub fn head(body: &[Statement]) -> Option<usize> {
    let head = body.iter().position(|statement| !matches!(statement, Statement::Emit(_)))?;
    match &body[head] {
        Statement::If { accept, reject, .. }
            if accept.is_empty() && matches!(reject[..], [Statement::Break]) =>
        {
            Some(head)
        }
        _ => None,
    }
}

/// The head of a counted loop's body, `if counter < bound {} else { break; }`: the counter, the comparison with the counter
/// on its left, and the bound.
fn condition(
    module: &Module,
    function: &Function,
    body: &[Statement],
) -> Option<(Handle<LocalVariable>, BinaryOperator, Constant)> {
    use BinaryOperator::{Greater, GreaterEqual, Less, LessEqual};
    let head = head(body)?;
    let Statement::If { condition, .. } = body[head] else { return None };
    let Expression::Binary { op, left, right } = function.expressions[condition] else { return None };
    let constant = |operand| constant(module, &function.expressions, operand);
    if let Some(bound) = constant(right) {
        return Some((loaded(function, &body[..head], left)?, op, bound));
    }
    let turned = match op {
        Less => Greater,
        LessEqual => GreaterEqual,
        Greater => Less,
        GreaterEqual => LessEqual,
        _ => return None,
    };
    Some((loaded(function, &body[..head], right)?, turned, constant(left)?))
}

/// What `continuing` adds to `counter`, if that is all it does.
fn step(
    module: &Module,
    function: &Function,
    continuing: &[Statement],
    counter: Handle<LocalVariable>,
) -> Option<Constant> {
    let (last, before) = continuing.split_last()?;
    if !before.iter().all(|statement| matches!(statement, Statement::Emit(_))) {
        return None;
    }
    let value = stored(function, last, counter)?;
    let Expression::Binary { op, left, right } = function.expressions[value] else { return None };
    let constant = |operand| constant(module, &function.expressions, operand);
    let is_counter = |operand| loaded(function, before, operand) == Some(counter);
    match op {
        BinaryOperator::Add if is_counter(left) => constant(right),
        BinaryOperator::Add if is_counter(right) => constant(left),
        BinaryOperator::Subtract if is_counter(left) => {
            constant(right).map(|step| Constant { value: -step.value, ..step })
        }
        _ => None,
    }
}

/// The value that `statement` stores into `counter`, if it does.
fn stored(
    function: &Function,
    statement: &Statement,
    counter: Handle<LocalVariable>,
) -> Option<Handle<Expression>> {
    match *statement {
        Statement::Store { pointer, value } if is_pointer(function, pointer, counter) => Some(value),
        _ => None,
    }
}

fn is_pointer(function: &Function, expression: Handle<Expression>, counter: Handle<LocalVariable>) -> bool {
    matches!(function.expressions[expression], Expression::LocalVariable(variable) if variable == counter)
}

/// The counter's value as the loop is entered, if nothing but the loop's own step can change it afterwards.
fn first(
    module: &Module,
    function: &Function,
    place: &LoopPlace,
    counter: Handle<LocalVariable>,
) -> Option<Constant> {
    let stores = stores(function, counter)?;
    let before = place.before.iter().rev().find_map(|statement| stored(function, statement, counter));
    match (before, stores) {
        // One store before the loop, one by its step.
        (Some(value), 2) => constant(module, &function.expressions, value),
        // Only the step's: the variable still has its first value, unless the loop is entered more than once.
        (None, 1) if !place.nested => {
            let variable = &function.local_variables[counter];
            match variable.init {
                Some(init) => constant(module, &function.expressions, init),
                None => zero(module, variable.ty),
            }
        }
        _ => None,
    }
}

/// How many statements of `function` store into `counter`; nothing when its address is used in any way but to load or
/// to store all of it, so that others might.
fn stores(function: &Function, counter: Handle<LocalVariable>) -> Option<usize> {
    for (_, expression) in function.expressions.iter() {
        if !matches!(expression, Expression::Load { .. }) {
            let mut used = false;
            let mut see = |operand: &mut Handle<Expression>| used |= is_pointer(function, *operand, counter);
            operands::of_expression(&mut expression.clone(), &mut see).ok()?;
            if used {
                return None;
            }
        }
    }
    stores_in(function, &function.body, counter)
}

fn stores_in(function: &Function, block: &[Statement], counter: Handle<LocalVariable>) -> Option<usize> {
    let mut count = 0;
    for statement in block {
        count += match statement {
            Statement::Emit(_) => 0,
            Statement::Block(block) => stores_in(function, block, counter)?,
            Statement::If { accept, reject, .. } => {
                stores_in(function, accept, counter)? + stores_in(function, reject, counter)?
            }
            Statement::Switch { cases, .. } => {
                let mut count = 0;
                for case in cases {
                    count += stores_in(function, &case.body, counter)?;
                }
                count
            }
            Statement::Loop { body, continuing, .. } => {
                stores_in(function, body, counter)? + stores_in(function, continuing, counter)?
            }
            Statement::Store { .. } => usize::from(stored(function, statement, counter).is_some()),
            other => {
                let mut used = false;
                let mut see =
                    |operand: &mut Handle<Expression>| used |= is_pointer(function, *operand, counter);
                operands::of_statement(&mut other.clone(), &mut see).ok()?;
                if used {
                    return None;
                }
                0
            }
        };
    }
    Some(count)
}

/// How often `counter test bound` holds when the counter starts at `first` and `step` is added to it each time, without
/// bounds on its range; nothing if that never ends.
fn trips(first: i64, test: BinaryOperator, bound: i64, step: i64) -> Option<i64> {
    // How far the counter has to go for the test to fail, in the direction in which it has to go.
    let (distance, stride) = match test {
        BinaryOperator::Less => (bound - first, step),
        BinaryOperator::LessEqual => (bound - first + 1, step),
        BinaryOperator::Greater => (first - bound, -step),
        BinaryOperator::GreaterEqual => (first - bound + 1, -step),
        _ => return None,
    };
    match (distance, stride) {
        (..=0, _) => Some(0),
        (_, ..=0) => None,
        (distance, stride) => Some((distance + stride - 1) / stride),
    }
}
