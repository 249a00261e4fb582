//! The language construct by construct.

use crate::harness::{Program, Snippet, Tolerance, check};
use crate::inputs::{extremes, floats, fractions, integers, moderate};

/// An expression over `a`, `b`, `c`, `d` of one scalar type; the result is `result` of the same four.
fn expression(
    name: &str,
    ty: &str,
    wrapped: String,
    tolerance: Tolerance,
    input: fn(u32) -> [u32; 4],
) -> Snippet {
    let wgsl = format!(
        "fn rule$(wa: u32, wb: u32, wc: u32, wd: u32) -> vec4<u32> {{
            let a = bitcast<{ty}>(wa); let b = bitcast<{ty}>(wb);
            let c = bitcast<{ty}>(wc); let d = bitcast<{ty}>(wd);
            return {wrapped};
        }}"
    );
    Snippet { name: format!("{ty}: {name}"), wgsl, tolerance, input }
}

/// Expressions of the scalar type itself.
fn scalars(ty: &str, list: &[&str], tolerance: Tolerance, input: fn(u32) -> [u32; 4]) -> Vec<Snippet> {
    list.iter()
        .map(|text| {
            expression(text, ty, format!("vec4<u32>(bitcast<u32>({text}), 0u, 0u, 0u)"), tolerance, input)
        })
        .collect()
}

/// Expressions of type bool.
fn truths(ty: &str, list: &[&str], input: fn(u32) -> [u32; 4]) -> Vec<Snippet> {
    list.iter()
        .map(|text| {
            expression(
                text,
                ty,
                format!("vec4<u32>(select(0u, 1u, {text}), 0u, 0u, 0u)"),
                Tolerance::Exact,
                input,
            )
        })
        .collect()
}

/// Expressions of type vec4 of the scalar type.
fn vectors(ty: &str, list: &[&str], tolerance: Tolerance, input: fn(u32) -> [u32; 4]) -> Vec<Snippet> {
    list.iter()
        .map(|text| expression(text, ty, format!("bitcast<vec4<u32>>({text})"), tolerance, input))
        .collect()
}

/// Whole texts with a `rule$`.
fn rules(list: &[(&str, &str)]) -> Vec<Snippet> {
    list.iter()
        .map(|(name, wgsl)| Snippet {
            name: name.to_string(),
            wgsl: wgsl.to_string(),
            tolerance: Tolerance::Exact,
            input: integers,
        })
        .collect()
}

const BOTH_INTEGERS: &[&str] = &[
    "a + b",
    "a - b",
    "a * b",
    "a / b",
    "a % b",
    "a / 7",
    "a % 7",
    "a / 8",
    "a % 8",
    "a / 1",
    "a % 1",
    "a & b",
    "a | b",
    "a ^ b",
    "~a",
    "a << (wb & 31u)",
    "a >> (wb & 31u)",
    "a << 5u",
    "a >> 31u",
    "a * 0",
    "a ^ a",
    "(a + b) * (c - d) ^ (a & d)",
    "min(a, b)",
    "max(a, b)",
    "clamp(a, b, c)",
    "abs(a)",
    "countOneBits(a)",
    "countLeadingZeros(a)",
    "countTrailingZeros(a)",
    "firstLeadingBit(a)",
    "firstTrailingBit(a)",
    "reverseBits(a)",
    "extractBits(a, wb, wc)",
    "extractBits(a, wb % 33u, wc % 33u)",
    "extractBits(a, 3u, 7u)",
    "extractBits(a, 0u, 32u)",
    "insertBits(a, b, wc, wd)",
    "insertBits(a, b, wc % 33u, wd % 33u)",
    "insertBits(a, b, 4u, 8u)",
    "insertBits(a, b, 0u, 32u)",
    "select(a, b, c < d)",
    "dot(vec3(a, b, c), vec3(d, a, b))",
    "vec3(a, b, c)[wd % 3u]",
    "vec4(a, b, c, d)[wa % 4u]",
];

const COMPARISONS: &[&str] = &[
    "a == b",
    "a != b",
    "a < b",
    "a <= b",
    "a > b",
    "a >= b",
    "a < b && c < d",
    "a < b || c < d",
    "!(a < b)",
    "(a < b) == (c < d)",
    "(a < b) != (c < d)",
    "(a < b) & (c < d)",
    "(a < b) | (c < d)",
    "all(vec2(a, b) < vec2(c, d))",
    "any(vec3(a, b, c) == vec3(c, d, a))",
    "all(vec4(a, b, c, d) >= vec4(b, b, d, d))",
    "any(!(vec2(a, b) != vec2(c, d)))",
];

