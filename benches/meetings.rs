//! Agents that meet: Throng's CPU backend beside hand-written, single-purpose Rust that comes to the same agents.
//!
//! `cargo bench --bench meetings` runs everything; words after `--` choose rows by a part of their name, as in
//! `cargo bench --bench meetings -- boids-million/1/2 ensemble growth`. Both begin with the same agents and layers and take
//! turns, several times over; after each turn every agent, number and layer must be the same, bit for bit, or the benchmark
//! fails. A million boids, and a million wolves and sheep, go on from turn to turn; the others begin again each time. Sizes
//! called small and large are those of ABMFrameworksComparison. Time is processor time, over all threads, where the system
//! counts it, so that other work on the machine disturbs the ratio little; agents are counted as each step begins.
//!
//! `ensemble` is 500 pastures at once, and the 60 flocks of FLAME GPU's ensemble, on the clock, too. `growth` is what an agent-step costs both in worlds of more and
//! more agents at the same density, on one thread.

mod clock;
mod reference {
    pub mod boids;
    pub mod schelling;
    pub mod wolf_sheep;
}

use std::time::Instant;

use clock::worked;
use rayon::ThreadPool;
use reference::boids::Boids;
use reference::schelling::Schelling;
use reference::wolf_sheep::WolfSheep;
use throng::plan::Agents;
use throng::world::random::philox;
use throng::{BackendChoice, Model, Result, Run, Simulation};

const TURNS: usize = 5;

/// Agents that a thread takes at a time where threads share a world.
const SHARE: usize = 1 << 13;

/// The streams of the priorities of claims, to which the stage is added, and of ranks, to which the kind is added.
const CLAIM: u32 = 0x8005_0000;
const RANK: u32 = 0x8004_0000;

/// A model by hand, begun with the agents of a simulation.
pub trait Reference {
    /// Takes steps in all worlds; gives how many agents took how many steps.
    fn advance(&mut self, pool: &ThreadPool, steps: u32) -> u64;
    /// Fails where agents or layers differ from a simulation's.
    fn compare(&self, simulation: &mut Simulation) -> Result<()>;
}

/// The key of priorities for something that is decided once for all agents of a world in a step.
struct Lot([u32; 4]);

impl Lot {
    fn new(stream: u32, step: u32, key: [u32; 2]) -> Lot {
        Lot(philox([0, step, stream, 0], key))
    }

    /// The priority of an agent, the twin of the prelude's `throng_priority`.
    #[inline]
    fn priority(&self, id: u32) -> u32 {
        match self.shuffled(id.wrapping_add(1)) {
            0 => self.shuffled(0),
            word => word,
        }
    }

    #[inline]
    fn shuffled(&self, word: u32) -> u32 {
        let mut x = word ^ self.0[0];
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        x = (x ^ (x >> 15)).wrapping_add(self.0[1]);
        x = (x ^ (x >> 16)).wrapping_mul(0x846c_a68b);
        x = (x ^ (x >> 16)) ^ self.0[2];
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        x = (x ^ (x >> 15)).wrapping_add(self.0[3]);
        x = (x ^ (x >> 16)).wrapping_mul(0x846c_a68b);
        x ^ (x >> 16)
    }
}

fn key(seed: u64) -> [u32; 2] {
    [seed as u32, (seed >> 32) as u32]
}

/// The word of a parameter as rules see it, the same in all worlds.
fn parameter(simulation: &Simulation, name: &str) -> u32 {
    let mut parameters = simulation.model().parameters.iter().zip(&simulation.worlds().parameters[0]);
    parameters
        .find_map(|(parameter, value)| (parameter.name == name).then(|| parameter.word(*value)))
        .expect("the model has the parameter")
}

/// The stream of random numbers of a stage.
fn stage(simulation: &Simulation, name: &str) -> u32 {
    let stages = &simulation.model().stages;
    stages.iter().position(|stage| stage.name == name).expect("the model has the stage") as u32
}

/// Whether threads share each world, rather than take one each.
fn is_split(worlds: usize, threads: usize, agents: usize) -> bool {
    threads > 1 && worlds < 4 * threads && agents > SHARE
}

