//! Stepping a chunk, and the records taken on the way.

use super::Gpu;
use super::chunk::Chunk;
use super::kernel::Setup;
use super::pass::Stage;
use crate::error::Result;
use crate::plan::Advance;
use crate::reduce::Record;

/// Which running worlds of a chunk are due when: those whose step number is then a multiple of `every`.
struct Due {
    every: u64,
    since: u64,
    /// Ticks after `since`, modulo `every`, and the worlds.
    groups: Vec<(u64, Vec<u32>)>,
}

impl Due {
    fn new(chunk: &Chunk, every: u64) -> Due {
        let mut groups: Vec<(u64, Vec<u32>)> = Vec::new();
        if every > 0 {
            for (index, world) in (0..).zip(&chunk.worlds).filter(|(_, world)| world.running) {
                let rest = (every - world.step % every) % every;
                match groups.iter_mut().find(|(other, _)| *other == rest) {
                    Some((_, worlds)) => worlds.push(index),
                    None => groups.push((rest, vec![index])),
                }
            }
        }
        Due { every, since: chunk.tick, groups }
    }

    /// Ticks from this one to the next at which a world is due.
    fn until(&self, tick: u64) -> u64 {
        let past = |rest: u64| (tick - self.since + self.every - rest) % self.every;
        self.groups.iter().map(|(rest, _)| self.every - past(*rest)).min().unwrap_or(u64::MAX)
    }

    fn at(&self, tick: u64) -> Option<&[u32]> {
        let rest = (tick - self.since).checked_rem(self.every)?;
        self.groups.iter().find(|(other, _)| *other == rest).map(|(_, worlds)| worlds.as_slice())
    }
}

impl Chunk {
    /// Counts the steps that running worlds have taken since they were last counted.
    fn settle(&mut self, since: u64) {
        for world in self.worlds.iter_mut().filter(|world| world.running) {
            world.step += self.tick - since;
        }
    }

    /// Whether a running world has taken its last step.
    fn ends(&self, since: u64, advance: &Advance) -> bool {
        let taken = self.tick - since;
        let last = advance.last.get(self.first as usize..).unwrap_or_default();
        self.worlds.iter().zip(last).any(|(world, last)| world.running && world.step + taken >= *last)
    }

    /// Steps that all running worlds can take before one takes its last.
    fn until_last(&self, since: u64, advance: &Advance) -> u64 {
        let taken = self.tick - since;
        let last = advance.last.get(self.first as usize..).unwrap_or_default();
        let running = self.worlds.iter().zip(last).filter(|(world, _)| world.running);
        running.map(|(world, last)| last.saturating_sub(world.step + taken)).min().unwrap_or(u64::MAX)
    }

    /// Stops the worlds that have taken their last step.
    fn stop_at_last(&mut self, advance: &Advance) {
        let last = advance.last.get(self.first as usize..).unwrap_or_default();
        for (world, last) in self.worlds.iter_mut().zip(last) {
            if world.step >= *last {
                world.running = false;
                self.described_is_current = false;
            }
        }
    }

    fn any_runs(&self) -> bool {
        self.worlds.iter().any(|world| world.running)
    }
}

impl Gpu {
    /// Takes steps with one chunk.
    pub(super) fn advance_chunk(&mut self, number: usize, advance: &Advance) -> Result<Vec<Record>> {
        if !self.chunks[number].any_runs() {
            return Ok(Vec::new());
        }
        if !self.chunks[number].described_is_current {
            self.chunks[number].describe(&mut self.device, false)?;
        }
        let mut records = Vec::new();
        let mut due = Due::new(&self.chunks[number], advance.every);
        let advanced = self.advance_to(number, advance, &mut due, &mut records);
        self.chunks[number].settle(due.since);
        advanced?;
        self.chunks[number].stop_at_last(advance);
        records.sort_by_key(|record| record.world);
        Ok(records)
    }

    /// Takes steps, whose number is left to be added to that of the worlds' steps since `due` was made.
    fn advance_to(
        &mut self,
        number: usize,
        advance: &Advance,
        due: &mut Due,
        records: &mut Vec<Record>,
    ) -> Result<()> {
        let mut left = advance.steps;
        while left > 0 {
            if self.chunks[number].ends(due.since, advance) {
                self.read_rows(number, due, records)?;
                self.stream.submit(&mut self.device)?;
                let chunk = &mut self.chunks[number];
                chunk.settle(due.since);
                chunk.stop_at_last(advance);
                *due = Due::new(chunk, advance.every);
                chunk.describe(&mut self.device, false)?;
                if !chunk.any_runs() {
                    break;
                }
            }
            left -= self.take_steps(number, due, advance, left)?;
            if due.at(self.chunks[number].tick).is_none() {
                continue;
            }
            let before = records.len();
            self.measure_chunk(number, due, records)?;
            let Some(until) = advance.until else { continue };
            self.read_rows(number, due, records)?;
            let chunk = &mut self.chunks[number];
            let met: Vec<u32> = records[before..]
                .iter()
                .filter(|record| until.holds(record, &self.plan.model))
                .map(|record| record.world - chunk.first)
                .collect();
            if met.is_empty() {
                continue;
            }
            chunk.settle(due.since);
            for world in met {
                chunk.worlds[world as usize].running = false;
            }
            *due = Due::new(chunk, advance.every);
            chunk.describe(&mut self.device, false)?;
            if !chunk.any_runs() {
                break;
            }
        }
        self.read_rows(number, due, records)
    }

