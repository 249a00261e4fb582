//! How metrics go with time: the median over trials within a band of quantiles.

use std::collections::{BTreeSet, HashMap};

use super::groups::Groups;
use super::{Figure, MOST, Section};
use crate::experiment::store::{Contents, SeriesRow};
use crate::output::{Chart, Estimates};
use crate::reduce::quantile;

/// With more points than this all trials are taken together.
const LINES: usize = 5;
/// Places along a line at most.
const PLACES: usize = 160;
/// The ends of the band.
const BAND: (f64, f64) = (0.1, 0.9);

pub(super) fn section(
    contents: &Contents,
    experiment: usize,
    groups: &Groups<'_>,
    series: &[SeriesRow],
) -> Option<Section> {
    let columns = &contents.columns;
    let about = &columns.experiments[experiment];
    let mut by_trial: HashMap<u64, Vec<&SeriesRow>> = HashMap::new();
    for row in series {
        by_trial.entry(row.trial).or_default().push(row);
    }
    let of_point = |point: &super::groups::Point<'_>| -> Vec<&Vec<&SeriesRow>> {
        point.trials.iter().filter_map(|(outcome, _)| by_trial.get(&outcome.trial.number)).collect()
    };
    let lines: Vec<(String, Vec<&Vec<&SeriesRow>>)> = match groups.points.len() {
        0 | 1 => groups.points.iter().map(|point| (String::new(), of_point(point))).collect(),
        2..=LINES => groups
            .points
            .iter()
            .map(|point| {
                let name = match groups.varied.as_slice() {
                    [one] => format!("{} = {}", groups.names[*one], groups.label(point)),
                    _ => groups.label(point),
                };
                (name, of_point(point))
            })
            .collect(),
        _ => vec![(String::new(), groups.points.iter().flat_map(of_point).collect())],
    };
    let mut figures = Vec::new();
    for (metric, name) in about.metrics.iter().enumerate() {
        let column = contents.columns.metric_place(experiment, metric)?;
        let bands: Vec<Estimates> = lines
            .iter()
            .map(|(name, trials)| Estimates { name: name.clone(), points: band(trials, column) })
            .collect();
        let caption = format!(
            "{name} after each step: the median over trials, and the band that holds the middle 80 % of them; a trial that ended keeps its last value."
        );
        let labels = [&format!("{}: {name}", about.name), "step", name];
        figures.extend(Chart::estimates(labels, &bands, true).map(|chart| Figure { chart, caption }));
    }
    let left_out = figures.len().saturating_sub(MOST);
    figures.truncate(MOST);
    (!figures.is_empty()).then(|| Section {
        heading: format!("{}: time series", about.name),
        figures,
        note: (left_out > 0).then(|| format!("{left_out} more charts are left out.")),
    })
}

/// Step, median, lower and upper end.
fn band(trials: &[&Vec<&SeriesRow>], column: usize) -> Vec<[f64; 4]> {
    let steps: BTreeSet<u64> = trials.iter().flat_map(|rows| rows.iter().map(|row| row.step)).collect();
    let steps: Vec<u64> = steps.into_iter().collect();
    let every = steps.len().div_ceil(PLACES).max(1);
    let last = steps.last().copied();
    let places =
        steps.iter().copied().step_by(every).chain(last.filter(|_| !(steps.len() - 1).is_multiple_of(every)));
    let at = |step: u64| {
        let mut values: Vec<f64> = trials
            .iter()
            .filter_map(|rows| rows[..rows.partition_point(|row| row.step <= step)].last())
            .map(|row| row.values[column])
            .filter(|value| value.is_finite())
            .collect();
        values.sort_by(f64::total_cmp);
        let of = |share| if values.is_empty() { f64::NAN } else { quantile(&values, share) };
        [step as f64, of(0.5), of(BAND.0), of(BAND.1)]
    };
    places.map(at).collect()
}
