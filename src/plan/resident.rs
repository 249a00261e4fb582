//! The WGSL of the resident kernel: a workgroup keeps the layers of a world in its own memory and takes it through many steps. The
//! world's agents stay in the device's memory, where no other workgroup touches them.

use std::fmt::Write;

use super::Target;
use super::kernels::{WORKGROUP, in_order, stage_function, tally};
use super::populations::{self, SCAN_BLOCK, Scan, Sort};
use crate::model::{self, Model, Part, Setting, Stage};

/// The kernel's entry point.
pub(crate) const ENTRY: &str = "throng_entry_resident";

/// Bytes of a workgroup's memory that a world takes: the layers that stages change, their second copies, and what sums up.
pub(crate) fn bytes(model: &Model, setting: &Setting) -> u64 {
    let changed =
        (0..model.layers.len()).filter(|&layer| model.changes(layer) && !setting.absent(model, layer));
    let layers: u64 = changed
        .map(|layer| 4 * model.layers[layer].words(setting.cells()) * u64::from(model.copies(layer)))
        .sum();
    layers + if meets(model) { 4 * u64::from(WORKGROUP) } else { 0 }
}

/// Buffers that the kernel uses, at most.
pub(crate) fn buffers(model: &Model, setting: &Setting) -> usize {
    let layers = (0..model.layers.len()).filter(|&layer| !setting.absent(model, layer)).count();
    let of_kind = |kind: usize| {
        let declared = &model.kinds[kind];
        let born = model.stages.iter().any(|stage| stage.kinds[kind].bears);
        let dies = model.stages.iter().any(|stage| stage.kind() == Some(kind) && stage.dies);
        let near = if declared.near.is_some() { 5 } else { 0 };
        1 + usize::from(declared.is_numbered()) + usize::from(dies) + 2 * usize::from(born) + near
    };
    let kinds: usize = (0..model.kinds.len()).map(of_kind).sum();
    // The worlds, their parameters, numbers and faults, and the graph.
    4 + usize::from(model.graph.is_some()) + layers + kinds
}

/// Whether agents are sorted, born or die, so that they are brought in order between stages.
fn meets(model: &Model) -> bool {
    populations::sorted(model).next().is_some() || populations::settled(model).next().is_some()
}

