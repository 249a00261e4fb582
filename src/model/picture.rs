//! How a model wants to be drawn: the head's `[picture]`, which says more than pictures can tell by themselves.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::body::FieldKind;
use super::head::ONLY_KIND;
use super::names::nearest;
use super::table::{Key, Table};
use super::{AgentLayout, Kind, Layer, Model};
use crate::mistake::Mistake;

/// How a layer or a kind of agents looks in pictures; what is left out, pictures choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appearance {
    /// The layer or kind.
    pub name: String,
    /// Whether it is drawn at all.
    pub draw: bool,
    /// What the numbers 0, 1, 2… of a layer, or of the kind's [`Appearance::field`], stand for.
    pub values: Vec<String>,
    /// Red, green and blue: one for each of the values; without values one for a kind or a layer of one bit, and those of
    /// the numbers from 0 to the greatest there is, at even steps, for a wider layer.
    pub colours: Vec<[u8; 3]>,
    /// The field by which agents of the kind are told apart.
    pub field: Option<String>,
    /// The field that says where agents of the kind are heading.
    pub heading: Option<String>,
}

/// An entry of `[picture]` as TOML says it.
#[derive(Debug)]
pub(super) struct AppearanceHead {
    draw: Option<bool>,
    values: Option<Spanned<Vec<String>>>,
    colours: Option<Spanned<Vec<String>>>,
    field: Option<Spanned<String>>,
    heading: Option<Spanned<String>>,
}

/// Values that are told apart, and colours of a scale, at most.
const MOST: usize = 16;

impl AppearanceHead {
    pub(super) fn read(
        name: &str,
        value: &Spanned<DeValue>,
        found: &mut Vec<Mistake>,
    ) -> Option<AppearanceHead> {
        let called = format!("`{name}` of `[picture]`");
        let table = Table::of(&called, value, &format!("`{name} = {{ draw = false }}`"), found)?;
        table.only(&["draw", "values", "colours", "field", "heading"], found);
        let list = |key: &str, remedy: &str, found: &mut Vec<Mistake>| {
            table.get(key, remedy, found, |value| {
                let list = value.as_array().filter(|list| !list.is_empty())?;
                list.iter().map(|value| value.get_ref().as_str().map(str::to_owned)).collect()
            })
        };
        Some(AppearanceHead {
            draw: table.truth("draw", found),
            values: list("values", "write a list of words, as in [\"empty\", \"tree\", \"fire\"]", found),
            colours: list("colours", "write a list of colours, as in [\"#ffffff\", \"#2a6f97\"]", found),
            field: table.text("field", found),
            heading: table.text("heading", found),
        })
    }
}

