//! `--save-state`, `--load-state` and `--population`: states and populations as files.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use throng::simulation::Builder;
use throng::state::{State, read_population, save};
use throng::{Error, Model, Result, Simulation};

use super::options::GridArguments;

/// The kind that `KIND=FILE` names, or the model's only one, and the file.
fn kind_and_path<'a>(model: &'a Model, named: &'a str) -> Result<(&'a str, &'a str)> {
    let named_kind = named.split_once('=').filter(|(kind, _)| model.kind(kind).is_some());
    match (named_kind, model.kinds.as_slice()) {
        (Some(kind_and_path), _) => Ok(kind_and_path),
        (None, [kind]) => Ok((&kind.name, named)),
        (None, []) => Err(Error::argument(
            format!("model `{}` has no agents, and is given the population {named}", model.name),
            "run it without a population",
        )),
        (None, kinds) => Err(Error::argument(
            format!(
                "model `{}` has several kinds of agents: of which is the population {named}?",
                model.name
            ),
            format!(
                "write KIND=FILE, where KIND is one of {}",
                kinds.iter().map(|kind| kind.name.as_str()).collect::<Vec<_>>().join(", ")
            ),
        )),
    }
}

/// Where worlds begin, and where they are kept at the end.
#[derive(Args)]
pub struct StateArguments {
    /// Start agents from a table, CSV or Parquet: a row for each agent, a column for each field (pos.x, pos.y, …); fields
    /// that it does not have start as always. With several kinds of agents KIND=FILE, once for each
    #[arg(long, value_name = "FILE", conflicts_with = "agents")]
    population: Vec<String>,
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
        for named in &self.population {
            let (kind, path) = kind_and_path(model, named)?;
            builder = builder.population(read_population(model, kind, path.as_ref())?);
        }
        // What cannot be written to is told before the run.
        if let Some(folder) = &self.save_state {
            throng::output::create_folder(folder)?;
        }
        let Some(folder) = &self.load_state else { return Ok((builder, None)) };
        let state = State::read(folder)?;
        state.check_model(model)?;
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

    /// Keeps the state of worlds that cannot go on for want of memory, and says where; in a folder of its own where none was
    /// named.
    pub fn rescue(&self, simulation: &mut Simulation, error: Error) -> Error {
        let Error::Memory { what, place, needed, available, remedy } = error else { return error };
        let name = simulation.model().name.clone();
        // What an earlier run kept stays.
        let fresh = || {
            let numbered = (2..).map(|number| PathBuf::from(format!("{name}-state-{number}")));
            std::iter::once(PathBuf::from(format!("{name}-state")))
                .chain(numbered)
                .find(|path| !path.exists())
        };
        let folder = self.save_state.clone().or_else(fresh).unwrap_or_default();
        let steps = simulation.steps();
        let after = match steps.as_slice() {
            [first, others @ ..] if others.iter().any(|step| step != first) => {
                "each world after the last step that it finished".to_owned()
            }
            all => format!("after step {}", all.first().copied().unwrap_or(0)),
        };
        let kept = throng::output::create_folder(&folder).and_then(|()| save(simulation, &folder));
        let remedy = match kept {
            Ok(_) => format!(
                "{remedy}; the state, {after}, is kept in {0}, and `--load-state {0}` goes on from it",
                folder.display()
            ),
            Err(why) => format!("{remedy}; the state could not be kept either: {why}"),
        };
        Error::Memory { what, place, needed, available, remedy }
    }

    /// What `run.json` says of where worlds began.
    pub fn description(&self) -> Value {
        json!({ "population": self.population, "loaded_from": self.load_state, "kept_in": self.save_state })
    }
}
