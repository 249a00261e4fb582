//! Flags that several commands share, and what they mean.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use throng::model::GraphShape;
use throng::simulation::{Builder, check_threads};
use throng::world::graph::Graph;
use throng::world::map::{Generator, Map};
use throng::{BackendChoice, Error, Model, Result, Schedule, Simulation};

/// What a count may end in, and the power of ten that it stands for.
const UNITS: [(char, u32); 4] = [('k', 3), ('m', 6), ('g', 9), ('t', 12)];

/// A count written as people write it: 1000, 1k, 2.5M, 1_000_000; k, M, G and T are powers of 1000.
pub fn count(text: &str) -> Result<u64> {
    count_to(text, u64::MAX)
}

/// A count that is at most `most`.
fn count_to(text: &str, most: u64) -> Result<u64> {
    let unreadable =
        |why: &str| Error::argument(why, "write a whole number from 0 on, as in 1000, 1k, 2.5M, 1G or 1T");
    let plain = text.trim().replace('_', "");
    let unit = plain.chars().last().map(|last| last.to_ascii_lowercase());
    let power = UNITS.iter().find(|(letter, _)| Some(*letter) == unit).map_or(0, |(_, power)| *power);
    let digits = if power > 0 { &plain[..plain.len() - 1] } else { &plain };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if digits.starts_with('-') && digits.len() > 1 {
        return Err(unreadable("a count cannot be negative"));
    }
    if !is_number(whole) || !is_number(part) {
        return Err(unreadable("it is no count"));
    }
    let part = part.trim_end_matches('0');
    if part.len() > power as usize {
        return Err(unreadable("it is not a whole number"));
    }
    // `whole` with the digits behind the point moved before it, and zeros for the places that are left.
    let zeros = power as usize - part.len();
    format!("{whole}{part}{}", "0".repeat(zeros))
        .parse()
        .ok()
        .filter(|number| *number <= most)
        .ok_or_else(|| Error::argument("it is too many", format!("give at most {most}")))
}

/// A count of agents or worlds.
pub fn small_count(text: &str) -> Result<u32> {
    count_to(text, u32::MAX.into()).map(|number| number as u32)
}

/// A number of steps that fits in a step's counter.
pub fn steps(text: &str) -> Result<u64> {
    count_to(text, u32::MAX.into())
}

/// Steps from one record to the next.
pub fn interval(text: &str) -> Result<u64> {
    match steps(text)? {
        0 => Err(Error::argument("records cannot be 0 steps apart", "give at least 1, or leave --every out")),
        steps => Ok(steps),
    }
}

/// A number of threads, within the bounds that the library has.
pub fn threads(text: &str) -> Result<usize> {
    let number = count(text)?;
    check_threads(usize::try_from(number).unwrap_or(usize::MAX))
}

/// A seed.
pub fn seed(text: &str) -> Result<u64> {
    text.trim()
        .parse()
        .map_err(|_| Error::argument("it is no seed", format!("give a whole number from 0 to {}", u64::MAX)))
}

/// A grid's size: 640x480, 16kx16k.
pub fn size(text: &str) -> Result<(u32, u32)> {
    let remedy = "write WIDTHxHEIGHT, as in 640x480";
    let (width, height) =
        text.split_once(['x', 'X', '×']).ok_or_else(|| Error::argument("it is no size", remedy))?;
    let side = |text: &str| {
        small_count(text).map_err(|_| {
            Error::argument(
                format!("`{}` cannot be a side of a grid", text.trim()),
                format!("{remedy}, with at most 2^31 cells in all"),
            )
        })
    };
    Ok((side(width)?, side(height)?))
}

/// A parameter's setting: name=value, for a vector name=a,b,c or name=@FILE.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    pub name: String,
    /// One value, or one for each element of a vector.
    pub values: Vec<f64>,
}

fn setting(text: &str) -> Result<Setting> {
    let unreadable = || Error::argument("it is no setting", "write NAME=VALUE, as in persistence=4");
    let (name, value) = text.split_once('=').ok_or_else(unreadable)?;
    let name = name.trim();
    if name.is_empty() {
        return Err(unreadable());
    }
    let values = match value.trim().strip_prefix('@') {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| Error::file(path.as_ref(), "read", &error))?;
            numbers(text.split([',', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty()))?
        }
        None => numbers(value.split(','))?,
    };
    Ok(Setting { name: name.to_owned(), values })
}

fn numbers<'t>(words: impl Iterator<Item = &'t str>) -> Result<Vec<f64>> {
    let number = |word: &str| match word.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(Error::argument("a parameter must be a finite number", "give one")),
        Err(_) => Err(Error::argument(
            format!("`{}` is no number", word.trim()),
            "write NAME=VALUE, as in persistence=4",
        )),
    };
    words.map(number).collect()
}

