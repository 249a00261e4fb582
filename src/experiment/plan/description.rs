//! What a user says of one experiment: plain data, from a file, a command line or a program.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::places::Places;
use super::values::Values;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::simulation::BackendChoice;
use crate::world::Change;
use crate::world::map::{Generator, Map};

/// What a user says of one experiment. [`Plan::new`](super::Plan::new) checks it.
///
/// ```
/// # fn main() -> throng::Result<()> {
/// use throng::experiment::plan::{Description, Plan, Values};
///
/// let mut caves = Description::of("explorers");
/// caves.steps = 50;
/// caves.replicates = 3;
/// caves.size = Some((32, 32));
/// caves.set("persistence", Values::parse("0..16:5")?);
/// let plan = Plan::new(vec![caves])?;
/// assert_eq!(plan.trials(), 15);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Its name; the model's unless given.
    pub name: Option<String>,
    /// The model.
    pub model: ModelChoice,
    /// The map.
    pub map: MapChoice,
    /// Columns and rows of the grid, where no map has its own.
    pub size: Option<(u32, u32)>,
    /// Whether the grid is a torus; as the model or the map says unless given.
    pub wrap: Option<bool>,
    /// Agents in a world; as the model says unless given.
    pub agents: Option<Values>,
    /// The most steps that a trial takes.
    pub steps: u64,
    /// A trial ends at the first recorded step at which this holds: `coverage >= 0.9`.
    pub until: Option<String>,
    /// Metrics are recorded every so many steps, 0 at the end only; chosen from what is to be recorded unless given.
    pub every: Option<u64>,
    /// Trials of each point, with seeds that count up from `seed`: the same ones at every point, so that points differ by
    /// their parameters alone (common random numbers).
    pub replicates: u32,
    /// The first replicate's seed.
    pub seed: u64,
    /// Where it may run.
    pub backend: BackendChoice,
    /// A trial that has run for so many seconds is given up.
    pub limit_seconds: Option<f64>,
    /// Bytes that its worlds may take together as they begin.
    pub memory: Option<u64>,
    /// Whether every recorded step of every metric is kept.
    pub series: bool,
    /// The values of parameters, in the order in which a grid goes through them: the last fastest.
    pub parameters: Vec<(String, Values)>,
    /// How parameters change while a trial runs, whatever they are at first.
    pub changes: Vec<Change>,
    /// How values make points.
    pub design: DesignKind,
    /// Points of a random design.
    pub points: Option<u64>,
    /// The seed of a random design.
    pub design_seed: u64,
    /// Names (of parameters, or `agents`) whose values go together, the first with the first.
    pub zip: Vec<Vec<String>>,
    /// What is kept of each trial: a name and what it is, as in `final coverage`; the last value of each metric unless
    /// given.
    pub outputs: Vec<(String, String)>,
    /// Where in a file these were said.
    pub(super) places: Places,
}

/// Which model an experiment runs.
#[derive(Debug, Clone)]
pub enum ModelChoice {
    /// A built-in model's name, or a file's path.
    Named(String),
    /// One that the program has.
    Given(Arc<Model>),
}

/// Which map an experiment runs on.
#[derive(Debug, Clone)]
pub enum MapChoice {
    /// An open grid.
    None,
    /// A file.
    File(PathBuf),
    /// A generated one.
    Generated {
        /// The kind.
        kind: Generator,
        /// Its seed.
        seed: u64,
    },
    /// A graph.
    Graph {
        /// A file of edges, or a shape to generate as [`GraphShape::parse`](crate::model::GraphShape::parse) reads it.
        named: String,
        /// Whether the file's edges go one way.
        directed: bool,
        /// The seed of a generated one.
        seed: u64,
    },
    /// One that the program has.
    Given(Map),
}

/// How the values of parameters make points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DesignKind {
    /// Every value with every other.
    #[default]
    Grid,
    /// The first values together, then the second ones, and so on.
    List,
    /// A Latin hypercube.
    LatinHypercube,
    /// A Sobol sequence.
    Sobol,
}

