//! From a model's text and its interface to naga's module, or to the mistakes in the text.

use naga::Module;
use naga::valid::{Capabilities, ModuleInfo, ValidationError, ValidationFlags, Validator};

use super::interface::{Setting, interface};
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
            Ok(module) if mistakes.is_empty() => return finished(source, &tokens).map(|()| module).map_err(|mistake| vec![mistake]),
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
const MOST_MISTAKES: usize = 20;

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
    text.replace_range(function.body.clone(), &format!("{body:room$}"));
    true
}

/// What is refused before naga sees it: names that would get in the way, and what is nested too deep for its stack.
fn refuse(model: &Model, source: &str, tokens: &[Token]) -> Vec<Mistake> {
    let text = |token: &Token| &source[token.span.clone()];
    let mut mistakes = Vec::new();
    let mut run = 0;
    for token in tokens {
        let word = text(token);
        if token.is_word && word.starts_with("throng_") {
            mistakes.push(Mistake {
                what: format!("`{word}` begins with `throng_`, which is kept for generated code"),
                remedy: "choose another name; all that a rule can call is in `throng new FILE` and docs/model-file.md".into(),
                span: token.span.clone(),
            });
        }
        run = if matches!(word, "," | ";" | "{" | "}") { 0 } else { run + 1 };
        if token.depth > DEEPEST || run > LONGEST {
            mistakes.push(Mistake {
                what: match token.depth > DEEPEST {
                    true => format!("brackets are nested more than {DEEPEST} deep"),
                    false => format!("an expression goes on for more than {LONGEST} words and signs"),
                },
                remedy: "split it into several statements or functions".into(),
                span: token.span.clone(),
            });
            break;
        }
    }
    for token in tokens::declared(source, tokens) {
        if let Some(what) = names::refuse_declared(text(token), &model.layers) {
            mistakes.push(Mistake { what, remedy: "choose another name".into(), span: token.span.clone() });
        }
    }
    mistakes
}

/// Brackets open at once, and words and signs on end without a comma, semicolon or brace: naga goes through what is
/// nested by recursion, and this much fits in the smallest stack that a thread has.
const DEEPEST: usize = 100;
const LONGEST: usize = 1000;

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
    body::agent_layout(&module, &reading.text[..reading.own])?;
    match validate(&module) {
        Ok(_) => Ok(module),
        Err(error) => Err(reading.of_validator(&error, &module)),
    }
}

/// Checks a module as a device that has 64-bit multiplication at best.
pub(crate) fn validate(module: &Module) -> Result<ModuleInfo, naga::WithSpan<ValidationError>> {
    Validator::new(ValidationFlags::all(), Capabilities::SHADER_INT64).validate(module)
}
