//! Mistakes in the head.

use super::*;

pub fn wrong() -> Vec<Wrong> {
    let mut all = syntax();
    all.extend(sections());
    all.extend(names());
    all.extend(functions());
    all
}

fn syntax() -> Vec<Wrong> {
    vec![
        whole("an empty file", "‹", "head", "throng new"),
        whole("no head", "‹struct Agent { pos: vec2<i32> }\n", "head", "//! [step]"),
        whole("a byte order mark", "‹\u{feff}//! [step]\n//! stages = [\"go\"]\n", "byte order mark", "without"),
        whole("a head without a step", "//! ‹# Nothing but a title.\n", "step", "//! [step]"),
        template("TOML: no closing bracket", "[\"wander\"]", "‹[›\"wander\"", "does not end", "]"),
        template("TOML: no closing quote", "start = \"begin\"", "start = \"begin‹", "string", "quote"),
        template("TOML: no value", "number = 500", "number = ‹", "TOML", "number"),
        template("TOML: nonsense", "number = 500", "number = ‹500 apples›", "TOML", "quotes"),
        template("TOML: a key twice", "number = 500", "number = 500\n//! ‹number› = 600", "duplicate", "remove"),
        template("TOML: a section twice", "[layers]\n//! wall", "[‹params›]\n//! wall", "duplicate", "remove"),
        template("TOML: a comma for a full stop", "default = 0.2,", "default = 0,2‹,", "TOML", "TOML"),
        template("TOML: a name without quotes", "place = \"together\"", "place = ‹together›", "TOML", "quotes"),
        template("the head goes on behind code", "// What an agent is.", "const x = 1;\n‹//! [params]›\n// What an agent is.", "head", "move"),
    ]
}

fn sections() -> Vec<Wrong> {
    vec![
        template("an unknown section", "[params]", "[‹parameters›]", "parameters", "`params`"),
        template("an unknown section far from all", "[params]", "[‹zebra›]", "zebra", "metrics"),
        template("an unknown key in grid", "wrap = true\n", "‹wraps› = true\n", "wraps", "`wrap`"),
        template("an unknown key in agents", "number = 500", "‹count› = 500", "count", "number"),
        template("an unknown key of a parameter", "default = 0.2", "‹defualt› = 0.2", "defualt", "`default`"),
        template("an unknown key of a layer", "bits = 16", "‹bit› = 16", "bit", "`bits`"),
        template("an unknown reduction", "{ max = \"steps\" }", "{ ‹medium› = \"steps\" }", "medium", "variance"),
        template("a number for a truth value", "wrap = true\n", "wrap = ‹1›\n", "wrap", "true or false"),
        template("a string for a number", "number = 500", "number = ‹\"500\"›", "number", "whole number"),
        template("a decimal for a whole number", "number = 500", "number = ‹0.5›", "number", "whole number"),
        template("a negative number of agents", "number = 500", "number = ‹-5›", "-5", "0 to"),
        template("a huge number of agents", "number = 500", "number = ‹99999999999›", "99999999999", "0 to"),
        template("a number that TOML cannot hold", "number = 500", "number = ‹99999999999999999999›", "99999999999999999999", "whole number"),
        template("no agents", "number = 500", "number = ‹0›", "no agents", "from 1"),
        template("an unknown place", "place = \"together\"", "place = ‹\"scattered\"›", "scattered", "anywhere"),
        template("three neighbours", "neighbours = 8", "neighbours = ‹3›", "3", "4 or 8"),
        template("a size of one side", "size = [256, 256]", "size = ‹[256]›", "size", "two"),
        template("a size of three sides", "size = [256, 256]", "size = ‹[256, 256, 256]›", "size", "two"),
        template("a size of nought", "size = [256, 256]", "size = ‹[0, 256]›", "0 by 256", "from 1"),
        template("a size past all grids", "size = [256, 256]", "size = ‹[4294967295, 4294967295]›", "4294967295", "2^31"),
        template("an unknown type of parameter", "\"probability\"", "‹\"chance\"›", "chance", "probability"),
        template("a default that is no number", "default = 0.2", "default = ‹\"high\"›", "default", "number"),
        template("a default out of its type", "default = 0.2", "default = ‹1.5›", "1.5", "range"),
        template("a default that is not finite", "default = 0.2", "default = ‹nan›", "nan", "number"),
        template("a default that must be whole", "0.2, type = \"probability\"", "‹0.2›, type = \"u32\"", "whole", "type"),
        template("a range upside down", "default = 0.2,", "default = 0.2, range = ‹[1, 0]›,", "1 to 0", "lower"),
        template("a range past the type", "default = 0.2,", "default = 0.2, range = ‹[0, 2]›,", "0 to 2", "type"),
        template("a range of three", "default = 0.2,", "default = 0.2, range = ‹[0, 1, 2]›,", "range", "two"),
        template("a parameter without a default", "{ default = 0.2, type", "‹{ type", "default", "default = "),
        template("a parameter that is a number", "{ default = 0.2, type = \"probability\", help = \"chance to turn, each step\" }", "‹0.2›", "turn", "{ default = 1 }"),
        template("a layer that is a number", "steps = { bits = 16, help = \"how many agents have stepped here\" }", "steps = ‹16›", "steps", "{ bits = 8 }"),
        template("a key that is a table", "start = \"begin\"", "‹start›.function = \"begin\"", "table", "quotes"),
        template("bits that do not pack", "bits = 16", "bits = ‹12›", "12 bits", "8, 16 or 32"),
        template("a layer without bits", "steps = { bits = 16, ", "steps = ‹{ ", "bits", "bits = "),
        template("an initial value too large", "bits = 16,", "bits = 16, initial = ‹65536›,", "65536", "more bits"),
        template("an outside value too large", "bits = 16,", "bits = 16, outside = ‹70000›,", "70000", "more bits"),
        template("from and initial at once", "bits = 16,", "bits = 16, from = ‹\"map\"›, initial = 1,", "both", "one of them"),
        template("no stages", "[\"wander\"]", "‹[]›", "no stages", "functions"),
        template("stages without a list", "[\"wander\"]", "‹\"wander\"›", "stages", "["),
        template("a stage twice", "[\"wander\"]", "[\"wander\", ‹\"wander\"›]", "two stages", "second function"),
        template("the start function as a stage", "[\"wander\"]", "[\"wander\", ‹\"begin\"›]", "begin", "second function"),
        template("two reductions", "{ max = \"steps\" }", "‹{ max = \"steps\", min = \"steps\" }›", "2", "one of count"),
        template("no reduction", "{ max = \"steps\" }", "‹{ over = \"cells\" }›", "0", "one of count"),
        template("a metric over the wrong things", "{ max = \"steps\" }", "{ max = \"steps\", over = ‹\"agents\"› }", "agents", "cells"),
        template("a metric of an unknown thing", "{ max = \"steps\" }", "{ max = ‹\"step\"› }", "step", "`steps`"),
        template("a metric of half a pair", "{ variance = \"pos.x\" }", "{ variance = ‹\"pos\"› }", "pos", "`pos.x`"),
        template("a histogram without bins", "{ max = \"steps\" }", "‹{ histogram = \"heading\" }›", "bins", "bins = 10"),
        template("a histogram of too many bins", "{ max = \"steps\" }", "{ histogram = \"heading\", bins = ‹5000›, range = [0, 8] }", "5000", "1024"),
        template("a histogram upside down", "{ max = \"steps\" }", "{ histogram = \"heading\", bins = 8, range = ‹[8, 0]› }", "8 to 0", "lower"),
        template("bins for a mean", "{ max = \"steps\" }", "{ max = \"steps\", bins = ‹4› }", "bins", "histogram"),
    ]
}

