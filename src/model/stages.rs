//! Reads the stages of a step, and puts the engine's own between them.

use std::ops::Range;

use naga::Module;

use super::body::{self, Calls, Items, Stage};
use super::declaration::Effect;
use super::head::{Head, HeadText};
use super::{KindUse, LayerUse, Model, kinds, names};
use crate::mistake::Mistake;

pub(super) fn read_stages(
    model: &mut Model,
    text: &HeadText,
    head: &Head,
    module: &Module,
    mistakes: &mut Vec<Mistake>,
) {
    let calls = Calls::of(module, &model.source);
    let mut names = std::collections::HashSet::new();
    let starts = || head.agents.iter().filter_map(|(_, agents)| agents.start.as_ref());
    for stage in starts().chain(head.stages.get_ref().iter().map(|stage| &stage.run)) {
        if !names.insert(stage.get_ref()) {
            mistakes.push(Mistake {
                what: format!("`{}` would run as two stages", stage.get_ref()),
                remedy:
                    "define a second function that calls it, so that the two draw different random numbers"
                        .into(),
                span: text.span_in_file(stage.span()),
            });
        }
    }
    let reader = StageReader { model: &model.clone(), text, module, calls: &calls };
    let stages: Vec<Stage> = head
        .stages
        .get_ref()
        .iter()
        .filter_map(|stage| {
            let every = stage.every.as_ref().map_or(1, |every| *every.get_ref());
            reader.read(&stage.run, None, every, mistakes)
        })
        .collect();
    for (index, (_, agents)) in head.agents.iter().enumerate() {
        if let Some(start) = &agents.start {
            let stage = reader.read(start, Some(index), 1, mistakes);
            if let Some(kind) = model.kinds.get_mut(index) {
                kind.start = stage;
            }
        }
    }
    if mistakes.is_empty() {
        let stages = with_claims_cleared(model, stages, head, text, mistakes);
        model.stages = with_totals_published(model, stages, head, text, mistakes);
    }
    if !mistakes.is_empty() {
        return;
    }
    for (index, kind) in model.kinds.iter_mut().enumerate() {
        kind.varies |= model
            .stages
            .iter()
            .any(|stage| stage.kinds[index].bears || (stage.dies && stage.kind() == Some(index)));
    }
}

