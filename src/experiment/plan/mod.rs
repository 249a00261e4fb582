//! Plans: which trials there are, as data that can be read, printed, counted, subset and estimated before anything runs.
//!
//! A [`Plan`] is made of [`Description`]s, from a TOML file ([`Plan::read`]), a command line or a program. Its trials are
//! numbered from 0 (experiment by experiment, point by point, replicate by replicate) and computed when they are asked for.

mod bytes;
mod description;
mod design;
mod estimate;
mod fingerprint;
mod outputs;
mod places;
mod points_file;
mod read;
mod resolve;
mod run;
mod selection;
mod values;
mod write;

use std::path::Path;
use std::sync::Arc;

pub use bytes::bytes;
pub use description::{Description, DesignKind, MapChoice, ModelChoice};
pub use design::{LatinHypercube, Sobol};
pub use estimate::Estimate;
pub use outputs::COLUMNS;
pub use selection::{Selection, Shard};
pub use values::Values;

use crate::error::{Error, Result};
use crate::experiment::trial::{Experiment, Trial};
use crate::simulation::{Builder, check_agents};
use design::{Design, Dimension, Target};
use fingerprint::Fingerprint;

/// Several experiments and the trials of each. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Plan {
    descriptions: Arc<[Description]>,
    experiments: Arc<[Points]>,
    /// For each experiment, the number of trials up to its last.
    ends: Arc<[u64]>,
    fingerprint: u64,
}

/// One experiment and its parameter points.
#[derive(Debug)]
struct Points {
    experiment: Arc<Experiment>,
    design: Design,
    kind: DesignKind,
    design_seed: u64,
    dimensions: Vec<Dimension>,
    points: u64,
    replicates: u32,
    seed: u64,
    /// Agents where their number does not vary.
    agents: f64,
    /// The parameters where they do not vary.
    defaults: Vec<f64>,
}

/// A trial that cannot be run, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The trial, with the values asked for, of which some are out of range.
    pub trial: Trial,
    /// One sentence that says what is wrong and what to do.
    pub reason: String,
}

/// Two plans are equal when they were described alike.
impl PartialEq for Plan {
    fn eq(&self, other: &Plan) -> bool {
        self.descriptions == other.descriptions && self.fingerprint == other.fingerprint
    }
}

impl Plan {
    /// A plan of these experiments: models and maps are read, and what is wrong in them all is told.
    ///
    /// # Errors
    /// When there is no experiment, two have one name, or one asks for what cannot be. A parameter that has several values
    /// is no error here when some of them are out of its range: those trials are refused, one by one.
    pub fn new(descriptions: Vec<Description>) -> Result<Plan> {
        if descriptions.is_empty() {
            return Err(Error::argument("a plan without experiments runs nothing", "describe at least one"));
        }
        let mut experiments: Vec<Points> = Vec::new();
        for description in &descriptions {
            let title = description.title();
            let tell = |fault| {
                description.places.tell(fault, Some(title.as_str()).filter(|_| descriptions.len() > 1))
            };
            let points = resolve::resolve(description).map_err(tell)?;
            if experiments.iter().any(|other| other.experiment.name == title) {
                return Err(tell(places::Fault::argument(
                    "name",
                    format!("two experiments are called `{title}`"),
                    "give each a name of its own, as in name = \"caves\"",
                )));
            }
            experiments.push(points);
        }
        let mut ends = Vec::new();
        let mut fingerprint = Fingerprint::new();
        let mut end = 0_u64;
        for points in &experiments {
            end = points
                .points
                .checked_mul(points.replicates.into())
                .and_then(|trials| end.checked_add(trials))
                .ok_or_else(|| Error::argument("the plan has more than 2^64 trials", "give fewer values"))?;
            ends.push(end);
            fingerprint.number(fingerprint::of(points));
        }
        Ok(Plan {
            descriptions: descriptions.into(),
            experiments: experiments.into(),
            ends: ends.into(),
            fingerprint: fingerprint.finish(),
        })
    }

    /// Reads a plan file; paths in it are relative to it.
    ///
    /// # Errors
    /// As those of [`Description::read`] and [`Plan::new`], with the line of the file at fault.
    pub fn read(path: impl AsRef<Path>) -> Result<Plan> {
        Plan::new(Description::read(path)?)
    }

    /// What was said of each experiment.
    pub fn descriptions(&self) -> &[Description] {
        &self.descriptions
    }

    /// The experiments, by which trials name theirs.
    pub fn experiments(&self) -> Vec<Arc<Experiment>> {
        self.experiments.iter().map(|points| points.experiment.clone()).collect()
    }

    /// Points of an experiment.
    pub fn points(&self, experiment: usize) -> u64 {
        self.experiments[experiment].points
    }

