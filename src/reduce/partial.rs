//! What is known of some of a metric's values, and how two such become one.

use crate::model::{Metric, Reduction, ValueKind};

/// The state of a metric over some of its items, complete or not.
#[derive(Debug, Clone, PartialEq)]
pub enum Partial {
    /// Counts, sums and extremes.
    Totals(Totals),
    /// Values in each bin, those below the first at the front and those above the last at the end.
    Bins(Vec<u64>),
}

/// Counts, sums and extremes of values.
///
/// Values are held as 64-bit integers or, for `f32`, as their own numbers; one of the two sums stays nought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    /// How many values there are.
    pub count: u64,
    /// How many are not zero.
    pub nonzero: u64,
    /// Their sum, exact, for integers.
    pub sum: i64,
    /// The sum of their squares, exact, for integers.
    pub squares: u128,
    /// Their sum, for `f32`.
    pub float_sum: f64,
    /// The sum of their squares, for `f32`.
    pub float_squares: f64,
    /// The least value and the lowest item that has it.
    pub least: Option<(f64, u32)>,
    /// The greatest value and the lowest item that has it.
    pub greatest: Option<(f64, u32)>,
}

impl Totals {
    /// No values.
    pub const NONE: Totals = Totals {
        count: 0,
        nonzero: 0,
        sum: 0,
        squares: 0,
        float_sum: 0.0,
        float_squares: 0.0,
        least: None,
        greatest: None,
    };

    /// Adds one value, given by its bits.
    pub fn add(&mut self, kind: ValueKind, bits: u32, item: u32) {
        let value = match kind {
            ValueKind::U32 | ValueKind::Bool => f64::from(bits),
            ValueKind::I32 => f64::from(bits as i32),
            ValueKind::F32 => f64::from(f32::from_bits(bits)),
        };
        self.count += 1;
        match kind {
            ValueKind::F32 => {
                self.nonzero += u64::from(value != 0.0);
                self.float_sum += value;
                self.float_squares += value * value;
            }
            _ => {
                let whole = if kind == ValueKind::I32 { i64::from(bits as i32) } else { i64::from(bits) };
                self.nonzero += u64::from(bits != 0);
                self.sum += whole;
                self.squares += u128::from(whole.unsigned_abs()) * u128::from(whole.unsigned_abs());
            }
        }
        // Items come in any order.
        if self.least.is_none_or(|(least, of)| value < least || (value == least && item < of)) {
            self.least = Some((value, item));
        }
        if self.greatest.is_none_or(|(greatest, of)| value > greatest || (value == greatest && item < of)) {
            self.greatest = Some((value, item));
        }
    }

    /// The totals of `count` values of which `ones` are 1 and the others 0.
    pub fn of_bits(count: u64, ones: u64) -> Totals {
        Totals { count, nonzero: ones, sum: ones as i64, squares: ones.into(), ..Totals::NONE }
    }

    /// Takes in the totals of values of later items.
    pub fn merge(&mut self, later: &Totals) {
        self.count += later.count;
        self.nonzero += later.nonzero;
        self.sum += later.sum;
        self.squares += later.squares;
        self.float_sum += later.float_sum;
        self.float_squares += later.float_squares;
        let better = |mine: Option<(f64, u32)>, theirs: Option<(f64, u32)>, wins: fn(f64, f64) -> bool| match (
            mine, theirs,
        ) {
            (Some((a, i)), Some((b, j))) if wins(b, a) || (a == b && j < i) => Some((b, j)),
            (None, theirs) => theirs,
            (mine, _) => mine,
        };
        self.least = better(self.least, later.least, |a, b| a < b);
        self.greatest = better(self.greatest, later.greatest, |a, b| a > b);
    }
}

impl Partial {
    /// What is known of no values of a metric.
    pub fn none(metric: &Metric) -> Partial {
        match metric.reduction {
            Reduction::Histogram { bins, .. } => Partial::Bins(vec![0; bins as usize + 2]),
            _ => Partial::Totals(Totals::NONE),
        }
    }

    /// Adds one value, given by its bits.
    pub fn add(&mut self, metric: &Metric, bits: u32, item: u32) {
        match (self, metric.reduction) {
            (Partial::Bins(counts), Reduction::Histogram { bins, low, high }) => {
                counts[bin(metric.values, bits, bins, low, high)] += 1;
            }
            (Partial::Totals(totals), _) => totals.add(metric.values, bits, item),
            _ => {}
        }
    }

