//! The WGSL that a rule can call: the prelude, and the functions that carry the names the model chose.
//!
//! The text is made for one grid, so that sizes are constants which compilers fold.

use std::fmt::Write;

use super::declaration::{Effect, Element, Initial, Layer, Parameter, TOTAL_PARTS};
use super::names;
use super::{Model, counts, kinds};

/// What the interface of a rule depends on, beside its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Cells in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Whether the grid is a torus; otherwise it has walls around it.
    pub wraps: bool,
    /// Whether no cell is blocked: layers from the map are then nought everywhere and take no memory.
    pub open: bool,
    /// Agents of each kind in each world, or for how many there is room where their number varies.
    pub agents: Vec<u32>,
    /// Worlds that share one set of buffers.
    pub worlds: u32,
    /// For each layer, the words that one of its bindings holds; a world with more has several bindings.
    pub segment_words: Vec<u64>,
    /// The greatest number of bindings that any layer takes.
    pub segments: u32,
    /// Whether the device multiplies 64-bit integers.
    pub int64: bool,
    /// Whether one workgroup of a GPU has a world to itself, with the layers that stages change in its own memory.
    pub resident: bool,
    /// How the CPU's threads share a world; nothing on a GPU.
    pub host: Option<Host>,
    /// The words of the parameters that all worlds have the same: rules see constants there. None for the others.
    pub parameters: Vec<Option<u32>>,
}

/// How the CPU's threads share a world, of which a buffer holds no more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// Whether one thread has the world to itself, so that nobody else changes what it has read.
    pub alone: bool,
    /// Whether effects note which blocks of a layer they change, so that only those are copied to its second copy:
    /// worth it where agents are few beside the cells.
    pub tracks: bool,
}

/// Words of a layer in a block that is noted as changed: a few cache lines.
pub(crate) const TRACKED_WORDS: usize = 64;

impl Setting {
    /// A small grid on which a model is checked before anybody says where it runs.
    pub(crate) fn trial(layers: usize, kinds: usize) -> Setting {
        Setting {
            width: 64,
            height: 64,
            wraps: false,
            open: false,
            agents: vec![64; kinds],
            worlds: 2,
            segment_words: vec![u64::MAX; layers],
            segments: 1,
            int64: false,
            resident: false,
            host: None,
            parameters: Vec::new(),
        }
    }

    /// Whether a layer is in a workgroup's own memory.
    pub(crate) fn near(&self, model: &Model, layer: usize) -> bool {
        self.resident && model.changes(layer) && !self.absent(model, layer)
    }

    /// The word of a parameter that all worlds have the same.
    pub fn constant(&self, parameter: usize) -> Option<u32> {
        self.parameters.get(parameter).copied().flatten()
    }

    /// One world by itself, as a plan of memory sees it, with so many agents of each kind.
    pub(crate) fn alone(model: &Model, [width, height]: [u32; 2], open: bool, agents: Vec<u32>) -> Setting {
        Setting { width, height, open, agents, worlds: 1, ..Setting::trial(model.layers.len(), 0) }
    }

    /// Agents of the kind of which there are most.
    pub fn most_agents(&self) -> u32 {
        self.agents.iter().copied().max().unwrap_or(0)
    }

    /// Cells in a world.
    pub fn cells(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Whether `layer` holds nothing: it comes from a map without walls and no stage changes it.
    pub fn absent(&self, model: &Model, layer: usize) -> bool {
        self.open && model.layers[layer].initial == Initial::Map && !model.changes(layer)
    }
}

/// The binding of the graph.
pub(crate) const GRAPH_BINDING: u32 = 6;

/// The streams of random numbers by which claims of stage n are decided, and ranks of agents of kind n that share a cell:
/// these plus n. Those of `world::random` lie below.
pub(super) const CLAIM: u32 = 0x8005_0000;
pub(super) const RANK: u32 = 0x8004_0000;

/// The first binding of the layers; those before are the call, the worlds, the parameters, the numbers of agents, the
/// status, the values of metrics and the graph.
const FIRST_LAYER_BINDING: u32 = GRAPH_BINDING + 1;
/// The binding of how many agents there are.
pub(super) const NUMBERS_BINDING: u32 = 3;

/// A buffer of a kind of agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// The agents, in the order in which they were born.
    Agents,
    /// Their numbers, where agents are born or die; elsewhere an agent's number is its place.
    Ids,
    /// 1 for those that have not died in this stage.
    Alive,
    /// How many young of this kind each agent of the stage has.
    Births,
    /// The young, `births` places for each agent of the stage.
    Born,
    /// For each square of the grid, how many agents are in it and those before it.
    Ends,
    /// The agents' places, sorted by square.
    Order,
    /// The agents as they stood when they were sorted, in that order.
    Near,
    /// The square of each agent, on a GPU.
    Squares,
    /// The agents' places by square, in any order, on a GPU.
    Loose,
    /// What the agents are after some have died, on a GPU.
    NextAgents,
    /// The same of their numbers.
    NextIds,
    /// Sums of parts of an array that is summed up, on a GPU.
    Sums,
}

