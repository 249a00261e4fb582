//! The graph that a model's head asks for, along whose edges rules look and agents move.

use std::fmt;

use toml::Spanned;
use toml::de::DeValue;

use super::names::nearest;
use super::table::Table;
use crate::error::{Error, Result};
use crate::mistake::Mistake;

/// A graph to generate; with a seed this gives the same graph on every machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GraphShape {
    /// How it is made.
    pub kind: GraphKind,
    /// Nodes, from 1 to 2^31.
    pub nodes: u32,
    /// Edges of a node: of every one in a ring, in the mean otherwise.
    pub degree: f64,
    /// The chance that a small world's edge is led elsewhere.
    pub rewire: f64,
}

/// How a graph is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphKind {
    /// A ring lattice: each node knows the `degree` / 2 next ones on either side; with `degree` = `nodes` - 1 everybody
    /// knows everybody.
    Ring,
    /// A ring lattice of which each edge keeps its first end and is led to a node drawn uniformly, with chance `rewire`
    /// (D. Watts and S. Strogatz, "Collective dynamics of 'small-world' networks", Nature 393, 1998).
    SmallWorld,
    /// `nodes` * `degree` / 2 edges, any set of so many equally likely (P. Erdős and A. Rényi, "On random graphs I",
    /// Publicationes Mathematicae 6, 1959).
    Random,
    /// Nodes come one after the other and each knows `degree` / 2 of those before, drawn in proportion to their degrees;
    /// the first `degree` / 2 + 1 know each other (A.-L. Barabási and R. Albert, "Emergence of scaling in random networks",
    /// Science 286, 1999).
    ScaleFree,
}

