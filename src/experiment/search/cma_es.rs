//! CMA-ES: a normal distribution whose covariance adapts to the landscape.

use serde::{Deserialize, Serialize};

use super::optimiser::{Candidate, Optimiser, Told, ranking};
use super::source::Source;
use super::space::Space;
use super::symmetric::eigen;

/// The covariance matrix adaptation evolution strategy with its usual settings, active update included; symbols and formulae
/// are those of N. Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv:1604.00772), figure 6 and table 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CmaEs {
    source: Source,
    generation: u64,
    mean: Vec<f64>,
    sigma: f64,
    /// Evolution paths of the step size and of the covariance.
    path_sigma: Vec<f64>,
    path_c: Vec<f64>,
    /// C, row after row; its eigenvectors as columns; the roots of its eigenvalues.
    covariance: Vec<f64>,
    vectors: Vec<f64>,
    roots: Vec<f64>,
    /// The generation of the last decomposition.
    decomposed: u64,
}

/// The weights and rates for n dimensions and λ candidates.
struct Rates {
    weights: Vec<f64>,
    mu_eff: f64,
    c_c: f64,
    c_sigma: f64,
    c_1: f64,
    c_mu: f64,
    damping: f64,
    /// The expected length of a standard normal vector.
    chi: f64,
}

impl Rates {
    fn of(n: usize, count: usize) -> Rates {
        let (n, half) = (n as f64, (count as f64 + 1.0) / 2.0);
        let raw: Vec<f64> = (1..=count).map(|rank| half.ln() - (rank as f64).ln()).collect();
        let positive = || raw.iter().filter(|w| **w > 0.0);
        let negative = || raw.iter().filter(|w| **w < 0.0);
        let squares = |sum: f64, squares: f64| if squares > 0.0 { sum * sum / squares } else { 0.0 };
        let mu_eff = squares(positive().sum(), positive().map(|w| w * w).sum()).max(1.0);
        let mu_eff_minus = squares(negative().sum(), negative().map(|w| w * w).sum());
        let c_c = (4.0 + mu_eff / n) / (n + 4.0 + 2.0 * mu_eff / n);
        let c_sigma = (mu_eff + 2.0) / (n + mu_eff + 5.0);
        let c_1 = 2.0 / ((n + 1.3).powi(2) + mu_eff);
        let c_mu = (2.0 * (0.25 + mu_eff + 1.0 / mu_eff - 2.0) / ((n + 2.0).powi(2) + mu_eff)).min(1.0 - c_1);
        let damping = 1.0 + 2.0 * (((mu_eff - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma;
        let least = (1.0 + c_1 / c_mu)
            .min(1.0 + 2.0 * mu_eff_minus / (mu_eff + 2.0))
            .min((1.0 - c_1 - c_mu) / (n * c_mu));
        let (above, below): (f64, f64) = (positive().sum(), negative().map(|w| w.abs()).sum());
        let weight = |w: &f64| if *w >= 0.0 { w / above.max(f64::MIN_POSITIVE) } else { w * least / below };
        Rates {
            weights: raw.iter().map(weight).collect(),
            mu_eff,
            c_c,
            c_sigma,
            c_1,
            c_mu,
            damping,
            chi: n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n)),
        }
    }
}

impl CmaEs {
    /// A search that begins where the space says, with `sigma` as its standard deviation, a share of a dimension's length.
    pub fn new(space: Space, seed: u64, sigma: f64) -> CmaEs {
        let n = space.len();
        let identity: Vec<f64> =
            (0..n * n).map(|place| f64::from(u8::from(place / n == place % n))).collect();
        CmaEs {
            generation: 0,
            mean: space.start(),
            sigma,
            path_sigma: vec![0.0; n],
            path_c: vec![0.0; n],
            covariance: identity.clone(),
            vectors: identity,
            roots: vec![1.0; n],
            decomposed: 0,
            source: Source::new(space, seed),
        }
    }

    /// The usual number of candidates for so many dimensions.
    pub fn usual_population(dimensions: usize) -> usize {
        4 + (3.0 * (dimensions as f64).ln()).floor() as usize
    }

    /// B D z.
    fn coloured(&self, z: &[f64]) -> Vec<f64> {
        let n = z.len();
        let scaled: Vec<f64> = z.iter().zip(&self.roots).map(|(z, root)| z * root).collect();
        (0..n).map(|i| dot(&self.vectors[i * n..(i + 1) * n], &scaled)).collect()
    }

