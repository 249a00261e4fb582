//! Random programs: nested expressions, branches, switches, bounded loops, arrays, structs, helpers with pointers.

use proptest::prelude::*;

use crate::harness::{Program, Snippet, Tolerance, check};
use crate::inputs::integers;

/// Writes a program from a list of choices; when they run out it takes the simplest way.
struct Writer<'a> {
    choices: &'a [u8],
    text: String,
    /// Loops around the statement.
    loops: u32,
    /// Switches within the innermost loop, where a break would not leave it.
    depth: u32,
    helpers: u32,
    names: u32,
}

impl Writer<'_> {
    fn choose(&mut self, below: u32) -> u32 {
        match self.choices.split_first() {
            Some((&first, rest)) => {
                self.choices = rest;
                u32::from(first) % below
            }
            None => 0,
        }
    }

    fn unsigned(&mut self, depth: u32) -> String {
        let simple = depth == 0;
        match self.choose(if simple { 6 } else { 24 }) {
            0 => "u0".into(),
            1 => "u1".into(),
            2 => "u2".into(),
            3 => format!("list[{}]", self.choose(5)),
            4 => "s.n".into(),
            5 => "w.y".into(),
            6 => format!("list[{} % 5u]", self.unsigned(depth - 1)),
            7 => format!("list[{}]", self.unsigned(depth - 1)),
            8 => format!("bitcast<u32>({})", self.signed(depth - 1)),
            9 => format!(
                "select({}, {}, {})",
                self.unsigned(depth - 1),
                self.unsigned(depth - 1),
                self.truth(depth - 1)
            ),
            10 => format!("s.list[{}]", self.signed(depth - 1)),
            11 => format!("w[{} % 3u]", self.unsigned(depth - 1)),
            12 => {
                let function = [
                    "countOneBits",
                    "countLeadingZeros",
                    "reverseBits",
                    "firstLeadingBit",
                    "firstTrailingBit",
                ][self.choose(5) as usize];
                format!("{function}({})", self.unsigned(depth - 1))
            }
            13 => format!(
                "{}({}, {})",
                ["min", "max"][self.choose(2) as usize],
                self.unsigned(depth - 1),
                self.unsigned(depth - 1)
            ),
            14 => {
                let operator = ["<<", ">>"][self.choose(2) as usize];
                format!("({} {operator} ({} & 31u))", self.unsigned(depth - 1), self.unsigned(depth - 1))
            }
            15 => format!("({} {} {}u)", self.unsigned(depth - 1), self.operator(), 1 + self.choose(40)),
            16 => format!("(~{})", self.unsigned(depth - 1)),
            17 => format!("dot(w, vec3({}))", self.unsigned(depth - 1)),
            18 => format!("TABLE[{} % 7u]", self.unsigned(depth - 1)),
            _ => {
                let operator = self.operator();
                format!("({} {operator} {})", self.unsigned(depth - 1), self.unsigned(depth - 1))
            }
        }
    }

    fn operator(&mut self) -> &'static str {
        ["+", "-", "*", "^", "&", "|", "/", "%"][self.choose(8) as usize]
    }

    fn signed(&mut self, depth: u32) -> String {
        match self.choose(if depth == 0 { 3 } else { 12 }) {
            0 => "i0".into(),
            1 => "i1".into(),
            2 => "s.p.x".into(),
            3 => format!("bitcast<i32>({})", self.unsigned(depth - 1)),
            4 => format!("(-{})", self.signed(depth - 1)),
            // Halved: Mesa 22.3 takes an absolute value for positive even where it is MIN, and goes wrong from there.
            5 => format!("abs({} >> 1u)", self.signed(depth - 1)),
            6 => format!(
                "select({}, {}, {})",
                self.signed(depth - 1),
                self.signed(depth - 1),
                self.truth(depth - 1)
            ),
            7 => format!(
                "clamp({}, {}, {})",
                self.signed(depth - 1),
                self.signed(depth - 1),
                self.signed(depth - 1)
            ),
            8 => format!("({} >> {}u)", self.signed(depth - 1), self.choose(32)),
            9 => format!("({} {} (-{}))", self.signed(depth - 1), self.operator(), 1 + self.choose(9)),
            _ => {
                let operator = self.operator();
                format!("({} {operator} {})", self.signed(depth - 1), self.signed(depth - 1))
            }
        }
    }

    fn truth(&mut self, depth: u32) -> String {
        let comparison = ["<", "<=", ">", ">=", "==", "!="][self.choose(6) as usize];
        if depth == 0 {
            return format!("(u0 {comparison} u1)");
        }
        match self.choose(6) {
            0 => format!("({} {comparison} {})", self.unsigned(depth - 1), self.unsigned(depth - 1)),
            1 => format!("({} {comparison} {})", self.signed(depth - 1), self.signed(depth - 1)),
            2 => format!("({} && {})", self.truth(depth - 1), self.truth(depth - 1)),
            3 => format!("({} || {})", self.truth(depth - 1), self.truth(depth - 1)),
            4 => format!("(!{})", self.truth(depth - 1)),
            _ => format!("(({} & {}u) == 0u)", self.unsigned(depth - 1), 1 << self.choose(8)),
        }
    }

    fn name(&mut self) -> u32 {
        self.names += 1;
        self.names
    }

    fn statements(&mut self, most: u32) {
        for _ in 0..1 + self.choose(most) {
            self.statement();
        }
    }

    fn block(&mut self, most: u32) {
        self.text.push_str("{\n");
        self.depth += 1;
        self.statements(most);
        self.depth -= 1;
        self.text.push_str("}\n");
    }

    fn statement(&mut self) {
        let compound = if self.depth < 4 { 20 } else { 11 };
        match self.choose(compound) {
            0..4 => {
                let (variable, value) = (["u0", "u1", "u2"][self.choose(3) as usize], self.unsigned(3));
                self.text.push_str(&format!("{variable} = {value};\n"));
            }
            4 | 5 => {
                let (variable, value) =
                    (["i0", "i1", "s.p.y", "s.p.x"][self.choose(4) as usize], self.signed(3));
                self.text.push_str(&format!("{variable} = {value};\n"));
            }
            6 => {
                let (index, value) = (self.unsigned(1), self.unsigned(2));
                let list = ["list", "s.list"][self.choose(2) as usize];
                self.text.push_str(&format!("{list}[{index}] = {value};\n"));
            }
            7 => {
                let (index, value) = (self.choose(3), self.unsigned(2));
                let target = ["list", "s.list", "w"][self.choose(3) as usize];
                self.text.push_str(&format!("{target}[{index}] += {value};\n"));
            }
            8 => {
                let value = self.unsigned(2);
                self.text.push_str(&format!("s.n ^= {value}; w = w.zxy + s.n;\n"));
            }
            9 | 10 => {
                if self.helpers == 0 {
                    return self.text.push_str("u1 += 1u;\n");
                }
                let (helper, x, y) = (self.choose(self.helpers), self.unsigned(1), self.signed(1));
                let (pointer, target) =
                    (["u0", "u2"][self.choose(2) as usize], ["u1", "s.n"][self.choose(2) as usize]);
                self.text.push_str(&format!("{target} = helper{helper}_$(&{pointer}, {x}, {y});\n"));
            }
            11..14 => {
                let test = self.truth(2);
                self.text.push_str(&format!("if {test} "));
                self.block(3);
                if self.choose(2) == 1 {
                    self.text.push_str("else ");
                    self.block(3);
                }
            }
            14 => {
                let (test, jump) = (self.truth(2), self.choose(4));
                let jump = match (jump, self.loops) {
                    (0 | 1, 1..) => "continue;",
                    (2, 1..) => "break;",
                    _ => "return RESULT;",
                };
                self.text.push_str(&format!("if {test} {{ u0 += 1u; {jump} }}\n"));
            }
            15 => {
                let selector = self.unsigned(2);
                self.text.push_str(&format!("switch {selector} % 5u {{\ncase 0u: "));
                let loops = std::mem::take(&mut self.loops);
                self.block(2);
                self.text.push_str("case 1u, 3u: ");
                self.block(2);
                if self.choose(2) == 1 {
                    self.text.push_str("case 2u: { if u0 > u1 { break; } u1 += 5u; }\n");
                }
                self.loops = loops;
                self.text.push_str("default: ");
                if loops > 0 && self.choose(3) == 1 {
                    self.text.push_str("{ continue; }\n");
                } else {
                    let loops = std::mem::take(&mut self.loops);
                    self.block(2);
                    self.loops = loops;
                }
                self.text.push_str("}\n");
            }
            16 | 17 => {
                if self.loops >= 2 {
                    return self.text.push_str("u2 ^= u0;\n");
                }
                let (k, from, trips) = (self.name(), self.choose(3), self.choose(8));
                let (to, step) = (from + trips, 1 + self.choose(2));
                self.text.push_str(&format!(
                    "for (var k{k} = {from}u; k{k} < {to}u; k{k} += {step}u) {{ u2 += k{k};\n"
                ));
                self.loops += 1;
                self.block(3);
                if self.choose(3) == 1 {
                    self.text.push_str(&format!("if u0 == u2 {{ k{k} += 1u; }}\n"));
                }
                self.loops -= 1;
                self.text.push_str(&format!("list[k{k} % 5u] += u0; }}\n"));
            }
            18 => {
                if self.loops >= 2 {
                    return self.text.push_str("i1 -= 1;\n");
                }
                let (k, bound) = (self.name(), self.unsigned(1));
                self.text.push_str(&format!(
                    "var k{k} = 0u; let bound{k} = {bound} % 7u; loop {{ if k{k} >= bound{k} {{ break; }}\n"
                ));
                self.loops += 1;
                self.block(3);
                self.loops -= 1;
                self.text.push_str(&format!("continuing {{ k{k}++; }} }}\n"));
            }
            _ => {
                let (k, value) = (self.name(), self.unsigned(2));
                self.text.push_str(&format!("{{ let t{k} = {value}; u0 = u1; u1 = t{k}; }}\n"));
            }
        }
    }
}

