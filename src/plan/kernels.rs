//! The WGSL of kernels: a function for each stage, fill and metric, and on a GPU their entry points.

use std::fmt::Write;

use super::{CUT_BIT, FUEL, LAST_BIT, MEASURE_BIT, OVERBORN_BIT, Target, binding, populations, reductions};
use crate::error::{Error, Result};
use crate::model::{
    self, Effect, Initial, Items, Metric, Model, Over, Parameter, Setting, Source, Space, Stage, ValueKind,
};
use crate::world::random::stream;

/// Invocations in a workgroup.
pub(crate) const WORKGROUP: u32 = 256;
/// Values that a metric's writer fills at a time, on the CPU; as many words behind them say which count.
pub(crate) const VALUES: usize = 256;

/// Statements that load the parameters in which worlds differ.
fn loads(model: &Model, setting: &Setting) -> String {
    let differ = |(index, _): &(usize, &Parameter)| setting.constant(*index).is_none();
    let load = |(_, parameter): (usize, &Parameter)| {
        format!(" params.{0} = throng_params[world].{0};", parameter.name)
    };
    model.parameters.iter().enumerate().filter(differ).map(load).collect()
}

/// Whether kernels make sure that the device let their loops end: those of a model that has loops, or goes through others
/// around an agent, and those that take a world through many steps.
fn ends_are_checked(model: &Model, target: Target) -> bool {
    match target {
        Target::Cpu => false,
        Target::Gpu => model.loops || populations::sorted(model).next().is_some(),
        Target::Resident => true,
    }
}

pub(super) fn stage_function(stage: &str) -> String {
    format!("throng_stage_{stage}")
}

pub(super) fn fill_function(layer: &str) -> String {
    format!("throng_fill_{layer}")
}

pub(super) fn measure_function(metric: usize) -> String {
    format!("throng_measure_{metric}")
}

pub(super) fn writer_function(metric: usize) -> String {
    format!("throng_value_{metric}")
}

pub(super) fn entry(function: &str) -> String {
    format!("throng_entry_{function}")
}

/// The layers that a function fills, with that function's name.
pub(super) fn fills(model: &Model) -> impl Iterator<Item = (usize, &str)> {
    model.layers.iter().enumerate().filter_map(|(index, layer)| match &layer.initial {
        Initial::Function(function) => Some((index, function.as_str())),
        _ => None,
    })
}

