//! Trials of one experiment on one device, many at once.

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Experiment, Finished, Summariser, Trial, TrialOutcome};
use crate::cpu::Cpu;
use crate::error::{Error, Result};
use crate::gpu::{Adapter, Gpu};
use crate::plan::{Advance, Backend, Device, Schedule};
use crate::reduce::Record;
use crate::simulation::{BackendChoice, check_threads};
use crate::world::map::Reachable;
use crate::world::{Current, Start, Worlds};

/// How trials are run.
#[derive(Debug, Clone, Default)]
pub struct WorkerOptions {
    /// Threads of the CPU backend; as many as there are cores unless set.
    pub threads: Option<usize>,
    /// Where to run, whatever the experiment says.
    pub backend: Option<BackendChoice>,
    /// How worlds are spread over the device.
    pub schedule: Schedule,
    /// Trials that this worker can expect, where others work beside it: so few of them are begun at once that the others
    /// are not left without.
    pub expected: Option<u64>,
    /// Worlds that are on the device at once; chosen from the memory there is unless set.
    pub at_once: Option<u32>,
}

/// Runs trials of one experiment, many at once: a world that has finished leaves at once, and the next one waiting takes its
/// place.
pub struct Worker {
    experiment: Arc<Experiment>,
    options: WorkerOptions,
    reachable: Arc<Reachable>,
    /// Parameters, by their place, that are known to differ between trials or to change in them.
    free: BTreeSet<usize>,
    batch: Option<Batch>,
    /// Trials whose worlds do not fit this machine.
    refused: Vec<TrialOutcome>,
    /// Steps between two looks at the worlds.
    slice: u64,
}

/// Worlds on a device, with the trial that each is for.
struct Batch {
    backend: Box<dyn Backend>,
    why: String,
    agents: u32,
    /// The parameters of the first trial: those that are not free stay so.
    values: Vec<f64>,
    /// Parameters, by their place, that may differ between its worlds; the others are compiled in.
    free: BTreeSet<usize>,
    slots: Vec<Option<Slot>>,
}

/// A trial that is being run.
struct Slot {
    trial: Trial,
    /// Its parameters as they are now.
    current: Current,
    begun: Instant,
    summariser: Summariser,
    series: Vec<(u64, Vec<f64>)>,
    recorded: Option<u64>,
    stopped: bool,
}

/// How long worlds run until somebody looks at them: long enough that looking costs nothing beside.
const SLICE: Duration = Duration::from_millis(200);
/// Bytes of worlds that are at once on the CPU and on a GPU.
const BYTES: [u64; 2] = [256 << 20, 1 << 30];
/// Worlds that are at once on the CPU for each thread, at least, so that none waits for another's end.
const LEAST_WORLDS: u64 = 8;
/// Worlds that are at once on the CPU and on a GPU, at most.
const MOST_WORLDS: [u64; 2] = [4096, 65_536];
/// Agent-steps that worlds on the CPU have before them at once, for each thread: about a second's work, so that the cost
/// of looking at worlds is shared by many short ones, and few long ones are unfinished at any time.
const AGENT_STEPS: u64 = 1 << 25;
/// How long each device is tried when both could be used.
const TRIED: Duration = Duration::from_millis(50);

impl Worker {
    /// Makes ready; nothing is allocated until there are trials.
    ///
    /// # Errors
    /// When the map leaves agents nowhere to stand, the options cannot be, or the rule is for a GPU and uses what cannot be
    /// compiled.
    pub fn new(experiment: Arc<Experiment>, options: &WorkerOptions) -> Result<Worker> {
        if let Some(threads) = options.threads {
            check_threads(threads)?;
        }
        if options.backend.unwrap_or(experiment.backend) == BackendChoice::Gpu {
            // What no CPU could run is no rule on a GPU either.
            Cpu::check(&experiment.model)?;
        }
        let reachable = Arc::new(experiment.map.reachable(experiment.model.neighbours, experiment.wraps)?);
        Ok(Worker {
            free: experiment.changes.places().collect(),
            experiment,
            options: options.clone(),
            reachable,
            batch: None,
            refused: Vec::new(),
            slice: 1,
        })
    }

