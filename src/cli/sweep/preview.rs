//! What a sweep will take, told before it runs.

use std::time::Duration;

use throng::Result;
use throng::bytes_in_words;
use throng::experiment::plan::{Estimate, Plan, Selection};
use throng::output::{Column, Table, Values, to_text};

/// How long a trial of each experiment is run to see how fast it is, and for how many experiments.
const LOOK: Duration = Duration::from_millis(200);
const MOST_LOOKS: usize = 10;

/// Trials that are looked through for one that can be run.
const SEARCHED: usize = 1000;

/// A table of experiments and a sentence about all of them.
pub fn preview(plan: &Plan, selection: &Selection, threads: Option<usize>) -> Result<String> {
    let experiments = plan.experiments();
    let all: Vec<Estimate> =
        (0..experiments.len()).map(|experiment| plan.estimate(experiment, selection)).collect();
    let numbers = |of: &dyn Fn(usize) -> u64| Values::U64((0..experiments.len()).map(of).collect());
    let words = |of: &dyn Fn(usize) -> String| Values::Text((0..experiments.len()).map(of).collect());
    let table = Table::new(vec![
        Column::new("experiment", words(&|place| experiments[place].name.clone())),
        Column::new("points", numbers(&|place| plan.points(place))),
        Column::new("replicates", numbers(&|place| plan.replicates(place).into())),
        Column::new("trials", numbers(&|place| all[place].trials)),
        Column::new("steps at most", numbers(&|place| experiments[place].steps)),
        Column::new("a world", words(&|place| bytes_in_words(all[place].world_bytes))),
        Column::new(
            "agent-steps at most",
            words(&|place| crate::cli::progress::rate(all[place].agent_steps as f64)),
        ),
    ])?;
    let trials: u64 = all.iter().map(|estimate| estimate.trials).sum();
    let mut text = format!("{}\n{trials} trials of {}", to_text(&table, 40), plan.trials());
    if experiments.len() > MOST_LOOKS {
        text += "\n";
        return Ok(text);
    }
    let mut seconds = 0.0;
    for (experiment, estimate) in all.iter().enumerate().filter(|(_, estimate)| estimate.trials > 0) {
        let own = plan.numbers(experiment);
        let mut chosen = plan.iter(own.take(SEARCHED)).filter_map(std::result::Result::ok);
        match chosen.next() {
            Some(trial) => {
                seconds += estimate.agent_steps as f64 / plan.measure(&trial, LOOK, threads)?.max(1e-9)
            }
            None => {
                text += &format!("; the first trials of `{}` cannot be run", experiments[experiment].name);
            }
        }
    }
    text += &format!("; about {} at most on this machine, one at a time\n", duration(seconds));
    Ok(text)
}

/// A time as people say it.
fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => "a second".to_owned(),
        seconds if seconds < 120.0 => format!("{seconds:.0} s"),
        seconds if seconds < 7200.0 => format!("{:.0} min", seconds / 60.0),
        seconds if seconds < 48.0 * 3600.0 => format!("{:.0} h", seconds / 3600.0),
        seconds => format!("{:.0} days", seconds / 86400.0),
    }
}
