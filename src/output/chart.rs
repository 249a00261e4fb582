//! Charts of a report: estimates with intervals, bands, boxes, timelines; each as SVG and as a picture.

use std::sync::Arc;

use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::{LegendEntry, LegendPosition, LegendShape};
use kuva::plot::{BandPlot, BoxPlot, LinePlot, ScatterPlot};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::render::{Scene, render_multiple};

use super::colours::PAPER;
use super::picture::Picture;
use super::plot::{COLOURS, range, rasterised, renumbered, short, theme};
use crate::{Error, Result};

/// Estimates along an axis, joined by a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimates {
    /// Its name in the legend; empty for none.
    pub name: String,
    /// For each place, by place: the place, the estimate, its lower and its upper end.
    pub points: Vec<[f64; 4]>,
}

/// A stretch of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The row that it lies in, from the bottom.
    pub row: usize,
    /// What its colour stands for: the place of a name.
    pub name: usize,
    /// Where it begins on the axis.
    pub begin: f64,
    /// Where it ends.
    pub end: f64,
}

/// A drawing of 640 by 420 units.
#[derive(Debug)]
pub struct Chart {
    plots: Vec<Drawn>,
    labels: [String; 3],
    style: Style,
}

/// What is put on the drawing; kuva's own types cannot be copied.
#[derive(Debug, Clone)]
enum Drawn {
    Line { name: String, colour: usize, points: Vec<(f64, f64)> },
    Marks { colour: usize, points: Vec<(f64, f64)> },
    Errors { colour: usize, points: Vec<[f64; 4]> },
    Band { name: String, colour: usize, points: Vec<[f64; 4]>, opacity: f64 },
    Boxes { groups: Vec<(String, Vec<f64>)>, lying: bool },
}

#[derive(Debug, Clone)]
enum Style {
    Numbers { x: (f64, f64), y: (f64, f64) },
    Categories { lying: bool, values: (f64, f64) },
    Rows { names: Vec<String>, end: f64 },
}

/// By what share of the axis lines with error bars stand aside of each other, and the room at both ends.
const ASIDE: f64 = 0.006;
const AIR: f64 = 0.04;

/// Letters below an axis at most.
const LETTERS: usize = 70;

/// A number beyond this is not drawn: there are no round numbers for the axis to end at.
const FARTHEST: f64 = 1e300;

impl Chart {
    /// Estimates with an error bar each, or with a band around the line. `labels` are title, x axis, y axis.
    ///
    /// `None` when there is nothing that can be drawn.
    pub fn estimates(labels: [&str; 3], lines: &[Estimates], band: bool) -> Option<Chart> {
        let mut plots = Vec::new();
        let mut ends = Vec::new();
        let (left, right) = range(lines.iter().flat_map(|line| &line.points).map(|point| point[0]));
        for (colour, line) in lines.iter().enumerate() {
            let mut points: Vec<[f64; 4]> = line.points.iter().copied().filter_map(drawable).collect();
            if !band {
                // Side by side, so that error bars do not hide each other.
                let aside = colour as f64 - (lines.len() - 1) as f64 / 2.0;
                points.iter_mut().for_each(|point| point[0] += aside * ASIDE * (right - left));
            }
            ends.extend(points.iter().flat_map(|[_, middle, low, high]| [*middle, *low, *high]));
            let middles: Vec<(f64, f64)> = points.iter().map(|[x, middle, ..]| (*x, *middle)).collect();
            if middles.is_empty() {
                continue;
            }
            if band {
                plots.push(Drawn::Band {
                    name: String::new(),
                    colour,
                    points: points.clone(),
                    opacity: if lines.len() > 1 { 0.14 } else { 0.22 },
                });
            }
            plots.push(Drawn::Line { name: line.name.clone(), colour, points: middles.clone() });
            if !band {
                plots.push(Drawn::Errors { colour, points });
                plots.push(Drawn::Marks { colour, points: middles });
            }
        }
        let y = range(ends.into_iter());
        let air = if band { 0.0 } else { AIR };
        let x = (left - air * (right - left), right + air * (right - left));
        (!plots.is_empty()).then(|| Chart::new(plots, labels, Style::Numbers { x, y }))
    }

