//! Checks of `wolf-sheep` and `pphpc`: predators, prey and grass.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::plan::Agents;
use crate::simulation::{Builder, Run, Simulation};

type Measure = fn(&Setup) -> Result<Option<Got>>;

const FORGETS: Wrong = Wrong {
    what: "sheep that forget most of their energy when they move",
    from: "Sheep(beside(me.pos), me.energy - fixed(1))",
    to: "Sheep(beside(me.pos), min(me.energy, fixed(3)) - fixed(1))",
};
const HUNGRY: Wrong = Wrong {
    what: "wolves that forget most of their energy when they move",
    from: "Wolf(beside(me.pos), me.energy - fixed(1))",
    to: "Wolf(beside(me.pos), min(me.energy, fixed(3)) - fixed(1))",
};
const SAME_SHEEP: Wrong = Wrong {
    what: "wolves that all eat the same sheep",
    from: "prey > 0u && rank_wolf(me.pos) < prey",
    to: "prey > 0u",
};
const ALL_GRAZE: Wrong = Wrong {
    what: "grass that feeds all sheep of its cell",
    from: "won_meal(me.pos)",
    to: "is_grown(me.pos)",
};
const NEWBORN_FULL: Wrong = Wrong {
    what: "lambs that cost their mothers nothing",
    from: "next.energy /= 2;\n        spawn_sheep(next);",
    to: "spawn_sheep(next);",
};

/// A pasture of one of the sizes of the benchmark: side, sheep, wolves, steps to grow, chances of lambs and of cubs.
type Pasture = (u32, u32, u32, u32, f64, f64);
const SMALL: Pasture = (25, 60, 40, 20, 0.2, 0.1);
const LARGE: Pasture = (100, 1000, 500, 10, 0.4, 0.2);
const HUGE: Pasture = (1000, 100_000, 50_000, 30, 0.04, 0.05);

fn pasture(worlds: Builder, (side, sheep, wolves, regrow, lambs, cubs): Pasture) -> Builder {
    let worlds = worlds.size(side, side).wraps(false).set("flock", sheep.into()).set("pack", wolves.into());
    worlds.set("regrow", regrow.into()).set("sheep_birth", lambs).set("wolf_birth", cubs).seed(5)
}

/// How many there are after 100 steps, beside a published mean of runs that vary by `deviation`.
fn alive(
    setup: &Setup,
    shape: Pasture,
    [quick, full]: [u32; 2],
    metric: &str,
    deviation: f64,
) -> Result<Option<Got>> {
    let mut pasture = pasture(setup.worlds(quick, full), shape).build()?;
    pasture.run(&Run::steps(100))?;
    Ok(Some(Got::mean_of_known_spread(&pasture.metric(metric)?, deviation).beside(deviation, PUBLISHED_RUNS)))
}

/// Runs behind the published means.
const PUBLISHED_RUNS: u32 = 10;

/// The energies of a kind's agents, which follow their places.
fn energies(agents: &Agents) -> impl Iterator<Item = i64> {
    let stride = agents.words.len() / agents.ids.len().max(1);
    agents.words.chunks_exact(stride.max(1)).map(|words| i64::from(words[2] as i32))
}

fn total(simulation: &mut Simulation, kind: &str) -> Result<i64> {
    Ok(energies(&simulation.agent_words(kind, 0)?).sum())
}

/// The units of energy of a model, and the sheep's and the wolves' gains.
struct Diet {
    unit: i64,
    grass: i64,
    sheep: i64,
    /// What `bare` is where a sheep has eaten in this step.
    eaten: u32,
}
const WOLF_SHEEP: Diet = Diet { unit: 1 << 16, grass: 5, sheep: 13, eaten: 10 };
const PPHPC: Diet = Diet { unit: 1, grass: 4, sheep: 20, eaten: 10 };

