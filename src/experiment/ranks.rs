//! Trials handed out over the ranks of an MPI launcher.
//!
//! The first rank hands out numbers of trials, in blocks that become smaller towards the end, and works too; whoever has
//! none left asks. Nothing else is told but how many trials are done: every rank writes its own parts of the store.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;
use mpi::{Tag, Threading};

use super::launch::{launched, refuse_strangers};
use super::{Experiment, Span, Trial, TrialOutcome, Trials, WorkerOptions, sweep};
use crate::error::{Error, Result};

/// A rank asks: the experiment, and how many trials it has done since it asked before.
const ASK: Tag = 1;
/// The first rank gives: the experiment, then numbers of trials, or none when there are none left.
const GIVE: Tag = 2;
/// A rank has no more to do: how many trials it has done since it asked.
const END: Tag = 3;

/// Trials of a block, at most.
const MOST_TRIALS: usize = 4096;
/// How long a rank waits for an outcome until it looks whether somebody asks.
const PATIENCE: Duration = Duration::from_micros(200);

/// This process among those that a launcher started.
pub struct Ranks {
    world: SimpleCommunicator,
    /// Ranks on this machine.
    neighbours: usize,
    /// Ends MPI when it is dropped, which must come last.
    _universe: Universe,
}

/// Trials that nobody has yet, for each experiment.
struct Stock {
    left: Vec<VecDeque<u64>>,
    ranks: usize,
}

impl Stock {
    /// Some of the trials of an experiment: a quarter of an equal share of what is left, so that no rank ends long after the
    /// others.
    fn take(&mut self, experiment: usize) -> Vec<u64> {
        let Some(left) = self.left.get_mut(experiment) else { return Vec::new() };
        let count = left.len().div_ceil(4 * self.ranks).min(MOST_TRIALS);
        left.drain(..count).collect()
    }
}

/// The trials of one experiment that come to this rank.
struct Feed<T> {
    experiment: usize,
    ask: Sender<usize>,
    given: Receiver<Vec<u64>>,
    block: std::vec::IntoIter<u64>,
    trial: T,
}

impl<T: Fn(u64) -> Result<Trial, TrialOutcome>> Iterator for Feed<T> {
    type Item = Result<Trial, TrialOutcome>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.block.len() == 0 {
            self.ask.send(self.experiment).ok()?;
            self.block = self.given.recv().ok()?.into_iter();
        }
        self.block.next().map(|number| (self.trial)(number))
    }
}

/// Gives numbers of trials to a feed. One whose worker has gone needs none.
fn give(feeds: &[Sender<Vec<u64>>], experiment: usize, numbers: Vec<u64>) {
    if let Some(feed) = feeds.get(experiment) {
        let _ = feed.send(numbers);
    }
}

impl Ranks {
    /// Joins the other ranks; nothing when there are none.
    ///
    /// # Errors
    /// When a launcher started several processes that cannot see each other.
    pub fn join() -> Result<Option<Ranks>> {
        if launched().is_none() {
            return Ok(None);
        }
        let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else {
            return Err(Error::Internal("MPI was begun twice".into()));
        };
        let world = universe.world();
        if world.size() == 1 {
            refuse_strangers()?;
            return Ok(None);
        }
        let neighbours = world.split_shared(world.rank()).size() as usize;
        Ok(Some(Ranks { world, neighbours, _universe: universe }))
    }

    /// This rank, from 0.
    pub fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    /// How many ranks there are.
    pub fn count(&self) -> usize {
        self.world.size() as usize
    }

    /// This rank's share of the machine's cores.
    pub fn threads(&self) -> usize {
        (std::thread::available_parallelism().map_or(1, usize::from) / self.neighbours).max(1)
    }

    /// Waits until all ranks have come here.
    pub fn meet(&self) {
        self.world.barrier();
    }

    /// Ends all ranks, for one of them cannot go on.
    pub fn abort(&self, code: u8) -> ! {
        self.world.abort(code.into())
    }

