//! Plan files: TOML with a table for each experiment.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::bytes::bytes;
use super::description::{Description, DesignKind, MapChoice, ModelChoice};
use super::places::Places;
use super::values::Values;
use crate::error::{Error, Result};
use crate::mistake::{Mistake, Mistakes};
use crate::model::{GraphShape, Table, as_number, as_whole, mistake_in_toml, nearest, wrong_type};
use crate::simulation::BackendChoice;
use crate::world::Change;

/// The largest plan file that is read.
const MOST_BYTES: u64 = 1 << 30;

pub(super) const BACKENDS: [(&str, BackendChoice); 3] =
    [("auto", BackendChoice::Auto), ("gpu", BackendChoice::Gpu), ("cpu", BackendChoice::Cpu)];

const KEYS: [&str; 28] = [
    "name",
    "model",
    "map",
    "generate",
    "graph",
    "directed",
    "map_seed",
    "size",
    "wrap",
    "agents",
    "steps",
    "until",
    "every",
    "replicates",
    "seed",
    "backend",
    "limit_seconds",
    "memory",
    "series",
    "design",
    "points",
    "design_seed",
    "zip",
    "design_file",
    "parameters",
    "changes",
    "outputs",
    "experiment",
];

impl Description {
    /// Reads the experiments of a plan file. Paths in it are relative to it. What stands before the first `[[experiment]]`
    /// holds for all of them unless they say otherwise; without any it is the only one.
    ///
    /// # Errors
    /// When the file cannot be read, or with every mistake found in it.
    pub fn read(path: impl AsRef<Path>) -> Result<Vec<Description>> {
        let path = path.as_ref();
        let text = super::read_text(path, MOST_BYTES)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Description::from_text(&path.display().to_string(), &text, folder)
    }

    /// Reads the experiments of a plan's text; messages call it `name`, and paths in it are relative to `folder`.
    ///
    /// # Errors
    /// With every mistake found in it.
    pub fn from_text(name: &str, text: &str, folder: &Path) -> Result<Vec<Description>> {
        let (file, text): (Arc<str>, Arc<str>) = (name.into(), text.into());
        let mut reader = Reader {
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
            places: Places::new(file.clone(), text.clone()),
            found: Vec::new(),
        };
        let experiments = match DeTable::parse(&text) {
            Ok(document) => reader.document(document.get_ref()),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let otherwise = "write `key = value`, as in steps = 1000 (https://toml.io)";
                reader.found.push(mistake_in_toml("the plan", otherwise, error.message(), span));
                Vec::new()
            }
        };
        if reader.found.is_empty() {
            return Ok(experiments);
        }
        reader.found.sort_by_key(|mistake| mistake.span.start);
        Err(Error::Plan(Box::new(Mistakes {
            file: file.to_string(),
            text: text.to_string(),
            list: reader.found,
        })))
    }
}

struct Reader {
    folder: PathBuf,
    places: Places,
    found: Vec<Mistake>,
}

impl Reader {
    fn document(&mut self, document: &DeTable) -> Vec<Description> {
        let top = Table::new("the plan", document);
        let mut common = Description::of("");
        common.places = self.places.clone();
        self.experiment(&top, &mut common);
        let experiments = match top.value("experiment") {
            None => {
                let mut only = vec![common];
                self.models(&mut only, &[0]);
                return only;
            }
            Some(value) => value,
        };
        let Some(list) = experiments.get_ref().as_array() else {
            self.found.push(wrong_type(
                "`experiment` of the plan",
                experiments,
                "begin each experiment with a line [[experiment]]",
            ));
            return Vec::new();
        };
        let mut all = Vec::new();
        let mut starts = Vec::new();
        for value in list.iter() {
            let example = "a table that begins with a line [[experiment]]";
            let Some(table) = Table::of("an experiment", value, example, &mut self.found) else { continue };
            let mut one = common.clone();
            if let Some(key) = table.key("experiment") {
                self.found.push(Mistake {
                    what: "an experiment has no experiments in it".into(),
                    remedy: "begin each with a line [[experiment]]".into(),
                    span: key,
                });
            }
            self.experiment(&table, &mut one);
            all.push(one);
            starts.push(value.span().start);
        }
        if list.is_empty() {
            self.found.push(Mistake {
                what: "the plan has no experiment".into(),
                remedy: "begin each experiment with a line [[experiment]]".into(),
                span: experiments.span(),
            });
        }
        self.models(&mut all, &starts);
        all
    }