impl Part {
    /// All parts, in the order of their binding numbers.
    pub(crate) const ALL: [Part; 13] = [
        Part::Agents,
        Part::Ids,
        Part::Alive,
        Part::Births,
        Part::Born,
        Part::Ends,
        Part::Order,
        Part::Near,
        Part::Squares,
        Part::Loose,
        Part::NextAgents,
        Part::NextIds,
        Part::Sums,
    ];
}

impl Setting {
    /// The binding number of a segment of the copy of a layer that rules read.
    pub(crate) fn read_binding(&self, layer: usize, segment: u32) -> u32 {
        FIRST_LAYER_BINDING + layer as u32 * 2 * self.segments + segment
    }

    /// The binding number of a segment of the copy of a layer that effects go to.
    pub(crate) fn write_binding(&self, layer: usize, segment: u32) -> u32 {
        self.read_binding(layer, segment) + self.segments
    }

    /// The layer that a binding number belongs to, and its place among the layer's bindings: segments that are read,
    /// then segments that are changed.
    pub(crate) fn layer_binding(&self, number: u32) -> (usize, u32) {
        let place = number.saturating_sub(FIRST_LAYER_BINDING);
        ((place / (2 * self.segments)) as usize, place % (2 * self.segments))
    }

    /// The binding number of the notes of which blocks of a layer have changed, among so many layers.
    pub(crate) fn tracked_binding(&self, layer: usize, layers: usize) -> u32 {
        self.read_binding(layers, 0) + layer as u32
    }
}

impl Setting {
    /// The binding number of a buffer of a kind of agents, in a model with so many layers.
    pub(crate) fn kind_binding(&self, layers: usize, kind: usize, part: Part) -> u32 {
        self.tracked_binding(layers, layers) + (kind * Part::ALL.len()) as u32 + part as u32
    }

    /// The kind and the part that a binding number belongs to, if it is that of a kind.
    pub(crate) fn part_bound(&self, layers: usize, number: u32) -> Option<(usize, Part)> {
        let place = number.checked_sub(self.kind_binding(layers, 0, Part::Agents))? as usize;
        Some((place / Part::ALL.len(), Part::ALL[place % Part::ALL.len()]))
    }
}

/// How many bindings hold a world's `words` words of a layer.
pub fn segments(words: u64, segment_words: u64) -> u32 {
    words.div_ceil(segment_words).max(1) as u32
}

const RANDOM: &str = include_str!("../../shaders/prelude/random.wgsl");
const FIXED_POINT: &str = include_str!("../../shaders/prelude/fixed_point.wgsl");
const GRID: &str = include_str!("../../shaders/prelude/grid.wgsl");
const SPACE: &str = include_str!("../../shaders/prelude/space.wgsl");
const WIDE_PORTABLE: &str = include_str!("../../shaders/prelude/wide_portable.wgsl");
const WIDE_INT64: &str = include_str!("../../shaders/prelude/wide_int64.wgsl");

