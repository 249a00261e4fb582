//! What a sweep costs beside stepping: the same worlds as a sweep's trials, and in one simulation that only steps.
//!
//! `cargo bench --bench ensemble`. The two schedules of the CPU are compared, too. The two take turns; time is processor time over all threads where the system counts it.

mod clock;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use clock::worked;
use throng::experiment::{Experiment, Output, Summary, Trial, Worker, WorkerOptions};
use throng::world::Changes;
use throng::world::map::Map;
use throng::{BackendChoice, Model, Run, Schedule, Simulation};

/// Worlds of a kind, and how often the two take turns.
struct Case {
    name: &'static str,
    model: &'static str,
    side: u32,
    agents: u32,
    worlds: u64,
    steps: u64,
    turns: usize,
}

const CASES: [Case; 4] = [
    Case {
        name: "10,000 x 1000 steps",
        model: "walkers",
        side: 32,
        agents: 64,
        worlds: 10_000,
        steps: 1000,
        turns: 3,
    },
    Case {
        name: "2000 x 1000 steps",
        model: "explorers",
        side: 64,
        agents: 64,
        worlds: 2000,
        steps: 1000,
        turns: 3,
    },
    Case { name: "100,000 tiny", model: "walkers", side: 8, agents: 8, worlds: 100_000, steps: 1, turns: 5 },
    Case {
        name: "100,000 tiny",
        model: "explorers",
        side: 8,
        agents: 8,
        worlds: 100_000,
        steps: 10,
        turns: 5,
    },
];

fn experiment(case: &Case) -> throng::Result<Experiment> {
    let model = Model::builtin(case.model)?;
    Ok(Experiment {
        changes: Changes::default(),
        name: case.name.into(),
        outputs: vec![Output { name: "coverage".into(), metric: 0, summary: Summary::Final }],
        model: Arc::new(model),
        map: Arc::new(Map::open(case.side, case.side)?),
        wraps: true,
        steps: case.steps,
        every: 0,
        until: None,
        series: false,
        backend: BackendChoice::Cpu,
        memory: None,
        limit_seconds: None,
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Nanoseconds of processor time for an agent-step of 4096 worlds of 64 x 64 with 256 agents, under both schedules in turn.
fn schedules(model: &str) -> throng::Result<()> {
    const STEPS: u64 = 20;
    let make = |schedule| {
        Simulation::of(Model::builtin(model)?)
            .size(64, 64)
            .wraps(true)
            .agents(256)
            .worlds(4096)
            .backend(BackendChoice::Cpu)
            .schedule(schedule)
            .build()
    };
    let (mut resident, mut wide) = (make(Schedule::Resident)?, make(Schedule::Wide)?);
    let begun = Instant::now();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let (before, wall) = (worked(begun), Instant::now());
        resident.run(&Run::steps(STEPS))?;
        let (between, turn) = (worked(begun), Instant::now());
        wide.run(&Run::steps(STEPS))?;
        let scale = 1e9 / (STEPS * 256 * 4096) as f64;
        first.push([(between - before) * scale, (turn - wall).as_secs_f64() * scale]);
        second.push([(worked(begun) - between) * scale, turn.elapsed().as_secs_f64() * scale]);
    }
    assert_eq!(resident.state_hash()?, wide.state_hash()?);
    let middle = |of: &[[f64; 2]], part: usize| median(of.iter().map(|times| times[part]).collect());
    println!(
        "{model:10} resident {:7.2} ns ({:.2} on the clock), wide {:7.2} ns ({:.2} on the clock)",
        middle(&first, 0),
        middle(&first, 1),
        middle(&second, 0),
        middle(&second, 1),
    );
    Ok(())
}

fn main() -> throng::Result<()> {
    println!("4096 worlds of 64 x 64 with 256 agents, processor time for an agent-step on the CPU");
    schedules("walkers")?;
    schedules("explorers")?;
    println!();
    println!(
        "{:22} {:10} {:>14} {:>14} {:>10} {:>14}",
        "worlds", "model", "stepping, s", "sweep, s", "overhead", "us a world"
    );
    for case in &CASES {
        let experiment = Arc::new(experiment(case)?);
        let mut worker = Worker::new(experiment.clone(), &WorkerOptions::default())?;
        let values: Vec<f64> =
            experiment.model.parameters.iter().map(|parameter| parameter.default).collect();
        let trial = |number: u64| Trial {
            number,
            experiment: 0,
            point: 0,
            replicate: number as u32,
            seed: number,
            agents: case.agents,
            values: values.clone(),
        };
        let mut simulation = Simulation::of((*experiment.model).clone())
            .size(case.side, case.side)
            .wraps(true)
            .agents(case.agents)
            .worlds(case.worlds as u32)
            .backend(BackendChoice::Cpu)
            .build()?;
        let begun = Instant::now();
        let (mut stepping, mut sweeping) = (Vec::new(), Vec::new());
        for turn in 0..=case.turns {
            let first = worked(begun);
            simulation.run(&Run::steps(case.steps))?;
            let second = worked(begun);
            let mut done = 0;
            worker.run(&mut (0..case.worlds).map(trial), &mut |outcome| {
                done += u64::from(outcome.result.is_ok());
                Ok(ControlFlow::Continue(()))
            })?;
            assert_eq!(done, case.worlds);
            // The first turn makes threads and memory ready.
            if turn > 0 {
                stepping.push(second - first);
                sweeping.push(worked(begun) - second);
            }
        }
        let (stepping, sweeping) = (median(stepping), median(sweeping));
        println!(
            "{:22} {:10} {stepping:>14.3} {sweeping:>14.3} {:>9.1}% {:>14.2}",
            case.name,
            case.model,
            100.0 * (sweeping - stepping) / sweeping,
            (sweeping - stepping) * 1e6 / case.worlds as f64,
        );
    }
    Ok(())
}
