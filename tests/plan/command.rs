//! `throng sweep` as its users meet it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn throng(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("throng starts")
}

fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = throng(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A CSV text with its rows in the order of the plan; they are printed as worlds complete.
fn in_order(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let place = lines[0].split(',').position(|name| name == "trial").expect("trials are numbered");
    lines[1..].sort_by_key(|row| row.split(',').nth(place).and_then(|number| number.parse::<u64>().ok()));
    lines.join("\n") + "\n"
}

/// What a sweep prints, in the order of the plan.
fn swept(folder: &Path, arguments: &[&str]) -> String {
    in_order(&printed(folder, arguments))
}

/// The rows of a CSV text, each cell by its heading.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heading = reader.headers().unwrap().clone();
    let cells = |row: csv::StringRecord| {
        heading.iter().zip(&row).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect()
    };
    reader.records().map(|row| cells(row.unwrap())).collect()
}

const SWEEP: [&str; 12] = [
    "sweep",
    "explorers",
    "--size",
    "16x16",
    "--agents",
    "3",
    "--steps",
    "30",
    "--set",
    "persistence=1,4,99",
    "--replicates",
    "2",
];

#[test]
fn each_world_of_a_sweep_is_the_one_that_run_gives() {
    let folder = tempfile::tempdir().unwrap();
    let change = ["--change", "novelty=0@9,200@20", "--change", "persistence=3@15"];
    let text = swept(folder.path(), &[&SWEEP[..], &["--csv", "--seed", "5"], &change].concat());
    let rows = rows(&text);
    assert_eq!(rows.len(), 6);
    for row in &rows[..4] {
        let (seed, set) = (&row["seed"], format!("persistence={}", row["persistence"]));
        let run = [
            "run",
            "explorers",
            "--size",
            "16x16",
            "--agents",
            "3",
            "--steps",
            "30",
            "--json",
            "--seed",
            seed,
            "--set",
            &set,
        ];
        let run = [&run[..], &change].concat();
        let json: serde_json::Value = serde_json::from_str(&printed(folder.path(), &run)).unwrap();
        assert_eq!(json["state_hash"], row["hash"].as_str());
        assert_eq!(json["metrics"]["coverage"].as_f64().unwrap(), row["coverage"].parse::<f64>().unwrap());
        assert_eq!((row["error"].as_str(), row["steps"].as_str()), ("", "30"));
    }
    assert_ne!(rows[0]["hash"], rows[1]["hash"]);
    for row in &rows[4..] {
        assert!(row["error"].contains("0 to 16") && row["hash"].is_empty() && row["persistence"] == "99.0");
    }
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "--csv alone writes no folder");
}

#[test]
fn only_and_shards_give_the_rows_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let whole = swept(folder.path(), &[&SWEEP[..], &["--csv"]].concat());
    let mut together = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let part = swept(folder.path(), &[&SWEEP[..], &["--csv", "--shard", shard]].concat());
        together.extend(part.lines().skip(1).map(str::to_owned).collect::<Vec<_>>());
    }
    let trial = |row: &String| row.split(',').nth(1).unwrap().parse::<u64>().unwrap();
    together.sort_by_key(trial);
    assert_eq!(together, whole.lines().skip(1).collect::<Vec<_>>());
    let part = swept(folder.path(), &[&SWEEP[..], &["--csv", "--only", "1..2"]].concat());
    assert_eq!(part.lines().skip(1).collect::<Vec<_>>(), together[1..3]);
}

#[test]
fn a_printed_plan_runs_to_the_same_rows_and_flags_replace_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = [&SWEEP[..], &["--change", "novelty=0@9,200@20"]].concat();
    let plan = printed(folder.path(), &[&sweep[..], &["--print-plan"]].concat());
    fs::write(folder.path().join("plan.toml"), &plan).unwrap();
    let rows_of_plan = swept(folder.path(), &["sweep", "plan.toml", "--csv"]);
    assert_eq!(rows_of_plan, swept(folder.path(), &[&sweep[..], &["--csv"]].concat()));
    assert_ne!(rows_of_plan, swept(folder.path(), &[&SWEEP[..], &["--csv"]].concat()));
    let other = swept(folder.path(), &["sweep", "plan.toml", "--csv", "--change", "novelty=7@9"]);
    assert_eq!(other, swept(folder.path(), &[&SWEEP[..], &["--csv", "--change", "novelty=7@9"]].concat()));
    let other = rows(&printed(
        folder.path(),
        &["sweep", "plan.toml", "--csv", "--set", "persistence=7", "--replicates", "1", "--agents", "2"],
    ));
    assert_eq!(other.len(), 1);
    assert_eq!((other[0]["persistence"].as_str(), other[0]["agents"].as_str()), ("7.0", "2"));
}

