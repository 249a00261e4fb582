//! The head of a model file: the TOML in its leading `//!` lines.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::mistake::Mistake;

/// The head as TOML says it, before any of our own rules are checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    #[serde(default)]
    pub grid: GridHead,
    #[serde(default)]
    pub agents: AgentsHead,
    #[serde(default)]
    pub params: Entries<ParameterHead>,
    #[serde(default)]
    pub layers: Entries<LayerHead>,
    pub step: StepHead,
    #[serde(default)]
    pub metrics: Entries<MetricHead>,
}

/// Named entries of a section; [`in_order`] gives them as the file does.
pub(super) type Entries<T> = BTreeMap<Spanned<String>, Spanned<T>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GridHead {
    pub neighbours: Option<Spanned<u32>>,
    pub wrap: Option<bool>,
    pub size: Option<Spanned<[u32; 2]>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentsHead {
    pub number: Option<Spanned<u32>>,
    pub place: Option<Spanned<String>>,
    pub start: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterHead {
    pub default: Spanned<Number>,
    pub range: Option<Spanned<[Number; 2]>>,
    #[serde(rename = "type")]
    pub kind: Option<Spanned<String>>,
    #[serde(default)]
    pub help: String,
}

/// An integer or a decimal number, told apart because they mean different types.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(super) enum Number {
    Integer(i64),
    Decimal(f64),
}

impl Number {
    pub fn value(self) -> f64 {
        match self {
            Number::Integer(value) => value as f64,
            Number::Decimal(value) => value,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerHead {
    pub bits: Spanned<u32>,
    pub from: Option<Spanned<String>>,
    pub initial: Option<Spanned<u32>>,
    pub outside: Option<Spanned<u32>>,
    #[serde(default)]
    pub help: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepHead {
    pub stages: Spanned<Vec<Spanned<String>>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricHead {
    pub count: Option<Spanned<String>>,
    pub sum: Option<Spanned<String>>,
    pub mean: Option<Spanned<String>>,
    pub variance: Option<Spanned<String>>,
    pub min: Option<Spanned<String>>,
    pub max: Option<Spanned<String>>,
    pub argmin: Option<Spanned<String>>,
    pub argmax: Option<Spanned<String>>,
    pub histogram: Option<Spanned<String>>,
    pub bins: Option<Spanned<u32>>,
    pub range: Option<Spanned<[i64; 2]>>,
    pub over: Option<Spanned<String>>,
    #[serde(default)]
    pub fixed: bool,
}

/// The entries of a section in the order in which the file lists them.
pub(super) fn in_order<T>(entries: &Entries<T>) -> Vec<(&Spanned<String>, &Spanned<T>)> {
    let mut list: Vec<_> = entries.iter().collect();
    list.sort_by_key(|(name, _)| name.span().start);
    list
}

/// The TOML text of a head, and where each of its lines stands in the file.
pub(super) struct HeadText {
    pub toml: String,
    /// For each line: its first byte in `toml`, its first byte in the file.
    lines: Vec<(usize, usize)>,
}

impl HeadText {
    /// Takes the leading `//!` lines of a model file; empty lines may stand between them.
    pub fn of(source: &str) -> HeadText {
        let mut head = HeadText { toml: String::new(), lines: Vec::new() };
        let mut at = 0;
        for line in source.split_inclusive('\n') {
            let text = line.trim_end_matches(['\n', '\r']);
            let Some(rest) = text.strip_prefix("//!") else {
                if text.trim().is_empty() {
                    at += line.len();
                    continue;
                }
                break;
            };
            let content = rest.strip_prefix(' ').unwrap_or(rest);
            head.lines.push((head.toml.len(), at + text.len() - content.len()));
            head.toml.push_str(content);
            head.toml.push('\n');
            at += line.len();
        }
        head
    }

    /// Where a byte of the TOML text stands in the file.
    pub fn in_file(&self, byte: usize) -> usize {
        match self.lines.partition_point(|(start, _)| *start <= byte).checked_sub(1) {
            Some(line) => self.lines[line].1 + (byte - self.lines[line].0),
            None => 0,
        }
    }

    /// Where a span of the TOML text stands in the file, cut to its first line.
    pub fn span_in_file(&self, span: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let start = self.in_file(span.start);
        let text = self.toml.get(span.clone()).unwrap_or("").lines().next().unwrap_or("");
        start..start + text.len()
    }

    /// The title: the first `# ` line of the head.
    pub fn title(&self) -> String {
        self.toml.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("").trim().to_owned()
    }

    /// Reads the TOML.
    pub fn parse(&self) -> Result<Head, Mistake> {
        toml::from_str(&self.toml).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().trim().replace('\n', "; ");
            let remedy = if message.contains("unknown field") {
                "use one of the names listed, or remove this one"
            } else if message.contains("missing field `step`") {
                "add `//! [step]` and `//! stages = [\"name_of_a_function\"]` to the model's head"
            } else if message.contains("missing field") {
                "add it"
            } else {
                "the lines that begin with `//!` must be TOML (https://toml.io); `throng new FILE` writes an example"
            };
            Mistake { what: format!("the model's head: {message}"), remedy: remedy.into(), span: self.span_in_file(span) }
        })
    }
}
