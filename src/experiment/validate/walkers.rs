//! Checks of `walkers`, the simple random walk with marks.

use super::check::{Check, Tolerance, Wrong};
use super::cover::{self, BOUND, SHARING, SLACK};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::Run;

const BIASED: Wrong =
    Wrong { what: "a biased draw", from: "random_u32() >> 30u", to: "random_below(9u) % 4u" };
const EIGHT: Wrong = Wrong {
    what: "eight neighbours",
    from: "neighbour4(me.pos, random_u32() >> 30u)",
    to: "neighbour8(me.pos, random_below(8u))",
};
const RESTS: Wrong = Wrong {
    what: "walkers that rest",
    from: "random_u32() >> 30u);",
    to: "random_u32() >> 30u);\n    if random_below(8u) == 0u { return me; }",
};
const LOST_START: Wrong = Wrong { what: "starts that are not marked", from: "mark_seen(me.pos);", to: "" };
const LOST_MARK: Wrong = Wrong {
    what: "marks that are lost",
    from: "mark_seen(to);",
    to: "if random_below(8u) != 0u { mark_seen(to); }",
};
const TOGETHER: &[(&str, &str)] = &[("start = \"arrive\"", "start = \"arrive\"\n//! place = \"together\"")];

/// Where the number of distinct sites comes from.
const DVORETZKY: &str = "exact: Dvoretzky and Erdős 1951";

/// Steps after which displacements are measured.
const STEPS: i32 = 100;

/// The mean squared displacement, on a torus too large to go round in so many steps.
fn displacement(setup: &Setup) -> Result<Option<Got>> {
    const SIDE: i32 = 2 * STEPS + 1;
    let agents = if setup.quick { 1 << 14 } else { 1 << 18 };
    let mut walkers = setup.worlds(1, 1).size(SIDE as u32, SIDE as u32).agents(agents).seed(4).build()?;
    let start = walkers.positions("agent", 0)?;
    walkers.run(&Run::steps(STEPS as u64))?;
    let shortest = |d: i32| f64::from((d + SIDE / 2).rem_euclid(SIDE) - SIDE / 2);
    let square = |(from, to): (&glam::IVec2, glam::IVec2)| {
        shortest(to.x - from.x).powi(2) + shortest(to.y - from.y).powi(2)
    };
    let squares: Vec<f64> = start.iter().zip(walkers.positions("agent", 0)?).map(square).collect();
    Ok(Some(Got::mean(&squares)))
}

/// How many cells a world of `side` by `side` has that somebody has seen after so many steps.
fn sites(setup: &Setup, walkers: u32, side: u32, steps: u64, worlds: [u32; 2]) -> Result<Option<Got>> {
    let [quick, full] = worlds;
    let mut simulation = setup.worlds(quick, full).size(side, side).agents(walkers).seed(100).build()?;
    simulation.run(&Run::steps(steps))?;
    let cells = f64::from(side * side);
    let seen: Vec<f64> = simulation.metric("coverage")?.iter().map(|share| share * cells).collect();
    Ok(Some(Got::mean(&seen)))
}

/// What one walker sees. In 1000 steps it strays √500 cells along each axis, a seventh of the side.
fn alone(setup: &Setup, steps: u64) -> Result<Option<Got>> {
    sites(setup, 1, 160, steps, [1024, 16_384])
}

/// What walkers from one nest see, on a torus that is just too large to go round.
fn nest(setup: &Setup, walkers: u32, steps: u64, worlds: [u32; 2]) -> Result<Option<Got>> {
    sites(setup, walkers, 2 * steps as u32 + 1, steps, worlds)
}

/// The share of a torus of 64 by 64 cells that 64 walkers have covered.
fn covered(setup: &Setup, steps: u64) -> Result<Option<Got>> {
    let mut walkers = setup.worlds(256, 2048).size(64, 64).agents(64).seed(7).build()?;
    walkers.run(&Run::steps(steps))?;
    Ok(Some(Got::mean(&walkers.metric("coverage")?)))
}

/// The time to cover a torus by one walker.
fn cover_time(setup: &Setup, side: u32, expected: f64, worlds: [u32; 2]) -> Result<Option<Got>> {
    let [quick, full] = worlds;
    cover::time(setup.worlds(quick, full).size(side, side).agents(1).seed(1000), 1.0, expected)
}

