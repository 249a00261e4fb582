//! Maps: which cells of a grid are free and which are blocked.
//!
//! A map is read from a file ([`Map::read`]), made from a seed ([`Map::generate`]) or given cell by cell
//! ([`Map::from_fn`]). Three formats are read:
//!
//! | format | files | free | blocked |
//! |---|---|---|---|
//! | Moving AI grid benchmarks | `.map` | `.` `G` `S` | `@` `O` `T` `W` |
//! | ROS `map_server` | `.yaml` and the `.pgm` or `.png` it names | surely free | occupied or unknown |
//! | picture | `.png` | bright and opaque | dark or transparent |

mod bits;
mod file;
mod generate;
mod moving_ai;
mod pgm;
mod picture;
mod reachable;
mod regions;
mod ros;
mod yaml;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::model::Neighbours;
pub use generate::Generator;
pub use reachable::{Pockets, Reachable};

use super::graph::Graph;
use super::memory;
use crate::{Error, Result};

/// The most cells a map may have: 2³¹, so that a cell's index fits in a signed 32-bit number.
pub const MOST_CELLS: u64 = 1 << 31;

/// A grid of free and blocked cells.
///
/// Row 0 is the top row; x grows to the right and y downwards; the index of a cell is `y * width + x`. Cloning is
/// cheap: clones share the cells.
#[derive(Clone)]
pub struct Map {
    name: Arc<str>,
    origin: Origin,
    width: u32,
    height: u32,
    free: Arc<Vec<u32>>,
    free_cells: u64,
    unknown_cells: u64,
    graph: Option<Graph>,
}

/// Where a map comes from: all that is needed to get it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file; for a ROS map, the one that was named.
    File(PathBuf),
    /// A generator; with the map's size these give the same map on every machine.
    Generated {
        /// The kind of map.
        kind: Generator,
        /// Its seed.
        seed: u64,
    },
    /// The program, cell by cell.
    Given,
}

/// What a reader of one format hands over: the cells, one bit each as in [`Map::free_words`].
struct Grid {
    width: u32,
    height: u32,
    free: Vec<u32>,
    unknown_cells: u64,
}

/// What a file says about one cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Free,
    Blocked,
    Unknown,
}

impl Map {
    /// A map of `width` by `height` cells without a blocked one.
    ///
    /// # Errors
    /// [`Error::Argument`] when a side is 0 or the map has more than [`MOST_CELLS`] cells, [`Error::Memory`] when it does
    /// not fit.
    pub fn open(width: u32, height: u32) -> Result<Map> {
        Map::generate(Generator::Open, width, height, 0)
    }

    /// Reads a map file, in the format that its content or else its extension tells.
    ///
    /// The map is named after the file, without the extension. A `.pgm` or `.png` beside a YAML file of the same
    /// name that names it is read as that ROS map; a `.pgm` without one is read with the thresholds that
    /// `map_server` writes (occupied above 0.65, free below 0.196).
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be read, [`Error::Map`] when it does not hold a map that can be used.
    pub fn read(path: impl AsRef<Path>) -> Result<Map> {
        let path = path.as_ref();
        Map::from_bytes(path, &file::read(path)?)
    }

