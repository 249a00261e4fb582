//! # Walkers wander at random and mark the cells they have visited.
//! #
//! # The simple random walk with marking: each step every walker goes to one of its four neighbours and marks it.
//! # Defined as model 1 of the benchmarks; its expected coverage is known exactly.
//! [grid]
//! neighbours = 4
//! wrap = true
//! size = [512, 512]
//! [agents]
//! number = 4096
//! start = "arrive"
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody can walk" }
//! seen = { bits = 1, help = "visited by anybody" }
//! [step]
//! stages = ["walk"]
//! [metrics]
//! coverage = { mean = "seen", over = "free" }

struct Agent { pos: vec2<i32> }

fn arrive(me: Agent) -> Agent {
    mark_seen(me.pos);
    return me;
}

fn walk(me: Agent) -> Agent {
    var next = me;
    let to = neighbour4(me.pos, random_u32() >> 30u);
    if is_free(to) {
        next.pos = to;
        mark_seen(to);
    }
    return next;
}
