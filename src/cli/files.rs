//! What commands write: the folder of a run, and new model files.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;
use throng::output::{
    Animation, Column, Palette, Picture, Table, Values, create_folder, paint, write_atomically, write_csv,
    write_parquet, write_png,
};
use throng::{Error, Result, Simulation};

use super::scene::with_scene;
use super::{Done, print};

/// The folder that a run is written to.
pub struct Folder(PathBuf);

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.display())
    }
}

impl Folder {
    /// Makes the folder, and finds out before the run whether it can be written to.
    pub fn create(path: &Path) -> Result<Folder> {
        create_folder(path)?;
        Ok(Folder(path.to_owned()))
    }

    /// Writes everything that a run leaves.
    pub fn write(&self, simulation: &mut Simulation, film: Film, description: &Value) -> Result<()> {
        let json =
            serde_json::to_string_pretty(description).map_err(|error| Error::Internal(error.to_string()))?;
        write_atomically(&self.0.join("run.json"), |file| writeln!(file, "{json}"))?;
        let table = metrics_table(simulation)?;
        write_csv(&table, &self.0.join("metrics.csv"))?;
        write_parquet(&table, &self.0.join("metrics.parquet"), &[("throng.run".into(), json.clone())])?;
        let picture = picture(simulation, PICTURE)?;
        write_png(
            &picture,
            &self.0.join("final.png"),
            &[("Software".into(), "Throng".into()), ("Description".into(), json)],
        )?;
        film.write(&self.0.join("run.gif"), simulation)
    }
}

/// One row for each world and recorded step.
pub fn metrics_table(simulation: &Simulation) -> Result<Table> {
    let model = simulation.model();
    let seeds = &simulation.worlds().seeds;
    let records = simulation.series().records();
    let mut columns = vec![
        Column::new("world", Values::U64(records.iter().map(|record| record.world.into()).collect())),
        Column::new("seed", Values::U64(records.iter().map(|record| seeds[record.world as usize]).collect())),
        Column::new("step", Values::U64(records.iter().map(|record| record.step).collect())),
    ];
    for (index, metric) in model.metrics.iter().enumerate() {
        let rows: Vec<Vec<(String, f64)>> =
            records.iter().map(|record| record.partials[index].columns(metric)).collect();
        let names: Vec<String> = rows.first().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        for (place, name) in names.into_iter().enumerate() {
            columns.push(Column::new(name, Values::F64(rows.iter().map(|row| row[place].1).collect())));
        }
    }
    Table::new(columns)
}

/// Pixels on the longest side of the picture and of the animation.
const PICTURE: u32 = 1024;
const FRAME: u32 = 512;

/// The first world as it stands.
pub fn picture(simulation: &mut Simulation, longest_side: u32) -> Result<Picture> {
    with_scene(simulation, false, |scene| paint(scene, longest_side))
}

/// Writes a picture of the first world as it stands, of so many pixels on its longest side.
pub fn write_picture(simulation: &mut Simulation, path: &Path, pixels: Option<u32>) -> Result<()> {
    let title = format!(
        "{}, step {}, seed {}",
        simulation.model().name,
        simulation.steps()[0],
        simulation.worlds().seeds[0]
    );
    let picture = picture(simulation, pixels.unwrap_or(PICTURE))?;
    write_png(&picture, path, &[("Software".into(), "Throng".into()), ("Title".into(), title)])
}

fn frame(simulation: &mut Simulation) -> Result<Picture> {
    with_scene(simulation, true, |scene| paint(scene, FRAME))
}

/// Frames of the first world, kept at an even pace however long the run turns out to be.
pub struct Film {
    frames: Vec<Picture>,
    /// Frames kept at most; when there are more, every other one goes.
    most: usize,
    every: u64,
    /// Frames come after each step whose number is a multiple of this; those between are not kept.
    kept: u64,
}

/// Frames of a world of ordinary size, and the fewest.
const FRAMES: u64 = 72;
const FEWEST_FRAMES: u64 = 8;
/// Cells that are looked at for one film; a frame looks at all that there are, which takes seconds in the largest worlds.
const CELLS_LOOKED_AT: u64 = FRAMES << 24;

/// Frames kept of a world of so many cells.
fn most_frames(cells: u64) -> u64 {
    (CELLS_LOOKED_AT / cells.max(1)).clamp(FEWEST_FRAMES, FRAMES)
}

impl Film {
    /// A film of a run of so many steps at most, in a world of so many cells.
    pub fn new(steps: u64, cells: u64) -> Film {
        let most = most_frames(cells);
        let every = (steps / (8 * most)).max(1);
        Film { frames: Vec::new(), most: most as usize, every, kept: every }
    }

    /// After which steps it wants to look.
    pub fn every(&self) -> u64 {
        self.every
    }

    /// Takes a frame if this is a step for one.
    pub fn look(&mut self, simulation: &mut Simulation) -> Result<()> {
        let step = simulation.steps()[0];
        if step.is_multiple_of(self.kept) { self.take(simulation) } else { Ok(()) }
    }

    /// Takes a frame.
    pub fn take(&mut self, simulation: &mut Simulation) -> Result<()> {
        self.frames.push(frame(simulation)?);
        if self.frames.len() > self.most {
            let mut index = 0;
            self.frames.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.kept *= 2;
        }
        Ok(())
    }

    /// Writes the film, with the state as it stands at its end.
    fn write(mut self, path: &Path, simulation: &mut Simulation) -> Result<()> {
        self.frames.push(frame(simulation)?);
        let palette = with_scene(simulation, true, Palette::new)?;
        let mut animation = Animation::create(path, palette, self.frames.len())?;
        let width = self.frames.iter().map(|frame| frame.width).max().unwrap_or(0);
        let height = self.frames.iter().map(|frame| frame.height).max().unwrap_or(0);
        for frame in &self.frames {
            animation.add(&frame.padded(width, height))?;
        }
        animation.finish()
    }
}

#[derive(Args)]
pub struct NewArguments {
    /// The file to write; it must not exist yet
    file: PathBuf,
}

/// `throng new`.
pub fn new(arguments: &NewArguments) -> Done {
    let path = &arguments.file;
    if path.exists() {
        return Err(Error::argument(
            format!("{} exists already", path.display()),
            "choose another name, or remove it",
        )
        .into());
    }
    write_atomically(path, |file| file.write_all(throng::model::TEMPLATE.as_bytes()))?;
    print(&format!("wrote {0}; next: throng run {0}\n", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_of_large_worlds_have_fewer_frames() {
        assert_eq!([1, 512 * 512, 4096 * 4096].map(most_frames), [72; 3]);
        assert_eq!(most_frames(8192 * 8192), 18);
        assert_eq!(most_frames(16384 * 16384), 8);
        assert_eq!(most_frames(0), 72);
        // A short run is filmed step by step, a long one about eight times as often as frames are kept.
        assert_eq!(Film::new(10, 100).every(), 1);
        assert_eq!(Film::new(576_000, 100).every(), 1000);
    }
}
