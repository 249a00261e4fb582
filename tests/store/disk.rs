//! A disk that is full.

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_what_was_added_stays() {
    use super::common::*;
    use std::process::Command;

    let disk = tempfile::tempdir().expect("a folder");
    let done = |program: &str, words: &[&str]| {
        let output = Command::new(program).args(words).arg(disk.path()).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !done("mount", &["-t", "tmpfs", "-o", "size=256k", "tmpfs"]) {
        println!("no small disk could be mounted (that needs root)");
        return;
    }
    let result = std::panic::catch_unwind(|| {
        let run = disk.path().join("run");
        let mut store = open(&run);
        let mut added = Vec::new();
        let mut refusals = 0;
        let mut number = 0;
        while refusals < 5 {
            match store.append(&outcome(number)) {
                Ok(()) => added.push(number),
                Err(error) => {
                    refusals += 1;
                    let text = error.to_string();
                    assert!(text.contains("journal-0-") && text.contains("free some space"), "{text}");
                }
            }
            number += 1;
        }
        assert!(added.len() > 100);
        assert!(store.flush().is_err(), "there is no room for a part");
        assert_eq!(rows(&contents(&run).outcomes), expected(added.iter().copied()));
        // The process ends; with some room, the next one goes on.
        drop(store);
        assert_eq!(rows(&contents(&run).outcomes), expected(added.iter().copied()));
        assert!(done("mount", &["-o", "remount,size=2m"]), "the disk cannot be made larger");
        let mut store = open(&run);
        assert!(store.notes().is_empty(), "{:?}", store.notes());
        for number in 0..number {
            if !store.is_settled(number, false) {
                store.append(&outcome(number)).expect("there is room");
            }
        }
        store.close().expect("there is room");
        assert_eq!(rows(&contents(&run).outcomes), expected(0..number));
    });
    assert!(done("umount", &[]), "the small disk is still mounted at {}", disk.path().display());
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}
