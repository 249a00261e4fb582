//! The abelian sandpile: grains dropped on one cell.

use throng::{BackendChoice, Model, Run, Simulation};

use crate::common::{backends, builtin, changed};
use crate::verdict::{Verdict, assert_rejected, within};

/// What so many grains come to: topplings, and cells of height 1, 2 and 3.
struct Pile {
    grains: f64,
    expected: [f64; 4],
}

const SMALL: Pile = Pile { grains: 1000.0, expected: [18_226.0, 112.0, 156.0, 192.0] };
const LARGE: Pile = Pile { grains: 10_000.0, expected: [1_830_917.0, 452.0, 1360.0, 2276.0] };

/// The pile is narrower than this.
const SIDE: u32 = 101;

fn settles(model: &Model, pile: &Pile, backend: BackendChoice) -> Verdict {
    let builder = Simulation::of(model.clone()).size(SIDE, SIDE).set("ground", 0.0).set("drop", pile.grains);
    let mut sand = builder.backend(backend).build().unwrap();
    sand.run(&Run::steps(20_000).every(100).until("unstable <= 0")).unwrap();
    within("the number of unstable cells", sand.metric("unstable").unwrap()[0], 0.0, 0.0)?;
    within("the sand", sand.metric("sand").unwrap()[0], pile.grains, 0.0)?;
    let heights = sand.layer("grains", 0).unwrap();
    let of_height = |height: u32| heights.iter().filter(|other| **other == height).count() as f64;
    let found = [sand.metric("topplings").unwrap()[0], of_height(1), of_height(2), of_height(3)];
    let names = ["topplings", "cells of height 1", "cells of height 2", "cells of height 3"];
    names.iter().zip(found.iter().zip(&pile.expected)).try_for_each(|(name, (found, expected))| {
        within(&format!("the number of {name}"), *found, *expected, 0.0)
    })
}

#[test]
fn dropped_grains_come_to_what_they_should() {
    for backend in backends() {
        settles(&builtin("sandpile"), &SMALL, backend).unwrap();
    }
    settles(&builtin("sandpile"), &LARGE, BackendChoice::Cpu).unwrap();
}

/// In any order: cells of one colour of a chessboard first, and only one grain to each neighbour at a time.
#[test]
fn the_order_of_toppling_is_nothing() {
    let gives = "fn gives(at: vec2<i32>) -> u32 {
    return select(0u, 1u, grains(at) > 3u && ((u32(at.x ^ at.y) ^ current_step()) & 1u) == 0u);
}
fn topple(";
    let one = changed(&builtin("sandpile"), "fn topple(", gives);
    let one = changed(&one, "(grains(at) >> 2u)", "gives(at)");
    let one = changed(&one, "grains(at + offset4(k)) >> 2u", "gives(at + offset4(k))");
    let one = changed(&one, "grains(at) & 3u", "grains(at) - 4u * gives(at)");
    settles(&one, &SMALL, BackendChoice::Cpu).unwrap();
}

#[test]
fn piles_that_go_wrong_are_rejected() {
    let pile = builtin("sandpile");
    for (what, from, to) in [
        ("a pile that loses a grain in four", "var k = 0u", "var k = 1u"),
        ("topplings that are counted by steps", "(grains(at) >> 2u)", "min(grains(at) >> 2u, 1u)"),
        ("a neighbour too far", "at + offset4(k)", "at + offset4(k) * select(1, 2, k == 3u)"),
        ("ground that is not bare", "random_below(u32(params.ground) + 1u)", "1u"),
    ] {
        assert_rejected(what, settles(&changed(&pile, from, to), &SMALL, BackendChoice::Cpu));
    }
}