/// All that stands behind the model's own text so that its functions are complete: the prelude, `params`, and each
/// layer's reading and changing functions.
pub fn interface(model: &Model, setting: &Setting) -> String {
    let mut text = String::with_capacity(32 * 1024);
    text.push_str("\n// What follows is generated.\n");
    text.push_str(if setting.int64 { WIDE_INT64 } else { WIDE_PORTABLE });
    text.push_str(RANDOM);
    text.push_str(FIXED_POINT);
    let (width, height) = (setting.width, setting.height);
    let population = match model.kinds.as_slice() {
        [kind] => format!("{}_count()", kind.name),
        _ => "0u".to_owned(),
    };
    let _ = writeln!(
        text,
        "const grid_size = vec2<i32>({width}, {height});\n\
         const throng_wraps = {};\n\
         fn population() -> u32 {{ return {population}; }}\n\
         struct ThrongCall {{ step: u32, first: u32, count: u32, base: u32 }}\n\
         struct ThrongWorld {{ seed: vec2<u32>, running: u32, behind: u32 }}\n\
         @group(0) @binding(0) var<uniform> throng_call: ThrongCall;\n\
         @group(0) @binding(1) var<storage, read> throng_worlds: array<ThrongWorld>;\n\
         var<private> throng_world: u32;\n\
         var<private> throng_fuel: u32;",
        setting.wraps,
    );
    text.push_str(GRID);
    text.push_str(SPACE);
    let _ = writeln!(
        text,
        "fn wrapped(at: vec2<i32>) -> vec2<i32> {{ return {}; }}",
        if setting.wraps {
            format!(
                "vec2<i32>({}, {})",
                wrapped_coordinate("at.x", width),
                wrapped_coordinate("at.y", height)
            )
        } else {
            "at".to_owned()
        }
    );
    let _ = writeln!(
        text,
        "fn throng_cell(at: vec2<i32>) -> u32 {{ let to = wrapped(at); return u32(to.y) * {width}u + u32(to.x); }}"
    );
    if model.graph.is_some() {
        graph_functions(&mut text, setting);
    }
    if !model.parameters.is_empty() {
        let fields: Vec<String> = model.parameters.iter().filter_map(member).collect();
        let _ = writeln!(
            text,
            "struct Params {{ {} }}\n\
             @group(0) @binding(2) var<storage, read> throng_params: array<Params>;\n\
             var<private> params: Params{};",
            fields.join(", "),
            constants(model, setting),
        );
    }
    kinds::interface(&mut text, model, setting);
    let mut free = String::from("inside(at)");
    for (index, layer) in model.layers.iter().enumerate() {
        if layer.initial == Initial::Map && !setting.absent(model, index) {
            let _ = write!(free, " && throng_load_{}(throng_cell(at)) == 0u", layer.name);
        }
        match layer.total {
            true => total_functions(&mut text, model, setting, index),
            false => layer_functions(&mut text, model, setting, index),
        }
    }
    let _ = writeln!(text, "fn is_free(at: vec2<i32>) -> bool {{ return {free}; }}");
    free_around(&mut text, model, setting);
    text
}

/// The function that says which of the eight neighbours are free: away from the edges all whose walls are not set.
fn free_around(text: &mut String, model: &Model, setting: &Setting) {
    let (mut free, mut packed) = (String::from("255u"), true);
    for (index, layer) in model.layers.iter().enumerate() {
        if layer.initial == Initial::Map && !setting.absent(model, index) {
            packed &= layer.bits == 1;
            let _ = write!(free, " & ~{}_around(at)", layer.name);
        }
    }
    let at_once = match packed {
        true => {
            let [last_x, last_y] = [setting.width, setting.height].map(|side| side.saturating_sub(2));
            let within = match setting.wraps {
                true => "true".to_owned(),
                false => format!("u32(at.x - 1) < {last_x}u && u32(at.y - 1) < {last_y}u"),
            };
            format!("    if {within} {{ return {free}; }}\n")
        }
        false => String::new(),
    };
    let _ = writeln!(
        text,
        "fn free8(at: vec2<i32>) -> u32 {{\n\
         {at_once}\
         \x20   var bits = 0u;\n\
         \x20   for (var k = 0u; k < 8u; k += 1u) {{ bits |= select(0u, 1u << k, is_free(at + offset8(k))); }}\n\
         \x20   return bits;\n\
         }}"
    );
}

/// The functions by which rules look along a graph: for each node the buffer says where its neighbours begin, and behind
/// the last node where they end; neighbours are cells, and ascend.
fn graph_functions(text: &mut String, setting: &Setting) {
    let place = match setting.height {
        1 => "vec2<i32>(i32(cell), 0)".to_owned(),
        _ => format!("vec2<i32>(i32(cell % {0}u), i32(cell / {0}u))", setting.width),
    };
    let _ = writeln!(
        text,
        "@group(0) @binding({GRAPH_BINDING}) var<storage, read> throng_graph: array<u32>;\n\
         fn degree(at: vec2<i32>) -> u32 {{\n\
         \x20   if !inside(at) {{ return 0u; }}\n\
         \x20   let node = throng_cell(at);\n\
         \x20   return throng_graph[node + 1u] - throng_graph[node];\n\
         }}\n\
         fn neighbour(at: vec2<i32>, k: u32) -> vec2<i32> {{\n\
         \x20   if k >= degree(at) {{ return at; }}\n\
         \x20   let cell = throng_graph[throng_graph[throng_cell(at)] + k];\n\
         \x20   return {place};\n\
         }}"
    );
}

