//! # A slime mould: particles follow the trails that they leave, and make a network of them.
//! #
//! # J. Jones, "Characteristics of pattern formation and evolution in approximations of Physarum transport networks", Artificial
//! # Life 16, 2010. Each particle smells the trail ahead of it, to the left and to the right, turns to where it is strongest,
//! # goes on and leaves some of its own; trails spread and fade. Here several particles may be in one cell. Places are in
//! # 65,536ths of a cell and angles in 65,536ths of a radian.
//! [grid]
//! wrap = true
//! size = [256, 256]
//! [agents]
//! number = 10000
//! start = "arrive"
//! [params]
//! sight = { default = 9.0, range = [0, 100], help = "how far ahead a particle smells, in cells" }
//! spread = { default = 0.785, range = [0, 3.14], help = "the angle between what it smells ahead and aside, in radians" }
//! turn = { default = 0.785, range = [0, 3.14], help = "by how much it turns, in radians" }
//! speed = { default = 1.0, range = [0, 100], help = "how far it goes in a step, in cells" }
//! deposit = { default = 1000, range = [0, 1000000], help = "what it leaves where it goes" }
//! diffusion = { default = 0.6, type = "probability", help = "the part of a trail that goes to the four neighbours" }
//! evaporation = { default = 0.1, type = "probability", help = "the part of a trail that fades" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where no particle can go" }
//! trail = { bits = 32, help = "what particles have left" }
//! [step]
//! stages = ["go", "fade"]
//! [metrics]
//! trail = { mean = "trail", over = "free" }
//! network = { mean = "is_network", over = "free" }
//! [picture]
//! agent = { draw = false }

struct Agent { pos: vec2<i32>, within: vec2<i32>, heading: i32 }

fn arrive(me: Agent) -> Agent {
    return Agent(me.pos, vec2<i32>(FIXED_ONE / 2), random_range(-FIXED_PI, FIXED_PI));
}

// A place ahead, seen from the corner of the particle's cell.
fn ahead(me: Agent, aside: i32, far: i32) -> vec2<i32> {
    let angle = me.heading + aside;
    return me.within + vec2<i32>(fixed_multiply(fixed_cos(angle), far), fixed_multiply(fixed_sin(angle), far));
}

fn smell(me: Agent, aside: i32) -> u32 {
    return trail(me.pos + (ahead(me, aside, params.sight) >> vec2<u32>(16u)));
}

fn go(me: Agent) -> Agent {
    var next = me;
    let front = smell(me, 0);
    let left = smell(me, -params.spread);
    let right = smell(me, params.spread);
    if front < left && front < right {
        next.heading += select(-params.turn, params.turn, random_below(2u) == 0u);
    } else if front < max(left, right) {
        next.heading += select(-params.turn, params.turn, right > left);
    }
    // Kept within one turn, so that it never runs out of its bits.
    next.heading -= select(0, 2 * FIXED_PI, next.heading > FIXED_PI);
    next.heading += select(0, 2 * FIXED_PI, next.heading < -FIXED_PI);

    let to = ahead(next, 0, params.speed);
    let cell = wrapped(me.pos + (to >> vec2<u32>(16u)));
    if is_free(cell) {
        next.within = to & vec2<i32>(FIXED_ONE - 1);
        next.pos = cell;
        max_trail(cell, trail(cell) + u32(params.deposit));
    } else {
        next.heading = random_range(-FIXED_PI, FIXED_PI);
    }
    return next;
}

fn fade(at: vec2<i32>) {
    set_trail(part_of(diffused_trail(at, params.diffusion), ~params.evaporation));
}

// Where the trail is stronger than one particle a cell could keep it, spread and faded.
fn is_network(at: vec2<i32>) -> bool {
    return trail(at) > u32(params.deposit);
}
