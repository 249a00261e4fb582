//! Files cut short, changed, or from elsewhere: named, left where they are, and the others used.

use std::fs;
use std::path::Path;

use super::common::*;

/// Opens and reads a store; the trials must be among those given, and none may be wrong.
fn survivors(folder: &Path, all: u64) -> (Vec<u64>, Vec<String>) {
    let contents = contents(folder);
    let numbers: Vec<u64> = contents.outcomes.iter().map(|outcome| outcome.trial.number).collect();
    assert!(numbers.iter().all(|number| *number < all));
    assert_eq!(rows(&contents.outcomes), expected(numbers.iter().copied()));
    (numbers, contents.notes)
}

fn bytes_of(number: u64) -> impl Iterator<Item = u64> {
    // Weyl's sequence through a published mixer (splitmix64, Steele, Lea and Flood 2014).
    (1..).map(move |k: u64| {
        let mut z = (number ^ k.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

#[test]
fn parts_damaged_in_bulk_are_named_and_the_others_used() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path(), 0..30, 10);
    let names = parts(folder.path());
    assert_eq!(names.len(), 3);
    let path = folder.path().join(&names[1]);
    let sound = fs::read(&path).expect("a part");
    let mut random = bytes_of(7);
    for round in 0..600_u64 {
        let mut bytes = sound.clone();
        let mut next = |below: usize| (random.next().expect("endless") % below as u64) as usize;
        match round % 4 {
            0 => bytes.truncate(next(sound.len())),
            1 => bytes[next(sound.len())] ^= 1 << next(8),
            2 => bytes.extend(std::iter::repeat_n(0, 1 + next(100))),
            _ => {
                let start = next(sound.len() - 16);
                bytes[start..start + 16].fill(round as u8);
            }
        }
        if bytes == sound {
            continue;
        }
        fs::write(&path, &bytes).expect("written");
        let (numbers, notes) = survivors(folder.path(), 30);
        assert_eq!(numbers, (0..10).chain(20..30).collect::<Vec<u64>>(), "round {round}");
        assert_eq!(notes.len(), 1, "round {round}: {notes:?}");
        assert!(notes[0].contains(&names[1]) && notes[0].contains("damaged") && notes[0].contains("; "));
        assert_eq!(fs::read(&path).expect("the part"), bytes, "it was changed");
    }
    // A store that is opened runs those trials again, and deletes nothing.
    let mut store = open(folder.path());
    assert_eq!(store.notes().len(), 1);
    for number in (0..30).filter(|number| number % 5 != 4) {
        if !store.done().contains(&number) {
            store.append(&outcome(number)).expect("appended");
        }
    }
    store.append(&outcome(14)).expect("appended");
    store.append(&outcome(19)).expect("appended");
    store.close().expect("closed");
    assert!(path.exists());
    assert_eq!(survivors(folder.path(), 30).0.len(), 30);
    fs::write(&path, &sound).expect("written");
    assert!(contents(folder.path()).notes.is_empty());
}

#[test]
fn the_reader_of_parquet_survives_any_bytes() {
    use throng::output::read_parquet_bytes;
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path(), 0..30, 100);
    let sound = fs::read(folder.path().join(&parts(folder.path())[0])).expect("a part");
    let table = read_parquet_bytes(sound.clone()).expect("a table");
    let mut random = bytes_of(3);
    let (mut refused, mut wrong) = (0, 0);
    for length in (0..sound.len()).step_by(7) {
        assert!(read_parquet_bytes(sound[..length].to_vec()).is_err(), "cut at {length}");
    }
    for _ in 0..300 {
        let mut bytes = sound.clone();
        let at = (random.next().expect("endless") % bytes.len() as u64) as usize;
        bytes[at] = bytes[at].wrapping_add(1);
        match read_parquet_bytes(bytes) {
            // As text, in which NaN equals NaN.
            Ok(read) => wrong += usize::from(format!("{read:?}") != format!("{table:?}")),
            Err(why) => {
                refused += 1;
                assert!(!why.is_empty());
            }
        }
    }
    assert!(refused > 20, "{refused} of 300 refused");
    assert!(
        wrong > 20,
        "{wrong} of 300 read as something else: without digests in names nobody would notice"
    );
}

#[test]
fn files_from_elsewhere_are_named_and_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    filled(&run, 0..10, 100);
    // Another plan with the same columns: its parts look the same but for the fingerprint.
    let other = folder.path().join("other");
    let mut store =
        throng::experiment::store::Store::create_or_resume(&other, FINGERPRINT + 1, PLAN, &experiments())
            .expect("a store");
    store.append(&outcome(20)).expect("appended");
    store.close().expect("closed");
    let foreign = parts(&other)[0].replace("part-0-", "part-9-");
    fs::copy(other.join(&parts(&other)[0]), run.join(&foreign)).expect("copied");
    fs::write(run.join("notes.txt"), "mine").expect("written");
    fs::write(run.join("my table.parquet"), "mine").expect("written");
    fs::write(run.join("part-0-0.parquet"), "mine").expect("written");
    let (numbers, notes) = survivors(&run, 10);
    assert_eq!(numbers.len(), 10);
    assert_eq!(notes.len(), 3, "{notes:?}");
    for name in [foreign.as_str(), "my table.parquet", "part-0-0.parquet"] {
        assert!(notes.iter().any(|note| note.contains(name)), "{name}: {notes:?}");
    }
    let before = names(&run);
    drop(open(&run));
    assert_eq!(names(&run), before);
    // The same part in its own folder is fine: it is the plan that counts.
    assert!(contents(&other).notes.is_empty());
}

