//! Throng's CPU backend beside hand-written, single-purpose Rust that gives the same state hash.
//!
//! `cargo bench --bench throughput` runs everything; words after `--` choose rows by a part of their name, as in
//! `cargo bench --bench throughput -- walkers/4096`. Each row takes the two in turn, several times over. Where the system
//! counts it, time is processor time, over all threads, so that other work on the machine disturbs the ratio little; the
//! hashes of the two states must be equal, or the benchmark fails.

mod clock;
mod reference;

use std::time::Instant;

use clock::worked;
use reference::explorers::Explorers;
use reference::walkers::Walkers;
use reference::{Batch, Reference};
use throng::{BackendChoice, Model, Run, Simulation};

const PAIRS: usize = 7;
const ONE_WORLD: Batch = Batch { side: 2048, agents: 1 << 20, worlds: 1 };
const MANY_WORLDS: Batch = Batch { side: 64, agents: 256, worlds: 4096 };

fn by_hand(model: &str, batch: &Batch, threads: usize) -> Box<dyn Reference> {
    match model {
        "walkers" => Box::new(Walkers::new(batch, threads)),
        _ => Box::new(Explorers::new(batch, threads)),
    }
}

fn throng(model: &str, batch: &Batch, threads: usize) -> throng::Result<Simulation> {
    Simulation::of(Model::builtin(model)?)
        .size(batch.side, batch.side)
        .wraps(true)
        .agents(batch.agents)
        .worlds(batch.worlds)
        .threads(threads)
        .backend(BackendChoice::Cpu)
        .build()
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn main() -> throng::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    println!("nanoseconds of processor time for an agent-step; median of {PAIRS}, least to greatest");
    println!("{:24} {:>22} {:>22} {:>20}", "model/worlds/threads", "by hand", "Throng", "ratio");
    for (model, steps) in [("walkers", 50_u32), ("explorers", 10)] {
        for batch in [ONE_WORLD, MANY_WORLDS] {
            for threads in [1, 2] {
                let name = format!("{model}/{}/{threads}", batch.worlds);
                if !wanted.is_empty() && !wanted.iter().any(|word| name.contains(word.as_str())) {
                    continue;
                }
                let mut first = by_hand(model, &batch, threads);
                let mut second = throng(model, &batch, threads)?;
                let taken = f64::from(batch.agents) * f64::from(batch.worlds) * f64::from(steps) * 1e-9;
                let begun = Instant::now();
                let (mut theirs, mut ours) = (Vec::new(), Vec::new());
                for _ in 0..PAIRS {
                    let before = worked(begun);
                    first.advance(steps);
                    let between = worked(begun);
                    second.run(&Run::steps(steps.into()))?;
                    theirs.push((between - before) / taken);
                    ours.push((worked(begun) - between) / taken);
                }
                assert_eq!(first.state_hash(), second.state_hash()?, "{name}: the two states differ");
                let ratios = sorted(theirs.iter().zip(&ours).map(|(theirs, ours)| ours / theirs).collect());
                let show = |values: Vec<f64>| {
                    format!("{:.2} ({:.2}-{:.2})", values[PAIRS / 2], values[0], values[PAIRS - 1])
                };
                println!(
                    "{name:24} {:>22} {:>22} {:>20}",
                    show(sorted(theirs)),
                    show(sorted(ours)),
                    show(ratios)
                );
            }
        }
    }
    Ok(())
}
