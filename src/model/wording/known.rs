//! What the author of a rule may have meant by a name that means nothing.

use naga::keywords::wgsl::BUILTIN_IDENTIFIERS;

use super::{Reading, listed};
use crate::model::declaration::{Effect, Layer, Space};
use crate::model::head::ONLY_KIND;
use crate::model::kinds;
use crate::model::names::{self, nearest};
use crate::model::tokens;

/// Types of other languages, and what WGSL calls them.
const FOREIGN: [(&str, &str); 8] = [
    ("int", "i32"),
    ("uint", "u32"),
    ("unsigned", "u32"),
    ("usize", "u32"),
    ("float", "f32"),
    ("double", "f32"),
    ("boolean", "bool"),
    ("size_t", "u32"),
];

impl Reading<'_> {
    /// What to do about a name at `place` that nothing has.
    pub(super) fn remedy_for_unknown(&self, name: &str, place: usize) -> String {
        let layers = &self.model.layers;
        if name == "params" {
            return "declare parameters under `[params]` in the head, as in `speed = { default = 1 }`".into();
        }
        if let Some((_, ours)) = FOREIGN.iter().find(|(theirs, _)| *theirs == name) {
            return format!("WGSL calls this type `{ours}`");
        }
        if let Some(remedy) = self.remedy_for_effect(name) {
            return remedy;
        }
        if let Some(remedy) = self.remedy_for_kind(name) {
            return remedy;
        }
        let known = self.known(name, place);
        match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!("define it, or declare it under `[layers]` if it is a layer {}", declared(layers))
            }
        }
    }

    /// When a name reads like a layer's function: what that layer has, or how to declare it.
    fn remedy_for_effect(&self, name: &str) -> Option<String> {
        let layers = &self.model.layers;
        if let Some(layer) =
            name.strip_suffix("_around").and_then(|of| layers.iter().find(|layer| layer.name == of))
        {
            return Some(format!(
                "only layers of one bit have `_around`, `{}` has {}",
                layer.name, layer.bits
            ));
        }
        if let Some(layer) =
            name.strip_prefix("diffused_").and_then(|of| layers.iter().find(|layer| layer.name == of))
        {
            return Some(format!(
                "a layer of one bit cannot be diffused, give `{}` 8, 16 or 32 bits",
                layer.name
            ));
        }
        let (verb, of) = name.split_once('_')?;
        if let ("won" | "claimed", Some(layer)) = (verb, layers.iter().find(|layer| layer.name == of)) {
            return Some(format!(
                "only a layer that agents claim has `{verb}_`, one declared as `{} = {{ claim = true }}`",
                layer.name
            ));
        }
        if !Effect::ALL.iter().flat_map(|effect| effect.verbs()).any(|known| known == verb) {
            return None;
        }
        if let Some(layer) = layers.iter().find(|layer| layer.name == of) {
            let effects: Vec<String> =
                Effect::ALL.iter().filter_map(|effect| effect.function(layer)).collect();
            let bits = if layer.bits == 1 { "1 bit".to_owned() } else { format!("{} bits", layer.bits) };
            return Some(format!("layer `{of}` has {bits}, and so the effects {}", listed(&effects)));
        }
        Some(match nearest(of, layers.iter().map(|layer| layer.name.as_str())) {
            Some(near) => format!("did you mean `{verb}_{near}`?"),
            None => format!("declare a layer `{of}` under `[layers]` {}", declared(layers)),
        })
    }

    /// When a name reads like a function that looks for agents of a kind or bears one: how there comes to be one.
    fn remedy_for_kind(&self, name: &str) -> Option<String> {
        let kinds = &self.model.kinds;
        let parts = [
            name.strip_prefix("near_"),
            name.strip_prefix("next_"),
            name.strip_prefix("rank_"),
            name.strip_suffix("_here"),
        ];
        let spawned = name.strip_prefix("spawn_").or(name.strip_suffix("_count"));
        let wanted = parts.into_iter().flatten().next().or(spawned)?;
        let Some(kind) = kinds.iter().find(|kind| kind.name == wanted) else {
            let near = nearest(wanted, kinds.iter().map(|kind| kind.name.as_str()))?;
            return Some(format!("did you mean `{}`?", name.replace(wanted, near)));
        };
        if kind.near.is_none() {
            let section =
                if kind.name == ONLY_KIND { "agents".to_owned() } else { format!("agents.{wanted}") };
            return Some(format!(
                "declare how far rules look for them, in cells: `near = 5` under `[{section}]` in the head"
            ));
        }
        (kind.space == Space::Continuous).then(|| {
            format!("in continuous space nobody shares a cell: use `near_{wanted}(at, radius)` and `next_{wanted}`")
        })
    }

    /// Every name that a rule could use at `place`, but for `except`.
    fn known(&self, except: &str, place: usize) -> Vec<String> {
        let own = tokens::declared(self.source(), self.tokens).into_iter().map(|token| self.word(token));
        let layers = self.model.layers.iter().flat_map(names::functions_of);
        let general = names::PRELUDE.iter().chain(BUILTIN_IDENTIFIERS).copied();
        // Of two that are equally near the author's own is meant.
        let kinds = self.model.kinds.iter().flat_map(kinds::functions_of);
        let known = self.locals(place).into_iter().chain(own).map(str::to_owned).chain(layers).chain(kinds);
        known.chain(general.map(str::to_owned)).filter(|name| name != except).collect()
    }

    /// The arguments and variables of the function around `place`.
    fn locals(&self, place: usize) -> Vec<&str> {
        let functions = tokens::functions(self.source(), self.tokens);
        let Some(function) = functions.iter().find(|function| function.body.contains(&place)) else {
            return Vec::new();
        };
        let inside = &self.tokens[self.token_at(function.name.start)..self.token_at(place)];
        let pairs = inside.windows(2).filter_map(|pair| match (self.word(&pair[0]), self.word(&pair[1])) {
            ("let" | "var" | "const", name) => Some(name),
            (name, ":") => Some(name),
            _ => None,
        });
        pairs.collect()
    }

    /// What is wrong with a field that what stands before it does not have, and what to do.
    pub(super) fn unknown_field(&self, field: &str, place: usize) -> (String, String) {
        let before = &self.tokens[..self.token_at(place)];
        let of = match before {
            [.., base, dot] if base.is_word && self.word(dot) == "." => self.word(base),
            _ => "",
        };
        if of == "params" {
            let known = self.model.parameter_names();
            let remedy = match nearest(field, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("declare it under `[params]` in the head (declared now: {})", known.join(", "))
                }
            };
            return (format!("there is no parameter `{field}`"), remedy);
        }
        let what = match of {
            "" => format!("what stands before it has no `{field}`"),
            of => format!("`{of}` has no `{field}`"),
        };
        let agent = self.fields_of("Agent");
        // A single letter is near to every other.
        let near = nearest(field, agent.iter().copied()).filter(|_| field.len() > 1);
        let remedy = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("an `Agent` has {}; a `vec2` has x or y", listed(&agent)),
        };
        (what, remedy)
    }

    /// The members of a struct of the model's own.
    fn fields_of(&self, name: &str) -> Vec<&str> {
        let words: Vec<&str> = self.tokens.iter().map(|token| self.word(token)).collect();
        let Some(start) = words.windows(2).position(|pair| pair == ["struct", name]) else {
            return Vec::new();
        };
        let end =
            words[start..].iter().position(|word| *word == "}").map_or(words.len(), |length| start + length);
        words[start..end].windows(2).filter(|pair| pair[1] == ":").map(|pair| pair[0]).collect()
    }

    /// The head of a function, `fn name(...) -> type`, the model's own or a generated one.
    pub(super) fn signature(&self, name: &str) -> Option<&str> {
        let start = self.text.find(&format!("fn {name}("))?;
        let length = self.text[start..].find('{')?;
        Some(self.text[start..start + length].trim_end())
    }
}

fn declared(layers: &[Layer]) -> String {
    let layers: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
    format!("(declared now: {})", if layers.is_empty() { "none".to_owned() } else { layers.join(", ") })
}
