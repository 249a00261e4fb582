//! Runs a plan on a GPU with wgpu.
//!
//! A step is a few dispatches; many steps make a submission; nothing is read back but what was asked for. Where to start
//! reading: [`Gpu`] holds the parts together, `advance.rs` steps, `pass.rs` runs one stage, `stream.rs` submits.

mod adapter;
mod advance;
mod chunk;
mod device;
mod division;
mod graph;
mod hash;
mod kernel;
mod pass;
mod population;
mod record;
mod resident;
mod room;
mod stream;
mod totals;

use std::sync::Arc;

pub use adapter::{Adapter, Limits, adapters};

use crate::error::{Error, Result};
use crate::model::Model;
use crate::plan::{self, Advance, Agents, Backend, Footprint, Plan, Schedule, Target};
use crate::reduce::Record;
use crate::reduce::hash::world_hash;
use crate::world::graph::Graph;
use crate::world::{Start, Worlds, start};
use chunk::{Chunk, Layer};
use device::Device;
use division::Division;
use hash::Hasher;
use kernel::Setup;
use pass::{Passes, Stage};
use record::Recorder;
use resident::Resident;
use stream::Stream;

/// Worlds on a GPU.
pub struct Gpu {
    plan: Plan,
    division: Division,
    device: Device,
    stream: Stream,
    passes: Passes,
    resident: Option<Resident>,
    /// Why worlds live in workgroups, or do not.
    why: String,
    recorder: Recorder,
    hasher: Hasher,
    chunks: Vec<Chunk>,
    /// What all worlds stand on: their map, their number of agents.
    ground: Worlds,
    batch: u32,
    is_software: bool,
}

/// What is allocated beside the state, at most, for messages about memory.
const OVERHEAD: u64 = 32 << 20;

impl Gpu {
    /// Puts worlds of a model on a device.
    ///
    /// # Errors
    /// When the device cannot be opened or has too little memory, the rule uses more buffers than it allows, or worlds
    /// that are too large for a workgroup's memory are to live there.
    pub fn new(model: Arc<Model>, worlds: &Worlds, choice: &Adapter, schedule: Schedule) -> Result<Gpu> {
        let division = Division::new(&model, worlds, &choice.limits, choice.int64)?;
        let (is_resident, why) = resident::chosen(&model, &division, choice, schedule)?;
        let plan = Plan::new(model.clone(), division.setting.clone(), Target::Gpu)?;
        let of_world = 4 * (4 + model.parameters.len() as u64 + 2);
        let needed = Footprint::of(&model, &plan.setting)
            .batch(worlds.len().into())
            .saturating_add(of_world * u64::from(worlds.len()))
            .saturating_add(OVERHEAD);
        let graph = Graph::of_worlds(&model, worlds)?;
        let needed = needed.saturating_add(graph.as_ref().map_or(0, graph::bytes));
        let mut device = Device::open(choice, needed)?;
        let stream = Stream::new(&mut device)?;
        let module = kernel::module(&device, &plan)?;
        let passes = Passes::new(&device, &module, &plan)?;
        let resident = match is_resident {
            true => Some(Resident::new(&device, &model, &division.setting, choice.is_software)?),
            false => None,
        };
        let recorder = Recorder::new(&mut device, &module, &plan, &division, &stream.calls)?;
        let hasher = Hasher::new(&mut device, &model, &division)?;
        let shared = shared_layers(&mut device, &division, &model, worlds)?;
        let graph = graph.map(|graph| graph::upload(&mut device, &graph)).transpose()?;
        let mut chunks = Vec::new();
        for first in (0..worlds.len()).step_by(division.worlds as usize) {
            let count = division.worlds.min(worlds.len() - first);
            let chunk = Chunk::new(&mut device, &division, &model, worlds, &shared, first, count)?;
            chunks.push(Chunk { graph: graph.clone(), ..chunk });
        }
        let batch = worlds.len();
        let is_software = choice.is_software;
        let mut gpu = Gpu {
            plan,
            division,
            device,
            stream,
            passes,
            resident,
            why,
            recorder,
            hasher,
            chunks,
            ground: Worlds { seeds: Vec::new(), parameters: Vec::new(), ..worlds.clone() },
            batch,
            is_software,
        };
        gpu.begin()?;
        Ok(gpu)
    }

    /// Fills layers by their functions and runs the start function.
    fn begin(&mut self) -> Result<()> {
        for number in 0..self.chunks.len() {
            self.chunks[number].describe(&mut self.device, false)?;
            for stage in self.passes.beginning() {
                self.run(number, stage)?;
            }
        }
        self.finish()
    }

    fn run(&mut self, number: usize, stage: Stage) -> Result<()> {
        let setup = Setup { plan: &self.plan, division: &self.division };
        self.passes.run(&mut self.device, &mut self.stream, &setup, (number, &mut self.chunks[number]), stage)
    }

