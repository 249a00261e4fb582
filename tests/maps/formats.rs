//! Every format written here and read back, and what each says about a wrong file.

use proptest::prelude::*;
use throng::world::map::Map;

use crate::samples::{Cells, chunk, folder, interlaced_png, png_of, refusal, write, yaml};

fn any_cells() -> impl Strategy<Value = Cells> {
    (1usize..=40, 1usize..=24, 0usize..=100, any::<u64>())
        .prop_map(|(width, height, percent, seed)| Cells::random(width, height, percent, seed))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn one_place_reads_the_same_in_every_format(cells in any_cells(), seed: u64) {
        let folder = folder();
        let folder = folder.path();
        write(folder, "robot.pgm", cells.pgm());
        write(folder, "plain.pgm", cells.plain_pgm());
        write(folder, "ros.png", cells.png());
        let mut no_last_end = cells.moving_ai("\n", seed);
        no_last_end.pop();
        let files = [
            write(folder, "unix.map", cells.moving_ai("\n", seed)),
            write(folder, "windows.map", cells.moving_ai("\r\n", seed)),
            write(folder, "blanks.map", cells.moving_ai(" \t\n", seed)),
            write(folder, "short.map", no_last_end),
            write(folder, "no-extension", cells.moving_ai("\n", seed)),
            write(folder, "picture.png", cells.png()),
            write(folder, "interlaced.png", interlaced_png(&cells)),
            write(folder, "robot.yaml", yaml("robot.pgm", "")),
            write(folder, "plain.yml", yaml("plain.pgm", "")),
            write(folder, "shades.yaml", yaml("ros.png", "mode: scale\n")),
            folder.join("plain.pgm"),
        ];
        let hash = cells.map().hash();
        for file in files {
            let map = Map::read(&file).expect("the file is sound");
            prop_assert_eq!(&Cells::of(&map), &cells, "{}", file.display());
            prop_assert_eq!(map.hash(), hash);
        }
    }
}

#[test]
fn the_comparison_of_formats_notices_one_cell() {
    let folder = folder();
    let mut cells = Cells::random(20, 10, 50, 1);
    let path = write(folder.path(), "place.map", cells.moving_ai("\n", 1));
    cells.free[133] ^= true;
    let map = Map::read(&path).expect("the file is sound");
    assert_ne!(Cells::of(&map), cells);
    assert_ne!(map.hash(), cells.map().hash());
}

/// Which grey values are free and how many of all are unknown, for a YAML file with these lines.
fn ros(lines: &str) -> (Vec<u32>, u64) {
    let folder = folder();
    let mut pgm = b"P5 256 1 255\n".to_vec();
    pgm.extend(0..=255);
    write(folder.path(), "ramp.pgm", pgm);
    let path = write(folder.path(), "ramp.yaml", format!("image: ramp.pgm\n{lines}"));
    let map = Map::read(&path).expect("the file is sound");
    ((0..256).filter(|&value| map.is_free(value, 0)).collect(), map.unknown_cells())
}

#[test]
fn thresholds_negate_and_mode_mean_what_map_server_says() {
    // Occupancy is (255 - v) / 255: below 0.196 from v = 206 on (205 gives 0.19608), above 0.65 up to v = 89.
    let (free, unknown) = ros("occupied_thresh: 0.65\nfree_thresh: 0.196\n");
    assert_eq!((free, unknown), ((206..256).collect(), 205 - 89));
    // With `negate` it is v / 255: free up to v = 49, occupied from v = 166 on (165.75 / 255 = 0.65).
    for yes in ["1", "true"] {
        let (free, unknown) = ros(&format!("negate: {yes}\noccupied_thresh: 0.65\nfree_thresh: 0.196\n"));
        assert_eq!((free, unknown), ((0..50).collect(), 165 - 49));
    }
    // Neither threshold is included: 0.2 and 0.6 are exactly v = 204 and v = 102, which stay unknown.
    let (free, unknown) = ros("occupied_thresh: 0.6\nfree_thresh: 0.2 # a fifth\nmode: scale\n");
    assert_eq!((free, unknown), ((205..256).collect(), 204 - 101));
    // Raw values are percent; those above 100 are unknown and `negate` does nothing.
    for negate in ["0", "1"] {
        let (free, unknown) =
            ros(&format!("negate: {negate}\noccupied_thresh: 0.65\nfree_thresh: 0.25\nmode: raw\n"));
        assert_eq!((free, unknown), ((0..25).collect(), (65 - 24) + (255 - 100)));
    }
}

