//! The binary as its users meet it: what it prints, what it writes, what it refuses.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn throng(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("throng starts")
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
    } else if !stderr.contains("  | ") && stderr.lines().count() != 1 {
        // Only a mistake in a model file is shown with its line.
        "it is more than one line".to_owned()
    } else if stderr.chars().any(|c| c.is_control() && c != '\n') {
        "it holds control characters".to_owned()
    } else if !stderr.contains("; ") && !stderr.contains("  = ") {
        "it names no remedy".to_owned()
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
    let missing = folder.path().join("missing/further/model.wgsl").display().to_string();
    let nasty = folder.path().join("\u{1b}[31mmodel.wgsl");
    fs::write(&nasty, "//\u{1b}[31m no model\u{7}\n").unwrap();
    let nasty = nasty.display().to_string();
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
        (
            &["run", "explorers", "--until", "coverge >= 1"],
            "did you mean `coverage`? Its metrics are coverage, ",
        ),
        (&["run", "explorers", "--until", "time >= 1", "--size", "9x9"], "its metrics are coverage, "),
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
        (
            &["run", "explorers", "--agents", "1e3"],
            "`throng run --agents` cannot be `1e3`: it is no count; write",
        ),
        (
            &["run", "explorers", "--agents", "-5"],
            "`throng run --agents` cannot be `-5`: a count cannot be negative",
        ),
        (&["run", "explorers", "--agents", "-5k"], "negative"),
        (&["run", "explorers", "--agents", "+5"], "no count"),
        (&["run", "explorers", "--agents", "k"], "no count"),
        (&["run", "explorers", "--agents", ".k"], "no count"),
        (&["run", "explorers", "--agents", "1.2.3k"], "no count"),
        (&["run", "explorers", "--agents", "1.5"], "not a whole number"),
        (&["run", "explorers", "--agents", "1.2345k"], "not a whole number"),
        (&["run", "explorers", "--agents", "1T"], "too many; give at most 4294967295"),
        (&["run", "explorers", "--agents", "99999999999999999999T"], "too many"),
        (&["run", "explorers", "--agents", ""], "`--agents` of `throng run` needs a value"),
        (&["run", "explorers", "--agents", "--json"], "needs a value, and `--json` follows"),
        (
            &["run", "explorers", "--agents"],
            "`--agents` of `throng run` needs a value; write `--agents <COUNT>`",
        ),
        (&["run", "explorers", "--worlds", "-1"], "negative"),
        // A world is more than its 32 bytes of state.
        (&["run", "explorers", "--worlds", "4G", "--size", "1x1", "--agents", "1"], "needs 3.8 TiB"),
        (&["run", "explorers", "--agents", "5G"], "too many"),
        (&["run", "explorers", "--agents", "4G"], "2^31"),
        (&["run", "explorers", "--worlds", "0"], "0 worlds"),
        (&["run", "explorers", "--worlds", "4000000000"], "this machine has"),
        (&["run", "explorers", "--size", "40000x40000", "--worlds", "1k"], "this machine has"),
        (
            &["run", "explorers", "--generate", "caves", "--size", "46340x46340", "--worlds", "1k"],
            "this machine has",
        ),
        (
            &["verify", "explorers", "--generate", "maze", "--size", "46340x46340", "--worlds", "1k"],
            "this machine has",
        ),
        (&["run", "explorers", "--agents", "2G", "--worlds", "100k"], "a batch of 100000 worlds"),
        (&["run", "explorers", "--size", "0x5"], "0 by 5"),
        (&["run", "explorers", "--size", "4294967295x4294967295"], "2^31"),
        (&["run", "explorers", "--size", "5"], "WIDTHxHEIGHT"),
        (&["run", "explorers", "--size", "-1x5"], "-1"),
        (&["run", "explorers", "--size", "99999999999x1"], "WIDTHxHEIGHT"),
        (&["run", "explorers", "--generate", "caves", "--size", "65536x65536"], "65536"),
        (&["run", "explorers", "--threads", "0"], "0 threads"),
        (
            &["run", "explorers", "--threads", "100k"],
            "100000 threads are more than any machine has; give at most 1024",
        ),
        (&["run", "explorers", "--threads", "-2"], "`throng run --threads` cannot be `-2`"),
        (&["run", "explorers", "--threads", "two"], "no count"),
        (&["bench", "--threads", "0"], "`throng bench --threads`"),
        (&["bench", "--largest", "1G"], "268435456"),
        (&["bench", "--largest", "-1"], "negative"),
        (&["run", "explorers", "--steps", "1e30"], "count"),
        (&["run", "explorers", "--steps", "1000000M"], "too many"),
        (&["run", "explorers", "--steps", "-1"], "negative"),
        (&["run", "explorers", "--every", "0"], "at least 1"),
        (&["run", "explorers", "--every", "-1"], "negative"),
        (&["run", "explorers", "--seed", "-1"], "`throng run --seed` cannot be `-1`: it is no seed"),
        (&["run", "explorers", "--map-seed", "-1", "--generate", "caves"], "no seed"),
        (&["run", "explorers", "--seed", "99999999999999999999999"], "--seed"),
        (&["run", "explorers", "--backend", "tpu"], "`throng run --backend` cannot be `tpu`; "),
        (&["run", "explorers", "--backend", "gpo"], "did you mean `gpu`"),
        (&["run", "explorers", "--backend"], "give one of `auto`, `gpu`, `cpu`"),
        (&["run", "explorers", "--generate", "cave"], "did you mean `caves`"),
        (
            &["run", "explorers", "--wrap", "--walled"],
            "`--wrap` and `--walled` of `throng run` exclude each other",
        ),
        (&["run", "explorers", "--map", &file, "--size", "5x5"], "exclude each other"),
        (&["run", "explorers", "--steps", "1", "--steps", "2"], "`--steps` of `throng run` is given twice"),
        (&["run", "explorers", "--json=yes"], "`--json` of `throng run` takes no value and was given `yes`"),
        (&["run", "explorers", "walkers"], "has no use for `walkers`"),
        (&["run", "explorers", "--agent", "5"], "did you mean `--agents`"),
        (&["run", "explorers", "--map-seed", "1"], "--generate"),
        (
            &["run", "explorers", "--no-such-flag"],
            "`throng run` has no flag `--no-such-flag`; `throng run --help`",
        ),
        (&["run", "-x"], "`throng run` has no flag `-x`"),
        (&["--json", "run"], "`throng` has no flag `--json`"),
        (&["--no-such-flag"], "`throng` has no flag `--no-such-flag`"),
        (&["models", "--no-such-flag"], "`throng models`"),
        (&["new"], "`throng new` needs `<FILE>`"),
        (&["verify"], "`throng verify` needs `<MODEL>`"),
        (&["verify", "nothing"], "built-in"),
        (&["check", &file], "no head"),
        (&["check", "/dev/null"], "no head"),
        (&["new", &file], "exists already"),
        (&["new", &under_file], "file"),
        (&["bench", "--seconds", "0"], "--seconds"),
        (&["bench", "--seconds", "NaN"], "--seconds"),
        (&["bench", "--seconds", "-1"], "--seconds"),
        (&["bench", "--seconds", "soon"], "--seconds"),
        (
            &["walk"],
            "throng has no command `walk`; its commands are run, sweep, search, verify, validate, check, new, models, devices, bench",
        ),
        (&["rum"], "did you mean `run`"),
        (&["walkers"], "write `throng run walkers`"),
        (&["run", "\u{1b}[31mred\u{7}"], "red"),
        (&["run", "explorers", "--map", "\u{1b}[2Jmissing.map\nand more"], "missing.map"),
        (&["run", "explorers", "--until", "\u{1b}[1m >= 1"], "[1m"),
        (&["run", "explorers", "--set", "\u{1b}=1"], "no parameter"),
        (&["run", "explorers", "--agents", "\u{1b}[31m"], "[31m"),
        (&["run", "explorers", "--\u{1b}[31m"], "[31m"),
        (&["\u{1b}[31m"], "[31m"),
        (&["check", &nasty], "no head"),
        (&["new", &missing], "the folder "),
        (&["new", &missing], "missing does not exist; create that folder first"),
        (&["new", "/proc/model.wgsl"], "the folder /proc does not let you write to it"),
        (&["run", "explorers", "--out", "/proc/nowhere/here"], "the folder /proc does not let you"),
    ];
    let problems: Vec<String> =
        cases.iter().filter_map(|(arguments, word)| refused(arguments, word).err()).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // A word that is no text at all.
    #[cfg(unix)]
    {
        let word = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff\xfe");
        let output = Command::new(env!("CARGO_BIN_EXE_throng")).arg("run").arg(word).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && text.contains("is not UTF-8 text; "), "{text}");
    }
    // The check itself notices a command that is not refused.
    assert!(refused(&["models"], "").is_err());
    assert!(refused(&["run", "walker"], "a word that is not there").is_err());
}

