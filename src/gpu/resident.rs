//! Worlds that are small enough live in a workgroup's own memory for many steps. Dispatches the kernel of
//! `plan/resident.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use super::adapter::{Adapter, Limits};
use super::chunk::Chunk;
use super::device::Device;
use super::division::Division;
use super::kernel::{self, Common, Kernel};
use super::stream::{Dispatch, Stream};
use crate::error::{Error, Result, bytes_in_words};
use crate::model::{Effect, LayerUse, Model, Setting};
use crate::plan::{Plan, RESIDENT_ENTRY, Schedule, Target, resident_buffers, resident_bytes};

/// The kernel, and what it binds in each chunk.
pub(super) struct Resident {
    plan: Plan,
    kernel: Kernel,
    groups: HashMap<(usize, u64), wgpu::BindGroup>,
    most_steps: u64,
}

/// Agents or cells from which a whole device is better than one workgroup's 256 invocations.
const MOST_ITEMS: u64 = 4096;
/// Steps of a dispatch, at most.
const MOST_STEPS: u64 = 4096;
/// The same on a software device, which ends all loops of an invocation after 65,535 rounds: they are reported, and few
/// steps make few rounds.
const MOST_STEPS_OF_SOFTWARE: u64 = 16;

/// Why worlds cannot live in workgroups, if they cannot.
fn refusal(model: &Model, division: &Division, limits: &Limits) -> Option<String> {
    let needed = resident_bytes(model, &division.setting);
    let buffers = resident_buffers(model, &division.setting);
    if buffers > limits.storage_buffers as usize {
        Some(format!(
            "a world may be in {buffers} buffers and a kernel sees {} at a time",
            limits.storage_buffers
        ))
    } else if division.setting.segments > 1
        || division.setting.agents.first().is_some_and(|agents| division.agents < *agents)
    {
        Some("a world is too large for one buffer".into())
    } else if needed > limits.workgroup_bytes.into() {
        let there_is = bytes_in_words(limits.workgroup_bytes.into());
        Some(format!("a world's layers take {} and a workgroup has {there_is}", bytes_in_words(needed)))
    } else {
        None
    }
}

/// Whether worlds are to live in workgroups, and why, in words.
///
/// # Errors
/// When that was asked for and cannot be.
pub(super) fn chosen(
    model: &Model,
    division: &Division,
    choice: &Adapter,
    schedule: Schedule,
) -> Result<(bool, String)> {
    let items = model.items(division.setting.most_agents(), division.setting.cells());
    match (schedule, refusal(model, division, &choice.limits)) {
        (Schedule::Wide, _) => Ok((false, "asked for".into())),
        (Schedule::Resident, Some(why)) => Err(Error::argument(
            format!("worlds cannot be resident: {why}"),
            "use fewer layers, fewer kinds or a smaller grid, or leave the schedule to be chosen",
        )),
        (Schedule::Resident, None) => Ok((true, "asked for".into())),
        (Schedule::Auto, Some(why)) => Ok((false, why)),
        (Schedule::Auto, None) if choice.is_software => {
            Ok((false, "a software device ends long loops".into()))
        }
        (Schedule::Auto, None) if items > MOST_ITEMS => {
            let cells = model.stages.iter().any(|stage| stage.kind().is_none());
            let what = if cells && items == division.setting.cells() { "cells" } else { "agents" };
            Ok((false, format!("{items} {what} are many for one workgroup")))
        }
        (Schedule::Auto, None) => Ok((true, "a world fits in a workgroup's memory".into())),
    }
}

impl Resident {
    pub fn new(
        device: &Device,
        model: &Arc<Model>,
        setting: &Setting,
        is_software: bool,
    ) -> Result<Resident> {
        let setting = Setting { resident: true, ..setting.clone() };
        let plan = Plan::new(model.clone(), setting, Target::Resident)?;
        let module = kernel::module(device, &plan)?;
        let kernel = Kernel::of_plan(device, &module, &plan, RESIDENT_ENTRY, "a resident world")?;
        let most_steps = if is_software { MOST_STEPS_OF_SOFTWARE } else { MOST_STEPS };
        Ok(Resident { plan, kernel, groups: HashMap::new(), most_steps })
    }

    /// Forgets what was bound of a chunk, whose buffers are others now.
    pub fn forget(&mut self, number: usize) {
        self.groups.retain(|(chunk, _), _| *chunk != number);
    }

    /// Takes the running worlds of a chunk through some steps, of which there may be fewer than asked for; says how many. With
    /// `again`, they are the steps of the call before, and worlds go on where they stopped for want of room.
    ///
    /// # Errors
    /// When the device fails.
    pub fn run(
        &mut self,
        device: &mut Device,
        stream: &mut Stream,
        (number, chunk): (usize, &mut Chunk),
        steps: u64,
        again: bool,
    ) -> Result<u64> {
        let worlds = chunk.worlds.len() as u32;
        let setting = &self.plan.setting;
        let most = chunk.kinds.iter().map(|kind| kind.room).max().unwrap_or(0);
        let items = self.plan.model.items(most, setting.cells());
        let of_step = (u64::from(worlds) * items).max(1);
        let key = (number, self.kernel.parity(chunk));
        let group = match self.groups.get(&key) {
            Some(group) => group.clone(),
            None => {
                // Layers are loaded from where they are and saved there.
                let uses = vec![LayerUse { reads: false, changes: Some(Effect::Or) }; chunk.layers.len()];
                let common = Common { calls: &stream.calls.clone(), values: None };
                let group = self.kernel.group(device, chunk, &common, &uses, 0)?;
                self.groups.insert(key, group.clone());
                group
            }
        };
        let count = match again {
            true => steps,
            false => (u64::from(stream.share()) / of_step).clamp(1, self.most_steps).min(steps),
        };
        stream.dispatch(
            device,
            Dispatch {
                kernel: &self.kernel,
                group: &group,
                call: &[chunk.tick as u32 + 1, u32::from(again), worlds, count as u32],
                values_at: None,
                workgroups: worlds,
                work: of_step * count,
            },
        )?;
        chunk.kinds.iter_mut().for_each(|kind| kind.sorted = false);
        Ok(count)
    }
}
