//! Pictures of a grid: its walls, its layers, its agents.

use rayon::prelude::*;

use super::colours::{FRAME, PAPER, WALL, bit_layers, count_colour, counting_layer, glaze};
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
    /// The layers to draw: up to eight bit layers as tints, and the first counting layer as a colour map over them,
    /// where it is not zero. Further ones are left out.
    pub layers: Vec<LayerView<'a>>,
    /// Where the agents are: column, row. Those outside the grid are left out.
    pub agents: &'a [[i32; 2]],
}

/// One layer of the grid, as seen by [`paint`].
pub struct LayerView<'a> {
    /// The model's name for it, used in the legend.
    pub name: &'a str,
    /// The value at the cell (x, y).
    pub value: &'a (dyn Fn(u32, u32) -> u32 + Sync),
    /// The value that gets the darkest colour (larger ones get it too); 0: the largest value there is now, found by
    /// looking at every cell. Give one to all frames of an animation, or their colours will not compare.
    pub maximum: u32,
    /// Whether it is a bit layer (set or not) rather than a counting one.
    pub boolean: bool,
}

/// Paints a scene: dark walls and soft tints on white, counts by a perceptually uniform colour map (square-root scale),
/// agents in vermilion, a legend below.
///
/// The grid's longest side has about `longest_side` pixels (up to a third more where that keeps cells whole). A grid with more
/// cells is averaged over areas, exactly: a pixel has the mean colour of the cells under it, weighted by the area they share (in sRGB, which keeps thin walls
/// dark); counts above zero are averaged first and coloured then. A smaller grid is enlarged by a whole number. A side that
/// would be narrower than 1/32 of `longest_side` is drawn wider. The same scene gives the same picture, bit for bit,
/// with any number of threads.
///
/// Agents are discs while there is room for discs of at least 2.5 pixels (3 where a cell has as many), and shades of
/// density otherwise, through which the rest can still be seen.
pub fn paint(scene: &Scene<'_>, longest_side: u32) -> Picture {
    let axes = fit(scene.width, scene.height, longest_side);
    let maximum = counting_layer(&scene.layers).map_or(0, |layer| largest(scene, layer));
    let marks = Marks::choose(scene, axes, longest_side);
    let legend = Legend::new(scene, maximum, marks, longest_side);

    let [across, down] = axes.map(|axis| axis.pixels);
    let (legend_width, legend_height) = legend.size(across + 2);
    let mut picture = Picture::plain(legend_width.max(across + 2), down + 2 + legend_height, PAPER);
    let left = (picture.width - across - 2) / 2 + 1;
    picture.fill([left - 1, 0, across + 2, down + 2], FRAME);
    picture.grid = [left, 1, across, down];

    let ground = ground(scene, axes, maximum);
    for (y, row) in ground.chunks_exact((across as usize).max(1) * 3).enumerate() {
        let start = ((y + 1) * picture.width as usize + left as usize) * 3;
        picture.pixels[start..start + row.len()].copy_from_slice(row);
    }
    marks.draw(&mut picture, scene, axes);
    legend.draw(&mut picture, down + 2);
    picture
}

fn largest(scene: &Scene<'_>, layer: &LayerView<'_>) -> u32 {
    if layer.maximum > 0 {
        return layer.maximum;
    }
    let row_largest = |y| (0..scene.width).map(|x| (layer.value)(x, y)).max().unwrap_or(0);
    (0..scene.height).into_par_iter().map(row_largest).max().unwrap_or(0)
}

/// Walls and layers, as RGB.
fn ground(scene: &Scene<'_>, [across, down]: [Axis; 2], maximum: u32) -> Vec<u8> {
    let cells = Cells::new(scene);
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
    counts: Option<&'s LayerView<'a>>,
    glazes: Vec<[u64; 3]>,
}

impl<'s, 'a> Cells<'s, 'a> {
    fn new(scene: &'s Scene<'a>) -> Cells<'s, 'a> {
        let bits: Vec<_> = bit_layers(&scene.layers).collect();
        let glazes = (0..1 << bits.len()).map(|mask| glaze(mask).map(u64::from)).collect();
        Cells { wall: scene.wall, bits, counts: counting_layer(&scene.layers), glazes }
    }

    #[inline]
    fn add(&self, x: u32, y: u32, weight: u64, sum: &mut Sum) {
        let plain = if self.wall.is_some_and(|wall| wall(x, y)) {
            WALL.map(u64::from)
        } else {
            let count = self.counts.map_or(0, |layer| (layer.value)(x, y));
            if count > 0 {
                sum.counted += weight;
                sum.count += u128::from(weight) * u128::from(count);
                return;
            }
            let set =
                |(number, layer): (usize, &&LayerView<'_>)| usize::from((layer.value)(x, y) != 0) << number;
            self.glazes[self.bits.iter().enumerate().map(set).sum::<usize>()]
        };
        for (total, channel) in sum.plain.iter_mut().zip(plain) {
            *total += weight * channel;
        }
    }
}
