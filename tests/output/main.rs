//! What `throng::output` writes is read back by other readers and compared with what was meant.

mod animations;
mod files;
mod kinds;
mod pictures;
mod plots;
mod tables;
