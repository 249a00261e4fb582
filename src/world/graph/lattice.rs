//! The graph that the cells of a map are.

use super::check_words;
use crate::error::Result;
use crate::model::Neighbours;
use crate::world::map::{Map, Reachable};
use crate::world::memory;

/// The steps to the neighbours of a cell.
const STEPS: [(i64, i64); 8] = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1), (-1, -1), (1, -1)];

/// Compressed rows of the cells that can be reached, each next to four or eight others; on a torus across its edges. No
/// cell is its own neighbour, or another's twice, however small the torus.
pub(super) fn words(
    map: &Map,
    reachable: &Reachable,
    neighbours: Neighbours,
    wraps: bool,
) -> Result<Vec<u32>> {
    let steps = match neighbours {
        Neighbours::Four => &STEPS[..4],
        Neighbours::Eight => &STEPS[..],
    };
    let cells = map.cells();
    let most = cells * (1 + steps.len() as u64) + 1;
    check_words(map.name(), most)?;
    memory::check("the graph of the map's cells", 4 * most, "use a smaller map")?;
    let (width, height) = (i64::from(map.width()), i64::from(map.height()));
    let mut starts = Vec::with_capacity(most as usize);
    let mut all: Vec<u32> = Vec::new();
    let mut near = Vec::with_capacity(8);
    for cell in 0..cells {
        starts.push((cells + 1 + all.len() as u64) as u32);
        if !reachable.contains(cell) {
            continue;
        }
        let (x, y) = (cell as i64 % width, cell as i64 / width);
        near.clear();
        for (dx, dy) in steps {
            let (mut x, mut y) = (x + dx, y + dy);
            if wraps {
                (x, y) = (x.rem_euclid(width), y.rem_euclid(height));
            } else if !(0..width).contains(&x) || !(0..height).contains(&y) {
                continue;
            }
            let other = (y * width + x) as u64;
            if other != cell && reachable.contains(other) {
                near.push(other as u32);
            }
        }
        near.sort_unstable();
        near.dedup();
        all.extend(&near);
    }
    starts.push((cells + 1 + all.len() as u64) as u32);
    starts.append(&mut all);
    Ok(starts)
}
