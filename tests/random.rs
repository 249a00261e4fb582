//! Philox4x32-10 and the draws made from it: published vectors, the shader against its native twin, fairness.

mod device;

use device::{Buffer, Words, device, kernel};
use throng::world::random::{BATCH, fill, philox};

const RANDOM: &str = include_str!("../shaders/prelude/random.wgsl");
const PORTABLE: &str = include_str!("../shaders/prelude/wide_portable.wgsl");
const INT64: &str = include_str!("../shaders/prelude/wide_int64.wgsl");

/// Counter, key and block of Random123's `kat_vectors` for philox4x32 with 10 rounds.
const KNOWN: [([u32; 4], [u32; 2], [u32; 4]); 3] = [
    ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
        [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
    ),
];

#[test]
fn native_generator_gives_the_published_vectors() {
    for (counter, key, block) in KNOWN {
        assert_eq!(philox(counter, key), block);
    }
}

#[test]
fn batches_equal_single_blocks() {
    let mut random = Words(1);
    let mut word = || random.next().unwrap();
    for count in [0, 1, 15, 16, 17, 100, 255, 256, 1000] {
        let (key, first, step, stage) = ([word(), word()], word() | 0xffff_ff00, word(), word());
        let mut words = [[0; BATCH]; 4];
        fill(&mut words, key, first, count, step, stage);
        for item in 0..count.min(BATCH) {
            let block = philox([first.wrapping_add(item as u32), step, stage, 0], key);
            assert_eq!(words.map(|word| word[item]), block, "item {item} of {count}");
        }
    }
}

fn preludes() -> Vec<String> {
    let mut preludes = vec![format!("{PORTABLE}{RANDOM}")];
    if device().is_some_and(|device| device.int64) {
        preludes.push(format!("{INT64}{RANDOM}"));
    }
    preludes
}

/// `expression` for each item: `a` and `b` are the item's words, and its generator is set up by them as the words 0 to
/// 4 of the counter and key say.
fn compute(prelude: &str, functions: &str, expression: &str, words: &[[u32; 2]]) -> Option<Vec<u32>> {
    let setup = "
        fn started(a: u32, b: u32) -> u32 {
            throng_seed = vec2<u32>(a ^ 0x1234567u, b);
            throng_item = a;
            throng_step = b;
            throng_stage = a >> 7u;
            throng_draw = 0u;
            return 0u;
        }";
    let text = format!("{prelude}{setup}{functions}{}", kernel(&format!("started(a, b) + ({expression})")));
    let output = vec![0; words.len()];
    let buffers = [Buffer::Read(bytemuck::cast_slice(words)), Buffer::Write(&output)];
    Some(device()?.run(
        wgpu::ShaderSource::Wgsl(text.into()),
        &buffers,
        [(words.len() as u32).div_ceil(256), 1],
    ))
}

fn words(count: usize) -> Vec<[u32; 2]> {
    let mut words = Words(7);
    let mut list: Vec<[u32; 2]> =
        (0..count).map(|_| [words.next().unwrap(), words.next().unwrap()]).collect();
    list.extend([[0, 0], [u32::MAX, u32::MAX], [1, 0], [0, 1]]);
    list
}

/// The first `draws` words of the native generator, set up as in `compute`.
fn native(a: u32, b: u32, draws: u32) -> Vec<u32> {
    (0..draws.div_ceil(4))
        .flat_map(|block| philox([a, b, a >> 7, block], [a ^ 0x0123_4567, b]))
        .take(draws as usize)
        .collect()
}

#[test]
fn shader_gives_the_published_vectors() {
    let Some(device) = device() else { return };
    let input: Vec<u32> =
        KNOWN.iter().flat_map(|(counter, key, _)| [&counter[..], key, &[0, 0]].concat()).collect();
    let expected: Vec<u32> = KNOWN.iter().flat_map(|(_, _, block)| *block).collect();
    let expression = "throng_philox(
        vec4<u32>(input[i / 4u * 8u], input[i / 4u * 8u + 1u], input[i / 4u * 8u + 2u], input[i / 4u * 8u + 3u]),
        vec2<u32>(input[i / 4u * 8u + 4u], input[i / 4u * 8u + 5u]))[i & 3u]";
    let run = |prelude: &str| {
        let text = format!("{prelude}{}", kernel(expression));
        let output = vec![0; expected.len()];
        device.run(
            wgpu::ShaderSource::Wgsl(text.into()),
            &[Buffer::Read(&input), Buffer::Write(&output)],
            [1, 1],
        )
    };
    for prelude in preludes() {
        assert_eq!(run(&prelude), expected);
    }
    assert_ne!(run(&preludes()[0].replace("round < 10u", "round < 9u")), expected);
}

#[test]
fn shader_draws_what_the_native_twin_draws() {
    let words = words(2000);
    let draws = "fn drawn(count: u32) -> u32 { var sum = 0u; for (var k = 0u; k < count; k++) { sum = sum * 31u + random_u32(); } return sum; }";
    let expected: Vec<u32> = words
        .iter()
        .map(|&[a, b]| {
            native(a, b, 11).iter().fold(0u32, |sum, word| sum.wrapping_mul(31).wrapping_add(*word))
        })
        .collect();
    for prelude in preludes() {
        let Some(found) = compute(&prelude, draws, "drawn(11u)", &words) else { return };
        assert_eq!(found, expected);
    }
    let stuck = preludes()[0].replace("draw >> 2u", "draw >> 3u");
    assert_ne!(compute(&stuck, draws, "drawn(11u)", &words).unwrap(), expected);
}

