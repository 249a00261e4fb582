//! `throng search` as its users meet it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const MODEL: &str = "//! # The nearer the weights are to 1, 2 and 3, the better.\n//! [params]\n\
    //! weights = { count = 3, default = 0.0, range = [-4, 4] }\n//! pace = { default = 2, range = [0, 8] }\n\
    //! [step]\n//! stages = [\"go\"]\n//! [metrics]\n//! far = { mean = \"far\", fixed = true }\n//! pace = { max = \"pace\" }\n\
    struct Agent { far: i32, pace: i32 }\n\
    fn go(me: Agent) -> Agent {\n    var next = me;\n    next.far = 0;\n    next.pace = params.pace;\n\
    \x20   for (var i = 0; i < 3; i += 1) {\n\
    \x20       let off = params.weights[i] - (i + 1) * FIXED_ONE;\n        next.far += fixed_multiply(off, off);\n    }\n\
    \x20   next.far += i32(random_below(8u));\n    return next;\n}\n";

fn throng(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("throng starts")
}

fn written(folder: &Path) -> String {
    let path = folder.join("model.wgsl");
    fs::write(&path, MODEL).unwrap();
    path.display().to_string()
}

fn search(model: &str, out: &Path, generations: &str) -> String {
    let output = throng(&[
        "search",
        model,
        "--minimise",
        "far",
        "--over",
        "weights=-4..4",
        "--generations",
        generations,
        "--seeds",
        "2",
        "--held-out",
        "4",
        "--best",
        "2",
        "--steps",
        "2",
        "--size",
        "4x4",
        "--agents",
        "3",
        "--out",
        &out.display().to_string(),
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_best_is_found_and_can_be_run() {
    let folder = tempfile::tempdir().unwrap();
    let model = written(folder.path());
    let out = folder.path().join("found");
    let printed = search(&model, &out, "60");
    assert!(printed.contains("generation 59: 7 candidates in 14 worlds, best 0.0"), "{printed}");
    assert!(printed.contains("far on held-out seeds"), "{printed}");
    let best = out.join("best.toml").display().to_string();
    let run = throng(&["run", &model, "--params", &best, "--json", "--size", "4x4", "--steps", "2"]);
    let run: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let far = run["metrics"]["far"].as_f64().unwrap();
    assert!(far < 0.001, "{far}");
    // What was not searched, and what a user sets beside the file.
    assert_eq!(run["metrics"]["pace"], 2.0);
    let list =
        throng(&["run", &model, "--params", &best, "--set", "weights=1,2,0", "--json", "--size", "4x4"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert!((list["metrics"]["far"].as_f64().unwrap() - 9.0).abs() < 0.001, "{list}");
    let numbers = folder.path().join("numbers");
    fs::write(&numbers, "1\n2, 3\n").unwrap();
    let setting = format!("weights=@{}", numbers.display());
    let file = throng(&["run", &model, "--set", &setting, "--json", "--size", "4x4"]);
    let file: serde_json::Value = serde_json::from_slice(&file.stdout).unwrap();
    assert!(file["metrics"]["far"].as_f64().unwrap() < 0.001, "{file}");
}

/// All files but the seconds in them.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for inside in [folder.to_owned(), folder.join("candidates")] {
        for entry in fs::read_dir(&inside).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_file() && name != "search.json" {
                let mut content = fs::read(&path).unwrap();
                if name == "generations.csv" {
                    let text = String::from_utf8(content).unwrap();
                    let lines = text.lines().map(|line| line.rsplit_once(',').unwrap().0);
                    content = lines.collect::<Vec<_>>().join("\n").into_bytes();
                }
                files.push((name, content));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_search_that_is_run_again_goes_on_and_ends_as_if_undisturbed() {
    let folder = tempfile::tempdir().unwrap();
    let model = written(folder.path());
    let (undisturbed, resumed, other) =
        (folder.path().join("one"), folder.path().join("two"), folder.path().join("three"));
    search(&model, &undisturbed, "6");
    search(&model, &resumed, "2");
    assert!(search(&model, &resumed, "6").starts_with("going on after 2 generations\ngeneration 2:"));
    assert_eq!(contents(&undisturbed).len(), 6 + 4);
    assert_eq!(contents(&resumed), contents(&undisturbed));
    search(&model, &other, "5");
    assert_ne!(contents(&other), contents(&undisturbed));
}

#[test]
fn what_cannot_be_searched_is_told_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let model = written(folder.path());
    let wrong = folder.path().join("wrong.toml");
    fs::write(&wrong, "weights = \"many\"\n").unwrap();
    let wrong = wrong.display().to_string();
    let usual = ["search", &model, "--minimise", "far"];
    let cases: &[(&[&str], &str)] = &[
        (&["--over", "weight=0..1"], "did you mean `weights`?"),
        (&["--over", "weights=1..0"], "no interval"),
        (&["--over", "weights=0..9"], "goes from -4 to 4"),
        (&["--over", "weights"], "write NAME=LO..HI"),
        (&["--over", "weights=a..b"], "write NAME=LO..HI"),
        (&["--over", "pace=0..8", "--over", "pace=0..4"], "`pace` is searched twice"),
        (&["--over", "pace=0.5..8"], "whole numbers"),
        (&["--over", "weights=0..1:log"], "above 0"),
        (&["--over", "pace=0..8", "--worlds", "4"], "leave --worlds out"),
        (&["--over", "pace=0..8", "--method", "map-elites"], "--describe"),
        (
            &["--over", "pace=0..8", "--method", "map-elites", "--describe", "far=1..1"],
            "two different numbers",
        ),
        (&["--over", "pace=0..8", "--method", "anneal"], "anneal"),
        (&["--over", "pace=0..8", "--seeds", "0"], "from 1 to 1M"),
        (&["--over", "pace=0..8", "--sigma", "2"], "at most 1"),
        (&["--over", "pace=0..8", "--params", &wrong], "neither a number nor a list"),
        (&["--over", "pace=0..8", "--params", "missing.toml"], "missing.toml"),
        (&["--over", "pace=0..8", "--set", "weights=1,2"], "2 of 3 values"),
        (&["--over", "pace=0..8", "--set", "weights=@missing"], "missing"),
        (&["--over", "pace=0..8", "--until", "fare > 1"], "did you mean `far`"),
    ];
    for (flags, word) in cases {
        refused(&[&usual, *flags].concat(), word);
    }
    refused(&["search", &model, "--maximise", "fare", "--over", "pace=0..8"], "did you mean `far`");
    refused(&["search", &model, "--maximise", "last far", "--over", "pace=0..8"], "is no output");
    refused(&["search", &model, "--over", "pace=0..8"], "--maximise");
    refused(&["search", &model, "--minimise", "far"], "--over");
}

fn refused(arguments: &[&str], word: &str) {
    let output = throng(arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
    assert!(told.starts_with("error: ") && told.lines().count() == 1, "{arguments:?}: {told}");
    assert!(told.contains(word), "{arguments:?} does not say `{word}`: {told}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
}
