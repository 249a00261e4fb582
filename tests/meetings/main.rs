//! Agents that meet, against plain programs that know nothing of the engine: who is near, who is born and who dies, who wins
//! what several claim, and who is matched with whom. Each comparison is shown to reject a wrong rule.

#[path = "../common/mod.rs"]
mod common;

mod births;
mod chance;
mod claims;
mod counts;
mod matching;
mod neighbours;
mod totals;

use throng::{BackendChoice, Builder, Schedule};

/// Where worlds are run, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Way {
    backend: BackendChoice,
    schedule: Schedule,
    threads: usize,
}

impl Way {
    const CPU: Way = Way { backend: BackendChoice::Cpu, schedule: Schedule::Auto, threads: 1 };

    /// All there are: each backend, by both schedules.
    fn all() -> Vec<Way> {
        let schedules = [(Schedule::Wide, 1), (Schedule::Wide, 2), (Schedule::Resident, 1)];
        let of = |backend| schedules.map(|(schedule, threads)| Way { backend, schedule, threads });
        let is_new = |way: &Way| way.backend == BackendChoice::Cpu || way.threads == 1;
        common::backends().into_iter().flat_map(of).filter(is_new).collect()
    }

    fn of(self, worlds: Builder) -> Builder {
        worlds.backend(self.backend).schedule(self.schedule).threads(self.threads)
    }

    /// Whether worlds run as fast as this machine can.
    fn is_fast(self) -> bool {
        self.backend == BackendChoice::Cpu
    }
}

/// The words of the agents of a kind in a world, a row each, in the order in which they were born.
fn rows(simulation: &mut throng::Simulation, kind: &str, world: u32) -> Vec<Vec<u32>> {
    let agents = simulation.agent_words(kind, world).unwrap_or_else(|error| panic!("{error}"));
    let stride = agents.words.len() / agents.ids.len().max(1);
    agents.words.chunks_exact(stride.max(1)).map(<[u32]>::to_vec).collect()
}
