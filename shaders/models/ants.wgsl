//! # Ants look for food and bring it to the nest, led by two scents that they leave.
//! #
//! # L. Panait, S. Luke, "Ant foraging revisited", Artificial Life IX, 2004. An ant that looks for food leaves the scent of home
//! # and follows that of food; one with food does it the other way round. What it leaves is a little less than the strongest
//! # of that scent around it, so that scents grow towards where they come from; they spread and fade. Of the ants that ask for
//! # food in one cell one gets a unit each step, by lots that differ from step to step.
//! [grid]
//! wrap = false
//! size = [200, 200]
//! [agents]
//! number = 2000
//! place = "together"
//! start = "hatch"
//! [params]
//! pile = { default = 20, range = [0, 1000000], help = "units of food in each cell of the three piles" }
//! wander = { default = 0.1, type = "probability", help = "chance to go any way ahead, whatever it smells of" }
//! memory = { default = 0.97, type = "probability", help = "what is left of a scent one step farther from its source" }
//! diffusion = { default = 0.01, type = "probability", help = "the part of a scent that goes to the four neighbours" }
//! evaporation = { default = 0.01, type = "probability", help = "the part of a scent that fades" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where no ant can go" }
//! nest = { bits = 1, help = "where ants hatched" }
//! trail = { bits = 32, help = "the scent of food" }
//! home = { bits = 32, help = "the scent of home" }
//! food = { bits = 32, from = "grow", help = "units of food" }
//! lowest = { bits = 32, initial = 0xffffffff, help = "the lowest lot of those who ask for food here" }
//! [step]
//! stages = ["walk", "take", "air"]
//! [metrics]
//! delivered = { sum = "delivered" }
//! carried = { sum = "carries" }
//! left = { sum = "food" }
//! [picture]
//! lowest = { draw = false }
//! agent = { field = "carries", values = ["looking for food", "carrying food"], colours = ["#4a4440", "#d53e18"] }

struct Agent { pos: vec2<i32>, heading: u32, carries: u32, delivered: u32, scent: u32 }

const FRESH = 1000000u;
const NOBODY = 0xffffffffu;

fn hatch(me: Agent) -> Agent {
    mark_nest(me.pos);
    return Agent(me.pos, random_below(8u), 0u, 0u, FRESH);
}

fn grow(at: vec2<i32>) -> u32 {
    let side = grid_size / 20;
    var pile = false;
    let piles = array<vec2<i32>, 3>(vec2<i32>(15, 10), vec2<i32>(4, 15), vec2<i32>(3, 3));
    for (var k = 0u; k < 3u; k += 1u) {
        let away = abs(at - piles[k] * side);
        pile |= all(away <= side / 2);
    }
    return select(0u, u32(params.pile), pile && is_free(at));
}

fn at_nest(at: vec2<i32>) -> bool {
    return nest(at) || nest_around(at) != 0u;
}

// Different for any two ants: multiplying by an odd number maps no two numbers to one.
fn lot() -> u32 {
    return (agent_id() ^ (current_step() * 0x9e3779b1u)) * 0x85ebca6bu;
}

fn smell(at: vec2<i32>, of_home: bool) -> u32 {
    if of_home {
        return home(at);
    }
    return trail(at);
}

fn walk(me: Agent) -> Agent {
    var next = me;
    let carries = me.carries > 0u;
    let wanders = random_chance(params.wander);
    var strongest = 0u;
    var best = 0u;
    var choices = 0u;
    for (var k = 0u; k < 8u; k += 1u) {
        let to = neighbour8(me.pos, k);
        strongest = max(strongest, smell(to, !carries));
        if straightness(me.heading, k) >= 3 && is_free(to) {
            let scent = select(smell(to, carries), 0u, wanders);
            choices = select(choices, 0u, scent > best) | select(0u, 1u << k, scent >= best);
            best = max(best, scent);
        }
    }
    next.scent = part_of(max(me.scent, strongest), params.memory);
    if carries {
        max_trail(me.pos, next.scent);
    } else {
        max_home(me.pos, next.scent);
    }
    next.heading = random_below(8u);
    if choices != 0u {
        next.heading = random_bit(choices);
        next.pos = neighbour8(me.pos, next.heading);
    }
    if !carries && food(next.pos) > 0u {
        min_lowest(next.pos, lot());
    }
    return next;
}

fn take(me: Agent) -> Agent {
    var next = me;
    if me.carries == 0u && food(me.pos) > 0u && lowest(me.pos) == lot() && lot() != NOBODY {
        next.carries = 1u;
        next.heading += 4u;
        next.scent = FRESH;
    } else if at_nest(me.pos) {
        next.delivered += me.carries;
        next.heading += 4u * me.carries;
        next.carries = 0u;
        next.scent = FRESH;
    }
    next.heading &= 7u;
    return next;
}

fn air(at: vec2<i32>) {
    if lowest(at) != NOBODY {
        set_food(food(at) - 1u);
    }
    set_lowest(NOBODY);
    set_trail(part_of(diffused_trail(at, params.diffusion), ~params.evaporation));
    set_home(part_of(diffused_home(at, params.diffusion), ~params.evaporation));
}
