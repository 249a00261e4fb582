//! `--change`: parameters over time.

use clap::Args;
use throng::Change;
use throng::simulation::Builder;
use throng::{Error, Result};

/// Parameters that change while worlds run.
#[derive(Args)]
pub struct ChangeArguments {
    /// Give a parameter other values from steps on: NAME=VALUE@STEP,VALUE@STEP; may be given again for others. Step STEP,
    /// counted from 1, is the first that sees the value
    #[arg(long, value_name = "NAME=VALUE@STEP", value_parser = changes, allow_hyphen_values = true)]
    change: Vec<ChangesOfOne>,
}

/// The changes of one parameter.
type ChangesOfOne = Vec<Change>;

fn changes(text: &str) -> Result<ChangesOfOne> {
    let unreadable = |why: &str| Error::argument(why, "write NAME=VALUE@STEP, as in beta=0.5@100,0.2@200");
    let (name, list) = text.split_once('=').ok_or_else(|| unreadable("it is no change of a parameter"))?;
    match name.trim() {
        "" => Err(unreadable("it names no parameter")),
        name => Change::parse_with(name, list, super::options::steps),
    }
}

impl ChangeArguments {
    /// The changes, in the order in which they were given.
    pub fn list(&self) -> Vec<Change> {
        self.change.iter().flatten().cloned().collect()
    }

    /// A simulation with these changes.
    pub fn describe(&self, builder: Builder) -> Builder {
        self.list()
            .iter()
            .fold(builder, |builder, change| builder.change(&change.parameter, change.step, change.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_as_they_are_written() {
        let read = |text: &str| {
            changes(text).map(|changes| changes.iter().map(|one| (one.step, one.value)).collect::<Vec<_>>())
        };
        assert_eq!(read("beta=0.5@100, 0.2@2k").unwrap(), [(100, 0.5), (2000, 0.2)]);
        assert_eq!(read("beta=-1e3@0").unwrap(), [(0, -1000.0)]);
        for (text, why) in [
            ("beta", "no change"),
            ("=1@2", "names no parameter"),
            ("beta=1", "at which step"),
            ("beta=1@2,", "at which step"),
            ("beta=x@2", "`x` is no number"),
            ("beta=nan@2", "`nan` is no number"),
            ("beta=1@-2", "`-2` is no number of a step"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
