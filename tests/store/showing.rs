//! What the command line prints of a run folder, and its report.

use std::path::Path;
use std::process::Command;

use throng::experiment::report;
use throng::experiment::store::{ExperimentColumns, Interval, Store};
use throng::experiment::{Finished, Trial, TrialOutcome};
use throng::output::{Values, read_parquet};

use super::common;

/// Runs the binary; exit code, standard output, standard error.
fn throng(words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_throng")).args(words).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("it ended by itself"), text(output.stdout), text(output.stderr))
}

fn printed(words: &[&str]) -> String {
    let (code, out, err) = throng(words);
    assert_eq!(code, 0, "{words:?}: {err}");
    out
}

/// Two experiments as one would make them: coverage that rises with time, faster with persistence; and one parameter less.
fn realistic(folder: &Path) {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let about = |name: &str, parameters: &[&str]| ExperimentColumns {
        name: name.into(),
        model: "explorers".into(),
        model_hash: "0123456789abcdef".into(),
        parameters: words(parameters),
        outputs: words(&["coverage", "first_half"]),
        metrics: words(&["coverage", "found"]),
    };
    let experiments = [about("caves <&>", &["persistence", "marks"]), about("open", &["persistence"])];
    let plan = "# a plan with <marks> & \"quotes\"\nreplicates = 12\n";
    let mut store = Store::create_or_resume(folder, 5, plan, &experiments).expect("a store");
    let mut state = 1_u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let mut number = 0;
    for experiment in 0..2_usize {
        for point in 0..[18, 4][experiment] {
            let persistence = if experiment == 0 { (point / 3) as f64 } else { point as f64 * 2.0 };
            let marks = (point % 3) as f64;
            for replicate in 0..12 {
                let speed =
                    0.004 * (1.0 + 0.3 * persistence - 0.04 * persistence * persistence + 0.1 * marks);
                let speed = speed * (1.0 + 0.25 * noise());
                let at = |step: u64| 1.0 - (-speed * step as f64).exp();
                let ended = 300 + 40 * u64::from(replicate);
                let series =
                    (0..=ended).step_by(20).map(|step| (step, vec![at(step), 64.0 * at(step) + noise()]));
                let result = if number % 41 == 40 {
                    Err("parameter `marks` is 9, out of its range <0, 4>; set it to 4 at most".to_owned())
                } else {
                    Ok(Finished {
                        steps: ended,
                        stopped: replicate % 2 == 0,
                        hash: number * 77,
                        outputs: vec![at(ended), (0.5_f64.ln() / -speed).ceil()],
                        series: series.collect(),
                    })
                };
                let values = if experiment == 0 { vec![persistence, marks] } else { vec![persistence] };
                let seed = 1000 + u64::from(replicate);
                let trial =
                    Trial { number, experiment, point: point as u64, replicate, seed, agents: 64, values };
                let device = ["cpu", "gpu"][experiment].to_owned();
                store.append(&TrialOutcome { trial, result, seconds: 0.1, device }).expect("appended");
                number += 1;
            }
        }
    }
    for k in 0..30 {
        let begin = 1.7e9 + f64::from(k);
        let cpu = Interval {
            device: "cpu".into(),
            experiment: usize::from(k >= 20),
            begin,
            end: begin + 0.98,
            trials: 7,
            why: String::new(),
        };
        store.append_interval(&cpu).expect("appended");
        let gpu = Interval {
            device: "gpu".into(),
            experiment: usize::from(k < 12),
            begin,
            end: begin + 0.9,
            trials: 9,
            why: "it is faster <there>".into(),
        };
        store.append_interval(&gpu).expect("appended");
    }
    store.close().expect("closed");
}

#[test]
fn a_report_is_one_page_and_one_picture() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    let _ = std::fs::remove_dir_all(&folder);
    realistic(&folder);
    let written = report::write(&folder, &folder).unwrap_or_else(|error| panic!("{error}"));
    let page = std::fs::read_to_string(&written.html).expect("a page");
    for piece in [
        "<h1>Run folder",
        "caves &lt;&amp;&gt;: response over parameters",
        "distribution over seeds",
        "time series",
        "Timeline",
        "open on gpu: it is faster &lt;there&gt;.",
        "Failures",
        "range &lt;0, 4&gt;",
        "a plan with &lt;marks&gt; &amp; &quot;quotes&quot;",
        "Means with 95 % intervals",
    ] {
        assert!(page.contains(piece), "the page has no `{piece}`");
    }
    // Nothing is fetched from elsewhere, and nothing in a name becomes markup.
    for piece in ["http-equiv", "src=", "href=\"http", "url(http", "<script", "caves <&>"] {
        assert!(!page.contains(piece), "the page has `{piece}`");
    }
    // Each drawing's names are its own.
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");
    let charts = page.matches("<svg viewBox=\"0 0 6").count();
    assert_eq!(charts, page.matches("<svg").count());
    // Caves: 2 outputs over 2 parameters, 2 distributions, 2 series; open: 2, 2 and 2; the timeline.
    assert_eq!(charts, 4 + 2 + 2 + 2 + 2 + 2 + 1);
    let picture = std::fs::read(&written.png).expect("a picture");
    assert!(picture.starts_with(b"\x89PNG"));
    let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().expect("a picture");
    assert!(reader.info().width > 3000 && reader.info().height > 2000);
    // The same folder gives the same files.
    let again = report::write(&folder, &folder.join("again")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(std::fs::read_to_string(&again.html).expect("a page"), page);
}

