//! Small models that between them use everything a rule can do to the world, and every metric.

use throng::Model;

fn model(name: &str, text: &str) -> Model {
    Model::text(name, text).unwrap_or_else(|error| panic!("{error}"))
}

/// Every effect on layers of 8, 16 or 32 bits: agents change cells that they do not read, then read them and change
/// others, then read and change the same ones.
pub fn effects(bits: u32) -> Model {
    let text = r#"
//! # Every effect there is.
//! [agents]
//! start = "begin"
//! [layers]
//! summed = { bits = BITS, from = "ramp" }
//! joined = { bits = BITS, initial = 5 }
//! kept = { bits = BITS, initial = 255 }
//! flipped = { bits = BITS, outside = 3 }
//! lowest = { bits = BITS, initial = 200 }
//! highest = { bits = BITS }
//! [step]
//! stages = ["blind", "look", "stir"]
//! [metrics]
//! total = { sum = "summed" }
//! spread = { variance = "summed" }
//! top = { argmax = "summed" }
//! low = { argmin = "lowest" }
//! filled = { count = "joined" }
//! shape = { histogram = "flipped", bins = 7, range = [0, 250] }

struct Agent { pos: vec2<i32>, sum: u32 }

fn ramp(at: vec2<i32>) -> u32 { return u32(at.x * 3 + at.y) ^ random_below(4u); }

fn begin(me: Agent) -> Agent {
    var next = me;
    next.sum = random_u32();
    return next;
}

fn near(at: vec2<i32>) -> vec2<i32> {
    return at + vec2<i32>(random_range(-2, 3), random_range(-2, 3));
}

fn blind(me: Agent) -> Agent {
    var next = me;
    for (var k = 0u; k < 5u; k += 1u) {
        let value = random_u32() >> (random_below(4u) * 8u);
        add_summed(near(me.pos), value);
        or_joined(near(me.pos), value);
        and_kept(near(me.pos), value | random_u32());
        xor_flipped(near(me.pos), value);
        min_lowest(near(me.pos), value);
        max_highest(near(me.pos), value);
    }
    next.pos = neighbour8(me.pos, random_below(8u));
    if !inside(next.pos) { next.pos = me.pos; }
    return next;
}

fn look(me: Agent) -> Agent {
    var next = me;
    next.sum = next.sum * 31u + summed(me.pos) + 7u * joined(near(me.pos)) + 11u * kept(near(me.pos));
    xor_flipped(me.pos, next.sum);
    max_highest(me.pos, next.sum >> 24u);
    return next;
}

fn stir(me: Agent) -> Agent {
    var next = me;
    let there = near(me.pos);
    add_summed(there, summed(me.pos) + 1u);
    xor_joined(me.pos, joined(there) >> 1u);
    min_lowest(there, lowest(me.pos) + highest(there));
    next.sum ^= flipped(there) << 16u;
    return next;
}
"#;
    model(&format!("effects {bits}"), &text.replace("BITS", &bits.to_string()))
}

/// Every effect on one-bit layers, on a map.
pub fn bits() -> Model {
    model(
        "bits",
        r#"
//! # Marks, clears and toggles.
//! [grid]
//! wrap = true
//! [params]
//! chance = { default = 0.25, type = "probability" }
//! shift = { default = 1, range = [-5, 5] }
//! speed = { default = 1.5, range = [0, 4] }
//! [layers]
//! wall = { bits = 1, from = "map" }
//! marked = { bits = 1 }
//! cleared = { bits = 1, initial = 1 }
//! toggled = { bits = 1, from = "stripes" }
//! [step]
//! stages = ["act", "react"]
//! [metrics]
//! marked_share = { mean = "marked", over = "free" }
//! marked_cells = { sum = "marked" }
//! cleared_cells = { count = "cleared", over = "free" }
//! toggled_spread = { variance = "toggled", over = "cells" }
//! highest_toggled = { max = "toggled", over = "free" }
//! first_toggled = { argmax = "toggled", over = "free" }
//! walls = { sum = "wall" }
//! crowded = { mean = "crowded_cell", over = "free" }

struct Agent { pos: vec2<i32>, seen: u32 }

fn stripes(at: vec2<i32>) -> bool { return (at.x + at.y) % 3 == 0 && !wall(at); }
fn crowded_cell(at: vec2<i32>) -> u32 { return countOneBits(marked_around(at)); }

fn act(me: Agent) -> Agent {
    var next = me;
    if random_chance(params.chance) { mark_marked(neighbour4(me.pos, random_below(4u))); }
    clear_cleared(me.pos + vec2<i32>(params.shift, 0));
    toggle_toggled(me.pos);
    let to = neighbour4(me.pos, random_below(4u));
    if is_free(to) { next.pos = to; }
    return next;
}

fn react(me: Agent) -> Agent {
    var next = me;
    next.seen = next.seen * 5u + marked_around(me.pos) + (toggled_around(me.pos) << 8u) + u32(params.speed);
    if cleared(me.pos) { clear_marked(me.pos); }
    toggle_toggled(neighbour8(me.pos, next.seen & 7u));
    return next;
}
"#,
    )
}

