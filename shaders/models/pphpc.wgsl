//! # PPHPC: predators, prey and grass, the model made for comparing parallel implementations.
//! #
//! # N. Fachada, V. Lopes, R. Martins and A. Rosa, "Towards a standard model for research in agent-based modeling and
//! # simulation", PeerJ Computer Science 1:e36, 2015. Each agent moves to a neighbouring cell of four or stays, then grass
//! # grows, then each agent acts: it eats, then may have young. In a cell the order of acting is random: the grass feeds one
//! # sheep and each wolf at most one sheep. Parameter set 1; the second has other gains, losses and thresholds.
//! [grid]
//! size = [400, 400]
//! neighbours = 4
//! wrap = true
//! [agents.sheep]
//! number = "flock"
//! start = "lamb"
//! near = 1
//! [agents.wolf]
//! number = "pack"
//! start = "cub"
//! near = 1
//! [params]
//! flock = { default = 6400, range = [0, 100000000], help = "sheep at first" }
//! pack = { default = 3200, range = [0, 100000000], help = "wolves at first" }
//! restart = { default = 10, range = [1, 60000], help = "steps until grass has grown back" }
//! sheep_gain = { default = 4, range = [1, 1000], help = "energy that a sheep has of grass" }
//! wolf_gain = { default = 20, range = [1, 1000], help = "energy that a wolf has of a sheep" }
//! sheep_loss = { default = 1, range = [0, 1000], help = "energy that a sheep loses each step" }
//! wolf_loss = { default = 1, range = [0, 1000], help = "energy that a wolf loses each step" }
//! sheep_least = { default = 2, range = [0, 1000], help = "energy above which a sheep may have young" }
//! wolf_least = { default = 2, range = [0, 1000], help = "energy above which a wolf may have young" }
//! sheep_birth = { default = 0.04, type = "probability", help = "chance of young for a sheep" }
//! wolf_birth = { default = 0.05, type = "probability", help = "chance of young for a wolf" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody can go" }
//! bare = { bits = 16, from = "sow", help = "steps until the grass has grown, 0 when it has" }
//! meal = { claim = true, help = "which sheep eats" }
//! [step]
//! stages = ["wander", "prowl", "grow", "graze", "feed", "hunt", "breed", "howl"]
//! [metrics]
//! sheep = { count = "sheep" }
//! wolves = { count = "wolf" }
//! grass = { sum = "is_grown" }
//! sheep_energy = { mean = "sheep.energy" }
//! wolf_energy = { mean = "wolf.energy" }
//! [picture]
//! bare = { colours = ["#8dbf71", "#ebe3c9"] }
//! sheep = { colours = ["#ffffff"] }
//! wolf = { colours = ["#3a2f2a"] }

// An agent's fate in a step: it lives, or is eaten after it has acted, or before.
const LIVES = 0u;
const EATEN_AFTER = 1u;
const EATEN_BEFORE = 2u;

struct Sheep { pos: vec2<i32>, energy: i32, fate: u32 }
struct Wolf { pos: vec2<i32>, energy: i32 }

fn sow(at: vec2<i32>) -> u32 { return select(1u + random_below(u32(params.restart)), 0u, random_chance(0x80000000u)); }
fn is_grown(at: vec2<i32>) -> bool { return bare(at) == 0u; }
fn lamb(me: Sheep) -> Sheep { return Sheep(me.pos, random_range(1, 2 * params.sheep_gain), LIVES); }
fn cub(me: Wolf) -> Wolf { return Wolf(me.pos, random_range(1, 2 * params.wolf_gain)); }

// One of the four neighbouring cells, or the same one.
fn about(at: vec2<i32>) -> vec2<i32> {
    let k = random_below(5u);
    let to = neighbour4(at, k);
    if k == 4u || !is_free(to) { return at; }
    return to;
}

fn wander(me: Sheep) -> Sheep {
    if me.energy <= params.sheep_loss { die(); }
    return Sheep(about(me.pos), me.energy - params.sheep_loss, LIVES);
}

fn prowl(me: Wolf) -> Wolf {
    if me.energy <= params.wolf_loss { die(); }
    return Wolf(about(me.pos), me.energy - params.wolf_loss);
}

fn grow(at: vec2<i32>) { set_bare(max(bare(at), 1u) - 1u); }

// As many sheep of a cell are eaten as there are wolves; the order of acting being random, half of them have acted before.
fn graze(me: Sheep) -> Sheep {
    var next = me;
    next.fate = LIVES;
    let hunters = wolf_here(me.pos);
    if hunters > 0u && rank_sheep(me.pos) < hunters {
        next.fate = select(EATEN_BEFORE, EATEN_AFTER, random_chance(0x80000000u));
    }
    if next.fate != EATEN_BEFORE && is_grown(me.pos) { claim_meal(me.pos); }
    return next;
}

fn feed(me: Sheep) -> Sheep {
    if !won_meal(me.pos) { return me; }
    max_bare(me.pos, u32(params.restart));
    return Sheep(me.pos, me.energy + params.sheep_gain, me.fate);
}

fn hunt(me: Wolf) -> Wolf {
    let prey = sheep_here(me.pos);
    let eats = prey > 0u && rank_wolf(me.pos) < prey;
    return Wolf(me.pos, me.energy + select(0, params.wolf_gain, eats));
}

fn breed(me: Sheep) -> Sheep {
    var next = me;
    if me.fate != LIVES { die(); }
    if me.fate != EATEN_BEFORE && me.energy > params.sheep_least && random_chance(params.sheep_birth) {
        next.energy -= me.energy / 2;
        spawn_sheep(Sheep(me.pos, me.energy / 2, LIVES));
    }
    return next;
}

fn howl(me: Wolf) -> Wolf {
    var next = me;
    if me.energy > params.wolf_least && random_chance(params.wolf_birth) {
        next.energy -= me.energy / 2;
        spawn_wolf(Wolf(me.pos, me.energy / 2));
    }
    return next;
}
