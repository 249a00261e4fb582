//! What was measured.

/// A value, and how far chance alone takes it from what it would be over endlessly many runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Got {
    /// The value.
    pub value: f64,
    /// Its standard error; 0 for what is counted.
    pub standard_error: f64,
}

impl Got {
    /// The mean of one number from each of many independent worlds or agents.
    pub fn mean(values: &[f64]) -> Got {
        let count = values.len() as f64;
        let value = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|one| (one - value) * (one - value)).sum();
        Got { value, standard_error: (squares / (count - 1.0) / count).sqrt() }
    }

    /// The mean of one number from each of few worlds, whose standard deviation is known from elsewhere.
    pub fn mean_of_known_spread(values: &[f64], deviation: f64) -> Got {
        let count = values.len() as f64;
        Got { value: values.iter().sum::<f64>() / count, standard_error: deviation / count.sqrt() }
    }

    /// The same beside a published mean over so many runs, which vary by `deviation`: both means are off by chance.
    pub fn beside(self, deviation: f64, runs: u32) -> Got {
        let published = deviation * deviation / f64::from(runs);
        Got { standard_error: (self.standard_error.powi(2) + published).sqrt(), ..self }
    }

    /// What is counted and has no chance in it.
    pub fn exactly(value: f64) -> Got {
        Got { value, standard_error: 0.0 }
    }

    /// How many standard errors it is above `expected`; nothing where there is no chance in it.
    pub fn standard_errors_from(&self, expected: f64) -> Option<f64> {
        let apart = (self.value - expected) / self.standard_error;
        apart.is_finite().then_some(apart)
    }
}
