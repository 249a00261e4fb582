//! What was recorded over a run, and how the worlds of a batch compare.

use crate::model::{Metric, Reduction};

use super::Partial;

/// A world's metrics at one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The world's place in the batch.
    pub world: u32,
    /// The step after which they were taken.
    pub step: u64,
    /// One for each metric of the model.
    pub partials: Vec<Partial>,
}

/// All records of a run, world by world and step by step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    records: Vec<Record>,
}

/// A metric over the worlds of a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Worlds whose value is a number.
    pub worlds: usize,
    /// Their mean.
    pub mean: f64,
    /// Their sample standard deviation, nought for one world.
    pub deviation: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The median.
    pub median: f64,
}

impl Series {
    /// Adds records.
    pub fn extend(&mut self, records: impl IntoIterator<Item = Record>) {
        self.records.extend(records);
    }

    /// All records, ordered by step and then by world.
    pub fn records(&self) -> Vec<&Record> {
        let mut records: Vec<&Record> = self.records.iter().collect();
        records.sort_by_key(|record| (record.step, record.world));
        records
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Each world's last record, in the order of the worlds.
    pub fn last(&self, worlds: u32) -> Vec<Option<&Record>> {
        let mut last: Vec<Option<&Record>> = vec![None; worlds as usize];
        for record in &self.records {
            let place = &mut last[record.world as usize];
            if place.is_none_or(|held| held.step <= record.step) {
                *place = Some(record);
            }
        }
        last
    }

    /// A world's values of one metric, step by step.
    pub fn of(&self, world: u32, index: usize, metric: &Metric) -> Vec<(u64, f64)> {
        let mut values: Vec<(u64, f64)> = self
            .records
            .iter()
            .filter(|record| record.world == world)
            .map(|record| (record.step, record.partials[index].value(metric)))
            .collect();
        values.sort_by_key(|(step, _)| *step);
        values
    }
}

impl Spread {
    /// The spread of values over worlds; those that are not numbers are left out.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Spread {
            worlds: values.len(),
            mean,
            deviation: if values.len() > 1 { (squares / (count - 1.0)).sqrt() } else { 0.0 },
            min: values.first().copied().unwrap_or(f64::NAN),
            max: values.last().copied().unwrap_or(f64::NAN),
            median: quantile(&values, 0.5),
        }
    }
}

/// The q-quantile of sorted values, interpolated linearly between neighbours (R's type 7); NaN of none.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let place = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

impl Record {
    /// The bins of a histogram, with those below at the front and above at the end.
    pub fn bins(&self, index: usize, metric: &Metric) -> Option<&[u64]> {
        match (&self.partials[index], metric.reduction) {
            (Partial::Bins(counts), Reduction::Histogram { .. }) => Some(counts),
            _ => None,
        }
    }
}