    /// Refuses experiments without a model.
    fn models(&mut self, all: &mut [Description], starts: &[usize]) {
        for (one, start) in all.iter().zip(starts) {
            if one.model == ModelChoice::Named(String::new()) && self.found.is_empty() {
                self.found.push(Mistake {
                    what: "there is no model to run".into(),
                    remedy: "say which, as in model = \"explorers\" or model = \"my_model.wgsl\"".into(),
                    span: *start..*start,
                });
            }
        }
    }

    /// Reads one table into a description, key by key.
    fn experiment(&mut self, table: &Table, one: &mut Description) {
        table.only(&KEYS, &mut self.found);
        for (key, value) in table.entries() {
            one.places.add(key.get_ref().clone(), value.span());
        }
        let found = &mut self.found;
        if let Some(name) = table.text("name", found) {
            one.name = Some(name.into_inner());
        }
        if let Some(model) = table.text("model", found) {
            let model = model.into_inner();
            one.model = match is_path(&model) {
                true => ModelChoice::Named(self.folder.join(&model).to_string_lossy().into_owned()),
                false => ModelChoice::Named(model),
            };
        }
        self.map(table, one);
        let found = &mut self.found;
        if let Some(wrap) = table.truth("wrap", found) {
            one.wrap = Some(wrap);
        }
        if let Some(value) = table.value("agents") {
            one.agents = values("`agents`", value, found).or(one.agents.take());
        }
        if let Some(steps) = unsigned(table, "steps", found) {
            one.steps = steps;
        }
        if let Some(until) = table.text("until", found) {
            one.until = Some(until.into_inner());
        }
        if let Some(every) = unsigned(table, "every", found) {
            one.every = Some(every);
        }
        if let Some(replicates) = table.whole("replicates", found) {
            one.replicates = replicates.into_inner();
        }
        if let Some(seed) = seed(table, "seed", found) {
            one.seed = seed;
        }
        if let Some(backend) = choice(table, "backend", &BACKENDS, found) {
            one.backend = backend;
        }
        if let Some(limit) = table.number("limit_seconds", found) {
            one.limit_seconds = Some(limit.into_inner().value());
        }
        let remedy = "write it as in \"2 GiB\", or as a number of bytes";
        let amount = table.get("memory", remedy, found, |value| match value.as_str() {
            Some(text) => bytes(text).ok(),
            None => as_whole(value, 1..=i64::MAX).map(|bytes| bytes as u64),
        });
        if let Some(memory) = amount {
            one.memory = Some(memory.into_inner());
        }
        if let Some(series) = table.truth("series", found) {
            one.series = series;
        }
        self.design(table, one);
    }

    fn map(&mut self, table: &Table, one: &mut Description) {
        let found = &mut self.found;
        let map = table.text("map", found);
        let generators = crate::world::map::Generator::ALL.map(|kind| (kind.to_string(), kind));
        let generators = generators.each_ref().map(|(name, kind)| (name.as_str(), *kind));
        let generate = choice(table, "generate", &generators, found);
        let map_seed = seed(table, "map_seed", found);
        if let (Some(_), Some(place)) = (&map, table.key("generate").or_else(|| table.key("size"))) {
            found.push(Mistake {
                what: "a map that is read is neither generated nor of another size".into(),
                remedy: "leave `map` out, or leave `generate` and `size` out".into(),
                span: place,
            });
        }
        let remedy = "write columns and rows, at least 1 of each, as in [640, 480]";
        let sides = table.get("size", remedy, found, |value| match value.as_array()?.iter().as_slice() {
            [width, height] => {
                let side = |value: &Spanned<DeValue>| {
                    as_whole(value.get_ref(), 1..=u32::MAX.into()).map(|side| side as u32)
                };
                Some((side(width)?, side(height)?))
            }
            _ => None,
        });
        if let Some(path) = map {
            one.map = MapChoice::File(self.folder.join(path.get_ref()));
            one.size = None;
            one.forget_place("size");
        }
        if let Some(sides) = sides {
            one.size = Some(sides.into_inner());
            if matches!(one.map, MapChoice::File(_)) {
                one.map = MapChoice::None;
            }
        }
        if let Some(kind) = generate {
            one.map = MapChoice::Generated { kind, seed: 0 };
        }
        let (graph, directed) = (table.text("graph", found), table.truth("directed", found));
        if let Some(named) = graph {
            if let Some(place) = ["map", "generate", "size"].iter().find_map(|key| table.key(key)) {
                found.push(Mistake {
                    what: "an experiment runs on a graph or on a map, not on both".into(),
                    remedy: "leave `graph` out, or leave `map`, `generate` and `size` out".into(),
                    span: place,
                });
            }
            let named = match GraphShape::is_meant_by(named.get_ref()) {
                true => named.into_inner(),
                false => self.folder.join(named.get_ref()).to_string_lossy().into_owned(),
            };
            one.map = MapChoice::Graph { named, directed: false, seed: 0 };
            one.size = None;
            one.forget_place("size");
        }
        if let Some(wanted) = directed {
            match &mut one.map {
                MapChoice::Graph { directed, .. } => *directed = wanted,
                _ => found.push(Mistake {
                    what: "`directed` is said of a graph's file, and there is none".into(),
                    remedy: "add graph = \"edges.txt\", or leave `directed` out".into(),
                    span: table.key("directed").unwrap_or(0..0),
                }),
            }
        }
        if let Some(number) = map_seed {
            match &mut one.map {
                MapChoice::Generated { seed, .. } | MapChoice::Graph { seed, .. } => *seed = number,
                _ => found.push(Mistake {
                    what: "`map_seed` is the seed of a generated map, and none is generated".into(),
                    remedy: "add generate = \"caves\", or leave `map_seed` out".into(),
                    span: table.key("map_seed").unwrap_or(0..0),
                }),
            }
        }
    }