/// What the structure of parameters holds before any are loaded: those that all worlds have the same.
fn constants(model: &Model, setting: &Setting) -> String {
    let mut text = String::from(" = Params(");
    for (place, parameter) in model.parameters.iter().enumerate() {
        let word = setting.constant(place).unwrap_or(0);
        let value = match parameter.kind.wgsl() {
            "i32" => format!("i32({})", word as i32),
            "u32" => format!("{word}u"),
            _ => format!("{:?}f", f32::from_bits(word)),
        };
        let _ = match &parameter.element {
            None => write!(text, "{value}, "),
            Some(Element { index, count, .. }) => {
                let begin = match index {
                    0 => format!("array<{}, {count}>(", parameter.kind.wgsl()),
                    _ => String::new(),
                };
                let end = if index + 1 == *count { ")" } else { "" };
                write!(text, "{begin}{value}{end}, ")
            }
        };
    }
    text.push(')');
    text
}

/// The member of the structure of parameters that begins with a parameter.
fn member(parameter: &Parameter) -> Option<String> {
    let kind = parameter.kind.wgsl();
    match &parameter.element {
        None => Some(format!("{}: {kind}", parameter.name)),
        Some(Element { vector, index: 0, count }) => Some(format!("{vector}: array<{kind}, {count}>")),
        Some(_) => None,
    }
}

/// A coordinate brought into 0..size on a torus.
fn wrapped_coordinate(coordinate: &str, size: u32) -> String {
    if size.is_power_of_two() {
        format!("({coordinate} & {})", size - 1)
    } else {
        // Rules mostly look a few cells away, so the remainder is seldom needed; the select keeps it exact.
        format!("throng_wrap({coordinate}, {size})")
    }
}

/// The functions of a total: the number that is read, those that bring the next one together, each item in one of the
/// parts, and the one by which that becomes what is read.
fn total_functions(text: &mut String, model: &Model, setting: &Setting, index: usize) {
    let layer = &model.layers[index];
    let (name, words) = (&layer.name, layer.words(setting.cells()));
    let binding = setting.write_binding(index, 0);
    let near = setting.near(model, index);
    let _ = match near {
        true => writeln!(
            text,
            "@group(0) @binding({binding}) var<storage, read_write> throng_home_{name}: array<u32>;\n\
             var<workgroup> throng_write_{name}_0: array<atomic<u32>, {words}>;"
        ),
        false => {
            let length = if setting.host.is_some() { constant_length(words, 4) } else { String::new() };
            writeln!(
                text,
                "@group(0) @binding({binding}) var<storage, read_write> throng_write_{name}_0: array<atomic<u32>{length}>;"
            )
        }
    };
    let base = match setting.worlds {
        1 => "0u".to_owned(),
        _ if near => "0u".to_owned(),
        _ => format!("throng_world * {words}u"),
    };
    let _ = writeln!(text, "fn {name}() -> u32 {{ return atomicLoad(&throng_write_{name}_0[{base}]); }}");
    let place = format!("throng_write_{name}_0[word]");
    for effect in Effect::ALL {
        let Some(function) = effect.function(layer) else { continue };
        let body = match setting.host {
            Some(Host { alone: true, .. }) => changed_alone(effect, layer, &place, ""),
            _ => change(effect, layer, &place, ""),
        };
        let _ = writeln!(
            text,
            "fn throng_{function}(word: u32, shift: u32, value: u32) {{ {body} }}\n\
             fn {function}(value: u32) {{ throng_{function}({base} + 1u + ((throng_item >> 8u) & {}u), 0u, value); }}",
            TOTAL_PARTS - 1,
        );
    }
    let Some(effect) = model.stages.iter().find_map(|stage| stage.layers[index].changes) else { return };
    let together = match effect {
        Effect::Add => "all + part",
        Effect::Or => "all | part",
        Effect::And => "all & part",
        Effect::Xor => "all ^ part",
        Effect::Min => "min(all, part)",
        Effect::Max | Effect::Set | Effect::Claim => "max(all, part)",
    };
    let identity = model.identity(index);
    let _ = writeln!(
        text,
        "fn throng_publish_{name}() {{\n\
         \x20   var all = {identity}u;\n\
         \x20   for (var word = {base} + 1u; word < {base} + {words}u; word += 1u) {{\n\
         \x20       let part = atomicLoad(&throng_write_{name}_0[word]);\n\
         \x20       all = {together};\n\
         \x20       atomicStore(&throng_write_{name}_0[word], {identity}u);\n\
         \x20   }}\n\
         \x20   atomicStore(&throng_write_{name}_0[{base}], all);\n\
         }}"
    );
}

