//! How agents are drawn: discs while there is room for them, shades of density otherwise.

use super::colours::{AGENT, PAPER};
use super::paint::Scene;
use super::picture::{Colour, Picture, mix_colours};
use super::resample::Axis;

/// Discs together may cover this share of the grid's image.
const COVERED: f64 = 0.12;
/// The largest disc, as a part of the longest side where cells are small, and of the cell where they are large.
const LARGEST_PART: f64 = 160.0;
const LARGEST_OF_CELL: f64 = 0.66;
/// The smallest disc that still looks like one, in pixels across.
const SMALLEST: f64 = 2.5;

/// The way in which the agents of one scene are drawn. It depends on how many there are, never on where they are, so that
/// it holds still while they move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Marks {
    /// A disc for every agent.
    Discs {
        /// In pixels.
        diameter: f64,
    },
    /// Every pixel shaded by the number of agents in it.
    Density,
}

impl Marks {
    pub(super) fn choose(scene: &Scene<'_>, [across, down]: [Axis; 2], longest: u32) -> Marks {
        let cells = u64::from(scene.width) * u64::from(scene.height);
        let agents = cells.min(scene.agents.len() as u64).max(1);
        let cell = f64::min(size_of_cell(across), size_of_cell(down));
        let area = f64::from(across.pixels) * f64::from(down.pixels);
        let room = (COVERED * area / agents as f64).sqrt();
        let largest = (LARGEST_OF_CELL * cell).max(f64::from(longest) / LARGEST_PART).max(4.0);
        let diameter = room.min(largest);
        if cell >= 3.0 {
            Marks::Discs { diameter: diameter.max(3.0) }
        } else if diameter >= SMALLEST {
            Marks::Discs { diameter }
        } else {
            Marks::Density
        }
    }

    pub(super) fn draw(self, picture: &mut Picture, scene: &Scene<'_>, axes: [Axis; 2]) {
        match self {
            Marks::Discs { diameter } => draw_discs(picture, scene, axes, diameter),
            Marks::Density => draw_density(picture, scene, axes),
        }
    }
}

/// Pixels of a cell along an axis.
fn size_of_cell(axis: Axis) -> f64 {
    f64::from(axis.pixels) / f64::from(axis.cells.max(1))
}

/// The cells of the agents that are on the grid.
fn cells<'a>(scene: &Scene<'a>) -> impl Iterator<Item = [u32; 2]> + use<'a> {
    let (width, height) = (scene.width, scene.height);
    scene.agents.iter().filter_map(move |&[x, y]| {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        (x < width && y < height).then_some([x, y])
    })
}

fn draw_discs(picture: &mut Picture, scene: &Scene<'_>, [across, down]: [Axis; 2], diameter: f64) {
    // Two agents in one cell look like one: draw it once, so that crowds on few cells cost no more than the cells.
    let mut drawn = std::collections::HashSet::new();
    for [x, y] in cells(scene) {
        if drawn.insert([x, y]) {
            disc(picture, picture.grid, [across.middle(x), down.middle(y)], diameter);
        }
    }
}

/// A disc with a fine white rim, as far as it lies in `clip`; its centre counts from the clip's left and top.
pub(super) fn disc(picture: &mut Picture, clip: [u32; 4], [x, y]: [f64; 2], diameter: f64) {
    let radius = diameter / 2.0;
    let rim = radius + (diameter / 6.0).clamp(0.6, 2.0);
    let [left, top, width, height] = clip;
    let span = |middle: f64, limit: u32| {
        let first = (middle - rim - 1.0).floor().max(0.0) as u32;
        let past = ((middle + rim + 1.0).ceil().max(0.0) as u32).min(limit);
        first..past
    };
    for pixel_y in span(y, height) {
        for pixel_x in span(x, width) {
            let (dx, dy) = (f64::from(pixel_x) + 0.5 - x, f64::from(pixel_y) + 0.5 - y);
            let distance = (dx * dx + dy * dy).sqrt();
            // How much of the pixel lies within `size` of the centre, for edges that are nearly straight.
            let inside = |size: f64| ((size - distance + 0.5).clamp(0.0, 1.0) * 256.0) as u32;
            picture.blend(left + pixel_x, top + pixel_y, PAPER, inside(rim) * 7 / 8);
            picture.blend(left + pixel_x, top + pixel_y, AGENT, inside(radius));
        }
    }
}

fn draw_density(picture: &mut Picture, scene: &Scene<'_>, [across, down]: [Axis; 2]) {
    // A cell that is enlarged is a site of its own; cells that are averaged share the pixel that their middle lies in.
    let sites = [across, down].map(|axis| if axis.enlarges() { axis.cells } else { axis.pixels });
    let mut counts = vec![0u32; sites[0] as usize * sites[1] as usize];
    for [x, y] in cells(scene) {
        let site_x = if across.enlarges() { x } else { across.middle(x) as u32 };
        let site_y = if down.enlarges() { y } else { down.middle(y) as u32 };
        let count = &mut counts[site_y as usize * sites[0] as usize + site_x as usize];
        *count = count.saturating_add(1);
    }
    let shades = Shades::new(&counts);
    let [left, top, width, height] = picture.grid;
    for y in 0..height {
        for x in 0..width {
            let site_x = x / (width / sites[0]).max(1);
            let site_y = y / (height / sites[1]).max(1);
            let count = counts[site_y as usize * sites[0] as usize + site_x as usize];
            picture.blend(left + x, top + y, AGENT, shades.opacity(count));
        }
    }
}

/// Opacities of agents per site. A lone agent is plain to see where agents are few and far between; where nearly every site
/// has one, it is faint, so that the ground shows through and only crowds stand out.
struct Shades {
    /// For one agent, of 256.
    faintest: f64,
    /// For a crowd, of 256.
    strongest: f64,
    /// Agents that make a crowd.
    crowd: f64,
}

/// Opacities, of 256, of a lone agent and of a crowd: where every site has agents, and where hardly any has.
const LONE: [f64; 2] = [32.0, 216.0];
const CROWD: [f64; 2] = [184.0, 240.0];

impl Shades {
    fn new(counts: &[u32]) -> Shades {
        let occupied = counts.iter().filter(|&&count| count > 0).count().max(1) as f64;
        let agents: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        let mean = agents / occupied;
        let empty = 1.0 - occupied / counts.len().max(1) as f64;
        let between = |[full, sparse]: [f64; 2]| full + (sparse - full) * empty * empty;
        // Three standard deviations above the mean of a random scatter, or three times the mean of a clumped one.
        let crowd = f64::max(mean + 3.0 * mean.sqrt(), 3.0 * mean);
        Shades { faintest: between(LONE), strongest: between(CROWD), crowd: crowd.max(2.0) }
    }

    fn opacity(&self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        let share = ((f64::from(count) - 1.0) / (self.crowd - 1.0)).min(1.0);
        (self.faintest + (self.strongest - self.faintest) * share) as u32
    }
}

/// The colours of rising density on paper, for the legend.
pub(super) fn density_colours(steps: u32) -> impl Iterator<Item = Colour> {
    (0..steps).map(move |step| mix_colours(PAPER, AGENT, 24 + 208 * step / (steps - 1).max(1)))
}
