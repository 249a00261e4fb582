//! Mistakes in the body.

use super::*;

pub fn wrong() -> Vec<Wrong> {
    let mut all = syntax();
    all.extend(names());
    all.extend(types());
    all.extend(agents());
    all.extend(effects());
    all.extend(refused());
    all
}

fn syntax() -> Vec<Wrong> {
    vec![
        template(
            "no semicolon",
            "var next = me;\n    next.heading = random_below(8u);",
            "var next = ‹me›\n    next.heading = random_below(8u);",
            "`;`",
            "end the statement",
        ),
        template(
            "no closing brace",
            "    add_steps(next.pos, 1u);\n    return next;\n}\n",
            "    add_steps(next.pos, 1u);\n    return next;\n‹",
            "end of the file",
            "close the `{` of line 50",
        ),
        template(
            "a brace too many",
            "    add_steps(next.pos, 1u);\n    return next;\n}\n",
            "    add_steps(next.pos, 1u);\n    return next;\n}\n‹}›\n",
            "}",
            "remove it",
        ),
        template("no closing parenthesis", "random_below(8u);", "random_below(8u‹;›", ")", "`)`"),
        template("an open comment", "// What an agent is.", "‹/* What an agent is.", "comment", "*/"),
        template(
            "a C type",
            "var next = me;\n    next.heading",
            "int ‹next› = me;\n    next.heading",
            "next",
            "var next",
        ),
        template(
            "a ternary",
            "if is_free(ahead) {",
            "let x = is_free(ahead) ‹?› 1 : 0;\n    if is_free(ahead) {",
            "?",
            "select",
        ),
        template(
            "an unknown character",
            "if is_free(ahead) {",
            "‹§›\n    if is_free(ahead) {",
            "§",
            "a statement",
        ),
        template("a number too large", "& 7u", "& ‹99999999999u›", "99999999999u", "smaller"),
        template("a bad number", "& 7u", "& 7‹q›", "q", "number"),
        template("a function of Rust", "fn begin(me: Agent)", "fn begin(‹&›me: Agent)", "&", "a name"),
        template(
            "ending in an attribute",
            "    add_steps(next.pos, 1u);\n    return next;\n}\n",
            "    add_steps(next.pos, 1u);\n    return next;\n}\n@‹must_use›\n",
            "middle",
            "complete",
        ),
        small(
            "else without if",
            "fn act(me: Agent) -> Agent { var n = me; ‹else› { } return n; }",
            "else",
            "condition",
        ),
        small(
            "nested too deep",
            &format!(
                "fn act(me: Agent) -> Agent {{ var n = me; n.energy = {}‹(›{}1u{}; return n; }}",
                "(".repeat(100),
                "(".repeat(4899),
                ")".repeat(5000)
            ),
            "nested",
            "split",
        ),
        small(
            "braces nested too deep",
            &format!(
                "fn act(me: Agent) -> Agent {{ {}‹{{›{}{} return me; }}",
                "{".repeat(100),
                "{".repeat(200),
                "}".repeat(301)
            ),
            "nest",
            "split",
        ),
    ]
}

