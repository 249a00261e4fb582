//! Pictures of a grid: its walls, its layers, its agents.

use rayon::prelude::*;

use super::colours::{
    FRAME, PAPER, WALL, bit_layers, count_colour, counting_layer, field_colour, field_layers, glazes, over,
    tint, value_layers,
};
use super::legend::Legend;
use super::marks::Marks;
use super::picture::{Colour, Picture};
use super::resample::{Axis, fit};

/// What there is to see in one world at one moment.
pub struct Scene<'a> {
    /// Cells across.
    pub width: u32,
    /// Cells down.
    pub height: u32,
    /// Whether the cell (x, y) is blocked; `None` when none is.
    pub wall: Option<&'a (dyn Fn(u32, u32) -> bool + Sync)>,
    /// The layers to draw: up to eight bit layers as tints; layers whose numbers are told apart; and counting layers, one as
    /// a colour map over the others where it is not zero, several (at most three) as fields through which one sees.
    pub layers: Vec<LayerView<'a>>,
    /// The agents, kind by kind; where two are in one place the later is seen.
    pub agents: &'a [AgentsView<'a>],
}

/// One layer of the grid, as seen by [`paint`].
pub struct LayerView<'a> {
    /// The model's name for it, used in the legend.
    pub name: &'a str,
    /// The value at the cell (x, y).
    pub value: &'a (dyn Fn(u32, u32) -> u32 + Sync),
    /// The value of a counting layer that gets the last colour (larger ones get it too); 0: the largest value there is now,
    /// found by looking at every cell. Give one to all frames of an animation, or their colours will not compare.
    pub maximum: u32,
    /// How its numbers are drawn.
    pub look: Look,
}

/// How the numbers of a layer are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Set or not: a tint, of this colour if one is given.
    Bit(Option<[u8; 3]>),
    /// Counts: colours from that of 0 to that of the greatest, at even steps; none: pictures choose, and 0 is not drawn.
    Count(Vec<[u8; 3]>),
    /// Numbers that are told apart: what 0, 1, 2… stand for, and the colour of each. Larger ones look like the last.
    Values(Vec<(String, [u8; 3])>),
}

/// Agents of one kind, as seen by [`paint`].
#[derive(Clone, Copy)]
pub struct AgentsView<'a> {
    /// What they are called in the legend.
    pub name: &'a str,
    /// Where they are: across, down. Those outside the grid are left out.
    pub places: &'a [[i32; 2]],
    /// What a place counts in a cell: 1 for the cells themselves, in the middle of which agents are drawn, 65,536 for Q16.16.
    pub unit: u32,
    /// For each of them the direction in which it is heading, of any length; none: they are drawn without.
    pub headings: &'a [[f32; 2]],
    /// Their colour; `None`: one that other kinds do not have.
    pub colour: Option<[u8; 3]>,
}

impl<'a> AgentsView<'a> {
    /// Agents that stand on cells.
    pub fn on_cells(name: &'a str, places: &'a [[i32; 2]]) -> AgentsView<'a> {
        AgentsView { name, places, unit: 1, headings: &[], colour: None }
    }
}

