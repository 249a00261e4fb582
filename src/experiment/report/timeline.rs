//! Which device did what when.

use super::{Figure, Section};
use crate::experiment::store::Contents;
use crate::output::{Bar, Chart};

/// Stretches of one device and experiment that lie closer than this share of the whole are drawn as one.
const GAP: f64 = 0.003;

pub(super) fn section(contents: &Contents) -> Option<Section> {
    let timeline = &contents.timeline;
    let begin = timeline.iter().map(|interval| interval.begin).fold(f64::INFINITY, f64::min);
    let end = timeline.iter().map(|interval| interval.end).fold(f64::NEG_INFINITY, f64::max);
    let mut rows: Vec<String> = timeline.iter().map(|interval| interval.device.clone()).collect();
    rows.sort_by(|a, b| b.cmp(a));
    rows.dedup();
    let names: Vec<String> = contents.columns.experiments.iter().map(|about| about.name.clone()).collect();
    let mut bars: Vec<Bar> = Vec::new();
    let mut busy = 0.0;
    for interval in timeline {
        let row = rows.iter().position(|row| *row == interval.device)?;
        let bar =
            Bar { row, name: interval.experiment, begin: interval.begin - begin, end: interval.end - begin };
        busy += bar.end - bar.begin;
        let near = bars.iter_mut().rev().find(|other| other.row == row);
        match near.filter(|near| near.name == bar.name && bar.begin - near.end <= GAP * (end - begin)) {
            Some(near) => near.end = near.end.max(bar.end),
            None => bars.push(bar),
        }
    }
    let mut caption = format!(
        "{:.1} s from the first trial's start to the last one's end; {:.1} s of work one after the other.",
        end - begin,
        busy
    );
    let mut reasons: Vec<String> = timeline
        .iter()
        .filter(|interval| !interval.why.is_empty())
        .map(|interval| {
            let name = names.get(interval.experiment).map_or("", String::as_str);
            format!(" {name} on {}: {}.", interval.device, interval.why)
        })
        .collect();
    reasons.sort();
    reasons.dedup();
    caption.extend(reasons);
    let chart = Chart::timeline(["Devices at work", "seconds", ""], &rows, &names, &bars)?;
    Some(Section { heading: "Timeline".into(), figures: vec![Figure { chart, caption }], note: None })
}