/// The stages with one before each that claims, in which the cells become nobody's again.
fn with_claims_cleared(
    model: &Model,
    stages: Vec<Stage>,
    head: &Head,
    text: &HeadText,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Stage> {
    let mut all = Vec::with_capacity(stages.len());
    let mut claimed_by: Vec<Option<usize>> = vec![None; model.layers.len()];
    for (stage, named) in stages.into_iter().zip(head.stages.get_ref()) {
        let mut refuse = |what: String, remedy: &str| {
            let span = text.span_in_file(named.run.span());
            mistakes.push(Mistake { what, remedy: remedy.into(), span });
        };
        for (layer, declared) in model.layers.iter().enumerate().filter(|(_, layer)| layer.claim) {
            let (uses, name) = (stage.layers[layer], &declared.name);
            let claims = uses.changes == Some(Effect::Claim);
            if claims && uses.reads {
                refuse(
                    format!(
                        "stage `{}` claims cells of `{name}` and asks who won them: nobody has yet",
                        stage.name
                    ),
                    "ask in a later stage",
                );
            } else if claims && claimed_by[layer].is_some_and(|kind| Some(kind) != stage.kind()) {
                refuse(
                    format!("two kinds of agents claim cells of `{name}`"),
                    "give each kind a layer of its own",
                );
            } else if uses.reads && claimed_by[layer].is_none() {
                refuse(
                    format!(
                        "stage `{}` asks who won cells of `{name}`, which nobody has claimed before it",
                        stage.name
                    ),
                    "call `claim_` in a stage that comes earlier in the step",
                );
            }
            if claims {
                claimed_by[layer] = stage.kind();
                let mut layers = vec![LayerUse::default(); model.layers.len()];
                layers[layer].changes = Some(Effect::Claim);
                let name = format!("throng_clear_{name}_for_{}", stage.name);
                all.push(engines_own(model, name, layers, stage.every, Items::Claims(layer)));
            }
        }
        all.push(stage);
    }
    all
}

/// The stages with one after each that brings a total together, which lets it be read from then on.
fn with_totals_published(
    model: &Model,
    stages: Vec<Stage>,
    head: &Head,
    text: &HeadText,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Stage> {
    for (layer, declared) in model.layers.iter().enumerate().filter(|(_, layer)| layer.total) {
        let name = &declared.name;
        let span = head.layers.iter().find(|(of, _)| of.get_ref() == name).map(|(of, _)| of.span());
        let mut refuse = |what: String, remedy: String| {
            let span = text.span_in_file(span.clone().unwrap_or(0..0));
            mistakes.push(Mistake { what, remedy, span });
        };
        let mut effects = stages.iter().filter_map(|stage| stage.layers[layer].changes);
        match effects.next() {
            None => refuse(
                format!("no stage brings total `{name}` together"),
                format!("call `add_{name}(value)` in a stage, or remove the total"),
            ),
            Some(first) if effects.any(|effect| effect != first) => refuse(
                format!(
                    "total `{name}` is brought together in one way by one stage and in another by another"
                ),
                "give each a total of its own".into(),
            ),
            Some(_) => {}
        }
        let starts = model.kinds.iter().filter_map(|kind| kind.start.as_ref());
        if let Some(start) = starts.into_iter().find(|start| start.layers[layer].changes.is_some()) {
            refuse(
                format!("`{}` makes the first state, and total `{name}` is of a step", start.name),
                format!("write `initial` for what `{name}` is before the first step"),
            );
        }
    }
    let mut all = Vec::with_capacity(stages.len());
    for stage in stages {
        let totals: Vec<Stage> = (model.layers.iter().enumerate())
            .filter(|(layer, declared)| declared.total && stage.layers[*layer].changes.is_some())
            .map(|(layer, declared)| {
                let mut layers = vec![LayerUse::default(); model.layers.len()];
                layers[layer].changes = stage.layers[layer].changes;
                let name = format!("throng_publish_{}_of_{}", declared.name, stage.name);
                engines_own(model, name, layers, stage.every, Items::Total(layer))
            })
            .collect();
        all.push(stage);
        all.extend(totals);
    }
    all
}

/// A stage that no model writes.
fn engines_own(model: &Model, name: String, layers: Vec<LayerUse>, every: u32, items: Items) -> Stage {
    let kinds = vec![KindUse::default(); model.kinds.len()];
    Stage { name, layers, draws: false, items, every, kinds, dies: false }
}

/// What it takes to read a stage.
struct StageReader<'a> {
    model: &'a Model,
    text: &'a HeadText,
    module: &'a Module,
    calls: &'a Calls<'a>,
}

impl StageReader<'_> {
    /// How a stage's function can be written: for a kind's start function, or for any stage.
    fn wanted(&self, name: &str, start_of: Option<usize>) -> String {
        let of = |structure: &str| format!("`fn {name}(me: {structure}) -> {structure}`");
        match (start_of, self.model.kinds.as_slice()) {
            (Some(kind), kinds) => of(kinds.get(kind).map_or("Agent", |kind| &kind.structure)),
            (None, []) => format!("`fn {name}(at: vec2<i32>)`"),
            (None, [first, ..]) => {
                format!("{}, or `fn {name}(at: vec2<i32>)` for a stage over cells", of(&first.structure))
            }
        }
    }

    fn read(
        &self,
        name: &toml::Spanned<String>,
        start_of: Option<usize>,
        every: u32,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Stage> {
        let (model, module) = (self.model, self.module);
        let wanted = self.wanted(name.get_ref(), start_of);
        let Some(function) = self.calls.function(name.get_ref()) else {
            mistakes.push(Mistake {
                what: format!("this file has no function `{}` for this stage", name.get_ref()),
                remedy: match names::nearest(name.get_ref(), self.calls.own_names()) {
                    Some(near) => format!("did you mean `{near}`? Else define {wanted}"),
                    None => format!("define {wanted}"),
                },
                span: self.text.span_in_file(name.span()),
            });
            return None;
        };
        let types = body::signature(module, &module.functions[function]);
        let of_kind = |structure: &str| model.kinds.iter().position(|kind| kind.structure == structure);
        let kind = match types.as_ref().map(|(from, to)| (&**from, &**to)) {
            Some(("vec2<i32>", "")) if start_of.is_none() => Some(None),
            Some((from, to)) if from == to => {
                of_kind(from).map(Some).filter(|kind| start_of.is_none() || start_of == *kind)
            }
            _ => None,
        };
        let place = body::find_word(
            &model.source,
            body::range(module.functions.get_span(function), &model.source),
            name.get_ref(),
        );
        let Some(kind) = kind else {
            let structure = match start_of {
                Some(kind) => model.kinds.get(kind),
                None => model.kinds.first(),
            };
            mistakes.push(Mistake {
                what: match structure.map(|kind| &kind.structure) {
                    Some(agent) => {
                        let article = if agent.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
                        format!(
                            "stage `{}` must take {article} `{agent}` and return {article} `{agent}`",
                            name.get_ref()
                        )
                    }
                    None => format!("stage `{}` must take a place and return nothing", name.get_ref()),
                },
                remedy: format!("write it as {wanted}"),
                span: place,
            });
            return None;
        };
        let reached = self.calls.reached(function);
        body::refuse_effects(&reached, &model.layers, name.get_ref(), kind.is_none(), mistakes);
        let layers = body::layer_uses(&reached, &model.layers, name.get_ref(), mistakes);
        let kinds = body::kind_uses(&reached, &model.kinds);
        let dies = reached.contains_key(kinds::DEATH);
        let mut refuse = |what: String, remedy: &str, span: Range<usize>| {
            mistakes.push(Mistake { what, remedy: remedy.into(), span });
        };
        let lives = dies.then(|| kinds::DEATH.to_owned()).into_iter();
        let born = model.kinds.iter().zip(&kinds).filter(|(_, uses)| uses.bears);
        for function in lives.chain(born.map(|(kind, _)| kinds::birth(&kind.name))) {
            let span = reached.get(&function).cloned().unwrap_or(place.clone());
            if kind.is_none() {
                refuse(
                    format!(
                        "stage `{}` runs over cells, and only agents can call `{function}`",
                        name.get_ref()
                    ),
                    "do it in a stage over agents",
                    span,
                );
            } else if start_of.is_some() {
                refuse(
                    format!(
                        "`{}` makes the first state, in which nobody is born and nobody dies",
                        name.get_ref()
                    ),
                    "set the number of agents in the head, or do it in a stage of the step",
                    span,
                );
            }
        }
        if let Some(start) = start_of
            && let Some((kind, _)) = model.kinds.iter().zip(&kinds).find(|(_, uses)| uses.seeks)
        {
            refuse(
                format!(
                    "`{}` makes the first state of `{}` and looks for `{}`, who may not be there yet",
                    name.get_ref(),
                    model.kinds[start].name,
                    kind.name
                ),
                "look for agents in a stage of the step",
                place,
            );
        }
        let draws = body::draws(&reached).is_some();
        let items = kind.map_or(Items::Cells, Items::Agents);
        Some(Stage { name: name.get_ref().clone(), layers, draws, items, every, kinds, dies })
    }
}
