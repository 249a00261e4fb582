//! Normalised modules: valid, with WGSL's meaning for large shifts, and without a loop that does not end.

mod device;

use std::borrow::Cow;

use device::{Buffer, device};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use throng::model::normalise::{
    Changes, FUEL, LoopPlace, counted_loop, counted_trips, for_each_loop, normalise,
};

fn parsed(text: &str) -> naga::Module {
    naga::front::wgsl::parse_str(text).unwrap_or_else(|error| panic!("{}", error.emit_to_string(text)))
}

fn validate(module: &naga::Module) -> Result<(), String> {
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    validator.validate(module).map(drop).map_err(|error| format!("{:?}", error.into_inner()))
}

/// The module of `text`, normalised and valid, and what was changed.
fn normalised(text: &str) -> (naga::Module, Changes) {
    let mut module = parsed(text);
    let changes = normalise(&mut module).unwrap_or_else(|error| panic!("{error}\n{text}"));
    validate(&module).unwrap_or_else(|error| panic!("not valid once normalised: {error}\n{text}"));
    (module, changes)
}

/// A kernel of one thread per item that sets the fuel, calls `rule(a, b)`, and gives its result or, with fuel spent, adds
/// 1000000 to it.
fn kernel(rule: &str, fuel: u32) -> String {
    format!(
        "var<private> throng_fuel: u32;
         {rule}
         @group(0) @binding(0) var<storage, read> input: array<u32>;
         @group(0) @binding(1) var<storage, read_write> output: array<u32>;
         @compute @workgroup_size(64)
         fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
             if id.x >= arrayLength(&output) {{ return; }}
             throng_fuel = {fuel}u;
             let result = rule(input[2u * id.x], input[2u * id.x + 1u]);
             output[id.x] = result + select(0u, 1000000u, throng_fuel == 0u);
         }}"
    )
}

fn run(module: naga::Module, input: &[[u32; 2]]) -> Option<Vec<u32>> {
    let output = vec![0; input.len()];
    let buffers = [Buffer::Read(bytemuck::cast_slice(input)), Buffer::Write(&output)];
    Some(device()?.run(
        wgpu::ShaderSource::Naga(Cow::Owned(module)),
        &buffers,
        [(input.len() as u32).div_ceil(64), 1],
    ))
}

#[test]
fn shift_counts_are_taken_modulo_the_bits_of_a_word() {
    let input: Vec<[u32; 2]> = (0..=100)
        .chain([u32::MAX, 1 << 31])
        .flat_map(|count| [[0x8765_4321, count], [1, count], [u32::MAX, count]])
        .collect();
    type Oracle = fn(u32, u32) -> u32;
    let cases: [(&str, Oracle); 8] = [
        ("fn rule(a: u32, b: u32) -> u32 { return a << b; }", |a, b| a.wrapping_shl(b)),
        ("fn rule(a: u32, b: u32) -> u32 { return a >> b; }", |a, b| a.wrapping_shr(b)),
        ("fn rule(a: u32, b: u32) -> u32 { return bitcast<u32>(bitcast<i32>(a) >> b); }", |a, b| {
            (a as i32).wrapping_shr(b) as u32
        }),
        ("fn rule(a: u32, b: u32) -> u32 { return bitcast<u32>(bitcast<i32>(a) << b); }", |a, b| a.wrapping_shl(b)),
        (
            "fn rule(a: u32, b: u32) -> u32 { let v = vec3<u32>(a, 1u, b) << vec3<u32>(b, b + 1u, 2u); return v.x ^ v.y ^ v.z; }",
            |a, b| a.wrapping_shl(b) ^ 1u32.wrapping_shl(b.wrapping_add(1)) ^ (b << 2),
        ),
        (
            "fn rule(a: u32, b: u32) -> u32 { var x = a; x <<= b; var v = vec2<i32>(bitcast<i32>(a)); v >>= vec2<u32>(b); return x + bitcast<u32>(v.x + v.y); }",
            |a, b| a.wrapping_shl(b).wrapping_add(((a as i32).wrapping_shr(b) as u32).wrapping_mul(2)),
        ),
        // A shift whose count is itself a shift, and one evaluated in a branch.
        ("fn rule(a: u32, b: u32) -> u32 { if a > 5u { return a << (1u << b); } return 7u >> b; }", |a, b| {
            if a > 5 { a.wrapping_shl(1u32.wrapping_shl(b)) } else { 7u32.wrapping_shr(b) }
        }),
        (
            "fn moved(p: ptr<function, u32>, by: u32) { *p = *p >> by; }
             fn rule(a: u32, b: u32) -> u32 { var x = a; moved(&x, b); switch b { case 40u: { x = x << b; } default: {} } return x; }",
            |a, b| if b == 40 { a.wrapping_shr(b).wrapping_shl(b) } else { a.wrapping_shr(b) },
        ),
    ];
    for (rule, oracle) in cases {
        let (module, changes) = normalised(&kernel(rule, 1000));
        assert!(changes.masked_shifts > 0, "{rule}");
        let Some(found) = run(module, &input) else { return };
        for (&[a, b], found) in input.iter().zip(found) {
            assert_eq!(found, oracle(a, b), "{a:#x} and {b}: {rule}");
        }
    }
}

