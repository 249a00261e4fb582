//! # Learned explorers: a small neural network, found by search, says where each agent goes next.
//! [grid]
//! neighbours = 4
//! wrap = true
//! size = [128, 128]
//! [agents]
//! number = 64
//! start = "arrive"
//! [params]
//! direct = { count = 18, default = 0, range = [-16, 16], type = "fixed", help = "what each input adds to a direction's score by itself" }
//! hidden = { count = 76, default = 0, range = [-16, 16], type = "fixed", help = "four hidden units: a bias and 18 weights each" }
//! output = { count = 4, default = 0, range = [-16, 16], type = "fixed", help = "what each hidden unit adds to the score" }
//! noise = { default = 0.0, range = [0, 16], type = "fixed", help = "chance's share in the score" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody can walk" }
//! seen = { bits = 1, help = "where anybody has been" }
//! visits = { bits = 16, help = "how often agents have come here" }
//! [step]
//! stages = ["go"]
//! [metrics]
//! coverage = { mean = "seen", over = "free" }

struct Agent { pos: vec2<i32>, heading: u32 }

fn arrive(me: Agent) -> Agent {
    var next = me;
    next.heading = random_below(4u);
    mark_seen(me.pos);
    add_visits(me.pos, 1u);
    return next;
}

fn go(me: Agent) -> Agent {
    var next = me;
    let here = i32(visits(me.pos));
    var rise: array<i32, 8>;
    var fresh: array<i32, 8>;
    for (var k = 0u; k < 8u; k += 1u) {
        let place = neighbour8(me.pos, k);
        let count = i32(visits(place));
        let free = is_free(place);
        rise[k] = select(8, clamp(count - here, -8, 8), free);
        fresh[k] = select(0, 1, free && count == 0);
    }
    var best = -2147483647;
    var choices = 0u;
    for (var k = 0u; k < 4u; k += 1u) {
        let luck = i32(random_u32() >> 24u);
        if is_free(neighbour4(me.pos, k)) {
            // Seen from direction k, the neighbours begin with the one ahead.
            var inputs: array<i32, 18>;
            for (var j = 0u; j < 8u; j += 1u) {
                inputs[j] = rise[(2u * k + j) & 7u];
                inputs[8u + j] = fresh[(2u * k + j) & 7u];
            }
            inputs[16] = select(0, 1, k == me.heading);
            inputs[17] = select(0, 1, ((k + 2u) & 3u) == me.heading);
            let score = judged(inputs) + luck * (params.noise >> 8u);
            choices = select(choices, 0u, score > best) | select(0u, 1u << k, score >= best);
            best = max(best, score);
        }
    }
    if choices != 0u {
        next.heading = random_bit(choices);
        next.pos = neighbour4(me.pos, next.heading);
    }
    mark_seen(next.pos);
    add_visits(next.pos, 1u);
    return next;
}

// The network. Inputs are whole numbers, weights and sums are fixed point.
fn judged(inputs: array<i32, 18>) -> i32 {
    var given = inputs;
    var score = 0;
    for (var j = 0u; j < 18u; j += 1u) {
        score += given[j] * params.direct[j];
    }
    for (var unit = 0u; unit < 4u; unit += 1u) {
        var sum = params.hidden[19u * unit];
        for (var j = 0u; j < 18u; j += 1u) {
            sum += given[j] * params.hidden[19u * unit + 1u + j];
        }
        // Between 0 and 8, with eight places behind the point so that the product stays within 32 bits.
        score += (clamp(sum, 0, 8 * FIXED_ONE) >> 8u) * (params.output[unit] >> 8u);
    }
    return score;
}
