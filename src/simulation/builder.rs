//! A simulation described step by step, then checked and built.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Simulation;
use crate::cpu::Cpu;
use crate::error::{Error, Result};
use crate::gpu::{Adapter, Gpu};
use crate::model::{GraphShape, Model, Setting};
use crate::plan::{Backend, Footprint, Schedule};
use crate::reduce::Series;
use crate::world::graph::Graph;
use crate::world::map::{Generator, Map};
use crate::world::{
    Change, Changes, Current, Population, Worlds, map, memory, parameter_values, set_parameter,
};

/// Which backend runs a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackendChoice {
    /// A GPU, if there is a real one and the batch is large enough to be worth it; else the CPU.
    #[default]
    Auto,
    /// A GPU, a software one if there is no other; an error if there is none at all.
    Gpu,
    /// The CPU.
    Cpu,
}

/// What a simulation is to be.
#[derive(Debug, Clone)]
pub struct Builder {
    model: Model,
    map: Option<Map>,
    generate: Option<(Generator, u64)>,
    graph: Option<Ground>,
    size: Option<(u32, u32)>,
    wraps: Option<bool>,
    agents: Option<u32>,
    seeds: Vec<u64>,
    first_seed: u64,
    worlds: u32,
    set: Vec<(String, f64)>,
    each: Vec<(u32, String, f64)>,
    changes: Vec<Change>,
    free: Vec<String>,
    populations: Vec<Arc<Population>>,
    backend: BackendChoice,
    schedule: Schedule,
    threads: Option<usize>,
}

/// A graph that there is, or that is to be made.
#[derive(Debug, Clone)]
enum Ground {
    Given(Graph),
    Generated(GraphShape, u64),
}

/// Agents or cells in all worlds together from which a GPU is worth its dispatches.
///
/// A dispatch costs a GPU some ten microseconds however few its items; a CPU steps about a thousand in that time.
const ITEMS_WORTH_A_GPU: u64 = 20_000;

/// About what a world takes beside its agents and layers: its seed, parameters, record and buffers' ends.
const BYTES_OF_A_WORLD: u64 = 1024;

impl Builder {
    pub(super) fn new(model: Model) -> Builder {
        Builder {
            model,
            map: None,
            generate: None,
            graph: None,
            size: None,
            wraps: None,
            agents: None,
            seeds: Vec::new(),
            first_seed: 0,
            worlds: 1,
            set: Vec::new(),
            each: Vec::new(),
            changes: Vec::new(),
            free: Vec::new(),
            populations: Vec::new(),
            backend: BackendChoice::Auto,
            schedule: Schedule::Auto,
            threads: None,
        }
    }

    /// Runs on this map, with walls around it unless [`wraps`](Builder::wraps) says otherwise.
    pub fn map(mut self, map: Map) -> Builder {
        self.map = Some(map);
        self.generate = None;
        self.graph = None;
        self
    }

    /// Runs on a generated map of the given size or else the model's, with walls around it as for any map; it is made
    /// once all is known to fit.
    pub fn generate(mut self, kind: Generator, seed: u64) -> Builder {
        self.map = None;
        self.graph = None;
        self.generate = Some((kind, seed));
        self
    }

    /// Runs on this graph, whose nodes are the cells of a grid of one row.
    pub fn graph(mut self, graph: Graph) -> Builder {
        self.graph = Some(Ground::Given(graph));
        self.map = None;
        self.generate = None;
        self
    }

    /// Runs on a generated graph; it is made once all is known to fit. A model that looks along a graph has one of its own
    /// that is made with seed 0 where neither a graph nor a map nor a size is given.
    pub fn generate_graph(mut self, shape: GraphShape, seed: u64) -> Builder {
        self.graph = Some(Ground::Generated(shape, seed));
        self.map = None;
        self.generate = None;
        self
    }

    /// Runs on an open grid of this size, or on a generated map of it; not beside a map that has its own.
    pub fn size(mut self, width: u32, height: u32) -> Builder {
        self.size = Some((width, height));
        self
    }

    /// Makes the grid a torus, or puts walls around it, whatever the model or the map says.
    pub fn wraps(mut self, wraps: bool) -> Builder {
        self.wraps = Some(wraps);
        self
    }

    /// Agents in each world.
    pub fn agents(mut self, agents: u32) -> Builder {
        self.agents = Some(agents);
        self
    }

    /// Agents of a kind that begin as a table says, as many as it has rows, in all worlds.
    pub fn population(mut self, population: Population) -> Builder {
        self.populations.retain(|other| other.kind() != population.kind());
        self.populations.push(Arc::new(population));
        self
    }

