//! Parameters over time.

use std::ops::Range;

use super::set_parameter;
use crate::error::{Error, Result};
use crate::model::Model;

/// A parameter's new value in all worlds, from a step on.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The parameter; a vector's name means all of its elements.
    pub parameter: String,
    /// The number of the first step that sees the value; steps count from 1.
    pub step: u64,
    /// The value.
    pub value: f64,
}

impl Change {
    /// Reads the changes of one parameter: `VALUE@STEP,VALUE@STEP`, as in `0.5@100,0.2@200`.
    ///
    /// # Errors
    /// When it is written otherwise.
    pub fn parse(parameter: &str, text: &str) -> Result<Vec<Change>> {
        let step = |word: &str| {
            word.trim().parse().map_err(|_| Error::argument("it is no step", "give a whole number"))
        };
        Change::parse_with(parameter, text, step)
    }

    /// As [`Change::parse`], with numbers of steps read by `step`.
    ///
    /// # Errors
    /// When it is written otherwise.
    pub fn parse_with(
        parameter: &str,
        text: &str,
        step: impl Fn(&str) -> Result<u64>,
    ) -> Result<Vec<Change>> {
        let unreadable = |why: String| Error::argument(why, "write VALUE@STEP, as in 0.5@100,0.2@200");
        let one = |word: &str| {
            let (value, at) = word
                .split_once('@')
                .ok_or_else(|| unreadable(format!("`{}` does not say at which step", word.trim())))?;
            let number = value.trim().parse::<f64>().ok().filter(|value| value.is_finite());
            let value = number.ok_or_else(|| unreadable(format!("`{}` is no number", value.trim())))?;
            let step = step(at).map_err(|_| unreadable(format!("`{}` is no number of a step", at.trim())))?;
            Ok(Change { parameter: parameter.to_owned(), step, value })
        };
        text.split(',').map(one).collect()
    }
}

/// Changes that every world of a model goes through, by step.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    list: Vec<Change>,
    /// For each change, the places of what it changes among the model's parameters.
    places: Vec<Range<usize>>,
}

/// The parameters of a world as they are now.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub values: Vec<f64>,
    /// How many of the changes are made.
    pub made: usize,
}

impl Changes {
    /// These changes; of two for one step the later in the list counts.
    ///
    /// # Errors
    /// When the model has no such parameter, a value is out of its range, or there is no such step.
    pub fn new(model: &Model, mut list: Vec<Change>) -> Result<Changes> {
        let mut values = model.defaults();
        for Change { parameter, step, value } in &list {
            set_parameter(model, &mut values, parameter, *value)?;
            if *step == 0 || *step > u64::from(u32::MAX) {
                return Err(Error::argument(
                    format!("`{parameter}` cannot change at step {step}"),
                    "steps count from 1; set the value that it has from the start instead",
                ));
            }
        }
        list.sort_by_key(|change| change.step);
        let places =
            list.iter().map(|change| model.parameter_places(&change.parameter)).collect::<Result<_>>()?;
        Ok(Changes { list, places })
    }

    /// These changes, if each is one that so many steps see.
    ///
    /// # Errors
    /// When one comes later.
    pub fn within(self, steps: u64) -> Result<Changes> {
        match self.list.last() {
            Some(Change { parameter, step, .. }) if *step > steps => Err(Error::argument(
                format!("`{parameter}` changes at step {step}, and there are {steps} steps at most"),
                "let it change earlier, or run for more steps",
            )),
            _ => Ok(self),
        }
    }

    /// The changes, by step.
    pub fn list(&self) -> &[Change] {
        &self.list
    }

    /// The places of the parameters that change.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        self.places.iter().cloned().flatten()
    }

    /// The first step that is to see another change.
    pub(crate) fn next(&self, current: &Current) -> Option<u64> {
        self.list.get(current.made).map(|change| change.step)
    }

    /// Makes the changes that a step is to see; says whether there were any.
    pub(crate) fn make(&self, current: &mut Current, step: u64) -> bool {
        let before = current.made;
        while self.next(current).is_some_and(|next| next <= step) {
            current.values[self.places[current.made].clone()].fill(self.list[current.made].value);
            current.made += 1;
        }
        current.made > before
    }
}
