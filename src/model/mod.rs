//! A model file: read, checked, described.

mod body;
mod counts;
mod declaration;
mod effects;
mod graph;
mod head;
mod interface;
mod kinds;
mod layers;
mod metrics;
mod names;
pub mod normalise;
mod parse;
mod picture;
mod read;
mod setting;
mod stages;
mod table;
mod tokens;
mod wording;

use std::path::Path;
use std::sync::Arc;

pub use body::{AgentLayout, Field, FieldKind, Items, KindUse, LayerUse, Stage};
pub use declaration::{
    Effect, Element, Initial, Kind, Layer, Metric, Neighbours, Over, Parameter, ParameterKind, Placement,
    Population, Reduction, Source, Space, ValueKind,
};
pub use graph::{GraphKind, GraphShape};
pub(crate) use head::mistake_in_toml;
pub(crate) use interface::interface;
pub(crate) use kinds::{id_at, id_element, number as number_of_kind, room as room_of_kind};
pub(crate) use metrics::metric_from_toml;
pub(crate) use names::nearest;
pub(crate) use parse::validate;
pub use picture::Appearance;
pub(crate) use read::mistakes_of_naga;
pub(crate) use setting::{GRAPH_BINDING, Part, TRACKED_WORDS, segments};
pub use setting::{Host, Setting};
pub(crate) use table::{Table, as_number, as_whole, wrong_type};

use crate::error::{Error, Result};

/// A model: one WGSL file whose head declares what its rules use.
///
/// Models are cheap to clone and can be shared between threads.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its name: a built-in model's, or the file's without the ending.
    pub name: String,
    /// The file it came from, as the user wrote it; none for a built-in model or one from text.
    pub file: Option<String>,
    /// The whole text of the file.
    pub source: Arc<str>,
    /// One line that says what it is.
    pub title: String,
    /// Which cells are neighbours, for reachability: 4 or 8.
    pub neighbours: Neighbours,
    /// Whether the grid is a torus unless a map or the user says otherwise.
    pub wraps: bool,
    /// Columns and rows unless a map or the user says otherwise.
    pub size: [u32; 2],
    /// The graph that its rules look along, unless the user gives another; none where rules know of none.
    pub graph: Option<GraphShape>,
    /// The kinds of agents, in the order of the file; none where all stages are over cells.
    pub kinds: Vec<Kind>,
    /// The parameters, in the order of the file.
    pub parameters: Vec<Parameter>,
    /// The layers, in the order of the file.
    pub layers: Vec<Layer>,
    /// The stages of a step, in order.
    pub stages: Vec<Stage>,
    /// The metrics, in the order of the file.
    pub metrics: Vec<Metric>,
    /// How layers and kinds look in pictures, where the file says so.
    pub picture: Vec<Appearance>,
    /// Whether all state is integer, so that results are the same bits everywhere; false when `f32` is used.
    pub exact: bool,
    /// Whether any function of the model's own text has a loop.
    pub loops: bool,
}

/// The built-in models: ordinary model files without privileges.
const BUILTIN: &[(&str, &str)] = &[
    ("explorers", include_str!("../../shaders/models/explorers.wgsl")),
    ("walkers", include_str!("../../shaders/models/walkers.wgsl")),
    ("node-counting", include_str!("../../shaders/models/node-counting.wgsl")),
    ("life", include_str!("../../shaders/models/life.wgsl")),
    ("forest-fire", include_str!("../../shaders/models/forest-fire.wgsl")),
    ("langton", include_str!("../../shaders/models/langton.wgsl")),
    ("sandpile", include_str!("../../shaders/models/sandpile.wgsl")),
    ("sir", include_str!("../../shaders/models/sir.wgsl")),
    ("sir-network", include_str!("../../shaders/models/sir-network.wgsl")),
    ("ants", include_str!("../../shaders/models/ants.wgsl")),
    ("physarum", include_str!("../../shaders/models/physarum.wgsl")),
    ("dla", include_str!("../../shaders/models/dla.wgsl")),
    ("traffic", include_str!("../../shaders/models/traffic.wgsl")),
    ("tasep", include_str!("../../shaders/models/tasep.wgsl")),
    ("ising", include_str!("../../shaders/models/ising.wgsl")),
    ("wealth", include_str!("../../shaders/models/wealth.wgsl")),
    ("schelling", include_str!("../../shaders/models/schelling.wgsl")),
    ("wolf-sheep", include_str!("../../shaders/models/wolf-sheep.wgsl")),
    ("vicsek", include_str!("../../shaders/models/vicsek.wgsl")),
    ("sugarscape", include_str!("../../shaders/models/sugarscape.wgsl")),
    ("pphpc", include_str!("../../shaders/models/pphpc.wgsl")),
    ("boids", include_str!("../../shaders/models/boids.wgsl")),
    ("learned-explorers", include_str!("../../shaders/models/learned-explorers.wgsl")),
];

