//! # A starting point: agents wander and leave marks. Change it and run `throng run` on this file.
//! #
//! # These `//!` lines are TOML. They say what the rule below uses; `throng check` explains them.
//!
//! # The grid. `neighbours` is 4 or 8; `wrap = true` makes it a torus. `--size`, `--wrap` and `--map` override it.
//! [grid]
//! neighbours = 8
//! wrap = true
//! size = [256, 256]
//!
//! # How many agents there are, where they stand at first ("anywhere" or "together"), and a function that
//! # completes their first state.
//! [agents]
//! number = 500
//! place = "together"
//! start = "begin"
//!
//! # Parameters, read as `params.name` and set by `--set name=value`. A whole number is an i32, a decimal one Q16.16
//! # fixed point; `type` may say i32, u32, fixed, probability or f32. `count = 8` makes a vector, `params.name[i]`.
//! [params]
//! turn = { default = 0.2, type = "probability", help = "chance to turn, each step" }
//!
//! # Layers hold a number for each cell, in 1, 8, 16 or 32 bits. `from = "map"` is 1 where the map is blocked.
//! # A layer `mark` of one bit gives the rule `mark(at)`, `mark_mark(at)`, `clear_mark(at)` and `toggle_mark(at)`;
//! # a wider one `height` gives `height(at)`, `add_height(at, n)`, and `or_`, `and_`, `xor_`, `min_`, `max_` likewise.
//! [layers]
//! wall = { bits = 1, from = "map" }
//! steps = { bits = 16, help = "how many agents have stepped here" }
//!
//! # A step runs these functions, one after another, for all agents. Each sees the world as it stood before.
//! [step]
//! stages = ["wander"]
//!
//! # What a run reports: count, sum, mean, variance, min, max, argmin, argmax or histogram of a layer, of a field of
//! # the agent, or of a function.
//! [metrics]
//! visited = { count = "steps" }
//! busiest = { max = "steps" }
//! spread = { variance = "pos.x" }

// What an agent is. `pos` is where it stands; other fields are yours (i32, u32, f32, or vec2 of them).
struct Agent { pos: vec2<i32>, heading: u32 }

fn begin(me: Agent) -> Agent {
    var next = me;
    next.heading = random_below(8u);
    return next;
}

fn wander(me: Agent) -> Agent {
    var next = me;
    if random_chance(params.turn) {
        next.heading = (me.heading + select(1u, 7u, random_below(2u) == 0u)) & 7u;
    }
    let ahead = neighbour8(me.pos, next.heading);
    if is_free(ahead) {
        next.pos = ahead;
    }
    add_steps(next.pos, 1u);
    return next;
}
