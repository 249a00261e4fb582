//! Trials of several experiments over all devices there are.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::worker::lost;
use super::{Experiment, Trial, TrialOutcome, Worker, WorkerOptions};
use crate::error::Result;
use crate::gpu::Adapter;
use crate::simulation::BackendChoice;

/// Trials of one experiment, in the order in which they are to be begun; for one that cannot be run, its outcome.
pub type Trials = Box<dyn Iterator<Item = Result<Trial, TrialOutcome>> + Send>;

/// When which device worked on which experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The device: "cpu" or "gpu".
    pub device: String,
    /// The experiment's name.
    pub experiment: String,
    /// From when, in seconds from the sweep's beginning.
    pub begin: f64,
    /// Until when.
    pub end: f64,
    /// Trials that came to their end.
    pub trials: u64,
    /// Why the experiment ran there, in words.
    pub why: String,
}

/// An iterator over outcomes as trials complete, in no particular order. Dropping it ends the sweep; what was not given yet
/// is lost and can be run again.
pub struct Outcomes {
    received: Option<Receiver<Result<TrialOutcome>>>,
    stop: Arc<AtomicBool>,
    spans: Arc<Mutex<Vec<Span>>>,
    threads: Vec<JoinHandle<()>>,
}

/// What the devices' threads share.
struct Shared {
    lanes: Vec<Lane>,
    options: WorkerOptions,
    stop: Arc<AtomicBool>,
    spans: Arc<Mutex<Vec<Span>>>,
    begun: Instant,
}

/// An experiment and those of its trials that nobody has begun.
struct Lane {
    experiment: Arc<Experiment>,
    trials: Mutex<Trials>,
    /// Devices at work on it.
    workers: Mutex<usize>,
}

/// Outcomes that may wait for whoever takes them.
const WAITING: usize = 1024;

/// Begins to run trials. The cores and a GPU, where there is one, work at once: each takes an experiment that no other is
/// at work on while there is one, and helps another when its own is done.
pub fn sweep(experiments: Vec<(Arc<Experiment>, Trials)>, options: &WorkerOptions) -> Outcomes {
    let lane = |(experiment, trials)| Lane { experiment, trials: Mutex::new(trials), workers: Mutex::new(0) };
    let lanes: Vec<Lane> = experiments.into_iter().map(lane).collect();
    let asked = |lane: &Lane| options.backend.unwrap_or(lane.experiment.backend);
    let mut devices = Vec::new();
    if lanes.iter().any(|lane| asked(lane) != BackendChoice::Gpu) {
        devices.push(BackendChoice::Cpu);
    }
    let hardware = || Adapter::best(false).is_ok();
    if lanes.iter().any(|lane| asked(lane) == BackendChoice::Gpu) || (lanes.len() > 1 && hardware()) {
        devices.push(BackendChoice::Gpu);
    }
    let (stop, spans) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let shared = Arc::new(Shared {
        lanes,
        options: options.clone(),
        stop: stop.clone(),
        spans: spans.clone(),
        begun: Instant::now(),
    });
    let (send, received) = sync_channel(WAITING);
    let alone = devices.len() == 1;
    let threads = devices
        .into_iter()
        .map(|device| {
            let (shared, send) = (shared.clone(), send.clone());
            std::thread::spawn(move || {
                if let Err(error) = shared.work(device, alone, &send) {
                    shared.stop.store(true, Ordering::Relaxed);
                    // Nobody may be listening any more.
                    let _ = send.send(Err(error));
                }
            })
        })
        .collect();
    Outcomes { received: Some(received), stop, spans, threads }
}

