//! What naga knows of a model's body: the agent's layout, and what each stage reads, changes and draws.

use std::collections::{BTreeMap, HashSet};

use naga::{Expression, Function, Handle, Module, ScalarKind, Span, Statement, TypeInner};

use super::declaration::{Effect, Kind, Layer};
use super::tokens;
use super::{counts, kinds};
use crate::mistake::Mistake;

/// The agent's fields in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentLayout {
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// Bytes from one agent to the next.
    pub stride: u32,
}

/// One field of the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FieldKind,
    /// Whether it is a `vec2`.
    pub pair: bool,
    /// Its first byte in the agent.
    pub offset: u32,
}

/// The type of a field, or of each half of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// `i32`
    I32,
    /// `u32`
    U32,
    /// `f32`
    F32,
}

impl FieldKind {
    /// The name in WGSL.
    pub fn wgsl(self) -> &'static str {
        match self {
            FieldKind::I32 => "i32",
            FieldKind::U32 => "u32",
            FieldKind::F32 => "f32",
        }
    }
}

impl AgentLayout {
    /// The 32-bit words of an agent that hold fields; the others are padding.
    pub fn words(&self) -> Vec<u32> {
        self.fields
            .iter()
            .flat_map(|field| (0..if field.pair { 2 } else { 1 }).map(move |half| field.offset / 4 + half))
            .collect()
    }

    /// The field and the name of its half that a 32-bit word of an agent belongs to.
    pub fn field_of_word(&self, word: u32) -> Option<(&Field, String)> {
        self.fields.iter().find_map(|field| match word.checked_sub(field.offset / 4) {
            Some(0) if !field.pair => Some((field, field.name.clone())),
            Some(half @ 0..=1) if field.pair => {
                Some((field, format!("{}.{}", field.name, ["x", "y"][half as usize])))
            }
            _ => None,
        })
    }

    /// The word offset of the field `pos`, when it is a `vec2<i32>`.
    pub fn position(&self) -> Option<u32> {
        self.fields
            .iter()
            .find(|field| field.name == "pos" && field.pair && field.kind == FieldKind::I32)
            .map(|field| field.offset / 4)
    }
}

/// A stage of a step: one function that every agent runs, or that runs for every cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The function's name.
    pub name: String,
    /// What it does with each layer, in the order of the model's layers.
    pub layers: Vec<LayerUse>,
    /// Whether it draws random numbers.
    pub draws: bool,
    /// What it runs for.
    pub items: Items,
    /// It runs in the steps whose number is a multiple of this.
    pub every: u32,
    /// What it does with each kind of agents, in the order of the model's kinds.
    pub kinds: Vec<KindUse>,
    /// Whether its agents may die.
    pub dies: bool,
}

impl Stage {
    /// The kind of agents that it runs for, by its place in the model, if it runs for agents.
    pub fn kind(&self) -> Option<usize> {
        self.items.kind()
    }

    /// The kinds of agents that are born in it.
    pub fn bears(&self) -> impl Iterator<Item = usize> + '_ {
        self.kinds.iter().enumerate().filter(|(_, uses)| uses.bears).map(|(kind, _)| kind)
    }
}

/// What a stage runs for; the last two are of stages that no model writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Items {
    /// Each agent of a kind, by its place in the model.
    Agents(usize),
    /// Each cell.
    Cells,
    /// Each cell of a layer that is about to be claimed: it becomes nobody's.
    Claims(usize),
    /// A total, once for each world: what the stage before brought together is what is read from then on.
    Total(usize),
}

impl Items {
    /// The kind of agents, if it is agents.
    pub fn kind(self) -> Option<usize> {
        match self {
            Items::Agents(kind) => Some(kind),
            Items::Cells | Items::Claims(_) | Items::Total(_) => None,
        }
    }

    /// Whether a model's own stage runs for them.
    pub fn of_model(self) -> bool {
        matches!(self, Items::Agents(_) | Items::Cells)
    }

