//! Several that write to one folder and read it at once.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use throng::experiment::store::Store;

use super::common::*;

/// Names the folder to the process that holds it.
const FOLDER: &str = "THRONG_TEST_HELD_STORE";

/// Not a test by itself: what the other process runs.
#[test]
fn holds_a_store_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut store = open(Path::new(&folder));
    store.append(&outcome(1)).expect("appended");
    println!("holding");
    std::thread::sleep(std::time::Duration::from_secs(600));
}

#[test]
fn the_process_that_writes_is_named_and_its_end_frees_the_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "company::holds_a_store_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.ends_with("holding")));
    let refused = Store::create_or_resume(folder.path(), FINGERPRINT, PLAN, &experiments());
    let text = refused.expect_err("the folder is held").to_string();
    assert!(text.contains(&format!("process {}", child.id())) && text.contains("end it"), "{text}");
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(open(folder.path()).done().len(), 1);
}

/// A writer that has gone, whether it came to its end or failed.
struct Leaving<'a>(&'a AtomicUsize);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn readers_see_all_that_was_added_before_they_began_whatever_writers_do() {
    const WRITERS: u64 = 3;
    const EACH: u64 = 150;
    let folder = tempfile::tempdir().expect("a folder");
    let added: Mutex<BTreeSet<u64>> = Mutex::default();
    let at_work = AtomicUsize::new(WRITERS as usize);
    let mut reads = 0;
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (folder, added, at_work) = (folder.path(), &added, &at_work);
            scope.spawn(move || {
                let _leaving = Leaving(at_work);
                let mut store = open_as(&format!("rank{writer}"), folder);
                for number in (0..EACH).map(|k| k * WRITERS + writer) {
                    store.append(&outcome(number)).expect("appended");
                    added.lock().expect("a set").insert(number);
                    // Small parts, so that they are put together again and again.
                    if number % 2 == 0 {
                        store.flush().expect("flushed");
                    }
                }
                store.close().expect("closed");
            });
        }
        while at_work.load(Ordering::Relaxed) > 0 {
            let before = added.lock().expect("a set").clone();
            if !folder.path().join("manifest.json").exists() {
                continue;
            }
            let contents = contents(folder.path());
            assert!(contents.notes.is_empty() && contents.conflicts.is_empty(), "{:?}", contents.notes);
            let seen: BTreeSet<u64> = contents.outcomes.iter().map(|outcome| outcome.trial.number).collect();
            let missing: Vec<&u64> = before.difference(&seen).collect();
            assert!(missing.is_empty(), "{missing:?} were added before, and not seen");
            reads += 1;
        }
    });
    assert!(reads > 3, "{reads} reads");
    assert_eq!(rows(&contents(folder.path()).outcomes), expected(0..WRITERS * EACH));
    assert!(parts(folder.path()).len() < 120);
}