const VECTORS: &[&str] = &[
    "vec4(a, b, c, d) + vec4(d, c, b, a)",
    "vec4(a, b, c, d) - vec4(d, c, b, a)",
    "vec4(a, b, c, d) * vec4(d, c, b, a)",
    "vec4(a, b, c, d).wzyx",
    "vec4(vec2(a, b).yx, vec2(c, d).xx)",
    "vec4(vec3(a, b, c), d)",
    "vec4(d)",
    "a * vec4(a, b, c, d)",
    "vec4(a, b, c, d) * b",
    "vec4(a, b, c, d) + c",
    "min(vec4(a, b, c, d), vec4(d, a, b, c))",
    "select(vec4(a, b, c, d), vec4(d, c, b, a), vec4(a, b, c, d) < vec4(b, c, d, a))",
    "select(vec4(a, b, c, d), vec4(d, c, b, a), a < b)",
];

const INTEGER_VECTORS: &[&str] = &[
    "vec4(a, b, c, d) / vec4(d, c, b, a)",
    "vec4(a, b, c, d) % vec4(d, c, b, a)",
    "vec4(a, b, c, d) ^ vec4(d, c, b, a)",
    "vec4(a, b, c, d) << (vec4(wd, wc, wb, wa) & vec4(31u))",
    "countOneBits(vec4(a, b, c, d))",
    "clamp(vec4(a, b, c, d), vec4(b), vec4(c))",
];

const FLOAT_EXACT: &[&str] = &[
    "a + b",
    "a - b",
    "a * b",
    "-a",
    "abs(a)",
    "floor(a)",
    "ceil(a)",
    "trunc(a)",
    "round(a)",
    "min(a, b)",
    "max(a, b)",
    "clamp(a, -2.0, 2.0)",
    "saturate(a)",
    "sign(a)",
    "step(a, b)",
    "select(a, b, c < d)",
    "f32(wa)",
    "f32(bitcast<i32>(wa))",
    "f32(a < b)",
];

const FLOAT_CONTRACTED: &[&str] = &[
    "a / b",
    "a % b",
    "fract(a)",
    "sqrt(abs(a))",
    "inverseSqrt(abs(a))",
    "a * b + c",
    "mix(a, b, c)",
    "smoothstep(1.0, 4.0, a)",
    "fma(a, b, c)",
    "length(vec3(a, b, c))",
    "length(a)",
    "distance(vec2(a, b), vec2(c, d))",
    "dot(vec3(a, b, c), vec3(b, c, d))",
    "normalize(vec3(a, b, c)).y",
    "cross(vec3(a, b, c), vec3(b, c, d)).z",
    "reflect(vec2(a, b), vec2(0.6, 0.8)).x",
    "radians(a)",
    "degrees(a)",
];

const FLOAT_FUNCTIONS: &[&str] = &[
    "sin(a)",
    "cos(a)",
    "tan(clamp(a, -1.2, 1.2))",
    "atan(a)",
    "atan2(a, b)",
    "sinh(clamp(a, -2.0, 2.0))",
    "cosh(clamp(a, -2.0, 2.0))",
    "tanh(a)",
    "exp(clamp(a, -3.0, 3.0))",
    "exp2(clamp(a, -3.0, 3.0))",
    "log(abs(a))",
    "log2(abs(a))",
    "pow(abs(a), clamp(b, -2.0, 2.0))",
];

const FRACTION_FUNCTIONS: &[&str] = &["asin(a)", "acos(a)", "asinh(a)", "acosh(a + 1.0)", "atanh(a * 0.9)"];

