//! # Boids keep together, keep apart, and fly the way their neighbours fly.
//! #
//! # C. Reynolds, "Flocks, herds and schools: a distributed behavioral model", SIGGRAPH 1987. Continuous space in fixed point,
//! # so that every device gives the same flight. Defined as model 3 of the benchmarks.
//! [grid]
//! size = [200, 200]
//! wrap = true
//! [agents.boid]
//! number = 2000
//! space = "continuous"
//! near = 5
//! start = "hatch"
//! [params]
//! radius = { default = 5.0, range = [0, 16], help = "how far a boid sees" }
//! apart = { default = 1.0, range = [0, 64], help = "how near is too near" }
//! cohere = { default = 0.03, range = [0, 1], help = "pull towards neighbours" }
//! separate = { default = 0.015, range = [0, 1], help = "push away from those too near" }
//! match_flight = { default = 0.05, range = [0, 1], help = "pull towards the neighbours' flight" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where no boid can fly" }
//! [step]
//! stages = ["fly"]
//! [metrics]
//! flight_x = { mean = "vel.x", fixed = true }
//! flight_y = { mean = "vel.y", fixed = true }
//! neighbours = { mean = "seen" }

struct Boid { pos: vec2<i32>, vel: vec2<i32>, seen: u32 }

fn hatch(me: Boid) -> Boid {
    return Boid(me.pos, vec2<i32>(random_range(-65536, 65536), random_range(-65536, 65536)), 0u);
}

fn fly(me: Boid) -> Boid {
    var together = vec2<i32>(0);
    var away = vec2<i32>(0);
    var flight = vec2<i32>(0);
    var seen = 0u;
    var near = near_boid(me.pos, params.radius);
    while next_boid(&near) {
        // Sixteenths keep the sums of thirty thousand neighbours within 32 bits.
        together += near.offset / 16;
        if fixed_is_shorter(near.offset, params.apart) { away += near.offset / 16; }
        flight += near.other.vel;
        seen += 1u;
    }
    let count = i32(max(seen, 1u));
    let pull = weigh(together / count * 16, params.cohere) - weigh(away / count * 16, params.separate)
        + weigh(flight / count, params.match_flight);
    let vel = fixed_normalise(me.vel + pull);
    let to = wrapped_space(me.pos + vel);
    if !is_free(cell_of(to)) { return Boid(me.pos, -vel, seen); }
    return Boid(to, vel, seen);
}

fn weigh(way: vec2<i32>, weight: i32) -> vec2<i32> {
    return vec2<i32>(fixed_multiply(way.x, weight), fixed_multiply(way.y, weight));
}
