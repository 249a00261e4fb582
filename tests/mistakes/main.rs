//! Wrong model files: each mistake is reported at the user's own line and column, in words that say what to do.

mod body;
mod cells;
mod head;
mod kinds;
mod more;

use throng::{Error, Mistake, Mistakes, Model};

/// A wrong model file.
struct Wrong {
    /// What is tried.
    name: &'static str,
    /// The text, with `‹` and `›` around the place that must be pointed at.
    text: String,
    /// A word of the message.
    what: &'static str,
    /// A word of the remedy.
    remedy: &'static str,
}

/// What begins and ends the place that a wrong text's mistake must have.
const MARKS: [char; 2] = ['‹', '›'];

/// The starting model with one part replaced.
fn template(name: &'static str, part: &str, by: &str, what: &'static str, remedy: &'static str) -> Wrong {
    let source = throng::model::TEMPLATE;
    assert_eq!(source.matches(part).count(), 1, "{name}: the template must have {part:?} once");
    Wrong { name, text: source.replace(part, by), what, remedy }
}

/// A small model with this text behind it.
fn small(name: &'static str, text: &str, what: &'static str, remedy: &'static str) -> Wrong {
    Wrong { name, text: format!("{SMALL}{text}"), what, remedy }
}

/// A model that is wrong from its first line on.
fn whole(name: &'static str, text: &str, what: &'static str, remedy: &'static str) -> Wrong {
    Wrong { name, text: text.to_owned(), what, remedy }
}

/// A model whose stage calls `act`, which tests define.
const SMALL: &str = "//! # A small model.
//! [params]
//! speed = { default = 3 }
//! [layers]
//! wall = { bits = 1, from = \"map\" }
//! seen = { bits = 1 }
//! height = { bits = 8 }
//! [step]
//! stages = [\"go\"]
struct Agent { pos: vec2<i32>, energy: u32 }
fn go(me: Agent) -> Agent { return act(me); }
";

impl Wrong {
    /// The text without its marks, and the marked bytes of it.
    fn marked(&self) -> (String, std::ops::Range<usize>) {
        let [open, close] = MARKS;
        let start = self.text.find(open).unwrap_or(0);
        let end = self.text.find(close).map(|end| end - open.len_utf8());
        (self.text.replace(MARKS, ""), start..end.unwrap_or(start))
    }

    /// The mistakes found in it.
    fn mistakes(&self) -> Result<Mistakes, String> {
        let (text, _) = self.marked();
        match Model::text("wrong", &text).and_then(|model| model.explain()) {
            Err(Error::Model(mistakes)) => Ok(*mistakes),
            Err(other) => Err(format!("not a mistake in the text but: {other}")),
            Ok(_) => Err("nothing wrong is found".to_owned()),
        }
    }

    /// Why the mistakes found are not those wanted, if they are not.
    fn fault(&self) -> Option<String> {
        let (text, span) = self.marked();
        let found = match self.mistakes() {
            Ok(found) => found,
            Err(fault) => return Some(fault),
        };
        let place = |byte: usize| {
            let line = text[..byte].matches('\n').count() + 1;
            let column = text[..byte].rsplit('\n').next().unwrap_or("").chars().count() + 1;
            (line, column)
        };
        let [Mistake { what, remedy, span: given }, ..] = found.list.as_slice() else {
            return Some("no mistake is listed".to_owned());
        };
        let (line, column) = place(span.start);
        if found.place(given.start) != (line, column) {
            return Some(format!("it must be at {line}:{column}"));
        }
        if !format!("{found}").starts_with(&format!("wrong:{line}:{column}: ")) {
            return Some("it does not begin with file, line and column".to_owned());
        }
        if !span.is_empty() && *given != span {
            return Some(format!("it must mark {:?}, and marks {:?}", &text[span], text.get(given.clone())));
        }
        assert!(!self.what.is_empty() && !self.remedy.is_empty(), "{}: no word is expected", self.name);
        if !what.contains(self.what) {
            return Some(format!("it must say {:?}", self.what));
        }
        if !remedy.contains(self.remedy) {
            return Some(format!("its remedy must say {:?}", self.remedy));
        }
        let generated = [what, remedy]
            .iter()
            .any(|text| ["throng_", "naga", "Handle", "[1"].iter().any(|word| text.contains(word)));
        if generated && !self.text.contains("throng_") {
            return Some("it speaks of what the user did not write".to_owned());
        }
        None
    }
}

fn all() -> Vec<Wrong> {
    let mut all = head::wrong();
    all.extend(body::wrong());
    all.extend(cells::wrong());
    all.extend(kinds::wrong());
    all.extend(more::wrong());
    all
}

#[test]
fn every_mistake_is_reported_at_its_place_with_a_remedy() {
    let all = all();
    assert!(all.len() >= 60, "only {} wrong models are tried", all.len());
    let mut faults = Vec::new();
    for wrong in &all {
        let printed = wrong.mistakes().map_or_else(|fault| fault, |mistakes| mistakes.to_string());
        println!("--- {}\n{printed}\n", wrong.name);
        if let Some(fault) = wrong.fault() {
            faults.push(format!("{}: {fault}\n{printed}\n", wrong.name));
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), all.len(), faults.join("\n"));
}

#[test]
fn names_of_cases_are_used_once() {
    let mut names: Vec<&str> = all().iter().map(|wrong| wrong.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn models_without_mistakes_are_accepted() {
    Model::text("template", throng::model::TEMPLATE).unwrap_or_else(|error| panic!("{error}"));
    Model::text("small", &format!("{SMALL}fn act(me: Agent) -> Agent {{ return me; }}\n"))
        .unwrap_or_else(|error| panic!("{error}"));
    for name in Model::builtin_names() {
        Model::builtin(name).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The check above must itself be able to fail: a mark one column off, a wrong word, a wrong remedy.
#[test]
fn a_wrong_expectation_is_noticed() {
    let right = || template("bits", "bits = 16", "bits = ‹12›", "12 bits", "8, 16 or 32");
    assert_eq!(right().fault(), None);
    for wrong in [
        Wrong { text: right().text.replace("‹12", "1‹2"), ..right() },
        Wrong { text: right().text.replace("12›", "1›2"), ..right() },
        Wrong { what: "13 bits", ..right() },
        Wrong { remedy: "use 7", ..right() },
    ] {
        assert!(wrong.fault().is_some());
    }
}
