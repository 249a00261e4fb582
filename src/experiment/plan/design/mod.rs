//! Designs: which points there are, each computed when it is asked for.

mod latin;
mod sobol;

pub use latin::LatinHypercube;
pub use sobol::Sobol;

use super::description::DesignKind;
use super::values::Values;

/// What varies, alone or together with others: one dimension of a design.
#[derive(Debug, Clone)]
pub(super) struct Dimension {
    pub axes: Vec<Axis>,
}

/// One thing that varies.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub target: Target,
    pub values: Values,
    /// Whether it takes whole numbers only.
    pub whole: bool,
}

/// What varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Agents,
    /// The parameters from this place in the model on, as many as a vector has elements, or one.
    Parameters {
        first: usize,
        count: usize,
    },
}

/// How dimensions make points.
#[derive(Debug, Clone)]
pub(super) enum Design {
    Grid,
    List,
    LatinHypercube(LatinHypercube),
    Sobol(Sobol),
}

impl Dimension {
    /// How many values its axes have; none where the design chooses.
    pub fn count(&self) -> Option<u64> {
        self.axes.iter().find_map(|axis| axis.values.count())
    }
}

impl Design {
    /// A design of so many points in these dimensions; within the bounds that [`bounds`] tells.
    pub fn new(kind: DesignKind, points: u64, dimensions: usize, seed: u64) -> Design {
        match kind {
            DesignKind::Grid => Design::Grid,
            DesignKind::List => Design::List,
            DesignKind::LatinHypercube => {
                Design::LatinHypercube(LatinHypercube::new(points, dimensions, seed))
            }
            DesignKind::Sobol => Design::Sobol(Sobol::new(dimensions, seed)),
        }
    }

    /// Gives `take` what varies and its value at a point.
    pub fn point(&self, point: u64, dimensions: &[Dimension], mut take: impl FnMut(Target, f64)) {
        // Of a grid, the digits of the point's number, the last dimension's the least.
        let mut rest = point;
        for (place, dimension) in dimensions.iter().enumerate().rev() {
            let count = dimension.count().unwrap_or(1);
            let share = match self {
                Design::LatinHypercube(design) => Some(design.coordinate(point, place)),
                Design::Sobol(design) => Some(design.coordinate(point, place)),
                _ => None,
            };
            for axis in &dimension.axes {
                let value = match (self, share) {
                    (_, Some(share)) => axis.values.at(share, axis.whole),
                    (Design::Grid, _) => axis.values.level(rest % count),
                    _ => axis.values.level(point),
                };
                take(axis.target, value);
            }
            rest /= count;
        }
    }
}

/// The most points and dimensions that a random design can have.
pub(super) fn bounds(kind: DesignKind) -> (u64, usize) {
    match kind {
        DesignKind::LatinHypercube => (latin::MOST_POINTS, usize::MAX),
        DesignKind::Sobol => (1 << 32, sobol::MOST_DIMENSIONS),
        _ => (u64::MAX, usize::MAX),
    }
}
