//! # Wolves eat sheep, sheep eat grass, and grass grows back.
//! #
//! # U. Wilensky, "NetLogo Wolf Sheep Predation model", 1997. Energy is in fixed point, so that halves are exact. In a cell the
//! # grass feeds one sheep, and as many sheep fall to wolves as there are of the fewer, drawn without favour. Defined as
//! # model 5 of the benchmarks.
//! [grid]
//! size = [100, 100]
//! [agents.sheep]
//! number = "flock"
//! start = "lamb"
//! near = 1
//! [agents.wolf]
//! number = "pack"
//! start = "cub"
//! near = 1
//! [params]
//! flock = { default = 1000, range = [0, 100000000], help = "sheep at first" }
//! pack = { default = 500, range = [0, 100000000], help = "wolves at first" }
//! regrow = { default = 10, range = [1, 60000], help = "steps until grass has grown back" }
//! sheep_birth = { default = 0.4, type = "probability", help = "chance that a sheep has a lamb, each step" }
//! wolf_birth = { default = 0.2, type = "probability", help = "chance that a wolf has a cub, each step" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody can go" }
//! bare = { bits = 16, from = "sow", help = "steps until the grass has grown, 0 when it has" }
//! meal = { claim = true, help = "which sheep eats" }
//! [step]
//! stages = ["wander", "graze", "breed", "prowl", "hunt", "fall", "howl", "grow"]
//! [metrics]
//! sheep = { count = "sheep" }
//! wolves = { count = "wolf" }
//! grass = { sum = "is_grown" }
//! [picture]
//! bare = { colours = ["#8dbf71", "#ebe3c9"] }
//! sheep = { colours = ["#ffffff"] }
//! wolf = { colours = ["#3a2f2a"] }

struct Sheep { pos: vec2<i32>, energy: i32 }
struct Wolf { pos: vec2<i32>, energy: i32 }

fn sow(at: vec2<i32>) -> u32 { return select(1u + random_below(u32(params.regrow)), 0u, random_chance(0x80000000u)); }
fn is_grown(at: vec2<i32>) -> bool { return bare(at) == 0u; }
fn lamb(me: Sheep) -> Sheep { return Sheep(me.pos, fixed(random_range(1, 10))); }
fn cub(me: Wolf) -> Wolf { return Wolf(me.pos, fixed(random_range(1, 26))); }

// A neighbouring cell, drawn from those where one can go.
fn beside(at: vec2<i32>) -> vec2<i32> {
    let free = free8(at);
    if free == 0u { return at; }
    return neighbour8(at, random_bit(free));
}

fn wander(me: Sheep) -> Sheep { return Sheep(beside(me.pos), me.energy - fixed(1)); }

fn graze(me: Sheep) -> Sheep {
    if is_grown(me.pos) { claim_meal(me.pos); }
    return me;
}

fn breed(me: Sheep) -> Sheep {
    var next = me;
    if won_meal(me.pos) {
        next.energy += fixed(5);
        max_bare(me.pos, u32(params.regrow) + 1u);
    }
    if next.energy < fixed(1) {
        die();
    } else if random_chance(params.sheep_birth) {
        next.energy /= 2;
        spawn_sheep(next);
    }
    return next;
}

fn prowl(me: Wolf) -> Wolf { return Wolf(beside(me.pos), me.energy - fixed(1)); }

fn hunt(me: Wolf) -> Wolf {
    let prey = sheep_here(me.pos);
    let eats = prey > 0u && rank_wolf(me.pos) < prey;
    return Wolf(me.pos, me.energy + select(0, fixed(13), eats));
}

fn fall(me: Sheep) -> Sheep {
    let hunters = wolf_here(me.pos);
    if hunters > 0u && rank_sheep(me.pos) < hunters { die(); }
    return me;
}

fn howl(me: Wolf) -> Wolf {
    var next = me;
    if next.energy < 0 {
        die();
    } else if random_chance(params.wolf_birth) {
        next.energy /= 2;
        spawn_wolf(next);
    }
    return next;
}

fn grow(at: vec2<i32>) { set_bare(max(bare(at), 1u) - 1u); }