/// A number below `n` from `words`, by the definition: the high word of the first product whose low word is not among
/// the 2^32 mod n smallest.
fn below(n: u32, words: &[u32]) -> u32 {
    let unfair = ((1u64 << 32) % u64::from(n.max(1))) as u32;
    let products = words.iter().map(|&word| u64::from(word) * u64::from(n));
    products.into_iter().find(|product| *product as u32 >= unfair).map_or(0, |product| (product >> 32) as u32)
}

#[test]
fn whole_numbers_follow_the_definition_at_every_bound() {
    let words = words(3000);
    let bounds = [
        0,
        1,
        2,
        3,
        7,
        1000,
        1 << 16,
        (1 << 31) - 1,
        1 << 31,
        (1 << 31) + 1,
        3 << 30,
        u32::MAX - 1,
        u32::MAX,
    ];
    for n in bounds {
        let expression = format!("random_below({n}u)");
        let expected: Vec<u32> = words.iter().map(|&[a, b]| below(n, &native(a, b, 64))).collect();
        for prelude in preludes() {
            let Some(found) = compute(&prelude, "", &expression, &words) else { return };
            assert_eq!(found, expected, "below {n}");
        }
    }
    // Without the redraws, the bound at which a quarter of the words is rejected gives other numbers.
    let unfair = preludes()[0].replace("redraw < 64u", "redraw < 0u");
    let expected: Vec<u32> = words.iter().map(|&[a, b]| below(3 << 30, &native(a, b, 64))).collect();
    assert_ne!(compute(&unfair, "", &format!("random_below({}u)", 3u32 << 30), &words).unwrap(), expected);
}

/// Pearson's chi-square of counts that should be equal.
fn chi_square(numbers: &[u32], kinds: usize) -> f64 {
    let mut counts = vec![0u32; kinds];
    for &number in numbers {
        counts[number as usize] += 1;
    }
    let expected = numbers.len() as f64 / kinds as f64;
    counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
}

#[test]
fn whole_numbers_are_equally_likely() {
    let words = words(200_000);
    let shares = |expression: &str, kinds| {
        compute(&preludes()[0], "", expression, &words).map(|numbers| chi_square(&numbers, kinds))
    };
    // With k kinds the statistic has mean k - 1 and variance 2 (k - 1): six deviations are one chance in a billion.
    let most = |kinds: f64| kinds - 1.0 + 6.0 * (2.0 * (kinds - 1.0)).sqrt();
    let Some(fair) = shares("random_below(6u)", 6) else { return };
    assert!(fair < most(6.0), "{fair}");
    let fair = shares("random_below(1000u)", 1000).unwrap();
    assert!(fair < most(1000.0), "{fair}");
    // Three quarters of 2^32, in three classes: an unfair draw would favour one of them twofold.
    let fair = shares("random_below(0xc0000000u) % 3u", 3).unwrap();
    assert!(fair < most(3.0), "{fair}");
    let fair = shares("u32(random_range(-3, 3) + 3)", 7).unwrap();
    assert!(fair < most(7.0), "{fair}");
    // Biased variants: the remainder of a short word, and of a long one by a large number.
    assert!(shares("(random_u32() & 7u) % 6u", 6).unwrap() > most(6.0));
    assert!(shares("(random_u32() % 0xc0000000u) / 0x40000000u", 3).unwrap() > most(3.0));
}

#[test]
fn ranges_keep_to_their_ends() {
    let words = words(3000);
    let (low, high) = (i32::MIN, i32::MAX);
    for (first, last) in [
        (0, 0),
        (5, 4),
        (high, low),
        (-1, 1),
        (low, high),
        (low, low + 1),
        (high - 1, high),
        (low, 0),
        (low + 1, high),
    ] {
        let literal = |n: i32| if n == i32::MIN { "(-2147483647 - 1)".to_string() } else { format!("({n})") };
        let expression = format!("bitcast<u32>(random_range({}, {}))", literal(first), literal(last));
        let Some(found) = compute(&preludes()[0], "", &expression, &words) else { return };
        let count = (i64::from(last) - i64::from(first) + 1).max(1);
        for (&[a, b], &found) in words.iter().zip(&found) {
            let expected = match count {
                1 => first,
                count if count == 1 << 32 => native(a, b, 1)[0] as i32,
                count => (i64::from(first) + i64::from(below(count as u32, &native(a, b, 64)))) as i32,
            };
            assert_eq!(found as i32, expected, "from {first} to {last}");
        }
    }
}

#[test]
fn chances_are_what_they_say() {
    let words = words(100_000);
    let share = |p: u32| {
        let numbers = compute(&preludes()[0], "", &format!("select(0u, 1u, random_chance({p}u))"), &words)?;
        Some(f64::from(numbers.iter().sum::<u32>()) / numbers.len() as f64)
    };
    if share(0).is_none() {
        return;
    }
    assert_eq!(share(0), Some(0.0));
    assert_eq!(share(u32::MAX), Some(1.0));
    for p in [1u32 << 30, 1 << 31, 429_496_730] {
        let expected = f64::from(p) / 2f64.powi(32);
        let deviation = (expected * (1.0 - expected) / words.len() as f64).sqrt();
        assert!((share(p).unwrap() - expected).abs() < 6.0 * deviation, "{p}");
    }
    let certain = compute(
        &preludes()[0],
        "fn used() -> u32 { let x = random_chance(0u); return throng_draw; }",
        "used()",
        &words,
    );
    assert!(certain.unwrap().iter().all(|&draws| draws == 1));
}
