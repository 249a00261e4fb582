//! # A sandpile topples: a cell of four grains or more gives one to each neighbour, until all is stable.
//! #
//! # P. Bak, C. Tang, K. Wiesenfeld, "Self-organized criticality", Physical Review Letters 59, 1987. All cells topple at once,
//! # each as often as it can; what comes out and how often each cell topples do not depend on the order (D. Dhar,
//! # "Self-organized critical state of sandpile automaton models", Physical Review Letters 64, 1990). Grains fall off the edge.
//! [grid]
//! neighbours = 4
//! size = [129, 129]
//! [params]
//! drop = { default = 10000, range = [0, 1000000000], help = "grains dropped on the cell in the middle at first" }
//! ground = { default = 1, range = [0, 3], help = "every cell begins with from 0 to so many grains" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where grains are lost" }
//! grains = { bits = 32, from = "pour", help = "how high the sand is" }
//! toppled = { bits = 32, help = "how often the cell has toppled" }
//! [step]
//! stages = ["topple"]
//! [metrics]
//! sand = { sum = "grains" }
//! topplings = { sum = "toppled" }
//! unstable = { sum = "is_unstable" }
//! heights = { histogram = "grains", bins = 4, range = [0, 4] }
//! [picture]
//! toppled = { draw = false }

fn pour(at: vec2<i32>) -> u32 {
    let ground = random_below(u32(params.ground) + 1u);
    if !is_free(at) {
        return 0u;
    }
    return ground + select(0u, u32(params.drop), all(at == grid_size / 2));
}

fn topple(at: vec2<i32>) {
    if !is_free(at) {
        return;
    }
    var height = grains(at) & 3u;
    for (var k = 0u; k < 4u; k += 1u) {
        height += grains(at + offset4(k)) >> 2u;
    }
    set_grains(height);
    set_toppled(toppled(at) + (grains(at) >> 2u));
}

fn is_unstable(at: vec2<i32>) -> bool {
    return grains(at) > 3u;
}