    /// Adds whole values, given by their bits, each with 1 if it counts and 0 if it does not; says whether that is all that
    /// the metric needs of them. If not, none are added.
    pub fn add_whole(&mut self, metric: &Metric, values: &[u32], counts: &[u32]) -> bool {
        let Partial::Totals(totals) = self else { return false };
        if !metric.reduction.is_of_sums() || metric.values == ValueKind::F32 {
            return false;
        }
        let signed = metric.values == ValueKind::I32;
        for (bits, counts) in values.iter().zip(counts) {
            let whole = if signed { i64::from(*bits as i32) } else { i64::from(*bits) };
            totals.count += u64::from(*counts);
            totals.nonzero += u64::from(*counts & u32::from(*bits != 0));
            totals.sum += whole * i64::from(*counts);
        }
        true
    }

    /// What the metric needs of it: a backend that learns more than that says no more than the others.
    pub fn needed(self, metric: &Metric) -> Partial {
        match self {
            Partial::Totals(Totals { count, nonzero, sum, .. })
                if metric.reduction.is_of_sums() && metric.values != ValueKind::F32 =>
            {
                Partial::Totals(Totals { count, nonzero, sum, ..Totals::NONE })
            }
            partial => partial,
        }
    }

    /// Takes in what is known of later items.
    pub fn merge(&mut self, later: &Partial) {
        match (self, later) {
            (Partial::Totals(mine), Partial::Totals(theirs)) => mine.merge(theirs),
            (Partial::Bins(mine), Partial::Bins(theirs)) => {
                mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
            }
            _ => {}
        }
    }

    /// The metric's number; NaN where there are no values to take it of, and for histograms how many values there are.
    pub fn value(&self, metric: &Metric) -> f64 {
        let scale = if metric.fixed { 1.0 / 65536.0 } else { 1.0 };
        let totals = match self {
            Partial::Bins(counts) => return counts.iter().sum::<u64>() as f64,
            Partial::Totals(totals) => totals,
        };
        let count = totals.count as f64;
        let float = metric.values == ValueKind::F32;
        let sum = if float { totals.float_sum } else { totals.sum as f64 };
        match metric.reduction {
            Reduction::Count => totals.nonzero as f64,
            Reduction::Sum => sum * scale,
            Reduction::Mean => sum / count * scale,
            Reduction::Variance if totals.count == 0 => f64::NAN,
            Reduction::Variance if float => {
                let mean = sum / count;
                (totals.float_squares / count - mean * mean).max(0.0) * scale * scale
            }
            // n Σv² − (Σv)² is exact in integers, where the difference of two rounded means would not be.
            Reduction::Variance => {
                let product = totals.squares.checked_mul(u128::from(totals.count));
                let square =
                    u128::from(totals.sum.unsigned_abs()).checked_mul(totals.sum.unsigned_abs().into());
                match product.zip(square) {
                    Some((product, square)) => (product - square) as f64 / count / count * scale * scale,
                    None => {
                        let mean = sum / count;
                        (totals.squares as f64 / count - mean * mean).max(0.0) * scale * scale
                    }
                }
            }
            Reduction::Min => totals.least.map_or(f64::NAN, |(value, _)| value * scale),
            Reduction::Max => totals.greatest.map_or(f64::NAN, |(value, _)| value * scale),
            Reduction::ArgMin => totals.least.map_or(f64::NAN, |(_, item)| f64::from(item)),
            Reduction::ArgMax => totals.greatest.map_or(f64::NAN, |(_, item)| f64::from(item)),
            Reduction::Histogram { .. } => f64::NAN,
        }
    }

    /// The columns that the metric takes in a table, with its numbers.
    pub fn columns(&self, metric: &Metric) -> Vec<(String, f64)> {
        match (self, metric.reduction) {
            (Partial::Bins(counts), Reduction::Histogram { bins, .. }) => counts
                .iter()
                .enumerate()
                .map(|(index, count)| {
                    let label = match index {
                        0 => "below".to_owned(),
                        _ if index == bins as usize + 1 => "above".to_owned(),
                        _ => (index - 1).to_string(),
                    };
                    (format!("{}_{label}", metric.name), *count as f64)
                })
                .collect(),
            _ => vec![(metric.name.clone(), self.value(metric))],
        }
    }
}

/// The place of a value among `bins` bins of `low..high`: 0 below, `bins + 1` above or not a number.
fn bin(kind: ValueKind, bits: u32, bins: u32, low: i32, high: i32) -> usize {
    if kind == ValueKind::F32 {
        let value = f64::from(f32::from_bits(bits));
        let (low, high) = (f64::from(low), f64::from(high));
        return if value < low {
            0
        } else if value < high {
            1 + ((value - low) / (high - low) * f64::from(bins)) as usize
        } else {
            bins as usize + 1
        };
    }
    let value = if kind == ValueKind::I32 { i64::from(bits as i32) } else { i64::from(bits) };
    let (low, high) = (i64::from(low), i64::from(high));
    if value < low {
        0
    } else if value < high {
        1 + ((value - low) as u128 * u128::from(bins) / (high - low) as u128) as usize
    } else {
        bins as usize + 1
    }
}