#[test]
fn wide_grey_values_and_carriage_returns_are_read() {
    let folder = folder();
    let read = |bytes: &[u8]| {
        let map = Map::read(write(folder.path(), "wide.pgm", bytes)).expect("the file is sound");
        Cells::of(&map).free
    };
    assert_eq!(read(b"P5 3 1 65535\n\xff\xff\x00\xff\xd0\x00"), [true, false, true]);
    assert_eq!(read(b"P5\r\n3 1\r\n255\r\n\xff\x00\xff"), [true, false, true]);
    assert_eq!(read(b"P5 3 1 1\n\x01\x00\x01"), [true, false, true]);
    assert_eq!(read(b"P2\n#\n3 1#\n9 9 0#\n\n9"), [true, false, true]);
}

#[test]
fn a_picture_follows_the_yaml_beside_it_only_if_that_names_it() {
    let folder = folder();
    let picture = write(folder.path(), "place.pgm", b"P5 2 1 255\n\x00\xff");
    let free = || Cells::of(&Map::read(&picture).expect("the file is sound")).free;
    assert_eq!(free(), [false, true]);
    write(folder.path(), "place.yaml", yaml("place.pgm", "").replace("negate: 0", "negate: 1"));
    assert_eq!(free(), [true, false]);
    write(folder.path(), "place.yaml", yaml("other.pgm", "").replace("negate: 0", "negate: 1"));
    assert_eq!(free(), [false, true]);
    write(folder.path(), "place.yaml", "a recipe, not a map");
    assert_eq!(free(), [false, true]);
    write(folder.path(), "place.yaml", "image: place.pgm\n");
    assert!(refusal(&picture).contains("place.yaml: it has no `occupied_thresh`"), "{}", refusal(&picture));
}

#[test]
fn pictures_of_every_kind_are_read() {
    use png::{BitDepth, ColorType};
    let folder = folder();
    let free = |name: &str, bytes: Vec<u8>| {
        Cells::of(&Map::read(write(folder.path(), name, bytes)).expect("the file is sound")).free
    };
    let grey = |depth, pixels: &[u8]| png_of(4, 1, ColorType::Grayscale, depth, None, pixels);
    let expected = [false, true, false, true];
    assert_eq!(free("1.png", grey(BitDepth::One, &[0b0101_0000])), expected);
    assert_eq!(free("2.png", grey(BitDepth::Two, &[0b01_10_00_11])), expected);
    assert_eq!(free("4.png", grey(BitDepth::Four, &[0x78, 0x0f])), expected);
    assert_eq!(free("8.png", grey(BitDepth::Eight, &[127, 128, 0, 255])), expected);
    assert_eq!(free("16.png", grey(BitDepth::Sixteen, &[127, 255, 128, 0, 0, 255, 255, 0])), expected);
    // Half-transparent or more is blocked, whatever its colour.
    let pixels = [255, 127, 255, 128, 0, 255, 128, 255];
    assert_eq!(
        free("ga.png", png_of(4, 1, ColorType::GrayscaleAlpha, BitDepth::Eight, None, &pixels)),
        expected
    );
    // Blue is dark and green is bright to the eye; so are their half-tones.
    let pixels = [0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 0];
    assert_eq!(free("rgb.png", png_of(4, 1, ColorType::Rgb, BitDepth::Eight, None, &pixels)), expected);
    let palette = [0, 0, 0, 255, 255, 255];
    let indexed = png_of(4, 1, ColorType::Indexed, BitDepth::Eight, Some(&palette), &[0, 1, 0, 1]);
    assert_eq!(free("indexed.png", indexed), expected);
    let pixels = [255, 255, 255, 0, 255, 255, 255, 255, 0, 0, 0, 255, 200, 200, 200, 200];
    assert_eq!(free("rgba.png", png_of(4, 1, ColorType::Rgba, BitDepth::Eight, None, &pixels)), expected);
}