    /// How many there are in a world of so many cells, where they are not agents.
    pub(crate) fn places(self, cells: u64) -> u64 {
        if matches!(self, Items::Total(_)) { 1 } else { cells }
    }
}

/// What a stage does with a kind of agents, beside those that it runs for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KindUse {
    /// It looks for agents of the kind by their places, as they stood when the stage began.
    pub seeks: bool,
    /// Agents of the kind are born in it.
    pub bears: bool,
}

/// What a stage does with each kind of agents.
pub(super) fn kind_uses(reached: &Reached, kinds: &[Kind]) -> Vec<KindUse> {
    let calls = |functions: Vec<String>| functions.iter().any(|function| reached.contains_key(function));
    kinds
        .iter()
        .map(|kind| KindUse {
            seeks: calls(kinds::seeking(&kind.name)),
            bears: calls(vec![kinds::birth(&kind.name)]),
        })
        .collect()
}

/// What a stage does with a layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LayerUse {
    /// It reads the layer.
    pub reads: bool,
    /// It changes the layer, in this way.
    pub changes: Option<Effect>,
}

/// Reads the structure of a kind of agents.
pub(super) fn agent_layout(module: &Module, source: &str, structure: &str) -> Result<AgentLayout, Mistake> {
    let Some((handle, members, span)) =
        module.types.iter().find_map(|(handle, declared)| match &declared.inner {
            TypeInner::Struct { members, span } if declared.name.as_deref() == Some(structure) => {
                Some((handle, members, *span))
            }
            _ => None,
        })
    else {
        let tokens = tokens::tokens(source);
        let other = tokens::declared(source, &tokens)
            .into_iter()
            .find(|name| &source[name.span.clone()] == structure);
        return Err(Mistake {
            what: format!("the model has no `struct {structure}`"),
            remedy: format!("declare what an agent is: `struct {structure} {{ pos: vec2<i32> }}`"),
            span: other.map_or(source.len()..source.len(), |name| name.span.clone()),
        });
    };
    let declared = range(module.types.get_span(handle), source);
    if members.is_empty() {
        return Err(Mistake {
            what: format!("`struct {structure}` has no fields"),
            remedy: format!("give it one, as in `struct {structure} {{ pos: vec2<i32> }}`"),
            span: find_word(source, declared, structure),
        });
    }
    let mut fields = Vec::new();
    for member in members {
        let name = member.name.clone().unwrap_or_default();
        let (scalar, pair) = match module.types[member.ty].inner {
            TypeInner::Scalar(scalar) => (scalar, false),
            TypeInner::Vector { size: naga::VectorSize::Bi, scalar } => (scalar, true),
            _ => (naga::Scalar::BOOL, false),
        };
        let kind = match scalar {
            naga::Scalar::I32 => FieldKind::I32,
            naga::Scalar::U32 => FieldKind::U32,
            naga::Scalar::F32 => FieldKind::F32,
            _ => {
                return Err(Mistake {
                    what: format!("the agent's field `{name}` has a type that state cannot have"),
                    remedy: "use i32, u32, f32, or vec2 of one of them; a truth value can be a u32 of 0 or 1"
                        .into(),
                    span: find_word(source, declared.clone(), &name),
                });
            }
        };
        fields.push(Field { name, kind, pair, offset: member.offset });
    }
    Ok(AgentLayout { fields, stride: span })
}

/// Where `word` stands within `within`, outside of comments, or where `within` begins.
pub(super) fn find_word(source: &str, within: std::ops::Range<usize>, word: &str) -> std::ops::Range<usize> {
    let tokens = tokens::tokens(source);
    let found =
        tokens.iter().find(|token| within.contains(&token.span.start) && &source[token.span.clone()] == word);
    found.map_or(within.start..within.start, |token| token.span.clone())
}

/// A naga span as bytes of the model's own text.
pub(super) fn range(span: Span, source: &str) -> std::ops::Range<usize> {
    let range = span.to_range().unwrap_or(0..0);
    range.start.min(source.len())..range.end.min(source.len())
}

