//! One row for each world, as CSV and in a summary.

use std::sync::Arc;

use throng::experiment::plan::Plan;
use throng::experiment::{Experiment, TrialOutcome};
use throng::output::{Column, Table, Values, to_text};
use throng::reduce::Spread;
use throng::{Error, Result, printable};

/// The rows of a sweep: what all experiments have, each parameter and each output of any of them.
pub struct Rows {
    experiments: Vec<Arc<Experiment>>,
    parameters: Vec<String>,
    outputs: Vec<String>,
    /// For each experiment and point: its values, and its trials' outputs.
    points: std::collections::BTreeMap<(usize, u64), Point>,
}

#[derive(Default)]
struct Point {
    agents: u32,
    values: Vec<f64>,
    outputs: Vec<Vec<f64>>,
}

impl Rows {
    pub fn new(plan: &Plan) -> Rows {
        let experiments = plan.experiments();
        let (mut parameters, mut outputs) = (Vec::new(), Vec::new());
        let add = |names: &mut Vec<String>, name: &str| {
            if !names.iter().any(|other| other == name) {
                names.push(name.to_owned());
            }
        };
        for experiment in &experiments {
            experiment.model.parameters.iter().for_each(|parameter| add(&mut parameters, &parameter.name));
            experiment.outputs.iter().for_each(|output| add(&mut outputs, &output.name));
        }
        Rows { experiments, parameters, outputs, points: Default::default() }
    }

    pub fn heading(&self) -> Result<String> {
        let mut cells: Vec<String> =
            ["experiment", "trial", "point", "replicate", "seed", "agents"].map(str::to_owned).into();
        cells.extend(self.parameters.iter().cloned());
        cells.extend(["steps", "stopped", "hash"].map(str::to_owned));
        cells.extend(self.outputs.iter().cloned());
        cells.push("error".into());
        line(&cells)
    }

    /// Takes an outcome and gives its row.
    pub fn add(&mut self, outcome: TrialOutcome) -> Result<String> {
        let trial = &outcome.trial;
        let experiment = &self.experiments[trial.experiment];
        let mut cells = vec![experiment.name.clone()];
        cells.extend([trial.number, trial.point, trial.replicate.into(), trial.seed].map(|n| n.to_string()));
        cells.push(trial.agents.to_string());
        for name in &self.parameters {
            let place = experiment.model.parameters.iter().position(|parameter| parameter.name == *name);
            let value = place.and_then(|place| trial.values.get(place));
            cells.push(value.map(number).unwrap_or_default());
        }
        match &outcome.result {
            Ok(finished) => {
                cells.extend([finished.steps.to_string(), finished.stopped.to_string()]);
                cells.push(format!("{:016x}", finished.hash));
                for name in &self.outputs {
                    let place = experiment.outputs.iter().position(|output| output.name == *name);
                    cells.push(place.map(|place| number(&finished.outputs[place])).unwrap_or_default());
                }
                cells.push(String::new());
                let point = self.points.entry((trial.experiment, trial.point)).or_default();
                (point.agents, point.values) = (trial.agents, trial.values.clone());
                point.outputs.push(finished.outputs.clone());
            }
            Err(reason) => {
                cells.extend(std::iter::repeat_n(String::new(), 3 + self.outputs.len()));
                cells.push(reason.clone());
            }
        }
        line(&cells)
    }

    /// For each experiment, the mean of each output at each point.
    pub fn summary(&self, plan: &Plan) -> Result<String> {
        let mut text = String::new();
        for (place, experiment) in self.experiments.iter().enumerate() {
            let points: Vec<(u64, &Point)> = self
                .points
                .range((place, 0)..=(place, u64::MAX))
                .map(|((_, number), point)| (*number, point))
                .collect();
            if points.is_empty() {
                continue;
            }
            let column = |name: &str, of: &dyn Fn(&Point) -> f64| {
                Column::new(name, Values::F64(points.iter().map(|(_, point)| of(point)).collect()))
            };
            let mut columns =
                vec![Column::new("point", Values::U64(points.iter().map(|(number, _)| *number).collect()))];
            let varies =
                |of: &dyn Fn(&Point) -> f64| points.iter().any(|(_, point)| of(point) != of(points[0].1));
            if varies(&|point| point.agents.into()) {
                columns.push(column("agents", &|point| point.agents.into()));
            }
            for (index, parameter) in experiment.model.parameters.iter().enumerate() {
                if varies(&|point| point.values[index]) {
                    columns.push(column(&parameter.name, &|point| point.values[index]));
                }
            }
            columns.push(Column::new(
                "worlds",
                Values::U64(points.iter().map(|(_, point)| point.outputs.len() as u64).collect()),
            ));
            for (index, output) in experiment.outputs.iter().enumerate() {
                let spread = |point: &Point| Spread::of(point.outputs.iter().map(|values| values[index]));
                columns.push(column(&output.name, &|point| spread(point).mean));
                if plan.replicates(place) > 1 {
                    columns
                        .push(column(&format!("s.d. of {}", output.name), &|point| spread(point).deviation));
                }
            }
            text += &format!("{}\n{}\n", experiment.name, to_text(&Table::new(columns)?, 40));
        }
        Ok(text)
    }
}

/// The shortest form that reads back the same.
fn number(value: &f64) -> String {
    format!("{value:?}")
}

fn line(cells: &[String]) -> Result<String> {
    let internal = |error: csv::Error| Error::Internal(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(internal)?;
    let bytes = writer.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    // Names are the user's, and no terminal shall obey them.
    Ok(printable(&String::from_utf8_lossy(&bytes)))
}