/// The WGSL of one program.
fn program(choices: &[u8]) -> String {
    let mut writer = Writer { choices, text: String::new(), loops: 0, depth: 0, helpers: 0, names: 0 };
    let mut text = String::from(
        "const TABLE_$ = array<u32, 7>(3u, 1u, 4u, 1u, 5u, 9u, 2u);
         struct S_$ { p: vec2<i32>, n: u32, list: array<u32, 3> }\n",
    );
    for helper in 0..writer.choose(3) {
        writer.text.clear();
        writer.depth = 2;
        writer.statements(4);
        let body = std::mem::take(&mut writer.text).replace("RESULT", "u1 + *p");
        text.push_str(&format!(
            "fn helper{helper}_$(p: ptr<function, u32>, x: u32, y: i32) -> u32 {{
                var u0 = x; var u1 = *p; var u2 = 3u; var i0 = y; var i1 = 1;
                var list: array<u32, 5>; var s: S_$; var w = vec3(x, u1, 7u);
                {body}
                *p = u2 ^ w.x;
                return u0 + list[1] + s.n + bitcast<u32>(i0 ^ i1);
            }}\n"
        ));
        writer.helpers = helper + 1;
    }
    writer.text.clear();
    writer.depth = 0;
    writer.statements(8);
    let result = "vec4(u0 + list[0] * 3u + list[4], u1 ^ s.list[0] ^ s.list[2], u2 + w.x * 5u + w.z, bitcast<u32>(i0 + i1 * 3 + s.p.x - s.p.y) + s.n)";
    let body = writer.text.replace("RESULT", result);
    text.push_str(&format!(
        "fn rule$(a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {{
            var u0 = a; var u1 = b; var u2 = c; var i0 = bitcast<i32>(d); var i1 = bitcast<i32>(a ^ d);
            var list = array<u32, 5>(a, 1u, b, c, d); var w = vec3(a, b, d);
            var s = S_$(vec2(1, i0), c, array<u32, 3>(b, c, 9u));
            {body}
            return {result};
        }}\n"
    ));
    text.replace("TABLE[", "TABLE_$[")
}

/// Twelve programs each; PROPTEST_CASES asks for more.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(6);
    ProptestConfig { cases, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_programs_agree(
        list in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 50..400), 12)
    ) {
        let snippets = list
            .iter()
            .map(|choices| Snippet {
                name: "generated".into(),
                wgsl: program(choices),
                tolerance: Tolerance::Exact,
                input: integers,
            })
            .collect();
        check(&Program::new(snippets));
    }
}