/// All kernels of a model.
///
/// # Errors
/// When a metric cannot be measured on this grid.
pub(super) fn kernels(model: &Model, setting: &Setting, target: Target) -> Result<String> {
    let mut text = String::new();
    let (status, values) = (binding::STATUS, binding::VALUES);
    // Worlds that stood still for a while are steps behind the others of their dispatch.
    let behind = match target {
        Target::Cpu => "",
        Target::Gpu => " - throng_worlds[world].behind",
        Target::Resident => " + throng_turn - throng_worlds[world].behind",
    };
    let _ = writeln!(
        text,
        "@group(0) @binding({status}) var<storage, read_write> throng_status: array<atomic<u32>>;\n\
         fn throng_begin(world: u32, item: u32, stage: u32) {{\n\
         \x20   throng_world = world; throng_item = item; throng_stage = stage; throng_step = throng_call.step{behind};\n\
         \x20   throng_seed = throng_worlds[world].seed; throng_draw = 0u; throng_fuel = {FUEL}u;{}\n\
         }}\n\
         fn throng_end(bit: u32) {{ if throng_fuel == 0u {{ atomicOr(&throng_status[throng_world], 1u << (bit & 31u)); }} }}\n\
         fn throng_end_births() {{ if throng_overborn != 0u {{ atomicOr(&throng_status[throng_world], 1u << {OVERBORN_BIT}u); }} }}",
        loads(model, setting),
    );
    if ends_are_checked(model, target) {
        // Some devices end all loops of an invocation that has made too many rounds: then this one ends too soon as well.
        let _ = writeln!(
            text,
            "fn throng_ended(world: u32) {{\n\
             \x20   let wanted = 1u + min(throng_call.count, 1u);\n\
             \x20   var rounds = 0u;\n\
             \x20   for (var round = 0u; round < wanted; round += 1u) {{ rounds += 1u; }}\n\
             \x20   if rounds < wanted {{ atomicOr(&throng_status[world], 1u << {CUT_BIT}u); }}\n\
             }}"
        );
    }
    if target == Target::Resident {
        // The step within the dispatch.
        text.push_str("var<private> throng_turn: u32;\n");
    }
    if target == Target::Cpu {
        let _ = writeln!(
            text,
            "@group(0) @binding({values}) var<storage, read_write> throng_values: array<u32>;"
        );
    }
    let stages = model.stages.iter().zip(0..).map(|(stage, index)| (stage, index, index.min(LAST_BIT)));
    let starts = model.kinds.iter().zip(0..);
    let starts = starts
        .filter_map(|(kind, index)| kind.start.as_ref().map(|start| (start, stream::START + index, 31)));
    let mut done = std::collections::HashSet::new();
    for (stage, stream, bit) in stages.chain(starts) {
        if !done.insert(stage.name.clone()) {
            return Err(Error::argument(
                format!("model `{}` runs `{}` more than once in a step", model.name, stage.name),
                "define a second function that calls it, so that the two draw different random numbers",
            ));
        }
        let (name, function) = (&stage.name, stage_function(&stage.name));
        let act = match stage.items {
            Items::Claims(layer) => format!("throng_clear_{}();", model.layers[layer].name),
            Items::Total(layer) => format!("throng_publish_{}();", model.layers[layer].name),
            Items::Cells => format!("{}{name}({});", claims(model, stream), place_of_item(setting)),
            Items::Agents(kind) => {
                format!("{}{}", claims(model, stream), act(model, setting, target, stage, kind))
            }
        };
        let seeks = stage.kinds.iter().any(|uses| uses.seeks);
        let checked = target == Target::Gpu && (seeks || model.loops);
        let ended = if checked { " throng_ended(world);" } else { "" };
        let _ = writeln!(
            text,
            "fn {function}(world: u32, item: u32) {{\n\
             \x20   throng_begin(world, item, {stream}u);\n\
             \x20   {act}\n\
             \x20   throng_end({bit}u);{ended}\n\
             }}"
        );
        if target == Target::Gpu {
            let items = match stage.kind() {
                Some(kind) => model::room_of_kind(model, setting, kind),
                None => format!("{}u", stage.items.places(setting.cells())),
            };
            let living = stage.kind().filter(|kind| model.kinds[*kind].varies);
            let living = living.map(|kind| model::number_of_kind(model, setting, kind));
            let point = EntryPoint { function: &function, items, living, every: stage.every };
            entry_point(&mut text, setting, &entry(name), &point);
        }
        if let Some(function) = approach_function(model, setting, stage) {
            approach(&mut text, model, setting, stage, &function);
        }
    }
    if target == Target::Resident {
        super::resident::kernel(&mut text, model, setting);
        return Ok(text);
    }
    for (index, fill) in fills(model) {
        let layer = &model.layers[index];
        let (per_word, bits) = (32 / layer.bits, layer.bits);
        let base = if setting.worlds == 1 || model.shared(index) {
            String::new()
        } else {
            format!("world * {}u + ", layer.words(setting.cells()))
        };
        let value = if bits == 1 { format!("select(0u, 1u, {fill}(at))") } else { format!("{fill}(at)") };
        let _ = writeln!(
            text,
            "fn {function}(world: u32, item: u32) {{\n\
             \x20   throng_begin(world, item, {stream}u);\n\
             \x20   let at = {at};\n\
             \x20   let bits = {value} & {maximum}u;\n\
             \x20   throng_fill_word_{name}({base}item / {per_word}u, bits << ((item % {per_word}u) * {bits}u));\n\
             \x20   throng_end(30u);{ended}\n\
             }}",
            ended = if target == Target::Gpu && model.loops { " throng_ended(world);" } else { "" },
            function = fill_function(&layer.name),
            stream = stream::FILL + index as u32,
            at = place_of_item(setting),
            maximum = layer.maximum(),
            name = layer.name,
        );
        let function = fill_function(&layer.name);
        if target == Target::Gpu {
            let items = format!("{}u", setting.cells());
            let point = EntryPoint { function: &function, items, living: None, every: 1 };
            entry_point(&mut text, setting, &entry(&function), &point);
        }
    }
    for (index, metric) in model.metrics.iter().enumerate() {
        measure(&mut text, model, setting, target, index, metric);
    }
    if target == Target::Gpu {
        reductions::kernels(&mut text, model, setting);
        populations::kernels(&mut text, model, setting);
    }
    Ok(text)
}

