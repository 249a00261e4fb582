//! What a model's head declares: parameters, layers, kinds of agents, metrics, the grid.

use super::body::{AgentLayout, Stage};

/// A parameter: a number that is the same for all agents of a world and may differ between worlds.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name that rules read as `params.name`.
    pub name: String,
    /// How the number is stored.
    pub kind: ParameterKind,
    /// Its value unless it is set.
    pub default: f64,
    /// The least and the greatest value allowed.
    pub range: [f64; 2],
    /// One line for people.
    pub help: String,
    /// The vector that it is an element of; its name is then that of the vector with the place, as in `weights[3]`.
    pub element: Option<Element>,
}

/// A parameter's place in a vector parameter, whose elements stand one after the other among the model's parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The name that rules read as `params.name[i]`.
    pub vector: String,
    /// The place, from 0.
    pub index: u32,
    /// Elements of the vector.
    pub count: u32,
}

/// How a parameter's number is stored in 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// `i32`, a whole number.
    I32,
    /// `u32`, a whole number.
    U32,
    /// `i32` in Q16.16 fixed point: the number times 65,536, rounded to nearest.
    Fixed,
    /// `u32`, a fraction of 2^32, for `random_chance`; 1 is 0xffffffff, which `random_chance` takes as always.
    Probability,
    /// `f32`; the model is then compared within a tolerance.
    F32,
}

impl ParameterKind {
    /// Every kind with the word that a model file uses for it.
    pub const ALL: [(ParameterKind, &'static str); 5] = [
        (ParameterKind::I32, "i32"),
        (ParameterKind::U32, "u32"),
        (ParameterKind::Fixed, "fixed"),
        (ParameterKind::Probability, "probability"),
        (ParameterKind::F32, "f32"),
    ];

    /// The word that a model file uses for this kind.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The WGSL type of `params.name`.
    pub fn wgsl(self) -> &'static str {
        match self {
            ParameterKind::I32 | ParameterKind::Fixed => "i32",
            ParameterKind::U32 | ParameterKind::Probability => "u32",
            ParameterKind::F32 => "f32",
        }
    }

    /// All the numbers that the kind can hold.
    pub fn limits(self) -> [f64; 2] {
        match self {
            ParameterKind::I32 => [i32::MIN as f64, i32::MAX as f64],
            ParameterKind::U32 => [0.0, u32::MAX as f64],
            ParameterKind::Fixed => [-32768.0, 32767.0],
            ParameterKind::Probability => [0.0, 1.0],
            ParameterKind::F32 => [f32::MIN as f64, f32::MAX as f64],
        }
    }

    /// Whether only whole numbers are held.
    pub fn whole(self) -> bool {
        matches!(self, ParameterKind::I32 | ParameterKind::U32)
    }
}

impl Parameter {
    /// Why `value` is not allowed, if it is not.
    pub fn refuse(&self, value: f64) -> Option<String> {
        let [low, high] = self.range;
        if !(low..=high).contains(&value) {
            Some(format!("parameter `{}` cannot be {value}: it goes from {low} to {high}", self.name))
        } else if self.kind.whole() && value.fract() != 0.0 {
            Some(format!("parameter `{}` cannot be {value}: it is a whole number", self.name))
        } else {
            None
        }
    }

    /// The 32 bits that rules see for `value`, which must be allowed.
    pub fn word(&self, value: f64) -> u32 {
        match self.kind {
            ParameterKind::I32 => value as i32 as u32,
            ParameterKind::U32 => value as u32,
            ParameterKind::Fixed => (value * 65536.0).round() as i32 as u32,
            ParameterKind::Probability => (value * 4294967296.0).round() as u32,
            ParameterKind::F32 => (value as f32).to_bits(),
        }
    }
}

/// A layer: one number for each cell of the grid, or one of the whole world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The name that rules read it by.
    pub name: String,
    /// Bits a cell: 1, 8, 16 or 32.
    pub bits: u32,
    /// What the cells hold at first.
    pub initial: Initial,
    /// What reading outside of a walled grid gives.
    pub outside: u32,
    /// Whether agents claim its cells: each word then holds the priority of the claim that wins.
    pub claim: bool,
    /// Whether it is one number of the whole world: what a stage has brought together is read until that stage runs again.
    pub total: bool,
    /// One line for people.
    pub help: String,
}

/// Parts of a total that a stage is bringing together, each by some of its items, so that these seldom wait for each other.
pub(crate) const TOTAL_PARTS: u64 = 64;

impl Layer {
    /// The greatest number that a cell can hold.
    pub fn maximum(&self) -> u32 {
        u32::MAX >> (32 - self.bits)
    }

    /// 32-bit words that `cells` cells take.
    pub fn words(&self, cells: u64) -> u64 {
        match self.total {
            // The number that is read, then the parts.
            true => 1 + TOTAL_PARTS,
            false => cells.div_ceil(u64::from(32 / self.bits)),
        }
    }

    /// Numbers in a world of so many cells.
    pub fn numbers(&self, cells: u64) -> u64 {
        if self.total { 1 } else { cells }
    }
}

/// What a layer's cells hold before the first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Initial {
    /// 1 where the map is blocked or cannot be reached, else 0.
    Map,
    /// The same number everywhere.
    Constant(u32),
    /// What the named function of the cell's position gives.
    Function(String),
}

/// An order-free change that a rule makes to a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Adds, modulo 2^bits.
    Add,
    /// Sets bits.
    Or,
    /// Keeps bits.
    And,
    /// Flips bits.
    Xor,
    /// Lowers to at most.
    Min,
    /// Raises to at least.
    Max,
    /// Replaces the value of the stage's own cell; only in stages over cells, where nobody else does.
    Set,
    /// Asks for the cell: of those who do in one stage, one wins, each equally likely.
    Claim,
}

