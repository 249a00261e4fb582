//! Journals: records added one at a time, each safe from a kill of the process as soon as it is added.

use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::digest::digest;
use super::names::journal_name;
use super::record::{Record, parse};
use crate::{Error, Result};

/// The first bytes of a journal; the fingerprint of the plan follows.
const MAGIC: [u8; 8] = *b"THRONGJ1";
/// Before each record: its length (4 bytes), a check of the length (4 bytes), the digest of length and record (8 bytes).
const HEAD: usize = 16;
/// What the check of a length is made with, so that zeros are no record.
const CHECK: u32 = 0x5468_726e;

/// How often a journal is forced to the disk while records come.
const SYNC: Duration = Duration::from_secs(1);

/// A journal that is written to.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Bytes of whole records, with the head of the file.
    length: u64,
    synced: Instant,
}

impl Journal {
    pub(super) fn create(folder: &Path, writer: &str, number: u64, fingerprint: u64) -> Result<Journal> {
        let path = folder.join(journal_name(writer, number));
        let create = || -> std::io::Result<(File, u64)> {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            let head = [MAGIC, fingerprint.to_le_bytes()].concat();
            file.write_all(&head)?;
            super::part::sync_folder(folder);
            Ok((file, head.len() as u64))
        };
        let (file, length) = create().map_err(|error| Error::file(&path, "write", &error))?;
        Ok(Journal { path, file, length, synced: Instant::now() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes written.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Adds a record, whole or not at all.
    pub(super) fn add(&mut self, payload: &[u8]) -> Result<()> {
        let added = self.try_add(payload);
        if added.is_err() {
            // A piece of a record would hide those after it.
            let _ = self.file.set_len(self.length).and_then(|()| self.file.seek(std::io::SeekFrom::End(0)));
        }
        added.map_err(|error| Error::file(&self.path, "write", &error))
    }

    fn try_add(&mut self, payload: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(|_| {
            std::io::Error::new(
                std::io::ErrorKind::FileTooLarge,
                "the series of one trial takes more than 4 GiB: record it less often",
            )
        })?;
        let lengths = [length.to_le_bytes(), (length ^ CHECK).to_le_bytes()].concat();
        let check = digest([&lengths, payload]).to_le_bytes();
        let bytes = [&lengths, &check[..], payload].concat();
        // One call, so that a kill leaves whole records nearly always; readers leave out a piece at the end.
        self.file.write_all(&bytes)?;
        self.length += bytes.len() as u64;
        if self.synced.elapsed() >= SYNC {
            self.file.sync_data()?;
            self.synced = Instant::now();
        }
        Ok(())
    }
}

/// What a journal's bytes hold.
pub(super) struct Found {
    pub records: Vec<Record>,
    /// What is wrong with it. A piece of a record at its end, which a kill leaves, is not.
    pub damage: Option<String>,
}

/// Reads a journal from its bytes.
pub(super) fn find(bytes: &[u8], fingerprint: u64) -> Found {
    let mut found = Found { records: Vec::new(), damage: None };
    let head = [MAGIC, fingerprint.to_le_bytes()].concat();
    let Some(mut rest) = bytes.strip_prefix(head.as_slice()) else {
        if !head.starts_with(bytes) {
            found.damage = Some("it is not a journal of this plan".into());
        }
        return found;
    };
    while rest.len() >= HEAD {
        let [a, b, c, d, e, f, g, h] = *rest.first_chunk::<8>().unwrap_or(&[0; 8]);
        let length = u32::from_le_bytes([a, b, c, d]);
        let payload = rest.get(HEAD..HEAD.saturating_add(length as usize));
        let sound = match payload {
            _ if u32::from_le_bytes([e, f, g, h]) != length ^ CHECK => None,
            None => break,
            Some(payload) => {
                let same = rest[8..HEAD] == digest([&rest[..8], payload]).to_le_bytes();
                if same { parse(payload).map(|record| (record, HEAD + payload.len())) } else { None }
            }
        };
        let Some((record, taken)) = sound else {
            found.damage =
                Some(format!("it is damaged {} bytes after its beginning", bytes.len() - rest.len()));
            break;
        };
        found.records.push(record);
        rest = &rest[taken..];
    }
    found
}
