//! The WGSL of kernels that measure on a GPU: each workgroup reduces a block of one world's items to totals or bins.

use std::fmt::Write;

use super::kernels::{WORKGROUP, entry, measure_function};
use super::{binding, bits_of};
use crate::model::{Model, Over, Reduction, Setting, ValueKind};

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
    /// Items that each invocation takes.
    pub rounds: u32,
}

impl Blocks {
    pub fn new(items: u64) -> Blocks {
        let rounds = (items >> 18).next_power_of_two().clamp(1, 64) as u32;
        Blocks { items, rounds }
    }

    /// Items of a block.
    pub fn size(self) -> u32 {
        WORKGROUP * self.rounds
    }

    /// Blocks of a world, at least one.
    pub fn count(self) -> u32 {
        self.items.div_ceil(self.size().into()).max(1) as u32
    }
}

/// The blocks of a metric.
pub(super) fn blocks(model: &Model, setting: &Setting, metric: usize) -> Blocks {
    Blocks::new(match bits_of(model, setting, &model.metrics[metric]) {
        Some(layer) => model.layers[layer].words(setting.cells()),
        None if model.metrics[metric].over == Over::Agents => setting.agents.into(),
        None => setting.cells(),
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
            Reduction::Histogram { bins, low, high } => histogram(text, model, setting, metric, bins, low, high),
            _ => totals(text, model, setting, metric),
        }
    }
}

/// What comes before the results that a dispatch's buffer holds: with several worlds, those of earlier worlds.
fn results_before(setting: &Setting) -> &'static str {
    if setting.worlds == 1 { "0u" } else { "throng_call.base" }
}

/// The head of an entry point, up to the world and the block that the workgroup has.
fn head(text: &mut String, metric: usize, blocks: Blocks) {
    let _ = writeln!(
        text,
        "@compute @workgroup_size({WORKGROUP})\n\
         fn {entry}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {{\n\
         \x20   let offset = group.y * groups.x + group.x;\n\
         \x20   if offset >= throng_call.count {{ return; }}\n\
         \x20   let number = throng_call.first + offset;\n\
         \x20   let world = number / {count}u;\n\
         \x20   let block = number - world * {count}u;\n\
         \x20   let runs = throng_worlds[world].running != 0u;",
        entry = entry(&measure_function(metric)),
        count = blocks.count(),
    );
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
            format!("throng_totals_{}({function}(world, item), item)", kind(declared.values)),
        ),
    };
    head(text, metric, blocks);
    let _ = writeln!(
        text,
        "    var totals = ThrongTotals();\n\
         \x20   if runs {{\n\
         \x20       for (var round = 0u; round < {rounds}u; round++) {{\n\
         \x20           let item = (block * {rounds}u + round) * {WORKGROUP}u + thread;\n\
         \x20           if item < {items}u{condition} {{ totals = {merge}(totals, {value}); }}\n\
         \x20       }}\n\
         \x20   }}\n\
         \x20   throng_totals[thread] = totals;\n\
         \x20   for (var half = {half}u; half > 0u; half >>= 1u) {{\n\
         \x20       workgroupBarrier();\n\
         \x20       if thread < half {{ throng_totals[thread] = {merge}(throng_totals[thread], throng_totals[thread + half]); }}\n\
         \x20   }}\n\
         \x20   if thread == 0u && runs {{ throng_write_totals((number - {before}) * {TOTALS_WORDS}u, throng_totals[0]); }}\n\
         }}",
        rounds = blocks.rounds,
        items = blocks.items,
        half = WORKGROUP / 2,
        before = results_before(setting),
    );
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

fn histogram(text: &mut String, model: &Model, setting: &Setting, metric: usize, bins: u32, low: i32, high: i32) {
    let declared = &model.metrics[metric];
    let blocks = blocks(model, setting, metric);
    let function = measure_function(metric);
    let kind = kind(declared.values);
    let all = bins + 2;
    let _ = writeln!(text, "var<workgroup> throng_counts_{metric}: array<atomic<u32>, {all}>;");
    head(text, metric, blocks);
    let _ = writeln!(
        text,
        "    if runs {{\n\
         \x20       for (var round = 0u; round < {rounds}u; round++) {{\n\
         \x20           let item = (block * {rounds}u + round) * {WORKGROUP}u + thread;\n\
         \x20           if item < {items}u && {function}_counts(world, item) {{\n\
         \x20               atomicAdd(&throng_counts_{metric}[throng_bin_{kind}({function}(world, item), {bins}u, i32({low}), i32({high}))], 1u);\n\
         \x20           }}\n\
         \x20       }}\n\
         \x20   }}\n\
         \x20   workgroupBarrier();\n\
         \x20   if !runs {{ return; }}\n\
         \x20   let start = (world - {before} / {count}u) * {all}u;\n\
         \x20   for (var bin = thread; bin < {all}u; bin += {WORKGROUP}u) {{\n\
         \x20       let counted = atomicLoad(&throng_counts_{metric}[bin]);\n\
         \x20       if counted != 0u {{ atomicAdd(&throng_bins[start + bin], counted); }}\n\
         \x20   }}\n\
         }}",
        rounds = blocks.rounds,
        items = blocks.items,
        count = blocks.count(),
        before = results_before(setting),
    );
}