impl GraphKind {
    /// Every kind with its name.
    pub const ALL: [(GraphKind, &'static str); 4] = [
        (GraphKind::Ring, "ring"),
        (GraphKind::SmallWorld, "small-world"),
        (GraphKind::Random, "random"),
        (GraphKind::ScaleFree, "scale-free"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<GraphKind> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// As [`GraphShape::parse`] reads it: `small-world:nodes=10000,degree=10,rewire=0.1`.
impl fmt::Display for GraphShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:nodes={},degree={}", self.kind.name(), self.nodes, self.degree)?;
        match self.kind {
            GraphKind::SmallWorld => write!(f, ",rewire={}", self.rewire),
            _ => Ok(()),
        }
    }
}

/// What a key of a shape is called, why it cannot be what it is, and what to do.
type Refusal = (&'static str, String, String);

const MOST_NODES: u32 = 1 << 31;

const EXAMPLE: &str =
    "write small-world:nodes=10000,degree=10,rewire=0.1, with any of the keys, or name a file of edges";

impl GraphShape {
    /// Whether a word names a graph to generate: a kind, alone or followed by `:` and keys. Everything else is a file.
    pub fn is_meant_by(text: &str) -> bool {
        GraphKind::named(text.split(':').next().unwrap_or_default()).is_some()
    }

    /// A shape written in one line: `ring`, `small-world:nodes=500,degree=6,rewire=0.05`. What is left out is as in
    /// `otherwise`, or else 1000 nodes of degree 10 and a chance of 0.1.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str, otherwise: Option<GraphShape>) -> Result<GraphShape> {
        let refuse = |why: String| Error::argument(format!("graph `{text}`: {why}"), EXAMPLE);
        let (kind, keys) = text.split_once(':').unwrap_or((text, ""));
        let Some(kind) = GraphKind::named(kind) else {
            let kinds = GraphKind::ALL.map(|(_, name)| name).join(", ");
            return Err(refuse(format!("`{kind}` is no kind of graph; there are {kinds}")));
        };
        let mut shape = GraphShape { kind, ..otherwise.unwrap_or(GraphShape::ORDINARY) };
        for word in keys.split(',').filter(|word| !word.trim().is_empty()) {
            let (key, value) =
                word.split_once('=').ok_or_else(|| refuse(format!("`{word}` is not KEY=VALUE")))?;
            let value = value.trim();
            let no_number = || refuse(format!("`{}` cannot be `{value}`", key.trim()));
            match key.trim() {
                "nodes" => shape.nodes = value.parse().map_err(|_| no_number())?,
                "degree" => shape.degree = value.parse().map_err(|_| no_number())?,
                "rewire" => shape.rewire = value.parse().map_err(|_| no_number())?,
                other => return Err(refuse(format!("a graph has no `{other}`"))),
            }
        }
        match shape.refuse() {
            Some((_, why, remedy)) => Err(Error::argument(format!("graph `{text}`: {why}"), remedy)),
            None => Ok(shape),
        }
    }

    /// What a shape is where nothing is said.
    const ORDINARY: GraphShape =
        GraphShape { kind: GraphKind::SmallWorld, nodes: 1000, degree: 10.0, rewire: 0.1 };

    /// Edges between two nodes, at most.
    pub fn edges(&self) -> u64 {
        (f64::from(self.nodes) * self.degree / 2.0).round() as u64
    }

    /// Why there is no such graph, if there is none.
    fn refuse(&self) -> Option<Refusal> {
        let GraphShape { kind, nodes, degree, rewire } = *self;
        if nodes == 0 || nodes > MOST_NODES {
            return Some(("nodes", format!("it cannot have {nodes} nodes"), "use 1 to 2^31".into()));
        }
        let most = f64::from(nodes - 1);
        // Written so that a NaN is refused too.
        if !(0.0..=most).contains(&degree) {
            return Some((
                "degree",
                format!("its {nodes} nodes cannot have {degree} edges each"),
                format!("use 0 to {most}: a node knows another once at most"),
            ));
        }
        if kind != GraphKind::Random && (degree % 2.0 != 0.0) {
            return Some((
                "degree",
                format!("a {} graph cannot have a degree of {degree}", kind.name()),
                "use an even number: half of the edges of a node lie on either side".into(),
            ));
        }
        if kind == GraphKind::ScaleFree && degree == 0.0 {
            return Some((
                "degree",
                "a scale-free graph needs edges".into(),
                "use a degree of 2 or more".into(),
            ));
        }
        if !(0.0..=1.0).contains(&rewire) {
            return Some(("rewire", format!("{rewire} is no chance"), "use 0 to 1".into()));
        }
        None
    }

    /// Reads the section `[graph]`; what cannot be read is found.
    pub(super) fn read(section: &Spanned<DeValue>, found: &mut Vec<Mistake>) -> Option<GraphShape> {
        let example = "`[graph]` and `generate = \"small-world\"`, `nodes = 10000`, `degree = 10` below it";
        let table = Table::of("`[graph]`", section, example, found)?;
        let before = found.len();
        table.only(&["generate", "nodes", "degree", "rewire"], found);
        let mut shape = GraphShape::ORDINARY;
        if let Some(word) = table.text("generate", found) {
            match GraphKind::named(word.get_ref()) {
                Some(kind) => shape.kind = kind,
                None => {
                    let kinds = GraphKind::ALL.map(|(_, name)| name);
                    found.push(Mistake {
                        what: format!("there is no kind of graph `{}`", word.get_ref()),
                        remedy: match nearest(word.get_ref(), kinds) {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => format!("use {}; a file is given with --graph", kinds.join(", ")),
                        },
                        span: word.span(),
                    });
                }
            }
        }
        if let Some(nodes) = table.whole("nodes", found) {
            shape.nodes = nodes.into_inner();
        }
        if let Some(degree) = table.number("degree", found) {
            shape.degree = degree.into_inner().value();
        }
        if let Some(rewire) = table.number("rewire", found) {
            shape.rewire = rewire.into_inner().value();
        }
        if found.len() == before
            && let Some((key, why, remedy)) = shape.refuse()
        {
            let span = table.value(key).map_or(section.span(), Spanned::span);
            found.push(Mistake { what: format!("the graph: {why}"), remedy, span });
        }
        (found.len() == before).then_some(shape)
    }
}
