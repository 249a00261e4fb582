//! The first state of a world, before the model's own start function runs.

use rayon::prelude::*;

use super::Worlds;
use super::map::Reachable;
use super::random::{philox, stream};
use crate::model::{Initial, Kind, Model, Placement, Space};

/// The cell where an agent stands at first: uniform over the reachable cells, whatever the map.
///
/// Cells are drawn from the whole grid until one can be reached, which is quick on most maps; if that fails
/// 16 times, one is drawn from the list of reachable cells. Either way all of them are equally likely.
pub fn place(seed: u64, agent: u32, cells: u64, reachable: &Reachable) -> u64 {
    place_of_kind(seed, 0, agent, cells, reachable)
}

/// The same for an agent of a kind, by its place in the model.
fn place_of_kind(seed: u64, kind: u32, agent: u32, cells: u64, reachable: &Reachable) -> u64 {
    let stream = stream::PLACE + kind;
    let key = [seed as u32, (seed >> 32) as u32];
    for block in 0..TRIES / 2 {
        let words = philox([agent, 0, stream, block], key);
        for pair in words.chunks_exact(2) {
            let cell = below(pair, cells);
            if reachable.count() == cells || reachable.contains(cell) {
                return cell;
            }
        }
    }
    let words = philox([agent, 1, stream, 0], key);
    reachable.nth(below(&words[..2], reachable.count())).unwrap_or(0)
}

/// How many cells are drawn before the list of reachable ones is asked.
const TRIES: u32 = 16;

/// A number below `n` from 64 random bits; its bias is below n / 2^64, one part in 2^33 for the largest grid.
fn below(pair: &[u32], n: u64) -> u64 {
    let bits = u64::from(pair[0]) | u64::from(pair[1]) << 32;
    ((u128::from(bits) * u128::from(n)) >> 64) as u64
}

/// Agents that a thread places at a time.
const SHARE: usize = 4096;

/// The agents of a kind in a world: all words nought but the position, row after row of the kind's layout.
pub(crate) fn agents(model: &Model, worlds: &Worlds, kind: usize, seed: u64, number: u32) -> Vec<u32> {
    let declared = &model.kinds[kind];
    let words = declared.layout.stride as usize / 4;
    let mut agents = vec![0; words * number as usize];
    let Some(position) = declared.layout.position() else {
        as_told(worlds, kind, words, &mut agents);
        return agents;
    };
    let width = u64::from(worlds.map.width());
    let (nest, apart) = match declared.placement {
        Placement::Anywhere => (None, Vec::new()),
        Placement::Together => (Some(centre(worlds)), Vec::new()),
        Placement::Apart => (None, places_apart(worlds, kind as u32, seed, number)),
    };
    let (cells, reachable) = (worlds.map.cells(), &worlds.reachable);
    agents.par_chunks_exact_mut(words).with_min_len(SHARE).enumerate().for_each(|(agent, record)| {
        let cell = match apart.get(agent) {
            Some(cell) => *cell,
            None => nest.unwrap_or_else(|| place_of_kind(seed, kind as u32, agent as u32, cells, reachable)),
        };
        let part = within_cell(declared, nest.is_some(), seed, kind as u32, agent as u32);
        for (axis, along) in [cell % width, cell / width].into_iter().enumerate() {
            record[position as usize + axis] =
                (along as u32).wrapping_mul(declared.unit()).wrapping_add(part[axis]);
        }
    });
    as_told(worlds, kind, words, &mut agents);
    agents
}

/// Writes what a table says of the agents of a kind.
fn as_told(worlds: &Worlds, kind: usize, words: usize, agents: &mut [u32]) {
    for told in worlds.populations.iter().filter(|told| told.kind() == kind) {
        told.write(words, 0.., agents);
    }
}

/// Where in its cell an agent stands: nowhere in particular on a grid, anywhere in continuous space.
fn within_cell(kind: &Kind, in_middle: bool, seed: u64, number: u32, agent: u32) -> [u32; 2] {
    match kind.space {
        Space::Grid => [0, 0],
        Space::Continuous if in_middle => [kind.unit() / 2; 2],
        Space::Continuous => {
            let words = philox([agent, 2, stream::PLACE + number, 0], [seed as u32, (seed >> 32) as u32]);
            [words[0] >> 16, words[1] >> 16]
        }
    }
}

