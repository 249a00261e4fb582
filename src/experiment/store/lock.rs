//! One process at a time under each writer's name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::{Error, Result};

/// Held while a process writes; the operating system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough: a child that another thread is just starting has it open, too.
        let _ = self.0.unlock();
    }
}

impl Lock {
    /// Takes the lock of a writer.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the process that has it, [`Error::File`].
    pub(super) fn take(folder: &Path, writer: &str) -> Result<Lock> {
        let path = folder.join(format!("lock-{writer}"));
        let failed = |error: &std::io::Error| Error::file(&path, "lock", error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Where locks also keep readers away, the process stays unnamed.
                let _ = file.read_to_string(&mut holder);
                let holder = holder.trim();
                return Err(Error::argument(
                    format!(
                        "the run folder {} is being written to by {}",
                        folder.display(),
                        if holder.is_empty() { "another process" } else { holder }
                    ),
                    "wait until that has ended or end it, or choose another folder",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        let host = sysinfo::System::host_name().map(|host| format!(" on {host}")).unwrap_or_default();
        let named = || -> std::io::Result<()> {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(format!("process {}{host}\n", std::process::id()).as_bytes())
        };
        let mut named = named;
        named().map_err(|error| failed(&error))?;
        Ok(Lock(file))
    }
}
