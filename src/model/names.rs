//! Names that a model may choose, and the nearest known name to a misspelt one.

/// What a rule may call, beside its own layers; the prelude and the generated interface define them.
pub(super) const PRELUDE: &[&str] = &[
    "agent_id", "current_step", "population", "grid_size", "inside", "wrapped", "is_free", "offset4", "offset8",
    "neighbour4", "neighbour8", "random_u32", "random_below", "random_range", "random_chance", "random_bit", "fixed",
    "fixed_floor", "fixed_round", "fixed_multiply", "fixed_divide", "fixed_sqrt", "fixed_sin", "fixed_cos",
    "fixed_atan2", "fixed_length", "fixed_normalise", "params", "Params", "Agent",
];

/// WGSL's keywords and the built-in functions and types that a generated name must not hide.
const WGSL: &[&str] = &[
    "alias", "break", "case", "const", "const_assert", "continue", "continuing", "default", "diagnostic", "discard",
    "else", "enable", "false", "fn", "for", "if", "let", "loop", "override", "requires", "return", "struct",
    "switch", "true", "var", "while", "bool", "f16", "f32", "i32", "u32", "i64", "u64", "f64", "vec2", "vec3", "vec4",
    "mat2x2", "mat3x3", "mat4x4", "array", "atomic", "ptr", "self", "null", "abs", "acos", "all", "any", "asin",
    "atan", "atan2", "ceil", "clamp", "cos", "cosh", "countLeadingZeros", "countOneBits", "cross", "degrees",
    "distance", "dot", "exp", "exp2", "floor", "fma", "fract", "length", "log", "log2", "max", "min", "mix", "modf",
    "normalize", "pow", "radians", "reflect", "round", "saturate", "select", "sign", "sin", "sinh", "smoothstep",
    "sqrt", "step", "tan", "tanh", "transpose", "trunc", "static", "async", "await", "final", "goto", "import",
    "interface", "module", "move", "of", "namespace", "new", "operator", "package", "private", "pub", "public",
    "ref", "resource", "set", "shared", "super", "target", "template", "this", "throw", "trait", "try", "type",
    "union", "unless", "use", "using", "virtual", "volatile", "where", "with", "yield", "get", "do", "class", "enum",
    "export", "extends", "extern", "external", "from", "impl", "macro", "match", "mod", "mut", "nil",
];

/// Why `name` cannot be chosen for a parameter, layer or metric, if it cannot.
pub(super) fn refuse(name: &str) -> Option<String> {
    let well_formed = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !well_formed {
        Some(format!("`{name}` is not a name: names begin with a letter and have only letters, digits and `_`"))
    } else if name.starts_with("throng_") {
        Some(format!("`{name}` begins with `throng_`, which is kept for generated code"))
    } else if name.contains("__") {
        Some(format!("`{name}` has two underscores in a row, which WGSL keeps for itself"))
    } else {
        None
    }
}

/// Why a layer cannot be called `name`: its reading function would hide another.
pub(super) fn refuse_as_function(name: &str) -> Option<String> {
    refuse(name).or_else(|| {
        if PRELUDE.contains(&name) {
            Some(format!("`{name}` is already something that every rule can call"))
        } else if WGSL.contains(&name) {
            Some(format!("`{name}` is a word of WGSL"))
        } else {
            None
        }
    })
}

/// The known name nearest to `name`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(name.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour_and_a_strange_one_finds_none() {
        assert_eq!(nearest("persistance", ["persistence", "sensor_range"]), Some("persistence"));
        assert_eq!(nearest("sen", ["seen", "wall"]), Some("seen"));
        assert_eq!(nearest("temperature", ["seen", "wall"]), None);
    }

    #[test]
    fn names_that_would_hide_something_are_refused() {
        assert!(refuse_as_function("seen").is_none());
        for name in ["min", "random_u32", "throng_x", "9lives", "a b", "", "a__b", "loop"] {
            assert!(refuse_as_function(name).is_some(), "{name}");
        }
    }
}
