//! Numbers of a whole world that stages bring together and later ones read, against a plain program.

use throng::state::{State, save};
use throng::{Model, Simulation};

use crate::Way;
use crate::common::{changed, model};
use crate::rows;

const MOODS: &str = "
//! # Everybody is moved by what all were together in the step before.
//! [grid]
//! wrap = true
//! [agents]
//! number = 700
//! start = \"wake\"
//! [layers]
//! warmth = { total = true, initial = 5, help = \"what all give, in one stage that also reads it\" }
//! coldest = { total = true, help = \"the least that anybody has\" }
//! hottest = { total = true }
//! flags = { total = true, initial = 1 }
//! worn = { bits = 8 }
//! paths = { total = true, help = \"cells that anybody has been on\" }
//! [step]
//! stages = [\"give\", \"count\", { run = \"rest\", every = 3 }]
struct Agent { pos: vec2<i32>, heat: u32, felt: u32, found: u32 }
fn wake(me: Agent) -> Agent { return Agent(me.pos, random_below(1000u), 0u, 0u); }
fn give(me: Agent) -> Agent {
    let heat = (me.heat * 5u + warmth() + agent_id()) % 1000u;
    add_warmth(heat);
    min_coldest(heat);
    max_hottest(heat);
    xor_flags(heat * 2654435761u);
    max_worn(me.pos, 1u);
    return Agent(wrapped(me.pos + vec2<i32>(1, 0)), heat, me.felt, me.found);
}
fn count(at: vec2<i32>) { add_paths(worn(at)); }
fn rest(me: Agent) -> Agent {
    return Agent(me.pos, me.heat, me.felt * 3u + coldest() + 7u * hottest() + flags(), me.found + paths());
}
";

const STEPS: u32 = 20;
const WIDTH: u32 = 45;
const HEIGHT: u32 = 31;

/// What the plain program knows of a world.
struct World {
    agents: Vec<Vec<u32>>,
    warmth: u32,
    worn: Vec<bool>,
}

impl World {
    fn step(&mut self, now: u32) {
        let warmth = self.warmth;
        for (id, agent) in (0..).zip(&mut self.agents) {
            agent[2] = (agent[2] * 5).wrapping_add(warmth).wrapping_add(id) % 1000;
            self.worn[(agent[1] * WIDTH + agent[0]) as usize] = true;
            agent[0] = (agent[0] + 1) % WIDTH;
        }
        let heats = || self.agents.iter().map(|agent| agent[2]);
        self.warmth = heats().sum();
        let (coldest, hottest) = (heats().min().unwrap_or(u32::MAX), heats().max().unwrap_or(0));
        let flags = heats().fold(0, |flags, heat| flags ^ heat.wrapping_mul(2_654_435_761));
        let paths = self.worn.iter().filter(|worn| **worn).count() as u32;
        if now.is_multiple_of(3) {
            for agent in &mut self.agents {
                let felt = agent[3].wrapping_mul(3).wrapping_add(coldest).wrapping_add(7 * hottest);
                agent[3] = felt.wrapping_add(flags);
                agent[4] += paths;
            }
        }
    }
}

/// The first world and step in which a model is not what the plain program says.
fn fault(model: &Model, way: Way) -> Option<String> {
    let worlds = Simulation::of(model.clone()).size(WIDTH, HEIGHT).worlds(3).seed(9);
    let mut worlds = way.of(worlds).build().unwrap_or_else(|error| panic!("{error}"));
    let start = |world| {
        let agents = rows(&mut worlds, "agent", world);
        World { agents, warmth: 5, worn: vec![false; (WIDTH * HEIGHT) as usize] }
    };
    let mut plain: Vec<World> = (0..3).map(start).collect();
    for now in 1..=STEPS {
        worlds.step().unwrap_or_else(|error| panic!("{error}"));
        for (index, world) in (0..).zip(&mut plain) {
            world.step(now);
            let warmth = worlds.layer("warmth", index).unwrap_or_else(|error| panic!("{error}"));
            if rows(&mut worlds, "agent", index) != world.agents || warmth != [world.warmth] {
                return Some(format!("world {index}, step {now}: {warmth:?}, not {}", world.warmth));
            }
        }
    }
    None
}

#[test]
fn a_total_is_what_all_brought_together_in_the_stage_before() {
    for way in Way::all() {
        assert_eq!(fault(&model("moods", MOODS), way), None, "{way:?}");
    }
}

#[test]
fn wrong_totals_are_rejected() {
    for (from, to) in [
        ("initial = 5", "initial = 4"),
        ("add_warmth(heat)", "add_warmth(heat + u32(agent_id() == 3u && current_step() == 9u))"),
        ("min_coldest(heat)", "min_coldest(heat + 1u)"),
        ("max_hottest(heat)", "max_hottest(heat + 1u)"),
        ("xor_flags(heat * 2654435761u)", "xor_flags(heat)"),
        ("add_paths(worn(at))", "add_paths(u32(at.x > 0) * worn(at))"),
    ] {
        let wrong = changed(&model("moods", MOODS), from, to);
        assert!(fault(&wrong, Way::CPU).is_some(), "{to}");
    }
}

#[test]
fn totals_that_are_set_and_saved_go_on() {
    let build = || {
        let world = Simulation::of(model("moods", MOODS)).size(WIDTH, HEIGHT).seed(4);
        Way::CPU.of(world).build().unwrap_or_else(|error| panic!("{error}"))
    };
    let (mut one, mut other) = (build(), build());
    other.set_layer("warmth", 0, &[6]).unwrap();
    assert_ne!(one.state_hash().unwrap(), other.state_hash().unwrap());
    other.set_layer("warmth", 0, &[5]).unwrap();
    one.step().unwrap();
    other.step().unwrap();
    assert_eq!(one.state_hash().unwrap(), other.state_hash().unwrap());
    let error = other.set_layer("warmth", 0, &[1, 2]).unwrap_err().to_string();
    assert!(error.contains("warmth"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    save(&mut one, folder.path()).unwrap();
    let state = State::read(folder.path()).unwrap();
    let again = state.describe(Simulation::of(model("moods", MOODS))).unwrap();
    let mut again = Way::CPU.of(again).build().unwrap();
    state.restore(&mut again).unwrap();
    assert_eq!(again.layer("warmth", 0).unwrap(), one.layer("warmth", 0).unwrap());
    one.step().unwrap();
    again.step().unwrap();
    assert_eq!(one.state_hash().unwrap(), again.state_hash().unwrap());
}
