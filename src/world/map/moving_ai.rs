//! Moving AI grid benchmarks: a header of four lines and one line of characters for each row.
//!
//! N. Sturtevant, "Benchmarks for grid-based pathfinding", IEEE Transactions on Computational Intelligence and AI in
//! Games 4(2), 2012; <https://movingai.com/benchmarks/formats.html>. `.` and `G` are ground and `S` is swamp: free.
//! `@` and `O` are out of bounds, `T` is trees and `W` is water: blocked.

use std::path::Path;

use super::file::{check_size, excerpt, refusal, shown};
use super::{Grid, bits};
use crate::Result;

/// Reads the text of a `.map` file. Line ends may be CRLF, the last one may be missing, and blanks may trail.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Grid> {
    let mut lines = Lines { bytes, at: 0, number: 0 };
    if bytes.starts_with(b"\xef\xbb\xbf") {
        lines.at = 3;
    }
    let (width, height) = header(path, &mut lines)?;
    let left = (bytes.len() - lines.at) as u64;
    let cells = u128::from(width) * u128::from(height);
    check_size(path, width, height, left, u64::try_from(cells).unwrap_or(u64::MAX))?;
    let (width, height) = (width as u32, height as u32);

    let mut packer = bits::Packer::new(u64::from(width) * u64::from(height));
    for row in 1..=height {
        read_row(path, &mut lines, row, width, height, &mut packer)?;
    }
    while let Some(line) = lines.next() {
        if !line.is_empty() {
            return Err(refusal(
                path,
                Some(lines.number),
                format!("there is text after the last of its {height} rows: {}", excerpt(line)),
                "remove it or correct `height`",
            ));
        }
    }
    Ok(Grid { width, height, free: packer.finish(), unknown_cells: 0 })
}

/// Width and height, as the header says; ends after the line `map`.
fn header(path: &Path, lines: &mut Lines) -> Result<(u64, u64)> {
    const EXAMPLE: &str = "a map starts with the lines `type octile`, `height 64`, `width 64` and `map`";
    let (mut kind, mut width, mut height) = (None, None, None);
    while let Some(line) = lines.next() {
        let number = Some(lines.number);
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let (Some(key), value, more) = (words.next(), words.next(), words.next()) else { continue };
        let place = match key {
            b"map" => {
                if let Some(missing) = [("type", kind), ("height", height), ("width", width)]
                    .iter()
                    .find(|(_, value)| value.is_none())
                {
                    return Err(refusal(
                        path,
                        number,
                        format!("its header has no `{}` line", missing.0),
                        EXAMPLE,
                    ));
                }
                return Ok((width.unwrap_or(0), height.unwrap_or(0)));
            }
            b"type" => &mut kind,
            b"width" => &mut width,
            b"height" => &mut height,
            _ => {
                let why = format!("{} is no line of a header", excerpt(line));
                return Err(refusal(path, number, why, EXAMPLE));
            }
        };
        let key = String::from_utf8_lossy(key);
        if place.is_some() {
            return Err(refusal(
                path,
                number,
                format!("`{key}` is given twice"),
                "keep one of the two lines",
            ));
        }
        let (Some(value), None) = (value, more) else {
            return Err(refusal(
                path,
                number,
                format!("`{key}` needs one value: {}", excerpt(line)),
                EXAMPLE,
            ));
        };
        *place = Some(if key == "type" {
            if value != b"octile" {
                let why = format!("its type is {}, which is not known", excerpt(value));
                return Err(refusal(path, number, why, "use a map of type `octile`"));
            }
            0
        } else {
            let number_given = std::str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
            match number_given.filter(|&cells| cells > 0) {
                Some(cells) => cells,
                None => {
                    let why = format!("its {key} is {}", excerpt(value));
                    return Err(refusal(path, number, why, "write a whole number of cells, 1 or more"));
                }
            }
        });
    }
    let why = if lines.bytes.is_empty() {
        "it is empty"
    } else {
        "it ends within its header, before the line `map`"
    };
    Err(refusal(path, None, why, EXAMPLE))
}

/// Reads one row of exactly `width` characters; rows are counted from 1.
fn read_row(
    path: &Path,
    lines: &mut Lines,
    row: u32,
    width: u32,
    height: u32,
    packer: &mut bits::Packer,
) -> Result<()> {
    let line = lines.next();
    let number = Some(lines.number);
    let Some(line) = line else {
        return Err(refusal(
            path,
            number,
            format!("it ends after {} of its {height} rows", row - 1),
            "the file is cut short or `height` is wrong: get it again or correct the header",
        ));
    };
    if line.len() != width as usize {
        return Err(refusal(
            path,
            number,
            format!("row {row} has {} characters and `width` says {width}", line.len()),
            "make every row as long as `width` says",
        ));
    }
    for (column, &byte) in line.iter().enumerate() {
        let free = match byte {
            b'.' | b'G' | b'S' => true,
            b'@' | b'O' | b'T' | b'W' => false,
            _ => {
                return Err(refusal(
                    path,
                    number,
                    format!("column {} holds {}, which is no kind of cell", column + 1, shown(byte)),
                    "use `.`, `G` or `S` for a free cell and `@`, `O`, `T` or `W` for a blocked one",
                ));
            }
        };
        packer.push(free);
    }
    Ok(())
}

/// The lines of a text without their ends and the blanks before those.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The line last handed out, counted from 1.
    number: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        if rest.is_empty() {
            return None;
        }
        let length = rest.iter().position(|&byte| byte == b'\n');
        self.at += length.map_or(rest.len(), |length| length + 1);
        self.number += 1;
        Some(rest[..length.unwrap_or(rest.len())].trim_ascii_end())
    }
}
