//! What is refused, and that memory is safe whatever a rule computes.

use throng::cpu::compile::{Kernel, Options, RandomBatch, Unsupported, compile};
use throng::world::random::philox;

use crate::harness::{WAYS, parse, slot};

fn compiled(wgsl: &str, options: Options) -> Result<Kernel, Unsupported> {
    let (module, info) = parse(wgsl);
    compile(&module, &info, "f", &options)
}

/// What is said about a text that cannot be compiled, and the source text it points at.
fn refusal(wgsl: &str) -> (String, String) {
    let unsupported = compiled(wgsl, WAYS[0]).err().unwrap_or_else(|| panic!("compiled: {wgsl}"));
    let place = unsupported.span.to_range().map(|range| wgsl[range].to_string()).unwrap_or_default();
    (unsupported.what, place)
}

#[test]
fn what_is_not_supported_is_refused_by_name_and_place() {
    let cases = [
        ("fn f(world: u32, item: u32) { workgroupBarrier(); }", "barriers", "workgroupBarrier"),
        (
            "fn f(world: u32, item: u32) { let m = mat2x2<f32>(1.0, 2.0, 3.0, f32(item)); let v = m * vec2(1.0, 2.0); if v.x > 1.0 { return; } }",
            "matrices",
            "mat2x2",
        ),
        (
            "var<workgroup> w: array<u32, 4>; fn f(world: u32, item: u32) { w[item] = 1u; }",
            "workgroup variables",
            "w",
        ),
        (
            "@group(0) @binding(0) var t: texture_2d<f32>; fn f(world: u32, item: u32) { let x = textureLoad(t, vec2(0, 0), 0); if x.x > 1.0 { return; } }",
            "textures",
            "t",
        ),
        (
            "@group(1) @binding(0) var<storage> b: array<u32>; fn f(world: u32, item: u32) { if b[item] > 1u { return; } }",
            "group 0",
            "b",
        ),
        ("fn f(world: u32, item: u32) { if modf(f32(item)).fract > 0.5 { return; } }", "modf", "modf"),
        (
            "fn f(world: u32, item: u32) { if unpack4x8unorm(item).x > 0.5 { return; } }",
            "unpack4x8unorm",
            "unpack4x8unorm",
        ),
        ("override n: u32 = 3; fn f(world: u32, item: u32) { if n > item { return; } }", "overrides", ""),
        ("fn f(world: u32) {}", "f must be fn f(world: u32, item: u32)", "fn f"),
        (
            "fn f(world: u32, item: u32) -> u32 { return 1u; }",
            "f must be fn f(world: u32, item: u32)",
            "fn f",
        ),
        ("fn g(world: u32, item: u32) {}", "there is no function f", ""),
        ("fn f(world: u32, item: u32) { var a: array<u32, 100000>; a[item] = 1u; }", "256 KiB", "a"),
    ];
    for (wgsl, what, place) in cases {
        let (said, at) = refusal(wgsl);
        assert!(said.contains(what), "{wgsl}: said {said:?} instead of {what:?}");
        assert!(at.contains(place), "{wgsl}: points at {at:?} instead of {place:?}");
    }
}

#[test]
fn a_rule_that_grows_without_bound_is_refused_soon() {
    // Every function calls the one before twice: 2^40 calls.
    let mut wgsl = String::from("fn f0(x: u32) -> u32 { return x * 3u + 1u; }\n");
    for n in 1..=40 {
        wgsl.push_str(&format!("fn f{n}(x: u32) -> u32 {{ return f{p}(x) ^ f{p}(x + 1u); }}\n", p = n - 1));
    }
    wgsl.push_str("fn f(world: u32, item: u32) { if f40(item) == 7u { return; } }\n");
    for options in WAYS {
        let (module, info) = parse(&wgsl);
        let unsupported = compile(&module, &info, "f", &options).err().expect("too large");
        assert!(unsupported.what.contains("too large"), "{}", unsupported.what);
    }
}

#[test]
fn loops_that_would_grow_too_much_stay_loops() {
    let mut body = String::from("s += 1u;");
    for level in 0..5 {
        body = format!("for (var i{level} = 0u; i{level} < 32u; i{level}++) {{ {body} s ^= i{level}; }}");
    }
    let wgsl = format!(
        "@group(0) @binding(0) var<storage, read_write> o: array<u32>;
         fn f(world: u32, item: u32) {{ var s = 0u; {body} o[item] = s; }}"
    );
    let mut results = Vec::new();
    for options in [WAYS[0], WAYS[2]] {
        let kernel = compiled(&wgsl, options).expect("compiles");
        let mut words = [0u32];
        // SAFETY: the slot is an array that outlives the call.
        unsafe { kernel.run(&[slot(&mut words)], &mut RandomBatch::new([0; 2], 0, 0), 0, 0, 1) };
        results.push(words);
    }
    assert_eq!(results[0], results[1]);
    assert_ne!(results[0], [0]);
}

