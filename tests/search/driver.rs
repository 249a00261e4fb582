//! The driver: common seeds, held-out seeds, failures, resuming.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use throng::experiment::search::{
    Dimension, Goal, Method, MethodName, Optimiser, Search, SearchOptions, Space, Told,
};
use throng::experiment::{Experiment, Finished, Output, Summary, Trial, TrialOutcome};
use throng::reduce::Condition;
use throng::world::Changes;
use throng::world::map::Map;
use throng::{BackendChoice, Change, Model, Result};

const MODEL: &str = "//! [params]\n//! x = { default = 0.5, range = [0, 1] }\n//! y = { default = 7 }\n\
    //! [step]\n//! stages = [\"go\"]\n//! [metrics]\n//! value = { mean = \"value\" }\n\
    struct Agent { value: i32 }\nfn go(me: Agent) -> Agent { return me; }\n";

fn experiment(summary: Summary) -> Arc<Experiment> {
    let model = Arc::new(Model::text("line", MODEL).unwrap());
    Arc::new(Experiment {
        name: "test".into(),
        map: Arc::new(Map::open(4, 4).unwrap()),
        wraps: false,
        steps: 10,
        changes: Changes::default(),
        every: 1,
        until: None,
        outputs: vec![
            Output { name: "value".into(), metric: 0, summary },
            Output { name: "also".into(), metric: 0, summary: Summary::Final },
        ],
        series: false,
        backend: BackendChoice::Cpu,
        memory: None,
        limit_seconds: None,
        model,
    })
}

fn options() -> SearchOptions {
    SearchOptions {
        goal: Goal::Maximise,
        output: 0,
        descriptors: vec![1],
        places: vec![0],
        values: vec![0.5, 7.0],
        agents: 1,
        population: 9,
        seeds: 3,
        first_seed: 100,
        fresh_seeds: false,
        elite: 4,
        held_out: 5,
    }
}

fn method(name: MethodName, seed: u64) -> Method {
    let space = Space::new(vec![Dimension::real("x", 0.0, 1.0)]).unwrap();
    let kind = throng::experiment::search::Descriptor { low: 0.0, high: 1.0, parts: 8 };
    Method::new(name, space, seed, None, vec![kind]).unwrap()
}

fn outcome(trial: Trial, result: Result<f64, String>) -> TrialOutcome {
    let result = result.map(|value| Finished {
        steps: 10,
        stopped: false,
        hash: 0,
        outputs: vec![value, trial.values[0]],
        series: Vec::new(),
    });
    TrialOutcome { trial, result, seconds: 0.0, device: "test".into() }
}