/// The functions that each function of a module calls, with the place of the first call to each.
pub(super) struct Calls<'a> {
    module: &'a Module,
    source: &'a str,
    direct: BTreeMap<Handle<Function>, Vec<(Handle<Function>, Span)>>,
}

/// A call that a function makes, itself or through others: what is called, and where in the model's text.
pub(super) type Reached = BTreeMap<String, std::ops::Range<usize>>;

impl<'a> Calls<'a> {
    pub fn of(module: &'a Module, source: &'a str) -> Calls<'a> {
        let direct = module
            .functions
            .iter()
            .map(|(handle, function)| {
                let mut calls = Vec::new();
                collect_calls(&function.body, &mut calls);
                (handle, calls)
            })
            .collect();
        Calls { module, source, direct }
    }

    /// A function of the model's own text.
    pub fn function(&self, name: &str) -> Option<Handle<Function>> {
        self.own().find(|(_, function)| function.name.as_deref() == Some(name)).map(|(handle, _)| handle)
    }

    /// The names of the functions of the model's own text.
    pub fn own_names(&self) -> impl Iterator<Item = &'a str> {
        self.own().filter_map(|(_, function)| function.name.as_deref())
    }

    fn own(&self) -> impl Iterator<Item = (Handle<Function>, &'a Function)> {
        let (module, end) = (self.module, self.source.len());
        module.functions.iter().filter(move |(handle, _)| {
            module.functions.get_span(*handle).to_range().is_some_and(|range| range.start < end)
        })
    }

    /// Every function that `from` calls, at any depth, each with the innermost place in the model's own text.
    pub fn reached(&self, from: Handle<Function>) -> Reached {
        let mut reached = Reached::new();
        let mut seen = HashSet::new();
        self.walk(from, None, &mut seen, &mut reached);
        reached
    }

    fn walk(
        &self,
        from: Handle<Function>,
        place: Option<&std::ops::Range<usize>>,
        seen: &mut HashSet<Handle<Function>>,
        reached: &mut Reached,
    ) {
        for (callee, span) in &self.direct[&from] {
            let own = span.to_range().filter(|range| range.end <= self.source.len() && !range.is_empty());
            let here = own.as_ref().or(place).cloned().unwrap_or(0..0);
            if let Some(name) = &self.module.functions[*callee].name {
                reached.entry(name.clone()).or_insert_with(|| here.clone());
            }
            if seen.insert(*callee) {
                self.walk(*callee, Some(&here), seen, reached);
            }
        }
    }
}

fn collect_calls(block: &naga::Block, calls: &mut Vec<(Handle<Function>, Span)>) {
    for (statement, span) in block.span_iter() {
        match statement {
            Statement::Call { function, .. } => calls.push((*function, *span)),
            Statement::Block(inner) => collect_calls(inner, calls),
            Statement::If { accept, reject, .. } => {
                collect_calls(accept, calls);
                collect_calls(reject, calls);
            }
            Statement::Switch { cases, .. } => cases.iter().for_each(|case| collect_calls(&case.body, calls)),
            Statement::Loop { body, continuing, .. } => {
                collect_calls(body, calls);
                collect_calls(continuing, calls);
            }
            _ => {}
        }
    }
}

/// The functions that say how claims on a layer ended.
pub(super) fn claim_readers(layer: &str) -> [String; 2] {
    [format!("won_{layer}"), format!("claimed_{layer}")]
}

