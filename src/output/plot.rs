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
use kuva::render::render::{Scene, render_multiple};
use kuva::render::theme::Theme;

use super::file::write_atomically;
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
const COLOURS: [&str; 7] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"];

/// Plots lines through marked points, as SVG or PNG by the extension of `path`, with either axis logarithmic if wanted.
///
/// Numbers on the axes are shortened as in "16M". Points that cannot be drawn (not finite; not above zero on a logarithmic
/// axis) are left out.
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
    let bytes = if png {
        RasterBackend::new().with_scale(2.0).render_scene(&scene).map_err(IoError::other)
    } else {
        Ok(SvgBackend::new().render_scene(&scene).into_bytes())
    };
    let bytes = bytes.map_err(|error| Error::file(path, "write", &error))?;
    write_atomically(path, |file| file.write_all(&bytes))
}

fn drawable(series: &[Series], log_x: bool, log_y: bool) -> Vec<Series> {
    let fits = |value: f64, log: bool| value.is_finite() && (!log || value > 0.0);
    let keep = |&(x, y): &(f64, f64)| fits(x, log_x) && fits(y, log_y);
    series
        .iter()
        .map(|line| Series {
            name: line.name.clone(),
            points: line.points.iter().copied().filter(keep).collect(),
        })
        .collect()
}

fn scene([title, x_label, y_label]: [&str; 3], series: &[Series], log_x: bool, log_y: bool) -> Scene {
    let mut plots = Vec::new();
    for (line, colour) in series.iter().zip(COLOURS.iter().cycle()) {
        let drawn = LinePlot::new().with_data(line.points.iter().copied());
        plots.push(Plot::Line(
            drawn.with_color(*colour).with_stroke_width(2.0).with_legend(line.name.as_str()),
        ));
    }
    for (line, colour) in series.iter().zip(COLOURS.iter().cycle()) {
        let marks = ScatterPlot::new().with_data(line.points.iter().copied());
        plots.push(Plot::Scatter(marks.with_color(*colour).with_size(3.5)));
    }
    let mut theme = Theme::light();
    theme.grid_color = "#e4e7ea".into();
    theme.axis_color = "#33393f".into();
    theme.tick_color = "#33393f".into();
    theme.text_color = "#212529".into();
    theme.legend_border = "none".into();
    let mut layout = Layout::auto_from_plots(&plots)
        .with_title(title)
        .with_x_label(x_label)
        .with_y_label(y_label)
        .with_theme(theme)
        .with_legend_position(LegendPosition::InsideTopLeft)
        .with_width(640.0)
        .with_height(420.0)
        .with_tick_format(TickFormat::Custom(Arc::new(short)));
    if log_x {
        layout = layout.with_log_x();
    }
    if log_y {
        layout = layout.with_log_y();
    }
    render_multiple(plots, layout)
}

/// A number as people say it: 1500, 16k, 2.5M, 3G; 0.25.
fn short(value: f64) -> String {
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