impl DesignKind {
    /// Each with the word for it.
    pub const ALL: [(DesignKind, &'static str); 4] = [
        (DesignKind::Grid, "grid"),
        (DesignKind::List, "list"),
        (DesignKind::LatinHypercube, "latin-hypercube"),
        (DesignKind::Sobol, "sobol"),
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// Whether it chooses values itself.
    pub fn is_random(self) -> bool {
        matches!(self, DesignKind::LatinHypercube | DesignKind::Sobol)
    }
}

impl PartialEq for ModelChoice {
    fn eq(&self, other: &ModelChoice) -> bool {
        match (self, other) {
            (ModelChoice::Named(one), ModelChoice::Named(other)) => one == other,
            (ModelChoice::Given(one), ModelChoice::Given(other)) => {
                one.source == other.source && one.metrics == other.metrics
            }
            _ => false,
        }
    }
}

impl PartialEq for MapChoice {
    fn eq(&self, other: &MapChoice) -> bool {
        match (self, other) {
            (MapChoice::None, MapChoice::None) => true,
            (MapChoice::File(one), MapChoice::File(other)) => one == other,
            (MapChoice::Generated { kind, seed }, MapChoice::Generated { kind: other, seed: of_other }) => {
                kind == other && seed == of_other
            }
            (
                MapChoice::Graph { named, directed, seed },
                MapChoice::Graph { named: other, directed: way, seed: of_other },
            ) => (named, directed, seed) == (other, way, of_other),
            (MapChoice::Given(one), MapChoice::Given(other)) => one.hash() == other.hash(),
            _ => false,
        }
    }
}

impl Description {
    /// One trial of a built-in model, or of a model file, with nothing set.
    pub fn of(model: &str) -> Description {
        Description::with(ModelChoice::Named(model.to_owned()))
    }

    /// One trial of a model that the program has, with nothing set.
    pub fn of_model(model: impl Into<Arc<Model>>) -> Description {
        Description::with(ModelChoice::Given(model.into()))
    }

    fn with(model: ModelChoice) -> Description {
        Description {
            name: None,
            model,
            map: MapChoice::None,
            size: None,
            wrap: None,
            agents: None,
            steps: 1000,
            until: None,
            every: None,
            replicates: 1,
            seed: 0,
            backend: BackendChoice::Auto,
            limit_seconds: None,
            memory: None,
            series: false,
            parameters: Vec::new(),
            changes: Vec::new(),
            design: DesignKind::Grid,
            points: None,
            design_seed: 0,
            zip: Vec::new(),
            outputs: Vec::new(),
            places: Places::default(),
        }
    }

    /// Gives a parameter these values, in place of any that it has.
    pub fn set(&mut self, parameter: &str, values: Values) {
        self.forget_place(&format!("parameters.{parameter}"));
        match self.parameters.iter_mut().find(|(name, _)| name == parameter) {
            Some((_, held)) => *held = values,
            None => self.parameters.push((parameter.to_owned(), values)),
        }
    }

    /// Lets a parameter change like this while trials run, in place of what was said of it.
    pub fn change(&mut self, parameter: &str, changes: Vec<Change>) {
        self.forget_place(&format!("changes.{parameter}"));
        self.changes.retain(|change| change.parameter != parameter);
        self.changes.extend(changes);
    }

    /// Forgets where in its file a key stands, because what it says was replaced.
    pub fn forget_place(&mut self, key: &str) {
        self.places.forget(key);
    }

    /// Takes points from a CSV file, whose heading names parameters (or `agents`) and whose rows are points.
    ///
    /// # Errors
    /// When it cannot be read, a cell is no number, or a column's parameter has several values already.
    pub fn read_points(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        for (name, values) in super::points_file::read(path)? {
            let held = match name.as_str() {
                AGENTS => self.agents.as_ref(),
                _ => self.parameters.iter().find(|(other, _)| *other == name).map(|(_, values)| values),
            };
            if let Some(held) = held {
                return Err(Error::argument(
                    format!("`{name}` has the values {held} and is a column of {}, too", path.display()),
                    "say it once",
                ));
            }
            match name.as_str() {
                AGENTS => self.agents = Some(Values::Listed(values)),
                _ => self.parameters.push((name, Values::Listed(values))),
            }
        }
        self.design = DesignKind::List;
        Ok(())
    }

    /// What it is called in messages and in a list of several.
    pub fn title(&self) -> String {
        match (&self.name, &self.model) {
            (Some(name), _) => name.clone(),
            (None, ModelChoice::Given(model)) => model.name.clone(),
            (None, ModelChoice::Named(name)) => Path::new(name)
                .file_stem()
                .map_or_else(|| name.clone(), |stem| stem.to_string_lossy().into_owned()),
        }
    }
}

/// The name by which the number of agents varies beside parameters.
pub(super) const AGENTS: &str = "agents";
