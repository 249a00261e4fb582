//! The colours of a scene.

use super::paint::{LayerView, Look};
use super::picture::{Colour, mix_colours};

/// Free cells that nothing is known of, and the page around the grid.
pub(super) const PAPER: Colour = [255, 255, 255];
/// Blocked cells: dark slate.
pub(super) const WALL: Colour = [47, 58, 69];
/// Agents, kind by kind: vermilion, which none of the colours of layers comes near, for colour-blind readers neither; then
/// others that stand apart from it and from one another.
const AGENTS: [Colour; 8] = [
    [213, 62, 24],
    [28, 36, 112],
    [0, 128, 112],
    [158, 42, 140],
    [122, 78, 20],
    [64, 64, 64],
    [214, 126, 0],
    [0, 104, 190],
];
/// The legend's words.
pub(super) const INK: Colour = [33, 37, 41];
/// The line around the grid.
pub(super) const FRAME: Colour = [148, 156, 164];

/// Soft tints for bit layers, in order; where layers overlap, their tints multiply as glazes do.
const TINTS: [Colour; 4] = [[176, 210, 234], [203, 229, 178], [250, 222, 150], [219, 198, 232]];

/// Bit layers drawn; further ones are left out.
pub(super) const BIT_LAYERS: usize = 8;

/// The colour of the kind of agents of this number, unless it has one of its own.
pub(super) fn agent_colour(number: usize) -> Colour {
    AGENTS[number % AGENTS.len()]
}

/// Numbers that are told apart, from 0, which stands for nothing in most models; after M. Okabe and K. Ito's palette for
/// colour-blind readers, lightened a little so that agents stand out.
const VALUES: [Colour; 8] = [
    PAPER,
    [58, 130, 190],
    [240, 170, 40],
    [40, 160, 120],
    [205, 130, 175],
    [125, 195, 235],
    [110, 96, 84],
    [236, 225, 90],
];

/// The colour of a number that is told apart from others.
pub fn value_colour(number: usize) -> Colour {
    match number {
        0 => VALUES[0],
        _ => VALUES[1 + (number - 1) % (VALUES.len() - 1)],
    }
}

/// The darkest colours of fields that are drawn over one another, in order.
const FIELDS: [Colour; FIELD_LAYERS] = [[24, 86, 168], [36, 124, 40], [178, 100, 0]];

/// Counting layers drawn as fields over one another; further ones are left out.
pub(super) const FIELD_LAYERS: usize = 3;

/// Two colours one over the other, as glazes on paper.
pub(super) fn over(below: Colour, above: Colour) -> Colour {
    std::array::from_fn(|channel| ((u16::from(below[channel]) * u16::from(above[channel]) + 127) / 255) as u8)
}

/// The tint of a bit layer: its own, or that of its number.
pub(super) fn tint(number: usize, layer: &LayerView<'_>) -> Colour {
    match layer.look {
        Look::Bit(Some(colour)) => colour,
        _ => TINTS[number % TINTS.len()],
    }
}

/// The colours of free cells, by which of the bit layers are set in them.
pub(super) fn glazes(tints: &[Colour]) -> Vec<Colour> {
    let set = |mask: usize| tints.iter().enumerate().filter(move |(number, _)| mask >> number & 1 == 1);
    (0..1usize << tints.len())
        .map(|mask| set(mask).fold(PAPER, |below, (_, above)| over(below, *above)))
        .collect()
}

/// The colour of a count above zero, given as a share of the largest: viridis turned round, so that more is darker, as
/// on paper. Shares are stretched by a square root, which keeps small counts apart when a few are large.
pub(super) fn count_colour(share: f64) -> Colour {
    // The pale end is cut off: one must not look like none.
    const PALE: f64 = 0.97;
    colorous::VIRIDIS.eval_continuous(PALE * (1.0 - stretched(share))).as_array()
}

fn stretched(share: f64) -> f64 {
    if share.is_finite() { share.clamp(0.0, 1.0).sqrt() } else { 1.0 }
}

/// The colour of a share of the largest number in a field: at even steps between the colours given, or from paper to the
/// field's own colour with shares stretched as those of counts.
pub(super) fn field_colour(number: usize, colours: &[Colour], share: f64) -> Colour {
    let (colours, share) = match colours {
        [] => ([PAPER, FIELDS[number % FIELDS.len()]].to_vec(), stretched(share)),
        colours => (colours.to_vec(), if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 }),
    };
    let place = share * (colours.len() - 1) as f64;
    let first = (place as usize).min(colours.len() - 1);
    let second = (first + 1).min(colours.len() - 1);
    mix_colours(colours[first], colours[second], ((place - first as f64) * 256.0).round() as u32)
}

/// The first [`BIT_LAYERS`] bit layers of a scene.
pub(super) fn bit_layers<'s, 'a>(layers: &'s [LayerView<'a>]) -> impl Iterator<Item = &'s LayerView<'a>> {
    layers.iter().filter(|layer| matches!(layer.look, Look::Bit(_))).take(BIT_LAYERS)
}

/// The layers of a scene whose numbers are told apart.
pub(super) fn value_layers<'s, 'a>(layers: &'s [LayerView<'a>]) -> impl Iterator<Item = &'s LayerView<'a>> {
    layers.iter().filter(|layer| matches!(layer.look, Look::Values(_)))
}

/// The counting layer that is drawn by the map of all colours: the only one, if it has no colours of its own.
pub(super) fn counting_layer<'s, 'a>(layers: &'s [LayerView<'a>]) -> Option<&'s LayerView<'a>> {
    let mut counts = layers.iter().filter(|layer| matches!(layer.look, Look::Count(_)));
    match (counts.next(), counts.next()) {
        (Some(only), None) if matches!(&only.look, Look::Count(colours) if colours.is_empty()) => Some(only),
        _ => None,
    }
}

/// The counting layers that are drawn as fields over one another, each with its colours.
pub(super) fn field_layers<'s, 'a>(
    layers: &'s [LayerView<'a>],
) -> impl Iterator<Item = (&'s LayerView<'a>, &'s [Colour])> {
    let one = counting_layer(layers).is_some();
    let fields = layers.iter().filter_map(|layer| match &layer.look {
        Look::Count(colours) => Some((layer, colours.as_slice())),
        _ => None,
    });
    fields.take(if one { 0 } else { FIELD_LAYERS })
}