impl Setting {
    /// Applies it; a list must have a value for each element of the vector.
    fn apply(&self, builder: Builder, model: &Model) -> Result<Builder> {
        if let [value] = self.values[..] {
            return Ok(builder.set(&self.name, value));
        }
        let places = model.parameter_places(&self.name)?;
        if places.len() != self.values.len() {
            return Err(Error::argument(
                format!("parameter `{}` has {} of {} values", self.name, self.values.len(), places.len()),
                "give one value for each element, or one for all of them",
            ));
        }
        let elements = &model.parameters[places];
        Ok(elements
            .iter()
            .zip(&self.values)
            .fold(builder, |builder, (element, value)| builder.set(&element.name, *value)))
    }
}

/// The settings that a file of parameters holds: `name = value` or `name = [values]` in TOML, at its top or under
/// `[params]`.
fn settings_of(path: &Path) -> Result<Vec<Setting>> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::file(path, "read", &error))?;
    let wrong = |why: String| {
        Error::argument(
            format!("{} is no file of parameters: {why}", path.display()),
            "write it in TOML, as in `persistence = 4` and `weights = [1, 2, 3]`",
        )
    };
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| wrong(error.message().to_owned()))?;
    let table = match table.get("params") {
        Some(toml::Value::Table(inner)) => inner.clone(),
        _ => table,
    };
    let number = |name: &str, value: &toml::Value| match value {
        toml::Value::Integer(number) => Ok(*number as f64),
        toml::Value::Float(number) if number.is_finite() => Ok(*number),
        _ => Err(wrong(format!("`{name}` is neither a number nor a list of numbers"))),
    };
    table
        .iter()
        .map(|(name, value)| {
            let values = match value {
                toml::Value::Array(list) => {
                    list.iter().map(|value| number(name, value)).collect::<Result<Vec<f64>>>()?
                }
                other => vec![number(name, other)?],
            };
            Ok(Setting { name: name.clone(), values })
        })
        .collect()
}

#[derive(Clone, Copy, ValueEnum)]
pub enum BackendName {
    /// A hardware GPU where the work is worth it, else the CPU
    Auto,
    /// A GPU, a software one if there is no other
    Gpu,
    /// All cores, or as many as --threads says
    Cpu,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ScheduleName {
    /// Whichever suits the worlds; `throng run` says which and why
    Auto,
    /// Each world over the whole device, pass after pass
    Wide,
    /// Each world in one workgroup's memory, or on one thread, for many steps at a time
    Resident,
}

impl ScheduleName {
    pub fn choice(self) -> Schedule {
        match self {
            ScheduleName::Auto => Schedule::Auto,
            ScheduleName::Wide => Schedule::Wide,
            ScheduleName::Resident => Schedule::Resident,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub enum GeneratorName {
    Open,
    Rooms,
    Caves,
    Maze,
}

/// Where agents live.
#[derive(Args)]
pub struct GridArguments {
    /// A map: Moving AI (.map), ROS map_server (.yaml) or PNG; its edges are walls
    #[arg(long, value_name = "FILE", conflicts_with_all = ["generate", "size"])]
    pub map: Option<PathBuf>,
    /// Generate a map of this kind
    #[arg(long, value_name = "KIND")]
    pub generate: Option<GeneratorName>,
    /// The seed of the generated map or graph, so that replicates share it [default: 0]
    #[arg(long, value_name = "S", value_parser = seed, allow_hyphen_values = true)]
    pub map_seed: Option<u64>,
    /// Run on a graph: a file of edges (two node numbers a line), or one to generate, as in
    /// small-world:nodes=10000,degree=10,rewire=0.1, ring, random or scale-free
    #[arg(long, value_name = "GRAPH", conflicts_with_all = ["map", "generate", "size"])]
    pub graph: Option<String>,
    /// Edges of the file go from the first node to the second only
    #[arg(long, requires = "graph")]
    pub directed: bool,
    /// Columns and rows of the grid
    #[arg(long, value_name = "WxH", value_parser = size, allow_hyphen_values = true)]
    pub size: Option<(u32, u32)>,
    /// Make the grid a torus
    #[arg(long, conflicts_with = "walled")]
    pub wrap: bool,
    /// Put walls around the grid
    #[arg(long)]
    pub walled: bool,
}

/// Where agents live, who they are, and where they are stepped.
#[derive(Args)]
pub struct WorldArguments {
    #[command(flatten)]
    pub grid: GridArguments,
    /// Agents in each world; counts may end in k, M, G or T, as in 10k or 2.5M
    #[arg(long, value_name = "COUNT", value_parser = small_count, allow_hyphen_values = true)]
    pub agents: Option<u32>,
    /// Worlds, with seeds S, S+1, …
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = small_count, allow_hyphen_values = true)]
    pub worlds: u32,
    /// The first world's seed
    #[arg(long, value_name = "S", default_value = "0", value_parser = seed, allow_hyphen_values = true)]
    pub seed: u64,
    /// Set parameters of the model as this file says, in TOML: name = value, or name = [values] for a vector
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,
    /// Set a parameter of the model; may be given again for others. A vector takes one value for all of its elements, a
    /// list a,b,c, or @FILE
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting, allow_hyphen_values = true)]
    pub set: Vec<Setting>,
    /// Threads of the CPU backend; as many as there are cores unless given
    #[arg(long, value_name = "COUNT", value_parser = threads, allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// How worlds are spread over the device
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub schedule: ScheduleName,
}

