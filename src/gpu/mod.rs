//! Runs a plan on a GPU with wgpu.
//!
//! A step is a few dispatches; many steps make a submission; nothing is read back but what was asked for. Where to start
//! reading: [`Gpu`] holds the parts together, `advance.rs` steps, `pass.rs` runs one stage, `stream.rs` submits.

mod adapter;
mod advance;
mod chunk;
mod device;
mod division;
mod hash;
mod kernel;
mod pass;
mod record;
mod stream;
mod totals;

use std::sync::Arc;

pub use adapter::{Adapter, Limits, adapters};

use crate::error::{Error, Result};
use crate::model::Model;
use crate::plan::{self, Advance, Backend, Footprint, Plan, Target};
use crate::reduce::Record;
use crate::reduce::hash::world_hash;
use crate::world::{Worlds, start};
use chunk::{Chunk, Layer};
use device::Device;
use division::Division;
use hash::Hasher;
use pass::{Passes, Stage};
use record::Recorder;
use stream::Stream;

/// Worlds on a GPU.
pub struct Gpu {
    plan: Plan,
    division: Division,
    device: Device,
    stream: Stream,
    passes: Passes,
    recorder: Recorder,
    hasher: Hasher,
    status: wgpu::Buffer,
    chunks: Vec<Chunk>,
    batch: u32,
    is_software: bool,
}

/// What is allocated beside the state, at most, for messages about memory.
const OVERHEAD: u64 = 32 << 20;

impl Gpu {
    /// Puts worlds of a model on a device.
    ///
    /// # Errors
    /// When the device cannot be opened or has too little memory, or the rule uses more buffers than it allows.
    pub fn new(model: Arc<Model>, worlds: &Worlds, choice: &Adapter) -> Result<Gpu> {
        let division = Division::new(&model, worlds, &choice.limits, choice.int64)?;
        let plan = Plan::new(model.clone(), division.setting.clone(), Target::Gpu)?;
        let of_world = 4 * (4 + model.parameters.len() as u64 + 2);
        let needed = Footprint::of(&model, &plan.setting)
            .batch(worlds.len().into())
            .saturating_add(of_world * u64::from(worlds.len()))
            .saturating_add(OVERHEAD);
        let mut device = Device::open(choice, needed)?;
        let stream = Stream::new(&mut device)?;
        let status = device.storage("status", 1)?;
        let module = kernel::module(&device, &plan)?;
        let passes = Passes::new(&device, &module, &plan)?;
        let recorder = Recorder::new(&mut device, &module, &plan, &division, &stream.calls)?;
        let hasher = Hasher::new(&mut device, &model, &division)?;
        let shared = shared_layers(&mut device, &division, &model, worlds)?;
        let mut chunks = Vec::new();
        for first in (0..worlds.len()).step_by(division.worlds as usize) {
            let count = division.worlds.min(worlds.len() - first);
            chunks.push(Chunk::new(&mut device, &division, &model, worlds, &shared, first, count)?);
        }
        let batch = worlds.len();
        let is_software = choice.is_software;
        let mut gpu =
            Gpu { plan, division, device, stream, passes, recorder, hasher, status, chunks, batch, is_software };
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
        let chunk = (number, &mut self.chunks[number]);
        self.passes.run(&mut self.device, &mut self.stream, &self.status, &self.plan, &self.division, chunk, stage)
    }

    /// Waits for the device, and reports a rule that did not end.
    fn finish(&mut self) -> Result<()> {
        self.stream.submit(&mut self.device)?;
        let status = self.device.read(&self.status, 0, 1)?;
        self.stream.finish(&mut self.device)?;
        match self.plan.out_of_fuel(status[0]) {
            Some(error) => Err(error),
            None => Ok(()),
        }
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
                format!("model `{}` has {} layers, numbered from 0", self.plan.model.name, self.plan.model.layers.len()),
            ));
        }
        let words = self.plan.layer_words(layer);
        let first = if self.plan.model.shared(layer) { 0 } else { u64::from(index) * words };
        Ok((chunk, first, words))
    }
}

/// The layers that all worlds have in common, in buffers that all chunks bind.
fn shared_layers(device: &mut Device, division: &Division, model: &Model, worlds: &Worlds) -> Result<Vec<Layer>> {
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
            schedule: match chunks {
                1 => format!("all worlds spread over the {agents}, pass after pass"),
                _ => format!("{chunks} groups of {} worlds, one after another, spread over the {agents}", self.division.worlds),
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

    fn measure(&mut self) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for number in 0..self.chunks.len() {
            records.extend(self.record_chunk(number)?);
        }
        Ok(records)
    }

    fn hashes(&mut self) -> Result<Vec<u64>> {
        let mut hashes = Vec::with_capacity(self.batch as usize);
        for chunk in &self.chunks {
            let sums = self.hasher.sums(&mut self.device, &mut self.stream, &self.plan.model, &self.division, chunk)?;
            hashes.extend(sums.into_iter().map(world_hash));
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

    fn agents(&mut self, world: u32) -> Result<Vec<u32>> {
        let (chunk, index) = self.find(world)?;
        self.chunks[chunk].read_agents(&self.device, &self.division, &self.plan.model, index)
    }

    fn set_agents(&mut self, world: u32, words: &[u32]) -> Result<()> {
        let (chunk, index) = self.find(world)?;
        let wanted = self.plan.agent_words() as usize * self.plan.setting.agents as usize;
        plan::check_length(wanted, words.len(), "agents")?;
        self.chunks[chunk].write_agents(&mut self.device, &self.division, &self.plan.model, index, words)
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

    fn state_bytes(&self) -> u64 {
        Footprint::of(&self.plan.model, &self.plan.setting).batch(self.batch.into())
    }
}
