use super::*;
use crate::model::GraphKind;

fn shape(kind: GraphKind, nodes: u32, degree: f64, rewire: f64) -> GraphShape {
    GraphShape { kind, nodes, degree, rewire }
}

fn made(kind: GraphKind, nodes: u32, degree: f64, rewire: f64, seed: u64) -> Graph {
    Graph::generate(&shape(kind, nodes, degree, rewire), seed).unwrap_or_else(|error| panic!("{error}"))
}

/// Neighbours ascend, nobody is its own, and who knows is known.
fn is_simple(graph: &Graph) -> bool {
    (0..graph.nodes()).all(|node| {
        let near = graph.neighbours(node);
        near.windows(2).all(|pair| pair[0] < pair[1])
            && near
                .iter()
                .all(|other| *other != node && graph.neighbours(*other).binary_search(&node).is_ok())
    })
}

#[test]
fn generated_graphs_are_simple_and_have_their_edges() {
    for seed in 0..3 {
        for (kind, nodes, degree, rewire, edges) in [
            (GraphKind::Ring, 20, 4.0, 0.0, 40),
            (GraphKind::Ring, 7, 6.0, 0.0, 21),
            (GraphKind::SmallWorld, 500, 6.0, 0.3, 1500),
            (GraphKind::SmallWorld, 9, 8.0, 1.0, 36),
            (GraphKind::SmallWorld, 50, 8.0, 1.0, 200),
            (GraphKind::Random, 300, 5.0, 0.0, 750),
            (GraphKind::Random, 30, 25.0, 0.0, 375),
            (GraphKind::Random, 30, 29.0, 0.0, 435),
            (GraphKind::Random, 1, 0.0, 0.0, 0),
            // Three know each other, 97 know two each.
            (GraphKind::ScaleFree, 100, 4.0, 0.0, 3 + 97 * 2),
        ] {
            let graph = made(kind, nodes, degree, rewire, seed);
            assert!(is_simple(&graph), "{kind:?} {nodes}");
            assert_eq!((graph.nodes(), graph.edges()), (nodes, edges), "{kind:?} {nodes}");
            assert_eq!(graph, made(kind, nodes, degree, rewire, seed), "{kind:?}: not the same again");
        }
    }
    let hash = |seed| made(GraphKind::SmallWorld, 100, 4.0, 0.5, seed).hash();
    assert_ne!(hash(0), hash(1));
    assert_eq!(made(GraphKind::Ring, 6, 2.0, 0.0, 9).neighbours(0), [1, 5]);
}

/// Closed triples of all triples.
fn transitivity(graph: &Graph) -> f64 {
    let (mut closed, mut all) = (0.0, 0.0);
    for node in 0..graph.nodes() {
        let near = graph.neighbours(node);
        for (place, one) in near.iter().enumerate() {
            for other in &near[place + 1..] {
                all += 1.0;
                closed += f64::from(u8::from(graph.neighbours(*one).binary_search(other).is_ok()));
            }
        }
    }
    closed / all
}

/// A ring's clustering is 3(k-2)/4(k-1) exactly, and a small world's about that times (1-p)^3 (A. Barrat and M. Weigt, "On the
/// properties of small-world network models", European Physical Journal B 13, 2000).
#[test]
fn small_worlds_cluster_as_published() {
    let ring = transitivity(&made(GraphKind::Ring, 1000, 10.0, 0.0, 0));
    assert_eq!(ring, 3.0 * 8.0 / (4.0 * 9.0));
    for p in [0.05, 0.2, 0.5] {
        let found = transitivity(&made(GraphKind::SmallWorld, 20_000, 10.0, p, 1));
        let expected = ring * (1.0 - p).powi(3);
        // Triangles among edges led elsewhere are some in 20,000; edges led to what loses them make it a little less.
        assert!((found - expected).abs() < 0.02, "p = {p}: {found} for {expected}");
    }
    // A graph of which nothing is led elsewhere, or all, does not pass for one in between.
    let wrong = transitivity(&made(GraphKind::SmallWorld, 20_000, 10.0, 1.0, 1));
    assert!((wrong - ring * 0.5f64.powi(3)).abs() > 0.02, "{wrong}");
}