fn names() -> Vec<Wrong> {
    vec![
        template("an unknown function", "if is_free(ahead)", "if ‹is_fre›(ahead)", "is_fre", "`is_free`"),
        template("an unknown variable", "next.pos = ahead;", "next.pos = ‹ahed›;", "ahed", "`ahead`"),
        template(
            "an unknown function far from all",
            "if is_free(ahead)",
            "if ‹xyzzy_quux›(ahead)",
            "xyzzy_quux",
            "define",
        ),
        template(
            "an undeclared layer",
            "if is_free(ahead)",
            "if ‹pheromone›(ahead) > 0u",
            "pheromone",
            "[layers]",
        ),
        template("a misspelt layer", "if is_free(ahead)", "if ‹stesp›(ahead) > 0u", "stesp", "`steps`"),
        template(
            "an effect on an undeclared layer",
            "add_steps(next.pos, 1u);",
            "‹mark_seen›(next.pos);",
            "mark_seen",
            "[layers]",
        ),
        template(
            "an effect that one-bit layers lack",
            "add_steps(next.pos, 1u);",
            "‹add_wall›(next.pos, 1u);",
            "add_wall",
            "mark_wall",
        ),
        template(
            "an effect that wide layers lack",
            "add_steps(next.pos, 1u);",
            "‹mark_steps›(next.pos);",
            "mark_steps",
            "add_steps",
        ),
        template("an unknown parameter", "params.turn", "params.‹turm›", "turm", "`turn`"),
        template(
            "a parameter that is changed",
            "next.pos = ahead;",
            "next.pos = ahead; ‹params.turn = 1u›;",
            "changes `params`",
            "to a `var` first",
        ),
        template(
            "a pointer to parameters",
            "next.pos = ahead;",
            "next.pos = ahead; let all = &params; ‹(*all).turn = 1u›;",
            "changes `params`",
            "to a `var` first",
        ),
        template("an unknown field of the agent", "(me.heading", "(me.‹headign›", "headign", "`heading`"),
        template(
            "an unknown field of the agent, assigned",
            "next.pos = ahead;",
            "next.‹position› = ahead;",
            "position",
            "`pos`",
        ),
        template("an unknown component", "next.pos = ahead;", "next.pos.‹z› = 1;", "z", "x or y"),
        template(
            "a Rust method",
            "next.heading = random_below(8u);",
            "next.heading = me.heading.min‹(›3u);",
            "(",
            "min(...)",
        ),
        small(
            "params without parameters",
            "fn act(me: Agent) -> Agent { return me; }\nfn x() -> i32 { return params.‹sped›; }",
            "sped",
            "`speed`",
        ),
        template(
            "a function twice",
            "fn begin(me: Agent)",
            "fn begin(me: Agent) -> Agent { return me; }\nfn ‹begin›(me: Agent)",
            "twice",
            "another name",
        ),
        template(
            "a function of the prelude again",
            "fn begin(me: Agent)",
            "fn ‹random_u32›() -> u32 { return 4u; }\nfn begin(me: Agent)",
            "random_u32",
            "another",
        ),
        template(
            "a builtin of WGSL again",
            "fn begin(me: Agent)",
            "fn ‹min›(a: u32, b: u32) -> u32 { return a; }\nfn begin(me: Agent)",
            "min",
            "another",
        ),
        template(
            "a type of WGSL again",
            "fn begin(me: Agent)",
            "alias ‹u32› = i32;\nfn begin(me: Agent)",
            "u32",
            "another",
        ),
        template(
            "a constant called like WGSL's",
            "fn begin(me: Agent)",
            "const ‹select› = 1;\nfn begin(me: Agent)",
            "select",
            "another",
        ),
        template(
            "a layer's function again",
            "fn begin(me: Agent)",
            "fn ‹steps›(at: vec2<i32>) -> u32 { return 4u; }\nfn begin(me: Agent)",
            "steps",
            "another",
        ),
        template(
            "a struct Params of one's own",
            "fn begin(me: Agent)",
            "struct ‹Params› { x: i32 }\nfn begin(me: Agent)",
            "Params",
            "another",
        ),
        template(
            "a kept name, declared",
            "fn begin(me: Agent)",
            "fn ‹throng_stage_wander›() { }\nfn begin(me: Agent)",
            "throng_stage_wander",
            "another",
        ),
        template(
            "a kept name, used",
            "next.heading = random_below(8u);",
            "next.heading = ‹throng_draw›;",
            "throng_draw",
            "another",
        ),
        template("a keyword as a name", "let ahead =", "let ‹while› =", "word of WGSL", "another name"),
        template("a reserved word as a name", "let ahead =", "let ‹target› =", "target", "another"),
        template(
            "a name twice in a block",
            "let ahead =",
            "let ahead = 1;\n    let ‹ahead› =",
            "twice",
            "another name",
        ),
    ]
}

