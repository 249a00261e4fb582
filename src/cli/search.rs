//! `throng search`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use throng::experiment::search::{
    CmaEs, Descriptor, Dimension, Finalist, Generation, Goal, Member, Method, MethodName, Search,
    SearchOptions, Space, evaluate,
};
use throng::experiment::{Experiment, Output, Summary, Worker, WorkerOptions};
use throng::model::{Parameter, ParameterKind};
use throng::output::{
    Column, Table, Values, create_folder, to_text, write_atomically, write_csv, write_parquet,
};
use throng::reduce::Condition;
use throng::world::Changes;
use throng::{BackendChoice, Error, Model, Result};

use super::changes::ChangeArguments;
use super::options::{BackendName, WorldArguments, count, interval, steps};
use super::{Done, print};

#[derive(Args)]
pub struct Arguments {
    /// A built-in model (`throng models`) or a model file
    model: String,
    /// Find parameters that make this as great as possible: a metric at the end, 'min METRIC', 'max METRIC', 'mean METRIC',
    /// or the first step of a condition, as in 'first coverage >= 0.99'
    #[arg(long, value_name = "OUTPUT", required_unless_present = "minimise", conflicts_with = "minimise")]
    maximise: Option<String>,
    /// Find parameters that make this as small as possible
    #[arg(long, value_name = "OUTPUT")]
    minimise: Option<String>,
    /// Search a parameter, or all elements of a vector, between two values; may be given again for others. `:log` behind it
    /// makes equal factors equally far apart
    #[arg(long, value_name = "NAME=LO..HI", value_parser = over, allow_hyphen_values = true, required = true)]
    over: Vec<Over>,
    /// The method of search
    #[arg(long, default_value = "cma-es")]
    method: MethodArgument,
    /// Generations
    #[arg(long, value_name = "COUNT", default_value = "30", value_parser = count, allow_hyphen_values = true)]
    generations: u64,
    /// Candidates in a generation [default: 32, or what is usual for CMA-ES]
    #[arg(long, value_name = "COUNT", value_parser = few, allow_hyphen_values = true)]
    population: Option<u32>,
    /// Seeds that each candidate is tried on, the same for all
    #[arg(long, value_name = "COUNT", default_value = "8", value_parser = few, allow_hyphen_values = true)]
    seeds: u32,
    /// Take other seeds in each generation
    #[arg(long)]
    fresh_seeds: bool,
    /// Seeds that the best are tried on at the end, none of which was searched with
    #[arg(long, value_name = "COUNT", default_value = "64", value_parser = few, allow_hyphen_values = true)]
    held_out: u32,
    /// How many of the best are kept
    #[arg(long, value_name = "COUNT", default_value = "5", value_parser = few, allow_hyphen_values = true)]
    best: u32,
    /// How far the method looks around, as a share of each interval [default: the method's own]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_hyphen_values = true)]
    sigma: Option<f64>,
    /// For MAP-Elites, an output that tells kinds of candidates apart, and its interval; to be given twice
    #[arg(long, value_name = "OUTPUT=LO..HI", value_parser = describe, allow_hyphen_values = true)]
    describe: Vec<Describe>,
    /// Parts of each such interval
    #[arg(long, value_name = "COUNT", default_value = "16", value_parser = few, allow_hyphen_values = true)]
    parts: u32,
    #[command(flatten)]
    world: WorldArguments,
    #[command(flatten)]
    changes: ChangeArguments,
    /// Steps of each run at most
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = steps, allow_hyphen_values = true)]
    steps: u64,
    /// End each run at the first recorded step at which this holds [default: the condition of 'first …', if there is one]
    #[arg(long, value_name = "CONDITION")]
    until: Option<String>,
    /// Record metrics every so many steps [default: 1 where the output needs it, else at the end only]
    #[arg(long, value_name = "STEPS", value_parser = interval, allow_hyphen_values = true)]
    every: Option<u64>,
    /// Where to run
    #[arg(long, default_value = "auto")]
    backend: BackendName,
    /// Write into this folder: search.json, from which the same command goes on, generations.csv, candidates/, elite.csv,
    /// best.toml (for `--params`) and those that follow it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A parameter to be searched.
#[derive(Debug, Clone)]
struct Over {
    name: String,
    low: f64,
    high: f64,
    log: bool,
}

/// What tells kinds apart.
#[derive(Debug, Clone)]
struct Describe {
    output: String,
    low: f64,
    high: f64,
}

#[derive(Clone, Copy, ValueEnum)]
enum MethodArgument {
    /// Everything is drawn evenly
    Random,
    /// Successive halving: many candidates on few seeds, the best of them on more
    Halving,
    /// A genetic algorithm: tournaments, blends of two parents, mutations
    Genetic,
    /// A normal distribution whose covariance adapts
    CmaEs,
    /// A gradient from mirrored samples, for many dimensions
    #[value(name = "openai-es")]
    OpenAiEs,
    /// The best of each kind
    MapElites,
}

