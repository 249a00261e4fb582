//! The binary as its users meet it: what it prints, what it writes, what it refuses.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn throng(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_throng")).args(arguments).stdin(Stdio::null()).output().expect("throng starts")
}

fn json(arguments: &[&str]) -> Value {
    let output = throng(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// Whether a command is refused as the user's mistake, in one sentence that holds `word`.
fn refused(arguments: &[&str], word: &str) -> Result<(), String> {
    let output = throng(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let problem = if output.status.code() != Some(2) {
        format!("exit {:?}", output.status.code())
    } else if !stderr.starts_with("error: ") || stderr.contains("panicked") {
        "it is no error message".to_owned()
    } else if !stderr.contains(word) {
        format!("it does not say `{word}`")
    } else if !output.stdout.is_empty() {
        "it printed something all the same".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("{arguments:?}: {problem}: {stderr}"))
}

#[test]
fn what_cannot_be_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a map").unwrap();
    let under_file = file.join("out").display().to_string();
    let file = file.display().to_string();
    let folder_path = folder.path().display().to_string();
    let cases: &[(&[&str], &str)] = &[
        (&["run", "walker"], "did you mean `walkers`"),
        (&["run", "nothing-like-it"], "explorers"),
        (&["run", ""], "built-in"),
        (&["run", "missing.wgsl"], "missing.wgsl"),
        (&["run", &folder_path], &folder_path),
        (&["run", "explorers", "--set", "persistance=3"], "did you mean `persistence`"),
        (&["run", "walkers", "--set", "anything=3"], "it has none at all"),
        (&["run", "explorers", "--set", "persistence=99"], "0 to 16"),
        (&["run", "explorers", "--set", "persistence=1.5"], "whole number"),
        (&["run", "explorers", "--set", "persistence=NaN"], "finite"),
        (&["run", "explorers", "--set", "persistence=1e999"], "finite"),
        (&["run", "explorers", "--set", "persistence"], "NAME=VALUE"),
        (&["run", "explorers", "--set", "="], "NAME=VALUE"),
        (&["run", "explorers", "--until", "coverge >= 1"], "did you mean `coverage`"),
        (&["run", "explorers", "--until", "coverage"], "compares nothing"),
        (&["run", "explorers", "--until", "coverage >= x"], "not a number"),
        (&["run", "explorers", "--until", "coverage >= NaN"], "not a number"),
        (&["run", "explorers", "--until", ""], "compares nothing"),
        (&["run", "explorers", "--map", "missing.map"], "missing.map"),
        (&["run", "explorers", "--map", &file], &file),
        (&["run", "explorers", "--map", &folder_path], &folder_path),
        (&["run", "explorers", "--out", &under_file], "file"),
        (&["run", "explorers", "--out", "/proc/nowhere"], "/proc/nowhere"),
        (&["run", "explorers", "--agents", "0"], "0 agents"),
        (&["run", "explorers", "--agents", "1e3"], "count"),
        (&["run", "explorers", "--agents", "5G"], "too many"),
        (&["run", "explorers", "--agents", "4G"], "2^31"),
        (&["run", "explorers", "--worlds", "0"], "0 worlds"),
        (&["run", "explorers", "--worlds", "4000000000"], "this machine has"),
        (&["run", "explorers", "--size", "40000x40000", "--worlds", "1k"], "this machine has"),
        (&["run", "explorers", "--size", "0x5"], "0 by 5"),
        (&["run", "explorers", "--size", "4294967295x4294967295"], "2^31"),
        (&["run", "explorers", "--size", "5"], "WIDTHxHEIGHT"),
        (&["run", "explorers", "--size", "-1x5"], "-1"),
        (&["run", "explorers", "--size", "99999999999x1"], "WIDTHxHEIGHT"),
        (&["run", "explorers", "--generate", "caves", "--size", "65536x65536"], "65536"),
        (&["run", "explorers", "--threads", "0"], "0 threads"),
        (&["run", "explorers", "--threads", "100000"], "100000"),
        (&["run", "explorers", "--steps", "1e30"], "count"),
        (&["run", "explorers", "--steps", "1000000M"], "too many steps"),
        (&["run", "explorers", "--every", "0"], "0"),
        (&["run", "explorers", "--seed", "-1"], "--seed"),
        (&["run", "explorers", "--seed", "99999999999999999999999"], "--seed"),
        (&["run", "explorers", "--backend", "tpu"], "auto"),
        (&["run", "explorers", "--wrap", "--walled"], "--walled"),
        (&["run", "explorers", "--map-seed", "1"], "--generate"),
        (&["run", "explorers", "--no-such-flag"], "--no-such-flag"),
        (&["verify", "nothing"], "built-in"),
        (&["check", &file], "no head"),
        (&["check", "/dev/null"], "no head"),
        (&["new", &file], "exists already"),
        (&["new", &under_file], "file"),
        (&["bench", "--seconds", "0"], "--seconds"),
        (&["bench", "--seconds", "NaN"], "--seconds"),
        (&["walk"], "walk"),
    ];
    let problems: Vec<String> = cases.iter().filter_map(|(arguments, word)| refused(arguments, word).err()).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // The check itself notices a command that is not refused.
    assert!(refused(&["models"], "").is_err());
    assert!(refused(&["run", "walker"], "a word that is not there").is_err());
}

#[test]
fn json_is_one_object_with_what_it_promises() {
    let run = json(&["run", "walkers", "--worlds", "3", "--steps", "20", "--size", "40x30", "--agents", "50", "--seed", "5", "--json"]);
    for key in [
        "model", "backend", "device", "worlds", "agents", "steps", "seed", "grid", "state_hash", "world_seeds",
        "world_hashes", "metrics", "wall_s", "total_s", "agent_steps_per_s",
    ] {
        assert!(!run[key].is_null(), "{key} is missing");
    }
    assert_eq!(run["grid"], serde_json::json!([40, 30]));
    assert_eq!(run["world_seeds"], serde_json::json!([5, 6, 7]));
    assert_eq!(run["steps"], 20);
    let per_world: Vec<f64> = serde_json::from_value(run["metrics"]["per_world"]["coverage"].clone()).unwrap();
    assert_eq!(per_world.len(), 3);
    let mean = per_world.iter().sum::<f64>() / 3.0;
    assert!((run["metrics"]["coverage"].as_f64().unwrap() - mean).abs() < 1e-12);
    for hash in run["world_hashes"].as_array().unwrap().iter().chain([&run["state_hash"]]) {
        let hash = hash.as_str().unwrap();
        assert!(hash.len() == 16 && u64::from_str_radix(hash, 16).is_ok(), "{hash}");
    }
    let alone = json(&["run", "walkers", "--steps", "20", "--size", "40x30", "--agents", "50", "--seed", "6", "--json"]);
    assert_eq!(alone["state_hash"], run["world_hashes"][1]);
    let other = json(&["run", "walkers", "--steps", "21", "--size", "40x30", "--agents", "50", "--seed", "6", "--json"]);
    assert_ne!(other["state_hash"], run["world_hashes"][1]);
    let still = json(&["run", "walkers", "--steps", "0", "--size", "40x30", "--agents", "50", "--json"]);
    assert_eq!(still["steps"], 0);

    let models = json(&["models", "--json"]);
    let names: Vec<&str> = models.as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert_eq!(names, throng::Model::builtin_names().collect::<Vec<_>>());
    assert!(json(&["devices", "--json"]).as_array().unwrap().iter().any(|device| device["backend"] == "cpu"));
}

/// A run's folder holds what is needed to repeat it, and what it says agrees.
#[test]
fn a_run_can_be_repeated_from_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name).display().to_string();
    let flags = ["run", "explorers", "--generate", "rooms", "--size", "60x50", "--agents", "20", "--worlds", "2", "--seed", "9",
        "--set", "sensor_range=2", "--until", "coverage >= 0.8", "--steps", "400", "--every", "7", "--json", "--out"];
    let first = json(&[&flags[..], &[&out("first")]].concat());
    json(&[&flags[..], &[&out("second")]].concat());
    for file in ["metrics.csv", "final.png", "run.gif", "run.json", "metrics.parquet"] {
        assert!(Path::new(&out("first")).join(file).metadata().unwrap().len() > 0, "{file}");
    }
    for file in ["metrics.csv", "run.gif"] {
        let read = |run: &str| fs::read(Path::new(&out(run)).join(file)).unwrap();
        assert_eq!(read("first"), read("second"), "{file} differs between two equal runs");
    }
    let description: Value = serde_json::from_slice(&fs::read(Path::new(&out("first")).join("run.json")).unwrap()).unwrap();
    let model = out("model.wgsl");
    fs::write(&model, description["model"]["text"].as_str().unwrap()).unwrap();
    let command: Vec<String> = serde_json::from_value(description["command"].clone()).unwrap();
    let mut again: Vec<&str> = command[1..command.len() - 2].iter().map(String::as_str).collect();
    again[1] = &model;
    assert_eq!(json(&again)["world_hashes"], first["world_hashes"]);
    assert_eq!(description["result"]["state_hash"], first["state_hash"]);

    let mut reader = csv::Reader::from_path(Path::new(&out("first")).join("metrics.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    assert_eq!(headers.iter().take(4).collect::<Vec<_>>(), ["world", "seed", "step", "coverage"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for world in 0..2 {
        let of_world: Vec<_> = rows.iter().filter(|row| row[0] == world.to_string()).collect();
        assert_eq!(&of_world[0][2], "0");
        let last = of_world.last().unwrap();
        assert_eq!(last[2].parse::<u64>().unwrap(), first["steps_per_world"][world].as_u64().unwrap());
        assert_eq!(last[3].parse::<f64>().unwrap(), first["metrics"]["per_world"]["coverage"][world].as_f64().unwrap());
        // It stopped at the first recorded step at which the condition held.
        let held: Vec<bool> = of_world.iter().map(|row| row[3].parse::<f64>().unwrap() >= 0.8).collect();
        assert!(held.iter().rev().skip(1).all(|held| !held), "world {world} went on after its condition held");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_writes_what_there_is_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let child = Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(["run", "walkers", "--size", "64x64", "--steps", "4000000000", "--every", "1000000", "--out"])
        .arg(&out)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The folder is made before the first step; then some steps may pass.
    while !out.exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("interrupted"), "{text}");
    for file in ["run.json", "metrics.csv", "metrics.parquet", "final.png", "run.gif"] {
        assert!(out.join(file).exists(), "{file} is missing");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(["models", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_new_model_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.wgsl").display().to_string();
    assert!(throng(&["new", &file]).status.success());
    let explained = throng(&["check", &file]);
    let text = String::from_utf8_lossy(&explained.stdout);
    assert!(explained.status.success() && text.contains("turn = 0.2") && text.contains("adds to steps"), "{text}");
    let run = json(&["run", &file, "--steps", "50", "--json"]);
    assert!(run["metrics"]["visited"].as_f64().unwrap() > 100.0, "{run}");
}

/// State plus at most 64 MiB, as the operating system counts it.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_the_state_and_little_more() {
    for flags in [["--size", "8192x8192", "--agents", "4M", "--worlds", "1"], ["--size", "64x64", "--agents", "256", "--worlds", "8k"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_throng"))
            .args(["run", "explorers", "--steps", "3", "--every", "100", "--wrap", "--json", "--backend", "cpu"])
            .args(flags)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0_u64;
        while child.try_wait().unwrap().is_none() {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let high = high.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0);
            peak = peak.max(high * 1024);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let [_, size, _, _, _, _] = flags;
        let side: u64 = size.split('x').next().unwrap().parse().unwrap();
        let (agents, worlds) = if side == 8192 { (4_000_000, 1) } else { (256, 8000) };
        // 16 bytes an agent; two copies of one bit and of one byte a cell.
        let state = worlds * (agents * 16 + side * side * 2 / 8 + side * side * 2);
        assert!(peak > state / 2, "{flags:?}: a peak of {peak} bytes was not measured right");
        assert!(peak <= state + (64 << 20), "{flags:?}: {} MiB beside the state's {} MiB", (peak - state) >> 20, state >> 20);
    }
}