    /// Runs trials on all ranks until there are none left. `todo` are the first rank's numbers of trials for each
    /// experiment; what other ranks give is not looked at. `keep` is given this rank's outcomes, and says whether to go on;
    /// `tell` is told by the first rank's how many trials all ranks have done.
    ///
    /// # Errors
    /// When this rank cannot go on; the others then wait for it, until [`Ranks::abort`].
    pub fn sweep(
        &self,
        experiments: &[Arc<Experiment>],
        todo: Vec<Vec<u64>>,
        trial: impl Fn(u64) -> Result<Trial, TrialOutcome> + Clone + Send + 'static,
        options: &WorkerOptions,
        keep: &mut dyn FnMut(TrialOutcome) -> Result<ControlFlow<()>>,
        tell: &mut dyn FnMut(u64),
    ) -> Result<Vec<Span>> {
        let is_first = self.rank() == 0;
        let mut stock = Stock { left: todo.into_iter().map(VecDeque::from).collect(), ranks: self.count() };
        let (ask, asked) = channel();
        let mut feeds: Vec<Sender<Vec<u64>>> = Vec::new();
        let lanes = experiments.iter().enumerate().map(|(index, experiment)| {
            let (feed, given) = channel();
            feeds.push(feed);
            let block = Vec::new().into_iter();
            let feed = Feed { experiment: index, ask: ask.clone(), given, block, trial: trial.clone() };
            (experiment.clone(), Box::new(feed) as Trials)
        });
        let threads = Some(options.threads.unwrap_or(self.threads()));
        let mut trials: u64 = stock.left.iter().map(|left| left.len() as u64).sum();
        self.world.process_at_rank(0).broadcast_into(&mut trials);
        let expected = Some(trials / self.count() as u64);
        let mut outcomes = sweep(lanes.collect(), &WorkerOptions { threads, expected, ..options.clone() });
        let (mut own, mut all, mut ended) = (0, 0, 0);
        let first = self.world.process_at_rank(0);
        let everyone = self.world.any_process();
        loop {
            for experiment in asked.try_iter() {
                if is_first {
                    give(&feeds, experiment, stock.take(experiment));
                } else {
                    first.send_with_tag(&[experiment as u64, own][..], ASK);
                    own = 0;
                }
            }
            while let Some(message) = everyone.immediate_matched_probe_with_tag(GIVE) {
                let (words, _) = message.matched_receive_vec::<u64>();
                if let Some((experiment, numbers)) = words.split_first() {
                    give(&feeds, *experiment as usize, numbers.to_vec());
                }
            }
            while let Some(message) = everyone.immediate_matched_probe_with_tag(ASK) {
                let (words, status) = message.matched_receive_vec::<u64>();
                let &[experiment, done] = words.as_slice() else { continue };
                let mut block = vec![experiment];
                block.extend(stock.take(experiment as usize));
                self.world.process_at_rank(status.source_rank()).send_with_tag(&block[..], GIVE);
                all += done;
                tell(all);
            }
            while let Some(message) = everyone.immediate_matched_probe_with_tag(END) {
                let (words, _) = message.matched_receive_vec::<u64>();
                all += words.first().copied().unwrap_or(0);
                ended += 1;
                tell(all);
            }
            match outcomes.within(PATIENCE) {
                Some(outcome) => {
                    own += 1;
                    if keep(outcome?)?.is_break() {
                        // Who asks from now on is told that nothing is left.
                        stock.left.clear();
                        feeds.clear();
                        outcomes.leave();
                    }
                    if is_first {
                        all += 1;
                        tell(all);
                    }
                }
                None if !outcomes.is_over() => {}
                None if is_first && ended + 1 == self.count() => return Ok(outcomes.spans()),
                // Others may still ask.
                None if is_first => std::thread::sleep(PATIENCE),
                None => {
                    first.send_with_tag(&[own][..], END);
                    return Ok(outcomes.spans());
                }
            }
        }
    }
}
