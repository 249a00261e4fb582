//! A metric's result as kernels write it, read into [`Partial`]s. The twin of `shaders/passes/reduce.wgsl`.

use crate::model::{Reduction, ValueKind};
use crate::plan::{Measure, TOTALS_WORDS};
use crate::reduce::{Partial, Totals};

/// 32-bit words of a world's result.
pub(super) fn words(measure: &Measure) -> u32 {
    match measure.metric.reduction {
        Reduction::Histogram { bins, .. } => bins + 2,
        _ => TOTALS_WORDS,
    }
}

/// A world's result from its words.
pub(super) fn partial(measure: &Measure, words: &[u32]) -> Partial {
    match measure.metric.reduction {
        Reduction::Histogram { .. } => Partial::Bins(words.iter().map(|count| u64::from(*count)).collect()),
        _ => Partial::Totals(totals(measure, words)),
    }
}

fn totals(measure: &Measure, words: &[u32]) -> Totals {
    let (count, nonzero) = (u64::from(words[0]), u64::from(words[1]));
    let kind = measure.metric.values;
    let wide = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let float_pair = |sum: u32, rest: u32| f64::from(f32::from_bits(sum)) + f64::from(f32::from_bits(rest));
    let extreme = |key: u32, item: u32| {
        (count > 0 && measure.bits_of.is_none()).then(|| (value_of_key(kind, key), item))
    };
    let mut totals = Totals {
        count,
        nonzero,
        least: extreme(words[7], words[8]),
        greatest: extreme(words[9], words[10]),
        ..Totals::NONE
    };
    if kind == ValueKind::F32 {
        totals.float_sum = float_pair(words[2], words[3]);
        totals.float_squares = float_pair(words[4], words[5]);
    } else {
        totals.sum = wide(words[2], words[3]) as i64;
        totals.squares = u128::from(wide(words[4], words[5])) | u128::from(words[6]) << 64;
    }
    totals
}

/// The value that a key of `reduce.wgsl` stands for.
fn value_of_key(kind: ValueKind, key: u32) -> f64 {
    match kind {
        ValueKind::U32 | ValueKind::Bool => f64::from(key),
        ValueKind::I32 => f64::from((key ^ 0x8000_0000) as i32),
        ValueKind::F32 if key >= 0x8000_0000 => f64::from(f32::from_bits(key & 0x7fff_ffff)),
        ValueKind::F32 => f64::from(f32::from_bits(!key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of a float as `reduce.wgsl` makes it.
    fn key_of_float(value: f32) -> u32 {
        let plain = if value == 0.0 { 0 } else { value.to_bits() };
        if plain >= 0x8000_0000 { !plain } else { plain | 0x8000_0000 }
    }

    #[test]
    fn keys_keep_the_order_of_floats_and_give_them_back() {
        let values = [f32::NEG_INFINITY, f32::MIN, -1.5, -1e-40, 0.0, 1e-40, 2.0, f32::MAX, f32::INFINITY];
        for pair in values.windows(2) {
            assert!(key_of_float(pair[0]) < key_of_float(pair[1]), "{pair:?}");
        }
        for value in values {
            assert_eq!(value_of_key(ValueKind::F32, key_of_float(value)), f64::from(value));
        }
        assert_eq!(key_of_float(-0.0), key_of_float(0.0));
        assert_eq!(value_of_key(ValueKind::I32, 0), f64::from(i32::MIN));
        assert_eq!(value_of_key(ValueKind::I32, u32::MAX), f64::from(i32::MAX));
    }
}
