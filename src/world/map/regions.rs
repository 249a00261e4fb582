//! Connected regions of free cells, found by joining the runs of free cells of neighbouring rows.
//!
//! This is the run-based, two-pass labelling of He, Chao and Suzuki ("A run-based two-scan labeling algorithm", IEEE
//! Transactions on Image Processing 17, 2008) with a union-find forest (Tarjan 1975; path halving: van der Weide
//! 1980). It needs four bytes for a run and four for a region, not a queue of cells, and nothing recurses.

use super::bits;
use crate::Result;
use crate::model::Neighbours;
use crate::world::memory;

/// The largest region, where there are several.
pub(super) struct Largest {
    /// Its cells, as in [`super::Map::free_words`].
    pub(super) words: Vec<u32>,
    /// How many other regions there are.
    pub(super) others: u64,
}

/// A run of free cells within a row: columns `start..end`.
#[derive(Clone, Copy)]
struct Run {
    start: u32,
    end: u32,
}

/// The largest region of the free cells, or `None` when there is no more than one region.
///
/// Of several of one size it is the one with the lowest cell index.
pub(super) fn largest(
    words: &[u32],
    width: u32,
    height: u32,
    neighbours: Neighbours,
    wraps: bool,
) -> Result<Option<Largest>> {
    let Regions { of_run, sizes } = Regions::find(words, width, height, neighbours, wraps)?;
    if sizes.len() <= 1 {
        return Ok(None);
    }
    let mut best = 0;
    for (region, &size) in sizes.iter().enumerate() {
        if size > sizes[best] {
            best = region;
        }
    }

    let mut largest = vec![0; words.len()];
    for_each_labelled_run(words, width, height, &of_run, |region, start, end| {
        if region as usize == best {
            bits::set_range(&mut largest, start, end);
        }
    });
    Ok(Some(Largest { words: largest, others: sizes.len() as u64 - 1 }))
}

/// Clears the cells of all regions that have fewer than `least` of them.
pub(super) fn drop_small(
    words: &mut [u32],
    width: u32,
    height: u32,
    neighbours: Neighbours,
    least: u32,
) -> Result<()> {
    let Regions { of_run, sizes } = Regions::find(words, width, height, neighbours, false)?;
    let mut kept = vec![0; words.len()];
    for_each_labelled_run(words, width, height, &of_run, |region, start, end| {
        if sizes[region as usize] >= least {
            bits::set_range(&mut kept, start, end);
        }
    });
    words.copy_from_slice(&kept);
    Ok(())
}

/// All regions of a map, numbered in the order of their lowest cells.
struct Regions {
    /// The region of each run; runs are numbered in the order of their cells.
    of_run: Vec<u32>,
    /// The cells of each region.
    sizes: Vec<u32>,
}

impl Regions {
    fn find(words: &[u32], width: u32, height: u32, neighbours: Neighbours, wraps: bool) -> Result<Regions> {
        let mut of_run = join_runs(words, width, height, neighbours, wraps)?.parents;
        let mut sizes = vec![0; number_regions(&mut of_run) as usize];
        for_each_labelled_run(words, width, height, &of_run, |region, start, end| {
            sizes[region as usize] += (end - start) as u32;
        });
        Ok(Regions { of_run, sizes })
    }
}

/// Joins all runs that touch each other; runs are numbered in the order of their cells.
fn join_runs(words: &[u32], width: u32, height: u32, neighbours: Neighbours, wraps: bool) -> Result<Forest> {
    let mut forest = Forest::with_room_for(most_runs(words, height))?;
    let mut above: Vec<Run> = Vec::new();
    let mut row: Vec<Run> = Vec::new();
    let mut first_row: Vec<Run> = Vec::new();
    let mut above_base = 0;
    for y in 0..height {
        let base = forest.parents.len() as u32;
        let offset = u64::from(y) * u64::from(width);
        row.clear();
        bits::for_each_run(words, offset, offset + u64::from(width), |start, end| {
            row.push(Run { start: (start - offset) as u32, end: (end - offset) as u32 });
        });
        forest.grow(row.len());
        join_rows(&mut forest, (&above, above_base), (&row, base), width, neighbours, wraps);
        if wraps {
            if let (Some(first), Some(last)) = (row.first(), row.last())
                && first.start == 0
                && last.end == width
            {
                forest.join(base, base + row.len() as u32 - 1);
            }
            if y == 0 {
                first_row.clone_from(&row);
            }
        }
        std::mem::swap(&mut above, &mut row);
        above_base = base;
    }
    if wraps {
        join_rows(&mut forest, (&above, above_base), (&first_row, 0), width, neighbours, wraps);
    }
    Ok(forest)
}

