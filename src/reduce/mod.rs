//! The host reducer: what each world and the batch found, combined in a fixed order.
//!
//! Backends reduce values where they are, into [`Partial`]s; integers are summed exactly, so that the order in which
//! a device went through them cannot show.

mod condition;
pub mod hash;
mod partial;
mod series;

pub(crate) use condition::metric_index;
pub use condition::{Comparison, Condition};
pub use partial::{Partial, Totals};
pub use series::{Record, Series, Spread, quantile};
