//! Parts: Parquet files that are complete or not there.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::digest::digest;
use super::names::{Kind, PartName};
use crate::output::{Table, parquet_bytes, read_parquet_bytes};
use crate::{Error, Result};

/// The key in a part's footer that says which plan it is of.
const FINGERPRINT: &str = "throng.fingerprint";

/// Writes a part and gives its path; `None` for a table without rows, of which none is written.
pub(super) fn publish(
    folder: &Path,
    kind: Kind,
    writer: &str,
    number: u64,
    table: &Table,
    fingerprint: &str,
) -> Result<Option<PathBuf>> {
    if table.rows()? == 0 {
        return Ok(None);
    }
    let bytes = parquet_bytes(table, &[(FINGERPRINT.into(), fingerprint.into())])?;
    let name = PartName { kind, writer: writer.to_owned(), number, digest: digest([&bytes]) };
    let path = folder.join(name.text());
    // A name that the next process of this writer meets again, or clears away.
    let draft = folder.join(draft_name(kind, writer));
    let written = || -> std::io::Result<()> {
        let mut file = File::create(&draft)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&draft, &path)
    };
    written().map_err(|error| Error::file(&path, "write", &error))?;
    sync_folder(folder);
    Ok(Some(path))
}

fn draft_name(kind: Kind, writer: &str) -> String {
    format!(".throng-{}-{writer}.tmp", kind.word())
}

/// Removes what a killed process of this writer left half written.
pub(super) fn clear_drafts(folder: &Path, writer: &str) {
    for kind in Kind::ALL {
        let _ = fs::remove_file(folder.join(draft_name(kind, writer)));
    }
}

/// A rename lasts a power failure only once the folder is on the disk; not every file system can say so.
pub(super) fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}

/// Reads a part from its bytes.
///
/// # Errors
/// What is wrong with it, as a part of a sentence.
pub(super) fn parse(name: &PartName, bytes: Vec<u8>, fingerprint: &str) -> Result<Table, String> {
    if digest([&bytes]) != name.digest {
        return Err("it is damaged: its digest is not the one in its name".into());
    }
    let (table, metadata) = read_parquet_bytes(bytes)?;
    let theirs = metadata.iter().find(|(key, _)| key == FINGERPRINT).map(|(_, value)| value.as_str());
    if theirs != Some(fingerprint) {
        return Err("it belongs to another plan".into());
    }
    Ok(table)
}