impl BackendName {
    pub fn choice(self) -> BackendChoice {
        match self {
            BackendName::Auto => BackendChoice::Auto,
            BackendName::Gpu => BackendChoice::Gpu,
            BackendName::Cpu => BackendChoice::Cpu,
        }
    }
}

impl From<GeneratorName> for Generator {
    fn from(name: GeneratorName) -> Generator {
        match name {
            GeneratorName::Open => Generator::Open,
            GeneratorName::Rooms => Generator::Rooms,
            GeneratorName::Caves => Generator::Caves,
            GeneratorName::Maze => Generator::Maze,
        }
    }
}

impl WorldArguments {
    /// A simulation of the model in these worlds.
    pub fn describe(&self, model: Model) -> Result<Builder> {
        let mut builder = Simulation::of(model.clone())
            .worlds(self.worlds)
            .seed(self.seed)
            .schedule(self.schedule.choice());
        builder = self.grid.describe(builder, &model)?;
        if let Some(agents) = self.agents {
            builder = builder.agents(agents);
        }
        if let Some(threads) = self.threads {
            builder = builder.threads(threads);
        }
        let file = self.params.as_deref().map(settings_of).transpose()?.unwrap_or_default();
        file.iter().chain(&self.set).try_fold(builder, |builder, setting| setting.apply(builder, &model))
    }
}

impl GridArguments {
    /// Puts worlds on this grid. A map file is read; a map that is to be generated is not made yet.
    pub fn describe(&self, mut builder: Builder, model: &Model) -> Result<Builder> {
        let own = model.graph.filter(|_| !self.is_given());
        if own.is_none() {
            self.check()?;
        }
        let seed = self.map_seed.unwrap_or(0);
        if let Some(shape) = own {
            builder = builder.generate_graph(shape, seed);
        }
        if let Some(graph) = &self.graph {
            builder = builder.graph(Graph::named(graph, self.directed, model.graph, seed)?);
        }
        if let Some((width, height)) = self.size {
            builder = builder.size(width, height);
        }
        builder = match (&self.map, self.generate) {
            (Some(path), _) => builder.map(Map::read(path)?),
            (None, Some(kind)) => builder.generate(kind.into(), self.map_seed.unwrap_or(0)),
            (None, None) => builder,
        };
        Ok(match self.wraps() {
            Some(wraps) => builder.wraps(wraps),
            None => builder,
        })
    }

    /// Refuses a seed without a map or graph that is generated.
    pub fn check(&self) -> Result<()> {
        match self.map_seed {
            Some(_)
                if self.generate.is_none() && !self.graph.as_deref().is_some_and(GraphShape::is_meant_by) =>
            {
                Err(Error::argument(
                    "--map-seed is the seed of a generated map, and none is generated",
                    "add --generate caves, or leave --map-seed out",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Whether the user says where agents live.
    pub fn is_given(&self) -> bool {
        self.map.is_some() || self.generate.is_some() || self.graph.is_some() || self.size.is_some()
    }

    /// Whether the grid is a torus, if the user says.
    pub fn wraps(&self) -> Option<bool> {
        (self.wrap || self.walled).then_some(self.wrap)
    }
}

/// `--every` where the user does not say: each step of a short run, about a thousand times in a long one, and less often
/// where many worlds would make a table that is larger than what they are.
pub fn default_every(steps: u64, worlds: u32) -> u64 {
    let rows = u128::from(steps) * u128::from(worlds);
    let sparse = u64::try_from(rows.div_ceil(MOST_ROWS)).unwrap_or(u64::MAX);
    steps.div_ceil(1000).max(sparse).max(1)
}

/// Rows of a table of metrics that nobody asked for; each takes some hundred bytes of memory.
const MOST_ROWS: u128 = 100_000;
