//! The head of a model file: the TOML in its leading `//!` lines.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::graph::GraphShape;
use super::names::nearest;
use super::picture::AppearanceHead;
use super::table::{Key, Number, Table, first_line, wrong_type};
use crate::mistake::Mistake;

/// The head as TOML says it, before our own rules are checked: spans are bytes of the head's TOML.
#[derive(Debug)]
pub(super) struct Head {
    pub grid: GridHead,
    pub graph: Option<Spanned<Option<GraphShape>>>,
    /// Kinds of agents with their names; `agent` for a model's only kind, whether the head has the section or not.
    pub agents: Vec<(Key, AgentsHead)>,
    pub params: Vec<(Key, ParameterHead)>,
    pub layers: Vec<(Key, LayerHead)>,
    pub stages: Spanned<Vec<StageHead>>,
    pub metrics: Vec<(Key, MetricHead)>,
    pub picture: Vec<(Key, AppearanceHead)>,
}

#[derive(Debug, Default)]
pub(super) struct GridHead {
    pub neighbours: Option<Spanned<u32>>,
    pub wrap: Option<bool>,
    pub size: Option<Spanned<[i64; 2]>>,
}

#[derive(Debug, Default)]
pub(super) struct AgentsHead {
    pub number: Option<Spanned<Count>>,
    pub place: Option<Spanned<String>>,
    pub start: Option<Spanned<String>>,
    pub space: Option<Spanned<String>>,
    pub near: Option<Spanned<u32>>,
    pub births: Option<Spanned<u32>>,
}

/// How many, or the name of the parameter that says it.
#[derive(Debug)]
pub(super) enum Count {
    Given(u32),
    Parameter(String),
}

/// A stage: the name of a function, or `{ run = "name", every = 10 }`.
#[derive(Debug)]
pub(super) struct StageHead {
    pub run: Spanned<String>,
    pub every: Option<Spanned<u32>>,
}

#[derive(Debug)]
pub(super) struct ParameterHead {
    /// One number, or one for each element of a vector.
    pub default: Spanned<Vec<Number>>,
    /// The elements of a vector.
    pub count: Option<Spanned<u32>>,
    /// Whether the default is a list.
    pub listed: bool,
    pub range: Option<Spanned<[Number; 2]>>,
    pub kind: Option<Spanned<String>>,
    pub help: String,
}

#[derive(Debug)]
pub(super) struct LayerHead {
    pub bits: Spanned<u32>,
    pub from: Option<Spanned<String>>,
    pub initial: Option<Spanned<u32>>,
    pub outside: Option<Spanned<u32>>,
    pub claim: bool,
    pub total: bool,
    pub help: String,
}

#[derive(Debug)]
pub(super) struct MetricHead {
    /// The reductions asked for, each with what it is of; one is right.
    pub reductions: Vec<(Key, Spanned<String>)>,
    pub bins: Option<Spanned<u32>>,
    pub range: Option<Spanned<[i64; 2]>>,
    pub over: Option<Spanned<String>>,
    pub fixed: bool,
    /// All of it.
    pub span: Range<usize>,
}

/// The words for reductions.
pub(super) const REDUCTIONS: [&str; 9] =
    ["count", "sum", "mean", "variance", "min", "max", "argmin", "argmax", "histogram"];

/// The name of a model's only kind of agents.
pub(super) const ONLY_KIND: &str = "agent";

const SECTIONS: [&str; 8] = ["grid", "graph", "agents", "params", "layers", "step", "metrics", "picture"];

