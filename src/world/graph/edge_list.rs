//! Lists of edges: two whole numbers a line.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Graph, GraphOrigin};
use crate::error::{Error, OneLine, Result, bytes_in_words};
use crate::world::memory;

const REMEDY: &str = "write one edge a line, two whole numbers from 0 to 4294967295 with a blank or a comma between them, as in `0 17`; lines that begin with # or % are comments";

/// Reads a file.
pub(super) fn read(path: &Path, directed: bool) -> Result<Graph> {
    let failed = |error: std::io::Error| Error::file(path, "read", &error);
    // Asked before opening: opening a named pipe would wait for a writer.
    let about = std::fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()));
    }
    if !about.is_file() {
        return Err(Error::File {
            path: path.to_owned(),
            action: "read",
            why: "it is not a regular file".into(),
            remedy: "name a file of edges on disk".into(),
        });
    }
    // The text, its numbers, and these sorted: about eight times the shortest line there is.
    let what = format!("the graph {} of {}", path.display(), bytes_in_words(about.len()));
    memory::check(&what, about.len().saturating_mul(8), "use a smaller graph")?;
    parse(path, &std::fs::read(path).map_err(failed)?, directed)
}

/// Reads the content of a file.
pub(super) fn parse(path: &Path, bytes: &[u8], directed: bool) -> Result<Graph> {
    let refuse = |line: Option<usize>, why: String, remedy: &str| Error::Graph {
        path: path.to_owned(),
        line,
        why,
        remedy: remedy.to_owned(),
    };
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(refuse(None, "it is compressed".into(), "unpack it first, as in `gunzip FILE.gz`"));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut edges: Vec<[u32; 2]> = Vec::new();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let mut words = line
            .split(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';'))
            .filter(|word| !word.is_empty());
        let Some(first) = words.next() else { continue };
        if matches!(first[0], b'#' | b'%') {
            continue;
        }
        let end = |word: &[u8]| {
            whole(word).ok_or_else(|| {
                refuse(Some(number), format!("{} is no number of a node", shown(word)), REMEDY)
            })
        };
        let Some(second) = words.next() else {
            return Err(refuse(
                Some(number),
                format!("an edge has two ends, here is {} alone", shown(first)),
                REMEDY,
            ));
        };
        if let Some(third) = words.next() {
            return Err(refuse(
                Some(number),
                format!("there is {} behind the two ends of an edge", shown(third)),
                "edges have no weights or times: keep the first two columns, as in `cut -f1,2`",
            ));
        }
        edges.push([end(first)?, end(second)?]);
    }
    if edges.is_empty() {
        return Err(refuse(None, "it has no edges".into(), REMEDY));
    }
    let mut ids: Vec<u32> = edges.as_flattened().to_vec();
    ids.par_sort_unstable();
    ids.dedup();
    if ids.len() as u64 > crate::world::map::MOST_CELLS {
        return Err(refuse(None, format!("it has {} nodes", ids.len()), "use at most 2^31"));
    }
    let is_dense = ids.last().is_some_and(|last| *last as usize + 1 == ids.len());
    if !is_dense {
        let place = |id: &mut u32| *id = ids.binary_search(id).unwrap_or(0) as u32;
        edges.as_flattened_mut().par_iter_mut().for_each(place);
    }
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    let (nodes, origin) = (ids.len() as u32, GraphOrigin::File(path.to_owned()));
    Graph::of(&name, origin, nodes, &edges, directed, (!is_dense).then(|| Arc::new(ids)))
}

/// A whole number of at most 32 bits.
fn whole(word: &[u8]) -> Option<u32> {
    word.iter().try_fold(0u32, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A word for a message.
fn shown(word: &[u8]) -> String {
    const MOST: usize = 40;
    let text = OneLine(String::from_utf8_lossy(&word[..word.len().min(MOST)])).to_string();
    if word.len() > MOST { format!("`{text}…`") } else { format!("`{text}`") }
}