    /// Takes one step, or as many as a resident world can take before somebody must look at it; says how many.
    fn take_steps(&mut self, number: usize, due: &Due, advance: &Advance, most: u64) -> Result<u64> {
        let chunk = &mut self.chunks[number];
        if self.resident.is_some() {
            let steps = most.min(due.until(chunk.tick)).min(chunk.until_last(due.since, advance));
            return self.take_resident_steps(number, steps);
        }
        if self.plan.model.bears() {
            self.make_room(number)?;
        }
        self.chunks[number].tick += 1;
        for stage in 0..self.plan.stages.len() {
            let chunk = &self.chunks[number];
            let is_due = |behind: &u64| self.plan.stages[stage].is_due(chunk.tick.wrapping_sub(*behind));
            if chunk.behind.iter().any(is_due) {
                self.run(number, Stage::Step(stage))?;
            }
        }
        Ok(1)
    }

    /// Takes as many of some steps as a resident world can take in one dispatch, and says how many. A world that has no room
    /// for those who could be born stops before the step, and goes on when there is.
    fn take_resident_steps(&mut self, number: usize, steps: u64) -> Result<u64> {
        let Some(resident) = &mut self.resident else { return Ok(0) };
        let chunk = (number, &mut self.chunks[number]);
        let taken = resident.run(&mut self.device, &mut self.stream, chunk, steps, false)?;
        if self.plan.model.bears() {
            while let Some(behind) = self.those_behind(number, taken)? {
                self.chunks[number].safe_steps = 0;
                if let Err(error) = self.make_room(number) {
                    let chunk = &mut self.chunks[number];
                    for (world, behind) in chunk.worlds.iter_mut().zip(behind) {
                        world.step += if world.running { taken - behind } else { 0 };
                    }
                    chunk.described_is_current = false;
                    return Err(error);
                }
                let Some(resident) = &mut self.resident else { break };
                let chunk = (number, &mut self.chunks[number]);
                resident.run(&mut self.device, &mut self.stream, chunk, taken, true)?;
            }
        }
        self.chunks[number].tick += taken;
        Ok(taken)
    }

    /// How many of so many steps each world of a chunk has yet to take, if any has.
    fn those_behind(&mut self, number: usize, steps: u64) -> Result<Option<Vec<u64>>> {
        self.stream.submit(&mut self.device)?;
        let (chunk, kinds) = (&self.chunks[number], self.plan.model.kinds.len());
        let words = chunk.read_numbers(&self.device)?;
        let taken = words.iter().skip(3).step_by(4 * kinds);
        let behind = chunk.worlds.iter().zip(taken).map(|(world, taken)| match world.running {
            true => steps.saturating_sub((*taken).into()),
            false => 0,
        });
        let behind: Vec<u64> = behind.collect();
        Ok(behind.iter().any(|steps| *steps > 0).then_some(behind))
    }

    /// The metrics of all worlds of a chunk as they stand.
    pub(super) fn record_chunk(&mut self, number: usize) -> Result<Vec<Record>> {
        self.chunks[number].describe(&mut self.device, true)?;
        let mut records = Vec::new();
        let chunk = &self.chunks[number];
        let all =
            Due { every: 1, since: chunk.tick, groups: vec![(0, (0..chunk.worlds.len() as u32).collect())] };
        self.measure_chunk(number, &all, &mut records)?;
        self.read_rows(number, &all, &mut records)?;
        Ok(records)
    }

    /// Fills rows with the metrics of a chunk; reads those before when there is no place for more.
    fn measure_chunk(&mut self, number: usize, due: &Due, records: &mut Vec<Record>) -> Result<()> {
        let worlds = self.chunks[number].worlds.len() as u32;
        let of_row = self.recorder.worlds(&self.plan).min(worlds);
        for first in (0..worlds).step_by(of_row as usize) {
            if self.recorder.is_full() {
                self.read_rows(number, due, records)?;
            }
            let range = (first, of_row.min(worlds - first));
            let setup = Setup { plan: &self.plan, division: &self.division };
            let chunk = (number, &self.chunks[number]);
            self.recorder.measure(&mut self.device, &mut self.stream, &setup, chunk, range)?;
        }
        Ok(())
    }

    /// Reads the rows of a chunk, and keeps those of worlds that were due.
    fn read_rows(&mut self, number: usize, due: &Due, records: &mut Vec<Record>) -> Result<()> {
        if self.recorder.is_empty() {
            return Ok(());
        }
        let rows = self.recorder.read(&mut self.device, &mut self.stream)?;
        let chunk = &self.chunks[number];
        for (index, row) in rows.filled.iter().enumerate() {
            let in_row = |world: &&u32| (row.first..row.first + row.count).contains(*world);
            for world in due.at(row.tick).unwrap_or_default().iter().filter(in_row) {
                records.push(Record {
                    world: chunk.first + world,
                    step: chunk.worlds[*world as usize].step + (row.tick - due.since),
                    partials: self.recorder.partials(&self.plan, &rows, index, world - row.first),
                });
            }
        }
        Ok(())
    }
}
