//! The values that a parameter takes in an experiment.

use std::fmt;

use crate::error::{Error, Result};

/// The values that a parameter, or the number of agents, takes in an experiment.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// These, in this order; one for a parameter that does not vary.
    Listed(Vec<f64>),
    /// So many, evenly spaced, both ends included.
    Spaced {
        /// The first.
        from: f64,
        /// The last.
        to: f64,
        /// How many there are.
        steps: u32,
    },
    /// Any in between, chosen by the design; whole ones, both ends included, for what is a whole number.
    Between {
        /// The least.
        from: f64,
        /// The greatest.
        to: f64,
    },
}

const REMEDY: &str = "write values as in 3 or 1,2,5, so many evenly spaced as in 0..1:11, or for a random design the ends as in 0..1";

/// More evenly spaced values than anybody wants, which only a slip would ask for.
pub(crate) const MOST_STEPS: u32 = 1 << 24;

impl Values {
    /// One value.
    pub fn one(value: f64) -> Values {
        Values::Listed(vec![value])
    }

    /// Reads values as people write them: `3`, `1,2,5`, `0..1:11` (11 evenly spaced ones from 0 to 1) or `0..1`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Values> {
        Values::parse_with(text, |word| {
            word.parse().map_err(|_| Error::argument(format!("`{word}` is no number"), REMEDY))
        })
    }

    /// [`parse`](Values::parse) with another way to read a number.
    ///
    /// # Errors
    /// As [`parse`](Values::parse), and whatever `number` gives.
    pub fn parse_with(text: &str, number: impl Fn(&str) -> Result<f64>) -> Result<Values> {
        let finite = |word: &str| match word.trim() {
            "" => Err(Error::argument("a value is missing", REMEDY)),
            word => match number(word)? {
                value if value.is_finite() => Ok(value),
                _ => Err(Error::argument(format!("`{word}` is not a finite number"), REMEDY)),
            },
        };
        let Some((from, rest)) = text.split_once("..") else {
            return text.split(',').map(finite).collect::<Result<_>>().map(Values::Listed);
        };
        let from = finite(from)?;
        match rest.split_once(':') {
            None => Values::between(from, finite(rest)?),
            Some((to, steps)) => {
                let to = finite(to)?;
                let steps = steps.trim().parse().map_err(|_| {
                    Error::argument(format!("`{}` is no number of values", steps.trim()), REMEDY)
                })?;
                Values::spaced(from, to, steps)
            }
        }
    }

    /// So many evenly spaced values.
    ///
    /// # Errors
    /// When there are fewer than two, or more than 16,777,216.
    pub fn spaced(from: f64, to: f64, steps: u32) -> Result<Values> {
        match steps {
            0 | 1 => Err(Error::argument(
                format!("{steps} values cannot go from {from} to {to}"),
                "ask for at least 2, or write one value",
            )),
            2..=MOST_STEPS => Ok(Values::Spaced { from, to, steps }),
            _ => Err(Error::argument(
                format!("{steps} values are too many"),
                format!("ask for at most {MOST_STEPS}"),
            )),
        }
    }

    /// Any values in between.
    ///
    /// # Errors
    /// When the first end is not below the second.
    pub fn between(from: f64, to: f64) -> Result<Values> {
        match from < to {
            true => Ok(Values::Between { from, to }),
            false => Err(Error::argument(
                format!("there is nothing between {from} and {to}"),
                "write the lesser end first, as in 0..1",
            )),
        }
    }

    /// How many there are; none where the design chooses.
    pub(crate) fn count(&self) -> Option<u64> {
        match self {
            Values::Listed(list) => Some(list.len() as u64),
            Values::Spaced { steps, .. } => Some(u64::from(*steps)),
            Values::Between { .. } => None,
        }
    }

    /// The value of this number, where they are counted.
    pub(crate) fn level(&self, index: u64) -> f64 {
        match self {
            Values::Listed(list) => list.get(index as usize).copied().unwrap_or(f64::NAN),
            Values::Spaced { from, to, steps } => {
                // Weighing both ends gives 0.3 in the middle of 0.1..0.5:5, where adding steps gives 0.30000000000000004.
                let (last, index) = (f64::from(steps - 1), index as f64);
                (from * (last - index) + to * index) / last
            }
            Values::Between { .. } => f64::NAN,
        }
    }

    /// The value at `share` of the way, from 0 to just below 1: each of several values, or of whole ones, has an equal part
    /// of the way.
    pub(crate) fn at(&self, share: f64, whole: bool) -> f64 {
        match (self, self.count()) {
            (_, Some(count)) => self.level(((share * count as f64) as u64).min(count - 1)),
            (Values::Between { from, to }, _) if whole => {
                (from + (share * (to - from + 1.0)).floor()).min(*to)
            }
            (Values::Between { from, to }, _) => from + share * (to - from),
            _ => f64::NAN,
        }
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Values::Listed(list) if list.len() > 8 => {
                write!(f, "{} values from {} to {}", list.len(), list[0], list[list.len() - 1])
            }
            Values::Listed(list) => {
                let words: Vec<String> = list.iter().map(f64::to_string).collect();
                f.write_str(&words.join(", "))
            }
            Values::Spaced { from, to, steps } => write!(f, "{from}..{to}:{steps}"),
            Values::Between { from, to } => write!(f, "{from}..{to}"),
        }
    }
}
