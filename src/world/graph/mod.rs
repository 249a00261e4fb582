//! Graphs of places or acquaintances: who is next to whom, where that is not a matter of a grid.
//!
//! A graph is read from a list of edges ([`Graph::read`]), made from a seed ([`Graph::generate`]) or given
//! ([`Graph::from_edges`]). A world on it has its nodes for cells, in one row ([`Map::of_graph`]); on any other map a rule
//! that looks along a graph looks along the map's own: each cell that can be reached knows those next to it.
//!
//! ```
//! use throng::world::graph::Graph;
//! use throng::{Model, Run, Simulation};
//!
//! # fn main() -> throng::Result<()> {
//! let triangle_and_tail = Graph::from_edges("friends", 4, &[[0, 1], [1, 2], [2, 0], [2, 3]], false)?;
//! assert_eq!(triangle_and_tail.neighbours(2), [0, 1, 3]);
//! let model = Model::builtin("sir-network")?;
//! let mut people = Simulation::of(model).graph(triangle_and_tail).set("first", 0.5).change("beta", 5, 0.9).build()?;
//! people.run(&Run::steps(10))?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Map::of_graph`]: super::map::Map::of_graph

mod edge_list;
mod generate;
mod lattice;

use std::path::PathBuf;
use std::sync::Arc;

use super::Worlds;
use super::memory;
use crate::error::{Error, Result};
use crate::model::{GraphShape, Model};

/// Nodes and the edges between them, in compressed rows: cloning is cheap.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    name: Arc<str>,
    origin: GraphOrigin,
    directed: bool,
    nodes: u32,
    /// For each node the place in here at which its neighbours begin, then where the last one's end, then the neighbours.
    words: Arc<Vec<u32>>,
    /// What each node was called, where it was not called by its number.
    ids: Option<Arc<Vec<u32>>>,
    left_out: LeftOut,
}

/// Where a graph comes from: all that is needed to get it again.
#[derive(Debug, Clone, PartialEq)]
pub enum GraphOrigin {
    /// A list of edges.
    File(PathBuf),
    /// A generator, with its seed.
    Generated(GraphShape, u64),
    /// The cells of a map.
    Lattice,
    /// The program, edge by edge.
    Given,
}

/// What a list of edges had that a graph has not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Edges from a node to itself.
    pub loops: u64,
    /// Edges that were there already; without directions also those that came back.
    pub repeated: u64,
}

/// Words that a graph takes at most: places among them are numbers of 32 bits.
const MOST_WORDS: u64 = u32::MAX as u64;

impl Graph {
    /// Reads a list of edges: two whole numbers a line, with blanks, a comma or a semicolon between them; lines that begin
    /// with `#` or `%` are comments, as in the files of SNAP and KONECT. Nodes are all numbers that occur, in ascending
    /// order. An edge goes both ways unless `directed`. Edges from a node to itself and repeated ones are left out, and
    /// counted.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be read, [`Error::Graph`] with the line when it holds no such list.
    pub fn read(path: impl AsRef<std::path::Path>, directed: bool) -> Result<Graph> {
        edge_list::read(path.as_ref(), directed)
    }

    /// The graph that a word names: a shape to generate with this seed (see [`GraphShape::parse`]), or a file of edges.
    ///
    /// # Errors
    /// As those of [`read`](Graph::read), [`generate`](Graph::generate) and [`GraphShape::parse`]; a generated graph has no
    /// directions.
    pub fn named(text: &str, directed: bool, otherwise: Option<GraphShape>, seed: u64) -> Result<Graph> {
        match GraphShape::is_meant_by(text) {
            true if directed => Err(Error::argument(
                format!("the edges of a generated graph go both ways, and `{text}` is generated"),
                "leave `directed` out",
            )),
            true => Graph::generate(&GraphShape::parse(text, otherwise)?, seed),
            false => Graph::read(text, directed),
        }
    }

