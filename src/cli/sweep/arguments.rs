//! The flags of `throng sweep`, and the plan that they describe.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use throng::Change;
use throng::experiment::plan::{Description, DesignKind, MapChoice, Plan, Selection, Shard, Values, bytes};
use throng::{Error, Result};

use crate::cli::changes::ChangeArguments;
use crate::cli::options::{
    BackendName, GridArguments, ScheduleName, count, interval, seed, small_count, steps, threads,
};

#[derive(Args)]
pub struct Arguments {
    /// A plan file (ending in .toml), a built-in model or a model file
    plan: String,
    /// Give a parameter values: 3, or 1,2,5, or 11 evenly spaced ones as in 0..1:11, or for a random design any as in 0..1;
    /// may be given again for others
    #[arg(long, value_name = "NAME=VALUES", value_parser = setting, allow_hyphen_values = true)]
    set: Vec<(String, Values)>,
    #[command(flatten)]
    changes: ChangeArguments,
    /// Trials of each point, with seeds S, S+1, … that are the same at every point [default: 1]
    #[arg(long, value_name = "COUNT", value_parser = small_count, allow_hyphen_values = true)]
    replicates: Option<u32>,
    /// Agents in each world, or several such numbers, as in 1k,4k or 100..500:5
    #[arg(long, value_name = "COUNTS", value_parser = agents, allow_hyphen_values = true)]
    agents: Option<Values>,
    /// Steps at most [default: 1000]
    #[arg(long, value_name = "COUNT", value_parser = steps, allow_hyphen_values = true)]
    steps: Option<u64>,
    /// Stop each world at the first recorded step at which this holds, as in 'coverage >= 0.99'
    #[arg(long, value_name = "CONDITION")]
    until: Option<String>,
    /// Record metrics every so many steps [default: at the end, or where more is needed up to 1000 times a trial]
    #[arg(long, value_name = "STEPS", value_parser = interval, allow_hyphen_values = true)]
    every: Option<u64>,
    /// Keep this of each trial: final, min, max or mean and a metric, 'mean coverage 100..200', 'first coverage >= 0.9', or
    /// one of these with a name as in last='final coverage'; may be given again [default: the last value of each metric]
    #[arg(long, value_name = "OUTPUT", value_parser = output)]
    output: Vec<(String, String)>,
    /// Keep every recorded step of every metric, too
    #[arg(long)]
    series: bool,
    #[command(flatten)]
    grid: GridArguments,
    /// The first replicate's seed [default: 0]
    #[arg(long, value_name = "S", value_parser = seed, allow_hyphen_values = true)]
    seed: Option<u64>,
    /// How values make points [default: grid]
    #[arg(long, value_name = "KIND")]
    design: Option<DesignName>,
    /// Points of a random design
    #[arg(long, value_name = "COUNT", value_parser = count, allow_hyphen_values = true)]
    points: Option<u64>,
    /// The seed of a random design [default: 0]
    #[arg(long, value_name = "S", value_parser = seed, allow_hyphen_values = true)]
    design_seed: Option<u64>,
    /// Take points from a CSV file whose heading names parameters
    #[arg(long, value_name = "FILE", conflicts_with = "design")]
    design_file: Option<PathBuf>,
    /// Parameters whose values go together, the first with the first, as in a,b; may be given again
    #[arg(long, value_name = "NAME,NAME", value_parser = names)]
    zip: Vec<Names>,
    /// Where to run [default: auto]
    #[arg(long)]
    backend: Option<BackendName>,
    /// How worlds are spread over the device
    #[arg(long, value_name = "KIND", default_value = "auto")]
    pub schedule: ScheduleName,
    /// Threads of the CPU backend; as many as there are cores unless given
    #[arg(long, value_name = "COUNT", value_parser = threads, allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// Give up a trial that has run for so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_hyphen_values = true)]
    limit_seconds: Option<f64>,
    /// Memory that worlds may take together as they begin, as in 2GiB: so many are run at once. A population that grows later
    /// is bounded by what the machine has
    #[arg(long, value_name = "BYTES", value_parser = bytes, allow_hyphen_values = true)]
    memory: Option<u64>,
    /// Run a trial that failed again, up to so many times
    #[arg(long, value_name = "TIMES", default_value = "0", value_parser = small_count, allow_hyphen_values = true)]
    pub retry: u32,
    /// Run only these trials, as in 7, or 10..20 (both included), or 10..
    #[arg(long, value_name = "NUMBERS", value_parser = Selection::parse, allow_hyphen_values = true)]
    only: Option<Selection>,
    /// Run the i-th of n equal shares of the trials, as in 1/4
    #[arg(long, value_name = "I/N", value_parser = Shard::parse, allow_hyphen_values = true)]
    shard: Option<Shard>,
    /// Write the results into this folder [default: the plan's name and -sweep]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Say how many trials there are and what they will take, and run none
    #[arg(long, conflicts_with = "print_plan")]
    pub dry_run: bool,
    /// Print the plan as a plan file, and run nothing
    #[arg(long)]
    pub print_plan: bool,
    /// Print one row for each world as it completes, and write no folder unless --out says so
    #[arg(long)]
    pub csv: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum DesignName {
    /// Every value with every other
    Grid,
    /// The first values together, then the second ones, and so on
    List,
    /// As many random points as slices of each parameter's range, one in each
    LatinHypercube,
    /// Points of a sequence that fills the ranges evenly
    Sobol,
}

/// Names in one word.
type Names = Vec<String>;

/// A parameter's values: name=values.
fn setting(text: &str) -> Result<(String, Values)> {
    let unreadable = || Error::argument("it is no setting", "write NAME=VALUES, as in persistence=1,2,4");
    let (name, values) = text.split_once('=').ok_or_else(unreadable)?;
    match name.trim() {
        "" => Err(unreadable()),
        name => Ok((name.to_owned(), Values::parse(values)?)),
    }
}

/// Numbers of agents.
fn agents(text: &str) -> Result<Values> {
    Values::parse_with(text, |word| small_count(word).map(f64::from))
}

/// An output, with a name before a `=` or named after what it is.
fn output(text: &str) -> Result<(String, String)> {
    let is_name =
        |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    let named =
        text.split_once('=').map(|(name, rest)| (name.trim(), rest)).filter(|(name, _)| is_name(name));
    let (name, output) = named.unwrap_or((text, text));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    match output.trim() {
        "" => Err(Error::argument("it is no output", "write it as in 'final coverage'")),
        _ => Ok((words(name), words(output))),
    }
}

fn names(text: &str) -> Result<Names> {
    let names: Names = text.split(',').map(|name| name.trim().to_owned()).collect();
    match names.len() < 2 || names.iter().any(String::is_empty) {
        true => Err(Error::argument("it pairs nothing", "write at least two names, as in a,b")),
        false => Ok(names),
    }
}

/// Seconds that a trial may take.
fn seconds(text: &str) -> Result<f64> {
    match text.trim().parse() {
        Ok(seconds) if seconds > 0.0 && f64::is_finite(seconds) => Ok(seconds),
        _ => Err(Error::argument("it is no time", "give seconds, as in 10 or 0.5")),
    }
}

impl Arguments {
    /// The experiments: those of the plan file or one of the model, with what the flags say.
    pub fn descriptions(&self) -> Result<Vec<Description>> {
        self.grid.check()?;
        let mut all = match self.is_plan() {
            true => Description::read(&self.plan)?,
            false => vec![Description::of(&self.plan)],
        };
        all.iter_mut().try_for_each(|one| self.apply(one))?;
        Ok(all)
    }

