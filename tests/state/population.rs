//! Agents that begin as a table says.

use std::path::PathBuf;

use throng::BackendChoice::Cpu;
use throng::output::{Column, Table, Values, write_parquet};
use throng::state::{read_population, save};
use throng::world::map::Map;
use throng::{Builder, Model, Simulation};

use crate::build;
use crate::common::{backends, builtin, model};

const KINDS: &str = "
//! # Fields of every kind; the start marks where agents stand, and changes what it likes.
//! [agents]
//! start = \"begin\"
//! [layers]
//! wall = { bits = 1, from = \"map\" }
//! first = { bits = 8 }
//! [step]
//! stages = [\"stay\"]
struct Agent { pos: vec2<i32>, energy: i32, real: f32, seen: u32, spare: u32 }
fn begin(me: Agent) -> Agent {
    add_first(me.pos, 1u);
    return Agent(me.pos, 7, 0.5, u32(me.energy), 9u);
}
fn stay(me: Agent) -> Agent { return me; }
";

struct File {
    folder: tempfile::TempDir,
    path: PathBuf,
}

fn csv(text: &str) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("herd.csv");
    std::fs::write(&path, text).unwrap();
    File { folder, path }
}

fn kinds() -> Model {
    model("kinds", KINDS)
}

fn herd(file: &File) -> Builder {
    let population = read_population(&kinds(), "agent", &file.path).unwrap_or_else(|error| panic!("{error}"));
    Simulation::of(kinds()).size(9, 9).population(population)
}

#[test]
fn agents_begin_as_the_table_says() {
    let file = csv("\u{feff}energy, pos.y ,real,pos.x\r\n-5,2,0.25,1\r\n6.0,8,1e3,8\n2147483647,2,-1,1\n");
    for backend in backends() {
        let mut worlds = build(&herd(&file).worlds(2), backend);
        for world in 0..2 {
            let words = worlds.agent_words("agent", world).unwrap().words;
            let agents: Vec<&[u32]> = words.chunks_exact(6).collect();
            let real = |number: f32| number.to_bits();
            // The start saw the energy of the table, and set the rest; what the table says stays.
            assert_eq!(agents[0], [1, 2, -5i32 as u32, real(0.25), -5i32 as u32, 9]);
            assert_eq!(agents[1], [8, 8, 6, real(1000.0), 6, 9]);
            assert_eq!(agents[2], [1, 2, i32::MAX as u32, real(-1.0), i32::MAX as u32, 9]);
            // It marked where the table put them.
            let first = worlds.layer("first", world).unwrap();
            assert_eq!((first[19], first[80], first.iter().sum::<u32>()), (2, 1, 3), "{backend:?}");
        }
    }
    // Without positions agents are placed as ever: the same as those that nobody told anything.
    let told = build(&herd(&csv("spare\n1\n2\n3\n")), Cpu).positions("agent", 0).unwrap();
    let free = build(&Simulation::of(kinds()).size(9, 9).agents(3), Cpu).positions("agent", 0).unwrap();
    assert_eq!(told, free);
}

