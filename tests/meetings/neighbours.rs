//! All agents within a radius, each exactly once, against looking at every pair.

use throng::{Model, Simulation};

use crate::Way;
use crate::common::{changed, model};
use crate::rows;

const SPECKS: &str = "
//! # Specks that take stock of the specks around them.
//! [agents.speck]
//! SPACE
//! near = SIDE
//! [params]
//! radius = { default = RADIUS, range = [0, 30000] }
//! [layers]
//! wall = { bits = 1, from = \"map\" }
//! [step]
//! stages = [\"look\"]
struct Speck { pos: vec2<i32>, count: u32, ids: u32, mixed: u32, away: u32, places: u32 }
fn look(me: Speck) -> Speck {
    var next = Speck(me.pos, 0u, 0u, 0u, 0u, 0u);
    var near = near_speck(me.pos, params.radius);
    while next_speck(&near) {
        next.count += 1u;
        next.ids += near.id;
        next.mixed += (near.id * 0x9e3779b1u) ^ (near.id >> 3u);
        next.away += u32(abs(near.offset.x)) * 3u + u32(abs(near.offset.y));
        next.places += u32(near.other.pos.x) + u32(near.other.pos.y) * 7u;
    }
    return next;
}
";

/// A world in which specks look around.
#[derive(Debug, Clone, Copy)]
struct Place {
    size: [u32; 2],
    wraps: bool,
    continuous: bool,
    side: u32,
}

const RADII: [f64; 8] = [0.0, 1.0, 1.5, 2.0, 3.25, 5.0, 8.0, 1000.0];
const SPECKS_OF_WORLD: u32 = 60;

impl Place {
    fn model(&self) -> Model {
        let text = match self.continuous {
            true => SPECKS.replace("SPACE", "space = \"continuous\"").replace("RADIUS", "1.0"),
            false => SPECKS.replace("SPACE", "space = \"grid\"").replace("RADIUS", "1"),
        };
        model("specks", &text.replace("SIDE", &self.side.to_string()))
    }

    fn unit(&self) -> i64 {
        if self.continuous { 1 << 16 } else { 1 }
    }

    /// A radius in units of positions.
    fn reach(&self, radius: f64) -> i64 {
        if self.continuous { (radius * 65536.0).round() as i64 } else { radius as i64 }
    }

    /// What each speck should have found.
    fn expected(&self, at: &[[i64; 2]], radius: f64) -> Vec<Vec<u32>> {
        let apart = |from: i64, to: i64, axis: usize| {
            let size = i64::from(self.size[axis]) * self.unit();
            let straight = (from - to).abs();
            if self.wraps { straight.min(size - straight) } else { straight }
        };
        let reach = self.reach(radius);
        let look = |me: usize| {
            let mut found = [0u32; 5];
            for (other, place) in at.iter().enumerate().filter(|(other, _)| *other != me) {
                let (x, y) = (apart(at[me][0], place[0], 0), apart(at[me][1], place[1], 1));
                if x * x + y * y <= reach * reach {
                    let id = other as u32;
                    let more = [
                        1,
                        id,
                        id.wrapping_mul(0x9e37_79b1) ^ (id >> 3),
                        (3 * x + y) as u32,
                        (place[0] + 7 * place[1]) as u32,
                    ];
                    found.iter_mut().zip(more).for_each(|(sum, more)| *sum = sum.wrapping_add(more));
                }
            }
            found.to_vec()
        };
        (0..at.len()).map(look).collect()
    }

    /// What is wrong with what the specks of a model find: nothing, or where and what.
    fn fault(&self, model: &Model, way: Way) -> Option<String> {
        let [width, height] = self.size;
        let worlds =
            Simulation::of(model.clone()).size(width, height).wraps(self.wraps).agents(SPECKS_OF_WORLD);
        let worlds = way.of(worlds.worlds(RADII.len() as u32).seed(1));
        let with_radius = |builder: throng::Builder, (world, radius): (usize, &f64)| {
            let radius = if self.continuous { *radius } else { radius.floor() };
            builder.set_in(world as u32, "radius", radius)
        };
        let worlds = RADII.iter().enumerate().fold(worlds, with_radius);
        let mut worlds = worlds.build().unwrap_or_else(|error| panic!("{self:?}: {error}"));
        worlds.step().unwrap_or_else(|error| panic!("{self:?}: {error}"));
        for (world, radius) in RADII.iter().enumerate() {
            let specks = rows(&mut worlds, "speck", world as u32);
            assert_eq!(specks.len(), SPECKS_OF_WORLD as usize);
            let at: Vec<[i64; 2]> =
                specks.iter().map(|speck| [i64::from(speck[0] as i32), i64::from(speck[1] as i32)]).collect();
            for (id, (speck, expected)) in specks.iter().zip(self.expected(&at, *radius)).enumerate() {
                if speck[2..7] != expected {
                    return Some(format!(
                        "{self:?} on {way:?}, radius {radius}: speck {id} found {:?}, not {expected:?}",
                        &speck[2..7]
                    ));
                }
            }
        }
        None
    }
}

/// Worlds of one or two squares, of sides that squares do not divide, narrow ones, and wide ones.
fn places() -> Vec<Place> {
    const SIZES: [[u32; 2]; 9] =
        [[1, 1], [1, 7], [2, 2], [3, 2], [5, 3], [7, 11], [10, 10], [16, 9], [33, 17]];
    const SIDES: [u32; 6] = [1, 2, 3, 5, 8, 64];
    let mut places = Vec::new();
    for (index, size) in SIZES.into_iter().enumerate() {
        for (turn, wraps, continuous) in [
            (0, false, false),
            (1, true, false),
            (2, false, true),
            (3, true, true),
            (5, true, true),
            (4, true, false),
        ] {
            places.push(Place { size, wraps, continuous, side: SIDES[(index + turn) % SIDES.len()] });
        }
    }
    places
}

