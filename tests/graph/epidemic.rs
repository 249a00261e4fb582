//! Final sizes of epidemics where everybody knows everybody, and on random graphs.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{builtin, changed};
use crate::{build, graph};

/// The share that was ever infected: z = 1 - (1 - e) exp(-R z) when e are infected at first (Kermack and McKendrick, 1927).
fn final_size(reproduction: f64, first: f64) -> f64 {
    (0..1000).fold(1.0, |z: f64, _| 1.0 - (1.0 - first) * (-reproduction * z).exp())
}

const WORLDS: u32 = 24;
const NODES: u32 = 601;

/// Mean and standard error over worlds of the share that was ever infected.
fn measured(model: &Model, shape: &str, settings: &[(&str, f64)]) -> (f64, f64) {
    let worlds = Simulation::of(model.clone()).graph(graph(shape, 1)).worlds(WORLDS).seed(2);
    let worlds = settings.iter().fold(worlds, |worlds, (name, value)| worlds.set(name, *value));
    let mut worlds = build(&worlds, BackendChoice::Cpu);
    worlds.run(&Run::steps(3000).every(10).until("infected == 0")).unwrap();
    let nodes = f64::from(worlds.worlds().map.width());
    let shares: Vec<f64> =
        worlds.metric("recovered").unwrap().iter().map(|recovered| recovered / nodes).collect();
    let mean = shares.iter().sum::<f64>() / f64::from(WORLDS);
    let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / f64::from(WORLDS - 1);
    (mean, (variance / f64::from(WORLDS)).sqrt())
}

/// A chance of infection by which one alone infects `reproduction` others of so many before it recovers.
fn beta(reproduction: f64, others: f64, gamma: f64) -> f64 {
    // reproduction = others * beta / (beta + gamma - beta * gamma)
    let share = reproduction / others;
    share * gamma / (1.0 - share * (1.0 - gamma))
}

/// How many standard errors the final size among all-acquainted is off.
fn off(model: &Model, reproduction: f64, first: f64) -> f64 {
    let gamma = 0.4;
    let beta = beta(reproduction, f64::from(NODES - 1), gamma);
    let shape = format!("ring:nodes={NODES},degree={}", NODES - 1);
    let (mean, error) = measured(model, &shape, &[("beta", beta), ("gamma", gamma), ("first", first)]);
    // The equation is for infinitely many; a finite epidemic's mean is off by about 1/n, times what one more infects.
    let finite = 2.0 * reproduction / f64::from(NODES);
    ((mean - final_size(reproduction, first)).abs() - finite).max(0.0) / error
}

#[test]
fn epidemics_among_all_acquainted_reach_their_final_size() {
    for (reproduction, expected) in [(1.5, 0.5828), (2.0, 0.7968), (3.0, 0.9405)] {
        assert!((final_size(reproduction, 0.0) - expected).abs() < 1e-4);
        let off = off(&builtin("sir-network"), reproduction, 0.1);
        assert!(off < 4.0, "R = {reproduction}: {off} standard errors");
    }
}

#[test]
fn wrong_epidemics_do_not_reach_it() {
    let right = builtin("sir-network");
    let wrong = [
        ("only one acquaintance counts", changed(&right, "k < degree(at)", "k < min(degree(at), 1u)")),
        ("recovery first", changed(&right, "random_chance(params.gamma)", "!random_chance(params.gamma)")),
        (
            "the first that is ill decides",
            changed(
                &right,
                "            if is_infected(neighbour(at, k)) && random_chance(params.beta) {\n                set_status(INFECTED);\n                break;\n            }",
                "            if is_infected(neighbour(at, k)) {\n                if random_chance(params.beta) { set_status(INFECTED); }\n                break;\n            }",
            ),
        ),
    ];
    for (what, model) in wrong {
        let off = off(&model, 2.0, 0.1);
        assert!(off > 4.0, "{what}: {off} standard errors only");
    }
}

/// On a random graph whose edges are Poisson with mean d, each edge out of an infected node passes it on with chance
/// T = beta / (beta + gamma - beta gamma), and an epidemic spreads when T d > 1 (M. Newman, "Spread of epidemic disease on
/// networks", Physical Review E 66, 2002).
#[test]
fn an_epidemic_spreads_on_a_random_graph_above_its_threshold() {
    let (degree, gamma) = (6.0, 0.4);
    let size = |reproduction: f64| {
        let settings = [("beta", beta(reproduction, degree, gamma)), ("gamma", gamma), ("first", 0.005)];
        measured(&builtin("sir-network"), "random:nodes=4000,degree=6", &settings).0
    };
    let (below, above) = (size(0.6), size(2.0));
    assert!(below < 0.03, "{below}");
    // Of the giant component the out-neighbourhood of 0.5 % first cases; the share is Newman's u = exp(-T d (1 - u)).
    assert!(above > 0.65 && above < 0.85, "{above}");
}
