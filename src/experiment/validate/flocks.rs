//! Checks of boids and of Vicsek's particles, which follow their neighbours.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::{Builder, Run, Simulation};

const TWICE: Wrong = Wrong { what: "neighbours counted twice", from: "seen += 1u;", to: "seen += 2u;" };
const NO_ALIGNMENT: Wrong = Wrong {
    what: "boids that do not match the flight of others",
    from: "+ weigh(flight / count, params.match_flight)",
    to: "",
};
const NO_COHESION: Wrong = Wrong {
    what: "boids that do not keep together",
    from: "weigh(together / count * 16, params.cohere) -",
    to: "-",
};
const SHORT: Wrong = Wrong {
    what: "boids that see a smaller circle",
    from: "near_boid(me.pos, params.radius)",
    to: "near_boid(me.pos, params.radius - 16384)",
};

/// Boids, the side of their world and how far they see.
type Flock = (u32, u32, f64);
const SMALL: Flock = (200, 100, 5.0);
const LARGE: Flock = (400, 150, 15.0);

fn flock(worlds: Builder, (boids, side, radius): Flock) -> Builder {
    worlds.size(side, side).agents(boids).set("radius", radius).seed(3)
}

/// How many one of N sees within a circle when all are anywhere: those that its area has on average.
fn seen_anywhere((boids, side, radius): Flock) -> f64 {
    f64::from(boids - 1) * std::f64::consts::PI * (radius / f64::from(side)).powi(2)
}

fn neighbours_at_first(setup: &Setup, shape: Flock) -> Result<Option<Got>> {
    let mut flock = flock(setup.worlds(256, 2048), shape).build()?;
    flock.run(&Run::steps(1))?;
    Ok(Some(Got::mean(&flock.metric("neighbours")?)))
}

/// How many a boid sees, averaged over 100 steps. How many runs are behind the figures of the other program is not known, so
/// that they are taken for those of one, which vary as worlds do here.
fn neighbours(setup: &Setup, shape: Flock) -> Result<Option<Got>> {
    let mut flock = flock(setup.worlds(32, 256), shape).build()?;
    let mut sums = vec![0.0; flock.worlds().len() as usize];
    for _ in 0..100 {
        flock.run(&Run::steps(1))?;
        for (sum, seen) in sums.iter_mut().zip(flock.metric("neighbours")?) {
            *sum += seen / 100.0;
        }
    }
    let mean = Got::mean(&sums);
    Ok(Some(mean.beside(mean.standard_error * (sums.len() as f64).sqrt(), 1)))
}

/// The length of the mean direction in each world.
fn order(worlds: &mut Simulation, [x, y]: [&str; 2]) -> Result<Vec<f64>> {
    let (x, y) = (worlds.metric(x)?, worlds.metric(y)?);
    Ok(x.iter().zip(&y).map(|(x, y)| x.hypot(*y)).collect())
}

fn polarisation(setup: &Setup, shape: Flock, worlds: [u32; 2]) -> Result<Option<Got>> {
    let [quick, full] = worlds;
    let mut flock = flock(setup.worlds(quick, full), shape).build()?;
    flock.run(&Run::steps(100))?;
    Ok(Some(Got::mean(&order(&mut flock, ["flight_x", "flight_y"])?)))
}

/// Pairs that are missed or counted too often, by what all boids see together and by looking at every pair.
fn pairs(setup: &Setup) -> Result<Option<Got>> {
    let mut wrong = 0;
    for (boids, side, radius, wraps) in [(300, 37, 5, true), (300, 12, 7, true), (300, 37, 5, false)] {
        let worlds = setup.worlds(1, 4).wraps(wraps);
        let mut flock = flock(worlds, (boids, side, radius.into())).build()?;
        for _ in 0..5 {
            let world = flock.worlds().len() - 1;
            let stride = flock.model().kinds[0].layout.stride as usize / 4;
            let words = flock.agent_words("boid", world)?.words;
            let at: Vec<[i32; 2]> =
                words.chunks_exact(stride).map(|words| [words[0] as i32, words[1] as i32]).collect();
            flock.run(&Run::steps(1))?;
            let size = i64::from(side) << 16;
            let apart = |one: i32, other: i32| {
                let way = (i64::from(one) - i64::from(other)).abs();
                if wraps { way.min(size - way) } else { way }
            };
            let reach = i64::from(radius) << 16;
            let near = |(one, other): (usize, usize)| {
                let (x, y) = (apart(at[one][0], at[other][0]), apart(at[one][1], at[other][1]));
                one != other && x * x + y * y <= reach * reach
            };
            let all = (0..at.len()).flat_map(|one| (0..at.len()).map(move |other| (one, other)));
            let expected = all.filter(|pair| near(*pair)).count() as i64;
            let seen = flock.metric("neighbours")?[world as usize] * f64::from(boids);
            wrong += (seen.round() as i64 - expected).abs();
        }
    }
    Ok(Some(Got::exactly(wrong as f64)))
}

