//! # Walkers freeze where they touch what is frozen: a dendrite grows.
//! #
//! # T. Witten, L. Sander, "Diffusion-limited aggregation, a kinetic critical phenomenon", Physical Review Letters 47, 1981. There
//! # one walker comes at a time; here all are there from the beginning, see the cluster as it was before the step, and are
//! # gone from the grid once they have frozen; two may do so in one cell at once. The fewer walkers, the finer the branches.
//! [grid]
//! neighbours = 4
//! size = [256, 256]
//! [agents]
//! number = 6000
//! [params]
//! strides = { default = 8, range = [1, 1000], help = "cells that a walker goes in a step, unless it touches the cluster" }
//! sticking = { default = 1.0, type = "probability", help = "chance to freeze when in touch with it" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody can walk" }
//! frozen = { bits = 1, from = "seed", help = "the cluster" }
//! [step]
//! stages = ["walk"]
//! [metrics]
//! mass = { sum = "frozen" }
//! walking = { sum = "is_walking" }
//! radius = { max = "distance_from_seed" }
//! [picture]
//! frozen = { colours = ["#1f2933"] }
//! agent = { colours = ["#e8a692"] }

struct Agent { pos: vec2<i32> }

fn seed(at: vec2<i32>) -> bool {
    return all(at == grid_size / 2);
}

fn distance_from_seed(at: vec2<i32>) -> i32 {
    let away = abs(at - grid_size / 2);
    return select(0, max(away.x, away.y), frozen(at));
}

fn is_walking(me: Agent) -> bool {
    return me.pos.x >= 0;
}

fn walk(me: Agent) -> Agent {
    var next = me;
    for (var stride = 0; stride < params.strides && is_walking(next); stride += 1) {
        // Of the eight neighbours' bits those of the four.
        if (frozen_around(next.pos) & 0x55u) != 0u && random_chance(params.sticking) {
            mark_frozen(next.pos);
            next.pos = vec2<i32>(-1, -1);
        } else {
            let to = neighbour4(next.pos, random_below(4u));
            next.pos = select(next.pos, to, is_free(to) && !frozen(to));
        }
    }
    return next;
}