#[test]
fn masks_are_put_only_where_they_are_needed() {
    let cases = [
        ("return a << 31u;", 0),
        ("return a << (b & 31u);", 0),
        ("return a << (7u & b);", 0),
        ("const N = 5u; return a << N;", 0),
        ("return (vec2<u32>(a) << vec2<u32>(3u, 4u)).x;", 0),
        ("return (vec2<u32>(a) << vec2<u32>(3u)).x;", 0),
        ("return (vec2<u32>(a) << (vec2<u32>(b) & vec2<u32>(31u))).x;", 0),
        ("return (vec2<u32>(a) << vec2<u32>(3u, b)).x;", 1),
        ("return a << (b & 32u);", 1),
        ("return a << (b | 31u);", 1),
        ("return a << b;", 1),
        ("return a << (b % 32u);", 1),
        ("return (a << b) >> (b << a);", 3),
        // 64-bit words shift by up to 63.
        ("return u32(u64(a) >> 32u);", 0),
        ("return u32(u64(a) >> (b & 63u));", 0),
        ("return u32(u64(a) >> b) + (a >> b);", 2),
    ];
    for (body, masks) in cases {
        let text = format!("fn rule(a: u32, b: u32) -> u32 {{ {body} }}");
        let (module, changes) = normalised(&text);
        assert_eq!(changes, Changes { masked_shifts: masks, fuelled_loops: 0 }, "{body}");
        assert_eq!(ands(&module) - ands(&parsed(&text)), masks, "{body}");
        let mut again = module.clone();
        assert_eq!(normalise(&mut again), Ok(Changes::default()), "{body}: masked twice");
    }
}

/// How many bitwise ands the functions of `module` hold.
fn ands(module: &naga::Module) -> usize {
    let is_and = |expression: &naga::Expression| {
        matches!(expression, naga::Expression::Binary { op: naga::BinaryOperator::And, .. })
    };
    module
        .functions
        .iter()
        .flat_map(|(_, function)| function.expressions.iter())
        .filter(|(_, e)| is_and(e))
        .count()
}

#[test]
fn wide_words_shift_modulo_64() {
    if device().is_none_or(|device| !device.int64) {
        return;
    }
    let rule = "fn rule(a: u32, b: u32) -> u32 { return u32((u64(a) << 31u) >> b) & 0xffffffu; }";
    let input: Vec<[u32; 2]> = (0..200).map(|count| [0x8765_4321, count]).collect();
    let found = run(normalised(&kernel(rule, 1)).0, &input).unwrap();
    for (&[a, b], found) in input.iter().zip(found) {
        assert_eq!(found, (u64::from(a) << 31).wrapping_shr(b) as u32 & 0xff_ffff, "by {b}");
    }
}