/// Buffers between words that must not change.
struct Guarded(Vec<u32>);

const GUARD: u32 = 0x5afe_5afe;

impl Guarded {
    fn new(words: usize) -> Guarded {
        let mut list = vec![GUARD; words + 128];
        list[64..64 + words].fill(7);
        Guarded(list)
    }

    fn inside(&mut self) -> &mut [u32] {
        let end = self.0.len() - 64;
        &mut self.0[64..end]
    }

    fn is_intact(&self) -> bool {
        let end = self.0.len() - 64;
        self.0[..64].iter().chain(&self.0[end..]).all(|&word| word == GUARD)
    }
}

#[test]
fn stores_stay_in_their_buffers() {
    let wgsl = "
        struct Agent { at: vec2<i32>, list: array<u32, 3>, n: u32 }
        struct Tail { count: u32, items: array<vec2<u32>> }
        @group(0) @binding(0) var<storage, read_write> words: array<u32>;
        @group(0) @binding(1) var<storage, read_write> agents: array<Agent>;
        @group(0) @binding(2) var<storage, read_write> tail: Tail;
        @group(0) @binding(3) var<storage, read_write> atoms: array<atomic<i32>>;
        @group(0) @binding(5) var<uniform> one: vec4<u32>;
        fn f(world: u32, item: u32) {
            let i = item * 2654435769u; let s = bitcast<i32>(i);
            words[i] = 1u; words[s] += 1u; words[item] = 2u; words[9u] = 3u;
            agents[i].at = vec2(1, 2); agents[item].list[i] = 3u; agents[s].list[s] = 4u; agents[s / 2].at[i] = 5;
            agents[i] = agents[item + 1u]; tail.items[i] = vec2(1u, 2u); tail.items[s].y = one[i]; tail.count += 1u;
            tail.items[i][s] = 7u;
            atomicAdd(&atoms[s], 1); atomicMax(&atoms[i], 5); atomicStore(&atoms[s | -1], 9);
            atomicExchange(&atoms[i * 3u], 4); let won = atomicCompareExchangeWeak(&atoms[s * 7], 1, 2);
            if won.exchanged { words[0] = arrayLength(&words) + arrayLength(&agents) + arrayLength(&tail.items); }
        }";
    for options in WAYS {
        let kernel = compiled(wgsl, options).expect("compiles");
        for lengths in [[1, 6, 4, 1], [10, 65, 9, 3], [333, 60, 101, 64]] {
            let mut buffers = lengths.map(Guarded::new);
            let mut one = Guarded::new(4);
            let mut slots: Vec<_> = buffers.iter_mut().map(|buffer| slot(buffer.inside())).collect();
            slots.push(slot(&mut []));
            slots.push(slot(one.inside()));
            // SAFETY: every slot is a vector that outlives the call.
            unsafe { kernel.run(&slots, &mut RandomBatch::new([0; 2], 0, 0), 0, 0, 3000) };
            assert!(buffers.iter().all(Guarded::is_intact) && one.is_intact(), "{options:?} {lengths:?}");
            assert!(one.inside().iter().all(|&word| word == 7), "a uniform buffer was written");
        }
    }
}

#[test]
fn lengths_and_layouts_are_those_of_wgsl() {
    let wgsl = "
        struct Agent { a: u32, v: vec3<f32>, w: u32, p: vec2<i32> }
        struct Tail { count: u32, items: array<vec2<u32>> }
        @group(0) @binding(0) var<storage, read_write> o: array<u32>;
        @group(0) @binding(1) var<storage, read> agents: array<Agent>;
        @group(0) @binding(2) var<storage, read> tail: Tail;
        fn f(world: u32, item: u32) {
            o[0] = arrayLength(&o); o[1] = arrayLength(&agents); o[2] = arrayLength(&tail.items);
            o[3] = agents[1].a; o[4] = u32(agents[1].v.z); o[5] = agents[1].w; o[6] = u32(agents[1].p.y);
            o[7] = tail.items[1].y; o[8] = world; o[9] = item;
        }";
    for options in WAYS {
        let kernel = compiled(wgsl, options).expect("compiles");
        let mut o = [0; 10];
        // WGSL: vec3 is aligned to 16 bytes, so v is at 16, w at 28, p at 32, and an agent takes 48 bytes.
        let mut agents: Vec<u32> = (0..24 + 5).collect();
        agents[12 + 6] = 42f32.to_bits();
        let mut tail: Vec<u32> = (100..107).collect();
        let slots = [slot(&mut o), slot(&mut agents), slot(&mut tail)];
        // SAFETY: every slot is a vector that outlives the call.
        unsafe { kernel.run(&slots, &mut RandomBatch::new([0; 2], 0, 0), 17, 5, 6) };
        assert_eq!(o, [10, 2, 2, 12, 42, 19, 21, 105, 17, 5], "{options:?}");
    }
}

