//! States of worlds as files: saved, and gone on with exactly.
//!
//! A folder holds `state.json`, which says what model, map, seeds, steps and parameters the state is of; one Parquet file
//! for each kind of agents (`agents-agent.parquet`, `agents-wolf.parquet`: a row for each agent, its id and its fields); and one for each layer that
//! rules can change (`layer-NAME.parquet`: a row for each cell that is not nought: x, y, value). With several worlds all
//! of these have a column `world`.
//!
//! ```
//! use throng::state::{State, save};
//! use throng::{Model, Run, Simulation};
//!
//! # fn main() -> throng::Result<()> {
//! # let folder = tempfile::tempdir().map_err(|error| throng::Error::Internal(error.to_string()))?;
//! # let folder = folder.path();
//! let model = Model::builtin("walkers")?;
//! let mut first = Simulation::of(model.clone()).size(64, 64).agents(50).seed(1).build()?;
//! first.run(&Run::steps(10))?;
//! save(&mut first, folder)?;
//!
//! let state = State::read(folder)?;
//! let mut second = state.describe(Simulation::of(model))?.build()?;
//! state.restore(&mut second)?;
//! first.run(&Run::steps(10))?;
//! second.run(&Run::steps(10))?;
//! assert_eq!(first.state_hash()?, second.state_hash()?);
//! # Ok(())
//! # }
//! ```

mod agents;
mod layers;
mod population;
mod table;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::{GraphShape, Model};
use crate::output::{create_folder, write_atomically};
use crate::simulation::{Builder, Simulation};
use crate::world::graph::{Graph, GraphOrigin};
use crate::world::map::{Generator, Map, Origin};

pub use population::read_population;

/// The version of the format of states. It changes when an older Throng could not read what this one writes.
const FORMAT: u64 = 1;

const NAME: &str = "state.json";

/// A state in a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    folder: PathBuf,
    description: Description,
}

/// What `state.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Description {
    format: u64,
    throng: String,
    model: ModelDescription,
    map: MapDescription,
    /// Agents in a world at first, where the user may say it.
    number: Option<u32>,
    agents: Vec<KindDescription>,
    layers: Vec<Layer>,
    worlds: Vec<World>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ModelDescription {
    name: String,
    file: Option<String>,
    /// Of its text.
    hash: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct MapDescription {
    name: String,
    width: u32,
    height: u32,
    wraps: bool,
    hash: String,
    from: Place,
}

/// How to get a map again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Generated { kind: String, seed: u64 },
    File { path: PathBuf },
    Graph { shape: String, seed: u64 },
    GraphFile { path: PathBuf, directed: bool },
    Given,
}

/// A kind of agents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KindDescription {
    kind: String,
    file: String,
    /// The number that the next one born is given, in each world.
    next_ids: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Layer {
    name: String,
    file: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct World {
    seed: u64,
    steps: u64,
    parameters: serde_json::Map<String, serde_json::Value>,
    /// Of the whole state, so that what was lost or changed is noticed.
    hash: String,
}

/// Saves all worlds as they stand. A folder that holds a state is written anew; until all is there it holds none.
///
/// # Errors
/// When the folder cannot be written, or the device fails.
pub fn save(simulation: &mut Simulation, folder: &Path) -> Result<()> {
    create_folder(folder)?;
    let json = folder.join(NAME);
    match std::fs::remove_file(&json) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::file(&json, "write", &error));
        }
        _ => {}
    }
    let model = simulation.model().clone();
    let description = Description {
        format: FORMAT,
        throng: env!("CARGO_PKG_VERSION").into(),
        model: ModelDescription {
            name: model.name.clone(),
            file: model.file.clone(),
            hash: model.text_hash(),
        },
        map: describe_map(&simulation.worlds().map, simulation.worlds().wraps),
        number: model.takes_number().then(|| simulation.worlds().agents),
        agents: agents::save(simulation, folder)?,
        layers: layers::save(simulation, folder)?,
        worlds: describe_worlds(simulation)?,
    };
    let text =
        serde_json::to_string_pretty(&description).map_err(|error| Error::Internal(error.to_string()))?;
    write_atomically(&json, |file| std::io::Write::write_all(file, format!("{text}\n").as_bytes()))
}

fn describe_worlds(simulation: &mut Simulation) -> Result<Vec<World>> {
    let model = simulation.model().clone();
    let (steps, hashes) = (simulation.steps(), simulation.world_hashes()?);
    let seeds = simulation.seeds().to_vec();
    let one = |(world, seed): (u32, u64)| {
        let named = model.parameters.iter().zip(simulation.parameters(world)?);
        let parameters = named.map(|(parameter, value)| (parameter.name.clone(), (*value).into())).collect();
        let hash = format!("{:016x}", hashes[world as usize]);
        Ok(World { seed, steps: steps[world as usize], parameters, hash })
    };
    (0..).zip(seeds).map(one).collect()
}

fn describe_map(map: &Map, wraps: bool) -> MapDescription {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let from = match (map.graph(), map.origin()) {
        (Some(graph), _) => match graph.origin() {
            GraphOrigin::Generated(shape, seed) => Place::Graph { shape: shape.to_string(), seed: *seed },
            GraphOrigin::File(path) => Place::GraphFile { path: absolute(path), directed: graph.directed() },
            GraphOrigin::Lattice | GraphOrigin::Given => Place::Given,
        },
        (None, Origin::File(path)) => Place::File { path: absolute(path) },
        (None, Origin::Generated { kind, seed }) => Place::Generated { kind: kind.to_string(), seed: *seed },
        (None, Origin::Given) => Place::Given,
    };
    let hash = format!("{:016x}", map.hash());
    MapDescription { name: map.name().into(), width: map.width(), height: map.height(), wraps, hash, from }
}

