//! The WGSL of kernels that sort agents by the squares they stand in, and that settle who was born and who died, on a GPU.
//! The CPU does the same natively, in `cpu/population.rs`.

use std::fmt::Write;

use super::Target;
use super::kernels::{WORKGROUP, each, slot, tally};
use crate::model::{self, Model, Part, Setting, Stage};

/// Entries of an array that a workgroup sums up.
pub(crate) const SCAN_BLOCK: u32 = 8 * WORKGROUP;

/// An array that is replaced by the sums of what stands before each entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scan {
    /// How many agents of a kind are in each square.
    Squares(usize),
    /// Which agents of a stage's kind are alive, by their places.
    Alive(usize),
    /// The same in the order of their numbers.
    Kept(usize),
    /// How many young of a kind the agents of another kind had.
    Births(usize, usize),
}

/// The names of the entry points for what is done beside stages.
pub(crate) mod entries {
    use super::Scan;

    /// The three parts of summing up an array.
    pub(crate) fn scan(scan: Scan) -> [String; 3] {
        let name = match scan {
            Scan::Squares(kind) => format!("squares_{kind}"),
            Scan::Alive(kind) => format!("alive_{kind}"),
            Scan::Kept(kind) => format!("kept_{kind}"),
            Scan::Births(kind, parents) => format!("births_{kind}_{parents}"),
        };
        ["sums", "tops", "apply"].map(|part| format!("throng_entry_scan_{name}_{part}"))
    }

    /// Sorting the agents of a kind: squares emptied, counted, filled, put in order, and the agents moved.
    pub(crate) fn sort(kind: usize) -> [String; 5] {
        ["empty", "count", "fill", "order", "move"].map(|part| format!("throng_entry_sort_{kind}_{part}"))
    }

    /// What follows a stage: those alive move up.
    pub(crate) fn bury(stage: &str) -> String {
        format!("throng_entry_bury_{stage}")
    }

    /// What follows a stage: the young of a kind join.
    pub(crate) fn welcome(stage: &str, kind: usize) -> String {
        format!("throng_entry_welcome_{stage}_{kind}")
    }

    /// What follows a stage: how many there are now.
    pub(crate) fn tell(stage: &str) -> String {
        format!("throng_entry_tell_{stage}")
    }
}

/// All of these kernels of a model.
pub(super) fn kernels(text: &mut String, model: &Model, setting: &Setting) {
    let settled: Vec<&Stage> = settled(model).collect();
    if sorted(model).next().is_none() && settled.is_empty() {
        return;
    }
    let _ = writeln!(text, "{SCAN_ARRAY}");
    for kind in sorted(model) {
        sort(text, model, setting, kind);
    }
    let mut done = Vec::new();
    for stage in settled {
        let Some(kind) = stage.kind() else { continue };
        for scan in tallied(model, stage) {
            if !done.contains(&scan) {
                done.push(scan);
                tally_scan(text, model, setting, scan, kind);
            }
        }
        settle(text, model, setting, stage, kind);
    }
}

/// What the lanes of a workgroup sum up together.
pub(super) const SCAN_ARRAY: &str = "var<workgroup> throng_scan: array<u32, 256>;";
const _: () = assert!(WORKGROUP == 256);

/// The kinds whose agents are sorted by place.
pub(super) fn sorted(model: &Model) -> impl Iterator<Item = usize> + '_ {
    (0..model.kinds.len()).filter(|kind| model.kinds[*kind].near.is_some())
}

/// The stages in which agents are born or die.
pub(super) fn settled(model: &Model) -> impl Iterator<Item = &Stage> {
    model.stages.iter().filter(|stage| stage.dies || stage.bears().next().is_some())
}

/// What a stage leaves to be summed up.
pub(super) fn tallied(model: &Model, stage: &Stage) -> Vec<Scan> {
    let Some(kind) = stage.kind() else { return Vec::new() };
    let alive = stage.dies.then_some(Scan::Alive(kind));
    let kept = (stage.dies && model.kinds[kind].is_ranked()).then_some(Scan::Kept(kind));
    let births = stage.bears().map(|born| Scan::Births(born, kind));
    alive.into_iter().chain(kept).chain(births).collect()
}