    /// Waits for the device, and stops worlds whose rule did not end.
    fn finish(&mut self) -> Result<()> {
        self.stream.submit(&mut self.device)?;
        for chunk in &mut self.chunks {
            let faults = self.device.read(&chunk.status, 0, chunk.worlds.len() as u64)?;
            for (world, fault) in chunk.worlds.iter_mut().zip(faults) {
                world.fault = fault;
                if fault != 0 && world.running {
                    world.running = false;
                    chunk.described_is_current = false;
                }
            }
        }
        self.stream.finish(&mut self.device)
    }

    /// The chunk that holds a world, and the world's place in it.
    fn find(&self, world: u32) -> Result<(usize, u32)> {
        plan::world_index(world, self.batch as usize)?;
        Ok(((world / self.division.worlds) as usize, world % self.division.worlds))
    }

    fn layer_place(&self, world: u32, layer: usize) -> Result<(usize, u64, u64)> {
        let (chunk, index) = self.find(world)?;
        if layer >= self.plan.model.layers.len() {
            return Err(Error::argument(
                format!("there is no layer {layer}"),
                format!(
                    "model `{}` has {} layers, numbered from 0",
                    self.plan.model.name,
                    self.plan.model.layers.len()
                ),
            ));
        }
        let words = self.plan.layer_words(layer);
        let first = if self.plan.model.shared(layer) { 0 } else { u64::from(index) * words };
        Ok((chunk, first, words))
    }
}

/// The layers that all worlds have in common, in buffers that all chunks bind.
fn shared_layers(
    device: &mut Device,
    division: &Division,
    model: &Model,
    worlds: &Worlds,
) -> Result<Vec<Layer>> {
    let mut all = Vec::new();
    for index in 0..model.layers.len() {
        if !model.shared(index) || division.setting.absent(model, index) {
            all.push(Layer::default());
            continue;
        }
        let layer = Layer::new(device, division, model, index, 1)?;
        let words = model.layers[index].words(division.setting.cells());
        let content = start::layer(model, worlds, index, words);
        layer.write(device, division.setting.segment_words[index], 0, &content)?;
        all.push(layer);
    }
    Ok(all)
}

impl Backend for Gpu {
    fn device(&self) -> plan::Device {
        let chunks = self.chunks.len();
        let agents = if self.is_software { "software device" } else { "GPU" };
        plan::Device {
            backend: "gpu",
            name: self.device.name.clone(),
            schedule: match (chunks, &self.resident) {
                (_, Some(_)) => format!("resident, each world in one workgroup's memory ({})", self.why),
                (1, None) => {
                    format!("wide, all worlds spread over the {agents}, pass after pass ({})", self.why)
                }
                _ => format!(
                    "wide, {chunks} groups of {} worlds, one after another, spread over the {agents} ({})",
                    self.division.worlds, self.why
                ),
            },
        }
    }

