//! Flags that several commands share, and what they mean.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use throng::simulation::Builder;
use throng::world::map::{Generator, Map};
use throng::{BackendChoice, Model, Result, Simulation};

/// A count written as people write it: 1000, 1k, 2.5M, 1_000_000.
pub fn count(text: &str) -> std::result::Result<u64, String> {
    let plain = text.trim().replace('_', "");
    let (digits, unit) = match plain.chars().last() {
        Some('k' | 'K') => (&plain[..plain.len() - 1], 1e3),
        Some('m' | 'M') => (&plain[..plain.len() - 1], 1e6),
        Some('g' | 'G' | 'b' | 'B') => (&plain[..plain.len() - 1], 1e9),
        _ => (plain.as_str(), 1.0),
    };
    if unit == 1.0 {
        return digits.parse().map_err(|_| format!("`{text}` is not a count: write 1000, 1k or 1M"));
    }
    let value =
        digits.parse::<f64>().map_err(|_| format!("`{text}` is not a count: write 1000, 1k or 1M"))? * unit;
    // The largest integer that a double holds exactly bounds what the units can say.
    if value.is_finite() && value >= 0.0 && value.fract() == 0.0 && value <= 9e15 {
        Ok(value as u64)
    } else {
        Err(format!("`{text}` is not a whole number"))
    }
}

/// A count of agents or worlds.
fn small_count(text: &str) -> std::result::Result<u32, String> {
    u32::try_from(count(text)?).map_err(|_| format!("`{text}` is too many: at most {}", u32::MAX))
}

/// A grid's size: 640x480.
fn size(text: &str) -> std::result::Result<(u32, u32), String> {
    let sides =
        text.split_once(['x', 'X', '×']).map(|(width, height)| (width.trim().parse(), height.trim().parse()));
    match sides {
        Some((Ok(width), Ok(height))) => Ok((width, height)),
        _ => Err(format!("`{text}` is not a size: write WIDTHxHEIGHT, as in 640x480")),
    }
}

/// A parameter's setting: name=value.
fn setting(text: &str) -> std::result::Result<(String, f64), String> {
    let unreadable = || format!("`{text}` is not a setting: write NAME=VALUE, as in persistence=4");
    let (name, value) = text.split_once('=').ok_or_else(unreadable)?;
    let value: f64 = value.trim().parse().map_err(|_| unreadable())?;
    match value.is_finite() {
        true => Ok((name.trim().to_owned(), value)),
        false => Err(format!("`{text}`: a parameter must be a finite number")),
    }
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
pub enum GeneratorName {
    Open,
    Rooms,
    Caves,
    Maze,
}

/// Where agents live, who they are, and where they are stepped.
#[derive(Args)]
pub struct WorldArguments {
    /// A map: Moving AI (.map), ROS map_server (.yaml) or PNG; its edges are walls
    #[arg(long, value_name = "FILE", conflicts_with_all = ["generate", "size"])]
    pub map: Option<PathBuf>,
    /// Generate a map of this kind
    #[arg(long, value_name = "KIND")]
    pub generate: Option<GeneratorName>,
    /// The seed of the generated map, so that replicates share it
    #[arg(long, default_value_t = 0, requires = "generate")]
    pub map_seed: u64,
    /// Columns and rows of the grid
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<(u32, u32)>,
    /// Make the grid a torus
    #[arg(long, conflicts_with = "walled")]
    pub wrap: bool,
    /// Put walls around the grid
    #[arg(long)]
    pub walled: bool,
    /// Agents in each world: 1000, 1k, 1M
    #[arg(long, value_name = "COUNT", value_parser = small_count)]
    pub agents: Option<u32>,
    /// Worlds, with seeds S, S+1, …
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = small_count)]
    pub worlds: u32,
    /// The first world's seed
    #[arg(long, value_name = "S", default_value_t = 0, allow_negative_numbers = true)]
    pub seed: u64,
    /// Set a parameter of the model; may be given again for others
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub set: Vec<(String, f64)>,
    /// Threads of the CPU backend; as many as there are cores unless given
    #[arg(long, value_name = "COUNT")]
    pub threads: Option<usize>,
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

impl WorldArguments {
    /// The map that the flags ask for, if they ask for one.
    pub fn read_map(&self, model: &Model) -> Result<Option<Map>> {
        let kind = match (&self.map, self.generate) {
            (Some(path), _) => return Map::read(path).map(Some),
            (None, None) => return Ok(None),
            (None, Some(GeneratorName::Open)) => Generator::Open,
            (None, Some(GeneratorName::Rooms)) => Generator::Rooms,
            (None, Some(GeneratorName::Caves)) => Generator::Caves,
            (None, Some(GeneratorName::Maze)) => Generator::Maze,
        };
        let (width, height) = self.size.unwrap_or((model.size[0], model.size[1]));
        Map::generate(kind, width, height, self.map_seed).map(Some)
    }

    /// A simulation of the model in these worlds.
    pub fn describe(&self, model: Model, map: Option<Map>) -> Builder {
        let mut builder = Simulation::of(model).worlds(self.worlds).seed(self.seed);
        if let Some((width, height)) = self.size {
            builder = builder.size(width, height);
        }
        if let Some(map) = map {
            builder = builder.map(map);
        }
        if self.wrap || self.walled {
            builder = builder.wraps(self.wrap);
        }
        if let Some(agents) = self.agents {
            builder = builder.agents(agents);
        }
        if let Some(threads) = self.threads {
            builder = builder.threads(threads);
        }
        self.set.iter().fold(builder, |builder, (name, value)| builder.set(name, *value))
    }
}

/// A number of steps that fits in a step's counter.
pub fn steps(text: &str) -> std::result::Result<u64, String> {
    let steps = count(text)?;
    match steps <= u64::from(u32::MAX) {
        true => Ok(steps),
        false => Err(format!("`{text}` is too many steps: at most {}", u32::MAX)),
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
