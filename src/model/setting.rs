//! What a model runs on, as its rules and kernels see it: the grid, the batch, the numbers by which buffers are bound.

use super::Model;
use super::declaration::Initial;

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
    /// The agents, in the order in which they were last sorted, behind them those born since; in the order of their numbers if
    /// they never were.
    Agents,
    /// Their numbers, where agents are born, die or are sorted; elsewhere an agent's number is its place. On a GPU with how
    /// many have lower ones, where that is not their place.
    Ids,
    /// 1 for those that have not died in this stage.
    Alive,
    /// How many young of this kind each agent of the stage has.
    Births,
    /// The young, `births` places for each agent of the stage.
    Born,
    /// For each square of the grid, how many agents are in it and those before it.
    Ends,
    /// The agents as they stood when they were sorted.
    Near,
    /// The square of each agent, on a GPU.
    Squares,
    /// A word for each agent between kernels, on a GPU: the places by square, in any order, while agents are sorted; 1 for those
    /// that have not died, in the order of their numbers, while it is settled who died.
    Loose,
    /// What the agents are after some have died, on a GPU.
    NextAgents,
    /// The same of their numbers, and those of the agents as they are sorted.
    NextIds,
    /// Sums of parts of an array that is summed up, on a GPU.
    Sums,
}

impl Part {
    /// All parts, in the order of their binding numbers.
    pub(crate) const ALL: [Part; 12] = [
        Part::Agents,
        Part::Ids,
        Part::Alive,
        Part::Births,
        Part::Born,
        Part::Ends,
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
