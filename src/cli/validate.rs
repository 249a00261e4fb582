//! `throng validate`.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use throng::experiment::validate::{Check, Got, Tolerance, Verdict, checks_of};

use super::options::BackendName;
use super::{Done, print, print_json};

#[derive(Args)]
pub struct Arguments {
    /// Built-in models; all of them unless named
    models: Vec<String>,
    /// Where to run
    #[arg(long, value_name = "NAME", default_value = "auto")]
    backend: BackendName,
    /// Run fewer worlds and leave the longest checks out
    #[arg(long)]
    quick: bool,
    /// Print a JSON list of objects, one for each check, and nothing else
    #[arg(long)]
    json: bool,
}

pub fn validate(arguments: &Arguments) -> Done {
    let checks = checks_of(&arguments.models, arguments.quick)?;
    let widths = Widths::of(&checks);
    if !arguments.json {
        print(&widths.line(HEADINGS.map(str::to_owned)))?;
    }
    let (mut list, mut counts) = (Vec::new(), [0; 3]);
    for check in &checks {
        let got = check.run(arguments.backend.choice(), arguments.quick)?;
        let verdict = check.verdict(got);
        counts[verdict as usize] += 1;
        match arguments.json {
            true => list.push(object(check, got)),
            false => print(&widths.line(cells(check, got)))?,
        }
    }
    let [passed, failed, skipped] = counts;
    if arguments.json {
        print_json(&list.into())?;
    } else {
        let why = if skipped > 0 { ", for want of a GPU" } else { "" };
        print(&format!("{passed} passed, {failed} failed, {skipped} skipped{why}\n"))?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn object(check: &Check, got: Option<Got>) -> Value {
    let (kind, tolerance) = match check.tolerance {
        Tolerance::StandardErrors { known_within } => ("standard errors", known_within),
        Tolerance::Relative(share) => ("relative", share),
        Tolerance::Exact => ("exact", 0.0),
        Tolerance::AtLeast => ("at least", 0.0),
    };
    json!({
        "model": check.model,
        "quantity": check.quantity,
        "expected": check.expected,
        "source": check.source,
        "tolerance": { "kind": kind, "value": tolerance },
        "got": got.map(|got| got.value),
        "standard_error": got.map(|got| got.standard_error),
        "standard_errors_apart": got.and_then(|got| got.standard_errors_from(check.expected)),
        "verdict": check.verdict(got).name(),
    })
}

const HEADINGS: [&str; 7] = ["model", "quantity", "expected", "got", "apart", "verdict", "source"];

fn cells(check: &Check, got: Option<Got>) -> [String; 7] {
    let expected = match check.tolerance {
        Tolerance::AtLeast => format!("≥ {}", number(check.expected)),
        _ => number(check.expected),
    };
    let apart = match (got, check.tolerance) {
        (None, _) | (_, Tolerance::Exact | Tolerance::AtLeast) => String::new(),
        (Some(got), Tolerance::Relative(_)) => {
            format!("{:+.2} %", (got.value / check.expected - 1.0) * 100.0)
        }
        (Some(got), Tolerance::StandardErrors { .. }) => got
            .standard_errors_from(check.expected)
            .map_or(String::new(), |apart| format!("{apart:+.2} s.e.")),
    };
    [
        check.model.into(),
        check.quantity.into(),
        expected,
        got.map_or(String::new(), |got| number(got.value)),
        apart,
        shown(check.verdict(got)),
        check.source.into(),
    ]
}

/// A failure is seen from afar.
fn shown(verdict: Verdict) -> String {
    match verdict {
        Verdict::Fail => verdict.name().to_uppercase(),
        _ => verdict.name().into(),
    }
}

/// A number with seven digits that matter, and no zeros behind them.
fn number(value: f64) -> String {
    let whole = value.abs().max(1.0).log10().floor() as usize;
    let text = format!("{value:.*}", 6_usize.saturating_sub(whole));
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The widths of the columns, known before the first check has run, so that each row is shown as soon as it is there.
struct Widths([usize; 7]);

impl Widths {
    fn of(checks: &[Check]) -> Widths {
        let mut widths = HEADINGS.map(str::len);
        widths[3] = widths[3].max(9);
        widths[4] = widths[4].max(10);
        for check in checks {
            for (width, cell) in widths.iter_mut().zip(cells(check, None)) {
                *width = (*width).max(cell.chars().count());
            }
        }
        Widths(widths)
    }

    fn line(&self, cells: [String; 7]) -> String {
        let mut line = String::new();
        for (place, (cell, width)) in cells.into_iter().zip(self.0).enumerate() {
            line.push_str(&match place {
                2..=4 => format!("{cell:>width$}  "),
                _ => format!("{cell:<width$}  "),
            });
        }
        format!("{}\n", line.trim_end())
    }
}

// The counts of verdicts are kept by their place.
const _: () =
    assert!(Verdict::Pass as usize == 0 && Verdict::Fail as usize == 1 && Verdict::Skipped as usize == 2);