/// The time of 64 walkers to cover a share of a torus of 128 by 128 cells.
fn shared(setup: &Setup, share: f64, expected: f64) -> Result<Option<Got>> {
    cover::time(setup.worlds(256, 1024).size(128, 128).agents(64).seed(500), share, expected)
}

/// A mean that is known to so many digits.
const fn known(known_within: f64) -> Tolerance {
    Tolerance::StandardErrors { known_within }
}

pub fn checks() -> Vec<Check> {
    let mut checks =
        [displacements(), lone_walkers(), coverages(), nests(), cover_times(), cover_shares()].concat();
    checks.push(Check {
        quantity: SLACK,
        source: BOUND,
        expected: 0.0,
        tolerance: Tolerance::AtLeast,
        wrong: Wrong {
            what: "walkers that mark 81 cells at once",
            from: "mark_seen(to);",
            to: "for (var i = 0; i < 81; i += 1) { mark_seen(to + vec2(i % 9 - 4, i / 9 - 4)); }",
        },
        measure: |setup| cover::bound(setup.worlds(64, 1024).size(16, 16).agents(4).seed(1)),
        ..TEMPLATE
    });
    checks.extend(repeatable::checks(
        "walkers",
        Wrong {
            what: "a walker that goes astray once",
            from: "random_u32() >> 30u",
            to: "(random_u32() >> 30u) + u32(current_step() == 7u && agent_id() == 5u)",
        },
    ));
    checks
}

/// What most entries have in common.
const TEMPLATE: Check = Check {
    model: "walkers",
    quantity: "",
    source: "",
    expected: 0.0,
    tolerance: known(0.0),
    quick: true,
    changes: &[],
    wrong: BIASED,
    measure: |_| Ok(None),
};

/// How far a walker gets.
fn displacements() -> Vec<Check> {
    vec![
        Check {
            quantity: "mean squared displacement in 100 steps",
            source: "exact: n",
            expected: 100.0,
            measure: displacement,
            ..TEMPLATE
        },
        Check {
            quantity: "eight neighbours: mean squared displacement in 100 steps",
            source: "exact: 1.5 n",
            expected: 150.0,
            changes: &[(EIGHT.from, EIGHT.to)],
            wrong: Wrong {
                what: "diagonal moves alone",
                from: "random_below(8u)",
                to: "random_below(4u) * 2u + 1u",
            },
            measure: displacement,
            ..TEMPLATE
        },
    ]
}

/// How many places one walker sees.
fn lone_walkers() -> Vec<Check> {
    vec![
        Check {
            quantity: "distinct sites of one walker in 2 steps",
            source: DVORETZKY,
            expected: 2.75,
            tolerance: known(1e-8),
            wrong: LOST_START,
            measure: |setup| alone(setup, 2),
            ..TEMPLATE
        },
        Check {
            quantity: "distinct sites of one walker in 4 steps",
            source: DVORETZKY,
            expected: 4.171875,
            tolerance: known(1e-8),
            wrong: Wrong { what: "marks where it was", from: "mark_seen(to);", to: "mark_seen(me.pos);" },
            measure: |setup| alone(setup, 4),
            ..TEMPLATE
        },
        Check {
            quantity: "distinct sites of one walker in 100 steps",
            source: DVORETZKY,
            expected: 49.504136789,
            tolerance: known(1e-8),
            wrong: BIASED,
            measure: |setup| alone(setup, 100),
            ..TEMPLATE
        },
        Check {
            quantity: "distinct sites of one walker in 1000 steps",
            source: DVORETZKY,
            expected: 363.583762822,
            tolerance: known(1e-8),
            wrong: Wrong { what: "three directions", from: "random_u32() >> 30u", to: "random_below(3u)" },
            measure: |setup| alone(setup, 1000),
            ..TEMPLATE
        },
    ]
}

/// What many walkers cover together.
fn coverages() -> Vec<Check> {
    vec![
        Check {
            quantity: "share of 64 x 64 cells that 64 walkers cover in 10 steps",
            source: "exact: 1 - (1 - R/cells)^k",
            expected: 0.11597057,
            tolerance: known(1e-8),
            wrong: LOST_START,
            measure: |setup| covered(setup, 10),
            ..TEMPLATE
        },
        Check {
            quantity: "share of 64 x 64 cells that 64 walkers cover in 100 steps",
            source: "exact: 1 - (1 - R/cells)^k",
            expected: 0.54077473,
            tolerance: known(1e-8),
            wrong: EIGHT,
            measure: |setup| covered(setup, 100),
            ..TEMPLATE
        },
        Check {
            quantity: "share of 64 x 64 cells that 64 walkers cover in 1000 steps",
            source: "exact: 1 - (1 - R/cells)^k",
            expected: 0.99738605,
            tolerance: known(1e-8),
            wrong: LOST_MARK,
            measure: |setup| covered(setup, 1000),
            ..TEMPLATE
        },
    ]
}

