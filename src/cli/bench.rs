//! `throng bench`: GPU against CPU over population sizes.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use throng::output::{Column, Series, Table, Values, create_folder, plot_lines, to_text, write_csv};
use throng::{BackendChoice, Error, Model, Result, Run, Signal, Simulation};

use super::options::{count, threads};
use super::progress::rate;
use super::{Done, print};

#[derive(Args)]
pub struct Arguments {
    /// A built-in model or a model file
    #[arg(default_value = "explorers")]
    model: String,
    /// The largest population; sizes go from 1k in steps of four [default: the largest that fits, at most 16M]
    #[arg(long, value_name = "COUNT", value_parser = population, allow_hyphen_values = true)]
    largest: Option<u64>,
    /// Seconds of stepping for each figure
    #[arg(long, default_value = "1", value_parser = seconds, allow_hyphen_values = true)]
    seconds: f64,
    /// Threads of the CPU backend
    #[arg(long, value_name = "COUNT", value_parser = threads, allow_hyphen_values = true)]
    threads: Option<usize>,
    /// The folder for bench.csv, bench.svg and bench.png
    #[arg(long, value_name = "DIR", default_value = "throng-bench")]
    out: PathBuf,
}

/// Free cells for each agent: the grid grows with the population, so that crowding is the same at every size.
const CELLS_PER_AGENT: u64 = 4;
const SMALLEST: u64 = 1000;
const LARGEST: u64 = 16_777_216;
/// The largest population whose grid, with a power of two on each side, a map can have.
const MOST: u64 = 1 << 28;

/// The largest population.
fn population(text: &str) -> Result<u64> {
    match count(text)? {
        agents @ SMALLEST..=MOST => Ok(agents),
        _ => Err(Error::argument(
            "populations cannot be measured up to there",
            format!("give from {SMALLEST} to {MOST} agents"),
        )),
    }
}

/// Seconds of stepping for each figure.
fn seconds(text: &str) -> Result<f64> {
    match text.trim().parse() {
        Ok(seconds) if seconds > 0.0 && seconds <= 3600.0 => Ok(seconds),
        _ => Err(Error::argument("it is no time to measure", "give seconds, from just above 0 to 3600")),
    }
}

/// Agent-steps a second, if a population of this size fits.
fn measure(model: &Model, agents: u64, backend: BackendChoice, arguments: &Arguments) -> Result<Option<f64>> {
    let side = ((agents * CELLS_PER_AGENT) as f64).sqrt().ceil() as u32;
    let side = side.next_power_of_two();
    let mut builder = Simulation::of(model.clone()).size(side, side).agents(agents as u32).backend(backend);
    if let Some(threads) = arguments.threads {
        builder = builder.threads(threads);
    }
    let mut simulation = match builder.build() {
        Ok(simulation) => simulation,
        Err(Error::Memory { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    simulation.run(&Run::steps(3))?;
    let limit = Duration::from_secs_f64(arguments.seconds);
    let outcome = simulation.run_watched(&Run::steps(1_000_000), |_, progress| {
        Ok(if progress.spent >= limit { Signal::Stop } else { Signal::Continue })
    })?;
    Ok(Some(outcome.progress.agent_steps as f64 / outcome.progress.spent.as_secs_f64()))
}

pub fn bench(arguments: &Arguments) -> Done {
    let largest = arguments.largest.unwrap_or(LARGEST);
    let model = Model::named(&arguments.model)?;
    if model.kinds.is_empty() {
        return Err(Error::argument(
            format!("model `{}` has no agents, and populations are what is measured", model.name),
            "name a model that has, or see how fast `throng run` steps this one",
        )
        .into());
    }
    create_folder(&arguments.out)?;
    let gpu = throng::gpu::Adapter::best(true);
    let (mut sizes, mut cpu_rates, mut gpu_rates) = (Vec::new(), Vec::new(), Vec::new());
    let mut agents = SMALLEST;
    while agents <= largest {
        let Some(cpu) = measure(&model, agents, BackendChoice::Cpu, arguments)? else { break };
        let gpu = match gpu {
            Ok(_) => measure(&model, agents, BackendChoice::Gpu, arguments)?.unwrap_or(f64::NAN),
            Err(_) => f64::NAN,
        };
        // Whoever does not read this still gets the files.
        let _ = writeln!(
            std::io::stderr(),
            "{agents} agents: CPU {} agent-steps/s, GPU {}",
            rate(cpu),
            rate(gpu)
        );
        sizes.push(agents);
        cpu_rates.push(cpu);
        gpu_rates.push(gpu);
        agents *= 4;
    }
    let ratios: Vec<f64> = gpu_rates.iter().zip(&cpu_rates).map(|(gpu, cpu)| gpu / cpu).collect();
    let wins = sizes.iter().zip(&ratios).find(|(_, ratio)| **ratio > 1.0).map(|(agents, _)| *agents);
    let table = Table::new(vec![
        Column::new("agents", Values::U64(sizes.clone())),
        Column::new("cpu_agent_steps_per_s", Values::F64(cpu_rates.clone())),
        Column::new("gpu_agent_steps_per_s", Values::F64(gpu_rates.clone())),
        Column::new("gpu_over_cpu", Values::F64(ratios)),
    ])?;
    write_csv(&table, &arguments.out.join("bench.csv"))?;
    let points = |rates: &[f64]| -> Vec<(f64, f64)> {
        sizes
            .iter()
            .zip(rates)
            .filter(|(_, rate)| rate.is_finite())
            .map(|(agents, rate)| (*agents as f64, *rate))
            .collect()
    };
    let device = gpu.as_ref().map_or_else(|_| "no GPU".to_owned(), |gpu| gpu.name.clone());
    let mut series = vec![Series { name: "CPU".into(), points: points(&cpu_rates) }];
    if gpu.is_ok() {
        series.push(Series { name: format!("GPU: {device}"), points: points(&gpu_rates) });
    }
    for file in ["bench.svg", "bench.png"] {
        let title = format!("{}: agents stepped per second", model.name);
        plot_lines(&title, "agents", "agent-steps/s", &series, true, true, &arguments.out.join(file))?;
    }
    let verdict = match (&gpu, wins) {
        (Err(error), _) => format!("only the CPU was measured: {error}"),
        (Ok(_), Some(agents)) => format!("the GPU ({device}) is faster from {agents} agents on"),
        (Ok(_), None) => format!("the GPU ({device}) is slower at every size"),
    };
    print(&format!("{}\n{verdict}\nwritten to {}\n", to_text(&table, 40), arguments.out.display()))?;
    Ok(ExitCode::SUCCESS)
}
