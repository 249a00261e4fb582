//! A building: areas are cut in two again and again, by corridors while they are large and by walls when they are
//! small, and every wall gets doors (binary space partition).
//!
//! All free cells are connected: a cut leaves two areas joined through a door, and no later wall ends at one.

use super::{Area, Canvas, Random};

/// The shortest side of a room.
const LEAST_ROOM: u32 = 3;

/// Maps narrower than this get no outer wall: it would leave next to nothing.
const LEAST_WALLED: u32 = 5;

/// Measures that follow the size of the map.
struct Style {
    /// An area with a longer side than this is cut.
    longest_room: u32,
    /// An area with a longer side than this is cut by a corridor.
    longest_block: u32,
    /// Free cells across a corridor.
    corridor: u32,
}

/// The direction of a cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Between left and right.
    Upright,
    /// Between top and bottom.
    Level,
}

pub(super) fn free_words(width: u32, height: u32, seed: u64) -> Vec<u32> {
    let mut random = Random::new(seed);
    let mut canvas = Canvas::blocked(width, height);
    let shorter = width.min(height);
    let margin = u32::from(shorter >= LEAST_WALLED);
    let inside = Area { left: margin, top: margin, right: width - margin, bottom: height - margin };
    canvas.fill(inside, true);

    let longest_room = (shorter / 8).clamp(6, 20);
    let style = Style {
        longest_room,
        longest_block: 3 * longest_room,
        corridor: match shorter {
            ..64 => 1,
            64..192 => 2,
            _ => 3,
        },
    };
    let mut areas = vec![inside];
    while let Some(area) = areas.pop() {
        if let Some(halves) = divide(&mut canvas, area, &style, &mut random) {
            areas.extend(halves);
        }
    }
    canvas.words
}

/// Cuts an area in two, if it is large enough; the lower or right half comes first.
fn divide(canvas: &mut Canvas, area: Area, style: &Style, random: &mut Random) -> Option<[Area; 2]> {
    let (width, height) = (area.width(), area.height());
    let cut = match (width > style.longest_room, height > style.longest_room) {
        (false, false) => return None,
        (true, false) => Cut::Upright,
        (false, true) => Cut::Level,
        // Long areas are cut across, so that rooms come out well proportioned.
        (true, true) if width > height + height / 4 => Cut::Upright,
        (true, true) if height > width + width / 4 => Cut::Level,
        (true, true) if random.below(2) == 0 => Cut::Upright,
        (true, true) => Cut::Level,
    };
    let has_corridor = width.max(height) > style.longest_block;
    let corridor = if has_corridor { style.corridor } else { 0 };
    let place = place(canvas, area, cut, corridor, random)?;
    let (before, middle, after) = split(area, cut, place, if has_corridor { corridor + 2 } else { 1 });
    canvas.fill(middle, false);
    if has_corridor {
        let (first_wall, passage, second_wall) = split(middle, cut, start(middle, cut) + 1, corridor);
        canvas.fill(passage, true);
        open_ends(canvas, passage, cut);
        for wall in [first_wall, second_wall] {
            cut_doors(canvas, wall, cut, style, random);
        }
    } else {
        cut_doors(canvas, middle, cut, style, random);
    }
    Some([after, before])
}

/// Where a cut may start so that both halves keep room and no wall of it ends at a door; of all such places near the
/// middle a random one.
fn place(canvas: &Canvas, area: Area, cut: Cut, corridor: u32, random: &mut Random) -> Option<u32> {
    let thickness = if corridor > 0 { corridor + 2 } else { 1 };
    let length = match cut {
        Cut::Upright => area.width(),
        Cut::Level => area.height(),
    };
    let slack = length.checked_sub(2 * LEAST_ROOM + thickness)?;
    let first = start(area, cut) + LEAST_ROOM;
    // A third of the way in from either end, unless that is less than a room.
    let inset = (length / 3).saturating_sub(LEAST_ROOM).min(slack / 2);
    let (low, high) = (first + inset, first + slack - inset);
    let allowed = |place: &u32| {
        [*place, *place + thickness - 1].into_iter().all(|wall| !ends_at_door(canvas, area, cut, wall))
    };
    let offset = random.between(0, high - low);
    let rotated = (0..=high - low).map(|step| low + (offset + step) % (high - low + 1));
    rotated.chain(first..=first + slack).find(allowed)
}

/// Whether a wall at this place would end at a gap of the walls around the area. Outside the map is no gap.
fn ends_at_door(canvas: &Canvas, area: Area, cut: Cut, wall: u32) -> bool {
    let (lowest, end) = match cut {
        Cut::Upright => (area.top, area.bottom),
        Cut::Level => (area.left, area.right),
    };
    let gap = |across: u32| match cut {
        Cut::Upright => canvas.is_free(wall, across),
        Cut::Level => canvas.is_free(across, wall),
    };
    (lowest > 0 && gap(lowest - 1)) || (end < canvas.side_across(cut) && gap(end))
}

/// Opens a corridor into the corridors at both of its ends, if it does not end at the edge of the map.
fn open_ends(canvas: &mut Canvas, passage: Area, cut: Cut) {
    let end_of_map = canvas.side_across(cut);
    let before = |low: u32| if low > 1 { low - 1 } else { low };
    let behind = |high: u32| if high + 1 < end_of_map { high + 1 } else { high };
    let longer = match cut {
        Cut::Upright => Area { top: before(passage.top), bottom: behind(passage.bottom), ..passage },
        Cut::Level => Area { left: before(passage.left), right: behind(passage.right), ..passage },
    };
    canvas.fill(longer, true);
}

/// Cuts doors into a wall: one for about every room that may come to lie along it, at least one.
fn cut_doors(canvas: &mut Canvas, wall: Area, cut: Cut, style: &Style, random: &mut Random) {
    let length = match cut {
        Cut::Upright => wall.height(),
        Cut::Level => wall.width(),
    };
    let doors = (length / style.longest_room).max(1);
    for door in 0..doors {
        let from = (u64::from(length) * u64::from(door) / u64::from(doors)) as u32;
        let end = (u64::from(length) * u64::from(door + 1) / u64::from(doors)) as u32;
        let wide = if end - from >= 9 { 2 } else { 1 };
        let at = random.between(from, end - wide);
        canvas.fill(
            match cut {
                Cut::Upright => Area { top: wall.top + at, bottom: wall.top + at + wide, ..wall },
                Cut::Level => Area { left: wall.left + at, right: wall.left + at + wide, ..wall },
            },
            true,
        );
    }
}

/// What lies before, within and behind `thickness` columns or rows from `place` on.
fn split(area: Area, cut: Cut, place: u32, thickness: u32) -> (Area, Area, Area) {
    let end = place + thickness;
    match cut {
        Cut::Upright => (
            Area { right: place, ..area },
            Area { left: place, right: end, ..area },
            Area { left: end, ..area },
        ),
        Cut::Level => (
            Area { bottom: place, ..area },
            Area { top: place, bottom: end, ..area },
            Area { top: end, ..area },
        ),
    }
}

fn start(area: Area, cut: Cut) -> u32 {
    match cut {
        Cut::Upright => area.left,
        Cut::Level => area.top,
    }
}

impl Canvas {
    /// The side of the map along which a wall of this cut runs.
    fn side_across(&self, cut: Cut) -> u32 {
        match cut {
            Cut::Upright => self.height,
            Cut::Level => self.width,
        }
    }
}
