//! Kinds of agents, their places and headings, and layers whose numbers are told apart or seen through one another.

use throng::output::{AgentsView, LayerView, Look, Palette, Picture, Scene, paint};

type Rgb = [u8; 3];
const PAPER: Rgb = [255, 255, 255];
const FIRST: Rgb = [213, 62, 24];
/// Of a cell of Q16.16.
const ONE: i32 = 1 << 16;

fn on_grid(picture: &Picture, x: u32, y: u32) -> Rgb {
    picture.pixel(picture.grid[0] + x, picture.grid[1] + y).expect("a pixel")
}

/// Agents alone on a grid of 4 by 3 cells of 100 pixels.
fn painted(agents: &[AgentsView<'_>]) -> Picture {
    let picture = paint(&Scene { width: 4, height: 3, wall: None, layers: Vec::new(), agents }, 400);
    assert_eq!(picture.grid[2..], [400, 300]);
    picture
}

fn space<'a>(places: &'a [[i32; 2]], headings: &'a [[f32; 2]]) -> AgentsView<'a> {
    AgentsView { name: "boid", places, unit: 1 << 16, headings, colour: None }
}

/// The mean place of the pixels of a colour.
fn centre(picture: &Picture, colour: Rgb) -> Option<[f64; 2]> {
    let mut sum = [0.0; 3];
    for y in 0..picture.grid[3] {
        for x in 0..picture.grid[2] {
            if on_grid(picture, x, y) == colour {
                let part = [f64::from(x) + 0.5, f64::from(y) + 0.5, 1.0];
                sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
        }
    }
    (sum[2] > 0.0).then(|| [sum[0] / sum[2], sum[1] / sum[2]])
}

#[test]
fn agents_in_continuous_space_are_where_they_are() {
    for place in [[2.25, 1.75], [0.5, 0.5], [3.4, 2.3], [1.0, 1.0]] {
        let at = [place.map(|side: f64| (side * f64::from(ONE)) as i32)];
        let [x, y] = centre(&painted(&[space(&at, &[])]), FIRST).expect("an agent");
        let off = (x - place[0] * 100.0).abs().max((y - place[1] * 100.0).abs());
        assert!(off < 0.5, "{place:?} is drawn at {x}, {y}");
        // Snapped to the middle of its cell it would be elsewhere.
        let cells = [place.map(|side: f64| side as i32)];
        let [x, y] = centre(&painted(&[AgentsView::on_cells("boid", &cells)]), FIRST).expect("an agent");
        let off = (x - place[0] * 100.0).abs().max((y - place[1] * 100.0).abs());
        assert_eq!(off < 0.5, place == [0.5, 0.5]);
    }
    // Beyond the grid is nothing to draw.
    let outside = [[-1, 0], [4 * ONE, 0], [0, 3 * ONE], [i32::MIN, i32::MAX]];
    assert_eq!(centre(&painted(&[space(&outside, &[])]), FIRST), None);
}

#[test]
fn a_stroke_points_where_the_agent_is_heading() {
    let place = [[2 * ONE, ONE + ONE / 2]];
    for (heading, way) in [([5.0, 0.0], [1, 0]), ([0.0, -0.1], [0, -1]), ([-3e5, 3e5], [-1, 1])] {
        let picture = painted(&[space(&place, &[heading])]);
        let still = painted(&[space(&place, &[[0.0; 2]])]);
        let [x, y] = centre(&picture, FIRST).expect("an agent");
        let pulled = [x - 200.0, y - 150.0];
        for (pulled, way) in pulled.into_iter().zip(way) {
            let agrees = if way == 0 { pulled.abs() < 0.5 } else { pulled * f64::from(way) > 1.0 };
            assert!(agrees, "heading {heading:?} pulls the mark by {pulled}");
        }
        assert_eq!(centre(&still, FIRST).map(|at| at.map(f64::round)), Some([200.0, 150.0]));
    }
    // Headings that are no direction draw a disc.
    let disc = painted(&[space(&place, &[])]).pixels;
    for none in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 0.0]] {
        let picture = painted(&[space(&place, &[none])]);
        assert_eq!(centre(&picture, FIRST).map(|at| at.map(f64::round)), Some([200.0, 150.0]), "{none:?}");
        assert_eq!(picture.pixels.len(), disc.len());
    }
}