/// The energy that comes from nowhere or goes there when sheep alone walk, graze and have young.
fn grazed(setup: &Setup, diet: &Diet) -> Result<Option<Got>> {
    let worlds = setup.worlds(1, 1).size(41, 37).set("flock", 400.0).set("pack", 0.0).seed(22);
    let mut worlds = worlds.set("sheep_birth", 0.1).build()?;
    let mut lost = 0;
    for _ in 0..12 {
        let (before, alive) = (total(&mut worlds, "sheep")?, worlds.metric("sheep")?[0]);
        worlds.run(&Run::steps(1))?;
        let meals = worlds.layer("bare", 0)?.iter().filter(|bare| **bare == diet.eaten).count() as i64;
        let expected = before + (diet.grass * meals - alive as i64) * diet.unit;
        lost += (total(&mut worlds, "sheep")? - expected).abs();
    }
    Ok(Some(Got::exactly(lost as f64)))
}

/// The energy that wolves have beside what the sheep that are gone were worth.
fn hunted(setup: &Setup, diet: &Diet) -> Result<Option<Got>> {
    let worlds = setup.worlds(1, 1).size(41, 37).set("flock", 2000.0).set("pack", 1500.0).seed(22);
    let mut worlds = worlds.set("sheep_birth", 0.0).set("wolf_birth", 0.1).build()?;
    let mut lost = 0;
    for _ in 0..6 {
        let before = total(&mut worlds, "wolf")?;
        let (sheep, wolves) = (worlds.metric("sheep")?[0], worlds.metric("wolves")?[0]);
        worlds.run(&Run::steps(1))?;
        let eaten = (sheep - worlds.metric("sheep")?[0]) as i64;
        let expected = before + (diet.sheep * eaten - wolves as i64) * diet.unit;
        lost += (total(&mut worlds, "wolf")? - expected).abs();
    }
    Ok(Some(Got::exactly(lost as f64)))
}

fn wolf_sheep() -> Vec<Check> {
    const OTHERS: &str = "the same model in another program, mean and s.d.";
    let check = |quantity, expected, quick, wrong, measure: Measure| Check {
        model: "wolf-sheep",
        quantity,
        source: OTHERS,
        expected,
        tolerance: Tolerance::StandardErrors { known_within: 0.5 },
        quick,
        changes: &[],
        wrong,
        measure,
    };
    let exact = |quantity, changes, wrong, measure: Measure| Check {
        source: "exact: none",
        tolerance: Tolerance::Exact,
        changes,
        ..check(quantity, 0.0, true, wrong, measure)
    };
    // Nobody starves within the steps of the balance, and halves are exact.
    const FED: &[(&str, &str)] = &[
        ("fixed(random_range(1, 10))", "fixed(random_range(1001, 1010))"),
        ("fixed(random_range(1, 26))", "fixed(random_range(1001, 1026))"),
    ];
    vec![
        check("sheep after 100 steps, 25 x 25 cells", 84.0, true, FORGETS, |setup| {
            alive(setup, SMALL, [128, 2048], "sheep", 15.0)
        }),
        check("wolves after 100 steps, 25 x 25 cells", 15.0, true, HUNGRY, |setup| {
            alive(setup, SMALL, [128, 2048], "wolves", 8.0)
        }),
        check("sheep after 100 steps, 100 x 100 cells", 1363.0, true, HUNGRY, |setup| {
            alive(setup, LARGE, [8, 128], "sheep", 93.0)
        }),
        check("wolves after 100 steps, 100 x 100 cells", 2240.0, true, HUNGRY, |setup| {
            alive(setup, LARGE, [8, 128], "wolves", 133.0)
        }),
        check("sheep after 100 steps, 1000 x 1000 cells", 114_319.0, false, NEWBORN_FULL, |setup| {
            alive(setup, HUGE, [1, 2], "sheep", 461.0)
        }),
        check("wolves after 100 steps, 1000 x 1000 cells", 2102.0, false, HUNGRY, |setup| {
            alive(setup, HUGE, [1, 2], "wolves", 37.0)
        }),
        exact("energy lost or gained by sheep alone", FED, ALL_GRAZE, |setup| grazed(setup, &WOLF_SHEEP)),
        exact("energy of wolves beside that of the sheep they ate", FED, SAME_SHEEP, |setup| {
            hunted(setup, &WOLF_SHEEP)
        }),
    ]
}