/// Paints a scene: dark walls and soft tints on white, counts by a perceptually uniform colour map (square-root scale),
/// agents in strong colours, a kind each, a legend below (not in pictures of less than 200 pixels).
///
/// The grid's longest side has about `longest_side` pixels (up to a third more where that keeps cells whole). A grid with more
/// cells is averaged over areas, exactly: a pixel has the mean colour of the cells under it, weighted by the area they share (in sRGB, which keeps thin walls
/// dark); counts above zero are averaged first and coloured then. A smaller grid is enlarged by a whole number. A side that
/// would be narrower than 1/32 of `longest_side` is drawn wider. The same scene gives the same picture, bit for bit,
/// with any number of threads.
///
/// Agents are discs while there is room for discs of at least 2.5 pixels (3 where a cell has as many), and shades of
/// density otherwise, through which the rest can still be seen; where many stand in cells of 3 to 5 pixels they fill them. Discs of at least 4 pixels have a stroke in the direction in
/// which the agent is heading.
pub fn paint(scene: &Scene<'_>, longest_side: u32) -> Picture {
    let axes = fit(scene.width, scene.height, longest_side);
    let maxima: Vec<u32> = scene.layers.iter().map(|layer| largest(scene, layer)).collect();
    let marks = Marks::choose(scene, axes, longest_side);
    let legend = Legend::new(scene, &maxima, marks, longest_side);

    let [across, down] = axes.map(|axis| axis.pixels);
    let (legend_width, legend_height) = legend.size(across + 2);
    let mut picture = Picture::plain(legend_width.max(across + 2), down + 2 + legend_height, PAPER);
    let left = (picture.width - across - 2) / 2 + 1;
    picture.fill([left - 1, 0, across + 2, down + 2], FRAME);
    picture.grid = [left, 1, across, down];

    let ground = ground(scene, axes, &maxima);
    for (y, row) in ground.chunks_exact((across as usize).max(1) * 3).enumerate() {
        let start = ((y + 1) * picture.width as usize + left as usize) * 3;
        picture.pixels[start..start + row.len()].copy_from_slice(row);
    }
    marks.draw(&mut picture, scene, axes);
    legend.draw(&mut picture, down + 2);
    picture
}

/// The number of a counting layer that has the last colour; of others it does not matter.
fn largest(scene: &Scene<'_>, layer: &LayerView<'_>) -> u32 {
    if layer.maximum > 0 || !matches!(layer.look, Look::Count(_)) {
        return layer.maximum;
    }
    let row_largest = |y| (0..scene.width).map(|x| (layer.value)(x, y)).max().unwrap_or(0);
    (0..scene.height).into_par_iter().map(row_largest).max().unwrap_or(0)
}

/// The number with the last colour in the layer that is drawn by the map of all colours.
fn counting_maximum(scene: &Scene<'_>, maxima: &[u32]) -> u32 {
    let Some(counts) = counting_layer(&scene.layers) else { return 0 };
    scene
        .layers
        .iter()
        .zip(maxima)
        .find(|(layer, _)| std::ptr::eq(*layer, counts))
        .map_or(0, |(_, most)| *most)
}

/// Walls and layers, as RGB.
fn ground(scene: &Scene<'_>, [across, down]: [Axis; 2], maxima: &[u32]) -> Vec<u8> {
    let cells = Cells::new(scene, maxima);
    let maximum = counting_maximum(scene, maxima);
    let row_bytes = across.pixels as usize * 3;
    let mut pixels = vec![0; row_bytes * down.pixels as usize];
    if pixels.is_empty() {
        return pixels;
    }
    let weight = across.weight() * down.weight();
    let columns: Vec<(usize, u32, u64)> = (0..across.pixels)
        .flat_map(|pixel| across.under(pixel).map(move |(x, weight)| (pixel as usize, x, weight)))
        .collect();
    pixels.par_chunks_exact_mut(row_bytes).enumerate().for_each(|(pixel_y, row)| {
        let mut sums = vec![Sum::default(); across.pixels as usize];
        for (y, weight_y) in down.under(pixel_y as u32) {
            for &(pixel_x, x, weight_x) in &columns {
                cells.add(x, y, weight_x * weight_y, &mut sums[pixel_x]);
            }
        }
        for (pixel, sum) in row.chunks_exact_mut(3).zip(&sums) {
            pixel.copy_from_slice(&sum.colour(weight, maximum));
        }
    });
    pixels
}

/// The cells under one pixel, added up.
#[derive(Clone, Default)]
struct Sum {
    /// Weighted colours of the cells that have no count.
    plain: [u64; 3],
    /// The weight of the cells that have one.
    counted: u64,
    /// Their weighted counts.
    count: u128,
}

