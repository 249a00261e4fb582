//! Cells to pixels along one axis: whole-number enlargement, or area averaging.

/// One axis of the grid and of its image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    /// Cells along it.
    pub(super) cells: u32,
    /// Pixels along it: a multiple of `cells`, or fewer than `cells`.
    pub(super) pixels: u32,
}

/// The narrowest that a side is drawn, as a part of the longest: a grid one cell wide must not become a hairline.
const NARROWEST: u32 = 32;
/// The largest a single cell is drawn, in pixels.
const LARGEST_CELL: u32 = 512;

/// The two axes of a grid, its longest side about `longest` pixels: between 3/4 and 4/3 of it where whole pixels per cell
/// allow (a cell is at most 512 pixels), and exactly that where cells are averaged.
///
/// Cells stay square, save where one side would be narrower than 1/32 of `longest`: that side is drawn wider.
pub(super) fn fit(width: u32, height: u32, longest: u32) -> [Axis; 2] {
    let longest = longest.clamp(2, 1 << 14);
    let largest = width.max(height).max(1);
    let narrowest = (longest / NARROWEST).max(1);
    [width, height].map(|cells| {
        let pixels = if largest <= longest / 3 * 4 {
            // Rounded rather than cut off: a little too large is better than half the size.
            cells * ((longest + largest / 2) / largest).clamp(1, LARGEST_CELL)
        } else {
            // Rounded, so that the sides keep their ratio within half a pixel.
            let scaled = u64::from(cells) * u64::from(longest) + u64::from(largest) / 2;
            (scaled / u64::from(largest)) as u32
        };
        let pixels = match cells {
            0 => 0,
            _ if pixels >= narrowest => pixels,
            _ if cells <= narrowest => narrowest.next_multiple_of(cells),
            _ => narrowest,
        };
        Axis { cells, pixels }
    })
}

impl Axis {
    /// Whether every cell has at least one whole pixel.
    pub(super) fn enlarges(self) -> bool {
        self.pixels >= self.cells
    }

    /// The cells that lie under a pixel, each with its weight: how much of it does, in units in which all the weights of
    /// one pixel sum to [`Axis::weight`].
    pub(super) fn under(self, pixel: u32) -> impl Iterator<Item = (u32, u64)> + Clone {
        let (cells, pixels) = self.reduced();
        // In units of 1/pixels of a cell, the pixel covers [from, to).
        let from = u64::from(pixel) * cells;
        let to = from + cells;
        let first = from / pixels;
        let past = to.div_ceil(pixels);
        (first..past).map(move |cell| {
            let covered = to.min((cell + 1) * pixels) - from.max(cell * pixels);
            (cell as u32, covered)
        })
    }

    /// The sum of the weights of the cells under any one pixel.
    pub(super) fn weight(self) -> u64 {
        self.reduced().0
    }

    /// The pixels that a place in cells lies at, from the left, as a real number of pixels.
    pub(super) fn place(self, cells: f64) -> f64 {
        cells * f64::from(self.pixels) / f64::from(self.cells.max(1))
    }

    /// Cells and pixels without their common factor, so that weights stay small.
    fn reduced(self) -> (u64, u64) {
        let (mut a, mut b) = (self.cells.max(1), self.pixels.max(1));
        while b != 0 {
            (a, b) = (b, a % b);
        }
        (u64::from(self.cells.max(1) / a), u64::from(self.pixels.max(1) / a))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_has_the_same_weight_and_every_cell_is_used_once() {
        for (cells, pixels) in [(1, 1), (1, 7), (5, 5), (5, 20), (7, 3), (100, 99), (1000, 32), (6, 4)] {
            let axis = Axis { cells, pixels };
            let mut per_cell = vec![0; cells as usize];
            for pixel in 0..pixels {
                let sum: u64 = axis.under(pixel).map(|(_, weight)| weight).sum();
                assert_eq!(sum, axis.weight(), "{cells} cells, {pixels} pixels, pixel {pixel}");
                axis.under(pixel).for_each(|(cell, weight)| per_cell[cell as usize] += weight);
            }
            assert!(
                per_cell.iter().all(|&weight| weight == per_cell[0]),
                "{cells} to {pixels}: {per_cell:?}"
            );
        }
    }

    #[test]
    fn sides_fit() {
        let pixels = |width, height| fit(width, height, 1024).map(|axis| axis.pixels);
        assert_eq!(pixels(300, 200), [900, 600]);
        assert_eq!(pixels(700, 70), [700, 70]);
        assert_eq!(pixels(600, 60), [1200, 120]);
        assert_eq!(pixels(1300, 130), [1300, 130]);
        assert_eq!(pixels(1400, 140), [1024, 102]);
        assert_eq!(pixels(2048, 2048), [1024, 1024]);
        assert_eq!(pixels(2048, 1024), [1024, 512]);
        assert_eq!(pixels(16, 16), [1024, 1024]);
        assert_eq!(pixels(1, 1), [512, 512]);
        assert_eq!(pixels(5000, 3), [1024, 33]);
        assert_eq!(pixels(1, 100_000), [32, 1024]);
        assert_eq!(pixels(u32::MAX, 40), [1024, 32]);
        assert_eq!(pixels(0, 0), [0, 0]);
    }
}