impl MethodArgument {
    fn name(self) -> MethodName {
        match self {
            MethodArgument::Random => MethodName::Random,
            MethodArgument::Halving => MethodName::Halving,
            MethodArgument::Genetic => MethodName::Genetic,
            MethodArgument::CmaEs => MethodName::CmaEs,
            MethodArgument::OpenAiEs => MethodName::OpenAiEs,
            MethodArgument::MapElites => MethodName::MapElites,
        }
    }
}

/// A count from 1 to a million.
fn few(text: &str) -> Result<u32> {
    match count(text)? {
        number @ 1..=1_000_000 => Ok(number as u32),
        _ => Err(Error::argument("it is out of range", "give from 1 to 1M")),
    }
}

fn share(text: &str) -> Result<f64> {
    let value: Option<f64> = text.trim().parse().ok();
    value
        .filter(|value| *value > 0.0 && *value <= 1.0)
        .ok_or_else(|| Error::argument("it is no share", "give a number above 0, at most 1, as in 0.2"))
}

/// `NAME=LO..HI`.
fn bounds<'t>(text: &'t str, remedy: &str) -> Result<(&'t str, f64, f64)> {
    let unreadable = || Error::argument("it is no interval", remedy);
    let (name, interval) = text.rsplit_once('=').ok_or_else(unreadable)?;
    let (low, high) = interval.split_once("..").ok_or_else(unreadable)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    match (name.trim(), number(low), number(high)) {
        (name, Some(low), Some(high)) if !name.is_empty() => Ok((name, low, high)),
        _ => Err(unreadable()),
    }
}

fn over(text: &str) -> Result<Over> {
    let remedy = "write NAME=LO..HI, as in persistence=0..16 or rate=0.001..1:log";
    let (interval, log) = match text.trim().strip_suffix(":log") {
        Some(interval) => (interval, true),
        None => (text, false),
    };
    let (name, low, high) = bounds(interval, remedy)?;
    Ok(Over { name: name.to_owned(), low, high, log })
}

fn describe(text: &str) -> Result<Describe> {
    let (output, low, high) = bounds(text, "write OUTPUT=LO..HI, as in 'final coverage=0..1'")?;
    Ok(Describe { output: output.to_owned(), low, high })
}

