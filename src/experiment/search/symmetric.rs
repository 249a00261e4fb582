//! Eigenvalues and eigenvectors of a symmetric matrix.

/// The eigenvalues of a symmetric matrix and its orthonormal eigenvectors, vector k in column k; `matrix` is stored row after
/// row and has `n` rows. Cyclic Jacobi rotations (G. Golub and C. Van Loan, "Matrix Computations", section 8.5): exact to
/// rounding, and always in the same order, so that it repeats bit for bit.
pub(super) fn eigen(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut a = matrix.to_vec();
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|i| vectors[i * n + i] = 1.0);
    for _ in 0..MOST_SWEEPS {
        let total: f64 = a.iter().map(|x| x * x).sum();
        let off: f64 =
            (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * n + j].powi(2)).sum();
        if off <= total * 1e-30 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, n, p, q);
            }
        }
    }
    ((0..n).map(|i| a[i * n + i]).collect(), vectors)
}

/// Far more sweeps than any matrix needs.
const MOST_SWEEPS: usize = 50;

/// Makes the element at (p, q) nought.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
    }
    for k in 0..n {
        let (x, y) = (vectors[k * n + p], vectors[k * n + q]);
        vectors[k * n + p] = c * x - s * y;
        vectors[k * n + q] = s * x + c * y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_make_the_whole_again() {
        let n = 7;
        // A Hilbert matrix: eigenvalues over nine powers of ten.
        let matrix: Vec<f64> = (0..n * n).map(|place| 1.0 / (place / n + place % n + 1) as f64).collect();
        let (values, vectors) = eigen(&matrix, n);
        for i in 0..n {
            for j in 0..n {
                let sum = |f: &dyn Fn(usize) -> f64| (0..n).map(f).sum::<f64>();
                let whole = sum(&|k| vectors[i * n + k] * values[k] * vectors[j * n + k]);
                assert!((whole - matrix[i * n + j]).abs() < 1e-14);
                let product = sum(&|k| vectors[k * n + i] * vectors[k * n + j]);
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
    }
}