fn all() -> Vec<Snippet> {
    let mut list = Vec::new();
    for ty in ["u32", "i32"] {
        list.extend(scalars(ty, BOTH_INTEGERS, Tolerance::Exact, integers));
        list.extend(truths(ty, COMPARISONS, integers));
        list.extend(vectors(ty, VECTORS, Tolerance::Exact, integers));
        list.extend(vectors(ty, INTEGER_VECTORS, Tolerance::Exact, integers));
    }
    list.extend(scalars(
        "i32",
        &[
            "-a",
            "sign(a)",
            "a / -1",
            "a % -1",
            "a / -7",
            "a % -8",
            "i32(wa)",
            "i32(a < b)",
            "bitcast<i32>(wb)",
        ],
        Tolerance::Exact,
        integers,
    ));
    list.extend(scalars(
        "u32",
        &["u32(bitcast<i32>(a))", "u32(a < b)", "u32(bool(a))"],
        Tolerance::Exact,
        integers,
    ));
    list.extend(scalars("f32", FLOAT_EXACT, Tolerance::Exact, floats));
    list.extend(scalars("f32", &["i32(a)", "u32(a)", "i32(-a)"], Tolerance::Exact, floats));
    list.extend(scalars("f32", &["i32(a)", "u32(a)"], Tolerance::Exact, extremes));
    list.extend(truths("f32", &["a == b", "a < b", "a <= b", "a > b", "a >= b", "bool(a)"], extremes));
    list.extend(truths("f32", COMPARISONS, floats));
    list.extend(vectors("f32", VECTORS, Tolerance::Exact, floats));
    list.extend(scalars("f32", FLOAT_CONTRACTED, Tolerance::Contracted, moderate));
    list.extend(scalars("f32", FLOAT_FUNCTIONS, Tolerance::Transcendental, moderate));
    list.extend(scalars("f32", FRACTION_FUNCTIONS, Tolerance::Transcendental, fractions));
    list.extend(rules(RULES));
    list
}

#[test]
fn every_construct_agrees_with_the_device() {
    let program = Program::new(all());
    assert!(program.snippets.len() > 100);
    check(&program);
}

#[test]
fn a_wrong_construct_is_found() {
    let right =
        Program::new(scalars("i32", &["a + b", "a / b", "a >> (wb & 31u)"], Tolerance::Exact, integers));
    let wrong = Program::new(scalars(
        "i32",
        &["a - b", "a / max(b, 1)", "a >> (wb & 15u)"],
        Tolerance::Exact,
        integers,
    ));
    let way = crate::harness::WAYS[0];
    let differences = right.differences(&right.compiled(way), &wrong.compiled(way), false);
    assert_eq!(differences.len(), 3, "{differences:#?}");
    if let Some(device) = crate::harness::device() {
        let differences = right.differences(&right.compiled(way), &wrong.on_device(device), false);
        assert_eq!(differences.len(), 3, "{differences:#?}");
    }
}

#[test]
fn a_wrong_float_is_found_beyond_the_tolerance() {
    let right = Program::new(scalars("f32", &["a / b", "sin(a)"], Tolerance::Transcendental, moderate));
    let wrong =
        Program::new(scalars("f32", &["a / b * 1.01", "cos(a)"], Tolerance::Transcendental, moderate));
    let way = crate::harness::WAYS[0];
    assert_eq!(right.differences(&right.compiled(way), &wrong.compiled(way), false).len(), 2);
}

