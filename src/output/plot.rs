//! Line plots.

use std::io::{Error as IoError, Write};
use std::path::Path;
use std::sync::Arc;

use kuva::backend::raster::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::LegendPosition;
use kuva::plot::{LinePlot, ScatterPlot};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::render::{Primitive, Scene, render_multiple};
use kuva::render::theme::Theme;

use super::colours::{INK, PAPER};
use super::file::write_atomically;
use super::label::Label;
use super::picture::{Picture, write_png};
use crate::{Error, Result};

/// One line of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its points (x, y), joined in this order.
    pub points: Vec<(f64, f64)>,
}

/// Okabe and Ito's colours, which colour-blind readers can tell apart (<https://jfly.uni-koeln.de/color/>), without the
/// yellow that is lost on white.
pub(super) const COLOURS: [&str; 7] =
    ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"];

/// Plots lines through marked points, as SVG or PNG by the extension of `path`, with either axis logarithmic if wanted.
///
/// Numbers on the axes are shortened as in "16M". Points that cannot be drawn (not finite, beyond 1e300; on a logarithmic axis
/// not above 1e-300) are left out.
///
/// # Errors
/// [`Error::Argument`] when the extension is another one or no point can be drawn, [`Error::File`] when the file cannot
/// be written.
pub fn plot_lines(
    title: &str,
    x_label: &str,
    y_label: &str,
    series: &[Series],
    log_x: bool,
    log_y: bool,
    path: &Path,
) -> Result<()> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let png = match extension.as_deref() {
        Some("png") => true,
        Some("svg") => false,
        _ => {
            return Err(Error::argument(
                format!("the plot {} must be an SVG or PNG file", path.display()),
                "let its name end in .svg or .png",
            ));
        }
    };
    let drawn = drawable(series, log_x, log_y);
    if drawn.iter().all(|series| series.points.is_empty()) {
        return Err(Error::argument(
            format!("the plot {} has no point that can be drawn", path.display()),
            "give it at least one point that is finite, and above zero on a logarithmic axis",
        ));
    }
    let scene = scene([title, x_label, y_label], &drawn, log_x, log_y);
    if png {
        let picture = rasterised(scene).map_err(|why| Error::file(path, "write", &IoError::other(why)))?;
        write_png(&picture, path, &[])
    } else {
        let svg = renumbered(&SvgBackend::new().render_scene(&scene), "clip-");
        write_atomically(path, |file| file.write_all(svg.as_bytes()))
    }
}

/// The same drawing with its clip paths called `prefix` and counted from 1: kuva counts them through the whole process, and
/// the same plot shall be the same file.
pub(super) fn renumbered(svg: &str, prefix: &str) -> String {
    const NAME: &str = "kuva-clip-";
    let mut parts = svg.split(NAME);
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut known: Vec<&str> = Vec::new();
    for part in parts {
        let (number, rest) = part.split_at(part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len()));
        let place = known.iter().position(|&other| other == number).unwrap_or_else(|| {
            known.push(number);
            known.len() - 1
        });
        text.push_str(&format!("{prefix}{}{rest}", place + 1));
    }
    text
}

/// Pixels of the picture per unit of the drawing.
const SCALE: u32 = 2;

/// The drawing as a picture. Upright words are set here: kuva's own come out blurred and too bold.
pub(super) fn rasterised(mut scene: Scene) -> Result<Picture, String> {
    let upright = |element: &Primitive| matches!(element, Primitive::Text { rotate: Some(_), .. });
    let (words, rest) = std::mem::take(&mut scene.elements).into_iter().partition(upright);
    scene.elements = rest;
    let png = RasterBackend::new().with_scale(SCALE as f32).render_scene(&scene)?;
    let mut picture = decoded(&png).ok_or("the plot could not be rasterised")?;
    let words: Vec<Primitive> = words;
    for word in words {
        if let Primitive::Text { x, y, content, size, .. } = word {
            let label = Label::new(&content, size * SCALE);
            let middle = y * f64::from(SCALE);
            let bottom = (middle + f64::from(label.width) / 2.0).max(0.0) as u32;
            // The text's place is its baseline, which lies 1.1 sizes below the label's top.
            let left = (x - 1.1 * f64::from(size)).max(0.0) * f64::from(SCALE);
            label.draw_upwards(&mut picture, left as u32, bottom, INK);
        }
    }
    Ok(picture)
}

/// A PNG of 8-bit RGB or RGBA without transparency.
fn decoded(png: &[u8]) -> Option<Picture> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut bytes).ok()?;
    let (samples, row) = (info.color_type.samples(), info.line_size);
    let mut picture = Picture::plain(info.width, info.height, PAPER);
    let columns = picture.width as usize * 3;
    for (to, from) in
        picture.pixels.chunks_exact_mut(columns).zip(bytes[..info.buffer_size()].chunks_exact(row))
    {
        for (to, from) in to.chunks_exact_mut(3).zip(from.chunks_exact(samples)) {
            to.copy_from_slice(from.get(..3)?);
        }
    }
    Some(picture)
}

/// Numbers farther from one than this are not drawn: there are no round numbers beyond them for the axis to end at.
const FARTHEST: f64 = 1e300;

