//! Checks of cars on a ring road and of the exclusion process.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::Run;

/// The flow on a road of 100 cells, after long enough for it to be stationary.
fn flow(setup: &Setup) -> Result<Option<Got>> {
    let roads = setup.worlds(128, 4096).size(100, 8).seed(12);
    let mut roads = roads.set("density", 0.5).set("limit", 1.0).set("dawdle", 0.5).build()?;
    roads.run(&Run::steps(1000))?;
    Ok(Some(Got::mean(&roads.metric("flow")?)))
}

/// How much the number of cars has changed, in all worlds together.
fn lost_cars(setup: &Setup) -> Result<Option<Got>> {
    let mut roads = setup.worlds(4, 32).size(211, 1).seed(5).set("density", 60.5 / 211.0).build()?;
    roads.run(&Run::steps(500))?;
    let density = roads.metric("density")?;
    Ok(Some(Got::exactly(density.iter().map(|density| (density * 211.0 - 60.0).round().abs()).sum())))
}

/// Hops a step on rings of 100 sites, half of them occupied.
fn current(setup: &Setup) -> Result<Option<Got>> {
    const STEPS: u64 = 10_000;
    let mut rings = setup.worlds(128, 2048).size(100, 10).agents(10).seed(13).set("density", 0.5).build()?;
    rings.run(&Run::steps(STEPS))?;
    Ok(Some(Got::mean(&rings.metric("hops")?.iter().map(|hops| hops / STEPS as f64).collect::<Vec<_>>())))
}

fn lost_particles(setup: &Setup) -> Result<Option<Got>> {
    let mut rings = setup.worlds(4, 32).size(67, 20).agents(25).seed(5).set("density", 0.5).build()?;
    rings.run(&Run::steps(5000))?;
    let particles = rings.metric("particles")?;
    Ok(Some(Got::exactly(particles.iter().map(|count| (count - 33.0 * 20.0).abs()).sum())))
}

pub fn checks() -> Vec<Check> {
    let chance = Tolerance::StandardErrors { known_within: 0.0 };
    let check = Check::quick;
    let staggered = Wrong {
        what: "cars that choose in turns",
        from: "if at.y > 0 || !is_car(at) {",
        to: "if at.y > 0 || !is_car(at) || ((at.x ^ i32(current_step())) & 1) == 1 {",
    };
    let too_far = Wrong {
        what: "cars that do not look where they go",
        from: "can_go(on_ring(at.x + go + 1))",
        to: "(go > 0 || can_go(on_ring(at.x + go + 1)))",
    };
    let in_order = Wrong {
        what: "particles that begin side by side",
        from: "random_below(sites - x) < left",
        to: "left > 0u",
    };
    let not_exclusive = Wrong { what: "hops onto others", from: " && !occupied(site(x + 1u))", to: "" };
    let mut checks = vec![
        check(
            "traffic",
            "flow of 50 cars on 100 cells, limit 1, dawdling 1/2",
            "exact for L = 100: Schreckenberg et al. 1995",
            0.14757,
            chance,
            staggered,
            flow,
        ),
        check("traffic", "cars lost or gained", "exact: none", 0.0, Tolerance::Exact, too_far, lost_cars),
    ];
    checks.extend(repeatable::checks(
        "traffic",
        Wrong {
            what: "nobody dawdles in step 7",
            from: "if go > 0 &&",
            to: "if current_step() != 7u && go > 0 &&",
        },
    ));
    checks.push(check(
        "tasep",
        "hops a step of 50 particles on 100 sites",
        "exact: n (L - n) / (L (L - 1))",
        50.0 * 50.0 / (100.0 * 99.0),
        chance,
        in_order,
        current,
    ));
    checks.push(check(
        "tasep",
        "particles lost or gained",
        "exact: none",
        0.0,
        Tolerance::Exact,
        not_exclusive,
        lost_particles,
    ));
    checks.extend(repeatable::checks(
        "tasep",
        Wrong {
            what: "a rest in step 7",
            from: "if has_ring() &&",
            to: "if current_step() != 7u && has_ring() &&",
        },
    ));
    checks
}
