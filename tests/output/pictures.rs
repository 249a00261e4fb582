//! Pictures show what is there: compared with naive painting, cell by cell.

use std::fs::File;
use std::path::Path;

use proptest::prelude::*;
use throng::output::{AgentsView, LayerView, Look, Palette, Picture, Scene, paint, write_png};

type Rgb = [u8; 3];
const PAPER: Rgb = [255, 255, 255];
const WALL: Rgb = [47, 58, 69];
const SEEN: Rgb = [176, 210, 234];
const AGENT: Rgb = [213, 62, 24];

/// The pixels of an RGB PNG and its width.
pub fn decode(path: &Path) -> (Vec<Rgb>, u32) {
    let file = std::io::BufReader::new(File::open(path).expect("a file"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut bytes).expect("pixels");
    assert_eq!(info.color_type, png::ColorType::Rgb);
    (bytes.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(), info.width)
}

/// The pixel `x`, `y` of the part of a picture that shows the grid.
fn on_grid(picture: &Picture, x: u32, y: u32) -> Rgb {
    let [left, top, width, height] = picture.grid;
    assert!(x < width && y < height);
    picture.pixel(left + x, top + y).expect("a pixel")
}

fn difference(a: Rgb, b: Rgb) -> u8 {
    (0..3).map(|channel| a[channel].abs_diff(b[channel])).max().unwrap_or(0)
}

/// A scattered 0 or 1 for every cell.
fn speck(x: u32, y: u32, share_of_256: u32) -> bool {
    let mixed = (x.wrapping_mul(0x9E37_79B9) ^ y.wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35);
    (mixed ^ mixed >> 15) >> 8 & 255 < share_of_256
}

#[test]
fn a_hand_made_scene_has_the_right_colour_everywhere() {
    // "#" wall, "." free, "s" seen, "@" an agent on a free cell, "&" an agent on a seen one.
    let rows = ["####", "#.s#", "@&.#"];
    let at = |x: u32, y: u32| rows[y as usize].as_bytes()[x as usize];
    let wall = |x: u32, y: u32| at(x, y) == b'#';
    let seen = |x: u32, y: u32| u32::from(matches!(at(x, y), b's' | b'&'));
    let agents = [[0, 2], [1, 2], [-1, 0], [4, 0], [0, 3], [i32::MIN, i32::MAX]];
    let agents = [AgentsView::on_cells("agents", &agents)];
    let layers = vec![LayerView { name: "seen", value: &seen, maximum: 1, look: Look::Bit(None) }];
    let scene = Scene { width: 4, height: 3, wall: Some(&wall), layers, agents: &agents };
    let picture = paint(&scene, 400);
    assert_eq!(picture.grid[2..], [400, 300]);

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scene.png");
    let note = "model = \"explorers\"\nseed = 7, μ";
    write_png(&picture, &path, &[("Description".into(), note.into())]).expect("written");
    let (pixels, width) = decode(&path);
    assert_eq!(pixels.concat(), picture.pixels);
    let [left, top, ..] = picture.grid;
    for (y, row) in rows.iter().enumerate() {
        for (x, cell) in row.bytes().enumerate() {
            let pixel = |dx: usize, dy: usize| {
                pixels[(top as usize + y * 100 + dy) * width as usize + left as usize + x * 100 + dx]
            };
            let ground = match cell {
                b'#' => WALL,
                b's' | b'&' => SEEN,
                _ => PAPER,
            };
            for (dx, dy) in [(0, 0), (99, 0), (0, 99), (99, 99)] {
                assert_eq!(pixel(dx, dy), ground, "a corner of the cell ({x}, {y})");
            }
            let middle = if matches!(cell, b'@' | b'&') { AGENT } else { ground };
            assert_eq!(pixel(50, 50), middle, "the middle of the cell ({x}, {y})");
        }
    }
    let info = png::Decoder::new(std::io::BufReader::new(File::open(&path).expect("a file")));
    let info = info.read_info().expect("a PNG");
    let chunk = &info.info().utf8_text[0];
    assert_eq!((chunk.keyword.as_str(), chunk.get_text().expect("text").as_str()), ("Description", note));
    let error = write_png(&picture, &path, &[("κ".into(), String::new())]).expect_err("not Latin-1");
    assert!(error.to_string().contains("scene.png"), "{error}");
    assert_eq!(decode(&path).0, pixels);
}

/// The mean colour of every pixel, by looking at every cell for every pixel and measuring the area they share.
fn naive(width: u32, height: u32, pixels: [u32; 2], colour: &dyn Fn(u32, u32) -> Rgb) -> Vec<[f64; 3]> {
    let shared = |cell: u32, cells: u32, pixel: u32, pixels: u32| {
        let size = f64::from(cells) / f64::from(pixels);
        let (from, to) = (f64::from(pixel) * size, f64::from(pixel + 1) * size);
        (to.min(f64::from(cell) + 1.0) - from.max(f64::from(cell))).max(0.0) / size
    };
    let mut means = Vec::new();
    for pixel_y in 0..pixels[1] {
        for pixel_x in 0..pixels[0] {
            let mut mean = [0.0; 3];
            for y in 0..height {
                for x in 0..width {
                    let area = shared(x, width, pixel_x, pixels[0]) * shared(y, height, pixel_y, pixels[1]);
                    for (sum, channel) in mean.iter_mut().zip(colour(x, y)) {
                        *sum += area * f64::from(channel);
                    }
                }
            }
            means.push(mean);
        }
    }
    means
}

/// The largest difference between a picture's grid and the naive means.
fn worst(picture: &Picture, means: &[[f64; 3]]) -> f64 {
    let [_, _, across, down] = picture.grid;
    let places = (0..down).flat_map(|y| (0..across).map(move |x| (x, y)));
    let off = places.zip(means).flat_map(|((x, y), mean)| {
        let pixel = on_grid(picture, x, y);
        (0..3).map(move |channel| (f64::from(pixel[channel]) - mean[channel]).abs())
    });
    off.fold(0.0, f64::max)
}

#[test]
fn averaging_is_that_of_the_naive_painter() {
    /// A channel is rounded to a whole number.
    const ROUNDING: f64 = 0.5 + 1e-9;
    let wall = |x: u32, y: u32| speck(x, y, 80);
    let seen = |x: u32, y: u32| u32::from(speck(y + 77, x, 120));
    let colour = |x, y| match (wall(x, y), seen(x, y)) {
        (true, _) => WALL,
        (false, 1) => SEEN,
        _ => PAPER,
    };
    for (width, height, side) in
        [(64, 64, 32), (61, 47, 20), (100, 3, 32), (3, 100, 40), (90, 90, 7), (9, 5, 40)]
    {
        let scene = |wall| Scene {
            width,
            height,
            wall,
            layers: vec![LayerView { name: "seen", value: &seen, maximum: 1, look: Look::Bit(None) }],
            agents: &[],
        };
        let picture = paint(&scene(Some(&wall)), side);
        let means = naive(width, height, [picture.grid[2], picture.grid[3]], &colour);
        assert!(
            worst(&picture, &means) <= ROUNDING,
            "{width}x{height} on {side}: {}",
            worst(&picture, &means)
        );
        // The comparison sees one cell out of place.
        let moved = |x: u32, y: u32| colour((x + 1) % width, (y + 1) % height);
        let means = naive(width, height, [picture.grid[2], picture.grid[3]], &moved);
        assert!(worst(&picture, &means) > 5.0, "{width}x{height} on {side}: a shift was not noticed");
        // And walls left out.
        assert!(worst(&paint(&scene(None), side), &means) > 5.0);
    }
}

fn counted(value: &(dyn Fn(u32, u32) -> u32 + Sync), maximum: u32, width: u32, side: u32) -> Picture {
    let layers = vec![LayerView { name: "visits", value, maximum, look: Look::Count(Vec::new()) }];
    paint(&Scene { width, height: 8, wall: None, layers, agents: &[] }, side)
}

#[test]
fn counts_grow_darker_and_none_stays_white() {
    // Relative luminance by the sRGB primaries (IEC 61966-2-1), gamma taken as 2.2.
    let luminance = |colour: Rgb| {
        let linear = colour.map(|channel| (f64::from(channel) / 255.0).powf(2.2));
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let across = |maximum: u32| counted(&|x, _| x, maximum, 41, 41);
    let picture = across(0);
    assert_eq!(on_grid(&picture, 0, 4), PAPER);
    let shades: Vec<f64> = (0..41).map(|x| luminance(on_grid(&picture, x, 4))).collect();
    assert!(shades.windows(2).all(|pair| pair[0] > pair[1]), "{shades:?}");
    assert!(shades[0] - shades[1] > 0.1, "one looks like none: {shades:?}");
    assert_eq!(across(40).pixels, picture.pixels, "the largest value was not found");
    assert_ne!(across(100).pixels, picture.pixels);
    assert_eq!(on_grid(&across(20), 20, 4), on_grid(&across(20), 40, 4), "above the maximum: its colour");

    // Under one pixel: the mean of the counts, and the share of cells that have one.
    let even = on_grid(&counted(&|_, _| 5, 40, 200, 25), 9, 0);
    let mixed = counted(&|x, _| if x % 2 == 0 { 2 } else { 8 }, 40, 200, 25);
    assert_eq!(on_grid(&mixed, 9, 0), even);
    let half = on_grid(&counted(&|x, _| if x % 2 == 0 { 5 } else { 0 }, 40, 200, 25), 9, 0);
    for channel in 0..3 {
        let expected = (f64::from(even[channel]) + 255.0) / 2.0;
        assert!((f64::from(half[channel]) - expected).abs() <= 0.5, "{half:?} of {even:?}");
    }
}

#[test]
fn agents_can_be_seen_on_grids_of_every_size() {
    let seen = |_: u32, _: u32| 1;
    for (width, height) in
        [(1, 1), (2, 3), (16, 16), (100, 80), (333, 77), (2000, 1999), (5000, 3), (1, 9000)]
    {
        let agent = [width as i32 / 2, height as i32 / 3];
        let scene = |agents| Scene {
            width,
            height,
            wall: None,
            layers: vec![LayerView { name: "seen", value: &seen, maximum: 1, look: Look::Bit(None) }],
            agents,
        };
        let places = [agent];
        let agents = [AgentsView::on_cells("agents", &places)];
        let (with, without) = (paint(&scene(&agents), 512), paint(&scene(&[]), 512));
        let [_, _, across, down] = with.grid;
        let (x, y) = (agent[0] as u32 * across / width, agent[1] as u32 * down / height);
        let (half_x, half_y) = ((across / width) / 2, (down / height) / 2);
        let middle = on_grid(&with, x + half_x, y + half_y);
        assert!(difference(middle, AGENT) < 60, "{width}x{height}: {middle:?}");
        let marked = (0..down).flat_map(|y| (0..across).map(move |x| (x, y)));
        let marked = marked.filter(|&(x, y)| difference(on_grid(&with, x, y), AGENT) < 60).count();
        assert!(marked >= 5, "{width}x{height}: {marked} pixels");
        assert!(difference(on_grid(&without, x + half_x, y + half_y), AGENT) > 100);
        assert_eq!(on_grid(&without, 0, 0), SEEN);
    }
}

#[test]
fn a_million_agents_leave_the_ground_to_be_seen() {
    // A quarter of a million on 1024x1024 drawn at 512 is as crowded as a million on 2048x2048 at 1024.
    let side = 1024u32;
    let seen = |x: u32, _: u32| u32::from(x < side / 2);
    // The left and the upper half are alike; the lower right quarter has four times as many.
    let crowd: Vec<[i32; 2]> = (0..side * side)
        .map(|k| (k % side, k / side))
        .filter(|&(x, y)| speck(x, y, if x >= side / 2 && y >= side / 2 { 140 } else { 35 }))
        .map(|(x, y)| [x as i32, y as i32])
        .collect();
    assert!(crowd.len() > 200_000);
    let crowd = [AgentsView::on_cells("agents", &crowd)];
    let layers = vec![LayerView { name: "seen", value: &seen, maximum: 1, look: Look::Bit(None) }];
    let picture = paint(&Scene { width: side, height: side, wall: None, layers, agents: &crowd }, 512);
    let mean = |left: u32, top: u32| {
        let quarter = (0..256).flat_map(|y| (0..256).map(move |x| (left + x, top + y)));
        let sums = quarter.fold([0u32; 3], |sums, (x, y)| {
            let pixel = on_grid(&picture, x, y);
            std::array::from_fn(|channel| sums[channel] + u32::from(pixel[channel]))
        });
        sums.map(|sum| sum as f64 / 65536.0)
    };
    let (seen_part, free_part, crowded) = (mean(0, 0), mean(256, 0), mean(256, 256));
    assert!(free_part[0] - seen_part[0] > 30.0, "the layer is lost: {seen_part:?}, {free_part:?}");
    assert!(free_part[2] - crowded[2] > 30.0, "the crowd is lost: {free_part:?}, {crowded:?}");
    assert!(255.0 - free_part[2] > 10.0, "the agents are lost: {free_part:?}");
    assert!(crowded[2] > 60.0, "one colour: {crowded:?}");
}

#[test]
fn the_same_scene_gives_the_same_picture_on_any_number_of_threads() {
    let wall = |x: u32, y: u32| speck(x, y, 60);
    let visits = |x: u32, y: u32| x * y % 50;
    let agents: Vec<[i32; 2]> = (0..500).map(|k| [k * 7 % 300, k * 11 % 200]).collect();
    let agents = [AgentsView::on_cells("agents", &agents)];
    let painted = |threads: usize| {
        let layers =
            vec![LayerView { name: "visits", value: &visits, maximum: 0, look: Look::Count(Vec::new()) }];
        let scene = Scene { width: 300, height: 200, wall: Some(&wall), layers, agents: &agents };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| paint(&scene, 200))
    };
    assert_eq!(painted(1), painted(3));
}

#[test]
fn a_palette_keeps_every_pure_colour() {
    let visits = |_: u32, _: u32| 1;
    let layers = vec![
        LayerView { name: "seen", value: &visits, maximum: 1, look: Look::Bit(None) },
        LayerView { name: "visits", value: &visits, maximum: 9, look: Look::Count(Vec::new()) },
    ];
    let mut palette = Palette::new(&Scene { width: 1, height: 1, wall: None, layers, agents: &[] });
    assert!(palette.colours().len() <= 255);
    for colour in [PAPER, WALL, SEEN, AGENT] {
        let number = palette.nearest(colour);
        assert_eq!(palette.colours()[usize::from(number)], colour);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_scene_can_be_painted(
        width in 0u32..70, height in 0u32..70, side in prop_oneof![0u32..90, Just(600)],
        agents in prop::collection::vec(any::<[i32; 2]>(), 0..4),
        near in prop::collection::vec([-3i32..75, -3i32..75], 0..400),
        values: u32, maximum: u32, layers in 0usize..10, walled: bool, name: String,
        unit in prop_oneof![Just(0u32), Just(1), Just(7), Just(1 << 16)],
    ) {
        let wall = |x: u32, y: u32| speck(x, y, 90);
        let value = |x: u32, y: u32| values.rotate_left(x ^ y) & values;
        let layers: Vec<_> = (0..layers)
            .map(|number| {
                let look = match values >> (2 * number) & 3 {
                    0 => Look::Bit(None),
                    1 => Look::Values(vec![(name.clone(), [7; 3]); number]),
                    _ => Look::Count(vec![[9, 8, 7]; number]),
                };
                LayerView { name: &name, value: &value, maximum, look }
            })
            .collect();
        let places = [agents, near].concat();
        let headings: Vec<[f32; 2]> = places.iter().map(|&[x, y]| [x as f32, y as f32 / 3.0]).collect();
        let half = places.len() / 2;
        let agents = [
            AgentsView::on_cells(&name, &places[..half]),
            AgentsView { name: &name, places: &places[half..], unit, headings: &headings, colour: None },
        ];
        let agents = if values.is_multiple_of(3) { &agents[..1] } else { &agents[..] };
        let wall: Option<&(dyn Fn(u32, u32) -> bool + Sync)> = walled.then_some(&wall);
        let scene = Scene { width, height, wall, layers, agents };
        let picture = paint(&scene, side);
        prop_assert!(picture.width.is_multiple_of(2) && picture.height.is_multiple_of(2));
        prop_assert_eq!(picture.pixels.len(), (picture.width * picture.height * 3) as usize);
        let [left, top, across, down] = picture.grid;
        prop_assert!(left + across <= picture.width && top + down <= picture.height);
        prop_assert_eq!((across == 0, down == 0), (width == 0, height == 0));
    }
}
