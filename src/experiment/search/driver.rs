//! A search: generation after generation, then the elite on seeds that nobody has searched with.

use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::description::{Purpose, SearchOptions, counted};
use super::interval::Estimate;
use super::optimiser::{Candidate, Optimiser, Told};
use crate::error::{Error, Result};
use crate::experiment::{Experiment, Trial, TrialOutcome};
use crate::output::write_atomically;
use crate::world::Change;

/// A search of an experiment's parameters with a method, which can be stored after each generation.
#[derive(Debug)]
pub struct Search<O> {
    experiment: Arc<Experiment>,
    state: State<O>,
}

/// What is stored.
#[derive(Debug, Serialize, Deserialize)]
struct State<O> {
    /// The layout of this file.
    version: u32,
    /// What is searched: a search is resumed only as itself.
    of: String,
    options: SearchOptions,
    optimiser: O,
    trials: u64,
    generations: Vec<Generation>,
    elite: Vec<Member>,
}

const VERSION: u32 = 1;

/// A candidate and what was found of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The candidate.
    pub candidate: Candidate,
    /// The generation in which it was tried, from 0.
    pub generation: u64,
    /// What is made better, over the seeds that it was tried on.
    pub estimate: Estimate,
    /// The mean of each output that tells kinds apart.
    pub descriptors: Vec<f64>,
    /// Why it could not be tried, if so.
    pub refused: Option<String>,
}

/// A generation in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number, from 0.
    pub number: u64,
    /// Candidates tried.
    pub candidates: u64,
    /// Worlds run.
    pub worlds: u64,
    /// The best candidate's mean over its seeds.
    pub best: f64,
    /// The mean of the candidates' means, those left out that have none.
    pub mean: f64,
    /// The best so far.
    pub best_so_far: f64,
    /// Seconds that it took.
    pub seconds: f64,
}

/// One of the elite at the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Finalist {
    /// What was found of it in the search.
    pub member: Member,
    /// What is made better, over seeds that were neither searched with nor used to put the elite in order.
    pub held_out: Estimate,
    /// The value of each parameter of the model.
    pub parameters: Vec<f64>,
}

/// Runs trials, whichever way, and gives an outcome for each, in any order.
pub type Evaluate<'e> = dyn FnMut(Vec<Trial>) -> Result<Vec<TrialOutcome>> + 'e;

impl<O: Optimiser + Clone + Serialize + DeserializeOwned> Search<O> {
    /// A search that is about to begin.
    ///
    /// # Errors
    /// When the options do not fit the experiment.
    pub fn new(experiment: Arc<Experiment>, options: SearchOptions, optimiser: O) -> Result<Search<O>> {
        options.check(&experiment)?;
        let of = fingerprint(&experiment, &optimiser)?;
        let state = State {
            version: VERSION,
            of,
            options,
            optimiser,
            trials: 0,
            generations: Vec::new(),
            elite: Vec::new(),
        };
        Ok(Search { experiment, state })
    }