impl Shared {
    /// One device's share of the work.
    fn work(
        &self,
        device: BackendChoice,
        alone: bool,
        send: &SyncSender<Result<TrialOutcome>>,
    ) -> Result<()> {
        let mut left: HashSet<usize> = HashSet::new();
        while let Some(index) = self.next(device, &left) {
            let lane = &self.lanes[index];
            let outcome = self.run(lane, device, alone, send);
            *lane.workers.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
            outcome?;
            left.insert(index);
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(())
    }

    /// The experiment to work on next: one that fewest devices are at work on, and none that this one has emptied.
    fn next(&self, device: BackendChoice, left: &HashSet<usize>) -> Option<usize> {
        let fits = |lane: &Lane| match self.options.backend.unwrap_or(lane.experiment.backend) {
            BackendChoice::Auto => true,
            asked => asked == device,
        };
        let mut best: Option<(usize, usize)> = None;
        for (index, lane) in self.lanes.iter().enumerate().filter(|(index, _)| !left.contains(index)) {
            let workers = *lane.workers.lock().unwrap_or_else(PoisonError::into_inner);
            if fits(lane) && best.is_none_or(|(fewest, _)| workers < fewest) {
                best = Some((workers, index));
            }
        }
        let (_, index) = best?;
        *self.lanes[index].workers.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Some(index)
    }

    fn run(
        &self,
        lane: &Lane,
        device: BackendChoice,
        alone: bool,
        send: &SyncSender<Result<TrialOutcome>>,
    ) -> Result<()> {
        // A device that is alone leaves the choice to the experiment: it may be measured.
        let backend = if alone { self.options.backend } else { Some(device) };
        let options = WorkerOptions { backend, ..self.options.clone() };
        let mut worker = Worker::new(lane.experiment.clone(), &options)?;
        let begin = self.begun.elapsed();
        let mut count = 0;
        let mut trials = std::iter::from_fn(|| {
            loop {
                if self.stop.load(Ordering::Relaxed) {
                    return None;
                }
                let next = lane.trials.lock().unwrap_or_else(PoisonError::into_inner).next();
                match next? {
                    Ok(trial) => return Some(trial),
                    Err(known) => send.send(Ok(known)).ok()?,
                }
            }
        });
        let result = worker.run(&mut trials, &mut |outcome| {
            count += 1;
            let heard = send.send(Ok(outcome)).is_ok() && !self.stop.load(Ordering::Relaxed);
            Ok(if heard { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        });
        if let Some((device, why)) = worker.device() {
            let seconds = |time: Duration| time.as_secs_f64();
            self.spans.lock().unwrap_or_else(PoisonError::into_inner).push(Span {
                device: device.backend.to_owned(),
                experiment: lane.experiment.name.clone(),
                begin: seconds(begin),
                end: seconds(self.begun.elapsed()),
                trials: count,
                why: format!("{}: {}; {why}", device.name, device.schedule),
            });
        }
        result
    }
}

impl Outcomes {
    /// When which device worked on what, as far as it has come to an end.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The next outcome, or nothing if none comes in time; a sweep that has ended is told apart by
    /// [`Outcomes::is_over`].
    pub fn within(&mut self, time: Duration) -> Option<Result<TrialOutcome>> {
        use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
        match self.received.as_ref()?.recv_timeout(time) {
            Ok(outcome) => Some(outcome),
            Err(Timeout) => None,
            Err(Disconnected) => self.end(),
        }
    }

    /// Ends the sweep; what was not given yet is lost.
    pub fn leave(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Whoever waits to send is told that nobody listens.
        self.received = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }

    /// Whether there is nothing more to come.
    pub fn is_over(&self) -> bool {
        self.received.is_none()
    }

    fn end(&mut self) -> Option<Result<TrialOutcome>> {
        self.received = None;
        let died = self.threads.drain(..).any(|thread| thread.join().is_err());
        died.then(|| Err(lost("a device's thread")))
    }
}

impl Iterator for Outcomes {
    type Item = Result<TrialOutcome>;

    fn next(&mut self) -> Option<Result<TrialOutcome>> {
        match self.received.as_ref()?.recv() {
            Ok(outcome) => Some(outcome),
            Err(_) => self.end(),
        }
    }
}

impl Drop for Outcomes {
    fn drop(&mut self) {
        self.leave();
    }
}
