//! Plans: their designs against independent oracles, their files read back, their mistakes told, their trials subset.

#[path = "plan/command.rs"]
mod command;
#[path = "plan/designs.rs"]
mod designs;
#[path = "plan/files.rs"]
mod files;
#[path = "plan/mistakes.rs"]
mod mistakes;
#[path = "plan/subsets.rs"]
mod subsets;

use throng::experiment::Plan;
use throng::experiment::plan::{Description, Values};

/// A small experiment with explorers, whose parameters are `persistence` (0 to 16), `novelty` (0 to 256) and
/// `sensor_range` (0 to 32), all whole.
fn small() -> Description {
    let mut one = Description::of("explorers");
    one.size = Some((16, 16));
    one.steps = 20;
    one
}

/// [`small`] with these parameters.
fn varying(parameters: &[(&str, &str)]) -> Description {
    let mut one = small();
    for (name, values) in parameters {
        one.set(name, Values::parse(values).unwrap());
    }
    one
}

fn plan(one: Description) -> Plan {
    Plan::new(vec![one]).unwrap_or_else(|error| panic!("{error}"))
}

/// A model with two real parameters from 0 to 1 and one whole one from 1 to 6.
fn dice() -> throng::Model {
    let text = throng::model::TEMPLATE.replace(
        "//! turn = { default = 0.2, type = \"probability\", help = \"chance to turn, each step\" }",
        "//! turn = { default = 0.2, type = \"probability\", help = \"chance to turn, each step\" }
//! slack = { default = 0.5, range = [0, 1] }
//! die = { default = 1, range = [1, 6] }",
    );
    throng::Model::text("dice", &text).unwrap_or_else(|error| panic!("{error}"))
}
