// Totals of a metric's values, exact for integers: what the kernels that measure reduce to, and combine.wgsl adds up.
// Native twin: src/gpu/totals.rs, which reads what throng_write_totals wrote.
//
// Extremes are held as keys whose order as unsigned integers is that of the values, so that one comparison serves u32,
// i32 and f32. Among equal values the lowest item wins, whatever the order in which parts are merged.
//
// Needs throng_multiply_wide and `var<storage, read_write> throng_values: array<u32>`.

struct ThrongTotals {
    count: u32,
    nonzero: u32,
    // 64 bits in two's complement; of f32 values the bits of their sum and of what rounding left out of it.
    sum_0: u32, sum_1: u32,
    // 96 bits; of f32 values as the sum.
    squares_0: u32, squares_1: u32, squares_2: u32,
    least: u32, least_item: u32,
    greatest: u32, greatest_item: u32,
}

fn throng_write_totals(at: u32, totals: ThrongTotals) {
    throng_values[at] = totals.count;
    throng_values[at + 1u] = totals.nonzero;
    throng_values[at + 2u] = totals.sum_0;
    throng_values[at + 3u] = totals.sum_1;
    throng_values[at + 4u] = totals.squares_0;
    throng_values[at + 5u] = totals.squares_1;
    throng_values[at + 6u] = totals.squares_2;
    throng_values[at + 7u] = totals.least;
    throng_values[at + 8u] = totals.least_item;
    throng_values[at + 9u] = totals.greatest;
    throng_values[at + 10u] = totals.greatest_item;
}

fn throng_totals_u32(value: u32, item: u32) -> ThrongTotals {
    let square = throng_multiply_wide(value, value);
    return ThrongTotals(1u, select(0u, 1u, value != 0u), value, 0u, square.x, square.y, 0u, value, item, value, item);
}

fn throng_totals_i32(bits: u32, item: u32) -> ThrongTotals {
    let negative = bits >= 0x80000000u;
    let magnitude = select(bits, 0u - bits, negative);
    let square = throng_multiply_wide(magnitude, magnitude);
    let key = bits ^ 0x80000000u;
    let high = select(0u, 0xffffffffu, negative);
    return ThrongTotals(1u, select(0u, 1u, bits != 0u), bits, high, square.x, square.y, 0u, key, item, key, item);
}

fn throng_totals_f32(bits: u32, item: u32) -> ThrongTotals {
    let value = bitcast<f32>(bits);
    // Minus zero is zero: both have one key.
    let plain = select(bits, 0u, bits == 0x80000000u);
    let key = select(plain | 0x80000000u, ~plain, plain >= 0x80000000u);
    let square = throng_square(value);
    return ThrongTotals(
        1u, select(0u, 1u, plain != 0u), bits, 0u, bitcast<u32>(square.x), bitcast<u32>(square.y), 0u, key, item, key, item,
    );
}

// A word of a one-bit layer, of which `ones` of `cells` bits are set; it has no item that could be named.
fn throng_totals_bits(ones: u32, cells: u32) -> ThrongTotals {
    return ThrongTotals(cells, ones, ones, 0u, ones, 0u, 0u, 0u, 0u, 0u, 0u);
}

fn throng_merge(a: ThrongTotals, b: ThrongTotals) -> ThrongTotals {
    var all = throng_merge_extremes(a, b);
    all.sum_0 = a.sum_0 + b.sum_0;
    all.sum_1 = a.sum_1 + b.sum_1 + select(0u, 1u, all.sum_0 < a.sum_0);
    all.squares_0 = a.squares_0 + b.squares_0;
    let carry = select(0u, 1u, all.squares_0 < a.squares_0);
    let middle = a.squares_1 + b.squares_1;
    all.squares_1 = middle + carry;
    all.squares_2 = a.squares_2 + b.squares_2 + select(0u, 1u, middle < a.squares_1 || all.squares_1 < middle);
    return all;
}

