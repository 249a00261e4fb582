//! The strip below a picture that says what its colours mean.

use super::colours::{
    FRAME, INK, PAPER, WALL, bit_layers, count_colour, counting_layer, field_colour, field_layers, tint,
    value_layers,
};
use super::label::Label;
use super::marks::{Marks, colour_of, density_colours, mark};
use super::paint::{LayerView, Look, Scene};
use super::picture::{Colour, Picture};

/// A legend, laid out once its width is known.
pub(super) struct Legend {
    entries: Vec<Vec<Piece>>,
    /// Of the letters, in pixels.
    size: u32,
}

/// A part of an entry, from left to right.
enum Piece {
    Word(Label),
    Swatch(Colour),
    Bar(Vec<Colour>),
    Disc { diameter: f64, colour: Colour, heading: bool },
}

/// The longest side of the smallest pictures that have a legend, in pixels: in smaller ones its words would fill more than
/// the grid does.
const LEAST_SIDE: u32 = 200;
/// Colours of a bar.
const STEPS: u32 = 64;

impl Legend {
    /// The legend of a scene whose layers have their last colours at these numbers.
    pub(super) fn new(scene: &Scene<'_>, maxima: &[u32], marks: Marks, longest_side: u32) -> Legend {
        let size = (longest_side / 52).clamp(12, 40);
        let word = |text: &str| Piece::Word(Label::new(text, size));
        let maximum = |wanted: &LayerView<'_>| {
            let mut layers = scene.layers.iter().zip(maxima);
            layers.find(|(layer, _)| std::ptr::eq(*layer, wanted)).map_or(1, |(_, most)| (*most).max(1))
        };
        let mut entries = Vec::new();
        if scene.wall.is_some() {
            entries.push(vec![Piece::Swatch(WALL), word("wall")]);
        }
        let bits: Vec<_> = bit_layers(&scene.layers).collect();
        let counts = counting_layer(&scene.layers);
        let told =
            value_layers(&scene.layers).chain(field_layers(&scene.layers).map(|(layer, _)| layer)).next();
        let nothing = match (bits.as_slice(), counts) {
            // What is told apart says itself what nothing is called.
            _ if told.is_some() => None,
            ([], Some(counts)) => Some(format!("no {}", counts.name)),
            ([bit], None) => Some(format!("not {}", bit.name)),
            ([], None) => scene.wall.map(|_| "free".to_owned()),
            _ => Some("free".to_owned()),
        };
        entries.extend(nothing.map(|nothing| vec![Piece::Swatch(PAPER), word(&nothing)]));
        entries.extend(
            bits.iter()
                .enumerate()
                .map(|(number, layer)| vec![Piece::Swatch(tint(number, layer)), word(layer.name)]),
        );
        for layer in value_layers(&scene.layers) {
            let Look::Values(values) = &layer.look else { continue };
            entries.extend(values.iter().map(|(name, colour)| vec![Piece::Swatch(*colour), word(name)]));
        }
        if let Some(counts) = counts {
            let most = maximum(counts);
            let least = 1.0 / f64::from(most);
            let share = |step: u32| least + (1.0 - least) * f64::from(step) / f64::from(STEPS - 1);
            let bar = Piece::Bar((0..STEPS).map(|step| count_colour(share(step))).collect());
            entries.push(vec![word(&format!("{} 1", counts.name)), bar, word(&most.to_string())]);
        }
        for (number, (layer, colours)) in field_layers(&scene.layers).enumerate() {
            let share = |step: u32| f64::from(step) / f64::from(STEPS - 1);
            let bar = (0..STEPS).map(|step| field_colour(number, colours, share(step))).collect();
            let most = word(&maximum(layer).to_string());
            entries.push(vec![word(&format!("{} 0", layer.name)), Piece::Bar(bar), most]);
        }
        for (number, kind) in scene.agents.iter().enumerate().filter(|(_, kind)| !kind.name.is_empty()) {
            let colour = colour_of(number, kind);
            entries.push(match marks {
                Marks::Cells => vec![Piece::Swatch(colour), word(kind.name)],
                Marks::Discs { diameter } => {
                    let heading = !kind.headings.is_empty();
                    // A disc with its stroke needs more room.
                    let diameter = diameter.min(f64::from(size) * if heading { 0.5 } else { 1.0 });
                    vec![Piece::Disc { diameter, colour, heading }, word(kind.name)]
                }
                Marks::Density => {
                    let bar = Piece::Bar(density_colours(colour, STEPS).collect());
                    vec![bar, word(&format!("{}, few to many", kind.name))]
                }
            });
        }
        if longest_side < LEAST_SIDE {
            entries.clear();
        }
        Legend { entries, size }
    }

    /// Width and height in pixels when it may be `width` wide: wider only where one entry alone is.
    pub(super) fn size(&self, width: u32) -> (u32, u32) {
        let places = self.places(width);
        let right = places.iter().zip(&self.entries).map(|(&(left, _), entry)| left + self.width_of(entry));
        let bottom = places.iter().map(|&(_, top)| top + 2 * self.size);
        (right.max().unwrap_or(0) + self.margin(), bottom.max().unwrap_or(0))
    }

    pub(super) fn draw(&self, picture: &mut Picture, top: u32) {
        for ((left, below), entry) in self.places(picture.width).into_iter().zip(&self.entries) {
            let mut left = left;
            for piece in entry {
                self.draw_piece(picture, piece, left, top + below);
                left += self.width_of_piece(piece) + self.gap();
            }
        }
    }

    /// Left and top of every entry: a line is filled, then the next one.
    fn places(&self, width: u32) -> Vec<(u32, u32)> {
        let (mut left, mut top) = (self.margin(), 0);
        let mut places = Vec::new();
        for entry in &self.entries {
            let entry_width = self.width_of(entry);
            if left > self.margin() && left + entry_width + self.margin() > width {
                (left, top) = (self.margin(), top + self.size * 3 / 2);
            }
            places.push((left, top));
            left += entry_width + 2 * self.size;
        }
        places
    }

    fn draw_piece(&self, picture: &mut Picture, piece: &Piece, left: u32, top: u32) {
        let size = self.size;
        let box_top = top + size / 2;
        match piece {
            Piece::Word(label) => label.draw(picture, left, top + size * 3 / 10, INK),
            Piece::Swatch(colour) => {
                picture.fill([left, box_top, size, size], FRAME);
                picture.fill([left + 1, box_top + 1, size - 2, size - 2], *colour);
            }
            Piece::Bar(colours) => {
                let width = self.width_of_piece(piece);
                picture.fill([left, box_top, width, size], FRAME);
                for x in 1..width - 1 {
                    let colour = colours[(x as usize - 1) * colours.len() / (width as usize - 2)];
                    picture.fill([left + x, box_top + 1, 1, size - 2], colour);
                }
            }
            Piece::Disc { diameter, colour, heading } => {
                let middle = f64::from(size) / 2.0;
                let (direction, shift) =
                    if *heading { ([1.0, 0.0], diameter / 2.0) } else { ([0.0; 2], 0.0) };
                // A stroke may reach out of the square that a disc has.
                let clip = [left, box_top, size + self.gap(), size];
                mark(picture, clip, [middle - shift, middle], *diameter, *colour, direction);
            }
        }
    }

    fn width_of(&self, entry: &[Piece]) -> u32 {
        let pieces: u32 = entry.iter().map(|piece| self.width_of_piece(piece)).sum();
        pieces + self.gap() * (entry.len() as u32).saturating_sub(1)
    }

    fn width_of_piece(&self, piece: &Piece) -> u32 {
        match piece {
            Piece::Word(label) => label.width,
            Piece::Swatch(_) | Piece::Disc { .. } => self.size,
            Piece::Bar(_) => 6 * self.size,
        }
    }

    fn gap(&self) -> u32 {
        self.size / 2
    }

    fn margin(&self) -> u32 {
        self.size / 3
    }
}
