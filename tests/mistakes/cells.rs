//! Mistakes in stages over cells, in stages that run seldom, and in models without agents.

use super::*;

/// A model of cells alone, with this body.
fn cells(name: &'static str, stages: &str, body: &str, what: &'static str, remedy: &'static str) -> Wrong {
    let head = "//! [layers]\n//! heat = { bits = 16 }\n//! hot = { bits = 1 }\n//! [step]\n//! stages = ";
    Wrong { name, text: format!("{head}{stages}\n{body}\n"), what, remedy }
}

pub fn wrong() -> Vec<Wrong> {
    vec![
        cells(
            "an effect of a cell elsewhere",
            "[\"cool\"]",
            "fn cool(at: vec2<i32>) { ‹add_heat(at, 1u)›; }",
            "runs over cells",
            "`set_heat(value)`",
        ),
        cells(
            "a mark of a cell in a function that it calls",
            "[\"cool\"]",
            "fn note(at: vec2<i32>) { ‹mark_hot(at)›; }\nfn cool(at: vec2<i32>) { note(at); }",
            "`mark_hot`",
            "stage over agents",
        ),
        cells(
            "an agent that sets a cell",
            "[\"go\"]",
            "struct Agent { pos: vec2<i32> }\nfn go(me: Agent) -> Agent { ‹set_heat(1u)›; return me; }",
            "came last",
            "`max_heat`",
        ),
        cells(
            "an agent that sets a bit",
            "[\"go\"]",
            "struct Agent { pos: vec2<i32> }\nfn go(me: Agent) -> Agent { ‹set_hot(true)›; return me; }",
            "several may stand",
            "`mark_hot`",
        ),
        cells(
            "a cell that sets another",
            "[\"cool\"]",
            "fn cool(at: vec2<i32>) { ‹set_heat(at, 1u)›; }",
            "takes 1 argument",
            "fn set_heat(value: u32)",
        ),
        cells(
            "a layer of wide cells set to a truth value",
            "[\"cool\"]",
            "fn cool(at: vec2<i32>) { set_heat(‹true›); }",
            "bool",
            "fn set_heat(value: u32)",
        ),
        cells(
            "a metric that sets",
            "[\"cool\"]\n//! [metrics]\n//! warm = { sum = \"warm\" }",
            "fn cool(at: vec2<i32>) { set_heat(1u); }\nfn warm(at: vec2<i32>) -> u32 { ‹set_heat(1u)›; return 1u; }",
            "measured",
            "stage",
        ),
        cells(
            "a stage over cells that gives something",
            "[\"cool\"]",
            "fn ‹cool›(at: vec2<i32>) -> u32 { return 1u; }",
            "return nothing",
            "fn cool(at: vec2<i32>)",
        ),
        cells(
            "a stage of neither kind",
            "[\"go\"]",
            "struct Agent { pos: vec2<i32> }\nfn ‹go›(me: u32) -> Agent { return Agent(); }",
            "`go`",
            "fn go(at: vec2<i32>)",
        ),
        cells(
            "a start over cells",
            "[\"cool\"]\n//! [agents]\n//! start = \"begin\"",
            "struct Agent { pos: vec2<i32> }\nfn cool(at: vec2<i32>) { }\nfn ‹begin›(at: vec2<i32>) { }",
            "`begin`",
            "-> Agent",
        ),
        cells(
            "an interval of nought",
            "[{ run = \"cool\", every = ‹0› }]",
            "fn cool(at: vec2<i32>) { }",
            "every 0 steps",
            "1 for every step",
        ),
        cells(
            "an interval that is no number",
            "[{ run = \"cool\", every = ‹\"ten\"› }]",
            "fn cool(at: vec2<i32>) { }",
            "every",
            "whole number",
        ),
        cells(
            "an unknown key of a stage",
            "[{ run = \"cool\", ‹evry› = 2 }]",
            "fn cool(at: vec2<i32>) { }",
            "evry",
            "`every`",
        ),
        cells("a stage without a function", "[‹{ every = 2 }›]", "fn cool(at: vec2<i32>) { }", "run", "add"),
        cells("a stage that is a number", "[‹3›]", "fn cool(at: vec2<i32>) { }", "stage", "run ="),
        cells("stages that are no list", "‹\"cool\"›", "fn cool(at: vec2<i32>) { }", "stages", "list"),
        cells(
            "a stage twice, once seldom",
            "[\"cool\", { run = ‹\"cool\"›, every = 2 }]",
            "fn cool(at: vec2<i32>) { }",
            "two stages",
            "second function",
        ),
        cells(
            "agents without a struct",
            "[\"cool\"]\n//! [agents]\n//! number = ‹5›",
            "fn cool(at: vec2<i32>) { }",
            "no `struct Agent`",
            "remove",
        ),
        cells(
            "a place for agents that there are not",
            "[\"cool\"]\n//! [agents]\n//! place = ‹\"together\"›",
            "fn cool(at: vec2<i32>) { }",
            "pos",
            "place",
        ),
    ]
}

/// A model of cells alone may say that it has no agents, or say nothing; all agents that nobody asked for are one word.
#[test]
fn models_without_agents_are_accepted() {
    for agents in ["", "//! [agents]\n//! number = 0\n"] {
        let text = format!(
            "//! [layers]\n//! heat = {{ bits = 8 }}\n{agents}//! [step]\n//! stages = [{{ run = \"cool\", every = 3 }}]\n\
             fn cool(at: vec2<i32>) {{ set_heat(heat(at) + 1u + population()); }}\n"
        );
        let model = Model::text("cells", &text).unwrap_or_else(|error| panic!("{error}"));
        assert!(model.kinds.is_empty() && model.stages[0].kind().is_none() && model.stages[0].every == 3);
        let explained = model.explain().unwrap();
        assert!(explained.contains("cool: each cell reads and sets heat, every 3 steps"), "{explained}");
        assert!(explained.contains("no agents"), "{explained}");
        let world = throng::Simulation::of(model.clone()).size(4, 4).backend(throng::BackendChoice::Cpu);
        let mut simulation = world.clone().build().unwrap();
        simulation.run(&throng::Run::steps(7)).unwrap();
        assert_eq!(simulation.layer("heat", 0).unwrap(), [2; 16]);
        let error = world.agents(5).build().err().expect("agents of a model without any").to_string();
        assert!(error.contains("has no agents"), "{error}");
    }
}
