//! Checks of `learned-explorers`.

use super::check::{Check, Tolerance, Wrong};
use super::cover::{self, BOUND, SLACK};
use super::repeatable;

pub fn checks() -> Vec<Check> {
    let mut checks = vec![Check {
        model: "learned-explorers",
        quantity: SLACK,
        source: BOUND,
        expected: 0.0,
        tolerance: Tolerance::AtLeast,
        quick: true,
        changes: &[],
        wrong: Wrong {
            what: "agents that mark 25 cells at once",
            from: "mark_seen(next.pos);",
            to: "for (var i = 0; i < 25; i += 1) { mark_seen(next.pos + vec2(i % 5 - 2, i / 5 - 2)); }",
        },
        measure: |setup| cover::bound(setup.worlds(16, 256).size(40, 40).agents(4).seed(1)),
    }];
    checks.extend(repeatable::checks(
        "learned-explorers",
        Wrong {
            what: "a mark lost once",
            from: "add_visits(next.pos, 1u);",
            to: "add_visits(next.pos, u32(current_step() != 7u || agent_id() != 5u));",
        },
    ));
    checks
}