/// The functions of one layer.
fn layer_functions(text: &mut String, model: &Model, setting: &Setting, index: usize) {
    let layer = &model.layers[index];
    let name = &layer.name;
    let value_type = if layer.bits == 1 { "bool" } else { "u32" };
    let as_value = |word: &str| if layer.bits == 1 { format!("({word}) != 0u") } else { word.to_owned() };
    let outside = as_value(&format!("{}u", layer.outside));
    if setting.absent(model, index) {
        let inside = as_value("0u");
        let read = if setting.wraps { inside } else { format!("select({outside}, {inside}, inside(at))") };
        let _ = writeln!(text, "fn {name}(at: vec2<i32>) -> {value_type} {{ return {read}; }}");
        let _ = writeln!(
            text,
            "fn throng_row_{name}(x: i32, y: i32) -> u32 {{ return select(0u, {}u, !throng_wraps && (y < 0 || y >= grid_size.y)); }}",
            if layer.outside == 0 { 0 } else { 7 },
        );
        counts::counting(text, model, setting, layer, None);
    } else {
        let words = layer.words(setting.cells());
        let segment_words = setting.segment_words[index];
        let segments = segments(words, segment_words);
        // On the CPU a buffer holds one world and no more: with its length a constant, indices that are known to be
        // within it need no clamp.
        let length = if setting.host.is_some() { constant_length(words, 4) } else { String::new() };
        let near = setting.near(model, index);
        if near {
            let binding = setting.write_binding(index, 0);
            let _ = writeln!(
                text,
                "@group(0) @binding({binding}) var<storage, read_write> throng_home_{name}: array<u32>;\n\
                 var<workgroup> throng_write_{name}_0: array<atomic<u32>, {words}>;"
            );
            if model.copies(index) == 2 {
                let _ = writeln!(text, "var<workgroup> throng_read_{name}_0: array<u32, {words}>;");
            }
        }
        for (prefix, access, element) in [("read", "read", "u32"), ("write", "read_write", "atomic<u32>")] {
            for segment in 0..if near { 0 } else { segments } {
                let binding = if prefix == "read" {
                    setting.read_binding(index, segment)
                } else {
                    setting.write_binding(index, segment)
                };
                let _ = writeln!(
                    text,
                    "@group(0) @binding({binding}) var<storage, {access}> throng_{prefix}_{name}_{segment}: array<{element}{length}>;"
                );
            }
        }
        let per_word = 32 / layer.bits;
        let (word, shift) = match per_word {
            1 => ("cell".to_owned(), "0u".to_owned()),
            _ => (
                format!("(cell >> {}u)", per_word.ilog2()),
                format!("((cell & {}u) * {}u)", per_word - 1, layer.bits),
            ),
        };
        let base = match setting.worlds {
            _ if model.shared(index) || near => word,
            1 => word,
            _ => format!("(throng_world * {words}u + {word})"),
        };
        let maximum = layer.maximum();
        let _ = writeln!(
            text,
            "fn throng_word_{name}(word: u32) -> u32 {{ {} }}",
            by_segment(segments, segment_words, |segment, at| match near && model.copies(index) == 1 {
                true => format!("return atomicLoad(&throng_write_{name}_{segment}[{at}]);"),
                false => format!("return throng_read_{name}_{segment}[{at}];"),
            })
        );
        let field = if per_word == 1 {
            format!("throng_word_{name}({base})")
        } else {
            format!("(throng_word_{name}({base}) >> {shift}) & {maximum}u")
        };
        let _ = writeln!(text, "fn throng_load_{name}(cell: u32) -> u32 {{ return {field}; }}");
        let loaded = as_value(&format!("throng_load_{name}(throng_cell(at))"));
        if layer.claim {
            // Priorities are nobody's business.
        } else if setting.wraps {
            let _ = writeln!(text, "fn {name}(at: vec2<i32>) -> {value_type} {{ return {loaded}; }}");
        } else {
            let _ = writeln!(
                text,
                "fn {name}(at: vec2<i32>) -> {value_type} {{ if !inside(at) {{ return {outside}; }} return {loaded}; }}"
            );
        }
        let note = if setting.host.is_some_and(|host| host.tracks) && model.copies(index) == 2 {
            let binding = setting.tracked_binding(index, model.layers.len());
            let _ = writeln!(
                text,
                "@group(0) @binding({binding}) var<storage, read_write> throng_tracked_{name}: array<u32>;"
            );
            format!("throng_tracked_{name}[word / {TRACKED_WORDS}u] = 1u;")
        } else {
            String::new()
        };
        for effect in Effect::ALL {
            if let Some(function) = effect.function(layer) {
                let (value, parameter) = match (effect, layer.bits) {
                    (Effect::Set, 1) => ("select(0u, 1u, value)", "value: bool"),
                    (Effect::Set, _) => ("value", "value: u32"),
                    (Effect::Claim, _) => ("value", ""),
                    (Effect::And, 1) => ("0u", ""),
                    (_, 1) => ("1u", ""),
                    _ => ("value", ", value: u32"),
                };
                let body = by_segment(segments, segment_words, |segment, at| {
                    let place = format!("throng_write_{name}_{segment}[{at}]");
                    match setting.host {
                        Some(_) if effect == Effect::Set => changed_alone(effect, layer, &place, &note),
                        Some(Host { alone: true, .. }) => changed_alone(effect, layer, &place, &note),
                        Some(_) if note.is_empty() => plain_change(effect, layer, &place)
                            .unwrap_or_else(|| change(effect, layer, &place, "")),
                        _ => change(effect, layer, &place, &note),
                    }
                });
                if effect == Effect::Claim {
                    let _ = writeln!(
                        text,
                        "fn throng_{function}(word: u32, shift: u32, value: u32) {{ {body} }}\n\
                         fn {function}(at: vec2<i32>) {{ if !inside(at) {{ return; }} let cell = throng_cell(at); \
                         throng_{function}({base}, 0u, throng_priority(throng_item, throng_lot({CLAIM}u + throng_stage))); }}",
                    );
                    continue;
                }
                if effect == Effect::Set {
                    let _ = writeln!(
                        text,
                        "fn throng_{function}(word: u32, shift: u32, value: u32) {{ {body} }}\n\
                         fn {function}({parameter}) {{ let cell = throng_item; throng_{function}({base}, {shift}, {value}); }}"
                    );
                    continue;
                }
                let _ = writeln!(
                    text,
                    "fn throng_{function}(word: u32, shift: u32, value: u32) {{ {body} }}\n\
                     fn {function}(at: vec2<i32>{parameter}) {{ if !inside(at) {{ return; }} let cell = throng_cell(at); throng_{function}({base}, {shift}, {value}); }}"
                );
            }
        }
        if layer.claim {
            claims(text, name, segments, segment_words, &base);
        }
        let _ = writeln!(
            text,
            "fn throng_fill_word_{name}(word: u32, bits: u32) {{ {} }}",
            by_segment(segments, segment_words, |segment, at| {
                format!("atomicOr(&throng_write_{name}_{segment}[{at}], bits);")
            })
        );
        let base = if setting.worlds == 1 || model.shared(index) || near {
            String::new()
        } else {
            format!("throng_world * {words}u + ")
        };
        if layer.bits == 1 {
            row_function(text, setting, name, layer.outside, &base);
        }
        if !layer.claim {
            counts::counting(text, model, setting, layer, Some(&base));
        }
    }
    if layer.bits == 1 {
        around(text, setting, name, setting.absent(model, index) && setting.wraps);
    } else if model.source.contains(&names::diffused(layer)) {
        diffused(text, layer);
    }
}