#[test]
fn json_is_one_object_with_what_it_promises() {
    let run = json(&[
        "run", "walkers", "--worlds", "3", "--steps", "20", "--size", "40x30", "--agents", "50", "--seed",
        "5", "--json",
    ]);
    for key in [
        "model",
        "backend",
        "device",
        "worlds",
        "agents",
        "steps",
        "seed",
        "grid",
        "state_hash",
        "world_seeds",
        "world_hashes",
        "metrics",
        "wall_s",
        "total_s",
        "agent_steps_per_s",
    ] {
        assert!(!run[key].is_null(), "{key} is missing");
    }
    assert_eq!(run["grid"], serde_json::json!([40, 30]));
    assert_eq!(run["world_seeds"], serde_json::json!([5, 6, 7]));
    assert_eq!(run["steps"], 20);
    let per_world: Vec<f64> =
        serde_json::from_value(run["metrics"]["per_world"]["coverage"].clone()).unwrap();
    assert_eq!(per_world.len(), 3);
    let mean = per_world.iter().sum::<f64>() / 3.0;
    assert!((run["metrics"]["coverage"].as_f64().unwrap() - mean).abs() < 1e-12);
    for hash in run["world_hashes"].as_array().unwrap().iter().chain([&run["state_hash"]]) {
        let hash = hash.as_str().unwrap();
        assert!(hash.len() == 16 && u64::from_str_radix(hash, 16).is_ok(), "{hash}");
    }
    let alone = json(&[
        "run", "walkers", "--steps", "20", "--size", "40x30", "--agents", "50", "--seed", "6", "--json",
    ]);
    assert_eq!(alone["state_hash"], run["world_hashes"][1]);
    let other = json(&[
        "run", "walkers", "--steps", "21", "--size", "40x30", "--agents", "50", "--seed", "6", "--json",
    ]);
    assert_ne!(other["state_hash"], run["world_hashes"][1]);
    let still = json(&["run", "walkers", "--steps", "0", "--size", "40x30", "--agents", "50", "--json"]);
    assert_eq!(still["steps"], 0);

    let models = json(&["models", "--json"]);
    let names: Vec<&str> =
        models.as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert_eq!(names, throng::Model::builtin_names().collect::<Vec<_>>());
    for model in models.as_array().unwrap() {
        let keys: Vec<&str> = model.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["name", "title", "parameters", "metrics"]);
        let built = throng::Model::builtin(model["name"].as_str().unwrap()).unwrap();
        assert_eq!(model["title"], built.title);
        let named = |key: &str| model[key].as_array().unwrap().iter().map(Value::clone).collect::<Vec<_>>();
        let parameters: Vec<Value> = named("parameters").iter().map(|one| one["name"].clone()).collect();
        assert_eq!(parameters, built.parameter_names());
        let metrics: Vec<&str> = built.metrics.iter().map(|metric| metric.name.as_str()).collect();
        assert_eq!(named("metrics"), metrics);
    }
    // One line each, with the name and what it is.
    let output = throng(&["models"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), names.len());
    for (line, name) in lines.iter().zip(&names) {
        let title = throng::Model::builtin(name).unwrap().title;
        let (first, rest) = line.split_once("  ").unwrap_or((line, ""));
        assert_eq!((first, rest.trim_start()), (*name, title.as_str()));
    }
    assert!(json(&["devices", "--json"]).as_array().unwrap().iter().any(|device| device["backend"] == "cpu"));
}

