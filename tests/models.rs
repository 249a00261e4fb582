//! Every built-in model is read, planned for both targets, and explained.

use std::sync::Arc;
use throng::model::{Model, Setting};
use throng::plan::{Plan, Target};

#[test]
fn plan_of_every_builtin_model() {
    for name in Model::builtin_names() {
        let model = Arc::new(Model::builtin(name).unwrap_or_else(|error| panic!("{error}")));
        assert!(model.exact, "{name}");
        for target in [Target::Cpu, Target::Gpu] {
            for wraps in [false, true] {
                for (worlds, segment_words) in [(1, u64::MAX), (3, u64::MAX), (1, 100)] {
                    let setting = Setting {
                        width: 37,
                        height: 64,
                        wraps,
                        open: false,
                        agents: 5,
                        worlds,
                        segment_words: vec![segment_words; model.layers.len()],
                        segments: 40,
                        int64: false,
                        tracks: target == Target::Cpu,
                    };
                    Plan::new(model.clone(), setting, target).unwrap_or_else(|error| panic!("{error}"));
                }
            }
        }
    }
    Model::text("template", throng::model::TEMPLATE).unwrap_or_else(|error| panic!("{error}"));
}
