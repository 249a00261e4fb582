//! Maps made by robots, in the format of ROS `map_server`: a YAML file and the picture that it names.
//!
//! The meaning of each value is that of <https://wiki.ros.org/map_server> and of `nav2_map_server`: a pixel's
//! occupancy is how dark it is, from 0 to 1, or how bright where `negate` is set; above `occupied_thresh` the cell is
//! occupied, below `free_thresh` it is free, and otherwise nobody knows. Agents may enter only what is surely free, so
//! unknown cells are blocked, and counted. Two things differ from the ROS programs: a pixel that is not opaque is
//! unknown in every mode (they mix the opacity into the colour), and `resolution` and `origin` are not looked at,
//! because a cell is a cell.

use std::path::{Path, PathBuf};

use super::file::{self, Format, excerpt, refusal};
use super::{Cell, Grid, pgm, picture, yaml};
use crate::{Error, Result};

/// Longer YAML files are something else.
const MOST_BYTES: usize = 1 << 20;

/// How grey values become occupancy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Dark is occupied: `trinary` and `scale`, which differ only in the shades of what is neither.
    Shades,
    /// The value itself, 0 to 255, is the occupancy in percent; above 100 nobody knows. `negate` has no effect.
    Raw,
}

/// What a YAML file says about a map.
#[derive(Debug, Clone)]
pub(super) struct Description {
    image: PathBuf,
    image_line: usize,
    negate: bool,
    occupied_above: f64,
    free_below: f64,
    mode: Mode,
}

impl Default for Description {
    /// What `map_server`'s `map_saver` writes.
    fn default() -> Description {
        Description {
            image: PathBuf::new(),
            image_line: 0,
            negate: false,
            occupied_above: 0.65,
            free_below: 0.196,
            mode: Mode::Shades,
        }
    }
}

/// Reads the map that a YAML file describes.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Grid> {
    let description = Description::parse(path, bytes)?;
    let image = path.parent().unwrap_or(Path::new("")).join(&description.image);
    let picture = file::read(&image).map_err(|error| match error {
        Error::File { why, .. } => refusal(
            path,
            Some(description.image_line),
            format!("it names the picture {}, which cannot be read: {why}", image.display()),
            "put the picture there or correct `image`",
        ),
        other => other,
    })?;
    description.image(&image, &picture)
}

/// The description beside a picture: a YAML file of the same name whose `image` is that picture.
pub(super) fn beside(picture: &Path) -> Result<Option<Description>> {
    for extension in ["yaml", "yml"] {
        let path = picture.with_extension(extension);
        if !path.is_file() {
            continue;
        }
        let bytes = file::read(&path)?;
        // A YAML file of that name may have nothing to do with maps; only one that names the picture counts.
        let Ok(entries) = yaml::entries(&path, &bytes[..bytes.len().min(MOST_BYTES)]) else { continue };
        let names_it = |entry: &yaml::Entry| {
            entry.key == "image" && Path::new(entry.value.as_ref()).file_name() == picture.file_name()
        };
        if entries.iter().any(names_it) {
            return Description::parse(&path, &bytes).map(Some);
        }
    }
    Ok(None)
}

impl Description {
    fn parse(path: &Path, bytes: &[u8]) -> Result<Description> {
        if bytes.len() > MOST_BYTES {
            return Err(refusal(
                path,
                None,
                "it is too long to be the description of a map",
                "name the YAML file that the ROS map_server reads",
            ));
        }
        let entries = yaml::entries(path, bytes)?;
        let required = |key: &str, example: &str| {
            one(path, &entries, key)?.ok_or_else(|| {
                refusal(path, None, format!("it has no `{key}`"), format!("add the line `{key}: {example}`"))
            })
        };
        let image = required("image", "place.pgm")?;
        if image.value.is_empty() {
            return Err(refusal(path, Some(image.line), "`image` is empty", "name the picture of the map"));
        }
        if image.value.contains(char::is_control) {
            return Err(wrong(path, image, "write the name of the picture without control characters"));
        }
        let occupied_entry = required("occupied_thresh", "0.65")?;
        let occupied_above = share(path, occupied_entry)?;
        let free_below = share(path, required("free_thresh", "0.196")?)?;
        if free_below > occupied_above {
            return Err(refusal(
                path,
                Some(occupied_entry.line),
                format!("`free_thresh` {free_below} is above `occupied_thresh` {occupied_above}"),
                "write the larger one as `occupied_thresh`",
            ));
        }
        Ok(Description {
            image: PathBuf::from(image.value.as_ref()),
            image_line: image.line,
            negate: one(path, &entries, "negate")?.map_or(Ok(false), |entry| truth(path, entry))?,
            occupied_above,
            free_below,
            mode: one(path, &entries, "mode")?.map_or(Ok(Mode::Shades), |entry| mode(path, entry))?,
        })
    }

