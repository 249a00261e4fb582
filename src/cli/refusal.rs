//! What clap refuses, in our words: one sentence that names the thing, the place and the remedy.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use throng::{Error, Model};

/// The sentence for what clap found; `None` for help and version, which are asked for.
pub fn refusal(error: &clap::Error) -> Option<Error> {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return None;
    }
    let found = Found { error, command: command(std::env::args_os().nth(1)) };
    Some(found.sentence())
}

/// `throng run` where the first word is a command of ours, else `throng`.
fn command(first: Option<OsString>) -> String {
    match first.filter(|word| super::Arguments::command().find_subcommand(word).is_some()) {
        Some(word) => format!("throng {}", word.to_string_lossy()),
        None => "throng".to_owned(),
    }
}

/// What clap found, and the command that it found it in.
struct Found<'a> {
    error: &'a clap::Error,
    command: String,
}

impl Found<'_> {
    fn sentence(&self) -> Error {
        let flag = self.flag(ContextKind::InvalidArg);
        let value = self.text(ContextKind::InvalidValue);
        let command = &self.command;
        match self.error.kind() {
            ErrorKind::UnknownArgument => self.unknown(&flag),
            ErrorKind::InvalidSubcommand => self.unknown_command(),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation if value.is_empty() => {
                self.needs_value(&flag)
            }
            // A flag was taken for the value of the one before it.
            ErrorKind::ValueValidation if is_flag(&value) => Error::argument(
                format!("`{flag}` of `{command}` needs a value, and `{value}` follows"),
                format!("write `{}`", self.text(ContextKind::InvalidArg)),
            ),
            ErrorKind::InvalidValue => Error::argument(
                format!("`{command} {flag}` cannot be `{value}`"),
                match self.text(ContextKind::SuggestedValue) {
                    near if near.is_empty() => {
                        format!("choose one of {}", self.list(ContextKind::ValidValue))
                    }
                    near => format!(
                        "did you mean `{near}`? It can be one of {}",
                        self.list(ContextKind::ValidValue)
                    ),
                },
            ),
            ErrorKind::ValueValidation => self.refused_value(&flag, &value),
            ErrorKind::TooManyValues => Error::argument(
                format!("`{flag}` of `{command}` takes no value and was given `{value}`"),
                format!("write `{flag}` alone"),
            ),
            ErrorKind::ArgumentConflict => match self.flag(ContextKind::PriorArg) {
                other if other == flag || other.is_empty() => {
                    Error::argument(format!("`{flag}` of `{command}` is given twice"), "give it once")
                }
                other => Error::argument(
                    format!("`{flag}` and `{other}` of `{command}` exclude each other"),
                    "leave one of them out",
                ),
            },
            ErrorKind::MissingRequiredArgument => Error::argument(
                format!("`{command}` needs {}", self.list(ContextKind::InvalidArg)),
                self.help("shows what it takes"),
            ),
            ErrorKind::InvalidUtf8 => Error::argument(
                format!("an argument of `{command}` is not UTF-8 text"),
                "give it in characters that are, or rename the file",
            ),
            _ => {
                let text = self.error.to_string();
                let what = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
                Error::argument(format!("`{command}`: {what}"), self.help("shows what it takes"))
            }
        }
    }

    /// A flag that there is not, or a word too many.
    fn unknown(&self, word: &str) -> Error {
        let command = &self.command;
        let help = self.help(if command == "throng" {
            "lists its commands, which come before flags"
        } else {
            "lists its flags"
        });
        if !word.starts_with('-') {
            return Error::argument(
                format!("`{command}` has no use for `{word}`"),
                format!("leave it out; {help}"),
            );
        }
        let remedy = match self.text(ContextKind::SuggestedArg) {
            near if near.is_empty() => help,
            near => format!("did you mean `{near}`? {help}"),
        };
        Error::argument(format!("`{command}` has no flag `{word}`"), remedy)
    }

    fn unknown_command(&self) -> Error {
        let word = self.text(ContextKind::InvalidSubcommand);
        let names: Vec<String> = super::Arguments::command()
            .get_subcommands()
            .map(|command| command.get_name().to_owned())
            .collect();
        let list = names.join(", ");
        let is_model = Model::builtin_names().any(|name| name == word) || word.ends_with(".wgsl");
        Error::argument(
            format!("throng has no command `{word}`"),
            match self.list(ContextKind::SuggestedSubcommand) {
                _ if is_model => format!("to run that model write `throng run {word}`"),
                near if near.is_empty() => format!("its commands are {list}"),
                near => format!("did you mean {near}? Its commands are {list}"),
            },
        )
    }

    fn needs_value(&self, flag: &str) -> Error {
        let choices = self.list(ContextKind::ValidValue);
        Error::argument(
            format!("`{flag}` of `{}` needs a value", self.command),
            match choices.is_empty() {
                true => format!("write `{}`", self.text(ContextKind::InvalidArg)),
                false => format!("give one of {choices}"),
            },
        )
    }

    /// A value that one of our own parsers refused, which says why and what to do.
    fn refused_value(&self, flag: &str, value: &str) -> Error {
        let source = std::error::Error::source(self.error);
        let place = format!("`{} {flag}` cannot be `{value}`", self.command);
        match source.and_then(|source| source.downcast_ref::<Error>()) {
            Some(Error::Argument { why, remedy }) => {
                Error::argument(format!("{place}: {why}"), remedy.as_str())
            }
            _ => {
                let why = source.map(ToString::to_string).unwrap_or_default();
                Error::argument(format!("{place}: {why}"), self.help("shows what it takes"))
            }
        }
    }

    fn help(&self, what: &str) -> String {
        format!("`{} --help` {what}", self.command)
    }

    /// A flag without the sign of its value, as people write it: `--agents`.
    fn flag(&self, kind: ContextKind) -> String {
        let text = self.text(kind);
        text.split_whitespace().next().filter(|flag| flag.starts_with("--")).unwrap_or(&text).to_owned()
    }

    /// A piece of context in words; empty where there is none.
    fn text(&self, kind: ContextKind) -> String {
        match self.error.get(kind) {
            Some(ContextValue::String(text)) => text.clone(),
            Some(ContextValue::Strings(texts)) => texts.first().cloned().unwrap_or_default(),
            Some(ContextValue::StyledStr(text)) => text.to_string(),
            _ => String::new(),
        }
    }

    /// Several pieces of context, each quoted.
    fn list(&self, kind: ContextKind) -> String {
        let quoted = |text: &String| format!("`{text}`");
        match self.error.get(kind) {
            Some(ContextValue::Strings(texts)) => texts.iter().map(quoted).collect::<Vec<_>>().join(", "),
            Some(ContextValue::String(text)) => quoted(text),
            _ => String::new(),
        }
    }
}

/// Whether a word looks like a flag and not like a negative number.
fn is_flag(word: &str) -> bool {
    word.starts_with("--") && word.len() > 2
}
