//! Mistakes with several kinds of agents: their heads, neighbours, births and deaths, claims, metrics, pictures.

use super::*;

/// Wolves and sheep, with something put into the head and into the body.
struct Parts {
    wolf: &'static str,
    sheep: &'static str,
    head: &'static str,
    stages: &'static str,
    body: &'static str,
}

const PARTS: Parts = Parts {
    wolf: "near = 3",
    sheep: "births = 2",
    head: "",
    stages: "[\"prowl\", \"graze\"]",
    body: "fn prowl(me: Wolf) -> Wolf { return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
};

impl Parts {
    fn text(&self) -> String {
        let Parts { wolf, sheep, head, stages, body } = self;
        format!(
            "//! # Wolves and sheep.\n//! [agents.wolf]\n//! number = 5\n//! {wolf}\n//! [agents.sheep]\n//! number = 9\n//! {sheep}\n\
             //! [params]\n//! flock = {{ default = 10, range = [0, 100] }}\n//! share = {{ default = 0.5 }}\n\
             //! [layers]\n//! grass = {{ bits = 8 }}\n//! offer = {{ claim = true }}\n//! [step]\n//! stages = {stages}\n//! {head}\n\
             struct Wolf {{ pos: vec2<i32>, energy: i32 }}\nstruct Sheep {{ pos: vec2<i32>, wool: u32 }}\n{body}\n"
        )
    }
}

fn wolf(name: &'static str, wolf: &'static str, what: &'static str, remedy: &'static str) -> Wrong {
    Wrong { name, text: Parts { wolf, ..PARTS }.text(), what, remedy }
}

fn head(name: &'static str, head: &'static str, what: &'static str, remedy: &'static str) -> Wrong {
    Wrong { name, text: Parts { head, ..PARTS }.text(), what, remedy }
}

fn body(name: &'static str, body: &'static str, what: &'static str, remedy: &'static str) -> Wrong {
    Wrong { name, text: Parts { body, ..PARTS }.text(), what, remedy }
}

/// A stage and a declaration that calls on it, or a metric and its function.
fn measured(
    name: &'static str,
    head: &'static str,
    function: &'static str,
    what: &'static str,
    remedy: &'static str,
) -> Wrong {
    let body = format!("{}\n{function}", PARTS.body).leak();
    Wrong { name, text: Parts { head, body, ..PARTS }.text(), what, remedy }
}

fn stages(
    name: &'static str,
    stages: &'static str,
    body: &'static str,
    what: &'static str,
    remedy: &'static str,
) -> Wrong {
    Wrong { name, text: Parts { stages, body, ..PARTS }.text(), what, remedy }
}

pub fn wrong() -> Vec<Wrong> {
    let mut all = heads();
    all.extend(bodies());
    all.extend(claims());
    all.extend(totals());
    all.extend(metrics());
    all.extend(pictures());
    all
}

