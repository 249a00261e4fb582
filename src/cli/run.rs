//! `throng run`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};
use throng::output::{Column, Table, Values, to_text};
use throng::reduce::{Condition, Record, Spread};
use throng::world::graph::{Graph, GraphOrigin, LeftOut};
use throng::world::map::{Generator, Map, Origin};
use throng::{Model, Outcome, Run, Signal, Simulation};

use super::changes::ChangeArguments;
use super::files::Folder;
use super::options::{BackendName, WorldArguments, default_every, interval, steps};
use super::state::StateArguments;
use super::{Done, print, print_json};

#[derive(Args)]
pub struct Arguments {
    /// A built-in model (`throng models`) or a model file; explorers on a generated map when neither is given
    model: Option<String>,
    #[command(flatten)]
    world: WorldArguments,
    #[command(flatten)]
    changes: ChangeArguments,
    #[command(flatten)]
    state: StateArguments,
    /// Steps at most [default: 1000]
    #[arg(long, value_name = "COUNT", value_parser = steps, allow_hyphen_values = true)]
    steps: Option<u64>,
    /// Stop each world at the first recorded step at which this holds, as in 'coverage >= 0.99'
    #[arg(long, value_name = "CONDITION")]
    until: Option<String>,
    /// Record metrics every so many steps [default: each step, less often in a long run or with many worlds]
    #[arg(long, value_name = "STEPS", value_parser = interval, allow_hyphen_values = true)]
    every: Option<u64>,
    /// Where to run
    #[arg(long, default_value = "auto")]
    backend: BackendName,
    /// Write run.json, metrics.csv, metrics.parquet, final.png and run.gif into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write a picture of the first world at its end into this PNG file
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Pixels on the longest side of that picture; below 200 it has no legend [default: 1024]
    #[arg(long, value_name = "COUNT", requires = "picture", value_parser = clap::value_parser!(u32).range(16..=16384))]
    pixels: Option<u32>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// The exit code of programs that an interrupt ends.
pub const INTERRUPTED: u8 = 130;

/// What a first run shows when nothing is asked for: a cave that takes a few seconds to explore.
const DEMONSTRATION: (u32, u32, u64) = (1024, 1024, 20_000);
const DEMONSTRATION_UNTIL: &str = "coverage >= 0.99";

pub fn run(arguments: &Arguments) -> Done {
    let begun = Instant::now();
    let model = Model::named(arguments.model.as_deref().unwrap_or("explorers"))?;
    let mut builder = arguments.world.describe(model.clone())?.backend(arguments.backend.choice());
    builder = arguments.changes.describe(builder);
    let mut until = arguments.until.clone();
    let mut most = arguments.steps.unwrap_or(1000);
    let grid = &arguments.world.grid;
    if arguments.model.is_none() && !grid.is_given() && !arguments.state.loads() {
        let (width, height, demonstration_steps) = DEMONSTRATION;
        builder = builder.size(width, height).generate(Generator::Caves, 0);
        if arguments.steps.is_none() {
            most = demonstration_steps;
            until = until.or(Some(DEMONSTRATION_UNTIL.into()));
        }
    }
    // Cheap mistakes are told before anything is made.
    until.as_ref().map(|condition| Condition::parse(condition, &model)).transpose()?;
    let (builder, state) = arguments.state.describe(builder, &model, grid)?;
    let builder = builder.prepare()?;
    let folder = arguments.out.as_deref().map(Folder::create).transpose()?;
    let mut simulation = builder.build()?;
    if let Some(state) = &state {
        state.restore(&mut simulation)?;
    }
    let start = simulation.steps();
    let agents = agents(&mut simulation)?;
    let every = arguments.every.unwrap_or(default_every(most, arguments.world.worlds));
    let mut plan = Run::steps(most).every(every);
    if let Some(condition) = &until {
        plan = plan.until(condition);
    }
    let mut film = folder.as_ref().map(|_| super::files::Film::new(most, simulation.worlds().map.cells()));
    if let Some(film) = &film {
        plan = plan.pause(film.every());
    }

    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    // Without a handler an interrupt ends the program at once, which loses nothing that is already written.
    let _ = ctrlc::set_handler(move || {
        // Whoever interrupts twice does not want to wait for the end of the step and the files.
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
    });
    let bar = super::progress::bar(most, arguments.json);
    if let Some(film) = &mut film {
        film.take(&mut simulation)?;
    }
    let outcome = simulation.run_watched(&plan, |simulation, progress| {
        super::progress::update(&bar, progress);
        if let Some(film) = &mut film {
            film.look(simulation)?;
        }
        Ok(if stop.load(Ordering::Relaxed) { Signal::Stop } else { Signal::Continue })
    });
    bar.finish_and_clear();
    let outcome = outcome.map_err(|error| arguments.state.rescue(&mut simulation, error))?;

    let kept = arguments.state.save(&mut simulation)?;
    let hashes = simulation.world_hashes()?;
    let summary = summary(&mut simulation, &hashes, &outcome, agents, begun);
    if let (Some(folder), Some(film)) = (&folder, film) {
        let description = arguments.description(&simulation, every, &until, most, &summary);
        folder.write(&mut simulation, film, &description)?;
    }
    if let Some(path) = &arguments.picture {
        super::files::write_picture(&mut simulation, path, arguments.pixels)?;
    }
    if arguments.json {
        print_json(&summary)?;
    } else {
        let told = text(&simulation, &outcome, &start, &until, &summary, folder.as_ref())?;
        print(&(told + &kept.unwrap_or_default()))?;
    }
    // A script must not take a part of a run for the whole.
    Ok(if outcome.interrupted { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

impl Arguments {
    /// Everything needed to repeat the run.
    fn description(
        &self,
        simulation: &Simulation,
        every: u64,
        until: &Option<String>,
        most: u64,
        summary: &Value,
    ) -> Value {
        let model = simulation.model();
        let worlds = simulation.worlds();
        let mut parameters = serde_json::Map::new();
        for (parameter, value) in model.parameters.iter().zip(&worlds.parameters[0]) {
            match &parameter.element {
                None => drop(parameters.insert(parameter.name.clone(), json!(value))),
                Some(element) => {
                    let vector = parameters.entry(element.vector.clone()).or_insert_with(|| json!([]));
                    vector.as_array_mut().map(|values| values.push(json!(value))).unwrap_or_default();
                }
            }
        }
        let changes: Vec<Value> = simulation
            .changes()
            .iter()
            .map(
                |change| json!({ "parameter": change.parameter, "step": change.step, "value": change.value }),
            )
            .collect();
        json!({
            "throng": env!("CARGO_PKG_VERSION"),
            "command": std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>(),
            "model": { "name": model.name, "file": model.file, "hash": model.text_hash(), "text": &*model.source },
            "parameters": parameters,
            "changes": changes,
            "state": self.state.description(),
            "map": map(&worlds.map, worlds.reachable.count(), worlds.wraps),
            "at_most_steps": most,
            "every": every,
            "until": until,
            "schedule": simulation.device().schedule,
            "state_bytes": simulation.state_bytes(),
            "interrupted": summary["interrupted"],
            "result": summary,
        })
    }
}

/// What is needed to get the map again, and to know that it is the same.
fn map(map: &Map, reachable: u64, wraps: bool) -> Value {
    let mut description = match map.origin() {
        Origin::File(path) => json!({ "name": map.name(), "file": path.to_string_lossy() }),
        Origin::Generated { kind, seed } => {
            json!({ "name": map.name(), "generator": kind.to_string(), "seed": seed })
        }
        Origin::Given => json!({ "name": map.name() }),
    };
    if let Some(graph) = map.graph() {
        description["graph"] = self::graph(graph);
    }
    description["size"] = json!([map.width(), map.height()]);
    description["hash"] = json!(format!("{:016x}", map.hash()));
    description["cells"] = json!(map.cells());
    description["reachable"] = json!(reachable);
    description["wraps"] = json!(wraps);
    description
}

/// What is needed to get the graph again, and to know that it is the same.
fn graph(graph: &Graph) -> Value {
    let mut description = match graph.origin() {
        GraphOrigin::File(path) => json!({ "name": graph.name(), "file": path.to_string_lossy() }),
        GraphOrigin::Generated(shape, seed) => {
            json!({ "name": graph.name(), "generator": shape.to_string(), "seed": seed })
        }
        GraphOrigin::Lattice | GraphOrigin::Given => json!({ "name": graph.name() }),
    };
    let ((least, mean, greatest), left_out) = (graph.degrees(), graph.left_out());
    description["nodes"] = json!(graph.nodes());
    description["edges"] = json!(graph.edges());
    description["directed"] = json!(graph.directed());
    description["degree"] = json!({ "min": least, "mean": mean, "max": greatest });
    description["left_out"] = json!({ "loops": left_out.loops, "repeated": left_out.repeated });
    description["hash"] = json!(format!("{:016x}", graph.hash()));
    description
}

/// What `--json` prints.
fn summary(
    simulation: &mut Simulation,
    hashes: &[u64],
    outcome: &Outcome,
    agents: u64,
    begun: Instant,
) -> Value {
    let device = simulation.device();
    let worlds = simulation.worlds().clone();
    let last = final_values(simulation);
    let mut metrics = serde_json::Map::new();
    let mut per_world = serde_json::Map::new();
    for (name, values) in &last {
        metrics.insert(name.clone(), json!(Spread::of(values.iter().copied()).mean));
        per_world.insert(name.clone(), json!(values));
    }
    metrics.insert("per_world".into(), Value::Object(per_world.clone()));
    let wall = outcome.progress.spent.as_secs_f64();
    json!({
        "model": simulation.model().name,
        "backend": device.backend,
        "device": device.name,
        "why": simulation.why(),
        "worlds": worlds.len(),
        "agents": agents,
        "steps": outcome.progress.steps,
        "steps_per_world": simulation.steps(),
        "interrupted": outcome.interrupted,
        "seed": worlds.seeds[0],
        "grid": [worlds.map.width(), worlds.map.height()],
        "state_hash": format!("{:016x}", throng::reduce::hash::batch_hash(hashes)),
        "world_seeds": worlds.seeds,
        "world_hashes": hashes.iter().map(|hash| format!("{hash:016x}")).collect::<Vec<_>>(),
        "metrics": metrics,
        "per_world": per_world,
        "wall_s": wall,
        "total_s": begun.elapsed().as_secs_f64(),
        "agent_steps_per_s": if wall > 0.0 { outcome.progress.agent_steps as f64 / wall } else { 0.0 },
    })
}

/// Each column of the metrics with every world's last value.
fn final_values(simulation: &Simulation) -> Vec<(String, Vec<f64>)> {
    let model = simulation.model();
    let last: Vec<Option<&Record>> = simulation.series().last(simulation.worlds().len());
    let mut columns: Vec<(String, Vec<f64>)> = Vec::new();
    for (index, metric) in model.metrics.iter().enumerate() {
        let mut values = last.iter().flatten().map(|record| record.partials[index].columns(metric));
        let first = values.next().unwrap_or_default();
        let start = columns.len();
        columns.extend(first.into_iter().map(|(name, value)| (name, vec![value])));
        for world in values {
            for (column, (_, value)) in columns[start..].iter_mut().zip(world) {
                column.1.push(value);
            }
        }
    }
    columns
}

/// Agents of all kinds in the first world as it stands.
fn agents(simulation: &mut Simulation) -> throng::Result<u64> {
    let kinds = simulation.model().kinds.clone();
    let first = simulation.worlds().numbers(simulation.model(), simulation.parameters(0)?)?;
    let mut all = 0;
    for (kind, first) in kinds.iter().zip(first) {
        all += match kind.varies {
            // A state that was loaded may have more or fewer.
            true => simulation.agent_words(&kind.name, 0)?.ids.len() as u64,
            false => first.into(),
        };
    }
    Ok(all)
}

/// What people read at the end.
fn text(
    simulation: &Simulation,
    outcome: &Outcome,
    start: &[u64],
    until: &Option<String>,
    summary: &Value,
    folder: Option<&Folder>,
) -> throng::Result<String> {
    let (model, worlds, device) = (simulation.model(), simulation.worlds(), simulation.device());
    let plural =
        |count: u64, word: &str| if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") };
    let steps = simulation.steps();
    let taken = steps.iter().zip(start).map(|(step, start)| step - start);
    let stopped = taken.filter(|taken| *taken < outcome.progress.of).count();
    let ended = match until {
        _ if outcome.interrupted => "interrupted: this is how far it came, and it is kept".to_owned(),
        Some(condition) if stopped == steps.len() => format!("{condition} in every world"),
        Some(condition) if stopped > 0 => {
            format!("{condition} in {} of {}", stopped, plural(worlds.len().into(), "world"))
        }
        Some(condition) => format!("never {condition}"),
        None => "all steps taken".to_owned(),
    };
    let ground = match worlds.map.graph() {
        Some(graph) => format!(
            "{}, {} with {}{}",
            graph.name(),
            plural(graph.nodes().into(), "node"),
            plural(graph.edges(), "edge"),
            match graph.left_out() {
                LeftOut { loops: 0, repeated: 0 } => String::new(),
                LeftOut { loops, repeated } => {
                    format!("; {} and {} left out", plural(loops, "loop"), plural(repeated, "repeated edge"))
                }
            }
        ),
        None => format!(
            "{}, {} by {} cells, {} of them reachable{}",
            worlds.map.name(),
            worlds.map.width(),
            worlds.map.height(),
            worlds.reachable.count(),
            if worlds.wraps { ", a torus" } else { "" },
        ),
    };
    let mut text = format!(
        "{} on {ground}\n{} in {}, first seed {}\n{}, chosen because {}; {}\n",
        model.name,
        match !model.kinds.is_empty() {
            true => plural(summary["agents"].as_u64().unwrap_or(0), "agent"),
            false => plural(worlds.map.cells(), "cell"),
        },
        plural(worlds.len().into(), "world"),
        worlds.seeds[0],
        device.name,
        match simulation.why() {
            "asked for" => "it was asked for",
            why => why,
        },
        device.schedule,
    );
    // A model without agents has one that nobody sees.
    let of_agent = if !model.kinds.is_empty() { 1.0 } else { worlds.map.cells() as f64 };
    text += &format!(
        "{}: {ended}\n{:.3} s stepping, {} {}-steps/s\n",
        plural(outcome.progress.steps, "step"),
        outcome.progress.spent.as_secs_f64(),
        super::progress::rate(summary["agent_steps_per_s"].as_f64().unwrap_or(0.0) * of_agent),
        if !model.kinds.is_empty() { "agent" } else { "cell" },
    );
    let values = final_values(simulation);
    if !values.is_empty() {
        let names = values.iter().map(|(name, _)| name.clone()).collect();
        let spreads: Vec<Spread> =
            values.iter().map(|(_, values)| Spread::of(values.iter().copied())).collect();
        let column = |name: &str, of: fn(&Spread) -> f64| {
            Column::new(name, Values::F64(spreads.iter().map(of).collect()))
        };
        let mut columns = vec![Column::new("metric", Values::Text(names))];
        if worlds.len() == 1 {
            columns.push(column("value", |spread| spread.mean));
        } else {
            columns.push(column("mean over worlds", |spread| spread.mean));
            columns.push(column("s.d.", |spread| spread.deviation));
            columns.push(column("min", |spread| spread.min));
            columns.push(column("median", |spread| spread.median));
            columns.push(column("max", |spread| spread.max));
        }
        text += &format!("\n{}\n", to_text(&Table::new(columns)?, 40));
    }
    text += &format!("state hash {}\n", summary["state_hash"].as_str().unwrap_or(""));
    if let Some(folder) = folder {
        text += &format!("written to {folder}\n");
    }
    Ok(text)
}
