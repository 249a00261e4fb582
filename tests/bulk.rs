//! Broken model files in bulk: whatever the text, a model either runs or is refused in words; nothing panics.
//!
//! `BULK=20 cargo test --release --test bulk` tries twenty times as many.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use throng::model::TEMPLATE;
use throng::{BackendChoice, Error, Model, Result, Run, Simulation};

/// Every model that ships, with its text.
fn texts() -> Vec<String> {
    let builtin = Model::builtin_names().map(|name| Model::builtin(name).unwrap().source.to_string());
    std::iter::once(TEMPLATE.to_owned()).chain(builtin).chain([EVERYTHING.to_owned()]).collect()
}

/// A model that uses as much of the language as fits in a page.
const EVERYTHING: &str = r#"//! # A bit of everything.
//! [grid]
//! neighbours = 4
//! size = [9, 7]
//! [agents]
//! number = 3
//! place = "anywhere"
//! start = "begin"
//! [params]
//! speed = { default = 3, range = [0, 9] }
//! rate = { default = 0.5 }
//! chance = { default = 0.25, type = "probability" }
//! weight = { default = 1.5, type = "f32" }
//! [layers]
//! wall = { bits = 1, from = "map" }
//! hills = { bits = 8, from = "rise", outside = 255 }
//! scent = { bits = 16, initial = 3 }
//! total = { bits = 32 }
//! [step]
//! stages = ["smell", "go"]
//! [metrics]
//! high = { max = "hills" }
//! energy = { histogram = "energy", bins = 4, range = [0, 8] }
//! tired = { count = "is_tired", over = "agents" }
//! bright = { mean = "brightness", over = "free" }
//! best = { argmax = "energy" }
//! x = { variance = "pos.x" }
struct Agent { pos: vec2<i32>, energy: u32, heading: u32, mood: f32, target_place: vec2<u32> }
struct Pair { a: u32, b: array<i32, 3> }
alias Place = vec2<i32>;
const TABLE = array<u32, 4>(1u, 2u, 3u, 5u);
const LIMIT: i32 = 4 + 3 * 2;
fn rise(at: Place) -> u32 { return u32(at.x * at.y) & 255u; }
fn is_tired(me: Agent) -> bool { return me.energy < 2u; }
fn brightness(at: vec2<i32>) -> f32 { return f32(hills(at)) / 255.0; }
fn bump(value: ptr<function, u32>) { *value = min(*value + 1u, 100u); }
fn begin(me: Agent) -> Agent {
    var next = me;
    next.energy = random_below(5u);
    next.mood = sqrt(abs(sin(params.weight)));
    return next;
}
fn smell(me: Agent) -> Agent {
    var next = me;
    var sum = 0u;
    for (var k = 0u; k < 4u; k += 1u) {
        let at = neighbour4(me.pos, k);
        if !is_free(at) { continue; }
        sum += scent(at) * TABLE[k];
    }
    var pair = Pair(sum, array<i32, 3>(1, 2, 3));
    pair.b[me.energy] = LIMIT;
    var i = 0;
    loop {
        if i >= params.speed { break; }
        continuing { i += 1; }
    }
    while i > 0 { i--; }
    switch me.heading {
        case 0u, 2u: { next.heading = 1u; }
        case 1u: { next.heading = select(2u, 3u, pair.b[0] > 4); }
        default: { next.heading = pair.a % 4u; }
    }
    var energy = me.energy;
    bump(&energy);
    next.energy = energy;
    return next;
}
fn go(me: Agent) -> Agent {
    var next = me;
    if random_chance(params.chance) && me.energy > 0u {
        let to = neighbour4(me.pos, me.heading);
        if is_free(to) { next.pos = to; next.energy -= 1u; }
    }
    next.target_place = vec2<u32>(next.pos.yx) + vec2(1u);
    next.mood += fract(next.mood) * params.weight;
    add_scent(next.pos, countOneBits(me.energy) << 2u);
    max_total(next.pos, u32(fixed_multiply(params.rate, fixed(i32(me.energy)))));
    return next;
}
"#;