/// In a random graph of n nodes and M edges a node's edges are hypergeometric: mean 2M/n, variance about that times 1 - 2/n.
#[test]
fn degrees_of_random_graphs_are_hypergeometric() {
    let variance = |graph: &Graph| {
        let mean = graph.degrees().1;
        let square = |node| (graph.neighbours(node).len() as f64 - mean).powi(2);
        (0..graph.nodes()).map(square).sum::<f64>() / f64::from(graph.nodes())
    };
    let (nodes, degree) = (20_000, 8.0);
    let found = variance(&made(GraphKind::Random, nodes, degree, 0.0, 3));
    // The variance of a variance of n numbers with a Poisson's fourth moment, 3 d^2 + d, is (2 d^2 + d) / n.
    let error = ((2.0 * degree * degree + degree) / f64::from(nodes)).sqrt();
    assert!((found - degree).abs() < 4.0 * error, "{found}");
    let ring = variance(&made(GraphKind::Ring, nodes, degree, 0.0, 3));
    assert!((ring - degree).abs() > 4.0 * error);
}

/// Of a large scale-free graph of m edges a node the share of nodes with k edges is 2m(m+1) / k(k+1)(k+2) (B. Bollobás et
/// al., "The degree sequence of a scale-free random graph process", Random Structures and Algorithms 18, 2001).
#[test]
fn degrees_of_scale_free_graphs_are_as_published() {
    let nodes = 40_000;
    let share = |graph: &Graph, degree: usize| {
        let have = (0..nodes).filter(|node| graph.neighbours(*node).len() == degree).count();
        have as f64 / f64::from(nodes)
    };
    let expected = |m: f64, k: f64| 2.0 * m * (m + 1.0) / (k * (k + 1.0) * (k + 2.0));
    for (half, seed) in [(1u32, 1), (3, 2)] {
        let m = f64::from(half);
        let graph = made(GraphKind::ScaleFree, nodes, 2.0 * m, 0.0, seed);
        for degree in half..half + 5 {
            let wanted = expected(m, degree.into());
            let error = (wanted * (1.0 - wanted) / f64::from(nodes)).sqrt();
            let found = share(&graph, degree as usize);
            assert!((found - wanted).abs() < 4.0 * error, "m = {half}, {degree} edges: {found} for {wanted}");
        }
        assert!(graph.degrees().2 > 200, "there is no hub");
    }
    // A tree in which all that came before are equally likely has half of its nodes with one edge, not two thirds.
    let mixed = |node: u32| u64::from(node).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let edges: Vec<[u32; 2]> = (1..nodes).map(|node| [node, mixed(node) as u32 % node]).collect();
    let even = Graph::from_edges("even", nodes, &edges, false).unwrap();
    assert!((share(&even, 1) - expected(1.0, 1.0)).abs() > 0.1);
}

