//! Animations: GIF files that grow while a run goes on.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Error as IoError, Write};
use std::path::Path;

use super::file::Draft;
use super::palette::Palette;
use super::picture::Picture;
use crate::{Error, Result};

/// The number that stands for "as before" in a frame; the palette never uses it.
const AS_BEFORE: u8 = 255;
/// Time that the whole animation should take, and the bounds of one frame's, in hundredths of a second.
const WHOLE: usize = 800;
const SHORTEST: usize = 4;
const LONGEST: usize = 40;
/// Time that the last frame stays, in hundredths of a second.
const LAST: u16 = 200;

/// An animated GIF on its way. Frames are written as they come; one frame is kept in memory. It loops, and its last frame
/// stays for two seconds.
///
/// Nothing is at its path until [`finish`](Animation::finish); dropped before, it leaves nothing behind.
pub struct Animation {
    /// `None` until the first frame gives the size.
    encoder: Option<gif::Encoder<BufWriter<File>>>,
    draft: Draft,
    palette: Palette,
    size: [u16; 2],
    /// What the viewer sees after the last frame, as numbers of colours.
    shown: Vec<u8>,
    /// The last frame, not written yet because its time depends on whether another one follows.
    pending: Option<gif::Frame<'static>>,
    delay: u16,
    /// The first failure: what is in the file since then is not an animation.
    failed: Option<Error>,
}

impl Animation {
    /// Starts an animation of scenes for which `palette` was made.
    ///
    /// `frames` is how many are expected, as well as one can tell: they are shown in about eight seconds all together,
    /// none for less than 0.04 s.
    ///
    /// # Errors
    /// [`Error::File`] when a file cannot be created there.
    pub fn create(path: &Path, palette: Palette, frames: usize) -> Result<Animation> {
        Ok(Animation {
            encoder: None,
            draft: Draft::create(path)?,
            palette,
            size: [0, 0],
            shown: Vec::new(),
            pending: None,
            delay: (WHOLE / frames.max(1)).clamp(SHORTEST, LONGEST) as u16,
            failed: None,
        })
    }

    /// Appends a frame, of the same size as the first.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be written, which ends the animation; [`Error::Argument`] when the size is
    /// another one or more than a GIF can have, which does not.
    pub fn add(&mut self, picture: &Picture) -> Result<()> {
        self.check()?;
        let size = side(picture.width).zip(side(picture.height)).map(|(width, height)| [width, height]);
        let Some(size) = size.filter(|size| self.shown.is_empty() || *size == self.size) else {
            return Err(Error::argument(
                format!(
                    "a frame of {}x{} pixels cannot be part of the animation {}",
                    picture.width,
                    picture.height,
                    self.draft.path().display()
                ),
                "give all frames the size of the first, at most 65535 pixels a side",
            ));
        };
        let numbers = self.palette.numbers(picture);
        let frame = if self.shown.is_empty() {
            self.size = size;
            whole(&numbers, size)
        } else {
            changed(&self.shown, &numbers, size)
        };
        self.shown = numbers;
        let written = self.write_pending(self.delay);
        self.pending = Some(frame);
        written
    }

    /// Writes the last frame and puts the file in place.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be written, or could not be earlier; [`Error::Argument`] when there is no
    /// frame.
    pub fn finish(mut self) -> Result<()> {
        self.check()?;
        self.write_pending(LAST)?;
        let Some(encoder) = self.encoder.take() else {
            return Err(Error::argument(
                format!("the animation {} has no frame", self.draft.path().display()),
                "add one before finishing",
            ));
        };
        let ended = encoder.into_inner().map_err(io).and_then(|mut file| file.flush());
        ended.map_err(|error| Error::file(self.draft.path(), "write", &error))?;
        self.draft.publish()
    }

    fn check(&self) -> Result<()> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn write_pending(&mut self, delay: u16) -> Result<()> {
        let Some(mut frame) = self.pending.take() else { return Ok(()) };
        frame.delay = delay;
        let written = self.write(&frame);
        written.map_err(|error| {
            let error = Error::file(self.draft.path(), "write", &error);
            self.failed = Some(error.clone());
            error
        })
    }

    fn write(&mut self, frame: &gif::Frame<'_>) -> std::io::Result<()> {
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => {
                let file = BufWriter::with_capacity(1 << 16, self.draft.file().try_clone()?);
                let mut colours = self.palette.colours().concat();
                colours.resize(256 * 3, 255);
                let mut encoder =
                    gif::Encoder::new(file, self.size[0], self.size[1], &colours).map_err(io)?;
                encoder.set_repeat(gif::Repeat::Infinite).map_err(io)?;
                none.insert(encoder)
            }
        };
        encoder.write_frame(frame).map_err(io)
    }
}

impl std::fmt::Debug for Animation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Animation")
            .field("path", &self.draft.path())
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

fn side(pixels: u32) -> Option<u16> {
    u16::try_from(pixels).ok().filter(|&pixels| pixels > 0)
}

/// A frame of every pixel.
fn whole(numbers: &[u8], [width, height]: [u16; 2]) -> gif::Frame<'static> {
    frame([0, 0, width, height], numbers.to_vec())
}

/// A frame of the smallest rectangle that holds every change, in which what did not change is transparent; of one
/// transparent pixel when nothing did, which keeps the time.
fn changed(before: &[u8], after: &[u8], [width, _]: [u16; 2]) -> gif::Frame<'static> {
    let columns = usize::from(width);
    let rows = || before.chunks_exact(columns).zip(after.chunks_exact(columns));
    let differs = |(before, after): (&[u8], &[u8])| before != after;
    let (mut left, mut past, mut top, mut bottom) = (columns, 0, usize::MAX, 0);
    for (row, (before, after)) in rows().enumerate().filter(|(_, pair)| differs(*pair)) {
        let unequal = |column: &usize| before[*column] != after[*column];
        left = left.min((0..columns).find(unequal).unwrap_or(columns));
        past = past.max((0..columns).rfind(unequal).map_or(0, |last| last + 1));
        top = top.min(row);
        bottom = row + 1;
    }
    if past == 0 {
        return frame([0, 0, 1, 1], vec![AS_BEFORE]);
    }
    let mut pixels = Vec::with_capacity((past - left) * (bottom - top));
    for (before, after) in rows().take(bottom).skip(top) {
        let pairs = before[left..past].iter().zip(&after[left..past]);
        pixels.extend(pairs.map(|(before, after)| if before == after { AS_BEFORE } else { *after }));
    }
    frame([left, top, past - left, bottom - top].map(|pixels| pixels as u16), pixels)
}

fn frame([left, top, width, height]: [u16; 4], pixels: Vec<u8>) -> gif::Frame<'static> {
    gif::Frame {
        left,
        top,
        width,
        height,
        dispose: gif::DisposalMethod::Keep,
        transparent: Some(AS_BEFORE),
        buffer: Cow::Owned(pixels),
        ..gif::Frame::default()
    }
}

fn io(error: gif::EncodingError) -> IoError {
    match error {
        gif::EncodingError::Io(error) => error,
        other => IoError::other(other),
    }
}
