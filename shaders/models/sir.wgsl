//! # An infection among walkers: susceptible, infected, recovered.
//! #
//! # Compartments by W. Kermack and A. McKendrick ("A contribution to the mathematical theory of epidemics", Proceedings of
//! # the Royal Society A 115, 1927), met in space: walkers go to one of four neighbours each step; whoever shares a cell with
//! # c infected ones falls ill with probability 1 - (1 - beta)^c. Statuses are those from before the step. Defined as model 8
//! # of the benchmarks.
//! [grid]
//! neighbours = 4
//! wrap = true
//! size = [256, 256]
//! [agents]
//! number = 65536
//! start = "arrive"
//! [params]
//! beta = { default = 0.5, type = "probability", help = "chance of falling ill by one infected walker in the cell" }
//! gamma = { default = 0.05, type = "probability", help = "chance to recover, each step" }
//! mixing = { default = 0.0, type = "probability", help = "chance to go to a cell anywhere instead; with 1 all are well mixed" }
//! first = { default = 100, range = [0, 1000000000], help = "walkers that are infected at first" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody can walk" }
//! ill = { bits = 32, help = "infected walkers in the cell" }
//! [step]
//! stages = ["air", "walk", "meet"]
//! [metrics]
//! susceptible = { sum = "is_susceptible" }
//! infected = { sum = "is_infected" }
//! recovered = { sum = "is_recovered" }
//! [picture]
//! ill = { draw = false }
//! agent = { field = "status", values = ["susceptible", "infected", "recovered"], colours = ["#8fb8de", "#d53e18", "#6b6b6b"] }

struct Agent { pos: vec2<i32>, status: u32 }

const SUSCEPTIBLE = 0u;
const INFECTED = 1u;
const RECOVERED = 2u;

fn arrive(me: Agent) -> Agent {
    var next = me;
    next.status = select(SUSCEPTIBLE, INFECTED, agent_id() < u32(params.first));
    return next;
}

// Counts begin anew.
fn air(at: vec2<i32>) {
    set_ill(0u);
}

fn walk(me: Agent) -> Agent {
    var next = me;
    var to = neighbour4(me.pos, random_below(4u));
    if random_chance(params.mixing) {
        to = vec2<i32>(random_range(0, grid_size.x - 1), random_range(0, grid_size.y - 1));
    }
    if is_free(to) {
        next.pos = to;
    }
    if is_infected(me) {
        add_ill(next.pos, 1u);
    }
    return next;
}

fn meet(me: Agent) -> Agent {
    var next = me;
    if is_susceptible(me) {
        let near = ill(me.pos);
        for (var one = 0u; one < near && is_susceptible(next); one += 1u) {
            if random_chance(params.beta) {
                next.status = INFECTED;
            }
        }
    } else if is_infected(me) && random_chance(params.gamma) {
        next.status = RECOVERED;
    }
    return next;
}

fn is_susceptible(me: Agent) -> bool { return me.status == SUSCEPTIBLE; }
fn is_infected(me: Agent) -> bool { return me.status == INFECTED; }
fn is_recovered(me: Agent) -> bool { return me.status == RECOVERED; }
