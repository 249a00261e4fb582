//! What a check measures, and where.

use crate::model::Model;
use crate::simulation::{BackendChoice, Builder, Simulation};

/// A model to be measured on a backend.
pub struct Setup {
    /// The right model, for what compares two runs.
    pub model: Model,
    /// The model whose quantity is measured: the right one, or a wrong variant that must be rejected.
    pub tried: Model,
    /// Where it runs.
    pub backend: BackendChoice,
    /// Whether few worlds will do.
    pub quick: bool,
}

impl Setup {
    /// Begins a simulation of the model that is tried, in as many worlds as the quick or the full set has.
    pub fn worlds(&self, quick: u32, full: u32) -> Builder {
        let worlds = if self.quick { quick } else { full };
        Simulation::of(self.tried.clone()).backend(self.backend).worlds(worlds)
    }
}
