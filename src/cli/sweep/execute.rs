//! Running the trials of a plan, alone or as one of several ranks.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use throng::experiment::plan::{Plan, Selection};
use throng::experiment::store::Interval;
use throng::experiment::{Span, WorkerOptions};
use throng::{Error, Result};

use super::{Arguments, Keeper};

/// This process, and those that work with it.
pub struct Crew {
    #[cfg(feature = "mpi")]
    ranks: Option<throng::experiment::Ranks>,
}

impl Crew {
    /// Finds the others. A process that has a share of its own needs none.
    ///
    /// # Errors
    /// When a launcher started several processes that cannot see each other.
    #[cfg(feature = "mpi")]
    pub fn join(has_share: bool) -> Result<Crew> {
        let ranks = if has_share { None } else { throng::experiment::Ranks::join()? };
        Ok(Crew { ranks })
    }

    #[cfg(not(feature = "mpi"))]
    pub fn join(has_share: bool) -> Result<Crew> {
        if !has_share {
            throng::experiment::refuse_strangers()?;
        }
        Ok(Crew {})
    }

    #[cfg(feature = "mpi")]
    fn place(&self) -> (usize, usize) {
        self.ranks.as_ref().map_or((0, 1), |ranks| (ranks.rank(), ranks.count()))
    }

    #[cfg(not(feature = "mpi"))]
    fn place(&self) -> (usize, usize) {
        (0, 1)
    }

    /// Whether this is the process that tells the user things.
    pub fn is_first(&self) -> bool {
        self.place().0 == 0
    }

    /// Whether there are no others.
    pub fn is_alone(&self) -> bool {
        self.place().1 == 1
    }

    /// Waits for the others.
    pub fn meet(&self) {
        #[cfg(feature = "mpi")]
        if let Some(ranks) = &self.ranks {
            ranks.meet();
        }
    }

    /// Does something as the first rank, then as the others, each under a name of its own.
    pub fn first_then_others<T>(&self, work: impl FnOnce(&str) -> Result<T>) -> Result<T> {
        let (rank, _) = self.place();
        if rank == 0 {
            let made = work("0")?;
            self.meet();
            return Ok(made);
        }
        self.meet();
        work(&rank.to_string())
    }

    /// Ends all ranks, if there are others, after telling why.
    pub fn fail(&self, error: &Error) {
        #[cfg(feature = "mpi")]
        if let Some(ranks) = &self.ranks {
            crate::cli::report(error);
            ranks.abort(error.exit_code());
        }
        let _ = error;
    }
}

/// Runs the selected trials that are not settled, and those that fail again as often as was asked for.
pub fn execute(
    plan: &Plan,
    selection: &Selection,
    arguments: &Arguments,
    crew: &Crew,
    keeper: &mut Keeper,
) -> Result<()> {
    let options =
        WorkerOptions { threads: arguments.threads, schedule: arguments.schedule(), ..Default::default() };
    let settled = Arc::new(keeper.settled.clone());
    round(plan, selection, settled, &options, crew, keeper)?;
    for _ in 0..arguments.retry {
        let failed = keeper.tally.failed.clone();
        if failed.is_empty() || keeper.stop.load(Ordering::Relaxed) || !crew.is_alone() {
            break;
        }
        let others: HashSet<u64> = selection.numbers(plan.trials()).filter(|n| !failed.contains(n)).collect();
        round(plan, selection, Arc::new(others), &options, crew, keeper)?;
    }
    Ok(())
}

fn round(
    plan: &Plan,
    selection: &Selection,
    done: Arc<HashSet<u64>>,
    options: &WorkerOptions,
    crew: &Crew,
    keeper: &mut Keeper,
) -> Result<()> {
    let begun = SystemTime::now();
    let before = done.len() as u64;
    let spans = match on_ranks(plan, selection, done.clone(), options, crew, keeper) {
        Some(spans) => spans?,
        None => {
            let mut outcomes = plan.run(selection, done, options);
            let mut count = before;
            while let Some(outcome) = outcomes.next() {
                let goes_on = keeper.keep(plan, outcome?)?;
                count += 1;
                keeper.tell(count);
                if !goes_on {
                    outcomes.leave();
                }
            }
            outcomes.spans()
        }
    };
    let shown = spans
        .iter()
        .filter(|span| span.trials > 0)
        .map(|span| format!("{}: {} worlds on {}", span.experiment, span.trials, span.why));
    keeper.places.extend(shown);
    if let Some(store) = &mut keeper.store {
        for span in spans {
            if let Some(interval) = Interval::of(&span, begun, store.columns()) {
                store.append_interval(&interval)?;
            }
        }
    }
    Ok(())
}

#[cfg(feature = "mpi")]
fn on_ranks(
    plan: &Plan,
    selection: &Selection,
    done: Arc<HashSet<u64>>,
    options: &WorkerOptions,
    crew: &Crew,
    keeper: &mut Keeper,
) -> Option<Result<Vec<Span>>> {
    use std::cell::RefCell;
    use std::ops::ControlFlow;

    let ranks = crew.ranks.as_ref()?;
    let experiments = plan.experiments();
    let before = done.len() as u64;
    let left = |index| plan.left(index, selection, done.clone()).collect();
    let todo: Vec<Vec<u64>> = match ranks.rank() {
        0 => (0..experiments.len()).map(left).collect(),
        _ => Vec::new(),
    };
    let trial = {
        let plan = plan.clone();
        move |number| plan.trial_or_outcome(number)
    };
    let keeper = RefCell::new(keeper);
    Some(ranks.sweep(
        &experiments,
        todo,
        trial,
        options,
        &mut |outcome| {
            Ok(match keeper.borrow_mut().keep(plan, outcome)? {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        },
        &mut |done| keeper.borrow().tell(before + done),
    ))
}

#[cfg(not(feature = "mpi"))]
fn on_ranks(
    _: &Plan,
    _: &Selection,
    _: Arc<HashSet<u64>>,
    _: &WorkerOptions,
    _: &Crew,
    _: &mut Keeper,
) -> Option<Result<Vec<Span>>> {
    None
}