fn heads() -> Vec<Wrong> {
    let no_struct = PARTS.text().replace("struct Wolf", "struct Wulf").replace("Wolf", "Wulf");
    let near_without_place =
        PARTS.text().replace("struct Wolf { pos: vec2<i32>,", "struct ‹Wolf› { at: vec2<i32>,");
    vec![
        Wrong {
            name: "a kind without a struct",
            text: format!("{no_struct}‹›"),
            what: "no `struct Wolf`",
            remedy: "struct Wolf { pos: vec2<i32> }",
        },
        wolf("a number that no parameter gives", "near = 1\n//! place = ‹\"here\"›", "here", "\"apart\""),
        wolf("squares of nought", "near = ‹0›", "0 cells", "from 1"),
        wolf("births of nought", "births = ‹0›", "0 young", "from 1 to 64"),
        wolf("too many births", "births = ‹65›", "65 young", "several stages"),
        wolf("no such space", "space = ‹\"sphere\"›", "sphere", "\"continuous\""),
        wolf("an unknown key of a kind", "‹nere› = 3", "nere", "`near`"),
        Wrong {
            name: "a number by an unknown parameter",
            text: PARTS.text().replacen("number = 5", "number = ‹\"pack\"›", 1),
            what: "no parameter `pack`",
            remedy: "[params]",
        },
        Wrong {
            name: "a number by a parameter that is no whole number",
            text: PARTS.text().replacen("number = 5", "number = ‹\"share\"›", 1),
            what: "`share` cannot say",
            remedy: "whole number",
        },
        Wrong {
            name: "neighbours without places",
            text: near_without_place,
            what: "no field `pos`",
            remedy: "add the field",
        },
        Wrong {
            name: "a kind and a layer of one name",
            text: PARTS.text().replace("grass = {", "‹wolf› = {"),
            what: "clash",
            remedy: "another name",
        },
        Wrong {
            name: "a layer called as a kind's function",
            text: PARTS.text().replace("grass = {", "‹wolf_here› = {"),
            what: "`wolf_here`",
            remedy: "another name",
        },
        Wrong {
            name: "two kinds of one struct",
            text: PARTS
                .text()
                .replace("agents.wolf", "agents.fire_ant")
                .replace("agents.sheep", "agents.‹fireAnt›")
                .replace("Wolf", "FireAnt"),
            what: "clash",
            remedy: "another name",
        },
        Wrong {
            name: "a kind called as what every rule can call",
            text: PARTS.text().replace("agents.wolf", "agents.‹fixed›"),
            what: "`fixed`",
            remedy: "another name",
        },
        Wrong {
            name: "too many kinds",
            text: format!(
                "{}//! [agents.‹kind9›]\n//! number = 1\n//! [step]\n//! stages = [\"go\"]\n",
                (1..9).map(|kind| format!("//! [agents.kind{kind}]\n//! number = 1\n")).collect::<String>()
            ),
            what: "more than 8 kinds",
            remedy: "by a field",
        },
    ]
}

fn bodies() -> Vec<Wrong> {
    const GRAZE: &str = "fn graze(me: Sheep) -> Sheep { return me; }";
    vec![
        body(
            "neighbours of a kind that is not sorted",
            "fn prowl(me: Wolf) -> Wolf { var near = ‹near_sheep›(me.pos, 1); return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "near_sheep",
            "`near = 5` under `[agents.sheep]`",
        ),
        body(
            "a count in a cell of a kind that is not sorted",
            "fn prowl(me: Wolf) -> Wolf { if ‹sheep_here›(me.pos) > 1u { die(); } return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "sheep_here",
            "`near = 5` under `[agents.sheep]`",
        ),
        body(
            "a rank of a kind that is misspelt",
            "fn prowl(me: Wolf) -> Wolf { if ‹rank_wolff›(me.pos) > 1u { die(); } return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "rank_wolff",
            "`rank_wolf`",
        ),
        body(
            "a birth of nobody",
            "fn prowl(me: Wolf) -> Wolf { ‹spawn_wolfe›(me); return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "spawn_wolfe",
            "`spawn_wolf`",
        ),
        body(
            "a wolf that bears a sheep of the wrong make",
            "fn prowl(me: Wolf) -> Wolf { spawn_sheep(‹Wolf(me.pos, 1)›); return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "Wolf",
            "spawn_sheep(child: Sheep)",
        ),
        body(
            "a function called as a kind's",
            "fn ‹spawn_wolf›(me: Wolf) { }\nfn prowl(me: Wolf) -> Wolf { return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "`spawn_wolf`",
            "another name",
        ),
        body(
            "a function called as that by which agents die",
            "fn ‹die›() { }\nfn prowl(me: Wolf) -> Wolf { return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "`die`",
            "another name",
        ),
        body(
            "a stage that turns wolves into sheep",
            "fn ‹prowl›(me: Wolf) -> Sheep { return Sheep(); }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "`prowl`",
            "-> Wolf",
        ),
        stages(
            "a cell that dies",
            "[\"wilt\", \"graze\"]",
            "fn wilt(at: vec2<i32>) { ‹die()›; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "`die`",
            "stage over agents",
        ),
        stages(
            "a cell that bears",
            "[\"wilt\", \"graze\"]",
            "fn wilt(at: vec2<i32>) { ‹spawn_sheep(Sheep(at, 0u))›; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "`spawn_sheep`",
            "stage over agents",
        ),
        Wrong {
            name: "a birth in the first state",
            text: Parts {
                sheep: "start = \"lamb\"",
                body: "fn lamb(me: Sheep) -> Sheep { ‹spawn_sheep(me)›; return me; }\nfn prowl(me: Wolf) -> Wolf { return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
                ..PARTS
            }
            .text(),
            what: "nobody is born",
            remedy: "number of agents",
        },
        Wrong {
            name: "neighbours in the first state",
            text: Parts {
                sheep: "start = \"lamb\"",
                body: "fn ‹lamb›(me: Sheep) -> Sheep { if wolf_here(me.pos) > 0u { return Sheep(); } return me; }\nfn prowl(me: Wolf) -> Wolf { return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
                ..PARTS
            }
            .text(),
            what: "not be there yet",
            remedy: "stage of the step",
        },
        Wrong {
            name: "cells in continuous space",
            text: Parts {
                wolf: "near = 3\n//! space = \"continuous\"",
                body: format!("fn prowl(me: Wolf) -> Wolf {{ if ‹wolf_here›(me.pos) > 1u {{ die(); }} return me; }}\n{GRAZE}").leak(),
                ..PARTS
            }
            .text(),
            what: "wolf_here",
            remedy: "near_wolf(at, radius)",
        },
    ]
}

