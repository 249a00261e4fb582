// Fixed-point numbers, exact on every device: an i32 that counts 65536ths (Q16.16), from -32768 to just below 32768.
// "Unit" below means one 65536th. Angles are radians. A result that does not fit saturates: it is the largest or
// smallest number there is, never one that wrapped around. Needs throng_multiply_wide.

const FIXED_ONE: i32 = 65536;
const FIXED_PI: i32 = 205887;
const FIXED_MAX: i32 = 2147483647;
const FIXED_MIN: i32 = -2147483647 - 1;

// The whole number n as a fixed-point number, saturating. Exact.
fn fixed(n: i32) -> i32 {
    if n > 32767 { return FIXED_MAX; }
    return max(n, -32768) * FIXED_ONE;
}

// The largest whole number that is not above a. Exact.
fn fixed_floor(a: i32) -> i32 {
    return a >> 16u;
}

// The nearest whole number, halves upwards. Exact.
fn fixed_round(a: i32) -> i32 {
    return (a >> 16u) + ((a >> 15u) & 1);
}

// a * b, rounded to nearest, halves away from zero, saturating. Error at most 1/2 unit.
fn fixed_multiply(a: i32, b: i32) -> i32 {
    let product = throng_multiply_wide(throng_magnitude(a), throng_magnitude(b));
    let low = product.x + 0x8000u;
    let high = product.y + select(0u, 1u, low < 0x8000u);
    let magnitude = select((high << 16u) | (low >> 16u), 0xffffffffu, high > 0xffffu);
    return throng_with_sign(magnitude, (a ^ b) < 0);
}

// a / b, rounded to nearest, halves away from zero, saturating. Error at most 1/2 unit.
// Division by zero gives the largest number of a's sign; 0 / 0 is 0.
fn fixed_divide(a: i32, b: i32) -> i32 {
    if b == 0 { return select(select(FIXED_MAX, FIXED_MIN, a < 0), 0, a == 0); }
    let above = throng_magnitude(a);
    let below = throng_magnitude(b);
    let whole = above / below;
    let part = throng_fraction(above % below, below);
    let rounded = (part >> 16u) + ((part >> 15u) & 1u);
    let magnitude = select((whole << 16u) + rounded, 0xffffffffu, whole > 0x7fffu);
    return throng_with_sign(magnitude, (a ^ b) < 0);
}

// The square root, rounded down: exactly the largest number whose square is not above a. 0 for negative a.
fn fixed_sqrt(a: i32) -> i32 {
    if a <= 0 { return 0; }
    return i32(throng_root(vec2<u32>(u32(a) << 16u, u32(a) >> 16u)));
}

// Sine of a. Error at most 0.55 units for |a| up to 1000 turns, at most 0.75 units for any a.
fn fixed_sin(a: i32) -> i32 {
    let sine = throng_sine(throng_phase(a));
    return select(sine, -sine, a < 0);
}

// Cosine of a. Error at most 0.55 units for |a| up to 1000 turns, at most 0.75 units for any a.
fn fixed_cos(a: i32) -> i32 {
    return throng_sine(throng_phase(a) + 0x40000000u);
}

// The angle of the point (x, y), from -pi to pi. Error at most 0.52 units. The angle of (0, 0) is 0.
fn fixed_atan2(y: i32, x: i32) -> i32 {
    let up = throng_magnitude(y);
    let along = throng_magnitude(x);
    if (up | along) == 0u { return 0; }
    // Angles below are in units of 2^-30.
    var angle = 843314857u;
    if up != along {
        angle = throng_arctangent(throng_fraction(min(up, along), max(up, along)));
    }
    if up > along { angle = 1686629713u - angle; }
    if x < 0 { angle = 3373259426u - angle; }
    let rounded = i32((angle + 0x2000u) >> 14u);
    return select(rounded, -rounded, y < 0);
}

// The length of v, rounded down, saturating. Error below 1 unit.
fn fixed_length(v: vec2<i32>) -> i32 {
    return i32(min(throng_hypotenuse(throng_magnitude(v.x), throng_magnitude(v.y)), 0x7fffffffu));
}

// Whether v is shorter than `length`: exactly fixed_length(v) < length, without a root.
fn fixed_is_shorter(v: vec2<i32>, length: i32) -> bool {
    let square = throng_multiply_wide(throng_magnitude(length), throng_magnitude(length));
    let below = vec2<u32>(square.x - 1u, square.y - u32(square.x == 0u));
    return length > 0 && throng_within_wide(v, below);
}

