//! From a model and a batch to one plan: passes over buffers, which backends only execute.

mod backend;
mod kernels;
mod populations;
mod reductions;
mod resident;

use std::sync::Arc;

use naga::Module;
use naga::valid::ModuleInfo;

use crate::error::{Error, Result};
use crate::model::{self, Items, LayerUse, Metric, Model, Over, Setting, Source};
use crate::world::random::stream;
pub use backend::{Advance, Agents, Backend, Device, Schedule};
pub(crate) use backend::{check_length, replace, world_index};
pub(crate) use kernels::{VALUES, WORKGROUP};
pub(crate) use populations::{SCAN_BLOCK, Scan, entries as population_entries};
pub(crate) use reductions::{Blocks, TOTALS_WORDS};
pub(crate) use resident::{ENTRY as RESIDENT_ENTRY, buffers as resident_buffers, bytes as resident_bytes};

pub use model::normalise::FUEL_BY_DEFAULT as FUEL;

/// Binding numbers that all kernels share; layers follow them.
pub(crate) mod binding {
    /// `ThrongCall`: the step, and the range of items of a dispatch.
    pub const CALL: u32 = 0;
    /// `array<ThrongWorld>`: seed and whether the world still runs.
    pub const WORLDS: u32 = 1;
    /// `array<Params>`, one for each world.
    pub const PARAMETERS: u32 = 2;
    /// Pairs of how many agents of a kind there are, and the number that the next one born is given.
    pub const NUMBERS: u32 = 3;
    /// One word: bit n is set when stage n ran out of fuel.
    pub const STATUS: u32 = 4;
    /// Values of a metric on the CPU; partial results on a GPU.
    pub const VALUES: u32 = 5;
    /// Where each node's neighbours begin, and the neighbours.
    pub const GRAPH: u32 = crate::model::GRAPH_BINDING;
}

/// The last bit of the status word that is a stage's own; later stages share it.
pub(crate) const LAST_BIT: u32 = 26;
/// The bit of the status word that says that a metric's function ran out of fuel.
pub(crate) const MEASURE_BIT: u32 = 27;
/// The bit of the status word that says that the device ended a loop by itself.
pub(crate) const CUT_BIT: u32 = 28;
/// The bit of the status word that says that an agent had too many young.
pub(crate) const OVERBORN_BIT: u32 = 29;

/// Which kind of backend a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Functions only: the CPU loops over items itself.
    Cpu,
    /// Functions and entry points.
    Gpu,
    /// One entry point that takes a world through many steps.
    Resident,
}

/// Everything that a backend needs to know of a model on a batch of worlds.
#[derive(Debug)]
pub struct Plan {
    /// The model.
    pub model: Arc<Model>,
    /// The grid and the batch that the kernels are made for.
    pub setting: Setting,
    /// The model's text with its interface and kernels.
    pub text: String,
    /// The same, parsed and normalised: shifts masked, loops bounded.
    pub module: Module,
    /// What naga's validator knows of the module.
    pub info: ModuleInfo,
    /// Layers filled by a function, in order.
    pub fills: Vec<Pass>,
    /// The start functions of the kinds that have one.
    pub starts: Vec<Pass>,
    /// The stages of a step.
    pub stages: Vec<Pass>,
    /// How the metrics are measured.
    pub metrics: Vec<Measure>,
}

/// One function run for all items of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// The name that the user knows.
    pub name: String,
    /// The function `fn(world: u32, item: u32)`.
    pub function: String,
    /// The function of the same kind that only brings near what this one will read, where that is worth it.
    pub approach: Option<String>,
    /// The entry point, on a GPU.
    pub entry: String,
    /// The stage number of its random stream.
    pub stream: u32,
    /// Its bit in the status word.
    pub bit: u32,
    /// Whether it draws random numbers.
    pub draws: bool,
    /// What it runs for.
    pub items: Items,
    /// Kinds of agents that it looks for by their places.
    pub seeks: Vec<usize>,
    /// Kinds of agents that are born in it.
    pub bears: Vec<usize>,
    /// What it leaves to be summed up, on a GPU.
    pub(crate) scans: Vec<Scan>,
    /// Whether its agents may die.
    pub dies: bool,
    /// It runs in the steps whose number is a multiple of this.
    pub every: u32,
    /// What it does with each layer.
    pub layers: Vec<LayerUse>,
}

impl Pass {
    /// How many items it runs for in a world with so many cells, where they are not agents.
    pub(crate) fn places(&self, cells: u64) -> u32 {
        self.items.places(cells) as u32
    }

    /// The kind of agents that its items are, if they are agents.
    pub fn kind(&self) -> Option<usize> {
        self.items.kind()
    }

    /// Whether it runs in a step of this number; kernels count steps in 32 bits.
    pub fn is_due(&self, step: u64) -> bool {
        (step as u32).is_multiple_of(self.every)
    }
}

