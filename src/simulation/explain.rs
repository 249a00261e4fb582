//! A model explained: what `throng check` prints.

use std::fmt::Write;

use crate::cpu::Cpu;
use crate::error::{Result, bytes_in_words};
use crate::model::{Effect, Initial, Model, Over, Population, Reduction, Setting, Source, Space, Stage};
use crate::plan::Footprint;

impl Model {
    /// The model in words: its parameters, layers, what each stage reads and changes, what it takes in memory.
    ///
    /// # Errors
    /// When the rule uses a construct that cannot be compiled for the CPU.
    pub fn explain(&self) -> Result<String> {
        Cpu::check(self)?;
        let mut text = String::new();
        let _ = writeln!(text, "{}: {}", self.name, self.title);
        let exact = match self.exact {
            true => "exact: integers only, the same bits on every device",
            false => "inexact: it uses f32, so devices may differ in the last places",
        };
        let _ = writeln!(text, "{exact}");
        self.explain_parameters(&mut text);
        if let Some(graph) = &self.graph {
            let _ = writeln!(
                text,
                "\ngraph, along which rules look with degree(at) and neighbour(at, k)\n  {graph} unless another is given; on a map or a grid its cells are the nodes"
            );
        }
        self.explain_layers(&mut text);
        self.explain_kinds(&mut text);
        let _ = writeln!(text, "\nstages");
        for start in self.kinds.iter().filter_map(|kind| kind.start.as_ref()) {
            let _ = writeln!(text, "  {} (before the first step): {}", start.name, self.explain_stage(start));
        }
        // What clears claims is no stage of the model's own.
        for stage in self.stages.iter().filter(|stage| stage.items.of_model()) {
            let _ = writeln!(text, "  {}: {}", stage.name, self.explain_stage(stage));
        }
        if !self.metrics.is_empty() {
            let _ = writeln!(text, "\nmetrics");
            for metric in &self.metrics {
                let source = match &metric.source {
                    Source::Layer(layer) => format!("layer {}", self.layers[*layer].name),
                    Source::Field(field) => format!("field {field}"),
                    Source::Function(function) => format!("function {function}"),
                    Source::Everyone => "everyone".to_owned(),
                };
                let how = match metric.reduction {
                    Reduction::Histogram { bins, low, high } => {
                        format!("histogram of {bins} bins from {low} to {high}")
                    }
                    other => format!("{other:?}").to_lowercase(),
                };
                let over = match metric.over {
                    Over::Agents(_) if self.kinds.len() == 1 => "agents".to_owned(),
                    Over::Agents(kind) => format!("agents {}", self.kinds[kind].name),
                    Over::Cells => "cells".to_owned(),
                    Over::Free => "free, reachable cells".to_owned(),
                };
                let _ = writeln!(text, "  {}: {how} of {source} over {over}", metric.name);
            }
        }
        self.explain_memory(&mut text);
        Ok(text)
    }

    fn explain_parameters(&self, text: &mut String) {
        if self.parameters.is_empty() {
            return;
        }
        let _ = writeln!(text, "\nparameters");
        for parameter in &self.parameters {
            let [low, high] = parameter.range;
            let help =
                if parameter.help.is_empty() { String::new() } else { format!(": {}", parameter.help) };
            let (kind, default) = (parameter.kind.name(), parameter.default);
            let _ = match &parameter.element {
                None => writeln!(text, "  {} = {default} ({kind}, {low} to {high}){help}", parameter.name),
                Some(element) if element.index == 0 => writeln!(
                    text,
                    "  {} ({} of {kind}, {low} to {high}){help}\n    = {}",
                    element.vector,
                    element.count,
                    self.explain_vector(&element.vector)
                ),
                Some(_) => Ok(()),
            };
        }
    }

    /// The defaults of a vector's elements, at most as many as a line holds, or one for all.
    fn explain_vector(&self, name: &str) -> String {
        const MOST: usize = 16;
        let defaults: Vec<f64> = self
            .parameters
            .iter()
            .filter(|parameter| parameter.element.as_ref().is_some_and(|element| element.vector == name))
            .map(|parameter| parameter.default)
            .collect();
        if defaults.windows(2).all(|pair| pair[0] == pair[1]) {
            return format!("{} each", defaults[0]);
        }
        let shown: Vec<String> = defaults.iter().take(MOST).map(f64::to_string).collect();
        format!("{}{}", shown.join(", "), if defaults.len() > MOST { ", …" } else { "" })
    }

