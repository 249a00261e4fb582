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
    // 21.67 is the upper percentile of 9 degrees of freedom, 2.326 that of the normal distribution.
    let tenth = (21.67_f64 * 100.0 / 10.0).sqrt();
    let mut counts = vec![100; 10];
    let step = (21.67_f64 * 100.0 / 90.0).sqrt();
    for count in counts.iter_mut().skip(1) {
        *count = 1000 - step as u32;
    }
    assert!(tenth > 0.0 && unevenness(&counts) > 4.0 && unevenness(&[100; 10]) < -3.0);
}
