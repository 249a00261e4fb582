// Places in continuous space, in Q16.16 fixed point, and who is near whom.

// The cell that a place in continuous space lies in, and the middle of a cell.
fn cell_of(at: vec2<i32>) -> vec2<i32> { return at >> vec2<u32>(16u); }
fn middle_of(cell: vec2<i32>) -> vec2<i32> { return (cell << vec2<u32>(16u)) + 0x8000; }

// A place in continuous space brought back onto the torus; unchanged where the grid has walls.
fn wrapped_space(at: vec2<i32>) -> vec2<i32> {
    if !throng_wraps { return at; }
    // Larger grids have no continuous space; their sides in its units would not fit in a word.
    let size = min(grid_size, vec2<i32>(16384));
    return vec2<i32>(throng_wrap(at.x, size.x << 16u), throng_wrap(at.y, size.y << 16u));
}

// Whether a place in continuous space lies on the grid; on a torus every place does.
fn inside_space(at: vec2<i32>) -> bool { return inside(cell_of(at)); }

// A place that counts in units of which the grid has `size`: brought onto the torus, or to the nearest one inside the walls.
fn throng_within_space(at: vec2<i32>, size: vec2<u32>) -> vec2<u32> {
    let last = vec2<i32>(size) - 1;
    if throng_wraps { return vec2<u32>(vec2<i32>(throng_wrap(at.x, last.x + 1), throng_wrap(at.y, last.y + 1))); }
    return vec2<u32>(clamp(at, vec2<i32>(0), last));
}

// The squares of one axis that hold all places within `reach` of `at`: from x to y, and from z to w where z <= w.
fn throng_window(at: u32, reach: u32, size: u32, side: u32, count: u32) -> vec4<u32> {
    if !throng_wraps {
        return vec4<u32>((at - min(at, reach)) / side, min(at + reach, size - 1u) / side, 1u, 0u);
    }
    if reach >= size / 2u { return vec4<u32>(0u, count - 1u, 1u, 0u); }
    let low = select(at - reach, at + (size - reach), at < reach);
    let high = select(at + reach, at + reach - size, at + reach >= size);
    if low <= high { return vec4<u32>(low / side, high / side, 1u, 0u); }
    // Both ends in one square, the window going around: every square once.
    if high / side >= low / side { return vec4<u32>(0u, count - 1u, 1u, 0u); }
    return vec4<u32>(low / side, count - 1u, 0u, high / side);
}

// The shortest of the ways that lead to the same place: on a torus, around it or not.
fn throng_nearest(way: vec2<i32>, size: vec2<i32>) -> vec2<i32> {
    if !throng_wraps { return way; }
    let half = size / 2;
    let up = way + select(vec2<i32>(0), size, way < -half);
    return up - select(vec2<i32>(0), size, up > half);
}

// How far the squares of a window's first part, or its second, lie from where they seem to be: on a torus a window that goes
// around an edge has one part on each side.
fn throng_around_edge(at: u32, reach: u32, size: u32, second: bool) -> i32 {
    if at < reach { return select(-i32(size), 0, second); }
    return select(0, i32(size), second);
}
