//! Some worlds of a batch with their buffers on a device.

use rayon::prelude::*;

use super::device::Device;
use super::division::Division;
use crate::error::Result;
use crate::model::{LayerUse, Model};
use crate::world::{Start, Worlds, start};

/// Some worlds that follow each other, and their buffers.
pub(super) struct Chunk {
    /// The first world's place in the batch.
    pub first: u32,
    pub worlds: Vec<World>,
    /// Steps of the worlds that never stood still.
    pub tick: u64,
    /// By how many steps running worlds are behind, as the device was last told.
    pub behind: Vec<u64>,
    /// What kernels see as `ThrongWorld`.
    pub described: wgpu::Buffer,
    /// Whether the device knows which worlds run.
    pub described_is_current: bool,
    pub parameters: wgpu::Buffer,
    /// For each world, where a rule that does not end leaves its mark.
    pub status: wgpu::Buffer,
    /// One buffer for each piece.
    pub agents: Vec<wgpu::Buffer>,
    pub layers: Vec<Layer>,
    /// What rules look along, the same in all chunks.
    pub graph: Option<wgpu::Buffer>,
}

/// What the host knows of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct World {
    pub seed: u64,
    /// Steps taken.
    pub step: u64,
    pub running: bool,
    /// Bits of the passes in which its rule did not end.
    pub fault: u32,
}

/// A layer's buffers, one for each segment; none for an absent layer.
#[derive(Clone, Default)]
pub(super) struct Layer {
    copies: [Vec<wgpu::Buffer>; 2],
    /// Which of the copies holds the layer.
    current: usize,
}

impl Layer {
    /// Makes the buffers, empty.
    pub fn new(
        device: &mut Device,
        division: &Division,
        model: &Model,
        layer: usize,
        worlds: u32,
    ) -> Result<Layer> {
        let name = &model.layers[layer].name;
        let mut made = Layer::default();
        let copies = if model.shared(layer) { 1 } else { model.copies(layer) as usize };
        for copy in made.copies.iter_mut().take(copies) {
            for words in division.segments(model, layer, worlds) {
                copy.push(device.storage(name, words)?);
            }
        }
        Ok(made)
    }

    /// The buffers that hold the layer.
    pub fn now(&self) -> &[wgpu::Buffer] {
        &self.copies[self.current]
    }

    /// The buffers of the second copy; none when the layer needs none.
    pub fn next(&self) -> &[wgpu::Buffer] {
        &self.copies[1 - self.current]
    }

    /// Whether a pass that uses the layer so needs its second copy.
    pub fn turns(&self, uses: LayerUse) -> bool {
        uses.reads && uses.changes.is_some() && !self.next().is_empty()
    }

    /// Which copy holds the layer: 0 or 1.
    pub fn parity(&self) -> u64 {
        self.current as u64
    }

    /// Lets the second copy be the layer.
    pub fn turn(&mut self) {
        self.current = 1 - self.current;
    }

    /// Replaces `words` words from word `first` on, over all segments.
    pub fn write(&self, device: &mut Device, segment_words: u64, first: u64, words: &[u32]) -> Result<()> {
        let mut done = 0;
        while done < words.len() {
            let (segment, offset, count) =
                place(first + done as u64, (words.len() - done) as u64, segment_words);
            device.write(&self.now()[segment], offset, &words[done..done + count as usize])?;
            done += count as usize;
        }
        Ok(())
    }

    /// Reads `words` words from word `first` on, over all segments.
    pub fn read(&self, device: &Device, segment_words: u64, first: u64, words: u64) -> Result<Vec<u32>> {
        let mut all = Vec::with_capacity(words as usize);
        while (all.len() as u64) < words {
            let done = all.len() as u64;
            let (segment, offset, count) = place(first + done, words - done, segment_words);
            all.extend(device.read(&self.now()[segment], offset, count)?);
        }
        Ok(all)
    }
}