/// What a stage does with each layer, refusing two kinds of effect on one layer: their order would show.
pub(super) fn layer_uses(
    reached: &Reached,
    layers: &[Layer],
    stage: &str,
    mistakes: &mut Vec<Mistake>,
) -> Vec<LayerUse> {
    layers
        .iter()
        .map(|layer| {
            let reads = reached.contains_key(&layer.name) || reached.contains_key(&format!("{}_around", layer.name))
                || reached.contains_key(&counts::function(layer))
                || reached.contains_key(&format!("throng_load_{}", layer.name))
                || (layer.claim && claim_readers(&layer.name).iter().any(|name| reached.contains_key(name)));
            let mut effects: Vec<(Effect, String, std::ops::Range<usize>)> = Effect::ALL
                .iter()
                .filter_map(|effect| {
                    let function = effect.function(layer)?;
                    reached.get(&function).map(|span| (*effect, function, span.clone()))
                })
                .collect();
            effects.sort_by_key(|(_, _, span)| span.start);
            if let [(_, first, _), (_, second, span), ..] = effects.as_slice() {
                mistakes.push(Mistake {
                    what: format!(
                        "stage `{stage}` changes layer `{}` by both `{first}` and `{second}`: which came first would show",
                        layer.name
                    ),
                    remedy: "use one kind of effect on a layer in a stage, or move one of them to a stage of its own".into(),
                    span: span.clone(),
                });
            }
            LayerUse { reads, changes: effects.first().map(|(effect, _, _)| *effect) }
        })
        .collect()
}

/// Refuses effects that a stage of its kind cannot have: over cells each changes its own and no other, so that nothing need
/// be order-free; over agents several may stand in a cell.
pub(super) fn refuse_effects(
    reached: &Reached,
    layers: &[Layer],
    stage: &str,
    cells: bool,
    mistakes: &mut Vec<Mistake>,
) {
    for layer in layers {
        // A total is nobody's own, and all that can be done to it is order-free.
        for effect in Effect::ALL.iter().filter(|effect| (**effect == Effect::Set) != cells && !layer.total) {
            let Some((function, span)) = effect
                .function(layer)
                .and_then(|function| reached.get(&function).map(|span| (function, span.clone())))
            else {
                continue;
            };
            let name = &layer.name;
            mistakes.push(match cells {
                true => Mistake {
                    what: format!("stage `{stage}` runs over cells, each of which changes itself alone, but it calls `{function}`"),
                    remedy: format!("use `set_{name}(value)`, or do it in a stage over agents"),
                    span,
                },
                false => Mistake {
                    what: format!("stage `{stage}` runs over agents, of whom several may stand in a cell: `{function}` would show which came last"),
                    remedy: format!(
                        "use `{}`, or set it in a stage over cells, `fn NAME(at: vec2<i32>)`",
                        if layer.bits == 1 { format!("mark_{name}") } else { format!("max_{name}") }
                    ),
                    span,
                },
            });
        }
    }
}

/// The first effect among the functions reached, if any.
pub(super) fn first_effect(reached: &Reached, layers: &[Layer]) -> Option<(String, std::ops::Range<usize>)> {
    layers
        .iter()
        .flat_map(|layer| Effect::ALL.iter().filter_map(|effect| effect.function(layer)))
        .find_map(|function| reached.get(&function).map(|span| (function, span.clone())))
}

/// The first of the functions reached that needs agents, or claims, as a stage of the step finds them, if any.
pub(super) fn first_of_stages(
    reached: &Reached,
    layers: &[Layer],
    kinds: &[Kind],
) -> Option<(String, std::ops::Range<usize>)> {
    let claims = layers.iter().filter(|layer| layer.claim).flat_map(|layer| claim_readers(&layer.name));
    let agents = kinds.iter().flat_map(|kind| {
        // Those that call others of them come first, so that what the author wrote is named.
        let mut functions = kinds::seeking(&kind.name);
        functions.reverse();
        functions.push(kinds::birth(&kind.name));
        functions
    });
    [kinds::DEATH.to_owned()]
        .into_iter()
        .chain(claims)
        .chain(agents)
        .find_map(|function| reached.get(&function).map(|span| (function, span.clone())))
}

/// Whether the functions reached draw random numbers.
pub(super) fn draws(reached: &Reached) -> Option<std::ops::Range<usize>> {
    reached.get("throng_random_word").cloned()
}

