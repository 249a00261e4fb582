//! What a model's head may say of a graph, and what its rules may be called.

use throng::model::{GraphKind, GraphShape};
use throng::{Error, Model};

use crate::common::model;

const BODY: &str = "struct Agent { pos: vec2<i32> }\nfn go(me: Agent) -> Agent { return me; }\n";

fn head(lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("//! {line}\n")).collect();
    format!("//! # Goes.\n{lines}//! [step]\n//! stages = [\"go\"]\n{BODY}")
}

#[test]
fn a_head_says_what_graph_there_is() {
    let graph = |lines: &str| model("goes", &head(lines)).graph;
    assert_eq!(graph(""), None);
    let shape = |kind, nodes, degree, rewire| Some(GraphShape { kind, nodes, degree, rewire });
    assert_eq!(graph("[graph]"), shape(GraphKind::SmallWorld, 1000, 10.0, 0.1));
    let random = "[graph]\ngenerate = \"random\"\nnodes = 7\ndegree = 2.5";
    assert_eq!(graph(random), shape(GraphKind::Random, 7, 2.5, 0.1));
    assert_eq!(model("goes", &head(random)).size, [7, 1]);
}

#[test]
fn mistakes_in_it_are_shown_where_they_are() {
    for (text, line, what, remedy) in [
        (head("[graph]\nedges = 5"), 3, "`[graph]` has no `edges`", "generate, nodes, degree, rewire"),
        (head("[graph]\ngenerate = \"smallworld\""), 3, "`smallworld`", "did you mean `small-world`?"),
        (head("[graph]\ngenerate = \"edges.txt\""), 3, "`edges.txt`", "--graph"),
        (head("[graph]\nnodes = 0"), 3, "0 nodes", "1 to 2^31"),
        (head("[graph]\nnodes = 5\ndegree = 10"), 4, "5 nodes cannot have 10 edges each", "0 to 4"),
        (head("[graph]\ndegree = 3"), 3, "degree of 3", "even number"),
        (head("[graph]\nrewire = 1.5"), 3, "1.5 is no chance", "0 to 1"),
        (head("[graph]\nrewire = \"much\""), 3, "the string \"much\"", "write a number"),
        (head("[grid]\nsize = [5, 5]\n[graph]"), 3, "no size of its own", "`nodes`"),
        (head("graph = 5"), 2, "`[graph]` cannot be 5", "[graph]"),
        (head("[graphs]"), 2, "no section `graphs`", "did you mean `graph`?"),
        (head("[graph]\n[layers]\ndegree = { bits = 8 }"), 4, "`degree` is already", "another name"),
        (
            head("[graph]") + "fn neighbour(at: vec2<i32>) -> u32 { return 0u; }\n",
            7,
            "`neighbour` is already something that every rule with a graph can call",
            "another name",
        ),
    ] {
        let error = Model::text("goes", &text).unwrap_err();
        let Error::Model(mistakes) = &error else { panic!("{error}") };
        let first = &mistakes.list[0];
        assert_eq!(mistakes.place(first.span.start).0, line, "{error}");
        assert!(first.what.contains(what) && first.remedy.contains(remedy), "{error}");
    }
    // Without a graph the names are free, and its functions are not there.
    let free = head("[layers]\ndegree = { bits = 8 }")
        + "fn neighbour(at: vec2<i32>) -> u32 { return degree(at); }\n";
    assert!(Model::text("goes", &free).is_ok());
    let calls = head("").replace("return me;", "let none = degree(me.pos); return me;");
    assert!(Model::text("goes", &calls).unwrap_err().to_string().contains("degree"));
}
