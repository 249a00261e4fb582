//! Map files damaged in bulk: each is read or refused in words, and nothing panics.

use std::panic::catch_unwind;
use std::path::Path;

use throng::Error;
use throng::world::map::{Map, Neighbours};

use crate::samples::{Cells, Dice, folder, interlaced_png, mend_checksums, png_of, write, yaml};

/// How often each sample is changed.
const CHANGES: usize = 5000;

/// Sound files, small enough to be cut at every byte.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let cells = Cells::random(13, 7, 60, 1);
    let coloured: Vec<u8> = (0..13 * 7 * 4).map(|index| (index * 37) as u8).collect();
    vec![
        ("sample.map", cells.moving_ai("\n", 1)),
        ("sample.map", cells.moving_ai("\r\n", 2)),
        ("sample.pgm", cells.pgm()),
        ("sample.pgm", cells.plain_pgm()),
        ("sample.yaml", yaml("sample-picture.pgm", "mode: \"scale\" # of three\n").into_bytes()),
        ("sample.png", cells.png()),
        ("sample.png", interlaced_png(&cells)),
        ("sample.png", png_of(13, 7, png::ColorType::Rgba, png::BitDepth::Eight, None, &coloured)),
    ]
}

/// Reads the content of a file; whether it was a map. Panics when the reader does, or says nothing about the file.
fn try_to_read(path: &Path, bytes: &[u8], what: &str) -> bool {
    match catch_unwind(|| Map::from_bytes(path, bytes)) {
        Err(_) => panic!("reading panicked: {what}"),
        Ok(Ok(map)) => {
            let ones: u64 = map.free_words().iter().map(|word| u64::from(word.count_ones())).sum();
            assert_eq!(map.free_words().len() as u64, map.cells().div_ceil(32), "{what}");
            assert_eq!(ones, map.free_cells(), "{what}");
            assert!(map.free_cells() + map.unknown_cells() <= map.cells(), "{what}");
            if let Ok(reachable) = map.reachable(Neighbours::Eight, true) {
                assert_eq!(reachable.count() + reachable.pockets().cells, map.free_cells(), "{what}");
            }
            true
        }
        Ok(Err(error)) => {
            assert!(matches!(error, Error::Map { .. } | Error::File { .. }), "{what}: {error:?}");
            let message = error.to_string();
            assert!(message.contains("sample"), "{what}: {message}");
            assert!(message.contains("; ") && message.len() < 600, "{what}: {message}");
            assert!(!message.contains(|c: char| c.is_control()), "{what}: {message:?}");
            false
        }
    }
}

#[test]
fn files_cut_at_every_byte() {
    let folder = folder();
    write(folder.path(), "sample-picture.pgm", Cells::random(13, 7, 60, 1).pgm());
    for (index, (name, bytes)) in samples().into_iter().enumerate() {
        let mut sound = 0;
        for length in 0..=bytes.len() {
            let path = folder.path().join(name);
            sound += usize::from(try_to_read(
                &path,
                &bytes[..length],
                &format!("sample {index} ({name}) cut to {length}"),
            ));
        }
        assert!(sound >= 1, "the whole of sample {index} must be read");
        assert!(
            sound < bytes.len() / 2,
            "most of the cuts of sample {index} must be refused, {sound} were not"
        );
    }
}

#[test]
fn files_with_changed_bytes() {
    let folder = folder();
    write(folder.path(), "sample-picture.pgm", Cells::random(13, 7, 60, 1).pgm());
    let mut dice = Dice::new(11);
    for (index, (name, sound)) in samples().into_iter().enumerate() {
        for round in 0..CHANGES {
            let mut bytes = sound.clone();
            for _ in 0..=dice.below(4) {
                let at = dice.below(bytes.len());
                match dice.below(4) {
                    0 => bytes[at] ^= 1 << dice.below(8),
                    1 => bytes[at] = dice.below(256) as u8,
                    2 => bytes[at] = b"0123456789-.+e\n\r\t #:\"'@"[dice.below(23)],
                    _ if dice.below(2) == 0 => bytes.insert(at, dice.below(256) as u8),
                    _ => drop(bytes.remove(at)),
                }
            }
            // Otherwise hardly any damage gets past the checksums of a PNG file.
            if round % 2 == 0 && name.ends_with(".png") {
                mend_checksums(&mut bytes);
            }
            try_to_read(
                &folder.path().join(name),
                &bytes,
                &format!("sample {index} ({name}), round {round}: {}", bytes.escape_ascii()),
            );
        }
    }
}

