//! A model on a batch of worlds, run by two backends and compared.

use std::sync::Arc;

use throng::Model;
use throng::cpu::Cpu;
use throng::gpu::{Adapter, Gpu, adapters};
use throng::model::Placement;
use throng::model::ValueKind;
use throng::plan::{Advance, Backend, Schedule};
use throng::reduce::{Condition, Partial, Record};
use throng::world::map::Map;
use throng::world::{Worlds, parameter_values};

/// The device to test on, or nothing on a machine without any: then the test says so and passes, unless
/// `THRONG_REQUIRE_GPU` is set, as it is where the tests must not be skipped.
pub fn adapter() -> Option<Adapter> {
    let adapter = adapters().into_iter().next();
    if adapter.is_none() {
        assert!(
            std::env::var_os("THRONG_REQUIRE_GPU").is_none(),
            "THRONG_REQUIRE_GPU is set and there is no GPU device"
        );
        println!(
            "not run: no GPU device; install the software Vulkan device (mesa-vulkan-drivers) to run this test"
        );
    }
    adapter
}

/// A model on a batch of worlds.
#[derive(Clone)]
pub struct Case {
    pub model: Arc<Model>,
    map: Map,
    wraps: bool,
    agents: u32,
    seeds: Vec<u64>,
    set: Vec<(String, f64)>,
    vary: Option<(String, f64)>,
    steps: u64,
    every: u64,
    until: Option<String>,
    threads: usize,
    tolerance: f64,
}

impl Case {
    pub fn new(model: Model) -> Case {
        let map = Map::open(24, 24).unwrap_or_else(|error| panic!("{error}"));
        Case {
            wraps: model.wraps,
            model: Arc::new(model),
            map,
            agents: 20,
            seeds: vec![1],
            set: Vec::new(),
            vary: None,
            steps: 5,
            every: 1,
            until: None,
            threads: 1,
            tolerance: 0.0,
        }
    }

    pub fn size(mut self, width: u32, height: u32) -> Case {
        self.map = Map::open(width, height).unwrap_or_else(|error| panic!("{error}"));
        self
    }

    pub fn map(mut self, map: Map) -> Case {
        self.map = map;
        self.wraps = false;
        self
    }

    pub fn wraps(mut self, wraps: bool) -> Case {
        self.wraps = wraps;
        self
    }

    pub fn agents(mut self, agents: u32) -> Case {
        self.agents = agents;
        self
    }

    pub fn worlds(mut self, worlds: u64) -> Case {
        self.seeds = (0..worlds).map(|world| 0x1234_5678_9abc_def0 + world * 77).collect();
        self
    }

    pub fn seeds(mut self, seeds: &[u64]) -> Case {
        self.seeds = seeds.to_vec();
        self
    }

    pub fn set(mut self, parameter: &str, value: f64) -> Case {
        self.set.push((parameter.to_owned(), value));
        self
    }

    /// Raises a parameter from world to world.
    pub fn vary(mut self, parameter: &str, by: f64) -> Case {
        self.vary = Some((parameter.to_owned(), by));
        self
    }

    pub fn steps(mut self, steps: u64) -> Case {
        self.steps = steps;
        self
    }

    pub fn every(mut self, every: u64) -> Case {
        self.every = every;
        self
    }

    pub fn until(mut self, condition: &str) -> Case {
        self.until = Some(condition.to_owned());
        self
    }

    pub fn threads(mut self, threads: usize) -> Case {
        self.threads = threads;
        self
    }

    /// The relative difference that metrics and state of an `f32` model may have.
    pub fn tolerance(mut self, tolerance: f64) -> Case {
        self.tolerance = tolerance;
        self
    }

