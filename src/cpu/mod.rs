//! Runs a plan on every core with rayon; the rules are compiled from WGSL by [`compile`].

pub mod compile;
mod measure;
mod pass;
mod population;
mod room;
mod state;

use std::sync::Arc;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};
use crate::model::{self, Host, Items, Model, Setting};
use crate::plan::{self, Advance, Agents, Backend, Device, Plan, Target};
use crate::reduce::Record;
use crate::reduce::hash::world_hash;
use crate::world::graph::Graph;
use crate::world::{Start, Worlds};
use compile::{Kernel, Options, RandomBatch};
use pass::Passage;
use population::Population;
use room::Grants;
use state::World;

/// Worlds on the cores of this machine.
pub struct Cpu {
    plan: Plan,
    kernels: Kernels,
    worlds: Vec<World>,
    /// What all worlds stand on: their map, their number of agents.
    ground: Worlds,
    shared: Vec<Vec<u32>>,
    /// What rules look along; empty where they do not.
    graph: Arc<Vec<u32>>,
    pool: ThreadPool,
    schedule: Schedule,
    grants: Grants,
}

/// How work is split among threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Schedule {
    /// Each world is one thread's, for many steps at a time, and no write needs to be atomic.
    Worlds,
    /// All threads step one world's agents, then the next world's.
    Agents,
}

/// The compiled functions of a plan.
struct Kernels {
    fills: Vec<Kernel>,
    starts: Vec<Kernel>,
    /// None for stages that need no rule.
    stages: Vec<Option<Kernel>>,
    approaches: Vec<Option<Kernel>>,
    writers: Vec<Option<Kernel>>,
}

/// Below this many agents or cells a world is not worth splitting among threads: a split costs microseconds.
const ITEMS_WORTH_SPLITTING: u64 = 8192;
/// Cells for each agent from which it pays to note what agents change, instead of copying all of it.
const SPARSE: u64 = 64;

impl Cpu {
    /// Puts worlds of a model on `threads` threads.
    ///
    /// # Errors
    /// When the rule uses what cannot be compiled, or the threads cannot be started.
    pub fn new(model: Arc<Model>, worlds: &Worlds, threads: usize, wanted: plan::Schedule) -> Result<Cpu> {
        let few = u64::from(worlds.len()) < 4 * threads as u64;
        let split = match wanted {
            plan::Schedule::Auto => {
                let items = model.items(worlds.agents, worlds.map.cells());
                few && items >= ITEMS_WORTH_SPLITTING && threads > 1
            }
            plan::Schedule::Wide => true,
            plan::Schedule::Resident => false,
        };
        let setting = Setting {
            width: worlds.map.width(),
            height: worlds.map.height(),
            wraps: worlds.wraps,
            open: worlds.open(),
            agents: worlds.most_agents(&model)?,
            worlds: 1,
            segment_words: vec![u64::MAX; model.layers.len()],
            segments: 1,
            int64: true,
            resident: false,
            host: Some(Host {
                alone: !split,
                tracks: model.items(worlds.agents, worlds.map.cells()) < worlds.map.cells() / SPARSE,
            }),
            parameters: worlds.common_parameters(&model),
        };
        let plan = Plan::new(model, setting, Target::Cpu)?;
        let schedule = if split { Schedule::Agents } else { Schedule::Worlds };
        let kernels = Kernels::compile(&plan, schedule == Schedule::Worlds)?;
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("throng-{index}"))
            .build()
            .map_err(|error| {
                Error::argument(
                    format!("cannot start {threads} threads: {error}"),
                    "use fewer with --threads",
                )
            })?;
        let shared = state::shared_layers(&plan, worlds);
        let graph = Graph::of_worlds(&plan.model, worlds)?;
        let graph = graph.map(|graph| graph.words().clone()).unwrap_or_default();
        let all = pool.install(|| {
            (0..worlds.len())
                .into_par_iter()
                .map(|world| {
                    let start = worlds.start(world);
                    let numbers = worlds.numbers(&plan.model, &start.parameters)?;
                    Ok(World::new(&plan, worlds, &start, &numbers))
                })
                .collect::<Result<Vec<World>>>()
        })?;
        let ground = Worlds { seeds: Vec::new(), parameters: Vec::new(), ..worlds.clone() };
        let mut cpu = Cpu {
            plan,
            kernels,
            worlds: all,
            ground,
            shared,
            graph,
            pool,
            schedule,
            grants: Grants::default(),
        };
        cpu.each_world(|world, passage, batch| {
            world.begin(passage, batch);
            Vec::new()
        })?;
        Ok(cpu)
    }

    /// Lets the agents of each world take no more than so many bytes, whatever the machine has.
    pub fn limit_memory(&mut self, bytes: u64) {
        self.grants.limit = Some(bytes);
    }

    /// Compiles all that a model runs, and forgets it.
    ///
    /// # Errors
    /// When the rule uses what cannot be compiled.
    pub fn check(model: &Model) -> Result<()> {
        let setting = Setting { worlds: 1, ..Setting::trial(model.layers.len(), model.kinds.len()) };
        Kernels::compile(&Plan::new(Arc::new(model.clone()), setting, Target::Cpu)?, true).map(|_| ())
    }

    /// Does something with each world, and gives what was recorded in the order of the worlds.
    fn each_world(
        &mut self,
        work: impl Fn(&mut World, &Passage, &mut RandomBatch) -> Vec<Record> + Sync,
    ) -> Result<Vec<Record>> {
        let all: Vec<u32> = (0..self.worlds.len() as u32).collect();
        self.some_worlds(&all, work)
    }

    /// The same with some worlds, whose places ascend.
    fn some_worlds(
        &mut self,
        places: &[u32],
        work: impl Fn(&mut World, &Passage, &mut RandomBatch) -> Vec<Record> + Sync,
    ) -> Result<Vec<Record>> {
        let passage = Passage {
            plan: &self.plan,
            kernels: &self.kernels,
            shared: &self.shared,
            graph: &self.graph,
            split: self.schedule == Schedule::Agents,
            bears: self.plan.stages.iter().any(|pass| !pass.bears.is_empty()),
            grants: &self.grants,
        };
        let batch = || RandomBatch::new([0; 2], 0, 0);
        let mut wanted = places.iter().copied().peekable();
        let mut worlds: Vec<&mut World> =
            self.worlds.iter_mut().filter(|world| wanted.next_if_eq(&world.index).is_some()).collect();
        let records: Vec<Vec<Record>> = self.pool.install(|| match passage.split {
            true => worlds.iter_mut().map(|world| work(world, &passage, &mut batch())).collect(),
            false => {
                worlds.par_iter_mut().map_init(batch, |batch, world| work(world, &passage, batch)).collect()
            }
        });
        Ok(records.into_iter().flatten().collect())
    }

    fn world(&self, world: u32) -> Result<usize> {
        crate::plan::world_index(world, self.worlds.len())
    }
}

