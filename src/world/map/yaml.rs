//! The flat YAML that `map_server` files are: one `key: value` on a line.
//!
//! Comments, quotes, document marks and blocks below other keys are understood well enough to skip them; nothing
//! else of YAML is needed to read what ROS tools write.

use std::borrow::Cow;
use std::path::Path;

use super::file::{excerpt, refusal};
use crate::Result;

/// One `key: value` that starts at the left margin.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    /// Without its quotes and without a comment behind it.
    pub(super) value: Cow<'a, str>,
    /// Counted from 1.
    pub(super) line: usize,
}

/// All entries of a text, in its order.
pub(super) fn entries<'a>(path: &Path, bytes: &'a [u8]) -> Result<Vec<Entry<'a>>> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = super::file::line_of(bytes, error.valid_up_to());
        refusal(path, Some(line), "it is not UTF-8 text", "name the YAML file that describes the map")
    })?;
    let mut entries = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = index + 1;
        let continues = line.starts_with([' ', '\t', '-']) && !line.starts_with("---");
        let content = line.trim();
        let skipped =
            content.is_empty() || content.starts_with(['#', '%']) || matches!(content, "---" | "...");
        if continues || skipped {
            continue;
        }
        let Some((key, rest)) =
            content.split_once(':').filter(|(_, rest)| rest.is_empty() || rest.starts_with([' ', '\t']))
        else {
            return Err(refusal(
                path,
                Some(number),
                format!("{} is not of the form `key: value`", excerpt(content.as_bytes())),
                "write it as the ROS map_server does, such as `image: place.pgm`",
            ));
        };
        let Some(value) = scalar(rest.trim()) else {
            return Err(refusal(
                path,
                Some(number),
                format!("the quotes of {} do not end well", excerpt(rest.trim().as_bytes())),
                "close the quotes and write nothing behind them",
            ));
        };
        entries.push(Entry { key: key.trim().trim_matches(['"', '\'']), value, line: number });
    }
    Ok(entries)
}

/// A value without its quotes and comment; `None` when its quotes do not close or something follows them.
fn scalar(text: &str) -> Option<Cow<'_, str>> {
    let quote = match text.chars().next() {
        Some(quote @ ('"' | '\'')) => quote,
        Some('#') => return Some("".into()),
        _ => {
            let comment = text.find(" #").or_else(|| text.find("\t#"));
            return Some(text[..comment.unwrap_or(text.len())].trim_end().into());
        }
    };
    let mut value = String::new();
    let mut rest = text[1..].chars();
    loop {
        let c = rest.next()?;
        if c == quote {
            if quote == '\'' && rest.as_str().starts_with('\'') {
                rest.next();
            } else {
                let behind = rest.as_str().trim_start();
                return (behind.is_empty() || behind.starts_with('#')).then_some(value.into());
            }
            value.push(c);
        } else if c == '\\' && quote == '"' {
            value.push(match rest.next()? {
                escaped @ ('\\' | '"' | '/') => escaped,
                'n' => '\n',
                't' => '\t',
                _ => return None,
            });
        } else {
            value.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String, usize)> {
        let entries = entries(Path::new("place.yaml"), text.as_bytes()).expect("the text is well formed");
        entries
            .into_iter()
            .map(|entry| (entry.key.to_owned(), entry.value.into_owned(), entry.line))
            .collect()
    }

    #[test]
    fn comments_quotes_and_blocks_are_understood() {
        let text = "---\n# a map\nimage: \"a # b.pgm\"  # quoted\norigin:\n- 1.0\n  - 2\nother : 'it''s'\r\nlast: x#y # z\n";
        let expected =
            [("image", "a # b.pgm", 3), ("origin", "", 4), ("other", "it's", 7), ("last", "x#y", 8)];
        let expected = expected.map(|(key, value, line)| (key.to_owned(), value.to_owned(), line));
        assert_eq!(values(text), expected);
    }

    #[test]
    fn a_value_without_a_key_and_open_quotes_are_refused_with_their_line() {
        for text in ["a: 1\nb", "a: 1\nb:2", "a: 1\nb: \"c", "a: 1\nb: 'c' d", "a: 1\nb: \"\\q\""] {
            let message =
                entries(Path::new("place.yaml"), text.as_bytes()).expect_err("it is malformed").to_string();
            assert!(message.contains("place.yaml, line 2"), "{message}");
        }
    }
}
