//! Run folders, with made-up outcomes.

#[path = "store/common.rs"]
mod common;
#[path = "store/company.rs"]
mod company;
#[path = "store/damage.rs"]
mod damage;
#[path = "store/disk.rs"]
mod disk;
#[path = "store/folders.rs"]
mod folders;
#[path = "store/kill.rs"]
mod kill;
#[path = "store/merging.rs"]
mod merging;
#[path = "store/real.rs"]
mod real;
#[path = "store/resuming.rs"]
mod resuming;
#[path = "store/showing.rs"]
mod showing;
#[path = "store/statistics.rs"]
mod statistics;