impl Kernels {
    fn compile(plan: &Plan, single_threaded: bool) -> Result<Kernels> {
        let options = Options { single_threaded, optimise: true };
        let compile = |function: &str| {
            compile::compile(&plan.module, &plan.info, function, &options).map_err(|unsupported| {
                model::mistakes_of_naga(&plan.model, &unsupported.what, unsupported.span.to_range())
            })
        };
        Ok(Kernels {
            fills: plan.fills.iter().map(|pass| compile(&pass.function)).collect::<Result<_>>()?,
            starts: plan.starts.iter().map(|pass| compile(&pass.function)).collect::<Result<_>>()?,
            stages: plan
                .stages
                .iter()
                .map(|pass| {
                    let clears = matches!(pass.items, Items::Claims(_));
                    (!clears).then(|| compile(&pass.function)).transpose()
                })
                .collect::<Result<_>>()?,
            approaches: plan
                .stages
                .iter()
                .map(|pass| pass.approach.as_deref().map(compile).transpose())
                .collect::<Result<_>>()?,
            writers: plan
                .metrics
                .iter()
                .map(|measure| measure.bits_of.is_none().then(|| compile(&measure.writer)).transpose())
                .collect::<Result<_>>()?,
        })
    }
}

impl Backend for Cpu {
    fn device(&self) -> Device {
        let threads = self.pool.current_num_threads();
        let plural = if threads == 1 { "" } else { "s" };
        Device {
            backend: "cpu",
            name: format!("CPU, {threads} thread{plural}"),
            schedule: match self.schedule {
                Schedule::Worlds => "resident, each world on one thread for many steps at a time".into(),
                Schedule::Agents => {
                    let cells = self.plan.model.stages.iter().any(|stage| stage.kind().is_none());
                    let items = match (!self.plan.model.kinds.is_empty(), cells) {
                        (false, _) => "cells",
                        (true, true) => "agents and cells",
                        (true, false) => "agents",
                    };
                    format!("wide, each world's {items} spread over all threads")
                }
            },
        }
    }

    fn advance(&mut self, advance: &Advance) -> Result<Vec<Record>> {
        self.each_world(|world, passage, batch| world.advance(passage, advance, batch))
    }

