//! From what a user says of an experiment to what is run: the model read, the map made, every name looked up.

use std::sync::Arc;

use super::Points;
use super::description::{AGENTS, Description, DesignKind, MapChoice, ModelChoice};
use super::design::{Axis, Design, Dimension, Target, bounds};
use super::outputs::taken;
use super::places::Fault;
use super::values::Values;
use crate::error::{Error, Result};
use crate::experiment::summary::{Output, Summary};
use crate::experiment::trial::Experiment;
use crate::model::{Model, nearest};
use crate::reduce::Condition;
use crate::simulation::{Builder, Simulation};
use crate::world::Changes;
use crate::world::graph::Graph;
use crate::world::map::Map;
use crate::world::memory;

/// Records of a trial where the user does not say how often: one after each step of a short trial.
const RECORDS: u64 = 1000;

/// The most steps: a step's number has 32 bits.
pub(super) const MOST_TRIAL_STEPS: u64 = u32::MAX as u64;

pub(super) fn resolve(description: &Description) -> Result<Points, Fault> {
    let model = match &description.model {
        ModelChoice::Named(name) => Arc::new(Model::named(name).map_err(|error| Fault::new("model", error))?),
        ModelChoice::Given(model) => model.clone(),
    };
    check_numbers(description)?;
    let until = description
        .until
        .as_ref()
        .map(|text| Condition::parse(text, &model).map_err(|error| Fault::new("until", error)))
        .transpose()?;
    let outputs = outputs(description, &model)?;
    let changes = changes(description, &model)?;
    let every = every(description, until.is_some(), &outputs)?;
    check_windows(description, every, &outputs)?;
    let (fixed, axes) = axes(description, &model)?;
    let dimensions = dimensions(description, axes)?;
    let points = points(description, &dimensions)?;
    let (map, wraps) = ground(description, &model, most_agents(&model, &fixed, &dimensions))?;
    let (most_points, _) = bounds(description.design);
    if description.design == DesignKind::LatinHypercube && points <= most_points {
        let bytes = points.saturating_mul(4 * dimensions.len() as u64);
        memory::check("the order of a Latin hypercube", bytes, "ask for fewer points")
            .map_err(|error| Fault::new("points", error))?;
    }
    let experiment = Arc::new(Experiment {
        name: description.title(),
        map: Arc::new(map),
        wraps,
        steps: description.steps,
        changes,
        every,
        until,
        outputs,
        series: description.series,
        backend: description.backend,
        memory: description.memory,
        limit_seconds: description.limit_seconds,
        model,
    });
    let agents = experiment.model.population();
    let mut defaults: Vec<f64> =
        experiment.model.parameters.iter().map(|parameter| parameter.default).collect();
    let mut common = Axis { target: Target::Agents, values: Values::one(agents.into()), whole: true };
    for axis in fixed {
        match axis.target {
            Target::Agents => common = axis,
            Target::Parameters { first, count } => defaults[first..first + count].fill(axis.values.level(0)),
        }
    }
    let resolved = Points {
        design: Design::new(description.design, points, dimensions.len(), description.design_seed),
        kind: description.design,
        design_seed: description.design_seed,
        replicates: description.replicates,
        seed: description.seed,
        agents: common.values.level(0),
        defaults,
        dimensions,
        points,
        experiment,
    };
    if let Some(limit) = description.memory {
        let bytes = resolved.world_bytes();
        if bytes > limit {
            let remedy = "allow more, or use fewer agents or a smaller grid";
            return Err(Fault::new(
                "memory",
                Error::argument(
                    format!(
                        "one world takes {} and all may take {} together",
                        crate::bytes_in_words(bytes),
                        crate::bytes_in_words(limit)
                    ),
                    remedy,
                ),
            ));
        }
    }
    Ok(resolved)
}

/// Refuses numbers that cannot be.
fn check_numbers(description: &Description) -> Result<(), Fault> {
    if description.steps > MOST_TRIAL_STEPS {
        return Err(Fault::argument(
            "steps",
            format!("a trial cannot take {} steps", description.steps),
            format!("give at most {MOST_TRIAL_STEPS}"),
        ));
    }
    if description.replicates == 0 {
        return Err(Fault::argument("replicates", "0 replicates are no trials", "give at least 1"));
    }
    if let Some(limit) = description.limit_seconds.filter(|limit| !(*limit > 0.0 && limit.is_finite())) {
        return Err(Fault::argument(
            "limit_seconds",
            format!("a trial cannot be limited to {limit} seconds"),
            "give a number above 0, or leave the limit out",
        ));
    }
    Ok(())
}