impl Head {
    /// Reads a document; what cannot be read is found and left out.
    fn read(document: &DeTable, found: &mut Vec<Mistake>) -> Head {
        for (key, _) in document {
            if !SECTIONS.contains(&key.get_ref().as_ref()) {
                found.push(Mistake {
                    what: format!("a model's head has no section `{}`", key.get_ref()),
                    remedy: match nearest(key.get_ref(), SECTIONS) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!(
                            "the sections are {}",
                            SECTIONS.map(|name| format!("[{name}]")).join(", ")
                        ),
                    },
                    span: key.span(),
                });
            }
        }
        let document = Table::new("the model's head", document);
        let section = |key: &str| document.value(key);
        let grid = section("grid")
            .and_then(|value| Table::of("`[grid]`", value, "`[grid]` and keys below it", found));
        let agents = section("agents")
            .and_then(|value| Table::of("`[agents]`", value, "`[agents]` and keys below it", found));
        Head {
            grid: grid.map(|table| GridHead::read(&table, found)).unwrap_or_default(),
            graph: section("graph").map(|value| Spanned::new(value.span(), GraphShape::read(value, found))),
            agents: agents.map(|table| AgentsHead::read_all(&table, found)).unwrap_or_default(),
            params: entries(section("params"), "params", found, ParameterHead::read),
            layers: entries(section("layers"), "layers", found, LayerHead::read),
            stages: read_stages(section("step"), found),
            metrics: entries(section("metrics"), "metrics", found, MetricHead::read),
            picture: entries(section("picture"), "picture", found, AppearanceHead::read),
        }
    }
}

/// The named entries of a section.
fn entries<T>(
    section: Option<&Spanned<DeValue>>,
    name: &str,
    found: &mut Vec<Mistake>,
    read: impl Fn(&str, &Spanned<DeValue>, &mut Vec<Mistake>) -> Option<T>,
) -> Vec<(Key, T)> {
    let called = format!("`[{name}]`");
    let Some(section) = section else { return Vec::new() };
    let Some(table) = Table::of(&called, section, &format!("`[{name}]` and names below it"), found) else {
        return Vec::new();
    };
    let read = |(key, value): (Key, &Spanned<DeValue>)| {
        let entry = read(key.get_ref(), value, found)?;
        Some((key, entry))
    };
    table.entries().into_iter().filter_map(read).collect()
}

fn read_stages(section: Option<&Spanned<DeValue>>, found: &mut Vec<Mistake>) -> Spanned<Vec<StageHead>> {
    let none = |span| Spanned::new(span, Vec::new());
    let Some(section) = section else {
        found.push(Mistake {
            what: "the model's head has no `[step]`: it does not say which functions run each step".into(),
            remedy: "add `//! [step]` and `//! stages = [\"name_of_a_function\"]`".into(),
            span: 0..0,
        });
        return none(0..0);
    };
    let example = "`[step]` and `stages = [\"name_of_a_function\"]` below it";
    let Some(table) = Table::of("`[step]`", section, example, found) else { return none(0..0) };
    if table.only(&["stages"], found) && !table.has("stages") {
        found.push(missing("`[step]`", "stages", "= [\"name_of_a_function\"]", section.span()));
    }
    let Some(value) = table.value("stages") else { return none(0..0) };
    let Some(list) = value.get_ref().as_array() else {
        found.push(wrong_type("`stages` of `[step]`", value, STAGES));
        return none(0..0);
    };
    if list.is_empty() {
        found.push(Mistake {
            what: "a step has no stages".into(),
            remedy: "name the functions that run each step".into(),
            span: value.span(),
        });
    }
    Spanned::new(value.span(), list.iter().filter_map(|stage| StageHead::read(stage, found)).collect())
}

const STAGES: &str = "write a list of functions, as in [\"walk\", \"spread\"]; one that runs seldom is { run = \"spread\", every = 10 }";

impl StageHead {
    fn read(value: &Spanned<DeValue>, found: &mut Vec<Mistake>) -> Option<StageHead> {
        if let Some(name) = value.get_ref().as_str() {
            return Some(StageHead { run: Spanned::new(value.span(), name.to_owned()), every: None });
        }
        if !value.get_ref().is_table() {
            found.push(wrong_type("a stage", value, STAGES));
            return None;
        }
        let table = Table::of("a stage", value, "{ run = \"spread\", every = 10 }", found)?;
        let known = table.only(&["run", "every"], found);
        if known && !table.has("run") {
            found.push(missing("a stage", "run", "= \"name_of_a_function\"", value.span()));
        }
        let (run, every) = (table.text("run", found), table.whole("every", found));
        if let Some(every) = every.as_ref().filter(|every| *every.get_ref() == 0) {
            found.push(Mistake {
                what: "a stage cannot run every 0 steps".into(),
                remedy: "use 1 for every step, 10 for the steps 10, 20, 30 and so on".into(),
                span: every.span(),
            });
        }
        Some(StageHead { run: run?, every })
    }
}