/// The function that gives a cell's content after one step of diffusion.
///
/// A neighbour's inflow is the same function of the same content as that neighbour's outflow, so that what is there in
/// all stays the same.
fn diffused(text: &mut String, layer: &Layer) {
    let (name, function) = (&layer.name, names::diffused(layer));
    // Shares are rounded down to a multiple of four, so that a cell just below the greatest number could gain three more
    // than it gives; what is above gives as if it were not.
    let most = layer.maximum() - 3;
    let _ = writeln!(
        text,
        "fn throng_share_{name}(at: vec2<i32>, rate: u32) -> u32 {{ return part_of(min({name}(at), {most}u), rate) >> 2u; }}\n\
         fn {function}(at: vec2<i32>, rate: u32) -> u32 {{\n\
         \x20   var content = {name}(at);\n\
         \x20   if !is_free(at) {{ return content; }}\n\
         \x20   let share = throng_share_{name}(at, rate);\n\
         \x20   for (var k = 0u; k < 4u; k += 1u) {{\n\
         \x20       let to = at + offset4(k);\n\
         \x20       if is_free(to) {{ content += throng_share_{name}(to, rate) - share; }}\n\
         \x20   }}\n\
         \x20   return content;\n\
         }}"
    );
}

/// The functions that say how claims ended, and the one by which a stage over cells makes a cell nobody's again.
fn claims(text: &mut String, name: &str, segments: u32, segment_words: u64, base: &str) {
    let clear = by_segment(segments, segment_words, |segment, at| {
        format!("atomicStore(&throng_write_{name}_{segment}[{at}], 0u);")
    });
    let _ = writeln!(
        text,
        "var<private> throng_claimed_in_{name}: u32;\n\
         fn claimed_{name}(at: vec2<i32>) -> bool {{ return inside(at) && throng_load_{name}(throng_cell(at)) != 0u; }}\n\
         fn won_{name}(at: vec2<i32>) -> bool {{\n\
         \x20   if !inside(at) {{ return false; }}\n\
         \x20   let own = throng_priority(throng_item, throng_lot({CLAIM}u + throng_claimed_in_{name}));\n\
         \x20   return throng_load_{name}(throng_cell(at)) == own;\n\
         }}\n\
         fn throng_clear_word_{name}(word: u32) {{ {clear} }}\n\
         fn throng_clear_{name}() {{ let cell = throng_item; throng_clear_word_{name}({base}); }}",
    );
}

