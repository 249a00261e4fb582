//! The prelude's fixed-point arithmetic against 128-bit integers and f64: every result within the stated bound.

mod device;

use device::{Buffer, Device, Words, device, kernel};

const FIXED: &str = include_str!("../shaders/prelude/fixed_point.wgsl");
const PORTABLE: &str = include_str!("../shaders/prelude/wide_portable.wgsl");
const INT64: &str = include_str!("../shaders/prelude/wide_int64.wgsl");

/// 2 pi 1000 as a fixed-point number.
const THOUSAND_TURNS: i32 = 411_774_980;

/// Numbers at which fixed-point code goes wrong first.
fn edges() -> Vec<i32> {
    let mut edges =
        vec![0, i32::MAX, i32::MIN, i32::MIN + 1, i32::MAX - 1, 681_391, 681_392, 205_887, 102_944, 51_472];
    for bit in 0..31 {
        for near in -2..=2 {
            edges.push((1i32 << bit).wrapping_add(near));
            edges.push((-1i32 << bit).wrapping_add(near));
        }
    }
    edges
}

/// Every pair of edges, pairs of random words, and pairs of random words of random lengths.
fn pairs() -> Vec<[i32; 2]> {
    let edges = edges();
    let mut pairs: Vec<[i32; 2]> = edges.iter().flat_map(|&a| edges.iter().map(move |&b| [a, b])).collect();
    let mut words = Words(1);
    let mut word = move || words.next().unwrap();
    for _ in 0..50_000 {
        pairs.push([word() as i32, word() as i32]);
        let shifts = word();
        pairs.push([word() as i32 >> (shifts & 31), word() as i32 >> (shifts >> 5 & 31)]);
    }
    pairs
}

/// `expression` of WGSL, of type i32, at every pair (as the words a and b).
fn compute(device: &Device, prelude: &str, expression: &str, pairs: &[[i32; 2]]) -> Vec<i32> {
    let text = format!("{prelude}\n{}", kernel(&format!("bitcast<u32>({expression})")));
    let input: &[u32] = bytemuck::cast_slice(pairs);
    let output = vec![0; pairs.len()];
    let buffers = [Buffer::Read(input), Buffer::Write(&output)];
    let groups = (pairs.len() as u32).div_ceil(256);
    let words = device.run(wgpu::ShaderSource::Wgsl(text.into()), &buffers, [groups, 1]);
    bytemuck::cast_slice(&words).to_vec()
}

/// The largest difference, in units, of `expression` from the true value in units, saturated, and where it is.
fn worst(
    device: &Device,
    prelude: &str,
    expression: &str,
    pairs: &[[i32; 2]],
    truth: impl Fn(f64, f64) -> f64,
) -> (f64, [i32; 2]) {
    let found = compute(device, prelude, expression, pairs);
    let mut worst = (0.0, [0, 0]);
    for (&[a, b], &found) in pairs.iter().zip(&found) {
        let exact = truth(a as f64 / 65536.0, b as f64 / 65536.0) * 65536.0;
        let error = (found as f64 - exact.clamp(i32::MIN as f64, i32::MAX as f64)).abs();
        if error > worst.0 {
            worst = (error, [a, b]);
        }
    }
    worst
}

fn preludes() -> Vec<(&'static str, String)> {
    let mut preludes = vec![("portable", format!("{PORTABLE}{FIXED}"))];
    match device() {
        Some(device) if device.int64 => preludes.push(("64-bit", format!("{INT64}{FIXED}"))),
        _ => println!("skipped: the device has no 64-bit integers, so that wide_int64.wgsl did not run"),
    }
    preludes
}

/// `prelude` with one piece of text exchanged, to show that a test sees the difference.
fn wrong(prelude: &str, piece: &str, other: &str) -> String {
    assert!(
        prelude.contains(piece),
        "the prelude no longer contains {piece:?}: choose another wrong variant"
    );
    prelude.replace(piece, other)
}

/// A quotient or product rounded to nearest, halves away from zero, saturated.
fn rounded(numerator: i128, denominator: i128) -> i32 {
    let negative = (numerator < 0) != (denominator < 0);
    let (above, below) = (numerator.abs(), denominator.abs());
    let magnitude = (2 * above + below) / (2 * below);
    (if negative { -magnitude } else { magnitude }).clamp(i32::MIN as i128, i32::MAX as i128) as i32
}

fn root(square: u128) -> u128 {
    let mut root = (square as f64).sqrt() as u128;
    while root * root > square {
        root -= 1;
    }
    while (root + 1) * (root + 1) <= square {
        root += 1;
    }
    root
}

/// How many pairs differ from the oracle.
fn differences(found: &[i32], pairs: &[[i32; 2]], oracle: impl Fn(i32, i32) -> i32) -> usize {
    let differ = |(found, pair): &(&i32, &[i32; 2])| **found != oracle(pair[0], pair[1]);
    let list: Vec<_> = found.iter().zip(pairs).filter(differ).collect();
    for (found, [a, b]) in list.iter().take(5) {
        println!("({a}, {b}): found {found}, should be {}", oracle(*a, *b));
    }
    list.len()
}