/// The order of particles that all go anywhere, averaged over steps, which are independent.
fn disorder(setup: &Setup, particles: u32) -> Result<Option<Got>> {
    let worlds = setup.worlds(64, 256).size(32, 32).agents(particles).set("noise", 1.0).seed(17);
    let mut worlds = worlds.build()?;
    let mut orders = Vec::new();
    for _ in 0..if setup.quick { 8 } else { 64 } {
        worlds.run(&Run::steps(1))?;
        orders.extend(order(&mut worlds, ["heading_x", "heading_y"])?);
    }
    Ok(Some(Got::mean(&orders)))
}

fn boids() -> Vec<Check> {
    const ANYWHERE: &str = "exact: density times the area in sight";
    const OTHERS: &str = "the same model in another program";
    type Measure = fn(&Setup) -> Result<Option<Got>>;
    let check = |quantity, source, expected, known_within, quick, wrong, measure: Measure| Check {
        model: "boids",
        quantity,
        source,
        expected,
        tolerance: Tolerance::StandardErrors { known_within },
        quick,
        changes: &[],
        wrong,
        measure,
    };
    vec![
        check(
            "neighbours within 5 at the start, 200 boids",
            ANYWHERE,
            seen_anywhere(SMALL),
            0.0,
            true,
            TWICE,
            |setup| neighbours_at_first(setup, SMALL),
        ),
        check(
            "neighbours within 15 at the start, 400 boids",
            ANYWHERE,
            seen_anywhere(LARGE),
            0.0,
            true,
            SHORT,
            |setup| neighbours_at_first(setup, LARGE),
        ),
        check("neighbours within 5 over 100 steps, 200 boids", OTHERS, 2.82, 0.005, true, TWICE, |setup| {
            neighbours(setup, SMALL)
        }),
        check(
            "neighbours within 15 over 100 steps, 400 boids",
            OTHERS,
            30.7,
            0.05,
            true,
            NO_COHESION,
            |setup| neighbours(setup, LARGE),
        ),
        check("polarisation in step 100, 200 boids", OTHERS, 0.21, 0.01, true, NO_ALIGNMENT, |setup| {
            polarisation(setup, SMALL, [64, 512])
        }),
        check("polarisation in step 100, 400 boids", OTHERS, 0.125, 0.01, true, NO_ALIGNMENT, |setup| {
            polarisation(setup, LARGE, [64, 512])
        }),
        Check {
            tolerance: Tolerance::Exact,
            ..check("pairs missed or counted twice", "every pair looked at", 0.0, 0.0, true, TWICE, pairs)
        },
    ]
}

fn particles() -> Vec<Check> {
    let order = |quantity, particles: u32, measure| Check {
        model: "vicsek",
        quantity,
        source: "exact for many: the square root of pi / 4N",
        expected: (std::f64::consts::FRAC_PI_4 / f64::from(particles)).sqrt(),
        tolerance: Tolerance::StandardErrors { known_within: 0.0 },
        quick: true,
        changes: &[],
        wrong: Wrong {
            what: "noise over half of the circle",
            from: "fixed_multiply(noise, params.noise)",
            to: "fixed_multiply(noise, params.noise / 2)",
        },
        measure,
    };
    vec![
        order(
            "order at full noise, 1024 particles",
            1024,
            (|setup| disorder(setup, 1024)) as fn(&Setup) -> Result<Option<Got>>,
        ),
        order("order at full noise, 4096 particles", 4096, |setup| disorder(setup, 4096)),
    ]
}

pub fn checks() -> Vec<Check> {
    let mut checks = boids();
    checks.extend(repeatable::checks(
        "boids",
        Wrong {
            what: "boids that fly on in step 7",
            from: "fixed_normalise(me.vel + pull)",
            to: "select(fixed_normalise(me.vel + pull), me.vel, current_step() == 7u)",
        },
    ));
    checks.extend(particles());
    checks.extend(repeatable::checks(
        "vicsek",
        Wrong {
            what: "particles that turn half as far in step 7",
            from: "fixed_multiply(noise, params.noise)",
            to: "fixed_multiply(noise, params.noise) / select(1, 2, current_step() == 7u)",
        },
    ));
    checks
}
