//! Reads the metrics of a head, and those that are given apart from one.

use std::ops::Range;

use naga::Module;

use super::body::{self, Calls, Field, FieldKind};
use super::declaration::*;
use super::head::{MetricHead, ONLY_KIND, REDUCTIONS};
use super::parse::parse;
use super::setting::Setting;
use super::{AgentLayout, Model, names};
use crate::error::{Error, Result};
use crate::mistake::Mistake;

/// A metric's definition given outside of a model file.
pub(crate) fn metric_from_toml(model: &Model, name: &str, definition: &str) -> Result<Metric> {
    let refuse = |why: String, remedy: String| Error::argument(format!("metric `{name}`: {why}"), remedy);
    if let Some(why) = names::refuse(name) {
        return Err(refuse(why, "choose another name".into()));
    }
    let head = MetricHead::parse(name, definition).map_err(|mistake| refuse(mistake.what, mistake.remedy))?;
    let setting = Setting::trial(model.layers.len(), model.kinds.len());
    let module = parse(model, &model.source, &setting)
        .map_err(|mistakes| Error::Internal(mistakes.into_iter().map(|mistake| mistake.what).collect()))?;
    read_metric(model, &module, name, &head, &|span| span)
        .map_err(|mistake| refuse(mistake.what, mistake.remedy))
}

pub(super) fn read_metric(
    model: &Model,
    module: &Module,
    name: &str,
    head: &MetricHead,
    locate: &dyn Fn(Range<usize>) -> Range<usize>,
) -> Result<Metric, Mistake> {
    let refuse = |what: String, remedy: String, span: Range<usize>| Mistake { what, remedy, span };
    let whole = locate(head.span.clone());
    let histogram = || match (&head.bins, &head.range) {
        (Some(bins), Some(range)) => {
            let [low, high] = *range.get_ref();
            let whole = i32::try_from(low).ok().zip(i32::try_from(high).ok());
            match whole.filter(|(low, high)| low < high) {
                Some((low, high)) if (1..=1024).contains(bins.get_ref()) => {
                    Ok(Reduction::Histogram { bins: *bins.get_ref(), low, high })
                }
                _ => Err(refuse(
                    format!("histogram `{name}` cannot have {} bins from {low} to {high}", bins.get_ref()),
                    "use 1 to 1024 bins, and a range of whole numbers with the lower end first".into(),
                    locate(if low < high { bins.span() } else { range.span() }),
                )),
            }
        }
        _ => Err(refuse(
            format!("histogram `{name}` lacks `bins` or `range`"),
            "write it as `{ histogram = \"energy\", bins = 10, range = [0, 100] }`".into(),
            whole.clone(),
        )),
    };
    let [(word, of)] = head.reductions.as_slice() else {
        return Err(refuse(
            format!("metric `{name}` must have one reduction and has {}", head.reductions.len()),
            format!("use one of {}, as in `{{ mean = \"seen\" }}`", REDUCTIONS.join(", ")),
            whole,
        ));
    };
    let parts = [head.bins.as_ref().map(toml::Spanned::span), head.range.as_ref().map(toml::Spanned::span)];
    if word.get_ref() != "histogram"
        && let Some(span) = parts.into_iter().flatten().next()
    {
        return Err(refuse(
            format!("metric `{name}` is no histogram and has no use for `bins` and `range`"),
            format!("remove them, or write `histogram` in place of `{}`", word.get_ref()),
            locate(span),
        ));
    }
    let reduction = match word.get_ref().as_str() {
        "count" => Reduction::Count,
        "sum" => Reduction::Sum,
        "mean" => Reduction::Mean,
        "variance" => Reduction::Variance,
        "min" => Reduction::Min,
        "max" => Reduction::Max,
        "argmin" => Reduction::ArgMin,
        "argmax" => Reduction::ArgMax,
        _ => histogram()?,
    };
    let span = locate(of.span());
    let of = of.get_ref().as_str();
    let over_word = head.over.as_ref().map(|over| (over.get_ref().as_str(), locate(over.span())));
    let fields = named_fields(model);
    if model.layers.iter().any(|layer| layer.name == of && layer.claim) {
        return Err(refuse(
            format!("layer `{of}` holds claims, which are over when metrics are taken"),
            "keep in a field, in the stage that asks `won_`, who won, and measure that".into(),
            span,
        ));
    }
    if model.layers.iter().any(|layer| layer.name == of && layer.total) {
        return Err(refuse(
            format!("total `{of}` is one number, and a metric is of many"),
            "measure what the rule brings together in it".into(),
            span,
        ));
    }
    let (source, over_agents, values) = if let Some(layer) =
        model.layers.iter().position(|layer| layer.name == of && !layer.claim)
    {
        (Source::Layer(layer), None, ValueKind::U32)
    } else if let Some((_, kind, field, values)) = fields.iter().find(|(name, ..)| name == of) {
        let values = match values {
            FieldKind::I32 => ValueKind::I32,
            FieldKind::U32 => ValueKind::U32,
            FieldKind::F32 => ValueKind::F32,
        };
        (Source::Field(field.clone()), Some(*kind), values)
    } else if let Some(kind) = model.kind(of) {
        (Source::Everyone, Some(kind), ValueKind::U32)
    } else if let Some((handle, function)) =
        module.functions.iter().find(|(_, function)| function.name.as_deref() == Some(of))
    {
        let known = body::signature(module, function).and_then(|(from, to)| {
            let values = match to.as_str() {
                "i32" => ValueKind::I32,
                "u32" => ValueKind::U32,
                "f32" => ValueKind::F32,
                "bool" => ValueKind::Bool,
                _ => return None,
            };
            match from.as_str() {
                "vec2<i32>" => Some((None, values)),
                of => {
                    let kind = model.kinds.iter().position(|kind| kind.structure == of)?;
                    Some((Some(kind), values))
                }
            }
        });
        let (agents, values) = match known {
            Some(known) => known,
            None => {
                return Err(refuse(
                    format!("`{of}` cannot be measured"),
                    "a measured function takes an `Agent` or a place `vec2<i32>` and gives i32, u32, f32 or bool".into(),
                    span,
                ));
            }
        };
        let reached = Calls::of(module, &model.source).reached(handle);
        if let Some((effect, place)) = body::first_effect(&reached, &model.layers) {
            return Err(refuse(
                format!("`{of}` is measured and may only look, but it calls `{effect}`"),
                "move the effect to a stage".into(),
                place,
            ));
        }
        if let Some((used, place)) = body::first_of_stages(&reached, &model.layers, &model.kinds) {
            return Err(refuse(
                format!("`{of}` is measured and sees one agent or cell alone, but it calls `{used}`"),
                "do it in a stage and keep what it gave in a field or a layer".into(),
                place,
            ));
        }
        if let Some(place) = body::draws(&reached) {
            return Err(refuse(
                format!("`{of}` is measured and may only look, but it draws random numbers"),
                "move the draw to a stage and keep what it gave in a field".into(),
                place,
            ));
        }
        (Source::Function(of.to_owned()), agents, values)
    } else {
        let mut known: Vec<&str> = model.layers.iter().map(|layer| layer.name.as_str()).collect();
        known.extend(fields.iter().map(|(field, ..)| field.as_str()));
        known.extend(model.kinds.iter().map(|kind| kind.name.as_str()).filter(|name| *name != ONLY_KIND));
        return Err(refuse(
            format!(
                "metric `{name}` is over `{of}`, which is no layer, no {} and no function of this file",
                match model.kinds.as_slice() {
                    [] | [_] => "field of `Agent`",
                    _ => "kind of agents, no field of one (as in `wolf.energy`)",
                }
            ),
            match field_meant(&fields, of).or(names::nearest(of, known.iter().copied())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("use one of {}, or define the function", known.join(", ")),
            },
            span,
        ));
    };
    let over = match (over_word, over_agents) {
        (None | Some(("agents", _)), Some(kind)) => Over::Agents(kind),
        (None | Some(("cells", _)), None) => Over::Cells,
        (Some(("free", _)), None) => Over::Free,
        (Some((other, span)), _) => {
            let choices = if over_agents.is_some() { "\"agents\"" } else { "\"cells\" or \"free\"" };
            return Err(refuse(
                format!("metric `{name}` cannot be over `{other}`"),
                format!("use {choices}"),
                span,
            ));
        }
    };
    Ok(Metric { name: name.to_owned(), reduction, source, values, over, fixed: head.fixed })
}

