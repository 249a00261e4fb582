//! What a check says.

use throng::BackendChoice;

/// Nothing, or a sentence that says what is off.
pub type Verdict = Result<(), String>;

/// How far a mean may be from its exact value, in standard errors of the run.
const STANDARD_ERRORS: f64 = 4.0;

/// Worlds for a run on a backend. A software GPU takes almost a millisecond to measure a world, so that there a check has
/// an eighth of the worlds, and a tolerance that is as much wider as its standard error says.
pub fn worlds_on(backend: BackendChoice, worlds: u32) -> u32 {
    if backend == BackendChoice::Gpu { worlds / 8 } else { worlds }
}

/// A number from each of many independent worlds or agents.
pub struct Sample {
    pub mean: f64,
    pub standard_error: f64,
}

impl Sample {
    pub fn of(values: &[f64]) -> Sample {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Sample { mean, standard_error: (squares / (count - 1.0) / count).sqrt() }
    }

    /// Whether the mean is within four standard errors of `exact`, which is itself known within `known_within`.
    pub fn agrees(&self, what: &str, exact: f64, known_within: f64) -> Verdict {
        let tolerance = STANDARD_ERRORS * self.standard_error + known_within;
        within(what, self.mean, exact, tolerance)
    }
}

/// Whether a number is within a tolerance of what it should be.
pub fn within(what: &str, found: f64, exact: f64, tolerance: f64) -> Verdict {
    match (found - exact).abs() <= tolerance {
        true => Ok(()),
        false => Err(format!("{what} is {found:.6}, not {exact:.6} within {tolerance:.6}")),
    }
}

/// Asserts that a check rejects a wrong model.
pub fn assert_rejected(what: &str, verdict: Verdict) {
    assert!(verdict.is_err(), "{what} was taken for the right model");
}

#[test]
fn a_mean_is_told_from_its_neighbours() {
    let values: Vec<f64> = (0..1000).map(|i| f64::from(i % 10)).collect();
    let sample = Sample::of(&values);
    assert_eq!(sample.mean, 4.5);
    within("the standard error", sample.standard_error, (8.25_f64 / 999.0).sqrt(), 1e-12).unwrap();
    sample.agrees("the mean", 4.5, 0.0).unwrap();
    assert_rejected("five standard errors", sample.agrees("", 4.5 + 5.0 * sample.standard_error, 0.0));
    assert_rejected("not a number", within("", f64::NAN, 1.0, 1.0));
}
