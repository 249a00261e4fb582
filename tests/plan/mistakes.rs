//! Plans with mistakes: each is told at its place, in one sentence that says what to do.

use std::fs;
use std::path::Path;

use throng::Error;
use throng::experiment::Plan;
use throng::experiment::plan::{Description, Selection, Shard, Values, bytes};

/// A wrong plan, with `‹` and `›` around what must be marked where the place is known.
struct Wrong {
    text: &'static str,
    what: &'static str,
    remedy: &'static str,
}

const fn wrong(text: &'static str, what: &'static str, remedy: &'static str) -> Wrong {
    Wrong { text, what, remedy }
}

/// What each wrong plan begins with, unless it speaks of the model itself.
const BASE: &str = "model = \"explorers\"\nsize = [16, 16]\n";

const WRONG: &[Wrong] = &[
    wrong("model = \"explorers\"\nsteps = ‹\"many\"›", "cannot be the string \"many\"", "whole number"),
    wrong("steps = ‹-5›", "cannot be -5", "whole number from 0"),
    wrong("steps = ‹1.5›", "cannot be 1.5", "whole number"),
    wrong("steps = ‹5_000_000_000›", "5000000000 steps", "at most 4294967295"),
    wrong("‹stepz› = 5", "no `stepz`", "did you mean `steps`?"),
    wrong("‹colour› = 5", "no `colour`", "use one of name, model"),
    wrong("until = ‹\"coverge >= 1\"›", "no metric `coverge`", "did you mean `coverage`?"),
    wrong("until = ‹\"coverage\"›", "compares nothing", "coverage >= 0.99"),
    wrong("until = ‹\"coverage >= x\"›", "`x` is not a number", "a number"),
    wrong("until = ‹5›", "cannot be 5", "string in quotes"),
    wrong("every = ‹0›\nuntil = \"coverage >= 1\"", "at the end only", "leave `every` out"),
    wrong("every = ‹0›\nseries = true", "at the end only", "leave `every` out"),
    wrong("replicates = ‹0›", "0 replicates", "at least 1"),
    wrong("replicates = ‹\"ten\"›", "the string \"ten\"", "whole number"),
    wrong("seed = ‹-1›", "cannot be -1", "from 0 to 18446744073709551615"),
    wrong("seed = ‹\"one\"›", "the string \"one\"", "in quotes"),
    wrong("backend = ‹\"gpo\"›", "cannot be \"gpo\"", "did you mean \"gpu\"?"),
    wrong("backend = ‹\"tpus\"›", "cannot be \"tpus\"", "gpu"),
    wrong("limit_seconds = ‹0›", "limited to 0 seconds", "above 0"),
    wrong("limit_seconds = ‹-3.5›", "limited to -3.5 seconds", "above 0"),
    wrong("memory = ‹\"plenty\"›", "the string \"plenty\"", "2 GiB"),
    wrong("memory = ‹\"1 KiB\"›", "all may take 1.0 KiB together", "allow more"),
    wrong("series = ‹1›", "cannot be 1", "true or false"),
    wrong("wrap = ‹\"yes\"›", "the string \"yes\"", "true or false"),
    wrong("agents = ‹0›", "0 agents", "at least 1"),
    wrong("agents = ‹2.5›", "2.5 agents", "whole number"),
    wrong("agents = ‹\"1..2..3\"›", "`2..3` is no number", "1,2,5"),
    wrong("agents = ‹[]›", "`agents` has no value", "at least one"),
    wrong("agents = [1, ‹\"two\"›]", "the string \"two\"", "write a number"),
    wrong("model = \"explorers\"\nmap = \"missing.map\"", "missing.map", "check the path"),
    wrong("map = \"missing.map\"\n‹generate› = \"caves\"", "neither generated", "leave `map` out"),
    wrong("‹map_seed› = 3", "none is generated", "generate = \"caves\""),
    wrong("generate = ‹\"cave\"›", "cannot be \"cave\"", "did you mean \"caves\"?"),
    wrong("model = \"explorers\"\nsize = ‹[16]›", "cannot be [16]", "[640, 480]"),
    wrong("model = \"explorers\"\nsize = ‹[0, 5]›", "cannot be [0, 5]", "[640, 480]"),
    wrong("model = \"explorers\"\nsize = ‹[65536, 65536]›", "65536 by 65536", "2^31"),
    wrong("model = ‹\"explorer\"›", "no built-in model `explorer`", "did you mean `explorers`?"),
    wrong("model = ‹3›", "cannot be 3", "string in quotes"),
    wrong("‹›# no model\nsteps = 5", "no model to run", "model = \"explorers\""),
    wrong("design = ‹\"girid\"›", "cannot be \"girid\"", "did you mean \"grid\"?"),
    wrong(
        "design = ‹\"sobol\"›\nparameters.novelty = \"0..256\"",
        "needs a number of points",
        "points = 100",
    ),
    wrong("design = ‹\"sobol\"›\npoints = 4", "nothing varies", "0..1"),
    wrong("design = \"sobol\"\npoints = ‹0›\nparameters.novelty = \"0..256\"", "0 points", "from 1 to"),
    wrong("points = ‹5›", "counted from its values", "leave `points` out"),
    wrong(
        "design = \"latin-hypercube\"\npoints = ‹100_000_000›\nparameters.novelty = \"0..256\"",
        "100000000 points",
        "16777216",
    ),
    wrong("parameters.novelty = ‹\"0..256\"›", "a grid does not choose", "0..256:11"),
    wrong("design = \"sobol\"\npoints = 4\nparameters.novelty = ‹\"0..999\"›", "cannot be 999", "can take"),
    wrong("design = \"sobol\"\npoints = 4\nparameters.novelty = ‹\"0.5..9\"›", "whole number", "whole ends"),
    wrong("parameters.novelty = ‹\"9..9\"›", "nothing between 9 and 9", "lesser end first"),
    wrong("parameters.novelty = ‹\"0..9:1\"›", "1 values cannot go", "at least 2"),
    wrong("parameters.novelty = ‹\"0..9:x\"›", "`x` is no number of values", "0..1:11"),
    wrong("parameters.novelty = ‹\"1,,2\"›", "a value is missing", "1,2,5"),
    wrong("parameters.novelty = ‹\"much\"›", "`much` is no number", "1,2,5"),
    wrong("parameters.novelty = ‹inf›", "cannot be inf", "write a number"),
    wrong("parameters.novelty = ‹{ from = 1 }›", "both `from` and `to`", "from = 0"),
    wrong("parameters.novelty = { from = 1, to = 2, ‹step› = 3 }", "no `step`", "did you mean `steps`?"),
    wrong("parameters.novelty = ‹true›", "cannot be true", "a list of numbers"),
    wrong("parameters.novelty = ‹999›", "cannot be 999", "can take"),
    wrong("parameters.noveltie = ‹3›", "no parameter `noveltie`", "did you mean `novelty`?"),
    wrong("parameters = ‹3›", "cannot be 3", "[parameters]"),
    wrong("changes = ‹3›", "cannot be 3", "[changes]"),
    wrong("changes.novelty = ‹3›", "cannot be 3", "0.5@100,0.2@200"),
    wrong("changes.novelty = ‹\"3\"›", "`3` does not say at which step", "VALUE@STEP"),
    wrong("changes.novelty = ‹\"3@5,x@6\"›", "`x` is no number", "VALUE@STEP"),
    wrong("changes.novelty = ‹\"3@x\"›", "`x` is no number of a step", "VALUE@STEP"),
    wrong("changes.novelty = ‹\"3@0\"›", "cannot change at step 0", "count from 1"),
    wrong("changes.novelty = ‹\"999@5\"›", "cannot be 999", "can take"),
    wrong("steps = 20\nchanges.novelty = ‹\"3@21\"›", "there are 20 steps", "more steps"),
    wrong("changes.noveltie = ‹\"3@5\"›", "no parameter `noveltie`", "did you mean `novelty`?"),
    wrong("zip = ‹[[\"novelty\"]]›\nparameters.novelty = [1, 2]", "pairs nothing", "at least two"),
    wrong(
        "zip = ‹[[\"novelty\", \"persistence\"]]›\nparameters.novelty = [1, 2]",
        "does not vary",
        "what varies is novelty",
    ),
    wrong(
        "zip = ‹[[\"novelty\", \"persistence\"]]›\nparameters.novelty = [1, 2]\nparameters.persistence = [1, 2, 3]",
        "2 values and `persistence` has 3",
        "as many",
    ),
    wrong("zip = ‹[\"novelty\"]›", "a list of 1", "[[\"a\", \"b\"]]"),
    wrong(
        "design = ‹\"list\"›\nparameters.novelty = [1, 2]\nparameters.persistence = [1, 2, 3]",
        "2 values and `persistence` has 3",
        "as many",
    ),
    wrong("design_file = ‹\"missing.csv\"›", "missing.csv", "check the path"),
    wrong(
        "design_file = ‹\"bad.csv\"›",
        "bad.csv, line 3, column `novelty`: `x` is not a number",
        "write a number",
    ),
    wrong(
        "design_file = ‹\"gap.csv\"›",
        "gap.csv, line 2, column `persistence`: `` is not a number",
        "write a number",
    ),
    wrong(
        "design_file = ‹\"ragged.csv\"›",
        "ragged.csv, line 3: there are 1 cells under a heading of 2",
        "each column",
    ),
    wrong("design_file = ‹\"twice.csv\"›", "twice.csv, line 1, column 2: a column `novelty`", "remove one"),
    wrong("design_file = ‹\"heading.csv\"›", "heading.csv has no points", "a row for each point"),
    wrong("design_file = ‹\"empty.csv\"›", "empty.csv", "heading"),
    wrong("design_file = \"unknown.csv\"", "no parameter `colour`", "its parameters are"),
    wrong("design_file = ‹\"good.csv\"›\nparameters.novelty = [1, 2]", "is a column of", "say it once"),
    wrong("design = \"sobol\"\ndesign_file = ‹\"good.csv\"›", "a sobol has its own", "leave `design` out"),
    wrong("outputs.last = ‹\"last coverage\"›", "begins with `last`", "final, min, max or mean"),
    wrong("outputs.last = ‹\"finl coverage\"›", "begins with `finl`", "did you mean `final`?"),
    wrong("outputs.last = ‹\"final\"›", "names no metric", "a metric"),
    wrong("outputs.last = ‹\"final coverge\"›", "no metric `coverge`", "did you mean `coverage`?"),
    wrong("outputs.last = ‹\"final coverage 1..2\"›", "no use for `1..2`", "mean coverage 100..200"),
    wrong("outputs.last = ‹\"mean coverage 5..2\"›", "no step from 5 to 2", "mean coverage 100..200"),
    wrong("outputs.last = ‹\"mean coverage soon\"›", "`soon` is no stretch", "mean coverage 100..200"),
    wrong(
        "every = 100\noutputs.last = ‹\"mean coverage 101..199\"›",
        "no step that is recorded",
        "record more often",
    ),
    wrong("outputs.last = ‹\"mean coverage 2000..3000\"›", "after the last, 1000", "more steps"),
    wrong("outputs.last = ‹\"first coverage\"›", "compares nothing", "coverage >= 0.99"),
    wrong("outputs.seed = ‹\"final coverage\"›", "cannot be called `seed`", "another name"),
    wrong("outputs.novelty = ‹\"final coverage\"›", "cannot be called `novelty`", "another name"),
    wrong("outputs.last = ‹3›", "cannot be 3", "\"final coverage\""),
    wrong("steps = = 5", "not TOML", "value"),
    wrong("name = \"never ends", "not TOML", "quote"),
    wrong("steps = 5\nsteps = 6", "not TOML", "remove one"),
    wrong("experiment = ‹3›", "cannot be 3", "[[experiment]]"),
    wrong(
        "[[experiment]]\nname = \"a\"\n[[experiment]]\nname = ‹\"a\"›",
        "two experiments are called `a`",
        "a name of its own",
    ),
    wrong("[[experiment]]\nsteps = ‹\"x\"›", "the string \"x\"", "whole number"),
];

