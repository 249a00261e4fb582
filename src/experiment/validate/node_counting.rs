//! Checks of `node-counting`, and of the rule that marks the time instead of counting.

use super::check::{Check, Tolerance, Wrong};
use super::cover::{self, BOUND, SHARING, SLACK};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;

/// What makes the rule that goes to the least recently visited neighbour: the number of the step, 1 for the start, in
/// place of a count.
const LEAST_RECENT: &[(&str, &str)] = &[
    ("add_visits(me.pos, 1u)", "max_visits(me.pos, 1u)"),
    ("add_visits(next.pos, 1u)", "max_visits(next.pos, current_step() + 1u)"),
];

const FIRST: Wrong = Wrong {
    what: "ties to the first neighbour",
    from: "random_bit(choices)",
    to: "countTrailingZeros(choices)",
};
const LAST: Wrong = Wrong {
    what: "ties to the last neighbour",
    from: "count == least",
    to: "count <= least && choices == 0u",
};
const FORGETS: Wrong = Wrong {
    what: "only whether a cell was visited",
    from: "let count = visits(to);",
    to: "let count = min(visits(to), 1u);",
};
const MOST: Wrong =
    Wrong { what: "the most visited neighbour", from: "count < least", to: "choices == 0u || count > least" };

fn shared(setup: &Setup, share: f64, expected: f64) -> Result<Option<Got>> {
    cover::time(setup.worlds(96, 1024).size(128, 128).agents(64).seed(500), share, expected)
}

pub fn checks() -> Vec<Check> {
    let counting = Check {
        model: "node-counting",
        quantity: "mean steps to cover 50 %",
        source: SHARING,
        expected: 148.0,
        tolerance: Tolerance::Relative(0.03),
        quick: true,
        changes: &[],
        wrong: MOST,
        measure: |setup| shared(setup, 0.5, 148.0),
    };
    let recent = Check {
        quantity: "least recent instead: mean steps to cover 50 %",
        changes: LEAST_RECENT,
        wrong: MOST,
        ..counting.clone()
    };
    let mut checks = vec![
        Check {
            quantity: "mean steps to cover 90 %",
            expected: 368.0,
            wrong: FORGETS,
            measure: |setup| shared(setup, 0.9, 368.0),
            ..counting.clone()
        },
        Check {
            quantity: "mean steps to cover 99 %",
            expected: 558.0,
            wrong: LAST,
            measure: |setup| shared(setup, 0.99, 558.0),
            ..counting.clone()
        },
        Check {
            quantity: "mean steps to cover 100 %",
            expected: 800.0,
            wrong: FIRST,
            measure: |setup| shared(setup, 1.0, 800.0),
            ..counting.clone()
        },
        Check {
            quantity: "least recent instead: mean steps to cover 90 %",
            expected: 386.0,
            wrong: FORGETS,
            measure: |setup| shared(setup, 0.9, 386.0),
            ..recent.clone()
        },
        Check {
            quantity: "least recent instead: mean steps to cover 99 %",
            expected: 645.0,
            wrong: LAST,
            measure: |setup| shared(setup, 0.99, 645.0),
            ..recent.clone()
        },
        Check {
            quantity: "least recent instead: mean steps to cover 100 %",
            expected: 1177.0,
            wrong: FIRST,
            measure: |setup| shared(setup, 1.0, 1177.0),
            ..recent.clone()
        },
        Check {
            quantity: SLACK,
            source: BOUND,
            expected: 0.0,
            tolerance: Tolerance::AtLeast,
            wrong: Wrong {
                what: "agents that mark 25 cells at once",
                from: "add_visits(next.pos, 1u);",
                to: "for (var i = 0; i < 25; i += 1) { add_visits(next.pos + vec2(i % 5 - 2, i / 5 - 2), 1u); }",
            },
            measure: |setup| cover::bound(setup.worlds(16, 256).size(40, 40).agents(4).seed(1)),
            ..counting.clone()
        },
    ];
    checks.insert(0, counting);
    checks.insert(4, recent);
    checks.extend(repeatable::checks(
        "node-counting",
        Wrong {
            what: "a mark lost once",
            from: "add_visits(next.pos, 1u);",
            to: "add_visits(next.pos, u32(current_step() != 7u || agent_id() != 5u));",
        },
    ));
    checks
}
