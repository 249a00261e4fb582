//! What is handed on, moved or spread is neither lost nor made: food, money, cars, particles, trails, walkers.

use throng::world::map::{Generator, Map};
use throng::{BackendChoice, Builder, Model, Run, Simulation};

use crate::common::{backends, builtin, changed};
use crate::verdict::{Verdict, assert_rejected, within};

/// Places with and without walls, with rows that end inside of words, and one so small that it wraps onto itself.
fn places(model: &Model) -> Vec<(&'static str, Builder)> {
    let on = |width, height| Simulation::of(model.clone()).size(width, height);
    vec![
        ("a torus", on(37, 29).wraps(true)),
        ("a walled grid", on(37, 29).wraps(false)),
        ("two columns", on(2, 31).wraps(true)),
        ("one cell", on(1, 1).wraps(true)),
        ("caves", Simulation::of(model.clone()).map(Map::generate(Generator::Caves, 50, 37, 1).unwrap())),
    ]
}

/// The sum of some metrics stays what it was, step by step.
fn keeps(builder: Builder, what: &str, metrics: &[&str], steps: u64) -> Verdict {
    let mut simulation = builder.build().unwrap_or_else(|error| panic!("{error}"));
    let sum = |simulation: &mut Simulation| -> f64 {
        metrics.iter().map(|name| simulation.metric(name).unwrap()[0]).sum()
    };
    let begun = sum(&mut simulation);
    for step in 1..=steps {
        simulation.run(&Run::steps(1)).unwrap();
        within(&format!("{what} in step {step}"), sum(&mut simulation), begun, 1e-9 * begun)?;
    }
    Ok(())
}

fn food(model: &Model, backend: BackendChoice) -> Verdict {
    for (place, builder) in places(model) {
        keeps(
            builder.agents(60).backend(backend),
            &format!("the food on {place}"),
            &["left", "carried", "delivered"],
            60,
        )?;
    }
    // So small that many ask for food in one cell.
    let crowd = Simulation::of(model.clone()).size(24, 24).agents(300).set("pile", 3.0).backend(backend);
    keeps(crowd, "the food of a crowd", &["left", "carried", "delivered"], 80)
}

fn money(model: &Model, backend: BackendChoice) -> Verdict {
    for agents in [1, 300, 2000] {
        let people = Simulation::of(model.clone()).size(29, 27).agents(agents).set("endowment", 1.0);
        keeps(people.backend(backend), &format!("the money of {agents}"), &["money"], 40)?;
    }
    Ok(())
}

fn cars(model: &Model, backend: BackendChoice) -> Verdict {
    for (width, cars, limit) in [(97, 30.0, 5.0), (97, 97.0, 5.0), (7, 2.0, 30.0), (1, 1.0, 3.0)] {
        let density = f64::min((cars + 0.5) / f64::from(width), 1.0);
        let road = Simulation::of(model.clone()).size(width, 1).set("density", density).set("limit", limit);
        let mut begun = road.clone().backend(backend).build().unwrap();
        let there = begun.metric("density").unwrap()[0] * f64::from(width);
        within("the number of cars", there, cars, 1e-9)?;
        keeps(road.backend(backend), &format!("the density of {cars} cars"), &["density"], 60)?;
    }
    Ok(())
}

fn particles(model: &Model, backend: BackendChoice) -> Verdict {
    for agents in [1, 29, 40] {
        let rings = Simulation::of(model.clone()).size(37, 29).agents(agents).set("density", 20.5 / 37.0);
        let mut begun = rings.clone().backend(backend).build().unwrap();
        let there = begun.metric("particles").unwrap()[0];
        within("the number of particles", there, f64::from(agents.min(29)) * 20.0, 0.0)?;
        keeps(rings.backend(backend), "the number of particles", &["particles"], 60)?;
    }
    Ok(())
}

