//! Stores: the folder of a run, to which outcomes are only ever added, and which no kill can damage.
//!
//! A folder holds
//!
//! - `manifest.json`: the plan, by its text and fingerprint, and the columns ([`Manifest`]);
//! - `journal-WRITER-N`: what came since the last part was written. An outcome is in it, and survives a kill of the
//!   process, before [`Store::append`] returns; once a second it is forced to the disk, and survives a power failure;
//! - `part-WRITER-N-DIGEST.parquet`: one row per trial; `series-…`: one row per trial and recorded step;
//!   `timeline-…`: one row for each stretch of work of a device. The digest of a part's bytes is in its name, so that a
//!   damaged one is known;
//! - `lock-WRITER`: locked while a process writes under that name. Several processes may write to one folder under
//!   different names.
//!
//! Nothing is ever changed in place: parts are written under other names and renamed when they are on the disk. A row may
//! stand in two files after a kill; readers take one.

mod aggregate;
mod columns;
mod compact;
mod contents;
mod digest;
mod filter;
mod journal;
mod lock;
mod manifest;
mod merge;
mod names;
mod part;
mod record;
mod rows;
mod student;
mod timeline;
mod write;

pub use aggregate::{Aggregate, aggregate, mean_interval};
pub use columns::{Columns, ExperimentColumns};
pub use contents::{Conflict, Contents, SeriesRow, read, read_series};
pub use filter::{Filter, sort_rows};
pub use manifest::Manifest;
pub use merge::{Merged, merge};
pub use student::student_quantile;
pub use timeline::Interval;
pub use write::Store;
