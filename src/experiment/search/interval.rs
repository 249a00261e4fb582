//! Means over seeds and how sure they are.

use serde::{Deserialize, Serialize};

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
        let margin = student(values.len().saturating_sub(1)) * deviation / count.sqrt();
        Estimate { count: values.len() as u64, mean, deviation, margin }
    }
}

/// The two-sided 95 % quantile of Student's t distribution: tabulated for few degrees of freedom, else by the expansion
/// 26.7.5 of Abramowitz and Stegun, "Handbook of Mathematical Functions", exact to 0.001 from five on.
fn student(freedom: usize) -> f64 {
    const FEW: [f64; 5] = [f64::NAN, 12.706, 4.303, 3.182, 2.776];
    if let Some(quantile) = FEW.get(freedom) {
        return *quantile;
    }
    let (x, n) = (1.959_963_985_f64, freedom as f64);
    let g1 = (x.powi(3) + x) / 4.0;
    let g2 = (5.0 * x.powi(5) + 16.0 * x.powi(3) + 3.0 * x) / 96.0;
    let g3 = (3.0 * x.powi(7) + 19.0 * x.powi(5) + 17.0 * x.powi(3) - 15.0 * x) / 384.0;
    x + g1 / n + g2 / n.powi(2) + g3 / n.powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, quantile) in
            [(1, 12.706), (4, 2.776), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)]
        {
            assert!((student(freedom) - quantile).abs() < 0.0015, "{freedom}: {}", student(freedom));
        }
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((estimate.mean, estimate.count), (3.0, 5));
        assert!((estimate.margin - 2.776 * 2.5f64.sqrt() / 5f64.sqrt()).abs() < 1e-12);
        assert!(Estimate::of(&[1.0]).margin.is_nan());
    }
}