#[test]
fn loops_that_never_end_end_when_the_fuel_is_spent() {
    const SPENT: u32 = 1_000_000;
    let cases = [
        ("fn rule(a: u32, b: u32) -> u32 { loop { } return 1u; }", 1 + SPENT),
        ("fn rule(a: u32, b: u32) -> u32 { var n = 0u; loop { n++; } return n; }", 500 + SPENT),
        (
            "fn rule(a: u32, b: u32) -> u32 { var n = 0u; while true { n++; continue; } return n; }",
            500 + SPENT,
        ),
        ("fn rule(a: u32, b: u32) -> u32 { var n = 0u; for (;;) { loop { n++; } } return n; }", 499 + SPENT),
        (
            "fn rule(a: u32, b: u32) -> u32 { var n = 0u; loop { n++; continuing { break if n == 10u; } } return n; }",
            10,
        ),
        ("fn rule(a: u32, b: u32) -> u32 { var n = 0u; loop { if n > 5u { return n; } n++; } }", 6),
        // WGSL lets a function end in a loop without a break; with the fuel spent, it returns zero.
        ("fn rule(a: u32, b: u32) -> u32 { loop { if a == 77u { return 3u; } } }", SPENT),
        (
            "fn rule(a: u32, b: u32) -> u32 { if a == 5u { loop { if a == 77u { return 3u; } } } else { return 9u; } }",
            SPENT,
        ),
        (
            "fn spin(n: u32) -> u32 { var m = n; loop { m++; } return m; } fn rule(a: u32, b: u32) -> u32 { return spin(spin(0u)); }",
            500 + SPENT,
        ),
        (
            "fn rule(a: u32, b: u32) -> u32 { var n = 0u; for (var i = 0u; i < 100u; i++) { for (var j = 0u; j < 100u; j++) { n++; } } return n; }",
            10_000,
        ),
        ("fn rule(a: u32, b: u32) -> u32 { var n = 0u; for (var i = 0u; i < a; i++) { n++; } return n; }", 5),
        // A break in a switch leaves the switch only, so that the loop around it goes on.
        (
            "fn rule(a: u32, b: u32) -> u32 { var n = 0u; loop { n++; switch n { case 3u: { break; } default: { continue; } } n += 10u; } return n; }",
            510 + SPENT,
        ),
    ];
    for (rule, expected) in cases {
        let Some(found) = run(normalised(&kernel(rule, 500)).0, &[[5, 0]]) else { return };
        assert_eq!(found[0], expected, "{rule}");
    }
}

#[test]
fn functions_that_do_not_return_are_still_refused() {
    for body in [
        "",
        "loop { if a > 3u { break; } }",
        "for (var i = 0; i < 3; i++) { return 1u; }",
        "while true { }",
        "if a > 3u { loop { } }",
    ] {
        let mut module = parsed(&format!("fn rule(a: u32) -> u32 {{ {body} }}"));
        normalise(&mut module).unwrap();
        assert!(validate(&module).unwrap_err().contains("InvalidReturnType"), "{body}");
    }
    normalised(
        "fn rule(a: u32) -> u32 { if a > 3u { loop { switch a { case 3u: { break; } default: { return 1u; } } } } else { return 2u; } }",
    );
}

#[test]
fn loops_of_the_engine_are_left_alone() {
    let own = "fn throng_add() -> u32 { var n = 0u; while n < 7u { n += 3u; } return n; }";
    assert_eq!(normalised(own).1.fuelled_loops, 0);
    assert_eq!(normalised(&own.replace("throng_add", "add")).1.fuelled_loops, 1);
    let text = "@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { var n = 0u; while n < id.x { n += 1u << id.y; } }";
    assert_eq!(normalised(text).1, Changes { masked_shifts: 1, fuelled_loops: 0 });
}

fn rule(module: &naga::Module) -> &naga::Function {
    let mut functions = module.functions.iter().map(|(_, function)| function);
    functions.find(|function| function.name.as_deref() == Some("rule")).expect("a function named rule")
}

/// The trips of each loop of the function `rule` of `text`, outer loops first.
fn trips(text: &str) -> Vec<Option<u32>> {
    let module = parsed(text);
    let function = rule(&module);
    let mut trips = Vec::new();
    for_each_loop(&function.body, &mut |place: LoopPlace| {
        trips.push(counted_trips(&module, function, &place))
    });
    trips
}

#[test]
fn counted_loops_are_known() {
    let counted = [
        ("for (var i = 0; i < 10; i++) { n++; }", 10),
        ("for (var i = 0u; i < 10u; i += 3u) { n++; }", 4),
        ("for (var i = 10; i > 0; i--) { n++; }", 10),
        ("for (var i = 10; i >= 0; i -= 2) { n++; }", 6),
        ("for (var i = -5; i <= 5; i++) { n++; }", 11),
        ("for (var i = 0; 10 > i; i = 2 + i) { n++; }", 5),
        ("for (var i = 0; i < 10; i = i + 1) { n++; }", 10),
        ("for (var i: u32; i < 10u; i++) { n++; }", 10),
        ("for (var i = 0; i < LIMIT; i += STEP) { n++; }", 6),
        ("for (var i = 0; i < LIMIT * 2 - 1; i += 1 + 1) { n++; }", 12),
        ("for (var i = 0; i < 10; i += -1 + 2) { n++; }", 10),
        ("for (var i = 0; i > 10; i++) { n++; }", 0),
        ("for (var i = 0; i < 1024; i++) { n++; }", 1024),
        // What the body may do.
        ("for (var i = 0; i < 10; i++) { if n > 5u { break; } n++; }", 10),
        ("for (var i = 0; i < 10; i++) { if n > 5u { continue; } n++; }", 10),
        ("for (var i = 0; i < 10; i++) { if n > 5u { return 1u; } n++; }", 10),
        ("for (var i = 0; i < 10; i++) { let j = i; n += u32(j); }", 10),
        ("for (var i = 0; i < 10; i++) { var i = 3; i = 0; n += u32(i); }", 10),
        ("for (var i = 0; i < 10; i++) { by_value(i); }", 10),
        ("for (var i = 0; i < 10; i++) { var j = 0; change(&j); }", 10),
        ("for (var i = 0; i < 10; i++) { switch n { case 1u: { continue; } default: { n++; } } }", 10),
        // An unsigned counter down to one above zero, and up to the last word but one.
        ("for (var i = 10u; i > 0u; i--) { n++; }", 10),
        ("for (var i = 4294967290u; i < 4294967295u; i++) { n++; }", 5),
    ];
    for (body, expected) in counted {
        assert_eq!(trips(&function(body)), [Some(expected)], "{body}");
        assert_eq!(normalised(&function(body)).1.fuelled_loops, 0, "{body}");
    }
}

