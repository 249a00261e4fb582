//! A part of a plan's trials: some by their numbers, or every n-th for one of n machines.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

/// A part of a plan's trials; all of them by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The numbers chosen, in ascending stretches that do not overlap; all if empty.
    only: Vec<RangeInclusive<u64>>,
    /// Which share of those chosen.
    shard: Option<Shard>,
}

/// One of several equal shares of the trials: the i-th, the (i+n)-th, and so on, so that each has some of every point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub index: u64,
    /// Of how many.
    pub of: u64,
}

impl Shard {
    /// Reads `1/4`, the first of four.
    ///
    /// # Errors
    /// When it is not that, or there is no such share.
    pub fn parse(text: &str) -> Result<Shard> {
        let remedy = "write i/n with i from 1 to n, as in 1/4 for the first of four";
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let parts = text.split_once('/').and_then(|(index, of)| Some((number(index)?, number(of)?)));
        match parts {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Shard { index, of }),
            Some((index, of)) => Err(Error::argument(format!("there is no share {index} of {of}"), remedy)),
            None => Err(Error::argument(format!("`{}` is no share", text.trim()), remedy)),
        }
    }
}

impl Selection {
    /// All trials.
    pub fn all() -> Selection {
        Selection::default()
    }

    /// Reads numbers of trials: `7`, `10..20` (both included), `10..` (to the last), or several of these with commas.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Selection> {
        let remedy = "write numbers of trials as in 7, or 10..20 (both included), or 10.. to the last";
        let number = |text: &str| {
            text.trim()
                .parse::<u64>()
                .map_err(|_| Error::argument(format!("`{}` is no number of a trial", text.trim()), remedy))
        };
        let stretch = |part: &str| match part.split_once("..") {
            None => number(part).map(|number| number..=number),
            Some((from, to)) if to.trim().is_empty() => Ok(number(from)?..=u64::MAX),
            Some((from, to)) => match (number(from)?, number(to)?) {
                (from, to) if from <= to => Ok(from..=to),
                (from, to) => Err(Error::argument(format!("there is no trial from {from} to {to}"), remedy)),
            },
        };
        let mut only: Vec<RangeInclusive<u64>> = text.split(',').map(stretch).collect::<Result<_>>()?;
        only.sort_by_key(|stretch| *stretch.start());
        let mut merged: Vec<RangeInclusive<u64>> = Vec::new();
        for stretch in only {
            match merged.last_mut() {
                Some(last) if *stretch.start() <= *last.end() => {
                    *last = *last.start()..=*last.end().max(stretch.end());
                }
                _ => merged.push(stretch),
            }
        }
        Ok(Selection { only: merged, shard: None })
    }

    /// A share of those chosen.
    pub fn shard(mut self, shard: Option<Shard>) -> Selection {
        self.shard = shard;
        self
    }

    /// Refuses numbers that a plan of so many trials does not have.
    ///
    /// # Errors
    /// When a number is beyond the last.
    pub fn check(&self, trials: u64) -> Result<()> {
        let beyond = |stretch: &&RangeInclusive<u64>| {
            *stretch.start() >= trials || (*stretch.end() >= trials && *stretch.end() != u64::MAX)
        };
        match self.only.iter().find(beyond) {
            Some(stretch) => Err(Error::argument(
                format!(
                    "there is no trial {}",
                    if *stretch.start() >= trials { stretch.start() } else { stretch.end() }
                ),
                format!("trials are numbered from 0 to {}", trials.saturating_sub(1)),
            )),
            None => Ok(()),
        }
    }

    /// How many of a plan's trials are chosen.
    pub fn count(&self, trials: u64) -> u64 {
        let chosen: u64 = self.stretches(trials).map(|stretch| stretch.end - stretch.start).sum();
        match self.shard {
            Some(Shard { index, of }) => chosen / of + u64::from(chosen % of >= index),
            None => chosen,
        }
    }

    /// The numbers chosen of a plan's trials, in ascending order.
    pub fn numbers(&self, trials: u64) -> impl Iterator<Item = u64> + Send + use<> {
        self.numbers_from(trials, 0)
    }

    /// [`numbers`](Selection::numbers) that are not below `first`, without going through those before.
    pub(super) fn numbers_from(&self, trials: u64, first: u64) -> impl Iterator<Item = u64> + Send + use<> {
        let stretches: Vec<_> = self.stretches(trials).collect();
        let Shard { index, of } = self.shard.unwrap_or(Shard { index: 1, of: 1 });
        let mut before = 0;
        stretches.into_iter().flat_map(move |stretch| {
            // The place of the stretch's first number among all that are chosen tells which of it are the share's.
            let skipped = first.clamp(stretch.start, stretch.end) - stretch.start;
            let place = (before + skipped) % of;
            before += stretch.end - stretch.start;
            let ahead = (index - 1 + of - place) % of;
            let start = stretch.start.saturating_add(skipped).saturating_add(ahead);
            (start..stretch.end).step_by(usize::try_from(of).unwrap_or(usize::MAX))
        })
    }

    fn stretches(&self, trials: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
        let all = (self.only.is_empty()).then_some(0..trials);
        let some = self.only.iter().map(move |stretch| {
            let end = stretch.end().saturating_add(1).min(trials);
            *stretch.start().min(&end)..end
        });
        all.into_iter().chain(some.collect::<Vec<_>>())
    }
}
