//! What a device did when.

use std::time::{SystemTime, UNIX_EPOCH};

use super::columns::Columns;
use crate::experiment::Span;

/// A stretch of time in which a device ran trials of one experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// The device: "cpu", "gpu".
    pub device: String,
    /// The place of the experiment in the plan.
    pub experiment: usize,
    /// Seconds since the beginning of 1970 (UTC) at which it began.
    pub begin: f64,
    /// Seconds since the beginning of 1970 (UTC) at which it ended.
    pub end: f64,
    /// Trials that ended in it.
    pub trials: u64,
    /// Why the experiment ran there, in words.
    pub why: String,
}

impl Interval {
    /// A span of a sweep that began at `begun`; `None` when no experiment has the span's name.
    pub fn of(span: &Span, begun: SystemTime, columns: &Columns) -> Option<Interval> {
        let begun = begun.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        let experiment = columns.experiments.iter().position(|about| about.name == span.experiment)?;
        Some(Interval {
            device: span.device.clone(),
            experiment,
            begin: begun + span.begin,
            end: begun + span.end,
            trials: span.trials,
            why: span.why.clone(),
        })
    }
}