/// Joins the runs of a row with those of the row above it; each row comes with the number of its first run.
fn join_rows(
    forest: &mut Forest,
    (above, above_base): (&[Run], u32),
    (row, base): (&[Run], u32),
    width: u32,
    neighbours: Neighbours,
    wraps: bool,
) {
    let reach = match neighbours {
        Neighbours::Four => 0,
        Neighbours::Eight => 1,
    };
    let (mut i, mut j) = (0, 0);
    while i < above.len() && j < row.len() {
        let (upper, lower) = (above[i], row[j]);
        if upper.start < lower.end + reach && lower.start < upper.end + reach {
            forest.join(above_base + i as u32, base + j as u32);
        }
        // The run that ends first cannot touch a later run of the other row: a blocked cell lies between.
        if upper.end < lower.end {
            i += 1;
        } else {
            j += 1;
        }
    }
    if neighbours == Neighbours::Eight
        && wraps
        && let (Some(upper_first), Some(upper_last)) = (above.first(), above.last())
        && let (Some(lower_first), Some(lower_last)) = (row.first(), row.last())
    {
        if upper_first.start == 0 && lower_last.end == width {
            forest.join(above_base, base + row.len() as u32 - 1);
        }
        if lower_first.start == 0 && upper_last.end == width {
            forest.join(above_base + above.len() as u32 - 1, base);
        }
    }
}

/// Gives the regions numbers from 0 in the order of their lowest cells, writes each run's number in the place of its
/// parent, and returns how many regions there are.
fn number_regions(parents: &mut [u32]) -> u32 {
    let mut regions = 0;
    for run in 0..parents.len() {
        let parent = parents[run] as usize;
        // A parent never comes after its child, so it already holds its region's number.
        parents[run] = if parent == run {
            regions += 1;
            regions - 1
        } else {
            parents[parent]
        };
    }
    regions
}

/// Calls `found(region, start, end)` for each run of free cells, in order; start and end are cell indices.
fn for_each_labelled_run(
    words: &[u32],
    width: u32,
    height: u32,
    region_of_run: &[u32],
    mut found: impl FnMut(u32, u64, u64),
) {
    let mut run = 0;
    for y in 0..u64::from(height) {
        let offset = y * u64::from(width);
        bits::for_each_run(words, offset, offset + u64::from(width), |start, end| {
            found(region_of_run[run], start, end);
            run += 1;
        });
    }
}

/// A bound on the number of runs: those of the cells in one line, and one more for each row that cuts one in two.
fn most_runs(words: &[u32], height: u32) -> u64 {
    let mut before = 0;
    let mut starts = 0;
    for &word in words {
        starts += u64::from((word & !(word << 1 | before)).count_ones());
        before = word >> 31;
    }
    starts + u64::from(height)
}

/// Disjoint sets of runs; the root of a set is its lowest run.
struct Forest {
    parents: Vec<u32>,
}

impl Forest {
    fn with_room_for(runs: u64) -> Result<Forest> {
        // Every run may turn out to be a region of its own, with a size.
        let needed = runs.saturating_mul(8);
        memory::check("finding the connected regions of this map", needed, "use a smaller map")?;
        Ok(Forest { parents: Vec::with_capacity(runs as usize) })
    }

    /// Adds so many sets of one run each.
    fn grow(&mut self, runs: usize) {
        let base = self.parents.len() as u32;
        self.parents.extend(base..base + runs as u32);
    }

    fn root(&mut self, mut run: u32) -> u32 {
        loop {
            let parent = self.parents[run as usize];
            if parent == run {
                return run;
            }
            let grandparent = self.parents[parent as usize];
            self.parents[run as usize] = grandparent;
            run = grandparent;
        }
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other) as usize] = one.min(other);
    }
}
