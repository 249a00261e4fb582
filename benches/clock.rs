//! Processor time, which other work on the machine disturbs little.

use std::time::Instant;

/// Seconds that this process's threads have worked, or since `begun` where nobody counts them.
///
/// Threads that have ended are no longer counted: both readings must be taken while the same threads live.
pub fn worked(begun: Instant) -> f64 {
    let thread = |entry: std::io::Result<std::fs::DirEntry>| -> Option<f64> {
        let text = std::fs::read_to_string(entry.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    match std::fs::read_dir("/proc/self/task") {
        Ok(threads) => threads.filter_map(thread).sum::<f64>() * 1e-9,
        Err(_) => begun.elapsed().as_secs_f64(),
    }
}
