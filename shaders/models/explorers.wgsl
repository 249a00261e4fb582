//! # Explorers map an unknown place together, sharing what each of them has seen.
//! #
//! # Each looks at its eight neighbours and goes where nobody has been, else straight on, else where few have been;
//! # ties are drawn evenly.
//! [grid]
//! neighbours = 8
//! size = [512, 512]
//! [agents]
//! number = 1000
//! start = "arrive"
//! [params]
//! persistence = { default = 3, range = [0, 16], help = "how much an explorer likes to keep its heading" }
//! novelty = { default = 64, range = [0, 256], help = "how much it likes a place that nobody has seen" }
//! sensor_range = { default = 0, range = [0, 32], help = "how many cells its eight range finders reach" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody can go" }
//! seen = { bits = 1, help = "seen by anybody" }
//! trail = { bits = 8, help = "how often explorers have come here, up to 255" }
//! [step]
//! stages = ["explore"]
//! [metrics]
//! coverage = { mean = "seen", over = "free" }
//! found = { sum = "found" }
//! best = { argmax = "found" }

struct Agent { pos: vec2<i32>, heading: u32, found: u32 }

fn arrive(me: Agent) -> Agent {
    var next = me;
    next.heading = random_below(8u);
    look_around(next.pos);
    return next;
}

fn explore(me: Agent) -> Agent {
    var next = me;
    let blocked = wall_around(me.pos);
    let known = known_ahead(me.pos);
    var best = -2147483647;
    var choices = 0u;
    for (var k = 0u; k < 8u; k += 1u) {
        if ((blocked >> k) & 1u) == 0u {
            let straight = straightness(me.heading, k);
            let crowd = i32(trail(me.pos + offset8(k)));
            let is_new = (known & (1u << k)) == 0u;
            let score = select(0, params.novelty, is_new) + straight * params.persistence - crowd;
            choices = select(choices, 0u, score > best) | select(0u, 1u << k, score >= best);
            best = max(best, score);
        }
    }
    if choices != 0u {
        next.heading = random_bit(choices);
        next.pos = neighbour8(me.pos, next.heading);
        next.found += 1u - ((known >> next.heading) & 1u);
    }
    look_around(next.pos);
    max_trail(next.pos, min(trail(next.pos) + 1u, 255u));
    return next;
}

// For each direction, whether there is nothing new to see there: the first place beyond the range finder's reach is known,
// or a wall stands before it.
fn known_ahead(at: vec2<i32>) -> u32 {
    if params.sensor_range == 0 {
        return seen_around(at);
    }
    var known = 0u;
    for (var k = 0u; k < 8u; k += 1u) {
        var place = at;
        var hidden = false;
        for (var reach = 0; reach <= params.sensor_range && !hidden; reach += 1) {
            place += offset8(k);
            hidden = wall(place);
        }
        known |= select(0u, 1u << k, hidden || seen(place));
    }
    return known;
}

// Marks where the agent stands, and along eight beams as far as they reach or to the first wall.
fn look_around(at: vec2<i32>) {
    mark_seen(at);
    if params.sensor_range > 0 {
        for (var k = 0u; k < 8u; k += 1u) {
            var place = at;
            for (var reach = 0; reach < params.sensor_range; reach += 1) {
                place += offset8(k);
                if wall(place) {
                    break;
                }
                mark_seen(place);
            }
        }
    }
}