/// A run's folder holds what is needed to repeat it, and what it says agrees.
#[test]
fn a_run_can_be_repeated_from_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name).display().to_string();
    let flags = [
        "run",
        "explorers",
        "--generate",
        "rooms",
        "--size",
        "60x50",
        "--agents",
        "20",
        "--worlds",
        "2",
        "--seed",
        "9",
        "--set",
        "sensor_range=2",
        "--until",
        "coverage >= 0.8",
        "--steps",
        "400",
        "--every",
        "7",
        "--json",
        "--out",
    ];
    let first = json(&[&flags[..], &[&out("first")]].concat());
    json(&[&flags[..], &[&out("second")]].concat());
    for file in ["metrics.csv", "final.png", "run.gif", "run.json", "metrics.parquet"] {
        assert!(Path::new(&out("first")).join(file).metadata().unwrap().len() > 0, "{file}");
    }
    for file in ["metrics.csv", "run.gif"] {
        let read = |run: &str| fs::read(Path::new(&out(run)).join(file)).unwrap();
        assert_eq!(read("first"), read("second"), "{file} differs between two equal runs");
    }
    let description: Value =
        serde_json::from_slice(&fs::read(Path::new(&out("first")).join("run.json")).unwrap()).unwrap();
    let model = out("model.wgsl");
    fs::write(&model, description["model"]["text"].as_str().unwrap()).unwrap();
    let command: Vec<String> = serde_json::from_value(description["command"].clone()).unwrap();
    let mut again: Vec<&str> = command[1..command.len() - 2].iter().map(String::as_str).collect();
    again[1] = &model;
    assert_eq!(json(&again)["world_hashes"], first["world_hashes"]);
    assert_eq!(description["result"]["state_hash"], first["state_hash"]);
    assert_eq!(description["interrupted"], false);
    // 20 agents of 16 bytes; a bit for each wall, two copies of a bit and of a byte for each cell in each world, in words.
    let cells = 60 * 50_u64;
    let state = description["state_bytes"].as_u64().unwrap();
    assert!((2 * (20 * 16 + cells / 4 + cells)..4 * cells + 8 * 1024).contains(&state), "{state}");

    let mut reader = csv::Reader::from_path(Path::new(&out("first")).join("metrics.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    assert_eq!(headers.iter().take(4).collect::<Vec<_>>(), ["world", "seed", "step", "coverage"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for world in 0..2 {
        let of_world: Vec<_> = rows.iter().filter(|row| row[0] == world.to_string()).collect();
        assert_eq!(&of_world[0][2], "0");
        let last = of_world.last().unwrap();
        assert_eq!(last[2].parse::<u64>().unwrap(), first["steps_per_world"][world].as_u64().unwrap());
        assert_eq!(
            last[3].parse::<f64>().unwrap(),
            first["metrics"]["per_world"]["coverage"][world].as_f64().unwrap()
        );
        // It stopped at the first recorded step at which the condition held.
        let held: Vec<bool> = of_world.iter().map(|row| row[3].parse::<f64>().unwrap() >= 0.8).collect();
        assert!(
            held.iter().rev().skip(1).all(|held| !held),
            "world {world} went on after its condition held"
        );
    }
}