/// Declares a buffer of a kind, under a name and for a use of its own.
pub(super) fn declare(
    text: &mut String,
    model: &Model,
    setting: &Setting,
    kind: usize,
    part: Part,
    name: &str,
    element: &str,
) {
    let binding = setting.kind_binding(model.layers.len(), kind, part);
    let _ = writeln!(
        text,
        "@group(0) @binding({binding}) var<storage, read_write> throng_{name}_{}: array<{element}>;",
        model.kinds[kind].name
    );
}

/// The parts of sorting the agents of a kind by their squares, those of one square by their places: each is what is done for
/// an item of a world, a square or an agent.
pub(super) struct Sort {
    /// How many squares there are.
    pub squares: u64,
    /// A square is emptied.
    pub empty: String,
    /// An agent is counted in its square.
    pub count: String,
    /// An agent is put into its square, where those before it have been summed up.
    pub fill: String,
    /// An agent finds its place among those of its square; what it is is put there, and its number.
    pub order: String,
    /// Agents move to these places.
    pub take: String,
}

impl Sort {
    pub fn new(model: &Model, setting: &Setting, target: Target, kind: usize) -> Option<Sort> {
        let declared = &model.kinds[kind];
        let [columns, rows] = declared.bins(setting.width, setting.height)?;
        let squares = u64::from(columns) * u64::from(rows);
        let (name, unit) = (&declared.name, declared.unit());
        let side = declared.near.unwrap_or(1).max(1).saturating_mul(unit);
        let [width, height] = [setting.width, setting.height].map(|side| side.saturating_mul(unit));
        let room = model::room_of_kind(model, setting, kind);
        let place = slot(model, setting, target, kind);
        let position = |who: &str| place.replace("item", who);
        let base = if setting.worlds == 1 { "0u".to_owned() } else { format!("world * {room}") };
        // Kernels that do no more than a part of it see the buffers in ways of their own.
        let (counted, near) = match target {
            Target::Resident => ("ends", "near"),
            _ => ("ends_counted", "near_made"),
        };
        let end = |square: &str| match target {
            Target::Resident => format!("atomicLoad(&throng_ends_{name}[{square}])"),
            _ => format!("throng_ends_plain_{name}[{square}]"),
        };
        let brought = match setting.wraps {
            true => format!(
                "    moved.pos = vec2<i32>(throng_within_space(moved.pos, vec2<u32>({width}u, {height}u)));\n"
            ),
            false => String::new(),
        };
        Some(Sort {
            squares,
            empty: match target {
                Target::Resident => {
                    format!("    atomicStore(&throng_ends_{name}[world * {squares}u + item], 0u);\n")
                }
                _ => format!("    throng_ends_plain_{name}[world * {squares}u + item] = 0u;\n"),
            },
            count: format!(
                "    let at = throng_within_space(throng_agents_{name}[{}].pos, vec2<u32>({width}u, {height}u));\n\
                 \x20   let square = (at.y / {side}u) * {columns}u + at.x / {side}u;\n\
                 \x20   throng_squares_{name}[{base} + item] = square;\n\
                 \x20   atomicAdd(&throng_{counted}_{name}[world * {squares}u + square], 1u);\n",
                position("item"),
            ),
            fill: format!(
                "    let square = throng_squares_{name}[{base} + item];\n\
                 \x20   let to = atomicAdd(&throng_{counted}_{name}[world * {squares}u + square], 1u);\n\
                 \x20   throng_loose_{name}[{base} + to] = item;\n"
            ),
            // Whoever came first to a square, its agents end up by their places: each counts those of lower places. Who stands
            // beyond the edge of a torus is brought back.
            order: format!(
                "    let who = throng_loose_{name}[{base} + item];\n\
                 \x20   let square = world * {squares}u + throng_squares_{name}[{base} + who];\n\
                 \x20   var begin = 0u;\n\
                 \x20   if square > world * {squares}u {{ begin = {}; }}\n\
                 \x20   let to = {};\n\
                 \x20   var before = 0u;\n\
                 \x20   for (var other = begin; other < to; other += 1u) {{\n\
                 \x20       before += select(0u, 1u, throng_loose_{name}[{base} + other] < who);\n\
                 \x20   }}\n\
                 \x20   throng_next_ids_{name}[{base} + begin + before] = throng_ids_{name}[{base} + who];\n\
                 \x20   var moved = throng_agents_{name}[{}];\n{brought}\
                 \x20   throng_{near}_{name}[{base} + begin + before] = moved;\n",
                end("square - 1u"),
                end("square"),
                position("who"),
            ),
            take: format!(
                "    throng_ids_{name}[{base} + item] = throng_next_ids_{name}[{base} + item];\n\
                 \x20   throng_agents_{name}[{}] = throng_{near}_{name}[{base} + item];\n",
                position("item"),
            ),
        })
    }
}