/// `, COUNT` for the type of an array of so many elements, or nothing where a type of that size cannot be written.
pub(crate) fn constant_length(count: u64, bytes: u64) -> String {
    match count.checked_mul(bytes) {
        Some(size) if size < 1 << 31 && count > 0 => format!(", {count}"),
        _ => String::new(),
    }
}

/// The function that gives the bits of the cells at x - 1, x and x + 1 of row y; the three are within a row.
fn row_function(text: &mut String, setting: &Setting, name: &str, outside: u32, base: &str) {
    let (width, height) = (setting.width, setting.height);
    let row = if setting.wraps { wrapped_coordinate("y", height) } else { "y".to_owned() };
    let place = match width % 32 {
        // Where rows are whole words, the three rows around a cell share the shift and the columns of words.
        0 => format!(
            "let row = {base}u32({row}) * {count}u; let first = row + min(u32(x - 1) >> 5u, {last}u); \
             let second = row + min((u32(x - 1) >> 5u) + 1u, {last}u); let shift = u32(x - 1) & 31u;",
            count = width / 32,
            last = width / 32 - 1,
        ),
        _ => format!(
            "let cell = u32({row}) * {width}u + u32(x - 1); let first = {base}(cell >> 5u); \
             let second = {base}min((cell >> 5u) + 1u, {last}u); let shift = cell & 31u;",
            last = (u64::from(width) * u64::from(height)).div_ceil(32) - 1,
        ),
    };
    let beyond = match setting.wraps {
        true => String::new(),
        false => {
            format!("if u32(y) >= {height}u {{ return {}u; }} ", if outside == 0 { 0 } else { 7 })
        }
    };
    // The second word counts only if the three cells reach into it, and then it is there.
    let _ = writeln!(
        text,
        "fn throng_row_{name}(x: i32, y: i32) -> u32 {{\n\
         \x20   {beyond}{place}\n\
         \x20   return ((throng_word_{name}(first) >> shift) | ((throng_word_{name}(second) << 1u) << (31u ^ shift))) & 7u;\n\
         }}"
    );
}

/// The function that gives the eight neighbours' bits at once.
fn around(text: &mut String, setting: &Setting, name: &str, nothing: bool) {
    if nothing {
        let _ = writeln!(text, "fn {name}_around(at: vec2<i32>) -> u32 {{ return 0u; }}");
        return;
    }
    let rows = if setting.wraps { String::new() } else { format!(" && u32(to.y) < {}u", setting.height) };
    let _ = writeln!(
        text,
        "fn {name}_around(at: vec2<i32>) -> u32 {{\n\
         \x20   let to = wrapped(at);\n\
         \x20   if u32(to.x - 1) < {}u{rows} {{\n\
         \x20       return throng_around(throng_row_{name}(to.x, to.y - 1), throng_row_{name}(to.x, to.y), throng_row_{name}(to.x, to.y + 1));\n\
         \x20   }}\n\
         \x20   var bits = 0u;\n\
         \x20   for (var k = 0u; k < 8u; k += 1u) {{ bits |= select(0u, 1u << k, {name}(at + offset8(k))); }}\n\
         \x20   return bits;\n\
         }}",
        setting.width.saturating_sub(2),
    );
}

/// Statements for the segment that holds `word`, with the index within it.
fn by_segment(segments: u32, segment_words: u64, statement: impl Fn(u32, &str) -> String) -> String {
    if segments == 1 {
        return statement(0, "word");
    }
    let mut text = String::new();
    for segment in 0..segments {
        let start = u64::from(segment) * segment_words;
        let chosen = statement(segment, &format!("word - {start}u"));
        if segment + 1 < segments {
            let _ = write!(text, "if word < {}u {{ {chosen} }} else {{ ", start + segment_words);
        } else {
            text.push_str(&chosen);
        }
    }
    text.push_str(&" }".repeat(segments as usize - 1));
    text
}