/// Best at x = 0.75, with noise that depends on the seed; outcomes come in the wrong order, as they may.
fn bump(trials: Vec<Trial>) -> Result<Vec<TrialOutcome>> {
    let value = |trial: &Trial| {
        let noise = (trial.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / (1 << 24) as f64;
        -(trial.values[0] - 0.75).powi(2) + 0.01 * noise
    };
    Ok(trials.into_iter().rev().map(|trial| outcome(trial.clone(), Ok(value(&trial)))).collect())
}

#[test]
fn the_best_is_found_and_a_wrong_goal_finds_another() {
    let found = |goal: Goal| {
        let options = SearchOptions { goal, ..options() };
        let mut search =
            Search::new(experiment(Summary::Final), options, method(MethodName::CmaEs, 1)).unwrap();
        (0..30).for_each(|_| drop(search.generation(&mut bump).unwrap()));
        let finalists = search.finish(&mut bump).unwrap();
        assert_eq!(finalists[0].parameters[1], 7.0, "what is not searched stays");
        finalists[0].parameters[0]
    };
    assert!((found(Goal::Maximise) - 0.75).abs() < 1e-3);
    assert!((found(Goal::Minimise) - 0.75).abs() > 0.1);
}

#[test]
fn candidates_share_seeds_and_held_out_ones_are_others() {
    for fresh_seeds in [false, true] {
        let options = SearchOptions { fresh_seeds, ..options() };
        let mut search =
            Search::new(experiment(Summary::Final), options, method(MethodName::Genetic, 1)).unwrap();
        let mut generations: Vec<BTreeSet<u64>> = Vec::new();
        let mut numbers = BTreeSet::new();
        for _ in 0..3 {
            let mut seeds: HashMap<u64, BTreeSet<u64>> = HashMap::new();
            let members = search.generation(&mut |trials| {
                for trial in &trials {
                    seeds.entry(trial.point).or_default().insert(trial.seed);
                    assert!(numbers.insert(trial.number), "a trial's number comes twice");
                }
                bump(trials)
            });
            assert_eq!(members.unwrap().len(), 9);
            assert_eq!(seeds.len(), 9);
            assert!(seeds.values().all(|seeds| seeds.len() == 3));
            let first = seeds[&0].clone();
            assert!(seeds.values().all(|seeds| *seeds == first), "candidates have seeds of their own");
            generations.push(first);
        }
        assert_eq!(generations[0] != generations[1], fresh_seeds);
        let mut held_out = Vec::new();
        search
            .finish(&mut |trials| {
                held_out.push(trials.iter().map(|trial| trial.seed).collect::<BTreeSet<u64>>());
                bump(trials)
            })
            .unwrap();
        let [order, report] = &held_out[..] else { panic!("{} batches", held_out.len()) };
        assert_eq!((order.len(), report.len()), (5, 5));
        assert!(order.is_disjoint(report));
        assert!(generations.iter().all(|seeds| seeds.is_disjoint(order) && seeds.is_disjoint(report)));
    }
}

/// A candidate that fails is the worst and does not end the search; the reason is kept.
#[test]
fn a_failing_candidate_is_the_worst() {
    let mut fails = |trials: Vec<Trial>| -> Result<Vec<TrialOutcome>> {
        let result = |trial: &Trial| match trial.values[0] {
            x if x > 0.5 => Err("there was no room".to_owned()),
            x => Ok(x),
        };
        Ok(trials.into_iter().map(|trial| outcome(trial.clone(), result(&trial))).collect())
    };
    for name in [MethodName::Random, MethodName::Genetic, MethodName::CmaEs, MethodName::MapElites] {
        let mut search = Search::new(experiment(Summary::Final), options(), method(name, 3)).unwrap();
        let mut refused = 0;
        for _ in 0..10 {
            let members = search.generation(&mut fails).unwrap();
            refused += members.iter().filter(|member| member.refused.is_some()).count();
        }
        assert!(refused > 0, "{name:?} tried nothing that fails");
        assert!(search.elite().iter().all(|member| member.candidate.values[0] <= 0.5), "{name:?}");
        assert!(search.elite()[0].candidate.values[0] > 0.3, "{name:?}");
    }
}

#[test]
fn an_evaluation_that_fails_changes_nothing() {
    let mut search =
        Search::new(experiment(Summary::Final), options(), method(MethodName::CmaEs, 1)).unwrap();
    search.generation(&mut bump).unwrap();
    let before = serde_json::to_string(search.optimiser()).unwrap();
    let error = search.generation(&mut |mut trials| {
        trials.pop();
        bump(trials)
    });
    assert!(error.unwrap_err().to_string().contains("left some trials out"));
    assert_eq!(serde_json::to_string(search.optimiser()).unwrap(), before);
    assert_eq!(search.generations().len(), 1);
}

/// A run that never meets the condition counts as one step more than it took, so the search has a slope to follow.
#[test]
fn never_is_later_than_the_last_step() {
    let condition = Condition::parse("value >= 1", &Model::text("line", MODEL).unwrap()).unwrap();
    let experiment = experiment(Summary::FirstStep(condition));
    let mut search = Search::new(experiment, options(), method(MethodName::Random, 1)).unwrap();
    let never = |trials: Vec<Trial>| -> Result<Vec<TrialOutcome>> {
        Ok(trials.into_iter().map(|trial| outcome(trial, Ok(f64::NAN))).collect())
    };
    let members = search.generation(&mut { never }).unwrap();
    assert!(members.iter().all(|member| member.estimate.mean == 11.0));
}

#[test]
fn a_resumed_search_gives_what_an_undisturbed_one_gives() {
    let folder = tempfile::tempdir().unwrap();
    let stored = folder.path().join("search.json");
    let experiment = experiment(Summary::Final);
    let names = [
        MethodName::Random,
        MethodName::Halving,
        MethodName::Genetic,
        MethodName::CmaEs,
        MethodName::OpenAiEs,
        MethodName::MapElites,
    ];
    for name in names {
        let fresh = || Search::new(experiment.clone(), options(), method(name, 2)).unwrap();
        let told = |search: &Search<Method>| {
            let rows: Vec<(f64, f64, u64)> =
                search.generations().iter().map(|row| (row.best, row.mean, row.worlds)).collect();
            (rows, search.elite().to_vec(), serde_json::to_string(search.optimiser()).unwrap())
        };
        let mut undisturbed = fresh();
        (0..6).for_each(|_| drop(undisturbed.generation(&mut bump).unwrap()));
        let mut search = fresh();
        for _ in 0..6 {
            search.save(&stored).unwrap();
            search = Search::resume(&stored, experiment.clone(), &options(), &method(name, 2)).unwrap();
            search.generation(&mut bump).unwrap();
        }
        assert_eq!(told(&search), told(&undisturbed), "{name:?}");
        assert_eq!(search.finish(&mut bump).unwrap(), undisturbed.finish(&mut bump).unwrap(), "{name:?}");
        // A search that forgot its state begins again.
        let mut forgetful = fresh();
        (0..3).for_each(|_| drop(forgetful.generation(&mut bump).unwrap()));
        assert_ne!(told(&forgetful), told(&undisturbed), "{name:?}");
    }
}

#[test]
fn another_search_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let stored = folder.path().join("search.json");
    let experiment = experiment(Summary::Final);
    let search = Search::new(experiment.clone(), options(), method(MethodName::CmaEs, 1)).unwrap();
    search.save(&stored).unwrap();
    let resume = |experiment: &Arc<Experiment>, options: SearchOptions, method: Method| {
        Search::resume(&stored, experiment.clone(), &options, &method).map_err(|error| error.to_string())
    };
    let same = method(MethodName::CmaEs, 1);
    assert!(resume(&experiment, options(), same.clone()).is_ok());
    let longer = Arc::new(Experiment { steps: 11, ..(*experiment).clone() });
    assert!(resume(&longer, options(), same.clone()).unwrap_err().contains("another model"));
    let changes = Changes::new(&experiment.model, Change::parse("y", "3@5").unwrap()).unwrap();
    let changing = Arc::new(Experiment { changes, ..(*experiment).clone() });
    assert!(resume(&changing, options(), same.clone()).unwrap_err().contains("another model"));
    let more = SearchOptions { seeds: 4, ..options() };
    assert!(resume(&experiment, more, same.clone()).unwrap_err().contains("other options"));
    for other in [method(MethodName::CmaEs, 2), method(MethodName::Random, 1)] {
        assert!(resume(&experiment, options(), other).unwrap_err().contains("another method"));
    }
    std::fs::write(&stored, "{\"version\":1").unwrap();
    assert!(resume(&experiment, options(), same.clone()).unwrap_err().contains("no stored search"));
    std::fs::remove_file(&stored).unwrap();
    assert!(resume(&experiment, options(), same).unwrap_err().contains("cannot read"));
}

#[test]
fn options_that_cannot_be_are_refused() {
    let wrong = [
        SearchOptions { population: 0, ..options() },
        SearchOptions { seeds: 0, ..options() },
        SearchOptions { elite: 0, ..options() },
        SearchOptions { held_out: 0, ..options() },
        SearchOptions { output: 2, ..options() },
        SearchOptions { places: vec![2], ..options() },
        SearchOptions { values: vec![1.0], ..options() },
    ];
    for options in wrong {
        let made = Search::new(experiment(Summary::Final), options.clone(), method(MethodName::Random, 1));
        assert!(made.is_err(), "{options:?}");
    }
}

/// A method of the user's own is driven like ours.
#[test]
fn ask_and_tell_are_enough_for_a_method() {
    let mut method = method(MethodName::CmaEs, 9);
    for _ in 0..40 {
        let told: Vec<Told> = method
            .ask(8)
            .into_iter()
            .map(|candidate| {
                let score = -(candidate.values[0] - 0.2).abs();
                Told { candidate, score, descriptors: Vec::new() }
            })
            .collect();
        method.tell(&told);
    }
    assert!((method.recommended().unwrap().values[0] - 0.2).abs() < 1e-6);
}
