//! Shards put together.

use std::path::PathBuf;

use throng::experiment::store::{Store, merge, read_series};

use super::common::*;

#[test]
fn shards_give_the_rows_of_one_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole");
    filled(&whole, 0..60, 100);
    let shards: Vec<PathBuf> = (0..3).map(|shard| folder.path().join(format!("shard{shard}"))).collect();
    for (shard, place) in shards.iter().enumerate() {
        // Some trials are in two shards.
        filled(place, (0..60).filter(|number| number % 3 == shard as u64 || number % 10 == 0), 7);
    }
    let out = folder.path().join("out");
    let merged = merge(&out, &shards).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((merged.trials, merged.failed, merged.added, merged.notes.len()), (60, 12, 60, 0));
    assert_eq!(rows(&contents(&out).outcomes), rows(&contents(&whole).outcomes));
    let series = |place| format!("{:?}", read_series(place).expect("series"));
    assert_eq!(series(&out), series(&whole));
    assert_ne!(series(&out), series(&shards[0]), "the check notices nothing");
    // Again, it adds nothing; and what is missing is missing.
    let again = merge(&out, &shards).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((again.trials, again.added), (60, 0));
    let fewer = merge(&folder.path().join("fewer"), &shards[..2]).unwrap_or_else(|error| panic!("{error}"));
    assert!(fewer.trials < 60);
}

#[test]
fn shards_that_disagree_or_are_of_other_plans_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let [a, b, c, out] = ["a", "b", "c", "out"].map(|name| folder.path().join(name));
    filled(&a, 0..10, 100);
    let mut store = open(&b);
    let mut wrong = outcome(7);
    wrong.result.as_mut().expect("finished").hash ^= 1;
    store.append(&wrong).expect("appended");
    store.close().expect("closed");
    let text = merge(&out, &[a.clone(), b.clone()]).expect_err("a conflict").to_string();
    for piece in ["trial 7", &*a.to_string_lossy(), &*b.to_string_lossy(), "hash"] {
        assert!(text.contains(piece), "{text}");
    }
    assert!(!out.exists(), "something was written");
    let mut store = Store::create_or_resume(&c, 1, PLAN, &experiments()).expect("a store");
    store.append(&outcome(20)).expect("appended");
    store.close().expect("closed");
    let text = merge(&out, &[a.clone(), c.clone()]).expect_err("another plan").to_string();
    assert!(text.contains("different plans") && text.contains(&*c.to_string_lossy()), "{text}");
    assert!(merge(&out, &[]).expect_err("nothing").to_string().contains("nothing to merge"));
    let text = merge(&out, &[folder.path().join("missing")]).expect_err("no folder").to_string();
    assert!(text.contains("missing"), "{text}");
    // An outcome that failed in one shard and finished in another is no conflict.
    let mut store = open(&c.with_extension("again"));
    let mut again = outcome(4);
    again.result = outcome(3).result;
    store.append(&again).expect("appended");
    store.close().expect("closed");
    let merged = merge(&out, &[a, c.with_extension("again")]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((merged.trials, merged.failed), (10, 1));
}