#[test]
fn wide_products_agree_with_64_bit_ones() {
    let Some(device) = device() else { return };
    let pairs = pairs();
    let low = |a: i32, b: i32| (a as u32 as u64 * b as u32 as u64) as i32;
    let high = |a: i32, b: i32| ((a as u32 as u64 * b as u32 as u64) >> 32) as i32;
    for (name, prelude) in preludes() {
        let found = compute(device, &prelude, "throng_multiply_wide(a, b).x", &pairs);
        assert_eq!(differences(&found, &pairs, low), 0, "{name}: low word");
        let found = compute(device, &prelude, "throng_multiply_wide(a, b).y", &pairs);
        assert_eq!(differences(&found, &pairs, high), 0, "{name}: high word");
    }
    let carry_lost = wrong(&format!("{PORTABLE}{FIXED}"), "+ (second >> 16u)", "");
    let found = compute(device, &carry_lost, "throng_multiply_wide(a, b).y", &pairs);
    assert!(differences(&found, &pairs, high) > 0);
}

#[test]
fn exact_functions_are_exact() {
    let Some(device) = device() else { return };
    let pairs = pairs();
    type Oracle = fn(i32, i32) -> i32;
    let cases: [(&str, Oracle, &str, &str); 9] = [
        (
            "fixed(i32(a))",
            |a, _| (a as i64 * 65536).clamp(i32::MIN as i64, i32::MAX as i64) as i32,
            "32767",
            "32766",
        ),
        ("fixed_floor(i32(a))", |a, _| a.div_euclid(65536), "return a >> 16u", "return a / 65536"),
        (
            "fixed_round(i32(a))",
            |a, _| ((a as i64 + 32768).div_euclid(65536)) as i32,
            "(a >> 16u) + ((a",
            "(a >> 16u) - ((a",
        ),
        (
            "fixed_multiply(i32(a), i32(b))",
            |a, b| rounded(a as i128 * b as i128, 65536),
            "product.x + 0x8000u",
            "product.x + 0x7fffu",
        ),
        (
            "fixed_divide(i32(a), i32(b))",
            |a, b| match (a, b) {
                (0, 0) => 0,
                (a, 0) if a < 0 => i32::MIN,
                (_, 0) => i32::MAX,
                (a, b) => rounded(a as i128 * 65536, b as i128),
            },
            "correction < 2u",
            "correction < 1u",
        ),
        (
            "fixed_sqrt(i32(a))",
            |a, _| if a < 0 { 0 } else { root((a as u128) << 16) as i32 },
            "select(0u, 1u, over)",
            "0u",
        ),
        (
            "fixed_length(vec2<i32>(i32(a), i32(b)))",
            |a, b| {
                let square = (a as i128 * a as i128 + b as i128 * b as i128) as u128;
                root(square).min(i32::MAX as u128) as i32
            },
            "low < up.x",
            "low > up.x",
        ),
        (
            "select(0, 1, fixed_is_shorter(vec2<i32>(i32(a), i32(b) >> 16u), i32(b)))",
            |a, b| {
                let other = (b >> 16) as i128;
                let length = b as i128;
                i32::from(length > 0 && a as i128 * a as i128 + other * other < length * length)
            },
            "square.x - 1u",
            "square.x",
        ),
        (
            "fixed_cos(0) + fixed_sin(0) + fixed_exp(0) + fixed_log(65536)",
            |_, _| 2 * 65536,
            "0x4000u) >> 15u",
            "0x1000000u) >> 15u",
        ),
    ];
    for (expression, oracle, piece, other) in cases {
        for (name, prelude) in preludes() {
            let found = compute(device, &prelude, expression, &pairs);
            assert_eq!(differences(&found, &pairs, oracle), 0, "{expression}, {name}");
        }
        let found = compute(device, &wrong(&preludes()[0].1, piece, other), expression, &pairs);
        assert!(
            differences(&found, &pairs, oracle) > 0,
            "{expression} is the same with {other:?} for {piece:?}"
        );
    }
}

#[test]
fn square_roots_are_exact_near_every_square() {
    let Some(device) = device() else { return };
    let mut words = Words(3);
    let mut pairs = Vec::new();
    for _ in 0..100_000 {
        let root = (words.next().unwrap() >> (words.next().unwrap() & 31)) as u64;
        let square = root * root;
        for n in [square.wrapping_sub(1), square, square + 1, square + 2 * root] {
            pairs.push([n as i32, (n >> 32) as i32]);
        }
    }
    let oracle = |a: i32, b: i32| root((b as u32 as u128) << 32 | a as u32 as u128) as u32 as i32;
    for (name, prelude) in preludes() {
        let found = compute(device, &prelude, "throng_root(vec2<u32>(a, b))", &pairs);
        assert_eq!(differences(&found, &pairs, oracle), 0, "{name}");
    }
    let found = compute(
        device,
        &wrong(&preludes()[0].1, "< digit * digit", "< digit"),
        "throng_root(vec2<u32>(a, b))",
        &pairs,
    );
    assert!(differences(&found, &pairs, oracle) > 0);
}