/// The mistakes that naga lets pass and that a backend would stumble over.
pub(super) fn forbidden(module: &Module, source: &str) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut refuse = |what: String, remedy: &str, span: std::ops::Range<usize>| {
        mistakes.push(Mistake { what, remedy: remedy.into(), span });
    };
    let own = |span: Span| span.to_range().filter(|range| range.end <= source.len() && !range.is_empty());
    for entry in &module.entry_points {
        let span = find_word(source, 0..source.len(), &entry.name);
        refuse(
            format!("`{}` is an entry point", entry.name),
            "remove `@compute` (or `@vertex`, `@fragment`): Throng makes the kernels, a model has ordinary functions",
            span,
        );
    }
    for (handle, variable) in module.global_variables.iter() {
        let Some(span) = own(module.global_variables.get_span(handle)) else { continue };
        let name = variable.name.as_deref().unwrap_or("");
        let span = find_word(source, span, name);
        match variable.space {
            naga::AddressSpace::Private => refuse(
                format!(
                    "`{name}` is a variable outside of functions: an agent would find in it what another left"
                ),
                "declare it with `var` in a function, which may pass `&` of it to others; what never changes is a `const`",
                span,
            ),
            _ => refuse(
                format!("`{name}` is a buffer of the model's own"),
                "declare a layer, a parameter or a field of `Agent` instead",
                span,
            ),
        }
    }
    let parameters = module.global_variables.iter().find(|(_, one)| one.name.as_deref() == Some("params"));
    let parameters = parameters.map(|(handle, _)| handle);
    for (_, constant) in module.overrides.iter() {
        let name = constant.name.as_deref().unwrap_or("override");
        refuse(
            format!("`{name}` is an `override`"),
            "declare it as a parameter in the head, or as a `const`",
            find_word(source, 0..source.len(), name),
        );
    }
    for (_, function) in module.functions.iter() {
        for (handle, expression) in function.expressions.iter() {
            if let (Some(what), Some(span)) =
                (unavailable(expression), own(function.expressions.get_span(handle)))
            {
                refuse(what.to_owned(), "write it with 32-bit numbers and plain functions", span);
            }
        }
        forbidden_in(&function.body, function, parameters, &own, &mut refuse);
    }
    mistakes
}

/// What an expression asks for that agents on a grid do not have.
fn unavailable(expression: &Expression) -> Option<&'static str> {
    match expression {
        Expression::Derivative { .. } => {
            Some("a rule has no derivatives: they are between pixels of a picture")
        }
        Expression::ImageSample { .. } | Expression::ImageLoad { .. } | Expression::ImageQuery { .. } => {
            Some("a rule has no textures")
        }
        Expression::RayQueryGetIntersection { .. } | Expression::RayQueryVertexPositions { .. } => {
            Some("a rule has no rays")
        }
        Expression::SubgroupBallotResult | Expression::SubgroupOperationResult { .. } => {
            Some("a rule has no subgroups: which agents run together is not its business")
        }
        _ => None,
    }
}

fn forbidden_in(
    block: &naga::Block,
    function: &Function,
    parameters: Option<Handle<naga::GlobalVariable>>,
    own: &dyn Fn(Span) -> Option<std::ops::Range<usize>>,
    refuse: &mut dyn FnMut(String, &str, std::ops::Range<usize>),
) {
    for (statement, span) in block.span_iter() {
        let Some(here) = own(*span) else { continue };
        let pointers = match statement {
            Statement::Store { pointer, .. } => std::slice::from_ref(pointer),
            Statement::Call { arguments, .. } => arguments.as_slice(),
            _ => &[],
        };
        if parameters.is_some()
            && pointers.iter().any(|pointer| variable_of(function, *pointer) == parameters)
        {
            refuse(
                "a rule changes `params`, or passes a pointer to it".into(),
                "copy what it wants to change to a `var` first: parameters are the same for all agents",
                here.clone(),
            );
        }
        match statement {
            Statement::ControlBarrier(_)
            | Statement::MemoryBarrier(_)
            | Statement::WorkGroupUniformLoad { .. } => refuse(
                "a rule waits for other agents".into(),
                "split the rule into two stages: all agents finish one before the next",
                here,
            ),
            Statement::Kill => refuse("a rule cannot `discard`".into(), "return the agent unchanged", here),
            Statement::Call { arguments, .. } => {
                for argument in arguments {
                    if let Expression::AccessIndex { .. } | Expression::Access { .. } =
                        function.expressions[*argument]
                        && pointed_at(function, *argument)
                    {
                        refuse(
                            "a pointer to a part of a variable is passed to a function".into(),
                            "copy the part to a `var`, pass `&` of that, and copy it back",
                            own(function.expressions.get_span(*argument)).unwrap_or(here.clone()),
                        );
                    }
                }
            }
            Statement::Block(inner) => forbidden_in(inner, function, parameters, own, refuse),
            Statement::If { accept, reject, .. } => {
                forbidden_in(accept, function, parameters, own, refuse);
                forbidden_in(reject, function, parameters, own, refuse);
            }
            Statement::Switch { cases, .. } => {
                cases.iter().for_each(|case| forbidden_in(&case.body, function, parameters, own, refuse));
            }
            Statement::Loop { body, continuing, .. } => {
                forbidden_in(body, function, parameters, own, refuse);
                forbidden_in(continuing, function, parameters, own, refuse);
            }
            _ => {}
        }
    }
}