    /// A search that was stored, to be gone on with: its results are those of one that was never interrupted. `fresh` is the
    /// method as it was when that search began.
    ///
    /// # Errors
    /// When the file cannot be read, is no stored search, or is one of another experiment, with other options or by another
    /// method.
    pub fn resume(
        path: &Path,
        experiment: Arc<Experiment>,
        options: &SearchOptions,
        fresh: &O,
    ) -> Result<Search<O>> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::file(path, "read", &error))?;
        let wrong = |why: String| {
            Error::argument(
                format!("{} cannot be resumed: {why}", path.display()),
                "choose another folder, or run with the options of that search",
            )
        };
        let state: State<O> = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("it is no stored search ({error})")))?;
        if state.version != VERSION {
            return Err(wrong(format!("it is of version {}, not {VERSION}", state.version)));
        }
        if state.of != fingerprint(&experiment, fresh)? {
            return Err(wrong(
                "it searches another model, map, number of steps, output or box, or by another method".into(),
            ));
        }
        if state.options != *options {
            return Err(wrong("it has other options".into()));
        }
        options.check(&experiment)?;
        Ok(Search { experiment, state })
    }

    /// Stores the search, in one move.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string(&self.state).map_err(|error| Error::Internal(error.to_string()))?;
        write_atomically(path, |file| std::io::Write::write_all(file, text.as_bytes()))
    }

    /// The generations so far.
    pub fn generations(&self) -> &[Generation] {
        &self.state.generations
    }

    /// The best so far, the best one first.
    pub fn elite(&self) -> &[Member] {
        &self.state.elite
    }

    /// The method.
    pub fn optimiser(&self) -> &O {
        &self.state.optimiser
    }

    /// Runs one generation: as many trials as there are candidates times seeds, in one batch. Gives the candidates in the
    /// order in which the method asked for them.
    ///
    /// # Errors
    /// What `evaluate` gives, or when it leaves trials out.
    pub fn generation(&mut self, evaluate: &mut Evaluate) -> Result<Vec<Member>> {
        let begun = std::time::Instant::now();
        let number = self.state.generations.len() as u64;
        // Asking changes the method; after a failure it must stand as it stood.
        let before = self.state.optimiser.clone();
        let candidates = self.state.optimiser.ask(self.state.options.population);
        let seeds = self.state.options.seeds;
        let tried =
            self.tried(candidates, Purpose::Search(number), |times| seeds.saturating_mul(times), evaluate);
        let members = match tried {
            Ok(members) => members,
            Err(error) => {
                self.state.optimiser = before;
                return Err(error);
            }
        };
        let goal = self.state.options.goal;
        let told: Vec<Told> = members
            .iter()
            .map(|member| Told {
                candidate: member.candidate.clone(),
                score: goal.score(member.estimate.mean),
                descriptors: member.descriptors.clone(),
            })
            .collect();
        self.state.optimiser.tell(&told);
        self.keep_best(&members);
        let known: Vec<f64> = members.iter().map(|m| m.estimate.mean).filter(|mean| !mean.is_nan()).collect();
        let best = known.iter().copied().reduce(|a, b| if goal.score(b) > goal.score(a) { b } else { a });
        self.state.generations.push(Generation {
            number,
            candidates: members.len() as u64,
            worlds: members.iter().map(|member| member.estimate.count).sum(),
            best: best.unwrap_or(f64::MAX),
            mean: if known.is_empty() { f64::MAX } else { known.iter().sum::<f64>() / known.len() as f64 },
            best_so_far: self.state.elite.first().map_or(f64::MAX, |member| member.estimate.mean),
            seconds: begun.elapsed().as_secs_f64(),
        });
        Ok(members)
    }

    /// Tries the elite, and what the method recommends beside it, on held-out seeds: on some to put them in order, on others
    /// to say how good they are, so that the first one's figure is not that of the luckiest. The best one comes first.
    ///
    /// # Errors
    /// What `evaluate` gives, or when it leaves trials out.
    pub fn finish(&mut self, evaluate: &mut Evaluate) -> Result<Vec<Finalist>> {
        let (elite, held_out) = (self.state.elite.clone(), self.state.options.held_out);
        let recommended = self.state.optimiser.recommended();
        let candidates: Vec<Candidate> =
            elite.iter().map(|member| member.candidate.clone()).chain(recommended).collect();
        let order = self.tried(candidates.clone(), Purpose::Order, |_| held_out, evaluate)?;
        let report = self.tried(candidates, Purpose::Report, |_| held_out, evaluate)?;
        let goal = self.state.options.goal;
        let mut finalists: Vec<(f64, Finalist)> = report
            .into_iter()
            .zip(order)
            .enumerate()
            .map(|(place, (report, order))| {
                let finalist = Finalist {
                    held_out: report.estimate,
                    parameters: self.state.options.parameters(&report.candidate.values),
                    // What is recommended may never have been tried before.
                    member: elite.get(place).cloned().unwrap_or_else(|| order.clone()),
                };
                (goal.score(order.estimate.mean), finalist)
            })
            .collect();
        finalists.sort_by(|a, b| better(b.0, a.0));
        finalists.truncate(self.state.options.elite);
        Ok(finalists.into_iter().map(|(_, finalist)| finalist).collect())
    }

    /// Tries candidates on common seeds.
    fn tried(
        &mut self,
        candidates: Vec<Candidate>,
        purpose: Purpose,
        seeds: impl Fn(u32) -> u32,
        evaluate: &mut Evaluate,
    ) -> Result<Vec<Member>> {
        let options = self.state.options.clone();
        let first = self.state.trials;
        let mut trials = Vec::new();
        let mut starts = Vec::new();
        for (point, candidate) in candidates.iter().enumerate() {
            starts.push(trials.len());
            let values = options.parameters(&candidate.values);
            for replicate in 0..seeds(candidate.times) {
                trials.push(Trial {
                    number: first + trials.len() as u64,
                    experiment: 0,
                    point: point as u64,
                    replicate,
                    seed: options.seed(purpose, replicate),
                    agents: options.agents,
                    values: values.clone(),
                });
            }
        }
        let count = trials.len();
        starts.push(count);
        let mut outcomes: Vec<Option<TrialOutcome>> = vec![None; count];
        for outcome in evaluate(trials)? {
            let place = outcome.trial.number.checked_sub(first).map(|place| place as usize);
            if let Some(held) = place.and_then(|place| outcomes.get_mut(place)) {
                *held = Some(outcome);
            }
        }
        let outcomes: Option<Vec<TrialOutcome>> = outcomes.into_iter().collect();
        let outcomes = outcomes.ok_or_else(|| {
            Error::argument("the evaluation left some trials out", "give an outcome for each trial")
        })?;
        self.state.trials += count as u64;
        let generation = match purpose {
            Purpose::Search(generation) => generation,
            _ => self.state.generations.len() as u64,
        };
        let member = |(candidate, span): (Candidate, &[usize])| {
            self.member(candidate, generation, &outcomes[span[0]..span[1]])
        };
        Ok(candidates.into_iter().zip(starts.windows(2)).map(member).collect())
    }

    fn member(&self, candidate: Candidate, generation: u64, outcomes: &[TrialOutcome]) -> Member {
        let options = &self.state.options;
        let refused = outcomes.iter().find_map(|outcome| outcome.result.as_ref().err().cloned());
        let values = |output: usize| -> Vec<f64> {
            let declared = &self.experiment.outputs[output];
            let value = |outcome: &TrialOutcome| match &outcome.result {
                Ok(finished) => counted(
                    &self.experiment,
                    declared,
                    finished.outputs.get(output).copied().unwrap_or(f64::NAN),
                ),
                Err(_) => f64::NAN,
            };
            outcomes.iter().map(value).collect()
        };
        let mean = |output: &usize| Estimate::of(&values(*output)).mean;
        Member {
            estimate: Estimate::of(&values(options.output)),
            descriptors: options.descriptors.iter().map(mean).collect(),
            candidate,
            generation,
            refused,
        }
    }

    /// Keeps the best of the elite and these; what was tried on more seeds comes before what was only lucky on few.
    fn keep_best(&mut self, members: &[Member]) {
        let goal = self.state.options.goal;
        let elite = &mut self.state.elite;
        for member in members.iter().filter(|member| !member.estimate.mean.is_nan()) {
            // Survivors of a halving come again with more seeds.
            elite.retain(|held| held.candidate.number != member.candidate.number);
            elite.push(Member {
                estimate: storable(member.estimate),
                descriptors: member.descriptors.iter().copied().map(finite).collect(),
                ..member.clone()
            });
        }
        elite.sort_by(|a, b| {
            let times = b.candidate.times.cmp(&a.candidate.times);
            times.then_with(|| better(goal.score(b.estimate.mean), goal.score(a.estimate.mean)))
        });
        elite.dedup_by(|later, earlier| later.candidate.values == earlier.candidate.values);
        elite.truncate(self.state.options.elite);
    }
}