    /// Where trials ran last, and why there; nothing before the first.
    pub fn device(&self) -> Option<(Device, &str)> {
        self.batch.as_ref().map(|batch| (batch.backend.device(), batch.why.as_str()))
    }

    /// Worlds that are on the device at once; 0 before the first trial.
    pub fn at_once(&self) -> usize {
        self.batch.as_ref().map_or(0, |batch| batch.slots.len())
    }

    /// Runs all trials. `keep` is given each outcome as it completes, in no particular order, and says whether to go on.
    ///
    /// A trial whose rule does not end, or that takes too long, has an outcome that says so; the others go on.
    ///
    /// # Errors
    /// When the device fails, the worlds do not fit, the rule uses what cannot be compiled, or `keep` gives an error.
    pub fn run(
        &mut self,
        trials: &mut dyn Iterator<Item = Trial>,
        keep: &mut dyn FnMut(TrialOutcome) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut waiting = VecDeque::new();
        if let Some(batch) = &mut self.batch {
            batch.clear();
        }
        loop {
            self.admit(trials, &mut waiting)?;
            let refused = std::mem::take(&mut self.refused);
            let some_refused = !refused.is_empty();
            for outcome in refused {
                if keep(outcome)?.is_break() {
                    return Ok(());
                }
            }
            let Some(batch) = &mut self.batch else {
                if some_refused {
                    continue;
                }
                return Ok(());
            };
            if batch.is_idle() {
                if waiting.is_empty() {
                    return Ok(());
                }
                // What waits does not fit beside what was there, which is gone by now.
                self.build(trials, &mut waiting)?;
                continue;
            }
            let spent = batch.advance(&self.experiment, self.slice)?;
            let wanted = SLICE.as_secs_f64() / spent.as_secs_f64().max(1e-9) * self.slice as f64;
            self.slice = (wanted as u64).clamp(1, self.slice.saturating_mul(4));
            for outcome in batch.finished(&self.experiment)? {
                if keep(outcome)?.is_break() {
                    return Ok(());
                }
            }
        }
    }

    /// Lets trials that wait take the free places, as far as they fit the batch.
    fn admit(
        &mut self,
        trials: &mut dyn Iterator<Item = Trial>,
        waiting: &mut VecDeque<Trial>,
    ) -> Result<()> {
        let Some(batch) = &mut self.batch else { return self.build(trials, waiting) };
        let mut starts = Vec::new();
        for place in 0..batch.slots.len() {
            if batch.slots[place].is_some() {
                continue;
            }
            let Some(trial) = waiting.pop_front().or_else(|| trials.next()) else { break };
            let differs = |index: &usize| trial.values.get(*index) != batch.values.get(*index);
            let new: Vec<usize> = (0..batch.values.len())
                .filter(|index| differs(index) && !batch.free.contains(index))
                .collect();
            if trial.agents != batch.agents || !new.is_empty() {
                self.free.extend(new);
                waiting.push_front(trial);
                break;
            }
            starts.push(batch.place(&self.experiment, place, trial));
        }
        batch.begin(&self.experiment, &starts)
    }