/// The place of an agent of a kind in its buffer.
pub(super) fn slot(model: &Model, setting: &Setting, target: Target, kind: usize) -> String {
    let room = model::room_of_kind(model, setting, kind);
    match (target, setting.worlds) {
        (Target::Cpu, _) => "item".to_owned(),
        (Target::Resident, _) => format!("world * {room} + item"),
        (Target::Gpu, 1) if model.kinds[kind].varies => "item".to_owned(),
        (Target::Gpu, 1) => "item - throng_call.base".to_owned(),
        (Target::Gpu, _) => format!("world * {room} + item"),
    }
}

/// Statements that say in which stage the claims were made that a stage can ask about: the last one before it.
fn claims(model: &Model, stage: u32) -> String {
    let layers = model.layers.iter().enumerate().filter(|(_, layer)| layer.claim);
    let before = model.stages.iter().take(stage as usize);
    layers
        .filter(|(index, _)| model.stages.get(stage as usize).is_some_and(|stage| stage.layers[*index].reads))
        .filter_map(|(index, layer)| {
            let claims =
                |stage: &Stage| stage.kind().is_some() && stage.layers[index].changes == Some(Effect::Claim);
            let stage = before.clone().rposition(claims)?;
            Some(format!("throng_claimed_in_{} = {stage}u; ", layer.name))
        })
        .collect()
}

/// Statements that let an agent act: it is read, and what the rule makes of it is written; then whether it died, and how
/// many young it had.
fn act(model: &Model, setting: &Setting, target: Target, stage: &Stage, kind: usize) -> String {
    let (agents, name) = (&model.kinds[kind], &model.kinds[kind].name);
    let place = slot(model, setting, target, kind);
    let mut text = match in_order(model, stage) {
        true => format!("let slot = {place}; throng_self_{name} = item; "),
        false => format!("let slot = {place}; "),
    };
    if agents.is_numbered() {
        let _ = write!(text, "throng_item = {}; ", model::id_at(model, setting, kind, "slot"));
    }
    let born: Vec<&str> = stage.bears().map(|kind| model.kinds[kind].name.as_str()).collect();
    let rank = rank(model, setting, kind);
    if !born.is_empty() {
        let by_rank = place.replace("item", &rank);
        let _ = write!(text, "throng_slot = {by_rank}; throng_overborn = 0u; ");
        for name in &born {
            let _ = write!(text, "throng_bearing_{name} = 0u; ");
        }
    }
    if stage.dies {
        text.push_str("throng_alive = 1u; ");
    }
    // Those who are sorted are the same as the others, and come one after another.
    let from = match in_order(model, stage) {
        true => format!("throng_near_{name}[slot]"),
        false => format!("throng_agents_{name}[slot]"),
    };
    let _ = write!(text, "throng_agents_{name}[slot] = {}({from});", stage.name);
    if stage.dies {
        let _ = write!(text, " throng_alive_{name}[{}] = throng_alive;", tally(model, setting, kind, "item"));
        if agents.is_ranked() && target != Target::Cpu {
            let _ = write!(text, " throng_loose_{name}[{}] = throng_alive;", place.replace("item", &rank));
        }
    }
    for name in &born {
        let _ = write!(
            text,
            " throng_births_{name}[{}] = throng_bearing_{name};",
            tally(model, setting, kind, &rank)
        );
    }
    if !born.is_empty() {
        text.push_str(" throng_end_births();");
    }
    text
}

