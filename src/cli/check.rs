//! `throng check`.

use std::process::ExitCode;

use clap::Args;
use throng::Model;

use super::{Done, print};

#[derive(Args)]
pub struct Arguments {
    /// A model file, or a built-in model
    model: String,
}

pub fn check(arguments: &Arguments) -> Done {
    let model = Model::named(&arguments.model)?;
    print(&model.explain()?)?;
    Ok(ExitCode::SUCCESS)
}
