//! # Life: cells live and die by how many of their eight neighbours live.
//! #
//! # Conway's rule (M. Gardner, "The fantastic combinations of John Conway's new solitaire game `life`", Scientific American
//! # 223, October 1970) and every other that counts neighbours: bit n of `born` and of `survive` says whether a cell with n
//! # living neighbours comes alive or stays so. Life is B3/S23; HighLife, B36/S23, has `born` = 72.
//! [grid]
//! wrap = true
//! size = [256, 256]
//! [params]
//! born = { default = 8, range = [0, 511], help = "bit n: a dead cell with n living neighbours comes alive" }
//! survive = { default = 12, range = [0, 511], help = "bit n: a living cell with n living neighbours stays alive" }
//! density = { default = 0.5, type = "probability", help = "chance that a cell lives at first" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where nothing lives" }
//! alive = { bits = 1, from = "soup", help = "whether the cell lives" }
//! [step]
//! stages = ["live"]
//! [metrics]
//! population = { sum = "alive" }
//! density = { mean = "alive", over = "free" }
//! [picture]
//! alive = { colours = ["#1f2933"] }

fn soup(at: vec2<i32>) -> bool {
    return is_free(at) && random_chance(params.density);
}

fn live(at: vec2<i32>) {
    let rule = select(params.born, params.survive, alive(at));
    set_alive(is_free(at) && ((rule >> countOneBits(alive_around(at))) & 1) == 1);
}