    /// Makes a batch for the trials that wait, and begins them.
    fn build(
        &mut self,
        trials: &mut dyn Iterator<Item = Trial>,
        waiting: &mut VecDeque<Trial>,
    ) -> Result<()> {
        self.batch = None;
        let Some(first) = waiting.pop_front().or_else(|| trials.next()) else { return Ok(()) };
        let mut chosen = vec![first];
        let most = self.capacity(chosen[0].agents, self.wanted() != BackendChoice::Cpu);
        while (chosen.len() as u64) < most {
            let Some(trial) = waiting.pop_front().or_else(|| trials.next()) else { break };
            if trial.agents != chosen[0].agents {
                waiting.push_front(trial);
                break;
            }
            chosen.push(trial);
        }
        for trial in &chosen {
            let differs = |index: &usize| trial.values[*index] != chosen[0].values[*index];
            self.free.extend((0..trial.values.len()).filter(differs));
        }
        let (backend, why, count) = match self.choose(&chosen) {
            Err(error @ Error::Memory { .. }) => {
                let refuse = |trial| {
                    let result = Err(error.to_string());
                    TrialOutcome { trial, result, seconds: 0.0, device: String::new() }
                };
                self.refused.extend(chosen.into_iter().map(refuse));
                return Ok(());
            }
            chosen => chosen?,
        };
        let mut batch = Batch {
            backend,
            why,
            agents: chosen[0].agents,
            values: chosen[0].values.clone(),
            free: self.free.clone(),
            slots: Vec::new(),
        };
        let rest = chosen.split_off(count);
        rest.into_iter().rev().for_each(|trial| waiting.push_front(trial));
        batch.slots.resize_with(count, || None);
        for (place, trial) in chosen.into_iter().enumerate() {
            batch.place(&self.experiment, place, trial);
        }
        batch.note_beginning(&self.experiment, &(0..count as u32).collect::<Vec<_>>())?;
        self.batch = Some(batch);
        Ok(())
    }

    fn wanted(&self) -> BackendChoice {
        self.options.backend.unwrap_or(self.experiment.backend)
    }

    /// Worlds that are at once on a device.
    fn capacity(&self, agents: u32, gpu: bool) -> u64 {
        if let Some(at_once) = self.options.at_once {
            return u64::from(at_once.max(1));
        }
        let bytes = super::memory::world_bytes(&self.experiment, agents).max(1);
        let most = BYTES[usize::from(gpu)].min(self.experiment.memory.unwrap_or(u64::MAX));
        let fair = self.options.expected.map_or(u64::MAX, |trials| (trials / 8).max(self.threads() as u64));
        let fitting = (most / bytes).min(fair).clamp(1, MOST_WORLDS[usize::from(gpu)]);
        if gpu {
            return fitting;
        }
        let threads = self.threads() as u64;
        let work = u64::from(agents).saturating_mul(self.experiment.steps).max(1);
        fitting.min((AGENT_STEPS * threads / work).max(LEAST_WORLDS * threads))
    }

    fn threads(&self) -> usize {
        self.options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// The worlds of some trials.
    fn worlds(&self, trials: &[Trial]) -> Worlds {
        Worlds {
            map: self.experiment.map.clone(),
            reachable: self.reachable.clone(),
            wraps: self.experiment.wraps,
            agents: trials[0].agents,
            seeds: trials.iter().map(|trial| trial.seed).collect(),
            parameters: trials.iter().map(|trial| trial.values.clone()).collect(),
            free: self.free.iter().copied().collect(),
            populations: Vec::new(),
        }
    }

    fn on_cpu(&self, trials: &[Trial]) -> Result<(Box<dyn Backend>, usize)> {
        let count = trials.len().min(self.capacity(trials[0].agents, false) as usize);
        let worlds = self.worlds(&trials[..count]);
        super::memory::check(&self.experiment, worlds.agents, count as u64)?;
        Ok((
            Box::new(Cpu::new(
                self.experiment.model.clone(),
                &worlds,
                self.threads(),
                self.options.schedule,
            )?),
            count,
        ))
    }

    fn on_gpu(&self, trials: &[Trial], adapter: &Adapter) -> Result<(Box<dyn Backend>, usize)> {
        let worlds = self.worlds(trials);
        Ok((
            Box::new(Gpu::new(self.experiment.model.clone(), &worlds, adapter, self.options.schedule)?),
            trials.len(),
        ))
    }

    /// The device for a batch that begins with these trials, why it is that one, and how many of the trials it takes.
    fn choose(&self, trials: &[Trial]) -> Result<(Box<dyn Backend>, String, usize)> {
        let asked = "asked for".to_owned();
        match self.wanted() {
            BackendChoice::Cpu => self.on_cpu(trials).map(|(backend, count)| (backend, asked, count)),
            BackendChoice::Gpu => {
                let (backend, count) = self.on_gpu(trials, &Adapter::best(true)?)?;
                Ok((backend, asked, count))
            }
            BackendChoice::Auto => {
                let (mut cpu, on_cpu) = self.on_cpu(trials)?;
                let Ok(adapter) = Adapter::best(false) else {
                    return Ok((cpu, "there is no hardware GPU".into(), on_cpu));
                };
                let Ok((mut gpu, on_gpu)) = self.on_gpu(trials, &adapter) else {
                    return Ok((cpu, "the worlds do not fit the GPU".into(), on_cpu));
                };
                let (slow, fast) = (rate(&mut *cpu)?, rate(&mut *gpu)?);
                let why = format!("measured: GPU {fast:.3e} and CPU {slow:.3e} world-steps a second");
                let (mut backend, count) = if fast > slow { (gpu, on_gpu) } else { (cpu, on_cpu) };
                let start = |(place, trial): (u32, &Trial)| Start {
                    world: place,
                    seed: trial.seed,
                    parameters: trial.values.clone(),
                };
                let starts: Vec<Start> = (0..).zip(&trials[..count]).map(start).collect();
                backend.restart(&starts)?;
                Ok((backend, why, count))
            }
        }
    }
}

/// World-steps a second of a device, measured for a moment.
fn rate(backend: &mut dyn Backend) -> Result<f64> {
    let worlds = backend.steps().len() as f64;
    let mut steps = 1;
    loop {
        let begun = Instant::now();
        backend.advance(&Advance { steps, every: 0, until: None, last: &[], metrics: &[] })?;
        let spent = begun.elapsed();
        if spent > TRIED || steps > 1 << 20 {
            return Ok(worlds * steps as f64 / spent.as_secs_f64().max(1e-9));
        }
        steps *= 4;
    }
}

impl Batch {
    /// Drops what an earlier run left behind.
    fn clear(&mut self) {
        self.slots.fill_with(|| None);
        (0..self.slots.len() as u32).for_each(|place| self.backend.set_running(place, false));
    }

