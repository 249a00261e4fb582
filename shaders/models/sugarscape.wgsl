//! # Foragers of different sight and hunger gather sugar that grows back, and wealth becomes unequal.
//! #
//! # J. Epstein and R. Axtell, "Growing Artificial Societies", 1996, chapter II, with the rules of movement M and growth G.
//! # All look at the sugar and at each other as they stood; who wants the same cell draws for it, and losers try once more
//! # among the cells that are left. Defined as model 10 of the benchmarks.
//! [grid]
//! size = [128, 128]
//! neighbours = 4
//! wrap = true
//! [agents.forager]
//! number = 1638
//! place = "apart"
//! start = "arrive"
//! [params]
//! sight = { default = 6, range = [1, 32], help = "cells that the keenest forager sees" }
//! hunger = { default = 4, range = [1, 16], help = "sugar that the hungriest forager needs each step" }
//! growth = { default = 1, range = [0, 8], help = "sugar that grows in a cell each step" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nothing grows" }
//! capacity = { bits = 8, from = "soil", help = "sugar that a cell can bear" }
//! sugar = { bits = 8, from = "crop", help = "sugar in the cell" }
//! taken = { bits = 1, help = "where a forager stands" }
//! place = { claim = true, help = "who comes" }
//! [step]
//! stages = ["grow", "look", "go", "look_again", "go_again", "eat"]
//! [metrics]
//! foragers = { count = "forager" }
//! wealth = { mean = "wealth" }
//! richest = { max = "wealth" }
//! sugar_left = { sum = "sugar" }
//! [picture]
//! sugar = { colours = ["#ffffff", "#f2c14e"] }
//! taken = { draw = false }

struct Forager { pos: vec2<i32>, wealth: i32, sight: i32, hunger: i32, aim: vec2<i32>, settled: u32 }

// Two hills of sugar, as in the book.
fn soil(at: vec2<i32>) -> u32 {
    let east = hill(at, vec2<i32>(grid_size.x * 7 / 10, grid_size.y * 3 / 10));
    let west = hill(at, vec2<i32>(grid_size.x * 3 / 10, grid_size.y * 7 / 10));
    return select(0u, u32(max(east, west)), is_free(at));
}

fn hill(at: vec2<i32>, top: vec2<i32>) -> i32 {
    let way = at - top;
    let far = fixed_length(vec2<i32>(fixed(way.x), fixed(way.y))) >> 16u;
    return max(4 - far * 10 / max(grid_size.x, grid_size.y), 0);
}

fn crop(at: vec2<i32>) -> u32 { return capacity(at); }

fn arrive(me: Forager) -> Forager {
    mark_taken(me.pos);
    return Forager(me.pos, random_range(5, 25), random_range(1, params.sight), random_range(1, params.hunger), me.pos, 0u);
}

fn grow(at: vec2<i32>) { set_sugar(min(sugar(at) + u32(params.growth), capacity(at))); }

// The nearest of the sweetest free cells in sight along the four directions, whichever is looked at first among equals.
fn sweetest(me: Forager) -> vec2<i32> {
    var best = me.pos;
    var most = i32(sugar(me.pos)) * 64;
    let turn = random_below(4u);
    for (var k = 0u; k < 4u; k += 1u) {
        for (var far = 1; far <= me.sight; far += 1) {
            let to = wrapped(me.pos + offset4(turn + k) * far);
            // Sweetness first, then nearness.
            let worth = i32(sugar(to)) * 64 - far;
            if is_free(to) && !taken(to) && worth > most {
                best = to;
                most = worth;
            }
        }
    }
    return best;
}

fn want(me: Forager) -> Forager {
    var next = me;
    next.aim = sweetest(me);
    if any(next.aim != me.pos) { claim_place(next.aim); }
    return next;
}

fn come(me: Forager) -> Forager {
    var next = me;
    next.settled = u32(all(me.aim == me.pos) || won_place(me.aim));
    if next.settled == 1u && any(me.aim != me.pos) {
        toggle_taken(me.pos);
        toggle_taken(me.aim);
        next.pos = me.aim;
    }
    return next;
}

fn look(me: Forager) -> Forager { return want(me); }
fn go(me: Forager) -> Forager { return come(me); }

fn look_again(me: Forager) -> Forager {
    if me.settled == 1u {
        var next = me;
        next.aim = me.pos;
        return next;
    }
    return want(me);
}
fn go_again(me: Forager) -> Forager { return come(me); }

fn eat(me: Forager) -> Forager {
    var next = me;
    next.wealth += i32(sugar(me.pos)) - me.hunger;
    min_sugar(me.pos, 0u);
    if next.wealth < 0 {
        toggle_taken(me.pos);
        die();
    }
    return next;
}