    /// Replicates of each point of an experiment.
    pub fn replicates(&self, experiment: usize) -> u32 {
        self.experiments[experiment].replicates
    }

    /// Trials of all experiments.
    pub fn trials(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The numbers of an experiment's trials.
    pub fn numbers(&self, experiment: usize) -> std::ops::Range<u64> {
        experiment.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[experiment]
    }

    /// The trial of this number.
    ///
    /// # Errors
    /// When its parameters are out of range, or there is no such trial.
    pub fn trial(&self, number: u64) -> Result<Trial, Refused> {
        let experiment = self.ends.partition_point(|end| *end <= number);
        let Some(points) = self.experiments.get(experiment) else {
            let reason = format!(
                "there is no trial {number}; trials are numbered from 0 to {}",
                self.trials().saturating_sub(1)
            );
            let trial =
                Trial { number, experiment, point: 0, replicate: 0, seed: 0, agents: 0, values: Vec::new() };
            return Err(Refused { trial, reason });
        };
        let within = number - self.numbers(experiment).start;
        let replicate = (within % u64::from(points.replicates)) as u32;
        let point = within / u64::from(points.replicates);
        let (agents, values) = points.values(point);
        let seed = points.seed.wrapping_add(replicate.into());
        let trial =
            Trial { number, experiment, point, replicate, seed, agents: agents.clone().unwrap_or(0), values };
        match agents.and_then(|_| points.check(&trial.values)) {
            Ok(()) => Ok(trial),
            Err(error) => Err(Refused { trial, reason: error.to_string() }),
        }
    }

    /// The trials of these numbers, one after another, each computed when it is asked for.
    pub fn iter<N>(&self, numbers: N) -> impl Iterator<Item = Result<Trial, Refused>> + Send + use<N>
    where
        N: IntoIterator<Item = u64>,
        N::IntoIter: Send,
    {
        let plan = self.clone();
        numbers.into_iter().map(move |number| plan.trial(number))
    }

    /// A number that another plan has not, unless it gives the same results under the same numbers of trials.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

impl Points {
    /// Agents and parameters at a point.
    fn values(&self, point: u64) -> (Result<u32>, Vec<f64>) {
        let (mut number, mut values) = (self.agents, self.defaults.clone());
        self.design.point(point, &self.dimensions, |target, value| match target {
            Target::Agents => number = value,
            Target::Parameters { first, count } => values[first..first + count].fill(value),
        });
        (agents(number), values)
    }

    fn check(&self, values: &[f64]) -> Result<()> {
        let parameters = &self.experiment.model.parameters;
        match parameters.iter().zip(values).find_map(|(parameter, value)| parameter.refuse(*value)) {
            Some(why) => {
                Err(Error::argument(why, "give a value that it can take (`throng check` lists them)"))
            }
            None => Ok(()),
        }
    }

    /// The most agents that a world has, 0 where none can be.
    fn most_agents(&self) -> u32 {
        let own = self.dimensions.iter().flat_map(|dimension| &dimension.axes);
        own.filter(|axis| axis.target == Target::Agents)
            .flat_map(|axis| match axis.values.count() {
                Some(count) => (0..count).map(|index| axis.values.level(index)).collect(),
                None => vec![axis.values.at(1.0, true)],
            })
            .chain([self.agents].into_iter().filter(|_| !self.varies_agents()))
            .filter_map(|value| agents(value).ok())
            .max()
            .unwrap_or(0)
    }

    fn varies_agents(&self) -> bool {
        self.dimensions.iter().flat_map(|dimension| &dimension.axes).any(|axis| axis.target == Target::Agents)
    }

    /// Bytes of its largest world.
    fn world_bytes(&self) -> u64 {
        Builder::world_bytes(&self.experiment.model, &self.experiment.map, self.most_agents())
    }
}

/// A number of agents that a world can have.
fn agents(value: f64) -> Result<u32> {
    if value.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&value) {
        return Err(Error::argument(
            format!("a world cannot have {value} agents"),
            "give a whole number from 1 to 2^31",
        ));
    }
    check_agents(value as u32).map(|()| value as u32)
}

/// A text file of at most so many bytes.
fn read_text(path: &Path, most: u64) -> Result<String> {
    use std::io::{Error as IoError, ErrorKind, Read};
    let fail = |error: IoError| Error::file(path, "read", &error);
    let file = std::fs::File::open(path).map_err(fail)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > most {
        return Err(Error::argument(
            format!("{} is larger than {}", path.display(), crate::bytes_in_words(most)),
            "name the file that you mean, or split it",
        ));
    }
    String::from_utf8(bytes).map_err(|_| fail(IoError::new(ErrorKind::InvalidData, "it is not UTF-8 text")))
}
