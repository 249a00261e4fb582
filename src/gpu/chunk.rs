//! Some worlds of a batch with their buffers on a device.

use rayon::prelude::*;

use super::device::Device;
use super::division::Division;
use super::population::Population;
use crate::error::Result;
use crate::model::{LayerUse, Model, Part};
use crate::plan::Agents;
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
    /// How many agents of each kind there are in each world, and the numbers that the next ones born are given.
    pub numbers: wgpu::Buffer,
    /// The agents of each kind.
    pub kinds: Vec<Population>,
    /// Steps that worlds can take before births could fill the room there is.
    pub safe_steps: u64,
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
        let described = device.storage("worlds", 4 * u64::from(count))?;
        let parameters = device.storage("parameters", model.parameters.len() as u64 * u64::from(count))?;
        let status = device.storage("status", count.into())?;
        let numbers = device.storage("numbers", 4 * (model.kinds.len() as u64 * u64::from(count)).max(1))?;
        let mut kinds = Vec::new();
        for (kind, room) in division.rooms.iter().enumerate() {
            kinds.push(Population::new(device, division, model, kind, count, *room)?);
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
            numbers,
            kinds,
            safe_steps: 0,
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
        for kind in 0..model.kinds.len() {
            chunk.fill_agents(device, division, model, batch, kind)?;
        }
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
        kind: usize,
    ) -> Result<()> {
        let stride = u64::from(model.kinds[kind].layout.stride / 4);
        let of_world = stride * u64::from(division.setting.agents[kind]);
        // Worlds with as many agents as there is room for stand one after the other.
        let at_a_time = match model.kinds[kind].varies {
            true => 1,
            false => (UPLOAD_WORDS / of_world.max(1)).clamp(1, self.worlds.len() as u64) as usize,
        };
        for start in (0..self.worlds.len()).step_by(at_a_time) {
            let end = (start + at_a_time).min(self.worlds.len());
            let words: Vec<(Vec<u32>, u32)> = (start..end)
                .into_par_iter()
                .map(|world| {
                    let number = batch.numbers(model, &batch.parameters[self.first as usize + world])?[kind];
                    Ok((start::agents(model, batch, kind, self.worlds[world].seed, number), number))
                })
                .collect::<Result<_>>()?;
            if model.kinds[kind].is_numbered() {
                for (world, (_, number)) in (start as u32..).zip(&words) {
                    self.write_number(device, model, kind, world, &Agents::first(*number))?;
                }
            }
            let words: Vec<Vec<u32>> = words.into_iter().map(|(words, _)| words).collect();
            match words.as_slice() {
                [one] => self.write_agents(device, division, model, kind, start as u32, one)?,
                several => {
                    self.write_agents(device, division, model, kind, start as u32, &several.concat())?
                }
            }
        }
        Ok(())
    }

    /// Tells the device how many agents of a kind a world has, and their numbers, in whose order they are.
    pub fn write_number(
        &self,
        device: &mut Device,
        model: &Model,
        kind: usize,
        world: u32,
        agents: &Agents,
    ) -> Result<()> {
        let population = &self.kinds[kind];
        let first = u64::from(world) * u64::from(population.room);
        let ids = population.only(Part::Ids)?;
        match model.kinds[kind].is_ranked() {
            true => {
                let ranked = (0..).zip(&agents.ids).flat_map(|(rank, id)| [*id, rank]);
                device.write(ids, 2 * first, &ranked.collect::<Vec<u32>>())?;
            }
            false => device.write(ids, first, &agents.ids)?,
        }
        let words = [agents.ids.len() as u32, agents.next_id, population.room, 0];
        let place = u64::from(world) * model.kinds.len() as u64 + kind as u64;
        device.write(&self.numbers, 4 * place, &words)
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
        for (kind, number) in ground.numbers(model, &start.parameters)?.into_iter().enumerate() {
            let words = start::agents(model, ground, kind, start.seed, number);
            if model.kinds[kind].is_numbered() {
                self.write_number(device, model, kind, place, &Agents::first(number))?;
            }
            self.write_agents(device, division, model, kind, place, &words)?;
            self.kinds[kind].sorted = false;
        }
        self.safe_steps = 0;
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

    /// Replaces the agents of a kind in worlds from `world` of this chunk on.
    pub fn write_agents(
        &self,
        device: &mut Device,
        division: &Division,
        model: &Model,
        kind: usize,
        world: u32,
        words: &[u32],
    ) -> Result<()> {
        let stride = u64::from(model.kinds[kind].layout.stride / 4);
        let buffers = self.kinds[kind].part(Part::Agents);
        if buffers.len() == 1 {
            let first = u64::from(world) * u64::from(self.kinds[kind].room) * stride;
            return device.write(&buffers[0], first, words);
        }
        let of_piece = (stride * u64::from(division.agents)) as usize;
        for (buffer, words) in buffers.iter().zip(words.chunks(of_piece)) {
            device.write(buffer, 0, words)?;
        }
        Ok(())
    }

    /// Four words for each kind of each world: how many agents there are, the number that the next one born is given, for how
    /// many there is room, and, of the first kind, how many steps of a dispatch the world has taken.
    pub fn read_numbers(&self, device: &Device) -> Result<Vec<u32>> {
        device.read(&self.numbers, 0, (4 * self.kinds.len() * self.worlds.len()) as u64)
    }

    /// The agents of a kind in a world of this chunk.
    pub fn read_agents(
        &self,
        device: &Device,
        division: &Division,
        model: &Model,
        kind: usize,
        world: u32,
    ) -> Result<Agents> {
        let stride = u64::from(model.kinds[kind].layout.stride / 4);
        let population = &self.kinds[kind];
        let buffers = population.part(Part::Agents);
        let first = u64::from(world) * u64::from(population.room);
        if model.kinds[kind].is_numbered() {
            let place = u64::from(world) * model.kinds.len() as u64 + kind as u64;
            let numbers = device.read(&self.numbers, 4 * place, 2)?;
            let number = u64::from(numbers[0]);
            let words = device.read(&buffers[0], first * stride, number * stride)?;
            let of_id = if model.kinds[kind].is_ranked() { 2 } else { 1 };
            let ids = device.read(population.only(Part::Ids)?, of_id * first, of_id * number)?;
            let ids: Vec<u32> = ids.into_iter().step_by(of_id as usize).collect();
            return Ok(Agents::in_order(&words, &ids, numbers[1], stride as usize));
        }
        let number = division.setting.agents[kind];
        let of_world = stride * u64::from(number);
        let mut agents = Agents::first(number);
        if buffers.len() == 1 {
            agents.words = device.read(&buffers[0], first * stride, of_world)?;
            return Ok(agents);
        }
        for (buffer, (_, count)) in buffers.iter().zip(division.pieces(kind, 1)) {
            agents.words.extend(device.read(buffer, 0, stride * u64::from(count))?);
        }
        Ok(agents)
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
