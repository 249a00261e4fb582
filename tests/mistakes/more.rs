//! More than one mistake in a file, odd texts, and what is found only while a model runs.

use super::*;
use throng::{BackendChoice, Run, Simulation};

pub fn wrong() -> Vec<Wrong> {
    let windows = throng::model::TEMPLATE.replace("if is_free(ahead)", "if ‹is_fre›(ahead)").replace('\n', "\r\n");
    let tabs = throng::model::TEMPLATE.replace("    if is_free(ahead)", "\t\tif ‹is_fre›(ahead)");
    vec![
        Wrong { name: "line ends of Windows", text: windows, what: "is_fre", remedy: "`is_free`" },
        Wrong { name: "tabs", text: tabs, what: "is_fre", remedy: "`is_free`" },
        template("letters of several bytes before it", "if is_free(ahead)", "/* größer → 大きい */ if ‹is_fre›(ahead)", "is_fre", "`is_free`"),
        template("letters of several bytes in the head", "number = 500", "\"größe→\" = 3", "größe→", "number").marking("\"größe→\""),
        template("a name of several bytes", "if is_free(ahead)", "if ‹größer›(ahead)", "größer", "define"),
        template("text without a line end", "    add_steps(next.pos, 1u);\n    return next;\n}\n", "    add_steps(next.pos, 1u);\n    return next;\n}\nfn f() { ‹g›(); }", "g", "define"),
        small(
            "an expression without end",
            &format!(
                "fn act(me: Agent) -> Agent {{ var n = me; n.energy = 1u{} + ‹1u›{}; return n; }}",
                " + 1u".repeat(497),
                " + 1u".repeat(2000)
            ),
            "1000 words",
            "split",
        ),
    ]
}

impl Wrong {
    /// The same with its mark around a part.
    fn marking(mut self, part: &str) -> Wrong {
        self.text = self.text.replacen(part, &format!("‹{part}›"), 1);
        self
    }
}

fn mistakes_of(text: &str) -> Mistakes {
    match Model::text("wrong", text) {
        Err(Error::Model(mistakes)) => *mistakes,
        other => panic!("{other:?}"),
    }
}

/// The line and the message of each mistake.
fn lines(mistakes: &Mistakes) -> Vec<(usize, &str)> {
    mistakes.list.iter().map(|mistake| (mistakes.place(mistake.span.start).0, mistake.what.as_str())).collect()
}

#[test]
fn all_mistakes_of_a_head_are_listed() {
    let text = throng::model::TEMPLATE
        .replace("neighbours = 8", "neighbours = 3")
        .replace("number = 500", "number = 500\n//! colour = 3")
        .replace("bits = 16", "bits = 12")
        .replace("default = 0.2", "default = 2.5")
        .replace("busiest =", "seed =");
    let mistakes = mistakes_of(&text);
    println!("{mistakes}");
    let lines: Vec<usize> = lines(&mistakes).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [7, 15, 22, 29, 39]);
}

#[test]
fn the_first_mistake_of_every_function_is_listed() {
    let text = throng::model::TEMPLATE
        .replace("random_below(8u)", "random_below(8)")
        .replace("next.pos = ahead;", "next.pos = ahed;")
        + "fn third() -> u32 { if 3 { return 4u; } return 5u; }\nfn fourth() -> u32 { let four = 4u return four; }\nfn right() -> u32 { return 4u; }\n";
    let mistakes = mistakes_of(&text.replace("random_below(8)", "random_below(true)"));
    println!("{mistakes}");
    let lines: Vec<usize> = lines(&mistakes).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [46, 57, 62, 63]);
}

#[test]
fn both_mistakes_of_stages_and_metrics_are_listed() {
    let text = throng::model::TEMPLATE
        .replace("stages = [\"wander\"]", "stages = [\"wandr\"]")
        .replace("max = \"steps\"", "max = \"stesp\"")
        .replace("variance = \"pos.x\"", "variance = \"pos.z\"");
    let mistakes = mistakes_of(&text);
    println!("{mistakes}");
    let lines: Vec<usize> = lines(&mistakes).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [32, 38, 39]);
}

#[test]
fn what_a_terminal_would_obey_is_not_printed() {
    let mistakes = mistakes_of("//! [step]\n//! stages = \"\u{1b}[2J\"\n");
    assert!(!mistakes.to_string().contains('\u{1b}'), "{mistakes}");
}

/// Runs a model on the CPU for three steps.
fn run(text: &str) -> throng::Result<()> {
    let model = Model::text("endless", text)?;
    let mut simulation = Simulation::of(model).size(8, 8).agents(3).backend(BackendChoice::Cpu).threads(1).build()?;
    simulation.run(&Run::steps(3).every(1)).map(|_| ())
}

#[test]
fn a_loop_without_end_is_an_error_that_names_its_function() {
    let endless = "    loop { if me.pos.x < -5 { break; } }\n";
    let stage = throng::model::TEMPLATE.replace("    let ahead =", &format!("{endless}    let ahead ="));
    let start = throng::model::TEMPLATE.replace("    next.heading = random_below(8u);\n", endless);
    let layer = throng::model::TEMPLATE.replace("bits = 16,", "bits = 16, from = \"hills\",")
        + "fn hills(at: vec2<i32>) -> u32 { loop { if at.x < -5 { break; } } return 1u; }\n";
    for (text, name) in [(stage, "wander"), (start, "begin"), (layer, "hills")] {
        match run(&text) {
            Err(error @ Error::Rule { .. }) => {
                let told = error.to_string();
                assert!(told.contains(&format!("`{name}`")) && told.contains("bound"), "{told}");
                assert_eq!(error.exit_code(), 2);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    // A long loop that ends is none.
    let long = "    for (var i = 0; i < 30000; i += 1) { if me.pos.x < -5 { break; } }\n";
    run(&throng::model::TEMPLATE.replace("    let ahead =", &format!("{long}    let ahead ="))).unwrap();
}
