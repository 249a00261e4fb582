//! What can go wrong, in the user's words.
//!
//! Every message is a sentence that names the thing, the place and the remedy.

use std::fmt;
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
    /// A plan of experiments asks for what cannot be; each mistake has its place and remedy.
    #[error("{0}")]
    Plan(Box<Mistakes>),
    /// A map file cannot be read as a map.
    #[error("map {}{}: {}; {}", OneLine(path.display()), line.map(|line| format!(", line {line}")).unwrap_or_default(), OneLine(why), OneLine(remedy))]
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
    /// A file cannot be read as a graph.
    #[error("graph {}{}: {}; {}", OneLine(path.display()), line.map(|line| format!(", line {line}")).unwrap_or_default(), OneLine(why), OneLine(remedy))]
    Graph {
        /// The file.
        path: PathBuf,
        /// The line at fault, counted from 1.
        line: Option<usize>,
        /// What is wrong.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// A value that the user gave (a flag, a parameter, a size) cannot be used.
    #[error("{}; {}", OneLine(why), OneLine(remedy))]
    Argument {
        /// What is wrong, naming the flag or the method and the value.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {}; {}", OneLine(path.display()), OneLine(why), OneLine(remedy))]
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
    #[error("{} needs {} and {} has {}; {}", OneLine(what), apart(*needed, *available), OneLine(place), apart(*available, *needed), OneLine(remedy))]
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
    #[error("{}; {}", OneLine(why), OneLine(remedy))]
    Device {
        /// What is missing.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// The device stopped working during the run.
    #[error(
        "the device {} was lost: {}; the state on it is gone, run again or use `--backend cpu`",
        OneLine(device),
        OneLine(why)
    )]
    DeviceLost {
        /// The device's name.
        device: String,
        /// What the driver said.
        why: String,
    },
    /// A rule did what rules must not, found while it ran.
    #[error("{}; {}", OneLine(why), OneLine(remedy))]
    Rule {
        /// What the rule did, naming the stage and the world.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// A mistake of ours.
    #[error("internal error: {}; this is a bug in Throng, please report it with the command that led here", OneLine(.0))]
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

/// Whether a terminal would obey this character, or let it turn the text around it, instead of showing it.
fn commands_a_terminal(c: char) -> bool {
    // The second part are Unicode's marks of direction (UAX #9, "Bidirectional Algorithm").
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with each character that a terminal would obey replaced by a mark of as many bytes, so that places in it stay
/// what they were; line ends and tabs stay too.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        shown.push(match c.len_utf8() {
            _ if matches!(c, '\n' | '\t') || !commands_a_terminal(c) => c,
            _ if c == '\r' && rest.peek() == Some(&'\n') => c,
            1 => '?',
            2 => '¿',
            _ => char::REPLACEMENT_CHARACTER,
        });
    }
    shown
}

/// A piece of a sentence, which may quote what the user wrote: in one line, and without what a terminal would obey.
pub(crate) struct OneLine<T>(pub T);

impl<T: fmt::Display> fmt::Display for OneLine<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.0.to_string()).replace("\r\n", "\n").replace(['\n', '\t'], " "))
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

/// Bytes beside others: to the byte where they would read the same.
fn apart(bytes: u64, others: u64) -> String {
    match bytes_in_words(bytes) {
        words if words == bytes_in_words(others) => format!("{bytes} B"),
        words => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_that_differ_are_told_apart() {
        let told = |needed, available| {
            let (what, place, remedy) = ("it".into(), "there".into(), "less".into());
            Error::Memory { what, place, needed, available, remedy }.to_string()
        };
        assert_eq!(told(3 << 20, 1 << 20), "it needs 3.0 MiB and there has 1.0 MiB; less");
        assert_eq!(told((1 << 20) + 4, 1 << 20), "it needs 1048580 B and there has 1048576 B; less");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_echoed() {
        let nasty = "a\u{1b}[31mb\r\r\n\tc\u{9b}2J\u{202e}d\u{7f}\0";
        let shown = printable(nasty);
        assert_eq!(shown, "a?[31mb?\r\n\tc¿2J\u{fffd}d??");
        assert_eq!(shown.len(), nasty.len());
        let path = PathBuf::from(nasty);
        let (device, why, remedy) = (nasty.to_owned(), nasty.to_owned(), nasty.to_owned());
        for error in [
            Error::argument(nasty, nasty),
            Error::Map { path: path.clone(), line: Some(3), why: nasty.into(), remedy: nasty.into() },
            Error::Graph { path: path.clone(), line: Some(3), why: nasty.into(), remedy: nasty.into() },
            Error::file(&path, "read", &std::io::Error::other(nasty)),
            Error::Memory {
                what: nasty.into(),
                place: nasty.into(),
                needed: 1,
                available: 0,
                remedy: nasty.into(),
            },
            Error::Device { why: why.clone(), remedy: remedy.clone() },
            Error::DeviceLost { device, why: why.clone() },
            Error::Rule { why, remedy },
            Error::Internal(nasty.into()),
        ] {
            let text = error.to_string();
            assert!(!text.chars().any(commands_a_terminal), "{text:?}");
            assert!(text.contains("a?[31mb?  c¿2J"), "{text:?}");
        }
        assert_eq!(printable("plain text, ünïcode, 日本語"), "plain text, ünïcode, 日本語");
    }
}
