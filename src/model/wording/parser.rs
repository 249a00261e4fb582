//! What naga's parser says, in our words.

use std::ops::Range;

use naga::front::wgsl::ParseError;

use super::{Reading, SEE, listed};
use crate::mistake::Mistake;
use crate::model::table::first_line;

/// Labels that mark what is wrong where others mark what it is measured against.
const CULPRITS: [&str; 4] =
    ["this expression has type", "argument #", "uses itself here", "ending the cycle"];

impl Reading<'_> {
    /// A mistake that naga's parser found.
    pub fn of_parser(&self, error: &ParseError) -> Mistake {
        let message = error.message().trim().trim_end_matches('.').replace('\n', "; ");
        let quoted = message.split('`').nth(1).unwrap_or("").to_owned();
        let labels: Vec<(Range<usize>, &str)> = error
            .labels()
            .filter_map(|(span, label)| Some((self.own_part(span.to_range()?)?, label)))
            .collect();
        let culprit = labels.iter().find(|(_, label)| CULPRITS.iter().any(|start| label.starts_with(start)));
        let (span, label) = match culprit.or(labels.first()) {
            Some((span, label)) => (span.clone(), *label),
            // The place is in generated text that the model's own text brought about.
            None => (self.place_of(&quoted), ""),
        };
        let notes: Vec<&str> = error.notes().collect();
        if message.contains(", found \"{\"")
            && let Some(before) = self.before(span.start, "else")
        {
            return Mistake {
                what: "`else` stands behind no `if`".into(),
                remedy: "put `if` and its condition before it, or remove it".into(),
                span: before,
            };
        }
        // A statement that lacks its `;` is noticed where the next one begins.
        let span = match self.tokens[..self.token_at(span.start)].last() {
            Some(last)
                if message.starts_with("expected `;`")
                    && self.line(last.span.end) < self.line(span.start) =>
            {
                let (what, remedy) = ("expected `;` behind this".into(), "end the statement with `;`".into());
                return Mistake { what, remedy, span: last.span.clone() };
            }
            _ => span,
        };
        let (what, remedy) = self
            .unexpected(&message, &span)
            .or_else(|| self.by_message(&message, &quoted, &span, label, &notes))
            .unwrap_or_else(|| (plain(&message), otherwise(&message, label, &notes)));
        Mistake { what, remedy, span }
    }

    /// `expected this, found that`.
    fn unexpected(&self, message: &str, span: &Range<usize>) -> Option<(String, String)> {
        let (expected, found) = message.strip_prefix("expected ")?.split_once(", found ")?;
        let found = match found.trim_matches('"') {
            "" => "",
            // What naga shows may go on into generated text.
            _ => first_line(self.source(), span.clone()),
        };
        if found.starts_with("/*") {
            return Some(("this comment does not end".into(), "close it with `*/`".into()));
        }
        let expected = match expected {
            global if global.starts_with("global item") => {
                "a declaration (`fn`, `struct`, `const`, `var` or `alias`)"
            }
            lhs if lhs.starts_with("LHS expression") => "something to assign to",
            init if init.starts_with("for loop") => "a statement such as `var i = 0` or `i += 1`",
            "assignment or increment/decrement" => "an assignment",
            "primary expression" | "expression" => "a value",
            "identifier" => "a name",
            "statement" => "a statement",
            other => other,
        };
        let at_end = found.is_empty() || span.start >= self.own;
        let before = &self.tokens[..self.token_at(span.start)];
        let previous = before.last().map_or("", |token| self.word(token));
        let is_method = matches!(before, [.., dot, name] if self.word(dot) == "." && name.is_word);
        let touches = before.last().is_some_and(|token| token.span.end >= span.start);
        let remedy = match (expected, found) {
            _ if at_end => match self.open_bracket() {
                Some((sign, line)) => format!("close the `{sign}` of line {line}"),
                None => format!("the text ends where there must be {expected}"),
            },
            (_, "?") => "WGSL has no `? :`: write `select(if_false, if_true, condition)`".into(),
            (_, "(") if is_method => {
                format!("WGSL has no methods: write `{previous}(...)` with all it needs in the parentheses")
            }
            (_, word) if touches && previous.starts_with(|c: char| c.is_ascii_digit()) && is_word(word) => {
                "a number ends with i, u, f or no letter".into()
            }
            (_, "fn" | "struct") => match self.open_bracket_before(span.start) {
                Some((sign, line)) => format!("close the `{sign}` of line {line} before this"),
                None => format!("write {expected} here"),
            },
            ("a declaration (`fn`, `struct`, `const`, `var` or `alias`)", "}") => {
                "remove it: no `{` is open here".into()
            }
            ("`;`", _) => "end what stands before it with `;`".into(),
            ("an assignment", word) if is_word(word) => {
                format!("a variable is declared with `let` or `var`, as in `var {word} = ...`")
            }
            _ => format!("write {expected} here"),
        };
        let found = match found.char_indices().nth(40) {
            _ if at_end => "the end of the file".to_owned(),
            Some((end, _)) => format!("`{}…`", &found[..end]),
            None => format!("`{found}`"),
        };
        Some((format!("expected {expected}, found {found}"), remedy))
    }

    /// The word before `place`, if it is this one.
    fn before(&self, place: usize, word: &str) -> Option<Range<usize>> {
        let last = self.tokens[..self.token_at(place)].last()?;
        (self.word(last) == word).then(|| last.span.clone())
    }

    fn open_bracket(&self) -> Option<(&str, usize)> {
        self.open_bracket_before(self.own)
    }

    /// The last bracket before `end` that nothing closes before it, and its line.
    fn open_bracket_before(&self, end: usize) -> Option<(&str, usize)> {
        let mut open = Vec::new();
        for token in &self.tokens[..self.token_at(end)] {
            match self.word(token) {
                "(" | "[" | "{" => open.push(token),
                ")" | "]" | "}" => drop(open.pop()),
                _ => {}
            }
        }
        open.last().map(|token| (self.word(token), self.line(token.span.start)))
    }

    /// What is wrong and what to do, where the message is one of the usual ones.
    fn by_message(
        &self,
        message: &str,
        quoted: &str,
        span: &Range<usize>,
        label: &str,
        notes: &[&str],
    ) -> Option<(String, String)> {
        let has = |part: &str| message.contains(part);
        let second = || message.split('`').nth(3).unwrap_or("");
        let is_agents = self.model.kinds.iter().any(|kind| kind.structure == quoted);
        Some(if has("no definition in scope") && is_agents {
            (format!("the model has no `struct {quoted}`"), AGENT.replace("Agent", quoted))
        } else if has("no definition in scope") {
            (format!("there is nothing called `{quoted}` here"), self.remedy_for_unknown(quoted, span.start))
        } else if has("invalid field accessor") {
            self.unknown_field(quoted, span.start)
        } else if has("redefinition of") {
            (format!("`{quoted}` is declared twice"), "choose another name for one of them".into())
        } else if has("is a reserved keyword") {
            (format!("`{quoted}` is a word of WGSL"), "choose another name".into())
        } else if has("automatic conversions cannot convert") || has("is expected to be") {
            let (given, wanted) = match has("is expected to be") {
                true => (message.rsplit('`').nth(1).unwrap_or(""), second()),
                false => (quoted, second()),
            };
            let (given, wanted) = (concrete(given), concrete(wanted));
            let remedy = if let "i32" | "u32" | "f32" = wanted.as_str()
                && !given.contains('<')
            {
                format!("convert it, as in `{wanted}(...)`")
            } else {
                "use a value of that type, or change the type".into()
            };
            (format!("a value of type `{wanted}` is needed here, and this has type `{given}`"), remedy)
        } else if has("cannot represent the abstract value") {
            (
                format!("`{}` is no `{quoted}`", second()),
                format!("use a number that a `{quoted}` can be, or another type"),
            )
        } else if has("type passed as argument #") {
            let allowed: Vec<&str> =
                notes.iter().filter_map(|note| note.strip_prefix("allowed type: ")).collect();
            let allowed: Vec<&str> = allowed
                .into_iter()
                .filter(|kind| !kind.contains('{') && !kind.contains("16") && !kind.contains("64"))
                .collect();
            let given =
                concrete(label.split_once("has type ").map_or("", |(_, given)| given.trim_matches('`')));
            (format!("`{quoted}` cannot take a `{given}` here"), format!("give it {}", listed(&allowed)))
        } else if has("wrong number of arguments") {
            let called = self.word(self.tokens.get(self.token_at(span.start))?);
            let remedy = match self.signature(called) {
                Some(signature) => format!("it is `{signature}`"),
                None => SEE.into(),
            };
            (plain(message), remedy)
        } else if has("invalid left-hand side of assignment") {
            let name = self.word(self.tokens.get(self.token_at(span.start))?);
            let remedy = match notes.is_empty() || !self.is_let(name, span.start) {
                true => "copy it to a `var` first, as in `var next = me;`, and change that".to_owned(),
                false => format!("declare `{name}` with `var` instead of `let`"),
            };
            (format!("`{name}` cannot be changed"), remedy)
        } else if has("is recursive") || has("is cyclic") {
            (
                format!("`{quoted}` needs itself"),
                "WGSL has no recursion: use a loop, or an array as a stack".into(),
            )
        } else if has("unused return value") {
            let name = self.word(self.tokens.get(self.token_at(span.start))?);
            (
                format!("nothing is done with what `{name}` gives"),
                format!("use it, as in `let result = {name}(...);`, or remove the call"),
            )
        } else if has("unterminated block comment") {
            ("this comment does not end".into(), "close it with `*/`".into())
        } else if has("not representable by target type") {
            (format!("`{quoted}` is too large for its type"), "use a smaller number".into())
        } else if has("global directive") || has("extension") {
            (
                format!("rules use no extensions of WGSL, and this is one: `{}`", &self.text[span.clone()]),
                "remove it: numbers of 32 bits and fixed point are there without".into(),
            )
        } else if has("Division by zero") {
            ("this divides by 0".into(), "divide by something else".into())
        } else if has("RHS of shift operation") {
            ("this shifts by 32 bits or more".into(), "shift by 0 to 31".into())
        } else if has("local declaration cannot be called") {
            (
                "this is a variable and cannot be called".into(),
                "call a function, or remove the parentheses".into(),
            )
        } else if has("brace nesting limit") || has("internal WGSL front end error") {
            ("this is nested too deep".into(), "split it into several functions".into())
        } else {
            return None;
        })
    }

    /// Whether `name` is last declared by `let` before `place`.
    fn is_let(&self, name: &str, place: usize) -> bool {
        let before = &self.tokens[..self.token_at(place)];
        let declaration = before.windows(2).rev().find(|pair| {
            self.word(&pair[1]) == name && matches!(self.word(&pair[0]), "let" | "var" | "const" | "(" | ",")
        });
        declaration.is_some_and(|pair| matches!(self.word(&pair[0]), "let" | "const"))
    }
}

/// What a model without an agent needs.
pub(super) const AGENT: &str = "declare what an agent is: `struct Agent { pos: vec2<i32> }`";

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// A type's name for people: numbers without a type yet are called by what they are.
fn concrete(name: &str) -> String {
    name.replace("{AbstractFloat}", "decimal number").replace("{AbstractInt}", "whole number")
}

/// A message as it is, but for its marks of abstract types.
fn plain(message: &str) -> String {
    concrete(message)
}

/// A remedy from what naga notes, or else from its label.
fn otherwise(message: &str, label: &str, notes: &[&str]) -> String {
    if !notes.is_empty() {
        notes.join("; ")
    } else if !label.is_empty() && label != "see msg" && !message.contains(label) {
        format!("here: {label}")
    } else {
        SEE.to_owned()
    }
}
