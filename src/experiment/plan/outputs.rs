//! What is kept of each trial, as people say it: `final coverage`, `mean coverage 100..200`, `first coverage >= 0.9`.

use crate::error::{Error, Result};
use crate::experiment::summary::{Output, Summary};
use crate::model::{Model, nearest};
use crate::reduce::{Condition, metric_index};

/// Columns that a table of trials has beside outputs and parameters.
pub const COLUMNS: [&str; 16] = [
    "experiment",
    "trial",
    "number",
    "point",
    "replicate",
    "seed",
    "agents",
    "steps",
    "stopped",
    "hash",
    "seconds",
    "device",
    "error",
    "status",
    "reason",
    "step",
];

const WORDS: [&str; 5] = ["final", "min", "max", "mean", "first"];
const REMEDY: &str = "write final, min, max or mean and a metric, mean and a metric and its first and last step as in \
                      'mean coverage 100..200', or first and a condition as in 'first coverage >= 0.9'";

impl Output {
    /// Reads an output of a model: `final coverage`, `min found`, `max found`, `mean coverage`, `mean coverage 100..200`,
    /// `first coverage >= 0.9`.
    ///
    /// # Errors
    /// When it is none of these, or the model has no such metric.
    pub fn parse(name: &str, text: &str, model: &Model) -> Result<Output> {
        let unreadable = |why: String| Error::argument(format!("`{text}` is no output: {why}"), REMEDY);
        let (word, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        let rest = rest.trim();
        if !WORDS.contains(&word) {
            return Err(match nearest(word, WORDS) {
                Some(near) => Error::argument(
                    format!("`{text}` is no output: it begins with `{word}`"),
                    format!("did you mean `{near}`? Or {REMEDY}"),
                ),
                None => unreadable(format!("it begins with `{word}`")),
            });
        }
        if rest.is_empty() {
            return Err(unreadable("it names no metric".into()));
        }
        if word == "first" {
            let condition = Condition::parse(rest, model)?;
            return Ok(Output {
                name: name.to_owned(),
                metric: condition.metric,
                summary: Summary::FirstStep(condition),
            });
        }
        let (metric, window) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let metric = metric_index(model, metric)?;
        let summary = match (word, window.trim()) {
            ("final", "") => Summary::Final,
            ("min", "") => Summary::Min,
            ("max", "") => Summary::Max,
            ("mean", "") => Summary::Mean,
            ("mean", window) => {
                let (from, to) = window
                    .split_once("..")
                    .and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)))
                    .ok_or_else(|| unreadable(format!("`{window}` is no stretch of steps")))?;
                if from > to {
                    return Err(unreadable(format!("there is no step from {from} to {to}")));
                }
                Summary::MeanOver { from, to }
            }
            (_, more) => return Err(unreadable(format!("it has no use for `{more}`"))),
        };
        Ok(Output { name: name.to_owned(), metric, summary })
    }

    /// The last value of each metric, named like the metric unless something else has that name.
    pub(super) fn last_of_each(model: &Model) -> Vec<Output> {
        let output = |(metric, declared): (usize, &crate::model::Metric)| {
            let name = match taken(&declared.name, model) {
                true => format!("final {}", declared.name),
                false => declared.name.clone(),
            };
            Output { name, metric, summary: Summary::Final }
        };
        model.metrics.iter().enumerate().map(output).collect()
    }
}

/// Whether a column of this name stands in a table of trials already.
pub(super) fn taken(name: &str, model: &Model) -> bool {
    COLUMNS.contains(&name) || model.parameters.iter().any(|parameter| parameter.name == name)
}
