//! PNG pictures: one pixel for each cell.

use std::io::Cursor;
use std::path::Path;

use png::{Decoder, Limits, Transformations};

use super::file::{check_size, refusal};
use super::{Cell, Grid, bits};
use crate::Result;

/// The most bytes that the decoder may hold at once, mostly two rows of pixels.
const DECODER_BYTES: usize = 1 << 30;

/// No byte of a deflate stream stands for more bytes than this (RFC 1951: 258 bytes for two bits).
const MOST_BYTES_FROM_ONE: u64 = 1032;

/// A pixel, eight bits a channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pixel {
    pub(super) red: u8,
    pub(super) green: u8,
    pub(super) blue: u8,
    pub(super) alpha: u8,
}

impl Pixel {
    /// Blocked where the luminance (ITU-R BT.601) or the opacity is less than one half.
    pub(super) fn dark_is_blocked(self) -> Cell {
        let luminance = 299 * u32::from(self.red) + 587 * u32::from(self.green) + 114 * u32::from(self.blue);
        if luminance < 128 * 1000 || self.alpha < 128 { Cell::Blocked } else { Cell::Free }
    }
}

/// Reads a picture of any colour type, depth and interlacing; `kind` says what a pixel means. Of an animation the
/// still picture is read.
pub(super) fn parse(path: &Path, bytes: &[u8], kind: impl Fn(Pixel) -> Cell) -> Result<Grid> {
    let damaged = |error: png::DecodingError| {
        let why = format!("it cannot be read as a PNG picture: {error}");
        refusal(path, None, why, "the file is cut short or damaged: save it again from a picture program")
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: DECODER_BYTES });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(damaged)?;
    let (width, height, interlaced) = (info.width, info.height, info.interlaced);
    let packed_bytes = u128::from(width) * u128::from(height) * info.bits_per_pixel() as u128 / 8;
    let needed = packed_bytes.div_ceil(u128::from(MOST_BYTES_FROM_ONE));
    check_size(
        path,
        width.into(),
        height.into(),
        bytes.len() as u64,
        u64::try_from(needed).unwrap_or(u64::MAX),
    )?;

    let mut reader = decoder.read_info().map_err(damaged)?;
    let channels = reader.output_color_type().0.samples();
    let mut free = vec![0; bits::words_for(u64::from(width) * u64::from(height))];
    let mut unknown_cells = 0;
    for strip in Strip::all(width, height, interlaced) {
        let row = reader.next_row().map_err(damaged)?;
        let pixels = row.as_ref().map_or(&[][..], |row| row.data());
        if pixels.len() / channels < strip.pixels() {
            let why = format!("it ends before row {}", strip.y + 1);
            return Err(refusal(
                path,
                None,
                why,
                "the file is damaged: save it again from a picture program",
            ));
        }
        let start = u64::from(strip.y) * u64::from(width);
        for (x, channels) in strip.columns().zip(pixels.chunks_exact(channels)) {
            let (red, green, blue, alpha) = match *channels {
                [grey] => (grey, grey, grey, 255),
                [grey, alpha] => (grey, grey, grey, alpha),
                [red, green, blue] => (red, green, blue, 255),
                [red, green, blue, alpha, ..] => (red, green, blue, alpha),
                [] => continue,
            };
            match kind(Pixel { red, green, blue, alpha }) {
                Cell::Free => bits::set(&mut free, start + u64::from(x)),
                Cell::Unknown => unknown_cells += 1,
                Cell::Blocked => {}
            }
        }
    }
    Ok(Grid { width, height, free, unknown_cells })
}

/// The pixels that come together in the file: a row, or every so many pixels of one when the picture is interlaced.
#[derive(Clone, Copy)]
struct Strip {
    y: u32,
    x: u32,
    step: u32,
    width: u32,
}

impl Strip {
    /// All strips in the order of the file.
    fn all(width: u32, height: u32, interlaced: bool) -> impl Iterator<Item = Strip> {
        /// First column and row, and the steps between columns and rows, of the seven passes of Adam7 (PNG
        /// specification, section 8).
        const ADAM7: [(u32, u32, u32, u32); 7] = [
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ];
        let passes = if interlaced { &ADAM7[..] } else { &[(0, 0, 1, 1)] };
        passes.iter().filter(move |(x, ..)| *x < width).flat_map(move |&(x, y, step, rows)| {
            (y..height).step_by(rows as usize).map(move |y| Strip { y, x, step, width })
        })
    }

    fn columns(self) -> impl Iterator<Item = u32> {
        (self.x..self.width).step_by(self.step as usize)
    }

    fn pixels(self) -> usize {
        (self.width - self.x).div_ceil(self.step) as usize
    }
}