/// Reads a model from a text and, when it is one, explains it and runs it for two steps.
fn use_model(text: &str) -> Result<()> {
    let model = Model::text("broken", text)?;
    model.explain()?;
    let agents = if model.takes_number() { 3 } else { model.population() };
    let world = Simulation::of(model).size(7, 5).agents(agents).seed(1);
    let mut simulation = world.backend(BackendChoice::Cpu).threads(1).build()?;
    simulation.run(&Run::steps(2).every(1))?;
    simulation.state_hash()?;
    Ok(())
}

/// Whether the text is a model; fails when it panics, or is refused without words.
fn accepted(text: &str) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(|| use_model(text)));
    let Ok(outcome) = outcome else { panic!("a panic is reached by this text:\n{text}\n") };
    match outcome {
        Ok(()) => true,
        Err(error) => {
            let told = error.to_string();
            assert!(told.len() > 20, "refused with {told:?}:\n{text}\n");
            assert!(!matches!(error, Error::Internal(_)), "{told}\n{text}\n");
            if let Error::Model(mistakes) = &error {
                assert!(!mistakes.list.is_empty(), "refused without a mistake:\n{text}\n");
                for mistake in &mistakes.list {
                    let (line, column) = mistakes.place(mistake.span.start);
                    assert!(!mistake.what.is_empty() && !mistake.remedy.is_empty(), "{mistake:?}\n{text}\n");
                    assert!(
                        line <= text.lines().count() + 1 && column >= 1 && mistake.span.end <= text.len(),
                        "{told}\n{text}\n"
                    );
                    let generated = told.contains("throng_") && !text.contains("throng_");
                    assert!(!generated, "speaks of generated text: {told}\n{text}\n");
                }
            }
            false
        }
    }
}

/// Tries `cases` inputs of a strategy, the same on every run.
fn try_all<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value)) {
    let more: u32 = std::env::var("BULK").ok().and_then(|more| more.parse().ok()).unwrap_or(1);
    let config =
        Config { cases: cases * more, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&strategy, |value| {
        test(value);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn whole_models_are_accepted() {
    for text in texts() {
        use_model(&text).unwrap_or_else(|error| panic!("{error}"));
        assert!(accepted(&text));
    }
}

#[test]
fn truncated_at_every_byte() {
    let bytes = TEMPLATE.as_bytes();
    let whole: Vec<usize> =
        (0..=bytes.len()).filter(|end| accepted(&String::from_utf8_lossy(&bytes[..*end]))).collect();
    // All of it, without the last line's end, and without the last function's.
    assert!(whole.contains(&bytes.len()) && whole.len() <= 8, "{whole:?}");
    for text in texts() {
        for end in (0..text.len()).step_by(23) {
            accepted(&String::from_utf8_lossy(&text.as_bytes()[..end]));
        }
    }
}

#[test]
fn bytes_replaced() {
    let texts = texts();
    let strategy = (any::<Index>(), prop::collection::vec((any::<Index>(), any::<u8>()), 1..6));
    try_all(1200, strategy, |(which, changes)| {
        let mut bytes = texts[which.index(texts.len())].clone().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        accepted(&String::from_utf8_lossy(&bytes));
    });
}

#[test]
fn random_bytes() {
    try_all(300, prop::collection::vec(any::<u8>(), 0..400), |bytes| {
        let noise = String::from_utf8_lossy(&bytes).into_owned();
        accepted(&noise);
        accepted(&format!("//! {}", noise.replace('\n', "\n//! ")));
        accepted(&format!(
            "//! [step]\n//! stages = [\"go\"]\nstruct Agent {{ a: u32 }}\nfn go(me: Agent) -> Agent {{ {noise} return me; }}"
        ));
    });
}

/// Cuts a text into words, numbers and single signs, with the blanks between them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for c in text.chars() {
        let continues = c.is_alphanumeric() || c == '_';
        match pieces.last_mut() {
            Some(last) if continues && last.ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                last.push(c)
            }
            _ => pieces.push(c.to_string()),
        }
    }
    pieces
}

