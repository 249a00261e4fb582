//! Running for many steps: records on the way, a condition to stop at, somebody watching.

use std::time::{Duration, Instant};

use super::Simulation;
use crate::error::Result;
use crate::plan::Advance;
use crate::reduce::Condition;

/// How far to run and what to record.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The most steps that each world takes.
    pub steps: u64,
    /// Metrics are recorded after each step whose number is a multiple of this, at the start and at the end; 0 never.
    pub every: u64,
    /// A world stops at the first recorded step that meets this.
    pub until: Option<String>,
    /// Who watches is asked after each step whose number is a multiple of this, beside about ten times a second; 0 for
    /// no such steps.
    pub pause: u64,
}

impl Run {
    /// Runs this many steps and records nothing.
    pub fn steps(steps: u64) -> Run {
        Run { steps, every: 0, until: None, pause: 0 }
    }

    /// Records metrics every so many steps.
    pub fn every(mut self, every: u64) -> Run {
        self.every = every;
        self
    }

    /// Lets who watches look after each step whose number is a multiple of this.
    pub fn pause(mut self, pause: u64) -> Run {
        self.pause = pause;
        self
    }

    /// Stops each world at the first recorded step at which this holds: `coverage >= 0.99`.
    pub fn until(mut self, condition: &str) -> Run {
        self.until = Some(condition.to_owned());
        if self.every == 0 {
            self.every = 1;
        }
        self
    }
}

/// How a run stands.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Steps that the furthest world has taken in this run.
    pub steps: u64,
    /// Steps that it may take at most.
    pub of: u64,
    /// Worlds that still run.
    pub running: usize,
    /// Steps of all agents of all worlds in this run.
    pub agent_steps: u64,
    /// Time spent stepping.
    pub spent: Duration,
}

/// What who watches a run wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// To go on.
    Continue,
    /// To stop here, with everything as it stands.
    Stop,
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// How it stood at the end.
    pub progress: Progress,
    /// Whether who watched stopped it.
    pub interrupted: bool,
}

/// How long a slice of a run should take, so that who watches is asked often enough and costs nothing.
const SLICE: Duration = Duration::from_millis(100);

impl Simulation {
    /// Runs.
    ///
    /// # Errors
    /// When the condition is not one, the device fails, or a rule did what rules must not.
    pub fn run(&mut self, run: &Run) -> Result<Outcome> {
        self.run_watched(run, |_, _| Ok(Signal::Continue))
    }

    /// Takes one step, also in worlds that an earlier run's condition stopped.
    ///
    /// # Errors
    /// When the device fails, or a rule did what rules must not.
    pub fn step(&mut self) -> Result<()> {
        self.let_all_run();
        self.make_changes()?;
        self.backend.advance(&Advance { steps: 1, every: 0, until: None, last: &[], metrics: &[] })?;
        self.refuse_faults()
    }

    /// Runs, and asks `watch` about ten times a second whether to go on; it may look at the simulation meanwhile.
    ///
    /// # Errors
    /// As [`Simulation::run`], and whatever `watch` gives.
    pub fn run_watched(
        &mut self,
        run: &Run,
        mut watch: impl FnMut(&mut Simulation, &Progress) -> Result<Signal>,
    ) -> Result<Outcome> {
        let until = run.until.as_ref().map(|text| Condition::parse(text, &self.model)).transpose()?;
        let start = self.backend.steps();
        self.let_all_run();
        if run.every > 0 {
            self.record_now(until.as_ref())?;
        }
        let mut progress = Progress {
            steps: 0,
            of: run.steps,
            running: self.worlds.seeds.len(),
            agent_steps: 0,
            spent: Duration::ZERO,
        };
        let (mut stepped, mut counted) = (start.clone(), self.backend.agent_counts()?);
        let begun_at = start.iter().copied().max().unwrap_or(0);
        let mut slice = 1;
        let mut interrupted = false;
        loop {
            progress.running = self.backend.running().iter().filter(|running| **running).count();
            if progress.running == 0 || progress.steps >= run.steps {
                break;
            }
            self.make_changes()?;
            let mut steps = slice.min(run.steps - progress.steps).min(self.steps_to_change());
            if let Some(past) = (begun_at + progress.steps).checked_rem(run.pause) {
                steps = steps.min(run.pause - past);
            }
            let begun = Instant::now();
            let records = self.backend.advance(&Advance {
                steps,
                every: run.every,
                until: until.as_ref(),
                metrics: &[],
                last: &[],
            })?;
            let spent = begun.elapsed();
            self.series.extend(records);
            self.refuse_faults()?;
            progress.spent += spent;
            progress.steps += steps;
            let (now, agents) = (self.backend.steps(), self.backend.agent_counts()?);
            // Where agents are born or die there were about as many as in the mean of both ends.
            let counts = agents.iter().zip(&counted).map(|(now, before)| (now + before) / 2);
            let taken = now.iter().zip(&stepped).map(|(now, before)| now - before);
            progress.agent_steps += taken.zip(counts).map(|(steps, agents)| steps * agents).sum::<u64>();
            (stepped, counted) = (now, agents);
            if watch(self, &progress)? == Signal::Stop {
                interrupted = true;
                break;
            }
            let wanted = SLICE.as_secs_f64() / spent.as_secs_f64().max(1e-9) * steps as f64;
            slice = (wanted as u64).clamp(1, slice.saturating_mul(4));
        }
        let steps = self.backend.steps();
        progress.steps = steps.iter().zip(&start).map(|(now, start)| now - start).max().unwrap_or(0);
        if run.every > 0 {
            self.record_now(None)?;
        }
        Ok(Outcome { progress, interrupted })
    }

    /// An error if a rule did what rules must not.
    pub(super) fn refuse_faults(&self) -> Result<()> {
        self.backend.faults().into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    }

    fn let_all_run(&mut self) {
        for world in 0..self.worlds.len() {
            self.backend.set_running(world, true);
        }
    }

    /// Records the worlds whose present step is not recorded yet, and stops those that meet the condition.
    fn record_now(&mut self, until: Option<&Condition>) -> Result<()> {
        let records = self.measure()?;
        let last: Vec<Option<u64>> =
            self.series.last(self.worlds.len()).iter().map(|held| held.map(|record| record.step)).collect();
        for record in records {
            if until.is_some_and(|until| until.holds(&record, &self.model)) {
                self.backend.set_running(record.world, false);
            }
            if last[record.world as usize] != Some(record.step) {
                self.series.extend([record]);
            }
        }
        Ok(())
    }
}