    /// Reads a list of edges from the content of a file, as [`read`](Graph::read) does.
    ///
    /// # Errors
    /// As those of [`read`](Graph::read).
    pub fn from_bytes(path: impl AsRef<std::path::Path>, bytes: &[u8], directed: bool) -> Result<Graph> {
        edge_list::parse(path.as_ref(), bytes, directed)
    }

    /// Makes a graph; the same arguments give the same graph on every machine.
    ///
    /// # Errors
    /// When it does not fit in this machine's memory.
    pub fn generate(shape: &GraphShape, seed: u64) -> Result<Graph> {
        let needed = shape.edges().saturating_mul(2).saturating_add(u64::from(shape.nodes) + 1);
        let name = format!("{}-{}-seed-{seed}", shape.kind.name(), shape.nodes);
        check_words(&name, needed)?;
        // Edges are held as pairs, and sorted both ways round, before they are packed; a small world has lists as well.
        let bytes = shape.edges().saturating_mul(40).saturating_add(u64::from(shape.nodes) * 32);
        memory::check(&format!("the graph {name}"), bytes, "use fewer nodes or a lower degree")?;
        let arcs = generate::arcs(shape, seed);
        let (words, _) = packed(shape.nodes, arcs);
        let origin = GraphOrigin::Generated(*shape, seed);
        Ok(Graph {
            name: name.into(),
            origin,
            directed: false,
            nodes: shape.nodes,
            words: Arc::new(words),
            ids: None,
            left_out: LeftOut::default(),
        })
    }

    /// A graph of these edges between nodes numbered from 0 to `nodes` - 1; as [`read`](Graph::read) otherwise.
    ///
    /// # Errors
    /// [`Error::Argument`] when there are no nodes, or an edge has an end that is none.
    pub fn from_edges(name: &str, nodes: u32, edges: &[[u32; 2]], directed: bool) -> Result<Graph> {
        if nodes == 0 || u64::from(nodes) > super::map::MOST_CELLS {
            return Err(Error::argument(
                format!("the graph {name} cannot have {nodes} nodes"),
                "give from 1 to 2^31",
            ));
        }
        if let Some([from, to]) = edges.iter().find(|edge| edge.iter().any(|end| *end >= nodes)) {
            return Err(Error::argument(
                format!("the graph {name} has no edge from {from} to {to}: it has {nodes} nodes"),
                "number them from 0",
            ));
        }
        Graph::of(name, GraphOrigin::Given, nodes, edges, directed, None)
    }

    fn of(
        name: &str,
        origin: GraphOrigin,
        nodes: u32,
        edges: &[[u32; 2]],
        directed: bool,
        ids: Option<Arc<Vec<u32>>>,
    ) -> Result<Graph> {
        let ways = if directed { 1 } else { 2 };
        check_words(name, ways * edges.len() as u64 + u64::from(nodes) + 1)?;
        memory::check(
            &format!("the graph {name}"),
            ways * edges.len() as u64 * 24,
            "use a graph with fewer edges",
        )?;
        let loops = edges.iter().filter(|[from, to]| from == to).count() as u64;
        let between = || edges.iter().filter(|[from, to]| from != to);
        let mut arcs: Vec<u64> = Vec::with_capacity(ways as usize * edges.len());
        arcs.extend(between().map(|[from, to]| arc(*from, *to)));
        if !directed {
            arcs.extend(between().map(|[from, to]| arc(*to, *from)));
        }
        let (words, repeated) = packed(nodes, arcs);
        let left_out = LeftOut { loops, repeated: repeated / ways };
        Ok(Graph { name: name.into(), origin, directed, nodes, words: Arc::new(words), ids, left_out })
    }

