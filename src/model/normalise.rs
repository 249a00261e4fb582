//! Gives a parsed module the meaning that WGSL defines, on every backend.
//!
//! Two things are left open by what naga generates, and closed here by rewriting the module before it is validated:
//!
//! - A shift by the number of bits of a word or more is undefined in SPIR-V, where WGSL takes the count modulo that
//!   number: every count that could be too large is masked.
//! - A loop that never ends hangs a device: every loop that is not provably [counted](counted_loop) and short burns fuel,
//!   and ends when there is none left.

mod budget;
mod counted;
mod operands;
mod rebuild;
mod returns;

use naga::{
    AddressSpace, BinaryOperator, Block, Expression, Function, GlobalVariable, Handle, Literal, Module,
    Scalar, ScalarKind, Span, Statement, Type, TypeInner, VectorSize,
};

pub use budget::MOST_FREE_TRIPS;
pub use counted::{CountedLoop, LoopPlace, MOST_TRIPS, counted_loop, counted_trips, for_each_loop};

/// The private variable that holds how many more times loops may go round.
///
/// A kernel declares it as `var<private> throng_fuel: u32;`, sets it before it calls a rule, and reports when it is 0
/// afterwards.
pub const FUEL: &str = "throng_fuel";

/// What the names of the engine's own functions begin with; models cannot choose such names.
const OWN_PREFIX: &str = "throng_";

/// The fuel of a module that does not declare [`FUEL`] itself, and a good choice for a kernel that does.
///
/// Mesa's software Vulkan device silently ends all loops of an invocation once they have made 65,535 trips altogether: a
/// rule has to run out of fuel, which is reported, before that.
pub const FUEL_BY_DEFAULT: u32 = 1 << 15;

/// What [`normalise`] changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Shifts whose count is now masked.
    pub masked_shifts: usize,
    /// Loops that now burn fuel.
    pub fuelled_loops: usize,
}

/// Rewrites `module` in place: masks the counts of shifts everywhere, and lets the loops of its functions end.
///
/// The loops of entry points and of functions named `throng_...` are left alone: those are the engine's own. Functions
/// keep their handles and names, expressions their spans and names, and counted loops their form, so that
/// [`counted_loop`] still knows them.
///
/// # Errors
///
/// A sentence that names what the module contains and rules cannot use: `override`s, textures, ray queries,
/// derivatives, subgroup operations, or a `throng_fuel` that is not a private `u32`. The module is then to be dropped.
pub fn normalise(module: &mut Module) -> Result<Changes, String> {
    if !module.overrides.is_empty() {
        return Err("`override` declarations are not supported".into());
    }
    let mut changes = Changes::default();
    let mut fuel = fuel_variable(module)?;
    let mut budget = budget::Budget::default();
    for handle in module.functions.iter().map(|(handle, _)| handle).collect::<Vec<_>>() {
        let mut function = module.functions[handle].clone();
        returns::complete(&mut function);
        mask_shifts(module, &mut function, &mut changes)?;
        let burning = budget.burning(module, handle, &function);
        // The engine's own loops end by themselves: an exchange is retried only when another one has succeeded.
        // Cutting one short would lose an effect.
        if !function.name.as_deref().is_some_and(|name| name.starts_with(OWN_PREFIX)) {
            limit_loops(module, &mut function, burning, &mut fuel, &mut changes);
        }
        *module.functions.get_mut(handle) = function;
    }
    for index in 0..module.entry_points.len() {
        let mut function = module.entry_points[index].function.clone();
        mask_shifts(module, &mut function, &mut changes)?;
        module.entry_points[index].function = function;
    }
    Ok(changes)
}

/// What takes the place of a shift's count.
struct Mask {
    /// 31, or 63 for shifts of 64-bit words.
    most: u32,
    /// For a vector of counts, its size.
    size: Option<VectorSize>,
}

