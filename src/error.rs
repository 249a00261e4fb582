//! What can go wrong, in the user's words.
//!
//! Every message is a sentence that names the thing, the place and the remedy.

use std::path::{Path, PathBuf};

use crate::mistake::Mistakes;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Anything that Throng can refuse or fail at.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A model file says something that cannot be run; each mistake has its place and remedy.
    #[error("{0}")]
    Model(Box<Mistakes>),
    /// A map file cannot be read as a map.
    #[error("map {}{}: {why}; {remedy}", path.display(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Map {
        /// The file.
        path: PathBuf,
        /// The line at fault, counted from 1, for text formats.
        line: Option<usize>,
        /// What is wrong.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// A value that the user gave (a flag, a parameter, a size) cannot be used.
    #[error("{why}; {remedy}")]
    Argument {
        /// What is wrong, naming the flag or the method and the value.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {why}; {remedy}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was being done: "read", "write", "create".
        action: &'static str,
        /// What the operating system said.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// What was asked for does not fit.
    #[error("{what} needs {} and {place} has {}; {remedy}", bytes_in_words(*needed), bytes_in_words(*available))]
    Memory {
        /// What was asked for.
        what: String,
        /// Where it should have gone: "this machine", a device's name.
        place: String,
        /// Bytes needed.
        needed: u64,
        /// Bytes there are.
        available: u64,
        /// What to do about it.
        remedy: String,
    },
    /// There is no such device, or it cannot do what is needed.
    #[error("{why}; {remedy}")]
    Device {
        /// What is missing.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// The device stopped working during the run.
    #[error("the device {device} was lost: {why}; the state on it is gone, run again or use `--backend cpu`")]
    DeviceLost {
        /// The device's name.
        device: String,
        /// What the driver said.
        why: String,
    },
    /// A rule did what rules must not, found while it ran.
    #[error("{why}; {remedy}")]
    Rule {
        /// What the rule did, naming the stage and the world.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// A mistake of ours.
    #[error("internal error: {0}; this is a bug in Throng, please report it with the command that led here")]
    Internal(String),
}

impl Error {
    /// The exit code that the binary ends with: 2 for the user's mistake, 1 for ours or the machine's.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::DeviceLost { .. } | Error::Internal(_) => 1,
            _ => 2,
        }
    }

    /// A value that the user gave cannot be used.
    pub fn argument(why: impl Into<String>, remedy: impl Into<String>) -> Error {
        Error::Argument { why: why.into(), remedy: remedy.into() }
    }

    /// An operation on a file failed; the remedy is chosen from the kind of failure.
    pub fn file(path: &Path, action: &'static str, error: &std::io::Error) -> Error {
        use std::io::ErrorKind::*;
        let remedy = match error.kind() {
            NotFound => "check the path",
            PermissionDenied | ReadOnlyFilesystem => "choose a place that you may use",
            StorageFull | QuotaExceeded => "free some space or choose another place",
            IsADirectory => "name a file, not a folder",
            NotADirectory | AlreadyExists => "name a folder, not a file",
            InvalidData => "the file must be UTF-8 text",
            _ => "check the path and the disk",
        };
        Error::File { path: path.to_owned(), action, why: error.to_string(), remedy: remedy.into() }
    }
}

/// Bytes as a person reads them: "512 B", "1.5 MiB", "12.0 GiB".
pub fn bytes_in_words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}
