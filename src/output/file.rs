//! Files that are either complete or not there.

use std::fs::File;
use std::io::{BufWriter, Error as IoError, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Error, Result};

/// Writes a file in one move: what `write` produces goes to a temporary file in the same folder, which is flushed to
/// the disk and then renamed to `path`.
///
/// A file that was at `path` stays as it was until the new one is complete, and for good when anything fails; the
/// temporary file is removed. A link is followed, so the link itself stays. A device or a pipe (`/dev/stdout`) cannot be
/// renamed to and is written directly.
///
/// # Errors
/// [`Error::File`], action "write", when the folder cannot be written, `path` is a folder, the disk is full, or `write`
/// fails.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>,
) -> Result<()> {
    let draft = Draft::create(path)?;
    let mut buffer = BufWriter::with_capacity(1 << 16, draft.file());
    let written = write(&mut buffer).and_then(|()| buffer.flush());
    // Without this a failed flush would be tried again while the buffer is dropped.
    drop(buffer.into_parts());
    written.map_err(|error| Error::file(path, "write", &error))?;
    draft.publish()
}

/// Creates a folder and those above it, as needed; one that exists is left as it is. It must be one that files can be
/// written to, which is tried.
///
/// # Errors
/// [`Error::File`], action "create" or "write to", when `path` or something above it is a file, or must not be written to.
pub fn create_folder(path: &Path) -> Result<()> {
    let created = std::fs::create_dir_all(path);
    created.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => Error::file(
            path,
            "create",
            &IoError::new(error.kind(), "there is a file of that name on the way"),
        ),
        _ => refusal(path, "create", &error),
    })?;
    tempfile::tempfile_in(path)
        .map_err(|error| Error::file(path, "write to", &without_temporary_name(&error)))?;
    Ok(())
}

/// The error that `path` cannot be made; where the folder it should lie in is at fault, that folder is named.
fn refusal(path: &Path, action: &'static str, error: &IoError) -> Error {
    if path.file_name().is_none() || path.is_file() || path.is_symlink() {
        return Error::file(path, action, error);
    }
    let above = path.ancestors().skip(1).map(|folder| match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    });
    // The lowest folder on the way that exists, and the one below it that does not.
    let mut missing = None;
    let mut existing = None;
    for folder in above {
        if folder.exists() {
            existing = Some(folder);
            break;
        }
        missing = Some(folder);
    }
    let (why, remedy) = match (error.kind(), missing, existing) {
        (ErrorKind::NotFound, Some(missing), _) if action == "write" => (
            format!("the folder {} does not exist", missing.display()),
            "create that folder first or choose another place".to_owned(),
        ),
        (
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::NotFound,
            _,
            Some(folder),
        ) if folder.is_dir() => (
            format!("the folder {} does not let you write to it ({error})", folder.display()),
            "choose a place that you may write to".to_owned(),
        ),
        _ => return Error::file(path, action, error),
    };
    Error::File { path: path.to_owned(), action, why, remedy }
}

/// A file on its way: written now, in place once published, gone when dropped before.
#[derive(Debug)]
pub(super) struct Draft {
    /// The path as the user gave it, for messages.
    path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Beside { temporary: NamedTempFile, target: PathBuf },
    Direct(File),
}

impl Draft {
    /// Opens a temporary file beside `path`.
    ///
    /// # Errors
    /// [`Error::File`], action "write".
    pub(super) fn create(path: &Path) -> Result<Draft> {
        let place = Place::open(path).map_err(|error| refusal(path, "write", &error))?;
        Ok(Draft { path: path.to_owned(), place })
    }

    /// The open file.
    pub(super) fn file(&self) -> &File {
        match &self.place {
            Place::Beside { temporary, .. } => temporary.as_file(),
            Place::Direct(file) => file,
        }
    }

    /// The path as the user gave it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Flushes the file to the disk and puts it in place.
    ///
    /// # Errors
    /// [`Error::File`], action "write".
    pub(super) fn publish(self) -> Result<()> {
        let Draft { path, place } = self;
        place.publish().map_err(|error| Error::file(&path, "write", &error))
    }
}

impl Place {
    fn open(path: &Path) -> std::io::Result<Place> {
        let target = match std::fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => std::fs::canonicalize(path)?,
            _ => path.to_owned(),
        };
        match std::fs::metadata(&target) {
            Ok(found) if found.is_dir() => {
                return Err(IoError::new(ErrorKind::IsADirectory, "it is a folder"));
            }
            Ok(found) if !found.is_file() => {
                return Ok(Place::Direct(std::fs::OpenOptions::new().write(true).open(&target)?));
            }
            Ok(found) if found.permissions().readonly() => {
                return Err(IoError::new(ErrorKind::PermissionDenied, "the file is write-protected"));
            }
            _ => {}
        }
        if target.file_name().is_none() {
            return Err(IoError::new(ErrorKind::NotFound, "the path names no file"));
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".throng-").suffix(".part");
        // A temporary file is private by default, but this one becomes the user's file: the umask shall decide.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder.tempfile_in(folder).map_err(|error| without_temporary_name(&error))?;
        Ok(Place::Beside { temporary, target })
    }

    fn publish(self) -> std::io::Result<()> {
        let (temporary, target) = match self {
            Place::Direct(_) => return Ok(()),
            Place::Beside { temporary, target } => (temporary, target),
        };
        temporary.as_file().sync_all()?;
        temporary.persist(&target).map_err(|error| error.error)?;
        // The rename itself lasts a power failure only once the folder is on the disk; not every file system can say so.
        #[cfg(unix)]
        if let Some(folder) = target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }
}

/// The operating system's own words: the temporary file's name would only puzzle the user.
fn without_temporary_name(error: &IoError) -> IoError {
    let inner =
        error.get_ref().and_then(std::error::Error::source).and_then(|inner| inner.downcast_ref::<IoError>());
    match inner.and_then(IoError::raw_os_error) {
        Some(code) => IoError::from_raw_os_error(code),
        None => IoError::new(error.kind(), error.kind().to_string()),
    }
}