#[test]
fn outputs_are_what_the_series_says() {
    let folder = tempfile::tempdir().unwrap();
    let flags = [
        "sweep", "walkers", "--size", "16x16", "--agents", "8", "--steps", "60", "--every", "10", "--csv",
        "--seed", "3",
    ];
    let outputs = [
        "final coverage",
        "min coverage",
        "max coverage",
        "mean coverage",
        "window=mean coverage 20..40",
        "first coverage >= 0.3",
    ];
    let all: Vec<&str> =
        flags.into_iter().chain(outputs.iter().flat_map(|output| ["--output", output])).collect();
    let row = rows(&printed(folder.path(), &all)).remove(0);
    printed(
        folder.path(),
        &[
            "run", "walkers", "--size", "16x16", "--agents", "8", "--steps", "60", "--every", "10", "--seed",
            "3", "--out", "run",
        ],
    );
    let series: Vec<(f64, f64)> = rows(&fs::read_to_string(folder.path().join("run/metrics.csv")).unwrap())
        .iter()
        .map(|row| (row["step"].parse().unwrap(), row["coverage"].parse().unwrap()))
        .collect();
    let values: Vec<f64> = series.iter().map(|(_, value)| *value).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let wanted = [
        ("final coverage", values[6]),
        ("min coverage", values.iter().copied().fold(f64::INFINITY, f64::min)),
        ("max coverage", values.iter().copied().fold(0.0, f64::max)),
        ("mean coverage", mean(&values)),
        ("window", mean(&values[2..=4])),
        (
            "first coverage >= 0.3",
            series.iter().find(|(_, value)| *value >= 0.3).map_or(f64::NAN, |(step, _)| *step),
        ),
    ];
    for (name, wanted) in wanted {
        let found: f64 = row[name].parse().unwrap();
        assert!((found - wanted).abs() < 1e-12, "{name}: {found} for {wanted}");
    }
    assert_ne!(mean(&values), mean(&values[2..=4]));
}

#[test]
fn a_trial_ends_early_when_its_condition_holds_or_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["sweep", "walkers", "--size", "16x16", "--agents", "8", "--steps", "100k", "--csv"];
    let row = rows(&printed(
        folder.path(),
        &[&flags[..], &["--until", "coverage >= 0.5", "--every", "1"]].concat(),
    ))
    .remove(0);
    assert_eq!(row["stopped"], "true");
    assert!(row["steps"].parse::<u64>().unwrap() < 1000 && row["coverage"].parse::<f64>().unwrap() >= 0.5);
    let late = [
        "sweep",
        "walkers",
        "--steps",
        "1G",
        "--size",
        "64x64",
        "--csv",
        "--limit-seconds",
        "0.05",
        "--retry",
        "1",
    ];
    let row = rows(&printed(folder.path(), &late)).remove(0);
    assert!(row["error"].contains("given up after "), "{row:?}");
}

#[test]
fn a_dry_run_counts_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = printed(folder.path(), &[&SWEEP[..], &["--dry-run", "--shard", "1/2"]].concat());
    assert!(text.contains("3 trials of 6") && text.contains("at most on this machine"), "{text}");
    let row: Vec<&str> = text.lines().nth(2).unwrap().split_whitespace().collect();
    assert_eq!(row[..5], ["explorers", "3", "2", "3", "30"]);
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn a_sweep_leaves_a_folder_with_its_plan_and_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let text = printed(folder.path(), &SWEEP);
    assert!(
        text.contains("6 worlds") && text.contains("2 could not be run, the first of them trial 4"),
        "{text}"
    );
    // The same worlds as are printed when no folder is written.
    let cells = |text: &str| -> Vec<[String; 4]> {
        let own = |row: &BTreeMap<String, String>| {
            ["trial", "seed", "persistence", "hash"].map(|name| row[name].clone())
        };
        rows(text).iter().map(own).collect()
    };
    let kept = cells(&swept(folder.path(), &["results", "explorers-sweep", "--csv"]));
    assert_eq!(kept.len(), 6);
    assert_eq!(kept, cells(&swept(folder.path(), &[&SWEEP[..], &["--csv"]].concat())));
    assert_ne!(kept, cells(&swept(folder.path(), &[&SWEEP[..], &["--csv", "--seed", "1"]].concat())));
}