/// How many agents of a kind have lower numbers than the one in `slot`, by which its young are noted on a GPU: its place,
/// where agents stay in the order of their numbers. On the CPU always its place, for whoever joins the young sorts them.
fn rank(model: &Model, setting: &Setting, kind: usize) -> String {
    let declared = &model.kinds[kind];
    match setting.host.is_none() && declared.near.is_some() {
        true if declared.is_ranked() => format!("throng_ids_{}[slot].y", declared.name),
        true => format!("throng_ids_{}[slot]", declared.name),
        false => "item".to_owned(),
    }
}

/// Whether a stage takes its agents in the order of the squares that they stand in, so that those near each other look at the
/// same neighbours one soon after the other: where they look for their own kind, and so have been sorted.
pub(super) fn in_order(model: &Model, stage: &Stage) -> bool {
    stage.kind().is_some_and(|kind| model.kinds[kind].near.is_some() && stage.kinds[kind].seeks)
}

/// The place of an item in an array that is to be summed up: a world has one place more than it has room for agents.
pub(super) fn tally(model: &Model, setting: &Setting, kind: usize, item: &str) -> String {
    match setting.host {
        Some(_) => item.to_owned(),
        None => format!("world * ({} + 1u) + {item}", model::room_of_kind(model, setting, kind)),
    }
}

/// Layers of at least so many bytes do not stay in a core's own caches.
const FAR: u64 = 1 << 20;

/// The layers around an agent that a stage on the CPU should fetch before it needs them.
fn far_layers<'m>(
    model: &'m Model,
    setting: &'m Setting,
    stage: &'m Stage,
) -> impl Iterator<Item = usize> + 'm {
    (0..model.layers.len()).filter(move |&index| {
        let far = 4 * model.layers[index].words(setting.cells()) >= FAR && !setting.absent(model, index);
        far && stage.layers[index].reads && setting.host.is_some() && setting.segments == 1
    })
}

/// The function that fetches them, if there are any.
pub(super) fn approach_function(model: &Model, setting: &Setting, stage: &Stage) -> Option<String> {
    model.kinds.get(stage.kind()?)?.layout.position().filter(|_| !setting.agents.is_empty())?;
    far_layers(model, setting, stage).next().map(|_| format!("throng_approach_{}", stage.name))
}

/// Reads the cells of three rows around an agent, only to bring them near: many agents' reads wait together, where a rule's
/// own would wait one after the other.
fn approach(text: &mut String, model: &Model, setting: &Setting, stage: &Stage, function: &str) {
    let mut words = String::from("0u");
    for index in far_layers(model, setting, stage) {
        let name = &model.layers[index].name;
        let per_word = 32 / model.layers[index].bits;
        for cell in [
            "cell".to_owned(),
            format!("(cell - {}u)", setting.width),
            format!("(cell + {}u)", setting.width),
        ] {
            let word = format!("{cell} / {per_word}u");
            let _ = write!(words, " + throng_word_{name}({word})");
            if stage.layers[index].changes.is_some() {
                let _ = write!(words, " + atomicLoad(&throng_write_{name}_0[{word}])");
            }
        }
    }
    let Some(kind) = stage.kind().map(|kind| &model.kinds[kind]) else { return };
    let agents = if in_order(model, stage) { "near" } else { "agents" };
    let (name, to_cell) = match kind.space {
        Space::Grid => (&kind.name, ""),
        Space::Continuous => (&kind.name, "cell_of"),
    };
    let _ = writeln!(
        text,
        "fn {function}(world: u32, item: u32) {{\n\
         \x20   let cell = throng_cell({to_cell}(throng_{agents}_{name}[item].pos));\n\
         \x20   throng_values[0] = {words};\n\
         }}"
    );
}

fn place_of_item(setting: &Setting) -> String {
    format!("vec2<i32>(i32(item % {}u), i32(item / {}u))", setting.width, setting.width)
}

/// What an entry point runs.
struct EntryPoint<'a> {
    function: &'a str,
    /// The number of items in a world, or for how many there is room, in WGSL.
    items: String,
    /// How many of them are there, in WGSL, where that is not all.
    living: Option<String>,
    every: u32,
}