/// The segment that word `at` lies in, its offset there, and how many of `count` words from it on lie there too.
fn place(at: u64, count: u64, segment_words: u64) -> (usize, u64, u64) {
    let (segment, offset) = (at / segment_words, at % segment_words);
    (segment as usize, offset, count.min(segment_words - offset))
}

/// Words of state that are made on the host at a time.
const UPLOAD_WORDS: u64 = 4 << 20;

impl Chunk {
    /// Makes the buffers of `count` worlds from world `first` on, and writes the first state.
    ///
    /// # Errors
    /// When they do not fit the device.
    pub fn new(
        device: &mut Device,
        division: &Division,
        model: &Model,
        batch: &Worlds,
        shared: &[Layer],
        first: u32,
        count: u32,
    ) -> Result<Chunk> {
        let stride = u64::from(model.agent.stride / 4);
        let described = device.storage("worlds", 4 * u64::from(count))?;
        let parameters = device.storage("parameters", model.parameters.len() as u64 * u64::from(count))?;
        let status = device.storage("status", count.into())?;
        let mut agents = Vec::new();
        for (_, of_piece) in division.pieces(count) {
            agents.push(device.storage("agents", stride * u64::from(of_piece))?);
        }
        let mut layers = Vec::new();
        for (layer, common) in shared.iter().enumerate() {
            layers.push(match model.shared(layer) {
                true => common.clone(),
                false => Layer::new(device, division, model, layer, count)?,
            });
        }
        let range = first as usize..(first + count) as usize;
        let worlds = batch.seeds[range.clone()]
            .iter()
            .map(|seed| World { seed: *seed, step: 0, running: true, fault: 0 })
            .collect();
        let chunk = Chunk {
            first,
            worlds,
            tick: 0,
            behind: Vec::new(),
            described,
            described_is_current: false,
            parameters,
            status,
            agents,
            layers,
            graph: None,
        };
        if !model.parameters.is_empty() {
            let words: Vec<u32> = batch.parameters[range]
                .iter()
                .flat_map(|values| Worlds::parameter_words(model, values))
                .collect();
            device.write(&chunk.parameters, 0, &words)?;
        }
        chunk.fill_agents(device, division, model, batch)?;
        for layer in 0..model.layers.len() {
            chunk.fill_layer(device, division, model, batch, layer)?;
        }
        Ok(chunk)
    }

    fn fill_agents(
        &self,
        device: &mut Device,
        division: &Division,
        model: &Model,
        batch: &Worlds,
    ) -> Result<()> {
        let of_world = u64::from(model.agent.stride / 4) * u64::from(division.setting.agents);
        let at_a_time = (UPLOAD_WORDS / of_world.max(1)).clamp(1, self.worlds.len() as u64) as usize;
        for start in (0..self.worlds.len()).step_by(at_a_time) {
            let end = (start + at_a_time).min(self.worlds.len());
            let words: Vec<Vec<u32>> = (start..end)
                .into_par_iter()
                .map(|world| start::agents(model, batch, self.worlds[world].seed))
                .collect();
            match words.as_slice() {
                [one] => self.write_agents(device, division, model, start as u32, one)?,
                several => self.write_agents(device, division, model, start as u32, &several.concat())?,
            }
        }
        Ok(())
    }

    fn fill_layer(
        &self,
        device: &mut Device,
        division: &Division,
        model: &Model,
        batch: &Worlds,
        layer: usize,
    ) -> Result<()> {
        if model.shared(layer) || self.layers[layer].now().is_empty() {
            return Ok(());
        }
        let words = model.layers[layer].words(division.setting.cells());
        let content = start::layer(model, batch, layer, words);
        if content.iter().all(|word| *word == 0) {
            return Ok(());
        }
        let at_a_time = (UPLOAD_WORDS / words.max(1)).clamp(1, self.worlds.len() as u64) as usize;
        let segment_words = division.setting.segment_words[layer];
        for start in (0..self.worlds.len()).step_by(at_a_time) {
            let first = start as u64 * words;
            match at_a_time.min(self.worlds.len() - start) {
                1 => self.layers[layer].write(device, segment_words, first, &content)?,
                copies => self.layers[layer].write(device, segment_words, first, &content.repeat(copies))?,
            }
        }
        Ok(())
    }