/// What a piece can be replaced by: words that mean something somewhere, and numbers at edges.
const WORDS: &[&str] = &[
    "0",
    "1",
    "-1",
    "0u",
    "1u",
    "-1i",
    "4294967295u",
    "4294967296",
    "2147483648",
    "-2147483648",
    "1.5",
    "1e999",
    "nan",
    "0x",
    "1f",
    "vec2",
    "vec2<i32>",
    "vec3<u32>()",
    "vec4(1.0)",
    "mat2x2<f32>",
    "array<u32, 3>",
    "array<u32, 0>",
    "array<u32, 1000000>",
    "array<u32>",
    "bool",
    "f16",
    "f64",
    "i64",
    "u64",
    "atomic<u32>",
    "ptr<function, u32>",
    "sampler",
    "texture_2d<f32>",
    "me",
    "next",
    "Agent",
    "params",
    "wall",
    "seen",
    "mark_wall",
    "add_steps",
    "random_u32",
    "random_below",
    "grid_size",
    "wander",
    "go",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    ";",
    ",",
    ".",
    ":",
    "=",
    "==",
    "&",
    "&&",
    "*",
    "!",
    "~",
    "-",
    "--",
    "+=",
    "<<=",
    "->",
    "@",
    "_",
    "if",
    "else",
    "for",
    "while",
    "loop",
    "continuing",
    "break",
    "break if",
    "continue",
    "return",
    "switch",
    "case",
    "default",
    "discard",
    "fn",
    "struct",
    "var",
    "let",
    "const",
    "override",
    "alias",
    "var<private>",
    "var<workgroup>",
    "const_assert",
    "enable f16;",
    "diagnostic",
    "@must_use",
    "@compute @workgroup_size(1)",
    "@group(0) @binding(0)",
    "@builtin(position)",
    "@align(16)",
    "@size(64)",
    "abs",
    "select",
    "bitcast<f32>",
    "bitcast",
    "modf",
    "frexp",
    "ldexp",
    "dot",
    "cross",
    "dpdx",
    "pack4xU8",
    "dot4U8Packed",
    "extractBits",
    "insertBits",
    "firstLeadingBit",
    "quantizeToF16",
    "subgroupAdd",
    "workgroupBarrier()",
    "arrayLength",
    "atomicAdd",
    "textureLoad",
    "all",
    "any",
    "transpose",
    "determinant",
    "length",
    "normalize",
    "unpack2x16float",
    "workgroupUniformLoad",
    "throng_draw",
    "//",
    "/*",
    "*/",
    "//!",
    "\"",
    "'",
    "#",
    "\n",
    "\n//! ",
    "[[",
    "]]",
    "{ bits = 1 }",
    "bits",
    "from",
    "\"map\"",
    "true",
    "false",
    "inf",
    "1979-05-27",
    "\\u0041",
    "é",
    "\u{0}",
    "\u{feff}",
    "\u{2028}",
];