/// How a metric is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// The metric.
    pub metric: Metric,
    /// `fn(world: u32, item: u32) -> u32`, the value's bits.
    pub function: String,
    /// `fn(world: u32, item: u32)`, which writes the value and whether it counts into `throng_values`, on the CPU.
    pub writer: String,
    /// The entry point that reduces blocks of values to totals or bins, on a GPU.
    pub entry: String,
    /// How a GPU splits a world's items.
    pub(crate) blocks: Blocks,
    /// A one-bit layer whose set bits are all that the metric needs to know.
    pub bits_of: Option<usize>,
    /// What measuring reads.
    pub layers: Vec<LayerUse>,
}

impl Plan {
    /// Makes the plan.
    ///
    /// # Errors
    /// When the rule uses a construct that cannot be run.
    pub fn new(model: Arc<Model>, setting: Setting, target: Target) -> Result<Plan> {
        let text = format!(
            "{}\n{}{}",
            model.source,
            model::interface(&model, &setting),
            kernels::kernels(&model, &setting, target)?
        );
        let mut module = naga::front::wgsl::parse_str(&text).map_err(|error| {
            Error::Internal(format!("generated kernels do not parse: {}", error.emit_to_string(&text)))
        })?;
        model::normalise::normalise(&mut module)
            .map_err(|why| model::mistakes_of_naga(&model, &why, None))?;
        let info = model::validate(&module).map_err(|error| {
            Error::Internal(format!("generated kernels are not valid: {}", error.emit_to_string(&text)))
        })?;
        let pass = |stage: &model::Stage, stream: u32, bit: u32| Pass {
            name: stage.name.clone(),
            function: kernels::stage_function(&stage.name),
            approach: kernels::approach_function(&model, &setting, stage),
            entry: kernels::entry(&stage.name),
            stream,
            bit,
            draws: stage.draws,
            items: stage.items,
            seeks: (0..model.kinds.len()).filter(|kind| stage.kinds[*kind].seeks).collect(),
            bears: stage.bears().collect(),
            scans: populations::tallied(&model, stage),
            dies: stage.dies,
            every: stage.every,
            layers: stage.layers.clone(),
        };
        let fills = kernels::fills(&model)
            .map(|(index, function)| Pass {
                name: function.to_owned(),
                function: kernels::fill_function(&model.layers[index].name),
                approach: None,
                entry: kernels::entry(&kernels::fill_function(&model.layers[index].name)),
                stream: stream::FILL + index as u32,
                bit: 30,
                draws: true,
                items: Items::Cells,
                seeks: Vec::new(),
                bears: Vec::new(),
                scans: Vec::new(),
                dies: false,
                every: 1,
                layers: fill_uses(&model, index),
            })
            .collect();
        let stages =
            (0..).zip(&model.stages).map(|(index, stage)| pass(stage, index, index.min(LAST_BIT))).collect();
        let starts = (0..).zip(&model.kinds);
        let starts = starts
            .filter_map(|(index, kind)| Some(pass(kind.start.as_ref()?, stream::START + index, 31)))
            .collect();
        let metrics = model
            .metrics
            .iter()
            .enumerate()
            .map(|(index, metric)| measure(&model, &setting, index, metric))
            .collect();
        Ok(Plan { setting, text, module, info, fills, starts, stages, metrics, model })
    }

    /// 32-bit words that a layer takes in one world; 0 when it is absent.
    pub fn layer_words(&self, layer: usize) -> u64 {
        if self.setting.absent(&self.model, layer) {
            0
        } else {
            self.model.layers[layer].words(self.setting.cells())
        }
    }

    /// 32-bit words that an agent of a kind takes.
    pub fn agent_words(&self, kind: usize) -> u32 {
        self.model.kinds[kind].layout.stride / 4
    }

    /// The name of the pass whose bit is set in a status word, for messages.
    pub fn out_of_fuel(&self, status: u32) -> Option<Error> {
        if status >> CUT_BIT & 1 == 1 {
            return Some(Error::Device {
                why: "the device ended a loop that was not done, as software devices do after 65,535 rounds"
                    .into(),
                remedy:
                    "use `--backend cpu` or `--schedule wide`, or let loops (also those over neighbours) end sooner"
                        .into(),
            });
        }
        if status >> OVERBORN_BIT & 1 == 1 {
            let bears = self.stages.iter().filter(|pass| !pass.bears.is_empty());
            let stages: Vec<String> = bears.clone().map(|pass| format!("`{}`", pass.name)).collect();
            let mut kinds: Vec<usize> = bears.flat_map(|pass| pass.bears.iter().copied()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            let young =
                |kind: usize| format!("{} `{}`", self.model.kinds[kind].births, self.model.kinds[kind].name);
            let most: Vec<String> = kinds.into_iter().map(young).collect();
            return Some(Error::Rule {
                why: format!(
                    "an agent bore more young in {} than it can in one stage: {}",
                    stages.join(" or "),
                    most.join(", "),
                ),
                remedy: "raise `births` of the kind that is born, in its table under `[agents]`".into(),
            });
        }
        if status >> MEASURE_BIT & 1 == 1 {
            let functions = self.metrics.iter().filter_map(|measure| match &measure.metric.source {
                Source::Function(function) => Some(format!("`{function}`")),
                _ => None,
            });
            let mut functions: Vec<String> = functions.collect();
            functions.dedup();
            return Some(Error::Rule {
                why: format!(
                    "a loop in what is measured ({}) did not end: {FUEL} iterations were spent on one item",
                    functions.join(", ")
                ),
                remedy: "give the loop a bound that it reaches".into(),
            });
        }
        let passes = self.fills.iter().chain(&self.starts).chain(&self.stages);
        let pass = passes.into_iter().find(|pass| status >> pass.bit & 1 == 1)?;
        let (name, what) = (&pass.name, if pass.kind().is_none() { "a cell" } else { "an agent" });
        Some(Error::Rule {
            why: format!("a loop in `{name}` did not end: {what} spent {FUEL} iterations in one step"),
            remedy: "give the loop a bound that it reaches".into(),
        })
    }
}

/// Bytes that a world of a model takes: its agents, its layers, and their second copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Bytes of agents in a world.
    pub agents: u64,
    /// Bytes of layers in a world, second copies included.
    pub layers: u64,
    /// Bytes of layers that all worlds share.
    pub shared: u64,
}

