//! The command line.

mod bench;
mod changes;
mod check;
mod devices;
mod files;
mod merge;
mod models;
mod options;
mod progress;
mod refusal;
mod report;
mod results;
mod run;
mod scene;
mod search;
mod state;
mod sweep;
mod validate;
mod verify;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use throng::{Error, printable};

/// A batch simulator of agents: a rule written once, in one WGSL file, runs on any GPU or CPU with bit-identical
/// results, in thousands of worlds at once.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a model: `throng run`, `throng run walkers --agents 1M`, `throng run my_model.wgsl --map place.map`
    Run(run::Arguments),
    /// Run a model for many seeds and parameters: `throng sweep plan.toml`, `throng sweep walkers --set NAME=1,2,5`
    Sweep(Box<sweep::Arguments>),
    /// Search for the parameters that make a model do best, on many candidates side by side
    Search(Box<search::Arguments>),
    /// Run a model on two backends side by side and compare their states after each step
    Verify(verify::Arguments),
    /// Hold the built-in models against exact and published results: `throng validate --quick`
    Validate(validate::Arguments),
    /// Explain a model file, or list its mistakes
    Check(check::Arguments),
    /// Write a commented model file to start from
    New(files::NewArguments),
    /// List the built-in models
    Models(models::Arguments),
    /// List the devices that can run models
    Devices(devices::Arguments),
    /// Compare GPU and CPU over population sizes
    Bench(bench::Arguments),
    /// Print what a run folder holds: one row per trial, or replicates put together
    Results(results::Arguments),
    /// Put the run folders of a plan's shards together
    Merge(merge::Arguments),
    /// Draw what a run folder holds: report.html and report.png
    Report(report::Arguments),
}

/// What ends a command early.
enum Failure {
    /// Something to tell the user, with an exit code.
    Error(Error),
    /// Whoever reads our output has gone: not an error.
    BrokenPipe,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
            _ => Failure::Error(Error::file("standard output".as_ref(), "write", &error)),
        }
    }
}

type Done = Result<ExitCode, Failure>;

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            return match refusal::refusal(&error) {
                Some(refusal) => {
                    report(&refusal);
                    ExitCode::from(refusal.exit_code())
                }
                None => {
                    let _ = error.print();
                    ExitCode::from(error.exit_code() as u8)
                }
            };
        }
    };
    let done = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Search(arguments) => search::search(&arguments),
        Command::Sweep(arguments) => sweep::sweep(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Validate(arguments) => validate::validate(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::New(arguments) => files::new(&arguments),
        Command::Models(arguments) => models::models(&arguments),
        Command::Devices(arguments) => devices::devices(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Results(arguments) => results::results(&arguments),
        Command::Merge(arguments) => merge::merge(&arguments),
        Command::Report(arguments) => report::report(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Error(error)) => {
            report(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// Tells an error on standard error: mistakes in a model or plan file each with their line, others in one sentence.
fn report(error: &Error) {
    let mut stderr = io::stderr().lock();
    let _ = match error {
        Error::Model(mistakes) | Error::Plan(mistakes) if stderr.is_terminal() => {
            mistakes.list.iter().try_for_each(|mistake| {
                let span = (mistake.span.start, mistake.span.len().max(1));
                let report = miette::miette!(
                    labels = vec![miette::LabeledSpan::at(span.0..span.0 + span.1, "here")],
                    help = printable(&mistake.remedy),
                    "{}",
                    printable(&mistake.what)
                )
                .with_source_code(miette::NamedSource::new(
                    printable(&mistakes.file),
                    format!("{}\n", printable(&mistakes.text)),
                ));
                writeln!(stderr, "{report:?}")
            })
        }
        _ => writeln!(stderr, "error: {error}"),
    };
}

/// Tells sentences about files that were left out on standard error.
fn warn(notes: &[String]) {
    let mut stderr = io::stderr().lock();
    for note in notes {
        let _ = writeln!(stderr, "note: {}", printable(note).replace(['\n', '\t'], " "));
    }
}

/// Prints lines to standard output; names and help in them are the user's, and no terminal shall obey them.
fn print(text: &str) -> Result<(), Failure> {
    write(&printable(text))
}

fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

/// Prints one JSON value and a line end.
fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::Internal(error.to_string()))?;
    write(&format!("{text}\n"))
}
