//! The progress bar, on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use throng::Progress;

/// A bar over steps; hidden when standard error is no terminal, or nothing but JSON is wanted.
pub fn bar(steps: u64, hidden: bool) -> ProgressBar {
    styled(steps, hidden, "{bar:32} {pos}/{len} steps  {msg}  {eta} left")
}

/// A bar over worlds; hidden as one over steps is.
pub fn worlds_bar(worlds: u64, hidden: bool) -> ProgressBar {
    styled(worlds, hidden, "{bar:32} {pos}/{len} worlds  {msg}  {eta} left")
}

fn styled(length: u64, hidden: bool, template: &str) -> ProgressBar {
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(length), target).with_style(style)
}

/// Moves the bar.
pub fn update(bar: &ProgressBar, progress: &Progress) {
    let seconds = progress.spent.max(Duration::from_micros(1)).as_secs_f64();
    bar.set_position(progress.steps);
    bar.set_message(format!(
        "{} steps/s  {} agent-steps/s",
        rate(progress.steps as f64 / seconds),
        rate(progress.agent_steps as f64 / seconds)
    ));
}

/// A rate in a few characters: 940, 12.3k, 250M, 5.20G.
pub fn rate(value: f64) -> String {
    let (value, unit) = match value {
        value if value >= 1e9 => (value / 1e9, "G"),
        value if value >= 1e6 => (value / 1e6, "M"),
        value if value >= 1e3 => (value / 1e3, "k"),
        value => (value, ""),
    };
    match value {
        value if value >= 100.0 => format!("{value:.0}{unit}"),
        value if value >= 10.0 => format!("{value:.1}{unit}"),
        value => format!("{value:.2}{unit}"),
    }
}