/// Every reduction over values of every exact type, the extreme ones included.
pub fn measured() -> Model {
    let mut head = String::from(
        "//! # Everything is measured.\n//! [agents]\n//! start = \"begin\"\n//! [layers]\n//! wall = { bits = 1, from = \"map\" }\n\
         //! height = { bits = 16, from = \"hills\" }\n//! [step]\n//! stages = [\"change\"]\n//! [metrics]\n",
    );
    for (source, over) in [
        ("word", ""),
        ("whole", ""),
        ("pos.x", ""),
        ("lucky", ""),
        ("height", ", over = \"free\""),
        ("slope", ""),
        ("hollow", ", over = \"free\""),
    ] {
        // All reductions of one source come from the same totals; one source has them all, the others one each.
        let all = ["variance", "count", "sum", "mean", "min", "max", "argmin", "argmax"];
        for reduction in if source == "word" { &all[..] } else { &all[..1] } {
            head += &format!(
                "//! {reduction}_{} = {{ {reduction} = \"{source}\"{over} }}\n",
                source.replace('.', "_")
            );
        }
        let name = source.replace('.', "_");
        head +=
            &format!("//! bins_{name} = {{ histogram = \"{source}\", bins = 10, range = [-7, 50]{over} }}\n");
        head += &format!(
            "//! wide_{name} = {{ histogram = \"{source}\", bins = 1024, range = [-2147483648, 2147483647]{over} }}\n"
        );
        head += &format!(
            "//! above_{name} = {{ histogram = \"{source}\", bins = 3, range = [3, 4000]{over} }}\n"
        );
    }
    let body = r#"
struct Agent { pos: vec2<i32>, word: u32, whole: i32 }

fn hills(at: vec2<i32>) -> u32 { return random_u32() >> (16u + random_below(16u)); }
fn slope(at: vec2<i32>) -> i32 { return i32(height(at)) - i32(height(at + vec2<i32>(1, 0))); }
fn hollow(at: vec2<i32>) -> bool { return height(at) < height(at + vec2<i32>(0, 1)); }
fn lucky(me: Agent) -> bool { return me.word % 7u == 0u && current_step() % 2u == 0u; }

fn begin(me: Agent) -> Agent {
    var next = me;
    next.whole = -2147483647 - 1;
    next.word = 0xffffffffu;
    return next;
}

fn change(me: Agent) -> Agent {
    var next = me;
    next.word = random_u32() >> (random_below(5u) * 8u);
    next.whole = i32(random_u32()) >> (random_below(5u) * 8u);
    if random_below(50u) == 0u { next.whole = -2147483647 - 1; }
    return next;
}
"#;
    model("measured", &(head + body))
}

/// A model of numbers that are not exact.
pub fn floats() -> Model {
    model(
        "floats",
        r#"
//! # Numbers with a point.
//! [agents]
//! start = "begin"
//! [params]
//! drag = { default = 0.9, type = "f32", range = [0, 1] }
//! [layers]
//! warm = { bits = 8 }
//! [step]
//! stages = ["move"]
//! [metrics]
//! speed = { mean = "velocity.x" }
//! energy = { sum = "energy" }
//! spread = { variance = "place.y" }
//! slowest = { min = "energy" }
//! fastest = { argmax = "energy" }
//! shape = { histogram = "place.x", bins = 5, range = [-4, 4] }

struct Agent { pos: vec2<i32>, place: vec2<f32>, velocity: vec2<f32> }

fn unit() -> f32 { return f32(random_u32() >> 8u) / 16777216.0 - 0.5; }
fn energy(me: Agent) -> f32 { return dot(me.velocity, me.velocity) * 0.5; }

fn begin(me: Agent) -> Agent {
    var next = me;
    next.place = vec2<f32>(unit() * 6.0, unit() * 1000.0 + 5000.0);
    return next;
}

fn move(me: Agent) -> Agent {
    var next = me;
    next.velocity = me.velocity * params.drag + vec2<f32>(unit(), unit());
    next.place = me.place + next.velocity * 0.01;
    add_warm(me.pos, 1u);
    return next;
}
"#
        .replace("move", "drift")
        .as_str(),
    )
}