fn names() -> Vec<Wrong> {
    vec![
        template("a layer called like the prelude", "steps = { bits", "‹inside› = { bits", "inside", "another name"),
        template("a layer called like a WGSL keyword", "steps = { bits", "‹while› = { bits", "WGSL", "another name"),
        template("a layer called like a WGSL function", "steps = { bits", "‹clamp› = { bits", "WGSL", "another name"),
        template("a layer called like a WGSL type", "steps = { bits", "‹vec3› = { bits", "WGSL", "another name"),
        template("a layer with a kept name", "steps = { bits", "‹throng_steps› = { bits", "throng_", "another name"),
        template("a layer with two underscores", "steps = { bits", "‹my__steps› = { bits", "underscores", "another name"),
        template("a layer with a space", "steps = { bits", "‹\"my steps\"› = { bits", "my steps", "another name"),
        template("a parameter called like a WGSL keyword", "turn = {", "‹loop› = {", "WGSL", "another name"),
        template("a parameter that is no name", "turn = {", "‹\"2nd\"› = {", "2nd", "another name"),
        template("layers whose functions clash", "steps = { bits", "map = { bits = 8 }\n//! ‹add_map› = { bits = 8 }\n//! steps = { bits", "add_map", "another name"),
        template("a metric called like a column", "busiest = {", "‹seed› = {", "column", "another name"),
        template("a metric with a space", "busiest = {", "‹\"most busy\"› = {", "most busy", "another name"),
    ]
}

fn functions() -> Vec<Wrong> {
    vec![
        template("a missing stage", "[\"wander\"]", "[‹\"wandr\"›]", "wandr", "`wander`"),
        template("a missing start", "start = \"begin\"", "start = ‹\"birth\"›", "birth", "fn birth(me: Agent) -> Agent"),
        template("a stage that is a layer's function", "[\"wander\"]", "[‹\"add_steps\"›]", "add_steps", "fn"),
        template("a missing layer function", "bits = 16,", "bits = 16, from = ‹\"hills\"›,", "hills", "fn hills(at: vec2<i32>) -> u32"),
        template("a layer function of the wrong type", "bits = 16,", "bits = 16, from = ‹\"begin\"›,", "begin", "fn begin(at: vec2<i32>) -> u32"),
        template("a missing metric function", "{ max = \"steps\" }", "{ max = ‹\"crowd\"› }", "crowd", "define"),
        template("a metric function of the wrong type", "{ max = \"steps\" }", "{ max = ‹\"begin\"› }", "begin", "vec2<i32>"),
        template("a metric of a prelude function", "{ max = \"steps\" }", "{ max = ‹\"neighbour4\"› }", "neighbour4", "bool"),
        whole("a place without a position", "//! [agents]\n//! place = ‹\"together\"›\n//! [step]\n//! stages = [\"go\"]\nstruct Agent { pos: vec2<u32> }\nfn go(me: Agent) -> Agent { return me; }\n", "pos: vec2<i32>", "add the field"),
    ]
}
