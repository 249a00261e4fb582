//! # Particles on rings hop forward where the next site is free: the totally asymmetric simple exclusion process.
//! #
//! # C. MacDonald, J. Gibbs, A. Pipkin, "Kinetics of biopolymerization on nucleic acid templates", Biopolymers 6, 1968; F. Spitzer,
//! # "Interaction of Markov processes", Advances in Mathematics 5, 1970. Each row is a ring of its own, whose clock is one agent:
//! # in each step it chooses a site, and the particle there, if any, hops to the right unless it is blocked. All arrangements
//! # of n particles on L sites are equally likely for good, so that hops a step are n (L - n) / (L (L - 1)) on average.
//! [grid]
//! wrap = true
//! size = [128, 128]
//! [agents]
//! number = 128
//! start = "scatter"
//! [params]
//! density = { default = 0.5, type = "probability", help = "particles for each site of a ring" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where there is no site" }
//! occupied = { bits = 1, help = "whether a particle is on the site" }
//! [step]
//! stages = ["hop"]
//! [metrics]
//! particles = { sum = "occupied" }
//! hops = { mean = "hops" }

struct Agent { hops: u32 }

fn site(x: u32) -> vec2<i32> {
    return vec2<i32>(i32(x % u32(grid_size.x)), i32(agent_id()));
}

fn has_ring() -> bool {
    return agent_id() < u32(grid_size.y);
}

// Each arrangement is equally likely (D. Knuth, "The art of computer programming", volume 2, 3.4.2, algorithm S).
fn scatter(me: Agent) -> Agent {
    let sites = u32(grid_size.x);
    var left = select(0u, part_of(sites, params.density), has_ring());
    for (var x = 0u; x < sites && left > 0u; x += 1u) {
        if random_below(sites - x) < left {
            left -= 1u;
            if is_free(site(x)) {
                mark_occupied(site(x));
            }
        }
    }
    return me;
}

fn hop(me: Agent) -> Agent {
    var next = me;
    let x = random_below(u32(grid_size.x));
    let can_go = is_free(site(x + 1u)) && !occupied(site(x + 1u));
    if has_ring() && occupied(site(x)) && can_go {
        toggle_occupied(site(x));
        toggle_occupied(site(x + 1u));
        next.hops += 1u;
    }
    return next;
}
