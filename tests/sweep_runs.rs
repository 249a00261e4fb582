//! `throng sweep` as users run it: killed and run again, in shards, on ranks, with very many trials.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use throng::world::random::philox;

const THRONG: &str = env!("CARGO_BIN_EXE_throng");

/// Variables by which launchers make themselves known.
const LAUNCHERS: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];

fn throng() -> Command {
    let mut command = Command::new(THRONG);
    LAUNCHERS.iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("throng-sweep-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn succeed(command: &mut Command) -> String {
    let output: Output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// The rows of a run folder by trial, without what differs from run to run: times and devices.
fn rows(folder: &Path) -> BTreeMap<u64, Vec<String>> {
    let text = succeed(throng().args(["results", "--csv"]).arg(folder));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let kept = |name: &str| !["seconds", "device"].contains(&name);
    let trial = names.iter().position(|name| name == "trial").unwrap();
    reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let cells =
                names.iter().zip(&row).filter(|(name, _)| kept(name)).map(|(_, cell)| cell.to_owned());
            (row[trial].parse().unwrap(), cells.collect())
        })
        .collect()
}

const PLAN: &str = "model = \"explorers\"\nsize = [32, 32]\nagents = [8, 24]\nsteps = 250\nuntil = \"coverage >= 0.95\"\nevery = 1\nreplicates = 100\nseed = 5\n\n[parameters]\npersistence = [0, 3, 6, 99]\n\n[outputs]\nlast = \"final coverage\"\nwhen = \"first coverage >= 0.5\"\n";

fn plan(folder: &Path) -> PathBuf {
    let path = folder.join("plan.toml");
    std::fs::write(&path, PLAN).unwrap();
    path
}

fn sweep(plan: &Path, out: &Path) -> Command {
    let mut command = throng();
    command.arg("sweep").arg(plan).arg("--out").arg(out).args(["--backend", "cpu"]);
    command
}

#[test]
fn a_sweep_killed_a_hundred_times_gives_the_same_rows() {
    let home = folder("kills");
    let plan = plan(&home);
    let undisturbed = home.join("undisturbed");
    let begun = Instant::now();
    succeed(&mut sweep(&plan, &undisturbed));
    let whole = begun.elapsed();
    let expected = rows(&undisturbed);
    assert_eq!(expected.len(), 800);
    // One parameter is out of range: its trials say so, and the others are run.
    let failed = expected.values().filter(|row| row.iter().any(|cell| cell == "failed")).count();
    assert_eq!(failed, 200);

    let (mut kills, mut done, mut folders) = (0, 0, 0);
    let mut out = home.join("killed-0");
    while kills < 100 {
        let mut child = sweep(&plan, &out).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let [random, ..] = philox([kills, 0, 0, 0], [7, 7]);
        // From before the folder is there to a third of the way.
        std::thread::sleep(Duration::from_micros(u64::from(random) % (whole.as_micros() as u64 / 3 + 1)));
        let ended = child.try_wait().unwrap().is_some();
        let _ = child.kill();
        child.wait().unwrap();
        kills += u32::from(!ended);
        if !out.join("manifest.json").exists() {
            continue;
        }
        let now = rows(&out);
        assert!(now.len() >= done, "{} rows are left of {done}", now.len());
        assert!(now.iter().all(|(trial, row)| expected[trial] == *row), "a row is another");
        done = now.len();
        if ended {
            assert_eq!(now, expected);
            folders += 1;
            (out, done) = (home.join(format!("killed-{folders}")), 0);
        }
    }
    succeed(&mut sweep(&plan, &out));
    let mut now = rows(&out);
    assert_eq!(now, expected);
    // The comparison notices a row that is another.
    now.get_mut(&17).unwrap()[4].push('1');
    assert_ne!(now, expected);
    std::fs::remove_dir_all(home).unwrap();
}

#[test]
fn shards_merged_give_the_rows_of_one_sweep() {
    let home = folder("shards");
    let plan = plan(&home);
    let alone = home.join("alone");
    succeed(&mut sweep(&plan, &alone));
    let mut merge = throng();
    merge.arg("merge").arg(home.join("merged"));
    for index in 1..=3 {
        let out = home.join(format!("shard-{index}"));
        // A share of its own is no reason to be refused, whatever the launcher.
        let shard = format!("{index}/3");
        succeed(sweep(&plan, &out).args(["--shard", &shard]).env("SLURM_STEP_NUM_TASKS", "3"));
        merge.arg(out);
    }
    succeed(&mut merge);
    assert_eq!(rows(&home.join("merged")), rows(&alone));
    assert!(rows(&home.join("shard-2")).len() < 300);
    std::fs::remove_dir_all(home).unwrap();
}

