//! The largest region against a breadth-first search, one cell after the other.

use std::collections::VecDeque;

use proptest::prelude::*;
use throng::world::map::{Map, Neighbours, Pockets};

use crate::samples::Cells;

/// All regions, each as a sorted list of cells, in the order of their lowest cells.
fn regions(cells: &Cells, neighbours: Neighbours, wraps: bool) -> Vec<Vec<usize>> {
    let (width, height) = (cells.width as i64, cells.height as i64);
    let mut seen = vec![false; cells.free.len()];
    let mut regions = Vec::new();
    for start in 0..cells.free.len() {
        if !cells.free[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        let mut queue = VecDeque::from([start]);
        let mut region = Vec::new();
        while let Some(cell) = queue.pop_front() {
            region.push(cell);
            let (x, y) = (cell as i64 % width, cell as i64 / width);
            for (dx, dy) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy))) {
                if neighbours == Neighbours::Four && dx != 0 && dy != 0 {
                    continue;
                }
                let (mut nx, mut ny) = (x + dx, y + dy);
                if wraps {
                    (nx, ny) = (nx.rem_euclid(width), ny.rem_euclid(height));
                } else if nx < 0 || ny < 0 || nx >= width || ny >= height {
                    continue;
                }
                let next = (ny * width + nx) as usize;
                if cells.free[next] && !seen[next] {
                    seen[next] = true;
                    queue.push_back(next);
                }
            }
        }
        region.sort_unstable();
        regions.push(region);
    }
    regions
}

/// The first of the largest regions, and the rest.
fn expected(cells: &Cells, neighbours: Neighbours, wraps: bool) -> Option<(Vec<usize>, Pockets)> {
    let regions = regions(cells, neighbours, wraps);
    let most = regions.iter().map(Vec::len).max()?;
    let largest = regions.iter().find(|region| region.len() == most)?;
    let free = regions.iter().map(Vec::len).sum::<usize>();
    let pockets = Pockets { regions: regions.len() as u64 - 1, cells: (free - most) as u64 };
    Some((largest.clone(), pockets))
}

/// What the library says, gathered through `contains`.
fn found(cells: &Cells, neighbours: Neighbours, wraps: bool) -> Option<(Vec<usize>, Pockets)> {
    let reachable = cells.map().reachable(neighbours, wraps).ok()?;
    let largest = (0..cells.free.len()).filter(|&cell| reachable.contains(cell as u64)).collect();
    Some((largest, reachable.pockets()))
}

fn any_cells() -> impl Strategy<Value = Cells> {
    (1usize..=40, 1usize..=24, 0usize..=100, any::<u64>())
        .prop_map(|(width, height, percent, seed)| Cells::random(width, height, percent, seed))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_largest_region_is_that_of_a_search(cells in any_cells(), eight: bool, wraps: bool) {
        let neighbours = if eight { Neighbours::Eight } else { Neighbours::Four };
        prop_assert_eq!(found(&cells, neighbours, wraps), expected(&cells, neighbours, wraps));
    }

    #[test]
    fn the_kth_cell_is_that_of_a_list(cells in any_cells(), wraps: bool) {
        if let Ok(reachable) = cells.map().reachable(Neighbours::Four, wraps) {
            let list: Vec<u64> = (0..reachable.words().len() as u64 * 32)
                .filter(|&cell| reachable.words()[cell as usize / 32] >> (cell % 32) & 1 == 1)
                .collect();
            prop_assert_eq!(reachable.count(), list.len() as u64);
            for (k, &cell) in list.iter().enumerate() {
                prop_assert_eq!(reachable.nth(k as u64), Some(cell));
            }
            prop_assert_eq!(reachable.nth(list.len() as u64), None);
            prop_assert_eq!(reachable.nth(u64::MAX), None);
            prop_assert!(!reachable.contains(u64::MAX));
        }
    }
}

#[test]
fn the_comparison_notices_every_wrong_variant() {
    let mut noticed = [0; 3];
    for seed in 0..200 {
        let cells = Cells::random(9, 7, 55, seed);
        let right = found(&cells, Neighbours::Four, false);
        noticed[0] += usize::from(right != expected(&cells, Neighbours::Eight, false));
        noticed[1] += usize::from(right != expected(&cells, Neighbours::Four, true));
        let regions = regions(&cells, Neighbours::Four, false);
        let last_of_ties = regions.into_iter().max_by_key(Vec::len);
        noticed[2] += usize::from(right.map(|(cells, _)| cells) != last_of_ties);
    }
    assert!(noticed.iter().all(|&times| times > 0), "{noticed:?}");
}

#[test]
fn corners_edges_and_ties_by_hand() {
    let count = |rows: &[&str], neighbours, wraps| {
        let reachable = Cells::drawn(rows).map().reachable(neighbours, wraps).expect("a cell is free");
        (reachable.count(), reachable.pockets().regions, reachable.nth(0))
    };
    let corner = [".@", "@."];
    assert_eq!(count(&corner, Neighbours::Four, false), (1, 1, Some(0)));
    assert_eq!(count(&corner, Neighbours::Eight, false), (2, 0, Some(0)));
    let far_corner = [".@@", "@@@", "@@."];
    assert_eq!(count(&far_corner, Neighbours::Eight, false), (1, 1, Some(0)));
    assert_eq!(count(&far_corner, Neighbours::Eight, true), (2, 0, Some(0)));
    assert_eq!(count(&far_corner, Neighbours::Four, true), (1, 1, Some(0)));
    let edges = ["@.@", ".@.", "@.@"];
    assert_eq!(count(&edges, Neighbours::Four, false), (1, 3, Some(1)));
    assert_eq!(count(&edges, Neighbours::Four, true), (2, 1, Some(1)));
    let second_is_larger = [".@..", ".@.."];
    assert_eq!(count(&second_is_larger, Neighbours::Four, false), (4, 1, Some(2)));
}

#[test]
fn a_large_map_counts_over_many_blocks() {
    let map = Map::from_fn("stripes", 1000, 997, |x, y| y % 3 != 1 || x == 500).expect("the size is fine");
    let reachable = map.reachable(Neighbours::Four, false).expect("cells are free");
    assert_eq!(reachable.pockets(), Pockets::default());
    let list: Vec<u64> =
        (0..map.cells()).filter(|cell| map.is_free((cell % 1000) as u32, (cell / 1000) as u32)).collect();
    assert_eq!(reachable.count(), list.len() as u64);
    for (k, &cell) in list.iter().enumerate() {
        assert_eq!(reachable.nth(k as u64), Some(cell));
    }
}

#[test]
fn walls_everywhere_are_an_error() {
    let map = Map::from_fn("solid", 6, 5, |_, _| false).expect("the size is fine");
    let message = map.reachable(Neighbours::Eight, true).expect_err("no cell is free").to_string();
    assert!(message.contains("`solid` (6 x 5) has no free cell"), "{message}");
}
