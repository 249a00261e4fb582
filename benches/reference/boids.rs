//! Boids by hand: the twin of `shaders/models/boids.wgsl` on a torus without walls.
//!
//! Boids lie sorted by cell, each field in an array of its own, so that those of some cells of a row are looked at as vectors.
//! A boid flies at most one unit in a step, hence into its own row of cells or one beside it: threads sort bands of rows.

use multiversion::multiversion;
use rayon::ThreadPool;
use rayon::prelude::*;
use throng::{Result, Simulation};

use crate::{Reference, is_split, parameter};

const WORDS: usize = 6;
const ONE: i64 = 1 << 16;
/// Rows of cells in a band at least: a boid of a band may come from the rows beside it.
const BAND: usize = 4;

/// Worlds of boids.
pub struct Boids {
    rules: Rules,
    /// Bands into which threads split a world.
    bands: usize,
    worlds: Vec<World>,
}

#[derive(Clone, Copy)]
struct Rules {
    /// The side of the torus, in units.
    size: i32,
    /// The side of a cell as a power of two, and how many there are in a row or column.
    bits: u32,
    cells: usize,
    radius: i32,
    apart: i32,
    cohere: i32,
    separate: i32,
    follow: i32,
}

struct World {
    flock: Flock,
    /// How many boids are in each cell and those before it.
    ends: Vec<u32>,
    flown: Vec<Boid>,
}

/// Boids, sorted by cell.
#[derive(Default)]
struct Flock {
    x: Vec<i32>,
    y: Vec<i32>,
    u: Vec<i32>,
    v: Vec<i32>,
    seen: Vec<u32>,
    id: Vec<u32>,
}

/// A part of the arrays of a flock.
struct Part<'a> {
    x: &'a mut [i32],
    y: &'a mut [i32],
    u: &'a mut [i32],
    v: &'a mut [i32],
    seen: &'a mut [u32],
    id: &'a mut [u32],
}

#[derive(Clone, Copy, Default)]
struct Boid {
    x: i32,
    y: i32,
    u: i32,
    v: i32,
    seen: u32,
    id: u32,
}

impl Boids {
    pub fn new(simulation: &mut Simulation, threads: usize) -> Result<Boids> {
        let fixed = |name| parameter(simulation, name) as i32;
        let side = simulation.worlds().map.width();
        let radius = fixed("radius");
        // Cells of one to two radii did best, though those of half a radius hold fewer who are out of sight.
        let bits = (radius as u32).ilog2() + 1;
        let size = (side << 16) as i32;
        let cells = (size as usize).div_ceil(1 << bits);
        assert!(cells > 4 && simulation.worlds().wraps, "a circle does not reach around the torus");
        let rules = Rules {
            size,
            bits,
            cells,
            radius,
            apart: fixed("apart"),
            cohere: fixed("cohere"),
            separate: fixed("separate"),
            follow: fixed("match_flight"),
        };
        let worlds = simulation.worlds().len();
        let split = is_split(worlds as usize, threads, simulation.worlds().agents as usize);
        let bands = if split { (16 * threads).min(cells / BAND) } else { 1 };
        let world = |world| Ok(World::new(&rules, &simulation.agent_words("boid", world)?.words));
        Ok(Boids { rules, bands, worlds: (0..worlds).map(world).collect::<Result<_>>()? })
    }
}

impl Reference for Boids {
    fn advance(&mut self, pool: &ThreadPool, steps: u32) -> u64 {
        let (rules, bands) = (self.rules, self.bands);
        pool.install(|| match bands {
            1 => self.worlds.par_iter_mut().for_each(|world| (0..steps).for_each(|_| world.step(&rules, 1))),
            _ => self.worlds.iter_mut().for_each(|world| (0..steps).for_each(|_| world.step(&rules, bands))),
        });
        self.worlds.iter().map(|world| world.flock.id.len() as u64 * u64::from(steps)).sum()
    }

