//! The same seed gives the same state: in any batch, in any number of runs, with any number of threads, by both
//! schedules, on every backend.

use super::check::{Check, Tolerance, Wrong};
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::gpu::Adapter;
use crate::model::Model;
use crate::plan::Schedule;
use crate::simulation::{BackendChoice, Builder, Run, Simulation};

const SOURCE: &str = "equal state hashes by construction";
const WORLDS: u32 = 3;
const SEED: u64 = 9;
const STEPS: u64 = 24;

/// The checks of a model whose second run of each comparison could have gone wrong so.
pub fn checks(model: &'static str, wrong: Wrong) -> Vec<Check> {
    let check = |quantity, measure| Check {
        model,
        quantity,
        source: SOURCE,
        expected: 0.0,
        tolerance: Tolerance::Exact,
        quick: true,
        changes: &[],
        wrong,
        measure,
    };
    vec![
        check("worlds of a batch that differ from the same alone", alone),
        check("worlds that differ when a run is cut in two", in_two_runs),
        check("worlds that differ with 1, 2 or 3 threads", threads),
        check("worlds that differ between the schedules", schedules),
        check("worlds that differ between GPU and CPU", backends),
    ]
}

/// Worlds of an odd shape, so that rows end inside of words.
fn worlds(model: &Model, backend: BackendChoice) -> Builder {
    let builder = Simulation::of(model.clone()).size(37, 29).worlds(WORLDS).seed(SEED).backend(backend);
    with_agents(builder, model, 30)
}

/// So many agents of each kind, where that can be said.
fn with_agents(builder: Builder, model: &Model, agents: u32) -> Builder {
    let builder = if model.takes_number() { builder.agents(agents) } else { builder };
    model.number_parameters().into_iter().fold(builder, |builder, name| builder.set(name, agents.into()))
}

fn after(builder: Builder, runs: &[u64]) -> Result<Vec<u64>> {
    let mut simulation = builder.build()?;
    for steps in runs {
        simulation.run(&Run::steps(*steps))?;
    }
    simulation.world_hashes()
}

fn differing(one: &[u64], other: &[u64]) -> usize {
    one.iter().zip(other).filter(|(one, other)| one != other).count() + one.len().abs_diff(other.len())
}

fn counted(differing: usize) -> Option<Got> {
    Some(Got::exactly(differing as f64))
}

fn alone(setup: &Setup) -> Result<Option<Got>> {
    let batch = after(worlds(&setup.model, setup.backend), &[STEPS])?;
    let mut single = Vec::new();
    for world in 0..u64::from(WORLDS) {
        let one = worlds(&setup.tried, setup.backend).worlds(1).seed(SEED + world);
        single.extend(after(one, &[STEPS])?);
    }
    Ok(counted(differing(&batch, &single)))
}

fn in_two_runs(setup: &Setup) -> Result<Option<Got>> {
    let whole = after(worlds(&setup.model, setup.backend), &[STEPS])?;
    let mut differ = 0;
    for cut in [1, 11, STEPS - 1] {
        differ += differing(&whole, &after(worlds(&setup.tried, setup.backend), &[cut, 0, STEPS - cut])?);
    }
    Ok(counted(differ))
}

fn threads(setup: &Setup) -> Result<Option<Got>> {
    let with = |model: &Model, threads, crowd: u32| {
        // Besides worlds enough for every thread, one that is large enough to be shared by all of them.
        let builder = worlds(model, BackendChoice::Cpu).threads(threads);
        match crowd {
            0 => after(builder, &[STEPS]),
            crowd => after(with_agents(builder.worlds(1).size(201, 167), model, crowd), &[STEPS]),
        }
    };
    let mut differ = 0;
    for crowd in [0, 20_000] {
        let one = with(&setup.model, 1, crowd)?;
        for threads in [2, 3] {
            differ += differing(&one, &with(&setup.tried, threads, crowd)?);
        }
    }
    Ok(counted(differ))
}

fn schedules(setup: &Setup) -> Result<Option<Got>> {
    let by = |model: &Model, schedule| after(worlds(model, setup.backend).schedule(schedule), &[STEPS]);
    Ok(counted(differing(&by(&setup.model, Schedule::Wide)?, &by(&setup.tried, Schedule::Resident)?)))
}

fn backends(setup: &Setup) -> Result<Option<Got>> {
    if Adapter::best(true).is_err() {
        return Ok(None);
    }
    let cpu = after(worlds(&setup.model, BackendChoice::Cpu), &[STEPS])?;
    Ok(counted(differing(&cpu, &after(worlds(&setup.tried, BackendChoice::Gpu), &[STEPS])?)))
}
