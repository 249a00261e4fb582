//! Plans as text that reads back to the same plan.

use toml::{Table, Value};

use super::Plan;
use super::description::{Description, DesignKind, MapChoice, ModelChoice};
use super::read::{BACKENDS, is_path};
use super::values::Values;
use crate::error::{Error, Result};
use crate::model::GraphShape;
use crate::simulation::BackendChoice;

impl Plan {
    /// The plan as a plan file. Paths in it are absolute and points read from a file are written out, so that it can be kept
    /// anywhere.
    ///
    /// # Errors
    /// When a model or a map is not a file's but was given by the program, or a path is not UTF-8.
    pub fn to_toml(&self) -> Result<String> {
        let tables: Vec<Value> =
            self.descriptions().iter().map(|one| table(one).map(Value::Table)).collect::<Result<_>>()?;
        let mut document = Table::new();
        document.insert("experiment".into(), Value::Array(tables));
        toml::to_string(&document).map_err(|error| Error::Internal(error.to_string()))
    }
}

fn table(one: &Description) -> Result<Table> {
    let mut table = Table::new();
    let mut put = |key: &str, value: Value| {
        table.insert(key.to_owned(), value);
    };
    if let Some(name) = &one.name {
        put("name", name.as_str().into());
    }
    match &one.model {
        ModelChoice::Named(name) if is_path(name) => put("model", absolute(name.as_ref())?),
        ModelChoice::Named(name) => put("model", name.as_str().into()),
        ModelChoice::Given(model) => return Err(not_a_file("model", &model.name)),
    }
    match &one.map {
        MapChoice::None => {}
        MapChoice::File(path) => put("map", absolute(path)?),
        MapChoice::Generated { kind, seed } => {
            put("generate", kind.to_string().into());
            put("map_seed", whole(*seed));
        }
        MapChoice::Graph { named, directed, seed } => {
            match GraphShape::is_meant_by(named) {
                true => put("graph", named.as_str().into()),
                false => put("graph", absolute(named.as_ref())?),
            }
            put("directed", (*directed).into());
            put("map_seed", whole(*seed));
        }
        MapChoice::Given(map) => return Err(not_a_file("map", map.name())),
    }
    if let Some((width, height)) = one.size {
        put("size", Value::Array(vec![i64::from(width).into(), i64::from(height).into()]));
    }
    if let Some(wrap) = one.wrap {
        put("wrap", wrap.into());
    }
    if let Some(agents) = &one.agents {
        put("agents", values(agents));
    }
    put("steps", whole(one.steps));
    if let Some(until) = &one.until {
        put("until", until.as_str().into());
    }
    if let Some(every) = one.every {
        put("every", whole(every));
    }
    put("replicates", whole(one.replicates.into()));
    put("seed", whole(one.seed));
    if one.backend != BackendChoice::Auto {
        let name =
            BACKENDS.iter().find(|(_, choice)| *choice == one.backend).map_or("auto", |(name, _)| name);
        put("backend", name.into());
    }
    if let Some(limit) = one.limit_seconds {
        put("limit_seconds", limit.into());
    }
    if let Some(memory) = one.memory {
        put("memory", whole(memory));
    }
    if one.series {
        put("series", true.into());
    }
    if one.design != DesignKind::Grid {
        put("design", one.design.name().into());
    }
    if let Some(points) = one.points {
        put("points", whole(points));
    }
    if one.design_seed != 0 {
        put("design_seed", whole(one.design_seed));
    }
    if !one.zip.is_empty() {
        let names =
            |names: &Vec<String>| Value::Array(names.iter().map(|name| name.as_str().into()).collect());
        put("zip", Value::Array(one.zip.iter().map(names).collect()));
    }
    if !one.parameters.is_empty() {
        let entries = one.parameters.iter().map(|(name, held)| (name.clone(), values(held)));
        put("parameters", Value::Table(entries.collect()));
    }
    if !one.changes.is_empty() {
        let mut changes = Table::new();
        for change in &one.changes {
            let text = format!("{}@{}", change.value, change.step);
            match changes.get_mut(&change.parameter) {
                Some(Value::String(held)) => held.push_str(&format!(",{text}")),
                _ => drop(changes.insert(change.parameter.clone(), text.into())),
            }
        }
        put("changes", Value::Table(changes));
    }
    if !one.outputs.is_empty() {
        let entries = one.outputs.iter().map(|(name, text)| (name.clone(), text.as_str().into()));
        put("outputs", Value::Table(entries.collect()));
    }
    Ok(table)
}

fn not_a_file(what: &str, name: &str) -> Error {
    Error::argument(
        format!("{what} `{name}` was given by a program and is in no file"),
        "write it into a file and name that",
    )
}

fn absolute(path: &std::path::Path) -> Result<Value> {
    let absolute = std::path::absolute(path).map_err(|error| Error::file(path, "read", &error))?;
    match absolute.to_str() {
        Some(path) => Ok(path.into()),
        None => Err(Error::argument(
            format!("the path {} is not UTF-8 and cannot stand in a plan", path.display()),
            "rename the file or its folder",
        )),
    }
}

/// TOML's numbers have 63 bits; larger ones stand in quotes.
fn whole(number: u64) -> Value {
    i64::try_from(number).map_or_else(|_| number.to_string().into(), Value::Integer)
}

/// Whole numbers up to here are the same as reals.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn real(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() <= EXACT && !(number == 0.0 && number.is_sign_negative()) {
        true => Value::Integer(number as i64),
        false => Value::Float(number),
    }
}

/// Never a table: those would stand behind all else, and the order of parameters is the order of points.
fn values(values: &Values) -> Value {
    match values {
        Values::Listed(list) => match list.as_slice() {
            [one] => real(*one),
            list => Value::Array(list.iter().map(|value| real(*value)).collect()),
        },
        spaced => spaced.to_string().into(),
    }
}
