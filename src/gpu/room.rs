//! Room for agents that are to be born.
//!
//! A stage cannot wait for room. Before a step that could fill what there is the device is asked how many agents there are,
//! and whatever could become too small is made larger: so nobody is ever lost, and as long as there is plenty nobody asks.

use super::Gpu;
use super::population::Population;
use crate::error::{Error, Result};
use crate::model::Part;
use crate::plan::most_after_step;

/// Steps that are taken without asking, at most.
const MOST_STEPS: u64 = 256;

impl Gpu {
    /// Makes sure that the next step of a chunk has room for all who could be born in it.
    ///
    /// # Errors
    /// When the device has too little memory, or agents become more than can be numbered. The worlds are then as they
    /// were.
    pub(super) fn make_room(&mut self, number: usize) -> Result<()> {
        if self.chunks[number].safe_steps > 0 {
            self.chunks[number].safe_steps -= 1;
            return Ok(());
        }
        self.stream.submit(&mut self.device)?;
        let model = self.plan.model.clone();
        let kinds = model.kinds.len();
        let chunk = &self.chunks[number];
        let words = chunk.read_numbers(&self.device)?;
        self.stream.finish(&mut self.device)?;
        let mut agents: Vec<u64> = (0..kinds)
            .map(|kind| match model.kinds[kind].varies {
                true => words
                    .chunks_exact(4)
                    .skip(kind)
                    .step_by(kinds)
                    .map(|world| world[0])
                    .max()
                    .unwrap_or(0)
                    .into(),
                false => self.plan.setting.agents[kind].into(),
            })
            .collect();
        let mut steps = 0;
        loop {
            most_after_step(&model, &mut agents);
            let tight = |kind: &usize| {
                model.kinds[*kind].varies && agents[*kind] > u64::from(self.chunks[number].kinds[*kind].room)
            };
            let tight: Vec<usize> = (0..kinds).filter(tight).collect();
            if steps > 0 && (!tight.is_empty() || steps == MOST_STEPS) {
                break;
            }
            for kind in tight {
                let room = u32::try_from(agents[kind].saturating_mul(2)).unwrap_or(u32::MAX).min(MOST_ROOM);
                if u64::from(room) < agents[kind] {
                    return Err(Error::argument(
                        format!("agents `{}` become too many to be numbered", model.kinds[kind].name),
                        "let fewer be born, or more die",
                    ));
                }
                self.grow(number, kind, room)?;
            }
            steps += 1;
        }
        self.chunks[number].safe_steps = steps - 1;
        Ok(())
    }

    /// Gives each world of a chunk room for so many agents of a kind whose number varies.
    ///
    /// # Errors
    /// When the device has too little memory; the worlds are then as they were.
    pub(super) fn grow(&mut self, number: usize, kind: usize, room: u32) -> Result<()> {
        self.stream.submit(&mut self.device)?;
        self.move_to(number, kind, room)?;
        self.division.rooms[kind] = self.division.rooms[kind].max(room);
        // Young of other kinds have places by those who bear them.
        let model = self.plan.model.clone();
        let stages: Vec<_> = model.stages.iter().filter(|stage| stage.kind() == Some(kind)).collect();
        for child in (0..model.kinds.len()).filter(|child| *child != kind) {
            if stages.iter().any(|stage| stage.kinds[child].bears) {
                self.move_to(number, child, self.chunks[number].kinds[child].room)?;
            }
        }
        self.passes.forget(number);
        if let Some(resident) = &mut self.resident {
            resident.forget(number);
        }
        self.recorder.forget(number);
        Ok(())
    }

    /// Moves the agents of a kind to other buffers.
    fn move_to(&mut self, number: usize, kind: usize, room: u32) -> Result<()> {
        let model = self.plan.model.clone();
        let chunk = &mut self.chunks[number];
        let worlds = chunk.worlds.len() as u32;
        let larger = Population::new(&mut self.device, &self.division, &model, kind, worlds, room)?;
        let held = &chunk.kinds[kind];
        let mut encoder = self.device.device.create_command_encoder(&Default::default());
        let stride = u64::from(model.kinds[kind].layout.stride);
        let of_id = if model.kinds[kind].is_ranked() { 8 } else { 4 };
        for (part, bytes) in [(Part::Agents, stride), (Part::Ids, of_id)] {
            for world in 0..u64::from(worlds) {
                let [from, to] = [held.room, room].map(|room| world * u64::from(room) * bytes);
                let count = u64::from(held.room) * bytes;
                encoder.copy_buffer_to_buffer(held.only(part)?, from, larger.only(part)?, to, count);
            }
        }
        let submitted = self.device.queue.submit([encoder.finish()]);
        self.device.wait(submitted)?;
        for world in 0..u64::from(worlds) {
            let place = world * model.kinds.len() as u64 + kind as u64;
            self.device.write(&chunk.numbers, 4 * place + 2, &[room])?;
        }
        chunk.kinds[kind] = larger;
        Ok(())
    }
}

/// Room for agents of a kind in a world, at most.
const MOST_ROOM: u32 = 1 << 30;
