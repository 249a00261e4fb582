//! When a world may stop: a metric compared with a number.

use std::fmt;

use crate::error::{Error, Result};
use crate::model::{Model, nearest};

use super::Record;

/// A condition such as `coverage >= 0.99`, tested on each world at each recorded step.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The metric's place in the model.
    pub metric: usize,
    /// The metric's name.
    pub name: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub threshold: f64,
}

/// How a metric is compared with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

// Longer signs stand first, so that `<=` is not read as `<`.
const SIGNS: [(&str, Comparison); 6] = [
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Condition {
    /// Reads `metric sign number`.
    ///
    /// # Errors
    /// When it is not that, or the model has no such metric.
    pub fn parse(text: &str, model: &Model) -> Result<Condition> {
        let unreadable = |why: String| {
            Error::argument(
                format!("`{text}` is not a condition: {why}"),
                "write a metric, one of < <= > >= == !=, and a number, as in 'coverage >= 0.99'",
            )
        };
        let (sign, comparison) = SIGNS
            .iter()
            .find(|(sign, _)| text.contains(sign))
            .ok_or_else(|| unreadable("it compares nothing".into()))?;
        let (name, number) = text.split_once(sign).unwrap_or((text, ""));
        let (name, number) = (name.trim(), number.trim());
        let threshold: f64 = number
            .parse()
            .ok()
            .filter(|number: &f64| !number.is_nan())
            .ok_or_else(|| unreadable(format!("`{number}` is not a number")))?;
        let metric = metric_index(model, name)?;
        Ok(Condition { metric, name: name.to_owned(), comparison: *comparison, threshold })
    }

    /// Whether a world's record meets the condition; a value that is not a number meets none but `!=`.
    pub fn holds(&self, record: &Record, model: &Model) -> bool {
        let value = record.partials[self.metric].value(&model.metrics[self.metric]);
        match self.comparison {
            Comparison::Less => value < self.threshold,
            Comparison::LessOrEqual => value <= self.threshold,
            Comparison::Greater => value > self.threshold,
            Comparison::GreaterOrEqual => value >= self.threshold,
            Comparison::Equal => value == self.threshold,
            Comparison::NotEqual => value != self.threshold,
        }
    }
}

/// The place of a metric in a model.
///
/// # Errors
/// When the model has no metric of this name; the error lists those that it has.
pub(crate) fn metric_index(model: &Model, name: &str) -> Result<usize> {
    model.metrics.iter().position(|metric| metric.name == name).ok_or_else(|| {
        let known: Vec<&str> = model.metrics.iter().map(|metric| metric.name.as_str()).collect();
        let list = known.join(", ");
        Error::argument(
            format!("model `{}` has no metric `{name}`", model.name),
            match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? Its metrics are {list}"),
                None if known.is_empty() => "declare one under `[metrics]` in its head".to_owned(),
                None => format!("its metrics are {list}"),
            },
        )
    })
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign =
            SIGNS.iter().find(|(_, comparison)| *comparison == self.comparison).map_or("", |(sign, _)| sign);
        write!(f, "{} {sign} {}", self.name, self.threshold)
    }
}