    /// Puts a world's first state in the place of the one that is there.
    ///
    /// # Errors
    /// When the device fails.
    pub fn begin_again(
        &mut self,
        device: &mut Device,
        division: &Division,
        model: &Model,
        ground: &Worlds,
        start: &Start,
    ) -> Result<()> {
        let place = start.world - self.first;
        self.worlds[place as usize] = World { seed: start.seed, step: 0, running: true, fault: 0 };
        device.write(&self.status, place.into(), &[0])?;
        if !model.parameters.is_empty() {
            let words = Worlds::parameter_words(model, &start.parameters);
            device.write(&self.parameters, u64::from(place) * words.len() as u64, &words)?;
        }
        self.write_agents(device, division, model, place, &start::agents(model, ground, start.seed))?;
        for layer in 0..model.layers.len() {
            if model.shared(layer) || self.layers[layer].now().is_empty() {
                continue;
            }
            let words = model.layers[layer].words(division.setting.cells());
            let content = start::layer(model, ground, layer, words);
            let segment_words = division.setting.segment_words[layer];
            self.layers[layer].write(device, segment_words, u64::from(place) * words, &content)?;
        }
        Ok(())
    }

    /// Replaces the agents of worlds from `world` of this chunk on.
    pub fn write_agents(
        &self,
        device: &mut Device,
        division: &Division,
        model: &Model,
        world: u32,
        words: &[u32],
    ) -> Result<()> {
        let stride = u64::from(model.agent.stride / 4);
        if self.agents.len() == 1 {
            let first = u64::from(world) * u64::from(division.setting.agents) * stride;
            return device.write(&self.agents[0], first, words);
        }
        let of_piece = (stride * u64::from(division.agents)) as usize;
        for (buffer, words) in self.agents.iter().zip(words.chunks(of_piece)) {
            device.write(buffer, 0, words)?;
        }
        Ok(())
    }

    /// The agents of a world of this chunk.
    pub fn read_agents(
        &self,
        device: &Device,
        division: &Division,
        model: &Model,
        world: u32,
    ) -> Result<Vec<u32>> {
        let stride = u64::from(model.agent.stride / 4);
        let of_world = stride * u64::from(division.setting.agents);
        if self.agents.len() == 1 {
            return device.read(&self.agents[0], u64::from(world) * of_world, of_world);
        }
        let mut all = Vec::with_capacity(of_world as usize);
        for (buffer, (_, count)) in self.agents.iter().zip(division.pieces(1)) {
            all.extend(device.read(buffer, 0, stride * u64::from(count))?);
        }
        Ok(all)
    }

    /// Whether one of these worlds, in ascending order, is in the chunk.
    pub fn any_of(&self, worlds: &[u32]) -> bool {
        let next = worlds.partition_point(|world| *world < self.first);
        worlds.get(next).is_some_and(|world| world - self.first < self.worlds.len() as u32)
    }

    /// Tells the device which worlds run and how far they are behind; `all` lets every world count as running.
    pub fn describe(&mut self, device: &mut Device, all: bool) -> Result<()> {
        let words: Vec<u32> = self
            .worlds
            .iter()
            .flat_map(|world| {
                let behind = self.tick.wrapping_sub(world.step) as u32;
                [world.seed as u32, (world.seed >> 32) as u32, u32::from(world.running || all), behind]
            })
            .collect();
        self.described_is_current = !all;
        let running = self.worlds.iter().filter(|world| world.running || all);
        self.behind = running.map(|world| self.tick.wrapping_sub(world.step)).collect();
        self.behind.sort_unstable();
        self.behind.dedup();
        device.write(&self.described, 0, &words)
    }
}
