//! From a model's text and its interface to naga's module, or to the mistakes in the text.

use naga::Module;
use naga::valid::{Capabilities, ModuleInfo, ValidationError, ValidationFlags, Validator};

use super::interface::interface;
use super::setting::Setting;
use super::tokens::{self, FunctionText, Token};
use super::wording::Reading;
use super::{Model, body, names};
use crate::mistake::Mistake;

/// Parses a model's text with its interface behind it, and checks it.
pub(super) fn parse(model: &Model, source: &str, setting: &Setting) -> Result<Module, Vec<Mistake>> {
    let tokens = tokens::tokens(source);
    let mistakes = refuse(model, source, &tokens);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let behind = interface(model, setting);
    let functions = tokens::functions(source, &tokens);
    let mut text = format!("{source}\n{behind}");
    let mut mistakes: Vec<Mistake> = Vec::new();
    // naga stops at the first mistake. Those in other functions are found once the body with that one is emptied.
    while mistakes.len() < MOST_MISTAKES {
        let mistake = match module(&Reading { model, text: &text, own: source.len(), tokens: &tokens }) {
            Ok(module) if mistakes.is_empty() => {
                return finished(source, &tokens).map(|()| module).map_err(|mistake| vec![mistake]);
            }
            Ok(_) => break,
            Err(mistake) => mistake,
        };
        let place = mistake.span.start;
        let again = mistakes.iter().any(|known| known.span == mistake.span);
        if !again {
            mistakes.push(mistake);
        }
        match functions.iter().find(|function| function.body.contains(&place)) {
            Some(function) if !again && empty(&mut text, function) => {}
            _ => break,
        }
    }
    Err(mistakes)
}

/// Refuses a text that ends in the middle of a declaration: generated text would complete it.
fn finished(source: &str, tokens: &[Token]) -> Result<(), Mistake> {
    match tokens.last() {
        Some(last) if !matches!(&source[last.span.clone()], "}" | ";") => Err(Mistake {
            what: "the text ends in the middle of a declaration".into(),
            remedy: "complete it, or remove what has begun".into(),
            span: last.span.clone(),
        }),
        _ => Ok(()),
    }
}

/// Mistakes that are listed at most: those behind many are often their consequences.
pub(super) const MOST_MISTAKES: usize = 20;

/// Puts a body in the place of a function's that has no mistake, and says whether it has room.
fn empty(text: &mut String, function: &FunctionText) -> bool {
    let body = match &function.result {
        Some(result) => format!("return {}();", &text[result.clone()]),
        None => String::new(),
    };
    let room = function.body.len();
    if body.len() > room {
        return false;
    }
    text.replace_range(function.body.clone(), &(body.clone() + &" ".repeat(room - body.len())));
    true
}

/// What is refused before naga sees it: names that would get in the way, and what is nested too deep for its stack.
fn refuse(model: &Model, source: &str, tokens: &[Token]) -> Vec<Mistake> {
    let text = |token: &Token| &source[token.span.clone()];
    let mut mistakes = Vec::new();
    for token in tokens.iter().filter(|token| token.is_word && text(token).starts_with("throng_")) {
        mistakes.push(Mistake {
            what: format!("`{}` begins with `throng_`, which is kept for generated code", text(token)),
            remedy: "choose another name; docs/model-file.md lists all that a rule can call".into(),
            span: token.span.clone(),
        });
    }
    mistakes.extend(too_deep(source, tokens));
    let words: Vec<&str> = tokens.iter().map(text).collect();
    for kind in model.kinds.iter().filter(|kind| kind.near.is_some()) {
        let begins = words.windows(3).position(|three| three == ["struct", kind.structure.as_str(), "{"]);
        let Some(begins) = begins else { continue };
        let fields = words[begins..].iter().take_while(|word| **word != "}");
        if !fields.zip(&words[begins + 1..]).any(|pair| pair == (&"pos", &":")) {
            mistakes.push(Mistake {
                what: format!(
                    "agents `{}` are to be found by their places, but have no field `pos`",
                    kind.name
                ),
                remedy: "add the field `pos: vec2<i32>`, or remove `near` from the head".into(),
                span: tokens[begins + 1].span.clone(),
            });
        }
    }
    for token in tokens::declared(source, tokens) {
        let hides = || names::refuse_beside_graph(text(token)).filter(|_| model.graph.is_some());
        if let Some(what) = names::refuse_declared(text(token), &model.layers, &model.kinds).or_else(hides) {
            mistakes.push(Mistake { what, remedy: "choose another name".into(), span: token.span.clone() });
        }
    }
    mistakes
}

/// Brackets open at once (an `else if` counts as one more), and words and signs on end without a comma, semicolon or
/// brace: naga goes through what is nested by recursion, and this much fits in the smallest stack that a thread has.
const DEEPEST: usize = 100;
const LONGEST: usize = 1000;

fn too_deep(source: &str, tokens: &[Token]) -> Option<Mistake> {
    let text = |token: &Token| &source[token.span.clone()];
    // For each depth of brackets, how many `else if` follow the `if` that was last begun there.
    let mut branches = vec![0; DEEPEST + 2];
    let mut run = 0;
    for (index, token) in tokens.iter().enumerate() {
        let word = text(token);
        run = if matches!(word, "," | ";" | "{" | "}") { 0 } else { run + 1 };
        let depth = token.depth.min(DEEPEST + 1);
        if word == "if" {
            let follows = index > 0 && text(&tokens[index - 1]) == "else";
            branches[depth] = if follows { branches[depth] + 1 } else { 0 };
        }
        let nested = token.depth + branches[..=depth].iter().sum::<usize>();
        if nested > DEEPEST || run > LONGEST {
            return Some(Mistake {
                what: match nested > DEEPEST {
                    true => format!("brackets and `else if` are nested more than {DEEPEST} deep"),
                    false => format!("an expression goes on for more than {LONGEST} words and signs"),
                },
                remedy: "split it into several statements or functions".into(),
                span: token.span.clone(),
            });
        }
        if word == "}" && tokens.get(index + 1).is_none_or(|next| text(next) != "else") {
            branches[depth] = 0;
        }
    }
    None
}

/// One attempt of naga's, and the mistake in the model's own text that it met.
fn module(reading: &Reading) -> Result<Module, Mistake> {
    let module = match naga::front::wgsl::parse_str(reading.text) {
        Ok(module) => module,
        Err(error) => {
            let mistake = reading.of_parser(&error);
            if mistake.span.start < reading.own {
                return Err(mistake);
            }
            // What is left open at the end of the model's text is noticed in what follows: look at it alone.
            let alone = Reading { text: &reading.text[..reading.own], ..*reading };
            return Err(match naga::front::wgsl::parse_str(alone.text) {
                Err(error) if !error.message().contains("no definition in scope") => alone.of_parser(&error),
                _ => mistake,
            });
        }
    };
    // What an agent cannot have is found before naga stumbles over it elsewhere.
    for kind in &reading.model.kinds {
        body::agent_layout(&module, &reading.text[..reading.own], &kind.structure)?;
    }
    match validate(&module) {
        Ok(_) => Ok(module),
        Err(error) => Err(reading.of_validator(&error, &module)),
    }
}

/// Checks a module as a device that has 64-bit multiplication at best.
pub(crate) fn validate(module: &Module) -> Result<ModuleInfo, naga::WithSpan<ValidationError>> {
    Validator::new(ValidationFlags::all(), Capabilities::SHADER_INT64).validate(module)
}