/// An effect in a world that one thread has to itself, or in a word that it has to itself, as those of its own cells: what the word becomes is written, whether it changes or not, for a
/// branch costs more than a write. Notes are worth a branch.
fn changed_alone(effect: Effect, layer: &Layer, place: &str, note: &str) -> String {
    let maximum = layer.maximum();
    let cell =
        |changed: &str| format!("(old & ~({maximum}u << shift)) | (({changed} & {maximum}u) << shift)");
    let changed = match effect {
        Effect::Or => format!("old | ((value & {maximum}u) << shift)"),
        Effect::And => format!("old & ~((~value & {maximum}u) << shift)"),
        Effect::Xor => format!("old ^ ((value & {maximum}u) << shift)"),
        Effect::Add => cell("(held + value)"),
        Effect::Min => cell(&format!("min(held, min(value, {maximum}u))")),
        Effect::Max | Effect::Claim => cell(&format!("max(held, min(value, {maximum}u))")),
        Effect::Set => cell("value"),
    };
    let write = match note {
        "" => format!("atomicStore(&{place}, new_word);"),
        _ => format!("if new_word != old {{ atomicStore(&{place}, new_word); {note} }}"),
    };
    format!(
        "let old = atomicLoad(&{place}); let held = (old >> shift) & {maximum}u; let new_word = {changed}; {write}"
    )
}

/// An effect as one atomic operation, without finding out first whether it changes anything, if there is one.
///
/// The CPU's compiler reads first by itself where threads share a layer; where they do not, a branch costs more than a
/// write.
fn plain_change(effect: Effect, layer: &Layer, place: &str) -> Option<String> {
    let maximum = layer.maximum();
    match effect {
        Effect::Or => Some(format!("atomicOr(&{place}, (value & {maximum}u) << shift);")),
        Effect::And => Some(format!("atomicAnd(&{place}, ~((~value & {maximum}u) << shift));")),
        Effect::Min if layer.bits == 32 => Some(format!("atomicMin(&{place}, value);")),
        Effect::Max | Effect::Claim if layer.bits == 32 => Some(format!("atomicMax(&{place}, value);")),
        _ => None,
    }
}

/// The statements that apply `effect` with `value` at `shift` to the word `place` of a layer, and `note` that it changed.
///
/// Whatever would change nothing is not written, which spares most of the traffic of marking what is marked.
fn change(effect: Effect, layer: &Layer, place: &str, note: &str) -> String {
    let maximum = layer.maximum();
    let whole = layer.bits == 32;
    match effect {
        Effect::Or => format!(
            "let bits = (value & {maximum}u) << shift; if (atomicLoad(&{place}) & bits) != bits {{ atomicOr(&{place}, bits); {note} }}"
        ),
        Effect::And => format!(
            "let bits = (~value & {maximum}u) << shift; if (atomicLoad(&{place}) & bits) != 0u {{ atomicAnd(&{place}, ~bits); {note} }}"
        ),
        Effect::Xor => format!("atomicXor(&{place}, (value & {maximum}u) << shift); {note}"),
        Effect::Set if whole => format!("atomicStore(&{place}, value); {note}"),
        // Nobody else changes the cell's own bits, so that the others' do not matter to what is flipped.
        Effect::Set => format!(
            "let bits = (atomicLoad(&{place}) ^ (value << shift)) & ({maximum}u << shift); if bits != 0u {{ atomicXor(&{place}, bits); {note} }}"
        ),
        Effect::Add if whole => format!("atomicAdd(&{place}, value); {note}"),
        Effect::Min if whole => {
            format!("if value < atomicLoad(&{place}) {{ atomicMin(&{place}, value); {note} }}")
        }
        Effect::Max | Effect::Claim if whole => {
            format!("if value > atomicLoad(&{place}) {{ atomicMax(&{place}, value); {note} }}")
        }
        // Cells that share a word are changed by exchanging the word until nobody else has changed it meanwhile.
        Effect::Add => exchange(place, maximum, "(held + value)", note),
        Effect::Min => exchange(place, maximum, &format!("min(held, min(value, {maximum}u))"), note),
        Effect::Max | Effect::Claim => {
            exchange(place, maximum, &format!("max(held, min(value, {maximum}u))"), note)
        }
    }
}

fn exchange(place: &str, maximum: u32, changed: &str, note: &str) -> String {
    format!(
        "var old = atomicLoad(&{place}); \
         loop {{ \
         let held = (old >> shift) & {maximum}u; \
         let new_word = (old & ~({maximum}u << shift)) | (({changed} & {maximum}u) << shift); \
         if new_word == old {{ break; }} \
         let result = atomicCompareExchangeWeak(&{place}, old, new_word); \
         if result.exchanged {{ {note} break; }} \
         old = result.old_value; }}"
    )
}