#[test]
fn a_pixel_that_is_not_opaque_is_unknown_to_robots() {
    let folder = folder();
    let pixels = [255, 255, 255, 254, 255, 0, 0, 255];
    let picture = png_of(4, 1, png::ColorType::GrayscaleAlpha, png::BitDepth::Eight, None, &pixels);
    write(folder.path(), "robot.png", picture);
    let map =
        Map::read(write(folder.path(), "robot.yaml", yaml("robot.png", ""))).expect("the file is sound");
    assert_eq!(Cells::of(&map).free, [true, false, false, false]);
    assert_eq!(map.unknown_cells(), 2);
}

#[test]
fn wrong_map_texts_are_refused_with_line_reason_and_remedy() {
    let folder = folder();
    let cases: [(&str, &[&str]); 19] = [
        ("", &["it is empty", "type octile"]),
        ("type octile\nheight 2\nwidth 2\n", &["ends within its header", "`map`"]),
        ("type octile\nheight 2\nmap\n..\n..\n", &["line 3", "no `width` line"]),
        ("type octile\nheight two\nwidth 2\nmap\n", &["line 2", "height is `two`", "whole number"]),
        ("type octile\nheight -2\nwidth 2\nmap\n", &["line 2", "`-2`"]),
        ("type octile\nheight 0\nwidth 2\nmap\n", &["line 2", "height is `0`"]),
        ("type octile\nheight 2 3\nwidth 2\nmap\n", &["line 2", "one value"]),
        ("type octile\nheight\nwidth 2\nmap\n", &["line 2", "one value"]),
        ("type octile\nheight 2\nheight 2\nmap\n", &["line 3", "twice"]),
        ("type hexes\nheight 2\nwidth 2\nmap\n", &["line 1", "`hexes`", "octile"]),
        ("kind octile\nheight 2\nwidth 2\nmap\n", &["line 1", "`kind octile`"]),
        ("type octile\nheight 99999999999999999999\nwidth 2\nmap\n", &["line 2", "99999999999999999999"]),
        (
            "type octile\nheight 4294967296\nwidth 4294967296\nmap\n..",
            &["18446744073709551616", "at most 2147483648"],
        ),
        (
            "type octile\nheight 40000\nwidth 40000\nmap\n..\n..\n",
            &["promises 40000 x 40000", "1.5 GiB", "6 B follow"],
        ),
        ("type octile\nheight 3\nwidth 2\nmap\n..\n..\n", &["line 6", "after 2 of its 3 rows"]),
        ("type octile\nheight 2\nwidth 3\nmap\n...\n..\n", &["line 6", "row 2 has 2 characters", "says 3"]),
        ("type octile\nheight 2\nwidth 2\nmap\n...\n..\n", &["line 5", "row 1 has 3 characters"]),
        ("type octile\nheight 2\nwidth 2\nmap\n..\n.x\n", &["line 6", "column 2", "`x`", "`.`, `G` or `S`"]),
        (
            "type octile\nheight 1\nwidth 2\nmap\n..\n\n.@\n",
            &["line 7", "after the last of its 1 rows", "`.@`"],
        ),
    ];
    for (text, expected) in cases {
        let message = refusal(&write(folder.path(), "wrong.map", text));
        for part in expected.iter().chain(&["wrong.map", "; "]) {
            assert!(message.contains(part), "{text:?} gives {message:?} without {part:?}");
        }
    }
}

