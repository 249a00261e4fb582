//! The WGSL by which rules meet agents: how many there are, who is near, who is born, who dies.

use std::fmt::Write;

use super::Model;
use super::declaration::{Kind, Space};
use super::layers::constant_length;
use super::setting::{NUMBERS_BINDING, Part, RANK, Setting};

/// The functions of a kind that look for its agents by their places.
pub(super) fn seeking(kind: &str) -> Vec<String> {
    vec![format!("near_{kind}"), format!("{kind}_here"), format!("rank_{kind}")]
}

/// The function by which an agent of a kind is born.
pub(super) fn birth(kind: &str) -> String {
    format!("spawn_{kind}")
}

/// The function by which an agent dies.
pub(super) const DEATH: &str = "die";

/// All that rules can call because a model has a kind of this name.
pub(super) fn functions_of(kind: &Kind) -> Vec<String> {
    let mut functions = seeking(&kind.name);
    functions.extend([
        format!("next_{}", kind.name),
        format!("Near{}", kind.structure),
        format!("{}_count", kind.name),
        birth(&kind.name),
    ]);
    functions
}

/// The structure that a kind's agents have in the model's text: `fire_ant` is a `FireAnt`.
pub(super) fn structure(kind: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    kind.split('_').map(capital).collect()
}

impl Kind {
    /// Columns and rows of the squares by which agents are sorted on a grid of this size.
    pub(crate) fn bins(&self, width: u32, height: u32) -> Option<[u32; 2]> {
        let side = self.near?.max(1);
        Some([width.div_ceil(side), height.div_ceil(side)])
    }

    /// Whether the agents' numbers are held beside them: where some are born or die, and where they move in memory as they
    /// are sorted by place. Elsewhere an agent's number is its place.
    pub(crate) fn is_numbered(&self) -> bool {
        self.varies || self.near.is_some()
    }

    /// Whether a GPU holds beside an agent's number how many there are with lower ones: young are numbered in the order of
    /// their parents' numbers, which is not that of their places where agents move in memory.
    pub(crate) fn is_ranked(&self) -> bool {
        self.varies && self.near.is_some()
    }

    /// What the positions count in a cell.
    pub(crate) fn unit(&self) -> u32 {
        match self.space {
            Space::Grid => 1,
            Space::Continuous => 1 << 16,
        }
    }
}

/// Agents of a kind for which each world has room, as WGSL: where their number varies, the device knows.
pub(crate) fn room(model: &Model, setting: &Setting, kind: usize) -> String {
    match model.kinds[kind].varies && setting.host.is_none() {
        true => format!("throng_numbers[{kind}].z"),
        false => format!("{}u", setting.agents[kind]),
    }
}

/// Agents of a kind in the world `world`, as WGSL.
pub(crate) fn number(model: &Model, setting: &Setting, kind: usize) -> String {
    match model.kinds[kind].varies {
        true if setting.host.is_some() => format!("throng_numbers[{kind}].x"),
        true => format!("throng_numbers[world * {}u + {kind}u].x", model.kinds.len()),
        false => format!("{}u", setting.agents[kind]),
    }
}

/// What an agent's number is held as, as WGSL.
pub(crate) fn id_element(model: &Model, setting: &Setting, kind: usize) -> &'static str {
    match model.kinds[kind].is_ranked() && setting.host.is_none() {
        true => "vec2<u32>",
        false => "u32",
    }
}

/// The number of the agent in a place of its buffer, as WGSL; of a kind whose numbers are held.
pub(crate) fn id_at(model: &Model, setting: &Setting, kind: usize, place: &str) -> String {
    let part = if id_element(model, setting, kind) == "u32" { "" } else { ".x" };
    format!("throng_ids_{}[{place}]{part}", model.kinds[kind].name)
}

/// Where a kind's agents of a world begin in a buffer that holds `of_world` entries for each world.
fn base(setting: &Setting, of_world: &str) -> String {
    if setting.worlds == 1 || setting.host.is_some() {
        "0u".to_owned()
    } else {
        format!("throng_world * {of_world}")
    }
}