#[test]
fn each_neighbour_is_found_exactly_once() {
    for way in Way::all() {
        // A software GPU takes longer to compile a world than to run it.
        let every = if way.is_fast() { 1 } else { 4 };
        for place in places().iter().step_by(every) {
            assert_eq!(place.fault(&place.model(), way), None);
        }
    }
}

#[test]
fn wrong_neighbourhoods_are_rejected() {
    let wrong = [
        ("counted twice", "next.count += 1u;", "next.count += 1u + u32(near.id == 7u);"),
        (
            "a smaller circle",
            "near_speck(me.pos, params.radius)",
            "near_speck(me.pos, params.radius * 3 / 4)",
        ),
        ("one is missed", "next.count += 1u;", "if near.id == 7u { continue; }\n        next.count += 1u;"),
        (
            "columns taken for rows",
            "near_speck(me.pos, params.radius)",
            "near_speck(me.pos.yx, params.radius)",
        ),
        ("another's place", "near.other.pos.x", "me.pos.x"),
    ];
    for continuous in [false, true] {
        let place = Place { size: [10, 10], wraps: true, continuous, side: 3 };
        for (what, from, to) in wrong {
            let model = changed(&place.model(), from, to);
            assert!(place.fault(&model, Way::CPU).is_some(), "{what} was taken for right");
        }
    }
    // A torus is not a walled world.
    let torus = Place { size: [10, 10], wraps: true, continuous: true, side: 3 };
    let walled = Place { wraps: false, ..torus };
    let at: Vec<[i64; 2]> = (0..10).map(|x| [x << 16, 0]).collect();
    assert_ne!(torus.expected(&at, 2.0), walled.expected(&at, 2.0));
}

/// Who stands beyond the edge is found alike for squares of any side: on a torus where the way around leads to, elsewhere
/// where it is.
#[test]
fn those_beyond_the_edge_are_found_alike_for_any_squares() {
    const LOST: &str = "
//! # Two bugs, of which one has stepped over an edge.
//! [grid]
//! size = [20, 20]
//! wrap = WRAP
//! [agents.bug]
//! number = 2
//! near = SIDE
//! start = \"begin\"
//! [step]
//! stages = [\"look\"]
struct Bug { pos: vec2<i32>, found: u32, away: u32, here: u32, rank: u32 }
fn begin(me: Bug) -> Bug {
    return Bug(vec2<i32>(select(21, 18, agent_id() == 0u), select(5, -15, agent_id() == 0u && WRAP)), 0u, 0u, 0u, 0u);
}
fn look(me: Bug) -> Bug {
    var next = me;
    var near = near_bug(me.pos, 4);
    while next_bug(&near) { next.found += 1u; next.away += u32(abs(near.offset.x)) + 10u * u32(abs(near.offset.y)); }
    next.here = bug_here(me.pos) * 10u + bug_here(vec2<i32>(1, 5));
    next.rank = rank_bug(me.pos);
    return next;
}
";
    for (wraps, expected) in [
        // 18 and 1 are three apart on a torus of 20; both bugs are in row 5.
        ("true", [vec![18, 5, 1, 3, 11, 0], vec![1, 5, 1, 3, 11, 0]]),
        ("false", [vec![18, 5, 1, 3, 10, 0], vec![21, 5, 1, 3, 0, 0]]),
    ] {
        for side in [1, 2, 3, 5, 7, 20] {
            let text = LOST.replace("WRAP", wraps).replace("SIDE", &side.to_string());
            for way in Way::all() {
                let mut world = way.of(Simulation::of(model("lost", &text))).build().unwrap();
                world.run(&throng::Run::steps(1)).unwrap();
                assert_eq!(
                    rows(&mut world, "bug", 0),
                    expected,
                    "{way:?}, a torus: {wraps}, squares of {side}"
                );
            }
        }
    }
}

/// Squares of distances that do not fit in 32 bits are compared as they are, on small grids, too.
#[test]
fn who_is_far_beyond_the_grid_is_far() {
    const FAR: &str = "
//! # Cells that look for an agent from far away.
//! [grid]
//! size = [4, 4]
//! [agents.ant]
//! number = 1
//! near = SIDE
//! [layers]
//! found = { bits = 8 }
//! [step]
//! stages = [\"look\"]
struct Ant { pos: vec2<i32> }
fn look(at: vec2<i32>) {
    var near = near_ant(at + vec2<i32>(AWAY, 0), RADIUS);
    var found = 0u;
    while next_ant(&near) { found += 1u; }
    set_found(found);
}
";
    for (away, radius, found) in
        [(65536, 1, 0), (65536, 0, 0), (46341, 70_000, 1), (46341, 46_000, 0), (70_000, 70_004, 1)]
    {
        for side in [1, 3, 50] {
            let text = FAR.replace("AWAY", &away.to_string()).replace("RADIUS", &radius.to_string());
            let text = text.replace("SIDE", &side.to_string());
            for way in Way::all() {
                let mut world = way.of(Simulation::of(model("far", &text))).build().unwrap();
                world.run(&throng::Run::steps(1)).unwrap();
                let seen = world.layer("found", 0).unwrap();
                assert_eq!(seen, [found; 16], "{way:?}, {radius} around {away}, squares of {side}");
            }
        }
    }
}