    /// Reads the picture at `path` by this description.
    pub(super) fn image(&self, path: &Path, bytes: &[u8]) -> Result<Grid> {
        match Format::of_picture(bytes) {
            Some(Format::Pgm) => pgm::parse(path, bytes, |value, maximum| self.kind(value, maximum)),
            Some(Format::Png) => {
                let kinds: Vec<Cell> = (0..=3 * 255).map(|sum| self.kind(sum, 3 * 255)).collect();
                picture::parse(path, bytes, |pixel| {
                    let sum = usize::from(pixel.red) + usize::from(pixel.green) + usize::from(pixel.blue);
                    if pixel.alpha == 255 { kinds[sum] } else { Cell::Unknown }
                })
            }
            _ => Err(refusal(
                path,
                None,
                "it is neither a PGM nor a PNG picture",
                "save the picture of the map as PGM (P5 or P2) or PNG",
            )),
        }
    }

    /// What a brightness of `value` out of `maximum` means.
    fn kind(&self, value: u32, maximum: u32) -> Cell {
        let (value, maximum) = (f64::from(value), f64::from(maximum));
        let occupancy = match self.mode {
            Mode::Shades if self.negate => value / maximum,
            Mode::Shades => (maximum - value) / maximum,
            Mode::Raw => {
                let percent = (255.0 * value / maximum).round();
                if percent > 100.0 {
                    return Cell::Unknown;
                }
                percent / 100.0
            }
        };
        if occupancy > self.occupied_above {
            Cell::Blocked
        } else if occupancy < self.free_below {
            Cell::Free
        } else {
            Cell::Unknown
        }
    }
}

/// The entry of this key, if there is one.
fn one<'a, 'b>(
    path: &Path,
    entries: &'a [yaml::Entry<'b>],
    key: &str,
) -> Result<Option<&'a yaml::Entry<'b>>> {
    let mut found = entries.iter().filter(|entry| entry.key == key);
    match (found.next(), found.next()) {
        (_, Some(second)) => Err(refusal(
            path,
            Some(second.line),
            format!("`{key}` is given twice"),
            "keep one of the two lines",
        )),
        (first, None) => Ok(first),
    }
}

/// A number from 0 to 1.
fn share(path: &Path, entry: &yaml::Entry) -> Result<f64> {
    match entry.value.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(wrong(path, entry, "write a number from 0 to 1")),
    }
}

fn truth(path: &Path, entry: &yaml::Entry) -> Result<bool> {
    match entry.value.to_ascii_lowercase().as_str() {
        "0" | "false" | "no" | "off" => Ok(false),
        "1" | "true" | "yes" | "on" => Ok(true),
        _ => Err(wrong(path, entry, "write 0 or 1")),
    }
}

fn mode(path: &Path, entry: &yaml::Entry) -> Result<Mode> {
    match entry.value.as_ref() {
        "trinary" | "scale" => Ok(Mode::Shades),
        "raw" => Ok(Mode::Raw),
        _ => Err(wrong(path, entry, "write `trinary`, `scale` or `raw`")),
    }
}

fn wrong(path: &Path, entry: &yaml::Entry, remedy: &str) -> Error {
    let why = format!("`{}` is {}", entry.key, excerpt(entry.value.as_bytes()));
    refusal(path, Some(entry.line), why, remedy)
}