    pub fn batch(&self) -> Worlds {
        let mut parameters = Vec::new();
        for world in 0..self.seeds.len() {
            let mut set = self.set.clone();
            for name in self.model.number_parameters() {
                set.insert(0, (name.to_owned(), self.agents.into()));
            }
            set.extend(self.vary.iter().map(|(name, by)| (name.clone(), by * world as f64)));
            parameters.push(parameter_values(&self.model, &set).unwrap_or_else(|error| panic!("{error}")));
        }
        let reachable =
            self.map.reachable(self.model.neighbours, self.wraps).unwrap_or_else(|error| panic!("{error}"));
        // Where each has a cell of its own there are no more of them than cells.
        let apart = self.model.kinds.iter().any(|kind| kind.placement == Placement::Apart);
        let agents = if apart { self.agents.min(reachable.count() as u32) } else { self.agents };
        Worlds {
            map: Arc::new(self.map.clone()),
            reachable: Arc::new(reachable),
            wraps: self.wraps,
            agents,
            parameters,
            seeds: self.seeds.clone(),
            free: Vec::new(),
            populations: Vec::new(),
        }
    }

    pub fn cpu(&self) -> Cpu {
        self.cpu_as(Schedule::Auto)
    }

    pub fn gpu(&self, adapter: &Adapter) -> Gpu {
        self.gpu_as(adapter, Schedule::Auto)
    }

    fn cpu_as(&self, schedule: Schedule) -> Cpu {
        must(Cpu::new(self.model.clone(), &self.batch(), self.threads, schedule))
    }

    fn gpu_as(&self, adapter: &Adapter, schedule: Schedule) -> Gpu {
        must(Gpu::new(self.model.clone(), &self.batch(), adapter, schedule))
    }

    fn condition(&self) -> Option<Condition> {
        self.until
            .as_ref()
            .map(|text| Condition::parse(text, &self.model).unwrap_or_else(|error| panic!("{error}")))
    }

    /// Compares the CPU with the GPU: the state before the first step, after each step, and all records; then a second
    /// GPU that takes all steps at once.
    pub fn check(&self, adapter: &Adapter) {
        if let Some(difference) = self.difference(adapter) {
            panic!("{}: {difference}", self.model.name);
        }
    }

    /// How the CPU and the GPU differ first, if they do: step by step, and with the other schedules all steps at once.
    pub fn difference(&self, adapter: &Adapter) -> Option<String> {
        let (mut cpu, mut gpu) = (self.cpu_as(Schedule::Resident), self.gpu_as(adapter, Schedule::Wide));
        self.difference_of(&mut cpu, &mut gpu).or_else(|| {
            // A kernel for many steps takes long to compile; and worlds that no workgroup can hold are what they were.
            let several = if self.batch().len() > 1 { Schedule::Resident } else { Schedule::Auto };
            let resident = Gpu::new(self.model.clone(), &self.batch(), adapter, several);
            let mut at_once = resident.unwrap_or_else(|_| self.gpu(adapter));
            let mut again = self.cpu_as(Schedule::Wide);
            let condition = self.condition();
            let all = Advance {
                steps: self.steps,
                every: self.every,
                until: condition.as_ref(),
                last: &[],
                metrics: &[],
            };
            let theirs = must(at_once.advance(&all));
            let ours = must(again.advance(&all));
            self.difference_of_records(&ours, &theirs)
                .or_else(|| self.difference_of_states(&mut again, &mut at_once))
                .map(|difference| format!("all steps at once: {difference}"))
        })
    }

    /// How two backends differ first, if they do.
    pub fn difference_of(&self, one: &mut dyn Backend, other: &mut dyn Backend) -> Option<String> {
        let condition = self.condition();
        for step in 0..=self.steps {
            if step > 0 {
                let advance = Advance {
                    steps: 1,
                    every: self.every,
                    until: condition.as_ref(),
                    last: &[],
                    metrics: &[],
                };
                let (a, b) = (must(one.advance(&advance)), must(other.advance(&advance)));
                if let Some(difference) = self.difference_of_records(&a, &b) {
                    return Some(format!("step {step}: {difference}"));
                }
            }
            if let Some(difference) = self.difference_of_states(one, other) {
                return Some(format!("step {step}: {difference}"));
            }
        }
        let (a, b) = (must(one.measure()), must(other.measure()));
        self.difference_of_records(&a, &b).map(|difference| format!("at the end: {difference}"))
    }