    fn design(&mut self, table: &Table, one: &mut Description) {
        let found = &mut self.found;
        let kinds = DesignKind::ALL.map(|(kind, name)| (name, kind));
        let kind = choice(table, "design", &kinds, found);
        if let Some(kind) = kind {
            one.design = kind;
        }
        if let Some(points) = unsigned(table, "points", found) {
            one.points = Some(points);
        }
        if let Some(seed) = seed(table, "design_seed", found) {
            one.design_seed = seed;
        }
        let remedy = "write lists of names that go together, as in [[\"a\", \"b\"]]";
        let zip = table.get("zip", remedy, found, |value| {
            let names = |value: &Spanned<DeValue>| -> Option<Vec<String>> {
                value
                    .get_ref()
                    .as_array()?
                    .iter()
                    .map(|name| name.get_ref().as_str().map(str::to_owned))
                    .collect()
            };
            value.as_array()?.iter().map(names).collect()
        });
        if let Some(zip) = zip {
            one.zip = zip.into_inner();
        }
        if let Some(value) = table.value("parameters")
            && let Some(parameters) =
                Table::of("`parameters`", value, "[parameters] with a line speed = [1, 2, 3]", found)
        {
            one.parameters.clear();
            for (key, value) in parameters.entries() {
                let name = key.into_inner();
                one.places.add(format!("parameters.{name}"), value.span());
                if let Some(values) = values(&format!("parameter `{name}`"), value, found) {
                    one.parameters.push((name, values));
                }
            }
        }
        let example = "[changes] with a line speed = \"2@100,3@200\"";
        if let Some(changes) = texts(table, "changes", example, "\"0.5@100,0.2@200\"", &mut one.places, found)
        {
            one.changes.clear();
            for (name, text) in changes {
                match Change::parse(&name, text.get_ref()) {
                    Ok(changes) => one.changes.extend(changes),
                    Err(error) => {
                        let otherwise = "write values and steps, as in \"0.5@100,0.2@200\"";
                        found.push(mistake(
                            &format!("the changes of `{name}`"),
                            error,
                            otherwise,
                            text.span(),
                        ));
                    }
                }
            }
        }
        let example = "[outputs] with a line last = \"final coverage\"";
        if let Some(outputs) = texts(table, "outputs", example, "\"final coverage\"", &mut one.places, found)
        {
            one.outputs = outputs.into_iter().map(|(name, text)| (name, text.into_inner())).collect();
        }
        if let Some(file) = table.text("design_file", found) {
            let mut refuse = |what: String, remedy: &str| {
                found.push(Mistake { what, remedy: remedy.to_owned(), span: file.span() });
            };
            match kind {
                Some(kind) if kind != DesignKind::List => refuse(
                    format!("points are read from a file, and a {} has its own", kind.name()),
                    "leave `design` out, or say design = \"list\"",
                ),
                _ => match one.read_points(self.folder.join(file.get_ref())) {
                    Err(Error::Argument { why, remedy }) => refuse(why, &remedy),
                    Err(Error::File { path, action, why, remedy }) => {
                        refuse(format!("cannot {action} {}: {why}", path.display()), &remedy);
                    }
                    Err(other) => refuse(other.to_string(), "name a CSV file, relative to the plan"),
                    Ok(()) => {}
                },
            }
        }
    }
}

/// Whether a model's name is a path; built-in models have none.
pub(super) fn is_path(model: &str) -> bool {
    model.ends_with(".wgsl") || model.contains(['/', '\\'])
}

