//! Parts of a plan: numbers of trials and shares of them.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use throng::experiment::Plan;
use throng::experiment::plan::{Selection, Shard};

use super::varying;

fn numbers(selection: &Selection, trials: u64) -> Vec<u64> {
    selection.numbers(trials).collect()
}

#[test]
fn only_takes_both_ends_and_each_number_once() {
    for (text, wanted) in [
        ("7", vec![7]),
        ("10..12", vec![10, 11, 12]),
        ("97..", vec![97, 98, 99]),
        ("5,3,4..6,5", vec![3, 4, 5, 6]),
        (" 1 .. 2 , 8", vec![1, 2, 8]),
        ("98..,0..1,1", vec![0, 1, 98, 99]),
    ] {
        let selection = Selection::parse(text).unwrap();
        assert_eq!(numbers(&selection, 100), wanted, "{text}");
        assert_eq!(selection.count(100), wanted.len() as u64, "{text}");
        selection.check(100).unwrap();
    }
    assert_eq!(numbers(&Selection::all(), 4), [0, 1, 2, 3]);
    let last = Shard { index: u64::MAX, of: u64::MAX };
    assert_eq!(Selection::all().shard(Some(last)).count(u64::MAX), 1);
}

#[test]
fn shares_are_a_partition() {
    for text in ["0..99", "3,10..60", "99"] {
        for of in [1, 2, 3, 7, 64, 200] {
            let whole: Vec<u64> = numbers(&Selection::parse(text).unwrap(), 100);
            let mut together = Vec::new();
            for index in 1..=of {
                let share = Selection::parse(text).unwrap().shard(Some(Shard { index, of }));
                let own = numbers(&share, 100);
                assert_eq!(own.len() as u64, share.count(100), "{text}, {index}/{of}");
                // No share is more than one trial larger than another.
                assert!(own.len() as u64 - whole.len() as u64 / of <= 1, "{text}, {index}/{of}");
                together.extend(own);
            }
            together.sort_unstable();
            assert_eq!(together, whole, "{text} in {of}");
        }
    }
    // Shares of another number overlap, which the check above would notice.
    let of = |index, of| numbers(&Selection::all().shard(Some(Shard { index, of })), 100);
    let (one, other): (BTreeSet<u64>, BTreeSet<u64>) =
        (of(1, 2).into_iter().collect(), of(1, 3).into_iter().collect());
    assert!(!one.is_disjoint(&other));
}

#[test]
fn what_is_no_part_is_refused() {
    for (text, word) in [
        ("", "``"),
        ("a", "`a`"),
        ("1..b", "`b`"),
        ("5..3", "5 to 3"),
        ("-1", "`-1`"),
        ("1,,2", "``"),
        ("1.5", "`1.5`"),
    ] {
        let told = Selection::parse(text).unwrap_err().to_string();
        assert!(told.contains(word) && told.contains("; "), "{text}: {told}");
    }
    for (text, word) in [
        ("", "``"),
        ("1", "`1`"),
        ("0/4", "0 of 4"),
        ("5/4", "5 of 4"),
        ("1/0", "1 of 0"),
        ("a/b", "`a/b`"),
        ("-1/4", "`-1/4`"),
    ] {
        let told = Shard::parse(text).unwrap_err().to_string();
        assert!(told.contains(word) && told.contains("from 1 to n"), "{text}: {told}");
    }
    for text in ["100", "90..100", "200.."] {
        let told = Selection::parse(text).unwrap().check(100).unwrap_err().to_string();
        assert!(told.contains("0 to 99"), "{text}: {told}");
    }
    assert_eq!(Shard::parse(" 2 / 4 ").unwrap(), Shard { index: 2, of: 4 });
}

#[test]
fn each_experiment_has_its_own_of_the_trials_chosen_but_for_those_done() {
    let mut other = varying(&[("persistence", "1,99,3")]);
    (other.name, other.replicates) = (Some("other".into()), 4);
    let plan = Plan::new(vec![varying(&[("novelty", "1,2,3,4,5")]), other]).unwrap();
    assert_eq!(plan.trials(), 17);
    for text in ["0..16", "3,4,6..12,16", "7..9", "0"] {
        for of in [1, 2, 3, 20] {
            for index in 1..=of {
                let selection = Selection::parse(text).unwrap().shard(Some(Shard { index, of }));
                let found: Vec<(String, u64, bool)> = (plan.experiments().iter().enumerate())
                    .flat_map(|(place, experiment)| {
                        let (plan, name) = (&plan, &experiment.name);
                        let left = plan.left(place, &selection, Arc::new(HashSet::from([4, 16])));
                        left.map(move |number| (name.clone(), number, plan.trial_or_outcome(number).is_ok()))
                    })
                    .collect();
                let wanted: Vec<(String, u64, bool)> = numbers(&selection, 17)
                    .into_iter()
                    .filter(|number| ![4, 16].contains(number))
                    .map(|number| {
                        let name = if number < 5 { "explorers" } else { "other" };
                        (name.to_owned(), number, !(9..13).contains(&number))
                    })
                    .collect();
                assert_eq!(found, wanted, "{text}, {index}/{of}");
            }
        }
    }
}
