//! The WGSL that a rule can call: the prelude, and the functions that carry the names the model chose.
//!
//! The text is made for one grid, so that sizes are constants which compilers fold.

use std::fmt::Write;

use super::declaration::{Element, Initial, Parameter};
use super::setting::{GRAPH_BINDING, Setting};
use super::{Model, kinds, layers};

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
                layers::wrapped_coordinate("at.x", width),
                layers::wrapped_coordinate("at.y", height)
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
            true => layers::total_functions(&mut text, model, setting, index),
            false => layers::layer_functions(&mut text, model, setting, index),
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
