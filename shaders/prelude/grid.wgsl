// The grid: where an agent is, what lies around it. Row 0 is at the top; x grows to the right, y downward.
// Directions are numbered clockwise from the east: 0 E, 1 SE, 2 S, 3 SW, 4 W, 5 NW, 6 N, 7 NE.

// Who acts: the agent's number in its world, from 0 (in stages over cells and in a layer's first content: the cell's index).
fn agent_id() -> u32 { return throng_item; }

// The number of the step that is being taken, from 1; 0 while the world is being set up.
fn current_step() -> u32 { return throng_step; }

// Whether a place is on the grid; on a torus every place is.
fn inside(at: vec2<i32>) -> bool {
    return throng_wraps || (u32(at.x) < u32(grid_size.x) && u32(at.y) < u32(grid_size.y));
}

// The step towards direction k of eight, and k of four (0 E, 1 S, 2 W, 3 N); k counts on past the last.
// The steps along an axis stand in one word, as numbers of two bits with sign, that of direction 0 in the highest bits.
fn offset8(k: u32) -> vec2<i32> {
    let place = (k & 7u) * 2u;
    return vec2<i32>(i32(0x53f10000u << place) >> 30u, i32(0x153f0000u << place) >> 30u);
}
fn offset4(k: u32) -> vec2<i32> {
    let place = (k & 3u) * 2u;
    return vec2<i32>(i32(0x4c000000u << place) >> 30u, i32(0x13000000u << place) >> 30u);
}

// How far direction k of eight lies ahead of one who heads for `heading`: 4 straight on, 0 straight back.
// Digits of four bits, one for each direction, are turned by the heading: that is done once for all eight.
fn straightness(heading: u32, k: u32) -> i32 {
    let turn = (heading & 7u) * 4u;
    let digits = (0x32101234u << turn) | (0x32101234u >> (32u - turn));
    return i32((digits >> ((k & 7u) * 4u)) & 15u);
}

// The place in direction k; on a torus brought back onto the grid.
fn neighbour8(at: vec2<i32>, k: u32) -> vec2<i32> { return wrapped(at + offset8(k)); }
fn neighbour4(at: vec2<i32>, k: u32) -> vec2<i32> { return wrapped(at + offset4(k)); }

// The number of one of the set bits of a mask, drawn evenly; 32 when none is set. Takes one draw.
fn random_bit(mask: u32) -> u32 {
    var skip = random_below(countOneBits(mask));
    // Often there is one only, or two.
    if skip == 0u { return countTrailingZeros(mask); }
    // Halves that do not hold it are passed over without a branch: nothing would foretell it.
    var left = mask;
    var place = 0u;
    for (var step = 0u; step < 5u; step += 1u) {
        let half = 16u >> step;
        let below = countOneBits(left & ((1u << half) - 1u));
        let passes = skip >= below;
        skip -= select(0u, below, passes);
        left >>= select(0u, half, passes);
        place += select(0u, half, passes);
    }
    return place;
}

fn throng_wrap(coordinate: i32, size: i32) -> i32 {
    if u32(coordinate) < u32(size) { return coordinate; }
    let rest = coordinate % size;
    return select(rest, rest + size, rest < 0);
}

// Eight neighbours' bits in the order of the directions, from three rows of three bits, the lowest bit westmost.
fn throng_around(above: u32, here: u32, below: u32) -> u32 {
    // The row below runs against its bits: a table of the eight numbers of three bits, reversed.
    let reversed = (0xee9ca0u >> (3u * below)) & 7u;
    return (here >> 2u) | (reversed << 1u) | ((here & 1u) << 4u) | (above << 5u);
}