/// What a run of 200 steps of parameter set 1 comes to.
#[derive(Clone, Copy)]
enum Output {
    MostSheep,
    FewestSheep,
    /// The mean of a metric from step 100 on.
    Steady(&'static str),
}

fn published(setup: &Setup, output: Output, deviation: f64) -> Result<Option<Got>> {
    let mut worlds = setup.worlds(1, 8).size(400, 400).wraps(true).seed(20).build()?;
    let metric = match output {
        Output::Steady(metric) => metric,
        _ => "sheep",
    };
    let mut values: Vec<Vec<f64>> = worlds.metric(metric)?.into_iter().map(|first| vec![first]).collect();
    for _ in 0..200 {
        worlds.run(&Run::steps(1))?;
        for (values, value) in values.iter_mut().zip(worlds.metric(metric)?) {
            values.push(value);
        }
    }
    let outputs: Vec<f64> = values
        .iter()
        .map(|values| match output {
            Output::MostSheep => values.iter().copied().fold(f64::MIN, f64::max),
            Output::FewestSheep => values.iter().copied().fold(f64::MAX, f64::min),
            Output::Steady(_) => values[100..].iter().sum::<f64>() / values[100..].len() as f64,
        })
        .collect();
    Ok(Some(Got::mean_of_known_spread(&outputs, deviation).beside(deviation, PUBLISHED_RUNS)))
}

fn pphpc() -> Vec<Check> {
    const FED: &[(&str, &str)] = &[
        ("random_range(1, 2 * params.sheep_gain)", "random_range(1001, 1010)"),
        ("random_range(1, 2 * params.wolf_gain)", "random_range(1001, 1026)"),
    ];
    const FORGETS: Wrong = Wrong {
        what: "sheep that forget most of their energy when they move",
        from: "Sheep(about(me.pos), me.energy - params.sheep_loss, LIVES)",
        to: "Sheep(about(me.pos), min(me.energy, 3) - params.sheep_loss, LIVES)",
    };
    const HUNGRY: Wrong = Wrong {
        what: "wolves that forget most of their energy when they move",
        from: "Wolf(about(me.pos), me.energy - params.wolf_loss)",
        to: "Wolf(about(me.pos), min(me.energy, 3) - params.wolf_loss)",
    };
    let check = |quantity, expected, wrong, measure: Measure| Check {
        model: "pphpc",
        quantity,
        source: "Fachada et al. 2015, 400 x 400, set 1, mean and s.d. of 10 runs",
        expected,
        tolerance: Tolerance::StandardErrors { known_within: 0.0 },
        quick: false,
        changes: &[],
        wrong,
        measure,
    };
    let exact = |quantity, wrong, measure: Measure| Check {
        source: "exact: none",
        tolerance: Tolerance::Exact,
        quick: true,
        changes: FED,
        ..check(quantity, 0.0, wrong, measure)
    };
    vec![
        check("most sheep", 39_610.0, HUNGRY, |setup| published(setup, Output::MostSheep, 332.0)),
        check("fewest sheep", 5164.0, FORGETS, |setup| published(setup, Output::FewestSheep, 43.0)),
        check("sheep from step 100 on", 37_210.0, HUNGRY, |setup| {
            published(setup, Output::Steady("sheep"), 377.0)
        }),
        check("wolves from step 100 on", 1493.0, HUNGRY, |setup| {
            published(setup, Output::Steady("wolves"), 153.0)
        }),
        check("grass from step 100 on", 64_950.0, FORGETS, |setup| {
            published(setup, Output::Steady("grass"), 573.0)
        }),
        exact("energy lost or gained by sheep alone", ALL_GRAZE, |setup| grazed(setup, &PPHPC)),
        exact("energy of wolves beside that of the sheep they ate", SAME_SHEEP, |setup| {
            hunted(setup, &PPHPC)
        }),
    ]
}

pub fn checks() -> Vec<Check> {
    let mut checks = wolf_sheep();
    checks.extend(repeatable::checks(
        "wolf-sheep",
        Wrong {
            what: "sheep that lose two units in step 7",
            from: "me.energy - fixed(1)",
            to: "me.energy - fixed(select(1, 2, current_step() == 7u))",
        },
    ));
    checks.extend(pphpc());
    checks.extend(repeatable::checks(
        "pphpc",
        Wrong {
            what: "sheep that lose nothing in step 3",
            from: "me.energy - params.sheep_loss",
            to: "me.energy - select(params.sheep_loss, 0, current_step() == 3u)",
        },
    ));
    checks
}