/// The order of two scores, what is not a number being the worst.
fn better(a: f64, b: f64) -> std::cmp::Ordering {
    super::optimiser::comparable(a).total_cmp(&super::optimiser::comparable(b))
}

/// JSON has no word for what is not a number.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

fn storable(estimate: Estimate) -> Estimate {
    Estimate {
        deviation: finite(estimate.deviation),
        margin: finite(estimate.margin),
        mean: estimate.mean.clamp(f64::MIN, f64::MAX),
        ..estimate
    }
}

/// What a search is of, in one line.
fn fingerprint<O: Serialize>(experiment: &Experiment, fresh: &O) -> Result<String> {
    let method = serde_json::to_string(fresh).map_err(|error| Error::Internal(error.to_string()))?;
    // FNV-1a, as a model's text has.
    let method = method.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let until = experiment.until.as_ref().map(ToString::to_string);
    let change = |change: &Change| format!(", {}={}@{}", change.parameter, change.value, change.step);
    let changes: String = experiment.changes.list().iter().map(change).collect();
    Ok(format!(
        "model {}, map {:016x}, torus {}, {} steps, every {}, until {until:?}, outputs {:?}, method {method:016x}{changes}",
        experiment.model.text_hash(),
        experiment.map.hash(),
        experiment.wraps,
        experiment.steps,
        experiment.every,
        experiment.outputs,
    ))
}
