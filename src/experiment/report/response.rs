//! How outputs answer to parameters: means with their intervals.

use super::groups::{Groups, distinct, rounded};
use super::{Figure, MOST, Section};
use crate::experiment::store::{Contents, mean_interval};
use crate::output::{Chart, Estimates};

/// A parameter with more values than this is drawn in bins of equal numbers of trials.
const MOST_VALUES: usize = 24;
const BINS: usize = 12;
/// Lines of one chart at most.
const LINES: usize = 6;
const CONFIDENCE: f64 = 0.95;

pub(super) fn section(contents: &Contents, experiment: usize, groups: &Groups<'_>) -> Option<Section> {
    let about = &contents.columns.experiments[experiment];
    let mut figures = Vec::new();
    for (output, name) in about.outputs.iter().enumerate() {
        for &parameter in &groups.varied {
            figures.extend(figure(groups, parameter, output, &about.name, name));
        }
    }
    let left_out = figures.len().saturating_sub(MOST);
    figures.truncate(MOST);
    (!figures.is_empty()).then(|| Section {
        heading: format!("{}: response over parameters", about.name),
        figures,
        note: (left_out > 0).then(|| format!("{left_out} more charts are left out.")),
    })
}

fn figure(groups: &Groups<'_>, parameter: usize, output: usize, title: &str, name: &str) -> Option<Figure> {
    let axis = groups.names[parameter].as_str();
    // A second parameter of few values gives a line for each of them.
    let second = match groups.varied.as_slice() {
        [a, b] => Some(if *a == parameter { *b } else { *a }),
        _ => None,
    };
    let second = second.filter(|&second| values_of(groups, second).len() <= LINES);
    let lines: Vec<Estimates> = match second {
        Some(second) => values_of(groups, second)
            .into_iter()
            .map(|value| Estimates {
                name: format!("{} = {}", groups.names[second], rounded(value)),
                points: estimates(groups, parameter, output, |values| values[second] == value),
            })
            .collect(),
        None => {
            vec![Estimates { name: String::new(), points: estimates(groups, parameter, output, |_| true) }]
        }
    };
    let binned = values_of(groups, parameter).len() > MOST_VALUES;
    let mut caption = format!("Mean of {name} over all trials with the same {axis}, with its 95 % interval");
    if binned {
        caption = format!(
            "Mean of {name} with its 95 % interval in {BINS} bins of {axis} with equal numbers of trials"
        );
    }
    if second.is_none() && groups.varied.len() > 1 {
        caption += "; the other parameters vary within it";
    }
    let lacking = groups
        .points
        .iter()
        .flat_map(|point| &point.trials)
        .filter(|(_, finished)| !finished.outputs[output].is_finite())
        .count();
    if lacking > 0 {
        caption += &format!("; {lacking} trials have no {name} and are left out");
    }
    let chart = Chart::estimates([&format!("{title}: {name}"), axis, name], &lines, false)?;
    Some(Figure { chart, caption: caption + "." })
}

fn values_of(groups: &Groups<'_>, parameter: usize) -> Vec<f64> {
    distinct(groups.points.iter().map(|point| point.values[parameter]))
}

/// Place, mean, lower and upper end for each value or bin of a parameter.
fn estimates(
    groups: &Groups<'_>,
    parameter: usize,
    output: usize,
    keep: impl Fn(&[f64]) -> bool,
) -> Vec<[f64; 4]> {
    let mut pairs: Vec<(f64, f64)> = groups
        .points
        .iter()
        .filter(|point| keep(point.values))
        .flat_map(|point| {
            point.trials.iter().map(|(_, finished)| (point.values[parameter], finished.outputs[output]))
        })
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let chunks: Vec<&[(f64, f64)]> = if distinct(pairs.iter().map(|pair| pair.0)).len() > MOST_VALUES {
        pairs.chunks(pairs.len().div_ceil(BINS)).collect()
    } else {
        pairs.chunk_by(|a, b| a.0 == b.0).collect()
    };
    let estimate = |chunk: &&[(f64, f64)]| {
        let place = chunk.iter().map(|pair| pair.0).sum::<f64>() / chunk.len() as f64;
        let mean = mean_interval(chunk.iter().map(|pair| pair.1), CONFIDENCE);
        [place, mean.mean, mean.mean - mean.half_width, mean.mean + mean.half_width]
    };
    chunks.iter().map(estimate).collect()
}