fn types() -> Vec<Wrong> {
    vec![
        template(
            "a sum of u32 and i32",
            "(me.heading + select",
            "(me.heading + ‹-1›) + (me.heading + select",
            "no `u32`",
            "another type",
        ),
        template(
            "a field of the wrong type",
            "next.heading = random_below(8u);",
            "next.heading = ‹random_range(0, 7)›;",
            "`u32` is needed",
            "u32(...)",
        ),
        template("a variable of the wrong type", "let ahead =", "let ‹ahead›: u32 =", "`vec2<i32>`", "type"),
        template(
            "an argument of the wrong type",
            "neighbour8(me.pos, next.heading)",
            "neighbour8(me.pos, ‹1.5›)",
            "`u32` is needed",
            "u32(...)",
        ),
        template(
            "an argument too few",
            "neighbour8(me.pos, next.heading)",
            "‹neighbour8(me.pos)›",
            "takes 2",
            "fn neighbour8(at: vec2<i32>, k: u32)",
        ),
        template(
            "an argument too many",
            "random_below(8u);",
            "‹random_below(8u, 9u)›;",
            "takes 1",
            "fn random_below(n: u32)",
        ),
        template(
            "an argument of a builtin of the wrong type",
            "add_steps(next.pos, 1u);",
            "add_steps(next.pos, min(1u, ‹-1›));",
            "no `u32`",
            "another type",
        ),
        template(
            "a condition that is no truth value",
            "if is_free(ahead) {",
            "if ‹steps(ahead)› {",
            "`u32`",
            "> 0u",
        ),
        template(
            "the wrong type returned",
            "    add_steps(next.pos, 1u);\n    return next;",
            "    add_steps(next.pos, 1u);\n    return ‹next.pos›;",
            "`vec2<i32>`",
            "head",
        ),
        template(
            "nothing returned",
            "    add_steps(next.pos, 1u);\n    return next;",
            "    add_steps(next.pos, 1u);\n    ‹return;›",
            "nothing",
            "return next;",
        ),
        template(
            "no return",
            "fn wander(me: Agent) -> Agent {\n    var next = me;",
            "fn ‹wander›(me: Agent) -> Agent {\n    var next = me;\n}\nfn other(me: Agent) -> Agent {\n    var next = me;",
            "nothing",
            "return next;",
        ),
        template(
            "a let assigned to",
            "if is_free(ahead) {",
            "‹ahead› = me.pos;\n    if is_free(ahead) {",
            "cannot be changed",
            "`var`",
        ),
        template(
            "an argument assigned to",
            "if is_free(ahead) {",
            "‹me.heading› = 1u;\n    if is_free(ahead) {",
            "`me` cannot be changed",
            "var next = me;",
        ),
        template(
            "a result that is dropped",
            "var next = me;\n    next.heading",
            "var next = me;\n    ‹abs›(1);\n    next.heading",
            "`abs`",
            "let result",
        ),
        template(
            "a break outside of loops",
            "if is_free(ahead) {",
            "‹break;›\n    if is_free(ahead) {",
            "break",
            "return",
        ),
        template("a division by a constant 0", "& 7u", "& (‹7u / 0u›)", "by 0", "else"),
        template("a shift too far", "& 7u", "& (‹7u << 40u›)", "shift", "31"),
        template(
            "an array index too far",
            "if is_free(ahead) {",
            "var a = array<u32, 3>(1u, 2u, 3u);\n    ‹a[7]› = 1u;\n    if is_free(ahead) {",
            "index 7",
            "from 0",
        ),
        template("an unknown type", "let ahead =", "let ahead: ‹Vec2› =", "Vec2", "`vec2`"),
        template("a negative u32", "random_below(8u);", "random_below(‹-8›);", "no `u32`", "another type"),
        template(
            "a call of a variable",
            "let ahead = neighbour8(me.pos, next.heading);",
            "let ahead = neighbour8(me.pos, next.heading);\n    let y = ‹ahead›(1);",
            "variable",
            "call",
        ),
        small("recursion", "fn act(me: Agent) -> Agent { return ‹act›(me); }", "act", "loop"),
        small(
            "recursion through another",
            "fn act(me: Agent) -> Agent { return again(me); }\nfn again(me: Agent) -> Agent { return ‹act›(me); }",
            "act",
            "loop",
        ),
        small(
            "a float in a layer",
            "fn act(me: Agent) -> Agent { add_height(me.pos, ‹1.5›); return me; }",
            "decimal number",
            "u32(...)",
        ),
        small(
            "a huge array",
            "fn act(me: Agent) -> Agent { ‹var big: array<u32, 100000000>›; big[me.energy] = 1u; return me; }",
            "256 KiB",
            "smaller",
        ),
        small(
            "modulo of a vector by a bool",
            "fn act(me: Agent) -> Agent { let a = ‹me.pos % true›; return me; }",
            "`%`",
            "convert",
        ),
        small(
            "an array without a length",
            "fn act(me: Agent) -> Agent { var ‹a›: array<u32>; return me; }",
            "`a`",
            "fixed length",
        ),
        small(
            "a comparison of pairs as a condition",
            "fn act(me: Agent) -> Agent { if ‹me.pos == vec2(1, 1)› { return me; } return me; }",
            "vec2<bool>",
            "all(...)",
        ),
    ]
}

