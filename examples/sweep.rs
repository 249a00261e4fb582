//! Outcomes as they complete: a program looks at each, and stops when it knows enough.
//!
//! How few explorers map nine tenths of a small cave within 400 steps, in the mean of the seeds seen so far? Each number of
//! them is given up, or taken, as soon as the interval around its mean says so.
//!
//! cargo run --release --example sweep

use std::collections::BTreeMap;

use throng::experiment::WorkerOptions;
use throng::experiment::plan::{Description, MapChoice, Plan, Selection, Values};
use throng::experiment::store::mean_interval;
use throng::world::map::Generator;

fn main() -> throng::Result<()> {
    let mut explorers = Description::of("explorers");
    explorers.map = MapChoice::Generated { kind: Generator::Caves, seed: 1 };
    explorers.size = Some((48, 48));
    explorers.agents = Some(Values::parse("2,4,8,16")?);
    explorers.steps = 2000;
    explorers.until = Some("coverage >= 0.9".into());
    explorers.outputs = vec![("time".into(), "first coverage >= 0.9".into())];
    explorers.replicates = 200;
    let plan = Plan::new(vec![explorers])?;
    println!("{} worlds at most", plan.trials());

    let mut times: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    let mut seen = 0;
    for outcome in plan.run(&Selection::all(), Default::default(), &WorkerOptions::default()) {
        let outcome = outcome?;
        let Ok(finished) = outcome.result else { continue };
        seen += 1;
        // A world that never came so far counts as one that took all steps.
        let time = if finished.outputs[0].is_nan() { 2000.0 } else { finished.outputs[0] };
        times.entry(outcome.trial.agents).or_default().push(time);
        let known = |times: &Vec<f64>| {
            let mean = mean_interval(times.iter().copied(), 0.99);
            times.len() >= 10 && (mean.mean - 400.0).abs() > mean.half_width
        };
        if times.len() == 4 && times.values().all(known) {
            break;
        }
    }
    println!("{seen} worlds were enough");
    for (agents, times) in &times {
        let mean = mean_interval(times.iter().copied(), 0.99);
        println!("{agents:3} explorers: {:6.1} steps ± {:.1}", mean.mean, mean.half_width);
    }
    Ok(())
}
