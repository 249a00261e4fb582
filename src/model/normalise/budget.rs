//! Which loops may go round without burning fuel.
//!
//! A counted loop ends, but loops within loops within functions that are called in loops multiply. A loop is free when it
//! is counted and when all trips that it makes, those of the free loops in it and in the functions called from it
//! included, stay below a limit: so that the work done for one unit of fuel is bounded as well.

use std::collections::HashMap;

use naga::{Function, Handle, Module, Statement};

use super::counted::{LoopPlace, counted_trips};

/// The most trips that a free loop makes altogether.
pub const MOST_FREE_TRIPS: u64 = 1 << 16;

/// The trips that each function makes without burning fuel, for functions seen so far.
#[derive(Default)]
pub struct Budget {
    free_trips: HashMap<Handle<Function>, u64>,
}

impl Budget {
    /// For each loop of `function`, an outer one before those in it and otherwise in the order of the text, whether it has
    /// to burn fuel. The functions that it calls must have been asked about before: naga keeps them in that order.
    pub fn burning(&mut self, module: &Module, handle: Handle<Function>, function: &Function) -> Vec<bool> {
        let mut walk = Walk { module, function, known: &self.free_trips, burning: Vec::new() };
        let trips = walk.block(&function.body, false);
        let burning = walk.burning;
        self.free_trips.insert(handle, trips);
        burning
    }
}

struct Walk<'a> {
    module: &'a Module,
    function: &'a Function,
    known: &'a HashMap<Handle<Function>, u64>,
    burning: Vec<bool>,
}

impl Walk<'_> {
    /// The free trips of one pass through `block`, saturating.
    fn block(&mut self, block: &[Statement], nested: bool) -> u64 {
        let mut trips = 0u64;
        for (index, statement) in block.iter().enumerate() {
            trips = trips.saturating_add(match statement {
                Statement::Block(block) => self.block(block, nested),
                Statement::If { accept, reject, .. } => {
                    self.block(accept, nested).max(self.block(reject, nested))
                }
                Statement::Switch { cases, .. } => {
                    cases.iter().map(|case| self.block(&case.body, nested)).fold(0, u64::saturating_add)
                }
                Statement::Call { function, .. } => self.known.get(function).copied().unwrap_or(u64::MAX),
                Statement::Loop { body, continuing, break_if } => {
                    let place =
                        LoopPlace { before: &block[..index], nested, body, continuing, break_if: *break_if };
                    self.one_loop(&place)
                }
                _ => 0,
            });
        }
        trips
    }

    fn one_loop(&mut self, place: &LoopPlace) -> u64 {
        let number = self.burning.len();
        self.burning.push(true);
        let inside = self.block(place.body, true).saturating_add(self.block(place.continuing, true));
        let free = counted_trips(self.module, self.function, place)
            .map(|trips| u64::from(trips).saturating_mul(inside.saturating_add(1)))
            .filter(|trips| *trips <= MOST_FREE_TRIPS);
        self.burning[number] = free.is_none();
        // What a loop does in one trip is all that it does for one unit of fuel.
        free.unwrap_or(inside)
    }
}