/// Reachable cells, no two the same, as many as asked for or as there are: the first steps of a shuffle (R. Fisher and
/// F. Yates, as by R. Durstenfeld, Communications of the ACM 7, 1964).
fn places_apart(worlds: &Worlds, kind: u32, seed: u64, number: u32) -> Vec<u64> {
    let key = [seed as u32, (seed >> 32) as u32];
    let count = worlds.reachable.count();
    let mut cells: Vec<u32> = (0..worlds.map.cells())
        .filter(|cell| worlds.reachable.contains(*cell))
        .map(|cell| cell as u32)
        .collect();
    for place in 0..number.min(count as u32) {
        let words = philox([place, 3, stream::PLACE + kind, 0], key);
        let other = u64::from(place) + below(&words[..2], count - u64::from(place));
        cells.swap(place as usize, other as usize);
    }
    cells.truncate(number as usize);
    cells.into_iter().map(u64::from).collect()
}

/// The reachable cell nearest to the centre of the grid, the lowest index among equals.
fn centre(worlds: &Worlds) -> u64 {
    let (width, height) = (i64::from(worlds.map.width()), i64::from(worlds.map.height()));
    let at = |x: i64, y: i64| (y * width + x) as u64;
    let (x, y) = (width / 2, height / 2);
    if worlds.reachable.contains(at(x, y)) {
        return at(x, y);
    }
    // Rings of growing Chebyshev radius; a ring further out than the best distance found cannot hold a nearer cell.
    let mut best: Option<(i64, u64)> = None;
    for radius in 1..=width.max(height) {
        if best.is_some_and(|(distance, _)| radius * radius > distance) {
            break;
        }
        for (dx, dy) in ring(radius) {
            let (cx, cy) = (x + dx, y + dy);
            if (0..width).contains(&cx) && (0..height).contains(&cy) && worlds.reachable.contains(at(cx, cy))
            {
                let candidate = (dx * dx + dy * dy, at(cx, cy));
                best = Some(best.map_or(candidate, |held| held.min(candidate)));
            }
        }
    }
    best.map_or(0, |(_, cell)| cell)
}

fn ring(radius: i64) -> impl Iterator<Item = (i64, i64)> {
    let sides = (-radius..=radius).flat_map(move |along| [(along, -radius), (along, radius)]);
    let ends = (1 - radius..radius).flat_map(move |along| [(-radius, along), (radius, along)]);
    sides.chain(ends)
}

/// The content of a layer that no function fills; empty for one that is absent.
pub(crate) fn layer(model: &Model, worlds: &Worlds, layer: usize, words: u64) -> Vec<u32> {
    let declared = &model.layers[layer];
    if let (true, Initial::Constant(value)) = (declared.total, &declared.initial) {
        let mut content = vec![model.identity(layer); words as usize];
        content[..1].fill(*value);
        return content;
    }
    let mut content = match declared.initial {
        Initial::Map => walls(worlds, declared.bits, words as usize),
        Initial::Function(_) => vec![0; words as usize],
        Initial::Constant(value) => {
            let packed =
                (0..32 / declared.bits).fold(0, |word, place| word | value << (place * declared.bits));
            vec![packed; words as usize]
        }
    };
    // Bits behind the last cell stay nought whatever the content, so that they never count.
    let last = worlds.map.cells() * u64::from(declared.bits) % 32;
    if last != 0
        && declared.initial != Initial::Map
        && let Some(word) = content.last_mut()
    {
        *word &= (1 << last) - 1;
    }
    content
}

/// 1 in each cell that cannot be reached, packed in fields of `bits`.
fn walls(worlds: &Worlds, bits: u32, words: usize) -> Vec<u32> {
    let cells = worlds.map.cells();
    if bits == 1 {
        let mut walls: Vec<u32> = worlds.reachable.words().iter().map(|word| !word).collect();
        walls.resize(words, 0);
        let last = cells % 32;
        if last != 0
            && let Some(word) = walls.last_mut()
        {
            *word &= (1 << last) - 1;
        }
        return walls;
    }
    let per_word = u64::from(32 / bits);
    (0..words as u64)
        .map(|word| {
            (0..per_word).fold(0, |packed, place| {
                let cell = word * per_word + place;
                let blocked = cell < cells && !worlds.reachable.contains(cell);
                packed | u32::from(blocked) << (place as u32 * bits)
            })
        })
        .collect()
}