impl Effect {
    /// All effects.
    pub const ALL: [Effect; 8] = [
        Effect::Add,
        Effect::Or,
        Effect::And,
        Effect::Xor,
        Effect::Min,
        Effect::Max,
        Effect::Set,
        Effect::Claim,
    ];

    /// What the names of its functions begin with, on layers of one bit and on wider ones.
    pub(super) fn verbs(self) -> [&'static str; 2] {
        match self {
            Effect::Add => ["add", "add"],
            Effect::Or => ["mark", "or"],
            Effect::And => ["clear", "and"],
            Effect::Xor => ["toggle", "xor"],
            Effect::Min => ["min", "min"],
            Effect::Max => ["max", "max"],
            Effect::Set => ["set", "set"],
            Effect::Claim => ["claim", "claim"],
        }
    }

    /// The function that rules call for this effect on a layer: on one-bit layers `mark_`, `clear_` and `toggle_`
    /// (the others would be the same again), on wider ones `add_`, `or_`, `and_`, `xor_`, `min_` and `max_`; on all of
    /// them `set_`, which takes no place. Layers that are claimed have `claim_` alone.
    pub fn function(self, layer: &Layer) -> Option<String> {
        let [narrow, wide] = self.verbs();
        if layer.claim != (self == Effect::Claim) || (layer.total && self == Effect::Set) {
            return None;
        }
        let verb = match (self, layer.bits) {
            (Effect::Add | Effect::Min | Effect::Max, 1) => return None,
            (_, 1) => narrow,
            _ => wide,
        };
        Some(format!("{verb}_{}", layer.name))
    }
}

/// How many agents of a kind a world has at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Population {
    /// So many, unless the user says otherwise.
    Given(u32),
    /// As many as a parameter says, by its place among the model's; worlds may differ.
    Parameter(usize),
}

/// What an agent's `pos` counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Cells.
    Grid,
    /// Q16.16 fixed point: cells times 65,536. The space is as large as the grid.
    Continuous,
}

/// Agents that have the same fields: wolves, or sheep.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// The name that tables and functions bear: `agent` when a model has one kind alone.
    pub name: String,
    /// The structure in the model's text: `Agent`, `Wolf`.
    pub structure: String,
    /// The fields in memory.
    pub layout: AgentLayout,
    /// How many there are at first.
    pub number: Population,
    /// Where they stand at first.
    pub placement: Placement,
    /// What `pos` counts in.
    pub space: Space,
    /// Cells on a side of the squares by which agents are sorted so that their neighbours are found, if rules look for them.
    pub near: Option<u32>,
    /// Young that an agent has in one stage, at most.
    pub births: u32,
    /// What an agent's first state is made by: a stage that runs before the first step.
    pub start: Option<Stage>,
    /// Whether the number of agents changes, or differs between worlds.
    pub varies: bool,
}

/// Where agents stand before the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Each on a free, reachable cell drawn uniformly; several may share one.
    Anywhere,
    /// All on one such cell: the reachable cell nearest to the grid's centre.
    Together,
    /// Each on a free, reachable cell of its own, all choices equally likely.
    Apart,
}

/// A number that a run reports: a reduction of one value per agent or per cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name in tables.
    pub name: String,
    /// How the values become one.
    pub reduction: Reduction,
    /// Where the values come from.
    pub source: Source,
    /// The type of the values.
    pub values: ValueKind,
    /// Which items are reduced.
    pub over: Over,
    /// The values are Q16.16 fixed point and are reported divided by 65,536.
    pub fixed: bool,
}

/// How many values become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// How many values are not zero.
    Count,
    /// Their sum.
    Sum,
    /// Their arithmetic mean.
    Mean,
    /// Their population variance, mean of squares minus square of mean.
    Variance,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The item (agent's id or cell's index) with the least value; the lowest id among equals.
    ArgMin,
    /// The item with the greatest value; the lowest id among equals.
    ArgMax,
    /// How many values fall in each of `bins` equal parts of `low..high`, with those below and above counted apart.
    Histogram {
        /// Number of bins, 1 to 1024.
        bins: u32,
        /// The first bin's lower edge.
        low: i32,
        /// The last bin's upper edge, not included.
        high: i32,
    },
}

impl Reduction {
    /// Whether it is of how many values there are, how many are not zero, and their sum.
    pub(crate) fn is_of_sums(self) -> bool {
        matches!(self, Reduction::Count | Reduction::Sum | Reduction::Mean)
    }

    /// Whether of values that are 0 or 1 it needs to know no more than how many there are of each.
    pub(crate) fn is_of_counts(self) -> bool {
        self.is_of_sums() || self == Reduction::Variance
    }
}

/// Where a metric's values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A layer, by its index in the model.
    Layer(usize),
    /// A field of the agent, as WGSL writes it: `found`, `pos.x`.
    Field(String),
    /// Every agent counts as 1.
    Everyone,
    /// A function of the model's file that takes an `Agent` or a cell's position and gives i32, u32, f32 or bool.
    Function(String),
}

/// Which items a metric is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// All agents of a kind, by its place in the model.
    Agents(usize),
    /// All cells.
    Cells,
    /// The cells that are free and can be reached.
    Free,
}

/// The type of a metric's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// `u32`, which layers hold.
    U32,
    /// `i32`.
    I32,
    /// `f32`; reduced in a fixed order, and compared between backends within a tolerance.
    F32,
    /// `bool`, counted as 0 and 1.
    Bool,
}

/// Which cells are next to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbours {
    /// Those that share a side.
    Four,
    /// Those that share a side or a corner; a diagonal step may pass between two blocked cells.
    Eight,
}
