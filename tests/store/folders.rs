//! Folders that are refused, each in one sentence that names it.

use std::fs;
use std::path::Path;

use throng::experiment::store::{ExperimentColumns, Store, read};

use super::common::*;

fn refusal_of(folder: &Path, fingerprint: u64, experiments: &[ExperimentColumns]) -> String {
    let error = Store::create_or_resume(folder, fingerprint, PLAN, experiments).expect_err("a refusal");
    let text = error.to_string();
    assert_eq!(error.exit_code(), 2, "{text}");
    assert!(!text.contains('\n') && text.contains("; "), "not one sentence with a remedy: {text}");
    assert!(text.contains(&*folder.to_string_lossy()), "does not name the folder: {text}");
    text
}

fn refusal(folder: &Path) -> String {
    refusal_of(folder, FINGERPRINT, &experiments())
}

#[test]
fn a_folder_of_other_things_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("thesis.tex"), "precious").expect("a file");
    let text = refusal(folder.path());
    assert!(text.contains("thesis.tex") && text.contains("not a run folder"), "{text}");
    assert_eq!(names(folder.path()), ["thesis.tex"]);
    assert!(read(folder.path()).expect_err("no store").to_string().contains("not a run folder"));
    let file = folder.path().join("thesis.tex");
    assert!(refusal(&file).contains("name a folder, not a file"));
    assert_eq!(fs::read(&file).expect("the file"), b"precious");
    let missing = read(&folder.path().join("missing")).expect_err("nothing").to_string();
    assert!(missing.contains("missing") && missing.contains("check the path"), "{missing}");
    // An empty folder is a new store.
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    open(&empty);
}

#[test]
fn another_plan_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path(), 0..3, 100);
    let before = names(folder.path());
    let text = refusal_of(folder.path(), FINGERPRINT + 1, &experiments());
    assert!(text.contains("another plan") && text.contains("feed0123456789ab"), "{text}");
    let mut changed = experiments();
    changed[1].model_hash = "0".repeat(16);
    let text = refusal_of(folder.path(), FINGERPRINT, &changed);
    assert!(text.contains("text of the model `walkers`"), "{text}");
    let mut changed = experiments();
    changed[0].outputs.pop();
    let text = refusal_of(folder.path(), FINGERPRINT, &changed);
    assert!(text.contains("other names or columns"), "{text}");
    assert_eq!(names(folder.path()), before);
    open(folder.path());
}

#[test]
fn another_format_and_a_damaged_manifest_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path(), 0..3, 100);
    let path = folder.path().join("manifest.json");
    let text = fs::read_to_string(&path).expect("the manifest");
    let other =
        text.replacen("\"format\": 1", "\"format\": 7", 1).replace(env!("CARGO_PKG_VERSION"), "9.4.2");
    assert_ne!(text, other);
    fs::write(&path, other).expect("written");
    for sentence in [refusal(folder.path()), read(folder.path()).expect_err("refused").to_string()] {
        assert!(sentence.contains("format 7") && sentence.contains("Throng 9.4.2"), "{sentence}");
    }
    for damaged in ["", "{", "[]", "{}", "null", "{\"format\": 1}", &text[..text.len() / 2]] {
        fs::write(&path, damaged).expect("written");
        assert!(refusal(folder.path()).contains("manifest"), "{damaged}");
    }
    fs::write(&path, [0xff, 0xfe]).expect("written");
    assert!(refusal(folder.path()).contains("UTF-8"));
    fs::remove_file(&path).expect("removed");
    assert!(refusal(folder.path()).contains("lost its manifest.json"));
    fs::write(&path, text).expect("written");
    assert_eq!(rows(&contents(folder.path()).outcomes), expected(0..3));
}

#[test]
fn a_folder_that_a_process_writes_to_is_refused_and_free_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let text = refusal(folder.path());
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    // Others may write under other names, and read.
    let mut other = open_as("rank1", folder.path());
    other.append(&outcome(1)).expect("appended");
    assert_eq!(contents(folder.path()).outcomes.len(), 1);
    drop(store);
    open(folder.path());
}

#[test]
fn names_of_writers_and_columns_are_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["", "a-b", "a/b", "..\u{e9}", "a b", &"x".repeat(65)] {
        let error = Store::create_or_resume_as(name, folder.path(), 1, PLAN, &experiments()).expect_err(name);
        assert!(error.to_string().contains("writer"), "{error}");
    }
    let mut twice = experiments();
    twice[1].name = twice[0].name.clone();
    let error = Store::create_or_resume(folder.path(), 1, PLAN, &twice).expect_err("one name twice");
    assert!(error.to_string().contains("two experiments named `caves`"), "{error}");
    let mut twice = experiments();
    twice[0].outputs.push("coverage".into());
    let error = Store::create_or_resume(folder.path(), 1, PLAN, &twice).expect_err("one name twice");
    assert!(error.to_string().contains("two outputs named `coverage`"), "{error}");
    // An outcome of another shape is a mistake of ours, told and not written.
    let mut store = open(folder.path());
    let mut wrong = outcome(0);
    wrong.trial.values.pop();
    assert!(store.append(&wrong).is_err());
    assert!(store.done().is_empty());
}
