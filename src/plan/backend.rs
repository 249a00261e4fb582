//! What a backend does: it executes a plan on a batch of worlds.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::model::Kind;
use crate::reduce::{Condition, Record};
use crate::world::Start;

/// A stretch of a run.
#[derive(Debug, Clone, Copy)]
pub struct Advance<'a> {
    /// Steps that each running world takes.
    pub steps: u64,
    /// Metrics are taken after each step whose number is a multiple of this; 0 never.
    pub every: u64,
    /// A world that meets this condition when its metrics are taken stops running.
    pub until: Option<&'a Condition>,
    /// For each metric whether anybody will look at it; empty when all may be looked at. What a record says of the others
    /// means nothing.
    pub metrics: &'a [bool],
    /// For each world the step after which it stops running; empty when none does.
    pub last: &'a [u64],
}

/// The agents of a kind in a world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agents {
    /// Row after row in the kind's layout, in the order of their numbers.
    pub words: Vec<u32>,
    /// The number of each, ascending; where nobody is born or dies, 0 and so on.
    pub ids: Vec<u32>,
    /// The number that the next one born is given.
    pub next_id: u32,
}

impl Agents {
    /// So many, numbered from 0, whose words are still to come.
    pub(crate) fn first(number: u32) -> Agents {
        Agents { words: Vec::new(), ids: (0..number).collect(), next_id: number }
    }

    /// Agents of `stride` words each with their numbers, which are in any order.
    pub(crate) fn in_order(words: &[u32], ids: &[u32], next_id: u32, stride: usize) -> Agents {
        if ids.is_sorted() {
            return Agents { words: words.to_vec(), ids: ids.to_vec(), next_id };
        }
        // A number and a place in one word are sorted without looking anything up.
        let mut numbered: Vec<u64> =
            ids.iter().zip(0u64..).map(|(id, place)| u64::from(*id) << 32 | place).collect();
        numbered.par_sort_unstable();
        let agent = |numbered: &u64| &words[(*numbered as u32) as usize * stride..][..stride];
        Agents {
            words: numbered.iter().flat_map(agent).copied().collect(),
            ids: numbered.iter().map(|numbered| (numbered >> 32) as u32).collect(),
            next_id,
        }
    }

    /// Refuses what cannot be the agents of a kind, of which there are so many now.
    ///
    /// # Errors
    /// When there are not as many words, or not as many agents of a kind whose number stays, or their numbers do not
    /// ascend.
    pub(crate) fn check(&self, kind: &Kind, now: u32) -> Result<()> {
        let count = if kind.varies { self.ids.len() } else { now as usize };
        check_length(count * (kind.layout.stride as usize / 4), self.words.len(), &kind.name)?;
        if !kind.varies && !self.ids.iter().copied().eq(0..now) {
            return Err(Error::argument(
                format!("the agents `{}` are not numbered from 0 to {}", kind.name, now.saturating_sub(1)),
                "give them in the order of their numbers: their number stays the same",
            ));
        }
        let ascend = self.ids.windows(2).all(|pair| pair[0] < pair[1]);
        if kind.varies && !(ascend && self.ids.last().is_none_or(|last| *last < self.next_id)) {
            return Err(Error::argument(
                format!(
                    "the numbers of the agents `{}` do not ascend, or go beyond the next one's",
                    kind.name
                ),
                "give each agent its own number, in ascending order, below the one that is next",
            ));
        }
        Ok(())
    }
}

/// How a batch of worlds is spread over a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Schedule {
    /// Whichever suits the worlds.
    #[default]
    Auto,
    /// Each world over the whole device, pass after pass.
    Wide,
    /// Each world on one workgroup of a GPU, in its own memory, or on one thread of the CPU, for many steps at a time.
    Resident,
}

/// Where a simulation runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// "cpu" or "gpu".
    pub backend: &'static str,
    /// What it is called.
    pub name: String,
    /// How the work is spread over it, in words.
    pub schedule: String,
}

/// Worlds on a device: they can be stepped, measured, hashed, read and written.
///
/// Words are 32-bit words in the layouts that the model declares: agents row after row, layers packed with the first
/// cell in the lowest bits.
pub trait Backend: Send {
    /// Where the worlds are.
    fn device(&self) -> Device;

    /// Takes steps, and gives the records taken on the way. A world whose rule did what rules must not stops; see
    /// [`Backend::faults`].
    ///
    /// # Errors
    /// When the device fails.
    fn advance(&mut self, advance: &Advance) -> Result<Vec<Record>>;