/// The values of a parameter: a number, a list, a string such as "0..1:11", or a table with `from` and `to`.
fn values(name: &str, value: &Spanned<DeValue>, found: &mut Vec<Mistake>) -> Option<Values> {
    let remedy = "write a number, a list of numbers, \"0..1:11\" or { from = 0, to = 1, steps = 11 }";
    let read = match value.get_ref() {
        DeValue::String(text) => Values::parse(text),
        DeValue::Array(list) => {
            let numbers = list.iter().map(|value| match as_number(value.get_ref()) {
                Some(number) => Some(number.value()),
                None => {
                    found.push(wrong_type(
                        &format!("a value of {name}"),
                        value,
                        "write a number, as in 3 or 0.5",
                    ));
                    None
                }
            });
            return numbers
                .collect::<Vec<Option<f64>>>()
                .into_iter()
                .collect::<Option<_>>()
                .map(Values::Listed);
        }
        DeValue::Table(entries) => {
            let before = found.len();
            let table = Table::new(name, entries);
            table.only(&["from", "to", "steps"], found);
            let (from, to) = (table.number("from", found), table.number("to", found));
            let steps = table.whole("steps", found).map(Spanned::into_inner);
            let (Some(from), Some(to)) = (from, to) else {
                if found.len() == before {
                    let what = format!("{name} needs both `from` and `to`");
                    found.push(Mistake { what, remedy: remedy.into(), span: value.span() });
                }
                return None;
            };
            let (from, to) = (from.into_inner().value(), to.into_inner().value());
            match steps {
                Some(steps) => Values::spaced(from, to, steps),
                None => Values::between(from, to),
            }
        }
        number => match as_number(number) {
            Some(number) => return Some(Values::one(number.value())),
            None => {
                found.push(wrong_type(name, value, remedy));
                return None;
            }
        },
    };
    read.map_err(|error| found.push(mistake(name, error, remedy, value.span()))).ok()
}

/// What is wrong with what `name` is.
fn mistake(name: &str, error: Error, otherwise: &str, span: Range<usize>) -> Mistake {
    match error {
        Error::Argument { why, remedy } => Mistake { what: format!("{name}: {why}"), remedy, span },
        other => Mistake { what: other.to_string(), remedy: otherwise.to_owned(), span },
    }
}

/// A table of strings, whose places are remembered; `example` is such a table, `text` such a string.
fn texts(
    table: &Table,
    key: &str,
    example: &str,
    text: &str,
    places: &mut Places,
    found: &mut Vec<Mistake>,
) -> Option<Vec<(String, Spanned<String>)>> {
    let title = format!("`{key}`");
    let entries = Table::of(&title, table.value(key)?, example, found)?;
    let mut texts = Vec::new();
    for (name, value) in entries.entries() {
        let name = name.into_inner();
        places.add(format!("{key}.{name}"), value.span());
        match value.get_ref().as_str() {
            Some(text) => texts.push((name, Spanned::new(value.span(), text.to_owned()))),
            None => found.push(wrong_type(
                &format!("`{name}` of `{key}`"),
                value,
                &format!("write a string in quotes, as in {text}"),
            )),
        }
    }
    Some(texts)
}

/// A count.
fn unsigned(table: &Table, key: &str, found: &mut Vec<Mistake>) -> Option<u64> {
    let remedy = "write a whole number from 0 on, as in 1000 or 10_000";
    table
        .get(key, remedy, found, |value| as_whole(value, 0..=i64::MAX).map(|number| number as u64))
        .map(Spanned::into_inner)
}

/// A seed: TOML's numbers have 63 bits, larger ones are written in quotes.
fn seed(table: &Table, key: &str, found: &mut Vec<Mistake>) -> Option<u64> {
    let remedy = "write a whole number from 0 to 18446744073709551615, in quotes from 2^63 on";
    let seed = table.get(key, remedy, found, |value| match value.as_str() {
        Some(text) => text.parse().ok(),
        None => as_whole(value, 0..=i64::MAX).map(|number| number as u64),
    });
    seed.map(Spanned::into_inner)
}

/// One of several words.
fn choice<T: Copy>(table: &Table, key: &str, words: &[(&str, T)], found: &mut Vec<Mistake>) -> Option<T> {
    let word = table.text(key, found)?;
    let known = words.iter().find(|(name, _)| name == word.get_ref()).map(|(_, value)| *value);
    if known.is_none() {
        let list: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        found.push(Mistake {
            what: format!("`{key}` cannot be \"{}\"", word.get_ref()),
            remedy: match nearest(word.get_ref(), list.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"? It is one of {}", list.join(", ")),
                None => format!("choose one of {}", list.join(", ")),
            },
            span: word.span(),
        });
    }
    known
}