#[test]
fn a_report_of_little_or_nothing_is_a_report() {
    let folder = tempfile::tempdir().expect("a folder");
    for trials in [0, 1, 5, 6] {
        let run = folder.path().join(format!("run{trials}"));
        common::filled(&run, 0..trials, 100);
        let written = report::write(&run, &run).unwrap_or_else(|error| panic!("{trials}: {error}"));
        assert!(written.html.exists() && written.png.exists());
    }
    let error = report::write(&folder.path().join("none"), folder.path()).expect_err("no store");
    assert!(error.to_string().contains("none"), "{error}");
}

#[test]
fn results_are_printed_filtered_put_together_and_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    realistic(&run);
    let run = run.to_str().expect("a path");
    let text = printed(&["results", run]);
    assert!(text.starts_with("264 trials, 6 failed\n"), "{text}");
    assert!(text.contains("… and 224 more rows"), "{text}");
    let csv = printed(&["results", run, "--csv", "--where", "persistence >= 3", "--where", "status == done"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headings = reader.headers().expect("headings").clone();
    let place = headings.iter().position(|name| name == "persistence").expect("a column");
    let values: Vec<f64> =
        reader.records().map(|row| row.expect("a row")[place].parse().expect("a number")).collect();
    let wanted = common::contents(Path::new(run))
        .outcomes
        .iter()
        .filter(|outcome| outcome.trial.values[0] >= 3.0 && outcome.result.is_ok())
        .count();
    assert!(values.len() == wanted && values.iter().all(|value| *value >= 3.0));
    let json = printed(&["results", run, "--json", "--by", "persistence", "--of", "coverage"]);
    let groups: Vec<serde_json::Value> = serde_json::from_str(&json).expect("JSON");
    // Two experiments are never put together: 6 and 4 values of the parameter.
    assert_eq!(groups.len(), 10);
    for group in &groups {
        let (low, mean, high) = (&group["coverage low"], &group["coverage mean"], &group["coverage high"]);
        assert!(low.as_f64() < mean.as_f64() && mean.as_f64() < high.as_f64(), "{group}");
    }
    let best = printed(&["results", run, "--json", "--by", "persistence", "--best", "coverage"]);
    let best: Vec<serde_json::Value> = serde_json::from_str(&best).expect("JSON");
    let means = |rows: &[serde_json::Value]| -> Vec<f64> {
        rows.iter().map(|row| row["coverage mean"].as_f64().expect("a mean")).collect()
    };
    assert!(means(&best).is_sorted_by(|a, b| a >= b) && !means(&groups).is_sorted_by(|a, b| a >= b));
    let least = printed(&["results", run, "--json", "--by", "persistence", "--best", "coverage", "--least"]);
    let least: Vec<serde_json::Value> = serde_json::from_str(&least).expect("JSON");
    assert!(means(&least).is_sorted());
    let file = folder.path().join("all.parquet");
    printed(&["results", run, "--parquet", file.to_str().expect("a path"), "--sort", "first_half"]);
    let (table, metadata) = read_parquet(&file).expect("a table");
    assert_eq!(table.rows().expect("a table"), 264);
    assert!(metadata[0].1.contains("replicates = 12"));
    let column = table.columns.iter().find(|column| column.name == "first_half").expect("a column");
    let Values::F64(values) = &column.values else { panic!("numbers") };
    assert!(values[..258].is_sorted() && values[258..].iter().all(|value| value.is_nan()));
}

#[test]
fn mistakes_get_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    common::filled(&run, 0..10, 100);
    std::fs::write(run.join("part-1-1.parquet"), "mine").expect("written");
    let run = run.to_str().expect("a path");
    let (code, _, err) = throng(&["results", run]);
    assert!(code == 0 && err.starts_with("note: ") && err.contains("part-1-1.parquet"), "{err}");
    let nowhere = folder.path().join("nowhere");
    for (words, piece) in [
        (vec!["results", nowhere.to_str().expect("a path")], "nowhere"),
        (vec!["results", folder.path().to_str().expect("a path")], "is not a run folder"),
        (vec!["results", run, "--where", "coverage"], "is not a condition"),
        (vec!["results", run, "--where", "coverag > 1"], "did you mean `coverage`"),
        (vec!["results", run, "--by", "persistense"], "did you mean `persistence`"),
        (vec!["results", run, "--by", "persistence", "--of", "device"], "holds words"),
        (vec!["results", run, "--sort", "nothing"], "no column `nothing`"),
        (vec!["results", run, "--confidence", "100"], "between 0 and 100"),
        (vec!["merge", run, run, folder.path().to_str().expect("a path")], "is not a run folder"),
        (vec!["report", folder.path().to_str().expect("a path")], "is not a run folder"),
    ] {
        let (code, out, err) = throng(&words);
        let errors: Vec<&str> = err.lines().filter(|line| !line.starts_with("note: ")).collect();
        assert!(code == 2 && out.is_empty(), "{words:?}: {code} {out}");
        assert!(
            errors.len() == 1 && errors[0].starts_with("error: ") && errors[0].contains(piece),
            "{words:?}: {err}"
        );
    }
}

#[test]
fn shards_are_merged_by_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    common::filled(&place("a"), 0..6, 100);
    common::filled(&place("b"), 6..10, 100);
    let words = ["a", "b", "out"].map(|name| place(name).to_str().expect("a path").to_owned());
    let text = printed(&["merge", &words[2], &words[0], &words[1]]);
    assert!(text.contains("holds 10 trials, 10 of them new, 2 failed"), "{text}");
    assert_eq!(common::rows(&common::contents(&place("out")).outcomes), common::expected(0..10));
}