/// What rules can call about kinds of agents, and the buffers behind it.
pub(super) fn interface(text: &mut String, model: &Model, setting: &Setting) {
    if model.kinds.iter().any(|kind| kind.varies) {
        // How many agents there are, the number that the next one born is given, and for how many there is room.
        let _ = writeln!(
            text,
            "@group(0) @binding({NUMBERS_BINDING}) var<storage, read_write> throng_numbers: array<vec4<u32>>;"
        );
    }
    text.push_str(
        "var<private> throng_slot: u32;\nvar<private> throng_alive: u32;\nvar<private> throng_overborn: u32;\n\
         fn die() { throng_alive = 0u; }\n",
    );
    for (index, kind) in model.kinds.iter().enumerate() {
        let (name, structure) = (&kind.name, &kind.structure);
        let agents = setting.agents[index];
        let stride = kind.layout.stride;
        let buffer = |text: &mut String, part: Part, access: &str, what: &str, element: &str| {
            let binding = setting.kind_binding(model.layers.len(), index, part);
            let _ = writeln!(
                text,
                "@group(0) @binding({binding}) var<storage, {access}> throng_{what}_{name}: array<{element}>;"
            );
        };
        // On the CPU a buffer holds one world's agents and no more; what is known to be within it needs no clamp.
        let length = match setting.host {
            Some(_) if !kind.varies => constant_length(agents.into(), stride.into()),
            _ => String::new(),
        };
        buffer(text, Part::Agents, "read_write", "agents", &format!("{structure}{length}"));
        buffer(text, Part::Born, "read_write", "born", structure);
        // On the CPU no kernel writes them.
        let access = if setting.host.is_some() { "read" } else { "read_write" };
        buffer(text, Part::Ids, access, "ids", id_element(model, setting, index));
        for (part, what) in [(Part::Alive, "alive"), (Part::Births, "births")] {
            buffer(text, part, "read_write", what, "u32");
        }
        let count = number(model, setting, index).replace("[world ", "[throng_world ");
        let births = kind.births;
        let _ = writeln!(
            text,
            "fn {name}_count() -> u32 {{ return {count}; }}\n\
             var<private> throng_bearing_{name}: u32;\n\
             fn {birth}(child: {structure}) {{\n\
             \x20   if throng_bearing_{name} >= {births}u {{ throng_overborn = 1u; return; }}\n\
             \x20   throng_born_{name}[throng_slot * {births}u + throng_bearing_{name}] = child;\n\
             \x20   throng_bearing_{name} += 1u;\n\
             }}",
            birth = birth(name),
        );
        if kind.near.is_some() {
            near(text, model, setting, index);
        }
    }
}