fn entry_point(text: &mut String, setting: &Setting, entry: &str, point: &EntryPoint) {
    let EntryPoint { function, items, living, every } = point;
    let due = match every {
        1 => String::new(),
        _ => format!(
            "    if (throng_call.step - throng_worlds[world].behind) % {every}u != 0u {{ return; }}\n"
        ),
    };
    let living = match living {
        Some(living) => format!("    if item >= {living} {{ return; }}\n"),
        None => String::new(),
    };
    let running = "    if throng_worlds[world].running == 0u { return; }\n";
    each(text, setting, entry, items, &format!("{running}{living}{due}    {function}(world, item);\n"));
}

/// An entry point for each of `items` items of every world.
pub(super) fn each(text: &mut String, setting: &Setting, entry: &str, items: &str, body: &str) {
    let (world, item) = match setting.worlds {
        1 => ("0u".to_owned(), "all".to_owned()),
        _ => (format!("all / {items}"), format!("all - world * {items}")),
    };
    let _ = writeln!(
        text,
        "@compute @workgroup_size({WORKGROUP})\n\
         fn {entry}(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {{\n\
         \x20   let index = id.y * groups.x * {WORKGROUP}u + id.x;\n\
         \x20   if index >= throng_call.count {{ return; }}\n\
         \x20   let all = throng_call.first + index;\n\
         \x20   let world = {world};\n\
         \x20   let item = {item};\n\
         {body}}}"
    );
}

/// Whether a metric's function may have loops.
pub(super) fn measure_loops(model: &Model, metric: &Metric) -> bool {
    model.loops && matches!(metric.source, Source::Function(_))
}

/// The functions that give a metric's value, and on the CPU write it down.
fn measure(
    text: &mut String,
    model: &Model,
    setting: &Setting,
    target: Target,
    index: usize,
    metric: &Metric,
) {
    let (slot, agents) = match metric.over {
        Over::Agents(kind) => (slot(model, setting, target, kind), model.kinds[kind].name.as_str()),
        _ => (String::new(), ""),
    };
    let value = match &metric.source {
        Source::Layer(layer) if setting.absent(model, *layer) => "0u".to_owned(),
        Source::Layer(layer) => format!("throng_load_{}(item)", model.layers[*layer].name),
        Source::Field(field) => format!("throng_agents_{agents}[{slot}].{field}"),
        Source::Everyone => "1u".to_owned(),
        Source::Function(function) if matches!(metric.over, Over::Agents(_)) => {
            format!("{function}(throng_agents_{agents}[{slot}])")
        }
        Source::Function(function) => format!("{function}({})", place_of_item(setting)),
    };
    let counts = match model.wall_layer().filter(|_| metric.over == Over::Free) {
        Some(wall) if !setting.absent(model, wall) => {
            format!("throng_load_{}(item) == 0u", model.layers[wall].name)
        }
        _ => match metric.over {
            // On the CPU only those who are there are measured.
            Over::Agents(kind) if model.kinds[kind].varies && setting.host.is_none() => {
                format!("item < {}", model::number_of_kind(model, setting, kind))
            }
            _ => "true".to_owned(),
        },
    };
    let bits = match metric.values {
        ValueKind::U32 => "value",
        ValueKind::I32 | ValueKind::F32 => "bitcast<u32>(value)",
        ValueKind::Bool => "select(0u, 1u, value)",
    };
    let function = measure_function(index);
    let end = match measure_loops(model, metric) {
        true => format!(" throng_end({MEASURE_BIT}u);"),
        false => String::new(),
    };
    let _ = writeln!(
        text,
        "fn {function}(world: u32, item: u32) -> u32 {{ throng_begin(world, item, 0u); let value = {value};{end} return {bits}; }}\n\
         fn {function}_counts(world: u32, item: u32) -> bool {{ throng_world = world; return {counts}; }}"
    );
    if target == Target::Cpu {
        let _ = writeln!(
            text,
            "fn {}(world: u32, item: u32) {{\n\
             \x20   throng_values[item & {mask}u] = {function}(world, item);\n\
             \x20   throng_values[(item & {mask}u) + {VALUES}u] = select(0u, 1u, {function}_counts(world, item));\n\
             }}",
            writer_function(index),
            mask = VALUES - 1,
        );
    }
}