/// What walkers from one nest see together.
fn nests() -> Vec<Check> {
    vec![
        Check {
            quantity: "distinct sites of 10 walkers from a nest in 64 steps",
            source: "exact: sum over sites of 1 - (1 - h)^k",
            expected: 185.6649,
            tolerance: known(1e-4),
            changes: TOGETHER,
            wrong: BIASED,
            measure: |setup| nest(setup, 10, 64, [1024, 8192]),
            ..TEMPLATE
        },
        Check {
            quantity: "distinct sites of 1000 walkers from a nest in 64 steps",
            source: "exact: sum over sites of 1 - (1 - h)^k",
            expected: 866.7606,
            tolerance: known(1e-4),
            changes: TOGETHER,
            wrong: Wrong { what: "no nest", from: "\"together\"", to: "\"anywhere\"" },
            measure: |setup| nest(setup, 1000, 64, [64, 512]),
            ..TEMPLATE
        },
        Check {
            quantity: "distinct sites of 1000 walkers from a nest in 256 steps",
            source: "exact: sum over sites of 1 - (1 - h)^k",
            expected: 3311.2084,
            tolerance: known(1e-4),
            quick: false,
            changes: TOGETHER,
            wrong: EIGHT,
            measure: |setup| nest(setup, 1000, 256, [32, 128]),
            ..TEMPLATE
        },
    ]
}

/// How long one walker takes to visit every cell of a torus.
fn cover_times() -> Vec<Check> {
    vec![
        Check {
            quantity: "mean steps of one walker to visit all of 16 x 16 cells",
            source: "reference simulation, ±5",
            expected: 2905.0,
            tolerance: known(5.0),
            wrong: Wrong { what: "a wall around", from: "wrap = true", to: "wrap = false" },
            measure: |setup| cover_time(setup, 16, 2905.0, [1024, 8192]),
            ..TEMPLATE
        },
        Check {
            quantity: "mean steps of one walker to visit all of 32 x 32 cells",
            source: "reference simulation, ±42",
            expected: 17292.0,
            tolerance: known(42.0),
            wrong: RESTS,
            measure: |setup| cover_time(setup, 32, 17292.0, [256, 2048]),
            ..TEMPLATE
        },
        Check {
            quantity: "mean steps of one walker to visit all of 64 x 64 cells",
            source: "reference simulation, ±375",
            expected: 95744.0,
            tolerance: known(375.0),
            quick: false,
            wrong: RESTS,
            measure: |setup| cover_time(setup, 64, 95744.0, [256, 512]),
            ..TEMPLATE
        },
    ]
}

/// How long 64 walkers take to cover a torus together.
fn cover_shares() -> Vec<Check> {
    vec![
        Check {
            quantity: "mean steps to cover 50 %",
            source: SHARING,
            expected: 438.0,
            tolerance: Tolerance::Relative(0.03),
            wrong: RESTS,
            measure: |setup| shared(setup, 0.5, 438.0),
            ..TEMPLATE
        },
        Check {
            quantity: "mean steps to cover 90 %",
            source: SHARING,
            expected: 1684.0,
            tolerance: Tolerance::Relative(0.03),
            wrong: RESTS,
            measure: |setup| shared(setup, 0.9, 1684.0),
            ..TEMPLATE
        },
        Check {
            quantity: "mean steps to cover 99 %",
            source: SHARING,
            expected: 3607.0,
            tolerance: Tolerance::Relative(0.03),
            wrong: EIGHT,
            measure: |setup| shared(setup, 0.99, 3607.0),
            ..TEMPLATE
        },
        Check {
            quantity: "mean steps to cover 100 %",
            source: SHARING,
            expected: 7857.0,
            tolerance: Tolerance::Relative(0.03),
            wrong: BIASED,
            measure: |setup| shared(setup, 1.0, 7857.0),
            ..TEMPLATE
        },
    ]
}
