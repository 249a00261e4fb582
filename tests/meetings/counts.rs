//! How many cells of a square hold a value, and which neighbours are free, against a plain program that looks at each.

use throng::world::map::Generator;
use throng::{Model, Simulation};

use crate::common::{changed, model};
use crate::{Way, rows};

const LOOKS: &str = "
//! # Agents that count the cells around places that they draw.
//! [agents]
//! start = \"place_anywhere\"
//! [layers]
//! wall = { bits = 1, from = \"map\" }
//! seen = { bits = BITS, from = \"draw\" }
//! [step]
//! stages = [\"look\"]
struct Agent { pos: vec2<i32>, at: vec2<i32>, radius: i32, wanted: u32, seen: u32, few: u32, walls: u32, free: u32 }
fn draw(at: vec2<i32>) -> CELL { return CELL(random_below(3u)); }
fn place_anywhere(me: Agent) -> Agent {
    var next = me;
    next.at = vec2<i32>(random_range(-3, grid_size.x + 3), random_range(-3, grid_size.y + 3));
    next.radius = random_range(-1, 12);
    if agent_id() % 9u == 0u { next.radius = 1000000000; }
    next.wanted = random_below(4u);
    if agent_id() % 10u == 0u { next.wanted = 65536u; }
    return next;
}
fn look(me: Agent) -> Agent {
    var next = me;
    next.seen = count_seen(me.at, me.radius, CELL(me.wanted));
    next.few = count_seen(me.at, RADIUS, CELL(me.wanted));
    next.walls = count_wall(me.at, me.radius, me.wanted == 1u);
    next.free = free8(me.at);
    return next;
}
";

fn looks(bits: u32, radius: i32) -> Model {
    let cell = if bits == 1 { "bool" } else { "u32" };
    let text = LOOKS.replace("BITS", &bits.to_string()).replace("CELL", cell);
    model("looks", &text.replace("RADIUS", &radius.to_string()))
}

/// Cells within `radius` columns and rows of a place that hold a value, each once; none around what is not on the grid.
fn count(
    [width, height]: [i64; 2],
    wraps: bool,
    at: [i64; 2],
    radius: i64,
    holds: impl Fn(usize) -> bool,
) -> u32 {
    let near = |size: i64, at: i64, place: i64| {
        let way = (at - place).rem_euclid(size);
        radius >= 0 && if wraps { way.min(size - way) <= radius } else { (at - place).abs() <= radius }
    };
    let inside = wraps || ((0..width).contains(&at[0]) && (0..height).contains(&at[1]));
    let found = |cell: &i64| {
        near(width, at[0], cell % width) && near(height, at[1], cell / width) && holds(*cell as usize)
    };
    if inside { (0..width * height).filter(found).count() as u32 } else { 0 }
}

/// Which of the eight neighbours of a place are on the grid and no walls, clockwise from the east.
fn free([width, height]: [i64; 2], wraps: bool, at: [i64; 2], is_wall: impl Fn(usize) -> bool) -> u32 {
    const WAYS: [[i64; 2]; 8] = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];
    let is_free = |way: &[i64; 2]| {
        let [x, y] = [at[0] + way[0], at[1] + way[1]];
        let inside = wraps || ((0..width).contains(&x) && (0..height).contains(&y));
        inside && !is_wall((y.rem_euclid(height) * width + x.rem_euclid(width)) as usize)
    };
    WAYS.iter().enumerate().map(|(k, way)| u32::from(is_free(way)) << k).sum()
}

/// The first agent that counts otherwise than the plain program.
fn fault(
    model: &Model,
    bits: u32,
    radius: i64,
    [width, height]: [u32; 2],
    wraps: bool,
    way: Way,
) -> Option<String> {
    let worlds = Simulation::of(model.clone()).size(width, height).wraps(wraps).agents(120).worlds(2).seed(5);
    // In places that are large enough for walls there are some.
    let worlds = if height > 16 { worlds.generate(Generator::Caves, 7) } else { worlds };
    let mut worlds = way.of(worlds).build().unwrap_or_else(|error| panic!("{error}"));
    worlds.step().unwrap_or_else(|error| panic!("{error}"));
    let size = [i64::from(width), i64::from(height)];
    for world in 0..2 {
        let held = worlds.layer("seen", world).unwrap_or_else(|error| panic!("{error}"));
        let wall = worlds.layer("wall", world).unwrap_or_else(|error| panic!("{error}"));
        let is_wall = |cell: usize| wall.get(cell).is_some_and(|wall| *wall == 1);
        for agent in rows(&mut worlds, "agent", world) {
            let [x, y, reach] = [agent[2], agent[3], agent[4]].map(|word| i64::from(word as i32));
            // Truth values are known by being one or nought.
            let wanted = if bits == 1 { u32::from(agent[5] != 0) } else { agent[5] };
            let holds = |cell: usize| held[cell] == wanted;
            let seen = count(size, wraps, [x, y], reach, holds);
            let few = count(size, wraps, [x, y], radius, holds);
            let walls = count(size, wraps, [x, y], reach, |cell| is_wall(cell) == (agent[5] == 1));
            let free = free(size, wraps, [x, y], is_wall);
            if agent[6..10] != [seen, few, walls, free] {
                let what = format!("{size:?}, {bits} bits, {way:?}, within {reach} and {radius} of {x}, {y}");
                return Some(format!("{what}: {:?}, not {:?}", &agent[6..10], [seen, few, walls, free]));
            }
        }
    }
    None
}

#[test]
fn each_cell_of_a_square_is_counted_once() {
    let sizes = [[1, 1], [5, 4], [7, 40], [33, 17], [70, 9]];
    for way in Way::all() {
        for (index, bits) in [1, 8, 16, 32].into_iter().enumerate() {
            for (turn, radius) in [0, 2, 7, 8].into_iter().enumerate() {
                // A software GPU takes longer to compile a world than to run it.
                if !way.is_fast() && (index + turn) % 4 != 0 {
                    continue;
                }
                for (turn, size) in sizes.into_iter().enumerate() {
                    if !way.is_fast() && (index + turn) % 3 != 0 {
                        continue;
                    }
                    for wraps in [false, true] {
                        let fault = fault(&looks(bits, radius as i32), bits, radius, size, wraps, way);
                        assert_eq!(fault, None);
                    }
                }
            }
        }
    }
}

#[test]
fn wrong_counts_are_rejected() {
    for (bits, from, to) in [
        (8, "count_seen(me.at, me.radius,", "count_seen(me.at, me.radius + 1,"),
        (16, "count_seen(me.at, 2,", "count_seen(me.at.yx, 2,"),
        (8, "free8(me.at)", "free8(me.at) & 127u"),
        (1, "count_wall(me.at, me.radius, me.wanted == 1u)", "count_wall(me.at, me.radius, me.wanted != 1u)"),
    ] {
        let wrong = changed(&looks(bits, 2), from, to);
        assert!(fault(&wrong, bits, 2, [33, 17], true, Way::CPU).is_some(), "{to} was taken for right");
    }
}
