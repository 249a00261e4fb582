//! A map file as bytes: reading it, telling its format, and saying what is wrong with it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{check_memory, size_refusal};
use crate::error::{Error, OneLine, Result, bytes_in_words};

/// A file format that holds a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    MovingAi,
    Ros,
    Pgm,
    Png,
}

impl Format {
    /// The format of a file: pictures are known by their first bytes, texts by the extension or else the first word.
    pub(super) fn of(path: &Path, bytes: &[u8]) -> Result<Format> {
        if let Some(format) = Format::of_picture(bytes) {
            return Ok(format);
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match extension.as_str() {
            "map" => Ok(Format::MovingAi),
            "yaml" | "yml" => Ok(Format::Ros),
            "pgm" => Ok(Format::Pgm),
            "png" => Ok(Format::Png),
            _ if bytes.starts_with(b"type ") => Ok(Format::MovingAi),
            _ => Err(refusal(
                path,
                None,
                "its format is not known",
                "give a Moving AI .map, a ROS map_server .yaml, or a .png picture",
            )),
        }
    }

    /// The format of a picture, told by its first bytes.
    pub(super) fn of_picture(bytes: &[u8]) -> Option<Format> {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => Some(Format::Png),
            [b'P', b'2' | b'5', next, ..] if next.is_ascii_whitespace() || *next == b'#' => Some(Format::Pgm),
            _ => None,
        }
    }
}

/// All bytes of a regular file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::file(path, "read", &error);
    // Asked before opening: opening a named pipe would wait for a writer.
    let before = std::fs::metadata(path).map_err(failed)?;
    if before.is_dir() {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()));
    }
    if !before.is_file() {
        return Err(Error::File {
            path: path.to_owned(),
            action: "read",
            why: "it is not a regular file".into(),
            remedy: "name a map file on disk".into(),
        });
    }
    let mut file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut bytes = Vec::new();
    if usize::try_from(length).ok().and_then(|length| bytes.try_reserve_exact(length).ok()).is_none() {
        return Err(Error::File {
            path: path.to_owned(),
            action: "read",
            why: format!("its {} do not fit in memory", bytes_in_words(length)),
            remedy: "use a smaller map".into(),
        });
    }
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// The error that a file does not hold a map that can be used.
pub(super) fn refusal(
    path: &Path,
    line: Option<usize>,
    why: impl Into<String>,
    remedy: impl Into<String>,
) -> Error {
    Error::Map { path: path.to_owned(), line, why: why.into(), remedy: remedy.into() }
}

/// Refuses a size that a header claims and that no map can have, or whose cells need more bytes than the file has
/// left, or than this machine has. Called before anything is allocated.
pub(super) fn check_size(path: &Path, width: u64, height: u64, bytes_left: u64, needed: u64) -> Result<()> {
    if let Some(why) = size_refusal(width, height) {
        return Err(refusal(path, None, why, "correct the size in its header or use a smaller map"));
    }
    if bytes_left < needed {
        return Err(refusal(
            path,
            None,
            format!(
                "its header promises {width} x {height} cells, which take {} or more, and {} follow",
                bytes_in_words(needed),
                bytes_in_words(bytes_left)
            ),
            "the file is cut short or its header is wrong: get it again or correct the size",
        ));
    }
    check_memory(width, height, 1)
}

/// The line, counted from 1, that a byte of a text is in.
pub(super) fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at.min(bytes.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// A byte as a person reads it: `x`, or `\x07` when it cannot be shown.
pub(super) fn shown(byte: u8) -> String {
    format!("`{}`", byte.escape_ascii())
}

/// A piece of a text for a message: at most 40 characters, without control characters.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const MOST: usize = 40;
    let text = OneLine(String::from_utf8_lossy(&bytes[..bytes.len().min(4 * MOST)])).to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}