/// What is simulated, and for how long.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    model: &'static str,
    side: u32,
    /// For models that say themselves how many agents there are, none.
    agents: Option<u32>,
    set: &'static [(&'static str, f64)],
    steps: u32,
    /// Numbers of worlds and threads.
    runs: &'static [(u32, usize)],
    /// Whether each turn begins with the first state.
    again: bool,
}

const LARGE: &[(u32, usize)] = &[(1, 1), (1, 2)];
const SMALL: &[(u32, usize)] = &[(1, 1), (64, 1), (64, 2)];
const MEADOW: &[(&str, f64)] =
    &[("flock", 700_000.0), ("pack", 300_000.0), ("regrow", 10.0), ("sheep_birth", 0.4), ("wolf_birth", 0.2)];

const CASES: [Case; 9] = [
    Case {
        name: "boids-million",
        model: "boids",
        side: 1414,
        agents: Some(1_000_000),
        set: &[("radius", 5.0)],
        steps: 2,
        runs: LARGE,
        again: false,
    },
    Case {
        name: "schelling-million",
        model: "schelling",
        side: 1118,
        agents: Some(1_000_000),
        set: &[("radius", 1.0), ("wanted", 3.0)],
        steps: 5,
        runs: LARGE,
        again: true,
    },
    Case {
        name: "wolf-sheep-million",
        model: "wolf-sheep",
        side: 2500,
        agents: None,
        set: MEADOW,
        steps: 5,
        runs: LARGE,
        again: false,
    },
    Case {
        name: "boids-small",
        model: "boids",
        side: 100,
        agents: Some(200),
        set: &[("radius", 5.0)],
        steps: 100,
        runs: SMALL,
        again: true,
    },
    Case {
        name: "boids-large",
        model: "boids",
        side: 150,
        agents: Some(400),
        set: &[("radius", 15.0)],
        steps: 100,
        runs: SMALL,
        again: true,
    },
    Case {
        name: "schelling-small",
        model: "schelling",
        side: 40,
        agents: Some(1000),
        set: &[("radius", 1.0), ("wanted", 3.0)],
        steps: 20,
        runs: SMALL,
        again: true,
    },
    Case {
        name: "schelling-large",
        model: "schelling",
        side: 100,
        agents: Some(8000),
        set: &[("radius", 2.0), ("wanted", 8.0)],
        steps: 20,
        runs: SMALL,
        again: true,
    },
    Case {
        name: "wolf-sheep-small",
        model: "wolf-sheep",
        side: 25,
        agents: None,
        set: &[("flock", 60.0), ("pack", 40.0), ("regrow", 20.0), ("sheep_birth", 0.2), ("wolf_birth", 0.1)],
        steps: 100,
        runs: SMALL,
        again: true,
    },
    Case {
        name: "wolf-sheep-large",
        model: "wolf-sheep",
        side: 100,
        agents: None,
        set: &[
            ("flock", 1000.0),
            ("pack", 500.0),
            ("regrow", 10.0),
            ("sheep_birth", 0.4),
            ("wolf_birth", 0.2),
        ],
        steps: 100,
        runs: SMALL,
        again: true,
    },
];

/// Many worlds at once, and what they are.
const ENSEMBLES: [(Case, &str); 2] = [
    (
        Case {
            name: "ensemble",
            model: "wolf-sheep",
            side: 100,
            agents: None,
            set: &[
                ("flock", 600.0),
                ("pack", 400.0),
                ("regrow", 10.0),
                ("sheep_birth", 0.4),
                ("wolf_birth", 0.2),
            ],
            steps: 100,
            runs: &[(500, 2)],
            again: true,
        },
        "wolves and sheep, 600 and 400 on 100 x 100",
    ),
    (
        Case {
            name: "ensemble",
            model: "boids",
            side: 226,
            agents: Some(1024),
            set: &[("radius", 5.0)],
            steps: 500,
            runs: &[(60, 2)],
            again: true,
        },
        "boids, 1024 on 226 x 226",
    ),
];