#[test]
fn tables_of_other_programs_are_read() {
    use parquet::data_type::{FloatType, Int32Type};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("herd.parquet");
    let schema = "message m { REQUIRED INT32 pos.x; OPTIONAL INT32 pos.y; OPTIONAL FLOAT real; REQUIRED INT32 seen (UINT_32); }";
    let written = |energies: &[f32], levels: &[i16]| {
        let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
        let file = std::fs::File::create(&path).unwrap();
        let mut writer =
            parquet::file::writer::SerializedFileWriter::new(file, schema, Default::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        for (values, levels) in [(&[1, 2, 3], None), (&[4, 5, 6], Some(&[1i16, 1, 1][..]))] {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int32Type>().write_batch(values, levels, None).unwrap();
            column.close().unwrap();
        }
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<FloatType>().write_batch(energies, Some(levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&[-1, 0, 1], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
    };
    written(&[0.5, 1.5, 2.5], &[1, 1, 1]);
    let population = read_population(&kinds(), "agent", &path).unwrap();
    let words = build(&Simulation::of(kinds()).size(9, 9).population(population), Cpu)
        .agent_words("agent", 0)
        .unwrap()
        .words;
    assert_eq!(words[..5], [1, 4, 7, 0.5f32.to_bits(), u32::MAX]);
    written(&[0.5, 1.5], &[1, 0, 1]);
    let error = read_population(&kinds(), "agent", &path).unwrap_err().to_string();
    assert!(error.contains("column `real`: row 2 has no value"), "{error}");
}

#[test]
fn the_agents_of_a_state_are_a_population() {
    let folder = tempfile::tempdir().unwrap();
    let mut walkers = build(&Simulation::of(builtin("walkers")).size(20, 20).agents(30), Cpu);
    walkers.run(&throng::Run::steps(9)).unwrap();
    save(&mut walkers, folder.path()).unwrap();
    let file = folder.path().join("agents-agent.parquet");
    let population = read_population(&builtin("walkers"), "agent", &file).unwrap();
    let mut again = build(&Simulation::of(builtin("walkers")).size(20, 20).population(population), Cpu);
    assert_eq!(again.positions("agent", 0).unwrap(), walkers.positions("agent", 0).unwrap());
    assert_eq!(again.steps(), [0]);
}

#[test]
fn tables_that_cannot_be_are_refused_with_row_and_column() {
    let refused = |text: &str| {
        let file = csv(text);
        let error = read_population(&kinds(), "agent", &file.path)
            .and_then(|population| {
                let map = Map::from_fn("holed", 9, 9, |x, y| (x, y) != (4, 4))?;
                Simulation::of(kinds()).map(map).population(population).backend(Cpu).build()
            })
            .err()
            .map_or("it was taken".into(), |error| error.to_string());
        drop(file.folder);
        error
    };
    for (text, why) in [
        ("pos.x,pos.y\n1,2\n3,four\n", "row 2, column `pos.y`: `four` is no whole number from -2147483648"),
        ("pos.x,pos.y\n1,2\n3,2.5\n", "row 2, column `pos.y`: `2.5` is no whole number"),
        ("seen\n-1\n", "row 1, column `seen`: `-1` is no whole number from 0 to 4294967295"),
        ("seen\n\n4294967296\n", "row 1, column `seen`: `4294967296`"),
        ("real\nmany\n", "row 1, column `real`: `many` is no number"),
        ("pos.x,pos.y\n1,2\n9,0\n", "row 2, columns `pos.x` and `pos.y`: nobody can stand at (9, 0)"),
        ("pos.x,pos.y\n-1,2\n", "row 1, columns `pos.x` and `pos.y`: nobody can stand at (-1, 2)"),
        ("pos.x,pos.y\n4,4\n", "nobody can stand at (4, 4)"),
        ("pos.x\n1\n", "one of `pos.x` and `pos.y` alone"),
        ("enrgy\n1\n", "no field `enrgy`; did you mean `energy`?"),
        ("colour\n1\n", "its fields are pos.x, pos.y, energy, real, seen, spare"),
        ("energy,energy\n1,2\n", "two columns `energy`"),
        ("energy,seen\n1\n", "line 2: it has 1 values, and there are 2 columns"),
        ("energy\n", "no agents"),
        ("", "no column is a field"),
        ("id\n1\n", "no column is a field"),
    ] {
        let error = refused(text);
        assert!(error.contains(why), "{text:?}: {error}");
    }
    let file = csv("energy\n1\n2\n");
    let error = herd(&file).agents(3).backend(Cpu).build().err().unwrap().to_string();
    assert!(error.contains("has 2 agents, and 3 were asked for"), "{error}");
    assert!(read_population(&builtin("life"), "agent", &file.path).is_err(), "a model without agents");
    let path = file.folder.path().join("half.parquet");
    let table = Table::new(vec![Column::new("energy", Values::F64(vec![1.0, 0.5]))]).unwrap();
    write_parquet(&table, &path, &[]).unwrap();
    let error = read_population(&kinds(), "agent", &path).unwrap_err().to_string();
    assert!(error.contains("row 2, column `energy`: `0.5` is no whole number"), "{error}");
}

#[test]
fn each_kind_may_have_its_table() {
    let wolves = csv("pos.x,pos.y\n1,1\n2,2\n");
    let sheep = csv("pos.x,pos.y\n5,5\n6,6\n7,7\n5,5\n");
    let model = builtin("wolf-sheep");
    let read = |kind: &str, file: &File| read_population(&model, kind, &file.path).unwrap();
    for backend in backends() {
        let both = Simulation::of(model.clone()).size(12, 9);
        let both = both.population(read("wolf", &wolves)).population(read("sheep", &sheep));
        let mut worlds = build(&both, backend);
        let places = |worlds: &mut Simulation, kind: &str| {
            worlds.positions(kind, 0).unwrap().iter().map(|at| at.to_array()).collect::<Vec<_>>()
        };
        assert_eq!(places(&mut worlds, "wolf"), [[1, 1], [2, 2]]);
        assert_eq!(places(&mut worlds, "sheep"), [[5, 5], [6, 6], [7, 7], [5, 5]]);
        let one = Simulation::of(model.clone()).size(12, 9).population(read("wolf", &wolves));
        let mut one = build(&one.set("flock", 30.0), backend);
        assert_eq!((places(&mut one, "wolf").len(), places(&mut one, "sheep").len()), (2, 30));
    }
    let error = read_population(&model, "wolves", &wolves.path).unwrap_err().to_string();
    assert!(error.contains("wolf, sheep") || error.contains("sheep, wolf"), "{error}");
    // Those that stand apart are not put together.
    let schelling = builtin("schelling");
    let name = schelling.kinds[0].name.clone();
    let together = read_population(&schelling, &name, &sheep.path).unwrap();
    let error = Simulation::of(schelling).size(9, 9).population(together).backend(Cpu).build().err();
    assert!(error.unwrap().to_string().contains("rows 1 and 4: both stand in cell (5, 5)"));
}
