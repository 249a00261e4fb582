//! n steps are k steps, saved, loaded, and n − k more: on any backend, for every built-in model.

use std::path::Path;

use throng::BackendChoice::Cpu;
use throng::Schedule::{Resident, Wide};
use throng::state::{State, save};
use throng::world::map::{Generator, Map};
use throng::{BackendChoice, Builder, Error, Model, Run, Simulation};

use crate::common::{backends, builtin, model};
use crate::{build, hashes_after};

/// What a folder holds, as worlds that can go on.
pub fn loaded(model: &Model, folder: &Path, backend: BackendChoice) -> Result<Simulation, Error> {
    let state = State::read(folder)?;
    let mut worlds = state.describe(Simulation::of(model.clone()))?.backend(backend).build()?;
    state.restore(&mut worlds)?;
    Ok(worlds)
}

fn goes_on(name: &str, builder: &Builder, model: &Model) {
    let whole = hashes_after(&mut build(builder, Cpu), 20);
    for (from, to) in backends().into_iter().zip(backends().into_iter().rev()) {
        let folder = tempfile::tempdir().unwrap();
        let mut first = build(&builder.clone().schedule(Resident), from);
        first.run(&Run::steps(7)).unwrap();
        save(&mut first, folder.path()).unwrap();
        let mut second = loaded(model, folder.path(), to).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(second.steps(), first.steps(), "{name}");
        assert_eq!(hashes_after(&mut second, 13), whole, "{name}, {from:?} to {to:?}");
        // The first goes on as well, and what was saved is what it was.
        assert_eq!(hashes_after(&mut first, 13), whole, "{name}, {from:?}");
        let state = State::read(folder.path()).unwrap();
        let again = state.describe(Simulation::of(model.clone()).schedule(Wide)).unwrap();
        let mut again = build(&again.threads(2), to);
        state.restore(&mut again).unwrap();
        assert_eq!(hashes_after(&mut again, 13), whole, "{name}, {from:?} to {to:?}, wide");
    }
}

#[test]
fn every_model_goes_on_from_its_state() {
    for name in Model::builtin_names() {
        let model = builtin(name);
        let worlds = Simulation::of(model.clone()).worlds(3).seed(1 << 40);
        let worlds = if model.takes_number() { worlds.agents(40) } else { worlds };
        // So small that a workgroup's memory holds the layers of each.
        goes_on(name, &worlds.clone().size(29, 23).wraps(true), &model);
        if model.wall_layer().is_some() {
            let caves = worlds.generate(Generator::Caves, 3).size(33, 26);
            goes_on(&format!("{name} in caves"), &caves, &model);
        }
    }
    let network = builtin("sir-network");
    goes_on("sir-network on its graph", &Simulation::of(network.clone()).set("first", 0.1), &network);
}

/// Fields of every kind, with extreme values, and layers of every width.
const KINDS: &str = "
//! # Everything.
//! [agents]
//! start = \"begin\"
//! [params]
//! fraction = { default = 0.1 }
//! chance = { default = 0.3, type = \"probability\" }
//! weights = { default = [0.1, 0.2, 0.3], type = \"f32\" }
//! [layers]
//! one = { bits = 1 }
//! eight = { bits = 8, initial = 7 }
//! sixteen = { bits = 16 }
//! full = { bits = 32, from = \"noise\" }
//! fixed_ground = { bits = 8, initial = 3 }
//! [step]
//! stages = [\"go\", { run = \"seldom\", every = 3 }]
struct Agent { pos: vec2<i32>, word: u32, whole: i32, real: f32, pair: vec2<u32> }
fn noise(at: vec2<i32>) -> u32 { return random_u32(); }
fn begin(me: Agent) -> Agent {
    var next = me;
    next.word = 0xffffffffu;
    next.whole = -2147483647 - 1;
    next.real = 1.0 / 3.0;
    return next;
}
fn go(me: Agent) -> Agent {
    var next = me;
    next.pos = wrapped(me.pos + offset8(random_below(8u)));
    if !inside(next.pos) { next.pos = me.pos; }
    next.word ^= random_u32() + u32(params.fraction) + fixed_ground_sum(me.pos);
    next.whole = i32(random_u32());
    next.real = -next.real * params.weights[1];
    next.pair = vec2<u32>(random_u32(), full(me.pos));
    if random_chance(params.chance) { toggle_one(me.pos); }
    add_eight(me.pos, 1u);
    add_sixteen(me.pos, 300u + eight(me.pos));
    xor_full(me.pos, next.word);
    return next;
}
fn fixed_ground_sum(at: vec2<i32>) -> u32 { return fixed_ground(at) + u32(one(at)); }
fn seldom(at: vec2<i32>) { set_sixteen(sixteen(at) / 2u); }
";

