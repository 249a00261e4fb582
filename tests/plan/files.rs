//! Plan files: what they say, that a printed plan reads back to the same plan, and what tells plans apart.

use std::fs;
use std::path::Path;

use throng::BackendChoice;
use throng::experiment::Plan;
use throng::experiment::plan::{Description, DesignKind, MapChoice, ModelChoice, Values};
use throng::world::map::Generator;

use super::{dice, plan, varying};

const ALL: &str = r#"
name = "everything"
model = "model.wgsl"
generate = "rooms"
map_seed = 7
size = [32, 24]
wrap = false
agents = [4, 8]
steps = 200
until = "busiest >= 9"
every = 5
replicates = 3
seed = "18446744073709551615"
backend = "cpu"
limit_seconds = 2.5
memory = "1 GiB"
series = true
design = "latin-hypercube"
points = 12
design_seed = 4
zip = [["turn", "slack"]]
[parameters]
turn = { from = 0, to = 0.5 }
slack = "0.25..0.75"
die = [1, 6]
[changes]
turn = "0.25@7, 0.125@9"
die = "3@7"
[outputs]
last = "final busiest"
early = "mean busiest 0..50"
when = "first busiest >= 5"
"#;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.wgsl"), &*dice().source).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn read(folder: &Path, name: &str) -> Plan {
    Plan::read(folder.join(name)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_key_of_a_file_is_heard() {
    let folder = folder(&[("plan.toml", ALL)]);
    let plan = read(folder.path(), "plan.toml");
    let one = &plan.descriptions()[0];
    assert_eq!(one.name.as_deref(), Some("everything"));
    assert_eq!(one.map, MapChoice::Generated { kind: Generator::Rooms, seed: 7 });
    assert_eq!((one.size, one.wrap), (Some((32, 24)), Some(false)));
    assert_eq!(one.agents, Some(Values::Listed(vec![4.0, 8.0])));
    assert_eq!((one.steps, one.every, one.replicates, one.seed), (200, Some(5), 3, u64::MAX));
    assert_eq!(one.until.as_deref(), Some("busiest >= 9"));
    assert_eq!((one.backend, one.limit_seconds), (BackendChoice::Cpu, Some(2.5)));
    assert_eq!((one.memory, one.series), (Some(1 << 30), true));
    assert_eq!((one.design, one.points, one.design_seed), (DesignKind::LatinHypercube, Some(12), 4));
    assert_eq!(one.zip, [["turn", "slack"]]);
    let wanted = [
        ("turn", Values::Between { from: 0.0, to: 0.5 }),
        ("slack", Values::Between { from: 0.25, to: 0.75 }),
        ("die", Values::Listed(vec![1.0, 6.0])),
    ];
    assert_eq!(one.parameters, wanted.map(|(name, values)| (name.to_owned(), values)));
    let changes = one.changes.iter().map(|one| (one.parameter.as_str(), one.step, one.value));
    assert_eq!(changes.collect::<Vec<_>>(), [("turn", 7, 0.25), ("turn", 9, 0.125), ("die", 7, 3.0)]);
    let experiment = &plan.experiments()[0];
    assert_eq!(experiment.changes.list().len(), 3);
    assert_eq!(
        experiment.outputs.iter().map(|output| output.name.as_str()).collect::<Vec<_>>(),
        ["last", "early", "when"]
    );
    assert_eq!((experiment.map.width(), experiment.wraps, experiment.every), (32, false, 5));
    assert_eq!(plan.trials(), 36);
}

#[test]
fn a_printed_plan_reads_back_to_the_same_plan() {
    let points = "turn,agents,die\n0.1,3,1\n0.30000000000000004,4,6\n1e-9,5,2\n";
    let with_points = "model = \"model.wgsl\"\ndesign_file = \"points.csv\"\n[parameters]\nslack = 1\n";
    let several = "steps = 9\n[[experiment]]\nmodel = \"walkers\"\n[[experiment]]\nmodel = \"explorers\"\nsteps = 8\n\
                   parameters.persistence = \"0..16:5\"\n";
    let folder = folder(&[
        ("all.toml", ALL),
        ("points.csv", points),
        ("points.toml", with_points),
        ("several.toml", several),
    ]);
    for name in ["all.toml", "points.toml", "several.toml"] {
        let plan = read(folder.path(), name);
        let text = plan.to_toml().unwrap();
        // Elsewhere, so that no path in it may be relative.
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("again.toml"), &text).unwrap();
        let again = read(elsewhere.path(), "again.toml");
        assert_eq!(again, plan, "{name}:\n{text}");
        assert_eq!(again.fingerprint(), plan.fingerprint());
        assert_eq!(again.to_toml().unwrap(), text);
        let trials = |plan: &Plan| plan.iter(0..plan.trials()).collect::<Vec<_>>();
        assert_eq!(trials(&again), trials(&plan), "{name}");
        // One number changed is noticed.
        let other = text.replacen("steps = ", "steps = 1", 1);
        fs::write(elsewhere.path().join("other.toml"), other).unwrap();
        assert_ne!(read(elsewhere.path(), "other.toml"), plan, "{name}");
    }
}

#[test]
fn points_come_from_a_file() {
    let folder = folder(&[
        ("points.csv", "\u{feff}turn, die ,agents\r\n0.5,6,3\r\n0.25, 1 ,4\r\n"),
        (
            "plan.toml",
            "model = \"model.wgsl\"\nreplicates = 2\ndesign_file = \"points.csv\"\nparameters.slack = 0.75\n",
        ),
    ]);
    let plan = read(folder.path(), "plan.toml");
    let found: Vec<(u32, Vec<f64>)> =
        plan.iter(0..plan.trials()).map(Result::unwrap).map(|trial| (trial.agents, trial.values)).collect();
    let (first, second) = ((3, vec![0.5, 0.75, 6.0]), (4, vec![0.25, 0.75, 1.0]));
    assert_eq!(found, [first.clone(), first, second.clone(), second]);
}

#[test]
fn what_stands_before_the_experiments_holds_for_all_of_them() {
    let text = "steps = 7\nreplicates = 2\n[[experiment]]\nmodel = \"walkers\"\n[[experiment]]\nmodel = \"explorers\"\nsteps = 9\n";
    let all = Description::from_text("plan", text, Path::new("")).unwrap();
    assert_eq!(
        all.iter().map(|one| (one.title(), one.steps, one.replicates)).collect::<Vec<_>>(),
        [("walkers".to_owned(), 7, 2), ("explorers".to_owned(), 9, 2),]
    );
    let plan = Plan::new(all).unwrap();
    assert_eq!((plan.numbers(0), plan.numbers(1)), (0..2, 2..4));
    assert_eq!(plan.iter(0..4).map(|trial| trial.unwrap().experiment).collect::<Vec<_>>(), [0, 0, 1, 1]);
}

fn changes_of(parameter: &str, text: &str) -> Vec<throng::Change> {
    throng::Change::parse(parameter, text).unwrap()
}

/// A change to a description.
type Change = (&'static str, fn(&mut Description));

#[test]
fn the_fingerprint_changes_with_what_changes_results_and_with_nothing_else() {
    let base = || {
        let mut one = varying(&[("persistence", "1,2,3")]);
        one.every = Some(5);
        one
    };
    let changes: [Change; 20] = [
        ("seed", |one| one.seed = 1),
        ("replicates", |one| one.replicates = 2),
        ("steps", |one| one.steps = 21),
        ("every", |one| one.every = Some(4)),
        ("until", |one| one.until = Some("coverage >= 0.5".into())),
        ("another until", |one| one.until = Some("coverage > 0.5".into())),
        ("agents", |one| one.agents = Some(Values::one(7.0))),
        ("size", |one| one.size = Some((16, 17))),
        ("torus", |one| one.wrap = Some(true)),
        ("a value", |one| one.set("persistence", Values::parse("1,2,4").unwrap())),
        ("the order", |one| one.set("persistence", Values::parse("3,2,1").unwrap())),
        ("another parameter", |one| one.set("novelty", Values::one(3.0))),
        ("a change", |one| one.change("novelty", changes_of("novelty", "3@5"))),
        ("a change's step", |one| one.change("novelty", changes_of("novelty", "3@6"))),
        ("a change's value", |one| one.change("novelty", changes_of("novelty", "4@5"))),
        ("series", |one| one.series = true),
        ("an output", |one| one.outputs = vec![("c".into(), "max coverage".into())]),
        ("another output", |one| one.outputs = vec![("c".into(), "min coverage".into())]),
        ("the name", |one| one.name = Some("other".into())),
        ("the model", |one| {
            let other = throng::Model::builtin("explorers")
                .unwrap()
                .source
                .replace("novelty = { default = 64", "novelty = { default = 65");
            one.model = ModelChoice::Given(throng::Model::text("explorers", &other).unwrap().into());
        }),
    ];
    let mut seen = vec![("nothing", plan(base()).fingerprint())];
    assert_eq!(seen[0].1, plan(base()).fingerprint());
    for (name, change) in changes {
        let mut one = base();
        change(&mut one);
        let fingerprint = plan(one).fingerprint();
        if let Some((other, _)) = seen.iter().find(|(_, held)| *held == fingerprint) {
            panic!("{name} gives the fingerprint of {other}");
        }
        seen.push((name, fingerprint));
    }
    let same: [Change; 4] = [
        ("device", |one| one.backend = BackendChoice::Cpu),
        ("time limit", |one| one.limit_seconds = Some(9.0)),
        ("memory", |one| one.memory = Some(1 << 30)),
        ("another way to write values", |one| one.set("persistence", Values::parse("1..3:3").unwrap())),
    ];
    for (name, change) in same {
        let mut one = base();
        change(&mut one);
        assert_eq!(plan(one).fingerprint(), seen[0].1, "{name}");
    }
}

/// A change here means that stores written before can no longer be gone on with.
#[test]
fn the_fingerprint_does_not_change_from_one_build_to_the_next() {
    let text = "//! # Still.\n//! [params]\n//! speed = { default = 3 }\n//! [step]\n//! stages = [\"go\"]\n\
                struct Agent { pos: vec2<i32> }\nfn go(me: Agent) -> Agent { return me; }\n";
    let mut one = Description::of_model(throng::Model::text("still", text).unwrap());
    one.set("speed", Values::parse("1,2,5").unwrap());
    assert_eq!(format!("{:016x}", plan(one).fingerprint()), FINGERPRINT);
}

const FINGERPRINT: &str = "f82ba766c9cb8dec";

#[test]
fn what_a_program_gave_cannot_be_printed() {
    let told = plan(Description::of_model(dice())).to_toml().unwrap_err().to_string();
    assert!(told.contains("model `dice`") && told.contains("write it into a file"), "{told}");
}

#[test]
fn the_page_about_plan_files_shows_one_that_can_be_read() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plan-file.md")).unwrap();
    let text = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let plan = Plan::new(Description::from_text("the page", text, Path::new("")).unwrap()).unwrap();
    assert_eq!((plan.points(0), plan.trials()), (3 * 5 * 2, 3 * 5 * 2 * 20));
    // Each key of the page's table is one that a plan file has, and no other is.
    for key in page.lines().filter(|line| line.starts_with("| `")).flat_map(|line| {
        let cell = line.split('|').nth(1).unwrap();
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    }) {
        let told =
            Description::from_text("a plan", &format!("{key} = 1979-05-27\n"), Path::new("")).unwrap_err();
        assert!(told.to_string().contains("cannot be a date"), "{key}: {told}");
    }
}