impl Sum {
    fn colour(&self, weight: u64, maximum: u32) -> Colour {
        let counted = match self.counted {
            0 => [0; 3],
            _ => count_colour(self.count as f64 / self.counted as f64 / f64::from(maximum.max(1))),
        };
        std::array::from_fn(|channel| {
            let sum = self.plain[channel] + self.counted * u64::from(counted[channel]);
            ((sum + weight / 2) / weight) as u8
        })
    }
}

/// What each cell looks like.
struct Cells<'s, 'a> {
    wall: Option<&'a (dyn Fn(u32, u32) -> bool + Sync)>,
    bits: Vec<&'s LayerView<'a>>,
    values: Vec<(&'s LayerView<'a>, Vec<Colour>)>,
    counts: Option<&'s LayerView<'a>>,
    fields: Vec<Field<'s, 'a>>,
    glazes: Vec<Colour>,
}

/// A counting layer through which one sees the others.
struct Field<'s, 'a> {
    layer: &'s LayerView<'a>,
    maximum: u32,
    /// Colours at even steps from 0 to the maximum.
    colours: Vec<Colour>,
}

/// Colours of a field's scale.
const STEPS: u32 = 1024;

impl Field<'_, '_> {
    #[inline]
    fn colour(&self, x: u32, y: u32) -> Colour {
        let count = (self.layer.value)(x, y).min(self.maximum);
        let step = u64::from(count) * u64::from(STEPS) / u64::from(self.maximum.max(1));
        self.colours[step as usize]
    }
}

impl<'s, 'a> Cells<'s, 'a> {
    fn new(scene: &'s Scene<'a>, maxima: &[u32]) -> Cells<'s, 'a> {
        let bits: Vec<_> = bit_layers(&scene.layers).collect();
        let tints: Vec<Colour> = bits.iter().enumerate().map(|(number, layer)| tint(number, layer)).collect();
        let values = value_layers(&scene.layers)
            .map(|layer| match &layer.look {
                Look::Values(values) => (layer, values.iter().map(|(_, colour)| *colour).collect()),
                _ => (layer, Vec::new()),
            })
            .collect();
        let maximum = |wanted: &LayerView<'_>| {
            let mut layers = scene.layers.iter().zip(maxima);
            layers.find(|(layer, _)| std::ptr::eq(*layer, wanted)).map_or(0, |(_, maximum)| *maximum)
        };
        let fields = field_layers(&scene.layers)
            .enumerate()
            .map(|(number, (layer, colours))| {
                let share = |step: u32| f64::from(step) / f64::from(STEPS);
                let colours = (0..=STEPS).map(|step| field_colour(number, colours, share(step))).collect();
                Field { layer, maximum: maximum(layer), colours }
            })
            .collect();
        Cells {
            wall: scene.wall,
            bits,
            values,
            counts: counting_layer(&scene.layers),
            fields,
            glazes: glazes(&tints),
        }
    }

    #[inline]
    fn add(&self, x: u32, y: u32, weight: u64, sum: &mut Sum) {
        let plain = if self.wall.is_some_and(|wall| wall(x, y)) {
            WALL
        } else {
            let count = self.counts.map_or(0, |layer| (layer.value)(x, y));
            if count > 0 {
                sum.counted += weight;
                sum.count += u128::from(weight) * u128::from(count);
                return;
            }
            let set =
                |(number, layer): (usize, &&LayerView<'_>)| usize::from((layer.value)(x, y) != 0) << number;
            let mut colour = self.glazes[self.bits.iter().enumerate().map(set).sum::<usize>()];
            for (layer, colours) in &self.values {
                let value = (layer.value)(x, y) as usize;
                if let Some(above) = colours.get(value).or(colours.last()) {
                    colour = over(colour, *above);
                }
            }
            for field in &self.fields {
                colour = over(colour, field.colour(x, y));
            }
            colour
        };
        for (total, channel) in sum.plain.iter_mut().zip(plain) {
            *total += weight * u64::from(channel);
        }
    }
}
