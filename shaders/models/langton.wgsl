//! # Langton's ant: turns right where it is white and left where it is black, flips the cell and goes on.
//! #
//! # C. Langton, "Studying artificial life with cellular automata", Physica D 22, 1986. Alone on white ground it walks in
//! # disorder for about 10,000 steps and then builds a highway for good: two cells aside and two up every 104 steps. Several
//! # ants look before any of them flips, and two who flip one cell leave it as it was, so that their order is nothing.
//! [grid]
//! neighbours = 4
//! wrap = true
//! size = [128, 128]
//! [agents]
//! number = 1
//! start = "arrive"
//! [layers]
//! wall = { bits = 1, from = "map", help = "where no ant can go" }
//! black = { bits = 1, help = "flipped an odd number of times" }
//! [step]
//! stages = ["walk"]
//! [metrics]
//! black = { sum = "black" }
//! [picture]
//! black = { colours = ["#1f2933"] }

struct Agent { pos: vec2<i32>, heading: u32 }

fn arrive(me: Agent) -> Agent {
    var next = me;
    next.heading = random_below(4u);
    return next;
}

fn walk(me: Agent) -> Agent {
    var next = me;
    next.heading = (me.heading + select(1u, 3u, black(me.pos))) & 3u;
    toggle_black(me.pos);
    let to = neighbour4(me.pos, next.heading);
    next.pos = select(me.pos, to, is_free(to));
    return next;
}