const FILES: &[(&str, &str)] = &[
    ("bad.csv", "novelty,persistence\n1,2\nx,3\n"),
    ("gap.csv", "novelty,persistence\n1,\n"),
    ("ragged.csv", "novelty,persistence\n1,2\n3\n"),
    ("twice.csv", "novelty,novelty\n1,2\n"),
    ("heading.csv", "novelty\n"),
    ("empty.csv", ""),
    ("unknown.csv", "colour\n1\n2\n"),
    ("good.csv", "novelty\n1\n2\n"),
];

impl Wrong {
    fn marked(&self) -> String {
        match self.text.contains("model") {
            true => self.text.to_owned(),
            false => format!("{BASE}{}", self.text),
        }
    }

    /// Why what is told is not what should be, if it is not.
    fn fault(&self, folder: &std::path::Path) -> Option<String> {
        let marked = self.marked();
        let path = folder.join("plan.toml");
        fs::write(&path, marked.replace(['‹', '›'], "")).unwrap();
        let error = match Plan::read(&path) {
            Ok(_) => return Some("nothing wrong is found".into()),
            Err(error) => error,
        };
        println!("{error}\n");
        if error.exit_code() != 2 {
            return Some("it is not the user's mistake".into());
        }
        let (what, remedy) = match &error {
            Error::Plan(mistakes) => {
                let [mistake] = mistakes.list.as_slice() else {
                    return Some(format!("not one mistake: {error}"));
                };
                let start = marked.find('‹');
                let end = marked.find('›').map(|end| end - '‹'.len_utf8());
                if start.zip(end).is_some_and(|(start, end)| mistake.span != (start..end)) {
                    return Some(format!("the mark is elsewhere: {error}"));
                }
                if !error.to_string().starts_with(&format!("{}:", path.display())) {
                    return Some(format!("it does not begin with the file: {error}"));
                }
                (mistake.what.clone(), mistake.remedy.clone())
            }
            _ if marked.contains('‹') => return Some(format!("it has no place: {error}")),
            other => {
                let told = other.to_string();
                let (what, remedy) = told.split_once("; ").unwrap_or((&told, ""));
                (what.to_owned(), remedy.to_owned())
            }
        };
        if what.contains('\n') || remedy.contains('\n') || what.ends_with('.') {
            return Some(format!("it is more than one sentence: {error}"));
        }
        if !what.contains(self.what) {
            return Some(format!("it must say {:?}: {error}", self.what));
        }
        if !remedy.contains(self.remedy) || remedy.is_empty() {
            return Some(format!("its remedy must say {:?}: {error}", self.remedy));
        }
        None
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn every_mistake_is_told_at_its_place_with_a_remedy() {
    let folder = folder();
    assert!(WRONG.len() >= 80, "only {} wrong plans are tried", WRONG.len());
    let faults: Vec<String> = WRONG
        .iter()
        .filter_map(|wrong| wrong.fault(folder.path()).map(|fault| format!("{}\n{fault}\n", wrong.text)))
        .collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), WRONG.len(), faults.join("\n"));
}

