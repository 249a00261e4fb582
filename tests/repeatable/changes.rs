//! Parameters that change while worlds run: at the step that was said, in every world, on every backend.

use throng::BackendChoice::Cpu;
use throng::Schedule::{Resident, Wide};
use throng::{Builder, Run, Simulation};

use crate::common::{backends, builtin, model};
use crate::places::{build, hashes_after};

/// Each agent adds up what the parameters are, step by step.
const ADDING: &str = "
//! # Sums of parameters.
//! [agents]
//! start = \"begin\"
//! [params]
//! rate = { default = 1, range = [-1000, 1000] }
//! fixed_one = { default = 5 }
//! weights = { default = [10, 20] }
//! [step]
//! stages = [\"add\"]
//! [metrics]
//! sum = { mean = \"sum\" }
struct Agent { sum: i32 }
fn begin(me: Agent) -> Agent {
    var next = me;
    next.sum = 1000000 * params.rate;
    return next;
}
fn add(me: Agent) -> Agent {
    var next = me;
    next.sum += params.rate + 10000 * params.weights[1] * i32(current_step() == 7u);
    return next;
}
";

fn adding() -> Builder {
    Simulation::of(model("adding", ADDING)).size(8, 8).agents(3).worlds(2)
}

#[test]
fn a_step_sees_what_was_said_from_it_on() {
    // Steps 1 to 3 see 1, 4 and 5 see 100, 6 to 10 see -7; step 7 sees the second weight of step 7.
    let changed = adding().change("rate", 6, -7.0).change("rate", 4, 5.0).change("rate", 4, 100.0);
    let changed = changed.change("weights[1]", 7, 3.0).change("weights", 8, 99.0);
    let expected = 1_000_000.0 + 3.0 + 200.0 - 35.0 + 30_000.0;
    for backend in backends() {
        for schedule in [Wide, Resident] {
            for cuts in [&[10][..], &[3, 7], &[4, 1, 5], &[1; 10]] {
                let mut worlds = build(&changed.clone().schedule(schedule), backend);
                for steps in cuts {
                    worlds.run(&Run::steps(*steps)).unwrap();
                }
                assert_eq!(
                    worlds.metric("sum").unwrap(),
                    [expected; 2],
                    "{backend:?}, {schedule:?}, {cuts:?}"
                );
                assert_eq!(worlds.parameters(1).unwrap(), [-7.0, 5.0, 99.0, 99.0]);
                assert_eq!(worlds.worlds().parameters[1], [1.0, 5.0, 10.0, 20.0]);
            }
            let mut single = build(&changed.clone().schedule(schedule), backend);
            (0..10).for_each(|_| single.step().unwrap());
            assert_eq!(single.metric("sum").unwrap(), [expected; 2]);
            // A change that comes a step late would be noticed.
            let late = adding().change("rate", 4, 100.0).change("rate", 7, -7.0).schedule(schedule);
            let mut late = build(&late.change("weights[1]", 7, 3.0), backend);
            late.run(&Run::steps(10)).unwrap();
            assert_ne!(late.metric("sum").unwrap(), [expected; 2]);
        }
    }
}

#[test]
fn worlds_that_stood_still_change_at_their_own_steps() {
    let changed = adding().change("rate", 4, 100.0).set_in(1, "rate", 2.0);
    for backend in backends() {
        let mut worlds = build(&changed, backend);
        // Step 7 adds 200,000 more. The second world stops at 2,000,004 after two steps, the first goes on to four.
        worlds.run(&Run::steps(4).every(1).until("sum >= 2000004")).unwrap();
        assert_eq!(worlds.steps(), [4, 2]);
        assert_eq!(worlds.metric("sum").unwrap(), [1_000_103.0, 2_000_004.0]);
        worlds.run(&Run::steps(3)).unwrap();
        assert_eq!(worlds.steps(), [7, 5]);
        assert_eq!(worlds.metric("sum").unwrap(), [1_200_403.0, 2_000_206.0], "{backend:?}");
    }
}

#[test]
fn a_program_can_change_what_it_said_may_change() {
    for backend in backends() {
        let mut worlds = build(&adding().free("rate"), backend);
        worlds.run(&Run::steps(2)).unwrap();
        worlds.set_parameter(1, "rate", 50.0).unwrap();
        worlds.run(&Run::steps(2)).unwrap();
        assert_eq!(worlds.metric("sum").unwrap(), [1_000_004.0, 1_000_102.0], "{backend:?}");
        let compiled = worlds.set_parameter(0, "fixed_one", 6.0).unwrap_err().to_string();
        assert!(compiled.contains(".free(\"fixed_one\")"), "{compiled}");
        assert!(worlds.set_parameter(2, "rate", 1.0).is_err());
        assert!(worlds.set_parameter(0, "rate", 5000.0).is_err());
        assert!(worlds.set_parameter(0, "rat", 1.0).unwrap_err().to_string().contains("`rate`"));
    }
    for wrong in [adding().change("rate", 0, 1.0), adding().change("rate", 5, 1001.0), adding().free("x")] {
        assert!(wrong.backend(Cpu).build().is_err());
    }
}

#[test]
fn built_in_models_change_alike_everywhere() {
    for (name, parameter, values) in [
        ("sir-network", "beta", [0.9, 0.0]),
        ("explorers", "persistence", [0.0, 16.0]),
        ("sir", "gamma", [0.9, 0.0]),
    ] {
        let plain =
            Simulation::of(builtin(name)).size(40, 30).agents(if name == "sir-network" { 1 } else { 50 });
        let plain = plain.worlds(3).seed(4);
        let changed = plain.clone().change(parameter, 5, values[0]).change(parameter, 9, values[1]);
        let one = hashes_after(&changed, Cpu, 15);
        assert_ne!(one, hashes_after(&plain, Cpu, 15), "{name}: nothing changed");
        let late = plain.clone().change(parameter, 8, values[0]).change(parameter, 9, values[1]);
        assert_ne!(one, hashes_after(&late, Cpu, 15), "{name}: steps late is the same");
        for backend in backends() {
            for schedule in [Wide, Resident] {
                let worlds = changed.clone().schedule(schedule);
                assert_eq!(hashes_after(&worlds, backend, 15), one, "{name}, {backend:?}, {schedule:?}");
            }
        }
    }
}