/// The fields of all kinds as metrics name them: halves of pairs apart, and where there are several kinds with the kind's
/// name before them. With each its kind, its name in the structure, and its type.
fn named_fields(model: &Model) -> Vec<(String, usize, String, FieldKind)> {
    let several = model.kinds.len() > 1;
    let fields = model.kinds.iter().enumerate().flat_map(|(index, kind)| {
        field_names(&kind.layout).into_iter().map(move |(field, values)| {
            let name = if several { format!("{}.{field}", kind.name) } else { field.clone() };
            (name, index, field, values)
        })
    });
    fields.collect()
}

/// The field that `of` is meant to be: that of the kind before the dot that is called nearly so, or, where the kind is left
/// out, the first kind's of that name.
fn field_meant<'f>(fields: &'f [(String, usize, String, FieldKind)], of: &str) -> Option<&'f str> {
    let plain = fields.iter().find(|(name, _, field, _)| field == of && name != of);
    let (kind, wanted) = of.split_once('.').unwrap_or((of, ""));
    let of_kind = |name: &'f String| Some((name.strip_prefix(kind)?.strip_prefix('.')?, name.as_str()));
    let within: Vec<(&str, &str)> = fields.iter().filter_map(|(name, ..)| of_kind(name)).collect();
    let near = names::nearest(wanted, within.iter().map(|(field, _)| *field));
    let near = near.and_then(|near| within.iter().find(|(field, _)| *field == near));
    near.map(|(_, name)| *name).or(plain.map(|(name, ..)| name.as_str()))
}

/// The agent's fields as metrics name them, halves of pairs apart.
pub(super) fn field_names(agent: &AgentLayout) -> Vec<(String, FieldKind)> {
    agent
        .fields
        .iter()
        .flat_map(|Field { name, kind, pair, .. }| match pair {
            true => vec![(format!("{name}.x"), *kind), (format!("{name}.y"), *kind)],
            false => vec![(name.clone(), *kind)],
        })
        .collect()
}
