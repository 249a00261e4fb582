//! What a device did when.

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
}
