//! Outcomes of real runs: a sweep that is broken off again and again, and one that is not.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use throng::experiment::store::{ExperimentColumns, Interval, Store, merge, read_series};
use throng::experiment::{Experiment, Output, Summary, Trial, TrialOutcome, Trials, WorkerOptions, sweep};
use throng::reduce::Condition;
use throng::world::map::Map;
use throng::{BackendChoice, Model};

use super::common;

fn must<T>(result: throng::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn experiment() -> Arc<Experiment> {
    let model = must(Model::builtin("explorers"));
    let output = |name: &str, summary| Output { name: name.into(), metric: 0, summary };
    let condition = must(Condition::parse(&format!("{} >= 1e300", model.metrics[0].name), &model));
    Arc::new(Experiment {
        changes: throng::world::Changes::default(),
        name: "walk".into(),
        outputs: vec![
            output("final", Summary::Final),
            output("mean", Summary::Mean),
            output("never", Summary::FirstStep(condition)),
        ],
        until: None,
        wraps: model.wraps,
        model: Arc::new(model),
        map: Arc::new(must(Map::open(24, 24))),
        steps: 30,
        every: 10,
        series: true,
        backend: BackendChoice::Cpu,
        memory: None,
        limit_seconds: None,
    })
}

fn trials(experiment: &Experiment) -> Vec<Trial> {
    let values: Vec<f64> = experiment.model.parameters.iter().map(|parameter| parameter.range[0]).collect();
    let trial = |number: u64| Trial {
        number,
        experiment: 0,
        point: number / 6,
        replicate: (number % 6) as u32,
        seed: 7 + number,
        agents: 5 + (number / 6) as u32,
        values: values.iter().map(|value| value + (number / 6) as f64).collect(),
    };
    (0..30).map(trial).collect()
}

/// Runs what is missing of the trials, at most so many.
fn go_on(folder: &Path, experiment: &Arc<Experiment>, trials: &[Trial], most: usize) {
    let columns = ExperimentColumns::of(experiment);
    let mut store = must(Store::create_or_resume(folder, 3, "walk", &[columns]));
    let missing: Vec<Trial> =
        trials.iter().filter(|trial| !store.is_settled(trial.number, false)).cloned().collect();
    // Trials that cannot be run are recorded, too.
    let missing: Trials = Box::new(missing.into_iter().map(|trial| match trial.number % 10 {
        9 => Err(TrialOutcome {
            trial,
            result: Err("out of range".into()),
            seconds: 0.0,
            device: String::new(),
        }),
        _ => Ok(trial),
    }));
    let begun = SystemTime::now();
    let mut outcomes = sweep(vec![(experiment.clone(), missing)], &WorkerOptions::default());
    for outcome in outcomes.by_ref().take(most) {
        must(store.append(&must(outcome)));
    }
    for span in outcomes.spans() {
        let interval = Interval::of(&span, begun, store.columns()).expect("the experiment's name");
        must(store.append_interval(&interval));
    }
    must(store.close());
}

#[test]
fn a_sweep_broken_off_again_and_again_gives_the_rows_of_one_that_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let [whole, pieces] = ["whole", "pieces"].map(|name| folder.path().join(name));
    let experiment = experiment();
    let trials = trials(&experiment);
    go_on(&whole, &experiment, &trials, usize::MAX);
    for _ in 0..20 {
        go_on(&pieces, &experiment, &trials, 4);
    }
    let (a, b) = (common::contents(&whole), common::contents(&pieces));
    assert_eq!(a.outcomes.len(), 30);
    assert_eq!(a.outcomes.iter().filter(|outcome| outcome.result.is_err()).count(), 3);
    assert_eq!(common::rows(&a.outcomes), common::rows(&b.outcomes));
    assert!(!a.timeline.is_empty());
    let series = |folder: &Path| format!("{:?}", must(read_series(folder)));
    assert_eq!(series(&whole), series(&pieces));
    assert!(series(&whole).len() > 1000);
    // Shards of it, put together, are the same again.
    let shards: Vec<_> = (0..3).map(|shard| folder.path().join(format!("shard{shard}"))).collect();
    for (shard, place) in shards.iter().enumerate() {
        let own: Vec<Trial> =
            trials.iter().filter(|trial| trial.number % 3 == shard as u64).cloned().collect();
        go_on(place, &experiment, &own, usize::MAX);
    }
    let merged = folder.path().join("merged");
    must(merge(&merged, &shards));
    assert_eq!(common::rows(&common::contents(&merged).outcomes), common::rows(&a.outcomes));
    assert_eq!(series(&merged), series(&whole));
    // One step less would be seen.
    let mut other = (*experiment).clone();
    other.steps = 29;
    let shorter = folder.path().join("shorter");
    go_on(&shorter, &Arc::new(other), &trials, usize::MAX);
    assert_ne!(common::rows(&common::contents(&shorter).outcomes), common::rows(&a.outcomes));
}
