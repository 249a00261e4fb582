//! Whether counts are those of equally likely outcomes.

/// Pearson's sum over outcomes that should be equally likely.
pub fn chi_square(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
}

/// How many standard deviations of the normal distribution the sum is above what chance gives (Wilson and Hilferty, 1931).
pub fn unevenness(counts: &[u32]) -> f64 {
    let freedom = counts.len() as f64 - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    ((chi_square(counts) / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

#[test]
fn uneven_counts_are_told_from_even_ones() {
    assert_eq!(chi_square(&[10, 10, 10]), 0.0);
    assert!((chi_square(&[20, 10, 0]) - 20.0).abs() < 1e-12);
    // 21.67 and 113.0 are about the upper percentile of 9 and the 0.9999 quantile of 63 degrees of freedom.
    let uneven = |outcomes: usize, sum: f64| {
        let more = (sum * 1e6 / 2.0).sqrt() as u32;
        let mut counts = vec![1_000_000; outcomes];
        counts[0] += more;
        counts[1] -= more;
        unevenness(&counts)
    };
    assert!((uneven(10, 21.67) - 2.326).abs() < 0.03, "{}", uneven(10, 21.67));
    assert!((uneven(64, 113.0) - 3.72).abs() < 0.1, "{}", uneven(64, 113.0));
}