fn agents() -> Vec<Wrong> {
    let agent = "struct Agent { pos: vec2<i32>, heading: u32 }";
    let without = throng::model::TEMPLATE;
    assert!(without.contains(agent));
    vec![
        whole(
            "no agent",
            "//! [step]\n//! stages = [\"go\"]\nfn go(me: ‹Agent›) -> Agent { return me; }\n",
            "Agent",
            "struct Agent { pos: vec2<i32> }",
        ),
        whole(
            "an empty agent",
            "//! [step]\n//! stages = [\"go\"]\nstruct ‹Agent› { }\nfn go(me: Agent) -> Agent { return me; }\n",
            "no fields",
            "struct Agent",
        ),
        whole(
            "an agent that is no struct",
            "//! [step]\n//! stages = [\"go\"]\nalias ‹Agent› = u32;\nfn go(me: Agent) -> Agent { return me; }\n",
            "Agent",
            "struct Agent",
        ),
        template(
            "a bool field",
            agent,
            "struct Agent { pos: vec2<i32>, heading: u32, ‹alive›: bool }",
            "alive",
            "u32 of 0 or 1",
        ),
        template(
            "a vec3 field",
            agent,
            "struct Agent { pos: vec2<i32>, heading: u32, ‹colour›: vec3<u32> }",
            "colour",
            "vec2",
        ),
        template(
            "an array field",
            agent,
            "struct Agent { pos: vec2<i32>, heading: u32, ‹memory›: array<u32, 4> }",
            "memory",
            "vec2",
        ),
        template(
            "a nested struct field",
            agent,
            "struct Inner { a: u32 }\nstruct Agent { pos: vec2<i32>, heading: u32, ‹inner›: Inner }",
            "inner",
            "vec2",
        ),
        template(
            "an atomic field",
            agent,
            "struct Agent { pos: vec2<i32>, heading: u32, ‹count›: atomic<u32> }",
            "count",
            "vec2",
        ),
        template(
            "a half-float field",
            agent,
            "struct Agent { pos: vec2<i32>, heading: u32, half: ‹f16› }",
            "f16",
            "remove it",
        ),
        template(
            "a field name in a comment first",
            agent,
            "struct Agent { pos: vec2<i32>, heading: u32, /* alive */ ‹alive›: bool }",
            "alive",
            "u32 of 0 or 1",
        ),
        template(
            "a stage that takes nothing",
            "fn wander(me: Agent) -> Agent {\n    var next = me;",
            "fn ‹wander›() -> Agent {\n    var me = Agent(); var next = me;",
            "wander",
            "fn wander(me: Agent) -> Agent",
        ),
        template(
            "a stage that takes two",
            "fn wander(me: Agent)",
            "fn ‹wander›(me: Agent, other: Agent)",
            "wander",
            "fn wander(me: Agent) -> Agent",
        ),
    ]
}