/// Writes the kernel. Its call is the first step, whether worlds go on where they stopped for want of room, the number of
/// worlds, and the number of steps.
///
/// Between stages the two copies of a layer are the same. Effects go to the one that is written; when all items are
/// done, what the stage changed is copied to the one that is read.
pub(super) fn kernel(text: &mut String, model: &Model, setting: &Setting) {
    let barrier = match meets(model) {
        true => "workgroupBarrier(); storageBarrier();",
        false => "workgroupBarrier();",
    };
    meetings(text, model, setting);
    let near: Vec<usize> = (0..model.layers.len()).filter(|&layer| setting.near(model, layer)).collect();
    let name = |layer: &usize| &model.layers[*layer].name;
    let words = |layer: &usize| model.layers[*layer].words(setting.cells());
    let each_word = |layer: &usize, statements: &str| {
        each("word", &format!("{}u", words(layer)), &format!(" {statements} "))
    };
    let (mut load, mut save) = (String::new(), String::new());
    for layer in &near {
        let (name, home) =
            (name(layer), format!("throng_home_{}[world * {}u + word]", name(layer), words(layer)));
        let second = match model.copies(*layer) {
            2 => format!("throng_read_{name}_0[word] = held;"),
            _ => String::new(),
        };
        load += &each_word(
            layer,
            &format!("let held = {home}; atomicStore(&throng_write_{name}_0[word], held); {second}"),
        );
        save += &each_word(layer, &format!("{home} = atomicLoad(&throng_write_{name}_0[word]);"));
    }
    let mut stages = String::new();
    let mut are_sorted = vec![false; model.kinds.len()];
    for (number, stage) in model.stages.iter().enumerate() {
        let _ = writeln!(stages, "    let due_{number} = {};", due(stage));
        for kind in populations::sorted(model).filter(|kind| stage.kinds[*kind].seeks) {
            if !are_sorted[kind] {
                let _ = writeln!(stages, "    throng_sort_{kind}(world, lane, due_{number});");
                are_sorted[kind] = stage.every == 1;
            }
        }
        let items = match stage.kind() {
            Some(kind) => model::number_of_kind(model, setting, kind),
            None => format!("{}u", stage.items.places(setting.cells())),
        };
        let alone = |kind: &usize| {
            stage.kinds[*kind].seeks && !(in_order(model, stage) && stage.kind() == Some(*kind))
        };
        for kind in populations::sorted(model).filter(alone) {
            let _ = writeln!(stages, "    throng_self_{} = 0xffffffffu;", model.kinds[kind].name);
        }
        let items_done = each("item", "items", &format!(" {}(world, item); ", stage_function(&stage.name)));
        // Barriers are for all steps: only what lies between them depends on the step's number.
        let _ = writeln!(
            stages,
            "    {{ let items = select(0u, {items}, due_{number});\n{items_done}    }}\n    {barrier}"
        );
        let changed = |layer: &&usize| stage.layers[**layer].changes.is_some() && model.copies(**layer) == 2;
        let mut copied = false;
        for layer in near.iter().filter(changed) {
            let name = name(layer);
            let copy = each_word(
                layer,
                &format!("throng_read_{name}_0[word] = atomicLoad(&throng_write_{name}_0[word]);"),
            );
            let _ = writeln!(stages, "    if due_{number} {{\n{copy}    }}");
            copied = true;
        }
        if copied {
            stages += "    workgroupBarrier();\n";
        }
        if populations::settled(model).any(|settled| settled.name == stage.name) {
            let _ = writeln!(stages, "    throng_settle_{}(world, lane, due_{number});", stage.name);
        }
        for kind in stage.kind().into_iter().chain(stage.bears()) {
            are_sorted[kind] = false;
        }
    }
    let kinds = model.kinds.len();
    let (first, room, taken) = match model.bears() {
        true => (
            format!("select(0u, throng_numbers[world * {kinds}u].w, throng_call.first == 1u)"),
            " && throng_has_room(world)",
            format!("    if lane == 0u {{ throng_numbers[world * {kinds}u].w = turn; }}\n"),
        ),
        false => ("0u".to_owned(), "", String::new()),
    };
    let _ = writeln!(
        text,
        "@compute @workgroup_size({WORKGROUP})\n\
         fn {ENTRY}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{\n\
         \x20   let world = group.y * groups.x + group.x;\n\
         \x20   if world >= throng_call.count {{ return; }}\n\
         \x20   if throng_worlds[world].running == 0u {{ return; }}\n\
         {load}    {barrier}\n\
         \x20   var turn = {first};\n\
         \x20   for (; turn < throng_call.base{room}; turn += 1u) {{\n\
         \x20   throng_turn = turn;\n\
         {stages}    }}\n\
         {save}{taken}\
         \x20   throng_ended(world);\n\
         }}"
    );
}

/// Statements that the lanes do for all items.
fn each(item: &str, items: &str, statements: &str) -> String {
    format!("    for (var {item} = lane; {item} < {items}; {item} += {WORKGROUP}u) {{{statements}}}\n")
}

/// Whether a stage runs in the step that is being taken.
fn due(stage: &Stage) -> String {
    match stage.every {
        1 => "true".to_owned(),
        every => format!("(throng_call.step + throng_turn - throng_worlds[world].behind) % {every}u == 0u"),
    }
}

/// The functions by which a workgroup sorts its world's agents and settles who was born and who died.
fn meetings(text: &mut String, model: &Model, setting: &Setting) {
    if !meets(model) {
        return;
    }
    let _ = writeln!(text, "{}", populations::SCAN_ARRAY);
    for kind in populations::sorted(model) {
        sort(text, model, setting, kind);
    }
    for stage in populations::settled(model) {
        settle(text, model, setting, stage);
    }
    if model.bears() {
        has_room(text, model, setting);
    }
}