fn claims() -> Vec<Wrong> {
    vec![
        stages(
            "asking who won before anybody claimed",
            "[‹\"prowl\"›, \"graze\"]",
            "fn prowl(me: Wolf) -> Wolf { if won_offer(me.pos) { die(); } return me; }\nfn graze(me: Sheep) -> Sheep { claim_offer(me.pos); return me; }",
            "nobody has claimed",
            "earlier",
        ),
        stages(
            "asking who won while claiming",
            "[‹\"prowl\"›, \"graze\"]",
            "fn prowl(me: Wolf) -> Wolf { claim_offer(me.pos); if won_offer(me.pos) { die(); } return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "nobody has yet",
            "later stage",
        ),
        stages(
            "two kinds that claim one layer",
            "[\"prowl\", ‹\"graze\"›]",
            "fn prowl(me: Wolf) -> Wolf { claim_offer(me.pos); return me; }\nfn graze(me: Sheep) -> Sheep { claim_offer(me.pos); return me; }",
            "two kinds",
            "layer of its own",
        ),
        stages(
            "a cell that claims",
            "[\"wilt\", \"graze\"]",
            "fn wilt(at: vec2<i32>) { ‹claim_offer(at)›; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "runs over cells",
            "stage over agents",
        ),
        body(
            "a claim of a layer that is not for claims",
            "fn prowl(me: Wolf) -> Wolf { ‹claim_grass›(me.pos); return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "claim_grass",
            "add_grass",
        ),
        body(
            "an effect on a layer of claims",
            "fn prowl(me: Wolf) -> Wolf { ‹add_offer›(me.pos, 1u); return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "add_offer",
            "claim_offer",
        ),
        body(
            "winning where there are no claims",
            "fn prowl(me: Wolf) -> Wolf { if ‹won_grass›(me.pos) { die(); } return me; }\nfn graze(me: Sheep) -> Sheep { return me; }",
            "won_grass",
            "claim = true",
        ),
        Wrong {
            name: "claims that hold something",
            text: PARTS.text().replace("offer = {", "‹offer› = { initial = 3,"),
            what: "holds nothing else",
            remedy: "another layer",
        },
    ]
}

