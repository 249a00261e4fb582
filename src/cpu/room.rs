//! Memory for agents that are to be born.
//!
//! A step cannot be undone. Before one that could need more memory than the world has been granted, the machine is asked
//! whether it has that much: so nobody is ever lost, and the state before the step can still be saved.

use std::sync::atomic::{AtomicU64, Ordering};

use super::state::World;
use crate::error::{Error, Result};
use crate::plan::{Plan, kind_bytes, most_after_step};
use crate::world::memory;

/// What worlds may take.
#[derive(Default)]
pub(super) struct Grants {
    /// Bytes that they have been granted since the machine was last asked.
    taken: AtomicU64,
    /// Bytes that each world may take whatever the machine has, where that is limited.
    pub limit: Option<u64>,
}

/// Bytes that are granted without asking.
const UNASKED: u64 = 64 << 20;

impl Grants {
    fn ask(&self, what: impl Fn() -> String, all: u64, more: u64) -> Result<()> {
        const REMEDY: &str = "let fewer be born, or more die";
        if let Some(available) = self.limit.filter(|limit| all > *limit) {
            let place = "a world".into();
            return Err(Error::Memory { what: what(), place, needed: all, available, remedy: REMEDY.into() });
        }
        if self.taken.fetch_add(more, Ordering::Relaxed).saturating_add(more) < UNASKED {
            return Ok(());
        }
        self.taken.store(0, Ordering::Relaxed);
        memory::check(&what(), more.max(UNASKED), REMEDY)
    }
}

impl World {
    /// Whether all who could be born in the next step have room; if not, the world stays as it is, with the reason.
    pub(super) fn make_room(&mut self, plan: &Plan, grants: &Grants) -> bool {
        let mut agents: Vec<u64> = self.kinds.iter().map(|kind| kind.number.into()).collect();
        most_after_step(&plan.model, &mut agents);
        // Buffers grow by half at least.
        let of_kinds = plan.model.kinds.iter().zip(&agents);
        let needed = of_kinds
            .map(|(kind, agents)| kind_bytes(kind, &plan.setting, *agents))
            .fold(0, u64::saturating_add)
            .saturating_mul(3)
            / 2;
        if needed <= self.granted {
            return true;
        }
        let (world, next) = (self.index, self.step + 1);
        let what = || format!("step {next} of world {world}, with all who could be born in it,");
        match grants.ask(what, needed, needed - self.granted) {
            Ok(()) => {
                self.granted = needed;
                true
            }
            Err(error) => {
                self.short = Some(error);
                false
            }
        }
    }
}
