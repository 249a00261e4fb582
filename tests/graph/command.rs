//! Graphs on the command line and in plans.

use std::fs;
use std::process::Command;

use serde_json::Value;

/// Runs the command, in a folder: whether it succeeded, what it printed, and what it complained of.
fn throng(folder: &std::path::Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(line.split(' '))
        .current_dir(folder)
        .output()
        .expect("throng starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn json(folder: &std::path::Path, line: &str) -> Value {
    let (code, printed, complaint) = throng(folder, line);
    assert_eq!(code, Some(0), "{line}: {complaint}");
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn runs_on_graphs_say_which() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("friends.txt"), "# Nodes: 4\n1 2\n2 7\n7\t9\n9 9\n2 1\n").unwrap();
    let run = json(folder, "run sir-network --graph friends.txt --steps 3 --json --out out --set first=0.5");
    assert_eq!(run["grid"], serde_json::json!([4, 1]));
    let described: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("out/run.json")).unwrap()).unwrap();
    let graph = &described["map"]["graph"];
    assert_eq!((&graph["nodes"], &graph["edges"]), (&4.into(), &3.into()));
    assert_eq!(graph["file"], "friends.txt");
    assert_eq!(graph["left_out"], serde_json::json!({ "loops": 1, "repeated": 1 }));
    let hash =
        |line: &str| json(folder, &format!("run sir-network --steps 9 --json {line}"))["state_hash"].clone();
    // The graph's seed is one thing, the worlds' another; what is left out is the model's own.
    assert_eq!(hash("--graph small-world"), hash("--map-seed 0"));
    assert_ne!(hash("--map-seed 1"), hash("--map-seed 0"));
    assert_ne!(hash("--graph ring"), hash("--graph small-world"));
    let directed = "run sir-network --graph friends.txt --directed --steps 3 --json --out one-way";
    json(folder, directed);
    let described = fs::read_to_string(folder.join("one-way/run.json")).unwrap();
    assert!(described.contains("\"directed\": true"), "{described}");
    let (_, explained, _) = throng(folder, "check sir-network");
    assert!(explained.contains("small-world:nodes=10000,degree=10,rewire=0.1"), "{explained}");
}

#[test]
fn graphs_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("bad.csv"), "0,1\n1,2\n2,x\n").unwrap();
    fs::write(folder.join("fine.csv"), "0,1\n1,2\n").unwrap();
    for (line, word) in [
        ("run sir-network --graph bad.csv", "bad.csv, line 3: `x` is no number of a node"),
        ("run sir-network --graph none.csv", "none.csv"),
        ("run sir-network --graph ring:nodes=0", "0 nodes"),
        ("run sir-network --graph ring:nods=5", "no `nods`"),
        ("run sir-network --graph ring --size 5x5", "--size"),
        ("run sir-network --graph ring --directed", "both ways"),
        ("run sir-network --directed", "--graph"),
        ("run sir-network --graph fine.csv --map-seed 3", "--map-seed"),
        ("run walkers --graph fine.csv", "looks along no graph"),
        ("run walkers --map-seed 3", "--map-seed"),
    ] {
        let (code, printed, complaint) = throng(folder, line);
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{line}");
        assert!(complaint.contains(word) && complaint.starts_with("error: "), "{line}: {complaint}");
    }
}

#[test]
fn plans_run_on_graphs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("edges.csv"), "0,1\n1,2\n2,3\n").unwrap();
    let plan = "model = \"sir-network\"\nsteps = 4\nreplicates = 2\nparameters.first = 0.5\noutputs.all = \"final infected\"\n";
    for (name, graph) in
        [("file", "graph = \"edges.csv\""), ("shape", "graph = \"ring:nodes=20,degree=4\"\nmap_seed = 2")]
    {
        fs::write(folder.join(format!("{name}.toml")), format!("{graph}\n{plan}")).unwrap();
        let (code, printed, complaint) = throng(folder, &format!("sweep {name}.toml --csv"));
        assert_eq!(code, Some(0), "{name}: {complaint}");
        assert_eq!(printed.lines().count(), 3, "{printed}");
    }
    for (name, graph, word) in [
        ("both", "graph = \"edges.csv\"\nsize = [5, 5]", "not on both"),
        ("gone", "graph = \"gone.csv\"", "gone.csv"),
        ("way", "directed = true", "directed"),
    ] {
        fs::write(folder.join(format!("{name}.toml")), format!("{graph}\n{plan}")).unwrap();
        let (code, _, complaint) = throng(folder, &format!("sweep {name}.toml --csv"));
        assert_eq!(code, Some(2), "{name}");
        assert!(complaint.contains(word), "{name}: {complaint}");
    }
}
