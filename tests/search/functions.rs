//! Functions with known optima, to be minimised; all are nought at their optimum and nowhere else.

/// Optimum at 0.3 in each dimension, so that no method finds it by beginning in the middle.
pub fn sphere(x: &[f64]) -> f64 {
    x.iter().map(|x| (x - 0.3) * (x - 0.3)).sum()
}

/// Optimum at 1 in each dimension, in a bent valley.
pub fn rosenbrock(x: &[f64]) -> f64 {
    x.windows(2).map(|x| 100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2)).sum()
}

/// Optimum at 0.3 in each dimension, among many others.
pub fn rastrigin(x: &[f64]) -> f64 {
    let term = |x: &f64| {
        let x = x - 0.3;
        10.0 + x * x - 10.0 * (std::f64::consts::TAU * x).cos()
    };
    x.iter().map(term).sum()
}

/// Optimum at 0.3, a thousand times as steep in the last dimension as in the first, along axes that lean.
pub fn ellipsoid(x: &[f64]) -> f64 {
    let n = x.len();
    let mean = x.iter().map(|x| x - 0.3).sum::<f64>() / n as f64;
    (0..n)
        .map(|i| {
            // A reflection in the plane across the diagonal leaves lengths as they are.
            let leaning = (x[i] - 0.3) - 2.0 * mean;
            1000f64.powf(i as f64 / (n - 1) as f64) * leaning * leaning
        })
        .sum()
}
