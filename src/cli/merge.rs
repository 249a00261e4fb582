//! `throng merge`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use throng::experiment::store;

use super::{Done, print, warn};

#[derive(Args)]
pub struct Arguments {
    /// The run folder to make, or to add to
    out: PathBuf,
    /// The run folders of the shards; they stay as they are
    #[arg(required = true)]
    shards: Vec<PathBuf>,
}

pub fn merge(arguments: &Arguments) -> Done {
    let merged = store::merge(&arguments.out, &arguments.shards)?;
    warn(&merged.notes);
    print(&format!(
        "{} holds {} trials, {} of them new, {} failed; next: throng results {0}\n",
        arguments.out.display(),
        merged.trials,
        merged.added,
        merged.failed
    ))?;
    Ok(ExitCode::SUCCESS)
}