    fn explain_kinds(&self, text: &mut String) {
        if self.kinds.is_empty() {
            text.push_str("\nno agents\n");
        }
        for kind in &self.kinds {
            let number = match kind.number {
                Population::Given(number) => format!("{number}"),
                Population::Parameter(place) => format!("`{}`", self.parameters[place].name),
            };
            let mut about = vec![format!("{} bytes, {number} at first", kind.layout.stride)];
            if kind.space == Space::Continuous {
                about.push("in continuous space".into());
            }
            if let Some(near) = kind.near {
                about.push(format!("found by place, in squares of {near} by {near} cells"));
            }
            if kind.varies {
                about.push("their number varies".into());
            }
            let _ = writeln!(text, "\n{}, {}", kind.name, about.join(", "));
            for field in &kind.layout.fields {
                let of = field.kind.wgsl();
                let of = if field.pair { format!("vec2<{of}>") } else { of.to_owned() };
                let _ = writeln!(text, "  {}: {of}, at byte {}", field.name, field.offset);
            }
        }
    }

    fn explain_layers(&self, text: &mut String) {
        if self.layers.is_empty() {
            return;
        }
        let _ = writeln!(text, "\nlayers");
        for (index, layer) in self.layers.iter().enumerate() {
            let help = if layer.help.is_empty() { String::new() } else { format!(": {}", layer.help) };
            if let (true, Initial::Constant(value)) = (layer.total, &layer.initial) {
                let _ = writeln!(text, "  {} (one number of the world, {value} at first){help}", layer.name);
                continue;
            }
            let initial = match &layer.initial {
                Initial::Map => "from the map".to_owned(),
                Initial::Constant(value) => format!("{value} at first"),
                Initial::Function(function) => format!("filled by {function}"),
            };
            let copies = match (self.shared(index), self.copies(index)) {
                (true, _) => "; never changed, one copy for all worlds",
                (_, 2) => "; two copies, since a stage both reads and changes it",
                _ => "",
            };
            let bits = if layer.bits == 1 { "1 bit".to_owned() } else { format!("{} bits", layer.bits) };
            let _ = writeln!(text, "  {} ({bits} a cell, {initial}{copies}){help}", layer.name);
        }
    }

    fn explain_stage(&self, stage: &Stage) -> String {
        let mut parts = Vec::new();
        for (layer, uses) in self.layers.iter().zip(&stage.layers) {
            let verb = match uses.changes {
                Some(Effect::Add) => "adds to",
                Some(Effect::Or) => "sets bits of",
                Some(Effect::And) => "clears bits of",
                Some(Effect::Xor) => "flips bits of",
                Some(Effect::Min) => "lowers",
                Some(Effect::Max) => "raises",
                Some(Effect::Set) => "sets",
                Some(Effect::Claim) => "claims cells of",
                None => "",
            };
            match (uses.reads, uses.changes) {
                (true, Some(_)) => parts.push(format!("reads and {verb} {}", layer.name)),
                (true, None) => parts.push(format!("reads {}", layer.name)),
                (false, Some(_)) => parts.push(format!("{verb} {}", layer.name)),
                (false, None) => {}
            }
        }
        for (kind, uses) in self.kinds.iter().zip(&stage.kinds) {
            if uses.seeks {
                parts.push(format!("looks for agents {}", kind.name));
            }
            if uses.bears {
                parts.push(format!("bears agents {}", kind.name));
            }
        }
        if stage.dies {
            parts.push("lets agents die".into());
        }
        if stage.draws {
            parts.push("draws random numbers".into());
        }
        if parts.is_empty() {
            parts.push("reads and changes no layer".into());
        }
        let over = match stage.kind() {
            None => "each cell ".to_owned(),
            Some(kind) if self.kinds.len() > 1 => format!("each {} ", self.kinds[kind].name),
            Some(_) => String::new(),
        };
        let every = if stage.every == 1 { String::new() } else { format!(", every {} steps", stage.every) };
        format!("{over}{}{every}", parts.join(", "))
    }

    fn explain_memory(&self, text: &mut String) {
        let setting = Setting::alone(self, self.size, false, self.numbers(None, &self.defaults()));
        let footprint = Footprint::of(self, &setting);
        let per_cell: f64 = (footprint.layers + footprint.shared) as f64 / setting.cells() as f64;
        let (of_agent, agents) = match self.kinds.as_slice() {
            [] => Default::default(),
            [kind] => (
                format!("{} bytes an agent, ", kind.layout.stride),
                format!(" with {} agents", self.population()),
            ),
            _ => (String::new(), format!(" with {} agents", self.population())),
        };
        let _ = writeln!(
            text,
            "\nmemory: {of_agent}{per_cell:.3} bytes a cell; a world of {} by {} cells{agents} takes {}",
            self.size[0],
            self.size[1],
            bytes_in_words(footprint.batch(1)),
        );
    }
}
