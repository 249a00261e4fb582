//! A mistake in a text that the user wrote, with its place: file, line, column, the line itself, the remedy.

use std::fmt;

use crate::error::{OneLine, printable};

/// One mistake in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, in one sentence without a full stop.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
    /// Where it starts and ends, in bytes of the text.
    pub span: std::ops::Range<usize>,
}

/// All mistakes found in one text, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    /// The file's path, or the name that the text goes by.
    pub file: String,
    /// The text.
    pub text: String,
    /// The mistakes, in the order of the text.
    pub list: Vec<Mistake>,
}

impl Mistakes {
    /// Line and column, both counted from 1 (columns in characters), of a byte of the text.
    pub fn place(&self, byte: usize) -> (usize, usize) {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.text[..byte];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// A line as it can be shown around a column, and how many characters at its start are left out.
    fn excerpt(&self, line: usize, column: usize) -> (String, usize) {
        let text = self.text.lines().nth(line - 1).unwrap_or("");
        let skipped = if text.chars().count() > WIDEST { column.saturating_sub(WIDEST / 2) } else { 0 };
        let text: String = text.chars().skip(skipped).take(WIDEST).collect();
        (printable(&text), skipped)
    }
}

/// Characters of a line that are shown at most.
const WIDEST: usize = 160;

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let (line, column) = self.place(mistake.span.start);
            let (text, skipped) = self.excerpt(line, column);
            let marked = self.text.get(mistake.span.clone()).and_then(|marked| marked.lines().next());
            let length = marked.map_or(1, |marked| marked.chars().count());
            let before = column - 1 - skipped;
            let indent: String =
                text.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let most = text.chars().count().saturating_sub(before);
            writeln!(f, "{}:{line}:{column}: {}", OneLine(&self.file), OneLine(&mistake.what))?;
            writeln!(f, "  | {text}")?;
            writeln!(f, "  | {indent}{}", "^".repeat(length.min(most).max(1)))?;
            write!(f, "  = {}", OneLine(&mistake.remedy))?;
        }
        Ok(())
    }
}