    /// Boxes from quartile to quartile with a line at the median, whiskers to the farthest value within 1.5 times that height
    /// (Tukey), and a dot for each value.
    ///
    /// `None` when there is nothing that can be drawn.
    pub fn boxes(labels: [&str; 3], groups: &[(String, Vec<f64>)]) -> Option<Chart> {
        let finite =
            |values: &[f64]| values.iter().copied().filter(|v| v.abs() <= FARTHEST).collect::<Vec<_>>();
        let groups: Vec<(String, Vec<f64>)> = groups
            .iter()
            .map(|(name, values)| (name.clone(), finite(values)))
            .filter(|(_, values)| !values.is_empty())
            .collect();
        let letters: usize = groups.iter().map(|(name, _)| name.chars().count() + 2).sum();
        let [title, x_label, y_label] = labels;
        // Names that are too long to stand side by side stand one above the other, the first at the top.
        let lying = letters > LETTERS;
        let labels = if lying { [title, y_label, x_label] } else { labels };
        let values = range(groups.iter().flat_map(|(_, values)| values.iter().copied()));
        let style = Style::Categories { lying, values };
        let mut groups = groups;
        if lying {
            groups.reverse();
        }
        (!groups.is_empty()).then(|| Chart::new(vec![Drawn::Boxes { groups, lying }], labels, style))
    }

    /// Bars in rows, coloured by name. `None` when there is nothing that can be drawn.
    pub fn timeline(labels: [&str; 3], rows: &[String], names: &[String], bars: &[Bar]) -> Option<Chart> {
        let mut plots = Vec::new();
        let mut end = 0.0_f64;
        for (colour, name) in names.iter().enumerate() {
            let mut legend = name.clone();
            for bar in bars.iter().filter(|bar| bar.name == colour && bar.row < rows.len()) {
                if !(bar.begin.abs() <= FARTHEST && bar.end.abs() <= FARTHEST) {
                    continue;
                }
                end = end.max(bar.end);
                let row = bar.row as f64;
                let corner = |x: f64| [x, row, row - 0.36, row + 0.36];
                let points = vec![corner(bar.begin), corner(bar.end)];
                plots.push(Drawn::Band { name: std::mem::take(&mut legend), colour, points, opacity: 0.85 });
            }
        }
        let style = Style::Rows { names: rows.to_vec(), end };
        (!plots.is_empty() && end > 0.0).then(|| Chart::new(plots, labels, style))
    }

    fn new(plots: Vec<Drawn>, labels: [&str; 3], style: Style) -> Chart {
        Chart { plots, labels: labels.map(str::to_owned), style }
    }

    /// The chart as SVG; `prefix` keeps the names in it apart from those of other drawings on one page.
    pub fn svg(&self, prefix: &str) -> String {
        let scene = self.scene();
        let svg = renumbered(&SvgBackend::new().render_scene(&scene), &format!("{prefix}-clip-"));
        // With it a page can show the drawing in any size.
        svg.replacen("<svg ", &format!("<svg viewBox=\"0 0 {} {}\" ", scene.width, scene.height), 1)
    }

    /// The chart as a picture of 1312 by 840 pixels, or somewhat more.
    ///
    /// # Errors
    /// [`Error::Internal`] when it could not be rasterised.
    pub fn picture(&self) -> Result<Picture> {
        rasterised(self.scene()).map_err(Error::Internal)
    }

    fn scene(&self) -> Scene {
        let plots: Vec<Plot> = self.plots.iter().map(Drawn::plot).collect();
        let entries: Vec<LegendEntry> = self.plots.iter().filter_map(Drawn::legend).collect();
        let [title, x_label, y_label] = &self.labels;
        let mut layout = Layout::auto_from_plots(&plots)
            .with_title(title.as_str())
            .with_x_label(x_label.as_str())
            .with_y_label(y_label.as_str())
            .with_theme(theme())
            .with_legend_box(false)
            .with_width(640.0)
            .with_height(420.0)
            .with_tick_format(TickFormat::Custom(Arc::new(short)));
        if !entries.is_empty() {
            layout = layout
                .with_legend_entries(entries)
                .with_legend_position(LegendPosition::OutsideBottomColumns);
        }
        match &self.style {
            Style::Numbers { x: (left, right), y: (least, most) } => {
                // Round numbers are the layout's business; the ends of intervals must be within them.
                if left < right {
                    layout = layout.with_x_axis_min(*left).with_x_axis_max(*right);
                }
                let air = AIR * (most - least);
                layout = layout.with_y_axis_min(least - air).with_y_axis_max(most + air);
                if most <= least {
                    let air = least.abs().max(1.0) * 0.1;
                    layout = layout.with_y_axis_min(least - air).with_y_axis_max(most + air);
                }
            }
            Style::Categories { lying, values: (least, most) } => {
                let air = if least < most { AIR * (most - least) } else { least.abs().max(1.0) * 0.1 };
                let (least, most) = (least - air, most + air);
                layout = match lying {
                    true => layout.with_x_axis_min(least).with_x_axis_max(most),
                    false => layout.with_y_axis_min(least).with_y_axis_max(most),
                };
            }
            Style::Rows { names, end } => {
                let names = names.clone();
                let name = move |value: f64| {
                    let row = value.round();
                    let exact = (value - row).abs() < 1e-6 && row >= 0.0;
                    if exact { names.get(row as usize).cloned().unwrap_or_default() } else { String::new() }
                };
                let top = match &self.style {
                    Style::Rows { names, .. } => names.len() as f64,
                    _ => 1.0,
                };
                layout = layout
                    .with_y_axis_min(-1.0)
                    .with_y_axis_max(top)
                    .with_y_tick_step(1.0)
                    .with_x_axis_min(0.0)
                    .with_x_axis_max(*end)
                    .with_y_tick_format(TickFormat::Custom(Arc::new(name)));
            }
        }
        let mut scene = render_multiple(plots, layout);
        // The last number on the x axis may reach beyond the drawing.
        scene.width += 16.0;
        scene
    }
}