fn effects() -> Vec<Wrong> {
    let act = "fn act(me: Agent) -> Agent { return me; }";
    let with = |name, entry: &str, functions: &str, what, remedy| {
        let text = SMALL.replace("//! [step]", &format!("{entry}\n//! [step]"));
        Wrong { name, text: format!("{text}{act}\n{functions}"), what, remedy }
    };
    let layer = "//! hills = { bits = 8, from = \"rise\" }";
    let metric = "//! [metrics]\n//! crowd = { mean = \"crowding\" }";
    vec![
        template(
            "two kinds of effect",
            "add_steps(next.pos, 1u);",
            "add_steps(next.pos, 1u);\n    ‹max_steps(next.pos, 3u)›;",
            "add_steps",
            "stage of its own",
        ),
        small(
            "two kinds of effect through a function",
            "fn act(me: Agent) -> Agent { mark_seen(me.pos); forget(me.pos); return me; }\nfn forget(at: vec2<i32>) { ‹clear_seen(at)›; }",
            "mark_seen",
            "stage of its own",
        ),
        with(
            "a metric with an effect",
            metric,
            "fn crowding(at: vec2<i32>) -> u32 { ‹add_height(at, 1u)›; return 1u; }",
            "add_height",
            "stage",
        ),
        with(
            "a metric with an effect through a function",
            metric,
            "fn crowding(at: vec2<i32>) -> u32 { touch(at); return 1u; }\nfn touch(at: vec2<i32>) { ‹mark_seen(at)›; }",
            "mark_seen",
            "stage",
        ),
        with(
            "a metric that draws",
            metric,
            "fn crowding(at: vec2<i32>) -> u32 { return ‹random_u32()›; }",
            "random",
            "stage",
        ),
        with(
            "a metric that draws through a function",
            metric,
            "fn crowding(at: vec2<i32>) -> u32 { return noise(); }\nfn noise() -> u32 { return ‹random_below(3u)›; }",
            "random",
            "stage",
        ),
        with(
            "an effect in a layer function",
            layer,
            "fn rise(at: vec2<i32>) -> u32 { ‹mark_seen(at)›; return 3u; }",
            "mark_seen",
            "stage",
        ),
        with(
            "an effect in a layer function through a function",
            layer,
            "fn rise(at: vec2<i32>) -> u32 { return touch(at); }\nfn touch(at: vec2<i32>) -> u32 { ‹toggle_seen(at)›; return 3u; }",
            "toggle_seen",
            "stage",
        ),
        with(
            "a layer function that reads itself",
            layer,
            "fn rise(at: vec2<i32>) -> u32 { return ‹hills(at)›; }",
            "hills",
            "declare",
        ),
        with(
            "a layer function that reads a later layer",
            "//! hills = { bits = 8, from = \"rise\" }\n//! late = { bits = 1 }",
            "fn rise(at: vec2<i32>) -> u32 { return select(0u, 1u, ‹late(at)›); }",
            "late",
            "declare",
        ),
        with(
            "a layer function that reads a later layer's surroundings",
            "//! hills = { bits = 8, from = \"rise\" }\n//! late = { bits = 1 }",
            "fn rise(at: vec2<i32>) -> u32 { return ‹late_around(at)›; }",
            "late",
            "declare",
        ),
    ]
}