#[test]
fn wrong_robot_maps_are_refused_with_line_reason_and_remedy() {
    let folder = folder();
    write(folder.path(), "good.pgm", b"P5 2 1 255\n\x00\xff");
    write(folder.path(), "bad.pgm", b"P6 2 1 255\n\x00\xff\x00\x00\xff\x00");
    let good = yaml("good.pgm", "");
    let cases: [(String, &[&str]); 13] = [
        (String::new(), &["no `image`", "image: place.pgm"]),
        (good.replace("free_thresh: 0.196\n", ""), &["no `free_thresh`", "free_thresh: 0.196"]),
        (good.replace("0.65", "65"), &["line 5", "`occupied_thresh` is `65`", "0 to 1"]),
        (good.replace("0.65", "nan"), &["line 5", "`nan`"]),
        (good.replace("0.65", "0.1"), &["line 5", "`free_thresh` 0.196 is above `occupied_thresh` 0.1"]),
        (good.replace("negate: 0", "negate: 2"), &["line 4", "`negate` is `2`", "0 or 1"]),
        (yaml("good.pgm", "mode: colour"), &["line 7", "`colour`", "`trinary`"]),
        (yaml("good.pgm", "negate: 0"), &["line 7", "`negate` is given twice"]),
        (yaml("good.pgm", "nonsense"), &["line 7", "`nonsense`", "`key: value`"]),
        (yaml("", ""), &["line 1", "`image` is empty"]),
        (yaml("none.pgm", ""), &["wrong.yaml, line 1", "none.pgm, which cannot be read", "correct `image`"]),
        (yaml(".", ""), &["wrong.yaml, line 1", "directory"]),
        (yaml("bad.pgm", ""), &["bad.pgm", "neither a PGM nor a PNG"]),
    ];
    for (text, expected) in cases {
        let message = refusal(&write(folder.path(), "wrong.yaml", &text));
        for part in expected.iter().chain(&["; "]) {
            assert!(message.contains(part), "{text:?} gives {message:?} without {part:?}");
        }
    }
    assert!(Map::read(write(folder.path(), "right.yaml", good)).is_ok());
}

#[test]
fn wrong_pictures_are_refused() {
    let folder = folder();
    let mut huge = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
    huge.extend(chunk(b"IHDR", &[0, 0, 0x80, 0, 0, 0, 0x80, 0, 8, 0, 0, 0, 0]));
    let mut absurd = huge[..8].to_vec();
    absurd.extend(chunk(b"IHDR", &[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 8, 0, 0, 0, 0]));
    let cases: [(&str, Vec<u8>, &[&str]); 12] = [
        ("a.pgm", b"P5 30000 30000 255\n\x00".to_vec(), &["promises 30000 x 30000", "1 B follow"]),
        ("b.pgm", b"P5 99999 99999 255\n\x00".to_vec(), &["9999800001 cells"]),
        ("c.pgm", b"P5 2 1 0\n\x00\x00".to_vec(), &["largest grey value is 0", "1 to 65535"]),
        ("d.pgm", b"P5 2 1 70000\n\x00\x00".to_vec(), &["70000"]),
        ("e.pgm", b"P5 2 1 100\n\x00\x65".to_vec(), &["grey value 101", "100 is the largest"]),
        ("f.pgm", b"P2 2 1 100\n0\n101\n".to_vec(), &["line 3", "grey value 101"]),
        ("g.pgm", b"P2 2 1 100\n0\nfive\n".to_vec(), &["line 3", "`five`"]),
        ("h.pgm", b"P5 2".to_vec(), &["ends where a height should come"]),
        ("i.pgm", b"P5 0 2 255\n".to_vec(), &["0 x 2 cells has no cell"]),
        ("j.pgm", b"nothing".to_vec(), &["neither a PGM nor a PNG"]),
        ("k.png", huge, &["promises 32768 x 32768"]),
        ("l.png", absurd, &["at most 2147483648"]),
    ];
    for (name, bytes, expected) in cases {
        let message = refusal(&write(folder.path(), name, bytes));
        for part in expected.iter().chain(&[name, "; "]) {
            assert!(message.contains(part), "{name} gives {message:?} without {part:?}");
        }
    }
    let whole = Cells::random(30, 20, 50, 3).png();
    let message = refusal(&write(folder.path(), "cut.png", &whole[..whole.len() / 2]));
    assert!(message.contains("cannot be read as a PNG picture"), "{message}");
}

#[test]
fn what_is_no_map_file_is_refused() {
    let folder = folder();
    let message = refusal(folder.path());
    assert!(message.contains("cannot read") && message.contains("name a file, not a folder"), "{message}");
    let message = refusal(&folder.path().join("nowhere.map"));
    assert!(message.contains("nowhere.map") && message.contains("check the path"), "{message}");
    let message = refusal(&write(folder.path(), "map.txt", "hello"));
    assert!(message.contains("format is not known") && message.contains(".yaml"), "{message}");
    if cfg!(unix) {
        let message = refusal(std::path::Path::new("/dev/zero"));
        assert!(message.contains("not a regular file"), "{message}");
    }
}
