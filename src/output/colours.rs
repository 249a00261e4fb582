//! The colours of a scene.

use super::paint::LayerView;
use super::picture::Colour;

/// Free cells that nothing is known of, and the page around the grid.
pub(super) const PAPER: Colour = [255, 255, 255];
/// Blocked cells: dark slate.
pub(super) const WALL: Colour = [47, 58, 69];
/// Agents: vermilion, which none of the other colours comes near, for colour-blind readers neither.
pub(super) const AGENT: Colour = [213, 62, 24];
/// The legend's words.
pub(super) const INK: Colour = [33, 37, 41];
/// The line around the grid.
pub(super) const FRAME: Colour = [148, 156, 164];

/// Soft tints for bit layers, in order; where layers overlap, their tints multiply as glazes do.
const TINTS: [Colour; 4] = [[176, 210, 234], [203, 229, 178], [250, 222, 150], [219, 198, 232]];

/// Bit layers drawn; further ones are left out.
pub(super) const BIT_LAYERS: usize = 8;

/// The tint of the bit layer of this number.
pub(super) fn tint(number: usize) -> Colour {
    TINTS[number % TINTS.len()]
}

/// The colour of a free cell in which the bit layers of `mask` are set.
pub(super) fn glaze(mask: usize) -> Colour {
    let layers = (0..BIT_LAYERS).filter(|number| mask >> number & 1 == 1);
    layers.fold(PAPER, |below, number| {
        let above = tint(number);
        std::array::from_fn(|channel| {
            ((u16::from(below[channel]) * u16::from(above[channel]) + 127) / 255) as u8
        })
    })
}

/// The colour of a count above zero, given as a share of the largest: viridis turned round, so that more is darker, as
/// on paper. Shares are stretched by a square root, which keeps small counts apart when a few are large.
pub(super) fn count_colour(share: f64) -> Colour {
    // The pale end is cut off: one must not look like none.
    const PALE: f64 = 0.97;
    let stretched = if share.is_finite() { share.clamp(0.0, 1.0).sqrt() } else { 1.0 };
    colorous::VIRIDIS.eval_continuous(PALE * (1.0 - stretched)).as_array()
}

/// The first [`BIT_LAYERS`] bit layers of a scene.
pub(super) fn bit_layers<'s, 'a>(layers: &'s [LayerView<'a>]) -> impl Iterator<Item = &'s LayerView<'a>> {
    layers.iter().filter(|layer| layer.boolean).take(BIT_LAYERS)
}

/// The counting layer that is drawn: the first.
pub(super) fn counting_layer<'s, 'a>(layers: &'s [LayerView<'a>]) -> Option<&'s LayerView<'a>> {
    layers.iter().find(|layer| !layer.boolean)
}
