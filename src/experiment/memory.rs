//! What the worlds of an experiment take.

use super::Experiment;
use crate::error::Result;
use crate::model::Setting;
use crate::plan::Footprint;
use crate::world::memory;

/// Bytes that a world takes, beside what all worlds share.
pub(super) fn world_bytes(experiment: &Experiment, agents: u32) -> u64 {
    let footprint = footprint(experiment, agents);
    footprint.agents + footprint.layers
}

/// Refuses a batch that this machine cannot hold.
///
/// # Errors
/// With what is needed and what there is.
pub(super) fn check(experiment: &Experiment, agents: u32, worlds: u64) -> Result<()> {
    let needed = footprint(experiment, agents).batch(worlds);
    let (width, height) = (experiment.map.width(), experiment.map.height());
    memory::check(
        &format!("{worlds} world(s) of {width} by {height} cells with {agents} agents at once"),
        needed,
        "use a smaller grid, fewer agents, or fewer worlds at once",
    )
}

fn footprint(experiment: &Experiment, agents: u32) -> Footprint {
    let (model, map) = (&experiment.model, &experiment.map);
    let numbers = model.numbers(Some(agents), &model.defaults());
    let setting = Setting::alone(model, [map.width(), map.height()], map.is_open(), numbers);
    Footprint::of(model, &setting)
}