    /// The number of worlds, with seeds that count up from [`seed`](Builder::seed).
    pub fn worlds(mut self, worlds: u32) -> Builder {
        self.worlds = worlds;
        self
    }

    /// The first world's seed.
    pub fn seed(mut self, seed: u64) -> Builder {
        self.first_seed = seed;
        self
    }

    /// A world for each of these seeds, in place of a number of worlds.
    pub fn seeds(mut self, seeds: impl Into<Vec<u64>>) -> Builder {
        self.seeds = seeds.into();
        self
    }

    /// Sets a parameter in all worlds.
    pub fn set(mut self, parameter: &str, value: f64) -> Builder {
        self.set.push((parameter.to_owned(), value));
        self
    }

    /// Sets a parameter in one world.
    pub fn set_in(mut self, world: u32, parameter: &str, value: f64) -> Builder {
        self.each.push((world, parameter.to_owned(), value));
        self
    }

    /// Gives a parameter another value in all worlds from a step on; steps count from 1. Of two changes for one step the later
    /// counts.
    pub fn change(mut self, parameter: &str, step: u64, value: f64) -> Builder {
        self.changes.push(Change { parameter: parameter.to_owned(), step, value });
        self
    }

    /// Lets a parameter be [changed](Simulation::set_parameter) while worlds run. Rules are compiled for the values of those
    /// that are the same in all worlds, unless they are free.
    pub fn free(mut self, parameter: &str) -> Builder {
        self.free.push(parameter.to_owned());
        self
    }

    /// Chooses the backend.
    pub fn backend(mut self, backend: BackendChoice) -> Builder {
        self.backend = backend;
        self
    }

    /// Chooses how worlds are spread over the device.
    pub fn schedule(mut self, schedule: Schedule) -> Builder {
        self.schedule = schedule;
        self
    }

    /// The number of threads of the CPU backend; as many as there are cores unless set.
    pub fn threads(mut self, threads: usize) -> Builder {
        self.threads = Some(threads);
        self
    }

    /// Checks what was said about sizes and makes the map that is to be generated, so that simulations built from clones
    /// share it.
    ///
    /// # Errors
    /// As those of [`build`](Builder::build).
    pub fn prepare(mut self) -> Result<Builder> {
        let (width, height) = self.check_sizes()?;
        if let Some((kind, seed)) = self.generate {
            self = self.map(Map::generate(kind, width, height, seed)?);
        } else if let Some(graph) = self.chosen_graph() {
            let graph = match graph {
                Ground::Given(graph) => graph,
                Ground::Generated(shape, seed) => Graph::generate(&shape, seed)?,
            };
            self = self.map(Map::of_graph(graph)?);
        }
        Ok(self)
    }

    /// Checks all that was said, allocates the worlds and makes their first state.
    ///
    /// # Errors
    /// When something that was said cannot be: each error names it.
    pub fn build(self) -> Result<Simulation> {
        let (threads, schedule) = (self.thread_count()?, self.schedule);
        let prepared = self.prepare()?;
        let model = Arc::new(prepared.model.clone());
        let changes = Changes::new(&model, prepared.changes.clone())?;
        let worlds = prepared.make_worlds(&changes)?;
        let current =
            worlds.parameters.iter().map(|values| Current { values: values.clone(), made: 0 }).collect();
        let agents = worlds.numbers(&model, &worlds.parameters[0])?.into_iter().fold(0, u32::saturating_add);
        let items = model.items(agents, worlds.map.cells());
        let work = items.saturating_mul(worlds.len().into());
        let what = if items > u64::from(agents) { "cells" } else { "agents" };
        let (adapter, why) = match prepared.backend {
            BackendChoice::Cpu => (None, "asked for".to_owned()),
            BackendChoice::Gpu => (Some(Adapter::best(true)?), "asked for".to_owned()),
            BackendChoice::Auto if work < ITEMS_WORTH_A_GPU => {
                (None, format!("{work} {what} are too few to be worth a GPU"))
            }
            BackendChoice::Auto => match Adapter::best(false) {
                Ok(adapter) => (Some(adapter), format!("{work} {what} are worth a GPU")),
                Err(_) => (None, "there is no hardware GPU".to_owned()),
            },
        };
        let backend: Box<dyn Backend> = match adapter {
            Some(adapter) => {
                // What no CPU could run is no rule on a GPU either.
                Cpu::check(&model)?;
                Box::new(Gpu::new(model.clone(), &worlds, &adapter, schedule)?)
            }
            None => Box::new(Cpu::new(model.clone(), &worlds, threads, schedule)?),
        };
        let mut simulation =
            Simulation { model, worlds, backend, why, series: Series::default(), changes, current };
        simulation.refuse_faults()?;
        simulation.keep_population()?;
        Ok(simulation)
    }

