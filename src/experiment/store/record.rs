//! Outcomes and intervals as bytes, for journals: little-endian, texts and lists with their length before them.

use super::timeline::Interval;
use crate::experiment::{Finished, Trial, TrialOutcome};

/// What a journal holds, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record {
    Outcome(TrialOutcome),
    Interval(Interval),
}

const OUTCOME: u8 = 1;
const INTERVAL: u8 = 2;

pub(super) fn outcome_bytes(outcome: &TrialOutcome) -> Vec<u8> {
    let trial = &outcome.trial;
    let mut bytes = vec![OUTCOME];
    for number in [trial.number, trial.experiment as u64, trial.point, trial.seed] {
        put_u64(&mut bytes, number);
    }
    put_u64(&mut bytes, trial.replicate.into());
    put_u64(&mut bytes, trial.agents.into());
    put_reals(&mut bytes, &trial.values);
    put_real(&mut bytes, outcome.seconds);
    put_text(&mut bytes, &outcome.device);
    match &outcome.result {
        Err(reason) => {
            bytes.push(0);
            put_text(&mut bytes, reason);
        }
        Ok(finished) => {
            bytes.push(1);
            bytes.push(u8::from(finished.stopped));
            put_u64(&mut bytes, finished.steps);
            put_u64(&mut bytes, finished.hash);
            put_reals(&mut bytes, &finished.outputs);
            put_u64(&mut bytes, finished.series.len() as u64);
            for (step, values) in &finished.series {
                put_u64(&mut bytes, *step);
                put_reals(&mut bytes, values);
            }
        }
    }
    bytes
}

pub(super) fn interval_bytes(interval: &Interval) -> Vec<u8> {
    let mut bytes = vec![INTERVAL];
    put_text(&mut bytes, &interval.device);
    put_u64(&mut bytes, interval.experiment as u64);
    put_real(&mut bytes, interval.begin);
    put_real(&mut bytes, interval.end);
    put_u64(&mut bytes, interval.trials);
    put_text(&mut bytes, &interval.why);
    bytes
}

/// `None` when the bytes are not those of one record.
pub(super) fn parse(bytes: &[u8]) -> Option<Record> {
    let mut rest = bytes;
    let record = match take_byte(&mut rest)? {
        OUTCOME => Record::Outcome(take_outcome(&mut rest)?),
        INTERVAL => Record::Interval(Interval {
            device: take_text(&mut rest)?,
            experiment: usize::try_from(take_u64(&mut rest)?).ok()?,
            begin: take_real(&mut rest)?,
            end: take_real(&mut rest)?,
            trials: take_u64(&mut rest)?,
            why: take_text(&mut rest)?,
        }),
        _ => return None,
    };
    rest.is_empty().then_some(record)
}

fn take_outcome(rest: &mut &[u8]) -> Option<TrialOutcome> {
    let number = take_u64(rest)?;
    let experiment = usize::try_from(take_u64(rest)?).ok()?;
    let (point, seed) = (take_u64(rest)?, take_u64(rest)?);
    let replicate = u32::try_from(take_u64(rest)?).ok()?;
    let agents = u32::try_from(take_u64(rest)?).ok()?;
    let values = take_reals(rest)?;
    let seconds = take_real(rest)?;
    let device = take_text(rest)?;
    let result = match take_byte(rest)? {
        0 => Err(take_text(rest)?),
        1 => {
            let stopped = take_byte(rest)? == 1;
            let (steps, hash) = (take_u64(rest)?, take_u64(rest)?);
            let outputs = take_reals(rest)?;
            let count = take_u64(rest)?;
            let mut series = Vec::new();
            for _ in 0..count {
                series.push((take_u64(rest)?, take_reals(rest)?));
            }
            Ok(Finished { steps, stopped, hash, outputs, series })
        }
        _ => return None,
    };
    let trial = Trial { number, experiment, point, replicate, seed, agents, values };
    Some(TrialOutcome { trial, result, seconds, device })
}

fn put_u64(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn put_real(bytes: &mut Vec<u8>, number: f64) {
    put_u64(bytes, number.to_bits());
}

fn put_reals(bytes: &mut Vec<u8>, numbers: &[f64]) {
    put_u64(bytes, numbers.len() as u64);
    for number in numbers {
        put_real(bytes, *number);
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_u64(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

fn take_byte(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}

fn take_u64(rest: &mut &[u8]) -> Option<u64> {
    let (first, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Some(u64::from_le_bytes(*first))
}

fn take_real(rest: &mut &[u8]) -> Option<f64> {
    take_u64(rest).map(f64::from_bits)
}

fn take_reals(rest: &mut &[u8]) -> Option<Vec<f64>> {
    let count = take_u64(rest)?;
    // A wrong count must not reserve memory for it.
    let bytes = usize::try_from(count).ok()?.checked_mul(8)?;
    let (first, after) = rest.split_at_checked(bytes)?;
    *rest = after;
    let (numbers, _) = first.as_chunks::<8>();
    Some(numbers.iter().map(|number| f64::from_bits(u64::from_le_bytes(*number))).collect())
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take_u64(rest)?).ok()?;
    let (first, after) = rest.split_at_checked(length)?;
    *rest = after;
    String::from_utf8(first.to_vec()).ok()
}