/// The kernels that sort the agents of a kind.
fn sort(text: &mut String, model: &Model, setting: &Setting, kind: usize) {
    let declared = &model.kinds[kind];
    let Some(parts) = Sort::new(model, setting, Target::Gpu, kind) else { return };
    for (part, again, element) in [
        (Part::Ends, "ends_counted", "atomic<u32>"),
        (Part::Ends, "ends_plain", "u32"),
        (Part::Squares, "squares", "u32"),
        (Part::Loose, "loose", "u32"),
        (Part::NextIds, "next_ids", model::id_element(model, setting, kind)),
        (Part::Near, "near_made", &declared.structure),
        (Part::Sums, "sums", "u32"),
    ] {
        declare(text, model, setting, kind, part, again, element);
    }
    let name = &declared.name;
    let room = model::room_of_kind(model, setting, kind);
    let there = format!("    if item >= {} {{ return; }}\n", model::number_of_kind(model, setting, kind));
    let squares = format!("{}u", parts.squares);
    let [empty, count, fill, order, take] = entries::sort(kind);
    each(text, setting, &empty, &squares, &parts.empty);
    each(text, setting, &count, &room, &format!("{there}{}", parts.count));
    let array = format!("throng_ends_plain_{name}");
    scan(text, setting, Scan::Squares(kind), &array, &squares, &squares, &squares, name);
    each(text, setting, &fill, &room, &format!("{there}{}", parts.fill));
    each(text, setting, &order, &room, &format!("{there}{}    throng_ended(world);\n", parts.order));
    each(text, setting, &take, &room, &format!("{there}{}", parts.take));
}

/// Sums up what a stage of a kind tallied.
fn tally_scan(text: &mut String, model: &Model, setting: &Setting, which: Scan, parents: usize) {
    let (kind, array) = match which {
        Scan::Squares(_) => return,
        Scan::Alive(kind) => (kind, format!("throng_alive_{}", model.kinds[kind].name)),
        Scan::Kept(kind) => (kind, format!("throng_loose_{}", model.kinds[kind].name)),
        Scan::Births(kind, _) => (kind, format!("throng_births_{}", model.kinds[kind].name)),
    };
    let room = model::room_of_kind(model, setting, parents);
    let number = model::number_of_kind(model, setting, parents);
    if model.kinds[kind].near.is_none()
        && !text.contains(&format!(" throng_sums_{}:", model.kinds[kind].name))
    {
        declare(text, model, setting, kind, Part::Sums, "sums", "u32");
    }
    let stride = match which {
        Scan::Kept(_) => room.clone(),
        _ => format!("({room} + 1u)"),
    };
    scan(text, setting, which, &array, &room, &number, &stride, &model.kinds[kind].name);
}

/// Statements by which what the lanes hold becomes the sums up to and with each.
pub(super) const UP: &str = "    throng_scan[lane] = own;
    workgroupBarrier();
    for (var reach = 1u; reach < 256u; reach <<= 1u) {
        var below = 0u;
        if lane >= reach { below = throng_scan[lane - reach]; }
        workgroupBarrier();
        throng_scan[lane] += below;
        workgroupBarrier();
    }
";