/// The functions that give the agents of a kind around a place.
///
/// Agents are sorted by squares of a fixed side, row after row, so that those of squares side by side follow one another.
/// A window of squares is one or two stretches of columns in some rows; each agent in it is looked at once.
fn near(text: &mut String, model: &Model, setting: &Setting, index: usize) {
    let kind = &model.kinds[index];
    let (name, structure) = (&kind.name, &kind.structure);
    let Some([columns, rows]) = kind.bins(setting.width, setting.height) else { return };
    let unit = kind.unit();
    let edge = kind.near.unwrap_or(1).max(1).saturating_mul(unit);
    let size = [setting.width.saturating_mul(unit), setting.height.saturating_mul(unit)];
    // A resident world is sorted by the kernel that looks.
    let (access, counted) = if setting.resident { ("read_write", "atomic<u32>") } else { ("read", "u32") };
    for (part, what, element) in [(Part::Ends, "ends", counted), (Part::Near, "near", structure.as_str())] {
        let binding = setting.kind_binding(model.layers.len(), index, part);
        let _ = writeln!(
            text,
            "@group(0) @binding({binding}) var<storage, {access}> throng_{what}_{name}: array<{element}>;"
        );
    }
    let ends = base(setting, &format!("{}u", u64::from(columns) * u64::from(rows)));
    let end = |square: &str| match setting.resident {
        true => format!("atomicLoad(&throng_ends_{name}[{ends} + {square}])"),
        false => format!("throng_ends_{name}[{ends} + {square}]"),
    };
    let agents = base(setting, &room(model, setting, index));
    let id = |place: &str| id_at(model, setting, index, place);
    // The CPU's compiler knows a function by its name that looks at several at once, where it can.
    let at_once = match (setting.host, kind.space) {
        (Some(_), Space::Continuous) => {
            let _ = writeln!(
                text,
                "fn throng_found_{name}(first: u32, end: u32, here: vec2<i32>, reach: u32) -> vec2<u32> {{\n\
                 \x20   return vec2<u32>(0u, u32(throng_near_{name}[first].pos.x));\n\
                 }}"
            );
            format!(
                "var answer = vec2<u32>(0u); \
                 if (*near).throng_whole == 0u {{ answer = throng_found_{name}(first, end, (*near).throng_here, (*near).throng_reach); }} \
                 if answer.x == 1u {{ found = answer.y; }} else "
            )
        }
        _ => String::new(),
    };
    let _ = writeln!(
        text,
        "struct Near{structure} {{\n\
         \x20   other: {structure}, id: u32, offset: vec2<i32>,\n\
         \x20   throng_but: u32, throng_place: u32, throng_block: u32, throng_found: u32, throng_at: vec2<i32>, throng_reach: u32, throng_square: vec2<u32>,\n\
         \x20   throng_next: u32, throng_end: u32, throng_turn: u32, throng_turns: u32, throng_parts: u32,\n\
         \x20   throng_columns: vec4<u32>, throng_rows: vec4<u32>, throng_here: vec2<i32>, throng_whole: u32\n\
         }}\n\
         var<private> throng_self_{name}: u32 = 0xffffffffu;\n\
         fn near_{name}(at: vec2<i32>, radius: i32) -> Near{structure} {{\n\
         \x20   let reach = u32(max(radius, 0));\n\
         \x20   let size = vec2<u32>({width}u, {height}u);\n\
         \x20   let to = throng_within_space(at, size);\n\
         \x20   var near: Near{structure};\n\
         \x20   near.throng_at = at;\n\
         \x20   if throng_wraps {{ near.throng_at = vec2<i32>(to); }}\n\
         \x20   near.throng_but = throng_self_{name};\n\
         \x20   near.throng_reach = reach;\n\
         \x20   near.throng_square = throng_multiply_wide(reach, reach);\n\
         \x20   near.throng_columns = throng_window(to.x, reach, size.x, {edge}u, {columns}u);\n\
         \x20   // A row of the window is one stretch, or two: every other turn is left out, or none.\n\
         \x20   near.throng_parts = select(2u, 1u, near.throng_columns.z <= near.throng_columns.w);\n\
         \x20   let rows = throng_window(to.y, reach, size.y, {edge}u, {rows}u);\n\
         \x20   near.throng_rows = rows;\n\
         \x20   near.throng_turns = 2u * (rows.y + 1u - rows.x + select(0u, rows.w + 1u - rows.z, rows.z <= rows.w));\n\
         \x20   // Where a window may be all of an axis, each agent's way around is its own affair.\n\
         \x20   near.throng_whole = u32(throng_wraps && reach >= {least_whole}u);\n\
         \x20   if radius < 0 {{ near.throng_turns = 0u; }}\n\
         \x20   return near;\n\
         }}\n\
         fn throng_offset_{name}(near: ptr<function, Near{structure}>, pos: vec2<i32>) -> vec2<i32> {{\n\
         \x20   if (*near).throng_whole == 1u {{ return throng_nearest(pos - (*near).throng_at, vec2<i32>({width}, {height})); }}\n\
         \x20   return pos - (*near).throng_here;\n\
         }}\n\
         // Which of the next 32 are near enough is found first and without a branch, for nothing foretells it.\n\
         fn throng_more_{name}(near: ptr<function, Near{structure}>) {{\n\
         \x20   while (*near).throng_found == 0u {{\n\
         \x20       if (*near).throng_next < (*near).throng_end {{\n\
         \x20           let first = (*near).throng_next;\n\
         \x20           let end = min((*near).throng_end, first + 32u);\n\
         \x20           var found = 0u;\n\
         \x20           {at_once}{{\n\
         \x20               for (var next = first; next < end; next += 1u) {{\n\
         \x20                   let offset = throng_offset_{name}(near, throng_near_{name}[{agents} + next].pos);\n\
         \x20                   found |= u32(throng_within_wide(offset, (*near).throng_square)) << (next - first);\n\
         \x20               }}\n\
         \x20           }}\n\
         \x20           let before = (*near).throng_but - first;\n\
         \x20           if before < 32u {{ found &= ~(1u << before); }}\n\
         \x20           (*near).throng_block = first;\n\
         \x20           (*near).throng_next = end;\n\
         \x20           (*near).throng_found = found;\n\
         \x20       }} else {{\n\
         \x20           if (*near).throng_turn >= (*near).throng_turns {{ return; }}\n\
         \x20           var row = (*near).throng_rows.x + ((*near).throng_turn >> 1u);\n\
         \x20           let below = row > (*near).throng_rows.y;\n\
         \x20           if below {{ row += (*near).throng_rows.z - (*near).throng_rows.y - 1u; }}\n\
         \x20           let second = ((*near).throng_turn & 1u) == 1u;\n\
         \x20           let size = vec2<u32>({width}u, {height}u);\n\
         \x20           var here = (*near).throng_at;\n\
         \x20           if throng_wraps && (*near).throng_columns.z <= (*near).throng_columns.w {{\n\
         \x20               here.x -= throng_around_edge(u32((*near).throng_at.x), (*near).throng_reach, size.x, second);\n\
         \x20           }}\n\
         \x20           if throng_wraps && (*near).throng_rows.z <= (*near).throng_rows.w {{\n\
         \x20               here.y -= throng_around_edge(u32((*near).throng_at.y), (*near).throng_reach, size.y, below);\n\
         \x20           }}\n\
         \x20           (*near).throng_here = here;\n\
         \x20           let first_square = row * {columns}u + select((*near).throng_columns.x, (*near).throng_columns.z, second);\n\
         \x20           let last_square = row * {columns}u + select((*near).throng_columns.y, (*near).throng_columns.w, second);\n\
         \x20           (*near).throng_turn += (*near).throng_parts;\n\
         \x20           if first_square <= last_square {{\n\
         \x20               (*near).throng_next = 0u;\n\
         \x20               if first_square > 0u {{ (*near).throng_next = {before_window}; }}\n\
         \x20               (*near).throng_end = {end_of_window};\n\
         \x20           }}\n\
         \x20       }}\n\
         \x20   }}\n\
         }}\n\
         fn next_{name}(near: ptr<function, Near{structure}>) -> bool {{\n\
         \x20   if (*near).throng_found == 0u {{\n\
         \x20       throng_more_{name}(near);\n\
         \x20       if (*near).throng_found == 0u {{ return false; }}\n\
         \x20   }}\n\
         \x20   let place = {agents} + (*near).throng_block + countTrailingZeros((*near).throng_found);\n\
         \x20   (*near).throng_found &= (*near).throng_found - 1u;\n\
         \x20   (*near).throng_place = place - {agents};\n\
         \x20   let other = throng_near_{name}[place];\n\
         \x20   (*near).other = other;\n\
         \x20   (*near).offset = throng_offset_{name}(near, other.pos);\n\
         \x20   (*near).id = {other_id};\n\
         \x20   return true;\n\
         }}",
        width = size[0],
        height = size[1],
        // A window may begin and end a square's side, less one, before and behind what is looked for.
        least_whole = size[0].min(size[1]).saturating_sub(edge.saturating_mul(2)) / 2,
        other_id = id("place"),
        before_window = end("first_square - 1u"),
        end_of_window = end("last_square"),
    );
    if kind.space == Space::Grid {
        let stream = RANK + index as u32;
        // Where a square is a cell, who is in it are one stretch.
        let (begin, each) = match edge {
            1 => (
                format!(
                    "if !inside(at) {{ return 0u; }} let to = wrapped(at); let square = throng_cell(at); \
                     var next = 0u; if square > 0u {{ next = {}; }} \
                     let end = {};",
                    end("square - 1u"),
                    end("square"),
                ),
                format!(
                    "if next >= end {{ break; }} let place = next; \
                     let there = all(throng_near_{name}[{agents} + place].pos == to); next += 1u;"
                ),
            ),
            _ => (
                format!(
                    "if !inside(at) {{ return 0u; }} var near = near_{name}(at, 0); near.throng_but = 0xffffffffu;"
                ),
                format!(
                    "if !next_{name}(&near) {{ break; }} let place = near.throng_place; let there = true;"
                ),
            ),
        };
        let id = id(&format!("{agents} + place"));
        let _ = writeln!(
            text,
            "fn throng_count_{name}(at: vec2<i32>) -> u32 {{\n\
             \x20   {begin}\n\
             \x20   var count = 0u;\n\
             \x20   loop {{ {each} if there {{ count += 1u; }} }}\n\
             \x20   return count;\n\
             }}\n\
             fn {name}_here(at: vec2<i32>) -> u32 {{ return throng_count_{name}(at); }}\n\
             fn throng_rank_{name}(at: vec2<i32>) -> u32 {{\n\
             \x20   let key = throng_lot({stream}u);\n\
             \x20   let own = throng_priority(throng_item, key);\n\
             \x20   {begin}\n\
             \x20   var rank = 0u;\n\
             \x20   loop {{\n\
             \x20       {each}\n\
             \x20       if there && place != throng_self_{name} && throng_priority({id}, key) < own {{ rank += 1u; }}\n\
             \x20   }}\n\
             \x20   return rank;\n\
             }}\n\
             fn rank_{name}(at: vec2<i32>) -> u32 {{ return throng_rank_{name}(at); }}",
        );
    }
}
