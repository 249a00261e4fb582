//! Reports: what a store holds, drawn on one page that needs nothing else, and as one picture.

mod distribution;
mod groups;
mod page;
mod response;
mod series;
mod timeline;

use std::io::Write;
use std::path::{Path, PathBuf};

use super::store::{Contents, read, read_series};
use crate::Result;
use crate::output::{Chart, create_folder, side_by_side, write_atomically, write_png};

/// A chart with one sentence about what it shows.
#[derive(Debug)]
struct Figure {
    chart: Chart,
    caption: String,
}

/// A heading with figures below it.
#[derive(Debug)]
struct Section {
    heading: String,
    figures: Vec<Figure>,
    /// A sentence about what is not shown.
    note: Option<String>,
}

/// What a report was written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The page.
    pub html: PathBuf,
    /// The picture.
    pub png: PathBuf,
    /// One sentence for each file of the store that could not be used.
    pub notes: Vec<String>,
}

/// Charts of one kind and experiment at most: a page that nobody reads to its end helps nobody.
const MOST: usize = 12;
/// Charts of the picture at most.
const MOST_PICTURES: usize = 12;

/// Draws what the store `folder` holds, and writes `report.html` and `report.png` to the folder `out`.
///
/// # Errors
/// As [`read`] has, and [`Error::File`](crate::Error::File) when the report cannot be written.
pub fn write(folder: &Path, out: &Path) -> Result<Written> {
    let contents = read(folder)?;
    let sections = sections(&contents, folder)?;
    create_folder(out)?;
    let (html, png) = (out.join("report.html"), out.join("report.png"));
    let page = page::page(folder, &contents, &sections)?;
    write_atomically(&html, |file| file.write_all(page.as_bytes()))?;
    let figures = spread(&sections);
    let pictures = figures.iter().map(|figure| figure.chart.picture()).collect::<Result<Vec<_>>>()?;
    let columns = if pictures.len() > 4 { 3 } else { 2 };
    let description = format!("Report of the run folder {}", folder.display());
    write_png(&side_by_side(&pictures, columns), &png, &[("Description".into(), description)])?;
    Ok(Written { html, png, notes: contents.notes })
}

fn sections(contents: &Contents, folder: &Path) -> Result<Vec<Section>> {
    let series = read_series(folder)?;
    let mut sections = Vec::new();
    for experiment in 0..contents.columns.experiments.len() {
        let groups = groups::groups(contents, experiment);
        sections.extend(response::section(contents, experiment, &groups));
        sections.extend(distribution::section(contents, experiment, &groups));
        sections.extend(series::section(contents, experiment, &groups, &series));
    }
    sections.extend(timeline::section(contents));
    Ok(sections)
}

/// The figures of the picture: the first of each section, then the second, until there are enough; in the page's order.
fn spread(sections: &[Section]) -> Vec<&Figure> {
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    let most = sections.iter().map(|section| section.figures.len()).max().unwrap_or(0);
    for place in 0..most {
        for (number, section) in sections.iter().enumerate() {
            if place < section.figures.len() && chosen.len() < MOST_PICTURES {
                chosen.push((number, place));
            }
        }
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|(number, place)| &sections[number].figures[place]).collect()
}
