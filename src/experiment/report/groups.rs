//! The parameter points of an experiment, and which of its parameters differ between them.

use std::collections::BTreeMap;

use crate::experiment::store::Contents;
use crate::experiment::{Finished, TrialOutcome};

/// The finished trials of one parameter point.
#[derive(Debug)]
pub(super) struct Point<'a> {
    /// The parameters' values.
    pub values: &'a [f64],
    /// The trials, by number.
    pub trials: Vec<(&'a TrialOutcome, &'a Finished)>,
}

/// Parameters that words name at most.
const NAMED: usize = 4;

/// The points of an experiment.
#[derive(Debug)]
pub(super) struct Groups<'a> {
    pub points: Vec<Point<'a>>,
    /// The places of the parameters that have more than one value.
    pub varied: Vec<usize>,
    pub names: &'a [String],
}

pub(super) fn groups(contents: &Contents, experiment: usize) -> Groups<'_> {
    let mut points: BTreeMap<u64, Point<'_>> = BTreeMap::new();
    for outcome in contents.outcomes.iter().filter(|outcome| outcome.trial.experiment == experiment) {
        if let Ok(finished) = &outcome.result {
            let fresh = || Point { values: &outcome.trial.values, trials: Vec::new() };
            points.entry(outcome.trial.point).or_insert_with(fresh).trials.push((outcome, finished));
        }
    }
    let points: Vec<Point<'_>> = points.into_values().collect();
    let names = &contents.columns.experiments[experiment].parameters;
    let differs = |place: &usize| {
        let mut values = points.iter().map(|point| point.values[*place].to_bits());
        values.next().is_some_and(|first| values.any(|value| value != first))
    };
    let varied = (0..names.len()).filter(differs).collect();
    Groups { points, varied, names }
}

impl Groups<'_> {
    /// A point in words: the values of the parameters that are varied.
    pub(super) fn label(&self, point: &Point<'_>) -> String {
        let values: Vec<String> = match self.varied.as_slice() {
            [] => vec!["all".to_owned()],
            [one] => vec![format!("{}", rounded(point.values[*one]))],
            _ => self
                .named()
                .map(|place| format!("{}={}", self.names[*place], rounded(point.values[*place])))
                .collect(),
        };
        values.join(", ") + self.more()
    }

    /// The varied parameters that words name; the weights of a policy are too many.
    fn named(&self) -> impl Iterator<Item = &usize> {
        self.varied.iter().take(NAMED)
    }

    fn more(&self) -> &'static str {
        if self.varied.len() > NAMED { ", …" } else { "" }
    }

    /// A point in few words: the values alone.
    pub(super) fn short_label(&self, point: &Point<'_>) -> String {
        let values = self.named().map(|place| rounded(point.values[*place]).to_string());
        values.collect::<Vec<_>>().join(", ") + self.more()
    }

    /// The varied parameters' names, for an axis.
    pub(super) fn varied_names(&self) -> String {
        self.named().map(|place| self.names[*place].as_str()).collect::<Vec<_>>().join(", ") + self.more()
    }
}

/// A value with at most four digits that matter.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// The different values, in order.
pub(super) fn distinct(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut all: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}
