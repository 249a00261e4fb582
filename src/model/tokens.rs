//! A WGSL text cut into words and signs, for what can be told without understanding it.

use std::ops::Range;

/// A word or number, or a single sign; comments and blanks are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub span: Range<usize>,
    pub is_word: bool,
    /// Brackets of any kind that are open before it.
    pub depth: usize,
}

/// Cuts a text; what cannot be part of WGSL becomes a sign.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let is_word = is_word_part(first);
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if is_word {
            rest.find(|c| !is_word_part(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let is_comment = rest.starts_with("//") || rest.starts_with("/*");
        if !first.is_whitespace() && !is_comment {
            if matches!(first, ')' | ']' | '}') {
                depth = depth.saturating_sub(1);
            }
            tokens.push(Token { span: at..at + length, is_word, depth });
            if matches!(first, '(' | '[' | '{') {
                depth += 1;
            }
        }
        at += length;
    }
    tokens
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment that a text begins with; comments may stand in comments.
fn comment(text: &str) -> usize {
    let mut open = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            open += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            open -= 1;
            at += 2;
            if open == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// A function of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FunctionText {
    /// Its name.
    pub name: Range<usize>,
    /// The type that it gives, if it gives something.
    pub result: Option<Range<usize>>,
    /// What stands between the braces.
    pub body: Range<usize>,
}

/// The functions of a text, as far as its braces match.
pub(super) fn functions(source: &str, tokens: &[Token]) -> Vec<FunctionText> {
    let text = |token: &Token| &source[token.span.clone()];
    let mut functions = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.depth != 0 || text(token) != "fn" {
            continue;
        }
        let after = &tokens[index + 1..];
        let outer = |wanted: &str| after.iter().position(|token| token.depth == 0 && text(token) == wanted);
        let (Some(name), Some(open)) = (after.first(), outer("{")) else { continue };
        let Some(close) = after[open..].iter().position(|token| token.depth == 0 && text(token) == "}")
        else {
            continue;
        };
        let arrow = after[..open].windows(2).position(|pair| {
            pair[0].depth == 0
                && text(&pair[0]) == "-"
                && text(&pair[1]) == ">"
                && pair[0].span.end == pair[1].span.start
        });
        let result = arrow.and_then(|arrow| {
            let parts = &after[arrow + 2..open];
            Some(parts.first()?.span.start..parts.last()?.span.end)
        });
        functions.push(FunctionText {
            name: name.span.clone(),
            result,
            body: after[open].span.end..after[open + close].span.start,
        });
    }
    functions
}

/// The names that a text declares outside of functions.
pub(super) fn declared<'t>(source: &str, tokens: &'t [Token]) -> Vec<&'t Token> {
    let text = |token: &Token| &source[token.span.clone()];
    let mut names = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.depth != 0
            || !matches!(text(token), "fn" | "struct" | "alias" | "const" | "override" | "var")
        {
            continue;
        }
        let mut after = tokens[index + 1..].iter();
        let mut name = after.next();
        if name.is_some_and(|name| text(name) == "<") {
            name = after.find(|token| text(token) == ">").and_then(|_| after.next());
        }
        names.extend(name.filter(|name| name.is_word));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "// fn no() {}\n/* /* fn */ no */ var<private> x: u32;\nconst ONE = 1u;\nfn f(a: vec2<i32>) -> vec2<i32> { if true { return a; } return a; }\nfn g() {}\nstruct S { fn_: u32 }";

    #[test]
    fn functions_are_found_with_their_results_and_bodies() {
        let found = functions(TEXT, &tokens(TEXT));
        let parts: Vec<_> = found
            .iter()
            .map(|f| {
                (&TEXT[f.name.clone()], f.result.clone().map(|result| &TEXT[result]), &TEXT[f.body.clone()])
            })
            .collect();
        assert_eq!(parts, [("f", Some("vec2<i32>"), " if true { return a; } return a; "), ("g", None, "")]);
    }

    #[test]
    fn names_declared_outside_of_functions_are_found() {
        let tokens = tokens(TEXT);
        let names: Vec<&str> =
            declared(TEXT, &tokens).iter().map(|token| &TEXT[token.span.clone()]).collect();
        assert_eq!(names, ["x", "ONE", "f", "g", "S"]);
    }

    #[test]
    fn what_is_not_closed_is_no_function() {
        for text in ["fn", "fn f", "fn f(", "fn f() {", "/* fn f() {}", "fn {", "é(", "var<"] {
            assert_eq!(functions(text, &tokens(text)).len(), 0, "{text}");
            declared(text, &tokens(text));
        }
    }
}
