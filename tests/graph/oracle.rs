//! The epidemic against a naive one with the same random numbers: equal cell by cell after every step.

use throng::world::graph::Graph;
use throng::world::random::philox;
use throng::{Run, Schedule, Simulation};

use crate::common::{backends, builtin, changed};
use crate::{build, graph};

const SEED: u64 = 0x1_0000_0007;
const BETA: f64 = 0.15;
const GAMMA: f64 = 0.3;
const FIRST: f64 = 0.05;
/// The stream by which layer 1 is filled, as docs/model-file.md numbers them: fills begin at 0x80010000.
const FILL: u32 = 0x8001_0001;

/// The draws of one node in one step, one after the other.
struct Draws {
    node: u32,
    step: u32,
    stage: u32,
    drawn: u32,
}

impl Draws {
    fn chance(&mut self, p: f64) -> bool {
        let key = [SEED as u32, (SEED >> 32) as u32];
        let block = philox([self.node, self.step, self.stage, self.drawn / 4], key);
        let word = block[self.drawn as usize % 4];
        self.drawn += 1;
        word < (p * 4294967296.0).round() as u32
    }
}

fn begun(graph: &Graph) -> Vec<u32> {
    let ill = |node| Draws { node, step: 0, stage: FILL, drawn: 0 }.chance(FIRST);
    (0..graph.nodes()).map(|node| u32::from(ill(node))).collect()
}

/// A step; where it is not synchronous, each node sees what those before it have become.
fn stepped(graph: &Graph, now: &[u32], step: u32, synchronous: bool) -> Vec<u32> {
    let mut next = now.to_vec();
    for node in 0..graph.nodes() {
        let mut draws = Draws { node, step, stage: 0, drawn: 0 };
        let seen = if synchronous { now } else { &next };
        let status = match seen[node as usize] {
            1 if draws.chance(GAMMA) => 2,
            0 => {
                let mut near = graph.neighbours(node).iter();
                u32::from(near.any(|other| seen[*other as usize] == 1 && draws.chance(BETA)))
            }
            same => same,
        };
        next[node as usize] = status;
    }
    next
}

#[test]
fn epidemics_are_those_of_a_naive_one() {
    let shapes =
        ["small-world:nodes=300,degree=6", "random:nodes=257,degree=5", "scale-free:nodes=400,degree=4"];
    let star: Vec<[u32; 2]> = (1..200).map(|node| [0, node]).collect();
    let graphs = shapes.iter().map(|shape| graph(shape, 3));
    let star = [Graph::from_edges("star", 205, &star, true).unwrap()];
    for graph in graphs.chain(star) {
        for (backend, schedule) in backends()
            .into_iter()
            .flat_map(|backend| [Schedule::Wide, Schedule::Resident].map(|s| (backend, s)))
        {
            let worlds = Simulation::of(builtin("sir-network")).graph(graph.clone()).schedule(schedule);
            let worlds = worlds.set("beta", BETA).set("gamma", GAMMA).set("first", FIRST);
            // The second world is the oracle's: worlds share the graph and nothing else.
            let mut worlds = build(&worlds.seeds([5, SEED, 6]).threads(2), backend);
            let mut naive = begun(&graph);
            assert_eq!(worlds.layer("status", 1).unwrap(), naive, "{}, {backend:?}", graph.name());
            let mut differs = false;
            for step in 1..=12 {
                worlds.run(&Run::steps(1)).unwrap();
                let wrong = stepped(&graph, &naive, step, false);
                naive = stepped(&graph, &naive, step, true);
                differs |= wrong != naive;
                let what = format!("{}, {backend:?}, {schedule:?}, step {step}", graph.name());
                assert!(worlds.layer("status", 1).unwrap() == naive, "{what}");
            }
            assert!(differs || graph.directed(), "a sequential update would not have been noticed");
        }
    }
}

#[test]
fn a_rule_that_overlooks_an_acquaintance_is_noticed() {
    let right = builtin("sir-network");
    let wrong = changed(&right, "k < degree(at)", "k + 1u < degree(at)");
    let graph = graph("small-world:nodes=300,degree=6", 3);
    for backend in backends() {
        let end = |model: &throng::Model| {
            let worlds = Simulation::of(model.clone()).graph(graph.clone()).set("beta", BETA);
            let mut worlds = build(&worlds.set("gamma", GAMMA).set("first", FIRST).seed(SEED), backend);
            worlds.run(&Run::steps(5)).unwrap();
            worlds.layer("status", 0).unwrap()
        };
        let naive = (1..=5).fold(begun(&graph), |now, step| stepped(&graph, &now, step, true));
        assert!(end(&right) == naive);
        assert!(end(&wrong) != naive, "{backend:?}");
    }
}
