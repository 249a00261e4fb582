//! Search on a model whose best parameter is known, run for real.

use std::sync::Arc;

use throng::experiment::search::{
    Dimension, Goal, Method, MethodName, Search, SearchOptions, Space, evaluate,
};
use throng::experiment::{Experiment, Output, Summary, Worker, WorkerOptions};
use throng::world::map::Map;
use throng::{BackendChoice, Model, Run, Simulation};

/// Agents step on with chance p and are caught by a second draw with chance p as well: the mean way of a step is
/// p (1 - p), greatest at 1/2.
const MODEL: &str = "//! [params]\n//! p = { default = 0.9, type = \"probability\" }\n//! [step]\n//! stages = [\"go\"]\n\
    //! [metrics]\n//! way = { mean = \"way\" }\n\
    struct Agent { way: u32 }\n\
    fn go(me: Agent) -> Agent {\n    var next = me;\n    let steps = random_chance(params.p);\n\
    \x20   let caught = random_chance(params.p);\n    next.way += select(0u, 1u, steps && !caught);\n    return next;\n}\n";

fn experiment() -> Arc<Experiment> {
    let model = Arc::new(Model::text("caught", MODEL).unwrap());
    Arc::new(Experiment {
        name: "caught".into(),
        map: Arc::new(Map::open(8, 8).unwrap()),
        wraps: true,
        changes: throng::world::Changes::default(),
        steps: 50,
        every: 0,
        until: None,
        outputs: vec![Output { name: "way".into(), metric: 0, summary: Summary::Final }],
        series: false,
        backend: BackendChoice::Cpu,
        memory: None,
        limit_seconds: None,
        model,
    })
}

fn best(goal: Goal) -> (f64, f64, f64) {
    let experiment = experiment();
    let dimension = Dimension { start: Some(0.9), ..Dimension::real("p", 0.0, 1.0) };
    let method =
        Method::new(MethodName::CmaEs, Space::new(vec![dimension]).unwrap(), 1, Some(0.2), Vec::new())
            .unwrap();
    let options = SearchOptions {
        goal,
        output: 0,
        descriptors: Vec::new(),
        places: vec![0],
        values: vec![0.9],
        agents: 500,
        population: 8,
        seeds: 8,
        first_seed: 1,
        fresh_seeds: true,
        elite: 3,
        held_out: 32,
    };
    let mut search = Search::new(experiment.clone(), options, method).unwrap();
    let mut worker = Worker::new(experiment.clone(), &WorkerOptions::default()).unwrap();
    let mut run = |trials| evaluate(&mut worker, trials);
    (0..12).for_each(|_| drop(search.generation(&mut run).unwrap()));
    let finalists = search.finish(&mut run).unwrap();
    let first = &finalists[0];
    (first.parameters[0], first.held_out.mean, first.held_out.margin)
}

#[test]
fn the_best_parameter_is_found_and_its_figure_is_right() {
    let (p, mean, margin) = best(Goal::Maximise);
    // Flat at its top: within 0.05 of it the way is 1 % shorter, ten standard errors of a candidate's mean.
    assert!((p - 0.5).abs() < 0.05, "{p}");
    assert!((mean - 50.0 * p * (1.0 - p)).abs() < 2.0 * margin, "{mean} ± {margin}");
    // 50 draws of variance 3/16 for each of 32 x 500 agents; 2.04 is Student's quantile.
    let expected = 2.04 * (50.0 * 0.1875 / (32.0 * 500.0_f64)).sqrt();
    assert!((0.6..1.5).contains(&(margin / expected)), "{margin}, not {expected}");
    let (wrong, _, _) = best(Goal::Minimise);
    assert!((wrong - 0.5).abs() > 0.3, "{wrong}");
}

/// The worlds of an evaluation are those that anybody else would run.
#[test]
fn an_evaluation_is_the_run_of_its_worlds() {
    let experiment = experiment();
    let trial = |number: u64| throng::experiment::Trial {
        number,
        experiment: 0,
        point: number,
        replicate: 0,
        seed: 40 + number,
        agents: 20,
        values: vec![0.1 * (number + 1) as f64],
    };
    let mut worker = Worker::new(experiment.clone(), &WorkerOptions::default()).unwrap();
    let outcomes = evaluate(&mut worker, (0..5).map(trial).collect()).unwrap();
    for (number, outcome) in outcomes.iter().enumerate() {
        let trial = trial(number as u64);
        let mut alone = Simulation::of((*experiment.model).clone())
            .size(8, 8)
            .wraps(true)
            .agents(20)
            .seed(trial.seed)
            .set("p", trial.values[0])
            .backend(BackendChoice::Cpu)
            .build()
            .unwrap();
        alone.run(&Run::steps(50)).unwrap();
        let finished = outcome.result.as_ref().unwrap();
        assert_eq!(finished.hash, alone.state_hash().unwrap());
        assert_eq!(finished.outputs, alone.metric("way").unwrap());
        assert_eq!(finished.steps, 50);
        let other = evaluate(&mut worker, vec![throng::experiment::Trial { seed: 1, ..trial }]).unwrap();
        assert_ne!(other[0].result.as_ref().unwrap().hash, finished.hash, "the seed changes nothing");
    }
}
