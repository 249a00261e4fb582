//! Models that are almost the same are told apart, and the first difference is found where it is.

use throng::BackendChoice::Cpu;
use throng::simulation::verify::{Difference, compare};
use throng::{BackendChoice, Model, Simulation};

use crate::common::{backends, builtin, changed};
use crate::places::build;

/// The first difference between a model on the CPU and its twin on a backend.
fn first_difference(model: Model, twin: Model, backend: BackendChoice) -> Option<Difference> {
    let built = |model, backend| {
        build(&Simulation::of(model).size(37, 29).wraps(true).agents(20).worlds(2).seed(6), backend)
    };
    compare(&mut built(model, Cpu), &mut built(twin, backend), 30, |_| {}).unwrap()
}

#[test]
fn an_agent_that_goes_astray_is_named_with_its_step() {
    let walkers = builtin("walkers");
    let astray = "(random_u32() >> 30u) + u32(current_step() == 7u && agent_id() == 5u)";
    let twin = changed(&walkers, "random_u32() >> 30u", astray);
    for backend in backends() {
        assert_eq!(first_difference(walkers.clone(), walkers.clone(), backend), None);
        let found = first_difference(walkers.clone(), twin.clone(), backend).expect("a difference");
        let place = (found.step, found.world, found.place.as_str(), found.field.as_deref());
        assert_eq!(place, (7, 0, "agent 5", Some("pos.x")), "{backend:?}");
        let numbers: [i32; 2] = [&found.first, &found.second].map(|value| value.parse().unwrap());
        assert!(numbers[0] != numbers[1] && numbers.iter().all(|x| (0..37).contains(x)), "{found:?}");
    }
}

#[test]
fn a_field_that_is_off_by_one_is_named() {
    let explorers = builtin("explorers");
    let twin = changed(
        &explorers,
        "look_around(next.pos);\n    max_trail",
        "next.found += u32(current_step() == 4u && agent_id() == 19u);\n    look_around(next.pos);\n    max_trail",
    );
    for backend in backends() {
        let found = first_difference(explorers.clone(), twin.clone(), backend).expect("a difference");
        let place = (found.step, found.place.as_str(), found.field.as_deref());
        assert_eq!(place, (4, "agent 19", Some("found")), "{backend:?}");
        let numbers: [u32; 2] = [&found.first, &found.second].map(|value| value.parse().unwrap());
        assert_eq!(numbers[0] + 1, numbers[1]);
    }
}

#[test]
fn a_cell_that_is_off_by_one_is_named() {
    let counting = builtin("node-counting");
    let twin = changed(
        &counting,
        "add_visits(next.pos, 1u);",
        "add_visits(next.pos, 1u);\n    if current_step() == 9u && agent_id() == 2u { add_visits(vec2(34, 28), 1u); }",
    );
    for backend in backends() {
        let found = first_difference(counting.clone(), twin.clone(), backend).expect("a difference");
        assert_eq!((found.step, found.place.as_str(), found.field), (9, "layer visits, cell (34, 28)", None));
        assert_ne!(found.first, found.second);
    }
}

#[test]
fn a_difference_before_the_first_step_is_found() {
    let explorers = builtin("explorers");
    let twin =
        changed(&explorers, "next.heading = random_below(8u);", "next.heading = random_below(8u) ^ 1u;");
    for backend in backends() {
        let found = first_difference(explorers.clone(), twin.clone(), backend).expect("a difference");
        let place = (found.step, found.place.as_str(), found.field.as_deref());
        assert_eq!(place, (0, "agent 0", Some("heading")), "{backend:?}");
    }
}

#[test]
fn every_changed_constant_is_seen() {
    let changes = [
        ("walkers", ">> 30u", ">> 29u"),
        ("node-counting", "add_visits(next.pos, 1u)", "add_visits(next.pos, 3u)"),
        ("node-counting", "k < 4u", "k < 3u"),
        ("explorers", "default = 64", "default = 2"),
        ("explorers", "k < 8u; k += 1u) {\n        if ((blocked", "k < 7u; k += 1u) {\n        if ((blocked"),
        ("explorers", "bits = 8", "bits = 16"),
    ];
    for (name, from, to) in changes {
        for backend in backends() {
            let twin = changed(&builtin(name), from, to);
            let found = first_difference(builtin(name), twin, backend);
            // A wider layer holds the same numbers: only its packing, and so the hash, differs.
            assert!(found.is_some(), "{name} with {to}, {backend:?}");
        }
    }
}