    /// The graph that the rules of a batch look along: that of its map, or else the one that its cells are; none for a
    /// model whose rules look along none.
    ///
    /// # Errors
    /// When the graph of so many cells does not fit in this machine.
    pub(crate) fn of_worlds(model: &Model, worlds: &Worlds) -> Result<Option<Graph>> {
        match (model.graph, worlds.map.graph()) {
            (None, _) => Ok(None),
            (Some(_), Some(graph)) => Ok(Some(graph.clone())),
            (Some(_), None) => {
                let words = lattice::words(&worlds.map, &worlds.reachable, model.neighbours, worlds.wraps)?;
                Ok(Some(Graph {
                    name: worlds.map.name().into(),
                    origin: GraphOrigin::Lattice,
                    directed: false,
                    nodes: worlds.map.cells() as u32,
                    words: Arc::new(words),
                    ids: None,
                    left_out: LeftOut::default(),
                }))
            }
        }
    }

    /// What it is called: its file's name without the extension, or how it was made.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it comes from.
    pub fn origin(&self) -> &GraphOrigin {
        &self.origin
    }

    /// Whether edges go from their first end to their second only.
    pub fn directed(&self) -> bool {
        self.directed
    }

    /// Nodes.
    pub fn nodes(&self) -> u32 {
        self.nodes
    }

    /// Edges, each counted once.
    pub fn edges(&self) -> u64 {
        let neighbours = self.words.len() as u64 - u64::from(self.nodes) - 1;
        if self.directed { neighbours } else { neighbours / 2 }
    }

    /// What was left out when it was read.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// What a node was called in the list of edges.
    pub fn id(&self, node: u32) -> u32 {
        self.ids.as_ref().and_then(|ids| ids.get(node as usize).copied()).unwrap_or(node)
    }

    /// The neighbours of a node, ascending; none for a number that is no node's.
    pub fn neighbours(&self, node: u32) -> &[u32] {
        let place = |node: usize| self.words.get(node).map(|place| *place as usize);
        match (node < self.nodes, place(node as usize), place(node as usize + 1)) {
            (true, Some(start), Some(end)) => self.words.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The least, mean and greatest number of neighbours of a node.
    pub fn degrees(&self) -> (u32, f64, u32) {
        let all = || (0..self.nodes).map(|node| self.neighbours(node).len() as u32);
        let neighbours = self.words.len() as u64 - u64::from(self.nodes) - 1;
        let mean = neighbours as f64 / f64::from(self.nodes);
        (all().min().unwrap_or(0), mean, all().max().unwrap_or(0))
    }

    /// A 64-bit hash of the nodes and their neighbours: FNV-1a over the little-endian bytes.
    pub fn hash(&self) -> u64 {
        self.words.iter().flat_map(|word| word.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }

    /// What rules look into.
    pub(crate) fn words(&self) -> &Arc<Vec<u32>> {
        &self.words
    }
}

/// An edge one way, so that numbers ascend as their ends do.
fn arc(from: u32, to: u32) -> u64 {
    u64::from(from) << 32 | u64::from(to)
}

fn check_words(name: &str, words: u64) -> Result<()> {
    match words <= MOST_WORDS {
        true => Ok(()),
        false => Err(Error::argument(
            format!(
                "the graph {name} has too many edges: its nodes and their neighbours are {words} numbers"
            ),
            "use a graph with fewer than 2^32 in all",
        )),
    }
}

/// Compressed rows of arcs in any order, and how many were there more than once.
fn packed(nodes: u32, mut arcs: Vec<u64>) -> (Vec<u32>, u64) {
    use rayon::slice::ParallelSliceMut;
    arcs.par_sort_unstable();
    let before = arcs.len();
    arcs.dedup();
    let mut words = Vec::with_capacity(nodes as usize + 1 + arcs.len());
    let first = u64::from(nodes) + 1;
    let mut at = 0;
    for node in 0..=u64::from(nodes) {
        words.push((first + at as u64) as u32);
        while at < arcs.len() && arcs[at] >> 32 == node {
            at += 1;
        }
    }
    words.extend(arcs.iter().map(|arc| *arc as u32));
    (words, (before - arcs.len()) as u64)
}

#[cfg(test)]
mod tests;
