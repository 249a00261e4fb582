//! # A forest fire spreads from tree to tree, and where it stops is percolation.
//! #
//! # Trees stand at random; those at the left edge burn; fire goes to the four neighbours, and a tree burns for one step.
//! # Below a density of .592746 a fire dies out in a large forest, above it crosses (site percolation; D. Stauffer and
//! # A. Aharony, "Introduction to Percolation Theory", 1994; M. Newman and R. Ziff, Physical Review Letters 85, 2000).
//! # Defined as model 7 of the benchmarks.
//! [grid]
//! neighbours = 4
//! size = [256, 256]
//! [params]
//! density = { default = 0.62, type = "probability", help = "chance that a tree stands in a cell" }
//! [layers]
//! wall = { bits = 1, from = "map", help = "where no tree stands" }
//! forest = { bits = 8, from = "plant", help = "0 bare, 1 a green tree, 2 a burnt one, 3 a burning one" }
//! [step]
//! stages = ["burn"]
//! [metrics]
//! green = { sum = "is_green" }
//! burning = { sum = "is_burning" }
//! burnt = { mean = "has_burnt" }
//! crossed = { max = "has_crossed" }
//! [picture]
//! forest = { values = ["bare", "green", "burnt", "burning"], colours = ["#ffffff", "#4e9a51", "#4a4440", "#e8590c"] }

const BARE = 0u;
const GREEN = 1u;
const BURNT = 2u;
const BURNING = 3u;

fn plant(at: vec2<i32>) -> u32 {
    let tree = is_free(at) && random_chance(params.density);
    return select(BARE, select(GREEN, BURNING, at.x == 0), tree);
}

fn burn(at: vec2<i32>) {
    if is_burning(at) {
        set_forest(BURNT);
    } else if is_green(at) {
        var near = false;
        for (var k = 0u; k < 4u; k += 1u) {
            near |= is_burning(at + offset4(k));
        }
        if near {
            set_forest(BURNING);
        }
    }
}

fn is_green(at: vec2<i32>) -> bool { return forest(at) == GREEN; }
fn is_burning(at: vec2<i32>) -> bool { return forest(at) == BURNING; }
fn has_burnt(at: vec2<i32>) -> bool { return forest(at) >= BURNT; }
fn has_crossed(at: vec2<i32>) -> bool { return at.x == grid_size.x - 1 && has_burnt(at); }
