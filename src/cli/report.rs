//! `throng report`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use throng::experiment::report;

use super::{Done, print, warn};

#[derive(Args)]
pub struct Arguments {
    /// The run folder
    folder: PathBuf,
    /// Write report.html and report.png here [default: the run folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn report(arguments: &Arguments) -> Done {
    let out = arguments.out.as_ref().unwrap_or(&arguments.folder);
    let written = report::write(&arguments.folder, out)?;
    warn(&written.notes);
    print(&format!("written to {} and {}\n", written.html.display(), written.png.display()))?;
    Ok(ExitCode::SUCCESS)
}
