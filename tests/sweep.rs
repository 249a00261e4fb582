//! Trials run many at once, in any order and place, equal the same worlds run alone.

use std::ops::ControlFlow;
use std::sync::Arc;

use throng::experiment::{
    Experiment, Output, Summary, Trial, TrialOutcome, Trials, Worker, WorkerOptions, sweep,
};
use throng::reduce::Condition;
use throng::world::Changes;
use throng::world::map::{Generator, Map};
use throng::{BackendChoice, Change, Model, Run, Schedule, Simulation};

fn must<T>(result: throng::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn has_gpu() -> bool {
    let there = !throng::gpu::adapters().is_empty();
    assert!(
        there || std::env::var_os("THRONG_REQUIRE_GPU").is_none(),
        "THRONG_REQUIRE_GPU is set, no device"
    );
    if !there {
        println!("not run: no GPU device; install the software Vulkan device (mesa-vulkan-drivers)");
    }
    there
}

fn experiment(model: Model, map: Map, steps: u64, every: u64, until: Option<&str>) -> Experiment {
    let output = |name: &str, summary| Output { name: name.into(), metric: 0, summary };
    Experiment {
        name: "test".into(),
        until: until.map(|text| must(Condition::parse(text, &model))),
        outputs: vec![output("final", Summary::Final), output("mean", Summary::Mean)],
        wraps: map.is_open() && model.wraps,
        model: Arc::new(model),
        map: Arc::new(map),
        steps,
        changes: Changes::default(),
        every,
        series: true,
        backend: BackendChoice::Cpu,
        memory: None,
        limit_seconds: None,
    }
}

/// Trials over a parameter and seeds; every seventh has other agents.
fn trials(experiment: &Experiment, count: u64, parameter: Option<(&str, f64)>) -> Vec<Trial> {
    let model = &experiment.model;
    let trial = |number: u64| {
        let mut values: Vec<f64> = model.parameters.iter().map(|parameter| parameter.default).collect();
        if let Some((name, step)) = parameter {
            let index = model.parameters.iter().position(|parameter| parameter.name == name).unwrap();
            values[index] = step * (number / 3 % 4) as f64;
        }
        Trial {
            number,
            experiment: 0,
            point: number / 3,
            replicate: (number % 3) as u32,
            seed: 100 + number % 3,
            agents: if number % 7 == 6 { 11 } else { 17 },
            values,
        }
    };
    (0..count).map(trial).collect()
}

/// The same world alone, the plain way.
fn alone(experiment: &Experiment, trial: &Trial) -> (u64, u64, Vec<f64>, Vec<(u64, f64)>) {
    let mut builder = Simulation::of((*experiment.model).clone()).agents(trial.agents).seed(trial.seed);
    builder = builder.map((*experiment.map).clone()).wraps(experiment.wraps).backend(BackendChoice::Cpu);
    for (parameter, value) in experiment.model.parameters.iter().zip(&trial.values) {
        builder = builder.set(&parameter.name, *value);
    }
    for Change { parameter, step, value } in experiment.changes.list() {
        builder = builder.change(parameter, *step, *value);
    }
    let mut simulation = must(builder.build());
    let mut run = Run::steps(experiment.steps).every(experiment.every);
    if let Some(until) = &experiment.until {
        run = run.until(&until.to_string());
    }
    must(simulation.run(&run));
    let metric = &experiment.model.metrics[0];
    let series = match experiment.every {
        0 => vec![(simulation.steps()[0], must(simulation.metric(&metric.name))[0])],
        _ => simulation.series().of(0, 0, metric),
    };
    let values: Vec<f64> = series.iter().map(|(_, value)| *value).collect();
    let outputs = vec![values[values.len() - 1], values.iter().sum::<f64>() / values.len() as f64];
    (simulation.steps()[0], must(simulation.state_hash()), outputs, series)
}

fn run(experiment: &Experiment, trials: &[Trial], options: &WorkerOptions) -> Vec<TrialOutcome> {
    let mut worker = must(Worker::new(Arc::new(experiment.clone()), options));
    let mut outcomes = Vec::new();
    must(worker.run(&mut trials.iter().cloned(), &mut |outcome| {
        outcomes.push(outcome);
        Ok(ControlFlow::Continue(()))
    }));
    outcomes.sort_by_key(|outcome| outcome.trial.number);
    outcomes
}

fn same_as_alone(experiment: &Experiment, outcomes: &[TrialOutcome]) -> Result<(), String> {
    for outcome in outcomes {
        let finished = outcome.result.as_ref().map_err(Clone::clone)?;
        let (steps, hash, outputs, series) = alone(experiment, &outcome.trial);
        let number = outcome.trial.number;
        if (finished.steps, finished.hash) != (steps, hash) {
            return Err(format!("trial {number}: {} steps for {steps}, or another hash", finished.steps));
        }
        if finished.outputs != outputs {
            return Err(format!("trial {number}: outputs {:?} for {outputs:?}", finished.outputs));
        }
        let given: Vec<(u64, f64)> =
            finished.series.iter().map(|(step, values)| (*step, values[0])).collect();
        if given != series {
            return Err(format!("trial {number}: series {given:?} for {series:?}"));
        }
        if let Some(until) = &experiment.until
            && finished.stopped != (outputs[0] >= until.threshold)
        {
            return Err(format!("trial {number}: whether it stopped is wrong"));
        }
    }
    Ok(())
}

fn caves() -> Map {
    must(Map::generate(Generator::Caves, 37, 29, 3))
}

fn open(side: u32) -> Map {
    must(Map::open(side, side))
}

#[test]
fn trials_equal_worlds_alone_however_they_are_batched() {
    let backends: &[BackendChoice] =
        if has_gpu() { &[BackendChoice::Cpu, BackendChoice::Gpu] } else { &[BackendChoice::Cpu] };
    let cases = [
        (
            experiment(must(Model::builtin("explorers")), caves(), 300, 7, Some("coverage >= 0.8")),
            "persistence",
            4.0,
        ),
        (experiment(must(Model::builtin("explorers")), open(24), 23, 5, None), "sensor_range", 1.0),
        (experiment(must(Model::builtin("explorers")), open(24), 10, 0, None), "novelty", 40.0),
        (
            experiment(must(Model::builtin("node-counting")), open(12), 200, 1, Some("coverage >= 0.5")),
            "",
            0.0,
        ),
        (experiment(must(Model::builtin("walkers")), caves(), 0, 1, None), "", 0.0),
    ];
    for (case, parameter, step) in &cases {
        let parameter = Some((*parameter, *step)).filter(|(name, _)| !name.is_empty());
        let all = trials(case, 26, parameter);
        for backend in backends {
            let (wide, auto) = (Schedule::Wide, Schedule::Auto);
            let all_ways = [(Some(3), 2, wide), (None, 2, auto), (Some(1), 1, auto), (Some(8), 3, wide)];
            let ways = if *backend == BackendChoice::Gpu { &all_ways[..2] } else { &all_ways[..] };
            for &(at_once, threads, schedule) in ways {
                let options = WorkerOptions {
                    threads: Some(threads),
                    backend: Some(*backend),
                    at_once,
                    schedule,
                    expected: None,
                };
                let outcomes = run(case, &all, &options);
                assert_eq!(outcomes.len(), all.len());
                assert!(outcomes.iter().zip(&all).all(|(outcome, trial)| outcome.trial == *trial));
                same_as_alone(case, &outcomes)
                    .unwrap_or_else(|why| panic!("{backend:?}, {at_once:?}: {why}"));
            }
        }
    }
    // The comparison notices another seed, and another parameter.
    let (case, ..) = &cases[1];
    let mut outcomes = run(case, &trials(case, 2, None), &WorkerOptions::default());
    assert!(same_as_alone(case, &outcomes).is_ok());
    outcomes[1].trial.seed += 1;
    assert!(same_as_alone(case, &outcomes).is_err());
    outcomes[1].trial.seed -= 1;
    outcomes[0].trial.values[1] = 0.0;
    assert!(same_as_alone(case, &outcomes).is_err());
}

/// What all worlds of a batch share is compiled in: a trial that differs must not take a place among them, although some of
/// them still run when it comes.
#[test]
fn a_parameter_that_differs_only_in_later_trials() {
    let case = experiment(must(Model::builtin("explorers")), open(16), 300, 1, Some("coverage >= 0.9"));
    let mut all = trials(&case, 40, None);
    for trial in &mut all {
        trial.agents = 4;
        trial.seed = trial.number;
        trial.values[0] = (trial.number / 20 * 6) as f64;
    }
    let options = WorkerOptions { at_once: Some(8), threads: Some(1), ..WorkerOptions::default() };
    let mut outcomes = run(&case, &all, &options);
    assert_eq!(outcomes.len(), all.len());
    same_as_alone(&case, &outcomes).unwrap();
    // The comparison notices a trial that ran with the parameter of those before it.
    outcomes[39].trial.values[0] = 0.0;
    assert!(same_as_alone(&case, &outcomes).is_err());
}

/// The experiment with parameters that change: names, steps and values.
fn changing(experiment: Experiment, changes: &[(&str, u64, f64)]) -> Experiment {
    let change = |(name, step, value): &(&str, u64, f64)| Change {
        parameter: (*name).into(),
        step: *step,
        value: *value,
    };
    let changes = must(Changes::new(&experiment.model, changes.iter().map(change).collect()));
    Experiment { changes, ..experiment }
}

/// Worlds of a batch begin at different times, so each comes to its changes at another time.
#[test]
fn parameters_change_at_the_steps_of_each_world() {
    let backends: &[BackendChoice] =
        if has_gpu() { &[BackendChoice::Cpu, BackendChoice::Gpu] } else { &[BackendChoice::Cpu] };
    let explorers = |until| experiment(must(Model::builtin("explorers")), open(24), 60, 4, until);
    let changes =
        [("persistence", 1, 2.0), ("novelty", 9, 0.0), ("sensor_range", 4, 2.0), ("sensor_range", 8, 0.0)];
    for case in [explorers(None), explorers(Some("coverage >= 0.5"))] {
        let case = changing(case, &changes);
        let all = trials(&case, 20, Some(("persistence", 4.0)));
        for backend in backends {
            for (at_once, schedule) in [(Some(3), Schedule::Wide), (None, Schedule::Auto)] {
                let options =
                    WorkerOptions { backend: Some(*backend), at_once, schedule, ..WorkerOptions::default() };
                let outcomes = run(&case, &all, &options);
                assert_eq!(outcomes.len(), all.len());
                same_as_alone(&case, &outcomes)
                    .unwrap_or_else(|why| panic!("{backend:?}, {at_once:?}: {why}"));
                // The comparison notices changes that are left out, and one that comes a step late.
                let late = [changes[0], changes[1], ("sensor_range", 5, 2.0), changes[3]];
                for wrong in [&[][..], &changes[..3], &late] {
                    assert!(same_as_alone(&changing(case.clone(), wrong), &outcomes).is_err(), "{wrong:?}");
                }
            }
        }
    }
}

const HANGS: &str = "//! # Agents that hang when told to.\n//! [params]\n//! hang = { default = 0, range = [0, 1] }\n//! [layers]\n//! mark = { bits = 8 }\n//! [step]\n//! stages = [\"go\"]\n//! [metrics]\n//! marks = { sum = \"mark\" }\n\nstruct Agent { pos: vec2<i32> }\n\nfn go(me: Agent) -> Agent {\n    var i = 0u;\n    while params.hang == 1 && i < 0xffffffffu { i += 2u - 2u * u32(current_step() > 2u); if current_step() < 3u { break; } }\n    add_mark(me.pos, 1u);\n    return me;\n}\n";

#[test]
fn one_trial_that_hangs_or_takes_too_long_does_not_stop_the_others() {
    let model = must(Model::text("hangs", HANGS));
    let case = experiment(model, open(8), 6, 1, None);
    let backends: &[BackendChoice] =
        if has_gpu() { &[BackendChoice::Cpu, BackendChoice::Gpu] } else { &[BackendChoice::Cpu] };
    let mut all = trials(&case, 9, None);
    all[4].values[0] = 1.0;
    for backend in backends {
        let options = WorkerOptions {
            backend: Some(*backend),
            at_once: Some(4),
            threads: Some(2),
            ..WorkerOptions::default()
        };
        let outcomes = run(&case, &all, &options);
        assert_eq!(outcomes.len(), 9);
        for outcome in &outcomes {
            match outcome.trial.number {
                4 => {
                    let why = outcome.result.as_ref().unwrap_err();
                    assert!(why.contains("`go`") && why.contains("did not end"), "{why}");
                }
                _ => same_as_alone(&case, std::slice::from_ref(outcome)).unwrap(),
            }
        }
    }
    // A world that hangs in the step before a change is not brought back by it.
    let hanging = changing(case.clone(), &[("hang", 3, 1.0), ("hang", 4, 0.0)]);
    for outcome in run(&hanging, &trials(&hanging, 3, None), &WorkerOptions::default()) {
        let why = outcome.result.unwrap_err();
        assert!(why.contains("did not end"), "{why}");
    }
    let slow = Experiment { steps: u64::MAX, every: 0, limit_seconds: Some(0.05), ..case };
    let outcomes = run(&slow, &trials(&slow, 3, None), &WorkerOptions::default());
    assert_eq!(outcomes.len(), 3);
    for outcome in outcomes {
        let why = outcome.result.unwrap_err();
        assert!(why.contains("given up") && why.contains("limit_seconds"), "{why}");
    }
}

#[test]
fn experiments_run_side_by_side_and_can_be_left() {
    let one = Arc::new(experiment(must(Model::builtin("walkers")), open(16), 20, 4, None));
    let backend = if has_gpu() { BackendChoice::Gpu } else { BackendChoice::Cpu };
    let two =
        Experiment { backend, ..experiment(must(Model::builtin("node-counting")), open(16), 20, 4, None) };
    let two = Arc::new(Experiment { name: "other".into(), ..two });
    let lanes = |count: u64| -> Vec<(Arc<Experiment>, Trials)> {
        let of = |experiment: &Arc<Experiment>, number| {
            let all: Vec<_> = trials(experiment, count, None)
                .into_iter()
                .map(|trial| Ok(Trial { experiment: number, ..trial }))
                .collect();
            (experiment.clone(), Box::new(all.into_iter()) as Trials)
        };
        vec![of(&one, 0), of(&two, 1)]
    };
    let mut outcomes = sweep(lanes(10), &WorkerOptions::default());
    let all: Vec<TrialOutcome> = outcomes.by_ref().map(must).collect();
    assert_eq!(all.len(), 20);
    for outcome in &all {
        let case = if outcome.trial.experiment == 0 { &one } else { &two };
        same_as_alone(case, std::slice::from_ref(outcome)).unwrap();
    }
    let spans = outcomes.spans();
    assert_eq!(spans.iter().map(|span| span.trials).sum::<u64>(), 20);
    assert!(spans.iter().all(|span| span.begin <= span.end));
    // A program may stop listening; the devices' threads end then.
    let mut outcomes = sweep(lanes(5000), &WorkerOptions { at_once: Some(2), ..WorkerOptions::default() });
    assert!(outcomes.next().is_some());
    drop(outcomes);
}