/// A trail that does not fade, of small numbers and of the greatest, in layers of 8, 16 and 32 bits.
fn trails(model: &Model, backend: BackendChoice) -> Verdict {
    for bits in [8, 16, 32] {
        let model = changed(model, "trail = { bits = 32", &format!("trail = {{ bits = {bits}"));
        let most = u32::MAX >> (32 - bits);
        for (place, builder) in places(&model) {
            for (rate, spread) in [(1.0, 1), (1.0, 5), (0.37, 1), (0.0, 1), (1.0, most)] {
                let builder = builder.clone().agents(1).set("deposit", 0.0).set("evaporation", 0.0);
                let mut mould = builder.set("diffusion", rate).backend(backend).build().unwrap();
                let cells = mould.worlds().map.cells() as u32;
                // Close to the greatest number, where a cell has least room for more.
                let content = |cell: u32| most - (cell.wrapping_mul(0x9e37_79b1) >> 16) % spread.min(60_000);
                let trail: Vec<u32> = (0..cells).map(content).collect();
                mould.set_layer("trail", 0, &trail).unwrap();
                mould.run(&Run::steps(30)).unwrap();
                let total =
                    |trail: &[u32]| trail.iter().map(|content| u64::from(*content)).sum::<u64>() as f64;
                let found = total(&mould.layer("trail", 0).unwrap());
                within(&format!("the trail of {bits} bits on {place}"), found, total(&trail), 0.0)?;
            }
        }
    }
    Ok(())
}

/// Whoever is no walker any more is in the cluster, which is in one piece.
fn walkers(model: &Model, backend: BackendChoice) -> Verdict {
    const SIDE: usize = 61;
    let walkers = Simulation::of(model.clone()).size(SIDE as u32, SIDE as u32).agents(400).seed(2);
    let mut walkers = walkers.backend(backend).build().unwrap();
    walkers.run(&Run::steps(200)).unwrap();
    let frozen = walkers.layer("frozen", 0).unwrap();
    let mut reached = vec![false; SIDE * SIDE];
    let mut open = vec![(SIDE / 2) * SIDE + SIDE / 2];
    while let Some(cell) = open.pop() {
        if frozen[cell] == 1 && !std::mem::replace(&mut reached[cell], true) {
            let (x, y) = (cell % SIDE, cell / SIDE);
            open.extend(
                [(x > 0, cell.wrapping_sub(1)), (x + 1 < SIDE, cell + 1)]
                    .iter()
                    .filter(|at| at.0)
                    .map(|at| at.1),
            );
            open.extend(
                [(y > 0, cell.wrapping_sub(SIDE)), (y + 1 < SIDE, cell + SIDE)]
                    .iter()
                    .filter(|at| at.0)
                    .map(|at| at.1),
            );
        }
    }
    let mass = walkers.metric("mass").unwrap()[0];
    let gone = 400.0 - walkers.metric("walking").unwrap()[0];
    within(
        "the mass of the piece around the seed",
        reached.iter().filter(|reached| **reached).count() as f64,
        mass,
        0.0,
    )?;
    // Two may freeze in one cell at once, but seldom do.
    match mass > 0.9 * gone && mass <= gone + 1.0 && mass > 20.0 {
        true => Ok(()),
        false => Err(format!("a cluster of {mass} of {gone} who have frozen")),
    }
}

/// A check of a model, and how the model goes wrong: what, and which piece of its text becomes which.
type Case = (&'static str, fn(&Model, BackendChoice) -> Verdict, [&'static str; 3]);

const CASES: [Case; 6] = [
    (
        "ants",
        food,
        ["food that all take who ask for it", "lowest(me.pos) == lot()", "lowest(me.pos) <= lot()"],
    ),
    ("wealth", money, ["gifts that are lost", "add_money(to, 1u)", "add_money(to, current_step() & 1u)"]),
    (
        "traffic",
        cars,
        [
            "cars that do not look",
            "can_go(on_ring(at.x + go + 1))",
            "(go > 0 || can_go(on_ring(at.x + go + 1)))",
        ],
    ),
    ("tasep", particles, ["hops onto others", " && !occupied(site(x + 1u))", ""]),
    (
        "physarum",
        trails,
        ["a trail that fades all the same", "~params.evaporation", "~params.evaporation - 1u"],
    ),
    (
        "dla",
        walkers,
        [
            "walkers that freeze anywhere",
            "!= 0u && random_chance(params.sticking)",
            "!= 0u || random_chance(params.sticking / 100u)",
        ],
    ),
];

#[test]
fn nothing_is_lost_and_nothing_made() {
    for (name, check, _) in CASES {
        for backend in backends() {
            check(&builtin(name), backend).unwrap_or_else(|error| panic!("{name}, {backend:?}: {error}"));
        }
    }
}

#[test]
fn models_that_lose_or_make_something_are_rejected() {
    for (name, check, [what, from, to]) in CASES {
        assert_rejected(what, check(&changed(&builtin(name), from, to), BackendChoice::Cpu));
    }
}
