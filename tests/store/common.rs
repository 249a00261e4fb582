//! Outcomes that are functions of the trial's number.

use std::collections::BTreeSet;
use std::path::Path;

use throng::experiment::store::{Contents, ExperimentColumns, Store, read};
use throng::experiment::{Finished, Trial, TrialOutcome};

pub const FINGERPRINT: u64 = 0xfeed_0123_4567_89ab;
pub const PLAN: &str = "name = \"made up\"\nreplicates = 4\n";

/// Two experiments of unlike models, with names that meet those of fixed columns.
pub fn experiments() -> Vec<ExperimentColumns> {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    vec![
        ExperimentColumns {
            name: "caves".into(),
            model: "explorers".into(),
            model_hash: "0123456789abcdef".into(),
            parameters: words(&["persistence", "seed"]),
            outputs: words(&["coverage", "first"]),
            metrics: words(&["coverage", "found", "step"]),
        },
        ExperimentColumns {
            name: "open, \"wide\"".into(),
            model: "walkers".into(),
            model_hash: "fedcba9876543210".into(),
            parameters: words(&["turning", "persistence"]),
            outputs: words(&["found", "persistence"]),
            metrics: words(&["found"]),
        },
    ]
}

/// The outcome of a trial: every fifth fails, every third is of the second experiment; some values are no numbers.
pub fn outcome(number: u64) -> TrialOutcome {
    let experiment = usize::from(number % 3 == 2);
    let fraction = number as f64 / 7.0;
    let trial = Trial {
        number,
        experiment,
        point: number / 4,
        replicate: (number % 4) as u32,
        seed: u64::MAX - number,
        agents: 64 + number as u32,
        values: vec![(number / 4) as f64, -fraction],
    };
    let result = if number % 5 == 4 {
        Err(format!("parameter `persistence` is {number}, \"out\" of its range;\nset it to 16 at most"))
    } else {
        let first = if number.is_multiple_of(2) { f64::NAN } else { fraction.sqrt() };
        let series = match number % 7 {
            0 if experiment == 0 => (0..4).map(|k| (k * 10, vec![k as f64, fraction, f64::NAN])).collect(),
            0 => vec![(0, vec![fraction]), (9, vec![f64::INFINITY])],
            _ => Vec::new(),
        };
        let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (number % 40);
        Ok(Finished {
            steps: 100 + number,
            stopped: number % 2 == 1,
            hash,
            outputs: vec![fraction, first],
            series,
        })
    };
    TrialOutcome {
        trial,
        result,
        seconds: fraction / 10.0,
        device: ["cpu", "gpu"][number as usize % 2].into(),
    }
}

pub fn open(folder: &Path) -> Store {
    open_as("0", folder)
}

pub fn open_as(writer: &str, folder: &Path) -> Store {
    Store::create_or_resume_as(writer, folder, FINGERPRINT, PLAN, &experiments())
        .unwrap_or_else(|e| panic!("{e}"))
}

/// A store of these trials, in several parts where `flushes` is above 1.
pub fn filled(folder: &Path, trials: impl IntoIterator<Item = u64>, every: usize) {
    let mut store = open(folder);
    for (count, number) in trials.into_iter().enumerate() {
        store.append(&outcome(number)).expect("appended");
        if (count + 1) % every == 0 {
            store.flush().expect("flushed");
        }
    }
    store.close().expect("closed");
}

pub fn contents(folder: &Path) -> Contents {
    read(folder).unwrap_or_else(|error| panic!("{error}"))
}

/// Text of outcomes in which numbers are bits: NaN equals NaN, and seconds and device do not count.
pub fn rows(outcomes: &[TrialOutcome]) -> Vec<String> {
    let bits = |values: &[f64]| {
        values
            .iter()
            .map(|value| if value.is_nan() { "NaN".into() } else { format!("{:x}", value.to_bits()) })
            .collect::<Vec<_>>()
    };
    let row = |outcome: &TrialOutcome| {
        let trial = &outcome.trial;
        let result = outcome
            .result
            .as_ref()
            .map(|finished| (finished.steps, finished.stopped, finished.hash, bits(&finished.outputs)));
        format!(
            "{} {} {} {} {} {} {:?} {result:?}",
            trial.number,
            trial.experiment,
            trial.point,
            trial.replicate,
            trial.seed,
            trial.agents,
            bits(&trial.values)
        )
    };
    outcomes.iter().map(row).collect()
}

/// What an undisturbed run of these trials leaves.
pub fn expected(trials: impl IntoIterator<Item = u64>) -> Vec<String> {
    let trials: BTreeSet<u64> = trials.into_iter().collect();
    rows(&trials.into_iter().map(outcome).collect::<Vec<_>>())
}

/// The names in a folder, without those that begin with a dot or are locks.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !name.starts_with("lock-"))
        .collect();
    names.sort();
    names
}

pub fn parts(folder: &Path) -> Vec<String> {
    names(folder).into_iter().filter(|name| name.starts_with("part-")).collect()
}
