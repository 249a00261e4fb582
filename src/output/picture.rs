//! Pictures, and PNG files of them.

use std::path::Path;

use super::colours::PAPER;
use super::file::write_atomically;
use crate::Result;

/// A colour: red, green, blue, in sRGB.
pub(super) type Colour = [u8; 3];

/// A picture in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across, even.
    pub width: u32,
    /// Pixels down, even.
    pub height: u32,
    /// Red, green and blue of every pixel, row after row from the top: `width * height * 3` bytes.
    pub pixels: Vec<u8>,
    /// Where the grid lies in it: left, top, width, height, in pixels. The rest is frame and legend.
    pub grid: [u32; 4],
}

impl Picture {
    /// A picture of one colour, its sides rounded up to even numbers (which every video format takes), at least 2.
    pub(super) fn plain(width: u32, height: u32, colour: Colour) -> Picture {
        let width = width.max(1).next_multiple_of(2);
        let height = height.max(1).next_multiple_of(2);
        Picture { width, height, pixels: colour.repeat(width as usize * height as usize), grid: [0; 4] }
    }

    /// The colour of the pixel `x` from the left and `y` from the top; `None` outside.
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        let at = self.offset(x, y)?;
        Some([self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]])
    }

    /// The same picture in the top left corner of one at least as large, so that frames of an animation are of one size.
    pub fn padded(&self, width: u32, height: u32) -> Picture {
        let mut padded = Picture::plain(width.max(self.width), height.max(self.height), PAPER);
        let (from, to) = (self.width as usize * 3, padded.width as usize * 3);
        for (row, wide) in self.pixels.chunks_exact(from).zip(padded.pixels.chunks_exact_mut(to)) {
            wide[..from].copy_from_slice(row);
        }
        padded.grid = self.grid;
        padded
    }

    /// Lays `colour` over a pixel, `opacity` of 256 parts of it; outside the picture it does nothing.
    pub(super) fn blend(&mut self, x: u32, y: u32, colour: Colour, opacity: u32) {
        let Some(at) = self.offset(x, y) else { return };
        for (channel, new) in self.pixels[at..at + 3].iter_mut().zip(colour) {
            *channel = mix(*channel, new, opacity);
        }
    }

    /// Fills a rectangle, as far as it lies in the picture.
    pub(super) fn fill(&mut self, [left, top, width, height]: [u32; 4], colour: Colour) {
        for y in top..top.saturating_add(height).min(self.height) {
            for x in left..left.saturating_add(width).min(self.width) {
                self.blend(x, y, colour, 256);
            }
        }
    }

    fn offset(&self, x: u32, y: u32) -> Option<usize> {
        (x < self.width && y < self.height).then(|| (y as usize * self.width as usize + x as usize) * 3)
    }
}

/// One channel between two, `share` of 256 parts towards `to`.
pub(super) fn mix(from: u8, to: u8, share: u32) -> u8 {
    let share = share.min(256);
    ((u32::from(from) * (256 - share) + u32::from(to) * share + 128) / 256) as u8
}

/// A colour between two, `share` of 256 parts towards `to`.
pub(super) fn mix_colours(from: Colour, to: Colour, share: u32) -> Colour {
    std::array::from_fn(|channel| mix(from[channel], to[channel], share))
}

/// Writes a picture as PNG (8-bit sRGB), with text chunks: keyword (at most 79 characters of Latin-1) and text (any).
///
/// # Errors
/// [`Error::File`](crate::Error::File) when the file cannot be written or a keyword is none.
pub fn write_png(picture: &Picture, path: &Path, text_chunks: &[(String, String)]) -> Result<()> {
    write_atomically(path, |file| {
        let mut encoder = png::Encoder::new(file, picture.width, picture.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
        for (keyword, text) in text_chunks {
            encoder.add_itxt_chunk(keyword.clone(), text.clone()).map_err(io)?;
        }
        let mut writer = encoder.write_header().map_err(io)?;
        writer.write_image_data(&picture.pixels).map_err(io)?;
        writer.finish().map_err(io)
    })
}

fn io(error: png::EncodingError) -> std::io::Error {
    match error {
        png::EncodingError::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}