    fn compare(&self, simulation: &mut Simulation) -> Result<()> {
        for (world, index) in self.worlds.iter().zip(0..) {
            let theirs = simulation.agent_words("boid", index)?.words;
            let (flock, mut ours) = (&world.flock, vec![0; theirs.len()]);
            for (place, id) in flock.id.iter().enumerate() {
                let words = [flock.x[place], flock.y[place], flock.u[place], flock.v[place]];
                let to = *id as usize * WORDS;
                ours[to..to + 4].copy_from_slice(&words.map(|word| word as u32));
                ours[to + 4] = flock.seen[place];
            }
            assert!(ours == theirs, "boids of world {index} differ");
        }
        Ok(())
    }
}

impl World {
    fn new(rules: &Rules, words: &[u32]) -> World {
        let boid = |(id, words): (usize, &[u32])| {
            let [x, y, u, v] = std::array::from_fn(|word| words[word] as i32);
            Boid { x, y, u, v, seen: words[4], id: id as u32 }
        };
        let flown: Vec<Boid> = words.chunks_exact(WORDS).enumerate().map(boid).collect();
        let ends = vec![0; rules.cells * rules.cells];
        let mut flock = Flock::default();
        flock.resize(flown.len());
        let mut world = World { flock, ends, flown };
        world.sort(rules, 1);
        world
    }

    fn step(&mut self, rules: &Rules, bands: usize) {
        let (flock, ends) = (&self.flock, self.ends.as_slice());
        if bands == 1 {
            fly(rules, flock, ends, 0, &mut self.flown);
        } else {
            let rows = band_rows(rules, bands);
            let mut rest = self.flown.as_mut_slice();
            let mut tasks = Vec::with_capacity(bands);
            for band in 0..bands {
                let first = begin(ends, rows(band) * rules.cells);
                let last = begin(ends, rows(band + 1) * rules.cells);
                let (part, others) = rest.split_at_mut(last - first);
                rest = others;
                tasks.push((first, part));
            }
            tasks.into_par_iter().for_each(|(first, part)| fly(rules, flock, ends, first, part));
        }
        self.sort(rules, bands);
    }

    /// Sorts those that have flown by the cells where they are now.
    fn sort(&mut self, rules: &Rules, bands: usize) {
        let World { flock, ends, flown } = self;
        if bands == 1 {
            ends.fill(0);
            flown.iter().for_each(|boid| ends[rules.cell(boid)] += 1);
            scatter(rules, ends, 0, 0, flock.part(), flown.iter());
            return;
        }
        let rows = band_rows(rules, bands);
        // Where the rows began before this step, from which the boids of a band come.
        let starts: Vec<usize> = (0..=rules.cells).map(|row| begin(ends, row * rules.cells)).collect();
        let (flown, starts) = (flown.as_slice(), starts.as_slice());
        let all = rules.cells;
        let come = |band: usize| {
            let (first, last) = (rows(band), rows(band + 1));
            let around = [(first + all - 1) % all, last % all];
            let own = &flown[starts[first]..starts[last]];
            let beside = around.map(|row| &flown[starts[row]..starts[row + 1]]);
            let cells = first * all..last * all;
            let here = move |boid: &&Boid| cells.contains(&rules.cell(boid));
            beside[0].iter().chain(own).chain(beside[1]).filter(here)
        };
        let mut parts = Vec::with_capacity(bands);
        let mut rest = ends.as_mut_slice();
        for band in 0..bands {
            let (part, others) = rest.split_at_mut((rows(band + 1) - rows(band)) * all);
            rest = others;
            parts.push((band, part));
        }
        let numbers: Vec<usize> = parts
            .par_iter_mut()
            .map(|(band, ends)| {
                ends.fill(0);
                let first = rows(*band) * all;
                come(*band).map(|boid| ends[rules.cell(boid) - first] += 1).count()
            })
            .collect();
        let mut tasks = Vec::with_capacity(bands);
        let (mut rest, mut before) = (flock.part(), 0);
        for ((band, ends), number) in parts.into_iter().zip(numbers) {
            let (part, others) = rest.split_at(number);
            rest = others;
            tasks.push((band, ends, before, part));
            before += number;
        }
        tasks.into_par_iter().for_each(|(band, ends, before, part)| {
            scatter(rules, ends, rows(band) * all, before, part, come(band));
        });
    }
}