/// The three kernels that replace the first `items` entries of an array of each world, whose first `counted` ones count and
/// whose worlds stand `stride` entries apart, by the sums of those before them; the sum of all follows where there is room.
#[allow(clippy::too_many_arguments)]
fn scan(
    text: &mut String,
    setting: &Setting,
    which: Scan,
    array: &str,
    items: &str,
    counted: &str,
    stride: &str,
    name: &str,
) {
    let [sums, tops, apply] = entries::scan(which);
    let world = if setting.worlds == 1 { "0u" } else { "group_number / blocks" };
    let head = |entry: &str, of_world: &str| {
        format!(
            "@compute @workgroup_size({WORKGROUP})\n\
             fn {entry}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{\n\
             \x20   let group_number = group.y * groups.x + group.x;\n\
             \x20   if group_number >= throng_call.count {{ return; }}\n\
             \x20   let blocks = ({items} + {block}u) / {SCAN_BLOCK}u;\n\
             \x20   let world = {of_world};\n\
             \x20   let start = world * {stride};\n",
            block = SCAN_BLOCK - 1,
        )
    };
    let own = format!(
        "    let block = group_number - world * blocks;\n\
         \x20   let first = block * {SCAN_BLOCK}u + lane * 8u;\n\
         \x20   var own = 0u;\n\
         \x20   for (var k = 0u; k < 8u; k += 1u) {{ if first + k < {counted} {{ own += {array}[start + first + k]; }} }}\n"
    );
    let last = WORKGROUP - 1;
    let up = UP;
    let _ = writeln!(
        text,
        "{}{own}{up}    if lane == {last}u {{ throng_sums_{name}[world * blocks + block] = throng_scan[lane]; }}\n}}",
        head(&sums, world),
    );
    let total = match stride == items {
        true => String::new(),
        false => format!("    if lane == 0u {{ {array}[start + {items}] = before; }}\n"),
    };
    let _ = writeln!(
        text,
        "{}    var before = 0u;\n\
         \x20   for (var first = 0u; first < blocks; first += {WORKGROUP}u) {{\n\
         \x20       let place = world * blocks + first + lane;\n\
         \x20       var own = 0u;\n\
         \x20       if first + lane < blocks {{ own = throng_sums_{name}[place]; }}\n\
         {up}        if first + lane < blocks {{ throng_sums_{name}[place] = before + throng_scan[lane] - own; }}\n\
         \x20       before += throng_scan[{last}];\n\
         \x20       workgroupBarrier();\n\
         \x20   }}\n\
         {total}}}",
        head(&tops, "group_number"),
    );
    let _ = writeln!(
        text,
        "{}{own}{up}    var before = throng_sums_{name}[world * blocks + block] + throng_scan[lane] - own;\n\
         \x20   for (var k = 0u; k < 8u; k += 1u) {{\n\
         \x20       if first + k >= {items} {{ break; }}\n\
         \x20       var here = 0u;\n\
         \x20       if first + k < {counted} {{ here = {array}[start + first + k]; }}\n\
         \x20       {array}[start + first + k] = before;\n\
         \x20       before += here;\n\
         \x20   }}\n\
         }}",
        head(&apply, world),
    );
}

/// The sum of what the agents of a kind tallied.
fn total(model: &Model, setting: &Setting, parents: usize, kind: usize, what: &str) -> String {
    let (name, room) = (&model.kinds[kind].name, model::room_of_kind(model, setting, parents));
    format!("throng_{what}_{name}[world * ({room} + 1u) + {room}]")
}

