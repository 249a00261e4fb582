//! Checks of `schelling`, where neighbours drift apart.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::{Builder, Run};

const OTHERS: &str = "the same model in another program, three decimals";
const COUNTS_ITSELF: Wrong =
    Wrong { what: "agents that count themselves as neighbours", from: "me.group) - 1u;", to: "me.group);" };
const STUBBORN: Wrong = Wrong {
    what: "one discontent agent in four that does not move",
    from: "if next.content == 0u {",
    to: "if next.content == 0u && !random_chance(0x40000000u) {",
};
const UNEVEN: Wrong = Wrong {
    what: "cells of which some are drawn more often",
    from: "random_range(0, grid_size.y - 1)",
    to: "random_range(0, grid_size.y - 1) * i32(random_below(8u) != 0u)",
};
const ALL_COME: Wrong =
    Wrong { what: "losers that move in all the same", from: " && won_offer(me.target_cell)", to: "" };

/// The small and the large town: side, people, radius and neighbours wanted.
const SMALL: [u32; 4] = [40, 1000, 1, 3];
const LARGE: [u32; 4] = [100, 8000, 2, 8];

fn town(worlds: Builder, [side, people, radius, wanted]: [u32; 4]) -> Builder {
    let town = worlds.size(side, side).agents(people).seed(4);
    town.set("radius", radius.into()).set("wanted", wanted.into())
}

/// A metric of the town in the step of this number.
fn after(
    setup: &Setup,
    [quick, full]: [u32; 2],
    shape: [u32; 4],
    metric: &str,
    step: u64,
) -> Result<Vec<f64>> {
    let mut town = town(setup.worlds(quick, full), shape).build()?;
    town.run(&Run::steps(step))?;
    town.metric(metric)
}

fn small(setup: &Setup, step: u64) -> Result<Option<Got>> {
    Ok(Some(Got::mean(&after(setup, [64, 1024], SMALL, "content", step)?)))
}

fn large(setup: &Setup, step: u64) -> Result<Option<Got>> {
    Ok(Some(Got::mean(&after(setup, [16, 256], LARGE, "content", step)?)))
}

/// How many more move in the first step than n of whom each asks for one of e empty cells, evenly drawn, where each cell that
/// is asked for takes one: e (1 - (1 - 1/e)^n).
///
/// Programs in which agents act one after another count more movers, 1889 on average: there nobody loses.
fn movers(setup: &Setup) -> Result<Option<Got>> {
    let [side, people, ..] = LARGE;
    let mut town = town(setup.worlds(64, 512), LARGE).build()?;
    town.run(&Run::steps(1))?;
    let empty = f64::from(side * side - people);
    let beyond = |(moved, content): (&f64, &f64)| {
        let asking = f64::from(people) * (1.0 - content);
        moved - empty * (1.0 - (1.0 - 1.0 / empty).powf(asking))
    };
    let (moved, content) = (town.metric("moved")?, town.metric("content")?);
    Ok(Some(Got::mean(&moved.iter().zip(&content).map(beyond).collect::<Vec<f64>>())))
}

/// Who lost their way: agents in one cell with others, or not where the grid says that one of their group lives.
fn misplaced(setup: &Setup) -> Result<Option<Got>> {
    let mut town = town(setup.worlds(2, 8), LARGE).build()?;
    let mut misplaced = 0;
    for _ in 0..10 {
        town.run(&Run::steps(2))?;
        for world in 0..town.worlds().len() {
            let agents = town.agent_words("agent", world)?;
            let stride = agents.words.len() / agents.ids.len().max(1);
            let mut homes = vec![0; (LARGE[0] * LARGE[0]) as usize];
            for agent in agents.words.chunks_exact(stride) {
                let cell = (agent[1] * LARGE[0] + agent[0]) as usize;
                misplaced += usize::from(homes[cell] != 0);
                homes[cell] = agent[2];
            }
            misplaced +=
                town.layer("home", world)?.iter().zip(&homes).filter(|(one, other)| one != other).count();
            misplaced += agents.ids.len().abs_diff(LARGE[1] as usize);
        }
    }
    Ok(Some(Got::exactly(misplaced as f64)))
}

pub fn checks() -> Vec<Check> {
    type Measure = fn(&Setup) -> Result<Option<Got>>;
    let check = |quantity, expected, quick, wrong, measure: Measure| Check {
        model: "schelling",
        quantity,
        source: OTHERS,
        expected,
        tolerance: Tolerance::StandardErrors { known_within: 0.001 },
        quick,
        changes: &[],
        wrong,
        measure,
    };
    let mut checks = vec![
        check("content in step 1, 1000 agents", 0.449, true, COUNTS_ITSELF, |setup| small(setup, 1)),
        check("content in step 2, 1000 agents", 0.580, true, COUNTS_ITSELF, |setup| small(setup, 2)),
        check("content in step 5, 1000 agents", 0.780, true, STUBBORN, |setup| small(setup, 5)),
        check("content in step 20, 1000 agents", 0.992, true, COUNTS_ITSELF, |setup| small(setup, 20)),
        check("content in step 1, 8000 agents", 0.770, true, COUNTS_ITSELF, |setup| large(setup, 1)),
        check("content in step 2, 8000 agents", 0.833, true, STUBBORN, |setup| large(setup, 2)),
        check("content in step 5, 8000 agents", 0.904, true, STUBBORN, |setup| large(setup, 5)),
        check("content in step 20, 8000 agents", 0.997, true, STUBBORN, |setup| large(setup, 20)),
        Check {
            source: "exact for an even draw of empty cells, given how many ask",
            tolerance: Tolerance::StandardErrors { known_within: 0.0 },
            ..check("movers in step 1 beyond those of an even draw", 0.0, true, UNEVEN, movers)
        },
        Check {
            source: "the same model in another program, mean and s.d. of 10 runs",
            tolerance: Tolerance::StandardErrors { known_within: 0.0 },
            ..check(
                "share of neighbours alike at the end, 8000 agents",
                0.831,
                false,
                COUNTS_ITSELF,
                |setup| Ok(Some(Got::mean(&after(setup, [16, 256], LARGE, "alike", 100)?).beside(0.010, 10))),
            )
        },
        Check {
            source: "exact: none",
            tolerance: Tolerance::Exact,
            ..check(
                "agents that share a cell or are not where the grid has them",
                0.0,
                true,
                ALL_COME,
                misplaced,
            )
        },
    ];
    checks.extend(repeatable::checks(
        "schelling",
        Wrong {
            what: "nobody who moves in step 24",
            from: "if me.content == 0u &&",
            to: "if current_step() != 24u && me.content == 0u &&",
        },
    ));
    checks
}