fn outputs(description: &Description, model: &Model) -> Result<Vec<Output>, Fault> {
    if description.outputs.is_empty() {
        return Ok(Output::last_of_each(model));
    }
    let mut outputs: Vec<Output> = Vec::new();
    for (name, text) in &description.outputs {
        let key = format!("outputs.{name}");
        let output = Output::parse(name, text, model).map_err(|error| Fault::new(&key, error))?;
        if taken(name, model) || outputs.iter().any(|other| other.name == *name) {
            return Err(Fault::argument(
                &key,
                format!("an output cannot be called `{name}`: another column of the results is"),
                "choose another name",
            ));
        }
        if let Summary::MeanOver { from, .. } = output.summary
            && from > description.steps
        {
            return Err(Fault::argument(
                &key,
                format!("`{text}` is of steps after the last, {}", description.steps),
                "give steps that trials take, or more steps",
            ));
        }
        outputs.push(output);
    }
    Ok(outputs)
}

/// How parameters change, each at steps that trials take.
fn changes(description: &Description, model: &Model) -> Result<Changes, Fault> {
    for change in &description.changes {
        Changes::new(model, vec![change.clone()])
            .and_then(|changes| changes.within(description.steps))
            .map_err(|error| Fault::new(&format!("changes.{}", change.parameter), error))?;
    }
    Changes::new(model, description.changes.clone()).map_err(|error| Fault::new("changes", error))
}

/// How often metrics are recorded: as the user says, else at the end only where that is enough.
fn every(description: &Description, until: bool, outputs: &[Output]) -> Result<u64, Fault> {
    let on_the_way =
        until || description.series || outputs.iter().any(|output| !matches!(output.summary, Summary::Final));
    match description.every {
        Some(0) if on_the_way => Err(Fault::argument(
            "every",
            "metrics that are recorded at the end only (every = 0) tell nothing of the steps before",
            "record every so many steps, or leave `every` out",
        )),
        Some(every) if every > MOST_TRIAL_STEPS => Err(Fault::argument(
            "every",
            format!("records cannot be {every} steps apart"),
            format!("give at most {MOST_TRIAL_STEPS}"),
        )),
        Some(every) => Ok(every),
        None if on_the_way => Ok(description.steps.div_ceil(RECORDS).max(1)),
        None => Ok(0),
    }
}

/// Refuses the mean over steps of which none is recorded.
fn check_windows(description: &Description, every: u64, outputs: &[Output]) -> Result<(), Fault> {
    for output in outputs {
        let Summary::MeanOver { from, to } = output.summary else { continue };
        let recorded = from.next_multiple_of(every.max(1)) <= to || (from..=to).contains(&description.steps);
        // A trial that ends early is recorded at its end, wherever that is.
        if !recorded && description.until.is_none() {
            return Err(Fault::argument(
                &format!("outputs.{}", output.name),
                format!("from {from} to {to} there is no step that is recorded, one in {every} being so"),
                "record more often (`every`), or give a longer stretch",
            ));
        }
    }
    Ok(())
}

/// What has one value, and what varies.
fn axes(description: &Description, model: &Model) -> Result<(Vec<Axis>, Vec<Axis>), Fault> {
    let mut all = Vec::new();
    if let Some(values) = &description.agents {
        all.push(("agents".to_owned(), Axis { target: Target::Agents, values: values.clone(), whole: true }));
    }
    for (name, values) in &description.parameters {
        let key = format!("parameters.{name}");
        let places = model.parameter_places(name).map_err(|error| Fault::new(&key, error))?;
        let axis = Axis {
            target: Target::Parameters { first: places.start, count: places.len() },
            values: values.clone(),
            whole: model.parameters[places.start].kind.whole(),
        };
        if all.iter().any(|(_, other)| clash(other, &axis)) {
            return Err(Fault::argument(&key, format!("parameter `{name}` is set twice"), "set it once"));
        }
        all.push((key, axis));
    }
    for (key, axis) in &all {
        check_values(description, model, key, axis)?;
    }
    let axes = all.into_iter().map(|(_, axis)| axis);
    Ok(axes.partition(|axis| axis.values.count() == Some(1)))
}