/// Stages over cells between stages over agents, on layers of 8, 16 or 32 bits: cells that read what they set and that do
/// not, that set twice or not at all, that draw, and stages that run in every second and third step.
pub fn cells(bits: u32) -> Model {
    let text = r#"
//! # Cells and agents take turns.
//! [params]
//! chance = { default = 0.25, type = "probability" }
//! keep = { default = 3, range = [0, 9] }
//! [layers]
//! wall = { bits = 1, from = "map" }
//! heat = { bits = BITS, from = "warm", outside = 9 }
//! mark = { bits = 1, from = "seed", outside = 1 }
//! fresh = { bits = BITS }
//! bit = { bits = 1 }
//! [step]
//! stages = [
//!     "spread",
//!     { run = "tread", every = 3 },
//!     { run = "grow", every = 2 },
//!     "move_on",
//!     { run = "blank", every = 3 },
//!     "note",
//! ]
//! [metrics]
//! heat = { sum = "heat" }
//! marks = { sum = "mark", over = "free" }
//! fresh = { variance = "fresh" }
//! bits = { mean = "bit" }

struct Agent { pos: vec2<i32>, sum: u32 }

fn warm(at: vec2<i32>) -> u32 { return u32(at.x * 7 + at.y) ^ random_below(8u); }
fn seed(at: vec2<i32>) -> bool { return random_chance(params.chance) && !wall(at); }

fn spread(at: vec2<i32>) {
    var sum = 0u;
    for (var k = 0u; k < 8u; k += 1u) { sum += heat(at + offset8(k)); }
    if wall(at) { return; }
    set_heat(sum);
    if agent_id() % 3u == 0u { set_heat((sum + heat(at)) / u32(max(params.keep, 1))); }
}

fn tread(me: Agent) -> Agent {
    var next = me;
    next.sum = next.sum * 3u + heat(me.pos) + current_step() * population();
    add_heat(me.pos, next.sum);
    toggle_mark(me.pos);
    return next;
}

fn grow(at: vec2<i32>) {
    let near = countOneBits(mark_around(at));
    set_mark(near == 3u || (mark(at) && near == 2u) || random_chance(params.chance >> 3u));
    set_fresh(heat(at) + current_step());
}

fn move_on(me: Agent) -> Agent {
    var next = me;
    let to = neighbour8(me.pos, random_below(8u));
    if is_free(to) { next.pos = to; }
    max_fresh(next.pos, 77u);
    return next;
}

fn blank(at: vec2<i32>) {
    if random_chance(params.chance) { set_fresh(random_u32()); }
    set_bit(true);
    set_bit(mark(at));
}

fn note(at: vec2<i32>) {
    if fresh(at) > 40u { set_bit(!mark(at + vec2<i32>(1, -1))); }
}
"#;
    model(&format!("cells {bits}"), &text.replace("BITS", &bits.to_string()))
}

/// An agent whose layout has padding, with nothing else.
pub fn padded() -> Model {
    model(
        "padded",
        r#"
//! # A flag before a pair leaves a gap.
//! [step]
//! stages = ["act"]

struct Agent { flag: u32, pos: vec2<i32>, last: i32 }

fn act(me: Agent) -> Agent {
    var next = me;
    next.flag = random_u32() & 1u;
    next.last = me.last + select(-1, 1, next.flag == 1u) * me.pos.x;
    return next;
}
"#,
    )
}

/// A loop that does not end, from step 3 on.
pub fn endless() -> Model {
    model(
        "endless",
        r#"
//! # It hangs, unless somebody counts.
//! [step]
//! stages = ["calm", "hang"]

struct Agent { pos: vec2<i32>, turns: u32 }

fn calm(me: Agent) -> Agent { return me; }

fn hang(me: Agent) -> Agent {
    var next = me;
    while current_step() >= 3u && next.turns != 0xffffffffu { next.turns = (next.turns + 2u) & 0xffffu; }
    return next;
}
"#,
    )
}

/// A model with a change to its text that must be noticed.
pub fn but(of: &Model, from: &str, to: &str) -> Model {
    assert!(of.source.contains(from), "the text of `{}` has no `{from}`", of.name);
    model(&of.name, &of.source.replacen(from, to, 1))
}

/// Walkers, with a change to the text that must be noticed.
pub fn walkers_but(from: &str, to: &str) -> Model {
    but(&Model::builtin("walkers").unwrap_or_else(|error| panic!("{error}")), from, to)
}