#[derive(Debug, Clone)]
enum Edit {
    Delete(Index),
    Duplicate(Index),
    Swap(Index, Index),
    Replace(Index, Index),
    Insert(Index, Index),
    Move(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let two = || (any::<Index>(), any::<Index>());
    prop_oneof![
        any::<Index>().prop_map(Edit::Delete),
        any::<Index>().prop_map(Edit::Duplicate),
        two().prop_map(|(a, b)| Edit::Swap(a, b)),
        two().prop_map(|(a, b)| Edit::Replace(a, b)),
        two().prop_map(|(a, b)| Edit::Insert(a, b)),
        two().prop_map(|(a, b)| Edit::Move(a, b)),
    ]
}

impl Edit {
    fn apply(&self, pieces: &mut Vec<String>) {
        if pieces.is_empty() {
            return;
        }
        let end = pieces.len();
        match self {
            Edit::Delete(at) => drop(pieces.remove(at.index(end))),
            Edit::Duplicate(at) => {
                let piece = at.get(pieces).clone();
                pieces.insert(at.index(end), format!(" {piece} "));
            }
            Edit::Swap(a, b) => pieces.swap(a.index(end), b.index(end)),
            Edit::Replace(at, by) => pieces[at.index(end)] = by.get(WORDS).to_string(),
            Edit::Insert(at, by) => pieces.insert(at.index(end), format!(" {} ", by.get(WORDS))),
            Edit::Move(from, to) => {
                let piece = pieces.remove(from.index(end));
                pieces.insert(to.index(end), piece);
            }
        }
    }
}

/// Edits pieces of the head (up to the first line without `//!`) or of the body.
fn edited(text: &str, head: bool, edits: &[Edit]) -> String {
    let split = text.find("\nstruct").map_or(text.len(), |at| at + 1);
    let (first, second) = text.split_at(split);
    let mut changed = pieces(if head { first } else { second });
    // Blanks are of no interest.
    changed.retain(|piece| piece != " " || head);
    let joined = |pieces: &[String]| pieces.join(if head { "" } else { " " });
    edits.iter().for_each(|edit| edit.apply(&mut changed));
    if head { format!("{}{second}", joined(&changed)) } else { format!("{first}{}", joined(&changed)) }
}

#[test]
fn heads_edited() {
    let texts = texts();
    try_all(1500, (any::<Index>(), prop::collection::vec(edit(), 1..4)), |(which, edits)| {
        accepted(&edited(&texts[which.index(texts.len())], true, &edits));
    });
}

#[test]
fn bodies_edited() {
    let texts = texts();
    try_all(2500, (any::<Index>(), prop::collection::vec(edit(), 1..4)), |(which, edits)| {
        accepted(&edited(&texts[which.index(texts.len())], false, &edits));
    });
}

/// Whatever is repeated or nested, there is a stack for it.
#[test]
fn deep_and_long_texts() {
    const TIMES: usize = 20_000;
    let rule = |before: &str, inside: &str, after: &str, times: usize| {
        format!(
            "//! [step]\n//! stages = [\"go\"]\nstruct Agent {{ a: u32 }}\nfn go(me: Agent) -> Agent {{ var n = me; {}{}{} return n; }}",
            before.repeat(times),
            inside,
            after.repeat(times)
        )
    };
    let value = |before: &str, inside: &str, after: &str| {
        rule("", &format!("n.a = {}{inside}{};", before.repeat(TIMES), after.repeat(TIMES)), "", 1)
    };
    let nested = [
        value("(", "1u", ")"),
        value("-", "1", ""),
        value("!", "true", ""),
        value("~", "1u", ""),
        value("&", "n", ""),
        value("*&", "n.a", ""),
        value("", "1u", " + 1u"),
        value("1u + (", "1u", ")"),
        value("", "n", ".a"),
        value("", "n", "[0]"),
        value("n[", "0", "]"),
        value("vec2<", "u32", ">"),
        value("array<", "u32", ", 2>"),
        value("abs(", "1u", ")"),
        value("", "true", " && true"),
        value("select(1u, ", "1u", ", true)"),
        value("", "1u", " < 1u"),
        value("", "1u", ", 1u"),
        value("max(1u, ", "1u", ")"),
        rule("{", "", "}", TIMES),
        rule("if true {", "", "}", TIMES),
        rule("loop {", "break;", "}", TIMES),
        rule("if true { } else ", "if true { }", "", TIMES),
        rule("switch 1 { default: {", "", "} }", TIMES),
        rule("n.a += 1u;", "", "", 2000),
        rule("if n.a > 3u { n.a += 1u; }", "", "", 300),
        rule("let x = 1u; {", "", "}", 90),
        rule("if n.a > 0u { n.a += 1u;", "", "}", 90),
        rule("for (var i = 0u; i < 2u; i += 1u) {", "n.a += 1u;", "}", 90),
        rule("loop { n.a += 1u; if n.a > 9u { break; }", "", "}", 45),
        rule("/*", "", "*/", TIMES),
        rule("", "", "/*", TIMES),
        rule("switch n.a { default: { n.a += 1u;", "", "} }", 45),
        rule("if true { } else ", "if n.a > 3u { n.a = 1u; }", "", 90),
        format!("//! [step]\n//! stages = {}{}\n", "[".repeat(TIMES), "]".repeat(TIMES)),
        format!("//! [step]\n//! stages = {}{}\n", "{ a = ".repeat(TIMES), "}".repeat(TIMES)),
        format!("//! {}a = 1\n", "a.".repeat(TIMES)),
        format!("//! [{}a]\n", "a.".repeat(TIMES)),
        format!("//! [step]\n//! stages = [{}]\nstruct Agent {{ a: u32 }}", "\"go\", ".repeat(TIMES)),
        format!(
            "//! [layers]\n{}//! [step]\n//! stages = [\"go\"]\n",
            (0..500).map(|n| format!("//! l{n} = {{ bits = 1 }}\n")).collect::<String>()
        ),
        format!(
            "//! [params]\n{}//! [step]\n//! stages = [\"go\"]\nstruct Agent {{ a: u32 }}\nfn go(me: Agent) -> Agent {{ return me; }}\n",
            (0..500).map(|n| format!("//! l{n} = {{ default = 1 }}\n")).collect::<String>()
        ),
        format!(
            "//! [step]\n//! stages = [\"go\"]\nstruct Agent {{ {} }}\nfn go(me: Agent) -> Agent {{ return me; }}\n",
            (0..500).map(|n| format!("f{n}: u32,")).collect::<String>()
        ),
        format!(
            "//! [step]\n//! stages = [\"f0\"]\nstruct Agent {{ a: u32 }}\n{}fn f500(me: Agent) -> Agent {{ return me; }}\n",
            (0..500)
                .map(|n| format!("fn f{n}(me: Agent) -> Agent {{ return f{}(me); }}\n", n + 1))
                .collect::<String>()
        ),
        format!(
            "//! [step]\n//! stages = [\"f0\"]\nstruct Agent {{ a: u32 }}\n{}fn f30(me: Agent) -> Agent {{ return me; }}\n",
            (0..30)
                .map(|n| format!("fn f{n}(me: Agent) -> Agent {{ return f{0}(f{0}(me)); }}\n", n + 1))
                .collect::<String>()
        ),
        format!(
            "//! [step]\n//! stages = [\"go\"]\nstruct Agent {{ a: u32 }}\n{}fn go(me: Agent) -> Agent {{ return me; }}\n",
            (0..2000).map(|n| format!("const c{n} = c{};\n", n + 1)).collect::<String>()
        ),
        format!(
            "//! [step]\n//! stages = [\"go\"]\nstruct Agent {{ a: u32 }}\nconst c2000 = 1;\n{}fn go(me: Agent) -> Agent {{ return me; }}\n",
            (0..2000).map(|n| format!("const c{n} = c{};\n", n + 1)).collect::<String>()
        ),
        format!(
            "//! [step]\n//! stages = [\"go\"]\nstruct Agent {{ a: u32 }}\nstruct S0 {{ a: u32 }}\n{}fn go(me: Agent) -> Agent {{ var s: S1999; return me; }}\n",
            (1..2000).map(|n| format!("struct S{n} {{ a: S{}, }}\n", n - 1)).collect::<String>()
        ),
        format!(
            "//! [step]\n//! stages = [\"go\"]\nstruct Agent {{ a: u32 }}\nalias A0 = u32;\n{}fn go(me: Agent) -> Agent {{ var s: A1999; return me; }}\n",
            (1..2000).map(|n| format!("alias A{n} = array<A{}, 2>;\n", n - 1)).collect::<String>()
        ),
    ];
    for text in &nested {
        accepted(text);
    }
}
