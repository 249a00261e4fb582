//! Words in a picture, set in the typeface that plots use.

use kuva::backend::raster::RasterBackend;
use kuva::render::render::{Primitive, Scene, TextAnchor};

use super::picture::{Colour, Picture};

/// Characters of the longest label.
const LONGEST: usize = 80;

/// A word, ready to be drawn.
pub(super) struct Label {
    /// Pixels across.
    pub(super) width: u32,
    /// Pixels down, the same for every label of one size.
    height: u32,
    /// How much of each pixel is ink, of 255.
    ink: Vec<u8>,
}

impl Label {
    /// Sets `text` in letters of `size` pixels, as much of it as fits [`LONGEST`]. What the typeface cannot show is left
    /// blank.
    pub(super) fn new(text: &str, size: u32) -> Label {
        let text: String = text.chars().take(LONGEST).collect();
        let height = size * 3 / 2;
        let blank = Label { width: 0, height, ink: Vec::new() };
        let room = size * (text.chars().count() as u32 + 2);
        let mut scene = Scene::new(f64::from(room), f64::from(height)).with_background(Some("white"));
        scene.add(Primitive::Text {
            x: f64::from(size),
            y: f64::from(size) * 1.1,
            content: text,
            size,
            anchor: TextAnchor::Start,
            rotate: None,
            bold: false,
            color: Some("black".into()),
        });
        let Ok(png) = RasterBackend::new().with_scale(1.0).render_scene(&scene) else { return blank };
        let Some((ink, width)) = ink_of_png(&png) else { return blank };
        cropped(&ink, width, height).unwrap_or(blank)
    }

    /// Draws it with its top left corner at (left, top).
    pub(super) fn draw(&self, picture: &mut Picture, left: u32, top: u32, colour: Colour) {
        for y in 0..self.height {
            for x in 0..self.width {
                let ink = u32::from(self.ink[(y * self.width + x) as usize]);
                picture.blend(left + x, top + y, colour, ink + ink / 128);
            }
        }
    }

    /// Draws it running upwards from (left, bottom), its top to the left.
    pub(super) fn draw_upwards(&self, picture: &mut Picture, left: u32, bottom: u32, colour: Colour) {
        for y in 0..self.height {
            for x in 0..self.width.min(bottom) {
                let ink = u32::from(self.ink[(y * self.width + x) as usize]);
                picture.blend(left + y, bottom - 1 - x, colour, ink + ink / 128);
            }
        }
    }
}

/// The darkness of every pixel of a PNG, and its width.
fn ink_of_png(png: &[u8]) -> Option<(Vec<u8>, u32)> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut bytes).ok()?;
    let samples = info.color_type.samples();
    Some((
        bytes[..info.buffer_size()].chunks_exact(samples).map(|pixel| 255 - pixel[0]).collect(),
        info.width,
    ))
}

/// The label without the blank columns at its sides.
fn cropped(ink: &[u8], width: u32, height: u32) -> Option<Label> {
    let rows: Vec<&[u8]> = ink.chunks_exact(width as usize).take(height as usize).collect();
    let inked = |x: &usize| rows.iter().any(|row| row[*x] > 0);
    let first = (0..width as usize).find(inked)?;
    let last = (0..width as usize).rfind(inked)?;
    let ink = rows.iter().flat_map(|row| row[first..=last].iter().copied()).collect();
    Some(Label { width: (last - first + 1) as u32, height: rows.len() as u32, ink })
}