    /// The worlds whose rule did what rules must not since they began, with what it did.
    fn faults(&self) -> Vec<(u32, Error)>;

    /// Begins worlds again, as they would begin in a batch of their own; the others stay as they are.
    ///
    /// # Errors
    /// When the device fails.
    fn restart(&mut self, starts: &[Start]) -> Result<()>;

    /// Takes the metrics of some worlds as they stand; `worlds` ascends.
    ///
    /// # Errors
    /// When the device fails.
    fn measure_some(&mut self, worlds: &[u32]) -> Result<Vec<Record>>;

    /// The state hash of each of some worlds; `worlds` ascends.
    ///
    /// # Errors
    /// When the device fails.
    fn hash_some(&mut self, worlds: &[u32]) -> Result<Vec<u64>>;

    /// Takes the metrics of all worlds as they stand.
    ///
    /// # Errors
    /// When the device fails.
    fn measure(&mut self) -> Result<Vec<Record>> {
        let all: Vec<u32> = (0..self.steps().len() as u32).collect();
        self.measure_some(&all)
    }

    /// The state hash of each world.
    ///
    /// # Errors
    /// When the device fails.
    fn hashes(&mut self) -> Result<Vec<u64>> {
        let all: Vec<u32> = (0..self.steps().len() as u32).collect();
        self.hash_some(&all)
    }

    /// Steps that each world has taken.
    fn steps(&self) -> Vec<u64>;

    /// Whether each world still runs.
    fn running(&self) -> Vec<bool>;

    /// Stops a world, or lets it go on.
    fn set_running(&mut self, world: u32, running: bool);

    /// How many agents of all kinds each world has now; 1 in worlds without any, which count as one.
    ///
    /// # Errors
    /// When the device fails.
    fn agent_counts(&mut self) -> Result<Vec<u64>>;

    /// The agents of a kind in a world.
    ///
    /// # Errors
    /// When the device fails.
    fn agents(&mut self, world: u32, kind: usize) -> Result<Agents>;

    /// Replaces the agents of a kind in a world; by as many unless their number varies.
    ///
    /// # Errors
    /// When they cannot be the kind's, or the device fails.
    fn set_agents(&mut self, world: u32, kind: usize, agents: &Agents) -> Result<()>;

    /// A layer of a world; empty when the layer is absent.
    ///
    /// # Errors
    /// When the device fails.
    fn layer(&mut self, world: u32, layer: usize) -> Result<Vec<u32>>;

    /// Replaces a layer of a world by as many words.
    ///
    /// # Errors
    /// When the device fails.
    fn set_layer(&mut self, world: u32, layer: usize, words: &[u32]) -> Result<()>;

    /// Gives a world other parameters, as words in the order of the model's. Those for which rules were compiled must stay
    /// what they are.
    ///
    /// # Errors
    /// When the device fails, or there are more or fewer.
    fn set_parameters(&mut self, world: u32, words: &[u32]) -> Result<()>;

    /// Lets a world go on as one of this seed that has taken so many steps; its state stays as it is.
    ///
    /// # Errors
    /// When there is no such world.
    fn set_clock(&mut self, world: u32, seed: u64, step: u64) -> Result<()>;

    /// Bytes that the state takes, second copies included.
    fn state_bytes(&self) -> u64;
}

/// The place of a world among `worlds`.
pub(crate) fn world_index(world: u32, worlds: usize) -> Result<usize> {
    match (world as usize) < worlds {
        true => Ok(world as usize),
        false => Err(Error::argument(
            format!("there is no world {world}"),
            format!("worlds are numbered from 0 to {}", worlds - 1),
        )),
    }
}

/// Replaces the content of a buffer by as many words.
pub(crate) fn replace(place: &mut [u32], words: &[u32], what: &str) -> Result<()> {
    check_length(place.len(), words.len(), what)?;
    place.copy_from_slice(words);
    Ok(())
}

/// Refuses words that are more or fewer than a buffer holds.
pub(crate) fn check_length(wanted: usize, given: usize, what: &str) -> Result<()> {
    match wanted == given {
        true => Ok(()),
        false => Err(Error::argument(
            format!("`{what}` takes {wanted} words of 32 bits and was given {given}"),
            "read it first and change what was read",
        )),
    }
}
