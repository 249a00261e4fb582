//! Checks of `explorers`.

use super::check::{Check, Tolerance, Wrong};
use super::cover::{self, BOUND, SLACK};
use super::repeatable;

pub fn checks() -> Vec<Check> {
    let mut checks = vec![Check {
        model: "explorers",
        quantity: SLACK,
        source: BOUND,
        expected: 0.0,
        tolerance: Tolerance::AtLeast,
        quick: true,
        changes: &[],
        wrong: Wrong {
            what: "explorers that see further than they walk",
            from: "default = 0, range = [0, 32]",
            to: "default = 8, range = [0, 32]",
        },
        measure: |setup| cover::bound(setup.worlds(16, 256).size(40, 40).agents(4).seed(1)),
    }];
    checks.extend(repeatable::checks(
        "explorers",
        Wrong {
            what: "a find that is counted twice once",
            from: "next.found += 1u -",
            to: "next.found += u32(current_step() == 7u && agent_id() == 5u) + 1u -",
        },
    ));
    checks
}