pub fn search(arguments: &Arguments) -> Done {
    let model = Model::named(&arguments.model)?;
    let (experiment, options, space) = arguments.plan(model)?;
    let experiment = Arc::new(experiment);
    let descriptors = arguments
        .describe
        .iter()
        .map(|Describe { low, high, .. }| Descriptor {
            low: *low,
            high: *high,
            parts: arguments.parts as usize,
        })
        .collect();
    let method = Method::new(
        arguments.method.name(),
        space.clone(),
        arguments.world.seed,
        arguments.sigma,
        descriptors,
    )?;
    let folder = arguments.out.as_deref();
    if let Some(folder) = folder {
        create_folder(&folder.join("candidates"))?;
    }
    let stored = folder.map(|folder| folder.join("search.json"));
    let mut search = match stored.as_deref().filter(|stored| stored.exists()) {
        Some(stored) => Search::resume(stored, experiment.clone(), &options, &method)?,
        None => Search::new(experiment.clone(), options, method)?,
    };
    let worker_options = WorkerOptions {
        threads: arguments.world.threads,
        schedule: arguments.world.schedule.choice(),
        ..WorkerOptions::default()
    };
    let mut worker = Worker::new(experiment.clone(), &worker_options)?;
    let mut run = |trials| evaluate(&mut worker, trials);
    let done = search.generations().len() as u64;
    if done > 0 {
        print(&format!("going on after {done} generations\n"))?;
    }
    for _ in done..arguments.generations {
        let members = search.generation(&mut run)?;
        if let Some(folder) = folder {
            write_candidates(folder, &space, &members)?;
            write_generations(folder, search.generations())?;
        }
        // Stored last, so that what it says has been written is there.
        if let Some(stored) = &stored {
            search.save(stored)?;
        }
        if let Some(refused) = members.iter().find_map(|member| member.refused.as_ref()) {
            print(&format!("a candidate could not be tried: {refused}\n"))?;
        }
        if let Some(generation) = search.generations().last() {
            print(&line(generation))?;
        }
    }
    let finalists = search.finish(&mut run)?;
    let table =
        elite_table(&experiment, &search_places(&space, &experiment)?, &finalists, &arguments.goal_text())?;
    print(&format!("\n{}\n", to_text(&table, 40)))?;
    if let Method::MapElites(archive) = search.optimiser() {
        print(&format!("{} of {} kinds found\n", archive.archive().count(), archive.kinds()))?;
    }
    if let Some(folder) = folder {
        write_csv(&table, &folder.join("elite.csv"))?;
        for (rank, finalist) in finalists.iter().enumerate() {
            let name = if rank == 0 { "best.toml".to_owned() } else { format!("best-{}.toml", rank + 1) };
            write_parameters(&folder.join(name), &experiment.model, finalist, &arguments.goal_text())?;
        }
        print(&format!("written to {}\n", folder.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn goal_text(&self) -> String {
        self.maximise.clone().or(self.minimise.clone()).unwrap_or_default()
    }

    /// What is to be run, how, and in what box.
    fn plan(&self, model: Model) -> Result<(Experiment, SearchOptions, Space)> {
        if self.world.worlds != 1 {
            return Err(Error::argument(
                "a search has as many worlds as candidates times seeds",
                "leave --worlds out, and say --population and --seeds",
            ));
        }
        let mut outputs = vec![output(&self.goal_text(), &model)?];
        for Describe { output: text, .. } in &self.describe {
            outputs.push(output(text, &model)?);
        }
        let until = match (&self.until, &outputs[0].summary) {
            (Some(until), _) => Some(Condition::parse(until, &model)?),
            // What comes after the first step of the only condition changes nothing.
            (None, Summary::FirstStep(condition)) => Some(condition.clone()),
            (None, _) => None,
        };
        let at_end = until.is_none() && outputs.iter().all(|output| output.summary == Summary::Final);
        let every = self.every.unwrap_or(if at_end { 0 } else { 1 });
        // One world is built to have every mistake in the flags found, and the map made.
        let one = self.world.describe(model.clone())?.backend(BackendChoice::Cpu).build()?;
        let worlds = one.worlds();
        let values = worlds.parameters[0].clone();
        let mut dimensions = Vec::new();
        let mut places = Vec::new();
        for over in &self.over {
            for place in model.parameter_places(&over.name)? {
                dimensions.push(dimension(over, &model.parameters[place], values[place])?);
                places.push(place);
            }
        }
        let space = Space::new(dimensions)?;
        let population = match self.population {
            Some(population) => population as usize,
            None if matches!(self.method, MethodArgument::CmaEs) => CmaEs::usual_population(space.len()),
            None => 32,
        };
        let options = SearchOptions {
            goal: if self.maximise.is_some() { Goal::Maximise } else { Goal::Minimise },
            output: 0,
            descriptors: (1..outputs.len()).collect(),
            places,
            values,
            agents: worlds.agents,
            population,
            seeds: self.seeds,
            first_seed: self.world.seed,
            fresh_seeds: self.fresh_seeds,
            elite: self.best as usize,
            held_out: self.held_out,
        };
        let experiment = Experiment {
            name: "search".into(),
            changes: Changes::new(&model, self.changes.list())?.within(self.steps)?,
            model: Arc::new(model),
            map: worlds.map.clone(),
            wraps: worlds.wraps,
            steps: self.steps,
            every,
            until,
            outputs,
            series: false,
            backend: self.backend.choice(),
            memory: None,
            limit_seconds: None,
        };
        Ok((experiment, options, space))
    }
}

/// The dimension that a parameter is, which the search begins where the parameter stands.
fn dimension(over: &Over, parameter: &Parameter, value: f64) -> Result<Dimension> {
    let [low, high] = parameter.range;
    for end in [over.low, over.high] {
        if !(low..=high).contains(&end) {
            return Err(Error::argument(
                format!(
                    "parameter `{}` cannot be searched at {end}: it goes from {low} to {high}",
                    parameter.name
                ),
                "search within its range",
            ));
        }
    }
    Ok(Dimension {
        name: parameter.name.clone(),
        low: over.low,
        high: over.high,
        whole: parameter.kind.whole(),
        log: over.log,
        start: (over.low..=over.high).contains(&value).then_some(value),
    })
}

/// An output as the flags name it; a metric alone is its value at the end.
fn output(text: &str, model: &Model) -> Result<Output> {
    let text = text.trim();
    match text.contains(char::is_whitespace) {
        true => Output::parse(text, text, model),
        false => Output::parse(text, &format!("final {text}"), model),
    }
}

/// What people read of a generation.
fn line(generation: &Generation) -> String {
    let Generation { number, candidates, worlds, best, mean, best_so_far, seconds } = generation;
    format!(
        "generation {number}: {candidates} candidates in {worlds} worlds, best {best:.6}, mean {mean:.6}, best so far \
         {best_so_far:.6}, {seconds:.1} s\n"
    )
}

/// The parameters that are searched, by name and place in the model.
fn search_places(space: &Space, experiment: &Experiment) -> Result<Vec<usize>> {
    let mut places = Vec::new();
    for dimension in &space.dimensions {
        places.extend(experiment.model.parameter_places(&dimension.name)?);
    }
    Ok(places)
}

/// Columns of a table of people at most; more parameters than that are in the files.
const MOST_SHOWN: usize = 8;

fn elite_table(
    experiment: &Experiment,
    places: &[usize],
    finalists: &[Finalist],
    goal: &str,
) -> Result<Table> {
    let real = |of: &dyn Fn(&Finalist) -> f64| Values::F64(finalists.iter().map(of).collect());
    let mut columns = vec![
        Column::new("rank", Values::U64((1..=finalists.len() as u64).collect())),
        Column::new(format!("{goal} on held-out seeds"), real(&|finalist| finalist.held_out.mean)),
        Column::new("± 95 %", real(&|finalist| finalist.held_out.margin)),
        Column::new("s.d.", real(&|finalist| finalist.held_out.deviation)),
        Column::new("on searched seeds", real(&|finalist| finalist.member.estimate.mean)),
        Column::new("generation", Values::U64(finalists.iter().map(|f| f.member.generation).collect())),
    ];
    for place in places.iter().take(MOST_SHOWN) {
        let name = &experiment.model.parameters[*place].name;
        columns.push(Column::new(name.clone(), real(&|finalist| finalist.parameters[*place])));
    }
    Table::new(columns)
}

fn write_generations(folder: &Path, generations: &[Generation]) -> Result<()> {
    let count = |of: fn(&Generation) -> u64| Values::U64(generations.iter().map(of).collect());
    let real = |of: fn(&Generation) -> f64| Values::F64(generations.iter().map(of).collect());
    let table = Table::new(vec![
        Column::new("generation", count(|generation| generation.number)),
        Column::new("candidates", count(|generation| generation.candidates)),
        Column::new("worlds", count(|generation| generation.worlds)),
        Column::new("best", real(|generation| generation.best)),
        Column::new("mean", real(|generation| generation.mean)),
        Column::new("best_so_far", real(|generation| generation.best_so_far)),
        Column::new("seconds", real(|generation| generation.seconds)),
    ])?;
    write_csv(&table, &folder.join("generations.csv"))
}

/// One file for each generation, so that a generation that is run again replaces its own.
fn write_candidates(folder: &Path, space: &Space, members: &[Member]) -> Result<()> {
    let Some(first) = members.first() else { return Ok(()) };
    let real = |of: &dyn Fn(&Member) -> f64| Values::F64(members.iter().map(of).collect());
    let mut columns = vec![
        Column::new("generation", Values::U64(members.iter().map(|m| m.generation).collect())),
        Column::new("candidate", Values::U64(members.iter().map(|m| m.candidate.number).collect())),
        Column::new("seeds", Values::U64(members.iter().map(|m| m.estimate.count).collect())),
        Column::new("mean", real(&|member| member.estimate.mean)),
        Column::new("deviation", real(&|member| member.estimate.deviation)),
        Column::new(
            "error",
            Values::Text(members.iter().map(|m| m.refused.clone().unwrap_or_default()).collect()),
        ),
    ];
    for place in 0..first.descriptors.len() {
        columns.push(Column::new(format!("descriptor_{place}"), real(&|member| member.descriptors[place])));
    }
    for (place, dimension) in space.dimensions.iter().enumerate() {
        columns.push(Column::new(dimension.name.clone(), real(&|member| member.candidate.values[place])));
    }
    let path = folder.join("candidates").join(format!("{:06}.parquet", first.generation));
    write_parquet(&Table::new(columns)?, &path, &[])
}

/// All parameters as `--params` reads them.
fn write_parameters(path: &Path, model: &Model, finalist: &Finalist, goal: &str) -> Result<()> {
    let number = |parameter: &Parameter, value: f64| match parameter.kind {
        ParameterKind::I32 | ParameterKind::U32 => format!("{value}"),
        _ => format!("{value:?}"),
    };
    let mut text = format!(
        "# {}: {goal} is {:.6} ± {:.6} (95 %) on {} held-out seeds\n[params]\n",
        model.name, finalist.held_out.mean, finalist.held_out.margin, finalist.held_out.count
    );
    for name in model.parameter_names() {
        let places = model.parameter_places(name)?;
        let is_vector = model.parameters[places.start].element.is_some();
        let values: Vec<String> =
            places.map(|place| number(&model.parameters[place], finalist.parameters[place])).collect();
        let values = values.join(", ");
        text += &if is_vector { format!("{name} = [{values}]\n") } else { format!("{name} = {values}\n") };
    }
    write_atomically(path, |file| std::io::Write::write_all(file, text.as_bytes()))
}