/// Masks every shift count of `function` that is not known to be small enough.
fn mask_shifts(module: &Module, function: &mut Function, changes: &mut Changes) -> Result<(), String> {
    let masks = masks(module, function)?;
    let wanted: Vec<u32> = [7, 15, 31, 63]
        .into_iter()
        .filter(|most| masks.iter().flatten().any(|mask| mask.most == *most))
        .collect();
    let literals: Vec<Expression> =
        wanted.iter().map(|most| Expression::Literal(Literal::U32(*most))).collect();
    rebuild::rebuild(function, &literals, |old, expression, arena, literals| {
        let Some(mask) = &masks[old.index()] else { return };
        let Expression::Binary { right, .. } = expression else { return };
        let span = arena.span;
        let mut most = literals[wanted.iter().position(|most| *most == mask.most).unwrap_or(0)];
        if let Some(size) = mask.size {
            most = arena.append(Expression::Splat { size, value: most }, span);
        }
        *right =
            arena.append(Expression::Binary { op: BinaryOperator::And, left: *right, right: most }, span);
        changes.masked_shifts += 1;
    })
}

/// For each expression of `function`, by index, the mask that its count needs if it is a shift that needs one.
fn masks(module: &Module, function: &Function) -> Result<Vec<Option<Mask>>, String> {
    let context =
        naga::proc::ResolveContext::with_locals(module, &function.local_variables, &function.arguments);
    let mut typifier = naga::front::Typifier::new();
    let mut masks = Vec::with_capacity(function.expressions.len());
    for (handle, expression) in function.expressions.iter() {
        typifier
            .grow(handle, &function.expressions, &context)
            .map_err(|error| format!("an expression has no type: {error}"))?;
        masks.push(match *expression {
            Expression::Binary {
                op: BinaryOperator::ShiftLeft | BinaryOperator::ShiftRight,
                left,
                right,
            } => {
                let (scalar, size) = match *typifier.get(left, &module.types) {
                    TypeInner::Scalar(scalar) => (scalar, None),
                    TypeInner::Vector { size, scalar } => (scalar, Some(size)),
                    _ => return Err("a shift of something that is neither a number nor a vector".into()),
                };
                let most = u32::from(scalar.width) * 8 - 1;
                (!is_at_most(module, function, right, most)).then_some(Mask { most, size })
            }
            _ => None,
        });
    }
    Ok(masks)
}

/// Whether `count` is a constant up to `most`, or masked by one, or a vector of such.
fn is_at_most(module: &Module, function: &Function, count: Handle<Expression>, most: u32) -> bool {
    let each = |count| is_at_most(module, function, count, most);
    if let Some(constant) = counted::constant(module, &function.expressions, count) {
        return (0..=i64::from(most)).contains(&constant.value);
    }
    match function.expressions[count] {
        Expression::Binary { op: BinaryOperator::And, left, right } => each(left) || each(right),
        Expression::Splat { value, .. } => each(value),
        Expression::Compose { ref components, .. } => components.iter().all(|component| each(*component)),
        Expression::ZeroValue(_) => true,
        _ => false,
    }
}

/// Lets the loops of `function` burn fuel of which `burning`, in the order of the text, says so.
fn limit_loops(
    module: &mut Module,
    function: &mut Function,
    burning: Vec<bool>,
    fuel: &mut Option<Handle<GlobalVariable>>,
    changes: &mut Changes,
) {
    let count = burning.iter().filter(|burns| **burns).count();
    if count == 0 {
        return;
    }
    changes.fuelled_loops += count;
    let variable = *fuel.get_or_insert_with(|| declare_fuel(module));
    let body = std::mem::take(&mut function.body);
    let mut burner = Burner::new(function, variable, burning);
    function.body = burner.block(&mut function.expressions, body);
}

/// Puts the burning of fuel at the head of loops: after the test of a `for` or `while`, which so keeps its form, and so
/// that fuel counts trips.
struct Burner {
    fuel: Handle<Expression>,
    none: Handle<Expression>,
    one: Handle<Expression>,
    /// For each loop, in the order of the text: does it need fuel?
    burning: std::vec::IntoIter<bool>,
}

