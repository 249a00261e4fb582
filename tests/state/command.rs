//! States, populations and changes on the command line.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn throng(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(line.split(' '))
        .current_dir(folder)
        .output()
        .expect("throng starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn json(folder: &Path, line: &str) -> Value {
    let (code, printed, complaint) = throng(folder, &format!("{line} --json"));
    assert_eq!(code, Some(0), "{line}: {complaint}");
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn a_run_goes_on_where_it_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for place in
        ["--size 40x30", "--generate caves --map-seed 2 --size 40x30 --wrap", "--size 40x30 --worlds 3"]
    {
        let model = format!("explorers {place} --agents 20 --seed 5");
        let changes = "--change persistence=0@12,9@15";
        let whole = json(folder, &format!("run {model} --set novelty=9 --steps 30 {changes}"));
        json(folder, &format!("run {model} --set novelty=9 --steps 13 {changes} --save-state kept"));
        // The map, the seeds and the parameters come with the state, and so does a change that was made.
        let rest = "--change persistence=9@15 --out out";
        let end = json(folder, &format!("run explorers --load-state kept --steps 17 {rest}"));
        assert_eq!(end["world_hashes"], whole["world_hashes"], "{place}");
        assert_eq!((&end["steps"], &end["steps_per_world"][0]), (&17.into(), &30.into()));
        let other = json(folder, "run explorers --load-state kept --steps 17");
        assert_ne!(other["world_hashes"], whole["world_hashes"], "{place}: the change was not missed");
        let run = std::fs::read_to_string(folder.join("out/run.json")).unwrap();
        let run: Value = serde_json::from_str(&run).unwrap();
        assert_eq!(run["state"]["loaded_from"], "kept");
        assert_eq!(
            run["changes"][0],
            serde_json::json!({ "parameter": "persistence", "step": 15, "value": 9.0 })
        );
        assert_eq!(run["parameters"]["persistence"], 0.0);
    }
}

#[test]
fn as_many_agents_are_told_as_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("pack.csv"), "pos.x,pos.y\n1,2\n3,4\n").unwrap();
    let meadow = "run wolf-sheep --size 20x20 --set flock=50";
    let told = json(folder, &format!("{meadow} --population wolf=pack.csv --steps 0"));
    assert_eq!(told["agents"], 52);
    json(folder, &format!("{meadow} --set pack=5 --steps 9 --save-state kept"));
    let told = json(folder, "run wolf-sheep --load-state kept --steps 0");
    let [sheep, wolves] = ["sheep", "wolves"].map(|kind| told["metrics"][kind].as_f64().unwrap());
    assert!(sheep + wolves != 55.0, "as many as at first would not be noticed");
    assert_eq!(told["agents"].as_f64().unwrap(), sheep + wolves);
}

#[test]
fn populations_and_changes_reach_both_backends() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("herd.csv"), "pos.x,pos.y\n1,2\n3,4\n").unwrap();
    let run = json(folder, "run walkers --size 9x9 --population herd.csv --steps 0");
    assert_eq!((&run["agents"], &run["metrics"]["coverage"]), (&2.into(), &(2.0 / 81.0).into()));
    let (code, _, complaint) =
        throng(folder, "verify sir-network --size 30x20 --steps 12 --change beta=0.9@3,0@9");
    assert!(code == Some(0) || complaint.contains("no GPU"), "{complaint}");
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("herd.csv"), "pos.x,pos.y\n1,2\n3,y\n").unwrap();
    throng(folder, "run walkers --size 9x9 --agents 4 --steps 1 --save-state kept");
    for (line, word) in [
        ("run walkers --population herd.csv", "herd.csv, row 2, column `pos.y`: `y`"),
        ("run walkers --population none.csv", "none.csv"),
        ("run walkers --population herd.csv --agents 5", "--agents"),
        ("run walkers --load-state nowhere", "there is no saved state"),
        ("run walkers --load-state kept --seed 3", "--seed"),
        ("run walkers --load-state kept --worlds 3", "--worlds"),
        ("run explorers --load-state kept", "is of model `walkers`"),
        ("run walkers --load-state kept --size 8x9", "is on open, 9 by 9"),
        ("run walkers --save-state herd.csv", "herd.csv"),
        ("run explorers --change persistence=5", "at which step"),
        ("run explorers --change persistence=99@5", "0 to 16"),
        ("run explorers --change persistance=9@5", "did you mean `persistence`"),
        ("run explorers --change persistence=9@0", "steps count from 1"),
    ] {
        let (code, printed, complaint) = throng(folder, line);
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{line}: {complaint}");
        assert!(complaint.contains(word) && complaint.starts_with("error: "), "{line}: {complaint}");
    }
}
