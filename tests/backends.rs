//! One suite for all backends: a model enrols in one line, and must have the same state after every step and the same
//! records on the CPU and on the GPU (a software device will do), however the batch is cut.

#[path = "backends/case.rs"]
mod case;
#[path = "backends/models.rs"]
mod models;

use case::{Case, adapter};
use throng::Model;
use throng::gpu::{Adapter, Limits};
use throng::world::map::Map;

fn builtin(name: &str) -> Model {
    Model::builtin(name).unwrap_or_else(|error| panic!("{error}"))
}

/// Limits that cut even small worlds into segments and pieces, and dispatches into planes.
fn small(adapter: &Adapter, binding_bytes: u64) -> Adapter {
    let mut small = adapter.clone();
    small.limits = Limits { binding_bytes, workgroups: 3, ..small.limits };
    small
}

#[test]
fn builtin_models_in_batches_of_1_3_and_64_worlds() {
    let Some(adapter) = adapter() else { return };
    for name in Model::builtin_names() {
        Case::new(builtin(name)).size(96, 80).agents(300).worlds(1).steps(12).every(3).check(&adapter);
        Case::new(builtin(name)).size(37, 29).agents(50).worlds(3).steps(10).every(1).check(&adapter);
        Case::new(builtin(name)).size(16, 16).agents(9).worlds(64).steps(6).every(2).check(&adapter);
    }
}