    /// C^(-1/2) y.
    fn whitened(&self, y: &[f64]) -> Vec<f64> {
        let n = y.len();
        let inner: Vec<f64> = (0..n)
            .map(|k| (0..n).map(|i| self.vectors[i * n + k] * y[i]).sum::<f64>() / self.roots[k])
            .collect();
        (0..n).map(|i| dot(&self.vectors[i * n..(i + 1) * n], &inner)).collect()
    }

    fn decompose(&mut self) {
        let (values, vectors) = eigen(&self.covariance, self.mean.len());
        self.vectors = vectors;
        // Rounding may make the least values nought or less; a condition of 10^14 is the usual limit.
        let greatest = values.iter().copied().fold(0.0, f64::max);
        self.roots = values.iter().map(|value| value.max(greatest * 1e-14).max(1e-300).sqrt()).collect();
        self.decomposed = self.generation;
    }
}

impl Optimiser for CmaEs {
    fn ask(&mut self, count: usize) -> Vec<Candidate> {
        let n = self.mean.len();
        let mut asked = Vec::with_capacity(count);
        for _ in 0..count {
            let z: Vec<f64> = (0..n).map(|_| self.source.draws.normal()).collect();
            let y = self.coloured(&z);
            let genes = self.mean.iter().zip(&y).map(|(mean, y)| mean + self.sigma * y).collect();
            asked.push(self.source.candidate(genes));
        }
        asked
    }

    fn tell(&mut self, told: &[Told]) {
        if told.is_empty() {
            return;
        }
        let n = self.mean.len();
        let rates = Rates::of(n, told.len());
        let steps: Vec<Vec<f64>> = ranking(told)
            .into_iter()
            .map(|place| {
                let genes = &told[place].candidate.genes;
                genes.iter().zip(&self.mean).map(|(gene, mean)| (gene - mean) / self.sigma).collect()
            })
            .collect();
        let mut step = vec![0.0; n];
        for (y, weight) in steps.iter().zip(&rates.weights).filter(|(_, weight)| **weight > 0.0) {
            step.iter_mut().zip(y).for_each(|(sum, y)| *sum += weight * y);
        }
        self.mean.iter_mut().zip(&step).for_each(|(mean, y)| *mean += self.sigma * y);

        let Rates { c_c, c_sigma, c_1, c_mu, mu_eff, .. } = rates;
        let push = (c_sigma * (2.0 - c_sigma) * mu_eff).sqrt();
        let white = self.whitened(&step);
        for (path, white) in self.path_sigma.iter_mut().zip(&white) {
            *path = (1.0 - c_sigma) * *path + push * white;
        }
        let length = dot(&self.path_sigma, &self.path_sigma).sqrt();
        self.generation += 1;
        let settled = (1.0 - (1.0 - c_sigma).powf(2.0 * self.generation as f64)).sqrt();
        let moving = length / settled < (1.4 + 2.0 / (n as f64 + 1.0)) * rates.chi;
        let push = if moving { (c_c * (2.0 - c_c) * mu_eff).sqrt() } else { 0.0 };
        for (path, y) in self.path_c.iter_mut().zip(&step) {
            *path = (1.0 - c_c) * *path + push * y;
        }
        let lost = if moving { 0.0 } else { c_c * (2.0 - c_c) };
        let kept = 1.0 + c_1 * lost - c_1 - c_mu * rates.weights.iter().sum::<f64>();
        self.covariance.iter_mut().for_each(|c| *c *= kept);
        add_outer(&mut self.covariance, &self.path_c, c_1);
        for (y, weight) in steps.iter().zip(&rates.weights) {
            let weight = if *weight >= 0.0 {
                *weight
            } else {
                let white = self.whitened(y);
                weight * n as f64 / dot(&white, &white).max(1e-300)
            };
            add_outer(&mut self.covariance, y, c_mu * weight);
        }
        // A step size that has run away could not be stored, let alone searched with.
        self.sigma =
            (self.sigma * (c_sigma / rates.damping * (length / rates.chi - 1.0)).exp()).clamp(1e-12, 1e3);
        if (self.generation - self.decomposed) as f64 > 1.0 / (10.0 * n as f64 * (c_1 + c_mu)) {
            self.decompose();
        }
    }

    fn recommended(&self) -> Option<Candidate> {
        Some(self.source.untried(&self.mean))
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds `factor` y yᵀ.
fn add_outer(matrix: &mut [f64], y: &[f64], factor: f64) {
    for (row, a) in matrix.chunks_exact_mut(y.len()).zip(y) {
        row.iter_mut().zip(y).for_each(|(c, b)| *c += factor * a * b);
    }
}