/// The variable outside of functions that a pointer leads into.
fn variable_of(function: &Function, pointer: Handle<Expression>) -> Option<Handle<naga::GlobalVariable>> {
    match &function.expressions[pointer] {
        Expression::AccessIndex { base, .. } | Expression::Access { base, .. } => {
            variable_of(function, *base)
        }
        Expression::GlobalVariable(variable) => Some(*variable),
        _ => None,
    }
}

/// Whether an access chain ends at a variable, so that its value is a pointer and not a loaded part.
fn pointed_at(function: &Function, expression: Handle<Expression>) -> bool {
    match &function.expressions[expression] {
        Expression::AccessIndex { base, .. } | Expression::Access { base, .. } => pointed_at(function, *base),
        Expression::LocalVariable(_) | Expression::GlobalVariable(_) => true,
        _ => false,
    }
}

/// Whether any type or literal of the module is a float.
pub(super) fn uses_floats(module: &Module) -> bool {
    let float = |scalar: &naga::Scalar| scalar.kind == ScalarKind::Float;
    module.types.iter().any(|(_, declared)| match &declared.inner {
        TypeInner::Scalar(scalar) | TypeInner::Vector { scalar, .. } | TypeInner::Matrix { scalar, .. } => {
            float(scalar)
        }
        _ => false,
    }) || module.functions.iter().any(|(_, function)| {
        function.expressions.iter().any(|(_, expression)| {
            matches!(expression, Expression::Literal(naga::Literal::F32(_)))
                || matches!(expression, Expression::As { kind: ScalarKind::Float, .. })
        })
    })
}

/// The type that a function takes and the type that it gives (nothing: an empty name), when it takes one.
pub(super) fn signature(module: &Module, function: &naga::Function) -> Option<(String, String)> {
    let name = |ty: naga::Handle<naga::Type>| match &module.types[ty] {
        naga::Type { inner: TypeInner::Scalar(scalar), .. } => scalar_name(*scalar),
        naga::Type { inner: TypeInner::Vector { size, scalar }, .. } => {
            format!("vec{}<{}>", *size as u8, scalar_name(*scalar))
        }
        naga::Type { name: Some(name), .. } => name.clone(),
        _ => "?".into(),
    };
    match (function.arguments.as_slice(), &function.result) {
        ([argument], result) => {
            Some((name(argument.ty), result.as_ref().map_or(String::new(), |result| name(result.ty))))
        }
        _ => None,
    }
}

fn scalar_name(scalar: naga::Scalar) -> String {
    match scalar.kind {
        ScalarKind::Bool => "bool".into(),
        ScalarKind::Sint => format!("i{}", scalar.width * 8),
        ScalarKind::Uint => format!("u{}", scalar.width * 8),
        _ => format!("f{}", scalar.width * 8),
    }
}
