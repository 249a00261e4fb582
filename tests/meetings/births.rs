//! Populations that grow from one to tens of thousands and die out, against a list that a plain program keeps.

use throng::{Model, Run, Schedule, Simulation};

use crate::Way;
use crate::common::{changed, model};

const LIVES: &str = "
//! # Lives whose young and whose death follow from their numbers.
//! [agents.life]
//! births = 4
//! near = 1
//! [params]
//! most = { default = 3, range = [0, 4] }
//! until = { default = 12, range = [0, 1000] }
//! [layers]
//! wall = { bits = 1, from = \"map\" }
//! [step]
//! stages = [\"live\", \"age\"]
struct Life { pos: vec2<i32>, tag: u32, age: u32 }
fn live(me: Life) -> Life {
    var next = me;
    let lot = agent_id() * 2654435761u + current_step() * 2246822519u;
    let stirred = ((lot >> 15u) ^ lot) * 2246822507u;
    let lots = (stirred >> 13u) ^ stirred;
    if current_step() <= u32(params.until) {
        let young = lots % (u32(params.most) + 1u);
        for (var k = 0u; k < young; k += 1u) {
            let tag = me.tag * 5u + k + 1u;
            let pos = vec2<u32>(tag, tag / 64u) % vec2<u32>(grid_size);
            spawn_life(Life(vec2<i32>(pos), tag, 0u));
        }
        if (lots >> 8u) % 8u == 0u { die(); }
    } else if (lots >> 8u) % 2u == 0u {
        die();
    }
    next.tag += agent_id();
    return next;
}
fn age(me: Life) -> Life {
    var next = me;
    // Looking for others where nobody is sorts them, and on a large grid moves them.
    next.age += 1u + population() % 7u + life_here(vec2<i32>(-1, -1));
    return next;
}
";

const STEPS: u32 = 50;

/// One that lives: its number, its place, and its two fields.
#[derive(Debug, Clone, PartialEq)]
struct Life {
    id: u32,
    pos: [u32; 2],
    tag: u32,
    age: u32,
}

/// One step: those who stay keep their order, the newborn follow in the order of their mothers, and take part from the next
/// stage on.
fn step(lives: &mut Vec<Life>, next_id: &mut u32, step: u32, [most, until]: [u32; 2], size: [u32; 2]) {
    let (mut stay, mut born) = (Vec::new(), Vec::new());
    for life in lives.iter() {
        let lot = life.id.wrapping_mul(2_654_435_761).wrapping_add(step.wrapping_mul(2_246_822_519));
        let stirred = ((lot >> 15) ^ lot).wrapping_mul(2_246_822_507);
        let lots = (stirred >> 13) ^ stirred;
        let young = if step <= until { lots % (most + 1) } else { 0 };
        for k in 0..young {
            let tag = life.tag.wrapping_mul(5).wrapping_add(k + 1);
            born.push(Life { id: *next_id, pos: [tag % size[0], (tag / 64) % size[1]], tag, age: 0 });
            *next_id += 1;
        }
        if (lots >> 8) % (if step <= until { 8 } else { 2 }) != 0 {
            stay.push(Life { tag: life.tag.wrapping_add(life.id), ..life.clone() });
        }
    }
    stay.append(&mut born);
    let population = stay.len() as u32;
    stay.iter_mut().for_each(|life| life.age += 1 + population % 7);
    *lives = stay;
}

/// What is wrong with the lives of a model, and how many there were at most.
fn fault(model: &Model, way: Way, [width, height]: [u32; 2], first: u32) -> (Option<String>, usize) {
    const WORLDS: [[u32; 2]; 3] = [[3, 11], [4, 9], [1, 16]];
    let worlds = Simulation::of(model.clone()).size(width, height).wraps(false).agents(first).worlds(3);
    let worlds = way.of(worlds.seed(1));
    let set = |worlds: throng::Builder, world: usize| {
        let worlds = worlds.set_in(world as u32, "most", WORLDS[world][0].into());
        worlds.set_in(world as u32, "until", WORLDS[world][1].into())
    };
    let mut worlds = (0..3).fold(worlds, set).build().unwrap_or_else(|error| panic!("{error}"));
    let mut lists: Vec<(Vec<Life>, u32)> = (0..3).map(|world| list(&mut worlds, world)).collect();
    let mut most = 0;
    // Worlds that take many steps at once have no room for all who could be born in them.
    let at_once = if way.schedule == Schedule::Resident { 5 } else { 1 };
    for now in (1..=STEPS).step_by(at_once) {
        worlds.run(&Run::steps(at_once as u64)).unwrap_or_else(|error| panic!("{error}"));
        for (world, (lives, next_id)) in lists.iter_mut().enumerate() {
            for now in now..now + at_once as u32 {
                step(lives, next_id, now, WORLDS[world], [width, height]);
                most = most.max(lives.len());
            }
            let (found, found_next) = list(&mut worlds, world as u32);
            if found != *lives || found_next != *next_id {
                let first = found.iter().zip(lives.iter()).find(|(one, other)| one != other);
                let numbers = format!("{} and {}, next {found_next} and {next_id}", found.len(), lives.len());
                return (Some(format!("world {world}, step {now} on {way:?}: {numbers}: {first:?}")), most);
            }
        }
    }
    assert!(
        lists.iter().all(|(lives, _)| lives.is_empty()),
        "none of the populations outlives its last births"
    );
    (None, most)
}

fn list(worlds: &mut Simulation, world: u32) -> (Vec<Life>, u32) {
    let agents = worlds.agent_words("life", world).unwrap_or_else(|error| panic!("{error}"));
    let life = |(id, words): (&u32, &[u32])| Life {
        id: *id,
        pos: [words[0], words[1]],
        tag: words[2],
        age: words[3],
    };
    (agents.ids.iter().zip(agents.words.chunks_exact(4)).map(life).collect(), agents.next_id)
}

#[test]
fn populations_grow_from_few_and_die_out_as_the_list_does() {
    for way in Way::all() {
        let mut most = 0;
        for (size, first) in [([50, 40], 1), ([50, 40], 3), ([600, 512], 3)] {
            let (fault, largest) = fault(&model("lives", LIVES), way, size, first);
            assert_eq!(fault, None);
            most = most.max(largest);
        }
        assert!(most > 20_000, "no population exceeds {most}");
    }
}

#[test]
fn wrong_lives_are_rejected() {
    let right = model("lives", LIVES);
    for (what, from, to) in [
        ("young that are lost", "k < young;", "k < min(young, 2u);"),
        (
            "the dead that stay",
            "} else if (lots >> 8u) % 2u == 0u {",
            "} else if (lots >> 8u) % 2u == 0u && agent_id() % 9u != 0u {",
        ),
        ("young in another order", "me.tag * 5u + k + 1u", "me.tag * 5u + young - k"),
        ("numbers by place", "next.tag += agent_id();", "next.tag += agent_id() % population();"),
    ] {
        assert!(
            fault(&changed(&right, from, to), Way::CPU, [50, 40], 2).0.is_some(),
            "{what} was taken for right"
        );
    }
}
