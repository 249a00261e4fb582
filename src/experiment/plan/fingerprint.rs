//! A number by which two plans that give other results are told apart.

use super::Points;
use super::design::Target;
use crate::experiment::summary::{Output, Summary};
use crate::reduce::Condition;
use crate::simulation::BackendChoice;

/// Changes when what is hashed, or how trials are made of it, changes.
const VERSION: u64 = 1;

/// FNV-1a (Fowler, Noll and Vo) over numbers and texts, each with an end of its own.
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    pub fn new() -> Fingerprint {
        let mut hash = Fingerprint(0xcbf2_9ce4_8422_2325);
        hash.number(VERSION);
        hash
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    fn real(&mut self, number: f64) {
        // The two zeros are one value.
        self.number((number + 0.0).to_bits());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    fn condition(&mut self, condition: &Condition) {
        self.text(&condition.to_string());
        self.number(condition.metric as u64);
    }

    fn output(&mut self, output: &Output) {
        self.text(&output.name);
        self.number(output.metric as u64);
        match &output.summary {
            Summary::Final => self.number(0),
            Summary::Min => self.number(1),
            Summary::Max => self.number(2),
            Summary::Mean => self.number(3),
            Summary::MeanOver { from, to } => {
                self.number(4);
                self.number(*from);
                self.number(*to);
            }
            Summary::FirstStep(condition) => {
                self.number(5);
                self.condition(condition);
            }
        }
    }

    pub fn finish(self) -> u64 {
        self.0
    }
}

/// The fingerprint of one experiment: of all that changes its trials or what is kept of them.
///
/// Names of files, limits and the device are left out, because results do not depend on them; but where a model uses `f32`
/// they do depend on the kind of device.
pub(super) fn of(points: &Points) -> u64 {
    let experiment = &points.experiment;
    let mut hash = Fingerprint::new();
    hash.text(&experiment.name);
    hash.text(&experiment.model.source);
    hash.text(&format!("{:?}", experiment.model.metrics));
    if !experiment.model.exact {
        hash.number(match experiment.backend {
            BackendChoice::Auto => 0,
            BackendChoice::Gpu => 1,
            BackendChoice::Cpu => 2,
        });
    }
    hash.number(experiment.map.hash());
    hash.number(experiment.wraps.into());
    hash.number(experiment.steps);
    hash.number(experiment.every);
    hash.number(experiment.until.is_some().into());
    if let Some(until) = &experiment.until {
        hash.condition(until);
    }
    hash.number(experiment.outputs.len() as u64);
    experiment.outputs.iter().for_each(|output| hash.output(output));
    hash.number(experiment.series.into());
    hash.number(points.replicates.into());
    hash.number(points.seed);
    hash.real(points.agents);
    points.defaults.iter().for_each(|value| hash.real(*value));
    for change in experiment.changes.list() {
        hash.text(&change.parameter);
        hash.number(change.step);
        hash.real(change.value);
    }
    hash.text(points.kind.name());
    hash.number(points.points);
    if points.kind.is_random() {
        hash.number(points.design_seed);
    }
    hash.number(points.dimensions.len() as u64);
    for dimension in &points.dimensions {
        hash.number(dimension.axes.len() as u64);
        for axis in &dimension.axes {
            let (first, count) = match axis.target {
                Target::Agents => (0, 0),
                Target::Parameters { first, count } => (1 + first, count),
            };
            hash.number(first as u64);
            hash.number(count as u64);
            hash.number(axis.values.count().unwrap_or(0));
            match axis.values.count() {
                Some(count) => (0..count).for_each(|index| hash.real(axis.values.level(index))),
                None => [0.0, 1.0].iter().for_each(|share| hash.real(axis.values.at(*share, false))),
            }
        }
    }
    hash.finish()
}
