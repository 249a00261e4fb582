//! A metric's series reduced to one number.

use crate::model::Model;
use crate::reduce::{Condition, Record};

/// One number that is kept of each trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its column's name.
    pub name: String,
    /// The metric's place in the model.
    pub metric: usize,
    /// How the metric's series becomes one number.
    pub summary: Summary,
}

/// How a series becomes one number.
#[derive(Debug, Clone, PartialEq)]
pub enum Summary {
    /// The last value.
    Final,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The mean of all recorded values.
    Mean,
    /// The mean of the values recorded from step `from` to step `to`, both included.
    MeanOver {
        /// The first step that counts.
        from: u64,
        /// The last step that counts.
        to: u64,
    },
    /// The first recorded step at which the condition holds; not a number if there is none.
    FirstStep(Condition),
}

/// Reduces the records of one trial as they come, without keeping them.
#[derive(Debug, Clone)]
pub struct Summariser {
    states: Vec<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    value: f64,
    count: u64,
}

impl Summariser {
    /// Begins with nothing.
    pub fn new(outputs: &[Output]) -> Summariser {
        Summariser { states: vec![State { value: f64::NAN, count: 0 }; outputs.len()] }
    }

    /// Takes a record; records come in the order of their steps.
    pub fn add(&mut self, outputs: &[Output], record: &Record, model: &Model) {
        for (output, state) in outputs.iter().zip(&mut self.states) {
            let metric = &model.metrics[output.metric];
            let value = record.partials[output.metric].value(metric);
            let first = state.count == 0;
            match &output.summary {
                Summary::Final => state.value = value,
                Summary::Min => state.value = if first { value } else { state.value.min(value) },
                Summary::Max => state.value = if first { value } else { state.value.max(value) },
                Summary::Mean => state.value = if first { value } else { state.value + value },
                Summary::MeanOver { from, to } => {
                    if !(*from..=*to).contains(&record.step) {
                        continue;
                    }
                    state.value = if first { value } else { state.value + value };
                }
                Summary::FirstStep(condition) => {
                    if !first || !condition.holds(record, model) {
                        continue;
                    }
                    state.value = record.step as f64;
                }
            }
            state.count += 1;
        }
    }

    /// The outputs' values.
    pub fn finish(&self, outputs: &[Output]) -> Vec<f64> {
        let value = |(output, state): (&Output, &State)| match output.summary {
            Summary::Mean | Summary::MeanOver { .. } => state.value / state.count as f64,
            _ => state.value,
        };
        outputs.iter().zip(&self.states).map(value).collect()
    }
}