#[test]
fn a_hundred_thousand_tiny_worlds() {
    let home = folder("many");
    let out = home.join("out");
    let arguments =
        ["sweep", "walkers", "--size", "8x8", "--agents", "1,2,4,8", "--steps", "3", "--replicates", "25k"];
    succeed(throng().args(arguments).arg("--out").arg(&out));
    let all = rows(&out);
    assert_eq!(all.len(), 100_000);
    assert!(all.keys().copied().eq(0..100_000));
    // Two of them are what `throng run` gives for the same seeds.
    for (trial, agents, seed) in [(12_345, "1", "12345"), (99_999, "8", "24999")] {
        let text = succeed(
            throng()
                .args(["run", "walkers", "--size", "8x8", "--steps", "3", "--json", "--agents", agents])
                .args(["--seed", seed, "--out"])
                .arg(home.join("run")),
        );
        let run: serde_json::Value = serde_json::from_str(&text).unwrap();
        let hash = run["state_hash"].as_str().unwrap();
        assert!(all[&trial].iter().any(|cell| cell == hash), "trial {trial}: {:?}, {hash}", all[&trial]);
        assert!(!all[&(trial - 1)].iter().any(|cell| cell == hash), "another seed has the same state");
    }
    std::fs::remove_dir_all(home).unwrap();
}

/// A launcher's processes that cannot see each other would each do all the work.
#[test]
fn strangers_are_refused() {
    let home = folder("strangers");
    let plan = plan(&home);
    for name in LAUNCHERS {
        let output = sweep(&plan, &home.join("out")).env(name, "4").output().unwrap();
        if cfg!(feature = "mpi") && output.status.code() == Some(1) {
            // The MPI library itself may refuse to believe in a launcher that is not there.
            continue;
        }
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {text}");
        assert!(text.contains(name) && text.contains("each would do all the work"), "{text}");
        assert!(!home.join("out").exists());
    }
    std::fs::remove_dir_all(home).unwrap();
}

#[cfg(feature = "mpi")]
mod ranks {
    use super::*;

    fn mpirun(ranks: u32, plan: &Path, out: &Path) -> Command {
        let mut command = Command::new("mpirun");
        command.args(["--allow-run-as-root", "--oversubscribe", "-n", &ranks.to_string(), THRONG]);
        command.arg("sweep").arg(plan).arg("--out").arg(out).args(["--backend", "cpu"]);
        command
    }

    #[test]
    fn ranks_give_the_rows_of_one_process() {
        let home = folder("ranks");
        let plan = home.join("plan.toml");
        // Enough that no rank has ended before another begins.
        std::fs::write(&plan, PLAN.replace("replicates = 100", "replicates = 1000")).unwrap();
        let alone = home.join("alone");
        succeed(&mut sweep(&plan, &alone));
        for ranks in [2, 4] {
            let out = home.join(format!("on-{ranks}"));
            succeed(&mut mpirun(ranks, &plan, &out));
            assert_eq!(rows(&out), rows(&alone), "{ranks} ranks");
            let writers: std::collections::BTreeSet<String> = std::fs::read_dir(&out)
                .unwrap()
                .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
                .filter(|name| name.starts_with("part-"))
                .filter_map(|name| name.split('-').nth(1).map(str::to_owned))
                .collect();
            assert_eq!(writers.len(), ranks as usize, "some ranks had nothing to do: {writers:?}");
        }
        std::fs::remove_dir_all(home).unwrap();
    }

    #[test]
    fn a_rank_that_dies_ends_the_run_and_another_finishes_it() {
        let home = folder("death");
        let path = home.join("plan.toml");
        std::fs::write(&path, PLAN.replace("replicates = 100", "replicates = 8000")).unwrap();
        let alone = home.join("alone");
        succeed(&mut sweep(&path, &alone));
        let out = home.join("out");
        let mut killed = 0;
        for turn in 0..5 {
            let mut child =
                mpirun(2, &path, &out).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(700 + 150 * turn));
            let ranks =
                Command::new("pgrep").args(["-P", &child.id().to_string(), "-x", "throng"]).output().unwrap();
            let text = String::from_utf8_lossy(&ranks.stdout).into_owned();
            if let Some(rank) = text.lines().nth(turn as usize % 2) {
                Command::new("kill").args(["-9", rank]).status().unwrap();
                killed += 1;
                assert!(!child.wait().unwrap().success(), "the death of a rank was not noticed");
            } else {
                child.wait().unwrap();
            }
        }
        assert!(killed > 0, "every run ended before a rank could be killed");
        succeed(&mut mpirun(4, &path, &out));
        assert_eq!(rows(&out), rows(&alone));
        std::fs::remove_dir_all(home).unwrap();
    }
}
