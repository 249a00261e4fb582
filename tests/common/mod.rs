//! The backends that this machine can test.
#![allow(dead_code, reason = "every test file includes this one and uses a part of it")]

#[path = "../device/mod.rs"]
mod device;

use throng::{BackendChoice, Error, Model};

/// The CPU, and the GPU where there is one (a software device will do); one line says so where there is none, and
/// `THRONG_REQUIRE_GPU=1` makes that a failure.
pub fn backends() -> Vec<BackendChoice> {
    let gpu = device::device().map(|_| BackendChoice::Gpu);
    [BackendChoice::Cpu].into_iter().chain(gpu).collect()
}

/// A built-in model.
pub fn builtin(name: &str) -> Model {
    Model::builtin(name).unwrap_or_else(|error| panic!("{error}"))
}

/// A model from its text.
pub fn model(name: &str, text: &str) -> Model {
    Model::text(name, text).unwrap_or_else(|error: Error| panic!("{error}"))
}

/// The same model with one thing in its text changed; panics when there is nothing to change.
pub fn changed(model: &Model, from: &str, to: &str) -> Model {
    assert!(model.source.contains(from), "`{from}` is not in the text of `{}`", model.name);
    self::model(&format!("{}-changed", model.name), &model.source.replacen(from, to, 1))
}