    /// Which trials are to be run.
    pub fn selection(&self) -> Selection {
        self.only.clone().unwrap_or_default().shard(self.shard)
    }

    /// Whether other processes have shares of their own.
    pub fn is_shard(&self) -> bool {
        self.shard.is_some()
    }

    /// How worlds are spread over the device.
    pub fn schedule(&self) -> throng::Schedule {
        self.schedule.choice()
    }

    /// Where results are written.
    pub fn folder(&self, plan: &Plan) -> Option<PathBuf> {
        let name = match self.is_plan() {
            true => std::path::Path::new(&self.plan)
                .file_stem()
                .map_or("plan".into(), |stem| stem.to_string_lossy().into_owned()),
            false => plan.descriptions()[0].title(),
        };
        match &self.out {
            Some(folder) => Some(folder.clone()),
            None if self.csv => None,
            None => Some(format!("{name}-sweep").into()),
        }
    }

    fn is_plan(&self) -> bool {
        self.plan.ends_with(".toml")
    }

    /// Replaces what a description says by what the flags say.
    fn apply(&self, one: &mut Description) -> Result<()> {
        replace(one, "replicates", self.replicates, |one, replicates| one.replicates = replicates);
        replace(one, "agents", self.agents.clone(), |one, agents| one.agents = Some(agents));
        replace(one, "steps", self.steps, |one, steps| one.steps = steps);
        replace(one, "until", self.until.clone(), |one, until| one.until = Some(until));
        replace(one, "every", self.every, |one, every| one.every = Some(every));
        replace(one, "seed", self.seed, |one, seed| one.seed = seed);
        replace(one, "points", self.points, |one, points| one.points = Some(points));
        replace(one, "design_seed", self.design_seed, |one, seed| one.design_seed = seed);
        replace(one, "limit_seconds", self.limit_seconds, |one, limit| one.limit_seconds = Some(limit));
        replace(one, "memory", self.memory, |one, memory| one.memory = Some(memory));
        replace(one, "design", self.design, |one, design| one.design = design.kind());
        replace(one, "backend", self.backend, |one, backend| one.backend = backend.choice());
        replace(one, "wrap", self.grid.wraps(), |one, wrap| one.wrap = Some(wrap));
        replace(one, "map", self.grid.map.clone(), |one, path| {
            one.map = MapChoice::File(path);
            one.size = None;
        });
        replace(one, "graph", self.grid.graph.clone(), |one, named| {
            let (directed, seed) = (self.grid.directed, self.grid.map_seed.unwrap_or(0));
            one.map = MapChoice::Graph { named, directed, seed };
            one.size = None;
        });
        replace(one, "size", self.grid.size, |one, size| one.size = Some(size));
        replace(one, "generate", self.grid.generate, |one, kind| {
            one.map = MapChoice::Generated { kind: kind.into(), seed: self.grid.map_seed.unwrap_or(0) };
        });
        one.series |= self.series;
        for (name, values) in &self.set {
            if self.set.iter().filter(|(other, _)| other == name).count() > 1 {
                return Err(Error::argument(
                    format!("parameter `{name}` is set twice"),
                    "give all its values in one --set, as in name=1,2",
                ));
            }
            one.set(name, values.clone());
        }
        let changes = self.changes.list();
        for Change { parameter, .. } in &changes {
            let of_it = changes.iter().filter(|change| change.parameter == *parameter);
            one.change(parameter, of_it.cloned().collect());
        }
        if !self.zip.is_empty() {
            one.forget_place("zip");
            one.zip = self.zip.clone();
        }
        if !self.output.is_empty() {
            one.outputs
                .iter()
                .map(|(name, _)| format!("outputs.{name}"))
                .collect::<Vec<_>>()
                .iter()
                .for_each(|key| one.forget_place(key));
            one.outputs = self.output.clone();
        }
        self.design_file.as_ref().map_or(Ok(()), |file| one.read_points(file))
    }
}

/// Replaces one thing, which the file then no longer says.
fn replace<T>(one: &mut Description, key: &str, by: Option<T>, set: impl FnOnce(&mut Description, T)) {
    if let Some(value) = by {
        one.forget_place(key);
        set(one, value);
    }
}

impl DesignName {
    fn kind(self) -> DesignKind {
        match self {
            DesignName::Grid => DesignKind::Grid,
            DesignName::List => DesignKind::List,
            DesignName::LatinHypercube => DesignKind::LatinHypercube,
            DesignName::Sobol => DesignKind::Sobol,
        }
    }
}
