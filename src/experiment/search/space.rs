//! The box that is searched: named dimensions, each from a lower to an upper end.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// One number that is searched for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dimension {
    /// Its name, that of a parameter.
    pub name: String,
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
    /// Whether only whole numbers are tried.
    pub whole: bool,
    /// Whether equal factors are equally far apart, rather than equal differences; both ends are then above nought.
    pub log: bool,
    /// Where a method that begins somewhere begins; in the middle unless given.
    pub start: Option<f64>,
}

impl Dimension {
    /// Real numbers from `low` to `high`.
    pub fn real(name: impl Into<String>, low: f64, high: f64) -> Dimension {
        Dimension { name: name.into(), low, high, whole: false, log: false, start: None }
    }

    /// The value at a place of the unit interval.
    fn value(&self, place: f64) -> f64 {
        let value = match (self.whole, self.log) {
            // Every whole number has an equal share of the interval.
            (true, false) => (self.low + (place * (self.high - self.low + 1.0)).floor()).min(self.high),
            (_, true) => (self.low.ln() + place * (self.high / self.low).ln()).exp(),
            (false, false) => self.low + place * (self.high - self.low),
        };
        let value = if self.whole { value.round() } else { value };
        value.clamp(self.low, self.high)
    }

    /// The place of a value in the unit interval.
    fn place(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        match (self.whole, self.log) {
            _ if self.high == self.low => 0.5,
            (true, false) => (value - self.low + 0.5) / (self.high - self.low + 1.0),
            (_, true) => (value / self.low).ln() / (self.high / self.low).ln(),
            (false, false) => (value - self.low) / (self.high - self.low),
        }
    }
}

/// A box of dimensions.
///
/// Methods work on *genes*, which are coordinates in which every dimension has length 1. Genes beyond the box are mirrored
/// at its sides, so that a method with a normal distribution needs no exception there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Space {
    /// The dimensions; there is at least one.
    pub dimensions: Vec<Dimension>,
}

impl Space {
    /// A box of these dimensions.
    ///
    /// # Errors
    /// When there are none, two share a name, or one is not an interval.
    pub fn new(dimensions: Vec<Dimension>) -> Result<Space> {
        if dimensions.is_empty() {
            return Err(Error::argument(
                "nothing is to be searched",
                "name a parameter with --over name=lo..hi",
            ));
        }
        let mut names = std::collections::HashSet::new();
        for dimension in &dimensions {
            let Dimension { name, low, high, whole, log, .. } = dimension;
            let refuse = |why: &str, remedy: &str| {
                Err(Error::argument(format!("`{name}` cannot be searched over {low}..{high}: {why}"), remedy))
            };
            if !low.is_finite() || !high.is_finite() || low > high {
                return refuse("that is no interval", "give two numbers, the lower one first");
            }
            if *whole && (low.fract() != 0.0 || high.fract() != 0.0) {
                return refuse("it takes whole numbers", "give whole numbers");
            }
            if *log && *low <= 0.0 {
                return refuse("a logarithmic scale begins above 0", "give ends above 0, or leave `log` out");
            }
            if !names.insert(name) {
                return Err(Error::argument(format!("`{name}` is searched twice"), "name it once"));
            }
        }
        Ok(Space { dimensions })
    }

    /// The number of dimensions.
    pub fn len(&self) -> usize {
        self.dimensions.len()
    }

    /// Whether there are no dimensions; a space that was made by [`Space::new`] has some.
    pub fn is_empty(&self) -> bool {
        self.dimensions.is_empty()
    }

    /// The values that genes stand for.
    pub fn values(&self, genes: &[f64]) -> Vec<f64> {
        self.dimensions.iter().zip(genes).map(|(dimension, gene)| dimension.value(mirrored(*gene))).collect()
    }

    /// The genes at which a search begins.
    pub fn start(&self) -> Vec<f64> {
        let place = |dimension: &Dimension| dimension.start.map_or(0.5, |start| dimension.place(start));
        self.dimensions.iter().map(place).collect()
    }
}

/// A gene brought into the unit interval, as in a corridor of mirrors.
fn mirrored(gene: f64) -> f64 {
    let place = gene.rem_euclid(2.0);
    if place > 1.0 { 2.0 - place } else { place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_places_are_each_others_inverse() {
        let whole = Dimension { whole: true, ..Dimension::real("n", -2.0, 3.0) };
        for value in -2..=3 {
            assert_eq!(whole.value(whole.place(value.into())), f64::from(value));
        }
        assert_eq!((whole.value(0.0), whole.value(1.0)), (-2.0, 3.0));
        let log = Dimension { log: true, ..Dimension::real("rate", 1e-3, 10.0) };
        assert!((log.value(0.5) - 0.1).abs() < 1e-12);
        assert!((log.place(0.1) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn mirrors_lead_back_into_the_box() {
        for (gene, place) in [(0.25, 0.25), (1.25, 0.75), (-0.25, 0.25), (2.25, 0.25), (3.5, 0.5)] {
            assert_eq!(mirrored(gene), place);
        }
    }

    #[test]
    fn what_is_no_box_is_refused() {
        assert!(Space::new(vec![]).is_err());
        assert!(Space::new(vec![Dimension::real("a", 1.0, 0.0)]).is_err());
        assert!(Space::new(vec![Dimension::real("a", 0.0, f64::NAN)]).is_err());
        assert!(Space::new(vec![Dimension { log: true, ..Dimension::real("a", 0.0, 1.0) }]).is_err());
        assert!(Space::new(vec![Dimension { whole: true, ..Dimension::real("a", 0.5, 1.0) }]).is_err());
        assert!(Space::new(vec![Dimension::real("a", 0.0, 1.0), Dimension::real("a", 0.0, 1.0)]).is_err());
    }
}
