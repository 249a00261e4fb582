//! # Node counting: each agent goes to the neighbour that has been visited least often.
//! #
//! # The ant-robot rule for covering an unknown place without a map (S. Koenig, B. Szymanski, Y. Liu, "Efficient and
//! # inefficient ant coverage methods", Annals of Mathematics and Artificial Intelligence 31, 2001): agents leave one
//! # count in each cell and share nothing else.
//! [grid]
//! neighbours = 4
//! wrap = true
//! size = [128, 128]
//! [agents]
//! number = 64
//! start = "arrive"
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody can walk" }
//! visits = { bits = 32, help = "how often agents have come here" }
//! [step]
//! stages = ["go"]
//! [metrics]
//! coverage = { mean = "visited", over = "free" }
//! most_visits = { max = "visits" }

struct Agent { pos: vec2<i32> }

fn arrive(me: Agent) -> Agent {
    add_visits(me.pos, 1u);
    return me;
}

fn go(me: Agent) -> Agent {
    var next = me;
    var least = 0xffffffffu;
    var choices = 0u;
    for (var k = 0u; k < 4u; k += 1u) {
        let to = neighbour4(me.pos, k);
        if is_free(to) {
            let count = visits(to);
            if count < least {
                least = count;
                choices = 0u;
            }
            choices |= select(0u, 1u << k, count == least);
        }
    }
    if choices != 0u {
        next.pos = neighbour4(me.pos, random_bit(choices));
    }
    add_visits(next.pos, 1u);
    return next;
}

fn visited(at: vec2<i32>) -> bool {
    return visits(at) > 0u;
}
