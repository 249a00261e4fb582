//! The house is in order: shaders have their twins, rooms import downward, the README shows a model as it is.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "nothing in {folder}");
    found
}

/// Each of the engine's own kernels names the Rust file that drives it or is its twin, and that file knows the kernel.
#[test]
fn every_pass_and_its_driver_name_each_other() {
    for shader in files("shaders/passes", "wgsl") {
        let name = shader.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&shader).unwrap();
        let driver = text.lines().take_while(|line| line.starts_with("//")).find_map(|line| {
            let path = &line[line.find("src/")?..];
            Some(&path[..path.find(".rs")? + 3])
        });
        let driver = driver.unwrap_or_else(|| panic!("{name} does not say which file drives it"));
        let rust = fs::read_to_string(root().join(driver))
            .unwrap_or_else(|error| panic!("{name}: {driver}: {error}"));
        assert!(rust.contains(&name), "{driver} does not mention {name}");
    }
}

/// The rooms from the lowest to the highest; a file may name its own room and those below.
const ROOMS: [&[&str]; 11] = [
    &["error", "mistake"],
    &["model"],
    &["world"],
    &["reduce"],
    &["plan"],
    &["cpu", "gpu"],
    &["simulation"],
    &["output"],
    &["state"],
    &["experiment"],
    &["cli"],
];

fn upward_imports(room: &str, text: &str) -> Vec<String> {
    let level = |name: &str| ROOMS.iter().position(|rooms| rooms.contains(&name));
    let own = level(room).unwrap_or_else(|| panic!("room {room} is not in the list"));
    let mut upward = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for part in line.split("crate::").skip(1) {
            let name: String = part
                .chars()
                .skip_while(|c| *c == '{')
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let above =
                level(&name).is_some_and(|other| other > own || (other == own && name != room && own == 5));
            // Tables and pictures know nothing of simulations, and simulations nothing of them.
            if above || (room == "output" && !["error", "Error", "Result"].contains(&name.as_str())) {
                upward.push(format!("{room}: {}", line.trim()));
            }
        }
    }
    upward
}

#[test]
fn rooms_import_downward_only() {
    assert!(
        !upward_imports("model", "use crate::simulation::Simulation;").is_empty(),
        "the check notices nothing"
    );
    let mut upward = Vec::new();
    for path in files("src", "rs") {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        if room != "lib" && room != "main" {
            let text = fs::read_to_string(&path).unwrap();
            // Tests at a file's end may use whatever they need.
            let text = text.split("#[cfg(test)]").next().unwrap_or("");
            upward.extend(upward_imports(&room, text));
        }
    }
    assert!(upward.is_empty(), "{}", upward.join("\n"));
}

#[test]
fn the_readme_shows_the_walkers_as_they_are() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let model = fs::read_to_string(root().join("shaders/models/walkers.wgsl")).unwrap();
    assert!(readme.contains(&model), "the README's model file is not shaders/models/walkers.wgsl");
}