/// The function that replaces the first `items` entries of an array, from `start` on, by the sums of those before them; the
/// sum of all is put behind them, and to `end`.
fn scan(text: &mut String, function: &str, array: &str, atomic: bool, end: bool) {
    let place = |place: &str| format!("{array}[start + {place}]");
    let load = |at: &str| if atomic { format!("atomicLoad(&{})", place(at)) } else { place(at) };
    let store = |at: &str| match atomic {
        true => format!("atomicStore(&{}, before)", place(at)),
        false => format!("{} = before", place(at)),
    };
    let (entry, kept, up) = (load("entry"), store("entry"), populations::UP);
    let behind = match end {
        true => format!("    if lane == 0u {{ {}; {}; }}\n", store("items"), store("end")),
        false => String::new(),
    };
    let _ = writeln!(
        text,
        "fn {function}(lane: u32, start: u32, items: u32, end: u32) {{\n\
         \x20   var all = 0u;\n\
         \x20   for (var block = 0u; block < items; block += {SCAN_BLOCK}u) {{\n\
         \x20   let first = min(block + lane * 8u, items);\n\
         \x20   let last = min(first + 8u, items);\n\
         \x20   var own = 0u;\n\
         \x20   for (var entry = first; entry < last; entry += 1u) {{ own += {entry}; }}\n\
         {up}\
         \x20   var before = all + throng_scan[lane] - own;\n\
         \x20   for (var entry = first; entry < last; entry += 1u) {{\n\
         \x20       let here = {entry};\n\
         \x20       {kept};\n\
         \x20       before += here;\n\
         \x20   }}\n\
         \x20   all += throng_scan[{top}];\n\
         \x20   workgroupBarrier();\n\
         \x20   }}\n\
         \x20   let before = all;\n\
         {behind}\
         \x20   storageBarrier();\n\
         }}",
        top = WORKGROUP - 1,
    );
}

/// The function by which a workgroup sorts the agents of a kind.
fn sort(text: &mut String, model: &Model, setting: &Setting, kind: usize) {
    let Some(parts) = Sort::new(model, setting, Target::Resident, kind) else { return };
    populations::declare(text, model, setting, kind, Part::Squares, "squares", "u32");
    populations::declare(text, model, setting, kind, Part::Loose, "loose", "u32");
    let ids = model::id_element(model, setting, kind);
    populations::declare(text, model, setting, kind, Part::NextIds, "next_ids", ids);
    let sums = format!("throng_sum_squares_{kind}");
    scan(text, &sums, &format!("throng_ends_{}", model.kinds[kind].name), true, false);
    let each = |items: &str, part: &str| {
        format!("{}    storageBarrier();\n", each("item", items, &format!("\n{part}    ")))
    };
    let _ = writeln!(
        text,
        "fn throng_sort_{kind}(world: u32, lane: u32, due: bool) {{\n\
         \x20   let squares = select(0u, {squares}u, due);\n\
         \x20   let number = select(0u, {number}, due);\n\
         {empty}{count}    {sums}(lane, world * {squares}u, squares, 0u);\n{fill}{order}{take}}}",
        squares = parts.squares,
        number = model::number_of_kind(model, setting, kind),
        empty = each("squares", &parts.empty),
        count = each("number", &parts.count),
        fill = each("number", &parts.fill),
        order = each("number", &parts.order),
        take = each("number", &parts.take),
    );
}

