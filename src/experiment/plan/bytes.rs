//! Amounts of memory as people write them.

use crate::error::{Error, Result};

const UNITS: [(&str, u64); 13] = [
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
    ("t", 1 << 40),
    ("tib", 1 << 40),
];

/// Reads an amount of memory: `2 GiB`, `512M`, `1.5G`, `100 MB`; a letter alone stands for a power of 1024.
///
/// # Errors
/// When it is none, or nothing.
pub fn bytes(text: &str) -> Result<u64> {
    let plain = text.trim().to_ascii_lowercase();
    let letters = plain.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(plain.len());
    let (number, unit) = (plain[..letters].trim(), &plain[letters..]);
    let unit = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, bytes)| *bytes as f64);
    match (number.parse::<f64>(), unit) {
        (Ok(number), Some(unit)) if number * unit >= 1.0 && number * unit < 1e18 => {
            Ok((number * unit) as u64)
        }
        _ => Err(Error::argument(
            format!("`{}` is no amount of memory", text.trim()),
            "write it as in 512 MiB or 2 GiB",
        )),
    }
}