fn missing(name: &str, key: &str, example: &str, span: Range<usize>) -> Mistake {
    Mistake { what: format!("{name} has no `{key}`"), remedy: format!("add `{key} {example}`"), span }
}

impl GridHead {
    fn read(table: &Table, found: &mut Vec<Mistake>) -> GridHead {
        table.only(&["neighbours", "wrap", "size"], found);
        GridHead {
            neighbours: table.whole("neighbours", found),
            wrap: table.truth("wrap", found),
            size: table.wholes("size", 0..=u32::MAX.into(), found),
        }
    }
}

/// What is said of a kind of agents.
const AGENT_KEYS: [&str; 6] = ["number", "place", "start", "space", "near", "births"];

impl AgentsHead {
    fn read(table: &Table, found: &mut Vec<Mistake>) -> AgentsHead {
        table.only(&AGENT_KEYS, found);
        let number = match table.value("number") {
            // A number in quotes names no parameter.
            Some(value)
                if value.get_ref().as_str().is_some_and(|text| text.trim().parse::<f64>().is_err()) =>
            {
                table
                    .text("number", found)
                    .map(|name| Spanned::new(name.span(), Count::Parameter(name.into_inner())))
            }
            _ => table
                .whole("number", found)
                .map(|number| Spanned::new(number.span(), Count::Given(number.into_inner()))),
        };
        AgentsHead {
            number,
            place: table.text("place", found),
            start: table.text("start", found),
            space: table.text("space", found),
            near: table.whole("near", found),
            births: table.whole("births", found),
        }
    }

    /// The only kind, or those that have tables of their own: `[agents.wolf]`.
    fn read_all(table: &Table, found: &mut Vec<Mistake>) -> Vec<(Key, AgentsHead)> {
        let entries = table.entries();
        let is_kind = |(key, value): &(Key, &Spanned<DeValue>)| {
            value.get_ref().is_table() && !AGENT_KEYS.contains(&key.get_ref().as_str())
        };
        if !entries.iter().any(is_kind) {
            return vec![(Spanned::new(0..0, ONLY_KIND.to_owned()), AgentsHead::read(table, found))];
        }
        let mut kinds = Vec::new();
        for (key, value) in entries {
            let called = format!("`[agents.{}]`", key.get_ref());
            let example = "a section for each kind, as `[agents.wolf]`";
            if let Some(table) = Table::of(&called, value, example, found) {
                let kind = AgentsHead::read(&table, found);
                kinds.push((key, kind));
            }
        }
        kinds
    }
}

impl ParameterHead {
    fn read(name: &str, value: &Spanned<DeValue>, found: &mut Vec<Mistake>) -> Option<ParameterHead> {
        let called = format!("parameter `{name}`");
        let table = Table::of(&called, value, &format!("`{name} = {{ default = 1 }}`"), found)?;
        // A misspelt key is not called missing as well.
        if table.only(&["default", "count", "range", "type", "help"], found) && !table.has("default") {
            found.push(missing(&called, "default", "= 1", value.span()));
        }
        let (default, range) = (table.number_or_list("default", found), table.numbers("range", found));
        let count = table.whole("count", found);
        let (kind, help) = (table.text("type", found), table.text("help", found));
        Some(ParameterHead {
            default: default?,
            count,
            listed: table.value("default").is_some_and(|value| value.get_ref().is_array()),
            range,
            kind,
            help: help.map(Spanned::into_inner).unwrap_or_default(),
        })
    }
}

