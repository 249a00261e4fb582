//! Built-in models against exact and published results.
//!
//! A [`Check`] names a model, a quantity, what it should be and how far off it may be, and ships with a deliberately wrong
//! variant of its model that it must reject. The checks of a model are one list in the file of its name; another check is
//! another entry there.

mod acquaintances;
mod automata;
mod check;
mod cover;
mod districts;
mod epidemics;
mod explorers;
mod flocks;
mod flows;
mod foragers;
mod forests;
mod learned_explorers;
mod node_counting;
mod predators;
mod quantities;
mod repeatable;
mod sample;
mod setup;
mod spins;
mod trails;
mod walkers;

pub use check::{Check, Tolerance, Verdict, Wrong};
pub use sample::Got;
pub use setup::Setup;

use crate::error::{Error, Result};

/// The checks of all built-in models, model by model.
pub fn checks() -> Vec<Check> {
    [
        walkers::checks(),
        explorers::checks(),
        node_counting::checks(),
        learned_explorers::checks(),
        automata::checks(),
        forests::checks(),
        epidemics::checks(),
        flows::checks(),
        spins::checks(),
        quantities::checks(),
        trails::checks(),
        districts::checks(),
        flocks::checks(),
        predators::checks(),
        foragers::checks(),
        acquaintances::checks(),
    ]
    .concat()
}

/// The checks of these models, or of all when none is named; the quick ones alone if asked for.
///
/// # Errors
/// When there is no check for a model of that name.
pub fn checks_of(models: &[String], quick: bool) -> Result<Vec<Check>> {
    let all = checks();
    if let Some(unknown) = models.iter().find(|name| all.iter().all(|check| check.model != **name)) {
        let mut known: Vec<&str> = Vec::new();
        for check in &all {
            if !known.contains(&check.model) {
                known.push(check.model);
            }
        }
        return Err(Error::argument(
            format!("there is no check for a model `{unknown}`"),
            format!("name one of {}, or none for all of them", known.join(", ")),
        ));
    }
    let wanted = |check: &Check| models.is_empty() || models.iter().any(|name| check.model == *name);
    Ok(all.into_iter().filter(|check| wanted(check) && (check.quick || !quick)).collect())
}