impl Burner {
    fn new(function: &mut Function, fuel: Handle<GlobalVariable>, burning: Vec<bool>) -> Burner {
        let mut append = |expression| function.expressions.append(expression, Span::UNDEFINED);
        Burner {
            fuel: append(Expression::GlobalVariable(fuel)),
            none: append(Expression::Literal(Literal::U32(0))),
            one: append(Expression::Literal(Literal::U32(1))),
            burning: burning.into_iter(),
        }
    }

    fn block(&mut self, expressions: &mut naga::Arena<Expression>, block: Block) -> Block {
        let mut new = Block::with_capacity(block.len());
        for (statement, span) in block.span_into_iter() {
            let statement = match statement {
                Statement::Block(block) => Statement::Block(self.block(expressions, block)),
                Statement::If { condition, accept, reject } => Statement::If {
                    condition,
                    accept: self.block(expressions, accept),
                    reject: self.block(expressions, reject),
                },
                Statement::Switch { selector, mut cases } => {
                    for case in &mut cases {
                        case.body = self.block(expressions, std::mem::take(&mut case.body));
                    }
                    Statement::Switch { selector, cases }
                }
                Statement::Loop { body, continuing, break_if } => {
                    let burns = self.burning.next().unwrap_or(true);
                    let mut body = self.block(expressions, body);
                    if burns {
                        let start = counted::head(&body).map_or(0, |head| head + 1);
                        let burning = self.burn(expressions, span);
                        body.splice(start..start, burning);
                    }
                    Statement::Loop { body, continuing: self.block(expressions, continuing), break_if }
                }
                other => other,
            };
            new.push(statement, span);
        }
        new
    }

    /// `if throng_fuel == 0u { break; } throng_fuel = throng_fuel - 1u;`
    fn burn(&self, expressions: &mut naga::Arena<Expression>, span: Span) -> Block {
        let left = expressions.append(Expression::Load { pointer: self.fuel }, span);
        let binary = |op, right| Expression::Binary { op, left, right };
        let condition = expressions.append(binary(BinaryOperator::Equal, self.none), span);
        let value = expressions.append(binary(BinaryOperator::Subtract, self.one), span);
        let mut block = Block::new();
        block.push(Statement::Emit(naga::Range::new_from_bounds(left, value)), span);
        let mut accept = Block::new();
        accept.push(Statement::Break, span);
        block.push(Statement::If { condition, accept, reject: Block::new() }, span);
        block.push(Statement::Store { pointer: self.fuel, value }, span);
        block
    }
}

/// The module's fuel, when it declares one.
fn fuel_variable(module: &Module) -> Result<Option<Handle<GlobalVariable>>, String> {
    let Some((handle, variable)) =
        module.global_variables.iter().find(|(_, variable)| variable.name.as_deref() == Some(FUEL))
    else {
        return Ok(None);
    };
    let is_word =
        module.types[variable.ty].inner == TypeInner::Scalar(Scalar { kind: ScalarKind::Uint, width: 4 });
    if variable.space != AddressSpace::Private || !is_word {
        return Err(format!("`{FUEL}` must be declared as `var<private> {FUEL}: u32`"));
    }
    Ok(Some(handle))
}

fn declare_fuel(module: &mut Module) -> Handle<GlobalVariable> {
    let word = Type { name: None, inner: TypeInner::Scalar(Scalar::U32) };
    let ty = module.types.insert(word, Span::UNDEFINED);
    let init =
        module.global_expressions.append(Expression::Literal(Literal::U32(FUEL_BY_DEFAULT)), Span::UNDEFINED);
    let variable = GlobalVariable {
        name: Some(FUEL.into()),
        space: AddressSpace::Private,
        binding: None,
        ty,
        init: Some(init),
        memory_decorations: Default::default(),
    };
    module.global_variables.append(variable, Span::UNDEFINED)
}
