//! Trials run side by side, as worlds of one simulation.

use std::time::Instant;

use crate::error::Result;
use crate::experiment::{Experiment, Finished, Summariser, Trial, TrialOutcome};
use crate::simulation::{Run, Simulation};

/// Runs trials of an experiment as worlds of one simulation, all at once, and gives their outcomes in the same order. All
/// trials must have as many agents as the first.
///
/// # Errors
/// When the worlds do not fit in memory, or the device fails.
pub fn evaluate(
    experiment: &Experiment,
    threads: Option<usize>,
    trials: Vec<Trial>,
) -> Result<Vec<TrialOutcome>> {
    let Some(first) = trials.first() else { return Ok(Vec::new()) };
    let model = &experiment.model;
    let mut builder = Simulation::of((**model).clone())
        .map((*experiment.map).clone())
        .wraps(experiment.wraps)
        .agents(first.agents)
        .backend(experiment.backend)
        .seeds(trials.iter().map(|trial| trial.seed).collect::<Vec<u64>>());
    if let Some(threads) = threads {
        builder = builder.threads(threads);
    }
    for (trial, world) in trials.iter().zip(0..) {
        for (parameter, value) in model.parameters.iter().zip(&trial.values) {
            builder = builder.set_in(world, &parameter.name, *value);
        }
    }
    let begun = Instant::now();
    let mut simulation = builder.build()?;
    let run = Run {
        steps: experiment.steps,
        every: if experiment.every == 0 { experiment.steps.max(1) } else { experiment.every },
        until: experiment.until.as_ref().map(|until| until.to_string()),
        pause: 0,
    };
    simulation.run(&run)?;
    let mut summarisers = vec![Summariser::new(&experiment.outputs); trials.len()];
    let mut series = vec![Vec::new(); trials.len()];
    for record in simulation.series().records() {
        let world = record.world as usize;
        summarisers[world].add(&experiment.outputs, record, model);
        if experiment.series {
            let values =
                record.partials.iter().zip(&model.metrics).map(|(partial, metric)| partial.value(metric));
            series[world].push((record.step, values.collect()));
        }
    }
    let hashes = simulation.world_hashes()?;
    let device = simulation.device().backend;
    let seconds = begun.elapsed().as_secs_f64();
    let steps = simulation.steps();
    let last = simulation.series().last(trials.len() as u32);
    let stopped: Vec<bool> = last
        .iter()
        .map(|record| match (record, &experiment.until) {
            (Some(record), Some(until)) => until.holds(record, model),
            _ => false,
        })
        .collect();
    let finished = |world: usize, series: Vec<(u64, Vec<f64>)>| Finished {
        steps: steps[world],
        stopped: stopped[world],
        hash: hashes[world],
        outputs: summarisers[world].finish(&experiment.outputs),
        series,
    };
    let outcomes = trials.into_iter().zip(series).enumerate().map(|(world, (trial, series))| TrialOutcome {
        trial,
        result: Ok(finished(world, series)),
        seconds,
        device: device.to_string(),
    });
    Ok(outcomes.collect())
}
