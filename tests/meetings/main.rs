//! Agents that meet, against plain programs that know nothing of the engine: who is near, who is born and who dies, who wins
//! what several claim, and who is matched with whom. Each comparison is shown to reject a wrong rule.

#[path = "../common/mod.rs"]
mod common;

mod births;
mod chance;
mod claims;
mod matching;
mod neighbours;
mod totals;

/// The words of the agents of a kind in a world, a row each, in the order in which they were born.
fn rows(simulation: &mut throng::Simulation, kind: &str, world: u32) -> Vec<Vec<u32>> {
    let agents = simulation.agent_words(kind, world).unwrap_or_else(|error| panic!("{error}"));
    let stride = agents.words.len() / agents.ids.len().max(1);
    agents.words.chunks_exact(stride.max(1)).map(<[u32]>::to_vec).collect()
}
