//! Maps of real places, counted here character by character; look-alikes stand in where the files are not there.

use std::path::{Path, PathBuf};

use throng::world::map::{Map, Neighbours};

use crate::samples::{Cells, folder, write, yaml};

const MAPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/maps");

/// The real files, or look-alikes in a folder of the test's own.
fn places(own: &Path) -> Vec<PathBuf> {
    if Path::new(MAPS).is_dir() {
        let names = [
            "AR0603SR.map",
            "Berlin_1_256.map",
            "brc202d.map",
            "random-64-64-20.map",
            "turtlebot3.yaml",
            "turtlebot3.pgm",
        ];
        return names.iter().map(|name| Path::new(MAPS).join(name)).collect();
    }
    println!("the maps of real places are not in {MAPS}: look-alikes are read instead");
    let cells = Cells::random(300, 211, 70, 5);
    let mut robot: Vec<u8> = cells.pgm();
    let last = robot.len() - 1;
    robot[last] = 205;
    vec![
        write(own, "town.map", cells.moving_ai("\n", 1)),
        write(own, "robot.pgm", robot),
        write(own, "robot.yaml", yaml("robot.pgm", "")),
    ]
}

#[test]
fn every_place_has_the_cells_that_counting_finds() {
    let own = folder();
    for path in places(own.path()) {
        let map = Map::read(&path).expect("the map is sound");
        assert_eq!(Some(map.name()), path.file_stem().and_then(|stem| stem.to_str()));
        let (free, unknown, first) = if path.extension().is_some_and(|extension| extension == "map") {
            let text = std::fs::read_to_string(&path).expect("the map is text");
            let body: String = text.lines().skip(4).collect();
            (count(&body, ".GS"), 0, body.find(['.', 'G', 'S']))
        } else {
            let bytes = std::fs::read(path.with_extension("pgm")).expect("the picture is there");
            let pixels = &bytes[bytes.len() - map.cells() as usize..];
            let number = |kind: fn(&u8) -> bool| pixels.iter().filter(|&pixel| kind(pixel)).count() as u64;
            // Occupied above 0.65 and free below 0.196 of 255: values up to 89 and from 206 on.
            (
                number(|&pixel| pixel >= 206),
                number(|&pixel| pixel > 89 && pixel < 206),
                pixels.iter().position(|&pixel| pixel >= 206),
            )
        };
        assert!(free > 0 && free < map.cells());
        assert_eq!(map.free_cells(), free, "{}", path.display());
        assert_eq!(map.unknown_cells(), unknown, "{}", path.display());
        let words = map.free_words();
        let lowest =
            words.iter().position(|&word| word != 0).map(|at| 32 * at + words[at].trailing_zeros() as usize);
        assert_eq!(lowest, first, "{}", path.display());
        let reachable = map.reachable(Neighbours::Eight, false).expect("a cell is free");
        assert_eq!(reachable.count() + reachable.pockets().cells, free);
    }
}

fn count(text: &str, kinds: &str) -> u64 {
    text.chars().filter(|&c| kinds.contains(c)).count() as u64
}

#[test]
fn known_sizes_of_known_places() {
    // Sizes from the files' headers; free cells by `tr -cd . | wc -c`.
    let known = [
        ("AR0603SR.map", 512, 512, 57372),
        ("Berlin_1_256.map", 256, 256, 47540),
        ("brc202d.map", 530, 481, 43151),
        ("random-64-64-20.map", 64, 64, 3270),
        ("turtlebot3.yaml", 384, 384, 7939),
    ];
    for (name, width, height, free) in known {
        let path = Path::new(MAPS).join(name);
        if !path.is_file() {
            println!("{} is not there and was not read", path.display());
            continue;
        }
        let map = Map::read(&path).expect("the map is sound");
        assert_eq!((map.width(), map.height(), map.free_cells()), (width, height, free), "{name}");
    }
}
