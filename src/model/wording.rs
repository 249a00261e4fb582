//! What naga finds wrong in a rule, in words of the model's author and at a place in the author's text.

mod known;
mod parser;
mod validator;

use std::ops::Range;

use super::Model;
use super::tokens::Token;

/// A model's text with its interface behind it, as naga reads it.
#[derive(Clone, Copy)]
pub(super) struct Reading<'t> {
    pub model: &'t Model,
    /// The model's own text and what is generated behind it.
    pub text: &'t str,
    /// Bytes of the model's own text.
    pub own: usize,
    /// The own text's words and signs.
    pub tokens: &'t [Token],
}

/// Where to learn more, when nothing better is known.
const SEE: &str = "see the WGSL specification (https://www.w3.org/TR/WGSL), and `throng new FILE` for a model that runs";

impl<'t> Reading<'t> {
    /// The part of a span that lies in the model's own text, if any does.
    fn own_part(&self, span: Range<usize>) -> Option<Range<usize>> {
        (span.start < self.own && !span.is_empty()).then(|| span.start..span.end.min(self.own))
    }

    /// The model's own text.
    fn source(&self) -> &'t str {
        &self.text[..self.own]
    }

    fn word(&self, token: &Token) -> &'t str {
        &self.text[token.span.clone()]
    }

    /// The first place in the model's own text that names `word`, or its end.
    fn place_of(&self, word: &str) -> Range<usize> {
        let token = self.tokens.iter().find(|token| token.is_word && self.word(token) == word);
        token.map_or(self.own..self.own, |token| token.span.clone())
    }

    /// The index of the first word or sign that begins at `byte` or later.
    fn token_at(&self, byte: usize) -> usize {
        self.tokens.partition_point(|token| token.span.start < byte)
    }

    /// The line, counted from 1, that a byte of the text is in.
    fn line(&self, byte: usize) -> usize {
        self.text.get(..byte).unwrap_or("").matches('\n').count() + 1
    }
}

/// A list in words: "a, b or c".
fn listed<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => "nothing".into(),
        [only] => only.as_ref().into(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", rest.join(", "), last.as_ref())
        }
    }
}
