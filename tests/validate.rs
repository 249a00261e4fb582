//! The checks that `throng validate` makes: each takes the right model and rejects a wrong one.

use throng::experiment::validate::{Check, Got, Tolerance, Verdict, Wrong, checks, checks_of};
use throng::{BackendChoice, Model};

/// What is wrong with a check: it fails, or is not made, or takes its wrong variant for the right model.
fn faults(check: &Check, quick: bool) -> Vec<String> {
    let name = format!("{}, {}", check.model, check.quantity);
    let measured = |got: throng::Result<Option<Got>>| got.unwrap_or_else(|error| panic!("{name}: {error}"));
    let right = measured(check.run(BackendChoice::Cpu, quick));
    let wrong = measured(check.run_wrong(BackendChoice::Cpu, quick));
    let mut faults = Vec::new();
    match check.verdict(right) {
        Verdict::Fail => faults.push(format!("{name}: {right:?}, not {}", check.expected)),
        // Only a second device can be missing.
        Verdict::Skipped if !check.quantity.contains("GPU") => faults.push(format!("{name} was skipped")),
        _ => {}
    }
    if check.verdict(right) != Verdict::Skipped && check.verdict(wrong) != Verdict::Fail {
        faults.push(format!("{name}: {} was taken for the right model: {wrong:?}", check.wrong.what));
    }
    faults
}

#[test]
fn each_quick_check_takes_the_right_model_and_rejects_a_wrong_one() {
    let faults: Vec<String> =
        checks_of(&[], true).unwrap().iter().flat_map(|check| faults(check, true)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_long_check_takes_the_right_model_and_rejects_a_wrong_one() {
    let faults: Vec<String> =
        checks().iter().filter(|check| !check.quick).flat_map(|check| faults(check, true)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_builtin_model_has_the_checks_of_repeatability() {
    for name in Model::builtin_names() {
        let repeatable = checks_of(&[name.to_owned()], true)
            .unwrap()
            .iter()
            .filter(|check| check.tolerance == Tolerance::Exact)
            .count();
        assert!(repeatable >= 5, "{name} has {repeatable}");
    }
}

#[test]
fn each_check_is_told_from_the_others_and_says_where_its_value_comes_from() {
    let checks = checks();
    for (index, check) in checks.iter().enumerate() {
        let same = |other: &&Check| (other.model, other.quantity) == (check.model, check.quantity);
        assert_eq!(checks.iter().position(|other| same(&other)), Some(index), "{}", check.quantity);
        assert!(!check.source.is_empty() && !check.quantity.is_empty());
    }
}

/// A check whose measurement is made up.
fn check(tolerance: Tolerance) -> Check {
    Check {
        model: "walkers",
        quantity: "nothing",
        source: "nowhere",
        expected: 100.0,
        tolerance,
        quick: true,
        changes: &[],
        wrong: Wrong { what: "", from: "", to: "" },
        measure: |_| Ok(None),
    }
}

#[test]
fn tolerances_are_what_they_say() {
    let verdict = |tolerance, value, standard_error| {
        check(tolerance).verdict(Some(Got { value, standard_error })) == Verdict::Pass
    };
    let errors = Tolerance::StandardErrors { known_within: 1.0 };
    assert!(verdict(errors, 108.9, 2.0) && verdict(errors, 91.1, 2.0));
    assert!(!verdict(errors, 109.1, 2.0) && !verdict(errors, 90.9, 2.0));
    let relative = Tolerance::Relative(0.03);
    assert!(
        verdict(relative, 102.9, 50.0) && !verdict(relative, 103.1, 50.0) && !verdict(relative, 96.9, 50.0)
    );
    assert!(verdict(Tolerance::Exact, 100.0, 1.0) && !verdict(Tolerance::Exact, 100.000001, 1.0));
    assert!(verdict(Tolerance::AtLeast, 100.0, 0.0) && !verdict(Tolerance::AtLeast, 99.0, 9.0));
    for tolerance in [errors, relative, Tolerance::Exact, Tolerance::AtLeast] {
        // A world that never ends, or a mean of nothing, agrees with nothing.
        assert!(!verdict(tolerance, f64::INFINITY, f64::NAN) && !verdict(tolerance, f64::NAN, f64::INFINITY));
        assert!(!verdict(tolerance, f64::INFINITY, f64::INFINITY));
        assert_eq!(check(tolerance).verdict(None), Verdict::Skipped);
    }
    assert_eq!(check(relative).run(BackendChoice::Cpu, true).unwrap(), None);
}

#[test]
fn a_mean_has_its_standard_error() {
    let values: Vec<f64> = (0..1000).map(|i| f64::from(i % 10)).collect();
    let got = Got::mean(&values);
    assert_eq!(got.value, 4.5);
    assert!((got.standard_error - (8.25_f64 / 999.0).sqrt()).abs() < 1e-12);
    assert_eq!(Got::exactly(3.0).standard_errors_from(2.0), None);
}

#[test]
fn a_model_without_checks_is_refused_in_one_sentence() {
    let Err(error) = checks_of(&["walkers".into(), "wanderers".into()], true) else {
        panic!("`wanderers` has checks")
    };
    let text = error.to_string();
    assert!(text.contains("`wanderers`") && text.contains("name one of walkers, explorers"), "{text}");
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn the_command_prints_one_object_for_each_check() {
    let throng = |words: &[&str]| {
        std::process::Command::new(env!("CARGO_BIN_EXE_throng")).arg("validate").args(words).output().unwrap()
    };
    let done = throng(&["learned-explorers", "explorers", "--quick", "--json", "--backend", "cpu"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let list: Vec<serde_json::Value> = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(list.len(), 12);
    assert!(list.iter().all(|one| one["verdict"] == "pass" || one["verdict"] == "skipped"), "{list:?}");
    let refused = throng(&["wanderers"]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
}
