//! A perfect maze, carved by a walk that turns back at dead ends (randomised depth-first search).
//!
//! Rooms lie at odd columns and rows, walls between them. With an even side the last room touches the edge, which is
//! a wall itself, and on a torus the first column or row of walls closes the maze there too.

use super::{Canvas, Random};

/// The ways out of a room: columns and rows to add. The opposite of way w is way `w ^ 1`.
const WAYS: [(i64, i64); 4] = [(-2, 0), (2, 0), (0, -2), (0, 2)];

pub(super) fn free_words(width: u32, height: u32, seed: u64) -> Vec<u32> {
    let mut random = Random::new(seed);
    let mut canvas = Canvas::blocked(width, height);
    let mut ways = Ways::new(u64::from(width.div_ceil(2)) * u64::from(height.div_ceil(2)));
    // A side of one cell has no odd place.
    let first = |side: u32| u32::from(side > 1);
    let rooms = |side: u32| (side / 2).max(1);
    let start =
        (first(width) + 2 * random.below(rooms(width)), first(height) + 2 * random.below(rooms(height)));
    let room = |x: u32, y: u32| u64::from(y / 2) * u64::from(width.div_ceil(2)) + u64::from(x / 2);

    let (mut x, mut y) = start;
    canvas.free(x, y);
    loop {
        let mut open = [0; 4];
        let mut count = 0;
        for way in 0..WAYS.len() {
            if step(x, y, way, width, height).is_some_and(|(x, y)| !canvas.is_free(x, y)) {
                open[count] = way;
                count += 1;
            }
        }
        if count > 0 {
            let way = open[random.below(count as u32) as usize];
            let Some((next_x, next_y)) = step(x, y, way, width, height) else { break };
            canvas.free((x + next_x) / 2, (y + next_y) / 2);
            canvas.free(next_x, next_y);
            ways.set(room(next_x, next_y), way ^ 1);
            (x, y) = (next_x, next_y);
        } else if (x, y) == start {
            break;
        } else {
            let Some(before) = step(x, y, ways.get(room(x, y)), width, height) else { break };
            (x, y) = before;
        }
    }
    canvas.words
}

/// The room that lies this way, if it is on the map.
fn step(x: u32, y: u32, way: usize, width: u32, height: u32) -> Option<(u32, u32)> {
    let x = u32::try_from(i64::from(x) + WAYS[way].0).ok().filter(|&x| x < width)?;
    let y = u32::try_from(i64::from(y) + WAYS[way].1).ok().filter(|&y| y < height)?;
    Some((x, y))
}

/// The way back from each room, two bits each: the walk needs no stack.
struct Ways {
    packed: Vec<u8>,
}

impl Ways {
    fn new(rooms: u64) -> Ways {
        Ways { packed: vec![0; rooms.div_ceil(4) as usize] }
    }

    /// Each room's way is set once.
    fn set(&mut self, room: u64, way: usize) {
        self.packed[(room / 4) as usize] |= (way as u8) << (2 * (room % 4));
    }

    fn get(&self, room: u64) -> usize {
        usize::from(self.packed[(room / 4) as usize] >> (2 * (room % 4)) & 3)
    }
}
