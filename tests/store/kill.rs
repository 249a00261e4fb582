//! A process that appends is killed at random moments, again and again: nothing that it reported is lost.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::common::*;

/// Names the folder to the process that is killed.
const FOLDER: &str = "THRONG_TEST_STORE";
const TRIALS: u64 = 6000;
const KILLS: usize = 120;

/// Not a test by itself: what the killed process runs.
#[test]
fn appends_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut store = open(Path::new(&folder));
    for number in 0..TRIALS {
        if store.done().contains(&number) || store.failed().contains(&number) {
            continue;
        }
        store.append(&outcome(number)).expect("appended");
        println!("reported {number}");
        // Parts are written often, so that kills meet every moment of that, too.
        if number % 17 == 0 {
            store.flush().expect("flushed");
        }
    }
    store.close().expect("closed");
    println!("finished");
}

struct Killed {
    reported: Vec<u64>,
    finished: bool,
}

/// Starts the process, waits so long after it began or after its first report, and kills it.
fn run_and_kill(folder: &Path, wait: Duration, after_report: bool) -> Killed {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "kill::appends_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let output = child.stdout.take().expect("its output");
    let (send, receive) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut killed = Killed { reported: Vec::new(), finished: false };
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // The harness writes the test's name before the first line.
            if let Some((_, number)) = line.split_once("reported ") {
                killed.reported.push(number.parse().expect("a number"));
                let _ = send.send(());
            }
            killed.finished |= line.ends_with("finished");
        }
        killed
    });
    if after_report {
        let _ = receive.recv();
    }
    std::thread::sleep(wait);
    child.kill().expect("killed");
    child.wait().expect("ended");
    reader.join().expect("its lines")
}

/// The trials that a store holds, all of them with the right rows.
fn kept(folder: &Path) -> BTreeSet<u64> {
    let contents = contents(folder);
    assert!(contents.notes.is_empty() && contents.conflicts.is_empty(), "{:?}", contents.notes);
    let kept: BTreeSet<u64> = contents.outcomes.iter().map(|outcome| outcome.trial.number).collect();
    assert_eq!(rows(&contents.outcomes), expected(kept.iter().copied()));
    kept
}

#[test]
fn killed_at_random_moments_it_loses_nothing_that_it_reported() {
    let mut folder = tempfile::tempdir().expect("a folder");
    let mut reported = BTreeSet::new();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let (mut kills_here, mut reports, mut rounds, mut only_in_journals) = (0, 0, 0, 0);
    for kill in 1..=KILLS {
        // xorshift64 (Marsaglia 2003).
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let wait = Duration::from_micros(seed % 20_000);
        // Half of the kills may come before the process has its store open.
        let killed = run_and_kill(folder.path(), wait, kill % 2 == 0);
        kills_here += 1;
        reports += killed.reported.len();
        reported.extend(killed.reported);
        if !folder.path().join("manifest.json").exists() {
            assert!(reported.is_empty());
            continue;
        }
        // A wrong store, one without journals, would be seen to lose trials.
        let copy = tempfile::tempdir().expect("a folder");
        for name in names(folder.path()).iter().filter(|name| !name.starts_with("journal-")) {
            std::fs::copy(folder.path().join(name), copy.path().join(name)).expect("copied");
        }
        only_in_journals += reported.difference(&kept(copy.path())).count();
        let kept = kept(folder.path());
        let lost: Vec<&u64> = reported.difference(&kept).collect();
        assert!(lost.is_empty(), "after {kill} kills, {lost:?} were reported and are lost");
        // The process runs one trial at a time, so that a kill leaves at most one that it had no time to report.
        assert!(kept.len() <= reported.len() + kills_here);
        if killed.finished || kill == KILLS {
            finish(folder.path());
            folder = tempfile::tempdir().expect("a folder");
            reported.clear();
            kills_here = 0;
            rounds += 1;
        }
    }
    println!("{KILLS} kills, {reports} trials reported, {rounds} runs finished");
    assert!(reports > KILLS, "it was always killed before it began");
    assert!(only_in_journals > 0, "the check notices nothing");
}

/// Undisturbed, the process finishes the rest, and the rows are those of a run that was never disturbed.
fn finish(folder: &Path) {
    let done = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "kill::appends_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .status()
        .expect("a process");
    assert!(done.success());
    assert_eq!(rows(&contents(folder).outcomes), expected(0..TRIALS));
    assert!(parts(folder).len() < 100, "{} parts", parts(folder).len());
    let drafts = std::fs::read_dir(folder).expect("a folder").filter(|entry| {
        let name = entry.as_ref().map(|entry| entry.file_name().to_string_lossy().into_owned());
        name.is_ok_and(|name| name.starts_with(".throng-") && !name.contains("manifest"))
    });
    assert_eq!(drafts.count(), 0, "drafts are left");
}