#[test]
fn kinds_have_colours_and_names_of_their_own() {
    let (sheep, wolves) = ([[0, 0]], [[3, 2]]);
    let kinds = [AgentsView::on_cells("sheep", &sheep), AgentsView::on_cells("wolf", &wolves)];
    let picture = painted(&kinds);
    let (first, second) = (on_grid(&picture, 50, 50), on_grid(&picture, 350, 250));
    assert_eq!(first, FIRST);
    assert!(first != second && second != PAPER);
    // The legend shows both.
    let below: Vec<Rgb> = (picture.grid[3] + 2..picture.height)
        .flat_map(|y| (0..picture.width).map(move |x| (x, y)))
        .filter_map(|(x, y)| picture.pixel(x, y))
        .collect();
    assert!(below.contains(&first) && below.contains(&second));
    // A colour that the model gives, and a light one's dark rim.
    let white = [AgentsView { colour: Some(PAPER), ..kinds[0] }];
    let picture = painted(&white);
    assert_eq!(on_grid(&picture, 50, 50), PAPER);
    assert!((0..50).any(|x| on_grid(&picture, x, 50)[0] < 120), "white on white cannot be seen");
    let mut palette =
        Palette::new(&Scene { width: 4, height: 3, wall: None, layers: Vec::new(), agents: &kinds });
    for colour in [first, second] {
        let number = palette.nearest(colour);
        assert_eq!(palette.colours()[usize::from(number)], colour);
    }
    // Where cells are too small for discs, a crowd of both kinds has a colour between theirs.
    let every: Vec<[i32; 2]> = (0..400).flat_map(|y| (0..400).map(move |x| [x, y])).collect();
    let both = [AgentsView::on_cells("sheep", &every), AgentsView::on_cells("wolf", &every)];
    let mixed = paint(&Scene { width: 400, height: 400, wall: None, layers: Vec::new(), agents: &both }, 400);
    let alike = [both[0], AgentsView { colour: Some(FIRST), ..both[1] }];
    let one = paint(&Scene { width: 400, height: 400, wall: None, layers: Vec::new(), agents: &alike }, 400);
    assert!(on_grid(&mixed, 9, 9)[2] > on_grid(&one, 9, 9)[2], "wolves are not seen");
}

#[test]
fn a_crowd_in_small_cells_fills_them() {
    let every: Vec<[i32; 2]> =
        (0..100).flat_map(|y| (0..100).map(move |x| [x, y])).filter(|at| at[0] != 7).collect();
    let agents = [AgentsView::on_cells("agents", &every)];
    let picture =
        paint(&Scene { width: 100, height: 100, wall: None, layers: Vec::new(), agents: &agents }, 400);
    for (x, y) in [(0, 0), (3, 3), (24, 0), (27, 399), (399, 399)] {
        assert_eq!(on_grid(&picture, x, y), FIRST, "{x}, {y}");
    }
    assert_eq!([28, 31].map(|x| on_grid(&picture, x, 100)), [PAPER; 2]);
}

#[test]
fn numbers_that_are_told_apart_have_their_colours() {
    let colours = [[255, 255, 255], [78, 154, 81], [232, 89, 12]];
    let names = ["empty", "tree", "fire"];
    let values: Vec<(String, Rgb)> = names.iter().map(|name| (*name).to_owned()).zip(colours).collect();
    let forest = |x: u32, _: u32| x;
    let layers = vec![LayerView { name: "forest", value: &forest, maximum: 0, look: Look::Values(values) }];
    let scene = Scene { width: 5, height: 1, wall: None, layers, agents: &[] };
    let picture = paint(&scene, 500);
    // Numbers without a name look like the last.
    for (x, colour) in [(50, 0), (150, 1), (250, 2), (350, 2), (450, 2)] {
        assert_eq!(on_grid(&picture, x, 50), colours[colour]);
    }
    let mut palette = Palette::new(&scene);
    for colour in colours {
        let number = palette.nearest(colour);
        assert_eq!(palette.colours()[usize::from(number)], colour);
    }
}

#[test]
fn several_fields_are_seen_through_one_another() {
    let (home, food) = (|x: u32, _: u32| x * 10, |_: u32, y: u32| y * 10);
    let view = |value, name| LayerView { name, value, maximum: 10, look: Look::Count(Vec::new()) };
    let layers: Vec<LayerView<'_>> = vec![view(&home, "home"), view(&food, "food")];
    let picture = paint(&Scene { width: 2, height: 2, wall: None, layers, agents: &[] }, 400);
    let [none, only_home, only_food, both] =
        [[100, 100], [300, 100], [100, 300], [300, 300]].map(|[x, y]| on_grid(&picture, x, y));
    assert_eq!(none, PAPER);
    assert!(only_home != only_food && only_home != PAPER && only_food != PAPER);
    for channel in 0..3 {
        let product = u32::from(only_home[channel]) * u32::from(only_food[channel]);
        assert!(u32::from(both[channel]).abs_diff((product + 127) / 255) <= 1, "{both:?}");
    }
    // Colours of a scale that the model gives: the first for none, the last for the most, and those between.
    let steps = |x: u32, _: u32| x;
    let look = Look::Count(vec![[10, 20, 30], [110, 220, 130]]);
    let layers = vec![LayerView { name: "bare", value: &steps, maximum: 0, look }];
    let picture = paint(&Scene { width: 5, height: 1, wall: None, layers, agents: &[] }, 500);
    let shades: Vec<Rgb> = (0..5).map(|x| on_grid(&picture, x * 100 + 50, 50)).collect();
    assert_eq!([shades[0], shades[2], shades[4]], [[10, 20, 30], [60, 120, 80], [110, 220, 130]]);
}

#[test]
fn small_pictures_have_no_legend() {
    let seen = |_: u32, _: u32| 1;
    let side = |longest: u32| {
        let layers = vec![LayerView { name: "seen", value: &seen, maximum: 0, look: Look::Bit(None) }];
        let picture = paint(&Scene { width: 40, height: 40, wall: None, layers, agents: &[] }, longest);
        picture.height - picture.grid[3]
    };
    assert!(side(160) <= 3 && side(240) > 12);
}