impl LayerHead {
    fn read(name: &str, value: &Spanned<DeValue>, found: &mut Vec<Mistake>) -> Option<LayerHead> {
        let called = format!("layer `{name}`");
        let table = Table::of(&called, value, &format!("`{name} = {{ bits = 8 }}`"), found)?;
        let claim = table.truth("claim", found).unwrap_or(false);
        let total = table.truth("total", found).unwrap_or(false);
        let known = table.only(&["bits", "from", "initial", "outside", "claim", "total", "help"], found);
        if known && !table.has("bits") && !claim && !total {
            found.push(missing(&called, "bits", "= 8", value.span()));
        }
        let (bits, from) = (table.whole("bits", found), table.text("from", found));
        let (initial, outside) = (table.whole("initial", found), table.whole("outside", found));
        let help = table.text("help", found).map(Spanned::into_inner).unwrap_or_default();
        // A claim is a priority of 32 bits, and a total a number of 32.
        let bits =
            if (claim || total) && bits.is_none() { Some(Spanned::new(value.span(), 32)) } else { bits };
        Some(LayerHead { bits: bits?, from, initial, outside, claim, total, help })
    }
}

impl MetricHead {
    fn read(name: &str, value: &Spanned<DeValue>, found: &mut Vec<Mistake>) -> Option<MetricHead> {
        let called = format!("metric `{name}`");
        let table =
            Table::of(&called, value, &format!("`{name} = {{ mean = \"name_of_a_layer\" }}`"), found)?;
        let known: Vec<&str> = REDUCTIONS.into_iter().chain(["bins", "range", "over", "fixed"]).collect();
        let before = found.len();
        table.only(&known, found);
        let mut reductions = Vec::new();
        for (key, _) in table.entries() {
            if REDUCTIONS.contains(&key.get_ref().as_str())
                && let Some(of) = table.text(key.get_ref(), found)
            {
                reductions.push((key, of));
            }
        }
        let metric = MetricHead {
            reductions,
            bins: table.whole("bins", found),
            range: table.wholes("range", i32::MIN.into()..=i32::MAX.into(), found),
            over: table.text("over", found),
            fixed: table.truth("fixed", found).unwrap_or(false),
            span: value.span(),
        };
        // A misspelt reduction would be reported again as one that is missing.
        (found.len() == before).then_some(metric)
    }

    /// A metric's definition given outside of a model file.
    pub fn parse(name: &str, definition: &str) -> Result<MetricHead, Mistake> {
        let table = DeValue::parse(definition)
            .map_err(|error| syntax(error.message(), error.span().unwrap_or(0..0)))?;
        let mut found = Vec::new();
        let metric = MetricHead::read(name, &table, &mut found);
        match (metric, found.into_iter().next()) {
            (Some(metric), None) => Ok(metric),
            (_, Some(mistake)) => Err(mistake),
            (None, None) => Err(syntax("nothing is defined", 0..0)),
        }
    }
}

/// Where a list begins on a line before `end` that is still open there.
fn open_list(toml: &str, end: usize) -> Option<usize> {
    let mut open = Vec::new();
    let mut at = 0;
    let before = toml.get(..end)?;
    for line in before.split_inclusive('\n') {
        let mut quoted = false;
        for (column, c) in line.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '#' if !quoted => break,
                // A bracket that begins a line is a section's.
                '[' if !quoted && column > 0 => open.push(at + column),
                ']' if !quoted && !open.is_empty() => drop(open.pop()),
                _ => {}
            }
        }
        at += line.len();
    }
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    open.into_iter().find(|open| *open < line_start)
}

fn syntax(message: &str, span: Range<usize>) -> Mistake {
    mistake_in_toml(
        "the model's head",
        "the lines that begin with `//!` must be TOML (https://toml.io); `throng new FILE` writes an example",
        message,
        span,
    )
}

/// What is wrong with TOML in a text that messages call `what`, and what to do where nothing better is known.
pub(crate) fn mistake_in_toml(what: &str, otherwise: &str, message: &str, span: Range<usize>) -> Mistake {
    let message = message.trim().replace('\n', ", ");
    let remedy = if message.contains("duplicate key") {
        "remove one of the two, or give it another name"
    } else if message.contains("string values must be quoted") && span.is_empty() {
        "write a value: a number, true, false, or text in quotes"
    } else if message.contains("string values must be quoted") || message.contains("invalid boolean") {
        "a value is a number, true, false, or text in quotes, as in \"this\""
    } else if message.contains("invalid basic string") {
        "end the text with a quote"
    } else {
        otherwise
    };
    Mistake { what: format!("{what} is not TOML here: {message}"), remedy: remedy.into(), span }
}