    /// Reads a map from the content of a file, as [`read`](Map::read) does; `path` gives the map its name, helps to
    /// tell the format and is where other files are looked for (the picture of a ROS map).
    ///
    /// # Errors
    /// As those of [`read`](Map::read).
    pub fn from_bytes(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Map> {
        let path = path.as_ref();
        let grid = match file::Format::of(path, bytes)? {
            file::Format::MovingAi => moving_ai::parse(path, bytes)?,
            file::Format::Ros => ros::parse(path, bytes)?,
            file::Format::Pgm => ros::beside(path)?.unwrap_or_default().image(path, bytes)?,
            file::Format::Png => match ros::beside(path)? {
                Some(description) => description.image(path, bytes)?,
                None => picture::parse(path, bytes, picture::Pixel::dark_is_blocked)?,
            },
        };
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        Ok(Map::from_grid(&name, Origin::File(path.to_owned()), grid))
    }

    /// Makes a map of the given kind; the same arguments give the same map on every machine.
    ///
    /// # Errors
    /// As those of [`open`](Map::open).
    pub fn generate(kind: Generator, width: u32, height: u32, seed: u64) -> Result<Map> {
        checked_size(width, height, kind.copies_while_made())?;
        let name = match kind {
            Generator::Open => "open".to_owned(),
            _ => format!("{kind}-{width}x{height}-seed-{seed}"),
        };
        let free = generate::free_words(kind, width, height, seed)?;
        let origin = Origin::Generated { kind, seed };
        Ok(Map::from_grid(&name, origin, Grid { width, height, free, unknown_cells: 0 }))
    }

    /// A map whose cell (x, y) is free where `free(x, y)` says so; asked once for each cell, row by row.
    ///
    /// # Errors
    /// As those of [`open`](Map::open).
    pub fn from_fn(
        name: &str,
        width: u32,
        height: u32,
        mut free: impl FnMut(u32, u32) -> bool,
    ) -> Result<Map> {
        let cells = checked_size(width, height, 1)?;
        let mut packer = bits::Packer::new(cells);
        for y in 0..height {
            for x in 0..width {
                packer.push(free(x, y));
            }
        }
        let grid = Grid { width, height, free: packer.finish(), unknown_cells: 0 };
        Ok(Map::from_grid(name, Origin::Given, grid))
    }

    /// The nodes of a graph as free cells in one row, the first at the left.
    ///
    /// # Errors
    /// As those of [`open`](Map::open).
    pub fn of_graph(graph: Graph) -> Result<Map> {
        let open = Map::open(graph.nodes(), 1)?;
        Ok(Map { name: graph.name().into(), origin: Origin::Given, graph: Some(graph), ..open })
    }

    fn from_grid(name: &str, origin: Origin, grid: Grid) -> Map {
        let free_cells = bits::count(&grid.free);
        Map {
            name: name.into(),
            origin,
            width: grid.width,
            height: grid.height,
            free: Arc::new(grid.free),
            free_cells,
            unknown_cells: grid.unknown_cells,
            graph: None,
        }
    }

    /// What the map is called: its file's name without the extension, or how it was made.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The graph whose nodes its cells are, if it was made of one.
    pub fn graph(&self) -> Option<&Graph> {
        self.graph.as_ref()
    }

    /// Where it comes from; a graph knows that of its own.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Cells in a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// All cells: width times height.
    pub fn cells(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Cells that are free.
    pub fn free_cells(&self) -> u64 {
        self.free_cells
    }

    /// Cells of which the file says neither that they are free nor that they are occupied; they are blocked. 0 for
    /// any format but ROS `map_server`.
    pub fn unknown_cells(&self) -> u64 {
        self.unknown_cells
    }

    /// Whether the cell (x, y) is free; false outside the map.
    pub fn is_free(&self, x: u32, y: u32) -> bool {
        x < self.width
            && y < self.height
            && bits::get(&self.free, u64::from(y) * u64::from(self.width) + u64::from(x))
    }

    /// Whether no cell is blocked.
    pub fn is_open(&self) -> bool {
        self.free_cells == self.cells()
    }

    /// The free cells as packed bits: cell c is bit `c & 31` of word `c >> 5`, counted from the least significant;
    /// rows follow each other without padding, and the unused bits of the last word are 0.
    pub fn free_words(&self) -> &[u32] {
        &self.free
    }

    /// A 64-bit hash of the size and the cells, and of nothing else: the same place in two formats has one hash.
    ///
    /// FNV-1a (Fowler, Noll and Vo; draft-eastlake-fnv) over the little-endian bytes of the width, the height and
    /// [`free_words`](Map::free_words), and of the graph's hash where there is a graph.
    pub fn hash(&self) -> u64 {
        let graph = self.graph.as_ref().map(Graph::hash);
        let graph: Vec<u32> = graph.iter().flat_map(|hash| [*hash as u32, (hash >> 32) as u32]).collect();
        [self.width, self.height]
            .iter()
            .chain(self.free.iter())
            .chain(&graph)
            .flat_map(|word| word.to_le_bytes())
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
    }

    /// The largest connected region of free cells; of several of one size, the one with the lowest cell index.
    ///
    /// `wraps` says that the right edge meets the left and the bottom meets the top (a torus).
    ///
    /// # Errors
    /// [`Error::Argument`] when no cell is free, or when the machine has not enough memory for the search.
    pub fn reachable(&self, neighbours: Neighbours, wraps: bool) -> Result<Reachable> {
        if self.free_cells == 0 {
            return Err(Error::argument(
                format!("the map `{}` ({} x {}) has no free cell", self.name, self.width, self.height),
                "use a map with at least one free cell",
            ));
        }
        if self.is_open() {
            return Ok(Reachable::new(self.free.clone(), Pockets::default()));
        }
        let found = regions::largest(&self.free, self.width, self.height, neighbours, wraps)?;
        Ok(match found {
            Some(largest) => {
                let cells = self.free_cells - bits::count(&largest.words);
                Reachable::new(Arc::new(largest.words), Pockets { regions: largest.others, cells })
            }
            None => Reachable::new(self.free.clone(), Pockets::default()),
        })
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("name", &self.name)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("free_cells", &self.free_cells)
            .field("unknown_cells", &self.unknown_cells)
            .finish()
    }
}

/// The number of cells of a map of this size, of which `copies` are held at once while it is made.
fn checked_size(width: u32, height: u32, copies: u64) -> Result<u64> {
    if let Some(why) = size_refusal(width.into(), height.into()) {
        return Err(Error::argument(why, "choose both sides at least 1 and fewer cells in all"));
    }
    let cells = u64::from(width) * u64::from(height);
    check_memory(width.into(), height.into(), copies)?;
    Ok(cells)
}

/// Refuses a map whose cells, so many times over, do not fit in this machine.
fn check_memory(width: u64, height: u64, copies: u64) -> Result<()> {
    let needed = bytes(width * height).saturating_mul(copies);
    memory::check(&format!("a map of {width} x {height} cells"), needed, "use a smaller map")
}

/// Bytes that so many cells take, one bit each.
pub(crate) fn bytes(cells: u64) -> u64 {
    cells.div_ceil(32) * 4
}

/// Why a map cannot have this size, if it cannot.
fn size_refusal(width: u64, height: u64) -> Option<String> {
    let cells = u128::from(width) * u128::from(height);
    if cells == 0 {
        Some(format!("a map of {width} x {height} cells has no cell"))
    } else if cells > u128::from(MOST_CELLS) {
        Some(format!("a map of {width} x {height} has {cells} cells and at most {MOST_CELLS} are possible"))
    } else {
        None
    }
}