/// The model that `throng new` writes.
pub const TEMPLATE: &str = include_str!("../../shaders/models/template.wgsl");

impl Model {
    /// The names of the built-in models.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// A built-in model.
    ///
    /// # Errors
    /// When there is none of that name; the message lists those there are.
    pub fn builtin(name: &str) -> Result<Model> {
        match BUILTIN.iter().find(|(builtin, _)| *builtin == name) {
            Some((_, source)) => read::read(name, None, source),
            None => Err(Error::argument(
                format!("there is no built-in model `{name}`"),
                match nearest(name, Self::builtin_names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "the built-in models are {}; a model file is named with its path, ending in .wgsl",
                        Self::builtin_names().collect::<Vec<_>>().join(", ")
                    ),
                },
            )),
        }
    }

    /// A model from a file.
    ///
    /// # Errors
    /// When the file cannot be read, or with every mistake found in it.
    pub fn file(path: impl AsRef<Path>) -> Result<Model> {
        let path = path.as_ref();
        let source = read_text(path)?;
        let name = path.file_stem().map_or("model".into(), |stem| stem.to_string_lossy());
        read::read(&name, Some(path.display().to_string()), &source)
    }

    /// A model from the text of a model file.
    ///
    /// # Errors
    /// With every mistake found in it.
    pub fn text(name: &str, source: &str) -> Result<Model> {
        read::read(name, None, source)
    }

    /// A built-in model's name, or the path of a model file (recognised by a `/`, a `\` or the ending `.wgsl`).
    ///
    /// # Errors
    /// As [`Model::builtin`] and [`Model::file`].
    pub fn named(name_or_path: &str) -> Result<Model> {
        if name_or_path.ends_with(".wgsl") || name_or_path.contains(['/', '\\']) {
            Model::file(name_or_path)
        } else {
            Model::builtin(name_or_path)
        }
    }

    /// The same model with another metric, given as a model file's head gives it:
    /// `model.with_metric("found", "{ sum = \"found\" }")`.
    ///
    /// # Errors
    /// When the definition is not one, or names what the model does not have.
    pub fn with_metric(&self, name: &str, definition: &str) -> Result<Model> {
        let mut model = self.clone();
        let metric = metric_from_toml(self, name, definition)?;
        model.metrics.retain(|other| other.name != name);
        model.metrics.push(metric);
        Ok(model)
    }

    /// The names that `params.` may stand before and that a user may set: a vector's once for all of its elements.
    pub fn parameter_names(&self) -> Vec<&str> {
        self.parameters
            .iter()
            .filter_map(|parameter| match &parameter.element {
                None => Some(parameter.name.as_str()),
                Some(element) if element.index == 0 => Some(element.vector.as_str()),
                Some(_) => None,
            })
            .collect()
    }

    /// The places among the model's parameters that a name means: of one, or of a vector's elements.
    ///
    /// # Errors
    /// When the model has no such parameter; the message lists those that it has.
    pub fn parameter_places(&self, name: &str) -> Result<std::ops::Range<usize>> {
        let is_named = |parameter: &Parameter| {
            parameter.name == name || parameter.element.as_ref().is_some_and(|element| element.vector == name)
        };
        let first = self.parameters.iter().position(is_named).ok_or_else(|| {
            let known = self.parameter_names();
            Error::argument(
                format!("model `{}` has no parameter `{name}`", self.name),
                match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.is_empty() => "it has none at all".to_owned(),
                    None => format!("its parameters are {}", known.join(", ")),
                },
            )
        })?;
        let count = self.parameters[first..].iter().take_while(|parameter| is_named(parameter)).count();
        Ok(first..first + count)
    }

    /// Agents in a world unless the user says otherwise, of all kinds together; 1 for a model without any.
    pub fn population(&self) -> u32 {
        let numbers = self.numbers(None, &self.defaults());
        numbers.iter().fold(0u32, |sum, number| sum.saturating_add(*number)).max(1)
    }

    /// The parameters' values unless they are set.
    pub fn defaults(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| parameter.default).collect()
    }

    /// Agents of each kind in a world that begins with these parameters. What the user gave as their number holds for a
    /// model's only kind, unless a parameter says how many there are.
    pub fn numbers(&self, given: Option<u32>, parameters: &[f64]) -> Vec<u32> {
        let number = |kind: &Kind| match kind.number {
            Population::Given(number) if self.kinds.len() == 1 => given.unwrap_or(number),
            Population::Given(number) => number,
            Population::Parameter(place) => parameters.get(place).map_or(0, |number| *number as u32),
        };
        self.kinds.iter().map(number).collect()
    }

    /// Whether the user may say how many agents there are.
    pub fn takes_number(&self) -> bool {
        matches!(self.kinds.as_slice(), [Kind { number: Population::Given(_), .. }])
    }

    /// The parameters that say how many agents there are.
    pub fn number_parameters(&self) -> Vec<&str> {
        let name = |kind: &Kind| match kind.number {
            Population::Parameter(place) => Some(self.parameters[place].name.as_str()),
            Population::Given(_) => None,
        };
        self.kinds.iter().filter_map(name).collect()
    }

    /// The place of the kind with this name.
    pub fn kind(&self, name: &str) -> Option<usize> {
        self.kinds.iter().position(|kind| kind.name == name)
    }

    /// Items that a world steps at once: its agents, or its cells where a stage is over cells and they are more.
    pub fn items(&self, agents: u32, cells: u64) -> u64 {
        let over = |of_cells: bool| self.stages.iter().any(|stage| stage.kind().is_none() == of_cells);
        let agents = if over(false) { u64::from(agents) } else { 0 };
        if over(true) { agents.max(cells) } else { agents }
    }

    /// All stages, those before the first step included.
    pub fn all_stages(&self) -> impl Iterator<Item = &Stage> {
        self.stages.iter().chain(self.kinds.iter().filter_map(|kind| kind.start.as_ref()))
    }

    /// Whether any agents are born.
    pub fn bears(&self) -> bool {
        self.stages.iter().any(|stage| stage.bears().next().is_some())
    }

    /// Whether any stage changes a layer.
    pub fn changes(&self, layer: usize) -> bool {
        self.all_stages().any(|stage| stage.layers[layer].changes.is_some())
    }

    /// Whether some stage both reads and changes a layer, so that it needs a second copy.
    pub fn copies(&self, layer: usize) -> u32 {
        // A total is read in one word and brought together in another.
        let twice = !self.layers[layer].total
            && self
                .all_stages()
                .any(|stage| stage.layers[layer].reads && stage.layers[layer].changes.is_some());
        if twice { 2 } else { 1 }
    }

    /// What a total is before a stage brings it together, which leaves everything as it is.
    pub(crate) fn identity(&self, layer: usize) -> u32 {
        let mut effects = self.stages.iter().filter_map(|stage| stage.layers[layer].changes);
        if matches!(effects.next(), Some(Effect::Min | Effect::And)) { u32::MAX } else { 0 }
    }

    /// Whether all worlds of a batch have the same content in a layer for good, so that it is stored once.
    pub fn shared(&self, layer: usize) -> bool {
        !self.changes(layer) && !matches!(self.layers[layer].initial, Initial::Function(_))
    }

    /// The layer that holds the map's walls, if the model has one.
    pub fn wall_layer(&self) -> Option<usize> {
        self.layers.iter().position(|layer| layer.initial == Initial::Map)
    }

    /// The FNV-1a hash of the model's text, as 16 hex digits.
    pub fn text_hash(&self) -> String {
        let hash = self.source.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    }

    /// What [`Error::Model`] calls this model's text.
    pub(crate) fn file_or_name(&self) -> String {
        self.file.clone().unwrap_or_else(|| self.name.clone())
    }
}

/// The largest model file that is read.
const MODEL_BYTES: u64 = 1 << 20;

fn read_text(path: &Path) -> Result<String> {
    use std::io::Read;
    let fail = |error: std::io::Error| Error::file(path, "read", &error);
    let file = std::fs::File::open(path).map_err(fail)?;
    let mut bytes = Vec::new();
    file.take(MODEL_BYTES + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > MODEL_BYTES {
        return Err(Error::argument(
            format!("{} is larger than 1 MiB, no model is", path.display()),
            "name a model file",
        ));
    }
    String::from_utf8(bytes)
        .map_err(|_| fail(std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8 text")))
}
