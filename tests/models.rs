//! Every built-in model is read, planned for both targets, and explained.

use std::sync::Arc;
use throng::model::{Host, Model, Setting};
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
                        agents: vec![5; model.kinds.len()],
                        worlds,
                        segment_words: vec![segment_words; model.layers.len()],
                        segments: 40,
                        int64: false,
                        resident: false,
                        host: (target == Target::Cpu).then_some(Host { alone: wraps, tracks: worlds == 1 }),
                        parameters: Vec::new(),
                    };
                    Plan::new(model.clone(), setting, target).unwrap_or_else(|error| panic!("{error}"));
                }
            }
        }
    }
    Model::text("template", throng::model::TEMPLATE).unwrap_or_else(|error| panic!("{error}"));
}

/// More layers than anybody's first model has.
#[test]
fn a_model_may_have_many_layers() {
    let layers: String = (0..40).map(|index| format!("//! layer_{index} = {{ bits = 8 }}\n")).collect();
    let calls: String = (0..40)
        .map(|index| format!("    add_layer_{index}(me.pos, 1u + layer_{index}(me.pos));\n"))
        .collect();
    let source = format!(
        "//! [layers]\n{layers}//! [step]\n//! stages = [\"go\"]\n//! [metrics]\n//! last = {{ sum = \"layer_39\" }}\n\
         struct Agent {{ pos: vec2<i32> }}\nfn go(me: Agent) -> Agent {{\n{calls}    return me;\n}}\n"
    );
    let mut simulation =
        throng::Simulation::of(Model::text("many", &source).unwrap_or_else(|error| panic!("{error}")))
            .size(4, 4)
            .agents(1)
            .backend(throng::BackendChoice::Cpu)
            .build()
            .unwrap();
    simulation.run(&throng::Run::steps(3)).unwrap();
    // 0, 1, 3, 7: each step adds one more than there is.
    assert_eq!(simulation.metric("last").unwrap(), [7.0]);
}
