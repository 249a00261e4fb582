//! How agents are drawn: discs while there is room for them, shades of density otherwise.

use super::colours::{INK, PAPER, agent_colour};
use super::paint::{AgentsView, Scene};
use super::picture::{Colour, Picture, mix_colours};
use super::resample::Axis;

/// Discs together may cover this share of the grid's image.
const COVERED: f64 = 0.12;
/// The largest disc, as a part of the longest side where cells are small, and of the cell where they are large.
const LARGEST_PART: f64 = 160.0;
const LARGEST_OF_CELL: f64 = 0.66;
/// The smallest disc that still looks like one, in pixels across.
const SMALLEST: f64 = 2.5;
/// The smallest disc that has a stroke, in pixels across.
const SMALLEST_WITH_STROKE: f64 = 4.0;
/// How far a stroke reaches from the middle of its disc, and how wide it is, in diameters.
const STROKE: f64 = 1.5;
const STROKE_WIDTH: f64 = 0.4;
/// Cells smaller than this, in pixels, of which this share or more may have agents, are filled whole.
const SMALL_CELL: f64 = 6.0;
const CROWDED: f64 = 0.25;

/// The way in which the agents of one scene are drawn. It depends on how many there are, never on where they are, so that
/// it holds still while they move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Marks {
    /// A disc for every agent.
    Discs {
        /// In pixels.
        diameter: f64,
    },
    /// Every agent's whole cell: where many stand in small cells, discs would be a grid of dots.
    Cells,
    /// Every pixel shaded by the number of agents in it.
    Density,
}

impl Marks {
    pub(super) fn choose(scene: &Scene<'_>, [across, down]: [Axis; 2], longest: u32) -> Marks {
        let cells = u64::from(scene.width) * u64::from(scene.height);
        let all: u64 = scene.agents.iter().map(|kind| kind.places.len() as u64).sum();
        // In continuous space a cell holds any number of them.
        let agents = if on_cells(scene) { cells.min(all) } else { all }.max(1);
        let cell = f64::min(size_of_cell(across), size_of_cell(down));
        let area = f64::from(across.pixels) * f64::from(down.pixels);
        let room = (COVERED * area / agents as f64).sqrt();
        let largest = (LARGEST_OF_CELL * cell).max(f64::from(longest) / LARGEST_PART).max(4.0);
        let diameter = room.min(largest);
        let crowded = agents as f64 >= CROWDED * cells as f64;
        if on_cells(scene) && crowded && (3.0..SMALL_CELL).contains(&cell) && cells > 1 {
            Marks::Cells
        } else if cell >= 3.0 && agents <= cells {
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
            Marks::Cells => draw_cells(picture, scene, axes),
            Marks::Density => draw_density(picture, scene, axes),
        }
    }
}

fn draw_cells(picture: &mut Picture, scene: &Scene<'_>, [across, down]: [Axis; 2]) {
    let [left, top, ..] = picture.grid;
    let [width, height] = [across, down].map(|axis| axis.pixels / axis.cells.max(1));
    for (number, kind) in scene.agents.iter().enumerate() {
        for (_, [x, y], _) in agents(scene, kind) {
            picture.fill([left + x * width, top + y * height, width, height], colour_of(number, kind));
        }
    }
}

/// The colour of the kind of this number in a scene.
pub(super) fn colour_of(number: usize, kind: &AgentsView<'_>) -> Colour {
    kind.colour.unwrap_or(agent_colour(number))
}

/// Whether all agents stand in the middle of cells.
fn on_cells(scene: &Scene<'_>) -> bool {
    scene.agents.iter().all(|kind| kind.unit <= 1)
}

/// Pixels of a cell along an axis.
fn size_of_cell(axis: Axis) -> f64 {
    f64::from(axis.pixels) / f64::from(axis.cells.max(1))
}

/// The agents of a kind that are on the grid: each with its number, its cell, and its place in cells.
fn agents<'s>(
    scene: &Scene<'_>,
    kind: &'s AgentsView<'_>,
) -> impl Iterator<Item = (usize, [u32; 2], [f64; 2])> + use<'s> {
    let (width, height) = (scene.width, scene.height);
    let unit = kind.unit.max(1);
    kind.places.iter().enumerate().filter_map(move |(number, &[x, y])| {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        let cell = [x / unit, y / unit];
        let place = match unit {
            1 => [x, y].map(|side| f64::from(side) + 0.5),
            _ => [x, y].map(|side| f64::from(side) / f64::from(unit)),
        };
        (cell[0] < width && cell[1] < height).then_some((number, cell, place))
    })
}

fn draw_discs(picture: &mut Picture, scene: &Scene<'_>, [across, down]: [Axis; 2], diameter: f64) {
    for (number, kind) in scene.agents.iter().enumerate() {
        let colour = colour_of(number, kind);
        // Two agents in one cell, or in one pixel, look like one: draw it once, so that crowds on few cells cost no more than
        // the cells.
        let mut drawn = std::collections::HashSet::new();
        for (agent, cell, place) in agents(scene, kind) {
            let middle = [across.place(place[0]), down.place(place[1])];
            let site = if kind.unit <= 1 { cell } else { middle.map(|side| side as u32) };
            if drawn.insert(site) {
                let heading = kind.headings.get(agent).copied().unwrap_or([0.0; 2]);
                mark(picture, picture.grid, middle, diameter, colour, heading);
            }
        }
    }
}

