//! As many wolves eat in a cell as sheep are eaten there: as many as there are of the fewer, each as often.

use throng::{Model, Simulation};

use crate::Way;
use crate::chance::unevenness;
use crate::common::{changed, model};
use crate::rows;

const HUNT: &str = "
//! # Wolves that come and go among sheep.
//! [agents.sheep]
//! number = \"flock\"
//! near = 1
//! [agents.wolf]
//! number = \"pack\"
//! near = 2
//! [params]
//! flock = { default = 300, range = [0, 100000] }
//! pack = { default = 200, range = [0, 100000] }
//! [layers]
//! wall = { bits = 1, from = \"map\" }
//! [step]
//! stages = [\"stray\", \"roam\", \"fall\", \"eat\"]
struct Sheep { pos: vec2<i32>, eaten: u32 }
struct Wolf { pos: vec2<i32>, eats: u32 }
fn anywhere() -> vec2<i32> { return vec2<i32>(random_range(0, grid_size.x - 1), random_range(0, grid_size.y - 1)); }
fn stray(me: Sheep) -> Sheep { return Sheep(anywhere(), 0u); }
fn roam(me: Wolf) -> Wolf { return Wolf(anywhere(), 0u); }
fn fall(me: Sheep) -> Sheep { return Sheep(me.pos, u32(rank_sheep(me.pos) < wolf_here(me.pos))); }
fn eat(me: Wolf) -> Wolf { return Wolf(me.pos, u32(rank_wolf(me.pos) < sheep_here(me.pos))); }
";

/// What is wrong with how many eat and are eaten in some cell.
fn numbers(model: &Model, way: Way) -> Option<String> {
    for ([width, height], wraps, flock, pack) in [
        ([13, 11], true, 300, 200),
        ([13, 11], false, 100, 400),
        ([1, 1], true, 9, 5),
        ([2, 3], true, 0, 7),
        ([40, 3], false, 50, 0),
    ] {
        let worlds = Simulation::of(model.clone()).size(width, height).wraps(wraps).worlds(2).seed(6);
        let worlds = worlds.set("flock", f64::from(flock)).set("pack", f64::from(pack));
        let mut worlds = way.of(worlds).build().unwrap_or_else(|error| panic!("{error}"));
        for step in 0..6 {
            worlds.step().unwrap_or_else(|error| panic!("{error}"));
            let (sheep, wolves) = (rows(&mut worlds, "sheep", step % 2), rows(&mut worlds, "wolf", step % 2));
            for cell in 0..width * height {
                let here = |agents: &[Vec<u32>]| {
                    let here: Vec<u32> = agents
                        .iter()
                        .filter(|agent| agent[1] * width + agent[0] == cell)
                        .map(|agent| agent[2])
                        .collect();
                    (here.len(), here.iter().sum::<u32>() as usize)
                };
                let ((sheep, eaten), (wolves, eat)) = (here(&sheep), here(&wolves));
                if [eaten, eat] != [sheep.min(wolves); 2] {
                    return Some(format!(
                        "cell {cell} of {width} x {height} on {way:?}: {wolves} wolves among {sheep} sheep: \
                         {eat} eat and {eaten} are eaten"
                    ));
                }
            }
        }
    }
    None
}

/// How unevenly the ten pairs of five sheep fall to two wolves, and the five wolves of another world have one of two sheep.
fn bias(model: &Model, way: Way) -> f64 {
    const WORLDS: u32 = 200;
    let most = |flock: u32, pack: u32, kind: &str| {
        let worlds = Simulation::of(model.clone()).size(1, 1).worlds(WORLDS).seed(60);
        let worlds = way.of(worlds).set("flock", flock.into()).set("pack", pack.into());
        let mut worlds = worlds.build().unwrap_or_else(|error| panic!("{error}"));
        let mut counts = [0; 32];
        for _ in 0..if way.is_fast() { 40 } else { 10 } {
            worlds.step().unwrap_or_else(|error| panic!("{error}"));
            for world in 0..WORLDS {
                let chosen =
                    rows(&mut worlds, kind, world).iter().rev().fold(0, |set, agent| 2 * set + agent[2]);
                counts[chosen as usize] += 1;
            }
        }
        // Sets of other than two are wrong altogether.
        let (pairs, others): (Vec<usize>, Vec<usize>) =
            (0..32).partition(|set: &usize| set.count_ones() == 2);
        match others.iter().all(|set| counts[*set] == 0) {
            true => unevenness(&pairs.iter().map(|set| counts[*set]).collect::<Vec<u32>>()),
            false => f64::INFINITY,
        }
    };
    most(5, 2, "sheep").max(most(2, 5, "wolf"))
}

#[test]
fn the_fewer_are_all_matched() {
    for way in Way::all() {
        assert_eq!(numbers(&model("hunt", HUNT), way), None);
    }
}

#[test]
fn everybody_is_matched_as_often() {
    for way in Way::all() {
        let bias = bias(&model("hunt", HUNT), way);
        assert!(bias < 4.0, "{bias} standard deviations on {way:?}");
    }
}

#[test]
fn wrong_hunts_are_rejected() {
    let right = model("hunt", HUNT);
    for (what, from, to) in [
        (
            "all wolves eat the same sheep",
            "rank_wolf(me.pos) < sheep_here(me.pos)",
            "sheep_here(me.pos) > 0u",
        ),
        (
            "one sheep at most",
            "rank_sheep(me.pos) < wolf_here(me.pos)",
            "rank_sheep(me.pos) < min(wolf_here(me.pos), 1u)",
        ),
        ("sheep rank among wolves", "rank_sheep(me.pos) <", "rank_sheep(me.pos) + 1u <"),
    ] {
        assert!(numbers(&changed(&right, from, to), Way::CPU).is_some(), "{what} was taken for right");
    }
    // The right number, always of the lowest numbers.
    let first = changed(&right, "rank_sheep(me.pos) <", "agent_id() <");
    assert!(bias(&first, Way::CPU) > 4.0);
}
