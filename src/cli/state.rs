//! `--save-state`, `--load-state` and `--population`: states and populations as files.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use throng::simulation::Builder;
use throng::state::{State, read_population, save};
use throng::{Model, Result, Simulation};

use super::options::GridArguments;

/// Where worlds begin, and where they are kept at the end.
#[derive(Args)]
pub struct StateArguments {
    /// Start agents from a table, CSV or Parquet: a row for each agent, a column for each field (pos.x, pos.y, …); fields
    /// that it does not have start as always
    #[arg(long, value_name = "FILE", conflicts_with = "agents")]
    population: Option<PathBuf>,
    /// Go on from a state that --save-state kept: its worlds, seeds, steps and parameters, and its map unless one is given;
    /// --steps are those that follow
    #[arg(long, value_name = "DIR", conflicts_with_all = ["agents", "worlds", "seed", "set", "params", "population"])]
    load_state: Option<PathBuf>,
    /// Keep the state at the end in this folder: agents and layers as Parquet, and state.json
    #[arg(long, value_name = "DIR")]
    save_state: Option<PathBuf>,
}

impl StateArguments {
    /// Whether worlds go on from a state.
    pub fn loads(&self) -> bool {
        self.load_state.is_some()
    }

    /// A simulation that begins so, and the state that it is to be given.
    pub fn describe(
        &self,
        mut builder: Builder,
        model: &Model,
        grid: &GridArguments,
    ) -> Result<(Builder, Option<State>)> {
        if let Some(path) = &self.population {
            builder = builder.population(read_population(model, path)?);
        }
        // What cannot be written to is told before the run.
        if let Some(folder) = &self.save_state {
            throng::output::create_folder(folder)?;
        }
        let Some(folder) = &self.load_state else { return Ok((builder, None)) };
        let state = State::read(folder)?;
        let builder = match grid.is_given() {
            true => state.describe_elsewhere(builder),
            false => state.describe(builder)?,
        };
        Ok((builder, Some(state)))
    }

    /// Keeps the state, and says where.
    pub fn save(&self, simulation: &mut Simulation) -> Result<Option<String>> {
        let Some(folder) = &self.save_state else { return Ok(None) };
        save(simulation, folder)?;
        Ok(Some(format!("state kept in {}\n", folder.display())))
    }

    /// What `run.json` says of where worlds began.
    pub fn description(&self) -> Value {
        json!({ "population": self.population, "loaded_from": self.load_state, "kept_in": self.save_state })
    }
}
