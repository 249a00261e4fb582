//! Names that a model may choose, and the nearest known name to a misspelt one.

use naga::keywords::wgsl::{BUILTIN_IDENTIFIERS, RESERVED};

use super::declaration::{Effect, Kind, Layer};
use super::{counts, kinds};

/// What a rule may call, beside its own layers; the prelude and the generated interface define them.
pub(super) const PRELUDE: &[&str] = &[
    "agent_id",
    "current_step",
    "population",
    "grid_size",
    "inside",
    "wrapped",
    "is_free",
    "free8",
    "offset4",
    "offset8",
    "neighbour4",
    "neighbour8",
    "straightness",
    "random_u32",
    "random_below",
    "random_range",
    "random_chance",
    "random_bit",
    "part_of",
    "cell_of",
    "middle_of",
    "wrapped_space",
    "inside_space",
    "die",
    "fixed",
    "fixed_floor",
    "fixed_round",
    "fixed_multiply",
    "fixed_divide",
    "fixed_sqrt",
    "fixed_sin",
    "fixed_cos",
    "fixed_atan2",
    "fixed_length",
    "fixed_is_shorter",
    "fixed_normalise",
    "fixed_exp",
    "fixed_log",
    "FIXED_ONE",
    "FIXED_PI",
    "FIXED_MAX",
    "FIXED_MIN",
    "params",
    "Params",
    "Agent",
];

/// What a rule of a model with a graph may call beside.
pub(super) const GRAPH: &[&str] = &["degree", "neighbour"];

/// Why nothing in a model with a graph can be called `name`.
pub(super) fn refuse_beside_graph(name: &str) -> Option<String> {
    GRAPH
        .contains(&name)
        .then(|| format!("`{name}` is already something that every rule with a graph can call"))
}

/// Whether WGSL itself uses a word, for a keyword, a type, a function or otherwise.
fn in_wgsl(name: &str) -> bool {
    RESERVED.contains(&name) || BUILTIN_IDENTIFIERS.contains(&name)
}

/// Why `name` cannot be chosen for a parameter, layer or metric, if it cannot.
pub(super) fn refuse(name: &str) -> Option<String> {
    let well_formed = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !well_formed {
        Some(format!(
            "`{name}` is not a name: names begin with a letter and have only letters, digits and `_`"
        ))
    } else if name.starts_with("throng_") {
        Some(format!("`{name}` begins with `throng_`, which is kept for generated code"))
    } else if name.contains("__") {
        Some(format!("`{name}` has two underscores in a row, which WGSL keeps for itself"))
    } else {
        None
    }
}

/// Why a parameter cannot be called `name`: it becomes a member of a struct.
pub(super) fn refuse_as_member(name: &str) -> Option<String> {
    refuse(name).or_else(|| RESERVED.contains(&name).then(|| format!("`{name}` is a word of WGSL")))
}

/// Why a layer cannot be called `name`: its reading function would hide another.
pub(super) fn refuse_as_function(name: &str) -> Option<String> {
    refuse(name).or_else(|| {
        if PRELUDE.contains(&name) {
            Some(format!("`{name}` is already something that every rule can call"))
        } else if in_wgsl(name) {
            Some(format!("`{name}` is a word of WGSL"))
        } else {
            None
        }
    })
}

/// Why nothing in a model's body can be called `name` outside of functions: generated text that follows would take it
/// for what it means there.
pub(super) fn refuse_declared(name: &str, layers: &[Layer], kinds: &[Kind]) -> Option<String> {
    // `Agent` is for the model to declare.
    if PRELUDE.contains(&name) && name != "Agent" {
        return Some(format!("`{name}` is already something that every rule can call"));
    }
    if in_wgsl(name) {
        return Some(format!("`{name}` is a word of WGSL"));
    }
    if let Some(kind) =
        kinds.iter().find(|kind| kinds::functions_of(kind).iter().any(|function| function == name))
    {
        return Some(format!("`{name}` is already a function of the agents `{}`", kind.name));
    }
    let layer = layers.iter().find(|layer| functions_of(layer).iter().any(|function| function == name))?;
    Some(format!("`{name}` is already a function of layer `{}`", layer.name))
}

/// The functions by which rules read and change a layer.
pub(super) fn functions_of(layer: &Layer) -> Vec<String> {
    let mut functions = vec![layer.name.clone(), counts::function(layer)];
    if layer.bits == 1 {
        functions.push(format!("{}_around", layer.name));
    } else {
        functions.push(diffused(layer));
    }
    if layer.claim {
        functions.extend(super::body::claim_readers(&layer.name));
    }
    functions.extend(Effect::ALL.iter().filter_map(|effect| effect.function(layer)));
    functions
}

/// The function that gives what a cell of a layer holds after one step of diffusion.
pub(super) fn diffused(layer: &Layer) -> String {
    format!("diffused_{}", layer.name)
}

/// The known name nearest to `name`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            // Of names this short nothing would be left.
            (*distance < name.chars().count() && *distance <= 1 + candidate.len().min(name.len()) / 4)
                || shared_start(name, candidate) >= name.len().max(8) / 2
                || (candidate.len() >= 3 && name.starts_with(candidate))
                || (name.len() >= 3 && candidate.starts_with(name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Bytes at the start that two names have in common.
fn shared_start(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// The edit distance of Damerau and Levenshtein, restricted: insertions, deletions, substitutions, and neighbours swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut least = (above[j] + usize::from(a[i] != b[j])).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour_and_a_strange_one_finds_none() {
        assert_eq!(nearest("persistance", ["persistence", "sensor_range"]), Some("persistence"));
        assert_eq!(nearest("sen", ["seen", "wall"]), Some("seen"));
        assert_eq!(nearest("stesp", ["stem", "steps"]), Some("steps"));
        assert_eq!(nearest("parameters", ["params", "layers"]), Some("params"));
        assert_eq!(nearest("position", ["heading", "pos"]), Some("pos"));
        assert_eq!(nearest("temperature", ["seen", "wall"]), None);
    }

    #[test]
    fn the_prelude_is_listed_in_full() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders/prelude");
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let tokens = crate::model::tokens::tokens(&text);
            for name in crate::model::tokens::declared(&text, &tokens) {
                let name = &text[name.span.clone()];
                assert!(name.starts_with("throng_") || PRELUDE.contains(&name), "{name}");
            }
        }
    }

    #[test]
    fn names_that_would_hide_something_are_refused() {
        assert!(refuse_as_function("seen").is_none());
        for name in ["min", "random_u32", "throng_x", "9lives", "a b", "", "a__b", "loop"] {
            assert!(refuse_as_function(name).is_some(), "{name}");
        }
    }
}