    fn advance(&mut self, advance: &Advance) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for number in 0..self.chunks.len() {
            records.extend(self.advance_chunk(number, advance)?);
        }
        self.finish()?;
        Ok(records)
    }

    fn faults(&self) -> Vec<(u32, Error)> {
        let worlds = self.chunks.iter().flat_map(|chunk| &chunk.worlds);
        (0..)
            .zip(worlds)
            .filter_map(|(index, world)| Some((index, self.plan.out_of_fuel(world.fault)?)))
            .collect()
    }

    fn restart(&mut self, starts: &[Start]) -> Result<()> {
        for number in 0..self.chunks.len() {
            let chunk = &mut self.chunks[number];
            let here: Vec<&Start> = starts
                .iter()
                .filter(|start| (chunk.first..chunk.first + chunk.worlds.len() as u32).contains(&start.world))
                .collect();
            if here.is_empty() {
                continue;
            }
            let held: Vec<bool> = chunk.worlds.iter().map(|world| world.running).collect();
            chunk.worlds.iter_mut().for_each(|world| world.running = false);
            for start in &here {
                chunk.begin_again(&mut self.device, &self.division, &self.plan.model, &self.ground, start)?;
            }
            chunk.describe(&mut self.device, false)?;
            for stage in self.passes.beginning() {
                self.run(number, stage)?;
            }
            // What follows must not be seen by the passes before.
            self.stream.submit(&mut self.device)?;
            let chunk = &mut self.chunks[number];
            for (world, held) in chunk.worlds.iter_mut().zip(held) {
                world.running |= held;
            }
            chunk.described_is_current = false;
        }
        self.finish()
    }

    fn measure_some(&mut self, worlds: &[u32]) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for number in 0..self.chunks.len() {
            if self.chunks[number].any_of(worlds) {
                records.extend(self.record_chunk(number)?);
            }
        }
        // What is measured can go wrong as a rule can.
        self.finish()?;
        records.retain(|record| worlds.binary_search(&record.world).is_ok());
        Ok(records)
    }

    fn hash_some(&mut self, worlds: &[u32]) -> Result<Vec<u64>> {
        let mut hashes = Vec::with_capacity(worlds.len());
        for chunk in self.chunks.iter().filter(|chunk| chunk.any_of(worlds)) {
            let sums = self.hasher.sums(
                &mut self.device,
                &mut self.stream,
                &self.plan.model,
                &self.division,
                chunk,
            )?;
            let wanted = (chunk.first..).zip(sums).filter(|(world, _)| worlds.binary_search(world).is_ok());
            hashes.extend(wanted.map(|(_, sums)| world_hash(sums)));
        }
        Ok(hashes)
    }

    fn steps(&self) -> Vec<u64> {
        self.chunks.iter().flat_map(|chunk| chunk.worlds.iter().map(|world| world.step)).collect()
    }

    fn running(&self) -> Vec<bool> {
        self.chunks.iter().flat_map(|chunk| chunk.worlds.iter().map(|world| world.running)).collect()
    }

    fn set_running(&mut self, world: u32, running: bool) {
        if let Ok((chunk, index)) = self.find(world) {
            let chunk = &mut self.chunks[chunk];
            chunk.worlds[index as usize].running = running;
            chunk.described_is_current = false;
        }
    }

    fn agent_counts(&mut self) -> Result<Vec<u64>> {
        let (kinds, numbers) = (&self.plan.model.kinds, &self.plan.setting.agents);
        if !kinds.iter().any(|kind| kind.varies) {
            let all = numbers.iter().map(|number| u64::from(*number)).sum::<u64>().max(1);
            return Ok(vec![all; self.batch as usize]);
        }
        let mut counts = Vec::new();
        for chunk in &self.chunks {
            let words = chunk.read_numbers(&self.device)?;
            counts.extend(words.chunks_exact(4 * kinds.len()).map(|world| {
                let count = |place: usize| match kinds[place].varies {
                    true => world[4 * place],
                    false => numbers[place],
                };
                (0..kinds.len()).map(|place| u64::from(count(place))).sum::<u64>()
            }));
        }
        Ok(counts)
    }

    fn agents(&mut self, world: u32, kind: usize) -> Result<Agents> {
        let (chunk, index) = self.find(world)?;
        self.chunks[chunk].read_agents(&self.device, &self.division, &self.plan.model, kind, index)
    }

    fn set_agents(&mut self, world: u32, kind: usize, agents: &Agents) -> Result<()> {
        let (number, index) = self.find(world)?;
        let model = self.plan.model.clone();
        agents.check(&model.kinds[kind], self.plan.setting.agents[kind])?;
        if model.kinds[kind].varies {
            let most = agents.ids.len() as u32;
            if most > self.chunks[number].kinds[kind].room {
                self.grow(number, kind, most)?;
            }
        }
        if model.kinds[kind].is_numbered() {
            self.chunks[number].write_number(&mut self.device, &model, kind, index, agents)?;
        }
        let chunk = &mut self.chunks[number];
        (chunk.kinds[kind].sorted, chunk.safe_steps) = (false, 0);
        chunk.write_agents(&mut self.device, &self.division, &model, kind, index, &agents.words)
    }

    fn layer(&mut self, world: u32, layer: usize) -> Result<Vec<u32>> {
        let (chunk, first, words) = self.layer_place(world, layer)?;
        let segment_words = self.division.setting.segment_words[layer];
        self.chunks[chunk].layers[layer].read(&self.device, segment_words, first, words)
    }

    fn set_layer(&mut self, world: u32, layer: usize, words: &[u32]) -> Result<()> {
        let (chunk, first, wanted) = self.layer_place(world, layer)?;
        plan::check_length(wanted as usize, words.len(), &self.plan.model.layers[layer].name)?;
        let segment_words = self.division.setting.segment_words[layer];
        self.chunks[chunk].layers[layer].write(&mut self.device, segment_words, first, words)
    }

    fn set_parameters(&mut self, world: u32, words: &[u32]) -> Result<()> {
        let (chunk, index) = self.find(world)?;
        // A model without parameters has one word of them, which no buffer holds.
        let count = self.plan.model.parameters.len();
        plan::check_length(count.max(1), words.len(), "parameters")?;
        let first = u64::from(index) * count as u64;
        self.device.write(&self.chunks[chunk].parameters, first, &words[..count])
    }

    fn set_clock(&mut self, world: u32, seed: u64, step: u64) -> Result<()> {
        let (chunk, index) = self.find(world)?;
        let chunk = &mut self.chunks[chunk];
        let held = &mut chunk.worlds[index as usize];
        (held.seed, held.step) = (seed, step);
        chunk.described_is_current = false;
        Ok(())
    }

    fn state_bytes(&self) -> u64 {
        Footprint::of(&self.plan.model, &self.plan.setting).batch(self.batch.into())
    }
}