fn throng(case: &Case, set: &[(&str, f64)], worlds: u32, threads: usize) -> Result<Simulation> {
    let mut builder = Simulation::of(Model::builtin(case.model)?)
        .size(case.side, case.side)
        .worlds(worlds)
        .threads(threads)
        .wraps(case.model == "boids")
        .backend(BackendChoice::Cpu);
    if let Some(agents) = case.agents {
        builder = builder.agents(agents);
    }
    for (name, value) in set {
        builder = builder.set(name, *value);
    }
    builder.build()
}

fn by_hand(case: &Case, simulation: &mut Simulation, threads: usize) -> Result<Box<dyn Reference>> {
    Ok(match case.model {
        "boids" => Box::new(Boids::new(simulation, threads)?),
        "schelling" => Box::new(Schelling::new(simulation, threads)?),
        _ => Box::new(WolfSheep::new(simulation, threads)?),
    })
}

/// Agents and layers of all worlds.
struct State {
    agents: Vec<(String, u32, Agents)>,
    layers: Vec<(&'static str, u32, Vec<u32>)>,
}

impl State {
    fn of(simulation: &mut Simulation) -> Result<State> {
        let kinds: Vec<String> = simulation.model().kinds.iter().map(|kind| kind.name.clone()).collect();
        let layer = match simulation.model().name.as_str() {
            "schelling" => Some("home"),
            "wolf-sheep" => Some("bare"),
            _ => None,
        };
        let mut state = State { agents: Vec::new(), layers: Vec::new() };
        for world in 0..simulation.worlds().len() {
            for kind in &kinds {
                state.agents.push((kind.clone(), world, simulation.agent_words(kind, world)?));
            }
            if let Some(layer) = layer {
                state.layers.push((layer, world, simulation.layer(layer, world)?));
            }
        }
        Ok(state)
    }

