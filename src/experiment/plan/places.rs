//! Where in a plan file something was said, so that mistakes found later can be shown there.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::error::Error;
use crate::mistake::{Mistake, Mistakes};

/// Places by key: `steps`, `parameters.speed`, `outputs.last`. Two descriptions that say the same are equal wherever they
/// say it.
#[derive(Clone, Default)]
pub(super) struct Places {
    /// The file's name and text.
    file: Option<(Arc<str>, Arc<str>)>,
    spans: HashMap<String, Range<usize>>,
}

impl PartialEq for Places {
    fn eq(&self, _: &Places) -> bool {
        true
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} places", self.spans.len())
    }
}

/// What is wrong with an experiment, and the key that says it.
pub(super) struct Fault {
    pub key: String,
    pub error: Error,
}

impl Fault {
    pub fn new(key: &str, error: Error) -> Fault {
        Fault { key: key.to_owned(), error }
    }

    pub fn argument(key: &str, why: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault::new(key, Error::argument(why, remedy))
    }
}

impl Places {
    pub fn new(file: Arc<str>, text: Arc<str>) -> Places {
        Places { file: Some((file, text)), spans: HashMap::new() }
    }

    pub fn add(&mut self, key: String, span: Range<usize>) {
        self.spans.insert(key, span);
    }

    pub fn forget(&mut self, key: &str) {
        self.spans.remove(key);
    }

    /// The fault at its place where it is known, else with the file and, of several experiments, the title of this one.
    pub fn tell(&self, fault: Fault, title: Option<&str>) -> Error {
        let Error::Argument { why, remedy } = fault.error else { return fault.error };
        if let (Some((file, text)), Some(span)) = (&self.file, self.spans.get(&fault.key)) {
            let list = vec![Mistake { what: why, remedy, span: span.clone() }];
            return Error::Plan(Box::new(Mistakes { file: file.to_string(), text: text.to_string(), list }));
        }
        match (&self.file, title) {
            (Some((file, _)), Some(title)) => {
                Error::argument(format!("{file}, experiment `{title}`: {why}"), remedy)
            }
            (Some((file, _)), None) => Error::argument(format!("{file}: {why}"), remedy),
            (None, Some(title)) => Error::argument(format!("experiment `{title}`: {why}"), remedy),
            (None, None) => Error::argument(why, remedy),
        }
    }
}