    /// The graph that was given, or the model's own where nothing was said of where it runs.
    fn chosen_graph(&self) -> Option<Ground> {
        let unsaid = self.map.is_none() && self.generate.is_none() && self.size.is_none();
        let own = || self.model.graph.filter(|_| unsaid).map(|shape| Ground::Generated(shape, 0));
        self.graph.clone().or_else(own)
    }

    fn agent_count(&self) -> u32 {
        let told = (!self.populations.is_empty()).then(|| {
            let mut numbers = self.model.numbers(None, &self.model.defaults());
            self.populations.iter().for_each(|told| numbers[told.kind()] = told.agents());
            numbers.iter().fold(0u32, |sum, number| sum.saturating_add(*number))
        });
        self.agents.or(told).unwrap_or(self.model.population())
    }

    fn world_count(&self) -> usize {
        if self.seeds.is_empty() { self.worlds as usize } else { self.seeds.len() }
    }

    /// Refuses numbers that cannot be and what does not fit in this machine, before anything is allocated; gives the
    /// columns and rows of the grid.
    fn check_sizes(&self) -> Result<(u32, u32)> {
        let agents = self.agent_count();
        check_agents(agents)?;
        if let (Some(agents), [told, ..]) = (self.agents, self.populations.as_slice()) {
            return Err(Error::argument(
                format!(
                    "population {} has {} agents, and {agents} were asked for",
                    told.name(),
                    told.agents()
                ),
                "leave their number out",
            ));
        }
        let default = self.model.population();
        if let Some(agents) = self.agents.filter(|agents| !self.model.takes_number() && *agents != default) {
            return Err(Error::argument(
                match self.model.kinds.is_empty() {
                    true => format!("model `{}` has no agents, and {agents} were asked for", self.model.name),
                    false => format!(
                        "model `{}` says itself how many agents of each kind there are, and {agents} were asked for",
                        self.model.name
                    ),
                },
                match self.model.kinds.is_empty() {
                    true => "leave their number out".to_owned(),
                    false => format!("set its parameters: {}", self.model.number_parameters().join(", ")),
                },
            ));
        }
        let count = self.world_count();
        if count == 0 {
            return Err(Error::argument("a batch cannot have 0 worlds", "give at least 1 with --worlds"));
        }
        let (width, height) = match (&self.map, self.size) {
            (Some(map), Some((width, height))) if (map.width(), map.height()) != (width, height) => {
                return Err(Error::argument(
                    format!(
                        "map {} is {} by {}, not {width} by {height}",
                        map.name(),
                        map.width(),
                        map.height()
                    ),
                    "leave the size out: a map has its own",
                ));
            }
            (Some(map), _) => (map.width(), map.height()),
            (None, Some(_)) if self.graph.is_some() => {
                return Err(Error::argument(
                    "a graph has no columns and rows: its cells are its nodes",
                    "leave the size out",
                ));
            }
            (None, Some(size)) => size,
            (None, None) => match self.chosen_graph() {
                Some(Ground::Given(graph)) => (graph.nodes(), 1),
                Some(Ground::Generated(shape, _)) => (shape.nodes, 1),
                None => (self.model.size[0], self.model.size[1]),
            },
        };
        self.check_memory(width, height, agents, count as u64)?;
        Ok((width, height))
    }

    /// What the worlds stand on, once [`prepare`](Builder::prepare) made it: the map, an open one where none was given,
    /// and whether it is a torus.
    ///
    /// # Errors
    /// When the model would walk through the map's walls, or an open map does not fit.
    pub(crate) fn ground(&self) -> Result<(Map, bool)> {
        let model = &self.model;
        let (width, height) = self.size.unwrap_or((model.size[0], model.size[1]));
        let map = match &self.map {
            Some(map) => map.clone(),
            None => Map::open(width, height)?,
        };
        if let (Some(graph), None) = (map.graph(), model.graph) {
            return Err(Error::argument(
                format!("model `{}` looks along no graph, and was given {}", model.name, graph.name()),
                "run it without one, or add `[graph]` to its head and use degree(at) and neighbour(at, k)",
            ));
        }
        if !map.is_open() && model.wall_layer().is_none() {
            return Err(Error::argument(
                format!(
                    "model `{}` has no layer with `from = \"map\"`, it would walk through the walls of map {}",
                    model.name,
                    map.name()
                ),
                "add `wall = { bits = 1, from = \"map\" }` under `[layers]` and use it, or run without the map",
            ));
        }
        Ok((map, self.wraps.unwrap_or(self.map.is_none() && model.wraps)))
    }

