//! # Spins that align with their neighbours or not, as the heat has it: a magnet in two dimensions.
//! #
//! # E. Ising, "Beitrag zur Theorie des Ferromagnetismus", Zeitschrift für Physik 31, 1925; energy and magnetisation are known
//! # exactly (L. Onsager, Physical Review 65, 1944; C. Yang, Physical Review 85, 1952), and the magnet loses its order at
//! # T = 2.269. Spins are drawn anew given their neighbours (heat bath, R. Glauber 1963), those on the black squares of a
//! # chessboard and then those on the white; so a torus must have even sides. Below T = 0.8 spins flip against their
//! # neighbours more often than they should, once in 32,768 times.
//! [grid]
//! neighbours = 4
//! wrap = true
//! size = [256, 256]
//! [params]
//! temperature = { default = 2.0, range = [0.1, 1000], help = "in units of the coupling: J / k" }
//! ordered = { default = 0.5, type = "probability", help = "chance that a spin is up at first" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where there is no spin" }
//! up = { bits = 1, from = "scatter", help = "the spin" }
//! [step]
//! stages = ["black", "white"]
//! [metrics]
//! energy = { mean = "bonds", over = "free" }
//! magnetisation = { mean = "spin", over = "free" }
//! [picture]
//! up = { colours = ["#1f2933"] }

fn spin(at: vec2<i32>) -> i32 {
    return select(0, select(-1, 1, up(at)), is_free(at));
}

// The energy of the bonds to the east and to the south.
fn bonds(at: vec2<i32>) -> i32 {
    return -spin(at) * (spin(neighbour4(at, 0u)) + spin(neighbour4(at, 1u)));
}

fn scatter(at: vec2<i32>) -> bool {
    return is_free(at) && random_chance(params.ordered);
}

// Along the field of its neighbours a spin is exp(2 |field| / T) times as likely as against it.
fn heat_bath(at: vec2<i32>) {
    var field = 0;
    for (var k = 0u; k < 4u; k += 1u) {
        field += spin(neighbour4(at, k));
    }
    let against = u32(FIXED_ONE);
    let along = u32(fixed_exp(fixed_divide(fixed(2 * abs(field)), params.temperature)));
    set_up((field > 0) == (random_below(along + against) < along));
}

fn black(at: vec2<i32>) {
    if is_free(at) && ((at.x ^ at.y) & 1) == 0 {
        heat_bath(at);
    }
}

fn white(at: vec2<i32>) {
    if is_free(at) && ((at.x ^ at.y) & 1) == 1 {
        heat_bath(at);
    }
}
