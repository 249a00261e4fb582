//! The colours that the frames of one animation share: a GIF has 256.

use std::collections::HashMap;

use super::colours::{
    FRAME, INK, PAPER, WALL, agent_colour, bit_layers, count_colour, counting_layer, field_colour,
    field_layers, glazes, over, tint, value_layers,
};
use super::marks::colour_of;
use super::paint::{Look, Scene};
use super::picture::{Colour, Picture, mix_colours};

/// At most 255 colours, chosen before the first frame from what a scene can show: its layers' colours, walls and agents, and
/// what comes of mixing them.
#[derive(Debug, Clone)]
pub struct Palette {
    colours: Vec<Colour>,
    nearest: HashMap<Colour, u8>,
}

/// Colours of a palette; one number is kept for "as before".
const COLOURS: usize = 255;
/// Answers remembered; more distinct colours than this are looked up anew.
const REMEMBERED: usize = 1 << 16;

impl Palette {
    /// The palette for pictures of this scene and of its later states: the layers and kinds of agents matter, their content
    /// does not.
    pub fn new(scene: &Scene<'_>) -> Palette {
        let mut palette = Palette { colours: Vec::new(), nearest: HashMap::new() };
        let mut agents: Vec<Colour> =
            scene.agents.iter().enumerate().map(|(number, kind)| colour_of(number, kind)).collect();
        if agents.is_empty() {
            agents.push(agent_colour(0));
        }
        palette.push_all([PAPER, WALL, INK, FRAME]);
        palette.push_all(agents.iter().copied());
        let tints: Vec<Colour> =
            bit_layers(&scene.layers).enumerate().map(|(number, layer)| tint(number, layer)).collect();
        let glazes: Vec<Colour> = glazes(&tints).split_off(1);
        palette.push_all(glazes.iter().copied().take(31));
        let mut values = Vec::new();
        for layer in value_layers(&scene.layers) {
            if let Look::Values(named) = &layer.look {
                values.extend(named.iter().map(|(_, colour)| *colour));
            }
        }
        palette.push_all(values.iter().copied());
        palette.push_all(between(PAPER, INK, 6));
        if counting_layer(&scene.layers).is_some() {
            palette.push_counts(agents[0]);
        }
        palette.push_fields(scene);
        // Weak tints need few steps; what agents and walls do to them needs more.
        let tinted = glazes.iter().chain(&values).flat_map(|&glaze| between(PAPER, glaze, 5).chain([glaze]));
        let grounds: Vec<Colour> = std::iter::once(PAPER).chain(tinted).take(13).collect();
        palette.push_all(grounds.iter().copied());
        palette.push_all(between(PAPER, WALL, 11));
        let steps = if agents.len() > 1 { [6, 3, 4] } else { [11, 5, 8] };
        for &agent in &agents {
            palette.push_all(between(PAPER, agent, steps[0]));
            palette.push_all(between(WALL, agent, steps[1]));
        }
        for &agent in &agents {
            palette.push_all(grounds.iter().rev().flat_map(|&ground| between(ground, agent, steps[2])));
        }
        palette.push_all(grounds.iter().rev().flat_map(|&ground| between(ground, WALL, 5)));
        let walled = grounds.iter().flat_map(|&ground| between(ground, WALL, 3));
        palette.push_all(walled.flat_map(|colour| between(colour, agents[0], 3)));
        palette
    }

    /// The colours, by number.
    pub fn colours(&self) -> &[[u8; 3]] {
        &self.colours
    }

    /// The number of the colour that comes nearest.
    pub fn nearest(&mut self, colour: [u8; 3]) -> u8 {
        if let Some(&number) = self.nearest.get(&colour) {
            return number;
        }
        let number = (0..self.colours.len()).min_by_key(|&number| distance(self.colours[number], colour));
        let number = number.unwrap_or(0) as u8;
        if self.nearest.len() < REMEMBERED {
            self.nearest.insert(colour, number);
        }
        number
    }

    /// A picture as numbers of colours, row after row.
    pub(super) fn numbers(&mut self, picture: &Picture) -> Vec<u8> {
        let mut last = (PAPER, self.nearest(PAPER));
        let pixels = picture.pixels.chunks_exact(3);
        pixels
            .map(|pixel| {
                let colour = [pixel[0], pixel[1], pixel[2]];
                if colour != last.0 {
                    last = (colour, self.nearest(colour));
                }
                last.1
            })
            .collect()
    }

    /// The colours of fields, each pure and any two over one another, coarsely.
    fn push_fields(&mut self, scene: &Scene<'_>) {
        let ramps: Vec<Vec<Colour>> = field_layers(&scene.layers)
            .enumerate()
            .map(|(number, (_, colours))| {
                let share = |step: u32| f64::from(step) / 27.0;
                (0..28).map(|step| field_colour(number, colours, share(step))).collect()
            })
            .collect();
        for ramp in &ramps {
            self.push_all(ramp.iter().copied());
        }
        for (number, above) in ramps.iter().enumerate() {
            for below in &ramps[..number] {
                let coarse = |ramp: &[Colour]| ramp.iter().copied().step_by(4).collect::<Vec<_>>();
                let mixed = coarse(below)
                    .into_iter()
                    .flat_map(|below| coarse(above).into_iter().map(move |above| over(below, above)));
                self.push_all(mixed);
            }
        }
    }

    /// The colours of counts, pure and as they look beside paper, walls and agents.
    fn push_counts(&mut self, agent: Colour) {
        let ramp =
            |steps: u32| (0..steps).map(move |step| count_colour(f64::from(step) / f64::from(steps - 1)));
        self.push_all(ramp(48));
        for (other, steps) in [(agent, 3), (PAPER, 3), (WALL, 2)] {
            self.push_all(ramp(16).flat_map(|colour| between(colour, other, steps)));
        }
    }

    fn push_all(&mut self, colours: impl IntoIterator<Item = Colour>) {
        for colour in colours {
            if self.colours.len() < COLOURS && !self.nearest.contains_key(&colour) {
                self.nearest.insert(colour, self.colours.len() as u8);
                self.colours.push(colour);
            }
        }
    }
}

/// Colours at even steps between two, without the two.
fn between(from: Colour, to: Colour, steps: u32) -> impl Iterator<Item = Colour> {
    (1..=steps).map(move |step| mix_colours(from, to, 256 * step / (steps + 1)))
}

/// How different two colours look, roughly: squares of the differences, weighted 2:4:3 as is usual for red, green and
/// blue.
fn distance(a: Colour, b: Colour) -> u32 {
    let square = |channel: usize| u32::from(a[channel].abs_diff(b[channel])).pow(2);
    2 * square(0) + 4 * square(1) + 3 * square(2)
}