fn kinds() -> Model {
    model("everything", KINDS)
}

#[test]
fn fields_layers_and_parameters_of_every_kind_are_kept() {
    let worlds = Simulation::of(kinds()).size(19, 11).agents(50).worlds(2).seed(u64::MAX);
    let worlds = worlds.set_in(0, "weights[1]", 0.7).set_in(1, "chance", 1.0 / 3.0).set("fraction", 0.3);
    goes_on("everything", &worlds, &kinds());
}

#[test]
fn worlds_at_different_steps_and_changes_go_on() {
    let people = Simulation::of(builtin("sir")).size(20, 20).agents(100).worlds(3).seed(5);
    let people = people.set("first", 10.0).change("beta", 4, 0.9).change("beta", 12, 0.0);
    let whole = {
        let mut worlds = build(&people, Cpu);
        worlds.run(&Run::steps(9).every(1).until("recovered >= 4")).unwrap();
        (worlds.steps(), hashes_after(&mut worlds, 8))
    };
    assert!(whole.0.iter().any(|steps| *steps != whole.0[0]), "all stopped at once");
    let folder = tempfile::tempdir().unwrap();
    for backend in backends() {
        let mut first = build(&people, backend);
        first.run(&Run::steps(9).every(1).until("recovered >= 4")).unwrap();
        save(&mut first, folder.path()).unwrap();
        let state = State::read(folder.path()).unwrap();
        let second = state.describe(Simulation::of(builtin("sir"))).unwrap();
        let second = second.change("beta", 4, 0.9).change("beta", 12, 0.0);
        let mut second = build(&second, backend);
        state.restore(&mut second).unwrap();
        assert_eq!(second.steps(), whole.0);
        assert_eq!(hashes_after(&mut second, 8), whole.1, "{backend:?}");
    }
}

/// What draws depend on is part of the state: worlds that forgot their step or seed go elsewhere.
#[test]
fn a_state_without_its_clock_goes_elsewhere() {
    let walkers = builtin("walkers");
    let folder = tempfile::tempdir().unwrap();
    let mut first = build(&Simulation::of(walkers.clone()).size(30, 30).agents(20).seed(3), Cpu);
    first.run(&Run::steps(7)).unwrap();
    save(&mut first, folder.path()).unwrap();
    let right = hashes_after(&mut first, 5);
    let json = folder.path().join("state.json");
    let text = std::fs::read_to_string(&json).unwrap();
    assert_eq!(hashes_after(&mut loaded(&walkers, folder.path(), Cpu).unwrap(), 5), right);
    for (from, to) in [("\"steps\": 7", "\"steps\": 0"), ("\"seed\": 3", "\"seed\": 4")] {
        assert!(text.contains(from));
        std::fs::write(&json, text.replace(from, to)).unwrap();
        for backend in backends() {
            let mut worlds = loaded(&walkers, folder.path(), backend).unwrap();
            assert_ne!(hashes_after(&mut worlds, 5), right, "{to}");
        }
    }
}

#[test]
fn a_map_that_a_program_made_is_given_again() {
    let explorers = builtin("explorers");
    let map = Map::from_fn("stripes", 33, 31, |x, y| x % 5 > 0 || y % 7 == 3).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut first = build(&Simulation::of(explorers.clone()).map(map.clone()).agents(20), Cpu);
    first.run(&Run::steps(4)).unwrap();
    save(&mut first, folder.path()).unwrap();
    let state = State::read(folder.path()).unwrap();
    let error = state.describe(Simulation::of(explorers.clone())).unwrap_err().to_string();
    assert!(error.contains("a program made"), "{error}");
    let on = |map: Map| {
        let mut worlds = build(&state.describe_elsewhere(Simulation::of(explorers.clone()).map(map)), Cpu);
        state.restore(&mut worlds).map(|()| hashes_after(&mut worlds, 4))
    };
    assert_eq!(on(map).unwrap(), hashes_after(&mut first, 4));
    let other = Map::from_fn("other", 33, 31, |x, y| x % 5 > 0 || y % 7 == 4).unwrap();
    assert!(on(other).unwrap_err().to_string().contains("is on stripes"));
}