/// Whether a command is refused as the user's mistake, in one sentence that holds `word`.
fn refused(folder: &Path, arguments: &[&str], word: &str) -> Result<(), String> {
    let output = throng(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let fine = output.status.code() == Some(2)
        && stderr.starts_with("error: ")
        && (stderr.lines().count() == 1 || stderr.contains("  | "))
        && (stderr.contains("; ") || stderr.contains("  = "))
        && stderr.contains(word)
        && output.stdout.is_empty();
    if fine {
        Ok(())
    } else {
        Err(format!("{arguments:?} must say {word:?}: {:?} {stderr}", output.status.code()))
    }
}

#[test]
fn what_cannot_be_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.toml"), "model = \"explorers\"\nsteps = \"x\"\n").unwrap();
    fs::write(folder.path().join("good.toml"), "model = \"explorers\"\nsteps = 5\nuntil = \"coverge > 1\"\n")
        .unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["sweep"], "`throng sweep` needs `<PLAN>`"),
        (&["sweep", "missing.toml"], "missing.toml"),
        (&["sweep", "bad.toml"], "bad.toml:2:9: "),
        (&["sweep", "good.toml"], "good.toml:3:9: "),
        (&["sweep", "good.toml", "--until", "coverge > 2"], "no metric `coverge`"),
        (&["sweep", "explorer"], "did you mean `explorers`"),
        (&["sweep", "explorers", "--set", "novelty"], "`throng sweep --set` cannot be `novelty`"),
        (&["sweep", "explorers", "--set", "novelty=1,x"], "`x` is no number"),
        (&["sweep", "explorers", "--set", "novelty=0..9:0"], "0 values cannot go"),
        (&["sweep", "explorers", "--set", "novelty=1", "--set", "novelty=2"], "set twice"),
        (&["sweep", "explorers", "--set", "noveltie=1,2"], "did you mean `novelty`"),
        (&["sweep", "explorers", "--set", "novelty=0..9"], "a grid does not choose"),
        (&["sweep", "explorers", "--set", "novelty=999"], "0 to 256"),
        (&["sweep", "explorers", "--agents", "1,-2"], "negative"),
        (&["sweep", "explorers", "--agents", "0"], "0 agents"),
        (&["sweep", "explorers", "--replicates", "0"], "0 replicates"),
        (&["sweep", "explorers", "--replicates", "-1"], "negative"),
        (&["sweep", "explorers", "--design", "sobbol"], "did you mean `sobol`"),
        (&["sweep", "explorers", "--design", "sobol", "--set", "novelty=0..9"], "needs a number of points"),
        (&["sweep", "explorers", "--points", "5"], "leave `points` out"),
        (&["sweep", "explorers", "--zip", "novelty"], "it pairs nothing"),
        (&["sweep", "explorers", "--zip", "novelty,persistence"], "does not vary"),
        (&["sweep", "explorers", "--output", "final coverge"], "did you mean `coverage`"),
        (&["sweep", "explorers", "--output", ""], "`--output` of `throng sweep` needs a value"),
        (
            &["sweep", "explorers", "--output", "final coverage", "--output", "final  coverage"],
            "another column",
        ),
        (&["sweep", "explorers", "--only", "5..2"], "5 to 2"),
        (&["sweep", "explorers", "--only", "5"], "trials are numbered from 0 to 0"),
        (&["sweep", "explorers", "--shard", "5/4"], "no share 5 of 4"),
        (&["sweep", "explorers", "--shard", "half"], "`half` is no share"),
        (&["sweep", "explorers", "--limit-seconds", "0"], "no time"),
        (&["sweep", "explorers", "--memory", "lots"], "no amount of memory"),
        (&["sweep", "explorers", "--memory", "1k"], "all may take 1.0 KiB together"),
        (&["sweep", "explorers", "--map-seed", "4"], "none is generated"),
        (&["sweep", "explorers", "--design-file", "missing.csv"], "missing.csv"),
        (&["sweep", "explorers", "--dry-run", "--print-plan"], "exclude each other"),
        (&["sweep", "explorers", "--size", "99999x99999"], "2^31"),
        (&["sweep", "explorers", "--size", "40000x40000", "--agents", "2G"], "this machine has"),
        (&["sweep", "explorers", "--out", "/proc/nowhere"], "/proc/nowhere"),
        (&["sweep", "\u{1b}[31mred.toml"], "red.toml"),
        (&["sweep", "explorers", "--set", "\u{1b}=1,2"], "no parameter"),
    ];
    let faults: Vec<String> =
        cases.iter().filter_map(|(arguments, word)| refused(folder.path(), arguments, word).err()).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert!(refused(folder.path(), &["sweep", "explorer"], "no such word").is_err());
    assert!(
        refused(folder.path(), &["sweep", "walkers", "--size", "4x4", "--csv", "--steps", "1"], "").is_err()
    );
    assert!(!folder.path().join("explorers-sweep").exists());
}