/// The first row of each band.
fn band_rows(rules: &Rules, bands: usize) -> impl Fn(usize) -> usize + Copy + use<> {
    let cells = rules.cells;
    move |band| band * cells / bands
}

/// Where the boids of a cell begin.
fn begin(ends: &[u32], cell: usize) -> usize {
    if cell == 0 { 0 } else { ends[cell - 1] as usize }
}

/// Puts boids into a part of the flock; `ends` has how many are in each of its cells, and then where these end.
fn scatter<'a>(
    rules: &Rules,
    ends: &mut [u32],
    first_cell: usize,
    before: usize,
    part: Part,
    boids: impl Iterator<Item = &'a Boid>,
) {
    let mut next = before as u32;
    for end in ends.iter_mut() {
        next += std::mem::replace(end, next);
    }
    for boid in boids {
        let end = &mut ends[rules.cell(boid) - first_cell];
        let to = *end as usize - before;
        *end += 1;
        (part.x[to], part.y[to], part.u[to], part.v[to]) = (boid.x, boid.y, boid.u, boid.v);
        (part.seen[to], part.id[to]) = (boid.seen, boid.id);
    }
}

impl Flock {
    fn resize(&mut self, number: usize) {
        for field in [&mut self.x, &mut self.y, &mut self.u, &mut self.v] {
            field.resize(number, 0);
        }
        self.seen.resize(number, 0);
        self.id.resize(number, 0);
    }

    fn part(&mut self) -> Part<'_> {
        Part {
            x: &mut self.x,
            y: &mut self.y,
            u: &mut self.u,
            v: &mut self.v,
            seen: &mut self.seen,
            id: &mut self.id,
        }
    }
}

impl<'a> Part<'a> {
    fn split_at(self, at: usize) -> (Part<'a>, Part<'a>) {
        let (x, x_rest) = self.x.split_at_mut(at);
        let (y, y_rest) = self.y.split_at_mut(at);
        let (u, u_rest) = self.u.split_at_mut(at);
        let (v, v_rest) = self.v.split_at_mut(at);
        let (seen, seen_rest) = self.seen.split_at_mut(at);
        let (id, id_rest) = self.id.split_at_mut(at);
        let rest = Part { x: x_rest, y: y_rest, u: u_rest, v: v_rest, seen: seen_rest, id: id_rest };
        (Part { x, y, u, v, seen, id }, rest)
    }
}

impl Rules {
    fn cell(&self, boid: &Boid) -> usize {
        (boid.y >> self.bits) as usize * self.cells + (boid.x >> self.bits) as usize
    }

    /// The cells of an axis within the radius of a place, as up to two ranges, each with the way around the torus to it.
    #[inline(always)]
    fn window(&self, at: i32) -> [(usize, usize, i32); 2] {
        let (low, high) = (at - self.radius, at + self.radius);
        let last = self.cells - 1;
        if low < 0 {
            let low = (low + self.size) >> self.bits;
            [(low as usize, last, -self.size), (0, (high >> self.bits) as usize, 0)]
        } else if high >= self.size {
            let high = (high - self.size) >> self.bits;
            [((low >> self.bits) as usize, last, 0), (0, high as usize, self.size)]
        } else {
            [((low >> self.bits) as usize, (high >> self.bits) as usize, 0), (1, 0, 0)]
        }
    }
}

/// What a boid sees.
#[derive(Clone, Copy, Default)]
struct Sight {
    together: [i32; 2],
    away: [i32; 2],
    flight: [i32; 2],
    seen: i32,
}

