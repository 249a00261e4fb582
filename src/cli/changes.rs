//! `--change`: parameters over time.

use clap::Args;
use throng::simulation::{Builder, Change};
use throng::{Error, Result};

/// Parameters that change while worlds run.
#[derive(Args)]
pub struct ChangeArguments {
    /// Give a parameter other values from steps on: NAME=VALUE@STEP,VALUE@STEP; may be given again for others. Step STEP,
    /// counted from 1, is the first that sees the value
    #[arg(long, value_name = "NAME=VALUE@STEP", value_parser = changes, allow_hyphen_values = true)]
    change: Vec<Changes>,
}

/// The changes of one parameter.
#[derive(Debug, Clone, PartialEq)]
struct Changes(Vec<Change>);

const EXAMPLE: &str = "write NAME=VALUE@STEP, as in beta=0.5@100,0.2@200";

fn changes(text: &str) -> Result<Changes> {
    let unreadable = |why: &str| Error::argument(why, EXAMPLE);
    let (name, list) = text.split_once('=').ok_or_else(|| unreadable("it is no change of a parameter"))?;
    let name = name.trim();
    if name.is_empty() {
        return Err(unreadable("it names no parameter"));
    }
    let one = |word: &str| {
        let (value, step) = word
            .split_once('@')
            .ok_or_else(|| unreadable(&format!("`{word}` does not say at which step")))?;
        let number = value.trim().parse::<f64>().ok().filter(|value| value.is_finite());
        let value = number.ok_or_else(|| unreadable(&format!("`{}` is no number", value.trim())))?;
        let step = super::options::steps(step)
            .map_err(|_| unreadable(&format!("`{}` is no number of a step", step.trim())))?;
        Ok(Change { parameter: name.to_owned(), step, value })
    };
    list.split(',').map(one).collect::<Result<_>>().map(Changes)
}

impl ChangeArguments {
    /// A simulation with these changes.
    pub fn describe(&self, builder: Builder) -> Builder {
        let all = self.change.iter().flat_map(|changes| &changes.0);
        all.fold(builder, |builder, change| builder.change(&change.parameter, change.step, change.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_as_they_are_written() {
        let read = |text: &str| {
            changes(text).map(|changes| changes.0.iter().map(|one| (one.step, one.value)).collect::<Vec<_>>())
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