#[test]
fn rounded_functions_stay_within_their_bounds() {
    let Some(device) = device() else { return };
    let anywhere = pairs();
    // Every angle of a turn and more, then angles up to a thousand turns.
    let mut angles: Vec<[i32; 2]> = (-420_000..=420_000).map(|a| [a, 0]).collect();
    angles.extend(Words(4).take(200_000).map(|word| [word as i32 % THOUSAND_TURNS, 0]));
    let exponents: Vec<[i32; 2]> = (-800_000..=300_000).map(|a| [a, 0]).collect();
    let positive: Vec<[i32; 2]> =
        (1..300_000).map(|a| [a, 0]).chain(anywhere.iter().filter(|pair| pair[0] > 0).copied()).collect();
    type Truth = fn(f64, f64) -> f64;
    // Function, inputs, true value, the bound that the prelude states in units, and a wrong variant.
    type Case<'a> = (&'a str, &'a [[i32; 2]], Truth, f64, &'a str, &'a str);
    let cases: [Case; 9] = [
        ("fixed_sin(i32(a))", &angles, |a, _| a.sin(), 0.55, "2734261102u", "2734261000u"),
        ("fixed_cos(i32(a))", &angles, |a, _| a.cos(), 0.55, "171129709u", "171229709u"),
        ("fixed_sin(i32(a))", &anywhere, |a, _| a.sin(), 0.75, "171129709u", "171229709u"),
        ("fixed_cos(i32(a))", &anywhere, |a, _| a.cos(), 0.75, "2734261102u", "2734261000u"),
        ("fixed_atan2(i32(a), i32(b))", &anywhere, |a, b| a.atan2(b), 0.52, "284183850u", "284083850u"),
        (
            "fixed_normalise(vec2<i32>(i32(a), i32(b))).x",
            &anywhere,
            |a, b| if a == 0.0 { 0.0 } else { a / a.hypot(b) },
            0.501,
            "(y << scale) >> 1u",
            "(y >> 1u) << scale",
        ),
        (
            "fixed_normalise(vec2<i32>(i32(a), i32(b))).y",
            &anywhere,
            |a, b| if b == 0.0 { 0.0 } else { b / a.hypot(b) },
            0.501,
            "let scale = countLeadingZeros(max(x, y));",
            "let scale = 0u;",
        ),
        ("fixed_exp(i32(a))", &exponents, |a, _| a.exp(), 1.0, "59574785u", "59554785u"),
        ("fixed_log(i32(a))", &positive, |a, _| a.ln(), 0.51, "715827883u", "715027883u"),
    ];
    for (expression, inputs, truth, stated, piece, other) in cases {
        for (name, prelude) in preludes() {
            let (error, at) = worst(device, &prelude, expression, inputs, truth);
            println!("{expression}, {name}: at most {error:.3} units, at {at:?}");
            assert!(error <= stated, "{expression}, {name}: {error} units at {at:?}");
        }
        let (error, _) = worst(device, &wrong(&preludes()[0].1, piece, other), expression, inputs, truth);
        assert!(error > stated, "{expression} stays within its bound with {other:?} for {piece:?}: {error}");
    }
}

#[test]
fn exponentials_of_every_argument_stay_within_their_bound() {
    let Some(device) = device() else { return };
    let arguments: Vec<[i32; 2]> = (300_000..700_000)
        .chain(edges())
        .chain(Words(5).take(50_000).map(|word| word as i32))
        .map(|a| [a, 0])
        .collect();
    let largest = |prelude: &str| {
        let found = compute(device, prelude, "fixed_exp(i32(a))", &arguments);
        let error = |(&[a, _], &found): (&[i32; 2], &i32)| {
            let exact = ((a as f64 / 65536.0).exp() * 65536.0).min(i32::MAX as f64);
            ((found as f64 - exact).abs() - 1.0) / exact * 2f64.powi(26)
        };
        arguments.iter().zip(&found).map(error).fold(f64::MIN, f64::max)
    };
    for (name, prelude) in preludes() {
        let error = largest(&prelude);
        println!("{name}: {error} of the bound");
        assert!(error <= 1.0, "{name}: 1 unit and {error} times 2^-26 of the result");
    }
    assert!(largest(&wrong(&preludes()[0].1, "744260907u", "744260807u")) > 1.0);
}

#[test]
fn logarithms_of_what_has_none_are_the_smallest_number() {
    let Some(device) = device() else { return };
    let arguments: Vec<[i32; 2]> = edges().into_iter().filter(|&a| a <= 0).map(|a| [a, 0]).collect();
    let found = compute(device, &preludes()[0].1, "fixed_log(i32(a))", &arguments);
    assert!(found.iter().all(|&found| found == i32::MIN));
}