// v made one long, whatever its length; zero stays zero. Error at most 0.501 units in each component.
fn fixed_normalise(v: vec2<i32>) -> vec2<i32> {
    let x = throng_magnitude(v.x);
    let y = throng_magnitude(v.y);
    if (x | y) == 0u { return vec2<i32>(0, 0); }
    // The longer side is brought to 31 bits, so that short vectors are as precise as long ones.
    let scale = countLeadingZeros(max(x, y));
    let x_scaled = (x << scale) >> 1u;
    let y_scaled = (y << scale) >> 1u;
    let long = throng_hypotenuse(x_scaled, y_scaled);
    return vec2<i32>(
        throng_with_sign(throng_ratio(x_scaled, long), v.x < 0),
        throng_with_sign(throng_ratio(y_scaled, long), v.y < 0),
    );
}

// e to the power a, saturating from ln 32768 on. Error at most 1 unit plus 2^-26 of the result.
fn fixed_exp(a: i32) -> i32 {
    if a > 681391 { return FIXED_MAX; }
    // The exponent of 2, a / ln 2, as a whole number and a fraction in units of 2^-32.
    let product = throng_multiply_wide(throng_magnitude(a), 3098164009u);
    var whole = i32(product.y >> 15u);
    var part = (product.y << 17u) | (product.x >> 15u);
    if a < 0 {
        whole = -whole - select(0, 1, part != 0u);
        part = 0u - part;
    }
    let drop = u32(14 - whole);
    if drop > 31u { return 0; }
    return i32((throng_power_of_two(part) + ((1u << drop) >> 1u)) >> drop);
}

// The natural logarithm of a. Error at most 0.51 units. The smallest number there is when a is not positive.
fn fixed_log(a: i32) -> i32 {
    if a <= 0 { return FIXED_MIN; }
    // a = 2^power m with m between the square roots of 1/2 and of 2; ln m = 2 artanh((m - 1) / (m + 1)).
    let zeros = countLeadingZeros(u32(a));
    let m = (u32(a) << zeros) >> 1u;
    if m <= 1518500250u {
        let part = throng_artanh(throng_fraction(m - 0x40000000u, m + 0x40000000u));
        return throng_natural(15 - i32(zeros), i32(part));
    }
    let part = throng_artanh(throng_fraction(0x80000000u - m, 0x80000000u + m));
    return throng_natural(16 - i32(zeros), -i32(part));
}

// ---- How it is done ----
// The polynomials below are minimax fits (Remez), with coefficients in units of 2^-31 unless said otherwise, in
// arguments in units of 2^-32. Their own errors are below 1/50 unit.

// |a| as a word; exact for the smallest number too.
fn throng_magnitude(a: i32) -> u32 {
    return select(u32(a), 0u - u32(a), a < 0);
}

// The number with this magnitude and sign, saturating.
fn throng_with_sign(magnitude: u32, negative: bool) -> i32 {
    return i32(select(min(magnitude, 0x7fffffffu), 0u - min(magnitude, 0x80000000u), negative));
}

// The high word of a * b.
fn throng_multiply_high(a: u32, b: u32) -> u32 {
    return throng_multiply_wide(a, b).y;
}

// a / b in units of 2^-32, rounded down, for a < b: two digits of 16 bits by long division (Knuth, "The art of
// computer programming", volume 2, algorithm D).
fn throng_fraction(a: u32, b: u32) -> u32 {
    let scale = countLeadingZeros(b);
    let divisor = b << scale;
    let dividend = a << scale;
    let high = throng_digit(dividend, divisor);
    let low = throng_digit((dividend << 16u) - high * divisor, divisor);
    return (high << 16u) | low;
}

// 2^16 a / b, rounded down, for a < b and b at least 2^31: a guess from the upper half of b, at most 2 too large.
fn throng_digit(a: u32, b: u32) -> u32 {
    let upper = b >> 16u;
    let lower = b & 0xffffu;
    var digit = a / upper;
    var rest = a - digit * upper;
    for (var correction = 0u; correction < 2u; correction++) {
        if rest <= 0xffffu && (digit > 0xffffu || digit * lower > (rest << 16u)) {
            digit -= 1u;
            rest += upper;
        }
    }
    return digit;
}

// a / b in units of 2^-16, rounded to nearest, for a <= b.
fn throng_ratio(a: u32, b: u32) -> u32 {
    if a >= b { return 0x10000u; }
    let part = throng_fraction(a, b);
    return (part >> 16u) + ((part >> 15u) & 1u);
}

