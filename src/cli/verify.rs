//! `throng verify`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use throng::simulation::verify;
use throng::{BackendChoice, Model};

use super::changes::ChangeArguments;
use super::options::{WorldArguments, steps};
use super::{Done, print, print_json};

#[derive(Args)]
pub struct Arguments {
    /// A built-in model or a model file
    model: String,
    #[command(flatten)]
    world: WorldArguments,
    #[command(flatten)]
    changes: ChangeArguments,
    /// Steps to compare
    #[arg(long, value_name = "COUNT", default_value = "100", value_parser = steps, allow_hyphen_values = true)]
    steps: u64,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

pub fn verify(arguments: &Arguments) -> Done {
    let model = Model::named(&arguments.model)?;
    let described = arguments.changes.describe(arguments.world.describe(model.clone())?);
    let prepared = described.prepare()?;
    let mut gpu = prepared.clone().backend(BackendChoice::Gpu).build()?;
    let mut cpu = prepared.backend(BackendChoice::Cpu).build()?;
    let bar = super::progress::bar(arguments.steps, arguments.json);
    let difference = verify::compare(&mut gpu, &mut cpu, arguments.steps, |step| bar.set_position(step))?;
    bar.finish_and_clear();
    let hash = format!("{:016x}", gpu.state_hash()?);
    let (first, second) = (gpu.device().name, cpu.device().name);
    if arguments.json {
        print_json(&json!({
            "equal": difference.is_none(),
            "exact": model.exact,
            "steps": arguments.steps,
            "first_difference": difference,
            "hash": hash,
            "devices": [first, second],
        }))?;
    } else {
        print(&match &difference {
            None if model.exact => format!(
                "equal after each of {} steps, bit for bit: {first}; {second}\nstate hash {hash}\n",
                arguments.steps
            ),
            None => format!(
                "equal after each of {} steps within a relative {}: {first}; {second} (the model uses f32, which devices round differently)\n",
                arguments.steps,
                verify::FLOAT_TOLERANCE
            ),
            Some(difference) => format!(
                "different: step {}, world {}, {}{}\n  {first}: {}\n  {second}: {}\n",
                difference.step,
                difference.world,
                difference.place,
                difference.field.as_ref().map(|field| format!(", field {field}")).unwrap_or_default(),
                difference.first,
                difference.second
            ),
        })?;
    }
    Ok(if difference.is_none() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
