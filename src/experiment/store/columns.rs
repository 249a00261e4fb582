//! The columns of a store.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::experiment::Experiment;
use crate::{Error, Result};

/// The columns in which every row has a value, before and after those of parameters and outputs.
pub(super) const BEFORE: [&str; 6] = ["trial", "experiment", "point", "replicate", "seed", "agents"];
pub(super) const AFTER: [&str; 7] = ["steps", "stopped", "hash", "status", "reason", "seconds", "device"];

/// What one experiment of a plan brings into the columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentColumns {
    /// Its name, unique in the plan.
    pub name: String,
    /// The model's name.
    pub model: String,
    /// The hash of the model's text ([`Model::text_hash`](crate::Model::text_hash)).
    pub model_hash: String,
    /// The names of a trial's values, in their order.
    pub parameters: Vec<String>,
    /// The names of the outputs, in their order.
    pub outputs: Vec<String>,
    /// The names of the metrics that a series has, in their order.
    pub metrics: Vec<String>,
}

impl ExperimentColumns {
    /// Those of an experiment.
    pub fn of(experiment: &Experiment) -> ExperimentColumns {
        let model = &experiment.model;
        ExperimentColumns {
            name: experiment.name.clone(),
            model: model.name.clone(),
            model_hash: model.text_hash(),
            parameters: model.parameters.iter().map(|parameter| parameter.name.clone()).collect(),
            outputs: experiment.outputs.iter().map(|output| output.name.clone()).collect(),
            metrics: model.metrics.iter().map(|metric| metric.name.clone()).collect(),
        }
    }
}

/// The columns of all experiments together: experiments that name a parameter, an output or a metric alike share its
/// column; one that lacks it has no number there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// What each experiment brings.
    pub experiments: Vec<ExperimentColumns>,
    /// Headings of parameters. One that would be a fixed column's is `parameter.NAME`.
    pub parameters: Vec<String>,
    /// Headings of outputs. One that would be another column's is `output.NAME`.
    pub outputs: Vec<String>,
    /// Headings of metrics in the series. One that would be another column's is `metric.NAME`.
    pub metrics: Vec<String>,
    /// Of each experiment: which of the columns of each kind its values are in.
    pub(super) places: Vec<Places>,
}

/// For each of an experiment's values, the place of its column among those of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Places {
    pub parameters: Vec<usize>,
    pub outputs: Vec<usize>,
    pub metrics: Vec<usize>,
}

impl Columns {
    /// Lays the columns of experiments side by side.
    ///
    /// # Errors
    /// [`Error::Argument`] when two experiments, or two columns of one kind in one experiment, have one name.
    pub fn new(experiments: Vec<ExperimentColumns>) -> Result<Columns> {
        let mut names = HashSet::new();
        for experiment in &experiments {
            if !names.insert(experiment.name.as_str()) {
                return Err(Error::argument(
                    format!("the plan has two experiments named `{}`", experiment.name),
                    "give each a name of its own",
                ));
            }
            for (kind, list) in [
                ("parameters", &experiment.parameters),
                ("outputs", &experiment.outputs),
                ("metrics", &experiment.metrics),
            ] {
                let mut seen = HashSet::new();
                if let Some(twice) = list.iter().find(|name| !seen.insert(name.as_str())) {
                    return Err(Error::argument(
                        format!("experiment `{}` has two {kind} named `{twice}`", experiment.name),
                        "give each a name of its own",
                    ));
                }
            }
        }
        let (parameters, parameter_places) = union(&experiments, |experiment| &experiment.parameters);
        let (outputs, output_places) = union(&experiments, |experiment| &experiment.outputs);
        let (metrics, metric_places) = union(&experiments, |experiment| &experiment.metrics);
        let mut taken: HashSet<String> = BEFORE.iter().chain(&AFTER).map(|&name| name.to_owned()).collect();
        let parameters = headings(parameters, "parameter", &mut taken);
        let outputs = headings(outputs, "output", &mut taken);
        let mut taken = ["trial", "step"].map(str::to_owned).into_iter().collect();
        let metrics = headings(metrics, "metric", &mut taken);
        let places = parameter_places.into_iter().zip(output_places).zip(metric_places);
        let places =
            places.map(|((parameters, outputs), metrics)| Places { parameters, outputs, metrics }).collect();
        Ok(Columns { experiments, parameters, outputs, metrics, places })
    }

    /// Which of [`Columns::metrics`] an experiment's metric is.
    pub fn metric_place(&self, experiment: usize, metric: usize) -> Option<usize> {
        self.places.get(experiment)?.metrics.get(metric).copied()
    }

    /// All headings of the table of trials, from left to right.
    pub fn names(&self) -> Vec<&str> {
        let before = BEFORE.iter().copied();
        let [steps, stopped, rest @ ..] = AFTER;
        before
            .chain(self.parameters.iter().map(String::as_str))
            .chain([steps, stopped])
            .chain(self.outputs.iter().map(String::as_str))
            .chain(rest)
            .collect()
    }
}

/// All names once, in the order of their first coming, and where each experiment's are.
fn union(
    experiments: &[ExperimentColumns],
    of: impl Fn(&ExperimentColumns) -> &Vec<String>,
) -> (Vec<String>, Vec<Vec<usize>>) {
    let mut known = std::collections::HashMap::new();
    let mut all = Vec::new();
    let places = experiments.iter().map(|experiment| {
        let place = |name: &String| {
            *known.entry(name.clone()).or_insert_with(|| {
                all.push(name.clone());
                all.len() - 1
            })
        };
        of(experiment).iter().map(place).collect()
    });
    let places = places.collect();
    (all, places)
}

fn headings(names: Vec<String>, kind: &str, taken: &mut HashSet<String>) -> Vec<String> {
    let mut heading = |mut name: String| {
        while !taken.insert(name.clone()) {
            name = format!("{kind}.{name}");
        }
        name
    };
    names.into_iter().map(&mut heading).collect()
}