/// The journal of a run of trials 0..20 that was killed before a part was written, and where each record ends.
fn journal() -> (Vec<u8>, Vec<usize>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = open(folder.path());
    let path = folder.path().join("journal-0-0");
    let mut ends = Vec::new();
    for number in 0..20 {
        store.append(&outcome(number)).expect("appended");
        ends.push(fs::metadata(&path).expect("a journal").len() as usize);
    }
    (fs::read(&path).expect("a journal"), ends)
}

fn with_journal(bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    drop(open(folder.path()));
    fs::write(folder.path().join("journal-0-0"), bytes).expect("written");
    folder
}

#[test]
fn a_journal_cut_anywhere_keeps_its_whole_records() {
    let (bytes, ends) = journal();
    for length in 0..=bytes.len() {
        if length % 11 != 0 && !ends.contains(&length) && !ends.contains(&(length + 1)) {
            continue;
        }
        let folder = with_journal(&bytes[..length]);
        let whole = ends.iter().filter(|end| **end <= length).count() as u64;
        let (numbers, notes) = survivors(folder.path(), 20);
        assert_eq!((numbers.len() as u64, notes.len()), (whole, 0), "cut at {length}: {notes:?}");
        let store = open(folder.path());
        assert_eq!((store.done().len() + store.failed().len()) as u64, whole);
        drop(store);
        assert_eq!(survivors(folder.path(), 20).0.len() as u64, whole);
        assert!(!names(folder.path()).iter().any(|name| name.contains("journal")), "cut at {length}");
    }
}

#[test]
fn a_journal_with_wrong_bytes_is_used_up_to_them_and_kept() {
    let (bytes, ends) = journal();
    for at in (0..bytes.len()).step_by(5) {
        let mut wrong = bytes.clone();
        wrong[at] ^= 0x10;
        let folder = with_journal(&wrong);
        let before = ends.iter().filter(|end| **end <= at).count();
        let (numbers, notes) = survivors(folder.path(), 20);
        assert_eq!((numbers.len(), notes.len()), (before, 1), "byte {at}: {notes:?}");
        let store = open(folder.path());
        assert_eq!(store.notes().len(), 1);
        drop(store);
        let kept = fs::read(folder.path().join("damaged-journal-0-0")).expect("the journal was kept");
        assert_eq!(kept, wrong);
        assert_eq!(survivors(folder.path(), 20).0.len(), before);
    }
}
