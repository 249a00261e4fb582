//! The WGSL of kernels that measure on a GPU: each workgroup reduces a block of one world's items to totals or bins.

use std::fmt::Write;

use super::kernels::{WORKGROUP, entry, measure_function, measure_loops};
use super::{binding, bits_of};
use crate::model::{self, Metric, Model, Over, Reduction, Setting, ValueKind};

const REDUCE: &str = include_str!("../../shaders/passes/reduce.wgsl");

/// 32-bit words from one result to the next, of a block or of a world.
pub(crate) const TOTALS_WORDS: u32 = 12;

/// How the items of a world are split among workgroups, for one metric.
///
/// It depends on the number of items alone, so that sums of floats have the same order in any batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// Items of a world; of a one-bit layer that is counted by words, its words.
    pub items: u64,
    /// Invocations that share a block: all of a workgroup, or fewer when a world has so few items that a workgroup
    /// takes several worlds.
    pub lanes: u32,
    /// Items that each invocation takes.
    pub rounds: u32,
}

/// Items that an invocation takes before more invocations are worth their adding up.
const LEAST_ROUNDS: u64 = 4;
/// Items that an invocation takes at most.
const MOST_ROUNDS: u64 = 64;

impl Blocks {
    pub fn new(items: u64) -> Blocks {
        if items <= u64::from(WORKGROUP) * LEAST_ROUNDS {
            let lanes = items.div_ceil(LEAST_ROUNDS).next_power_of_two().max(1);
            return Blocks { items, lanes: lanes as u32, rounds: items.div_ceil(lanes).max(1) as u32 };
        }
        let rounds = (items >> 18).next_power_of_two().clamp(LEAST_ROUNDS, MOST_ROUNDS) as u32;
        Blocks { items, lanes: WORKGROUP, rounds }
    }

    /// Items of a block.
    pub fn size(self) -> u32 {
        self.lanes * self.rounds
    }

    /// Blocks of a world, at least one.
    pub fn count(self) -> u32 {
        self.items.div_ceil(self.size().into()).max(1) as u32
    }

    /// Blocks that a workgroup takes.
    pub fn of_workgroup(self) -> u32 {
        WORKGROUP / self.lanes
    }
}

/// The blocks of a metric.
pub(super) fn blocks(model: &Model, setting: &Setting, metric: usize) -> Blocks {
    Blocks::new(match bits_of(model, setting, &model.metrics[metric]) {
        Some(layer) => model.layers[layer].words(setting.cells()),
        None => match model.metrics[metric].over {
            Over::Agents(kind) => setting.agents[kind].into(),
            Over::Cells | Over::Free => setting.cells(),
        },
    })
}

/// All kernels that measure.
pub(super) fn kernels(text: &mut String, model: &Model, setting: &Setting) {
    if model.metrics.is_empty() {
        return;
    }
    let values = binding::VALUES;
    let _ = writeln!(
        text,
        "@group(0) @binding({values}) var<storage, read_write> throng_values: array<u32>;\n\
         @group(0) @binding({values}) var<storage, read_write> throng_bins: array<atomic<u32>>;\n\
         var<workgroup> throng_totals: array<ThrongTotals, {WORKGROUP}>;\n\
         {REDUCE}"
    );
    for metric in 0..model.metrics.len() {
        match model.metrics[metric].reduction {
            Reduction::Histogram { bins, low, high } => {
                histogram(text, model, setting, metric, bins, low, high)
            }
            _ => totals(text, model, setting, metric),
        }
    }
}

/// What comes before the results that a dispatch's buffer holds: with several worlds, those of earlier worlds.
fn results_before(setting: &Setting) -> &'static str {
    if setting.worlds == 1 { "0u" } else { "throng_call.base" }
}