#[test]
fn a_count_may_end_in_a_unit() {
    let counts = |agents: &str, steps: &str, every: &str, size: &str| {
        let run = json(&[
            "run",
            "walkers",
            "--agents",
            agents,
            "--steps",
            steps,
            "--every",
            every,
            "--size",
            size,
            "--threads",
            "2",
            "--json",
        ]);
        [&run["agents"], &run["steps"], &run["grid"][0]].map(|value| value.as_u64().unwrap())
    };
    assert_eq!(counts("0.5k", "0.004k", "1k", "0.1kx50"), [500, 4, 100]);
    assert_eq!(counts("1_0", "0.000001M", "0.001G", "0.0001Mx7"), [10, 1, 100]);
    assert_eq!(counts("0.000000002T", "2", "4G", "30X20"), [2000, 2, 30]);
    assert_eq!(counts("1.50K", "0.000000003g", "1m", "30×20"), [1500, 3, 30]);
}

/// run.json tells where the map came from.
#[test]
fn the_map_can_be_had_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out").display().to_string();
    let file = folder.path().join("place.map").display().to_string();
    fs::write(&file, "type octile\nheight 3\nwidth 4\nmap\n....\n.@@.\n....\n").unwrap();
    let map = |flags: &[&str]| {
        let fixed = ["run", "explorers", "--agents", "3", "--steps", "2", "--json", "--out", &out];
        json(&[&fixed[..], flags].concat());
        let text = fs::read(Path::new(&out).join("run.json")).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()["map"].clone()
    };
    let read = map(&["--map", &file]);
    assert_eq!(read["file"], Value::from(file.as_str()));
    assert_eq!(read["size"], serde_json::json!([4, 3]));
    assert!(read["generator"].is_null());
    let made = map(&["--generate", "caves", "--map-seed", "7", "--size", "40x30"]);
    assert_eq!((&made["generator"], &made["seed"]), (&Value::from("caves"), &Value::from(7)));
    assert_eq!(made["size"], serde_json::json!([40, 30]));
    assert!(made["file"].is_null());
    let again = throng::world::map::Map::generate("caves".parse().unwrap(), 40, 30, 7).unwrap();
    assert_eq!(made["hash"], format!("{:016x}", again.hash()));
    let other = throng::world::map::Map::generate("caves".parse().unwrap(), 40, 30, 8).unwrap();
    assert_ne!(made["hash"], format!("{:016x}", other.hash()));
    let open = map(&["--size", "40x30"]);
    assert_eq!(open["generator"], "open");
    // A shared map keeps its seed where nobody gives one.
    assert_eq!(map(&["--generate", "rooms", "--size", "40x30", "--seed", "5"])["seed"], 0);
}

