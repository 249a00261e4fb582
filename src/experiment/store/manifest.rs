//! What a store says of itself.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::columns::{Columns, ExperimentColumns};
use super::names::{PartName, list, parse_journal};
use crate::output::create_folder;
use crate::{Error, Result};

/// The version of the format of stores. It changes when an older Throng could not read what this one writes.
const FORMAT: u64 = 1;

/// The name of the file.
const NAME: &str = "manifest.json";

/// What `manifest.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the format.
    pub format: u64,
    /// The version of Throng that made the store.
    pub throng: String,
    /// What tells plans apart: 16 hex digits.
    pub fingerprint: String,
    /// When the store was made, in UTC.
    pub created: String,
    /// The experiments with their models and columns.
    pub experiments: Vec<ExperimentColumns>,
    /// The plan's text, in TOML.
    pub plan: String,
}

impl Manifest {
    pub(super) fn new(fingerprint: u64, plan: &str, columns: &Columns) -> Manifest {
        Manifest {
            format: FORMAT,
            throng: env!("CARGO_PKG_VERSION").to_owned(),
            fingerprint: format!("{fingerprint:016x}"),
            created: utc(SystemTime::now()),
            experiments: columns.experiments.clone(),
            plan: plan.to_owned(),
        }
    }

    /// Reads the manifest of a store.
    ///
    /// # Errors
    /// [`Error::Argument`] when the folder is no store or one of another format, [`Error::File`] when it cannot be read.
    pub fn read(folder: &Path) -> Result<Manifest> {
        Manifest::find(folder)?.ok_or_else(|| {
            Error::argument(
                format!("{} is not a run folder: it has no {NAME}", folder.display()),
                "name the folder that a sweep or a search was written to",
            )
        })
    }

    /// Reads the manifest if there is one.
    fn find(folder: &Path) -> Result<Option<Manifest>> {
        let path = folder.join(NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && folder.is_dir() => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Error::file(folder, "read", &error));
            }
            Err(error) => return Err(Error::file(&path, "read", &error)),
        };
        let damaged = |why: String| {
            Error::argument(
                format!("{} is not a run folder's manifest: {why}", path.display()),
                "choose another folder, or restore the file",
            )
        };
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        let format = value["format"].as_u64().ok_or_else(|| damaged("it names no format".into()))?;
        if format != FORMAT {
            return Err(Error::argument(
                format!(
                    "the run folder {} has format {format}, of Throng {}, and this is Throng {}, which has format {FORMAT}",
                    folder.display(),
                    value["throng"].as_str().unwrap_or("of an unknown version"),
                    env!("CARGO_PKG_VERSION")
                ),
                "use that version, or choose another folder",
            ));
        }
        serde_json::from_value(value).map(Some).map_err(|error| damaged(error.to_string()))
    }

    /// The columns.
    ///
    /// # Errors
    /// [`Error::Argument`] when names come twice.
    pub fn columns(&self) -> Result<Columns> {
        Columns::new(self.experiments.clone())
    }

    /// Makes the folder a store with this manifest, or finds that it is one already.
    pub(super) fn establish(self, folder: &Path) -> Result<Manifest> {
        create_folder(folder)?;
        for _ in 0..3 {
            if let Some(found) = Manifest::find(folder)? {
                self.check_same(&found, folder)?;
                return Ok(found);
            }
            if let Err(error) = check_empty(folder) {
                // Another process may have made the store since we looked.
                if Manifest::find(folder)?.is_some() {
                    continue;
                }
                return Err(error);
            }
            if self.write(folder)? {
                return Ok(self);
            }
        }
        Err(Error::argument(
            format!("{} appears and disappears", folder.join(NAME).display()),
            "let nothing else change the folder",
        ))
    }

    /// Writes the manifest unless another process came first.
    fn write(&self, folder: &Path) -> Result<bool> {
        let path = folder.join(NAME);
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::Internal(error.to_string()))?;
        let failed = |error: &std::io::Error| Error::file(&path, "write", error);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".throng-manifest-").suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder).map_err(|error| failed(&error))?;
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.as_file().sync_all());
        written.map_err(|error| failed(&error))?;
        match file.persist_noclobber(&path) {
            Ok(_) => {
                super::part::sync_folder(folder);
                Ok(true)
            }
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(failed(&error.error)),
        }
    }

    fn check_same(&self, found: &Manifest, folder: &Path) -> Result<()> {
        let refuse = |why: String| {
            Err(Error::argument(
                format!("the run folder {} holds another plan: {why}", folder.display()),
                "choose another folder, or run the plan that the folder holds",
            ))
        };
        for (ours, theirs) in self.experiments.iter().zip(&found.experiments) {
            if ours.name == theirs.name && ours.model == theirs.model && ours.model_hash != theirs.model_hash
            {
                return refuse(format!("the text of the model `{}` was different", ours.model));
            }
        }
        if self.experiments != found.experiments {
            return refuse("its experiments have other names or columns".into());
        }
        if self.fingerprint != found.fingerprint {
            return refuse(format!(
                "its fingerprint is {}, made {}, and this plan's is {}",
                found.fingerprint, found.created, self.fingerprint
            ));
        }
        Ok(())
    }
}

/// Refuses a folder that holds anything but what a store leaves when it is killed before it has a manifest.
fn check_empty(folder: &Path) -> Result<()> {
    let names = list(folder)?;
    let ours = |name: &str| name.starts_with(".throng-") || name.starts_with("lock-");
    let Some(other) = names.iter().find(|name| !ours(name)) else { return Ok(()) };
    let lost = names.iter().any(|name| PartName::parse(name).is_some() || parse_journal(name).is_some());
    Err(if lost {
        Error::argument(
            format!("the run folder {} has lost its {NAME}", folder.display()),
            "restore the file, or choose another folder",
        )
    } else {
        Error::argument(
            format!("{} is not a run folder: it holds {other} and no {NAME}", folder.display()),
            "choose a new or an empty folder",
        )
    })
}

/// A time as `2026-01-31T23:59:59Z`; the calendar by Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).
pub(super) fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, of_day) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_those_of_date() {
        // By `date -u -d @SECONDS`.
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }
}
