//! State that is read and written back is the same state.

use glam::IVec2;
use throng::{AgentType, BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin};
use crate::places::build;

#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Walker {
    pos: IVec2,
}
throng::agent_type!(Walker { pos });

#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Explorer {
    pos: IVec2,
    heading: u32,
    found: u32,
}
throng::agent_type!(Explorer { pos, heading, found });

/// Layers that a model changes, so that they can be written.
fn layers(model: &Model) -> Vec<String> {
    let changed = (0..model.layers.len()).filter(|layer| model.changes(*layer));
    changed.map(|layer| model.layers[layer].name.clone()).collect()
}

/// Spoils a world of a batch, restores it, and goes on as if nothing had been.
fn restored<T: AgentType>(name: &str, backend: BackendChoice) {
    let worlds = Simulation::of(builtin(name)).size(37, 29).wraps(true).agents(50).worlds(3).seed(6);
    let (mut kept, mut spoilt) = (build(&worlds, backend), build(&worlds, backend));
    let what = format!("{name}, {backend:?}");
    for _ in 0..3 {
        kept.run(&Run::steps(5)).unwrap();
        spoilt.run(&Run::steps(5)).unwrap();
        let hashes = kept.world_hashes().unwrap();
        assert_eq!(spoilt.world_hashes().unwrap(), hashes, "{what}");

        let agents: Vec<T> = spoilt.agents(1).unwrap();
        let mut turned = agents.clone();
        turned.rotate_left(1);
        spoilt.set_agents(1, &turned).unwrap();
        let only_the_second_differs = |spoilt: &mut Simulation| {
            let now = spoilt.world_hashes().unwrap();
            assert!(now[0] == hashes[0] && now[1] != hashes[1] && now[2] == hashes[2], "{what}");
        };
        only_the_second_differs(&mut spoilt);
        spoilt.set_agents(1, &agents).unwrap();
        assert_eq!(spoilt.world_hashes().unwrap(), hashes, "{what}");

        for layer in layers(kept.model()) {
            let content = spoilt.layer(&layer, 1).unwrap();
            let mut other = content.clone();
            let last = other.last_mut().expect("a cell");
            *last = u32::from(*last == 0);
            spoilt.set_layer(&layer, 1, &other).unwrap();
            assert_eq!(spoilt.layer(&layer, 1).unwrap(), other, "{what}");
            only_the_second_differs(&mut spoilt);
            spoilt.set_layer(&layer, 1, &content).unwrap();
            assert_eq!(spoilt.world_hashes().unwrap(), hashes, "{what}");
        }
    }
}

#[test]
fn what_is_written_back_is_what_was_read() {
    for backend in backends() {
        restored::<Walker>("walkers", backend);
        restored::<Walker>("node-counting", backend);
        restored::<Explorer>("explorers", backend);
    }
}

/// A world's state, carried to a world of the same seed on another backend that has taken as many steps.
#[test]
fn a_state_goes_from_one_backend_to_another() {
    for (from, to) in backends().into_iter().flat_map(|from| backends().into_iter().map(move |to| (from, to)))
    {
        let explorers = Simulation::of(builtin("explorers")).size(37, 29).agents(50).worlds(2).seed(6);
        let mut kept = build(&explorers, from);
        let mut other = build(&explorers.clone().set("novelty", 0.0).set_in(1, "novelty", 64.0), to);
        kept.run(&Run::steps(9)).unwrap();
        other.run(&Run::steps(9)).unwrap();
        let hashes = kept.world_hashes().unwrap();
        assert_ne!(other.world_hashes().unwrap()[0], hashes[0]);
        other.set_agents(0, &kept.agents::<Explorer>(0).unwrap()).unwrap();
        for layer in layers(kept.model()) {
            other.set_layer(&layer, 0, &kept.layer(&layer, 0).unwrap()).unwrap();
        }
        assert_eq!(other.world_hashes().unwrap(), hashes, "{from:?} to {to:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    for backend in backends() {
        let worlds = Simulation::of(builtin("explorers")).size(5, 5).agents(3);
        let mut world = build(&worlds, backend);
        let hash = world.state_hash().unwrap();
        let agents: Vec<Explorer> = world.agents(0).unwrap();
        assert!(world.set_agents(0, &agents[1..]).is_err(), "too few agents");
        assert!(world.set_agents(1, &agents).is_err(), "no such world");
        assert!(world.agents::<Walker>(0).is_err(), "another type");
        assert!(world.set_layer("seen", 0, &[1; 24]).is_err(), "too few cells");
        assert!(world.set_layer("seen", 0, &[2; 25]).is_err(), "too large for a bit");
        assert!(world.set_layer("trail", 0, &[256; 25]).is_err(), "too large for a byte");
        assert!(world.set_layer("wall", 0, &[0; 25]).is_err(), "a layer that no stage changes");
        assert!(world.set_layer("tracks", 0, &[0; 25]).is_err(), "no such layer");
        assert_eq!(world.state_hash().unwrap(), hash, "{backend:?}");
    }
}