/// The head of an entry point, up to the world and the block that an invocation has.
fn head(text: &mut String, metric: usize, blocks: Blocks) {
    let _ = writeln!(
        text,
        "@compute @workgroup_size({WORKGROUP})\n\
         fn {entry}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {{\n\
         \x20   let offset = (group.y * groups.x + group.x) * {of_workgroup}u + thread / {lanes}u;\n\
         \x20   let lane = thread % {lanes}u;\n\
         \x20   let number = throng_call.first + offset;\n\
         \x20   let world = number / {count}u;\n\
         \x20   let block = number - world * {count}u;\n\
         \x20   var runs = offset < throng_call.count;\n\
         \x20   if runs {{ runs = throng_worlds[world].running != 0u; }}",
        entry = entry(&measure_function(metric)),
        of_workgroup = blocks.of_workgroup(),
        lanes = blocks.lanes,
        count = blocks.count(),
    );
}

/// The loop over the items of an invocation, with `statement` for those that count.
fn rounds(
    text: &mut String,
    blocks: Blocks,
    most: Option<&str>,
    ended: &str,
    condition: &str,
    statement: &str,
) {
    let Blocks { items, lanes, rounds } = blocks;
    if let Some(most) = most {
        // As many rounds as the world's agents need, however many they have become.
        let count = blocks.count();
        let _ = writeln!(
            text,
            "    if runs {{\n\
             \x20       for (var item = block * {lanes}u + lane; item < {most}; item += {}u) {{\n\
             \x20           if true{condition} {{ {statement} }}\n\
             \x20       }}{ended}\n\
             \x20   }}",
            count * lanes,
        );
        return;
    }
    let _ = writeln!(
        text,
        "    if runs {{\n\
         \x20       for (var round = 0u; round < {rounds}u; round++) {{\n\
         \x20           let item = (block * {rounds}u + round) * {lanes}u + lane;\n\
         \x20           if item < {items}u{condition} {{ {statement} }}\n\
         \x20       }}{ended}\n\
         \x20   }}"
    );
}

/// The statement that makes sure that the device let the loops over a metric's items end, where its function may have loops.
fn ended(model: &Model, metric: &Metric) -> &'static str {
    if measure_loops(model, metric) { " throng_ended(world);" } else { "" }
}

fn kind(values: ValueKind) -> &'static str {
    match values {
        ValueKind::U32 | ValueKind::Bool => "u32",
        ValueKind::I32 => "i32",
        ValueKind::F32 => "f32",
    }
}

fn totals(text: &mut String, model: &Model, setting: &Setting, metric: usize) {
    let declared = &model.metrics[metric];
    let blocks = blocks(model, setting, metric);
    let function = measure_function(metric);
    let merge = if declared.values == ValueKind::F32 { "throng_merge_floats" } else { "throng_merge" };
    let (condition, value) = match bits_of(model, setting, declared) {
        Some(layer) => (String::new(), word_totals(model, setting, layer, declared.over)),
        None => (
            format!(" && {function}_counts(world, item)"),
            format!(
                "throng_totals_{}({function}(world, item), {})",
                kind(declared.values),
                number(model, setting, declared.over)
            ),
        ),
    };
    head(text, metric, blocks);
    text.push_str("    var totals = ThrongTotals();\n");
    let most = varying(model, setting, declared.over);
    rounds(
        text,
        blocks,
        most.as_deref(),
        ended(model, declared),
        &condition,
        &format!("totals = {merge}(totals, {value});"),
    );
    if blocks.lanes > 1 {
        let _ = writeln!(
            text,
            "    throng_totals[thread] = totals;\n\
             \x20   for (var half = {half}u; half > 0u; half >>= 1u) {{\n\
             \x20       workgroupBarrier();\n\
             \x20       if lane < half {{ throng_totals[thread] = {merge}(throng_totals[thread], throng_totals[thread + half]); }}\n\
             \x20   }}\n\
             \x20   totals = throng_totals[thread];",
            half = blocks.lanes / 2,
        );
    }
    let _ = writeln!(
        text,
        "    if lane == 0u && runs {{ throng_write_totals((number - {before}) * {TOTALS_WORDS}u, totals); }}\n}}",
        before = results_before(setting),
    );
}

/// How many items there are, where the device knows it.
fn varying(model: &Model, setting: &Setting, over: Over) -> Option<String> {
    match over {
        Over::Agents(kind) if model.kinds[kind].varies => Some(model::number_of_kind(model, setting, kind)),
        _ => None,
    }
}

