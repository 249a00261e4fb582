//! # Self-propelled particles take their neighbours' mean direction, give or take some noise.
//! #
//! # T. Vicsek, A. Czirók, E. Ben-Jacob, I. Cohen and O. Shochet, "Novel type of phase transition in a system of self-driven
//! # particles", Physical Review Letters 75, 1995. At full noise directions are independent and the order is the square root
//! # of pi / 4N on average.
//! [grid]
//! size = [32, 32]
//! wrap = true
//! [agents.particle]
//! number = 1024
//! space = "continuous"
//! near = 1
//! start = "scatter"
//! [params]
//! radius = { default = 1.0, range = [0, 16], help = "how far a particle sees" }
//! speed = { default = 0.03, range = [0, 1], help = "cells that it moves in a step" }
//! noise = { default = 0.1, range = [0, 1], help = "share of the whole circle from which noise is drawn" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where no particle can go" }
//! [step]
//! stages = ["turn", "move_on"]
//! [metrics]
//! heading_x = { mean = "heading.x", fixed = true }
//! heading_y = { mean = "heading.y", fixed = true }

struct Particle { pos: vec2<i32>, heading: vec2<i32> }

fn direction(angle: i32) -> vec2<i32> { return vec2<i32>(fixed_cos(angle), fixed_sin(angle)); }

fn scatter(me: Particle) -> Particle {
    return Particle(me.pos, direction(random_range(-FIXED_PI, FIXED_PI)));
}

fn turn(me: Particle) -> Particle {
    var sum = me.heading;
    var near = near_particle(me.pos, params.radius);
    while next_particle(&near) { sum += near.other.heading; }
    // Only the direction counts, so that large sums may be made smaller.
    let mean = fixed_atan2(sum.y / 16, sum.x / 16);
    let noise = random_range(-FIXED_PI, FIXED_PI);
    return Particle(me.pos, direction(mean + fixed_multiply(noise, params.noise)));
}

fn move_on(me: Particle) -> Particle {
    let way = vec2<i32>(fixed_multiply(me.heading.x, params.speed), fixed_multiply(me.heading.y, params.speed));
    let to = wrapped_space(me.pos + way);
    if !is_free(cell_of(to)) { return Particle(me.pos, -me.heading); }
    return Particle(to, me.heading);
}