    /// The worlds, once [`check_sizes`](Builder::check_sizes) found that they can be.
    fn make_worlds(&self, changes: &Changes) -> Result<Worlds> {
        let model = &self.model;
        let agents = self.agent_count();
        let count = self.world_count();
        let seeds = match self.seeds.is_empty() {
            true => (0..count as u64).map(|index| self.first_seed.wrapping_add(index)).collect(),
            false => self.seeds.clone(),
        };
        let (map, wraps) = self.ground()?;
        let reachable = Arc::new(map.reachable(model.neighbours, wraps)?);
        let common = parameter_values(model, &self.set)?;
        let mut parameters = vec![common; count];
        for (world, name, value) in &self.each {
            let index = crate::plan::world_index(*world, count)?;
            set_parameter(model, &mut parameters[index], name, *value)?;
        }
        let mut free: BTreeSet<usize> = changes.places().collect();
        for name in &self.free {
            free.extend(model.parameter_places(name)?);
        }
        let free = free.into_iter().collect();
        let populations = self.populations.clone();
        for told in &populations {
            told.check_places(model, (map.width(), map.height()), &reachable)?;
        }
        Ok(Worlds { map: Arc::new(map), reachable, wraps, agents, seeds, parameters, free, populations })
    }

    /// Bytes that one world takes: its agents, its layers with their second copies and what stands beside them; the map,
    /// which worlds share, is left out, and so are layers that never change.
    pub(crate) fn world_bytes(model: &Model, map: &Map, agents: u32) -> u64 {
        let numbers = model.numbers(Some(agents), &model.defaults());
        let setting = Setting::alone(model, [map.width(), map.height()], map.is_open(), numbers);
        let footprint = Footprint::of(model, &setting);
        footprint.agents.saturating_add(footprint.layers).saturating_add(BYTES_OF_A_WORLD)
    }

    /// Refuses what cannot fit in this machine: map, agents, layers with their second copies, and what each world takes
    /// beside them.
    fn check_memory(&self, width: u32, height: u32, agents: u32, worlds: u64) -> Result<()> {
        if width == 0 || height == 0 || u64::from(width) * u64::from(height) > crate::world::map::MOST_CELLS {
            return Err(Error::argument(
                format!("a grid cannot be {width} by {height}"),
                "use from 1 to 2^31 cells in all",
            ));
        }
        let open = match (&self.map, self.generate) {
            (Some(map), _) => map.is_open(),
            (None, generate) => generate.is_none_or(|(kind, _)| kind == Generator::Open),
        };
        let numbers = self.model.numbers(Some(agents), &parameter_values(&self.model, &self.set)?);
        let setting = Setting::alone(&self.model, [width, height], open, numbers);
        let state = Footprint::of(&self.model, &setting).batch(worlds);
        // A map that is there already is part of what this machine has left. Where there are walls, the cells that can be
        // reached are a second map.
        let maps = u64::from(self.map.is_none()) + u64::from(!open);
        let needed = state
            .saturating_add(map::bytes(u64::from(width) * u64::from(height)) * maps)
            .saturating_add(worlds.saturating_mul(BYTES_OF_A_WORLD));
        let batch = if worlds == 1 { "a world".to_owned() } else { format!("a batch of {worlds} worlds") };
        memory::check(
            &format!("{batch} of {width} by {height} cells with {agents} agents"),
            needed,
            "use fewer worlds, fewer agents or a smaller grid",
        )
    }

    fn thread_count(&self) -> Result<usize> {
        match self.threads {
            Some(threads) => check_threads(threads),
            None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        }
    }
}

/// Refuses a number of agents that no world can have.
pub(crate) fn check_agents(agents: u32) -> Result<()> {
    match agents {
        0 => Err(Error::argument("a world cannot have 0 agents", "give at least 1 with --agents")),
        1..=MOST_AGENTS => Ok(()),
        _ => Err(Error::argument(format!("a world cannot have {agents} agents"), "give at most 2^31")),
    }
}

/// An agent's number and its sign must fit in 32 bits.
const MOST_AGENTS: u32 = 1 << 31;

/// More threads than any machine has cores; some systems do not start many more.
const MOST_THREADS: usize = 1024;

/// The number of threads, if there can be so many.
///
/// # Errors
/// When it is 0 or more than any machine has.
pub fn check_threads(threads: usize) -> Result<usize> {
    match threads {
        0 => Err(Error::argument("0 threads run nothing", "give at least 1 with --threads")),
        1..=MOST_THREADS => Ok(threads),
        _ => Err(Error::argument(
            format!("{threads} threads are more than any machine has"),
            format!("give at most {MOST_THREADS} with --threads, or leave it out for one on each core"),
        )),
    }
}