/// What was refused for its size leaves nothing behind, not even the folder: it was refused before anything was made.
#[test]
fn what_does_not_fit_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let flags = ["run", "explorers", "--generate", "caves", "--size", "40kx40k", "--worlds", "1M", "--out"];
    refused(&[&flags[..], &[&out.display().to_string()]].concat(), "this machine has").unwrap();
    refused(
        &["run", "explorers", "--until", "x > 1", "--out", &out.display().to_string()],
        "its metrics are coverage",
    )
    .unwrap();
    assert!(!out.exists());
    // The figure is about what the worlds take: 1M worlds of 1.6G cells of 18 bits, walls beside them.
    let needed = 1e6 * 1.6e9 * 18.0 / 8.0;
    let output = throng(&flags[..flags.len() - 1]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let said: f64 = text.split(" PiB").next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    assert!((said * 2f64.powi(50) / needed - 1.0).abs() < 0.02, "{text}");
}

#[test]
fn no_terminal_obeys_what_a_model_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("\u{1b}[31mred.wgsl").display().to_string();
    let text = throng::model::TEMPLATE.replacen("help = \"", "help = \"\\u001B[2J\u{202e}", 1);
    assert!(text.contains("u001B"));
    fs::write(&file, text).unwrap();
    for command in [&["check", &file][..], &["run", &file, "--steps", "1"]] {
        let output = throng(command);
        let shown = String::from_utf8(output.stdout).unwrap();
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(output.status.success() && shown.contains('?') && !shown.contains(obeyed), "{shown:?}");
    }
}

