//! `throng models`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use throng::Model;

use super::{Done, print, print_json};

#[derive(Args)]
pub struct Arguments {
    /// Print a JSON list of objects with name, title, parameters and metrics
    #[arg(long)]
    json: bool,
}

pub fn models(arguments: &Arguments) -> Done {
    let models = Model::builtin_names().map(Model::builtin).collect::<throng::Result<Vec<Model>>>()?;
    if arguments.json {
        let list: Vec<_> = models
            .iter()
            .map(|model| {
                json!({
                    "name": model.name,
                    "title": model.title,
                    "parameters": model.parameters.iter().map(|parameter| json!({
                        "name": parameter.name,
                        "type": parameter.kind.name(),
                        "default": parameter.default,
                        "range": parameter.range,
                        "help": parameter.help,
                    })).collect::<Vec<_>>(),
                    "metrics": model.metrics.iter().map(|metric| metric.name.clone()).collect::<Vec<_>>(),
                })
            })
            .collect();
        print_json(&list.into())?;
    } else {
        let longest = models.iter().map(|model| model.name.len()).max().unwrap_or(0);
        let lines: String =
            models.iter().map(|model| format!("{:longest$}  {}\n", model.name, model.title)).collect();
        print(&lines)?;
    }
    Ok(ExitCode::SUCCESS)
}