#[test]
fn shapes_are_written_as_they_are_read() {
    let text = "small-world:nodes=500,degree=6,rewire=0.05";
    let read = GraphShape::parse(text, None).unwrap();
    assert_eq!(read, shape(GraphKind::SmallWorld, 500, 6.0, 0.05));
    assert_eq!(read.to_string(), text);
    assert_eq!(GraphShape::parse("ring", Some(read)).unwrap().to_string(), "ring:nodes=500,degree=6");
    assert!(GraphShape::is_meant_by("ring:nodes=3") && !GraphShape::is_meant_by("ring.txt"));
    for (text, why) in [
        ("ring:nodes=0", "0 nodes"),
        ("ring:nodes=10,degree=3", "even number"),
        ("ring:nodes=10,degree=10", "10 nodes"),
        ("random:nodes=10,degree=-1", "-1"),
        ("random:nodes=10,degree=nan", "NaN"),
        ("scale-free:degree=0", "needs edges"),
        ("small-world:rewire=2", "no chance"),
        ("small-world:rewires=0.2", "rewires"),
        ("small-world:nodes", "KEY=VALUE"),
        ("small-world:nodes=-5", "-5"),
        ("smallworld", "no kind of graph"),
    ] {
        let error = GraphShape::parse(text, None).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
}

#[test]
fn lists_of_edges_are_read_as_others_write_them() {
    let snap = b"# Undirected graph: ../../data/output/x.txt\n# Nodes: 4 Edges: 4\n# FromNodeId\tToNodeId\n10\t30\r\n30\t10\n20 10\n7,4000000000\n\n  30;20  \n7 7\n";
    let graph = Graph::from_bytes("x.txt", snap, false).unwrap();
    assert_eq!((graph.name(), graph.nodes(), graph.edges()), ("x", 5, 4));
    assert_eq!(graph.left_out(), LeftOut { loops: 1, repeated: 1 });
    assert_eq!((0..5).map(|node| graph.id(node)).collect::<Vec<_>>(), [7, 10, 20, 30, 4_000_000_000]);
    assert_eq!(
        (0..6).map(|node| graph.neighbours(node)).collect::<Vec<_>>(),
        [&[4][..], &[2, 3], &[1, 3], &[1, 2], &[0], &[]]
    );
    let one_way = Graph::from_bytes("x.txt", snap, true).unwrap();
    assert_eq!(one_way.edges(), 5);
    assert_eq!(one_way.left_out(), LeftOut { loops: 1, repeated: 0 });
    assert_eq!(
        (0..5).map(|node| one_way.neighbours(node)).collect::<Vec<_>>(),
        [&[4][..], &[3], &[1], &[1, 2], &[]]
    );
    // The order of the lines does not matter, and a list that loses one does.
    let mut lines: Vec<&[u8]> = snap.split(|byte| *byte == b'\n').collect();
    lines.reverse();
    assert_eq!(Graph::from_bytes("x.txt", &lines.join(&b'\n'), false).unwrap().hash(), graph.hash());
    lines.retain(|line| *line != b"20 10");
    assert_ne!(Graph::from_bytes("x.txt", &lines.join(&b'\n'), false).unwrap().hash(), graph.hash());
}

#[test]
fn mistakes_in_lists_of_edges_are_told_with_their_line() {
    for (text, line, why) in [
        (&b"0 1\n1 two\n"[..], Some(2), "`two` is no number of a node"),
        (b"# all\n\n5\n", Some(3), "here is `5` alone"),
        (b"0 1 0.5\n", Some(1), "there is `0.5` behind"),
        (b"0 4294967296\n", Some(1), "`4294967296` is no number"),
        (b"-1 2\n", Some(1), "`-1` is no number"),
        (b"1.0 2\n", Some(1), "`1.0` is no number"),
        (b"source,target\n1,2\n", Some(1), "`source` is no number"),
        (b"", None, "it has no edges"),
        (b"# only a comment", None, "it has no edges"),
        (b"\x1f\x8b\x08", None, "compressed"),
    ] {
        let error = Graph::from_bytes("edges.txt", text, false).unwrap_err();
        assert!(matches!(&error, Error::Graph { line: found, .. } if *found == line), "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
    assert!(Graph::from_edges("g", 3, &[[0, 3]], false).unwrap_err().to_string().contains("3 nodes"));
    assert!(Graph::read("/nonexistent/edges.txt", false).is_err());
    assert!(Graph::read("/", false).is_err());
}

/// Whatever a file holds, it is a graph or refused.
#[test]
fn no_bytes_make_it_panic() {
    use crate::world::random::philox;
    let letters = b"0123456789 \t\r\n,;#%-.eE\xff\0x";
    for round in 0..3000u32 {
        let length = philox([round, 0, 0, 0], [1, 2])[0] % 60;
        let byte = |at: u32| {
            let [place, other, ..] = philox([round, at, 1, 0], [1, 2]);
            if other % 16 == 0 { other as u8 } else { letters[place as usize % letters.len()] }
        };
        let bytes: Vec<u8> = (0..length).map(byte).collect();
        if let Ok(graph) = Graph::from_bytes("fuzz.txt", &bytes, round % 2 == 0) {
            assert!(graph.nodes() > 0 && graph.words().len() > graph.nodes() as usize);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for kind in ["small-world:", "random:nodes=", "scale-free:degree="] {
            let _ = GraphShape::parse(&format!("{kind}{text}"), None);
        }
    }
}
