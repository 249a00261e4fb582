//! # An infection among acquaintances: susceptible, infected, recovered.
//! #
//! # Compartments by W. Kermack and A. McKendrick ("A contribution to the mathematical theory of epidemics", Proceedings of
//! # the Royal Society A 115, 1927) on a network (R. Pastor-Satorras et al., "Epidemic processes in complex networks",
//! # Reviews of Modern Physics 87, 2015): each step each infected acquaintance passes it on with chance beta, and then
//! # recovers with chance gamma. One alone infects beta / (beta + gamma - beta gamma) of its acquaintances before it recovers.
//! [graph]
//! generate = "small-world"
//! nodes = 10000
//! degree = 10
//! rewire = 0.1
//! [params]
//! beta = { default = 0.04, type = "probability", help = "chance to fall ill by one infected acquaintance, each step" }
//! gamma = { default = 0.1, type = "probability", help = "chance to recover, each step" }
//! first = { default = 0.01, type = "probability", help = "chance to be infected at first" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nobody is" }
//! status = { bits = 8, from = "begin", help = "0 susceptible, 1 infected, 2 recovered" }
//! [step]
//! stages = ["meet"]
//! [metrics]
//! susceptible = { sum = "is_susceptible", over = "free" }
//! infected = { sum = "is_infected", over = "free" }
//! recovered = { sum = "is_recovered", over = "free" }
//! [picture]
//! status = { values = ["susceptible", "infected", "recovered"], colours = ["#8fb8de", "#d53e18", "#6b6b6b"] }

const SUSCEPTIBLE = 0u;
const INFECTED = 1u;
const RECOVERED = 2u;

fn begin(at: vec2<i32>) -> u32 {
    return select(SUSCEPTIBLE, INFECTED, is_free(at) && random_chance(params.first));
}

fn meet(at: vec2<i32>) {
    if is_infected(at) {
        if random_chance(params.gamma) {
            set_status(RECOVERED);
        }
    } else if is_susceptible(at) {
        for (var k = 0u; k < degree(at); k += 1u) {
            if is_infected(neighbour(at, k)) && random_chance(params.beta) {
                set_status(INFECTED);
                break;
            }
        }
    }
}

fn is_susceptible(at: vec2<i32>) -> bool { return status(at) == SUSCEPTIBLE; }
fn is_infected(at: vec2<i32>) -> bool { return status(at) == INFECTED; }
fn is_recovered(at: vec2<i32>) -> bool { return status(at) == RECOVERED; }