/// Lets the boids fly that begin at the place `first`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn fly(rules: &Rules, flock: &Flock, ends: &[u32], first: usize, flown: &mut [Boid]) {
    for (place, to) in (first..).zip(flown) {
        let (x, y) = (flock.x[place], flock.y[place]);
        let mut sight = Sight::default();
        let columns = rules.window(x);
        for (top, bottom, down) in rules.window(y) {
            for row in top..=bottom {
                for (west, east, right) in columns {
                    if west > east {
                        continue;
                    }
                    let cells = row * rules.cells;
                    let begin = begin(ends, cells + west);
                    let end = ends[cells + east] as usize;
                    look(rules, flock, begin, end, x.wrapping_sub(right), y.wrapping_sub(down), &mut sight);
                }
            }
        }
        // One that looks sees itself too: no way off, and its own flight.
        let own = [flock.u[place], flock.v[place]];
        sight.seen -= 1;
        let count = sight.seen.max(1);
        let mut next = [0; 2];
        for axis in 0..2 {
            let flight = sight.flight[axis].wrapping_sub(own[axis]);
            next[axis] = own[axis]
                .wrapping_add(multiply((sight.together[axis] / count).wrapping_mul(16), rules.cohere))
                .wrapping_sub(multiply((sight.away[axis] / count).wrapping_mul(16), rules.separate))
                .wrapping_add(multiply(flight / count, rules.follow));
        }
        let [u, v] = normalise(next);
        let around = |place: i32| {
            let place = if place < 0 { place + rules.size } else { place };
            if place >= rules.size { place - rules.size } else { place }
        };
        *to = Boid { x: around(x + u), y: around(y + v), u, v, seen: sight.seen as u32, id: flock.id[place] };
    }
}

/// Adds what is seen among those from `begin` to `end`.
#[inline(always)]
fn look(rules: &Rules, flock: &Flock, begin: usize, end: usize, x: i32, y: i32, sight: &mut Sight) {
    let square = |distance: i32| i64::from(distance) * i64::from(distance);
    let (reach, apart) = (square(rules.radius), square(rules.apart));
    let (xs, ys) = (&flock.x[begin..end], &flock.y[begin..end]);
    let (us, vs) = (&flock.u[begin..end], &flock.v[begin..end]);
    let number = xs.len();
    let (ys, us, vs) = (&ys[..number], &us[..number], &vs[..number]);
    for other in 0..number {
        let (dx, dy) = (xs[other].wrapping_sub(x), ys[other].wrapping_sub(y));
        let far = square(dx) + square(dy);
        let near = -i32::from(far <= reach);
        let close = -i32::from(far < apart);
        let sixteenth = |way: i32| way.wrapping_add(way >> 31 & 15) >> 4;
        let way = [sixteenth(dx) & near, sixteenth(dy) & near];
        let add = |sum: &mut i32, value: i32| *sum = sum.wrapping_add(value);
        add(&mut sight.together[0], way[0]);
        add(&mut sight.together[1], way[1]);
        add(&mut sight.away[0], way[0] & close);
        add(&mut sight.away[1], way[1] & close);
        add(&mut sight.flight[0], us[other] & near);
        add(&mut sight.flight[1], vs[other] & near);
        add(&mut sight.seen, -near);
    }
}

/// The product of fixed-point numbers, rounded to nearest, halves away from zero, saturating.
#[inline(always)]
fn multiply(a: i32, b: i32) -> i32 {
    let product = i64::from(a) * i64::from(b);
    let magnitude = (product.abs() + ONE / 2) >> 16;
    let signed = if product < 0 { -magnitude } else { magnitude };
    signed.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// A way made one long, by the same roundings as the prelude's.
#[inline(always)]
fn normalise(way: [i32; 2]) -> [i32; 2] {
    let [x, y] = way.map(i32::unsigned_abs);
    if x | y == 0 {
        return [0, 0];
    }
    let scale = x.max(y).leading_zeros();
    let sides = [x, y].map(|side| u64::from((side << scale) >> 1));
    let square = sides[0] * sides[0] + sides[1] * sides[1];
    // The root of a number this large is at most one off.
    let mut long = (square as f64).sqrt() as u64;
    long -= u64::from(long * long > square);
    long += u64::from((long + 1) * (long + 1) <= square);
    std::array::from_fn(|axis| {
        let side = sides[axis];
        let part = if side >= long { 1 << 32 } else { (side << 32) / long };
        let magnitude = ((part >> 16) + (part >> 15 & 1)) as i32;
        if way[axis] < 0 { -magnitude } else { magnitude }
    })
}
