//! The names of a store's files.

use std::fs;
use std::path::Path;

use crate::{Error, Result};

/// What a part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Part,
    Series,
    Timeline,
}

impl Kind {
    pub(super) const ALL: [Kind; 3] = [Kind::Part, Kind::Series, Kind::Timeline];

    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Part => "part",
            Kind::Series => "series",
            Kind::Timeline => "timeline",
        }
    }
}

/// The name of a Parquet file: `KIND-WRITER-N-DIGEST.parquet`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartName {
    pub kind: Kind,
    pub writer: String,
    pub number: u64,
    pub digest: u64,
}

impl PartName {
    pub(super) fn text(&self) -> String {
        format!("{}-{}-{}-{:016x}.parquet", self.kind.word(), self.writer, self.number, self.digest)
    }

    /// `None` for any other name.
    pub(super) fn parse(text: &str) -> Option<PartName> {
        let mut pieces = text.strip_suffix(".parquet")?.split('-');
        let word = pieces.next()?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
        let writer = pieces.next()?.to_owned();
        let number = pieces.next()?.parse().ok()?;
        let digest = u64::from_str_radix(pieces.next()?, 16).ok()?;
        let name = PartName { kind, writer, number, digest };
        // Other spellings of the same numbers are not ours.
        (pieces.next().is_none() && name.text() == text).then_some(name)
    }
}

/// The name of a journal: `journal-WRITER-N`.
pub(super) fn journal_name(writer: &str, number: u64) -> String {
    format!("journal-{writer}-{number}")
}

/// Writer and number of a journal; `None` for any other name.
pub(super) fn parse_journal(text: &str) -> Option<(String, u64)> {
    let (writer, number) = text.strip_prefix("journal-")?.split_once('-')?;
    let number = number.parse().ok()?;
    (journal_name(writer, number) == text && check_writer(writer).is_ok())
        .then(|| (writer.to_owned(), number))
}

/// Letters, digits, `_` and `.`: the dash parts the pieces of a name.
pub(super) fn check_writer(writer: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if writer.is_empty() || writer.len() > 64 || !writer.chars().all(fits) {
        return Err(Error::argument(
            format!("`{writer}` cannot be a writer's name"),
            "use at most 64 letters, digits, `_` and `.`",
        ));
    }
    Ok(())
}

/// The names of what lies in a folder, in order.
pub(super) fn list(folder: &Path) -> Result<Vec<String>> {
    let names = || -> std::io::Result<Vec<String>> {
        let entries = fs::read_dir(folder)?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut names = names.collect::<std::io::Result<Vec<String>>>()?;
        names.sort();
        Ok(names)
    };
    names().map_err(|error| Error::file(folder, "read", &error))
}