    fn is_idle(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    /// Gives a place to a trial.
    fn place(&mut self, experiment: &Experiment, place: usize, trial: Trial) -> Start {
        let start = Start { world: place as u32, seed: trial.seed, parameters: trial.values.clone() };
        self.slots[place] = Some(Slot {
            current: Current { values: trial.values.clone(), made: 0 },
            trial,
            begun: Instant::now(),
            summariser: Summariser::new(&experiment.outputs),
            series: Vec::new(),
            recorded: None,
            stopped: false,
        });
        start
    }

    /// Begins worlds in the places of those that were there.
    fn begin(&mut self, experiment: &Experiment, starts: &[Start]) -> Result<()> {
        if starts.is_empty() {
            return Ok(());
        }
        self.backend.restart(starts)?;
        self.note_beginning(experiment, &starts.iter().map(|start| start.world).collect::<Vec<_>>())
    }

    /// Records how new worlds begin; some may have nothing to do.
    fn note_beginning(&mut self, experiment: &Experiment, places: &[u32]) -> Result<()> {
        if experiment.every > 0 {
            for record in self.backend.measure_some(places)? {
                self.take(experiment, &record);
                if self.slots[record.world as usize].as_ref().is_some_and(|slot| slot.stopped) {
                    self.backend.set_running(record.world, false);
                }
            }
        }
        self.make_changes(experiment)?;
        if experiment.steps == 0 {
            places.iter().for_each(|place| self.backend.set_running(*place, false));
        }
        Ok(())
    }

    /// Takes a record of a trial.
    fn take(&mut self, experiment: &Experiment, record: &Record) {
        let Some(Some(slot)) = self.slots.get_mut(record.world as usize) else { return };
        if slot.recorded == Some(record.step) {
            return;
        }
        slot.recorded = Some(record.step);
        slot.summariser.add(&experiment.outputs, record, &experiment.model);
        slot.stopped |= experiment.until.as_ref().is_some_and(|until| until.holds(record, &experiment.model));
        if experiment.series {
            let values = record.partials.iter().zip(&experiment.model.metrics);
            slot.series.push((record.step, values.map(|(partial, metric)| partial.value(metric)).collect()));
        }
    }

    /// Lets parameters change in the worlds that have come to the step before, where they wait.
    fn make_changes(&mut self, experiment: &Experiment) -> Result<()> {
        if experiment.changes.list().is_empty() {
            return Ok(());
        }
        let (steps, faults) = (self.backend.steps(), self.backend.faults());
        for ((place, slot), step) in (0..).zip(&mut self.slots).zip(steps) {
            let Some(slot) = slot.as_mut().filter(|slot| !slot.stopped && step < experiment.steps) else {
                continue;
            };
            let failed = || faults.iter().any(|(world, _)| *world == place);
            if experiment.changes.make(&mut slot.current, step + 1) && !failed() {
                let words = Worlds::parameter_words(&experiment.model, &slot.current.values);
                self.backend.set_parameters(place, &words)?;
                self.backend.set_running(place, true);
            }
        }
        Ok(())
    }

    /// Takes steps; says how long that took.
    fn advance(&mut self, experiment: &Experiment, steps: u64) -> Result<Duration> {
        let to_change = |slot: &Slot| Some(experiment.changes.next(&slot.current)? - 1);
        let last = |slot: &Option<Slot>| {
            slot.as_ref().and_then(to_change).map_or(experiment.steps, |step| step.min(experiment.steps))
        };
        let last: Vec<u64> = self.slots.iter().map(last).collect();
        let begun = Instant::now();
        let metrics = experiment.looked_at();
        let until = experiment.until.as_ref();
        let advance = Advance { steps, every: experiment.every, until, metrics: &metrics, last: &last };
        for record in self.backend.advance(&advance)? {
            self.take(experiment, &record);
        }
        self.make_changes(experiment)?;
        Ok(begun.elapsed())
    }

    /// The trials that have come to their end; their places are free.
    fn finished(&mut self, experiment: &Experiment) -> Result<Vec<TrialOutcome>> {
        let (running, steps) = (self.backend.running(), self.backend.steps());
        let late = |slot: &Slot| {
            experiment.limit_seconds.is_some_and(|limit| slot.begun.elapsed().as_secs_f64() > limit)
        };
        let ended: Vec<u32> = (0..)
            .zip(&self.slots)
            .filter_map(|(place, slot)| Some((place, slot.as_ref()?)))
            .filter(|(place, slot)| !running[*place as usize] || late(slot))
            .map(|(place, _)| place)
            .collect();
        if ended.is_empty() {
            return Ok(Vec::new());
        }
        let unrecorded = |place: &u32| {
            self.slots[*place as usize]
                .as_ref()
                .is_some_and(|slot| slot.recorded != Some(steps[*place as usize]))
        };
        let unrecorded: Vec<u32> = ended.iter().copied().filter(unrecorded).collect();
        if !unrecorded.is_empty() {
            for record in self.backend.measure_some(&unrecorded)? {
                self.take(experiment, &record);
            }
        }
        let faults = self.backend.faults();
        let hashes = self.backend.hash_some(&ended)?;
        let device = self.backend.device().backend;
        let mut outcomes = Vec::with_capacity(ended.len());
        for (place, hash) in ended.iter().zip(hashes) {
            let Some(slot) = self.slots[*place as usize].take() else { continue };
            let index = *place as usize;
            let result = match faults.iter().find(|(world, _)| world == place) {
                Some((_, error)) => Err(error.to_string()),
                None if running[index] => {
                    self.backend.set_running(*place, false);
                    Err(format!(
                        "given up after {:.1} s and {} of {} steps; allow more with limit_seconds",
                        slot.begun.elapsed().as_secs_f64(),
                        steps[index],
                        experiment.steps
                    ))
                }
                None => Ok(Finished {
                    steps: steps[index],
                    stopped: slot.stopped,
                    hash,
                    outputs: slot.summariser.finish(&experiment.outputs),
                    series: slot.series,
                }),
            };
            let seconds = slot.begun.elapsed().as_secs_f64();
            outcomes.push(TrialOutcome { trial: slot.trial, result, seconds, device: device.to_owned() });
        }
        Ok(outcomes)
    }
}

/// A failure of a worker's thread that is not the user's doing.
pub(super) fn lost(what: &str) -> Error {
    Error::Internal(format!("{what} ended without saying why"))
}