#[test]
fn absurd_numbers_in_headers() {
    let folder = folder();
    write(folder.path(), "sample.pgm", Cells::random(13, 7, 60, 1).pgm());
    let numbers = [
        "0",
        "-1",
        "1",
        "2",
        "255",
        "256",
        "65535",
        "65536",
        "2147483647",
        "2147483648",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "18446744073709551615",
        "18446744073709551616",
        "1e9",
        "0x10",
        "1.5",
        "+3",
        "nan",
        "",
        "00000000000000000000000000000003",
        "340282366920938463463374607431768211456",
    ];
    for a in numbers {
        for b in numbers {
            for (name, text) in [
                ("sample.map", format!("type octile\nheight {a}\nwidth {b}\nmap\n...\n...\n...\n")),
                ("sample.pgm", format!("P5 {a} {b} 255\n...........")),
                ("sample.pgm", format!("P2 {a} 3 {b}\n1 2 3 4 5 6 7 8 9")),
                ("sample.yaml", format!("image: sample.pgm\noccupied_thresh: {a}\nfree_thresh: {b}\n")),
            ] {
                try_to_read(&folder.path().join(name), text.as_bytes(), &format!("{text:?}"));
            }
        }
    }
}

#[test]
fn files_of_random_bytes() {
    let folder = folder();
    let mut dice = Dice::new(12);
    let starts: [&[u8]; 9] = [
        b"",
        b"type octile\n",
        b"type octile\nheight 3\nwidth 3\nmap\n",
        b"P5 ",
        b"P2 3 3 255\n",
        b"P5 7 7 65535\n",
        b"image: ",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    ];
    for name in ["sample.map", "sample.yaml", "sample.pgm", "sample.png", "sample"] {
        for round in 0..CHANGES / 2 {
            let mut bytes = starts[round % starts.len()].to_vec();
            let text = dice.below(2) == 0;
            let length = dice.below(120);
            bytes.extend((0..length).map(|_| {
                if text { b"0123456789 .@GSOTW\n#:-"[dice.below(22)] } else { dice.below(256) as u8 }
            }));
            try_to_read(
                &folder.path().join(name),
                &bytes,
                &format!("{name}, round {round}: {}", bytes.escape_ascii()),
            );
        }
    }
}

#[test]
fn real_files_cut_and_changed() {
    let maps = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/maps"));
    let folder = folder();
    let mut dice = Dice::new(13);
    let files: Vec<(&str, Vec<u8>)> = match std::fs::read(maps.join("random-64-64-20.map")) {
        Ok(bytes) => vec![
            ("sample.map", bytes),
            ("sample.pgm", std::fs::read(maps.join("turtlebot3.pgm")).expect("the maps come together")),
        ],
        Err(_) => vec![("sample.map", Cells::random(64, 64, 80, 3).moving_ai("\n", 3))],
    };
    for (name, sound) in files {
        for round in 0..150 {
            let mut bytes = sound[..=dice.below(sound.len())].to_vec();
            try_to_read(&folder.path().join(name), &bytes, &format!("{name}, round {round}, cut"));
            bytes.clone_from(&sound);
            let at = dice.below(bytes.len().min(200));
            bytes[at] = dice.below(256) as u8;
            try_to_read(
                &folder.path().join(name),
                &bytes,
                &format!("{name}, round {round}, changed at {at}"),
            );
        }
    }
}