#[test]
fn help_and_version_are_as_they_were() {
    for flags in [&["--help"][..], &["--version"], &["run", "--help"]] {
        let output = throng(flags);
        assert!(
            output.status.success() && output.stderr.is_empty() && !output.stdout.is_empty(),
            "{flags:?}"
        );
    }
    // Without a word it shows what it can do.
    let output = throng(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Usage: throng"));
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
    assert_eq!(output.status.code(), Some(130), "a script would take this for the whole run");
    let run: Value = serde_json::from_slice(&fs::read(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(run["interrupted"], true);
    assert!(run["result"]["steps"].as_u64().unwrap() < 4_000_000_000);
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
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_new_model_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.wgsl").display().to_string();
    assert!(throng(&["new", &file]).status.success());
    let explained = throng(&["check", &file]);
    let text = String::from_utf8_lossy(&explained.stdout);
    assert!(
        explained.status.success() && text.contains("turn = 0.2") && text.contains("adds to steps"),
        "{text}"
    );
    let run = json(&["run", &file, "--steps", "50", "--json"]);
    assert!(run["metrics"]["visited"].as_f64().unwrap() > 100.0, "{run}");
}

/// The largest memory that a run of explorers took, in bytes, as the operating system counts it.
#[cfg(target_os = "linux")]
fn peak_of_explorers(flags: &[&str]) -> u64 {
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
    peak
}

/// Checks that a run took `state` and at most so many bytes more.
#[cfg(target_os = "linux")]
fn assert_little_more(flags: &[&str], state: u64, more: u64) {
    let peak = peak_of_explorers(flags);
    assert!(peak > state / 2, "{flags:?}: a peak of {peak} bytes was not measured right");
    assert!(
        peak <= state + more,
        "{flags:?}: {} MiB beside the state's {} MiB",
        (peak - state) >> 20,
        state >> 20
    );
}

/// Bytes of worlds of explorers: 16 for an agent; two copies of one bit and of one byte for a cell.
#[cfg(target_os = "linux")]
fn state_of_explorers(worlds: u64, side: u64, agents: u64) -> u64 {
    worlds * (agents * 16 + side * side * 2 / 8 + side * side * 2)
}

/// State plus at most 64 MiB.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_the_state_and_little_more() {
    let large = state_of_explorers(1, 8192, 4_000_000);
    assert_little_more(&["--size", "8192x8192", "--agents", "4M", "--worlds", "1"], large, 64 << 20);
    let many = state_of_explorers(8000, 64, 256);
    assert_little_more(&["--size", "64x64", "--agents", "256", "--worlds", "8k"], many, 64 << 20);
}

/// A picture looks at one packed copy of the layers: four bytes for each cell and layer would be 512 MiB here.
#[cfg(target_os = "linux")]
#[test]
fn a_picture_takes_little_more_than_a_copy_of_the_layers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out").display().to_string();
    let copy = 8192 * 8192 * 9 / 8;
    assert_little_more(
        &["--size", "8192x8192", "--agents", "1k", "--out", &out],
        state_of_explorers(1, 8192, 1000),
        copy + (64 << 20),
    );
    assert!(Path::new(&out).join("final.png").exists());
}

/// A model with a helper layer that never changes, one of claims, one whose numbers are told apart, and two kinds, one of which
/// is told apart by a field.
const DRAWN: &str = r##"//! # A picture of everything.
//! [grid]
//! size = [40, 40]
//! [agents.walker]
//! number = 1
//! place = "together"
//! space = "continuous"
//! start = "set_out"
//! [agents.ghost]
//! number = 30
//! [agents.patient]
//! number = 60
//! start = "fall_ill"
//! [layers]
//! helper = { bits = 8, from = "ramp" }
//! offer = { claim = true }
//! forest = { bits = 8 }
//! [step]
//! stages = ["go", "grow"]
//! [picture]
//! forest = { values = ["bare", "tree"], colours = ["#ffffff", "#010203"] }
//! walker = { colours = ["#0a141e"] }
//! ghost = { draw = false }
//! patient = { field = "status", values = ["well", "ill"], colours = ["#28323c", "#46505a"] }
struct Walker { pos: vec2<i32>, heading: i32 }
struct Ghost { pos: vec2<i32> }
struct Patient { pos: vec2<i32>, status: u32 }
fn ramp(at: vec2<i32>) -> u32 { return u32(at.x); }
fn set_out(me: Walker) -> Walker { return Walker(middle_of(vec2<i32>(20, 10)), FIXED_PI / 2); }
fn fall_ill(me: Patient) -> Patient {
    return Patient(vec2<i32>(30, 30 + i32(agent_id() & 1u)), agent_id() & 1u);
}
fn go(me: Ghost) -> Ghost { claim_offer(me.pos); return me; }
fn grow(at: vec2<i32>) { set_forest(u32(at.x < 10)); }
"##;

/// The pixels of an RGB PNG, and its width.
fn pixels(path: &std::path::Path) -> (Vec<[u8; 3]>, usize) {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    (bytes.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(), info.width as usize)
}

#[test]
fn pictures_show_what_the_model_says() {
    let folder = tempfile::tempdir().unwrap();
    let (model, picture) = (folder.path().join("drawn.wgsl"), folder.path().join("drawn.png"));
    std::fs::write(&model, DRAWN).unwrap();
    let draw = |pixels: &str, steps: &str| {
        let paths = [&model, &picture].map(|path| path.display().to_string());
        let flags = ["run", &paths[0], "--steps", steps, "--picture", &paths[1], "--pixels", pixels];
        let output = throng(&flags);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    // Cells of four pixels, and a frame of one; no legend.
    draw("160", "1");
    let (grid, width) = pixels(&picture);
    let cell = |x: usize, y: usize| grid[(1 + 4 * y + 2) * width + 1 + 4 * x + 2];
    let (tree, paper) = ([1, 2, 3], [255, 255, 255]);
    assert_eq!((cell(2, 30), cell(9, 39)), (tree, tree));
    // Neither the helper's ramp, nor claims, nor ghosts.
    let colours: std::collections::HashSet<[u8; 3]> = (11..40).map(|x| cell(x, 38)).collect();
    assert_eq!(colours, [paper].into());
    assert_eq!(cell(20, 10), [10, 20, 30]);
    assert_eq!((cell(30, 30), cell(30, 31)), ([40, 50, 60], [70, 80, 90]));
    // Larger, a stroke points down from the walker, and the legend has the words' ink.
    draw("1000", "1");
    let (large, width) = pixels(&picture);
    let at = |x: usize, y: usize| large[(1 + y) * width + 1 + x];
    let reach =
        |step: isize| (1..20).take_while(|far| at(512, (262 + step * far) as usize) == [10, 20, 30]).count();
    assert!(reach(1) > reach(-1) + 1, "{} below, {} above", reach(1), reach(-1));
    assert!(large[1010 * width..].iter().any(|pixel| pixel.iter().all(|channel| *channel < 60)));
}

/// A world in which a kind has died out, or never was, is still recorded and drawn.
#[test]
fn a_kind_without_agents_is_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("empty").display().to_string();
    let flags = ["--set", "pack=0", "--set", "flock=0", "--size", "20x20", "--steps", "12", "--out", &out];
    let run = json(&[&["run", "wolf-sheep", "--json"][..], &flags].concat());
    assert_eq!((run["metrics"]["sheep"].as_f64(), run["metrics"]["wolves"].as_f64()), (Some(0.0), Some(0.0)));
    assert!(folder.path().join("empty/run.gif").exists());
}