fn refused() -> Vec<Wrong> {
    vec![
        small(
            "a buffer of one's own",
            "@group(0) @binding(9) var<storage, read_write> ‹mine›: array<u32>;\nfn act(me: Agent) -> Agent { mine[0] = 1u; return me; }",
            "mine",
            "layer",
        ),
        small(
            "a uniform of one's own",
            "@group(0) @binding(0) var<uniform> ‹mine›: u32;\nfn act(me: Agent) -> Agent { return me; }",
            "mine",
            "parameter",
        ),
        small(
            "a workgroup variable",
            "var<workgroup> ‹mine›: u32;\nfn act(me: Agent) -> Agent { return me; }",
            "mine",
            "layer",
        ),
        small(
            "a texture",
            "@group(0) @binding(9) var ‹mine›: texture_2d<f32>;\nfn act(me: Agent) -> Agent { return me; }",
            "mine",
            "layer",
        ),
        small(
            "a sampler",
            "@group(0) @binding(9) var ‹mine›: sampler;\nfn act(me: Agent) -> Agent { return me; }",
            "mine",
            "layer",
        ),
        small(
            "an entry point",
            "fn act(me: Agent) -> Agent { return me; }\n@compute @workgroup_size(1) fn ‹main›() { }",
            "main",
            "remove",
        ),
        small(
            "an override",
            "override ‹speed›: u32 = 3u;\nfn act(me: Agent) -> Agent { return me; }",
            "speed",
            "parameter",
        ),
        small(
            "a barrier",
            "fn act(me: Agent) -> Agent { ‹workgroupBarrier›(); return me; }",
            "waits",
            "two stages",
        ),
        small(
            "a storage barrier",
            "fn act(me: Agent) -> Agent { ‹storageBarrier›(); return me; }",
            "waits",
            "two stages",
        ),
        small("discard", "fn act(me: Agent) -> Agent { ‹discard;› return me; }", "discard", "return"),
        small(
            "a pointer to a part",
            "fn touch(p: ptr<function, u32>) { *p = 1u; }\nfn act(me: Agent) -> Agent { var n = me; touch(&‹n.energy›); return n; }",
            "pointer",
            "copy the part",
        ),
        small(
            "a pointer to an element",
            "fn touch(p: ptr<function, u32>) { *p = 1u; }\nfn act(me: Agent) -> Agent { var a: array<u32, 3>; touch(&‹a[1]›); return me; }",
            "pointer",
            "copy the part",
        ),
        small(
            "a derivative",
            "fn act(me: Agent) -> Agent { var n = me; n.energy = u32(‹dpdx›(1.0)); return n; }",
            "derivative",
            "plain functions",
        ),
        small(
            "a matrix",
            "fn act(me: Agent) -> Agent { var n = me; let m = ‹mat2x2<f32>(1.0, 2.0, 3.0, 4.0)›; n.energy = u32((m * vec2(1.0, 2.0)).x); return n; }",
            "matrices",
            "vectors",
        ),
        small(
            "a subgroup operation",
            "fn act(me: Agent) -> Agent { var n = me; n.energy = ‹subgroupAdd›(n.energy); return n; }",
            "subgroup",
            "32-bit",
        ),
        small(
            "64-bit integers",
            "fn act(me: Agent) -> Agent { var n = me; n.energy = u32(‹u64(n.energy)›); return n; }",
            "64",
            "fixed point",
        ),
        small(
            "long floats",
            "fn act(me: Agent) -> Agent { let long = ‹1.0lf›; return me; }",
            "float64",
            "32-bit",
        ),
        small(
            "half floats",
            "‹enable› f16;\nfn act(me: Agent) -> Agent { return me; }",
            "extensions",
            "remove",
        ),
        small(
            "an atomic variable",
            "var<private> ‹count›: atomic<u32>;\nfn act(me: Agent) -> Agent { return me; }",
            "`count`",
            "numbers",
        ),
        small(
            "a variable of all agents",
            "var<private> ‹calls›: u32;\nfn act(me: Agent) -> Agent { calls += 1u; return me; }",
            "outside of functions",
            "with `var` in a function",
        ),
        small(
            "a quantised builtin",
            "fn act(me: Agent) -> Agent { var n = me; n.energy = ‹pack4x8unorm›(vec4(1.0)); return n; }",
            "pack4x8unorm",
            "other functions",
        ),
        small(
            "modf",
            "fn act(me: Agent) -> Agent { var n = me; n.energy = u32(‹modf›(1.5).whole); return n; }",
            "modf",
            "other functions",
        ),
        small(
            "arrayLength of nothing",
            "fn act(me: Agent) -> Agent { var n = me; var a: array<u32, 3>; n.energy = ‹arrayLength›(&a); return n; }",
            "arrayLength",
            "fixed length",
        ),
    ]
}
