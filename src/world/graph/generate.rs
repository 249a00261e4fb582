//! Graphs made from a seed, each by its published definition (see [`GraphKind`]).

use super::arc;
use crate::model::{GraphKind, GraphShape};
use crate::world::random::{philox, stream};

/// All edges of a graph, both ways round, in no order.
pub(super) fn arcs(shape: &GraphShape, seed: u64) -> Vec<u64> {
    let mut draws = Draws { seed, drawn: 0 };
    let half = (shape.degree / 2.0) as u32;
    match shape.kind {
        GraphKind::Ring => small_world(shape.nodes, half, 0.0, &mut draws),
        GraphKind::SmallWorld => small_world(shape.nodes, half, shape.rewire, &mut draws),
        GraphKind::Random => random(shape.nodes, shape.edges(), &mut draws),
        GraphKind::ScaleFree => scale_free(shape.nodes, half, &mut draws),
    }
}

/// Random numbers of a graph, one after the other.
struct Draws {
    seed: u64,
    drawn: u64,
}

impl Draws {
    fn bits(&mut self) -> u64 {
        let counter = [self.drawn as u32, (self.drawn >> 32) as u32, stream::GRAPH, 0];
        self.drawn += 1;
        let [low, high, ..] = philox(counter, [self.seed as u32, (self.seed >> 32) as u32]);
        u64::from(low) | u64::from(high) << 32
    }

    /// A number below `n`; its bias is below n / 2^64.
    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    fn chance(&mut self, p: f64) -> bool {
        ((self.bits() >> 11) as f64 / (1u64 << 53) as f64) < p
    }
}

fn small_world(nodes: u32, half: u32, rewire: f64, draws: &mut Draws) -> Vec<u64> {
    let mut near: Vec<Vec<u32>> = vec![Vec::with_capacity(2 * half as usize); nodes as usize];
    // In 64 bits: two numbers of nodes may add up to more than 32.
    let ahead = |node: u32, by: u32| ((u64::from(node) + u64::from(by)) % u64::from(nodes)) as u32;
    for by in 1..=half {
        for node in 0..nodes {
            near[node as usize].push(ahead(node, by));
            near[ahead(node, by) as usize].push(node);
        }
    }
    if rewire > 0.0 {
        for by in 1..=half {
            for node in 0..nodes {
                // Who knows everybody keeps all edges: there is nobody to lead one to.
                if !draws.chance(rewire) || near[node as usize].len() as u64 + 1 >= u64::from(nodes) {
                    continue;
                }
                let to = loop {
                    let to = draws.below(nodes.into()) as u32;
                    if to != node && !near[node as usize].contains(&to) {
                        break to;
                    }
                };
                let from = ahead(node, by);
                near[node as usize].retain(|other| *other != from);
                near[from as usize].retain(|other| *other != node);
                near[node as usize].push(to);
                near[to as usize].push(node);
            }
        }
    }
    (0..).zip(&near).flat_map(|(node, near)| near.iter().map(move |to| arc(node, *to))).collect()
}

fn both_ways(edges: Vec<u64>) -> Vec<u64> {
    let back: Vec<u64> = edges.iter().map(|edge| edge.rotate_left(32)).collect();
    [edges, back].concat()
}

fn random(nodes: u32, edges: u64, draws: &mut Draws) -> Vec<u64> {
    let pairs = u64::from(nodes) * u64::from(nodes.saturating_sub(1)) / 2;
    if edges <= pairs / 2 {
        return both_ways(some_pairs(nodes, edges, draws));
    }
    // Of so many the few that are missing are drawn.
    let missing = some_pairs(nodes, pairs.saturating_sub(edges), draws);
    let all = (0..nodes).flat_map(|from| (from + 1..nodes).map(move |to| arc(from, to)));
    both_ways(all.filter(|edge| missing.binary_search(edge).is_err()).collect())
}

/// So many different pairs of different nodes, in ascending order.
fn some_pairs(nodes: u32, count: u64, draws: &mut Draws) -> Vec<u64> {
    let mut pairs: Vec<u64> = Vec::with_capacity(count as usize);
    while (pairs.len() as u64) < count {
        for _ in pairs.len() as u64..count {
            let one = draws.below(nodes.into()) as u32;
            // The other is one of the rest.
            let other = draws.below(u64::from(nodes) - 1) as u32;
            let other = if other >= one { other + 1 } else { other };
            pairs.push(arc(one.min(other), one.max(other)));
        }
        // What was kept is a sorted run, which this sort finds.
        pairs.sort();
        pairs.dedup();
    }
    pairs
}

fn scale_free(nodes: u32, half: u32, draws: &mut Draws) -> Vec<u64> {
    let first = (half + 1).min(nodes);
    let mut edges: Vec<u64> = (0..first).flat_map(|to| (0..to).map(move |from| arc(from, to))).collect();
    // Each node as often as it has edges, so that drawing from here draws in proportion (V. Batagelj and U. Brandes,
    // "Efficient generation of large random networks", Physical Review E 71, 2005).
    let mut ends: Vec<u32> = edges.iter().flat_map(|edge| [(edge >> 32) as u32, *edge as u32]).collect();
    let mut chosen: Vec<u32> = Vec::with_capacity(half as usize);
    for node in first..nodes {
        chosen.clear();
        while chosen.len() < half as usize {
            let other = ends[draws.below(ends.len() as u64) as usize];
            if !chosen.contains(&other) {
                chosen.push(other);
            }
        }
        for other in &chosen {
            edges.push(arc(*other, node));
            ends.extend([*other, node]);
        }
    }
    both_ways(edges)
}