impl State {
    /// Looks at a saved state; the agents and layers are read by [`State::restore`].
    ///
    /// # Errors
    /// When there is none, or it was saved by a Throng whose states this one does not know.
    pub fn read(folder: &Path) -> Result<State> {
        let path = folder.join(NAME);
        let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::File {
                path: path.clone(),
                action: "read",
                why: "there is no saved state".into(),
                remedy: "name a folder that --save-state has written".into(),
            },
            _ => Error::file(&path, "read", &error),
        })?;
        let description: Description = serde_json::from_str(&text).map_err(|error| Error::File {
            path: path.clone(),
            action: "read",
            why: format!("it describes no state: {error}"),
            remedy: "save the state again".into(),
        })?;
        if description.format != FORMAT {
            return Err(Error::File {
                path,
                action: "read",
                why: format!("it was saved by Throng {} in another format", description.throng),
                remedy: "use that version, or save the state again".into(),
            });
        }
        if description.worlds.is_empty() {
            return Err(damaged(&path, "it has no worlds"));
        }
        Ok(State { folder: folder.to_owned(), description })
    }

    /// Steps that the first world has taken.
    pub fn steps(&self) -> u64 {
        self.description.worlds[0].steps
    }

    /// Describes the worlds that the state is of: their map, seeds and parameters, and how many agents there are.
    ///
    /// # Errors
    /// When the map's file cannot be read, or the map was made by a program, which has to give it again.
    pub fn describe(&self, builder: Builder) -> Result<Builder> {
        let map = &self.description.map;
        let builder = match &map.from {
            Place::Generated { kind, seed } => {
                builder.size(map.width, map.height).generate(kind.parse::<Generator>()?, *seed)
            }
            Place::File { path } => builder.map(Map::read(path)?),
            Place::Graph { shape, seed } => builder.generate_graph(GraphShape::parse(shape, None)?, *seed),
            Place::GraphFile { path, directed } => builder.graph(Graph::read(path, *directed)?),
            Place::Given => {
                return Err(Error::argument(
                    format!(
                        "the state in {} is on {}, which a program made",
                        self.folder.display(),
                        map.name
                    ),
                    "give the same map again",
                ));
            }
        };
        Ok(self.describe_elsewhere(builder))
    }

    /// The same, for worlds on a map that the builder has already: it must be the same as that of the state.
    pub fn describe_elsewhere(&self, builder: Builder) -> Builder {
        let Description { map, worlds, .. } = &self.description;
        let mut builder = builder.wraps(map.wraps);
        builder = builder.seeds(worlds.iter().map(|world| world.seed).collect::<Vec<u64>>());
        if let Some(agents) = self.description.number {
            builder = builder.agents(agents);
        }
        for (world, described) in (0..).zip(worlds) {
            for (name, value) in &described.parameters {
                builder = builder.set_in(world, name, value.as_f64().unwrap_or(f64::NAN));
            }
        }
        builder
    }

    /// Gives worlds this state: they go on as if they had never been saved.
    ///
    /// # Errors
    /// When they are of another model, on another map or otherwise others than were saved, or files are damaged.
    pub fn restore(&self, simulation: &mut Simulation) -> Result<()> {
        self.check(simulation)?;
        let Description { agents, layers, worlds, .. } = &self.description;
        agents::restore(simulation, &self.folder, agents)?;
        layers::restore(simulation, &self.folder, layers)?;
        for (world, described) in (0..).zip(worlds) {
            simulation.set_clock(world, described.seed, described.steps)?;
        }
        for ((world, described), hash) in (0..).zip(worlds).zip(simulation.world_hashes()?) {
            if format!("{hash:016x}") != described.hash {
                return Err(damaged(
                    &self.folder,
                    &format!("the state of world {world} is not the one that was saved"),
                ));
            }
        }
        Ok(())
    }

    /// Refuses a model that the state is not of.
    ///
    /// # Errors
    /// When it is another, or its text has changed.
    pub fn check_model(&self, model: &Model) -> Result<()> {
        let saved = &self.description.model;
        if model.text_hash() == saved.hash {
            return Ok(());
        }
        let other = if model.name == saved.name { "another text of it" } else { &model.name };
        Err(Error::argument(
            format!(
                "the state in {} is of model `{}`, and this is {other}",
                self.folder.display(),
                saved.name
            ),
            "run the model that was saved, or start another's agents with --population",
        ))
    }

    fn check(&self, simulation: &Simulation) -> Result<()> {
        let Description { map, worlds, .. } = &self.description;
        let folder = self.folder.display();
        self.check_model(simulation.model())?;
        let here = describe_map(&simulation.worlds().map, simulation.worlds().wraps);
        if (here.width, here.height, here.wraps, &here.hash) != (map.width, map.height, map.wraps, &map.hash)
        {
            return Err(Error::argument(
                format!(
                    "the state in {folder} is on {}, {} by {} cells, and this is {}, {} by {}, with other cells or edges",
                    map.name, map.width, map.height, here.name, here.width, here.height
                ),
                "run it on the map that it was saved on",
            ));
        }
        let (here, saved) = (simulation.worlds().len(), worlds.len());
        match here as usize == saved {
            true => Ok(()),
            false => Err(Error::argument(
                format!("the state in {folder} has {saved} worlds, and here are {here}"),
                "leave the number of worlds out",
            )),
        }
    }
}

/// A file of a state that does not hold what it should.
fn damaged(path: &Path, why: &str) -> Error {
    Error::File {
        path: path.to_owned(),
        action: "read",
        why: why.to_owned(),
        remedy: "it is damaged: save the state again".into(),
    }
}