    fn faults(&self) -> Vec<(u32, Error)> {
        let fault = |world: &World| {
            let error = self.plan.out_of_fuel(world.status()).or_else(|| world.short.clone())?;
            Some((world.index, error))
        };
        self.worlds.iter().filter_map(fault).collect()
    }

    fn restart(&mut self, starts: &[Start]) -> Result<()> {
        let (plan, ground) = (&self.plan, &self.ground);
        let begin = |start: &Start| {
            let numbers = ground.numbers(&plan.model, &start.parameters)?;
            Ok(World::new(plan, ground, start, &numbers))
        };
        let begun: Vec<World> = self.pool.install(|| starts.par_iter().map(begin).collect::<Result<_>>())?;
        let mut places = Vec::with_capacity(begun.len());
        for world in begun {
            let place = self.world(world.index)?;
            places.push(world.index);
            self.worlds[place] = world;
        }
        places.sort_unstable();
        self.some_worlds(&places, |world, passage, batch| {
            world.begin(passage, batch);
            Vec::new()
        })
        .map(|_| ())
    }

    fn measure_some(&mut self, worlds: &[u32]) -> Result<Vec<Record>> {
        self.some_worlds(worlds, |world, passage, _| vec![world.record(passage, &[])])
    }

    fn hash_some(&mut self, worlds: &[u32]) -> Result<Vec<u64>> {
        let plan = &self.plan;
        let chosen = worlds.iter().map(|world| self.world(*world)).collect::<Result<Vec<usize>>>()?;
        Ok(self
            .pool
            .install(|| chosen.par_iter().map(|place| world_hash(self.worlds[*place].hash(plan))).collect()))
    }

    fn steps(&self) -> Vec<u64> {
        self.worlds.iter().map(|world| world.step).collect()
    }

    fn running(&self) -> Vec<bool> {
        self.worlds.iter().map(|world| world.running).collect()
    }

    fn set_running(&mut self, world: u32, running: bool) {
        if let Some(world) = self.worlds.get_mut(world as usize) {
            world.running = running;
        }
    }

    fn agent_counts(&mut self) -> Result<Vec<u64>> {
        let count = |world: &World| match world.kinds.as_slice() {
            [] => 1,
            kinds => kinds.iter().map(|kind| u64::from(kind.number)).sum(),
        };
        Ok(self.worlds.iter().map(count).collect())
    }

    fn agents(&mut self, world: u32, kind: usize) -> Result<Agents> {
        let index = self.world(world)?;
        let population = &self.worlds[index].kinds[kind];
        Ok(population.all(self.plan.agent_words(kind) as usize))
    }

    fn set_agents(&mut self, world: u32, kind: usize, agents: &Agents) -> Result<()> {
        let index = self.world(world)?;
        let declared = &self.plan.model.kinds[kind];
        agents.check(declared, self.worlds[index].kinds[kind].number)?;
        let mut population = Population::new(declared, agents.words.clone(), agents.ids.len() as u32);
        if declared.is_numbered() {
            population.ids.splice(..agents.ids.len(), agents.ids.iter().copied());
            population.next_id = agents.next_id;
        }
        self.worlds[index].kinds[kind] = population;
        Ok(())
    }

    fn layer(&mut self, world: u32, layer: usize) -> Result<Vec<u32>> {
        let index = self.world(world)?;
        Ok(match self.shared[layer].is_empty() {
            true => self.worlds[index].layers[layer].now.clone(),
            false => self.shared[layer].clone(),
        })
    }

    fn set_layer(&mut self, world: u32, layer: usize, words: &[u32]) -> Result<()> {
        let index = self.world(world)?;
        self.worlds[index].layers[layer].changed_everywhere();
        let place = match self.shared[layer].is_empty() {
            true => &mut self.worlds[index].layers[layer].now,
            false => &mut self.shared[layer],
        };
        crate::plan::replace(place, words, &self.plan.model.layers[layer].name)
    }

    fn set_parameters(&mut self, world: u32, words: &[u32]) -> Result<()> {
        let index = self.world(world)?;
        crate::plan::replace(&mut self.worlds[index].parameters, words, "parameters")
    }

    fn set_clock(&mut self, world: u32, seed: u64, step: u64) -> Result<()> {
        let index = self.world(world)?;
        self.worlds[index].set_clock(seed, step);
        Ok(())
    }

    fn state_bytes(&self) -> u64 {
        let words = |vectors: &[Vec<u32>]| vectors.iter().map(|words| words.len() as u64).sum::<u64>();
        4 * (words(&self.shared) + self.worlds.iter().map(World::words).sum::<u64>())
    }
}