fn totals() -> Vec<Wrong> {
    let with = |name, declared: &str, body: &str, what, remedy| Wrong {
        name,
        text: Parts { body: Box::leak(body.to_owned().into_boxed_str()), ..PARTS }
            .text()
            .replace("//! offer =", &format!("//! {declared}\n//! offer =")),
        what,
        remedy,
    };
    const LOOK: &str = "fn graze(me: Sheep) -> Sheep { return me; }";
    let prowl = |act: &str| format!("fn prowl(me: Wolf) -> Wolf {{ {act} return me; }}\n{LOOK}");
    vec![
        with(
            "a total that nobody brings together",
            "‹heat› = { total = true }",
            PARTS.body,
            "no stage",
            "add_heat",
        ),
        with(
            "a total brought together in two ways by one stage",
            "heat = { total = true }",
            &prowl("add_heat(1u); ‹max_heat(2u)›;"),
            "both `add_heat` and `max_heat`",
            "one kind of effect",
        ),
        with(
            "a total brought together in two ways by two stages",
            "‹heat› = { total = true }",
            "fn prowl(me: Wolf) -> Wolf { add_heat(1u); return me; }\nfn graze(me: Sheep) -> Sheep { max_heat(1u); return me; }",
            "in one way by one stage",
            "a total of its own",
        ),
        with(
            "a total with cells",
            "‹heat› = { total = true, bits = 8 }",
            &prowl("add_heat(1u);"),
            "one number of 32 bits",
            "leave out all but",
        ),
        with(
            "a total that is read at a place",
            "heat = { total = true }",
            &prowl("add_heat(‹heat(me.pos)›);"),
            "takes 0 arguments",
            "fn heat() -> u32",
        ),
        Wrong {
            name: "a metric of a total",
            text: Parts { head: "[metrics]\n//! warm = { sum = ‹\"heat\"› }", ..PARTS }
                .text()
                .replace("//! offer =", "//! heat = { total = true }\n//! offer =")
                .replace("prowl(me: Wolf) -> Wolf {", "prowl(me: Wolf) -> Wolf { add_heat(1u);"),
            what: "total `heat`",
            remedy: "what the rule brings together",
        },
    ]
}

fn metrics() -> Vec<Wrong> {
    vec![
        head(
            "a metric over a misspelt field of a kind",
            "[metrics]\n//! fed = { mean = ‹\"wolf.enrgy\"› }",
            "wolf.enrgy",
            "`wolf.energy`",
        ),
        head(
            "a metric over a field whose kind is not said",
            "[metrics]\n//! fed = { mean = ‹\"energy\"› }",
            "no field of one",
            "`wolf.energy`",
        ),
        head(
            "a metric over a kind that there is not",
            "[metrics]\n//! foxes = { count = ‹\"fox\"› }",
            "`fox`",
            "wolf",
        ),
        head(
            "a metric over claims",
            "[metrics]\n//! asked = { count = ‹\"offer\"› }",
            "holds claims",
            "who won",
        ),
        measured(
            "a measured function that looks for others",
            "[metrics]\n//! met = { sum = \"met\" }",
            "fn met(me: Wolf) -> u32 { return ‹wolf_here(me.pos)›; }",
            "`wolf_here`",
            "keep what it gave",
        ),
        measured(
            "a measured function that asks who won",
            "[metrics]\n//! won = { sum = \"won\" }",
            "fn won(at: vec2<i32>) -> bool { return ‹claimed_offer(at)›; }",
            "`claimed_offer`",
            "keep what it gave",
        ),
        measured(
            "a measured function that bears",
            "[metrics]\n//! born = { sum = \"born\" }",
            "fn born(me: Sheep) -> u32 { ‹spawn_sheep(me)›; return 1u; }",
            "`spawn_sheep`",
            "keep what it gave",
        ),
        measured(
            "a measured function by which agents die",
            "[metrics]\n//! dead = { sum = \"dead\" }",
            "fn dead(me: Sheep) -> u32 { ‹die()›; return 1u; }",
            "`die`",
            "keep what it gave",
        ),
        Wrong {
            name: "a layer filled by looking for agents",
            text: Parts {
                body: format!("{}\nfn crowd(at: vec2<i32>) -> u32 {{ return ‹wolf_here(at)›; }}", PARTS.body)
                    .leak(),
                ..PARTS
            }
            .text()
            .replace("grass = { bits = 8 }", "grass = { bits = 8, from = \"crowd\" }"),
            what: "before there are agents",
            remedy: "stage of the step",
        },
    ]
}

