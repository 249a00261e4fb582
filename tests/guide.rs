//! The guide to writing a model is true: its files run, the same on every device, its commands work, and its gallery shows every
//! built-in model.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use throng::{BackendChoice, Model, Run, Simulation};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn guide() -> String {
    std::fs::read_to_string(docs().join("models.md")).expect("docs/models.md")
}

/// The fenced blocks of a language, in order.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let mut parts = text.split(fence.as_str());
    parts.next();
    parts.filter_map(|part| part.split_once("\n```")).map(|(block, _)| format!("{block}\n")).collect()
}

fn steps() -> Vec<Model> {
    let models = blocks(&guide(), "wgsl");
    let named = models.iter().zip(1..).map(|(text, step)| common::model(&format!("meadow-{step}"), text));
    named.collect()
}

fn hash(model: &Model, backend: BackendChoice, seed: u64) -> u64 {
    let mut world =
        Simulation::of(model.clone()).worlds(2).seed(seed).backend(backend).build().expect("a world");
    world.run(&Run::steps(25)).expect("a run");
    world.state_hash().expect("a hash")
}

#[test]
fn the_six_steps_run_alike_on_every_device() {
    let models = steps();
    assert_eq!(models.len(), 6);
    for model in &models {
        assert!(model.exact && !model.title.is_empty(), "{}", model.name);
        let first = hash(model, BackendChoice::Cpu, 3);
        for backend in common::backends() {
            assert_eq!(hash(model, backend, 3), first, "{} on {backend:?}", model.name);
        }
        // The comparison can fail: another seed gives another state.
        assert_ne!(hash(model, BackendChoice::Cpu, 4), first, "{}", model.name);
    }
}

/// Each step keeps what the one before it was about, and says more.
#[test]
fn each_step_says_more_than_the_one_before() {
    let models = steps();
    for pair in models.windows(2) {
        assert!(pair[1].source.len() > pair[0].source.len(), "{}", pair[1].name);
    }
    let last = &models[5];
    assert!(last.kinds.len() == 2 && last.kinds.iter().all(|kind| kind.varies));
    assert!(models[4].layers.iter().any(|layer| layer.claim) && models[4].kinds[0].near.is_some());
    assert!(models[3].stages.iter().any(|stage| stage.kind().is_none()));
    assert!(models[2].parameters.len() == 2 && models[2].metrics.len() == 2);
}

/// In the last step nobody takes over: after a while there are wolves, sheep and grass.
#[test]
fn the_meadow_lives() {
    let model = steps().pop().expect("a step");
    let mut world = Simulation::of(model).seed(1).backend(BackendChoice::Cpu).build().expect("a world");
    world.run(&Run::steps(400)).expect("a run");
    for metric in ["sheep", "wolves", "grass"] {
        let value = world.metric(metric).expect("a metric")[0];
        assert!(value > 1.0, "{metric} is {value}");
    }
}

/// The words of a command line, in which single quotes keep words together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('\'').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

fn run(line: &str, folder: &Path) -> String {
    let words = words(line);
    assert_eq!(words[0], "throng", "{line}");
    let output = Command::new(env!("CARGO_BIN_EXE_throng"))
        .args(&words[1..])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("throng starts");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_commands_of_the_guide_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = guide();
    for (model, step) in blocks(&text, "wgsl").iter().zip(1..) {
        std::fs::write(folder.path().join(format!("meadow-{step}.wgsl")), model).expect("written");
    }
    let commands: Vec<String> = blocks(&text, "sh")
        .iter()
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(commands.len() >= 6);
    for command in &commands {
        run(command, folder.path());
    }
    assert!(folder.path().join("meadow-6/final.png").exists());
}

/// The largest thumbnail, in bytes.
const LARGEST: u64 = 20_000;

#[test]
fn every_built_in_model_is_in_the_gallery() {
    let text = guide();
    let gallery: Vec<&str> = text.lines().filter(|line| line.starts_with("| ![")).collect();
    for name in Model::builtin_names() {
        let entry =
            format!("| ![{name}](thumbnails/{name}.png) | [`{name}`](../shaders/models/{name}.wgsl) |");
        let line = gallery.iter().find(|line| line.starts_with(&entry));
        let line = line.unwrap_or_else(|| panic!("docs/models.md has no line that begins with {entry}"));
        assert!(line.contains(&common::builtin(name).title), "{name}: the gallery gives another title");
        assert!(line.contains(&format!("`throng run {name} ")), "{name}: the gallery has no command");
        let path = docs().join(format!("thumbnails/{name}.png"));
        let size =
            std::fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).len();
        assert!((200..=LARGEST).contains(&size), "{}: {size} bytes", path.display());
    }
    assert_eq!(gallery.len(), Model::builtin_names().count());
}

/// The gallery's commands make its pictures: that of the smallest is the one that is there, byte for byte.
#[test]
fn a_thumbnail_is_made_by_its_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = guide();
    let name = "walkers";
    let line = text.lines().find(|line| line.starts_with(&format!("| ![{name}]"))).expect("a line");
    let command = line.split('`').find(|part| part.starts_with("throng run")).expect("a command");
    run(&format!("{command} --backend cpu --picture made.png --pixels 160"), folder.path());
    let [made, kept] =
        [folder.path().join("made.png"), docs().join(format!("thumbnails/{name}.png"))].map(|path| {
            let mut reader =
                png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).expect("a file")))
                    .read_info()
                    .expect("a PNG");
            let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
            reader.next_frame(&mut bytes).expect("pixels");
            bytes
        });
    assert!(made == kept, "docs/thumbnails/{name}.png is another picture");
}