/// A disc and, where it has a heading and is large enough, its stroke.
pub(super) fn mark(
    picture: &mut Picture,
    clip: [u32; 4],
    middle: [f64; 2],
    diameter: f64,
    colour: Colour,
    heading: [f32; 2],
) {
    let length = f64::from(heading[0]).hypot(f64::from(heading[1]));
    if diameter < SMALLEST_WITH_STROKE || !length.is_normal() {
        return shape(picture, clip, middle, diameter, colour, [0.0; 2]);
    }
    // The disc makes room for its stroke, so that both together look as large as a disc alone.
    let size = diameter * 0.8;
    let reach = heading.map(|part| f64::from(part) / length * size * STROKE);
    shape(picture, clip, middle, size, colour, reach);
}

/// A disc with a fine rim, and a stroke that reaches so far from its middle, as far as they lie in `clip`; the middle counts
/// from the clip's left and top.
fn shape(
    picture: &mut Picture,
    clip: [u32; 4],
    [x, y]: [f64; 2],
    diameter: f64,
    colour: Colour,
    reach: [f64; 2],
) {
    let radius = diameter / 2.0;
    let rim = (diameter / 6.0).clamp(0.6, 2.0);
    let rim_colour = if is_light(colour) { INK } else { PAPER };
    let [left, top, width, height] = clip;
    let span = |middle: f64, reach: f64, limit: u32| {
        let edge = radius + rim + 1.0;
        let first = (middle + reach.min(0.0) - edge).floor().max(0.0) as u32;
        let past = ((middle + reach.max(0.0) + edge).ceil().max(0.0) as u32).min(limit);
        first..past
    };
    let squared = reach[0] * reach[0] + reach[1] * reach[1];
    let half = diameter * STROKE_WIDTH / 2.0;
    for pixel_y in span(y, reach[1], height) {
        for pixel_x in span(x, reach[0], width) {
            let (dx, dy) = (f64::from(pixel_x) + 0.5 - x, f64::from(pixel_y) + 0.5 - y);
            let mut beyond = (dx * dx + dy * dy).sqrt() - radius;
            if squared > 0.0 {
                let along = ((dx * reach[0] + dy * reach[1]) / squared).clamp(0.0, 1.0);
                beyond = beyond.min((dx - along * reach[0]).hypot(dy - along * reach[1]) - half);
            }
            // How much of the pixel lies within `size` of the shape, for edges that are nearly straight.
            let inside = |size: f64| ((size - beyond + 0.5).clamp(0.0, 1.0) * 256.0) as u32;
            picture.blend(left + pixel_x, top + pixel_y, rim_colour, inside(rim) * 7 / 8);
            picture.blend(left + pixel_x, top + pixel_y, colour, inside(0.0));
        }
    }
}

/// Whether a white rim would not set a colour off from white ground.
fn is_light(colour: Colour) -> bool {
    let [red, green, blue] = colour.map(u32::from);
    2 * red + 5 * green + blue > 8 * 200
}

fn draw_density(picture: &mut Picture, scene: &Scene<'_>, [across, down]: [Axis; 2]) {
    // A cell that is enlarged is a site of its own where agents stand in cells; otherwise they share the pixel that they are
    // in.
    let whole = on_cells(scene);
    let sites = [across, down].map(|axis| if axis.enlarges() && whole { axis.cells } else { axis.pixels });
    let mut counts = vec![0u32; sites[0] as usize * sites[1] as usize];
    // The kinds' colours, as many times as there are agents of them.
    let mut colours = vec![[0u64; 3]; if scene.agents.len() > 1 { counts.len() } else { 0 }];
    for (number, kind) in scene.agents.iter().enumerate() {
        let colour = colour_of(number, kind);
        for (_, [x, y], place) in agents(scene, kind) {
            let site_x = if across.enlarges() && whole { x } else { across.place(place[0]) as u32 };
            let site_y = if down.enlarges() && whole { y } else { down.place(place[1]) as u32 };
            let site =
                site_y.min(sites[1] - 1) as usize * sites[0] as usize + site_x.min(sites[0] - 1) as usize;
            counts[site] = counts[site].saturating_add(1);
            if let Some(sum) = colours.get_mut(site) {
                sum.iter_mut().zip(colour).for_each(|(sum, channel)| *sum += u64::from(channel));
            }
        }
    }
    let only = scene.agents.first().map_or(PAPER, |kind| colour_of(0, kind));
    let shades = Shades::new(&counts, !scene.layers.is_empty());
    let [left, top, width, height] = picture.grid;
    for y in 0..height {
        for x in 0..width {
            let site_x = x / (width / sites[0]).max(1);
            let site_y = y / (height / sites[1]).max(1);
            let site = site_y as usize * sites[0] as usize + site_x as usize;
            let count = counts[site];
            let colour = match colours.get(site) {
                Some(sum) => sum.map(|sum| (sum / u64::from(count.max(1))) as u8),
                None => only,
            };
            picture.blend(left + x, top + y, colour, shades.opacity(count));
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
/// That of a lone agent where there are no layers to be seen through it.
const ALONE: [f64; 2] = [128.0, 216.0];

impl Shades {
    fn new(counts: &[u32], ground: bool) -> Shades {
        let occupied = counts.iter().filter(|&&count| count > 0).count().max(1) as f64;
        let agents: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        let mean = agents / occupied;
        let empty = 1.0 - occupied / counts.len().max(1) as f64;
        let between = |[full, sparse]: [f64; 2]| full + (sparse - full) * empty * empty;
        // Three standard deviations above the mean of a random scatter, or three times the mean of a clumped one.
        let crowd = f64::max(mean + 3.0 * mean.sqrt(), 3.0 * mean);
        Shades {
            faintest: between(if ground { LONE } else { ALONE }),
            strongest: between(CROWD),
            crowd: crowd.max(2.0),
        }
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
pub(super) fn density_colours(colour: Colour, steps: u32) -> impl Iterator<Item = Colour> {
    (0..steps).map(move |step| mix_colours(PAPER, colour, 24 + 208 * step / (steps - 1).max(1)))
}