fn function(body: &str) -> String {
    format!(
        "fn rule(a: u32) -> u32 {{ var n = 0u; {body} return n; }}
         const LIMIT = 12; const STEP = 2;
         fn by_value(x: i32) {{}}
         fn change(x: ptr<function, i32>) {{ *x = 0; }}"
    )
}

#[test]
fn other_loops_are_not_called_counted() {
    let uncounted = [
        "for (var i = 0; i < 10; i++) { i--; }",
        "for (var i = 0; i < 10; i++) { if n == 3u { i = 0; } }",
        "for (var i = 0; i < 10; i++) { change(&i); }",
        "for (var i = 0; i < 10; i++) { let p = &i; *p = 0; }",
        "for (var i = 0; i < 10; i++) { let p = &i; change(p); }",
        "for (var i = 0; i < 10; i += 0) { n++; }",
        "for (var i = 0; i < 10; i--) { n++; }",
        "for (var i = 0; i != 10; i++) { n++; }",
        "for (var i = 0; i != 10; i += 3) { n++; }",
        "for (var i = 0; i < 10; i *= 2) { n++; }",
        "for (var i = 0; i < 10; i = 1 - i) { n++; }",
        "for (var i = 0; i < 10; ) { n++; }",
        "for (var i = 0; ; i++) { n++; }",
        "for (; n < 10u; ) { n++; }",
        "for (var i = 0; i < 10 && n < 5u; i++) { n++; }",
        "for (var i = 0u; i < a; i++) { n++; }",
        "for (var i = a; i < 10u; i++) { n++; }",
        "for (var i = 0u; i < 10u; i += a) { n++; }",
        "for (var i = 0; i < 10; change(&i)) { n++; }",
        "let limit = 10; var m = limit; for (var i = 0; i < m; i++) { m++; }",
        "var j = 0; for (var i = 0; j < 10; i++) { n++; }",
        "var i = 0; let old = i; for (; old < 10; i++) { n++; }",
        "var i = 0; let old = i; for (; i < 10; i = old + 1) { n++; }",
        "var i = 0; if a > 3u { i = 5; } for (; i < 10; i++) { n++; }",
        // Too long.
        "for (var i = 0; i < 1025; i++) { n++; }",
        // Wrapping around: these never end.
        "for (var i = 0u; i <= 4294967295u; i++) { n++; }",
        "for (var i = 10u; i >= 0u; i--) { n++; }",
        "for (var i = 2147483640; i <= 2147483647; i++) { n++; }",
        "for (var i = 0u; i < 4294967295u; i += 4294967294u) { n++; }",
        "for (var i = -2147483647; i >= -2147483647; i -= 2) { n++; }",
        // Floating point.
        "for (var i = 0.0; i < 10.0; i += 1.0) { n++; }",
        "while n < 10u { n++; }",
        "loop { break; }",
        "loop { n++; continuing { break if n > 5u; } }",
    ];
    for body in uncounted {
        assert_eq!(trips(&function(body)), [None], "{body}");
        assert_eq!(normalised(&function(body)).1.fuelled_loops, 1, "{body}");
    }
}