#[test]
fn a_wrong_expectation_is_noticed() {
    let folder = folder();
    let tried = |text, what, remedy| Wrong { text, what, remedy }.fault(folder.path());
    assert_eq!(tried("steps = ‹-5›", "cannot be -5", "whole number"), None);
    assert!(tried("steps = -‹5›", "cannot be -5", "whole number").is_some());
    assert!(tried("steps = ‹-5›", "cannot be -6", "whole number").is_some());
    assert!(tried("steps = ‹-5›", "cannot be -5", "a string").is_some());
    assert!(tried("steps = ‹5›", "cannot be -5", "whole number").is_some());
}

#[test]
fn all_mistakes_of_a_file_are_listed() {
    let folder = folder();
    let path = folder.path().join("plan.toml");
    fs::write(&path, "model = 3\nsteps = -1\nstepz = 4\n[parameters]\nnovelty = true\nother = [1, \"x\"]\n")
        .unwrap();
    let Err(Error::Plan(mistakes)) = Plan::read(&path) else { panic!() };
    let lines: Vec<usize> =
        mistakes.list.iter().map(|mistake| mistakes.place(mistake.span.start).0).collect();
    assert_eq!(lines, [1, 2, 3, 5, 6], "{mistakes}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]

    /// Whatever is written, it is read or refused.
    #[test]
    fn no_text_makes_a_reader_panic(text in "[0-9a-z.,:/=e -]{0,24}|\\PC{0,12}") {
        let _ = (Values::parse(&text), Selection::parse(&text), Shard::parse(&text), bytes(&text));
        for key in ["agents", "parameters.novelty", "changes.novelty", "outputs.a", "zip", "size", "seed", "memory", "experiment"] {
            for value in [text.clone(), format!("{text:?}"), format!("[{text}]"), format!("{{ {text} }}")] {
                let _ = Description::from_text("a plan", &format!("{key} = {value}\n"), Path::new(""));
            }
        }
    }

    /// What can be read can be planned or refused, and every trial be computed or refused.
    #[test]
    fn no_values_make_a_plan_panic(
        values in "(-?[0-9]{1,3}(\\.[0-9])?(,|\\.\\.|:)?){1,4}",
        agents in "[0-9]{1,2}(\\.\\.|,)?[0-9]{0,2}(:[0-9])?",
        design in proptest::sample::select(vec!["grid", "list", "latin-hypercube", "sobol"]),
        points in 0_u32..20,
    ) {
        let points = if design.len() > 4 { format!("points = {points}\n") } else { String::new() };
        let text = format!(
            "{BASE}agents = \"{agents}\"\ndesign = \"{design}\"\n{points}parameters.novelty = \"{values}\"\n"
        );
        if let Ok(plan) = Description::from_text("a plan", &text, Path::new("")).and_then(Plan::new) {
            let found = plan.iter(0..plan.trials() + 2).filter(Result::is_err).count();
            proptest::prop_assert!(found >= 2, "{text}");
            plan.estimate(0, &Selection::all());
        }
    }
}