fn drawable(series: &[Series], log_x: bool, log_y: bool) -> Vec<Series> {
    let fits = |value: f64, log: bool| value.abs() <= FARTHEST && (!log || value >= 1.0 / FARTHEST);
    let keep = |&(x, y): &(f64, f64)| fits(x, log_x) && fits(y, log_y);
    series
        .iter()
        .map(|line| Series {
            name: line.name.clone(),
            points: line.points.iter().copied().filter(keep).collect(),
        })
        .collect()
}

/// A series with more points is drawn without marks: they would hide the line.
const MARKED: usize = 40;

fn scene([title, x_label, y_label]: [&str; 3], series: &[Series], log_x: bool, log_y: bool) -> Scene {
    let mut plots = Vec::new();
    for (line, colour) in series.iter().zip(COLOURS.iter().cycle()) {
        let mut drawn = LinePlot::new().with_data(line.points.iter().copied());
        drawn = drawn.with_color(*colour).with_stroke_width(2.0);
        plots.push(Plot::Line(if line.name.is_empty() {
            drawn
        } else {
            drawn.with_legend(line.name.as_str())
        }));
    }
    for (line, colour) in
        series.iter().zip(COLOURS.iter().cycle()).filter(|(line, _)| line.points.len() <= MARKED)
    {
        let marks = ScatterPlot::new().with_data(line.points.iter().copied());
        plots.push(Plot::Scatter(marks.with_color(*colour).with_size(3.5)));
    }
    let mut layout = Layout::auto_from_plots(&plots)
        .with_title(title)
        .with_x_label(x_label)
        .with_y_label(y_label)
        .with_theme(theme())
        .with_legend_box(false)
        .with_legend_position(free_corner(series, log_x, log_y))
        .with_width(640.0)
        .with_height(420.0)
        .with_tick_format(TickFormat::Custom(Arc::new(short)));
    if log_x {
        // Some air at both ends, instead of the next powers of ten.
        let (least, most) = range(series.iter().flat_map(|line| line.points.iter().map(|point| point.0)));
        layout = layout.with_log_x().with_x_axis_min(least / 1.3).with_x_axis_max(most * 1.3);
    }
    if log_y {
        layout = layout.with_log_y();
    }
    let mut scene = render_multiple(plots, layout);
    // The last number on the x axis may reach beyond the drawing.
    scene.width += 16.0;
    scene
}

/// Dark words and quiet lines on white.
pub(super) fn theme() -> Theme {
    let mut theme = Theme::light();
    theme.grid_color = "#e4e7ea".into();
    theme.axis_color = "#33393f".into();
    theme.tick_color = "#33393f".into();
    theme.text_color = "#212529".into();
    theme.legend_border = "none".into();
    theme
}

pub(super) fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)))
}

/// A corner for the legend that no line passes through, or a place below the plot.
fn free_corner(series: &[Series], log_x: bool, log_y: bool) -> LegendPosition {
    let scaled = |value: f64, log: bool| if log { value.log10() } else { value };
    let points = || series.iter().flat_map(|line| &line.points);
    let (left, right) = range(points().map(|point| scaled(point.0, log_x)));
    let (bottom, top) = range(points().map(|point| scaled(point.1, log_y)));
    let place = |&(x, y): &(f64, f64)| {
        ((scaled(x, log_x) - left) / (right - left), (scaled(y, log_y) - bottom) / (top - bottom))
    };
    let high = 0.12 + 0.09 * series.len() as f64;
    let longest = series.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
    let wide = 0.12 + 0.013 * longest as f64;
    let crossed = |to_the_left: bool, at_the_top: bool| {
        let within = |(x, y): (f64, f64)| {
            (if to_the_left { x < wide } else { x > 1.0 - wide })
                && (if at_the_top { y > 1.0 - high } else { y < high })
        };
        series.iter().any(|line| {
            let middles = line.points.windows(2).map(|pair| (place(&pair[0]), place(&pair[1])));
            let middles = middles.map(|(a, b)| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0));
            line.points.iter().map(place).chain(middles).any(within)
        })
    };
    let corners = [
        (true, true, LegendPosition::InsideTopLeft),
        (false, false, LegendPosition::InsideBottomRight),
        (false, true, LegendPosition::InsideTopRight),
        (true, false, LegendPosition::InsideBottomLeft),
    ];
    let free = corners.into_iter().find(|&(to_the_left, at_the_top, _)| !crossed(to_the_left, at_the_top));
    free.map_or(LegendPosition::OutsideBottomColumns, |corner| corner.2)
}

/// A number as people say it: 1500, 16k, 2.5M, 3G; 0.25.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    let (scale, unit) = match size {
        _ if size >= 1e15 || (size < 1e-4 && size > 0.0) => return format!("{value:.0e}"),
        _ if size >= 1e12 => (1e12, "T"),
        _ if size >= 1e9 => (1e9, "G"),
        _ if size >= 1e6 => (1e6, "M"),
        _ if size >= 1e4 || size == 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    // Three decimals at most, then away with the zeros that say nothing.
    let digits = format!("{:.3}", value / scale);
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{}{unit}", if digits == "-0" { "0" } else { digits })
}