fn throng_merge_floats(a: ThrongTotals, b: ThrongTotals) -> ThrongTotals {
    var all = throng_merge_extremes(a, b);
    let sum = throng_add_pairs(throng_pair(a.sum_0, a.sum_1), throng_pair(b.sum_0, b.sum_1));
    let squares = throng_add_pairs(throng_pair(a.squares_0, a.squares_1), throng_pair(b.squares_0, b.squares_1));
    all.sum_0 = bitcast<u32>(sum.x);
    all.sum_1 = bitcast<u32>(sum.y);
    all.squares_0 = bitcast<u32>(squares.x);
    all.squares_1 = bitcast<u32>(squares.y);
    return all;
}

fn throng_merge_extremes(a: ThrongTotals, b: ThrongTotals) -> ThrongTotals {
    var all = a;
    all.count = a.count + b.count;
    all.nonzero = a.nonzero + b.nonzero;
    let any = b.count != 0u;
    let first = a.count == 0u;
    if any && (first || b.least < a.least || (b.least == a.least && b.least_item < a.least_item)) {
        all.least = b.least;
        all.least_item = b.least_item;
    }
    if any && (first || b.greatest > a.greatest || (b.greatest == a.greatest && b.greatest_item < a.greatest_item)) {
        all.greatest = b.greatest;
        all.greatest_item = b.greatest_item;
    }
    return all;
}

fn throng_pair(high: u32, low: u32) -> vec2<f32> {
    return vec2<f32>(bitcast<f32>(high), bitcast<f32>(low));
}

// The sum of two numbers, each the sum of two floats, as such a pair: Knuth's exact sum of the high halves (The Art of
// Computer Programming, volume 2, section 4.2.2, theorem B), then the low ones.
fn throng_add_pairs(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let sum = a.x + b.x;
    if (bitcast<u32>(sum) & 0x7f800000u) == 0x7f800000u {
        return vec2<f32>(sum, 0.0);
    }
    let part = sum - a.x;
    let low = (a.x - (sum - part)) + (b.x - part) + (a.y + b.y);
    let high = sum + low;
    return vec2<f32>(high, low - (high - sum));
}

// The square of a float as a pair: its halves of 12 bits have products that floats hold exactly.
fn throng_square(value: f32) -> vec2<f32> {
    let high = bitcast<f32>(bitcast<u32>(value) & 0xfffff000u);
    let low = value - high;
    return throng_add_pairs(vec2<f32>(high * high, 0.0), vec2<f32>(2.0 * high * low, low * low));
}

// The place of a value among the bins of low..high: 0 below, 1 to bins inside, bins + 1 above.
fn throng_bin_u32(value: u32, bins: u32, low: i32, high: i32) -> u32 {
    if low > 0 && value < u32(low) { return 0u; }
    if high <= 0 || value >= u32(high) { return bins + 1u; }
    return 1u + throng_bin_of_distance(value - u32(low), bins, u32(high) - u32(low));
}

fn throng_bin_i32(bits: u32, bins: u32, low: i32, high: i32) -> u32 {
    let value = bitcast<i32>(bits);
    if value < low { return 0u; }
    if value >= high { return bins + 1u; }
    return 1u + throng_bin_of_distance(bits - u32(low), bins, u32(high) - u32(low));
}

fn throng_bin_f32(bits: u32, bins: u32, low: i32, high: i32) -> u32 {
    let value = bitcast<f32>(bits);
    if value < f32(low) { return 0u; }
    if !(value < f32(high)) { return bins + 1u; }
    return 1u + min(u32((value - f32(low)) / (f32(high) - f32(low)) * f32(bins)), bins - 1u);
}

// distance * bins / range, rounded down, for distance < range and bins up to 1024: bit by bit, since the product has
// more than 32 bits.
fn throng_bin_of_distance(distance: u32, bins: u32, range: u32) -> u32 {
    let product = throng_multiply_wide(distance, bins);
    var quotient = 0u;
    for (var k = 0u; k < 10u; k += 1u) {
        let larger = quotient | (512u >> k);
        let reached = throng_multiply_wide(larger, range);
        if reached.y < product.y || (reached.y == product.y && reached.x <= product.x) {
            quotient = larger;
        }
    }
    return quotient;
}