/// Statements, memory, functions.
const RULES: &[(&str, &str)] = &[
    (
        "if, else if, else",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var r = 1u;
            if a < b { r = a; } else if c < d { r = b + c; } else { r = d; }
            if r > 10u { r -= 3u; }
            return vec4(r, 0u, 0u, 0u);
        }",
    ),
    (
        "a branch too large for a select",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var x = a; var y = b;
            if (a ^ b) > c {
                x = x * 3u + y; y = y / (d + 1u) + x; x = x % (c + 5u); y = y ^ (x << 3u); x += y / 7u;
                y = y * y + x * x; x = x ^ (y >> 5u); y = y / (x | 1u) + 1u; x = x + y % 11u;
            } else {
                y = x; x = d;
            }
            return vec4(x, y, 0u, 0u);
        }",
    ),
    (
        "nested branches with early returns",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            if a == b { return vec4(1u); }
            if a < b {
                if c < d { return vec4(2u, a, b, c); }
                if c == d { if a > 5u { return vec4(3u); } }
            } else if d > 100u { return vec4(4u, d, 0u, 0u); }
            return vec4(a, b, c, d);
        }",
    ),
    (
        "early returns in helpers",
        "fn inside$(x: i32, y: i32) -> bool {
            if x < 0 { return false; }
            if y < 0 { return false; }
            return x < 20 && y < 20;
        }
        fn score$(x: i32, y: i32) -> i32 {
            if !inside$(x, y) { return -1; }
            if x == y { return 7; }
            return x * y;
        }
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            return bitcast<vec4<u32>>(vec4(score$(i32(a), i32(b)), score$(i32(b), i32(c)), score$(i32(c), i32(c)), 0));
        }",
    ),
    (
        "conditions that a helper returns from several places",
        "struct Walk$ { at: u32, left: u32, seen: u32 }
        fn next$(walk: ptr<function, Walk$>, odd: u32) -> bool {
            loop {
                if (*walk).left == 0u { return false; }
                (*walk).left -= 1u;
                (*walk).at = (*walk).at * 5u + 3u;
                if (*walk).at % 7u == odd { (*walk).seen += 1u; return true; }
                if (*walk).at % 11u == 0u { return (*walk).at % 2u == 0u; }
            }
            return false;
        }
        fn early$(x: u32, y: u32) -> bool {
            if x > y { for (var i = 0u; i < 9u; i++) { if i * y == x { return true; } } return y < 3u; }
            return x == y;
        }
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var walk = Walk$(a, b % 40u, 0u);
            var sum = 0u;
            while next$(&walk, c % 3u) { sum = sum * 31u + walk.at; if sum % 13u == 4u { continue; } sum += walk.seen; }
            var other = Walk$(c, d % 30u, 1u);
            var turns = 0u;
            loop { if next$(&other, 2u) { turns += other.at & 7u; if turns > 40u { break; } } else { break; } }
            var r = 0u;
            if early$(a % 50u, b % 9u) { r = 5u; if early$(r, c % 6u) { r += 10u; } } else { r = a % 4u; }
            if early$(7u, 7u) { r += 100u; }
            let twice = early$(c % 40u, d % 8u);
            if twice { r += 1000u; }
            return vec4(sum, turns, r, select(walk.left, other.seen, twice));
        }",
    ),
    (
        "returns inside of loops of a helper",
        "fn find$(limit: u32, step: u32) -> u32 {
            var i = 0u;
            loop {
                if i > limit { return i; }
                for (var k = 0u; k < 5u; k++) {
                    i += step | 1u;
                    if i == 77u { return 1000u + k; }
                    if i > 500u { break; }
                }
                if i > 400u { break; }
            }
            return i + 1u;
        }
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            return vec4(find$(a % 300u, b % 50u), find$(c % 1000u, d % 9u), 0u, 0u);
        }",
    ),
    (
        "loops: continue, break, continuing, break if",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var sum = 0u; var i = 0u;
            loop {
                if i % 3u == b % 3u { continue; }
                if sum > c { break; }
                sum += i * a;
                continuing { i++; break if i >= (d % 40u); }
            }
            var n = a % 50u; var steps = 0u;
            while n > 1u { if (n & 1u) == 1u { n = n * 3u + 1u; } else { n /= 2u; } steps++; if steps > 200u { break; } }
            return vec4(sum, i, steps, n);
        }",
    ),
    (
        "for loops that are unrolled, with continue and break",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var sum = 0u; var last = 0u;
            for (var i = 0u; i < 8u; i++) {
                if ((a >> i) & 1u) == 0u { continue; }
                if i == (b & 7u) { break; }
                sum += i * c; last = i;
            }
            for (var i = 7i; i >= 0; i -= 2) { sum = sum * 3u + u32(i) + d; }
            for (var i = 0u; i < 32u; i += 5u) { if sum > d { sum -= i; } else { sum += i; } }
            return vec4(sum, last, 0u, 0u);
        }",
    ),
    (
        "trip counts at the border of unrolling",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var r = vec4(a, b, c, d);
            for (var i = 0u; i < 31u; i++) { r.x = r.x * 5u + i; }
            for (var i = 0u; i < 32u; i++) { r.y = r.y * 5u + i; }
            for (var i = 0u; i < 33u; i++) { r.z = r.z * 5u + i; }
            for (var i = 4294967290u; i > 10u; i++) { r.w = r.w * 5u + i; }
            for (var i = 5u; i < 5u; i++) { r.x = 0u; }
            for (var i = 0u; i <= 0u; i++) { r.y += 1u; }
            for (var i = 3u; i != 0u; i--) { r.z += i; }
            return r;
        }",
    ),
    (
        "a counter changed in the body is no counter",
        "fn bump$(p: ptr<function, u32>) { *p += 2u; }
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var sum = 0u;
            for (var i = 0u; i < 16u; i++) { if ((a >> i) & 1u) == 1u { i += 3u; } sum += i; }
            for (var i = 0u; i < 16u; i++) { if ((b >> i) & 1u) == 1u { bump$(&i); } sum = sum * 3u + i; }
            var n = 4u;
            for (var i = 0u; i < n; i++) { if c > d && n < 9u { n++; } sum ^= i; }
            return vec4(sum, n, 0u, 0u);
        }",
    ),
    (
        "nested loops",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var sum = 0u;
            for (var y = -1; y <= 1; y++) {
                for (var x = -1; x <= 1; x++) {
                    if x == 0 && y == 0 { continue; }
                    sum = sum * 31u + u32(x * 5 + y) * a;
                    if sum % 17u == b % 17u { break; }
                }
                for (var k = 0u; k < (c % 6u); k++) { for (var l = 0u; l < 3u; l++) { sum += k * l + d; } }
            }
            return vec4(sum, 0u, 0u, 0u);
        }",
    ),
    (
        "switch: values, several values, default in the middle, break",
        "fn pick$(x: u32) -> u32 {
            switch x % 9u {
                case 0u: { return 10u; }
                case 1u, 2u, 7u: { return 20u + x; }
                default: { return 99u; }
                case 3u: { if x > 30u { break; } return 30u; }
                case 8u { return x * x; }
            }
            return 55u;
        }
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var r = 0u; var q = 5i;
            switch i32(b) { case -1: { r = 1u; } case 2, default: { r = 2u; } case 3: { if c > d { break; } r = 3u; } }
            switch a & 7u { case 0u: { q = 3; } case 1u: { q = -3; } case 5u: { q += i32(d); } default: {} }
            return vec4(pick$(a), pick$(c), r, bitcast<u32>(q));
        }",
    ),
    (
        "switch in a loop: break leaves the switch, continue the trip",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var sum = 0u; var i = 0u;
            while i < 20u {
                i++;
                switch (a >> (i & 15u)) & 3u {
                    case 0u: { continue; }
                    case 1u: { sum += b; break; }
                    case 2u: { if sum > c { break; } sum += 3u; }
                    default: { sum ^= d; }
                }
                sum = sum * 3u + i;
            }
            for (var k = 0u; k < 6u; k++) { switch k { case 1u: { continue; } case 4u: { sum += a; } default: { sum ^= k; } } sum += 1u; }
            return vec4(sum, 0u, 0u, 0u);
        }",
    ),
    (
        "a switch on a constant",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var r = a;
            const k = 3u;
            switch k { case 1u: { r = 1u; } case 3u: { if b > c { break; } r += d; } default: { r = 0u; } }
            return vec4(r, 0u, 0u, 0u);
        }",
    ),
    (
        "local arrays with computed and constant indices",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var list = array<u32, 8>(1u, 2u, a, b, c, d, 7u, 8u);
            list[a % 8u] = 100u; list[3] += 5u;
            var grid: array<array<i32, 3>, 4>;
            grid[b % 4u][c % 3u] = -5; grid[1][2] = i32(d);
            var other = list; other[b % 8u] ^= a;
            var sum = 0u;
            for (var i = 0u; i < 8u; i++) { sum = sum * 7u + list[i] + other[7u - i]; }
            for (var i = 0u; i < 12u; i++) { sum = sum * 3u + u32(grid[i / 3u][i % 3u]); }
            return vec4(sum, list[d % 8u], other[c % 8u], u32(grid[a % 4u][1]));
        }",
    ),
    (
        "arrays with constant indices only",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var best = array<u32, 4>(a, b, c, d);
            for (var i = 0u; i < 4u; i++) {
                for (var k = 0u; k < 3u; k++) {
                    if best[k] > best[k + 1u] { let t = best[k]; best[k] = best[k + 1u]; best[k + 1u] = t; }
                }
            }
            return vec4(best[0], best[1], best[2], best[3]);
        }",
    ),
    (
        "indices out of range are clamped",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var list = array<u32, 5>(10u, 11u, 12u, 13u, 14u);
            list[a] = 99u;
            let i = bitcast<i32>(b);
            var v = vec3(1u, 2u, 3u);
            v[c] = 50u;
            return vec4(list[i], list[0] + list[4], v.x + v.y * 10u + v.z * 100u, v[d]);
        }",
    ),
    (
        "constant tables",
        "const DX$ = array<vec2<i32>, 8>(vec2(1, 0), vec2(1, 1), vec2(0, 1), vec2(-1, 1), vec2(-1, 0), vec2(-1, -1), vec2(0, -1), vec2(1, -1));
        const FLAGS$ = array<bool, 5>(true, false, true, true, false);
        const SMALL$ = array<u32, 3>(5u, 6u, 7u);
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var p = vec2(i32(c), i32(d)) + DX$[a % 8u];
            for (var k = 0u; k < 8u; k++) { p = p * 3 + DX$[k] * DX$[(k + b) % 8u].yx; }
            return vec4(bitcast<vec2<u32>>(p), select(0u, 1u, FLAGS$[b % 5u]), SMALL$[c % 3u]);
        }",
    ),
    (
        "array values indexed",
        "fn make$(a: u32, b: u32) -> array<u32, 6> { return array<u32, 6>(a, b, a + b, a ^ b, a * b, 9u); }
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            let list = make$(a, b);
            return vec4(list[c % 6u], list[2], make$(c, d)[a % 6u], array<u32, 3>(a, b, c)[d % 3u]);
        }",
    ),
    (
        "vectors: components stored, computed, swizzled",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var v = vec4(a, b, c, d);
            v.y = v.x + 1u; v[a & 3u] += 7u; v[2] = v.w;
            var w = v.zyx; w[b % 3u] = 5u; w.x ^= d;
            let m = max(w.xz, v.yw);
            return vec4(w, m.x) + vec4(v.xy, m);
        }",
    ),
    (
        "structs: fields, nested, in arrays, copied, passed and returned",
        "struct Inner$ { p: vec2<i32>, n: u32 }
        struct Outer$ { flag: bool, inner: Inner$, list: array<u32, 3> }
        fn step$(o: Outer$, by: i32) -> Outer$ {
            var r = o;
            r.inner.p += vec2(by, -by);
            if o.flag { r.inner.n = o.list[1] + 1u; r.flag = false; }
            r.list[2] = r.inner.n;
            return r;
        }
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var o = Outer$(a > b, Inner$(vec2(i32(a), i32(b)), c), array<u32, 3>(a, b, d));
            o = step$(o, 3);
            var many: array<Outer$, 3>;
            many[1] = o; many[c % 3u].inner.n += 5u; many[2].list[d % 3u] = a;
            let last = step$(many[b % 3u], -1);
            return vec4(u32(last.inner.p.x), u32(last.inner.p.y), last.inner.n + last.list[0], o.list[2] + select(0u, 1u, many[2].flag) + many[2].list[1]);
        }",
    ),
    (
        "pointers to locals, parts of arrays, private globals",
        "var<private> total$: u32 = 7u;
        var<private> table$: array<u32, 4>;
        fn add$(p: ptr<function, u32>, n: u32) -> u32 { let before = *p; *p = before + n; return before; }
        fn swap$(x: ptr<function, vec2<u32>>) { let t = (*x).x; (*x).x = (*x).y; (*x).y = t; }
        fn note$(p: ptr<private, u32>, n: u32) { *p = *p * 3u + n; }
        fn deep$(p: ptr<function, u32>) { _ = add$(p, 1u); _ = add$(p, 2u); }
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var x = a; var v = vec2(c, d);
            let old = add$(&x, b);
            swap$(&v); deep$(&x);
            note$(&total$, a); note$(&total$, b);
            table$[a % 4u] += 5u; table$[b % 4u] = c;
            let p = &v; (*p).x += 1u;
            return vec4(x, old, v.x * 3u + v.y, total$ + table$[d % 4u]);
        }",
    ),
    (
        "private globals start anew for each item",
        "struct State$ { n: u32, at: vec2<i32> }
        var<private> state$: State$;
        var<private> count$: i32 = -3;
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            if a > b { state$.n += a; count$ += 1; }
            state$.at.y -= 2;
            return vec4(state$.n, u32(state$.at.x), u32(state$.at.y), u32(count$));
        }",
    ),
    (
        "short circuits spare the right side",
        "var<private> calls$: u32;
        fn noted$(x: bool) -> bool { calls$ += 1u; return x; }
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            let p = a < b && noted$(c < d);
            let q = a < c || noted$(b < d) && noted$(a == d);
            return vec4(select(0u, 1u, p), select(0u, 1u, q), calls$, 0u);
        }",
    ),
    (
        "a load is made where it is written, not where it is used",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var x = a; let before = x; x = b;
            var list = array<u32, 4>(a, b, c, d); let i = a % 4u; let e = list[i]; list[i] = 0u;
            let cell = atomicLoad(&cells[here]); atomicStore(&cells[here], c);
            return vec4(before, e, cell, atomicLoad(&cells[here]) + list[i]);
        }",
    ),
    (
        "shadowed and reinitialised variables in loops",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var sum = 0u;
            for (var i = 0u; i < 4u; i++) { var t: u32; var list: array<u32, 3>; t += i; list[a % 3u] += t; sum += list[b % 3u] + t; { var sum = 5u; sum += c; } }
            for (var i = 0u; i < (d % 7u); i++) { var t = i; t += a; sum = sum * 3u + t; }
            return vec4(sum, 0u, 0u, 0u);
        }",
    ),
    (
        "atomics and their results",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            let p = &cells[here];
            atomicStore(p, a);
            var r = atomicAdd(p, b) * 3u;
            r ^= atomicSub(p, c) * 5u;
            r += atomicMax(p, d); r += atomicMin(p, a) * 7u;
            r ^= atomicAnd(p, b | 0xffu); r += atomicOr(p, 6u); r ^= atomicXor(p, c);
            r += atomicExchange(p, d);
            let won = atomicCompareExchangeWeak(&cells[here + 1u], 0u, a);
            let lost = atomicCompareExchangeWeak(&cells[here + 2u], b | 1u, a);
            return vec4(r, atomicLoad(p), won.old_value + atomicLoad(&cells[here + 1u]), select(0u, 1u, lost.exchanged) + lost.old_value);
        }",
    ),
    (
        "atomics without results",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            atomicOr(&cells[here], a); atomicOr(&cells[here], a); atomicAnd(&cells[here], b); atomicXor(&cells[here], c);
            atomicMax(&cells[here + 1u], a); atomicMin(&cells[here + 1u], b); atomicAdd(&cells[here + 1u], 1u);
            atomicAdd(&cells[here + 2u], d); atomicSub(&cells[here + 2u], c);
            if a > b { atomicMax(&cells[here + 3u], d); } else { atomicOr(&cells[here + 3u], 4u); }
            return vec4(atomicLoad(&cells[here]), atomicLoad(&cells[here + 1u]), atomicLoad(&cells[here + 2u]), atomicLoad(&cells[here + 3u]));
        }",
    ),
    (
        "array lengths",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            return vec4(arrayLength(&input), arrayLength(&output) - arrayLength(&cells), 0u, 0u);
        }",
    ),
    (
        "module constants and lets",
        "const K$: u32 = 3u * 7u; const V$ = vec2<i32>(i32(K$), -4); const S$ = vec3<u32>(2u);
        fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            let k = K$ + a; const local = K$ << 2u;
            return vec4(k, u32(V$.x + V$.y), S$.z * b, local);
        }",
    ),
    (
        "increments and compound assignment",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var x = i32(a); x++; x--; x += 3; x -= i32(b); x *= 5; x /= 3; x %= 1000; x &= 0xfff; x |= 16; x ^= i32(c);
            x <<= 3u; x >>= 2u;
            _ = x + 1;
            return vec4(u32(x), 0u, 0u, 0u);
        }",
    ),
    (
        "random bits by hashing, the usual long chain",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var s = vec4(a, b, c, d);
            for (var i = 0u; i < 10u; i++) {
                s = s * 1664525u + 1013904223u;
                s.x += s.y * s.w; s.y += s.z * s.x; s.z += s.x * s.y; s.w += s.y * s.z;
                s ^= s >> vec4(16u);
            }
            return s;
        }",
    ),
    (
        "selects among what branches set, some of it known",
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
            var x = 1u; var y = 2u; var z = 3u; var known = true;
            if a > b { x = 5u; y = a; } else { x = 5u; z = b; }
            if c > d { known = false; if x == 5u { y += 1u; } } 
            if known { z += x; } else { z -= y; }
            if x == 5u { x = z; } else { x = 0u; }
            return vec4(x, y, z, select(0u, 1u, known));
        }",
    ),
];
