//! How outputs are spread over seeds.

use super::groups::Groups;
use super::{Figure, MOST, Section};
use crate::experiment::store::Contents;
use crate::output::Chart;

/// Boxes of one chart at most.
const BOXES: usize = 20;

pub(super) fn section(contents: &Contents, experiment: usize, groups: &Groups<'_>) -> Option<Section> {
    let about = &contents.columns.experiments[experiment];
    // One trial at each point has no spread over seeds.
    if groups.points.iter().all(|point| point.trials.len() < 2) {
        return None;
    }
    let step = groups.points.len().div_ceil(BOXES).max(1);
    let shown: Vec<_> = groups.points.iter().step_by(step).collect();
    let mut figures = Vec::new();
    for (output, name) in about.outputs.iter().enumerate() {
        let boxes: Vec<(String, Vec<f64>)> = shown
            .iter()
            .map(|point| {
                let values = point.trials.iter().map(|(_, finished)| finished.outputs[output]);
                (groups.short_label(point), values.collect())
            })
            .collect();
        let labels = [&format!("{}: {name} over seeds", about.name), &groups.varied_names(), name];
        let caption = format!(
            "{name} of each seed{}: boxes from quartile to quartile, a line at the median, whiskers to the farthest value within 1.5 times the box.",
            if step > 1 {
                format!(" at {} of {} points", shown.len(), groups.points.len())
            } else {
                String::new()
            }
        );
        figures.extend(
            Chart::boxes(labels.map(|label| label.as_str()), &boxes).map(|chart| Figure { chart, caption }),
        );
    }
    let left_out = figures.len().saturating_sub(MOST);
    figures.truncate(MOST);
    (!figures.is_empty()).then(|| Section {
        heading: format!("{}: distribution over seeds", about.name),
        figures,
        note: (left_out > 0).then(|| format!("{left_out} more charts are left out.")),
    })
}
