//! Checks of `sugarscape`, whose foragers take the sugar of a cell each.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::{Run, Simulation};

const SIDE: u32 = 41;
/// Words of a forager: its place, wealth, sight, hunger.
const WEALTH: usize = 2;
const HUNGER: usize = 4;

fn crowd(setup: &Setup) -> Result<Simulation> {
    setup.worlds(2, 8).size(SIDE, SIDE).agents(600).seed(10).build()
}

fn cell(words: &[u32]) -> usize {
    (words[1] * SIDE + words[0]) as usize
}

/// Sugar that comes from nowhere or goes there, forager by forager and cell by cell.
fn lost(setup: &Setup) -> Result<Option<Got>> {
    let mut crowd = crowd(setup)?;
    let world = crowd.worlds().len() - 1;
    let capacity = crowd.layer("capacity", world)?;
    let mut lost = 0;
    for _ in 0..20 {
        let mut sugar = crowd.layer("sugar", world)?;
        let before = crowd.agent_words("forager", world)?;
        crowd.run(&Run::steps(1))?;
        for (sugar, capacity) in sugar.iter_mut().zip(&capacity) {
            *sugar = (*sugar + 1).min(*capacity);
        }
        let after = crowd.agent_words("forager", world)?;
        lost += before.ids.len().abs_diff(after.ids.len());
        let stride = before.words.len() / before.ids.len();
        for (before, after) in before.words.chunks_exact(stride).zip(after.words.chunks_exact(stride)) {
            let expected = before[WEALTH] + sugar[cell(after)] - before[HUNGER];
            lost += usize::from(after[WEALTH] != expected);
            sugar[cell(after)] = 0;
        }
        lost += crowd.layer("sugar", world)?.iter().zip(&sugar).filter(|(got, left)| got != left).count();
    }
    Ok(Some(Got::exactly(lost as f64)))
}

/// Foragers that share a cell, or are not where the grid has one.
fn misplaced(setup: &Setup) -> Result<Option<Got>> {
    let mut crowd = crowd(setup)?;
    let mut misplaced = 0;
    for _ in 0..20 {
        crowd.run(&Run::steps(3))?;
        for world in 0..crowd.worlds().len() {
            let foragers = crowd.agent_words("forager", world)?;
            let mut taken = vec![0; (SIDE * SIDE) as usize];
            for forager in foragers.words.chunks_exact(foragers.words.len() / foragers.ids.len().max(1)) {
                misplaced += taken[cell(forager)] as usize;
                taken[cell(forager)] = 1;
            }
            misplaced +=
                crowd.layer("taken", world)?.iter().zip(&taken).filter(|(got, there)| got != there).count();
        }
    }
    Ok(Some(Got::exactly(misplaced as f64)))
}

pub fn checks() -> Vec<Check> {
    let check = |quantity, changes, wrong, measure| Check {
        model: "sugarscape",
        quantity,
        source: "exact: none",
        expected: 0.0,
        tolerance: Tolerance::Exact,
        quick: true,
        changes,
        wrong,
        measure,
    };
    // So rich that nobody starves meanwhile.
    const RICH: &[(&str, &str)] = &[("random_range(5, 25)", "random_range(1005, 1025)")];
    let mut checks = vec![
        check(
            "sugar lost or gained",
            RICH,
            Wrong {
                what: "foragers that leave a little and eat it all the same",
                from: "min_sugar(me.pos, 0u)",
                to: "min_sugar(me.pos, 1u)",
            },
            lost as fn(&Setup) -> Result<Option<Got>>,
        ),
        check(
            "foragers that share a cell or are not where the grid has them",
            &[],
            Wrong { what: "losers that come all the same", from: "won_place(me.aim)", to: "true" },
            misplaced,
        ),
    ];
    checks.extend(repeatable::checks(
        "sugarscape",
        Wrong {
            what: "foragers that are not hungry in step 7",
            from: "- me.hunger;",
            to: "- me.hunger * i32(current_step() != 7u);",
        },
    ));
    checks
}
