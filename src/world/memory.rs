//! This machine's memory, asked before anything large is made.

use sysinfo::System;

use crate::error::{Error, Result};

/// So little is never asked for: asking takes longer than using it.
const LITTLE: u64 = 1 << 20;

/// Bytes that can still be used; `None` where the system does not say.
///
/// A container that is allowed less than the machine has counts as the machine.
fn available() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    // What is free within the limit would count the disk's cache as taken; what processes hold is the truth.
    let allowed =
        system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory.saturating_sub(limits.rss));
    Some(system.available_memory().min(allowed)).filter(|bytes| *bytes > 0)
}

/// Refuses what this machine's memory cannot hold, called before it is allocated; `place` says where it should have gone.
///
/// # Errors
/// [`Error::Memory`] when `needed` bytes are more than can be used. Where the system does not say what it has, nothing is
/// refused and the allocation itself has to show it.
pub(crate) fn check_in(place: &str, what: &str, needed: u64, remedy: &str) -> Result<()> {
    if needed < LITTLE {
        return Ok(());
    }
    match available() {
        Some(available) if needed > available => Err(Error::Memory {
            what: what.to_owned(),
            place: place.to_owned(),
            needed,
            available,
            remedy: remedy.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// [`check_in`] "this machine".
pub(crate) fn check(what: &str, needed: u64, remedy: &str) -> Result<()> {
    check_in("this machine", what, needed, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_let_through_and_what_does_not_is_refused_with_both_figures() {
        assert!(check("a little", LITTLE, "none").is_ok());
        let Some(there_is) = available() else { return };
        // No machine has as much memory as 64-bit addresses reach.
        let error = check("a sky", 1 << 60, "look down").expect_err("1 EiB");
        assert!(matches!(error, Error::Memory { needed, .. } if needed == 1 << 60), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("a sky needs 1024.0 PiB and this machine has "), "{text}");
        // A tenth of what there is fits, whatever other programs take meanwhile.
        assert!(check("a part", there_is / 10, "none").is_ok());
    }
}