fn pictures() -> Vec<Wrong> {
    let one = |name, entry: &'static str, what, remedy| {
        head(name, format!("[picture]\n//! {entry}").leak(), what, remedy)
    };
    vec![
        one("a picture of nothing", "‹gras› = { draw = false }", "`gras`", "`grass`"),
        one("a picture of claims", "‹offer› = { draw = true }", "claims", "remove"),
        one("an unknown key of a picture", "grass = { ‹color› = [\"#ffffff\"] }", "color", "colours"),
        one("a colour that is none", "grass = { colours = ‹[\"#ffffff\", \"green\"]› }", "green", "#2a6f97"),
        one(
            "a colour with a sign",
            "grass = { colours = ‹[\"#ffffff\", \"#+f+f+f\"]› }",
            "#+f+f+f",
            "#2a6f97",
        ),
        one("colours that are no list", "grass = { colours = ‹\"#ffffff\"› }", "colours", "list"),
        one("a scale of one colour", "grass = { colours = ‹[\"#ffffff\"]› }", "1 colour", "from 2 to 16"),
        one(
            "a kind of two colours",
            "wolf = { colours = ‹[\"#ffffff\", \"#000000\"]› }",
            "2 colours",
            "give one",
        ),
        one(
            "values with too few colours",
            "grass = { values = [\"bare\", \"grown\"], colours = ‹[\"#ffffff\"]› }",
            "1 colour",
            "2 values",
        ),
        one("a layer with a field", "grass = { field = ‹\"energy\"› }", "no fields", "remove"),
        one("values of no field", "wolf = { values = ‹[\"lean\", \"fat\"]› }", "tells the agents", "field ="),
        one("a field without values", "wolf = { field = ‹\"energy\"› }", "stand for", "add `values`"),
        one(
            "a field that there is not",
            "wolf = { field = ‹\"enery\"›, values = [\"lean\"] }",
            "no field `enery`",
            "`energy`",
        ),
        one(
            "a field of two numbers",
            "wolf = { field = ‹\"pos\"›, values = [\"lean\"] }",
            "pair",
            "one number",
        ),
        one("a heading that there is not", "wolf = { heading = ‹\"way\"› }", "no field `way`", "pos, energy"),
    ]
}

/// What the tables are made from is right as it stands, and what `[picture]` says is read.
#[test]
fn kinds_without_mistakes_are_accepted() {
    let picture = "[picture]\n//! grass = { values = [\"bare\", \"grown\"], colours = [\"#ffffff\", \"#4e9a51\"] }\n\
                   //! wolf = { heading = \"energy\", colours = [\"#3A2f2a\"] }\n//! sheep = { draw = false }";
    let text = Parts { head: picture, ..PARTS }.text();
    let model = Model::text("kinds", &text).unwrap_or_else(|error| panic!("{error}"));
    model.explain().unwrap_or_else(|error| panic!("{error}"));
    let grass = model.appearance("grass").unwrap();
    assert_eq!((grass.values.join(" "), grass.colours[1]), ("bare grown".into(), [0x4e, 0x9a, 0x51]));
    let wolf = model.appearance("wolf").unwrap();
    assert_eq!((wolf.draw, wolf.colours.as_slice()), (true, &[[0x3a, 0x2f, 0x2a]][..]));
    assert_eq!(model.heading_field(&model.kinds[0]).unwrap().name, "energy");
    assert!(!model.appearance("sheep").unwrap().draw && model.appearance("offer").is_none());
}