/// The function by which a workgroup settles a stage's deaths and births.
fn settle(text: &mut String, model: &Model, setting: &Setting, stage: &Stage) {
    let Some(kind) = stage.kind() else { return };
    let room = model::room_of_kind(model, setting, kind);
    let number = model::number_of_kind(model, setting, kind);
    let at = tally(model, setting, kind, "item");
    let mut body = String::new();
    for summed in populations::tallied(model, stage) {
        let (what, of, behind) = match summed {
            Scan::Squares(_) => continue,
            Scan::Alive(kind) => ("alive", kind, 1),
            Scan::Kept(kind) => ("loose", kind, 0),
            Scan::Births(kind, _) => ("births", kind, 1),
        };
        let of = &model.kinds[of].name;
        let (function, array) = (format!("throng_sum_{what}_{of}"), format!("throng_{what}_{of}"));
        if !text.contains(&format!("fn {function}(")) {
            scan(text, &function, &array, false, behind == 1);
        }
        let _ = writeln!(body, "    {function}(lane, world * ({room} + {behind}u), number, {room});");
    }
    if stage.dies {
        // Nobody moves to a place behind its own, so that those of the next block still stand where they stood.
        let (name, structure) = (&model.kinds[kind].name, &model.kinds[kind].structure);
        let numbered = model::id_element(model, setting, kind);
        let ranked = match model.kinds[kind].is_ranked() {
            true => format!("id.y = throng_loose_{name}[world * {room} + id.y];"),
            false => String::new(),
        };
        let _ = writeln!(
            body,
            "    for (var first = 0u; first < number; first += {WORKGROUP}u) {{\n\
             \x20   let item = first + lane;\n\
             \x20   var agent: {structure};\n\
             \x20   var id: {numbered};\n\
             \x20   var to = 0u;\n\
             \x20   var lives = false;\n\
             \x20   if item < number {{\n\
             \x20       agent = throng_agents_{name}[world * {room} + item];\n\
             \x20       id = throng_ids_{name}[world * {room} + item];\n\
             \x20       {ranked}\n\
             \x20       to = throng_alive_{name}[{at}];\n\
             \x20       lives = throng_alive_{name}[{at} + 1u] != to;\n\
             \x20   }}\n\
             \x20   storageBarrier();\n\
             \x20   if lives {{\n\
             \x20       throng_agents_{name}[world * {room} + to] = agent;\n\
             \x20       throng_ids_{name}[world * {room} + to] = id;\n\
             \x20   }}\n\
             \x20   }}\n\
             \x20   storageBarrier();"
        );
    }
    for child in stage.bears() {
        let young = populations::welcome(model, setting, stage, child, ["agents", "ids"]);
        body += &each("item", "number", &format!("\n{young}    "));
    }
    let _ = writeln!(
        text,
        "fn throng_settle_{}(world: u32, lane: u32, due: bool) {{\n\
         \x20   let number = select(0u, {number}, due);\n\
         {body}\
         \x20   storageBarrier();\n\
         \x20   if lane == 0u && due {{{} }}\n\
         \x20   storageBarrier();\n\
         }}",
        stage.name,
        populations::tell(model, setting, stage),
    );
}

/// The function that says whether a step has room for all who could be born in it.
fn has_room(text: &mut String, model: &Model, setting: &Setting) {
    let mut body = String::new();
    for (kind, declared) in model.kinds.iter().enumerate() {
        let _ = writeln!(
            body,
            "    var {} = {};",
            count(&declared.name),
            model::number_of_kind(model, setting, kind)
        );
    }
    for stage in populations::settled(model) {
        let Some(parents) = stage.kind().map(|kind| count(&model.kinds[kind].name)) else { continue };
        let _ = writeln!(body, "    {{ let parents = {parents};");
        for child in stage.bears() {
            let declared = &model.kinds[child];
            let (young, births) = (count(&declared.name), declared.births);
            let room = model::room_of_kind(model, setting, child);
            let _ = writeln!(
                body,
                "    if parents > ({room} - min({young}, {room})) / {births}u {{ return false; }}\n    {young} += parents * {births}u;"
            );
        }
        body += "    }\n";
    }
    let _ = writeln!(text, "fn throng_has_room(world: u32) -> bool {{\n{body}    return true;\n}}");
}

/// The variable in which agents of a kind are counted.
fn count(kind: &str) -> String {
    format!("count_of_{kind}")
}
