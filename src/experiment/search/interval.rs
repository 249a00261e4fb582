//! Means over seeds and how sure they are.

use serde::{Deserialize, Serialize};

use crate::experiment::store::student_quantile;

/// The mean of values over seeds, with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Values.
    pub count: u64,
    /// Their mean; not a number when one of them is none.
    pub mean: f64,
    /// Their sample standard deviation, nought for one value.
    pub deviation: f64,
    /// Half the width of the interval by Student's t; not a number for fewer than two values.
    pub margin: f64,
}

impl Estimate {
    /// The estimate from these values, which are summed in their order.
    pub fn of(values: &[f64]) -> Estimate {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = if values.len() > 1 { (squares / (count - 1.0)).sqrt() } else { 0.0 };
        let margin = student_quantile(0.95, values.len().saturating_sub(1) as u64) * deviation / count.sqrt();
        Estimate { count: values.len() as u64, mean, deviation, margin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_students() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((estimate.mean, estimate.count), (3.0, 5));
        assert!((estimate.margin - 2.7764 * 2.5f64.sqrt() / 5f64.sqrt()).abs() < 1e-4);
        assert!(Estimate::of(&[1.0]).margin.is_nan());
    }
}