/// Whether two axes give one parameter a value. An element may vary in a vector that does not, whose value it replaces.
fn clash(one: &Axis, other: &Axis) -> bool {
    let vary = one.values.count() != Some(1) && other.values.count() != Some(1);
    match (one.target, other.target) {
        (Target::Parameters { first, count }, Target::Parameters { first: start, count: length }) => {
            one.target == other.target || (vary && first < start + length && start < first + count)
        }
        _ => false,
    }
}

/// Refuses values that fit no design or, where there is but one, no world.
fn check_values(description: &Description, model: &Model, key: &str, axis: &Axis) -> Result<(), Fault> {
    let name = name(axis.target, model);
    let refuse = |value: f64| match axis.target {
        Target::Agents => super::agents(value).err(),
        Target::Parameters { first, .. } => model.parameters[first]
            .refuse(value)
            .map(|why| Error::argument(why, "give a value that it can take (`throng check` lists them)")),
    };
    match &axis.values {
        Values::Listed(list) if list.is_empty() => {
            Err(Fault::argument(key, format!("`{name}` has no value"), "give at least one, or leave it out"))
        }
        Values::Listed(list) if list.len() == 1 => {
            refuse(list[0]).map_or(Ok(()), |error| Err(Fault::new(key, error)))
        }
        Values::Between { from, to } if !description.design.is_random() => Err(Fault::argument(
            key,
            format!(
                "`{name}` is anything in {from}..{to}, and a {} does not choose",
                description.design.name()
            ),
            format!(
                "say how many values, as in {from}..{to}:11, or use a design that chooses (latin-hypercube, sobol)"
            ),
        )),
        Values::Between { from, to } if axis.whole && (from.fract() != 0.0 || to.fract() != 0.0) => {
            Err(Fault::argument(
                key,
                format!("`{name}` is a whole number, and {from}..{to} does not end in whole numbers"),
                "give whole ends",
            ))
        }
        Values::Between { from, to } => match refuse(*from).or_else(|| refuse(*to)) {
            Some(error) => Err(Fault::new(key, error)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn name(target: Target, model: &Model) -> String {
    match target {
        Target::Agents => AGENTS.to_owned(),
        Target::Parameters { first, count } => {
            let parameter = &model.parameters[first];
            match &parameter.element {
                Some(element) if count > 1 => element.vector.clone(),
                _ => parameter.name.clone(),
            }
        }
    }
}

/// What varies together is one dimension, at the place of its first.
fn dimensions(description: &Description, axes: Vec<Axis>) -> Result<Vec<Dimension>, Fault> {
    let names: Vec<&str> = description
        .agents
        .iter()
        .map(|values| (AGENTS, values))
        .chain(description.parameters.iter().map(|(name, values)| (name.as_str(), values)))
        .filter(|(_, values)| values.count() != Some(1))
        .map(|(name, _)| name)
        .collect();
    let mut group: Vec<Option<usize>> = vec![None; axes.len()];
    for (number, together) in description.zip.iter().enumerate() {
        let mut counts = Vec::new();
        for name in together {
            let Some(place) = names.iter().position(|other| other == name) else {
                return Err(Fault::argument(
                    "zip",
                    format!("`{name}` cannot be paired: it does not vary"),
                    match nearest(name, names.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None if names.is_empty() => "give several values to what is paired".to_owned(),
                        None => format!("give it several values; what varies is {}", names.join(", ")),
                    },
                ));
            };
            if group[place].is_some() {
                return Err(Fault::argument(
                    "zip",
                    format!("`{name}` is paired twice"),
                    "name each once, in one list with all that go together",
                ));
            }
            group[place] = Some(number);
            if let Some(count) = axes[place].values.count() {
                counts.push((name, count));
            }
        }
        if together.len() < 2 {
            return Err(Fault::argument(
                "zip",
                "a list of one pairs nothing",
                "name at least two, as in zip = [[\"a\", \"b\"]]",
            ));
        }
        same_count(&counts, "zip", "values that go together are as many")?;
    }
    if description.design == DesignKind::List {
        let counts: Vec<_> =
            names.iter().zip(&axes).filter_map(|(name, axis)| Some((name, axis.values.count()?))).collect();
        same_count(&counts, "design", "a list of points takes as many values of each")?;
    }
    let mut dimensions: Vec<(Option<usize>, Dimension)> = Vec::new();
    for (axis, number) in axes.into_iter().zip(group) {
        match dimensions.iter_mut().find(|(other, _)| number.is_some() && *other == number) {
            Some((_, dimension)) => dimension.axes.push(axis),
            None => dimensions.push((number, Dimension { axes: vec![axis] })),
        }
    }
    Ok(dimensions.into_iter().map(|(_, dimension)| dimension).collect())
}

fn same_count(counts: &[(impl AsRef<str>, u64)], key: &str, rule: &str) -> Result<(), Fault> {
    let mut pairs = counts.iter().zip(counts.iter().skip(1));
    match pairs.find(|((_, one), (_, other))| one != other) {
        Some(((one, first), (other, second))) => Err(Fault::argument(
            key,
            format!("`{}` has {first} values and `{}` has {second}: {rule}", one.as_ref(), other.as_ref()),
            "give both as many",
        )),
        None => Ok(()),
    }
}

/// How many points there are.
fn points(description: &Description, dimensions: &[Dimension]) -> Result<u64, Fault> {
    let kind = description.design;
    if !kind.is_random() {
        if description.points.is_some() {
            return Err(Fault::argument(
                "points",
                format!("the points of a {} are counted from its values", kind.name()),
                "leave `points` out, or use a design that chooses (latin-hypercube, sobol)",
            ));
        }
        let mut counts = dimensions.iter().filter_map(Dimension::count);
        return match kind {
            DesignKind::List => Ok(counts.next().unwrap_or(1)),
            _ => counts.try_fold(1, u64::checked_mul).ok_or_else(|| {
                Fault::argument("design", "the grid has more than 2^64 points", "give fewer values")
            }),
        };
    }
    let Some(points) = description.points else {
        return Err(Fault::argument(
            "design",
            format!("a {} design needs a number of points", kind.name()),
            "say points = 100",
        ));
    };
    let (most_points, most_dimensions) = bounds(kind);
    if dimensions.is_empty() {
        return Err(Fault::argument(
            "design",
            format!("nothing varies in this {} design", kind.name()),
            "give parameters ends between which it chooses, as in 0..1",
        ));
    }
    if points == 0 || points > most_points {
        return Err(Fault::argument(
            "points",
            format!("a {} design cannot have {points} points", kind.name()),
            format!("give from 1 to {most_points}"),
        ));
    }
    if dimensions.len() > most_dimensions {
        return Err(Fault::argument(
            "design",
            format!(
                "{} things vary, and a {} design varies at most {most_dimensions}",
                dimensions.len(),
                kind.name()
            ),
            "vary fewer, or use a latin-hypercube",
        ));
    }
    Ok(points)
}

/// The most agents that a world of the experiment can have, 1 where none can be.
fn most_agents(model: &Model, fixed: &[Axis], dimensions: &[Dimension]) -> u32 {
    let axes = fixed.iter().chain(dimensions.iter().flat_map(|dimension| &dimension.axes));
    let mut own = axes.filter(|axis| axis.target == Target::Agents).peekable();
    if own.peek().is_none() {
        return model.population();
    }
    own.flat_map(|axis| match &axis.values {
        Values::Listed(list) => list.clone(),
        Values::Spaced { from, to, .. } | Values::Between { from, to } => vec![*from, *to],
    })
    .filter_map(|value| super::agents(value).ok())
    .max()
    .unwrap_or(1)
}

fn ground(description: &Description, model: &Model, agents: u32) -> Result<(Map, bool), Fault> {
    let mut builder: Builder = Simulation::of(model.clone()).agents(agents);
    let key = match &description.map {
        MapChoice::None => "size",
        MapChoice::File(path) => {
            builder = builder.map(Map::read(path).map_err(|error| Fault::new("map", error))?);
            "map"
        }
        MapChoice::Generated { kind, seed } => {
            builder = builder.generate(*kind, *seed);
            "generate"
        }
        MapChoice::Graph { named, directed, seed } => {
            let graph = Graph::named(named, *directed, model.graph, *seed);
            builder = builder.graph(graph.map_err(|error| Fault::new("graph", error))?);
            "graph"
        }
        MapChoice::Given(map) => {
            builder = builder.map(map.clone());
            "map"
        }
    };
    if let Some((width, height)) = description.size {
        builder = builder.size(width, height);
    }
    if let Some(wrap) = description.wrap {
        builder = builder.wraps(wrap);
    }
    let key = if description.size.is_some() { "size" } else { key };
    let prepared = builder.prepare().map_err(|error| Fault::new(key, error))?;
    prepared.ground().map_err(|error| Fault::new(key, error))
}
