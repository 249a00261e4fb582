//! One quantity of a model and what it should be.

use super::sample::Got;
use super::setup::Setup;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::simulation::BackendChoice;

/// How far a mean may be from what is expected, in standard errors of the run.
const STANDARD_ERRORS: f64 = 4.0;

/// A quantity of a built-in model that is known from elsewhere.
#[derive(Clone)]
pub struct Check {
    /// The model's name.
    pub model: &'static str,
    /// What is measured.
    pub quantity: &'static str,
    /// Where the expected value comes from.
    pub source: &'static str,
    /// The value that the quantity should have.
    pub expected: f64,
    /// How far from it is still right.
    pub tolerance: Tolerance,
    /// Whether it is part of the quick set.
    pub quick: bool,
    /// What makes the model that is measured of the built-in one: in its text, each first piece once replaced by the second.
    pub changes: &'static [(&'static str, &'static str)],
    /// A variant of the model that the check must reject.
    pub wrong: Wrong,
    /// Measures the quantity; nothing when this machine cannot.
    pub measure: fn(&Setup) -> Result<Option<Got>>,
}

impl Check {
    /// A check of the quick set, of the model as it is.
    pub(super) fn quick(
        model: &'static str,
        quantity: &'static str,
        source: &'static str,
        expected: f64,
        tolerance: Tolerance,
        wrong: Wrong,
        measure: fn(&Setup) -> Result<Option<Got>>,
    ) -> Check {
        Check { model, quantity, source, expected, tolerance, quick: true, changes: &[], wrong, measure }
    }
}

/// How far from the expected value is still right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// Four standard errors of the run, and beside them how well the expected value is known.
    StandardErrors {
        /// How far the expected value itself may be off.
        known_within: f64,
    },
    /// This share of the expected value.
    Relative(f64),
    /// Not at all.
    Exact,
    /// The expected value is a bound: nothing below it can be.
    AtLeast,
}

/// A deliberately wrong variant of a model.
#[derive(Debug, Clone, Copy)]
pub struct Wrong {
    /// What is wrong with it.
    pub what: &'static str,
    /// A piece of the model's text,
    pub from: &'static str,
    /// and what stands in its place.
    pub to: &'static str,
}

/// What a check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The quantity is what it should be.
    Pass,
    /// It is not.
    Fail,
    /// This machine cannot measure it.
    Skipped,
}

impl Verdict {
    /// "pass", "fail" or "skipped".
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Skipped => "skipped",
        }
    }
}

impl Check {
    /// Measures the quantity on the model as it is; nothing when this machine cannot.
    ///
    /// # Errors
    /// When a simulation cannot be built or run.
    pub fn run(&self, backend: BackendChoice, quick: bool) -> Result<Option<Got>> {
        let model = self.right()?;
        (self.measure)(&Setup { tried: model.clone(), model, backend, quick })
    }

    /// Measures the quantity on the wrong variant, for which [`verdict`](Check::verdict) must be [`Verdict::Fail`].
    ///
    /// # Errors
    /// As [`Check::run`].
    pub fn run_wrong(&self, backend: BackendChoice, quick: bool) -> Result<Option<Got>> {
        let model = self.right()?;
        let tried = changed(&model, self.wrong.from, self.wrong.to)?;
        (self.measure)(&Setup { tried, model, backend, quick })
    }

    /// What a measurement says.
    pub fn verdict(&self, got: Option<Got>) -> Verdict {
        let Some(Got { value, standard_error }) = got else { return Verdict::Skipped };
        let apart = (value - self.expected).abs();
        let right = match self.tolerance {
            Tolerance::StandardErrors { known_within } => {
                apart <= STANDARD_ERRORS * standard_error + known_within
            }
            Tolerance::Relative(share) => apart <= share * self.expected.abs(),
            Tolerance::Exact => apart == 0.0,
            Tolerance::AtLeast => value >= self.expected,
        };
        // An infinite mean has no standard error, and what is not a number agrees with nothing.
        if right && value.is_finite() { Verdict::Pass } else { Verdict::Fail }
    }

    /// The model that is measured.
    fn right(&self) -> Result<Model> {
        let builtin = Model::builtin(self.model)?;
        self.changes.iter().try_fold(builtin, |model, (from, to)| changed(&model, from, to))
    }
}

/// The model with one piece of its text replaced, at its first place.
fn changed(model: &Model, from: &str, to: &str) -> Result<Model> {
    if !model.source.contains(from) {
        return Err(Error::Internal(format!(
            "a check would change `{from}`, which model `{}` does not say",
            model.name
        )));
    }
    Model::text(&model.name, &model.source.replacen(from, to, 1))
}
