// Random numbers: Philox4x32-10, counter-based (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC11). The same draw of the same item in the same step and stage of the same world is always the same
// number, on every device. Needs throng_multiply_wide. Native twin: src/world/random.rs.

// What the kernel sets before it calls a rule. `throng_draw` starts at 0 and counts the words drawn since.
var<private> throng_seed: vec2<u32>;
var<private> throng_item: u32;
var<private> throng_step: u32;
var<private> throng_stage: u32;
var<private> throng_draw: u32;
var<private> throng_block: vec4<u32>;

// Four random words, a pure function of the counter and the key. The constants are the paper's: two multipliers,
// and the fractions of the golden ratio and of the square root of 3 by which the key advances each round.
fn throng_philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var k = key;
    for (var round = 0u; round < 10u; round++) {
        let p = throng_multiply_wide(c.x, 0xd2511f53u);
        let q = throng_multiply_wide(c.z, 0xcd9e8d57u);
        c = vec4<u32>(q.y ^ c.y ^ k.x, q.x, p.y ^ c.w ^ k.y, p.x);
        k += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return c;
}

// Word `draw` of the item's stream. Draws must be asked for one after the other from 0: a block of four words is
// computed when its first is asked for.
fn throng_random_word(draw: u32) -> u32 {
    if (draw & 3u) == 0u {
        let counter = vec4<u32>(throng_item, throng_step, throng_stage, draw >> 2u);
        throng_block = throng_philox(counter, throng_seed);
    }
    return throng_block[draw & 3u];
}

// 32 random bits.
fn random_u32() -> u32 {
    let word = throng_random_word(throng_draw);
    throng_draw += 1u;
    return word;
}

// A whole number from 0 to n - 1, each equally likely; 0 when n is 0.
// The high word of a random word times n, drawn again while the low word is among the 2^32 mod n that would favour
// some results (Lemire, "Fast random integer generation in an interval", 2019). Each further draw is needed with
// probability below 1/2, so that the bound of 64, which keeps the loop finite, is met with probability below 2^-64.
fn random_below(n: u32) -> u32 {
    var product = throng_multiply_wide(random_u32(), n);
    if product.x < n {
        let unfair = (0u - n) % n;
        for (var redraw = 0u; redraw < 64u; redraw++) {
            if product.x >= unfair {
                break;
            }
            product = throng_multiply_wide(random_u32(), n);
        }
    }
    return product.y;
}

// A whole number from low to high, both included, each equally likely; low when high is less than low.
fn random_range(low: i32, high: i32) -> i32 {
    if high <= low {
        return low;
    }
    let count = bitcast<u32>(high) - bitcast<u32>(low) + 1u;
    if count == 0u {
        return bitcast<i32>(random_u32());
    }
    return bitcast<i32>(bitcast<u32>(low) + random_below(count));
}

// True with probability p / 2^32; p = 0 is never, p = 0xffffffff is always. Always uses one draw.
fn random_chance(p: u32) -> bool {
    let word = random_u32();
    return word < p || p == 0xffffffffu;
}

// The part p / 2^32 of n, rounded down; p = 0xffffffff is all of it. Draws nothing.
fn part_of(n: u32, p: u32) -> u32 {
    return select(throng_multiply_wide(n, p).y, n, p == 0xffffffffu);
}

// The priority of an agent among those that want the same thing, never 0 and never another's under the same key: ids go
// through a keyed bijection, xor-shifts and odd multipliers as in lowbias32 (Wellons, 2018) with the words of the key
// between them. What would become 0 goes through once more.
fn throng_priority(id: u32, key: vec4<u32>) -> u32 {
    var word = throng_shuffled(id + 1u, key);
    if word == 0u { word = throng_shuffled(0u, key); }
    return word;
}

fn throng_shuffled(word: u32, key: vec4<u32>) -> u32 {
    var x = word ^ key.x;
    x = (x ^ (x >> 16u)) * 0x7feb352du;
    x = (x ^ (x >> 15u)) + key.y;
    x = (x ^ (x >> 16u)) * 0x846ca68bu;
    x = (x ^ (x >> 16u)) ^ key.z;
    x = (x ^ (x >> 16u)) * 0x7feb352du;
    x = (x ^ (x >> 15u)) + key.w;
    x = (x ^ (x >> 16u)) * 0x846ca68bu;
    return x ^ (x >> 16u);
}

// The key of priorities for something that is decided once for all agents of a world in this step.
fn throng_lot(stream: u32) -> vec4<u32> {
    return throng_philox(vec4<u32>(0u, throng_step, stream, 0u), throng_seed);
}