impl Footprint {
    /// Reckons it, without allocating anything.
    pub fn of(model: &Model, setting: &Setting) -> Footprint {
        let mut footprint = Footprint {
            agents: (model.kinds.iter().zip(&setting.agents))
                .map(|(kind, agents)| kind_bytes(kind, setting, u64::from(*agents)))
                .sum(),
            layers: 0,
            shared: 0,
        };
        for (index, layer) in model.layers.iter().enumerate() {
            let bytes = 4 * layer.words(setting.cells()) * u64::from(model.copies(index));
            if setting.absent(model, index) {
                continue;
            } else if model.shared(index) {
                footprint.shared += bytes;
            } else {
                footprint.layers += bytes;
            }
        }
        footprint
    }

    /// Bytes of a batch.
    pub fn batch(&self, worlds: u64) -> u64 {
        self.shared.saturating_add((self.agents + self.layers).saturating_mul(worlds))
    }
}

/// As many agents of each kind as there can be after a step that begins with so many.
pub(crate) fn most_after_step(model: &Model, agents: &mut [u64]) {
    for stage in &model.stages {
        let Some(parents) = stage.kind().map(|kind| agents[kind]) else { continue };
        for born in stage.bears() {
            agents[born] =
                agents[born].saturating_add(parents.saturating_mul(model.kinds[born].births.into()));
        }
    }
}

/// Bytes that so many agents of a kind take in a world, with what finding their neighbours and their births take.
pub(crate) fn kind_bytes(kind: &model::Kind, setting: &Setting, agents: u64) -> u64 {
    let stride = u64::from(kind.layout.stride);
    let mut bytes = agents * stride;
    if let Some([columns, rows]) = kind.bins(setting.width, setting.height) {
        // As they stood when they were sorted, where, and their numbers before and after.
        bytes += agents * (stride + 16) + 4 * u64::from(columns) * u64::from(rows);
    }
    if kind.varies {
        // As many again while they are moved up, who lives, what they are numbered by, and the young of a stage.
        bytes += agents * (stride + 16) + agents * u64::from(kind.births) * stride;
    }
    bytes
}

/// Filling writes its own layer and may read those before it.
fn fill_uses(model: &Model, index: usize) -> Vec<LayerUse> {
    (0..model.layers.len())
        .map(|layer| LayerUse {
            reads: layer < index,
            changes: (layer == index).then_some(model::Effect::Or),
        })
        .collect()
}

fn measure(model: &Model, setting: &Setting, index: usize, metric: &Metric) -> Measure {
    let wall = model.wall_layer().filter(|_| metric.over == Over::Free);
    let layers = (0..model.layers.len())
        .map(|layer| LayerUse {
            reads: matches!(metric.source, Source::Function(_))
                || metric.source == Source::Layer(layer)
                || wall == Some(layer),
            changes: None,
        })
        .collect();
    Measure {
        metric: metric.clone(),
        function: kernels::measure_function(index),
        writer: kernels::writer_function(index),
        entry: kernels::entry(&kernels::measure_function(index)),
        blocks: reductions::blocks(model, setting, index),
        bits_of: bits_of(model, setting, metric),
        layers,
    }
}

/// The one-bit layer of which a metric needs to know only how many bits are set.
fn bits_of(model: &Model, setting: &Setting, metric: &Metric) -> Option<usize> {
    let wall = model.wall_layer().filter(|wall| metric.over == Over::Free && !setting.absent(model, *wall));
    match metric.source {
        Source::Layer(layer) if model.layers[layer].bits == 1 && !setting.absent(model, layer) => {
            let words_match = wall.is_none_or(|wall| model.layers[wall].bits == 1);
            (words_match && metric.reduction.is_of_counts()).then_some(layer)
        }
        _ => None,
    }
}