#[test]
#[should_panic(expected = "binding 0 has 5 words, the kernel needs 6")]
fn a_buffer_without_one_element_is_refused() {
    let kernel = compiled(
        "struct A { a: array<u32, 6> } @group(0) @binding(0) var<storage, read_write> o: array<A>;
         fn f(world: u32, item: u32) { o[item].a[3] = 1u; }",
        WAYS[0],
    )
    .expect("compiles");
    let mut words = [0; 5];
    // SAFETY: the slot is an array that outlives the call.
    unsafe { kernel.run(&[slot(&mut words)], &mut RandomBatch::new([0; 2], 0, 0), 0, 0, 1) };
}

const RANDOM: &str = "
    @group(0) @binding(0) var<storage, read_write> o: array<u32>;
    var<private> draws: u32;
    fn throng_random_word(draw: u32) -> u32 { return draw; }
    fn throng_multiply_wide(a: u32, b: u32) -> vec2<u32> { return vec2(a, b); }
    fn next() -> u32 { let word = throng_random_word(draws); draws += 1u; return word; }
    fn f(world: u32, item: u32) {
        for (var k = 0u; k < 9u; k++) { o[item * 20u + k] = next(); }
        if item % 3u == 0u { draws += 1u; }
        o[item * 20u + 9u] = next();
        for (var k = 10u; k < 18u; k++) { if (item + k) % 2u == 0u { draws = item % 23u; } o[item * 20u + k] = next(); }
        let wide = throng_multiply_wide(next(), 0xdeadbeefu + item);
        o[item * 20u + 18u] = wide.x; o[item * 20u + 19u] = wide.y;
    }";

#[test]
fn random_words_are_those_of_the_published_generator() {
    const FIRST: u32 = 1000;
    let (key, step, stage) = ([11, 22], 33, 44);
    let word = |item: u32, draw: u32| philox([item, step, stage, draw / 4], key)[draw as usize % 4];
    let mut expected = vec![0; (FIRST as usize + 256) * 20];
    for item in FIRST..FIRST + 256 {
        let row = &mut expected[item as usize * 20..][..20];
        let mut draws = 0;
        let next = |draws: &mut u32| {
            *draws += 1;
            word(item, *draws - 1)
        };
        (0..9).for_each(|k| row[k] = next(&mut draws));
        draws += u32::from(item % 3 == 0);
        row[9] = next(&mut draws);
        for k in 10..18 {
            if (item + k) % 2 == 0 {
                draws = item % 23;
            }
            row[k as usize] = next(&mut draws);
        }
        let wide = u64::from(next(&mut draws)) * u64::from(0xdead_beef_u32.wrapping_add(item));
        (row[18], row[19]) = (wide as u32, (wide >> 32) as u32);
    }
    for options in WAYS {
        let kernel = compiled(RANDOM, options).expect("compiles");
        let mut random = RandomBatch::new(key, step, stage);
        random.first = FIRST;
        for (lane, item) in (FIRST..FIRST + 256).enumerate() {
            (0..4).for_each(|draw| random.words[draw][lane] = word(item, draw as u32));
        }
        let mut o = vec![0; expected.len()];
        // SAFETY: the slot is a vector that outlives the call.
        unsafe { kernel.run(&[slot(&mut o)], &mut random, 0, FIRST, FIRST + 256) };
        assert!(o == expected, "{options:?}");
        assert_ne!(o[FIRST as usize * 20], o[FIRST as usize * 20 + 20]);
    }
}

#[test]
#[should_panic(expected = "are not in the random batch")]
fn items_without_random_words_are_refused() {
    let kernel = compiled(RANDOM, WAYS[0]).expect("compiles");
    let mut o = [0; 20];
    // SAFETY: the slot is an array that outlives the call.
    unsafe { kernel.run(&[slot(&mut o)], &mut RandomBatch::new([0; 2], 0, 0), 0, 200, 257) };
}

#[test]
fn kernels_can_be_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Kernel>();
}

