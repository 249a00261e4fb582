//! Agents that move along edges: a random walk is at a node in proportion to its edges.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, changed, model};
use crate::{build, graph};

const WALKERS: &str = "
//! # Walkers along edges, of which each leaves a trace.
//! [graph]
//! generate = \"scale-free\"
//! nodes = 500
//! degree = 4
//! [agents]
//! number = 400
//! [layers]
//! visits = { bits = 32 }
//! [step]
//! stages = [\"walk\"]
//! [metrics]
//! degree_there = { sum = \"edges\" }
//! away = { sum = \"left\" }

struct Agent { pos: vec2<i32>, edges: u32, left: u32 }

fn walk(me: Agent) -> Agent {
    var next = me;
    next.pos = neighbour(me.pos, random_below(degree(me.pos)));
    next.edges = degree(next.pos);
    next.left = select(1u, 0u, all(next.pos == me.pos));
    add_visits(next.pos, 1u);
    return next;
}
";

fn walkers() -> Model {
    model("walkers-along-edges", WALKERS)
}

/// How many standard errors the mean degree of where walkers are is from the mean square of degrees over their mean.
fn off(model: &Model, backend: BackendChoice) -> f64 {
    let graph = graph("scale-free:nodes=500,degree=4", 2);
    let degrees: Vec<f64> = (0..500).map(|node| graph.neighbours(node).len() as f64).collect();
    let sum = |power: i32| degrees.iter().map(|degree| degree.powi(power)).sum::<f64>();
    let expected = sum(2) / sum(1);
    let variance = sum(3) / sum(1) - expected * expected;
    let walkers = Simulation::of(model.clone()).graph(graph).worlds(8).agents(400).seed(3);
    let mut walkers = build(&walkers, backend);
    // Much longer than a walk takes to forget where it began: walkers are then independent of each other.
    walkers.run(&Run::steps(200)).unwrap();
    let count = 8.0 * 400.0;
    let mean = walkers.metric("degree_there").unwrap().iter().sum::<f64>() / count;
    (mean - expected).abs() / (variance / count).sqrt()
}

#[test]
fn walkers_are_where_there_are_edges() {
    for backend in backends() {
        let off = off(&walkers(), backend);
        assert!(off < 4.0, "{backend:?}: {off} standard errors");
    }
}

#[test]
fn walkers_that_jump_or_prefer_an_edge_are_rejected() {
    let walk = "neighbour(me.pos, random_below(degree(me.pos)))";
    for (what, wrong) in [
        ("a jump anywhere", "vec2<i32>(i32(random_below(500u)), 0)"),
        ("the first edge always", "neighbour(me.pos, 0u)"),
        ("one edge too many", "neighbour(me.pos, random_below(degree(me.pos) + 1u))"),
    ] {
        let off = off(&changed(&walkers(), walk, wrong), BackendChoice::Cpu);
        assert!(off > 4.0, "{what}: {off} standard errors only");
    }
}

#[test]
fn all_backends_and_schedules_agree_on_graphs_maps_and_strange_places() {
    use throng::Schedule::{Resident, Wide};
    use throng::world::map::{Generator, Map};
    let strange = WALKERS.replace(
        "    add_visits(next.pos, 1u);",
        "    let far = me.pos + vec2<i32>(i32(random_below(2000u)) - 1000, i32(random_below(3u)) - 1);
    add_visits(neighbour(far, random_u32()), degree(far));
    add_visits(neighbour(me.pos, random_below(9u)), 1u);",
    );
    let model = model("strange-walkers", &strange);
    let on = || Simulation::of(model.clone()).agents(300).worlds(3).seed(7);
    let caves = Map::generate(Generator::Caves, 37, 29, 1).unwrap();
    let lonely = throng::world::graph::Graph::from_edges("lonely", 9, &[[0, 1], [7, 7]], false).unwrap();
    let walled = changed(&model, "//! visits", "//! wall = { bits = 1, from = \"map\" }\n//! visits");
    for (what, builder) in [
        ("its own graph", on()),
        ("a small world", on().graph(graph("small-world:nodes=100,degree=4,rewire=0.5", 1))),
        ("a graph of many nodes", on().graph(graph("random:nodes=70000,degree=3", 1))),
        ("a graph with nobody to go to", on().graph(lonely)),
        ("caves", Simulation::of(walled).agents(300).worlds(3).seed(7).map(caves)),
        ("a torus of two rows", on().size(5, 2).wraps(true)),
        ("one cell", on().size(1, 1).wraps(true)),
    ] {
        let hashes = |backend, schedule, threads| {
            let mut worlds = build(&builder.clone().schedule(schedule).threads(threads), backend);
            worlds.run(&Run::steps(15)).unwrap();
            worlds.world_hashes().unwrap()
        };
        let one = hashes(BackendChoice::Cpu, Resident, 1);
        assert_eq!(hashes(BackendChoice::Cpu, Wide, 2), one, "{what}");
        for backend in backends() {
            assert_eq!(hashes(backend, Wide, 1), one, "{what}, {backend:?}");
            // So many nodes do not fit in a workgroup's memory.
            if what != "a graph of many nodes" || backend == BackendChoice::Cpu {
                assert_eq!(hashes(backend, Resident, 1), one, "{what}, {backend:?}");
            }
        }
    }
    // Another seed of the graph is another world.
    let with = |seed| {
        let mut worlds = build(&on().graph(graph("random:nodes=100,degree=4", seed)), BackendChoice::Cpu);
        worlds.run(&Run::steps(15)).unwrap();
        worlds.state_hash().unwrap()
    };
    assert_ne!(with(1), with(2));
}

/// On an open grid a cell's neighbours are those of the grid, whatever the order.
#[test]
fn a_grid_is_a_graph_of_its_cells() {
    let text = "
//! # Counts.
//! [grid]
//! neighbours = 4
//! [graph]
//! [layers]
//! near = { bits = 32, from = \"edges\" }
//! [step]
//! stages = [\"keep\"]
fn edges(at: vec2<i32>) -> u32 {
    var sum = degree(at) * 1000u;
    for (var k = 0u; k < degree(at); k += 1u) {
        let to = neighbour(at, k);
        sum += u32(to.x + 10 * to.y);
    }
    return sum;
}
fn keep(at: vec2<i32>) { set_near(near(at)); }
";
    for (wraps, corner) in [(false, 2000 + 1 + 10), (true, 4000 + 1 + 10 + 4 + 30)] {
        for backend in backends() {
            let grid = Simulation::of(model("counts", text)).size(5, 4).wraps(wraps);
            let near = build(&grid, backend).layer("near", 0).unwrap();
            assert_eq!((near[0], near[6]), (corner, 4000 + 1 + 10 + 12 + 21), "{wraps}, {backend:?}");
        }
    }
}
