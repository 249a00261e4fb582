//! From the text of a model file to a [`Model`], or to every mistake found in it.

use std::ops::Range;
use std::sync::Arc;

use naga::Module;

use super::body::{self, Calls, Items, Stage};
use super::declaration::*;
use super::head::{AgentsHead, Count, Head, HeadText, LayerHead, ONLY_KIND, ParameterHead};
use super::parse::{MOST_MISTAKES, parse};
use super::setting::Setting;
use super::table::Number;
use super::tokens;
use super::{AgentLayout, KindUse, LayerUse, Model};
use super::{kinds, metrics, names, picture, stages};
use crate::error::{Error, Result};
use crate::mistake::{Mistake, Mistakes};

/// Reads and checks a model.
pub(super) fn read(name: &str, file: Option<String>, source: &str) -> Result<Model> {
    check(name, file.clone(), source).map_err(|mut list| {
        list.sort_by_key(|mistake| mistake.span.start);
        list.dedup();
        list.truncate(MOST_MISTAKES);
        let file = file.unwrap_or_else(|| name.to_owned());
        Error::Model(Box::new(Mistakes { file, text: source.to_owned(), list }))
    })
}

fn check(name: &str, file: Option<String>, source: &str) -> Result<Model, Vec<Mistake>> {
    let text = HeadText::of(source);
    if let Some(mistake) = text.refuse(source) {
        return Err(vec![mistake]);
    }
    let (head, mut mistakes) = text.parse();
    let Some(head) = head else { return Err(mistakes) };
    let mut model = declare(name, file, source, &text, &head, &mut mistakes);
    // A body cannot be read against a head that is wrong: its mistakes would be reported again as others.
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let unused = vec![LayerUse::default(); model.layers.len()];
    let no_kinds = vec![KindUse::default(); model.kinds.len()];
    let blank = |name: &str| Stage {
        name: name.into(),
        layers: unused.clone(),
        draws: false,
        items: Items::Cells,
        every: 1,
        kinds: no_kinds.clone(),
        dies: false,
    };
    model.stages = head.stages.get_ref().iter().map(|stage| blank(stage.run.get_ref())).collect();

    let setting = Setting::trial(model.layers.len(), model.kinds.len());
    let module = parse(&model, source, &setting)?;
    let mistakes = body::forbidden(&module, source);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    for kind in &mut model.kinds {
        kind.layout =
            body::agent_layout(&module, source, &kind.structure).map_err(|mistake| vec![mistake])?;
    }
    // naga takes any prelude name for the interface's; the body's floats are those of the whole module.
    model.exact = !body::uses_floats(&module);

    let mut mistakes = Vec::new();
    stages::read_stages(&mut model, &text, &head, &module, &mut mistakes);
    read_layer_functions(&model, &text, &head, &module, &mut mistakes);
    for (name, metric) in &head.metrics {
        let locate = |span| text.span_in_file(span);
        match metrics::read_metric(&model, &module, name.get_ref(), metric, &locate) {
            Ok(metric) => model.metrics.push(metric),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    model.picture = picture::read(&model, &head.picture, &|span| text.span_in_file(span), &mut mistakes);
    for (kind, (_, agents)) in model.kinds.iter().zip(&head.agents) {
        let mut refuse = |key: &str, what: String, span: Range<usize>| {
            mistakes.push(Mistake {
                what,
                remedy: format!("add the field, or remove `{key}`"),
                span: text.span_in_file(span),
            });
        };
        if kind.layout.position().is_some() {
            continue;
        }
        if let Some(place) = &agents.place {
            let what = "agents are to be placed, but they have no field `pos: vec2<i32>`".into();
            refuse("place", what, place.span());
        }
        if let Some(near) = &agents.near {
            let what =
                "agents are to be found by their places, but they have no field `pos: vec2<i32>`".into();
            refuse("near", what, near.span());
        }
    }
    if mistakes.is_empty() { Ok(model) } else { Err(mistakes) }
}

/// What the head alone says.
fn declare(
    name: &str,
    file: Option<String>,
    source: &str,
    text: &HeadText,
    head: &Head,
    mistakes: &mut Vec<Mistake>,
) -> Model {
    let mut refuse = |what: String, remedy: &str, span: Range<usize>| {
        mistakes.push(Mistake { what, remedy: remedy.into(), span: text.span_in_file(span) });
    };
    let neighbours = match &head.grid.neighbours {
        None => Neighbours::Eight,
        Some(count) => match count.get_ref() {
            4 => Neighbours::Four,
            8 => Neighbours::Eight,
            other => {
                refuse(format!("`neighbours` cannot be {other}"), "use 4 or 8", count.span());
                Neighbours::Eight
            }
        },
    };
    let size = head.grid.size.as_ref().map_or([256, 256], |size| {
        // Read as numbers of 32 bits.
        let [width, height] = size.get_ref().map(|side| side as u32);
        if width == 0 || height == 0 || u64::from(width) * u64::from(height) > 1 << 31 {
            refuse(
                format!("a grid cannot be {width} by {height}"),
                "use from 1 to 2^31 cells in all",
                size.span(),
            );
        }
        [width, height]
    });
    let graph = head.graph.as_ref().and_then(|graph| *graph.get_ref());
    if let (Some(_), Some(size)) = (&head.graph, &head.grid.size) {
        refuse(
            "a model with a graph has no size of its own: its cells are the graph's nodes".into(),
            "remove `size`, and say `nodes` under `[graph]`",
            size.span(),
        );
    }
    let size = graph.map_or(size, |graph| [graph.nodes, 1]);
    let mut parameters = Vec::new();
    for (name, parameter) in &head.params {
        if let Some(why) = names::refuse_as_member(name.get_ref()) {
            refuse(why, "choose another name", name.span());
        } else {
            match read_parameter(name.get_ref(), parameter) {
                Ok(read) => parameters.extend(read),
                Err((what, remedy, span)) => refuse(what, remedy, span.unwrap_or(name.span())),
            }
        }
    }
    let kinds = read_kinds(source, head, &parameters, &mut refuse);
    let mut layers: Vec<Layer> = Vec::new();
    if let Some((name, _)) = head.layers.get(MOST_LAYERS) {
        refuse(
            format!("a model cannot have more than {MOST_LAYERS} layers"),
            "pack several numbers into one layer",
            name.span(),
        );
    }
    for (name, layer) in &head.layers {
        let hides = || names::refuse_beside_graph(name.get_ref()).filter(|_| head.graph.is_some());
        if let Some(why) = names::refuse_as_function(name.get_ref()).or_else(hides) {
            refuse(why, "choose another name", name.span());
            continue;
        }
        match read_layer(name.get_ref(), layer) {
            Ok(layer) => layers.push(layer),
            Err((what, remedy, span)) => refuse(what, remedy, span.unwrap_or(name.span())),
        }
    }
    let mut functions = std::collections::BTreeMap::new();
    for layer in &layers {
        for function in names::functions_of(layer) {
            if let Some(other) = functions.insert(function.clone(), &layer.name) {
                let span = head
                    .layers
                    .iter()
                    .find(|(key, _)| key.get_ref() == &layer.name)
                    .map_or(0..0, |(key, _)| key.span());
                refuse(
                    format!(
                        "layers `{other}` and `{}` clash: both would make a function `{function}`",
                        layer.name
                    ),
                    "choose another name for one of them",
                    span,
                );
            }
        }
    }
    for (place, kind) in kinds.iter().enumerate() {
        let mut own = kinds::functions_of(kind);
        own.extend([kind.name.clone(), kind.structure.clone()]);
        let of_layer = layers.iter().find_map(|layer| {
            let name = names::functions_of(layer).into_iter().find(|function| own.contains(function))?;
            let key = head.layers.iter().find(|(key, _)| key.get_ref() == &layer.name);
            Some((format!("layer `{}`", layer.name), name, key.map(|(key, _)| key.span())))
        });
        let of_kind = kinds[..place].iter().find_map(|other| {
            let mut others = kinds::functions_of(other);
            others.push(other.structure.clone());
            let key = head.agents.iter().find(|(key, _)| key.get_ref() == &kind.name);
            let name = others.into_iter().find(|name| own.contains(name))?;
            Some((format!("agents `{}`", other.name), name, key.map(|(key, _)| key.span())))
        });
        if let Some((with, name, span)) = of_layer.or(of_kind) {
            refuse(
                format!("agents `{}` and {with} clash: both would be or make `{name}`", kind.name),
                "choose another name for one of them",
                span.unwrap_or(0..0),
            );
        }
    }
    for (name, _) in &head.metrics {
        if let Some(why) = names::refuse(name.get_ref()) {
            refuse(why, "choose another name", name.span());
        } else if matches!(name.get_ref().as_str(), "world" | "seed" | "step" | "per_world") {
            refuse(
                format!("`{}` is already a column of every table", name.get_ref()),
                "choose another name",
                name.span(),
            );
        }
    }
    Model {
        name: name.to_owned(),
        file,
        source: Arc::from(source),
        title: text.title(),
        neighbours,
        wraps: head.grid.wrap.unwrap_or(false),
        size,
        graph,
        kinds,
        parameters,
        layers,
        stages: Vec::new(),
        metrics: Vec::new(),
        picture: Vec::new(),
        exact: true,
        loops: ["for", "while", "loop"].iter().any(|word| uses(source, word)),
    }
}

/// Whether a word stands in a text, outside of comments.
fn uses(source: &str, word: &str) -> bool {
    tokens::tokens(source).iter().any(|token| &source[token.span.clone()] == word)
}

/// The kinds of agents that the head names; one called `agent` where it names none and the text has a `struct Agent`.
fn read_kinds(
    source: &str,
    head: &Head,
    parameters: &[Parameter],
    refuse: &mut dyn FnMut(String, &str, Range<usize>),
) -> Vec<Kind> {
    let uses = |word: &str| uses(source, word);
    let only = head.agents.iter().find(|(name, _)| name.get_ref() == ONLY_KIND);
    let wants_agents = only.is_some_and(|(_, agents)| agents.start.is_some());
    let mut kinds = Vec::new();
    if head.agents.is_empty() && uses("Agent") {
        kinds.push(read_kind(ONLY_KIND, &AgentsHead::default(), parameters, refuse));
    }
    if let Some((name, _)) = head.agents.get(MOST_KINDS) {
        refuse(
            format!("a model cannot have more than {MOST_KINDS} kinds of agents"),
            "tell the rest apart by a field",
            name.span(),
        );
    }
    for (name, agents) in &head.agents {
        if name.get_ref() != ONLY_KIND
            && let Some(why) = names::refuse_as_function(name.get_ref())
        {
            refuse(why, "choose another name", name.span());
            continue;
        }
        if name.get_ref() == ONLY_KIND && !uses("Agent") && !wants_agents {
            match &agents.number {
                Some(number) if !matches!(number.get_ref(), Count::Given(0)) => refuse(
                    match number.get_ref() {
                        Count::Given(number) => {
                            format!("{number} agents are to be made, but the model has no `struct Agent`")
                        }
                        Count::Parameter(_) => {
                            "agents are to be made, but the model has no `struct Agent`".into()
                        }
                    },
                    "declare what an agent is, as in `struct Agent { pos: vec2<i32> }`, or remove `number`",
                    number.span(),
                ),
                _ => {}
            }
            if let Some(place) = &agents.place {
                refuse(
                    "agents are to be placed, but the model has no `struct Agent` with a field `pos`".into(),
                    "declare what an agent is, as in `struct Agent { pos: vec2<i32> }`, or remove `place`",
                    place.span(),
                );
            }
            continue;
        }
        kinds.push(read_kind(name.get_ref(), agents, parameters, refuse));
    }
    kinds
}

/// Kinds of agents of a model at most; each takes bindings of a device.
const MOST_KINDS: usize = 8;
/// Young that an agent has in a stage, at most.
const MOST_BIRTHS: u32 = 64;

fn read_kind(
    name: &str,
    head: &AgentsHead,
    parameters: &[Parameter],
    refuse: &mut dyn FnMut(String, &str, Range<usize>),
) -> Kind {
    let placement = match head.place.as_ref().map(|place| (place.get_ref().as_str(), place.span())) {
        None | Some(("anywhere", _)) => Placement::Anywhere,
        Some(("together", _)) => Placement::Together,
        Some(("apart", _)) => Placement::Apart,
        Some((other, span)) => {
            refuse(
                format!("agents cannot be placed `{other}`"),
                "use \"anywhere\", \"together\" or \"apart\"",
                span,
            );
            Placement::Anywhere
        }
    };
    let space = match head.space.as_ref().map(|space| (space.get_ref().as_str(), space.span())) {
        None | Some(("grid", _)) => Space::Grid,
        Some(("continuous", _)) => Space::Continuous,
        Some((other, span)) => {
            refuse(format!("agents cannot live in `{other}` space"), "use \"grid\" or \"continuous\"", span);
            Space::Grid
        }
    };
    let number = match head.number.as_ref().map(|number| (number.get_ref(), number.span())) {
        None => Population::Given(1000),
        Some((Count::Given(0), span)) => {
            match name {
                ONLY_KIND => refuse(
                    "a model with no agents has no use for `Agent`".into(),
                    "use a number from 1, or leave `Agent` out and have stages over cells, `fn NAME(at: vec2<i32>)`",
                    span,
                ),
                _ => refuse(
                    format!("there is never an agent `{name}` where their number is 0"),
                    "where they are born later, let a parameter say how many there are at first: number = \"NAME\", and under `[params]` NAME = { default = 0, range = [0, 100000] }",
                    span,
                ),
            }
            Population::Given(1)
        }
        Some((Count::Given(number), _)) => Population::Given(*number),
        Some((Count::Parameter(wanted), span)) => {
            let place = parameters.iter().position(|parameter| &parameter.name == wanted);
            let whole = |place: &usize| {
                let parameter = &parameters[*place];
                parameter.kind.whole() && parameter.range[0] >= 0.0 && parameter.range[1] <= MOST_NUMBER
            };
            match place.filter(whole) {
                Some(place) => Population::Parameter(place),
                None => {
                    refuse(
                        match place {
                            Some(_) => format!("parameter `{wanted}` cannot say how many agents there are"),
                            None => {
                                format!("there is no parameter `{wanted}` to say how many agents there are")
                            }
                        },
                        "declare it under `[params]` as a whole number, as in { default = 100, range = [0, 100000] }",
                        span,
                    );
                    Population::Given(1)
                }
            }
        }
    };
    if let Some(near) = head.near.as_ref().filter(|near| *near.get_ref() == 0) {
        refuse(
            "agents cannot be sorted by squares of 0 cells".into(),
            "give about the distance at which rules look for them, in cells, from 1",
            near.span(),
        );
    }
    if let Some(births) = head.births.as_ref().filter(|births| !(1..=MOST_BIRTHS).contains(births.get_ref()))
    {
        refuse(
            format!("an agent cannot have {} young in a stage", births.get_ref()),
            "use from 1 to 64, and several stages for more",
            births.span(),
        );
    }
    Kind {
        name: name.to_owned(),
        structure: kinds::structure(name),
        layout: AgentLayout { fields: Vec::new(), stride: 0 },
        number,
        placement,
        space,
        near: head.near.as_ref().map(|near| *near.get_ref()),
        births: head.births.as_ref().map_or(1, |births| *births.get_ref()),
        start: None,
        varies: matches!(number, Population::Parameter(_)),
    }
}

/// Agents of a kind, at most.
const MOST_NUMBER: f64 = (1u32 << 31) as f64;

/// Layers of a model at most; each takes bindings of a device.
const MOST_LAYERS: usize = 64;

/// What is wrong, what to do, and where in the head's TOML (its name, if nowhere nearer).
type Refusal = (String, &'static str, Option<Range<usize>>);

/// The parameters that an entry declares: one, or those of a vector in their order.
fn read_parameter(name: &str, head: &ParameterHead) -> Result<Vec<Parameter>, Refusal> {
    let defaults = head.default.get_ref();
    let kind = match &head.kind {
        Some(word) => {
            ParameterKind::ALL.iter().find(|(_, name)| name == word.get_ref()).map(|(kind, _)| *kind).ok_or(
                (
                    format!("parameter `{name}` has an unknown type `{}`", word.get_ref()),
                    "use i32, u32, fixed, probability or f32",
                    Some(word.span()),
                ),
            )?
        }
        None if defaults.iter().all(|number| matches!(number, Number::Integer(_))) => ParameterKind::I32,
        None => ParameterKind::Fixed,
    };
    let limits = kind.limits();
    let range = match &head.range {
        None => limits,
        Some(range) => {
            let [low, high] = range.get_ref().map(Number::value);
            // Written so that a NaN is refused too.
            if !(low <= high && limits[0] <= low && high <= limits[1]) {
                return Err((
                    format!(
                        "parameter `{name}` cannot have the range {low} to {high}: {} goes from {} to {}",
                        kind.name(),
                        limits[0],
                        limits[1]
                    ),
                    "give the lower end first, and stay within the type",
                    Some(range.span()),
                ));
            }
            [low, high]
        }
    };
    let parameter = |element: Option<Element>, default: Number| {
        let parameter = Parameter {
            name: element
                .as_ref()
                .map_or_else(|| name.to_owned(), |element| format!("{name}[{}]", element.index)),
            kind,
            default: default.value(),
            range,
            help: head.help.clone(),
            element,
        };
        match parameter.refuse(parameter.default) {
            Some(why) => Err((why, "change the default, the range or the type", Some(head.default.span()))),
            None => Ok(parameter),
        }
    };
    let Some(count) = vector_length(name, head)? else { return Ok(vec![parameter(None, defaults[0])?]) };
    (0..count)
        .map(|index| {
            let element = Element { vector: name.to_owned(), index, count };
            parameter(Some(element), *defaults.get(index as usize).unwrap_or(&defaults[0]))
        })
        .collect()
}

/// Elements of a vector parameter at most: a rule's copy of them lives in its own memory.
const MOST_ELEMENTS: u32 = 512;

/// How many elements a parameter has, if it is a vector.
fn vector_length(name: &str, head: &ParameterHead) -> Result<Option<u32>, Refusal> {
    let listed = head.listed.then(|| u32::try_from(head.default.get_ref().len()).unwrap_or(u32::MAX));
    let (count, span) = match (&head.count, listed) {
        (None, None) => return Ok(None),
        (Some(count), Some(listed)) if *count.get_ref() != listed => {
            return Err((
                format!("vector `{name}` has a count of {} and {listed} defaults", count.get_ref()),
                "give one default for each element, or one for all, or leave `count` out",
                Some(count.span()),
            ));
        }
        (Some(count), _) => (*count.get_ref(), count.span()),
        (None, Some(listed)) => (listed, head.default.span()),
    };
    match count {
        1..=MOST_ELEMENTS => Ok(Some(count)),
        _ => Err((
            format!("vector `{name}` cannot have {count} elements"),
            "use 1 to 512, and several vectors for more",
            Some(span),
        )),
    }
}

fn read_layer(name: &str, head: &LayerHead) -> Result<Layer, Refusal> {
    let bits = *head.bits.get_ref();
    if ![1, 8, 16, 32].contains(&bits) {
        return Err((
            format!("layer `{name}` cannot have {bits} bits a cell"),
            "use 1, 8, 16 or 32",
            Some(head.bits.span()),
        ));
    }
    let maximum = u32::MAX >> (32 - bits);
    for number in [&head.initial, &head.outside].into_iter().flatten() {
        if *number.get_ref() > maximum {
            return Err((
                format!("{} does not fit in the {bits} bits of layer `{name}`", number.get_ref()),
                "use a smaller number or more bits",
                Some(number.span()),
            ));
        }
    }
    let initial = match (&head.from, &head.initial) {
        (Some(from), Some(_)) => {
            return Err((
                format!("layer `{name}` has both `from` and `initial`"),
                "keep one of them",
                Some(from.span()),
            ));
        }
        (Some(from), None) if from.get_ref() == "map" => Initial::Map,
        (Some(from), None) => Initial::Function(from.get_ref().clone()),
        (None, initial) => Initial::Constant(initial.as_ref().map_or(0, |number| *number.get_ref())),
    };
    let outside = match &head.outside {
        Some(number) => *number.get_ref(),
        None => u32::from(initial == Initial::Map),
    };
    if head.claim && (bits != 32 || initial != Initial::Constant(0) || head.outside.is_some()) {
        return Err((
            format!("layer `{name}` is claimed and holds nothing else"),
            "leave out all but `claim` and `help`, and keep what cells hold in another layer",
            None,
        ));
    }
    if head.total && (bits != 32 || head.claim || head.from.is_some() || head.outside.is_some()) {
        return Err((
            format!("total `{name}` is one number of 32 bits for the whole world"),
            "leave out all but `total`, `initial` and `help`",
            None,
        ));
    }
    Ok(Layer {
        name: name.to_owned(),
        bits,
        initial,
        outside,
        claim: head.claim,
        total: head.total,
        help: head.help.clone(),
    })
}

/// Turns naga's refusal of a whole generated module into the model's mistakes.
pub(crate) fn mistakes_of_naga(model: &Model, message: &str, span: Option<Range<usize>>) -> Error {
    let end = model.source.len();
    let span = span.filter(|span| span.end <= end).unwrap_or(end..end);
    let (what, remedy) = match message.split_once("; ") {
        Some((what, remedy)) => (what.to_owned(), remedy),
        None if message.starts_with("the builtin") => {
            (format!("`{}` is not supported", &model.source[span.clone()]), "write it with other functions")
        }
        None if message.contains("matrices") => {
            ("matrices are not supported".into(), "keep the rows of a matrix in vectors and use `dot`")
        }
        None if message.contains("64 bits") => (
            "numbers of 64 bits are not supported".into(),
            "use two numbers of 32 bits, or the functions of fixed point",
        ),
        None => (message.replace(" on the CPU", ""), "rewrite this part of the rule in other words"),
    };
    let list = vec![Mistake { what, remedy: remedy.to_owned(), span }];
    Error::Model(Box::new(Mistakes { file: model.file_or_name(), text: model.source.to_string(), list }))
}

/// Layers filled by a function of the place.
fn read_layer_functions(
    model: &Model,
    text: &HeadText,
    head: &Head,
    module: &Module,
    mistakes: &mut Vec<Mistake>,
) {
    let calls = Calls::of(module, &model.source);
    for (name, layer_head) in &head.layers {
        let index = model.layers.iter().position(|layer| &layer.name == name.get_ref());
        let Some((index, layer)) = index.map(|index| (index, &model.layers[index])) else { continue };
        let (Initial::Function(function_name), Some(from)) = (&layer.initial, &layer_head.from) else {
            continue;
        };
        let span = text.span_in_file(from.span());
        let result = if layer.bits == 1 { "bool" } else { "u32" };
        let wanted = format!("`fn {function_name}(at: vec2<i32>) -> {result}`");
        let Some(function) = calls.function(function_name) else {
            mistakes.push(Mistake {
                what: format!("layer `{}` is to be filled from `{function_name}`, which is neither \"map\" nor a function of this file", layer.name),
                remedy: format!("use \"map\", or define {wanted}"),
                span,
            });
            continue;
        };
        if body::signature(module, &module.functions[function]) != Some(("vec2<i32>".into(), result.into())) {
            mistakes.push(Mistake {
                what: format!("`{function_name}` cannot fill layer `{}`", layer.name),
                remedy: format!("write it as {wanted}"),
                span,
            });
            continue;
        }
        let reached = calls.reached(function);
        if let Some((effect, span)) = body::first_effect(&reached, &model.layers) {
            mistakes.push(Mistake {
                what: format!("`{function_name}` fills a layer and may only look, but it calls `{effect}`"),
                remedy: "move the effect to the start function or to a stage".into(),
                span,
            });
        }
        if let Some((used, span)) = body::first_of_stages(&reached, &model.layers, &model.kinds) {
            mistakes.push(Mistake {
                what: format!(
                    "`{function_name}` fills a layer before there are agents, but it calls `{used}`"
                ),
                remedy: "do it in a stage of the step".into(),
                span,
            });
        }
        for later in &model.layers[index..] {
            if let Some(span) = reached.get(&later.name) {
                mistakes.push(Mistake {
                    what: format!("`{function_name}` reads layer `{}`, which has no content yet", later.name),
                    remedy: "layers are filled in the order of the head: declare what is read first".into(),
                    span: span.clone(),
                });
            }
        }
    }
}
