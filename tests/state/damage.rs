//! Folders that hold no state, or one that was changed, are told.

use std::path::Path;

use throng::BackendChoice::Cpu;
use throng::output::{Column, Table, Values, read_parquet, write_parquet};
use throng::state::{State, save};
use throng::{Run, Simulation};

use crate::common::{builtin, changed};
use crate::resume::loaded;
use crate::{build, hashes_after};

fn saved(folder: &Path) {
    let mut worlds = build(&Simulation::of(builtin("explorers")).size(20, 20).agents(9).worlds(2), Cpu);
    worlds.run(&Run::steps(5)).unwrap();
    save(&mut worlds, folder).unwrap();
}

/// Changes a file of a state, and gives what loading then says.
fn after(change: impl FnOnce(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    saved(folder.path());
    change(folder.path());
    match loaded(&builtin("explorers"), folder.path(), Cpu) {
        Ok(_) => "it was taken for sound".into(),
        Err(error) => {
            assert_eq!(error.exit_code(), 2);
            error.to_string()
        }
    }
}

fn with_table(folder: &Path, name: &str, change: impl FnOnce(&mut Table)) {
    let path = folder.join(name);
    let (mut table, _) = read_parquet(&path).unwrap();
    change(&mut table);
    write_parquet(&table, &path, &[]).unwrap();
}

fn values<'t>(table: &'t mut Table, name: &str) -> &'t mut Vec<u64> {
    match &mut table.columns.iter_mut().find(|column| column.name == name).unwrap().values {
        Values::U64(values) => values,
        other => panic!("{other:?}"),
    }
}

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("state.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn what_was_changed_is_told() {
    const AGENTS: &str = "agents-agent.parquet";
    const SEEN: &str = "layer-seen.parquet";
    let heading = |folder: &Path| with_table(folder, AGENTS, |table| values(table, "heading")[3] ^= 1);
    assert!(after(heading).contains("world 0 is not the one that was saved"));
    let cell = |folder: &Path| with_table(folder, SEEN, |table| values(table, "x")[0] = 99);
    assert!(after(cell).contains("row 1: there is no cell (99, "), "{}", after(cell));
    let world = |folder: &Path| with_table(folder, SEEN, |table| values(table, "world")[1] = 2);
    assert!(after(world).contains("there is no world 2"), "{}", after(world));
    let twice = |folder: &Path| with_table(folder, AGENTS, |table| values(table, "id")[1] = 0);
    assert!(after(twice).contains("row 2: agent 0 is there twice"), "{}", after(twice));
    let gone = |folder: &Path| {
        with_table(folder, AGENTS, |table| table.columns.retain(|column| column.name != "pos.y"));
    };
    assert!(after(gone).contains("no column `pos.y`"), "{}", after(gone));
    let words = |folder: &Path| {
        with_table(folder, AGENTS, |table| {
            let rows = table.rows().unwrap();
            table.columns.retain(|column| column.name != "heading");
            table.columns.push(Column::new("heading", Values::Text(vec!["north".into(); rows])));
        });
    };
    assert!(after(words).contains("row 1, column `heading`: `north` is no whole number"), "{}", after(words));
    let lost = |folder: &Path| std::fs::remove_file(folder.join(AGENTS)).unwrap();
    assert!(after(lost).contains(AGENTS));
    let cut = |folder: &Path| {
        let bytes = std::fs::read(folder.join(SEEN)).unwrap();
        std::fs::write(folder.join(SEEN), &bytes[..bytes.len() / 2]).unwrap();
    };
    assert!(after(cut).contains(SEEN));
    assert!(after(|folder| edit(folder, "\"format\": 1", "\"format\": 2")).contains("another format"));
    assert!(after(|folder| edit(folder, "\"worlds\"", "\"world\"")).contains("describes no state"));
    assert!(
        after(|folder| edit(folder, "\"persistence\": 3.0", "\"persistence\": 999.0")).contains("0 to 16")
    );
    assert!(
        after(|folder| edit(folder, "\"number\": 9", "\"number\": 8"))
            .contains("world 0: `agent` takes 32 words")
    );
    assert!(after(|folder| edit(folder, "\"width\": 20", "\"width\": 21")).contains("other cells"));
    assert!(
        after(|folder| std::fs::remove_file(folder.join("state.json")).unwrap()).contains("no saved state")
    );
    assert_eq!(after(|_| {}), "it was taken for sound");
}

#[test]
fn rows_may_be_in_any_order() {
    let sorted = |folder: &Path| {
        for (name, key) in [("agents-agent.parquet", "heading"), ("layer-trail.parquet", "value")] {
            with_table(folder, name, |table| {
                let keys = values(table, key).clone();
                let mut order: Vec<usize> = (0..keys.len()).collect();
                order.sort_by_key(|row| (keys[*row], usize::MAX - row));
                for column in &mut table.columns {
                    match &mut column.values {
                        Values::U64(all) => *all = order.iter().map(|row| all[*row]).collect(),
                        Values::I64(all) => *all = order.iter().map(|row| all[*row]).collect(),
                        other => panic!("{other:?}"),
                    }
                }
            });
        }
    };
    assert_eq!(after(sorted), "it was taken for sound");
}

#[test]
fn another_model_or_batch_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    saved(folder.path());
    let explorers = builtin("explorers");
    let other = changed(&explorers, "//! # ", "//! # Other ");
    assert!(loaded(&other, folder.path(), Cpu).err().unwrap().to_string().contains("explorers-changed"));
    let state = State::read(folder.path()).unwrap();
    let mut more = build(&state.describe(Simulation::of(explorers.clone())).unwrap().seeds([1, 2, 3]), Cpu);
    assert!(state.restore(&mut more).unwrap_err().to_string().contains("2 worlds, and here are 3"));
    // A folder is written anew, and what was there before does not show through.
    let mut small = build(&Simulation::of(explorers.clone()).size(5, 5).agents(2), Cpu);
    save(&mut small, folder.path()).unwrap();
    let mut again = loaded(&explorers, folder.path(), Cpu).unwrap();
    assert_eq!(hashes_after(&mut again, 6), hashes_after(&mut small, 6));
    let file = folder.path().join("state.json");
    assert!(save(&mut small, &file).is_err());
}
