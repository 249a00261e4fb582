//! The WGSL of what a rule does to a word of a layer.

use super::declaration::{Effect, Layer};

/// An effect in a world, or in a word as those of its own cells, that one thread has to itself: what the word becomes is written,
/// whether it changes or not, for a branch costs more than a write. Notes are worth a branch.
pub(super) fn changed_alone(effect: Effect, layer: &Layer, place: &str, note: &str) -> String {
    let maximum = layer.maximum();
    let cell =
        |changed: &str| format!("(old & ~({maximum}u << shift)) | (({changed} & {maximum}u) << shift)");
    let changed = match effect {
        Effect::Or => format!("old | ((value & {maximum}u) << shift)"),
        Effect::And => format!("old & ~((~value & {maximum}u) << shift)"),
        Effect::Xor => format!("old ^ ((value & {maximum}u) << shift)"),
        Effect::Add => cell("(held + value)"),
        Effect::Min => cell(&format!("min(held, min(value, {maximum}u))")),
        Effect::Max | Effect::Claim => cell(&format!("max(held, min(value, {maximum}u))")),
        Effect::Set => cell("value"),
    };
    let write = match note {
        "" => format!("atomicStore(&{place}, new_word);"),
        _ => format!("if new_word != old {{ atomicStore(&{place}, new_word); {note} }}"),
    };
    format!(
        "let old = atomicLoad(&{place}); let held = (old >> shift) & {maximum}u; let new_word = {changed}; {write}"
    )
}

/// An effect as one atomic operation, without finding out first whether it changes anything, if there is one.
///
/// The CPU's compiler reads first by itself where threads share a layer; where they do not, a branch costs more than a
/// write.
pub(super) fn plain_change(effect: Effect, layer: &Layer, place: &str) -> Option<String> {
    let maximum = layer.maximum();
    match effect {
        Effect::Or => Some(format!("atomicOr(&{place}, (value & {maximum}u) << shift);")),
        Effect::And => Some(format!("atomicAnd(&{place}, ~((~value & {maximum}u) << shift));")),
        Effect::Min if layer.bits == 32 => Some(format!("atomicMin(&{place}, value);")),
        Effect::Max | Effect::Claim if layer.bits == 32 => Some(format!("atomicMax(&{place}, value);")),
        _ => None,
    }
}

/// The statements that apply `effect` with `value` at `shift` to the word `place` of a layer, and `note` that it changed.
///
/// Whatever would change nothing is not written, which spares most of the traffic of marking what is marked.
pub(super) fn change(effect: Effect, layer: &Layer, place: &str, note: &str) -> String {
    let maximum = layer.maximum();
    let whole = layer.bits == 32;
    match effect {
        Effect::Or => format!(
            "let bits = (value & {maximum}u) << shift; if (atomicLoad(&{place}) & bits) != bits {{ atomicOr(&{place}, bits); {note} }}"
        ),
        Effect::And => format!(
            "let bits = (~value & {maximum}u) << shift; if (atomicLoad(&{place}) & bits) != 0u {{ atomicAnd(&{place}, ~bits); {note} }}"
        ),
        Effect::Xor => format!("atomicXor(&{place}, (value & {maximum}u) << shift); {note}"),
        Effect::Set if whole => format!("atomicStore(&{place}, value); {note}"),
        // Nobody else changes the cell's own bits, so that the others' do not matter to what is flipped.
        Effect::Set => format!(
            "let bits = (atomicLoad(&{place}) ^ (value << shift)) & ({maximum}u << shift); if bits != 0u {{ atomicXor(&{place}, bits); {note} }}"
        ),
        Effect::Add if whole => format!("atomicAdd(&{place}, value); {note}"),
        Effect::Min if whole => {
            format!("if value < atomicLoad(&{place}) {{ atomicMin(&{place}, value); {note} }}")
        }
        Effect::Max | Effect::Claim if whole => {
            format!("if value > atomicLoad(&{place}) {{ atomicMax(&{place}, value); {note} }}")
        }
        // Cells that share a word are changed by exchanging the word until nobody else has changed it meanwhile.
        Effect::Add => exchange(place, maximum, "(held + value)", note),
        Effect::Min => exchange(place, maximum, &format!("min(held, min(value, {maximum}u))"), note),
        Effect::Max | Effect::Claim => {
            exchange(place, maximum, &format!("max(held, min(value, {maximum}u))"), note)
        }
    }
}

fn exchange(place: &str, maximum: u32, changed: &str, note: &str) -> String {
    format!(
        "var old = atomicLoad(&{place}); \
         loop {{ \
         let held = (old >> shift) & {maximum}u; \
         let new_word = (old & ~({maximum}u << shift)) | (({changed} & {maximum}u) << shift); \
         if new_word == old {{ break; }} \
         let result = atomicCompareExchangeWeak(&{place}, old, new_word); \
         if result.exchanged {{ {note} break; }} \
         old = result.old_value; }}"
    )
}