// The square root of the 64-bit number n (low word, high word), rounded down: the upper half digit by digit, the
// lower half by one division (Zimmermann, "Karatsuba square root", 1999).
fn throng_root(n: vec2<u32>) -> u32 {
    if (n.x | n.y) == 0u { return 0u; }
    let small = n.y == 0u;
    let top = select(n.y, n.x, small);
    let below = select(n.x, 0u, small);
    // An even shift that leaves at most one leading zero; undone at the end.
    let scale = countLeadingZeros(top) & 30u;
    var digits = (top << scale) | ((below >> 1u) >> (31u - scale));
    let low = below << scale;
    var root = 0u;
    var rest = 0u;
    for (var bit = 0u; bit < 16u; bit++) {
        rest = (rest << 2u) | (digits >> 30u);
        digits <<= 2u;
        root <<= 1u;
        if rest > 2u * root {
            rest -= 2u * root + 1u;
            root += 1u;
        }
    }
    let dividend = (rest << 15u) + (low >> 17u);
    let digit = dividend / root;
    let left = ((dividend - digit * root) << 1u) + ((low >> 16u) & 1u);
    let over = left <= 0xffffu && (digit > 0xffffu || ((left << 16u) | (low & 0xffffu)) < digit * digit);
    let found = (root << 16u) + digit - select(0u, 1u, over);
    return found >> ((scale + select(0u, 32u, small)) >> 1u);
}

// The square root of x x + y y, rounded down, for x and y up to 2^31.
fn throng_hypotenuse(x: u32, y: u32) -> u32 {
    let across = throng_multiply_wide(x, x);
    let up = throng_multiply_wide(y, y);
    let low = across.x + up.x;
    return throng_root(vec2<u32>(low, across.y + up.y + select(0u, 1u, low < up.x)));
}

// |a| in units of 2^-32 turns, whole turns dropped: |a| times 2^16 / (2 pi), which is 2734261102 in units of 2^-18.
fn throng_phase(a: i32) -> u32 {
    let product = throng_multiply_wide(throng_magnitude(a), 2734261102u);
    return (product.y << 14u) | (product.x >> 18u);
}

// The sine of a phase, as a fixed-point number.
fn throng_sine(phase: u32) -> i32 {
    // The place within the quarter, mirrored in every second one.
    let quarter = phase & 0x3fffffffu;
    let t = min(select(quarter, 0x40000000u - quarter, (phase & 0x40000000u) != 0u), 0x3fffffffu) << 2u;
    let square = throng_multiply_high(t, t);
    var sum = 10033533u - throng_multiply_high(323885u, square);
    sum = 171129709u - throng_multiply_high(sum, square);
    sum = 1387195753u - throng_multiply_high(sum, square);
    sum = 3373259347u - throng_multiply_high(sum, square);
    let sine = i32((throng_multiply_high(sum, t) + 0x4000u) >> 15u);
    return select(sine, -sine, phase >= 0x80000000u);
}

// The angle whose tangent is t, in units of 2^-30.
fn throng_arctangent(t: u32) -> u32 {
    let square = throng_multiply_high(t, t);
    var sum = 72164505u - throng_multiply_high(14628212u, square);
    sum = 170990522u - throng_multiply_high(sum, square);
    sum = 284183850u - throng_multiply_high(sum, square);
    sum = 425369598u - throng_multiply_high(sum, square);
    sum = 715485031u - throng_multiply_high(sum, square);
    sum = 2147475298u - throng_multiply_high(sum, square);
    return throng_multiply_high(sum, t) >> 1u;
}

// 2 to the power t, in units of 2^-30; so are the coefficients.
fn throng_power_of_two(t: u32) -> u32 {
    var sum = 1335702u + throng_multiply_high(233026u, t);
    sum = 10392602u + throng_multiply_high(sum, t);
    sum = 59574785u + throng_multiply_high(sum, t);
    sum = 257944823u + throng_multiply_high(sum, t);
    sum = 744260907u + throng_multiply_high(sum, t);
    return 1073741826u + throng_multiply_high(sum, t);
}

// The number whose hyperbolic tangent is t, for t up to 0.172, in units of 2^-31: t + t^3/3 + t^5/5 + t^7/7.
fn throng_artanh(t: u32) -> u32 {
    let square = throng_multiply_high(t, t);
    var sum = 429496730u + throng_multiply_high(306783378u, square);
    sum = 715827883u + throng_multiply_high(sum, square);
    sum = 2147483648u + throng_multiply_high(sum, square);
    return throng_multiply_high(sum, t);
}

// power ln 2 + 2 part, rounded to a fixed-point number, for part in units of 2^-31. ln 2 is in units of 2^-26.
fn throng_natural(power: i32, part: i32) -> i32 {
    return (power * 46516320 + (part >> 4u) + 512) >> 10u;
}