/// A point that can be drawn: ends that are not known lie at the estimate.
fn drawable([x, middle, low, high]: [f64; 4]) -> Option<[f64; 4]> {
    let fits = |value: f64| value.abs() <= FARTHEST;
    let end = |end: f64| if fits(end) { end } else { middle };
    (fits(x) && fits(middle)).then(|| [x, middle, end(low), end(high)])
}

impl Drawn {
    fn legend(&self) -> Option<LegendEntry> {
        let (name, colour, shape) = match self {
            Drawn::Line { name, colour, .. } => (name, colour, LegendShape::Line),
            Drawn::Band { name, colour, .. } => (name, colour, LegendShape::Rect),
            _ => return None,
        };
        let color = COLOURS[colour % COLOURS.len()].to_owned();
        (!name.is_empty()).then(|| LegendEntry { label: name.clone(), color, shape, dasharray: None })
    }

    fn plot(&self) -> Plot {
        let colour = |number: &usize| COLOURS[number % COLOURS.len()];
        match self {
            Drawn::Line { colour: number, points, .. } => {
                let line = LinePlot::new().with_data(points.iter().copied());
                Plot::Line(line.with_color(colour(number)).with_stroke_width(2.0))
            }
            Drawn::Marks { colour: number, points } => {
                let marks = ScatterPlot::new().with_data(points.iter().copied());
                Plot::Scatter(marks.with_color(colour(number)).with_size(3.5))
            }
            Drawn::Errors { colour: number, points } => {
                let middles = points.iter().map(|[x, middle, ..]| (*x, *middle));
                let arms = points.iter().map(|[_, middle, low, high]| (middle - low, high - middle));
                let marks = ScatterPlot::new().with_data(middles).with_y_err_asymmetric(arms);
                Plot::Scatter(marks.with_color(colour(number)).with_size(2.0))
            }
            Drawn::Band { colour: number, points, opacity, .. } => {
                let column = |place: usize| points.iter().map(move |point| point[place]);
                let band = BandPlot::new(column(0), column(2), column(3));
                Plot::Band(band.with_color(colour(number)).with_opacity(*opacity))
            }
            Drawn::Boxes { groups, lying } => {
                let mut boxes = BoxPlot::new().with_color("#9cc4e4").with_strip(0.18);
                boxes = boxes.with_overlay_color("#0b4a7a").with_overlay_size(1.6).with_horizontal(*lying);
                for (name, values) in groups {
                    boxes = boxes.with_group(name.as_str(), values.iter().copied());
                }
                Plot::Box(boxes)
            }
        }
    }
}

/// Pictures in rows of so many, each in a cell of the size of the largest.
pub fn side_by_side(pictures: &[Picture], columns: usize) -> Picture {
    let columns = columns.clamp(1, pictures.len().max(1));
    let width = pictures.iter().map(|picture| picture.width).max().unwrap_or(2);
    let height = pictures.iter().map(|picture| picture.height).max().unwrap_or(2);
    let rows = pictures.len().div_ceil(columns).max(1);
    let mut whole = Picture::plain(width * columns as u32, height * rows as u32, PAPER);
    let stride = whole.width as usize * 3;
    for (place, picture) in pictures.iter().enumerate() {
        let left = (place % columns) * width as usize * 3;
        let top = (place / columns) * height as usize;
        for (row, pixels) in picture.pixels.chunks_exact(picture.width as usize * 3).enumerate() {
            let start = (top + row) * stride + left;
            whole.pixels[start..start + pixels.len()].copy_from_slice(pixels);
        }
    }
    whole
}