/// The number by which an item is known: an agent's own where it is not its place.
fn number(model: &Model, setting: &Setting, over: Over) -> String {
    match over {
        Over::Agents(kind) if model.kinds[kind].is_numbered() => {
            let room = model::room_of_kind(model, setting, kind);
            model::id_at(model, setting, kind, &format!("world * {room} + item"))
        }
        _ => "item".to_owned(),
    }
}

/// The totals of a word of a one-bit layer, over all its cells or the free ones.
fn word_totals(model: &Model, setting: &Setting, layer: usize, over: Over) -> String {
    let cells = setting.cells();
    let word = |layer: usize| {
        let declared = &model.layers[layer];
        let base = match setting.worlds == 1 || model.shared(layer) {
            true => String::new(),
            false => format!("world * {}u + ", declared.words(cells)),
        };
        format!("throng_word_{}({base}item)", declared.name)
    };
    let in_word = format!("min(32u, {cells}u - item * 32u)");
    match model.wall_layer().filter(|wall| over == Over::Free && !setting.absent(model, *wall)) {
        Some(wall) => {
            let (ones, walls) = (word(layer), word(wall));
            format!("throng_totals_bits(countOneBits({ones} & ~{walls}), {in_word} - countOneBits({walls}))")
        }
        None => format!("throng_totals_bits(countOneBits({}), {in_word})", word(layer)),
    }
}

fn histogram(
    text: &mut String,
    model: &Model,
    setting: &Setting,
    metric: usize,
    bins: u32,
    low: i32,
    high: i32,
) {
    let declared = &model.metrics[metric];
    let blocks = blocks(model, setting, metric);
    let function = measure_function(metric);
    let kind = kind(declared.values);
    let all = bins + 2;
    let place = format!("throng_bin_{kind}({function}(world, item), {bins}u, i32({low}), i32({high}))");
    let start = format!("(world - {} / {}u) * {all}u", results_before(setting), blocks.count());
    let condition = format!(" && {function}_counts(world, item)");
    let most = varying(model, setting, declared.over);
    // A workgroup that has a block to itself counts in its own memory first.
    let shared = blocks.lanes == WORKGROUP;
    let bin = match shared {
        true => format!("throng_counts_{metric}[{place}]"),
        false => format!("throng_bins[{start} + {place}]"),
    };
    if shared {
        let _ = writeln!(text, "var<workgroup> throng_counts_{metric}: array<atomic<u32>, {all}>;");
    }
    head(text, metric, blocks);
    let count = format!("atomicAdd(&{bin}, 1u);");
    rounds(text, blocks, most.as_deref(), ended(model, declared), &condition, &count);
    if !shared {
        text.push_str("}\n");
        return;
    }
    let _ = writeln!(
        text,
        "    workgroupBarrier();\n\
         \x20   if !runs {{ return; }}\n\
         \x20   for (var bin = thread; bin < {all}u; bin += {WORKGROUP}u) {{\n\
         \x20       let counted = atomicLoad(&throng_counts_{metric}[bin]);\n\
         \x20       if counted != 0u {{ atomicAdd(&throng_bins[{start} + bin], counted); }}\n\
         \x20   }}\n\
         }}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_take_every_item_once_and_are_few() {
        for items in [0, 1, 3, 4, 5, 17, 64, 255, 1000, 1024, 1025, 5000, 262_144, 262_145, 1 << 24, 1 << 31]
        {
            let blocks = Blocks::new(items);
            assert!(u64::from(blocks.size()) * u64::from(blocks.count()) >= items, "{items}");
            assert!(blocks.lanes.is_power_of_two() && WORKGROUP.is_multiple_of(blocks.lanes), "{items}");
            assert!(blocks.count() == 1 || blocks.lanes == WORKGROUP, "{items}");
            assert!(u64::from(blocks.count()) <= items.div_ceil(1024).max(1), "{items}");
        }
        assert_eq!(Blocks::new(9), Blocks { items: 9, lanes: 4, rounds: 3 });
        assert_eq!(Blocks::new(1 << 24).count(), 1024);
    }
}
