//! Whether a launcher started several of this process.

use crate::error::{Error, Result};

/// What launchers tell the processes they start: how many there are. Open MPI's mpirun, launchers that speak PMI (MPICH,
/// Intel MPI), and Slurm's srun. What Slurm tells a batch script, of which there is one, is another variable.
const SIZES: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];

/// The processes that a launcher started, and the variable that says so; nothing when there is no launcher.
pub fn launched() -> Option<(&'static str, u64)> {
    SIZES.iter().find_map(|name| Some((*name, std::env::var(name).ok()?.trim().parse().ok()?)))
}

/// Refuses to be one of several processes that know nothing of each other, of which each would do all the work.
///
/// # Errors
/// When a launcher started more than one.
pub fn refuse_strangers() -> Result<()> {
    match launched() {
        Some((name, ranks)) if ranks > 1 => {
            let remedy = match cfg!(feature = "mpi") {
                true => "start it with the mpirun of the MPI library that throng was built with",
                false => {
                    "build throng with `--features mpi`, or give each process its share with --shard i/n"
                }
            };
            Err(Error::argument(
                format!(
                    "a launcher started {ranks} processes ({name} says so) which cannot see each other: each would do all the work"
                ),
                remedy,
            ))
        }
        _ => Ok(()),
    }
}