/// The TOML text of a head, and where each of its lines stands in the file.
pub(super) struct HeadText {
    pub toml: String,
    /// For each line: its first byte in `toml`, its first byte in the file.
    lines: Vec<(usize, usize)>,
    /// A `//!` line behind the body's beginning.
    stray: Option<Range<usize>>,
}

impl HeadText {
    /// Takes the leading `//!` lines of a model file; empty lines and ordinary comments may stand between them.
    pub fn of(source: &str) -> HeadText {
        let mut head = HeadText { toml: String::new(), lines: Vec::new(), stray: None };
        let mut at = 0;
        let mut in_head = true;
        for line in source.split_inclusive('\n') {
            let text = line.trim_end_matches(['\n', '\r']);
            match text.strip_prefix("//!") {
                Some(rest) if in_head => {
                    let content = rest.strip_prefix(' ').unwrap_or(rest);
                    head.lines.push((head.toml.len(), at + text.len() - content.len()));
                    head.toml.push_str(content);
                    head.toml.push('\n');
                }
                Some(_) => head.stray = head.stray.or(Some(at..at + text.len())),
                None => in_head &= text.trim().is_empty() || text.starts_with("//"),
            }
            at += line.len();
        }
        head
    }

    /// What makes a file no model file at all.
    pub fn refuse(&self, source: &str) -> Option<Mistake> {
        if source.starts_with('\u{feff}') {
            return Some(Mistake {
                what: "the file begins with a byte order mark".into(),
                remedy: "save it as UTF-8 without one".into(),
                span: 0..0,
            });
        }
        if self.toml.is_empty() {
            return Some(Mistake {
                what: "the file has no head: a model begins with `//!` lines that declare its layers and stages".into(),
                remedy: "begin it with `//! [step]` and `//! stages = [\"name_of_a_function\"]`; `throng new FILE` writes an example".into(),
                span: 0..0,
            });
        }
        self.stray.clone().map(|span| Mistake {
            what: "this line of the head stands behind code, where it would not be read".into(),
            remedy: "move it to the other `//!` lines at the top, or begin it with `//` if it is a comment"
                .into(),
            span,
        })
    }

    /// Where a byte of the TOML text stands in the file.
    pub fn in_file(&self, byte: usize) -> usize {
        match self.lines.partition_point(|(start, _)| *start <= byte).checked_sub(1) {
            Some(line) => self.lines[line].1 + (byte - self.lines[line].0),
            None => 0,
        }
    }

    /// Where a span of the TOML text stands in the file, cut to its first line.
    pub fn span_in_file(&self, span: Range<usize>) -> Range<usize> {
        let start = self.in_file(span.start);
        start..start + first_line(&self.toml, span).len()
    }

    /// The title: the first `# ` line of the head.
    pub fn title(&self) -> String {
        self.toml.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("").trim().to_owned()
    }

    /// Reads the TOML as far as it goes, and finds every mistake in it; mistakes have their places in the file.
    pub fn parse(&self) -> (Option<Head>, Vec<Mistake>) {
        let (document, errors) = DeTable::parse_recoverable(&self.toml);
        let mut found: Vec<Mistake> =
            errors.iter().map(|error| syntax(error.message(), error.span().unwrap_or(0..0))).collect();
        let head = found.is_empty().then(|| Head::read(document.get_ref(), &mut found));
        if head.is_none() {
            // The rest of a line that is wrong is likely to be called wrong as well.
            let line = |mistake: &Mistake| {
                self.toml.get(..mistake.span.start).map(|before| before.matches('\n').count())
            };
            found.sort_by_key(|mistake| mistake.span.start);
            found.dedup_by_key(|mistake| line(mistake));
            if let Some(open) = found.first().and_then(|first| open_list(&self.toml, first.span.start)) {
                found = vec![Mistake {
                    what: "the list that begins here does not end".into(),
                    remedy: "close it with `]`".into(),
                    span: open..open + 1,
                }];
            }
        }
        for mistake in &mut found {
            mistake.span = self.span_in_file(mistake.span.clone());
        }
        (head, found)
    }
}