/// Statements by which the young that an agent of a stage had join those of their kind, behind them all; the agents are taken
/// in the order of their numbers.
pub(super) fn welcome(
    model: &Model,
    setting: &Setting,
    stage: &Stage,
    child: usize,
    into: [&str; 2],
) -> String {
    let Some(kind) = stage.kind() else { return String::new() };
    let (kinds, name, births) = (model.kinds.len(), &model.kinds[child].name, model.kinds[child].births);
    let before = match stage.dies && child == kind {
        true => total(model, setting, kind, child, "alive"),
        false => model::number_of_kind(model, setting, child),
    };
    let room = model::room_of_kind(model, setting, kind);
    let child_room = model::room_of_kind(model, setting, child);
    let at = tally(model, setting, kind, "item");
    let [agents, ids] = into;
    let number = format!("throng_numbers[world * {kinds}u + {child}u].y + first + young");
    // Nobody's number is higher.
    let number = match model.kinds[child].is_ranked() {
        true => format!("vec2<u32>({number}, place)"),
        false => number,
    };
    format!(
        "    let first = throng_births_{name}[{at}];\n\
         \x20   let count = min(throng_births_{name}[{at} + 1u] - first, {births}u);\n\
         \x20   for (var young = 0u; young < count; young += 1u) {{\n\
         \x20       let place = {before} + first + young;\n\
         \x20       if place >= {child_room} {{ break; }}\n\
         \x20       let to = world * {child_room} + place;\n\
         \x20       throng_{agents}_{name}[to] = throng_born_{name}[(world * {room} + item) * {births}u + young];\n\
         \x20       throng_{ids}_{name}[to] = {number};\n\
         \x20   }}\n"
    )
}

/// Statements that say how many there are after a stage.
pub(super) fn tell(model: &Model, setting: &Setting, stage: &Stage) -> String {
    let Some(kind) = stage.kind() else { return String::new() };
    let (kinds, mut text) = (model.kinds.len(), String::new());
    if stage.dies {
        let alive = total(model, setting, kind, kind, "alive");
        let _ = write!(text, " throng_numbers[world * {kinds}u + {kind}u].x = {alive};");
    }
    for child in stage.bears() {
        let all = total(model, setting, kind, child, "births");
        let _ = write!(
            text,
            " throng_numbers[world * {kinds}u + {child}u].x += {all}; throng_numbers[world * {kinds}u + {child}u].y += {all};"
        );
    }
    text
}

/// The kernels that settle a stage's deaths and births.
fn settle(text: &mut String, model: &Model, setting: &Setting, stage: &Stage, kind: usize) {
    let parents = &model.kinds[kind];
    let room = model::room_of_kind(model, setting, kind);
    let there = format!("    if item >= {} {{ return; }}\n", model::number_of_kind(model, setting, kind));
    let due = match stage.every {
        1 => String::new(),
        every => format!(" && (throng_call.step - throng_worlds[world].behind) % {every}u == 0u"),
    };
    let runs = format!("throng_worlds[world].running != 0u{due}");
    if stage.dies {
        let (name, at) = (&parents.name, tally(model, setting, kind, "item"));
        if !text.contains(&format!(" throng_next_agents_{name}:")) {
            declare(text, model, setting, kind, Part::NextAgents, "next_agents", &parents.structure);
            if parents.near.is_none() {
                declare(text, model, setting, kind, Part::NextIds, "next_ids", "u32");
            }
        }
        let ranked = match parents.is_ranked() {
            true => format!("number.y = throng_loose_{name}[world * {room} + number.y];"),
            false => String::new(),
        };
        each(
            text,
            setting,
            &entries::bury(&stage.name),
            &room,
            &format!(
                "{there}\
                 \x20   var to = item;\n\
                 \x20   var number = throng_ids_{name}[world * {room} + item];\n\
                 \x20   if {runs} {{\n\
                 \x20       to = throng_alive_{name}[{at}];\n\
                 \x20       if throng_alive_{name}[{at} + 1u] == to {{ return; }}\n\
                 \x20       {ranked}\n\
                 \x20   }}\n\
                 \x20   throng_next_agents_{name}[world * {room} + to] = throng_agents_{name}[world * {room} + item];\n\
                 \x20   throng_next_ids_{name}[world * {room} + to] = number;\n"
            ),
        );
    }
    for child in stage.bears() {
        let into = match stage.dies && child == kind {
            true => ["next_agents", "next_ids"],
            false => ["agents", "ids"],
        };
        each(
            text,
            setting,
            &entries::welcome(&stage.name, child),
            &room,
            &format!(
                "{there}    if !({runs}) {{ return; }}\n{}",
                welcome(model, setting, stage, child, into)
            ),
        );
    }
    let tell = tell(model, setting, stage);
    each(text, setting, &entries::tell(&stage.name), "1u", &format!("    if {runs} {{{tell} }}\n"));
}