#[test]
fn long_nests_of_counted_loops_burn_fuel() {
    let long = "for (var i = 0; i < 1000; i++) { n++; }";
    let nest = |depth: usize| {
        let heads: String =
            (0..depth).map(|k| format!("for (var i{k} = 0; i{k} < 100; i{k}++) {{")).collect();
        format!("{heads} n++; {}", "}".repeat(depth))
    };
    let through_a_call = format!(
        "for (var i = 0; i < 100; i++) {{ n += inner(); }} }} fn inner() -> u32 {{ var n = 0u; {long}"
    );
    let cases = [
        (nest(2), 0),
        (nest(3), 1),
        (nest(4), 2),
        (nest(6), 4),
        (format!("{long} {long}"), 0),
        (through_a_call, 1),
    ];
    for (body, burning) in cases {
        let text = format!("fn rule() -> u32 {{ var n = 0u; {body} return n; }}")
            .replace("} fn inner", "return n; } fn inner");
        assert_eq!(normalised(&text).1.fuelled_loops, burning, "{text}");
    }
    // Three of the four outer loops spend one unit of fuel each, then each unit pays for one pass of the inner two. (Few
    // units, since the software device ends all loops after 65,535 trips by itself.)
    let rule = format!("fn rule(a: u32, b: u32) -> u32 {{ var n = 0u; {} return n; }}", nest(6));
    let (module, _) = normalised(&kernel(&rule, 8));
    let function = module.functions.iter().next().unwrap().1;
    let mut counted = Vec::new();
    for_each_loop(&function.body, &mut |place| counted.push(counted_trips(&module, function, &place)));
    assert_eq!(counted, [Some(100); 6], "burning fuel must not hide that a loop is counted");
    let Some(found) = run(module, &[[0, 0]]) else { return };
    assert_eq!(found[0], 1_000_000 + 5 * 10_000);
}

#[test]
fn a_loop_entered_twice_starts_where_it_is_set() {
    // Reset by the inner loop's own head each time: counted.
    let reset = "for (var k = 0; k < 3; k++) { for (var i = 0; i < 4; i++) { n++; } }";
    assert_eq!(trips(&function(reset)), [Some(3), Some(4)]);
    // Set once outside: its second entry starts where the first ended.
    let kept = "var i = 0; for (var k = 0; k < 3; k++) { for (; i < 4; i++) { n++; } }";
    assert_eq!(trips(&function(kept)), [Some(3), None]);
    let module = parsed(&function(reset));
    let rule = rule(&module);
    let mut values = Vec::new();
    for_each_loop(&rule.body, &mut |place| {
        values.push(counted_loop(&module, rule, &place).map(|c| (c.first, c.step, c.trips)))
    });
    assert_eq!(values, [Some((0, 1, 3)), Some((0, 1, 4))]);
}

#[test]
fn fuel_is_declared_when_it_is_missing() {
    let (module, changes) = normalised(&function("loop { n++; }"));
    assert_eq!(changes.fuelled_loops, 1);
    let named = |module: &naga::Module| {
        module.global_variables.iter().filter(|(_, variable)| variable.name.as_deref() == Some(FUEL)).count()
    };
    assert_eq!(named(&module), 1);
    assert_eq!(named(&normalised(&function("for (var i = 0; i < 3; i++) {}")).0), 0);
    let mut other = parsed("var<private> throng_fuel: i32; fn f() { loop { } }");
    assert!(normalise(&mut other).unwrap_err().contains(FUEL));
}

#[test]
fn names_and_places_are_kept() {
    let text = "fn rule(a: u32, b: u32) -> u32 { let shifted = a << b; var start = 3u; let twice = shifted * 2u; return twice + start; }";
    let (module, _) = normalised(text);
    let function = rule(&module);
    let names: Vec<&str> = function.named_expressions.values().map(String::as_str).collect();
    assert!(names.contains(&"shifted") && names.contains(&"twice"), "{names:?}");
    for (handle, name) in &function.named_expressions {
        let range = function.expressions.get_span(*handle).to_range().expect("a place in the text");
        let expected = if name == "shifted" { "a << b" } else { "shifted * 2u" };
        if name == "shifted" || name == "twice" {
            assert_eq!(&text[range], expected);
        }
    }
    let start = function.local_variables.iter().next().unwrap().1.init.expect("an initial value");
    assert_eq!(function.expressions[start], naga::Expression::Literal(naga::Literal::U32(3)));
}

#[test]
fn what_rules_cannot_use_is_refused_by_name() {
    let cases = [
        ("override n: u32 = 3; fn f() -> u32 { return n; }", "override"),
        (
            "@group(0) @binding(0) var t: texture_2d<f32>; fn f() -> vec4<f32> { return textureLoad(t, vec2<i32>(0), 0); }",
            "texture",
        ),
        ("fn f(x: f32) -> f32 { return dpdx(x); }", "derivative"),
        ("fn f() { discard; }", "discard"),
    ];
    for (text, name) in cases {
        let error = normalise(&mut parsed(text)).expect_err(text);
        assert!(error.contains(name), "{error}");
    }
}
