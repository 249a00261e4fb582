//! The function that counts the cells of a square that hold a value, a word's worth of cells at a time.

use std::fmt::Write;

use super::Model;
use super::declaration::Layer;
use super::setting::Setting;

/// The function's name.
pub(super) fn function(layer: &Layer) -> String {
    format!("count_{}", layer.name)
}

/// Statements that leave `columns` columns from `left` on and `second` ones from 0 on, and `rows` rows from `top` on: the square
/// around a cell, each cell of it once.
fn square(setting: &Setting) -> String {
    let (width, height) = (setting.width, setting.height);
    match setting.wraps {
        false => format!(
            "    let left = u32(at.x) - min(reach, u32(at.x));\n\
             \x20   let top = u32(at.y) - min(reach, u32(at.y));\n\
             \x20   let columns = min(u32(at.x) + reach, {}u) + 1u - left;\n\
             \x20   let rows = min(u32(at.y) + reach, {}u) + 1u - top;\n\
             \x20   let second = 0u;\n",
            width - 1,
            height - 1,
        ),
        true => {
            let axis = |begin: &str, x: &str, size: u32| {
                format!(
                    "    var {begin} = 0u;\n\
                     \x20   if across < {size}u {{ {begin} = u32(at.{x}) + select({size}u, 0u, u32(at.{x}) >= reach) - reach; }}\n"
                )
            };
            format!(
                "    let across = 2u * reach + 1u;\n\
                 {}{}\
                 \x20   let second = max(left + min(across, {width}u), {width}u) - {width}u;\n\
                 \x20   let columns = min(across, {width}u) - second;\n\
                 \x20   let rows = min(across, {height}u);\n",
                axis("left", "x", width),
                axis("top", "y", height),
            )
        }
    }
}

/// Writes the function. `base` is where the world's words begin, in WGSL; none where the layer holds nothing.
pub(super) fn counting(
    text: &mut String,
    model: &Model,
    setting: &Setting,
    layer: &Layer,
    base: Option<&str>,
) {
    // What nobody calls need not be compiled.
    if !model.source.contains(&function(layer)) {
        return;
    }
    let name = &layer.name;
    let (parameter, value) = match layer.bits {
        1 => ("bool", "select(0u, 1u, value)"),
        _ => ("u32", "value"),
    };
    match base {
        Some(base) => {
            stretch(text, setting, layer, base);
            in_square(text, setting, layer);
        }
        None => {
            let _ = writeln!(
                text,
                "fn throng_square_{name}(at: vec2<i32>, reach: u32, pattern: u32) -> u32 {{\n\
                 {}\
                 \x20   return select(0u, (columns + second) * rows, pattern == 0u);\n\
                 }}",
                square(setting)
            );
        }
    }
    let _ = writeln!(
        text,
        "fn {function}(at: vec2<i32>, radius: i32, value: {parameter}) -> u32 {{\n\
         \x20   let wanted = {value};\n\
         \x20   if !inside(at) || radius < 0 || wanted > {maximum}u {{ return 0u; }}\n\
         \x20   return throng_square_{name}(wrapped(at), min(u32(radius), {most}u), wanted * {ones}u);\n\
         }}",
        function = function(layer),
        maximum = layer.maximum(),
        most = setting.width.max(setting.height),
        ones = u32::MAX / layer.maximum(),
    );
}

/// The function that counts the cells of a square around a place on the grid.
fn in_square(text: &mut String, setting: &Setting, layer: &Layer) {
    let (name, bits, width, height) = (&layer.name, layer.bits, setting.width, setting.height);
    // The CPU's compiler knows it by its name.
    let _ = writeln!(
        text,
        "fn throng_rows_{bits}_{name}(first: u32, side: u32, width: u32, pattern: u32) -> u32 {{\n\
         \x20   var count = 0u;\n\
         \x20   for (var k = 0u; k < side; k += 1u) {{ count += throng_count_{bits}_{name}(first + k * width, side, pattern); }}\n\
         \x20   return count;\n\
         }}"
    );
    let second = match setting.wraps {
        true => format!(
            "        if second > 0u {{ count += throng_count_{bits}_{name}(row, second, pattern); }}\n"
        ),
        false => String::new(),
    };
    let _ = writeln!(
        text,
        "fn throng_square_{name}(at: vec2<i32>, reach: u32, pattern: u32) -> u32 {{\n\
         \x20   let side = 2u * reach + 1u;\n\
         \x20   let corner = vec2<u32>(at) - reach;\n\
         \x20   if all(vec2<u32>(at) >= vec2<u32>(reach)) && all(corner + side <= vec2<u32>({width}u, {height}u)) {{\n\
         \x20       return throng_rows_{bits}_{name}(corner.y * {width}u + corner.x, side, {width}u, pattern);\n\
         \x20   }}\n\
         \x20   var count = 0u;\n\
         {square}\
         \x20   var y = top;\n\
         \x20   for (var k = 0u; k < rows; k += 1u) {{\n\
         \x20       let row = y * {width}u;\n\
         \x20       count += throng_count_{bits}_{name}(row + left, columns, pattern);\n\
         {second}\
         \x20       y += 1u;\n\
         \x20       if y == {height}u {{ y = 0u; }}\n\
         \x20   }}\n\
         \x20   return count;\n\
         }}",
        square = square(setting),
    );
}

/// The function that counts the cells of a stretch of a row; the CPU's compiler knows it by its name. A pattern holds the value as often as a word holds cells.
fn stretch(text: &mut String, setting: &Setting, layer: &Layer, base: &str) {
    let (name, bits, per_word) = (&layer.name, layer.bits, 32 / layer.bits);
    let head = format!(
        "fn throng_count_{bits}_{name}(first: u32, cells: u32, pattern: u32) -> u32 {{\n    var count = 0u;\n"
    );
    if per_word == 1 {
        let _ = writeln!(
            text,
            "{head}\
             \x20   for (var cell = first; cell < first + cells; cell += 1u) {{\n\
             \x20       count += u32(throng_word_{name}({base}cell) == pattern);\n\
             \x20   }}\n\
             \x20   return count;\n\
             }}"
        );
        return;
    }
    // The highest bit of each cell of a word is set where the cell holds what the pattern holds.
    let lower = (u32::MAX / layer.maximum()) * (layer.maximum() >> 1);
    let matches = match bits {
        1 => "~differs".to_owned(),
        _ => format!("~(((differs & {lower}u) + {lower}u) | differs | {lower}u)"),
    };
    let _ = writeln!(
        text,
        "{head}\
         \x20   var left = cells;\n\
         \x20   var word = first / {per_word}u;\n\
         \x20   let shift = (first % {per_word}u) * {bits}u;\n\
         \x20   var held = throng_word_{name}({base}word);\n\
         \x20   var ahead = throng_word_{name}({base}min(word + 1u, {last}u));\n\
         \x20   loop {{\n\
         \x20       let differs = ((held >> shift) | ((ahead << 1u) << (31u ^ shift))) ^ pattern;\n\
         \x20       let matches = {matches};\n\
         \x20       if left <= {per_word}u {{ return count + countOneBits(matches << (({per_word}u - left) * {bits}u)); }}\n\
         \x20       count += countOneBits(matches);\n\
         \x20       left -= {per_word}u;\n\
         \x20       word += 1u;\n\
         \x20       held = ahead;\n\
         \x20       ahead = throng_word_{name}({base}min(word + 1u, {last}u));\n\
         \x20   }}\n\
         \x20   return count;\n\
         }}",
        last = layer.words(setting.cells()) - 1,
    );
}