    fn difference_of_states(&self, one: &mut dyn Backend, other: &mut dyn Backend) -> Option<String> {
        if (one.steps(), one.running()) != (other.steps(), other.running()) {
            return Some(format!(
                "steps {:?} {:?}, running {:?} {:?}",
                one.steps(),
                other.steps(),
                one.running(),
                other.running()
            ));
        }
        let (a, b) = (must(one.hashes()), must(other.hashes()));
        let unequal = (0..a.len()).find(|world| a[*world] != b[*world]);
        let closely = if self.tolerance > 0.0 { (0..a.len()).collect() } else { Vec::from_iter(unequal) };
        for world in closely {
            let difference = self.difference_of_world(one, other, world as u32);
            if difference.is_some() {
                return difference;
            }
        }
        unequal.filter(|_| self.tolerance == 0.0).map(|world| format!("the hashes of world {world} alone"))
    }

    fn difference_of_world(
        &self,
        one: &mut dyn Backend,
        other: &mut dyn Backend,
        world: u32,
    ) -> Option<String> {
        for (index, kind) in self.model.kinds.iter().enumerate() {
            let (a, b) = (must(one.agents(world, index)), must(other.agents(world, index)));
            if (&a.ids, a.next_id) != (&b.ids, b.next_id) {
                return Some(format!(
                    "world {world}, {}: {} and {} of them",
                    kind.name,
                    a.ids.len(),
                    b.ids.len()
                ));
            }
            let stride = kind.layout.stride as usize / 4;
            for (index, (x, y)) in a.words.iter().zip(&b.words).enumerate() {
                let Some((_, name)) = kind.layout.field_of_word((index % stride) as u32) else { continue };
                if !self.close(*x, *y) {
                    let who = a.ids[index / stride];
                    return Some(format!("world {world}, {} {who}, {name}: {x:#x} {y:#x}", kind.name));
                }
            }
        }
        for layer in 0..self.model.layers.len() {
            let (a, b) = (must(one.layer(world, layer)), must(other.layer(world, layer)));
            if a != b {
                let word = a.iter().zip(&b).position(|(x, y)| x != y);
                let what = word.map(|word| format!("word {word}: {:#x} {:#x}", a[word], b[word]));
                return Some(format!("world {world}, layer {}: {what:?}", self.model.layers[layer].name));
            }
        }
        None
    }

    fn close(&self, one: u32, other: u32) -> bool {
        one == other
            || (self.tolerance > 0.0 && self.near(f32::from_bits(one).into(), f32::from_bits(other).into()))
    }

    fn near(&self, one: f64, other: f64) -> bool {
        one == other
            || (one.is_nan() && other.is_nan())
            || (one - other).abs() <= self.tolerance * one.abs().max(other.abs()).max(1.0)
    }

    fn difference_of_records(&self, one: &[Record], other: &[Record]) -> Option<String> {
        if one.len() != other.len() {
            return Some(format!("{} records and {}", one.len(), other.len()));
        }
        for (a, b) in one.iter().zip(other) {
            if (a.world, a.step) != (b.world, b.step) {
                return Some(format!(
                    "records of world {} step {} and of world {} step {}",
                    a.world, a.step, b.world, b.step
                ));
            }
            for (metric, (x, y)) in self.model.metrics.iter().zip(a.partials.iter().zip(&b.partials)) {
                let same = match (x, y) {
                    (Partial::Totals(x), Partial::Totals(y))
                        if metric.values == ValueKind::F32 && self.tolerance > 0.0 =>
                    {
                        let extreme = |value: Option<(f64, u32)>| value.map_or(f64::NAN, |(value, _)| value);
                        x.count == y.count
                            && self.near(x.float_sum, y.float_sum)
                            && self.near(x.float_squares, y.float_squares)
                            && self.near(extreme(x.least), extreme(y.least))
                            && self.near(extreme(x.greatest), extreme(y.greatest))
                    }
                    _ => x == y,
                };
                if !same {
                    return Some(format!(
                        "world {}, step {}, metric {}: {x:?} {y:?}",
                        a.world, a.step, metric.name
                    ));
                }
            }
        }
        None
    }
}

pub fn must<T>(result: throng::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