/// What an entry is about.
enum Subject<'m> {
    Layer(&'m Layer),
    Kind(&'m Kind),
}

/// Names of fields that say where an agent is heading, unless the model names one.
const HEADINGS: [&str; 5] = ["heading", "vel", "velocity", "direction", "angle"];

impl Model {
    /// How a layer or kind wants to be drawn, if the model says so.
    pub fn appearance(&self, name: &str) -> Option<&Appearance> {
        self.picture.iter().find(|appearance| appearance.name == name)
    }

    /// The field that says where agents of a kind are heading: the one that the model's `[picture]` names, or the first that
    /// is called `heading`, `vel`, `velocity`, `direction` or `angle`.
    ///
    /// A pair points the way; an i32 is an angle in radians in Q16.16, as `fixed_cos` takes it; a u32 counts directions as
    /// `neighbour8` does, or as `neighbour4` where the grid has four neighbours.
    pub fn heading_field(&self, kind: &Kind) -> Option<&super::Field> {
        let place = self.kind(&kind.name)?;
        let field_of = |name: &str| self.kinds[place].layout.fields.iter().find(|field| field.name == name);
        match self.appearance(&kind.name).and_then(|appearance| appearance.heading.as_deref()) {
            Some(named) => field_of(named),
            None => HEADINGS.iter().find_map(|name| field_of(name)),
        }
        .filter(|field| field.pair || field.kind != FieldKind::F32)
    }
}

/// Reads the head's `[picture]` against what the model has.
pub(super) fn read(
    model: &Model,
    head: &[(Key, AppearanceHead)],
    locate: &dyn Fn(Range<usize>) -> Range<usize>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Appearance> {
    let read = |(name, entry): &(Key, AppearanceHead)| {
        one(model, name, entry)
            .map_err(|(what, remedy, span)| mistakes.push(Mistake { what, remedy, span: locate(span) }))
            .ok()
    };
    head.iter().filter_map(read).collect()
}

/// What is wrong, what to do, and where in the head's TOML.
type Refusal = (String, String, Range<usize>);

fn one(model: &Model, key: &Key, head: &AppearanceHead) -> Result<Appearance, Refusal> {
    let name = key.get_ref().as_str();
    let subject = subject(model, key)?;
    let misplaced =
        |what: &str, remedy: &str, span: Range<usize>| Err((what.to_owned(), remedy.to_owned(), span));
    let values = head.values.as_ref().map_or(0, |values| values.get_ref().len());
    if let Some(list) = head.values.as_ref().filter(|_| values > MOST) {
        return misplaced(
            &format!("`{name}` cannot have {values} values that are told apart"),
            "name 16 at most; a layer of larger numbers is drawn as a scale",
            list.span(),
        );
    }
    match &subject {
        Subject::Layer(layer) => {
            if let Some(field) = head.field.as_ref().or(head.heading.as_ref()) {
                return misplaced(
                    &format!("`{name}` is a layer, and cells have no fields"),
                    "give this to a kind of agents, or remove it",
                    field.span(),
                );
            }
            if let Some(list) = head.values.as_ref().filter(|_| layer.bits == 1) {
                return misplaced(
                    &format!("layer `{name}` has one bit, which is set or not"),
                    "remove `values`, and give the colour of the bit in `colours`",
                    list.span(),
                );
            }
        }
        Subject::Kind(kind) => {
            if let Some(list) = head.values.as_ref().filter(|_| head.field.is_none()) {
                return misplaced(
                    &format!("it is not said what tells the agents `{name}` apart"),
                    "add `field = \"name_of_a_field\"`",
                    list.span(),
                );
            }
            if let Some(field) = &head.field {
                check_field(&kind.layout, name, field, false)?;
                if values == 0 {
                    return misplaced(
                        &format!("it is not said what the numbers of `{}` stand for", field.get_ref()),
                        "add `values`, as in values = [\"susceptible\", \"infected\"]",
                        field.span(),
                    );
                }
            }
            if let Some(heading) = &head.heading {
                check_field(&kind.layout, name, heading, true)?;
            }
        }
    }
    Ok(Appearance {
        name: name.to_owned(),
        draw: head.draw.unwrap_or(true),
        values: head.values.as_ref().map(|values| values.get_ref().clone()).unwrap_or_default(),
        colours: colours(&subject, name, values, head.colours.as_ref())?,
        field: head.field.as_ref().map(|field| field.get_ref().clone()),
        heading: head.heading.as_ref().map(|field| field.get_ref().clone()),
    })
}

fn subject<'m>(model: &'m Model, key: &Key) -> Result<Subject<'m>, Refusal> {
    let name = key.get_ref().as_str();
    if let Some(layer) = model.layers.iter().find(|layer| layer.name == name) {
        return match (layer.claim, layer.total) {
            (false, false) => Ok(Subject::Layer(layer)),
            (claim, _) => Err((
                format!(
                    "`{name}` {}",
                    if claim { "holds claims, which are not drawn" } else { "is one number" }
                ),
                "remove this line".into(),
                key.span(),
            )),
        };
    }
    if let Some(kind) = model.kind(name) {
        return Ok(Subject::Kind(&model.kinds[kind]));
    }
    let layers =
        model.layers.iter().filter(|layer| !layer.claim && !layer.total).map(|layer| layer.name.as_str());
    let known: Vec<&str> = layers.chain(model.kinds.iter().map(|kind| kind.name.as_str())).collect();
    Err((
        format!("the model has no layer and no kind of agents `{name}` to draw"),
        match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "use one of {}{}",
                known.join(", "),
                if known.contains(&ONLY_KIND) { " (`agent` is the model's only kind)" } else { "" }
            ),
        },
        key.span(),
    ))
}

/// Refuses a field that the kind does not have, or that cannot be drawn so.
fn check_field(
    layout: &AgentLayout,
    kind: &str,
    named: &Spanned<String>,
    points: bool,
) -> Result<(), Refusal> {
    let name = named.get_ref().as_str();
    match layout.fields.iter().find(|field| field.name == name) {
        Some(field) if field.kind == FieldKind::F32 && !(points && field.pair) => Err((
            format!("field `{name}` of `{kind}` is an f32, of which pictures make nothing"),
            "name a field of i32 or u32".into(),
            named.span(),
        )),
        Some(field) if field.pair && !points => Err((
            format!("field `{name}` of `{kind}` is a pair"),
            "name a field that is one number".into(),
            named.span(),
        )),
        Some(_) => Ok(()),
        None => {
            let known: Vec<&str> = layout.fields.iter().map(|field| field.name.as_str()).collect();
            Err((
                format!("agents `{kind}` have no field `{name}`"),
                match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("use one of {}", known.join(", ")),
                },
                named.span(),
            ))
        }
    }
}

fn colours(
    subject: &Subject,
    name: &str,
    values: usize,
    list: Option<&Spanned<Vec<String>>>,
) -> Result<Vec<[u8; 3]>, Refusal> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let count = list.get_ref().len();
    let wanted = match subject {
        _ if values > 0 && count != values => Some(format!("give one for each of the {values} values")),
        _ if values > 0 => None,
        Subject::Layer(layer) if layer.bits > 1 => (!(2..=MOST).contains(&count))
            .then(|| "give from 2 to 16, from that of 0 to that of the greatest number".to_owned()),
        _ => (count != 1).then(|| "give one, as in [\"#2a6f97\"]".to_owned()),
    };
    if let Some(remedy) = wanted {
        let colours = if count == 1 { "1 colour".to_owned() } else { format!("{count} colours") };
        return Err((format!("`{name}` cannot have {colours}"), remedy, list.span()));
    }
    let read = |colour: &String| {
        let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let channel = |place: usize| u8::from_str_radix(digits?.get(place..place + 2)?, 16).ok();
        let signed = colour.contains(['+', '-']);
        match (channel(0), channel(2), channel(4)) {
            (Some(red), Some(green), Some(blue)) if !signed => Ok([red, green, blue]),
            _ => Err((
                format!("\"{colour}\" is not a colour"),
                "write it as on the web, red, green and blue in two hexadecimal digits each: \"#2a6f97\""
                    .into(),
                list.span(),
            )),
        }
    };
    list.get_ref().iter().map(read).collect()
}