#[test]
fn atomics_of_many_threads_lose_nothing() {
    let wgsl = "
        @group(0) @binding(0) var<storage, read_write> c: array<atomic<u32>>;
        fn f(world: u32, item: u32) {
            atomicAdd(&c[0], 1u); atomicOr(&c[1], 1u << (item & 31u)); atomicMax(&c[2], item); atomicXor(&c[3], item);
            atomicMin(&c[4], 1000000u - item); atomicAnd(&c[5], ~(1u << (item & 31u)));
            let old = atomicAdd(&c[6], 2u); if (old & 1u) == 1u { atomicStore(&c[7], 1u); }
            loop { let now = atomicLoad(&c[8]); if atomicCompareExchangeWeak(&c[8], now, now + 1u).exchanged { break; } }
        }";
    const ITEMS: u32 = 40_000;
    let options = [
        Options { single_threaded: false, optimise: true },
        Options { single_threaded: false, optimise: false },
    ];
    for options in options {
        let kernel = compiled(wgsl, options).expect("compiles");
        let mut words = [0, 0, 0, 0, u32::MAX, u32::MAX, 0, 0, 0];
        let address = words.as_mut_ptr() as usize;
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let kernel = &kernel;
                scope.spawn(move || {
                    let slots = [throng::cpu::compile::Slot { data: address as *mut u32, words: 9 }];
                    let mut random = RandomBatch::new([0; 2], 0, 0);
                    // SAFETY: the array outlives the threads, and the kernel accesses it by atomics only.
                    unsafe {
                        kernel.run(&slots, &mut random, 0, thread * ITEMS / 4, (thread + 1) * ITEMS / 4)
                    };
                });
            }
        });
        let xor = (0..ITEMS).fold(0, |xor, item| xor ^ item);
        assert_eq!(
            words,
            [ITEMS, u32::MAX, ITEMS - 1, xor, 1_000_001 - ITEMS, 0, 2 * ITEMS, 0, ITEMS],
            "{options:?}"
        );
    }
}

#[test]
fn float_conversions_have_wgsl_limits() {
    let wgsl = "
        @group(0) @binding(0) var<storage, read_write> o: array<u32>;
        fn f(world: u32, item: u32) { let x = bitcast<f32>(o[item]); o[item] = u32(x); o[item + 8u] = bitcast<u32>(i32(x)); }";
    let inputs = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e9, -3e9, -1.5, 4_294_967_040.0, 0.99];
    for options in WAYS {
        let kernel = compiled(wgsl, options).expect("compiles");
        let mut words = [0; 16];
        inputs.iter().zip(&mut words).for_each(|(input, word)| *word = input.to_bits());
        // SAFETY: the slot is an array that outlives the call.
        unsafe { kernel.run(&[slot(&mut words)], &mut RandomBatch::new([0; 2], 0, 0), 0, 0, 8) };
        let unsigned = [0, 4_294_967_040, 0, 3_000_000_000, 0, 0, 4_294_967_040, 0];
        let signed = [0, 2_147_483_520, i32::MIN, 2_147_483_520, i32::MIN, -1, 2_147_483_520, 0];
        assert_eq!(words[..8], unsigned, "{options:?}");
        assert_eq!(words[8..], signed.map(|value| value as u32), "{options:?}");
    }
}

#[test]
fn deep_and_long_rules_compile() {
    let mut chain = String::from("fn f0(x: u32) -> u32 { return x * 3u + 1u; }\n");
    for n in 1..=300 {
        let p = n - 1;
        chain.push_str(&format!(
            "fn f{n}(x: u32) -> u32 {{ if x % {n}u == 7u {{ if x > 5u {{ return f{p}(x ^ {n}u); }} }} return x; }}\n"
        ));
    }
    let guards: String =
        (0..500).map(|n| format!("if s % 1009u == {n}u {{ o[0] = {n}u; return; }} s += 3u;\n")).collect();
    let long: String = (0..1500).map(|n| format!("s = s * 3u + o[(s + {n}u) & 1u];\n")).collect();
    let nested = "if (s & 3u) != 0u { s += 1u; ".repeat(100) + &"}".repeat(100);
    for body in ["s = f300(s);", &guards, &long, &nested] {
        let wgsl = format!(
            "@group(0) @binding(0) var<storage, read_write> o: array<u32>; {chain}
             fn f(world: u32, item: u32) {{ var s = item; {body} o[1] = s; }}"
        );
        let mut results = Vec::new();
        for options in [WAYS[0], WAYS[2]] {
            let kernel =
                compiled(&wgsl, options).unwrap_or_else(|unsupported| panic!("{}", unsupported.what));
            let mut words = [5u32, 6];
            // SAFETY: the slot is an array that outlives the call.
            unsafe { kernel.run(&[slot(&mut words)], &mut RandomBatch::new([0; 2], 0, 0), 0, 0, 40) };
            results.push(words);
        }
        assert_eq!(results[0], results[1]);
    }
}