    fn restore(&self, simulation: &mut Simulation) -> Result<()> {
        for (kind, world, agents) in &self.agents {
            simulation.set_agent_words(kind, *world, agents)?;
        }
        for (layer, world, values) in &self.layers {
            simulation.set_layer(layer, *world, values)?;
        }
        for (seed, world) in simulation.seeds().to_vec().into_iter().zip(0..) {
            simulation.set_clock(world, seed, 0)?;
        }
        Ok(())
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn show(values: Vec<f64>) -> String {
    let values = sorted(values);
    format!("{:.2} ({:.2}-{:.2})", values[values.len() / 2], values[0], values[values.len() - 1])
}

fn ratios(theirs: &[f64], ours: &[f64]) -> String {
    show(theirs.iter().zip(ours).map(|(theirs, ours)| ours / theirs).collect())
}

/// Seconds of processor time and on the clock, of the reference and of Throng, in each turn; and agent-steps of a turn.
struct Times {
    worked: [Vec<f64>; 2],
    passed: [Vec<f64>; 2],
    agent_steps: Vec<f64>,
}

fn take_turns(case: &Case, worlds: u32, threads: usize) -> Result<Times> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
    let mut simulation = throng(case, case.set, worlds, threads)?;
    let first = if case.again { Some(State::of(&mut simulation)?) } else { None };
    let mut reference = by_hand(case, &mut simulation, threads)?;
    let mut times = Times { worked: Default::default(), passed: Default::default(), agent_steps: Vec::new() };
    // The threads of what was measured before end in their own time, and are counted until they do.
    std::thread::sleep(std::time::Duration::from_millis(200));
    let begun = Instant::now();
    for turn in 0..TURNS {
        if let Some(first) = first.as_ref().filter(|_| turn > 0) {
            first.restore(&mut simulation)?;
            reference = by_hand(case, &mut simulation, threads)?;
        }
        let mut agent_steps = 0;
        // Who is first alternates, so that neither always finds the caches as the other left them.
        for side in [turn % 2, (turn + 1) % 2] {
            let (before, from) = (worked(begun), Instant::now());
            match side {
                0 => agent_steps = reference.advance(&pool, case.steps),
                _ => {
                    simulation.run(&Run::steps(case.steps.into()))?;
                }
            }
            times.worked[side].push(worked(begun) - before);
            times.passed[side].push(from.elapsed().as_secs_f64());
        }
        reference.compare(&mut simulation)?;
        times.agent_steps.push(agent_steps as f64);
    }
    Ok(times)
}

fn growth() -> Result<()> {
    const STEPS: u64 = 2;
    const TURNS: usize = 3;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread starts");
    println!(
        "\nnanoseconds of processor time for an agent-step at one density, 1 thread, and the ratios to 10,000 agents"
    );
    println!(
        "{:12} {:>10} {:>10} {:>24} {:>6} {:>24} {:>6}",
        "model", "agents", "worlds", "by hand", "", "Throng", ""
    );
    for model in ["boids", "schelling", "wolf-sheep"] {
        let mut smallest = [None; 2];
        for agents in [10_000_u32, 100_000, 1_000_000, 4_000_000] {
            let of_a_million = f64::from(agents) / 1e6;
            let million = CASES.iter().find(|case| case.model == model).expect("it is there");
            let side = (f64::from(million.side) * of_a_million.sqrt()).round() as u32;
            let case = Case { side, agents: million.agents.map(|_| agents), ..*million };
            let worlds = 1_000_000_u32.div_ceil(agents);
            let numbers: Vec<(&str, f64)> = (case.set.iter())
                .map(|(name, value)| match *name {
                    "flock" | "pack" => (*name, (value * of_a_million).round()),
                    _ => (*name, *value),
                })
                .collect();
            let mut simulation = throng(&case, &numbers, worlds, 1)?;
            let mut reference = by_hand(&case, &mut simulation, 1)?;
            let begun = Instant::now();
            let mut costs = [Vec::new(), Vec::new()];
            for turn in 0..=TURNS {
                let before = worked(begun);
                let agent_steps = reference.advance(&pool, STEPS as u32) as f64;
                let between = worked(begun);
                simulation.run(&Run::steps(STEPS))?;
                let taken = [between - before, worked(begun) - between];
                // The first turn makes memory ready.
                if turn > 0 {
                    costs
                        .iter_mut()
                        .zip(taken)
                        .for_each(|(costs, taken)| costs.push(taken / agent_steps * 1e9));
                }
            }
            reference.compare(&mut simulation)?;
            print!("{model:12} {agents:>10} {worlds:>10}");
            for (costs, smallest) in costs.into_iter().zip(&mut smallest) {
                let median = sorted(costs.clone())[costs.len() / 2];
                let ratio = median / *smallest.get_or_insert(median);
                print!(" {:>24} {ratio:>6.2}", show(costs));
            }
            println!();
        }
    }
    Ok(())
}

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    println!("nanoseconds of processor time for an agent-step; median of {TURNS} turns, least to greatest");
    println!(
        "{:24} {:>24} {:>24} {:>20} {:>12}",
        "name/worlds/threads", "by hand", "Throng", "ratio", "agents"
    );
    for case in CASES {
        for (worlds, threads) in case.runs {
            let name = format!("{}/{worlds}/{threads}", case.name);
            if !is_wanted(&name) {
                continue;
            }
            let times = take_turns(&case, *worlds, *threads)?;
            let [theirs, ours] = times.worked.map(|worked| {
                let steps = worked.iter().zip(&times.agent_steps);
                steps.map(|(seconds, agent_steps)| seconds / agent_steps * 1e9).collect::<Vec<f64>>()
            });
            let agents = times.agent_steps.iter().sum::<f64>() / (TURNS as f64 * f64::from(case.steps));
            let ratio = ratios(&theirs, &ours);
            println!("{name:24} {:>24} {:>24} {ratio:>20} {agents:>12.0}", show(theirs), show(ours));
        }
    }
    for (case, what) in ENSEMBLES.iter().filter(|(case, _)| is_wanted(case.name)) {
        let (worlds, threads) = case.runs[0];
        let times = take_turns(case, worlds, threads)?;
        let steps = case.steps;
        println!("\n{worlds} worlds of {what}, {steps} steps, {threads} threads: seconds");
        println!("{:24} {:>24} {:>24} {:>20}", "", "by hand", "Throng", "ratio");
        for (name, [theirs, ours]) in [("on the clock", times.passed), ("of processors", times.worked)] {
            let ratio = ratios(&theirs, &ours);
            println!("{name:24} {:>24} {:>24} {ratio:>20}", show(theirs), show(ours));
        }
    }
    if is_wanted("growth") {
        growth()?;
    }
    Ok(())
}
