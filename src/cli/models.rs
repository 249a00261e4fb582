//! `throng models`.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use throng::Model;

use super::{Done, print, print_json};

#[derive(Args)]
pub struct Arguments {
    /// Print a JSON list of objects with name, title, parameters and metrics
    #[arg(long)]
    json: bool,
}

/// The parameters as people name them; a vector has a list of defaults.
fn parameters(model: &Model) -> Vec<Value> {
    let named = |name: &str| {
        let places = model.parameter_places(name).ok()?;
        let elements = &model.parameters[places];
        let first = elements.first()?;
        let defaults: Vec<f64> = elements.iter().map(|element| element.default).collect();
        Some(json!({
            "name": name,
            "type": first.kind.name(),
            "default": if first.element.is_some() { json!(defaults) } else { json!(first.default) },
            "range": first.range,
            "help": first.help,
        }))
    };
    model.parameter_names().into_iter().filter_map(named).collect()
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
                    "parameters": parameters(model),
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
