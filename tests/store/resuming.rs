//! Round trips, and going on where a run stopped.

use throng::experiment::TrialOutcome;
use throng::experiment::store::{Interval, read_series};
use throng::output::{Values, read_parquet};

use super::common::*;

#[test]
fn what_is_added_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("deep/run");
    // In the order of completion, not of numbers.
    filled(&folder, (0..100).rev(), 13);
    let contents = contents(&folder);
    assert_eq!(rows(&contents.outcomes), expected(0..100));
    assert!(contents.notes.is_empty() && contents.conflicts.is_empty(), "{:?}", contents.notes);
    assert_eq!(contents.manifest.plan, PLAN);
    for outcome in &contents.outcomes {
        let given = super::common::outcome(outcome.trial.number);
        assert_eq!((outcome.seconds, &outcome.device), (given.seconds, &given.device));
    }
    // A wrong outcome, of each kind there is, would be seen.
    let wrong: [fn(&mut TrialOutcome); 5] = [
        |outcome| outcome.trial.seed ^= 1,
        |outcome| outcome.trial.values[1] = -outcome.trial.values[1],
        |outcome| outcome.result = Err("no".into()),
        |outcome| outcome.result.as_mut().expect("finished").hash ^= 1,
        |outcome| outcome.result.as_mut().expect("finished").outputs[1] = 0.0,
    ];
    for change in wrong {
        let mut outcomes = contents.outcomes.clone();
        change(&mut outcomes[10]);
        assert_ne!(rows(&outcomes), expected(0..100));
    }
}

#[test]
fn series_and_timeline_are_read_back_from_journals_and_from_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(folder.path());
    let interval = |k: u64| Interval {
        device: "gpu".into(),
        experiment: (k % 2) as usize,
        begin: 1e9 + k as f64,
        end: 1e9 + k as f64 + 0.75,
        trials: k,
        why: format!("because of {k}"),
    };
    let check = |when: &str| {
        let series = read_series(folder.path()).expect("series");
        let mut wanted = Vec::new();
        for number in 0..40 {
            for (step, values) in outcome(number).result.map_or(Vec::new(), |finished| finished.series) {
                // Metrics: coverage, found, step (shown as metric.step); the second experiment has `found` alone.
                let wide = if values.len() == 3 { values } else { vec![f64::NAN, values[0], f64::NAN] };
                wanted.push((number, step, wide));
            }
        }
        assert!(wanted.len() > 10);
        let seen: Vec<_> = series.into_iter().map(|row| (row.trial, row.step, row.values)).collect();
        assert_eq!(format!("{seen:?}"), format!("{wanted:?}"), "{when}");
        let timeline = contents(folder.path()).timeline;
        assert_eq!(timeline, (0..4).map(interval).collect::<Vec<_>>(), "{when}");
    };
    for number in 0..40 {
        store.append(&outcome(number)).expect("appended");
    }
    for k in [2, 0, 3, 1] {
        store.append_interval(&interval(k)).expect("appended");
    }
    check("in the journal");
    assert!(parts(folder.path()).is_empty());
    store.close().expect("closed");
    check("in parts");
    assert_eq!(parts(folder.path()).len(), 1);
    assert!(!names(folder.path()).iter().any(|name| name.starts_with("journal-")));
}

#[test]
fn an_interrupted_run_goes_on_and_gives_the_same_rows() {
    let whole = tempfile::tempdir().expect("a folder");
    filled(whole.path(), 0..200, 1000);
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..10 {
        let mut store = open(folder.path());
        let missing: Vec<u64> = (0..200)
            .filter(|number| !store.done().contains(number) && !store.failed().contains(number))
            .collect();
        assert_eq!(missing.len(), 200 - 20 * round);
        for number in missing.iter().rev().take(20) {
            store.append(&outcome(*number)).expect("appended");
        }
    }
    let (a, b) = (contents(whole.path()), contents(folder.path()));
    assert_eq!(rows(&a.outcomes), rows(&b.outcomes));
    assert_eq!(rows(&a.outcomes), expected(0..200));
    assert_ne!(rows(&a.outcomes), expected(0..199), "the check notices nothing");
    let failed = open(folder.path()).failed().clone();
    assert_eq!(failed.len(), 40);
    assert!(failed.iter().all(|number| number % 5 == 4));
}

#[test]
fn a_trial_that_failed_may_be_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path(), 0..5, 100);
    let mut store = open(folder.path());
    assert!(store.failed().contains(&4) && !store.done().contains(&4));
    let mut again = outcome(4);
    again.result = outcome(3).result;
    store.append(&again).expect("appended");
    assert!(!store.failed().contains(&4) && store.done().contains(&4));
    // A failure that comes later does not undo it.
    store.append(&outcome(4)).expect("appended");
    store.close().expect("closed");
    assert_eq!(open(folder.path()).done().len(), 5);
    assert!(contents(folder.path()).outcomes[4].result.is_ok());
}

#[test]
fn rows_that_come_twice_count_once_and_those_that_differ_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path(), (0..30).chain(10..40), 7);
    let mut again = outcome(11);
    (again.seconds, again.device) = (99.0, "elsewhere".into());
    let mut store = open_as("other", folder.path());
    store.append(&again).expect("appended");
    store.close().expect("closed");
    let same = contents(folder.path());
    assert_eq!(rows(&same.outcomes), expected(0..40));
    assert!(same.conflicts.is_empty());
    again.result.as_mut().expect("finished").hash ^= 1;
    let mut store = open_as("other", folder.path());
    store.append(&again).expect("appended");
    store.close().expect("closed");
    let conflicts = contents(folder.path()).conflicts;
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].kept.trial.number, 11);
}

#[test]
fn many_small_parts_become_one_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path(), 0..200, 1);
    let count = parts(folder.path()).len();
    assert!((1..40).contains(&count), "{count} parts of 200");
    assert_eq!(rows(&contents(folder.path()).outcomes), expected(0..200));
    let series = names(folder.path()).into_iter().filter(|name| name.starts_with("series-")).count();
    assert!((1..40).contains(&series), "{series} parts of series");
}

#[test]
fn parts_are_plain_parquet_with_one_row_per_trial() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path(), 0..10, 100);
    let (table, metadata) = read_parquet(&folder.path().join(&parts(folder.path())[0])).expect("a table");
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names.join(" "),
        "trial experiment point replicate seed agents persistence parameter.seed turning steps stopped coverage first \
         found output.persistence hash status reason seconds device"
    );
    assert_eq!(
        metadata.iter().find(|(key, _)| key == "throng.fingerprint").expect("a key").1,
        "feed0123456789ab"
    );
    let Values::Text(hashes) = &table.columns[15].values else { panic!("hashes are words") };
    assert_eq!(hashes[3], format!("{:016x}", outcome(3).result.expect("finished").hash));
    let whole = contents(folder.path()).table().expect("a table");
    // As text, in which NaN equals NaN.
    assert_eq!(format!("{table:?}"), format!("{whole:?}"));
}
