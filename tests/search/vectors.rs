//! Vector parameters: declared once, read by index, the same on every backend.

use throng::{BackendChoice, Model, Run, Simulation};

const MODEL: &str = "//! [params]\n\
    //! before = { default = 3 }\n\
    //! weights = { count = 5, default = 0.5, range = [-8, 8], help = \"some numbers\" }\n\
    //! table = { default = [1, 2, 3], type = \"u32\" }\n\
    //! after = { default = 4 }\n\
    //! [step]\n//! stages = [\"go\"]\n//! [metrics]\n//! sum = { sum = \"sum\" }\n//! last = { max = \"last\" }\n\
    struct Agent { sum: i32, last: u32 }\n\
    fn go(me: Agent) -> Agent {\n    var next = me;\n    next.sum = params.before * 1000 + params.after;\n\
    \x20   for (var i = 0u; i < 5u; i += 1u) { next.sum += i32(i + 1u) * (params.weights[i] >> 15u); }\n\
    \x20   next.last = params.table[current_step() % 3u];\n    return next;\n}\n";

fn sums(backend: BackendChoice, distinct: bool) -> Vec<(f64, f64)> {
    let mut builder = Simulation::of(Model::text("vectors", MODEL).unwrap())
        .size(4, 4)
        .agents(1)
        .worlds(3)
        .set("weights[4]", -2.0)
        .set("after", 9.0)
        .backend(backend);
    if distinct {
        builder = builder.set_in(1, "weights", 1.0).set_in(1, "weights[0]", 4.0).set_in(2, "table[2]", 77.0);
    }
    let mut simulation = builder.build().unwrap();
    simulation.run(&Run::steps(2)).unwrap();
    let (sum, last) = (simulation.metric("sum").unwrap(), simulation.metric("last").unwrap());
    sum.into_iter().zip(last).collect()
}

#[test]
fn elements_reach_the_rule_in_their_order() {
    // 3009 + (1 + 2 + 3 + 4) * 1 + 5 * -4; table[2] is 3.
    let common = (2999.0, 3.0);
    assert_eq!(sums(BackendChoice::Cpu, false), [common; 3]);
    // In world 1 all weights are 1 but the first, which is 4: 3009 + 8 + (2 + 3 + 4 + 5) * 2.
    assert_eq!(sums(BackendChoice::Cpu, true), [common, (3045.0, 3.0), (2999.0, 77.0)]);
}

#[test]
fn a_device_reads_the_same() {
    // Which devices there are is the business of the suite of backends; here one that is there must agree.
    if throng::gpu::Adapter::best(true).is_ok() {
        for distinct in [false, true] {
            assert_eq!(sums(BackendChoice::Gpu, distinct), sums(BackendChoice::Cpu, distinct));
        }
    }
}

#[test]
fn a_vector_is_several_parameters_with_one_name() {
    let model = Model::text("vectors", MODEL).unwrap();
    assert_eq!(model.parameter_names(), ["before", "weights", "table", "after"]);
    assert_eq!(model.parameters.len(), 10);
    assert_eq!(model.parameter_places("weights").unwrap(), 1..6);
    assert_eq!(model.parameter_places("weights[2]").unwrap(), 3..4);
    assert_eq!(model.parameters[3].name, "weights[2]");
    assert_eq!(model.parameters[7].default, 2.0);
    let explained = model.explain().unwrap();
    assert!(explained.contains("weights (5 of fixed, -8 to 8): some numbers\n    = 0.5 each"), "{explained}");
    assert!(explained.contains("table (3 of u32, 0 to 4294967295)\n    = 1, 2, 3"), "{explained}");
}

#[test]
fn mistakes_with_vectors_are_told() {
    let model = |params: &str| {
        let text = format!(
            "//! [params]\n//! {params}\n//! [step]\n//! stages = [\"go\"]\nstruct Agent {{ a: u32 }}\n\
             fn go(me: Agent) -> Agent {{ return me; }}\n"
        );
        Model::text("wrong", &text).map(|_| ()).unwrap_err().to_string()
    };
    let sentences = [
        ("w = { count = 3, default = [1, 2] }", "vector `w` has a count of 3 and 2 defaults"),
        ("w = { count = 0, default = 1 }", "vector `w` cannot have 0 elements"),
        ("w = { count = 513, default = 1 }", "vector `w` cannot have 513 elements"),
        ("w = { default = [] }", "cannot be a list of 0"),
        ("w = { default = [1, \"a\"] }", "cannot be a list of 2"),
        ("w = { default = [1, 9], range = [0, 8] }", "parameter `w[1]` cannot be 9"),
        ("w = { count = -1, default = 1 }", "`count` of parameter `w` cannot be -1"),
    ];
    for (params, sentence) in sentences {
        let told = model(params);
        assert!(told.contains(sentence), "{params}: {told}");
    }
    let model = Model::text("vectors", MODEL).unwrap();
    let told = |name: &str, value: f64| {
        let built = Simulation::of(model.clone()).set(name, value).backend(BackendChoice::Cpu).build();
        built.map(|_| ()).unwrap_err().to_string()
    };
    assert!(told("weight", 1.0).contains("did you mean `weights`?"));
    assert!(told("weights[5]", 1.0).contains("no parameter `weights[5]`"));
    assert!(told("weights", 9.0).contains("parameter `weights[0]` cannot be 9"));
}
