//! PGM pictures: grey values as text (P2) or as bytes (P5).
//!
//! The format is Netpbm's: <https://netpbm.sourceforge.net/doc/pgm.html>.

use std::path::Path;

use super::file::{check_size, excerpt, line_of, refusal};
use super::{Cell, Grid, bits};
use crate::Result;

/// Reads a picture; `kind(value, maximum)` says what a grey value from 0 to `maximum` means.
///
/// Only the first picture of the file is read; what follows it is ignored, as Netpbm does.
pub(super) fn parse(path: &Path, bytes: &[u8], kind: impl Fn(u32, u32) -> Cell) -> Result<Grid> {
    let mut words = Words { path, bytes, at: 2 };
    let plain = match bytes {
        [b'P', b'2', ..] => true,
        [b'P', b'5', ..] => false,
        _ => return Err(refusal(path, None, "it is no PGM picture", "it must start with `P5` or `P2`")),
    };
    let width = words.number("width")?;
    let height = words.number("height")?;
    let maximum = words.number("largest grey value")?;
    if maximum == 0 || maximum > 65535 {
        return Err(refusal(
            path,
            Some(line_of(bytes, words.at)),
            format!("its largest grey value is {maximum}"),
            "write one from 1 to 65535",
        ));
    }
    let maximum = maximum as u32;
    let start = if plain { words.at } else { words.start_of_raster() };
    let bytes_per_cell = if plain || maximum > 255 { 2 } else { 1 };
    let cells = u128::from(width) * u128::from(height);
    // The last value of a P2 picture needs no blank after it.
    let needed = (cells * bytes_per_cell).saturating_sub(u128::from(plain));
    let left = bytes.len().saturating_sub(start) as u64;
    check_size(path, width, height, left, u64::try_from(needed).unwrap_or(u64::MAX))?;

    let kinds: Vec<Cell> = (0..=maximum).map(|value| kind(value, maximum)).collect();
    let cells = cells as u64;
    let mut packer = bits::Packer::new(cells);
    let mut unknown_cells = 0;
    let mut put = |value: u64, at: usize| match kinds.get(usize::try_from(value).unwrap_or(usize::MAX)) {
        Some(cell) => {
            packer.push(*cell == Cell::Free);
            unknown_cells += u64::from(*cell == Cell::Unknown);
            Ok(())
        }
        None => Err(refusal(
            path,
            plain.then(|| line_of(bytes, at)),
            format!("it holds the grey value {value} and says that {maximum} is the largest"),
            "the file is damaged or its header is wrong: get it again or correct the largest value",
        )),
    };
    if plain {
        for _ in 0..cells {
            let value = words.number("grey value")?;
            put(value, words.at)?;
        }
    } else if bytes_per_cell == 1 {
        for (index, &value) in bytes[start..start + cells as usize].iter().enumerate() {
            put(value.into(), start + index)?;
        }
    } else {
        for (index, pair) in bytes[start..start + 2 * cells as usize].chunks_exact(2).enumerate() {
            put(u64::from(pair[0]) << 8 | u64::from(pair[1]), start + 2 * index)?;
        }
    }
    Ok(Grid { width: width as u32, height: height as u32, free: packer.finish(), unknown_cells })
}

/// The numbers of a header or of a P2 picture, with blanks and comments (`#` to the end of the line) between them.
struct Words<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    at: usize,
}

impl Words<'_> {
    /// The next number, which is called `what`.
    fn number(&mut self, what: &str) -> Result<u64> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == b'#' {
                let rest = &self.bytes[self.at..];
                self.at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
            } else if byte.is_ascii_whitespace() {
                self.at += 1;
            } else {
                break;
            }
        }
        let rest = &self.bytes[self.at..];
        let end =
            rest.iter().position(|&byte| byte.is_ascii_whitespace() || byte == b'#').unwrap_or(rest.len());
        let word = &rest[..end];
        if word.is_empty() {
            let why = format!("it ends where a {what} should come");
            return Err(refusal(self.path, None, why, "the file is cut short: get it again"));
        }
        let value = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok());
        let Some(value) = value.filter(|_| word[0] != b'+') else {
            return Err(refusal(
                self.path,
                Some(line_of(self.bytes, self.at)),
                format!("{} stands where a {what} should", excerpt(word)),
                "the file is damaged or no PGM picture: get it again",
            ));
        };
        self.at += end;
        Ok(value)
    }

    /// Where the bytes of a P5 picture begin: after one blank, or one CRLF.
    fn start_of_raster(&self) -> usize {
        match self.bytes[self.at..] {
            [b'\r', b'\n', ..] => self.at + 2,
            _ => self.at + 1,
        }
    }
}
