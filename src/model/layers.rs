//! The WGSL by which rules read and change the layers, and the totals of a world.

use std::fmt::Write;

use super::declaration::{Effect, Layer, TOTAL_PARTS};
use super::effects::{change, changed_alone, plain_change};
use super::setting::{CLAIM, Host, Setting, TRACKED_WORDS, segments};
use super::{Model, counts, names};

/// The functions of a total: the number that is read, those that bring the next one together, each item in one of the
/// parts, and the one by which that becomes what is read.
pub(super) fn total_functions(text: &mut String, model: &Model, setting: &Setting, index: usize) {
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
pub(super) fn layer_functions(text: &mut String, model: &Model, setting: &Setting, index: usize) {
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

/// A coordinate brought into 0..size on a torus.
pub(super) fn wrapped_coordinate(coordinate: &str, size: u32) -> String {
    if size.is_power_of_two() {
        format!("({coordinate} & {})", size - 1)
    } else {
        // Rules mostly look a few cells away, so the remainder is seldom needed; the select keeps it exact.
        format!("throng_wrap({coordinate}, {size})")
    }
}
